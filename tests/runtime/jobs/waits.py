"""Responses about one job, and the waits for it."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest
from jobclients_core import JobClientsError
from jobclients_core.jobs import JobStatus
from runtime.jobs import kinds
from runtime.jobs.world import World, sync_client

RUNNING = {"status": "running"}
DONE = {"status": "successful"}
FAILED = {"status": "failed", "msg": "no", "result": '{"error": "bad table"}'}


def job_in(world: World, **more: Any) -> Any:
    return kinds.BulkJobs(sync_client(world, kinds.ALATION, **more))(id=1)


def caught_by(world: World, **options: Any) -> Any:
    """The error that ends a wait."""
    job = job_in(world)
    with pytest.raises(JobClientsError) as caught:
        job.wait(**options)
    error = caught.value
    assert error.job is job
    assert isinstance(error.history, tuple)
    assert isinstance(error.job_status, JobStatus | None)
    assert hasattr(error, "code")
    assert hasattr(error, "vendor_message")
    return error


def date(world: World, seconds: float) -> str:
    return format_datetime(datetime.fromtimestamp(world.fake.epoch + seconds, UTC), usegmt=True)
