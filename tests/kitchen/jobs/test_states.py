"""What a response's words, status, header fields and result make of a job's state."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from jobclients_contract.harness.loopback import scripted
from kitchen.jobs.harness import Harness, ScriptedResponse, harness_of


@pytest.fixture
def harness(kitchen_clients: ModuleType) -> Iterator[Harness]:
    """The sync client alone: both read a response with the same code."""
    with harness_of("sync", kitchen_clients) as made:
        yield made


def state(harness: Harness, job: Any, route: str, told: ScriptedResponse) -> tuple[str, str]:
    """State and word of a job whose status is answered like this."""
    harness.on(route, told)
    status = harness.run(job.status())
    return str(status.state), status.raw_state


def bake(harness: Harness, told: ScriptedResponse) -> tuple[str, str]:
    return state(harness, harness.client.bakes(bake_id="b-1"), "GET /bakes/b-1", told)


def roast(harness: Harness, told: ScriptedResponse) -> tuple[str, str]:
    return state(harness, harness.client.roasts(roast_id=7, spit="left"), "GET /roasts/7", told)


def course(harness: Harness, told: ScriptedResponse) -> tuple[str, str]:
    job = harness.client.courses(course="soup", table=4, ticket=12)
    return state(harness, job, "GET /houses/h-1/courses/soup", told)


def menu(harness: Harness, **run: Any) -> tuple[str, str]:
    told = {"runs": [{"run-id": 1, "menu": "lunch", **run}]}
    return state(harness, harness.client.menus.latest(menu="lunch"), "GET /houses/h-1/menus/lunch", told)


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("LISTED", "not_started"),
        ("WAITING", "queued"),
        ("HOT", "running"),
        ("COOLING", "stopping"),
        ("DONE", "succeeded"),
        ("DONE_DARK", "succeeded_with_warnings"),
        ("BURNT", "failed"),
        ("BINNED", "cancelled"),
        ("MISLAID", "unknown"),
        ("Done", "unknown"),  # letters count
        ("DONE-ISH", "unknown"),
    ],
)
def test_words_are_mapped(harness: Harness, word: str, meaning: str) -> None:
    assert bake(harness, {"status": word}) == (meaning, word)


@pytest.mark.parametrize("told", [{}, {"note": "nobody knows"}])
def test_an_answer_without_a_word_is_in_the_state_for_that(harness: Harness, told: ScriptedResponse) -> None:
    assert bake(harness, told) == ("not_started", "")


def test_a_word_that_is_null_is_not_absent(harness: Harness) -> None:
    assert bake(harness, {"status": None}) == ("unknown", "")


@pytest.mark.parametrize(
    ("word", "outcome", "more", "meaning"),
    [
        ("DONE", '{"burnt": ["edge"]}', {}, "succeeded_with_warnings"),
        ("DONE", '{"burnt": 1}', {}, "succeeded_with_warnings"),
        ("DONE", '{"burnt": {}}', {}, "succeeded"),
        ("DONE", '{"burnt": []}', {}, "succeeded"),
        ("DONE", '{"burnt": ""}', {}, "succeeded"),
        ("DONE", '{"burnt": null}', {}, "succeeded"),
        ("DONE", "{}", {}, "succeeded"),
        ("DONE", "burnt", {}, "succeeded"),
        # The second refinement, of which both conditions have to hold.
        ("DONE", "{}", {"returned": True}, "failed"),
        ("DONE", "{}", {"returned": "true"}, "succeeded"),
        ("DONE", "{}", {"returned": 1}, "succeeded"),
        ("DONE", "{}", {"returned": True, "refunded": None}, "succeeded"),
        # The first one that fits decides.
        ("DONE", '{"burnt": 1}', {"returned": True}, "succeeded_with_warnings"),
        # A refinement is of one state.
        ("BURNT", '{"burnt": ["all of it"]}', {"returned": True}, "failed"),
        ("BINNED", '{"burnt": ["all of it"]}', {}, "cancelled"),
        ("HOT", '{"burnt": ["edge"]}', {"returned": True}, "running"),
    ],
)
def test_a_state_is_refined(harness: Harness, word: str, outcome: str, more: dict[str, Any], meaning: str) -> None:
    assert bake(harness, {"status": word, "outcome": outcome, **more}) == (meaning, word)


@pytest.mark.parametrize(
    ("outcome", "meaning"),
    [
        ('{"leftovers": {}}', "succeeded_with_warnings"),
        ('{"leftovers": []}', "succeeded_with_warnings"),
        ('{"leftovers": ""}', "succeeded_with_warnings"),
        ('{"leftovers": null}', "succeeded_with_warnings"),
        ("{}", "succeeded_with_warnings"),
        ('{"leftovers": 0}', "succeeded"),
        ('{"leftovers": false}', "succeeded"),
        ('{"leftovers": ["peas"]}', "succeeded"),
    ],
)
def test_what_is_empty(harness: Harness, outcome: str, meaning: str) -> None:
    assert menu(harness, status="SERVED", outcome=outcome) == (meaning, "SERVED")


@pytest.mark.parametrize(
    ("word", "meaning"),
    [("Turning", "running"), ("TURNING", "running"), ("ready", "succeeded"), ("cHARRED", "failed"), ("raw", "unknown")],
)
def test_letters_do_not_count_where_the_spec_says_so(harness: Harness, word: str, meaning: str) -> None:
    assert roast(harness, {"state": word}) == (meaning, word)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (scripted({"state": "Ready"}, 202), ("running", "Ready")),
        (scripted({"state": "Ready"}, X_Phase="Resting"), ("stopping", "Ready")),
        (scripted({"state": "Ready"}, X_Phase="resting"), ("stopping", "Ready")),
        (scripted({"state": "Ready"}, X_Phase="Turning"), ("succeeded", "Ready")),
        (scripted({}, 202, X_Phase="Resting"), ("running", "")),
        (scripted({"fault": {"text": "the spit broke"}}, 410), ("failed", "")),
        (scripted(b"", 422), ("failed", "")),
    ],
)
def test_status_and_header_fields_tell_more_than_the_word(
    harness: Harness, told: ScriptedResponse, found: tuple[str, str]
) -> None:
    assert roast(harness, told) == found


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"status": {"state": "waiting"}}, ("queued", "waiting")),
        ({"state": "waiting", "conclusion": None}, ("queued", "waiting")),
        ({"status": {"state": "in_progress"}, "state": "waiting"}, ("running", "in_progress")),
        ({"status": {"state": None}, "state": "waiting"}, ("queued", "waiting")),
        ({"state": "completed", "conclusion": "success"}, ("succeeded", "completed/success")),
        ({"state": "completed", "conclusion": "neutral"}, ("succeeded_with_warnings", "completed/neutral")),
        ({"status": {"state": "completed"}, "conclusion": "failure"}, ("failed", "completed/failure")),
        ({"state": "completed", "conclusion": "cancelled"}, ("cancelled", "completed/cancelled")),
        ({"state": "completed"}, ("unknown", "completed")),
        ({"state": "in_progress", "conclusion": "success"}, ("unknown", "in_progress/success")),
        ({"conclusion": "success"}, ("unknown", "success")),
    ],
)
def test_two_words_make_one_state(harness: Harness, told: ScriptedResponse, found: tuple[str, str]) -> None:
    assert course(harness, told) == found


@pytest.mark.parametrize(
    ("phase", "found"),
    [
        (1, ("queued", "1")),
        (3, ("running", "3")),
        (10, ("succeeded", "10")),
        (20, ("failed", "20")),
        ("3", ("running", "3")),
        (10.0, ("succeeded", "10.0")),
        (2, ("unknown", "2")),
        (True, ("unknown", "true")),
    ],
)
def test_numbers_are_words(harness: Harness, phase: Any, found: tuple[str, str]) -> None:
    job = harness.client.deliveries(delivery_id=5)
    assert state(harness, job, "GET /delivery", {"data": {"phase": phase}}) == found


def test_an_end_counts_inside_a_refusal_and_nothing_else_does(harness: Harness) -> None:
    refused = {"ok": False, "fault": {"code": "K.1", "text": "no"}}
    assert bake(harness, {"status": "BURNT", **refused}) == ("failed", "BURNT")
    assert bake(harness, {"status": "DONE", **refused}) == ("succeeded", "DONE")
    with pytest.raises(harness.package.Refused, match="no"):
        bake(harness, {"status": "HOT", **refused})
    with pytest.raises(harness.package.Refused):
        bake(harness, refused)
    assert menu(harness, status="SERVED", outcome='{"leftovers": 1}') == ("succeeded", "SERVED")


def test_an_end_of_a_run_counts_inside_a_refusal(harness: Harness) -> None:
    harness.on("GET /houses/h-1/menus/lunch", {"ok": False, "runs": [{"run-id": 1, "status": "SPOILT"}]})
    assert harness.run(harness.client.menus.latest(menu="lunch").status()).state == "failed"


def test_a_state_knows_whether_it_is_an_end(harness: Harness) -> None:
    words = ("HOT", "MISLAID", "DONE", "DONE_DARK", "BURNT", "BINNED")
    harness.on("GET /bakes/b-1", *({"status": word} for word in words))
    job = harness.client.bakes(bake_id="b-1")
    states = [harness.run(job.status()).state for _ in range(6)]
    assert [state.terminal for state in states] == [False, False, True, True, True, True]
    assert [state.ok for state in states] == [False, False, True, True, False, False]


def test_a_run_that_had_ended_and_goes_on_says_so(harness: Harness, caplog: pytest.LogCaptureFixture) -> None:
    words = ("DONE", "HOT", "DONE", "HOT")
    harness.on("GET /bakes/b-1", *({"status": word} for word in words))
    job = harness.client.bakes(bake_id="b-1")
    statuses = [harness.run(job.status()) for _ in words]
    assert [status.regressed for status in statuses] == [False, True, False, True]
    assert "a run that was succeeded is running (HOT) again" in caplog.text


def test_a_status_holds_the_vendors_own_answer(harness: Harness) -> None:
    harness.on("GET /bakes/b-1", {"status": "HOT", "note": "crisp", "smell": "good"})
    status = harness.run(harness.client.bakes(bake_id="b-1").status())
    assert (status.vendor, status.kind, status.run_id, status.attribution) == ("kitchen_jobs", "bakes", "b-1", "exact")
    assert type(status.raw).__name__ == "Bake"
    assert (status.raw.status, status.raw.note) == ("HOT", "crisp")
