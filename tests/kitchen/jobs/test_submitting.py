"""Submitting: whose run it is, lost responses, keys, and answers that are the end already."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from jobclients_contract.harness.loopback import CLOSE, RESET, Request, Script, scripted
from kitchen.jobs.harness import Harness, harness_of

LOST: list[Script] = [
    (RESET,),
    (CLOSE,),
    scripted({}, 502),
    scripted({}, 504),
    scripted(b'{"bake": ', 201),
    scripted(b"<html>", 201, Content_Type="text/html"),
]
"""Answers after which nobody knows whether the job was submitted."""

MENU, SUBMIT = "GET /houses/h-1/menus/lunch", "POST /houses/h-1/menus/lunch"


def run(number: int, status: str = "COOKING", **more: Any) -> dict[str, Any]:
    return {"run-id": number, "began": 1_700_000_000_000 + number, "menu": "lunch", "status": status, **more}


def shows(*runs: dict[str, Any]) -> dict[str, Any]:
    return {"runs": list(runs)}


# --- where the identity comes from ---


def test_an_id_of_the_answers_body(harness: Harness) -> None:
    harness.on("POST /bakes", scripted({"bake": {"id": "b-9"}, "oven": 3}, 201))
    harness.on("GET /bakes/b-9", {"status": "HOT"}, {"status": "DONE"})
    job = harness.run(harness.client.bakes.submit(dish="pie", extras=["cream"]))
    assert job.identity == {"bake_id": "b-9"}
    assert harness.server.request.line == "POST /bakes"
    assert harness.server.request.json() == {"dish": "pie", "extras": ["cream"]}
    assert job.submit_response == {"bake": {"id": "b-9"}, "oven": 3}
    assert harness.run(job.wait()).attribution == "exact"
    assert harness.lines == ["POST /bakes", "GET /bakes/b-9", "GET /bakes/b-9"]


def test_an_id_in_digits_may_travel_as_a_number_and_the_other_way_round(harness: Harness) -> None:
    harness.on("POST /bakes", scripted({"bake": {"id": 9}}, 201))
    assert harness.run(harness.client.bakes.submit(dish="pie")).identity == {"bake_id": "9"}
    harness.on("POST /houses/h-1/courses/soup", scripted({"ticket": "12"}, 202))
    assert harness.run(harness.client.courses.submit(course="soup", table=4)).identity["ticket"] == 12


@pytest.mark.parametrize("told", [{}, {"bake": {}}, *({"bake": {"id": odd}} for odd in ("", None, True, 1.5, ["b-1"]))])
def test_an_answer_that_names_no_job_is_uncertain(harness: Harness, told: dict[str, Any]) -> None:
    harness.on("POST /bakes", scripted(told, 201))
    with pytest.raises(harness.package.SubmitUncertain):
        harness.run(harness.client.bakes.submit(dish="pie"))
    assert harness.lines == ["POST /bakes"]


def test_an_integer_of_a_header_and_a_header_of_the_request(harness: Harness) -> None:
    harness.on("POST /roasts", scripted(b"", 202, X_Roast_Id="7"))
    harness.on("GET /roasts/7", {"state": "Ready"})
    job = harness.run(harness.client.roasts.submit(x_spit="left"))
    assert job.identity == {"roast_id": 7, "spit": "left"}
    harness.run(job.wait())
    assert [request.headers["x-spit"] for request in harness.server.requests] == ["left", "left"]


def test_fields_of_the_request_and_of_the_client(harness: Harness) -> None:
    harness.on("POST /houses/h-1/courses/soup", scripted({"ticket": 12}, 202))
    harness.on("POST /houses/h-2/courses/soup", scripted({"ticket": 13}, 202))
    courses = harness.client.courses
    job = harness.run(courses.submit(course="soup", table=4, guest="Ada"))
    assert job.identity == {"house": "h-1", "course": "soup", "table": 4, "guest": "Ada", "ticket": 12}
    other = harness.run(courses.submit(course="soup", table=4, house="h-2"))
    assert other.identity["house"] == "h-2", "of this call, not the client's"
    harness.on("GET /houses/h-1/courses/soup", {"state": "completed", "conclusion": "success"})
    harness.run(job.wait())
    assert harness.lines == [
        "POST /houses/h-1/courses/soup?table=4",
        "POST /houses/h-2/courses/soup?table=4",
        "GET /houses/h-1/courses/soup?table=4&ticket=12&guest=Ada",
    ]


@pytest.mark.parametrize("told", [{"order": {"id": "o-1"}, "id": "o-2"}, {"order": {}, "id": "o-1"}, {"id": "o-1"}])
def test_the_first_place_of_several(harness: Harness, told: dict[str, Any]) -> None:
    harness.on("POST /orders", {"open": 1, **told})
    assert harness.run(harness.client.orders.submit(dish="pie")).identity == {"order_id": "o-1"}


# --- the run before is never taken for the new one ---


def test_a_run_that_was_there_before_is_never_taken_for_the_new_one(harness: Harness) -> None:
    """Whatever it is, and whatever the vendor shows in between; in another process, too."""
    old, new = run(1, "SERVED", outcome='{"leftovers": 1}'), run(2)
    harness.on(MENU, *map(shows, (old, old, old, new, old, run(2, "SPOILT", trouble="cold"))))
    harness.on(SUBMIT, shows(new))
    told: list[Any] = []
    job = harness.run(harness.client.menus.submit(menu="lunch"))
    assert harness.lines == [MENU, SUBMIT]
    with pytest.raises(harness.package.JobFailed, match="cold"):
        harness.run(harness.client.menus.restore(job.to_json()).wait(on_update=told.append))
    assert [str(status.state) for status in told] == ["queued", "queued", "running", "unknown", "failed"]
    assert {status.attribution for status in told} == {"exact"}
    assert [status.run_id for status in told] == ["2", "2", "2", None, "2"]


def test_an_answer_that_shows_the_run_before_names_none(harness: Harness) -> None:
    """What was in the baseline cannot be what was submitted, even where submit's answer says so."""
    old = run(1, "SERVED", outcome='{"leftovers": 1}')
    harness.on(MENU, *map(shows, (old, old, run(2), run(2, "SPOILT"))))
    harness.on(SUBMIT, shows(old))
    job = harness.run(harness.client.menus.submit(menu="lunch"))
    told: list[Any] = []
    with pytest.raises(harness.package.JobFailed):
        harness.run(job.wait(on_update=told.append))
    assert [str(status.state) for status in told] == ["queued", "running", "failed"]
    assert told[-1].attribution == "newer_than_baseline"


@pytest.mark.parametrize("told", [shows(), {}, shows(run(2), run(3))])
def test_where_the_answer_names_no_run_the_new_one_is_ours(harness: Harness, told: dict[str, Any]) -> None:
    old = run(1, "SERVED")
    harness.on(MENU, shows(old), shows(old), shows(old, run(2)), shows(run(2, "STOPPED"), old))
    harness.on(SUBMIT, told)
    with pytest.raises(harness.package.JobCancelled) as raised:
        harness.run(harness.run(harness.client.menus.submit(menu="lunch")).wait())
    assert (raised.value.status.run_id, raised.value.status.attribution) == ("2", "newer_than_baseline")
    assert [str(step.state) for step in raised.value.history] == ["queued", "running", "cancelled"]


def test_two_new_runs_are_one_too_many(harness: Harness) -> None:
    harness.on(MENU, shows(run(1, "SERVED")), shows(run(2), run(3)))
    harness.on(SUBMIT, {})
    with pytest.raises(harness.package.AmbiguousRun):
        harness.run(harness.run(harness.client.menus.submit(menu="lunch")).wait())


@pytest.mark.parametrize("before", [404, {}, {"runs": None}])
def test_nothing_need_have_run_before(harness: Harness, before: Any) -> None:
    harness.on(MENU, before, shows(run(1, "SPOILT")))
    harness.on(SUBMIT, shows(run(1)))
    with pytest.raises(harness.package.JobFailed):
        harness.run(harness.run(harness.client.menus.submit(menu="lunch")).wait())


def test_nothing_is_submitted_where_nobody_can_tell_what_ran_before(harness: Harness) -> None:
    harness.on(MENU, 500)
    with pytest.raises(harness.package.ServerError):
        harness.run(harness.client.menus.submit(menu="lunch"))
    assert harness.lines == [MENU]


def test_a_kind_whose_answer_to_submit_never_shows_the_run(harness: Harness) -> None:
    route = "GET /specials/soup"
    harness.on(
        route, *({"serial": 4, "state": word} for word in ("SERVED", "SERVED")), {"serial": 5, "state": "SERVED"}
    )
    harness.on("POST /specials/soup", scripted(b"", 204))
    told: list[Any] = []
    status = harness.run(harness.run(harness.client.specials.submit(special="soup")).wait(on_update=told.append))
    assert [str(status.state) for status in told] == ["not_started", "succeeded"]
    assert (status.run_id, status.attribution) == ("5", "newer_than_baseline")


# --- an id that is looked up ---

SENT: Script = scripted({"delivery-id": None})


def going_out(harness: Harness, *lists: Any, sent: Any = SENT) -> Any:
    """A delivery that is sent out, and what the list of deliveries says before and after."""
    harness.on("GET /deliveries", *lists)
    harness.on("POST /deliveries", sent)
    return harness.run(harness.client.deliveries.submit(route="north"))


def ids(*numbers: int) -> list[dict[str, int]]:
    return [{"id": number} for number in numbers]


def test_a_run_is_found_in_a_list(harness: Harness) -> None:
    """Older ones that come into view, and a look that fails, do no harm; the new one has to show twice."""
    job = going_out(harness, ids(5, 4), ids(5, 4), 503, ids(6, 5, 3, 2), ids(6, 5))
    assert job.identity == {"delivery_id": 6}
    looks = "GET /deliveries?route=north&length=10"
    assert harness.lines == [looks, "POST /deliveries?route=north", *[looks] * 4]
    harness.on("GET /delivery", {"data": {"phase": 10}})
    assert harness.run(job.wait()).attribution == "newer_than_baseline"


def test_an_older_run_is_not_the_new_one(harness: Harness) -> None:
    with pytest.raises(harness.package.AmbiguousRun, match="older") as raised:
        going_out(harness, ids(5), ids(3, 4, 5), ...)
    assert raised.value.candidates == ({"delivery_id": 3}, {"delivery_id": 4})
    assert harness.lines.count("POST /deliveries?route=north") == 1
    assert sum(harness.sleeps) == pytest.approx(26.3, abs=0.01), "one more look would come after half a minute"


@pytest.mark.parametrize("lists", [[ids(7, 6, 5)], [ids(6, 5), ids(7, 6, 5)]])
def test_two_runs_that_are_new_cannot_be_told_apart(harness: Harness, lists: list[Any]) -> None:
    with pytest.raises(harness.package.AmbiguousRun):
        going_out(harness, ids(5), *lists)
    assert harness.lines.count("POST /deliveries?route=north") == 1


def test_an_answer_that_names_the_run_needs_no_looking(harness: Harness) -> None:
    job = going_out(harness, ids(5), sent={"delivery-id": 6})
    assert job.identity == {"delivery_id": 6}
    harness.on("GET /delivery", {"data": {"phase": 10}})
    assert harness.run(job.wait()).attribution == "exact"
    assert harness.lines[2:] == ["GET /delivery?delivery-id=6"]


def test_the_first_run_of_all_is_found(harness: Harness) -> None:
    assert going_out(harness, [], ids(1), ids(1)).identity == {"delivery_id": 1}


def test_a_list_that_may_not_be_read_leaves_it_uncertain(harness: Harness) -> None:
    with pytest.raises(harness.package.SubmitUncertain, match=r"could not be found: .*403"):
        going_out(harness, ids(5), 403)


# --- lost responses ---


@pytest.mark.parametrize("lost", LOST)
def test_a_lost_answer_is_uncertain_and_nothing_is_sent_twice(
    kitchen_clients: ModuleType, harness: Harness, lost: Script
) -> None:
    with harness_of(harness.mode, kitchen_clients, http={"retries": 3}) as patient:
        patient.on("POST /bakes", lost, ...)
        with pytest.raises(harness.package.SubmitUncertain) as raised:
            patient.run(patient.client.bakes.submit(dish="pie"))
        assert (raised.value.job, raised.value.key) == (None, None)
        assert patient.lines == ["POST /bakes"]


@pytest.mark.parametrize("lost", LOST)
def test_a_lost_answer_is_looked_into_by_what_was_there_before(harness: Harness, lost: Script) -> None:
    harness.on(MENU, shows(run(1, "SERVED")), shows(run(1, "SERVED")), shows(run(2)), shows(run(2)))
    harness.on(SUBMIT, lost)
    job = harness.run(harness.client.menus.submit(menu="lunch"))
    assert harness.lines == [MENU, SUBMIT, MENU, MENU]
    assert harness.run(job.status()).attribution == "newer_than_baseline"


def test_a_lost_answer_leaves_a_handle_where_the_request_says_enough(harness: Harness) -> None:
    harness.on(MENU, *[shows(run(1, "SERVED"))] * 7, shows(run(2)))
    harness.on(SUBMIT, (RESET,))
    with pytest.raises(harness.package.SubmitUncertain) as raised:
        harness.run(harness.client.menus.submit(menu="lunch"))
    job = raised.value.job
    assert job.identity == {"house": "h-1", "menu": "lunch"}
    assert [str(harness.run(job.status()).state) for _ in range(2)] == ["queued", "running"]


@pytest.mark.parametrize(
    ("told", "name"),
    [(scripted({}, 400), "BadRequest"), (scripted({}, 403), "PermissionDenied"), (scripted({}, 409), "Conflict")],
)
def test_a_refusal_is_certain(harness: Harness, told: Script, name: str) -> None:
    harness.on("POST /bakes", told)
    with pytest.raises(getattr(harness.package, name)):
        harness.run(harness.client.bakes.submit(dish="pie"))
    harness.on("POST /bakes", scripted({"ok": False, "bake": {"id": "b-1"}}, 201))
    with pytest.raises(harness.package.Refused):
        harness.run(harness.client.bakes.submit(dish="pie"))


def test_what_was_never_sent_is_no_lost_answer(harness: Harness) -> None:
    harness.server.close()
    with pytest.raises(harness.package.TransportError):
        harness.run(harness.client.bakes.submit(dish="pie"))


# --- keys of ours ---


def keys(harness: Harness) -> Iterator[str]:
    return (request.headers["request-key"] for request in harness.server.requests if request.line.startswith("POST"))


def test_with_a_key_that_the_vendor_knows_the_call_is_sent_again(kitchen_clients: ModuleType, harness: Harness) -> None:
    route = "POST /houses/h-1/courses/soup"
    with harness_of(harness.mode, kitchen_clients, http={"retries": 2}) as patient:
        patient.on(route, (RESET,), scripted({}, 503), scripted({"ticket": 12}, 202), (RESET,), ...)
        assert patient.run(patient.client.courses.submit(course="soup", table=4)).identity["ticket"] == 12
        (first,) = set(keys(patient))
        assert len(first) >= 32
        with pytest.raises(patient.package.SubmitUncertain) as raised:
            patient.run(patient.client.courses.submit(course="soup", table=4))
        second = raised.value.key
        assert list(keys(patient)) == [first] * 3 + [second] * 3
        assert first != second
        assert raised.value.job is None


def test_a_key_of_the_callers_is_kept(harness: Harness) -> None:
    harness.on("POST /houses/h-1/courses/soup", scripted({"ticket": 12}, 202))
    job = harness.run(harness.client.courses.submit(course="soup", table=4, request_key="mine"))
    assert list(keys(harness)) == ["mine"]
    assert json.loads(job.to_json())["key"] == "mine"


def tag(request: Request) -> str:
    (own,) = [tag["value"] for tag in request.json()["tags"] if tag["name"] == "kitchen"]
    return str(own)


def test_a_lost_submission_is_found_by_its_tag_and_not_sent_again(
    kitchen_clients: ModuleType, harness: Harness
) -> None:
    def found(request: Request) -> Script:
        sent = tag(patient.server.requests[0])
        return scripted({"orders": [{"id": "o-0", "tag": "another"}, {"id": "o-1", "tag": sent}]})

    with harness_of(harness.mode, kitchen_clients, http={"retries": 2}) as patient:
        patient.on("POST /orders", (RESET,))
        patient.on("GET /orders", {"orders": [{"id": "o-0", "tag": "another"}]}, 500, 500, 500, found)
        patient.on("GET /orders/o-1", {"state": "PAID"})
        job = patient.run(patient.client.orders.submit(dish="pie"))
        assert (job.identity, job.submit_response) == ({"order_id": "o-1"}, None)
        look = f"GET /orders?tag=kitchen%3D{tag(patient.server.requests[0])}"
        assert patient.lines == ["POST /orders", *[look] * 5]
        assert patient.run(job.wait()).state == "succeeded"


def test_a_lost_submission_that_is_not_found_is_uncertain(harness: Harness) -> None:
    harness.on("POST /orders", (RESET,))
    harness.on("GET /orders", {"orders": []}, ...)
    with pytest.raises(harness.package.SubmitUncertain) as raised:
        harness.run(harness.client.orders.submit(dish="pie"))
    assert raised.value.key == tag(harness.server.requests[0])
    assert harness.lines == ["POST /orders", *[f"GET /orders?tag=kitchen%3D{raised.value.key}"] * 5]
    assert harness.sleeps == [1.0, 2.0, 4.0, 8.0]


def test_two_jobs_with_the_tag_are_one_too_many(harness: Harness) -> None:
    def both(request: Request) -> Script:
        sent = tag(harness.server.requests[0])
        return scripted({"orders": [{"id": "o-1", "tag": sent}, {"id": "o-2", "tag": sent}]})

    harness.on("POST /orders", (RESET,))
    harness.on("GET /orders", both)
    with pytest.raises(harness.package.AmbiguousRun):
        harness.run(harness.client.orders.submit(dish="pie"))


def test_a_tag_stands_beside_those_of_the_caller_and_what_the_spec_fixes(harness: Harness) -> None:
    harness.on("POST /orders", {"id": "o-1", "open": 1}, ...)
    theirs = harness.models.Tag(name="room", value="12")
    harness.run(harness.client.orders.submit(dish="pie", tags=[theirs]))
    harness.run(harness.client.orders.submit(dish="pie"))
    first, second = (request.json() for request in harness.server.requests)
    assert first["origin"] == second["origin"] == "client"
    assert first["tags"][0] == {"name": "room", "value": "12"}
    assert (len(first["tags"]), len(second["tags"])) == (2, 1)
    assert tag(harness.server.requests[0]) != tag(harness.server.requests[1])


# --- answers that are the end already ---


@pytest.mark.parametrize("mode", ["instant", "cold"])
def test_an_answer_that_is_the_end_needs_no_asking(harness: Harness, mode: str) -> None:
    harness.on("POST /bakes", scripted({"bake": {"id": "b-1"}, "mode": mode, "note": "eat"}, 201))
    job = harness.run(harness.client.bakes.submit(dish="pie"))
    status = harness.run(job.wait())
    assert (status.state, status.run_id, status.message, status.payload) == ("succeeded", "b-1", "eat", None)
    assert [str(status.state) for status in harness.watched(job)] == ["succeeded"]
    assert [outcome.status.state for outcome in harness.wait_all([job])] == ["succeeded"]
    assert harness.lines == ["POST /bakes"]


@pytest.mark.parametrize("mode", [{}, {"mode": "slow"}, {"mode": "INSTANT"}, {"mode": None}])
def test_any_other_answer_is_not_the_end(harness: Harness, mode: dict[str, Any]) -> None:
    harness.on("POST /bakes", scripted({"bake": {"id": "b-1"}, **mode}, 201))
    harness.on("GET /bakes/b-1", {"status": "HOT"}, {"status": "BURNT"})
    job = harness.run(harness.client.bakes.submit(dish="pie"))
    with pytest.raises(harness.package.JobFailed):
        harness.run(job.wait())
    assert len(harness.lines) == 3


@pytest.mark.parametrize(("told", "ended"), [({"open": []}, True), ({}, True), ({"open": ["pie"]}, False)])
def test_nothing_left_to_do_may_be_the_end(harness: Harness, told: dict[str, Any], ended: bool) -> None:
    harness.on("POST /orders", {"id": "o-1", **told})
    harness.on("GET /orders/o-1", {"state": "PAID"})
    harness.run(harness.run(harness.client.orders.submit(dish="pie")).wait())
    assert harness.lines == ["POST /orders", *([] if ended else ["GET /orders/o-1"])]


# --- both clients ---


def test_both_clients_do_the_same(kitchen_clients: ModuleType) -> None:
    """Requests, sleeps and what is reported, one by one."""
    one, other = (_events(kitchen_clients, mode) for mode in ("sync", "async"))
    assert len(one) > 12
    assert one == other


def _events(kitchen_clients: ModuleType, mode: str) -> list[Any]:
    """What happens when a menu is submitted and waited for, faults among it."""
    events: list[Any] = []
    with harness_of(mode, kitchen_clients) as harness:
        harness.chance = 0.7
        harness.vendor.on_request = lambda request: events.append(request.line)
        harness.on_sleep = lambda seconds: events.append(round(seconds, 6))
        resets: Script = (RESET,)
        cooking = shows(run(2))
        harness.on(MENU, shows(run(1, "SERVED")), 503, {}, resets, cooking, cooking, shows(run(2, "SPOILT")))
        harness.on(SUBMIT, {})
        job = harness.run(harness.client.menus.submit(menu="lunch"))
        with pytest.raises(kitchen_clients.JobFailed) as raised:
            harness.run(job.wait(on_update=lambda status: events.append(str(status.state))))
        error: Any = raised.value
    return [*events, str(error), *((str(step.state), step.at) for step in error.history)]


# --- halves of characters ---


def half(body: Any) -> Script:
    """A response in whose texts is half of a character, as texts have it that were cut."""
    return scripted(json.dumps(body).replace("~", "\\ud83d").encode(), 200, Content_Type="application/json")


def test_half_a_character_hides_no_submission(harness: Harness) -> None:
    harness.on("POST /orders", half({"order": {"id": "o-1"}, "open": ["~"]}))
    assert harness.run(harness.client.orders.submit(dish="pie")).identity == {"order_id": "o-1"}
    assert harness.lines == ["POST /orders"]


def test_half_a_character_hides_nothing_that_is_looked_for(harness: Harness) -> None:
    def listed(request: Request) -> Script:
        tag = harness.server.requests[0].json()["tags"][0]["value"]
        return half({"orders": [{"id": "o-0", "note": "~"}, {"id": "o-1", "tag": tag, "note": "~"}]})

    harness.on("POST /orders", (RESET,))
    harness.on("GET /orders", listed)
    assert harness.run(harness.client.orders.submit(dish="pie")).identity == {"order_id": "o-1"}


def test_half_a_character_hides_nothing_that_was_there_before(harness: Harness) -> None:
    harness.on(MENU, half(shows(run(1, "SPOILT", trouble="~"))), half(shows(run(2, "SERVED", trouble="~"))))
    harness.on(SUBMIT, half({"note": "~"}))
    job = harness.run(harness.client.menus.submit(menu="lunch"))
    assert harness.run(job.status()).run_id == "2"


# --- records ---


@pytest.mark.parametrize("of", ["another menu", "no submission"])
def test_a_job_that_is_not_of_this_submission_is_not_gone_on_with(harness: Harness, tmp_path: Path, of: str) -> None:
    record = tmp_path / "menu.json"
    harness.on(MENU, shows())
    harness.on(SUBMIT, scripted({}))
    job = harness.client.menus.latest(menu="lunch") if of == "no submission" else None
    record.write_text((job or harness.run(harness.client.menus.submit(menu="lunch"))).to_json())
    before, asked = record.read_text(), len(harness.lines)
    with pytest.raises(harness.package.RecordMismatch, match="use another record"):
        harness.run(harness.client.menus.submit(menu="dinner", record=record))
    assert (record.read_text(), len(harness.lines)) == (before, asked)


@pytest.mark.parametrize("place", ["pipe", "folder", "device"])
def test_what_is_not_a_file_is_no_record(harness: Harness, tmp_path: Path, place: str) -> None:
    record = Path("/dev/null") if place == "device" else tmp_path / place
    if place != "device":
        (os.mkfifo if place == "pipe" else os.mkdir)(record)
    with pytest.raises(harness.package.RecordError, match="not a file"):
        harness.run(harness.client.bakes.submit(dish="pie", record=record))
    assert harness.lines == []
    assert not Path(f"{record}.lock").exists()


@pytest.mark.parametrize("record", ["", "a\0b"])
def test_what_is_no_name_is_no_record(harness: Harness, record: str) -> None:
    with pytest.raises(harness.package.InvalidArgument, match="path of a file"):
        harness.run(harness.client.bakes.submit(dish="pie", record=record))
    assert harness.lines == []
