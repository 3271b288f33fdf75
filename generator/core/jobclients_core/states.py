"""`JobState`: the canonical states of jobs, the same for all vendors."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

Attribution = Literal["exact", "newer_than_baseline", "in_window", "latest"]
"""How sure it is that a status speaks of the handle's own run.

``exact``: the vendor named it, or it carries the key of the submission. ``newer_than_baseline``: it is the only run
that is newer than those before the submission. ``in_window``: none was known before, and it is the only one that began
at about the time of the submission. ``latest``: the handle was made by hand, and the vendor showed it first.
"""


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
