"""Many jobs at once: lists with and without pages, second looks, and kinds that share a set."""

from __future__ import annotations

import re
from typing import Any

import pytest
from jobclients_contract.harness.loopback import RESET, Request, Script, scripted
from kitchen.jobs.harness import Harness

LIST = "GET /bakes"
HOT = "HOT"


def bakes(harness: Harness, count: int) -> list[Any]:
    return [harness.client.bakes(bake_id=f"b-{number}") for number in range(count)]


def page(*words: str | None, first: int = 0) -> dict[str, Any]:
    """A page of the list: the bakes from a number on, each with its word."""
    return {"bakes": [{"id": f"b-{first + number}", "status": word} for number, word in enumerate(words)]}


def pages(*found: dict[str, Any]) -> Any:
    """What the list says to each number of a page; nothing beyond the last one."""

    def told(request: Request) -> Script:
        match = re.fullmatch(r"GET /bakes\?page=(\d+)&size=2", request.line)
        assert match, request.line
        number = int(match[1])
        return scripted(found[number - 1] if number <= len(found) else {"bakes": []})

    return told


def ends(outcomes: list[Any]) -> list[str]:
    return [str((outcome.status or outcome.error.status).state) for outcome in outcomes]


# --- pages ---


def test_pages_are_turned_while_they_tell_of_somebody(harness: Harness) -> None:
    """Five jobs on three pages; no job is asked about by itself until it ends, and then once."""
    hot = pages(page(HOT, HOT), page(HOT, HOT, first=2), page(HOT, first=4))
    done = pages(page("DONE", "BURNT"), page(HOT, "DONE", first=2), page("BINNED", first=4))
    harness.on(LIST, hot, hot, hot, done, done, done)
    for number, word in enumerate(["DONE", "BURNT", "DONE", "DONE", "BINNED"]):
        harness.on(f"GET /bakes/b-{number}", {"status": word})
    outcomes = harness.wait_all(bakes(harness, 5))
    assert ends(outcomes) == ["succeeded", "failed", "succeeded", "succeeded", "cancelled"]
    failed, cancelled = outcomes[1].error, outcomes[4].error
    assert (type(failed).__name__, type(cancelled).__name__) == ("JobFailed", "JobCancelled")
    turned = [f"GET /bakes?page={number}&size=2" for number in (1, 2, 3)]
    assert harness.lines[:6] == turned * 2
    assert sorted(harness.lines[6:]) == [f"GET /bakes/b-{number}" for number in range(5)]


def test_turning_ends_with_a_page_that_tells_of_nobody(harness: Harness) -> None:
    """Those that are on no page are asked about by themselves."""
    harness.on(LIST, pages(page(HOT, HOT), page(HOT, first=90), page(HOT, HOT, first=2)), ...)
    for number in range(4):
        harness.on(f"GET /bakes/b-{number}", {"status": "DONE"})
    watching = harness.package.watch_all(bakes(harness, 4)) if harness.mode == "sync" else None
    if watching is not None:
        assert [next(watching).ended for _ in range(4)].count(True) == 2
        watching.close()
    else:

        async def main() -> list[bool]:
            found: list[bool] = []
            async for outcome in (looking := harness.package.watch_all_async(bakes(harness, 4))):
                found.append(outcome.ended)
                if len(found) == 4:
                    break
            await looking.aclose()
            return found

        assert harness.run(main()).count(True) == 2
    assert harness.lines[:2] == ["GET /bakes?page=1&size=2", "GET /bakes?page=2&size=2"]
    assert {line for line in harness.lines if "b-" in line} == {"GET /bakes/b-2", "GET /bakes/b-3"}
    assert "GET /bakes?page=3&size=2" not in harness.lines


# --- second looks ---


def test_an_end_in_a_list_is_not_believed_without_a_second_look(harness: Harness) -> None:
    """The list may not show what the refinements look into, whatever else it shows."""
    whole = {"bakes": [{"id": "b-3", "status": "DONE", "outcome": "good"}]}
    harness.on(LIST, pages(page("DONE", "DONE"), page("BURNT", first=2), whole), ...)
    harness.on("GET /bakes/b-0", {"status": "DONE", "outcome": '{"burnt": 1}'})
    harness.on("GET /bakes/b-1", {"status": "DONE", "returned": True, "report": "reason: cold;"})
    harness.on("GET /bakes/b-2", {"status": "BURNT", "report": "reason: too hot;"})
    harness.on("GET /bakes/b-3", {"status": "DONE", "outcome": "good", "returned": True})
    outcomes = harness.wait_all(bakes(harness, 4))
    assert ends(outcomes) == ["succeeded_with_warnings", "failed", "failed", "failed"]
    assert [outcome.error.vendor_message for outcome in outcomes[1:]] == ["cold", "too hot", None]


def test_an_end_that_shows_everything_is_believed(harness: Harness) -> None:
    """Where nothing is refined, and the element has the result of a good end and the error of a bad one."""
    elements = [
        {"id": 1, "state": "ready", "served": ["leg"]},
        {"id": 2, "state": "ready", "served": None},
        {"id": 3, "state": "ready"},
        {"id": 4, "state": "charred", "trouble": "fire"},
        {"id": 5, "state": "charred", "served": ["coal"]},
    ]
    harness.on("GET /roasts", {"roasts": elements})
    harness.on("GET /roasts/3", {"state": "ready", "served": ["wing"]})
    harness.on("GET /roasts/5", {"state": "charred", "trouble": "smoke"})
    outcomes = harness.wait_all([harness.client.roasts(roast_id=number, spit="left") for number in (1, 2, 3, 4, 5)])
    assert ends(outcomes) == ["succeeded"] * 3 + ["failed"] * 2
    assert [outcome.status.result for outcome in outcomes[:3]] == [["leg"], None, ["wing"]]
    assert [outcome.error.vendor_message for outcome in outcomes[3:]] == ["fire", "smoke"]
    assert harness.lines[0] == "GET /roasts"
    assert sorted(harness.lines[1:]) == ["GET /roasts/3", "GET /roasts/5"]


def test_lists_are_asked_for_with_the_arguments_of_their_jobs(harness: Harness) -> None:
    """Jobs with other arguments are in another list."""
    harness.on(
        "GET /roasts", lambda request: scripted({"roasts": [element(request, number) for number in (1, 2)]}), ...
    )
    jobs = [harness.client.roasts(roast_id=number, spit=spit) for spit in ("left", "right") for number in (1, 2)]
    outcomes = harness.wait_all(jobs)
    assert [outcome.status.result for outcome in outcomes] == ["left", "left", "right", "right"]
    assert harness.lines == ["GET /roasts"] * 2
    assert sorted(request.headers["x-spit"] for request in harness.server.requests) == ["left", "right"]


def element(request: Request, number: int) -> dict[str, Any]:
    return {"id": number, "state": "Ready", "served": request.headers["x-spit"]}


# --- lists that fail ---


@pytest.mark.parametrize("fault", [scripted({}, 503), (RESET,), scripted(b"<html>", Content_Type="text/html")])
def test_a_list_that_fails_for_a_moment_is_asked_for_again(harness: Harness, fault: Script) -> None:
    harness.on(LIST, pages(page(HOT, HOT)), fault, pages(page("DONE", "DONE")))
    for number in (0, 1):
        harness.on(f"GET /bakes/b-{number}", {"status": "DONE"})
    assert ends(harness.wait_all(bakes(harness, 2))) == ["succeeded"] * 2
    assert len(harness.lines) == 5


def test_a_list_that_may_not_be_read_is_given_up(harness: Harness) -> None:
    harness.on(LIST, 403)
    for number in (0, 1):
        harness.on(f"GET /bakes/b-{number}", {"status": HOT}, {"status": "DONE"})
    assert ends(harness.wait_all(bakes(harness, 2))) == ["succeeded"] * 2
    assert len(harness.lines) == 5


# --- mixed sets ---


def test_kinds_and_ends_of_all_sorts_in_one_set(harness: Harness) -> None:
    """Each has the outcome that is its own, in the order of the jobs."""
    harness.on("GET /roasts/7", 202, scripted({}, 410))
    harness.on("GET /dish", {"state": "COOKING"}, {"state": "READY"})
    harness.on("GET /houses/h-1/menus/lunch", *({"runs": [{"run-id": number}]} for number in (1, 2)))
    harness.on("GET /orders/o-1", 404)
    harness.on("GET /orders/o-2", {"state": "VOID"})
    harness.on("GET /delivery", {"data": {"phase": 3}}, ...)
    client = harness.client
    jobs = [
        client.roasts(roast_id=7, spit="left"),
        client.dishes(name="pie"),
        client.menus.latest(menu="lunch"),
        client.orders(order_id="o-1"),
        client.orders(order_id="o-2"),
        client.deliveries(delivery_id=5),
    ]
    outcomes = harness.wait_all(jobs, timeout=40)
    assert [outcome.job for outcome in outcomes] == jobs
    assert [type(outcome.error).__name__ for outcome in outcomes] == [
        *("JobFailed", "NoneType", "RunSuperseded", "NotFound", "JobCancelled", "WaitTimeout")
    ]
    assert [outcome.ok for outcome in outcomes] == [False, True, False, False, False, False]
    assert [outcome.error.job for outcome in outcomes if outcome.error] == [jobs[0], *jobs[2:]]
    assert outcomes[1].get().state == "succeeded"
    with pytest.raises(harness.package.JobFailed):
        outcomes[0].get()


def test_a_set_tells_each_update_and_takes_more_jobs_on_the_way(harness: Harness) -> None:
    for number, words in enumerate([("OPEN", "PAID"), ("OPEN", "OPEN", "VOID")]):
        harness.on(f"GET /orders/o-{number}", *({"state": word} for word in words))
    first, second = (harness.client.orders(order_id=f"o-{number}") for number in (0, 1))
    told: list[tuple[str, str]] = []

    def note(job: Any, status: Any) -> None:
        told.append((job.identity["order_id"], status.raw_state))

    def sync() -> list[tuple[Any, bool]]:
        with harness.package.JobSet(updates=True, on_update=note) as many:
            many.add(first)
            found = [next(many)]
            many.add(second)
            found += list(many)
        return [(outcome.job, outcome.ended) for outcome in found]

    async def later() -> list[tuple[Any, bool]]:
        async with harness.package.AsyncJobSet(updates=True, on_update=note) as many:
            many.add(first)
            found = [await anext(many)]
            many.add(second)
            found += [outcome async for outcome in many]
        return [(outcome.job, outcome.ended) for outcome in found]

    found = sync() if harness.mode == "sync" else harness.run(later())
    assert [ended for job, ended in found if job is first] == [False, True]
    assert [ended for job, ended in found if job is second] == [False, True]
    assert [word for name, word in told if name == "o-0"] == ["OPEN", "PAID"]
    assert [word for name, word in told if name == "o-1"] == ["OPEN", "OPEN", "VOID"]


def test_drift_of_a_listed_job_is_reported_of_the_list(harness: Harness) -> None:
    """By the call that lists, and at the place in its body; not by the call for the status of one job."""
    drifts: list[Any] = []
    client = harness.another(on_drift=drifts.append)
    listed = [{"id": f"b-{number}", "status": HOT, "seen": 1_709_570_349_725} for number in range(2)]
    harness.on(LIST, {"bakes": [listed[0] | {"status": "SINGED"}, listed[1]]}, {"bakes": []}, ...)
    for number in range(2):
        harness.on(f"GET /bakes/b-{number}", {"status": "CRISP"}, {"status": "DONE"})
    harness.wait_all([client.bakes(bake_id=f"b-{number}") for number in range(2)])
    harness.close(client)

    late = ("time-scale", "list_bakes", "/bakes/*/seen", "milliseconds")
    assert [(one.kind, one.operation, one.pointer, one.found) for one in drifts] == [
        ("new-job-state", "list_bakes", "/bakes/*/status", "SINGED"),
        late,
        late,
        ("new-job-state", "get_bake", "/status", "CRISP"),
        ("new-job-state", "get_bake", "/status", "CRISP"),
    ]


def test_who_ran_out_of_time_is_stopped_and_the_others_are_not(harness: Harness) -> None:
    for number, words in enumerate([("HOT", ...), ("HOT", "DONE")]):
        harness.on(f"GET /bakes/b-{number}", *(word if word is ... else {"status": word} for word in words))
        harness.on(f"DELETE /bakes/b-{number}", scripted(b"", 204))
    harness.on(LIST, 403)
    outcomes = harness.wait_all(bakes(harness, 2), timeout=20, on_timeout="cancel")
    assert [getattr(outcome.error, "cancelled", None) for outcome in outcomes] == [True, None]
    assert [line for line in harness.lines if line.startswith("DELETE")] == ["DELETE /bakes/b-0"]


def test_warnings_are_failures_of_a_set_where_the_caller_says_so(harness: Harness) -> None:
    harness.on("GET /bakes/b-0", {"status": "DONE_DARK"}, ...)
    (outcome,) = harness.wait_all(bakes(harness, 1), warnings="raise")
    assert (type(outcome.error).__name__, outcome.status.state) == ("JobFailed", "succeeded_with_warnings")
    assert [outcome.ok for outcome in harness.wait_all(bakes(harness, 1))] == [True]
