"""The one vocabulary of job states over all vendors."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

Attribution = Literal["exact", "newer_than_baseline", "latest"]
"""How sure it is that a status speaks of the handle's own run."""


class JobState(StrEnum):
    """The state of a job, whatever its vendor calls it."""

    NOT_STARTED = "not_started"
    QUEUED = "queued"
    RUNNING = "running"
    STOPPING = "stopping"
    PAUSED = "paused"
    """Stopped for a while, until somebody lets it go on; neither ended nor waiting for its turn."""
    SUCCEEDED = "succeeded"
    SUCCEEDED_WITH_WARNINGS = "succeeded_with_warnings"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"

    @property
    def terminal(self) -> bool:
        """Whether the job has ended."""
        return self in _TERMINAL

    @property
    def ok(self) -> bool:
        """Whether the job has ended well, with warnings or without."""
        return self in _OK

    @property
    def waiting(self) -> bool:
        """Whether the job has not begun yet."""
        return self in _WAITING


_OK = frozenset((JobState.SUCCEEDED, JobState.SUCCEEDED_WITH_WARNINGS))
_TERMINAL = _OK | {JobState.FAILED, JobState.CANCELLED}
_WAITING = frozenset((JobState.NOT_STARTED, JobState.QUEUED))
