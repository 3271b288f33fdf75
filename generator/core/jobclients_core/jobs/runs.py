"""Selects the run of a response that belongs to a handle, where several runs share a name.

Keys are compared for equality; which run is newer only the parts tell that the specification gives an order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jobclients_core.expressions import ABSENT, ResponseContext, evaluate
from jobclients_core.jobparts import Identity, Select
from jobclients_core.jobtype import BoundJobType
from jobclients_core.states import Attribution

from .classify import state_of, with_run
from .errors import AmbiguousRun, JobExpired, RunSuperseded
from .evidence import against, compare
from .fields import with_result
from .handle import Absence, Baseline, Handle, RunKey
from .identity import elements, fill, inside, typed

_TEXT = Identity("")
_NOTHING = ResponseContext(200, {}, ABSENT)


@dataclass(frozen=True, slots=True)
class Run:
    """One run in a response.

    Args:
        element: What the response says of it.
        key: What tells it from others; None where the response has nothing of it.
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
        doubted: Whether a run showed that may be the handle's, although something speaks against it.
    """

    run: Run | None
    attribution: Attribution
    doubted: bool = False


def run_key(select: Select, element: Any) -> RunKey | None:
    """What tells a run from others.

    Args:
        select: How runs are distinguished.
        element: What a response says of the run.

    Returns:
        The key, or None where no part of it is there.
    """
    # A date that is a number in one response and digits in the next is the same date.
    parts = {name: typed(_TEXT, _integral(inside(element, name))) for name in select.key}
    return {name: str(part) for name, part in parts.items() if part is not None} or None


def first_part(key: RunKey | None) -> str | None:
    """The part of a key that people know the run by.

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


def shows_in(keys: Sequence[RunKey], key: RunKey) -> bool:
    """Whether a run is among others.

    Args:
        keys: The keys of the others.
        key: Its key.

    Returns:
        True when it is.
    """
    return any(same_run(key, other) for other in keys)


def runs_in(select: Select, source: str, identity: Any, context: ResponseContext) -> list[Run]:
    """The runs of a response.

    Args:
        select: How runs are distinguished.
        source: Where they are.
        identity: What identifies the job, to put others' runs aside.
        context: What expressions read of the response.

    Returns:
        The runs.
    """
    found = elements(evaluate(source, context))
    return [Run(item, run_key(select, item)) for item in found if _matches(select, item, identity)]


def of_others(select: Select, identity: Any, context: ResponseContext) -> bool:
    """Whether a status call was answered about others' runs only, which proves nothing of the job's own.

    Args:
        select: How runs are distinguished.
        identity: What identifies the job.
        context: What expressions read of the response.

    Returns:
        False also where it shows no run at all.
    """
    found = elements(evaluate(select.source, context))
    return bool(found) and not any(_matches(select, item, identity) for item in found)


def _matches(select: Select, element: Any, identity: Any) -> bool:
    for name, template in select.match.items():
        value, wanted = inside(element, name), fill(template, identity)
        if value is not ABSENT and wanted is not ABSENT and str(value) != str(wanted):
            return False
    return True


def keys_of(runs: Sequence[Run]) -> tuple[RunKey, ...]:
    """The keys of runs that have one.

    Returns:
        Their keys.
    """
    return tuple(run.key for run in runs if run.key is not None)


def choose(
    job_type: BoundJobType[Any], select: Select, handle: Handle, context: ResponseContext, *, recent: bool, now: float
) -> Choice:
    """The run that a response speaks of, as far as this handle is concerned; learned keys are kept in it.

    Args:
        job_type: The job type with its operations.
        select: How runs are distinguished.
        handle: The handle.
        context: What expressions read of the response.
        recent: Whether the job was submitted so recently that its run need not show yet.
        now: The time on the monotonic clock.

    Returns:
        The choice.

    Raises:
        RunSuperseded: another run is where the handle's was.
        AmbiguousRun: several runs may be the handle's, or only such show that are hardly its own.
        JobExpired: the handle's run was there, and has not shown for long.
    """
    runs = runs_in(select, select.source, handle.identity, context)
    if handle.run_key is None:
        baseline = handle.baseline
        if baseline is None and handle.sent_at is not None:
            baseline = Baseline(found="skipped")
        choice = (
            _latest(job_type, runs) if baseline is None else _submitted(job_type, select, handle, baseline, runs, now)
        )
        if choice.run is None or choice.run.key is None:
            return choice
        kept = handle.learn(choice.run.key, choice.attribution)
        if kept == choice.run.key:
            handle.absence = None
            return choice
    assert handle.run_key is not None  # another waiter may have learned it meanwhile
    return _known(job_type, select, handle, handle.run_key, runs, recent=recent, now=now)


def _latest(job_type: BoundJobType[Any], runs: list[Run]) -> Choice:
    """The run that a handle made by hand gets: the one that shows first."""
    if len(runs) > 1:
        raise AmbiguousRun(
            f"the response shows {len(runs)} runs, and it is not known which is the latest",
            candidates=keys_of(runs),
            operation=job_type.status.operation.id,
        )
    return Choice(runs[0] if runs else None, "latest")


def _submitted(
    job_type: BoundJobType[Any], select: Select, handle: Handle, baseline: Baseline, runs: list[Run], now: float
) -> Choice:
    """The run that a submission began: named, or else the only one that is new and that nothing speaks against."""
    named = [
        run for run in runs if handle.named is not None and run.key is not None and same_run(run.key, handle.named)
    ]
    if named:
        return Choice(_only(job_type, named), "in_window" if baseline.found == "not_found" else "exact")
    fresh = [(run, run.key) for run in runs if run.key is not None and not shows_in(baseline.keys, run.key)]
    reasons = [(run, key, against(job_type, select, handle, baseline, run.element, key)) for run, key in fresh]
    fits = [(run, key) for run, key, reason in reasons if reason is None]
    if any(not same_run(key, fits[0][1]) for _, key in fits):
        raise AmbiguousRun(
            f"{len(fits)} runs are newer than the submission, and it is not known which is the submitted one",
            candidates=[key for _, key in fits],
            operation=job_type.status.operation.id,
        )
    if fits:
        run, key = _only(job_type, [run for run, _ in fits]), fits[0][1]
        ordered = not select.order or any(compare(select, key, old) == "newer" for old in baseline.keys)
        return Choice(run, "newer_than_baseline" if baseline.found == "runs" and ordered else "in_window")
    attribution: Attribution = "newer_than_baseline" if baseline.found == "runs" else "in_window"
    doubts = [(key, reason) for _, key, reason in reasons if reason is not None]
    if not doubts and handle.absence is None:
        return Choice(None, attribution)
    # From the first doubt on every response counts that does not show the run.
    absence = _absence(job_type, handle, now)
    absence.doubts += [doubt for doubt in doubts if doubt not in absence.doubts]
    if absence.answered >= job_type.missing.within:
        reason = absence.doubts[-1][1]
        raise AmbiguousRun(
            f"no run shows that is surely the submitted one: {reason}",
            candidates=[key for key, _ in absence.doubts],
            reason=reason,
            operation=job_type.status.operation.id,
        )
    return Choice(None, attribution, doubted=True)


def _known(
    job_type: BoundJobType[Any],
    select: Select,
    handle: Handle,
    key: RunKey,
    runs: list[Run],
    *,
    recent: bool,
    now: float,
) -> Choice:
    """The run of a known key; what takes its place, or shows instead."""
    before = handle.baseline.keys if handle.baseline is not None else ()
    own = [run for run in runs if run.key is not None and same_run(run.key, key)]
    others = [run for run in runs if run.key is not None and not shows_in((key, *before), run.key)]
    if own:
        if handle.baseline is not None and handle.attribution in ("newer_than_baseline", "in_window"):
            _check_beside(job_type, select, handle, handle.baseline, own[0], others)
        chosen = _only(job_type, own)
        handle.absence = None
        return Choice(chosen, handle.attribution)
    if not handle.seen and (recent or not others):
        return Choice(None, handle.attribution)
    # A response that is older than the run's beginning shows nothing, or only what was there before.
    absence = _absence(job_type, handle, now)
    rivals = [other for other in keys_of(others) if compare(select, other, key) != "older"]
    absence.rivals = absence.rivals or bool(rivals)
    gone = absence.answered >= job_type.missing.within
    # What is neither surely newer nor surely older may be in such a response as well, for as long as those are borne.
    if (gone and absence.rivals) or any(compare(select, key, other) == "older" for other in rivals):
        raise RunSuperseded("another run took the place of this one", operation=job_type.status.operation.id)
    if gone:
        raise JobExpired("the run does not show any more", operation=job_type.status.operation.id)
    return Choice(None, handle.attribution)


def _check_beside(
    job_type: BoundJobType[Any], select: Select, handle: Handle, baseline: Baseline, own: Run, others: list[Run]
) -> None:
    """Refuse a run that was taken for the submitted one as the only one, where another one may be it."""
    keys = [
        run.key
        for run in others
        if run.key is not None and against(job_type, select, handle, baseline, run.element, run.key) is None
    ]
    if keys:
        raise AmbiguousRun(
            "another run that is newer than the submission shows beside this one, and may be the submitted one",
            candidates=[*keys_of([own]), *keys],
            operation=job_type.status.operation.id,
        )


def _only(job_type: BoundJobType[Any], runs: list[Run]) -> Run:
    """The one of several elements of the same run, unless they contradict each other."""
    states = {state_of(job_type.type, with_result(job_type.type, with_run(_NOTHING, run.element))) for run in runs}
    if len(states) > 1 or any(run.key != runs[0].key for run in runs):
        raise AmbiguousRun(
            f"{len(runs)} runs have the key of this one, and tell different things",
            candidates=keys_of(runs),
            operation=job_type.status.operation.id,
        )
    return runs[0]


def _absence(job_type: BoundJobType[Any], handle: Handle, now: float) -> Absence:
    """Note that a response does not show the handle's run."""
    absence = handle.absence
    if absence is None:
        absence = handle.absence = Absence(now, now)
    # A time without responses may hide anything, so that it counts as one look.
    absence.answered += min(now - absence.last, job_type.poll.max)
    absence.last = now
    return absence
