"""Runs that are found in the history of their job."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from jobclients_core.jobs import (
    AmbiguousRun,
    SubmitUncertain,
)
from runtime.jobs import kinds
from runtime.jobs.world import World, reply, sync_client


def history(*ids: Any) -> Any:
    return reply([{"id": value, "jobStatus": "COMPLETED"} for value in ids])


TRIGGERED = {"status": "success"}


def execution(*replies: Any) -> tuple[World, Callable[[], kinds.Execution]]:
    world = World(*replies)
    return world, lambda: kinds.Executions(sync_client(world, kinds.DATAMEER)).submit(configuration=7)


def test_the_run_is_found_in_the_history() -> None:
    world, submit = execution(history(5, 4), TRIGGERED, history(5, 4), history(6, 5, 4, 3))
    job = submit()
    assert job.identity == {"execution_id": 6}
    assert world.sleeps == [1.0, 1.0]
    assert world.events[0][3] == "/rest/job-configuration/job-history/7?start=0&length=10"


def test_its_attribution_says_how_it_was_found() -> None:
    _, submit = execution(history(5), TRIGGERED, history(6, 5), history(6, 5), {"id": 6, "jobStatus": "RUNNING"})
    assert submit().status().attribution == "newer_than_baseline"


def test_an_answer_that_names_the_run_is_believed() -> None:
    world, submit = execution(history(5), {"status": "success", "job-execution-id": 9}, {"id": 9, "jobStatus": "ERROR"})
    job = submit()
    assert job.status().attribution == "exact"
    assert world.sends == ["get_job_history", "trigger_job", "get_job_details"]


@pytest.mark.parametrize("later", [[], [history(6, 5)], [history(6, 5), reply({}, 503)]], ids=["once", "one", "failed"])
def test_two_new_runs_in_the_history_are_ambiguous(later: list[Any]) -> None:
    _, submit = execution(history(5), TRIGGERED, *later, history(7, 6, 5))
    with pytest.raises(AmbiguousRun):
        submit()


def test_two_runs_that_show_one_after_the_other_are_ambiguous() -> None:
    _, submit = execution(history(5), TRIGGERED, history(6, 5), history(7, 5))
    with pytest.raises(AmbiguousRun):
        submit()


def test_a_run_that_showed_once_and_could_not_be_looked_at_again_is_uncertain() -> None:
    world, submit = execution(history(5), TRIGGERED, history(6, 5), reply({}, 503))
    with pytest.raises(SubmitUncertain, match=r"could not be found$"):
        submit()
    assert world.now <= 40.0


def test_a_run_that_is_not_found_is_uncertain() -> None:
    world, submit = execution(history(5), TRIGGERED, history(5))
    with pytest.raises(SubmitUncertain, match=r"could not be found$"):
        submit()
    assert world.now <= 20.0


def test_the_first_run_of_all() -> None:
    _, submit = execution(history(), TRIGGERED, history(1))
    assert submit().identity == {"execution_id": 1}
