"""What is known of a job at one moment, in one vocabulary over all vendors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from jobclients_core.model import read_value
from jobclients_core.states import Attribution, JobState

from .errors import JobError

P_co = TypeVar("P_co", covariant=True)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStatus(Generic[P_co]):
    """The status of one job; `P_co` is the type of the vendor's own response.

    Args:
        state: The state.
        raw_state: The vendor's own word or words for it, joined by ``/``; empty where there is none.
        vendor: The vendor's identifier.
        kind: The kind of job.
        run_id: The vendor's identifier of the run, where there is one.
        attribution: How sure it is that this is the handle's own run.
        started_at: When it began; aware, or None where that is unknown.
        finished_at: When it ended.
        updated_at: When it last changed.
        raw_times: What the vendor sent for those times, by name of the field, also where no time could be made of it.
        duration: Seconds that it has taken.
        progress: From 0 to 1.
        message: What the vendor says about it.
        error: What went wrong.
        code: The vendor's own error code.
        warnings: What the vendor warns of.
        page_url: The vendor's page about the job, for people: an http or https URL.
        result: What came of it: decoded JSON, or a text.
        payload: The vendor's own response; None where the state was told otherwise (see `raw`).
        regressed: Whether the same run had ended before, and has not ended now.
    """

    state: JobState
    raw_state: str
    vendor: str
    kind: str
    run_id: str | None = None
    attribution: Attribution = "exact"
    started_at: datetime | None = None
    finished_at: datetime | None = None
    updated_at: datetime | None = None
    raw_times: Mapping[str, str] = field(default_factory=dict[str, str])
    duration: float | None = None
    progress: float | None = None
    message: str | None = None
    error: str | None = None
    code: str | None = None
    warnings: tuple[str, ...] = ()
    page_url: str | None = None
    result: Any = field(default=None, repr=False)
    payload: P_co | None = field(default=None, repr=False)
    regressed: bool = False

    @property
    def raw(self) -> P_co:
        """The vendor's own response as its type.

        Raises:
            JobError: there is none: the job does not show yet, or ended in the very answer to its submission.
        """
        if self.payload is None:
            raise JobError("no response to a status call is behind this status", status=self)
        return self.payload

    @property
    def result_text(self) -> str | None:
        """The result, where it is plain text."""
        return self.result if isinstance(self.result, str) else None

    def result_as(self, kind: type[T]) -> T:
        """Read the result as a type.

        Args:
            kind: A model, or a type like ``list[str]``.

        Returns:
            The result as that type.

        Raises:
            DecodeError: there is none, or it is of another shape.
        """
        return read_value(self.result, kind, "the result", "/result")


def state_text(status: JobStatus[Any]) -> str:
    """A state for an error's message.

    Args:
        status: The status.

    Returns:
        The state, and the vendor's own word where that is another one.
    """
    raw = status.raw_state
    return f"{status.state} ({raw})" if raw and raw != status.state else str(status.state)


@dataclass(frozen=True, slots=True)
class Moment:
    """One step of a job's history, as a wait saw it.

    Args:
        state: The state.
        raw_state: The vendor's own word.
        at: When it was first seen.
    """

    state: JobState
    raw_state: str
    at: datetime
