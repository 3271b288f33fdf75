"""What becomes of a job, as a task's log and its XCom have it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from jobclients_core.errors import InvalidArgument
from jobclients_core.jobs.as_data import status_data
from jobclients_core.jobs.job import AsyncHasResult, AsyncJob, BoundJob, HasResult, Job
from jobclients_core.jobs.status import JobStatus, state_text
from jobclients_core.jobs.waiting import differs
from jobclients_core.jobtype import BoundJobType
from jobclients_core.printing import clean
from jobclients_core.type_guards import is_array, is_object

MAX_XCOM_SIZE: Final = 65_536
"""Bytes of JSON, as usual, that the XCom of a job has at most."""

_LONGEST: Final = 2_000
"""Characters that are kept of a text where the whole is too large."""


def describe(job: BoundJob, status: JobStatus[Any]) -> str:
    """Say in one line how a job is doing.

    :param job: The job.
    :param status: Its status.
    :return: Its type and identity, the state, the progress and what the vendor says.
    """
    parts = " ".join(f"{name}={value}" for name, value in job.identity.items())
    line = f"{job.kind.vendor}.{job.kind.name} {parts}: {state_text(status)}"
    if status.progress is not None:
        line += f", {int(round(status.progress * 100, 6))}%"
    said = status.error or status.message
    return clean(line + (f": {said}" if said else ""))


def reporter(job: BoundJob, log: Any) -> Callable[[JobStatus[Any]], None]:
    """Make a function that logs each status of a job which shows something new.

    :param job: The job.
    :param log: The task's log.
    :return: The function.
    """
    shown: list[JobStatus[Any]] = []

    def report(status: JobStatus[Any]) -> None:
        if not shown or differs(shown[0], status):
            log.info("%s", describe(job, status))
        shown[:] = [status]

    return report


def seconds_until_gone(job_type: BoundJobType[Any]) -> float:
    """Get the time after which a job that does not show is known to be gone: that has to be so for a while.

    Args:
        job_type: Its type.

    Returns:
        The seconds for which to look.
    """
    return 2 * max(job_type.gone_for, job_type.missing.within, job_type.hidden_for)


def xcom_of(job: BoundJob, status: JobStatus[Any] | None, max_size: int = MAX_XCOM_SIZE) -> dict[str, Any]:
    """Make the XCom of a job.

    :param job: The job.
    :param status: Its last status; None where it was only submitted.
    :param max_size: Bytes of JSON that it has at most. What is too large loses its result first.
    :return: The facts of the status, with the same keys for every vendor, and the job's ``handle``.
    """
    data = status_data(job, status)
    data["handle"] = job.to_json() if job.savable else None
    sendable: dict[str, Any] = _sendable(data)
    size = _size(sendable)
    if size <= max_size:
        return sendable
    shortened: dict[str, Any] = {**sendable, "result": None, "result_omitted": size}
    if _size(shortened) > max_size:
        shortened |= {name: _shortened(shortened[name]) for name in ("message", "error", "warnings", "raw_times")}
    return shortened


def with_result(job: Job[Any], status: JobStatus[Any]) -> JobStatus[Any]:
    """Fetch the result of a job that ended well, by the vendor's call for it.

    :param job: The job.
    :param status: Its last status.
    :return: The status with that result.
    """
    if not isinstance(job, HasResult):
        raise no_result(job.kind)
    return replace(status, result=job.result())


async def with_result_async(job: AsyncJob[Any], status: JobStatus[Any]) -> JobStatus[Any]:
    """Fetch the result of a job that ended well. As `with_result`.

    :param job: The job.
    :param status: Its last status.
    :return: The status with that result.
    """
    if not isinstance(job, AsyncHasResult):
        raise no_result(job.kind)
    return replace(status, result=await job.result())


def no_result(job_type: BoundJobType[Any]) -> InvalidArgument:
    """Make the error for a job type whose result no call fetches.

    :param job_type: The job type.
    """
    name = f"{job_type.vendor}.{job_type.name}"
    return InvalidArgument(f"{name} has no call that fetches a result", argument="fetch_result")


def _size(data: Any) -> int:
    return len(json.dumps(data, ensure_ascii=False).encode())


def _shortened(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value, _LONGEST)
    return value[:10] if is_array(value) and _size(value) < _LONGEST else None


def _sendable(value: Any) -> Any:
    """JSON that Airflow can send and store: texts in UTF-8, and numbers that fit into 64 bits."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if is_object(value):
        return {_sendable(key): _sendable(item) for key, item in value.items()}
    if is_array(value):
        return [_sendable(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    return value
