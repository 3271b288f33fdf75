"""Words that nobody knows, jobs that are not there, and runs that do not show."""

from __future__ import annotations

from typing import Any

import pytest
from jobclients_contract.harness.loopback import Script, scripted
from kitchen.jobs.harness import Harness

ROUTE = "GET /bakes/b-1"
HOT, DONE = {"status": "HOT"}, {"status": "DONE"}
GONE: list[Script] = [scripted({}, 404), scripted({"fault": {"code": "K.GONE"}}, 400)]
"""Every way to say that a job is not there."""


def bake(harness: Harness) -> Any:
    return harness.client.bakes(bake_id="b-1")


def submitted(harness: Harness) -> Any:
    harness.on("POST /bakes", scripted({"bake": {"id": "b-1"}}, 201))
    return harness.run(harness.client.bakes.submit(dish="pie"))


# --- words that are not mapped ---


@pytest.mark.parametrize("told", [{"status": "LEVITATING"}, {"status": "MISLAID"}, {"status": None}])
def test_an_unknown_state_is_borne_for_a_while(harness: Harness, told: dict[str, Any]) -> None:
    """Five minutes, as the spec says."""
    harness.on(ROUTE, scripted(told, Retry_After="50"), ...)
    job = bake(harness)
    with pytest.raises(harness.package.UnknownState) as raised:
        harness.run(job.wait())
    assert (raised.value.job, raised.value.job_status.state) == (job, "unknown")
    assert (told["status"] or "the responses do not tell") in str(raised.value)
    assert harness.elapsed == 300.0


def test_where_the_spec_says_nothing_it_is_ten_minutes(harness: Harness) -> None:
    harness.on("GET /delivery", scripted({"data": {"phase": 4}}, Retry_After="50"), ...)
    with pytest.raises(harness.package.UnknownState, match="'4'"):
        harness.run(harness.client.deliveries(delivery_id=5).wait())
    assert harness.elapsed == 600.0


def test_the_time_begins_anew_with_each_word_that_is_known(harness: Harness) -> None:
    strange = scripted({"status": "LEVITATING"}, Retry_After="140")
    harness.on(ROUTE, strange, strange, HOT, strange, strange, HOT, strange, DONE)
    assert harness.run(bake(harness).wait(timeout=3600)).state == "succeeded"


def test_each_new_word_is_a_step_and_is_logged_once(harness: Harness, caplog: pytest.LogCaptureFixture) -> None:
    first, second = f"FIRST-{harness.mode}", f"SECOND-{harness.mode}"
    words = ["HOT", first, first, second, "HOT", first, second, "BURNT"]
    harness.on(ROUTE, *({"status": word} for word in words))
    with pytest.raises(harness.package.JobFailed) as raised:
        harness.run(bake(harness).wait())
    assert [step.raw_state for step in raised.value.history] == ["HOT", first, second, "HOT", first, second, "BURNT"]
    assert [caplog.text.count(word) for word in (first, second)] == [1, 1]


def test_an_unknown_word_shows_no_secret(harness: Harness, caplog: pytest.LogCaptureFixture) -> None:
    """Vendors have been seen to print a header field where a state should be."""
    harness.on(ROUTE, {"status": "bad token s3cret-token"}, ...)
    status = harness.run(bake(harness).status())
    assert (status.state, status.raw_state) == ("unknown", "***")
    with pytest.raises(harness.package.UnknownState) as raised:
        harness.run(bake(harness).wait())
    shown = (caplog.text, str(raised.value), repr(raised.value.job_status), repr(raised.value.history))
    assert "s3cret" not in " ".join(shown)
    long = "x" * 195 + "s3cret-token"
    harness.on(ROUTE, {"status": long}, ...)
    assert harness.run(bake(harness).status()).raw_state == "***", "a cut word could end amid the secret"


def test_a_long_unknown_word_is_cut(harness: Harness) -> None:
    harness.on(ROUTE, {"status": "x" * 500})
    assert len(harness.run(bake(harness).status()).raw_state) <= 201


# --- jobs that are not there ---


@pytest.mark.parametrize("gone", GONE)
def test_a_job_that_never_was_there_is_not_waited_for(harness: Harness, gone: Script) -> None:
    harness.on(ROUTE, gone)
    job = bake(harness)
    with pytest.raises(harness.package.NotFound) as raised:
        harness.run(job.wait())
    assert (raised.value.job, raised.value.job_status, raised.value.history) == (job, None, ())
    assert harness.sleeps == []


@pytest.mark.parametrize("gone", GONE)
@pytest.mark.parametrize(("before", "seen"), [(HOT, "running"), (DONE, "succeeded")])
def test_a_job_that_was_there_has_expired_once_two_looks_do_not_find_it(
    harness: Harness, gone: Script, before: dict[str, Any], seen: str
) -> None:
    """Fifteen seconds apart, as the spec says; until then nobody knows."""
    harness.on(ROUTE, before, gone, ...)
    job = bake(harness)
    harness.run(job.status())
    told: list[Any] = []
    with pytest.raises(harness.package.JobExpired, match=f"bakes bake_id=b-1: .* last seen {seen}") as raised:
        harness.run(job.wait(on_update=told.append))
    assert raised.value.job is job
    assert {(str(status.state), status.message) for status in told} == {
        ("unknown", "the vendor says that there is no such job")
    }
    assert 15 <= harness.elapsed <= 16
    with pytest.raises(harness.package.JobExpired):
        harness.run(job.status())
    again = harness.client.bakes.restore(job.to_json())
    assert harness.run(again.status()).state == "unknown"


@pytest.mark.parametrize("gone", GONE)
def test_a_job_that_is_not_found_now_and_then_goes_on(harness: Harness, gone: Script) -> None:
    """Just submitted or not, and whether or not it was seen before."""
    harness.on("POST /bakes", {"bake": {"id": "b-1"}})
    away = [item for _ in range(12) for item in (gone, gone, HOT)]
    harness.on(ROUTE, *away, DONE)
    assert harness.run(submitted(harness).wait()).state == "succeeded"
    assert harness.elapsed > 60
    harness.on(ROUTE, HOT, *away, DONE)
    (outcome,) = harness.wait_all([bake(harness)])
    assert outcome.ok


def test_a_clock_that_is_set_makes_no_submission_older(harness: Harness) -> None:
    harness.on("POST /bakes", scripted({"bake": {"id": "b-1"}}, 201))
    job = harness.run(harness.client.bakes.submit(dish="pie"))
    harness.time.epoch += 8 * 3600.0
    harness.on(ROUTE, lambda request: scripted({"status": "DONE"}, 404 if harness.elapsed < 19.0 else 200), ...)
    assert harness.run(job.wait()).state == "succeeded"


def test_each_job_that_is_not_found_is_looked_at_twice(harness: Harness) -> None:
    """Also where the first look comes long after the submission."""
    job = submitted(harness)
    harness.pass_by(3600)
    harness.on(ROUTE, 404, HOT, DONE)
    assert harness.run(job.wait()).state == "succeeded"


def test_a_job_that_was_seen_has_the_grace_of_its_submission_as_well(harness: Harness) -> None:
    """Twenty seconds, though it is not found in looks that are sixteen seconds apart."""
    job = submitted(harness)
    harness.on(ROUTE, HOT, *[404] * 9, DONE)
    assert harness.run(job.wait()).state == "succeeded"
    assert harness.elapsed == 20.0


def test_a_call_about_a_job_that_is_not_found_right_after_its_submission_says_no_more(harness: Harness) -> None:
    harness.on(ROUTE, HOT, ...)
    harness.on("DELETE /bakes/b-1", 404, ...)
    job = submitted(harness)
    harness.run(job.status())
    with pytest.raises(harness.package.NotFound):
        harness.run(job.cancel())
    harness.pass_by(21)
    with pytest.raises(harness.package.JobExpired):
        harness.run(job.cancel())


@pytest.mark.parametrize("ahead", [-3600.0, 3600.0])
def test_a_job_of_a_host_whose_clock_differs_is_given_up_in_time(harness: Harness, ahead: float) -> None:
    """Twenty seconds of grace are not hour of it, and none are fifteen seconds."""
    text = submitted(harness).to_json()
    harness.time.epoch -= ahead
    harness.on(ROUTE, 404, ...)
    with pytest.raises(harness.package.NotFound):
        harness.run(harness.client.bakes.restore(text).wait())
    assert 15 <= harness.elapsed <= 22


@pytest.mark.parametrize("gone", GONE)
def test_a_job_that_was_submitted_just_now_need_not_be_there(harness: Harness, gone: Script) -> None:
    harness.on(ROUTE, gone, gone, HOT, DONE)
    told: list[Any] = []
    job = submitted(harness)
    harness.run(harness.client.bakes.restore(job.to_json()).wait(on_update=told.append))
    assert [str(status.state) for status in told] == ["queued", "queued", "running", "succeeded"]


def test_a_job_that_does_not_come_to_be_there_is_given_up(harness: Harness) -> None:
    """After twenty seconds, as the spec says."""
    harness.on(ROUTE, 404, ...)
    job = submitted(harness)
    with pytest.raises(harness.package.NotFound) as raised:
        harness.run(job.wait())
    assert raised.value.job is job
    assert harness.elapsed == 20.0


def test_where_the_spec_does_not_speak_of_it_not_found_is_the_end_after_ten_seconds(harness: Harness) -> None:
    harness.on("POST /roasts", scripted(b"", 202, X_Roast_Id="7"))
    job = harness.run(harness.client.roasts.submit(x_spit="left"))
    harness.on("GET /roasts/7", 404, ...)
    with pytest.raises(harness.package.NotFound):
        harness.run(job.wait())
    assert harness.elapsed == 10.0
    by_hand = harness.client.roasts(roast_id=7, spit="left")
    with pytest.raises(harness.package.NotFound):
        harness.run(by_hand.wait())
    assert harness.elapsed == 10.0


# --- runs that do not show ---

MENU = "GET /houses/h-1/menus/lunch"
SUBMIT = "POST /houses/h-1/menus/lunch"
NOTHING: dict[str, Any] = {"runs": []}


def run(number: int, status: str = "COOKING", **more: Any) -> dict[str, Any]:
    return {"run-id": number, "began": 1_700_000_000_000 + number, "menu": "lunch", "status": status, **more}


def shows(*runs: dict[str, Any]) -> dict[str, Any]:
    return {"runs": list(runs)}


def cooking(harness: Harness, *later: Any) -> Any:
    """Run 2 of a menu, submitted after run 1."""
    harness.on(MENU, shows(run(1, "SERVED")), *later)
    harness.on(SUBMIT, shows(run(2)))
    return harness.run(harness.client.menus.submit(menu="lunch"))


def test_a_run_need_not_show_at_once(harness: Harness) -> None:
    told: list[Any] = []
    served = shows(run(2, "SERVED", outcome='{"leftovers": 1}'))
    job = cooking(harness, NOTHING, shows(run(1, "SERVED")), shows(run(2)), served)
    harness.run(job.wait(on_update=told.append))
    assert [str(status.state) for status in told] == ["queued", "queued", "running", "succeeded"]


def test_a_run_that_disappears_has_expired_after_a_while(harness: Harness) -> None:
    """A minute, as the spec says; meanwhile nobody can tell its state."""
    told: list[Any] = []
    job = cooking(harness, shows(run(2)), NOTHING, ...)
    with pytest.raises(harness.package.JobExpired) as raised:
        harness.run(job.wait(on_update=told.append))
    assert raised.value.job is job
    assert {str(status.state) for status in told[1:]} == {"unknown"}
    assert harness.elapsed == 1 + 60


def test_each_absence_of_a_run_is_borne_from_its_own_beginning(harness: Harness) -> None:
    away = scripted(NOTHING, Retry_After="40")
    job = cooking(harness, shows(run(2)), away, shows(run(2)), away, shows(run(2)), away, shows(run(2, "SPOILT")))
    with pytest.raises(harness.package.JobFailed):
        harness.run(job.wait())
    assert harness.elapsed > 120


def test_a_run_that_never_shows_is_given_up(harness: Harness) -> None:
    """It counts as queued for a minute, as the spec says, and as unknown for ten more; never as the run before it."""
    told: list[Any] = []
    job = cooking(harness, scripted(shows(run(1, "SERVED")), Retry_After="30"), ...)
    with pytest.raises(harness.package.UnknownState) as raised:
        harness.run(job.wait(on_update=told.append))
    assert raised.value.job is job
    states = [str(status.state) for status in told]
    assert states == ["queued"] * 2 + ["unknown"] * 20
    assert harness.elapsed == 60 + 600


@pytest.mark.parametrize("other", [run(3), {**run(2), "run-id": 3}, {**run(2), "began": 1_700_000_090_000}])
def test_a_run_in_the_place_of_ours_is_not_taken_for_it(harness: Harness, other: dict[str, Any]) -> None:
    """Runs are others when any part of their key is another."""
    harness.on(MENU, shows(run(2)), shows(other), shows(run(2)), shows(other), shows(other))
    job = harness.client.menus.latest(menu="lunch")
    with pytest.raises(harness.package.RunSuperseded) as raised:
        harness.run(job.wait())
    assert raised.value.job is job
    again = harness.client.menus.restore(job.to_json())
    assert harness.run(again.status()).state == "running"
    with pytest.raises(harness.package.RunSuperseded):
        harness.run(again.status())


@pytest.mark.parametrize("ours", [{**run(2), "run-id": None}, {**run(2), "began": None}, {**run(2), "run-id": "2"}])
def test_parts_of_the_key_that_are_lacking_do_not_tell_runs_apart(harness: Harness, ours: dict[str, Any]) -> None:
    harness.on(MENU, shows(run(2)), shows(ours), shows({**run(2, "SPOILT")}))
    with pytest.raises(harness.package.JobFailed):
        harness.run(harness.client.menus.latest(menu="lunch").wait())


def test_a_run_of_another_menu_is_not_looked_at(harness: Harness) -> None:
    other = {**run(3, "SPOILT"), "menu": "supper"}
    harness.on(MENU, shows(other, run(2)), shows(run(2), other))
    for _ in range(2):
        assert harness.run(harness.client.menus.latest(menu="lunch").status()).state == "running"


def test_the_latest_of_two_cannot_be_told(harness: Harness) -> None:
    harness.on(MENU, shows(run(1, "SERVED"), run(2)))
    with pytest.raises(harness.package.AmbiguousRun):
        harness.run(harness.client.menus.latest(menu="lunch").status())


def test_a_name_under_which_nothing_ran_yet(harness: Harness) -> None:
    harness.on("GET /specials/soup", {})
    assert harness.run(harness.client.specials.latest(special="soup").status()).state == "not_started"
    harness.on(MENU, NOTHING)
    assert harness.run(harness.client.menus.latest(menu="lunch").status()).state == "unknown"
