"""Words that nobody knows, jobs that are not there, and runs that do not show."""

from __future__ import annotations

from typing import Any

import pytest
from jobclients_contract.harness.loopback import Script, scripted
from kitchen.jobs.stage import Stage

ROUTE = "GET /bakes/b-1"
HOT, DONE = {"status": "HOT"}, {"status": "DONE"}
GONE: list[Script] = [scripted({}, 404), scripted({"fault": {"code": "K.GONE"}}, 400)]
"""Every way to say that a job is not there."""


def bake(stage: Stage) -> Any:
    return stage.client.bakes(bake_id="b-1")


def submitted(stage: Stage) -> Any:
    stage.on("POST /bakes", scripted({"bake": {"id": "b-1"}}, 201))
    return stage.run(stage.client.bakes.submit(dish="pie"))


# --- words that are not mapped ---


@pytest.mark.parametrize("told", [{"status": "LEVITATING"}, {"status": "MISLAID"}, {"status": None}])
def test_an_unknown_state_is_borne_for_a_while(stage: Stage, told: dict[str, Any]) -> None:
    """Five minutes, as the spec says."""
    stage.on(ROUTE, scripted(told, Retry_After="50"), ...)
    job = bake(stage)
    with pytest.raises(stage.package.UnknownState) as raised:
        stage.run(job.wait())
    assert (raised.value.job, raised.value.job_status.state) == (job, "unknown")
    assert (told["status"] or "the responses do not tell") in str(raised.value)
    assert stage.elapsed == 300.0


def test_where_the_spec_says_nothing_it_is_ten_minutes(stage: Stage) -> None:
    stage.on("GET /delivery", scripted({"data": {"phase": 4}}, Retry_After="50"), ...)
    with pytest.raises(stage.package.UnknownState, match="'4'"):
        stage.run(stage.client.deliveries(delivery_id=5).wait())
    assert stage.elapsed == 600.0


def test_the_time_begins_anew_with_each_word_that_is_known(stage: Stage) -> None:
    strange = scripted({"status": "LEVITATING"}, Retry_After="140")
    stage.on(ROUTE, strange, strange, HOT, strange, strange, HOT, strange, DONE)
    assert stage.run(bake(stage).wait(timeout=3600)).state == "succeeded"


def test_each_new_word_is_a_step_and_is_logged_once(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    first, second = f"FIRST-{stage.mode}", f"SECOND-{stage.mode}"
    words = ["HOT", first, first, second, "HOT", first, second, "BURNT"]
    stage.on(ROUTE, *({"status": word} for word in words))
    with pytest.raises(stage.package.JobFailed) as raised:
        stage.run(bake(stage).wait())
    assert [step.raw_state for step in raised.value.history] == ["HOT", first, second, "HOT", first, second, "BURNT"]
    assert [caplog.text.count(word) for word in (first, second)] == [1, 1]


def test_an_unknown_word_shows_no_secret(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """Vendors have been seen to print a header field where a state should be."""
    stage.on(ROUTE, {"status": "bad token s3cret-token"}, ...)
    status = stage.run(bake(stage).status())
    assert (status.state, status.raw_state) == ("unknown", "***")
    with pytest.raises(stage.package.UnknownState) as raised:
        stage.run(bake(stage).wait())
    shown = (caplog.text, str(raised.value), repr(raised.value.job_status), repr(raised.value.history))
    assert "s3cret" not in " ".join(shown)
    long = "x" * 195 + "s3cret-token"
    stage.on(ROUTE, {"status": long}, ...)
    assert stage.run(bake(stage).status()).raw_state == "***", "a cut word could end amid the secret"


def test_a_long_unknown_word_is_cut(stage: Stage) -> None:
    stage.on(ROUTE, {"status": "x" * 500})
    assert len(stage.run(bake(stage).status()).raw_state) <= 201


# --- jobs that are not there ---


@pytest.mark.parametrize("gone", GONE)
def test_a_job_that_never_was_there_is_not_waited_for(stage: Stage, gone: Script) -> None:
    stage.on(ROUTE, gone)
    job = bake(stage)
    with pytest.raises(stage.package.NotFound) as raised:
        stage.run(job.wait())
    assert (raised.value.job, raised.value.job_status, raised.value.history) == (job, None, ())
    assert stage.sleeps == []


@pytest.mark.parametrize("gone", GONE)
@pytest.mark.parametrize(("before", "seen"), [(HOT, "running"), (DONE, "succeeded")])
def test_a_job_that_was_there_has_expired_once_two_looks_do_not_find_it(
    stage: Stage, gone: Script, before: dict[str, Any], seen: str
) -> None:
    """Fifteen seconds apart, as the spec says; until then nobody knows."""
    stage.on(ROUTE, before, gone, ...)
    job = bake(stage)
    stage.run(job.status())
    told: list[Any] = []
    with pytest.raises(stage.package.JobExpired, match=f"bakes bake_id=b-1: .* last seen {seen}") as raised:
        stage.run(job.wait(on_update=told.append))
    assert raised.value.job is job
    assert {(str(status.state), status.message) for status in told} == {
        ("unknown", "the vendor says that there is no such job")
    }
    assert 15 <= stage.elapsed <= 16
    with pytest.raises(stage.package.JobExpired):
        stage.run(job.status())
    again = stage.client.bakes.restore(job.to_json())
    assert stage.run(again.status()).state == "unknown"


@pytest.mark.parametrize("gone", GONE)
def test_a_job_that_is_not_found_now_and_then_goes_on(stage: Stage, gone: Script) -> None:
    """Just submitted or not, and whether or not it was seen before."""
    stage.on("POST /bakes", {"bake": {"id": "b-1"}})
    away = [item for _ in range(12) for item in (gone, gone, HOT)]
    stage.on(ROUTE, *away, DONE)
    assert stage.run(submitted(stage).wait()).state == "succeeded"
    assert stage.elapsed > 60
    stage.on(ROUTE, HOT, *away, DONE)
    (outcome,) = stage.wait_all([bake(stage)])
    assert outcome.ok


def test_a_clock_that_is_set_makes_no_submission_older(stage: Stage) -> None:
    stage.on("POST /bakes", scripted({"bake": {"id": "b-1"}}, 201))
    job = stage.run(stage.client.bakes.submit(dish="pie"))
    stage.time.epoch += 8 * 3600.0
    stage.on(ROUTE, lambda request: scripted({"status": "DONE"}, 404 if stage.elapsed < 19.0 else 200), ...)
    assert stage.run(job.wait()).state == "succeeded"


def test_each_job_that_is_not_found_is_looked_at_twice(stage: Stage) -> None:
    """Also where the first look comes long after the submission."""
    job = submitted(stage)
    stage.pass_by(3600)
    stage.on(ROUTE, 404, HOT, DONE)
    assert stage.run(job.wait()).state == "succeeded"


def test_a_job_that_was_seen_has_the_grace_of_its_submission_as_well(stage: Stage) -> None:
    """Twenty seconds, though it is not found in looks that are sixteen seconds apart."""
    job = submitted(stage)
    stage.on(ROUTE, HOT, *[404] * 9, DONE)
    assert stage.run(job.wait()).state == "succeeded"
    assert stage.elapsed == 20.0


def test_a_call_about_a_job_that_is_not_found_right_after_its_submission_says_no_more(stage: Stage) -> None:
    stage.on(ROUTE, HOT, ...)
    stage.on("DELETE /bakes/b-1", 404, ...)
    job = submitted(stage)
    stage.run(job.status())
    with pytest.raises(stage.package.NotFound):
        stage.run(job.cancel())
    stage.pass_by(21)
    with pytest.raises(stage.package.JobExpired):
        stage.run(job.cancel())


@pytest.mark.parametrize("ahead", [-3600.0, 3600.0])
def test_a_job_of_a_host_whose_clock_differs_is_given_up_in_time(stage: Stage, ahead: float) -> None:
    """Twenty seconds of grace are not hour of it, and none are fifteen seconds."""
    text = submitted(stage).to_json()
    stage.time.epoch -= ahead
    stage.on(ROUTE, 404, ...)
    with pytest.raises(stage.package.NotFound):
        stage.run(stage.client.bakes.restore(text).wait())
    assert 15 <= stage.elapsed <= 22


@pytest.mark.parametrize("gone", GONE)
def test_a_job_that_was_submitted_just_now_need_not_be_there(stage: Stage, gone: Script) -> None:
    stage.on(ROUTE, gone, gone, HOT, DONE)
    told: list[Any] = []
    job = submitted(stage)
    stage.run(stage.client.bakes.restore(job.to_json()).wait(on_update=told.append))
    assert [str(status.state) for status in told] == ["queued", "queued", "running", "succeeded"]


def test_a_job_that_does_not_come_to_be_there_is_given_up(stage: Stage) -> None:
    """After twenty seconds, as the spec says."""
    stage.on(ROUTE, 404, ...)
    job = submitted(stage)
    with pytest.raises(stage.package.NotFound) as raised:
        stage.run(job.wait())
    assert raised.value.job is job
    assert stage.elapsed == 20.0


def test_where_the_spec_does_not_speak_of_it_not_found_is_the_end_after_ten_seconds(stage: Stage) -> None:
    stage.on("POST /roasts", scripted(b"", 202, X_Roast_Id="7"))
    job = stage.run(stage.client.roasts.submit(x_spit="left"))
    stage.on("GET /roasts/7", 404, ...)
    with pytest.raises(stage.package.NotFound):
        stage.run(job.wait())
    assert stage.elapsed == 10.0
    by_hand = stage.client.roasts(roast_id=7, spit="left")
    with pytest.raises(stage.package.NotFound):
        stage.run(by_hand.wait())
    assert stage.elapsed == 10.0


# --- runs that do not show ---

MENU = "GET /houses/h-1/menus/lunch"
SUBMIT = "POST /houses/h-1/menus/lunch"
NOTHING: dict[str, Any] = {"runs": []}


def run(number: int, status: str = "COOKING", **more: Any) -> dict[str, Any]:
    return {"run-id": number, "began": 1_700_000_000_000 + number, "menu": "lunch", "status": status, **more}


def shows(*runs: dict[str, Any]) -> dict[str, Any]:
    return {"runs": list(runs)}


def cooking(stage: Stage, *later: Any) -> Any:
    """Run 2 of a menu, submitted after run 1."""
    stage.on(MENU, shows(run(1, "SERVED")), *later)
    stage.on(SUBMIT, shows(run(2)))
    return stage.run(stage.client.menus.submit(menu="lunch"))


def test_a_run_need_not_show_at_once(stage: Stage) -> None:
    told: list[Any] = []
    served = shows(run(2, "SERVED", outcome='{"leftovers": 1}'))
    job = cooking(stage, NOTHING, shows(run(1, "SERVED")), shows(run(2)), served)
    stage.run(job.wait(on_update=told.append))
    assert [str(status.state) for status in told] == ["queued", "queued", "running", "succeeded"]


def test_a_run_that_disappears_has_expired_after_a_while(stage: Stage) -> None:
    """A minute, as the spec says; meanwhile nobody can tell its state."""
    told: list[Any] = []
    job = cooking(stage, shows(run(2)), NOTHING, ...)
    with pytest.raises(stage.package.JobExpired) as raised:
        stage.run(job.wait(on_update=told.append))
    assert raised.value.job is job
    assert {str(status.state) for status in told[1:]} == {"unknown"}
    assert stage.elapsed == 1 + 60


def test_each_absence_of_a_run_is_borne_from_its_own_beginning(stage: Stage) -> None:
    away = scripted(NOTHING, Retry_After="40")
    job = cooking(stage, shows(run(2)), away, shows(run(2)), away, shows(run(2)), away, shows(run(2, "SPOILT")))
    with pytest.raises(stage.package.JobFailed):
        stage.run(job.wait())
    assert stage.elapsed > 120


def test_a_run_that_never_shows_is_given_up(stage: Stage) -> None:
    """It counts as queued for a minute, as the spec says, and as unknown for ten more; never as the run before it."""
    told: list[Any] = []
    job = cooking(stage, scripted(shows(run(1, "SERVED")), Retry_After="30"), ...)
    with pytest.raises(stage.package.UnknownState) as raised:
        stage.run(job.wait(on_update=told.append))
    assert raised.value.job is job
    states = [str(status.state) for status in told]
    assert states == ["queued"] * 2 + ["unknown"] * 20
    assert stage.elapsed == 60 + 600


@pytest.mark.parametrize("other", [run(3), {**run(2), "run-id": 3}, {**run(2), "began": 1_700_000_090_000}])
def test_a_run_in_the_place_of_ours_is_not_taken_for_it(stage: Stage, other: dict[str, Any]) -> None:
    """Runs are others when any part of their key is another."""
    stage.on(MENU, shows(run(2)), shows(other), shows(run(2)), shows(other), shows(other))
    job = stage.client.menus.latest(menu="lunch")
    with pytest.raises(stage.package.RunSuperseded) as raised:
        stage.run(job.wait())
    assert raised.value.job is job
    again = stage.client.menus.restore(job.to_json())
    assert stage.run(again.status()).state == "running"
    with pytest.raises(stage.package.RunSuperseded):
        stage.run(again.status())


@pytest.mark.parametrize("ours", [{**run(2), "run-id": None}, {**run(2), "began": None}, {**run(2), "run-id": "2"}])
def test_parts_of_the_key_that_are_lacking_do_not_tell_runs_apart(stage: Stage, ours: dict[str, Any]) -> None:
    stage.on(MENU, shows(run(2)), shows(ours), shows({**run(2, "SPOILT")}))
    with pytest.raises(stage.package.JobFailed):
        stage.run(stage.client.menus.latest(menu="lunch").wait())


def test_a_run_of_another_menu_is_not_looked_at(stage: Stage) -> None:
    other = {**run(3, "SPOILT"), "menu": "supper"}
    stage.on(MENU, shows(other, run(2)), shows(run(2), other))
    for _ in range(2):
        assert stage.run(stage.client.menus.latest(menu="lunch").status()).state == "running"


def test_the_latest_of_two_cannot_be_told(stage: Stage) -> None:
    stage.on(MENU, shows(run(1, "SERVED"), run(2)))
    with pytest.raises(stage.package.AmbiguousRun):
        stage.run(stage.client.menus.latest(menu="lunch").status())


def test_a_name_under_which_nothing_ran_yet(stage: Stage) -> None:
    stage.on("GET /specials/soup", {})
    assert stage.run(stage.client.specials.latest(special="soup").status()).state == "not_started"
    stage.on(MENU, NOTHING)
    assert stage.run(stage.client.menus.latest(menu="lunch").status()).state == "unknown"
