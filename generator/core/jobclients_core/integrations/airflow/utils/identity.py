"""The jobs of a client, by names that a task gives."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any, overload

from jobclients_core.client import AsyncClient, SyncClient, session_of
from jobclients_core.errors import InvalidArgument
from jobclients_core.jobs.collection import AsyncJobs, Jobs


@overload
def jobs_of(client: SyncClient, job_type: str) -> Jobs[Any]: ...


@overload
def jobs_of(client: AsyncClient, job_type: str) -> AsyncJobs[Any]: ...


def jobs_of(client: SyncClient | AsyncClient, job_type: str) -> Jobs[Any] | AsyncJobs[Any]:
    """Get the jobs of one type.

    Args:
        client: The client.
        job_type: The type, as the client's attribute is called.

    Returns:
        The client's collection.

    Raises:
        InvalidArgument: it has no such type.
    """
    jobs: Jobs[Any] | AsyncJobs[Any] | None = getattr(client, job_type, None)
    if isinstance(jobs, (Jobs, AsyncJobs)):
        return jobs
    public = [name for name in dir(client) if not name.startswith("_")]
    known = [name for name in public if isinstance(getattr(client, name), (Jobs, AsyncJobs))]
    vendor = session_of(client).vendor.name
    raise InvalidArgument(
        f"{vendor} has no job type {job_type!r}; it has {', '.join(known) or 'none'}", argument="job_type"
    )


def identified(jobs: Jobs[Any] | AsyncJobs[Any], identity: Mapping[str, Any]) -> Any:
    """Make the handle of a job, or of the latest run where the vendor's jobs run again under one name.

    Nothing is sent.

    Args:
        jobs: The client's jobs of the type.
        identity: What identifies the job, by the names of the client's arguments.

    Returns:
        The job.

    Raises:
        InvalidArgument: that does not identify a job of the type.
    """
    name = f"{jobs.kind.vendor}.{jobs.kind.name}"
    made: Any = getattr(jobs, "latest", None) or jobs
    if not callable(made):
        raise InvalidArgument(f"{name} are found by their handles only", argument="identity")
    check_arguments(made, identity, name, "identity")
    return made(**identity)


def check_arguments(
    called: Callable[..., Any], given: Mapping[str, Any], name: str, argument: str, own: Collection[str] = ()
) -> None:
    """Report arguments that are not known or missing, by the names that a task has given them.

    Args:
        called: What takes the arguments.
        given: The arguments.
        name: What is called, for the error.
        argument: Where the task gave them.
        own: Arguments that are not the vendor's.

    Raises:
        InvalidArgument: there are such.
    """
    parameters = inspect.signature(called).parameters
    known = [one for one in parameters if one not in own]
    missing = [one for one in known if parameters[one].default is inspect.Parameter.empty and one not in given]
    wrong = [f"takes no {one}" for one in given if one not in known] + [f"wants {one}" for one in missing]
    if wrong:
        raise InvalidArgument(f"{name} {', '.join(wrong)}; it takes {', '.join(known)}", argument=argument)
