"""Whose status is it? Yesterday's success is never today's."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from typing import Any

import pytest
from jobclients_core import (
    ConnectFailed,
    ConnectionLost,
    HttpOptions,
    Refused,
    ServerError,
)
from jobclients_core.flow import Send
from jobclients_core.jobs import (
    AmbiguousRun,
    JobExpired,
    JobFailed,
    NotStarted,
    RunSuperseded,
    UnknownState,
    WaitTimeout,
)
from runtime.jobs import kinds
from runtime.jobs.nightly import LAST_NIGHT, NIGHT, OTHER, OURS, run, shows, submitted
from runtime.jobs.world import World, reply, sync_client


def test_last_nights_success_is_not_this_runs() -> None:
    world, job = submitted(
        LAST_NIGHT, shows(run(OURS, "BOOTING")), shows(run(OURS, "RUNNING")), shows(run(OURS, "SUCCEEDED"))
    )
    status = job.status()
    assert (status.state, status.raw_state, status.run_id) == ("queued", "", None)
    done = job.wait()
    assert (done.state, done.run_id, done.attribution) == ("succeeded", "2000", "newer_than_baseline")
    assert world.sends == ["show_job_status", "start_job"] + ["show_job_status"] * 4


def test_the_same_key_as_text_is_the_same_key() -> None:
    _, job = submitted(shows(run(str(NIGHT), "SUCCEEDED")), shows(run(float(NIGHT), "SUCCEEDED")))
    assert [job.status().state for _ in range(2)] == ["queued", "queued"]


def test_an_empty_list_is_believed_for_a_while() -> None:
    world, job = submitted(shows())
    assert job.status().state == "queued"
    world.fake.now += 119
    assert job.status().state == "queued"
    world.fake.now += 2
    assert job.status().state == "unknown"


def test_a_run_that_never_shows_ends_the_wait_and_not_as_success() -> None:
    world, job = submitted(LAST_NIGHT)
    with pytest.raises(UnknownState) as caught:
        job.wait()
    assert 180 <= world.now <= 240
    assert caught.value.job is job
    assert [str(moment.state) for moment in caught.value.history] == ["queued", "unknown"]


def test_two_new_runs_are_ambiguous() -> None:
    _, job = submitted(shows(run(OURS, "SUCCEEDED"), run(OTHER, "RUNNING")))
    with pytest.raises(AmbiguousRun):
        job.wait()


def test_an_old_and_a_new_run_are_not() -> None:
    _, job = submitted(shows(run(NIGHT, "SUCCEEDED"), run(OURS, "FAILED", **{"error-summary": "no table"})))
    with pytest.raises(JobFailed, match="no table") as caught:
        job.wait()
    assert caught.value.status.run_id == "2000"


def test_a_newer_run_by_someone_else_supersedes() -> None:
    _, job = submitted(shows(run(OURS, "RUNNING")), shows(run(OTHER, "SUCCEEDED")))
    with pytest.raises(RunSuperseded) as caught:
        job.wait()
    status = caught.value.job_status
    assert status is not None
    assert status.run_id == "2000"


@pytest.mark.parametrize("left", [shows(), LAST_NIGHT], ids=["none", "last night's"])
def test_a_run_that_disappears_has_expired_after_a_while(left: Any) -> None:
    world, job = submitted(shows(run(OURS, "RUNNING")), left)
    with pytest.raises(JobExpired) as caught:
        job.wait()
    assert 120 <= world.now <= 160
    assert [str(moment.state) for moment in caught.value.history] == ["running", "unknown"]


@pytest.mark.parametrize("stale", [shows(), LAST_NIGHT], ids=["none", "last night's"])
def test_a_stale_answer_does_not_end_a_good_wait(stale: Any) -> None:
    ours = shows(run(OURS, "RUNNING"))
    _, job = submitted(ours, stale, ours, stale, shows(run(OURS, "SUCCEEDED")))
    assert job.wait().run_id == "2000"
    _, job = submitted(ours, stale)
    assert [(job.status().state, job.status().run_id) for _ in range(2)][-1] == ("unknown", None)


def test_each_absence_is_borne_from_its_own_beginning() -> None:
    ours = shows(run(OURS, "RUNNING"))
    world, job = submitted(ours, shows(), ours, shows(), shows(), shows())
    for _ in range(2):
        assert [job.status().state for _ in range(2)] == ["running", "unknown"]
        world.fake.now += 119
    for _ in range(3):
        assert job.status().state == "unknown"
        world.fake.now += 30
    with pytest.raises(JobExpired):
        job.status()


def test_a_time_without_answers_counts_as_one_look() -> None:
    """Two stale answers an hour apart say no more than two stale answers."""
    world, job = submitted(shows(run(OURS, "RUNNING")), shows(), shows(), shows(run(OURS, "SUCCEEDED")))
    job.status()
    for _ in range(2):
        assert job.status().state == "unknown"
        world.fake.now += 3600
    assert job.status().state == "succeeded"


def test_another_new_run_beside_ours_is_ambiguous() -> None:
    _, job = submitted(shows(run(1500, "RUNNING")), shows(run(1500, "SUCCEEDED"), run(OURS, "RUNNING")))
    with pytest.raises(AmbiguousRun, match="beside"):
        job.wait()


def test_a_wait_whose_last_poll_failed_looks_before_it_stops_the_job() -> None:
    def vendor(found: Any) -> Callable[[Any], Any]:
        def answer(step: Any) -> Any:
            if step.operation != "show_job_status":
                return reply(shows())
            asked.append(world.now)
            if len(asked) < 3:
                return reply(LAST_NIGHT if len(asked) == 1 else shows(run(OURS, "RUNNING")))
            return reply({}, 503) if world.now < 99.9 else reply(found)

        return answer

    for found, stops in ((OURS, 1), (OTHER, 0), (None, 0), (NIGHT, 0)):
        asked: list[float] = []
        world = World()
        world._replies = iter([vendor(shows() if found is None else shows(run(found, "RUNNING")))] * 200)
        job = kinds.Runs(sync_client(world, kinds.CDM, http=HttpOptions(timeout=10.0, retries=4))).submit(job_name="j")
        with pytest.raises(WaitTimeout) as caught:
            job.wait(timeout=100, on_timeout="cancel")
        assert world.sends.count("stop_run") == stops, found
        assert caught.value.cancelled is bool(stops)
        assert world.now <= 120


def test_a_wait_that_does_not_see_its_run_does_not_stop_another() -> None:
    ours = shows(run(OURS, "RUNNING"))
    worlds: list[World] = []
    world, job = submitted(*[lambda step: reply(ours if worlds[0].now < 60 else LAST_NIGHT)] * 200)
    worlds.append(world)
    with pytest.raises(WaitTimeout) as caught:
        job.wait(timeout=100, on_timeout="cancel")
    assert not caught.value.cancelled
    assert "stop_run" not in world.sends
    assert world.now <= 120


def test_a_wait_that_has_just_seen_its_run_stops_it() -> None:
    world, job = submitted(*[lambda step: reply(shows(run(OURS, "RUNNING")))] * 200)
    with pytest.raises(WaitTimeout) as caught:
        job.wait(timeout=100, on_timeout="cancel")
    assert caught.value.cancelled
    assert world.sends[-1] == "stop_run"


def test_a_run_that_has_not_begun_in_time_is_stopped() -> None:
    world, job = submitted(*[lambda step: reply(shows(run(OURS, "PENDING")))] * 200)
    with pytest.raises(NotStarted) as caught:
        job.wait(start_within=25, on_timeout="cancel")
    assert caught.value.cancelled is True
    assert world.sends[-1] == "stop_run"


@pytest.mark.parametrize(
    ("stops", "cancelled"),
    [
        (reply({}, 408), None),
        (reply({}, 500), None),
        (ConnectionLost("gone", operation="stop_run"), None),
        (reply(b"<html>"), True),
        (reply({}, 403), False),
        (reply({}, 429), False),
        (ConnectFailed("refused", operation="stop_run"), False),
    ],
    ids=str,
)
def test_whether_a_stop_may_have_arrived(stops: Any, cancelled: bool | None) -> None:
    def answer(step: Send) -> Any:
        return stops if step.operation == "stop_run" else reply(shows(run(OURS, "RUNNING")))

    _, job = submitted(*[answer] * 200)
    with pytest.raises(WaitTimeout) as caught:
        job.wait(timeout=40, on_timeout="cancel")
    assert caught.value.cancelled is cancelled


def test_a_stop_that_was_not_sent_is_known_not_to_have_arrived() -> None:
    worlds: list[World] = []

    def answer(step: Send) -> Any:
        return (
            reply(shows(run(OURS, "RUNNING")))
            if worlds[0].now < 40
            else ConnectionLost("gone", operation=step.operation)
        )

    world, job = submitted(*[answer] * 200)
    worlds.append(world)
    with pytest.raises(WaitTimeout, match="could not be stopped") as caught:
        job.wait(timeout=40, on_timeout="cancel")
    assert caught.value.cancelled is False
    assert "stop_run" not in world.sends


def test_anothers_job_in_the_list_is_put_aside() -> None:
    _, job = submitted(shows(run(OTHER, "SUCCEEDED") | {"job-name": "k"}, run(OURS, "RUNNING")))
    assert job.status().run_id == "2000"


def test_runs_without_a_key_tell_nothing() -> None:
    _, job = submitted(shows({"job-name": "j", "status": "SUCCEEDED"}))
    assert job.status().state == "queued"
    _, job = submitted(shows({"job-name": "j", "status": "SUCCEEDED"}), before=shows())
    assert job.status().state == "queued"


@pytest.mark.parametrize("before", [shows(), reply({"errCode": "Cdm.0100"}, 500)], ids=["empty", "not found"])
def test_nothing_before(before: Any) -> None:
    _, job = submitted(shows(run(OURS, "SUCCEEDED")), before=before)
    assert job.wait().run_id == "2000"


def test_nothing_is_submitted_where_the_baseline_cannot_be_read() -> None:
    world = World(reply({"x": 1}, 500))
    with pytest.raises(ServerError):
        kinds.Runs(sync_client(world, kinds.CDM)).submit(job_name="j")
    assert world.sends == ["show_job_status"]


def pinned(answer: Any, *polls: Any) -> kinds.Run:
    assert kinds.RUNS.select is not None
    select = dataclasses.replace(kinds.RUNS.select, submitted="$response.body#/submissions")

    class PinnedRuns(kinds.Runs):
        kind = dataclasses.replace(kinds.RUNS, select=select)

    return PinnedRuns(sync_client(World(LAST_NIGHT, answer, *polls), kinds.CDM)).submit(job_name="j")


def test_the_answer_to_the_submission_may_name_the_run() -> None:
    job = pinned(shows(run(str(OURS), "BOOTING")), LAST_NIGHT, shows(run(OURS, "RUNNING"), run(OTHER, "SUCCEEDED")))
    assert job.status().state == "queued"
    status = job.status()
    assert (status.state, status.attribution, status.run_id) == ("running", "exact", "2000")


def test_an_answer_that_shows_the_old_run_names_none() -> None:
    job = pinned(shows(run(NIGHT, "SUCCEEDED")), LAST_NIGHT)
    assert job.status().state == "queued"


def test_latest_sticks_to_the_first_run_seen() -> None:
    world = World(shows(run(OURS, "RUNNING")), shows(run(OTHER, "SUCCEEDED")))
    job = kinds.Runs(sync_client(world, kinds.CDM)).latest(job_name="j")
    with pytest.raises(RunSuperseded):
        job.wait()
    assert job.identity == {"project_id": "p1", "job_name": "j"}


def test_latest_of_two_cannot_be_told() -> None:
    world = World(shows(run(OURS, "RUNNING"), run(OTHER, "SUCCEEDED")))
    with pytest.raises(AmbiguousRun):
        kinds.Runs(sync_client(world, kinds.CDM)).latest(job_name="j").status()


def test_latest_of_none_is_unknown() -> None:
    world = World(shows())
    status = kinds.Runs(sync_client(world, kinds.CDM)).latest(job_name="j").status()
    assert (status.state, status.attribution) == ("unknown", "latest")


def test_a_configuration_that_was_never_triggered_may_begin() -> None:
    world = World({}, {"id": 49, "jobStatus": "RUNNING"}, {"id": 50, "jobStatus": "COMPLETED"})
    job = kinds.Configurations(sync_client(world, kinds.DATAMEER)).latest(configuration_id=1)
    assert [job.status().state for _ in range(2)] == ["not_started", "running"]
    with pytest.raises(RunSuperseded):
        job.status()


def test_a_run_that_had_ended_and_runs_again_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    world = World(shows(run(OURS, "SUCCEEDED")), shows(run(OURS, "RUNNING")))
    job = kinds.Runs(sync_client(world, kinds.CDM)).latest(job_name="j")
    assert [job.status().regressed for _ in range(2)] == [False, True]
    assert "was succeeded is running" in caplog.text


def test_cancel_never_stops_anothers_run() -> None:
    world, job = submitted(shows(run(OURS, "RUNNING")), shows(run(OTHER, "RUNNING")))
    assert job.status().state == "running"
    with pytest.raises(RunSuperseded):
        job.cancel()
    assert "stop_run" not in world.sends


def test_cancel_waits_for_the_run_to_show() -> None:
    world, job = submitted(LAST_NIGHT, LAST_NIGHT, shows(run(OURS, "RUNNING")), reply())
    job.cancel()
    assert world.sends[-1] == "stop_run"
    assert world.sleeps == [1.0, 2.0]


def test_cancel_of_a_run_that_does_not_show_might_stop_anothers() -> None:
    world, job = submitted(shows(run(NIGHT, "RUNNING")))
    with pytest.raises(AmbiguousRun):
        job.cancel()
    assert "stop_run" not in world.sends


def test_cancel_of_an_ended_run_leaves_it() -> None:
    world, job = submitted(shows(run(OURS, "SUCCEEDED")))
    job.cancel()
    assert "stop_run" not in world.sends


def test_cancel_that_comes_too_late_is_no_failure() -> None:
    world = World(reply({"status": "failed", "error": "is not running"}, 200), {"id": 3, "jobStatus": "COMPLETED"})
    kinds.Executions(sync_client(world, kinds.DATAMEER))(execution_id=3).cancel()
    world = World(reply({"status": "failed", "error": "no"}, 200), {"id": 3, "jobStatus": "RUNNING"})
    with pytest.raises(Refused):
        kinds.Executions(sync_client(world, kinds.DATAMEER))(execution_id=3).cancel()


def test_two_waiters_follow_the_same_run() -> None:
    first = sync_client(World(shows(run(OURS, "RUNNING")), shows(run(OURS, "SUCCEEDED"))), kinds.CDM)
    job = kinds.Runs(first).latest(job_name="j")
    barrier = threading.Barrier(2, timeout=5)
    barred = threading.local()

    def meet(step: Any) -> None:
        if not getattr(barred, "met", False):
            barred.met = True
            barrier.wait()

    first.world.before = meet
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(job.status().run_id)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert found == ["2000", "2000"]


def test_a_final_answer_ends_the_wait_before_it_begins() -> None:
    world = World({"is_success": True, "job_id": "j1", "job_mode": "sync", "rows": [[1]]})
    job = kinds.SqlJobs(sync_client(world, kinds.DLI)).submit(sql="show tables")
    done = job.wait()
    assert (done.state, done.result, done.run_id) == ("succeeded", [[1]], "j1")
    assert [status.state for status in job.watch()] == ["succeeded"]
    assert world.sends == ["submit_sql_job"]
    assert job.submit_response.rows == [[1]]
