"""The jobs of a fake vendor, and where each is in its lifecycle."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any

from jobclients_core.flow import Clock
from jobclients_core.jobs.identity import fits, typed
from jobclients_core.jobtype import BoundJobType
from jobclients_core.states import JobState

from .job_bodies import Look
from .lifecycle import LifecycleError, Step, default_lifecycle, end_of, parse_lifecycle

IdentityValues = Mapping[str, str | int]


@dataclass(eq=False, slots=True)
class FakeJob:
    """One job, or one run of a job that is known by its name.

    Args:
        kind: Its kind.
        identity: What identifies it.
        steps: Its lifecycle.
        created: When it was submitted, or first asked for; seconds since 1970.
        run: Its run: the milliseconds of `created`, or one more than the run before.
        request: The arguments that it was submitted with.
        message: What the vendor says about it.
        result: What comes of it, if it ends well.
        looks: How often its status was asked for.
        assumed: Whether nobody added or submitted it, and it is there because somebody asked for it.
        key: The client's key that came with its submission; empty for none.
    """

    kind: BoundJobType[Any]
    identity: dict[str, str | int]
    steps: tuple[Step, ...]
    created: float
    run: int
    request: dict[str, Any] = field(default_factory=dict[str, Any], repr=False)
    message: str = ""
    result: Any = None
    looks: int = 0
    assumed: bool = False
    key: str = ""
    _began: float | None = None
    _ended: float | None = None
    _stopped: Step | None = None

    def look(self, now: float, *, count: bool = True) -> Look:
        """How it looks.

        Args:
            now: Seconds since 1970.
            count: Whether somebody asked for its status, which brings lifecycles without times forward.

        Returns:
            Its state, times and progress.
        """
        index = self._index(now)
        step = self.steps[index] if self._stopped is None else self._stopped
        if count:
            self.looks += 1
        if self._began is None and _has_begun(step.state):
            # One that nobody saw running ran nevertheless.
            self._began = self._start_of(now, _has_begun, self.created if step.state.terminal else now)
        if self._ended is None and step.state.terminal:
            self._ended = self._start_of(now, lambda state: state.terminal, now)
        return Look(
            step=step,
            identity=self.identity,
            run=self.run,
            began=_timestamp(self._began),
            ended=_timestamp(self._ended),
            now=datetime.fromtimestamp(round(now, 3), UTC),
            progress=1.0 if step.state.ok else 0.0 if step.state.waiting else min(self._part(index, now), 0.99),
            message=self.message,
            result=self.result,
        )

    def _index(self, now: float) -> int:
        last = len(self.steps) - 1
        if self.steps[0].seconds is None:
            return min(self.looks, last)
        return max(index for index, start in enumerate(self._starts()) if index == 0 or start <= now)

    def _starts(self) -> list[float]:
        """When each step of a lifecycle with times starts."""
        return list(accumulate((step.seconds or 0.0 for step in self.steps[:-1]), initial=self.created))

    def _part(self, index: int, now: float) -> float:
        """The part of the lifecycle that is over."""
        if self.steps[0].seconds is None:
            return index / max(len(self.steps) - 1, 1)
        whole = sum(step.seconds or 0.0 for step in self.steps)
        return round((now - self.created) / whole, 4) if whole else 1.0

    def _start_of(self, now: float, wanted: Callable[[JobState], bool], otherwise: float) -> float:
        """When the first step of some sort started, where times tell that."""
        if self.steps[0].seconds is None or self._stopped is not None:
            return otherwise
        starts = zip(self.steps, self._starts(), strict=True)
        return next((start for step, start in starts if wanted(step.state) and start <= now), otherwise)

    def state(self, now: float) -> JobState:
        """The state that the next look would show.

        Args:
            now: Seconds since 1970.

        Returns:
            The canonical state.
        """
        return (self._stopped or self.steps[self._index(now)]).state

    def stop(self, now: float) -> None:
        """End it as cancelled, or in whatever word the vendor has nearest; one that has ended stays as it is.

        Args:
            now: Seconds since 1970.
        """
        if not self.state(now).terminal:
            self._stopped = end_of(self.kind.type, JobState.CANCELLED) or end_of(self.kind.type, JobState.FAILED)


def _has_begun(state: JobState) -> bool:
    return not state.waiting and state is not JobState.PAUSED


def _timestamp(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(round(seconds, 3), UTC)


class JobBook:
    """All jobs of one vendor.

    Args:
        clock: The time.
        lifecycle: What jobs go through that nothing else was said about; empty for the default of their kind.

    Attributes:
        lifecycle: As given; may be changed.
        submissions: What was submitted, in order: every run, also those that a later one has replaced.
    """

    def __init__(self, clock: Clock, lifecycle: str) -> None:
        self._clock = clock
        self.lifecycle = lifecycle
        self.submissions: list[FakeJob] = []
        self._jobs: dict[tuple[str, frozenset[tuple[str, str | int]]], list[FakeJob]] = {}
        self._planned: dict[str, list[str]] = {}
        self._last_run = 0
        self._last_id = 1000

    def __iter__(self) -> Iterator[FakeJob]:
        return (runs[-1] for runs in self._jobs.values())

    def plan(self, job_type: BoundJobType[Any], lifecycle: str) -> None:
        """Say what the next submitted job of a kind goes through."""
        parse_lifecycle(job_type.type, lifecycle)
        self._planned.setdefault(job_type.name, []).append(lifecycle)

    def find(self, job_type: BoundJobType[Any], identity: IdentityValues, at: float = math.inf) -> FakeJob | None:
        """The job of a kind, or its last run.

        Args:
            job_type: The job type with its operations.
            identity: What identifies it.
            at: When it has to have been there; seconds since 1970.

        Returns:
            The job, or None.
        """
        return _last(self._jobs.get(_key(job_type, identity), []), at)

    def of_kind(self, job_type: BoundJobType[Any], at: float = math.inf) -> list[FakeJob]:
        """The jobs of a kind.

        Args:
            job_type: The job type with its operations.
            at: When they have to have been there; seconds since 1970.

        Returns:
            Them, newest first.
        """
        found = (_last(runs, at) for runs in reversed(self._jobs.values()))
        return [job for job in found if job is not None and job.kind is job_type]

    def add(
        self,
        job_type: BoundJobType[Any],
        identity: IdentityValues,
        lifecycle: str = "",
        *,
        request: Mapping[str, Any] | None = None,
        message: str = "",
        result: Any = None,
    ) -> FakeJob:
        """Start a job, or a new run of one.

        Args:
            job_type: The job type with its operations.
            identity: What identifies it.
            lifecycle: What it goes through; what was planned, or the vendor's, when empty.
            request: The arguments of its submission.
            message: What the vendor says about it.
            result: What comes of it.

        Returns:
            The job.

        Raises:
            LifecycleError: the lifecycle is none of the kind.
        """
        planned = self._planned.get(job_type.name) if request is not None else None
        text = lifecycle or (planned.pop(0) if planned else "")
        now = self._clock.wall()
        self._last_run = max(self._last_run + 1, int(now * 1000))
        values = dict(identity)
        job = FakeJob(
            job_type, values, self._steps(job_type, text), now, self._last_run, dict(request or {}), message, result
        )
        key = _key(job_type, values)
        # The newest comes last, also among the jobs.
        runs = self._jobs.pop(key, [])
        runs.append(job)
        self._jobs[key] = runs
        return job

    def again(self, job: FakeJob, lifecycle: str) -> FakeJob:
        """Start a new run of a job, which differs in its lifecycle alone.

        Args:
            job: The job.
            lifecycle: What the new run goes through.

        Returns:
            The new run.

        Raises:
            LifecycleError: the lifecycle is none of the job's kind.
        """
        return self.add(job.kind, job.identity, lifecycle, request=job.request, message=job.message, result=job.result)

    def _steps(self, job_type: BoundJobType[Any], text: str) -> tuple[Step, ...]:
        if text:
            return parse_lifecycle(job_type.type, text)
        try:
            return parse_lifecycle(job_type.type, self.lifecycle or default_lifecycle(job_type.type))
        except LifecycleError:
            # The vendor's lifecycle is in the words of another of its kinds.
            return parse_lifecycle(job_type.type, default_lifecycle(job_type.type))

    def new_number(self) -> int:
        """The number of an identifier that no job has.

        Returns:
            The number.
        """
        self._last_id += 1
        return self._last_id


def identified(job_type: BoundJobType[Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What somebody says by hand of a job's identity, as the vendor has it: 48 is "48" where that is a text.

    Args:
        job_type: The job type with its operations.
        given: What is said.

    Returns:
        The identity.

    Raises:
        ValueError: it identifies no job of the kind.
    """
    parts = {part.name: part for part in job_type.identity}
    identity = dict(given)
    for name, value in given.items():
        # What cannot be read stays as it is, and is told.
        read = typed(parts[name], value) if name in parts else None
        identity[name] = value if read is None else read
    diagnostic = fits(job_type, identity)
    if diagnostic:
        raise ValueError(f"{diagnostic}; {job_type.name} are identified by {', '.join(parts)}")
    return identity


def _last(runs: list[FakeJob], at: float) -> FakeJob | None:
    return next((run for run in reversed(runs) if run.created <= at), None)


def _key(job_type: BoundJobType[Any], identity: IdentityValues) -> tuple[str, frozenset[tuple[str, str | int]]]:
    return job_type.name, frozenset(identity.items())
