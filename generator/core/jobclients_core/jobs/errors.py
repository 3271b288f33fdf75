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
        ├── WrongJob           the responses are about another job
        ├── UnknownState       the vendor's word stayed unknown for too long
        ├── SubmitUncertain    what became of a submission is not known: the job may run
        ├── NotSubmitted       the vendor did not take a submission, which is known
        ├── RecordError        a record of a submission cannot be read or written
        │   ├── RecordMismatch it is of another submission
        │   └── RecordBusy     another process, thread or task works with it
        └── HandleError        a text is not a handle, or not one for here
"""

# ruff: noqa: N818 - the names say what happened

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jobclients_core.errors import JobClientsError
from jobclients_core.printing import clean

if TYPE_CHECKING:
    from .status import JobStatus


class JobError(JobClientsError):
    """Something about a job, rather than about one call.

    Args:
        message: What happened.
        operation: The operation that told, or None.
        status: The last status that was read, or None.
        code: The vendor's own error code, where there is one.
        vendor_message: The vendor's own words, where there are some.
    """

    label: str = ""
    """Which job it is: vendor, kind and what identifies it. Empty where no job is known yet."""
    last_state: str | None = None
    """The last state that was seen of the job in this process, where the message does not say it."""

    def __init__(
        self,
        message: str,
        *,
        operation: str | None = None,
        status: JobStatus[Any] | None = None,
        code: str | None = None,
        vendor_message: str | None = None,
    ) -> None:
        super().__init__(message, operation=operation)
        self.job_status = status
        self.code = code
        self.vendor_message = vendor_message

    def __str__(self) -> str:
        if not self.label:
            return super().__str__()
        return f"{self.label}: {self.message}" + (f"; it was last seen {self.last_state}" if self.last_state else "")

    @property
    def status(self) -> JobStatus[Any] | None:
        """The last status that was read, or None; the same as ``job_status``, which all errors have."""
        return self.job_status

    def is_about(self, label: str, state: str | None) -> None:
        """Note which job it is about, unless that is known.

        Args:
            label: The job in words.
            state: The last state that was seen of it, or None.
        """
        if not self.label:
            self.label = clean(label, 200)
            self.last_state = None if state == "unknown" else state


class _EndedBadly(JobError):
    """A job has ended, and not well.

    Args:
        message: What happened.
        status: Its last status.
    """

    def __init__(self, message: str, *, status: JobStatus[Any]) -> None:
        super().__init__(message, status=status, code=status.code, vendor_message=status.error or status.message)
        self._end = status

    def is_about(self, label: str, state: str | None) -> None:
        """Note which job it is about; its message tells the state."""
        super().is_about(label, None)

    @property
    def status(self) -> JobStatus[Any]:
        """The last status."""
        return self._end

    @property
    def result(self) -> Any:
        """What came of the job nonetheless, as `JobStatus.result` has it."""
        return self._end.result


class JobFailed(_EndedBadly):
    """The job ended badly, or with warnings where those were not wanted."""


class JobCancelled(_EndedBadly):
    """The job was cancelled, by whomever."""


class WaitTimeout(JobError, TimeoutError):
    """The wait ended and the job did not: as far as is known it still runs, and ``job`` is its handle.

    The message tells the state that the last answered look found, and how long after the beginning that was.

    Args:
        message: What happened.
        cancelled: Whether the job was asked to stop, because ``on_timeout="cancel"`` was given; None where the response
            to that was lost.
        **context: As for `JobError`.
    """

    def __init__(self, message: str, *, cancelled: bool | None = False, **context: Any) -> None:
        super().__init__(message, **context)
        self.cancelled = cancelled

    def is_about(self, label: str, state: str | None) -> None:
        """Note which job it is about; its message tells the state."""
        super().is_about(label, None)


class NotStarted(WaitTimeout):
    """The job did not begin within ``start_within``; it may still do so."""


class JobPaused(JobError):
    """The job is paused, until somebody lets it go on; it has not ended."""


class JobExpired(JobError):
    """The vendor no longer knows the job, which it did know; how it ended is not known."""


class RunSuperseded(JobError):
    """Another run than the handle's is the one that the vendor speaks of now."""


class AmbiguousRun(JobError):
    """Which run is the handle's is not known: several may be, or none that shows.

    Args:
        message: What happened.
        candidates: The keys of the runs in question, or the identities of the jobs; each by the names of its parts.
        reason: What speaks against the only one; empty where there are several.
        **context: As for `JobError`.
    """

    def __init__(
        self,
        message: str,
        *,
        candidates: Sequence[Mapping[str, str | int]] = (),
        reason: str = "",
        **context: Any,
    ) -> None:
        super().__init__(message, **context)
        self.candidates = tuple(dict(candidate) for candidate in candidates)
        self.reason = reason


class WrongJob(JobError):
    """The response is about another job than the one that was asked for."""


class UnknownState(JobError):
    """The vendor's word is none that the specification knows, and stayed so."""


class SubmitUncertain(JobError):
    """What became of a submission is not known: the job may run, or may not.

    ``job`` is its handle where it can be waited for nonetheless, else None.

    Args:
        message: What happened.
        key: The key or tag that the submission carried, to look for it; None where it carried none.
        candidates: The keys of runs of which one may be the submitted one, or the identities of the jobs.
        look_again_at: When a look tells more, where the specification says so.
        intent: What `jobclients.resume` looks for the job with, now or later; never a secret.
        **context: As for `JobError`.
    """

    def __init__(
        self,
        message: str,
        *,
        key: str | None = None,
        candidates: Sequence[Mapping[str, str | int]] = (),
        look_again_at: datetime | None = None,
        intent: str = "",
        **context: Any,
    ) -> None:
        super().__init__(message, **context)
        self.key = key
        self.candidates = tuple(dict(candidate) for candidate in candidates)
        self.look_again_at = look_again_at
        self.intent = intent


class NotSubmitted(JobError):
    """The vendor did not take a submission whose response was lost, which is known: it may be submitted again.

    Args:
        message: What happened.
        key: The key or tag that the submission carried; None where it carried none.
        **context: As for `JobError`.
    """

    def __init__(self, message: str, *, key: str | None = None, **context: Any) -> None:
        super().__init__(message, **context)
        self.key = key


class RecordError(JobError):
    """A record of a submission cannot be read or written."""


class RecordMismatch(RecordError):
    """A record is of another submission: another kind, account, place or other arguments. It stays as it is."""


class RecordBusy(RecordError):
    """Another process, thread or task is submitting with the same record."""


class HandleError(JobError, ValueError):
    """A text is not a handle, was changed, or belongs to another kind, vendor or origin."""


for public in [*globals().values()]:
    if isinstance(public, type) and issubclass(public, JobError):
        public.__module__ = JobClientsError.__module__
