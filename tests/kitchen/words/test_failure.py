"""Why a job failed, where a call of its own tells: asked once, and never in the way of the end."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from jobclients_contract.harness.loopback import scripted
from jobclients_core.client import session_of
from jobclients_core.flow import Send
from jobclients_core.jobs.failure import explained_flow
from jobclients_core.testing import vendor
from kitchen.words.harness import WordsHarness

BURNT: dict[str, Any] = {
    "courses": [{"state": "SERVED", "name": "soup"}, {"state": "BURNT", "name": "roast", "trouble": "black"}]
}
WHY: dict[str, Any] = {
    "accident": {"what": "the oven was too hot"},
    "causes": [{"root": False, "code": "C.1"}, {"root": True, "code": "C.2"}],
}
STATUS = "GET /feasts/f-1"
REASON = "GET /feasts/f-1/accident"


def failed(harness: WordsHarness, **options: Any) -> Any:
    """The exception of a wait for a job that fails."""
    with pytest.raises(harness.package.JobFailed) as raised:
        harness.run(harness.client.feasts(feast_id="f-1").wait(**options))
    return raised.value


def test_a_wait_asks_once_and_tells_the_reason(harness: WordsHarness) -> None:
    harness.on(STATUS, {"phase": "COOKING"}, BURNT)
    harness.on(REASON, WHY)
    told: list[Any] = []
    error = failed(harness, on_update=told.append)
    assert (error.status.error, error.status.code, error.code) == ("the oven was too hot", "C.2", "C.2")
    assert "the oven was too hot" in str(error)
    assert told[-1].error == "the oven was too hot"
    assert harness.lines == [STATUS, STATUS, f"{REASON}?course=roast"]


@pytest.mark.parametrize(
    "reason",
    [
        scripted({}, 500),
        scripted({}, 503),
        scripted({"detail": "F.404: no"}, 400),
        scripted({}, 401),
        scripted({}),
        302,
        (),
    ],
    ids=["500", "503", "400", "401", "nothing told", "302", "no response"],
)
def test_a_reason_that_is_not_told_hides_no_end(harness: WordsHarness, reason: Any) -> None:
    harness.on(STATUS, BURNT)
    harness.on(REASON, reason)
    assert failed(harness).status.error == "black"
    assert harness.lines == [STATUS, f"{REASON}?course=roast"]


@pytest.mark.parametrize("body", [b"<html>", b'{"accident": []}', b'{"accident": {"what": null}, "causes": {}}'])
def test_a_reason_of_another_shape_hides_no_end(harness: WordsHarness, body: bytes) -> None:
    harness.on(STATUS, BURNT)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    harness.on(REASON, (head + body,))
    assert failed(harness).status.error == "black"


def test_only_who_failed_is_asked(harness: WordsHarness) -> None:
    harness.on(STATUS, {"courses": [{"state": "SERVED", "plates": 1}]})
    harness.run(harness.client.feasts(feast_id="f-1").wait())
    assert harness.lines == [STATUS]


def test_looking_once_asks_for_no_reason(harness: WordsHarness) -> None:
    harness.on(STATUS, BURNT)
    assert harness.run(harness.client.feasts(feast_id="f-1").status()).error == "black"
    assert harness.lines == [STATUS]


def test_of_several_jobs_the_reason_is_asked_where_it_is_wanted(harness: WordsHarness) -> None:
    harness.on(STATUS, BURNT, ...)
    harness.on(REASON, WHY, ...)
    job = harness.client.feasts(feast_id="f-1")
    (outcome,) = harness.wait_all([job])
    assert outcome.status.error == "black"
    assert harness.lines == [STATUS]
    assert harness.run(job.explain(outcome.status)).error == "the oven was too hot"
    (outcome,) = harness.wait_all([harness.client.feasts(feast_id="f-1")], failures=True)
    assert (outcome.status.error, outcome.error.code) == ("the oven was too hot", "C.2")
    assert len(harness.lines) == 4


@pytest.mark.parametrize(("left", "limit"), [(100.0, 5.0), (2.0, 2.0)])
def test_asking_takes_no_longer_than_5_s_and_the_wait(harness: WordsHarness, left: float, limit: float) -> None:
    harness.on(STATUS, BURNT)
    job = harness.client.feasts(feast_id="f-1")
    status = harness.run(job.status())
    session = session_of(harness.client)
    now = session.clock.monotonic()
    flow = explained_flow(session, type(harness.client.feasts).kind.bound, job._handle, status, now + left)
    step: Any = next(flow)
    while not isinstance(step, Send):
        step = flow.send(None)
    assert step.deadline == now + limit
    flow.close()


def test_the_mock_tells_the_reason(kitchen_clients: ModuleType) -> None:
    fake = vendor(f"{kitchen_clients.__name__}:kitchen_words", lifecycle="running,failed")
    with fake.client() as client:
        job = client.feasts.submit()
        with pytest.raises(kitchen_clients.JobFailed):
            job.wait()
    assert [seen.operation for seen in fake.requests][-1] == "get_accident"
