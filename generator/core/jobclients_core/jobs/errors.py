"""Exceptions of jobs; a branch of the tree in `jobclients_core.errors`.

::

    JobClientsError
    └── JobError
        ├── JobFailed          the job ended badly
        ├── JobCancelled       the job was cancelled
        ├── WaitTimeout        the wait ended, the job still runs
        │   └── NotStarted     the job did not begin within ``start_within``
        ├── JobPaused          the job is paused, and ``on_paused="raise"`` was given
        ├── JobExpired         the vendor no longer knows the job
        ├── RunSuperseded      a newer run than the handle's took its place
        ├── AmbiguousRun       several runs may be the handle's
        ├── UnknownState       the vendor's word stayed unknown for too long
        ├── SubmitUncertain    the answer to a submission was lost
        └── HandleError        a text is no handle, or not one for here
"""

# ruff: noqa: N818 - the names say what happened

from __future__ import annotations

from typing import Any

from jobclients_core.errors import JobClientsError


class JobError(JobClientsError):
    """Something about a job, rather than about one call.

    Args:
        message: What happened.
        operation: The operation that told, or None.
        status: The last status that was read, or None.
        code: The vendor's own error code, where there is one.
        vendor_message: The vendor's own words, where there are some.
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str | None = None,
        status: Any = None,
        code: str | None = None,
        vendor_message: str | None = None,
    ) -> None:
        super().__init__(message, operation=operation)
        self.job_status = status
        self.code = code
        self.vendor_message = vendor_message

    @property
    def status(self) -> Any:
        """The last `JobStatus` that was read, or None; the same as ``job_status``, which all errors have."""
        return self.job_status


class JobFailed(JobError):
    """The job ended badly, or with warnings where those were not wanted."""


class JobCancelled(JobError):
    """The job was cancelled, by whomever."""


class WaitTimeout(JobError, TimeoutError):
    """The wait ended and the job did not: it still runs, and ``job`` is its handle.

    Args:
        message: What happened.
        cancelled: Whether the job was asked to stop, because ``on_timeout="cancel"`` was given.
        **context: As for `JobError`.
    """

    def __init__(self, message: str, *, cancelled: bool = False, **context: Any) -> None:
        super().__init__(message, **context)
        self.cancelled = cancelled


class NotStarted(WaitTimeout):
    """The job did not begin within ``start_within``; it may still do so."""


class JobPaused(JobError):
    """The job is paused, until somebody lets it go on; it has not ended."""


class JobExpired(JobError):
    """The vendor no longer knows the job, which it did know; how it ended cannot be told."""


class RunSuperseded(JobError):
    """Another run than the handle's is the one that the vendor speaks of now."""


class AmbiguousRun(JobError):
    """Several runs may be the handle's; which one it is cannot be told."""


class UnknownState(JobError):
    """The vendor's word is none that the specification knows, and stayed so."""


class SubmitUncertain(JobError):
    """The answer to a submission was lost: the job may run, or may not.

    ``job`` is its handle where it can be identified nonetheless, else None.

    Args:
        message: What happened.
        key: The key or tag that the submission carried, to look for it; None where it carried none.
        **context: As for `JobError`.
    """

    def __init__(self, message: str, *, key: str | None = None, **context: Any) -> None:
        super().__init__(message, **context)
        self.key = key


class HandleError(JobError, ValueError):
    """A text is no handle, was changed, or belongs to another kind, vendor or origin."""


for public in [*globals().values()]:
    if isinstance(public, type) and issubclass(public, JobError):
        public.__module__ = JobClientsError.__module__
