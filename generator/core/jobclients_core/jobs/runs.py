"""Whose status is it? Which of the runs in an answer is the handle's own.

Keys are compared for equality only: what is newer cannot be told by looking at them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jobclients_core.expressions import ABSENT, Facts, evaluate
from jobclients_core.jobparts import Identity, Select
from jobclients_core.jobtype import BoundJobType
from jobclients_core.states import Attribution

from .errors import AmbiguousRun, JobExpired, RunSuperseded
from .handle import Handle, RunKey
from .identity import elements, fill, inside, typed

_TEXT = Identity("")


@dataclass(frozen=True, slots=True)
class Run:
    """One run in an answer.

    Args:
        element: What the answer says of it.
        key: What tells it from others; None where the answer has nothing of it.
    """

    element: Any
    key: RunKey | None

    @property
    def id(self) -> str | None:
        """The first part of the key that is there."""
        return first_part(self.key)


@dataclass(frozen=True, slots=True)
class Choice:
    """The run that a status speaks of.

    Args:
        run: The run; None while the handle's does not show.
        attribution: How sure that is.
    """

    run: Run | None
    attribution: Attribution


def run_key(select: Select, element: Any) -> RunKey | None:
    """What tells a run from others.

    Args:
        select: How runs are told apart.
        element: What an answer says of the run.

    Returns:
        The key, or None where no part of it is there.
    """
    # A date that is a number in one answer and digits in the next is the same date.
    parts = {name: typed(_TEXT, _integral(inside(element, name))) for name in select.key}
    return {name: str(part) for name, part in parts.items() if part is not None} or None


def first_part(key: RunKey | None) -> str | None:
    """The part of a key that people know the run by.

    Args:
        key: The key.

    Returns:
        The first part that is there.
    """
    return next(iter(key.values()), None) if key is not None else None


def _integral(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def same_run(left: RunKey, right: RunKey) -> bool:
    """Whether two keys are of the same run: nothing differs, and something is equal.

    Args:
        left: A key.
        right: Another.

    Returns:
        True when they are.
    """
    common = left.keys() & right.keys()
    return bool(common) and all(left[name] == right[name] for name in common)


def runs_in(select: Select, source: str, identity: Any, facts: Facts) -> list[Run]:
    """The runs of an answer.

    Args:
        select: How runs are told apart.
        source: Where they stand.
        identity: What identifies the job, to put others' runs aside.
        facts: The answer.

    Returns:
        The runs.
    """
    found = elements(evaluate(source, facts))
    return [Run(item, run_key(select, item)) for item in found if _matches(select, item, identity)]


def _matches(select: Select, element: Any, identity: Any) -> bool:
    for name, template in select.match.items():
        value, wanted = inside(element, name), fill(template, identity)
        if value is not ABSENT and wanted is not ABSENT and str(value) != str(wanted):
            return False
    return True


def keys_of(runs: Sequence[Run]) -> tuple[RunKey, ...]:
    """The keys of runs that have one.

    Args:
        runs: The runs.

    Returns:
        Their keys.
    """
    return tuple(run.key for run in runs if run.key is not None)


def choose(
    kind: BoundJobType[Any], select: Select, handle: Handle, facts: Facts, *, recent: bool, now: float
) -> Choice:
    """The run that an answer speaks of, as far as this handle is concerned; learned keys are kept in it.

    Args:
        kind: The kind.
        select: How runs are told apart.
        handle: The handle.
        facts: The answer.
        recent: Whether the job was submitted so recently that its run need not show yet.
        now: The moment on the monotonic clock.

    Returns:
        The choice.

    Raises:
        RunSuperseded: another run stands where the handle's stood.
        AmbiguousRun: several runs may be the handle's.
        JobExpired: the handle's run was there, and has not shown for long.
    """
    runs = runs_in(select, select.source, handle.identity, facts)
    if handle.run_key is None:
        choice = _first_choice(kind, handle, runs)
        if choice.run is None or choice.run.key is None:
            return choice
        kept = handle.learn(choice.run.key, choice.attribution)
        if kept == choice.run.key:
            return choice
    assert handle.run_key is not None  # another waiter may have learned it meanwhile
    return _known(kind, handle, handle.run_key, runs, recent=recent, now=now)


def _known(
    kind: BoundJobType[Any], handle: Handle, key: RunKey, runs: list[Run], *, recent: bool, now: float
) -> Choice:
    own = [run for run in runs if run.key is not None and same_run(run.key, key)]
    if any(run.key != own[0].key for run in own):
        raise AmbiguousRun(f"{len(own)} runs have the key of this one", operation=kind.status.operation.id)
    known = (key, *(handle.baseline.keys if handle.baseline is not None else ()))
    others = [shown for shown in keys_of(runs) if not any(same_run(shown, old) for old in known)]
    if own:
        if others and handle.baseline is not None and handle.attribution == "newer_than_baseline":
            raise AmbiguousRun(
                "another run that is newer than the submission shows beside this one, and may be the submitted one",
                operation=kind.status.operation.id,
            )
        handle.missing_since = None
        return Choice(own[0], handle.attribution)
    if not handle.seen and (recent or not others):
        return Choice(None, handle.attribution)
    if others:
        raise RunSuperseded("another run took the place of this one", operation=kind.status.operation.id)
    # An answer that is older than the run's beginning shows nothing, or only what was there before.
    if handle.missing_since is None:
        handle.missing_since = now
    if now - handle.missing_since >= kind.missing.within:
        raise JobExpired("the run does not show any more", operation=kind.status.operation.id)
    return Choice(None, handle.attribution)


def _first_choice(kind: BoundJobType[Any], handle: Handle, runs: list[Run]) -> Choice:
    if handle.baseline is None:
        if len(runs) > 1:
            raise AmbiguousRun(
                f"the answer shows {len(runs)} runs, and which is the latest cannot be told",
                operation=kind.status.operation.id,
            )
        return Choice(runs[0] if runs else None, "latest")
    before = handle.baseline.keys
    fresh = [run for run in runs if run.key is not None and not any(same_run(run.key, old) for old in before)]
    if len(fresh) > 1:
        raise AmbiguousRun(
            f"{len(fresh)} runs are newer than the submission, and which is the submitted one cannot be told",
            operation=kind.status.operation.id,
        )
    return Choice(fresh[0] if fresh else None, "newer_than_baseline")
