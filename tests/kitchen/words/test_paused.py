"""Jobs that are paused: waited for with one warning, or told at once; not begun if they never ran."""

from __future__ import annotations

import logging
from types import ModuleType
from typing import Any

import pytest
from jobclients_core.testing import vendor
from kitchen.words.harness import WordsHarness

HELD: dict[str, Any] = {"phase": "HELD"}
RUNS: dict[str, Any] = {"phase": "COOKING"}
WAITS: dict[str, Any] = {"waiting": 3}
SERVED: dict[str, Any] = {"courses": [{"state": "SERVED", "plates": 4}]}


def test_a_paused_job_is_neither_ended_nor_waiting(harness: WordsHarness) -> None:
    harness.on("GET /feasts/f-1", HELD)
    state = harness.run(harness.client.feasts(feast_id="f-1").status()).state
    assert (str(state), state.terminal, state.ok, state.waiting) == ("paused", False, False, False)


def test_a_wait_goes_on_and_says_so_once(harness: WordsHarness, caplog: pytest.LogCaptureFixture) -> None:
    harness.on("GET /feasts/f-1", RUNS, HELD, HELD, RUNS, HELD, SERVED)
    with caplog.at_level(logging.WARNING, "jobclients"):
        status = harness.run(harness.client.feasts(feast_id="f-1").wait())
    assert str(status.state) == "succeeded"
    said = [record.getMessage() for record in caplog.records]
    assert said == ["kitchen_words.feasts feast_id=f-1 is paused (HELD); the wait goes on"]


def test_a_pause_takes_time(harness: WordsHarness) -> None:
    harness.on("GET /feasts/f-1", HELD, ...)
    with pytest.raises(harness.package.WaitTimeout) as raised:
        harness.run(harness.client.feasts(feast_id="f-1").wait(timeout=60))
    assert str(raised.value.job_status.state) == "paused"
    assert harness.elapsed <= 60


@pytest.mark.parametrize("before", [[], [RUNS], [WAITS, RUNS]])
def test_a_pause_is_raised_where_that_is_wanted(harness: WordsHarness, before: list[dict[str, Any]]) -> None:
    harness.on("GET /feasts/f-1", *before, HELD)
    with pytest.raises(harness.package.JobPaused, match="HELD") as raised:
        harness.run(harness.client.feasts(feast_id="f-1").wait(on_paused="raise"))
    assert str(raised.value.status.state) == "paused"
    assert raised.value.job.identity == {"feast_id": "f-1"}
    assert [str(moment.state) for moment in raised.value.history][-1] == "paused"


def test_of_several_jobs_the_others_go_on(harness: WordsHarness) -> None:
    harness.on("GET /feasts/f-1", RUNS, HELD)
    harness.on("GET /feasts/f-2", RUNS, RUNS, SERVED)
    jobs = [harness.client.feasts(feast_id=name) for name in ("f-1", "f-2")]
    held, served = harness.wait_all(jobs, on_paused="raise")
    assert isinstance(held.error, harness.package.JobPaused)
    assert str(served.status.state) == "succeeded"


@pytest.mark.parametrize(
    ("answers", "begun"),
    [([HELD], False), ([WAITS, HELD], False), ([RUNS, HELD], True)],
)
def test_a_job_that_is_paused_before_it_ran_has_not_begun(
    harness: WordsHarness, answers: list[dict[str, Any]], begun: bool
) -> None:
    harness.on("GET /feasts/f-1", *answers, ...)
    kind = harness.package.WaitTimeout if begun else harness.package.NotStarted
    with pytest.raises(kind) as raised:
        harness.run(harness.client.feasts(feast_id="f-1").wait(timeout=60, start_within=20))
    assert isinstance(raised.value, harness.package.NotStarted) is not begun


def test_another_word_is_refused(harness: WordsHarness) -> None:
    with pytest.raises(harness.package.InvalidArgument, match="on_paused"):
        harness.run(harness.client.feasts(feast_id="f-1").wait(on_paused="ignore"))
    assert harness.lines == []


def test_the_mock_pauses(kitchen_clients: ModuleType) -> None:
    fake = vendor(f"{kitchen_clients.__name__}:kitchen_words", lifecycle="running,paused,succeeded")
    with fake.client() as client:
        job = client.feasts.submit()
        assert [str(status.state) for status in job.watch()] == ["running", "paused", "succeeded"]
