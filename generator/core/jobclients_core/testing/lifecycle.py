"""Lifecycles of fake jobs: the status values that a job goes through, by polls or by time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from jobclients_core.conditions import When
from jobclients_core.jobparts import Refine, StateRule
from jobclients_core.jobtype import BoundJobType, JobType
from jobclients_core.states import JobState

MAX_STEPS: Final = 100_000
"""Steps of a lifecycle; a few characters say many."""

_STEP = re.compile(r"(?P<word>.+?)(?:\*(?P<times>\d{1,4})|:(?P<seconds>\d+(?:\.\d+)?))?", re.DOTALL)
_ENDS = (JobState.SUCCEEDED, JobState.SUCCEEDED_WITH_WARNINGS, JobState.FAILED, JobState.CANCELLED)


class LifecycleError(ValueError):
    """A lifecycle names a word that the vendor does not document, is none, or is too long."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a lifecycle.

    Args:
        word: The vendor's word, or a canonical state; as it was given.
        state: The canonical state that it means; `JobState.UNKNOWN` for a word that is not documented.
        rule: The rule by which answers say it; None where it is said by the absence of any word, or is unknown.
        refine: The second look by which answers say it, where the rule alone is not enough.
        seconds: How long it lasts; None for "until the next look".
        at: The words to put at each place of the vendor's state, where no rule has them.
    """

    word: str
    state: JobState
    rule: StateRule | None = None
    refine: Refine | None = None
    seconds: float | None = None
    at: tuple[str, ...] = ()


def default_lifecycle(job_type: JobType[Any]) -> str:
    """The lifecycle of a job that nothing was said about: it runs, and then it succeeds.

    Returns:
        The lifecycle.
    """
    states = {rule.state for rule in job_type.states}
    return ",".join(state for state in ("queued", "running", "succeeded") if state in states)


def parse_lifecycle(job_type: JobType[Any], text: str) -> tuple[Step, ...]:
    """Read a lifecycle.

    Args:
        job_type: Whose words they are.
        text: Words of the vendor or canonical states, separated by commas: ``running,successful``. A step may be
            repeated (``running*3``) or last some seconds (``running:30``); a word in quotes need not be documented.

    Returns:
        The steps.

    Raises:
        LifecycleError: there is none, a word is not known, or there are more than `MAX_STEPS` steps.
    """
    steps: list[Step] = []
    for piece in filter(None, (part.strip() for part in text.split(","))):
        match = _STEP.fullmatch(piece)
        assert match is not None  # it takes any text
        step = _step(job_type, match["word"], float(match["seconds"]) if match["seconds"] else None)
        times = int(match["times"] or 1)
        if len(steps) + times > MAX_STEPS:
            raise LifecycleError(f"a lifecycle has at most {MAX_STEPS} steps")
        steps += [step] * times
    if not steps:
        raise LifecycleError("a lifecycle has at least one step")
    timed = [step.seconds is not None for step in steps[:-1]]
    if any(timed) and not all(timed):
        raise LifecycleError(f"{text}: either every step but the last lasts some seconds, or none does")
    return tuple(steps)


def check_lifecycle(job_types: Iterable[BoundJobType[Any]], text: str) -> None:
    """See that a lifecycle is one of some kind.

    Args:
        job_types: The kinds.
        text: The lifecycle.

    Raises:
        LifecycleError: it is one of none of them.
    """
    failure: LifecycleError | None = None
    for kind in job_types:
        try:
            parse_lifecycle(kind.type, text)
        except LifecycleError as error:
            failure = failure or error
        else:
            return
    raise failure or LifecycleError("the vendor has no jobs")


def _step(job_type: JobType[Any], word: str, seconds: float | None) -> Step:
    if len(word) > 2 and word[0] == word[-1] and word[0] in "'\"":
        return Step(word[1:-1], JobState.UNKNOWN, seconds=seconds, at=tuple(word[1:-1].split("/")))
    rule = next((rule for rule in job_type.states if _says(job_type, rule, word)), None)
    if rule is not None:
        return Step(word, JobState(rule.state), rule, seconds=seconds)
    if word == job_type.absent:
        return Step(word, JobState(word), seconds=seconds)
    rule = next((rule for rule in job_type.states if rule.state == word), None)
    if rule is not None:
        return Step(word, JobState(word), rule, seconds=seconds)
    for refine in job_type.refine:
        rule = next((rule for rule in job_type.states if rule.state == refine.state), None)
        if refine.to == word and rule is not None:
            return Step(word, JobState(word), rule, refine, seconds)
    known = ", ".join(dict.fromkeys(name for rule in job_type.states for name in status_values_of(job_type, rule)))
    raise LifecycleError(
        f"{job_type.vendor}.{job_type.name} has no state {word!r}; its words are {known} "
        "(one in quotes is sent as it is)"
    )


def status_values_of(job_type: JobType[Any], rule: StateRule) -> list[str]:
    """The vendor's words for which a rule is, places joined by ``/``.

    Returns:
        Its words; none for rules that look at something else.
    """
    joined = [""]
    for places in job_type.raw_state:
        values = [str(value) for when in rule.when if when.source in places for value in accepted(when)]
        joined = [f"{left}/{value}" if left else value for left in joined for value in values] if values else joined
    return [word for word in joined if word]


def accepted(when: When) -> tuple[Any, ...]:
    """The values that a condition accepts.

    Args:
        when: The condition.

    Returns:
        The values; none for a condition of another sort.
    """
    return when.one_of or ()


def _says(job_type: JobType[Any], rule: StateRule, word: str) -> bool:
    words = status_values_of(job_type, rule)
    return word.casefold() in [name.casefold() for name in words] if job_type.match == "casefold" else word in words


def end_of(job_type: JobType[Any], state: JobState) -> Step | None:
    """The step that ends a job in a state.

    Args:
        job_type: The job type as the spec states it.
        state: The state wanted.

    Returns:
        The step; None where the vendor has no word for it.
    """
    assert state in _ENDS
    try:
        return _step(job_type, str(state), None)
    except LifecycleError:
        return None
