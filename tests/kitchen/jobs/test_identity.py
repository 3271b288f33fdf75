"""Never another's end: what a lagging, forgetful or mistaken vendor shows is not taken for the job's own.

Each scene is played to a wait for one job and to a set of jobs, of both clients.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from jobclients_contract.harness.loopback import RESET, Request, Script, scripted
from kitchen.jobs.harness import Harness

MENU, SUBMIT = "GET /houses/h-1/menus/lunch", "POST /houses/h-1/menus/lunch"
STOP = "DELETE /houses/h-1/menus/lunch"

DAY = 86_400
YEARS = 1000 * DAY

End = Callable[[Harness, Any], Any]


def alone(harness: Harness, job: Any) -> Any:
    return harness.run(job.wait())


def together(harness: Harness, job: Any) -> Any:
    (outcome,) = harness.wait_all([job])
    return outcome.get()


both = pytest.mark.parametrize("end", [alone, together])


def run(number: int | None, status: str = "SERVED", *, began: int = 0, **more: Any) -> dict[str, Any]:
    """A run, and when it began: seconds after the clock of the harness began."""
    found = {"began": (1_700_000_000 + began) * 1000, "menu": "lunch", "status": status, **more}
    return found if number is None else {"run-id": number, **found}


def shows(*runs: dict[str, Any]) -> dict[str, Any]:
    return {"runs": list(runs)}


BEFORE = shows(run(50, began=-DAY))
OF_2020 = shows(run(20, began=-YEARS))
COOKING = shows(run(51, "COOKING"))
OURS = shows(run(51, "SPOILT"))


def cooking(harness: Harness, before: Any, *polls: Any, named: Any = None) -> Any:
    harness.on(MENU, before, *polls)
    harness.on(SUBMIT, named or {})
    return harness.run(harness.client.menus.submit(menu="lunch"))


@both
def test_a_lagging_replica_shows_the_success_of_2020(harness: Harness, end: End) -> None:
    job = cooking(harness, BEFORE, OF_2020, BEFORE, OF_2020, COOKING, OF_2020, OURS)
    with pytest.raises(harness.package.JobFailed) as raised:
        end(harness, job)
    status = raised.value.job_status
    assert (status.run_id, status.attribution) == ("51", "newer_than_baseline")


@both
def test_where_only_the_success_of_2020_shows_nothing_is_taken(harness: Harness, end: End) -> None:
    job = cooking(harness, BEFORE, OF_2020, ...)
    with pytest.raises(harness.package.AmbiguousRun, match="older") as raised:
        end(harness, job)
    assert raised.value.candidates == ({"run-id": "20", "began": str((1_700_000_000 - YEARS) * 1000)},)
    assert 60 <= harness.elapsed <= 95, "as long as a run may be missing, and one delay more"


@both
@pytest.mark.parametrize("before", [shows(), 404], ids=["empty", "not found"])
def test_yesterdays_run_after_an_empty_baseline(harness: Harness, before: Any, end: End) -> None:
    yesterdays = shows(run(50, began=-DAY))
    job = cooking(harness, before, yesterdays, yesterdays, COOKING, yesterdays, OURS)
    with pytest.raises(harness.package.JobFailed) as raised:
        end(harness, job)
    assert raised.value.job_status.attribution == "in_window"
    job = cooking(harness, before, yesterdays, ...)
    with pytest.raises(harness.package.AmbiguousRun, match="at about the time"):
        end(harness, job)


@both
def test_a_run_that_a_timer_began(harness: Harness, end: End) -> None:
    timed = shows(run(51, began=1, by="timer"))
    job = cooking(harness, BEFORE, timed, shows(run(51, began=1, by="timer"), run(52, "SPOILT")))
    with pytest.raises(harness.package.JobFailed) as raised:
        end(harness, job)
    assert raised.value.job_status.run_id == "52"
    with pytest.raises(harness.package.AmbiguousRun, match="no call"):
        end(harness, cooking(harness, BEFORE, timed, ...))


@both
def test_a_job_that_the_vendor_did_not_know_is_at_best_likely(harness: Harness, end: End) -> None:
    """The vendor knew no such job, and started it: what it then names is likely ours, and no more."""
    job = cooking(harness, 404, OURS, named=shows(run(51, "COOKING")))
    with pytest.raises(harness.package.JobFailed) as raised:
        end(harness, job)
    assert raised.value.job_status.attribution == "in_window"


def test_cancel_stops_no_run_of_2020_and_none_that_is_only_likely(harness: Harness) -> None:
    harness.on(STOP, scripted(b"", 204), ...)
    with pytest.raises(harness.package.AmbiguousRun):
        harness.run(cooking(harness, BEFORE, OF_2020, ...).cancel())
    job = cooking(harness, shows(), COOKING, ...)
    with pytest.raises(harness.package.AmbiguousRun, match="force"):
        harness.run(job.cancel())
    assert STOP not in harness.lines
    harness.run(job.cancel(force=True))
    assert harness.lines[-2:] == [MENU, STOP]


@both
def test_a_baseline_that_the_caller_leaves_out(harness: Harness, end: End) -> None:
    """Nothing is asked before; yesterday's run is not ours, and one of now is likely ours."""
    harness.on(MENU, shows(run(50, began=-DAY)), COOKING, OURS)
    harness.on(SUBMIT, {})
    job = harness.run(harness.client.menus.submit(menu="lunch", baseline="skip"))
    assert harness.lines == [SUBMIT]
    with pytest.raises(harness.package.JobFailed) as raised:
        end(harness, job)
    assert (raised.value.job_status.run_id, raised.value.job_status.attribution) == ("51", "in_window")
    with pytest.raises(harness.package.InvalidArgument, match="baseline"):
        harness.run(harness.client.menus.submit(menu="lunch", baseline="no"))


def test_a_history_that_the_caller_leaves_out(harness: Harness) -> None:
    harness.on("GET /deliveries", [{"id": 4}], ...)
    harness.on("POST /deliveries", {"delivery-id": None})
    job = harness.run(harness.client.deliveries.submit(route="north", baseline="skip"))
    assert harness.lines[0].startswith("POST /deliveries")
    assert job.identity["delivery_id"] == 4


def test_a_wait_whose_time_is_up_stops_none_that_is_only_likely(harness: Harness) -> None:
    harness.on(STOP, scripted(b"", 204), ...)
    job = cooking(harness, shows(), COOKING, ...)
    with pytest.raises(harness.package.WaitTimeout) as raised:
        harness.run(job.wait(timeout=30, on_timeout="cancel"))
    assert not raised.value.cancelled
    assert STOP not in harness.lines


# --- ids that are looked up ---


def sent_out(harness: Harness, *lists: Any, named: int | None = None) -> Any:
    harness.on("GET /deliveries", *([{"id": number} for number in numbers] for numbers in lists))
    harness.on("POST /deliveries", {"delivery-id": named})
    harness.on("GET /delivery", {"data": {"phase": 20}})
    return harness.run(harness.client.deliveries.submit(route="north"))


@both
def test_a_trigger_that_answers_an_id_of_the_history(harness: Harness, end: End) -> None:
    job = sent_out(harness, [5, 4], [5, 4], [6, 5, 4], [6, 5, 4], named=5)
    assert job.identity == {"delivery_id": 6}
    with pytest.raises(harness.package.JobFailed) as raised:
        end(harness, job)
    assert raised.value.job_status.attribution == "newer_than_baseline"
    assert harness.lines[-1] == "GET /delivery?delivery-id=6"


@both
def test_a_history_that_was_empty_tells_only_what_is_likely(harness: Harness, end: End) -> None:
    job = sent_out(harness, [], [5], [5])
    with pytest.raises(harness.package.JobFailed) as raised:
        end(harness, job)
    assert raised.value.job_status.attribution == "in_window"


def test_a_history_that_lags(harness: Harness) -> None:
    with pytest.raises(harness.package.AmbiguousRun) as raised:
        sent_out(harness, [5], [6, 5], [7, 6, 5])
    assert raised.value.candidates == ({"delivery_id": 6}, {"delivery_id": 7})


# --- answers about another job ---

HOT, DONE = {"id": "b-1", "status": "HOT"}, {"id": "b-1", "status": "DONE"}
STRANGER = {"id": "b-2", "status": "DONE"}


@both
def test_a_stranger_is_borne_and_then_an_error(harness: Harness, end: End) -> None:
    harness.on("GET /bakes/b-1", STRANGER, HOT, STRANGER, {"id": "b-1", "status": "BURNT"})
    job = harness.client.bakes(bake_id="b-1")
    with pytest.raises(harness.package.JobFailed):
        end(harness, job)
    began = harness.elapsed
    harness.on("GET /bakes/b-1", STRANGER, ...)
    with pytest.raises(harness.package.WrongJob) as raised:
        end(harness, job)
    assert raised.value.job is job
    assert 60 <= harness.elapsed - began <= 80, "as long as an unreadable response is borne"


def test_elements_that_contradict_each_other_are_asked_about_one_by_one(harness: Harness) -> None:
    rows = [
        {"id": "b-1", "status": "DONE", "outcome": "x"},
        {"id": "b-1", "status": "HOT"},
        {"id": "b-2", "status": "HOT"},
    ]
    harness.on("GET /bakes", {"bakes": rows}, {"bakes": []}, ...)
    for name in ("b-1", "b-2"):
        harness.on(f"GET /bakes/{name}", {"id": name, "status": "BURNT"})
    outcomes = harness.wait_all([harness.client.bakes(bake_id=name) for name in ("b-1", "b-2")])
    assert [type(outcome.error).__name__ for outcome in outcomes] == ["JobFailed"] * 2


# --- keys in their place ---


def tag(request: Request) -> str:
    (own,) = [item["value"] for item in request.json()["tags"] if item["name"] == "kitchen"]
    return str(own)


def test_a_job_that_mentions_our_key_is_not_ours(harness: Harness) -> None:
    def mentions(request: Request) -> Script:
        key = tag(harness.server.requests[0])
        return scripted({"orders": [{"id": f"o-{key}", "tag": f"select {key}", "note": key}]})

    harness.on("POST /orders", (RESET,))
    harness.on("GET /orders", mentions, ...)
    with pytest.raises(harness.package.SubmitUncertain):
        harness.run(harness.client.orders.submit(dish="pie"))


# --- half of a character ---


def odd(body: bytes) -> Script:
    return scripted(body, 200)


@both
def test_half_of_a_character_does_not_hide_an_end(harness: Harness, end: End) -> None:
    harness.on("GET /bakes/b-1", odd(rb'{"id": "b-1", "status": "BURNT", "note": "\ud83d\ude00 \ud800 \\ud800"}'))
    with pytest.raises(harness.package.JobFailed) as raised:
        end(harness, harness.client.bakes(bake_id="b-1"))
    assert raised.value.job_status.message == "\U0001f600 \ufffd \\ud800"


def test_half_of_a_character_in_a_list(harness: Harness) -> None:
    """The others' ends are told nonetheless, and its own."""
    rows = rb'{"bakes": [{"id": "b-1", "status": "HOT", "note": "\udfff"}, {"id": "b-2", "status": "HOT"}]}'
    harness.on("GET /bakes", odd(rows), {"bakes": []}, ...)
    for name in ("b-1", "b-2"):
        harness.on(f"GET /bakes/{name}", {"id": name, "status": "BURNT"})
    seen: dict[str, list[str]] = {"b-1": [], "b-2": []}

    def note(job: Any, status: Any) -> None:
        seen[job.identity["bake_id"]].append(str(status.state))

    outcomes = harness.wait_all([harness.client.bakes(bake_id=name) for name in ("b-1", "b-2")], on_update=note)
    assert [type(outcome.error).__name__ for outcome in outcomes] == ["JobFailed"] * 2
    assert list(seen.values()) == [["running", "failed"]] * 2
