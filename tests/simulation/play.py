"""Playing worlds: one, many, and the smallest that goes wrong in the same way."""

from __future__ import annotations

import gc
import re
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .choices import Choices, shrink
from .kinds import KINDS
from .network import FAULTS
from .scenario import Scenario
from .world import World

_NUMBER = re.compile(r"(?<![A-Za-z\d])\d[\d.]*")

_ENDS = ("returned", "JobFailed", "JobCancelled", "WaitTimeout")
EXPECTED = (
    *(f"fault: {fault}" for fault in FAULTS if fault),
    *dict.fromkeys(f"kind: {kind.name}" for kind in KINDS),
    *dict.fromkeys(
        f"submit ({kind.name}): {outcome}" for kind in KINDS for outcome in ("handle", "refused", "uncertain")
    ),
    *dict.fromkeys(f"wait ({kind.name}): {end}" for kind in KINDS for end in _ENDS),
    *(f"restart from {held}" for held in ("nothing", "an intent", "a handle")),
    "answered by a lagging replica",
    "another's run stopped, which is not known",
    "another's run taken, which is not known",
    "cancel asked for",
    "disk full",
    "job taken out of its set",
    "login",
    "login refused",
    "process died",
    "rate limit reached",
    "record was locked",
    "run lost by a restart",
    "run stopped",
    "sent again after it was proven not to be taken",
    "set of jobs",
    "several wait for one job of a set",
    "somebody else submitted",
    "submission joined a run",
    "submission refused: one runs",
    "submitted again with the same record",
    "submitted twice, which is not known",
    "token refused",
    "two submit with one record",
)
"""What has to happen in many worlds: a simulation in which it never does proves nothing about it."""


@dataclass(slots=True)
class Tally:
    """What came of many worlds.

    Args:
        seen: What happened how often.
        found: The seeds by what is wrong in their worlds.
        worlds: How many there were.
        seconds: Seconds of processor.
    """

    seen: Counter[str] = field(default_factory=Counter[str])
    found: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    worlds: int = 0
    seconds: float = 0.0

    def add(self, other: Tally) -> None:
        """Add what came of others."""
        self.seen += other.seen
        self.worlds += other.worlds
        self.seconds += other.seconds
        for wrong, seeds in other.found.items():
            self.found.setdefault(wrong, []).extend(seeds)

    def never(self) -> list[str]:
        """What should have happened, and never did."""
        return [name for name in EXPECTED if not self.seen[name]]


def world_of(choices: Choices, seen: Counter[str] | None = None, *, trace: bool = False) -> World:
    """Play a world.

    Args:
        choices: What is drawn.
        seen: Counts what happened.
        trace: Whether events are kept for printing.

    Returns:
        The world after its end.
    """
    scenario = Scenario(choices, Counter() if seen is None else seen, trace=trace)
    try:
        scenario.play()
    except Exception as error:
        scenario.world.fault("I0", f"an exception that is none of the library's: {type(error).__name__}: {error}")
    return scenario.world


def play(seeds: Iterable[int], *, until: str = "") -> Tally:
    """Play many worlds.

    Args:
        seeds: Of which.
        until: Stop at the first in which this invariant does not hold.

    Returns:
        What came of them.
    """
    gc.set_threshold(50_000)  # worlds are small, and end soon
    tally = Tally()
    began = time.process_time()
    for seed in seeds:
        tally.worlds += 1
        wrongs = [kind_of(wrong) for wrong in world_of(Choices(seed), tally.seen).wrong]
        for wrong in dict.fromkeys(wrongs):
            tally.found.setdefault(wrong, []).append(seed)
        if until and any(wrong.startswith(f"{until} ") for wrong in wrongs):
            break
    tally.seconds = time.process_time() - began
    return tally


def kind_of(wrong: str) -> str:
    """What is wrong, without the numbers of the one world."""
    return _NUMBER.sub("#", wrong)


def smallest(seed: int, invariant: str = "") -> tuple[list[int], str]:
    """The smallest list of choices that goes wrong as the world of a seed does.

    Args:
        seed: The seed.
        invariant: Which does not hold; the first such when empty.

    Returns:
        The choices, and what is wrong; empty where nothing is.
    """
    choices = Choices(seed)
    wrong = [wrong for wrong in world_of(choices).wrong if wrong.startswith(invariant)]
    if not wrong:
        return choices.made, ""
    wanted = kind_of(wrong[0])
    return shrink(choices.made, lambda given: wanted in map(kind_of, world_of(Choices(given=given)).wrong)), wanted


def table(choices: Sequence[int]) -> list[str]:
    """A world as a table of events.

    Args:
        choices: What is drawn.

    Returns:
        Its lines: moment, who, what.
    """
    world = world_of(Choices(given=choices), trace=True)
    return [f"{moment:10.2f}  {who:8}  {what}" for moment, who, what in world.events or ()]
