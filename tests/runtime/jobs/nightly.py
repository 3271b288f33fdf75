"""A job that runs every night under the same name: its runs, and a submission that is followed."""

from __future__ import annotations

from typing import Any

from runtime.jobs import kinds
from runtime.jobs.world import World, sync_client

NIGHT, OURS, OTHER = 1000, 2000, 3000


def run(date: Any, status: str, **more: Any) -> dict[str, Any]:
    return {"job-name": "j", "status": status, "creation-date": date, **more}


def shows(*runs: dict[str, Any]) -> dict[str, Any]:
    return {"submissions": list(runs)}


LAST_NIGHT = shows(run(NIGHT, "SUCCEEDED"))


def submitted(*polls: Any, before: Any = LAST_NIGHT, answer: Any = None) -> tuple[World, kinds.Run]:
    """A job that was submitted over what was there before, and the responses to the polls that follow."""
    world = World(before, shows() if answer is None else answer, *polls)
    return world, kinds.Runs(sync_client(world, kinds.CDM)).submit(job_name="j")
