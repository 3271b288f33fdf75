"""What is to be said of a story: how often its job was submitted, whose job came out, and whether that was right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from survive.story import Story

if TYPE_CHECKING:
    from survive.play import Lived

_PARTS = {"honoured": "ticket", "list": "order_id", "discover": "delivery_id", "none": "bake_id"}
_UNSURE = ("SubmitUncertain", "AmbiguousRun")
_FOLLOWED = ("NotFound", "RunSuperseded", "JobExpired", "WaitTimeout")
"""Ends of waits that say which job it is, and that its end is not known."""


@dataclass(slots=True)
class Verdict:
    """What is to be said of a story.

    Args:
        kills: Lives that were killed.
        hit: The places at which they were.
        duplicates: Runs of ours beyond the first.
        orphans: Whether a run of ours is there which nobody follows, and nobody was told of the doubt.
        wrong: Whether another's run was told to be exactly ours.
        another: Whether another's run was told to be probably ours.
        uncertain: Whether nobody can tell, which was said.
        missing: Runs that may be ours, and that the doubt does not name.
        unknown: Whether the job is known and how it ended is not.
        violations: What must not be.
    """

    kills: int = 0
    hit: list[str] = field(default_factory=list[str])
    duplicates: int = 0
    orphans: int = 0
    wrong: int = 0
    another: int = 0
    uncertain: int = 0
    missing: int = 0
    unknown: int = 0
    violations: list[str] = field(default_factory=list[str])


def judged(story: Story, lives: Sequence[Lived], runs: Sequence[Mapping[str, Any]]) -> Verdict:
    """Judge a story.

    Args:
        story: The story.
        lives: Its lives.
        runs: The vendor's runs.

    Returns:
        The verdict.
    """
    verdict = Verdict(sum(life.killed for life in lives))
    verdict.hit = [life.last("at") or "before the first" for life in lives if life.killed]
    ours = [run for run in runs if run["who"] == "us"]
    verdict.duplicates = max(len(ours) - 1, 0)
    for life in lives:
        job = life.last("job")
        run = None if job is None else _run_of(story, job, runs)
        if job is not None and run is not None and run["who"] != "us":
            verdict.wrong |= job["attribution"] == "exact"
            verdict.another |= job["attribution"] != "exact"
        if life.last("broken") is not None:
            verdict.violations.append(f"broken: {life.last('broken')}")
    _judge_end(verdict, story, lives, runs)
    verdict.violations += _violations(verdict, story)
    return verdict


def _judge_end(verdict: Verdict, story: Story, lives: Sequence[Lived], runs: Sequence[Mapping[str, Any]]) -> None:
    """What the last life came to, which nobody killed."""
    life = lives[-1]
    error, job = life.last("error"), life.last("job")
    run = None if job is None else _run_of(story, job, runs)
    ours = [found for found in runs if found["who"] == "us"]
    if error is not None and error["type"] in _UNSURE:
        verdict.uncertain = 1
        before = [key for lived in lives for kind, keys in lived.events if kind == "before" for key in keys]
        verdict.missing = len(_unnamed(story, error["candidates"], before, life.at, runs))
        return
    if job is None:
        verdict.violations.append(f"ended with {error and error['type']}")
        verdict.orphans = int(bool(ours))
        return
    verdict.orphans = int(bool(ours) and (run is None or run["who"] != "us"))
    verdict.unknown = int(error is not None)
    if error is not None and error["type"] not in _FOLLOWED and run is not None and run["who"] == "us":
        verdict.violations.append(f"our own job ended with {error['type']}")
    if error is None and not life.last("end").startswith("succeeded"):
        verdict.violations.append(f"our own job ended {life.last('end')}")


def _violations(verdict: Verdict, story: Story) -> list[str]:
    found = [name for name in ("wrong", "missing") if getattr(verdict, name)]
    if story.inside or story.capability in ("honoured", "none"):
        found += [name for name in ("duplicates", "orphans", "another") if getattr(verdict, name)]
    # A vendor that says "not found" of what it then starts contradicts itself: what is absent proves nothing.
    decidable = story.capability != "none" and (story.capability != "baseline" or story.old)
    if story.inside and decidable:
        found += [name for name in ("uncertain", "unknown") if getattr(verdict, name)]
    return found


def _run_of(story: Story, job: Mapping[str, Any], runs: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The vendor's run that a handle is of."""
    if story.capability == "baseline":
        key = job["run_key"]
        return next((run for run in runs if key is not None and str(run["run"]) in key.values()), None)
    part = _PARTS[story.capability]
    return next((run for run in runs if run["identity"][part] == job["identity"].get(part)), None)


def _unnamed(
    story: Story,
    candidates: Sequence[Mapping[str, Any]],
    before: Sequence[Mapping[str, Any]],
    at: float,
    runs: Sequence[Mapping[str, Any]],
) -> list[Mapping[str, Any]]:
    """Runs that may be ours, and showed at the last look, but that an error does not name."""
    if story.capability in ("honoured", "none"):
        return []
    shown = [run for run in runs if run["created"] + story.lag + 10.0 < at]
    if story.capability == "list":
        shown = [run for run in shown if run["who"] == "us"]
    elif story.capability == "baseline":
        shown = shown[-1:]  # the vendor shows the last one
    part = _PARTS.get(story.capability, "run")
    named = {str(value) for key in (*candidates, *before) for value in key.values()}
    return [run for run in shown if str(run["identity"].get(part, run["run"])) not in named]
