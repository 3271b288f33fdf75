"""What happens in a story, drawn by its seed: how the vendor is, who else submits, and where each life ends."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Final

from survive.shared import CAPABILITIES, SETTLE

BEGIN: Final = 1_900_000_000.0
_LAGS = (0.0, 0.0, 0.0, 5.0, 40.0)
_FLIGHTS = (0.0, 0.0, 2.0, 30.0, 70.0)
_BEYOND_LAGS = (0.0, 5.0, 250.0)
_BEYOND_FLIGHTS = (0.0, 30.0, 400.0)
_PAUSES = (0.0, 1.0, 10.0, 100.0, 300.0, 4_000.0)
_LONG = 90_000.0
_AGES = (86_400.0, 3_000.0, 900.0, 20.0)
_FAULTS = ("late", "never", "lost", "done-502", "503")
_PLACES = 18
_SECOND_PLACES = 14


@dataclass(frozen=True, slots=True)
class Life:
    """One life.

    Args:
        die_at: The number of the place at which it ends; 0 for none.
        strangers_at: The numbers of the places at which somebody else submits.
        fault: What becomes of its first submission, if that is not as it should be.
        by: Whether it submits again, or resumes.
        pause: Seconds until the next one.
    """

    die_at: int
    strangers_at: tuple[int, ...]
    fault: str
    by: str
    pause: float


@dataclass(frozen=True, slots=True)
class Story:
    """One job that somebody wants, and the lives of the processes that see to it.

    Args:
        seed: Its number.
        capability: What the vendor lets one see of a submission.
        mode: ``sync`` or ``async``.
        lag: Seconds by which the replica lags behind that answers what only reads.
        every: Which of these requests it answers.
        flight: Seconds for which a submission is under way whose sender died.
        old: Seconds before the story at which runs of the same name began.
        lives: The lives; the last one does not die.
    """

    seed: int
    capability: str
    mode: str
    lag: float
    every: int
    flight: float
    old: tuple[float, ...]
    lives: tuple[Life, ...]

    @property
    def name(self) -> str:
        """What the job is called."""
        return f"n{self.seed}"

    @property
    def strangers(self) -> bool:
        """Whether somebody else submits under the same name."""
        return any(life.strangers_at for life in self.lives)

    @property
    def inside(self) -> bool:
        """Whether everything that the specification promises of the vendor holds, and nobody else submits."""
        return (
            self.lag + self.flight < SETTLE
            and not self.strangers
            and self.lag < min((*self.old, 1e9))
            and (self.capability != "honoured" or sum(life.pause for life in self.lives) < _LONG / 2)
        )

    def order(self, number: int, **more: Any) -> dict[str, Any]:
        """What a life is told; those after the planned ones submit again, undisturbed."""
        last = Life(0, (), "", "submit", 0.0)
        life = self.lives[number] if number < len(self.lives) else last
        return {
            "capability": self.capability,
            "name": self.name,
            "mode": self.mode,
            "chance": f"{self.seed} {number}",
            "flight": self.flight,
            "die_at": life.die_at,
            "strangers_at": life.strangers_at,
            "fault": life.fault,
            "by": life.by,
            "pause": 0.0,
            **more,
        }


def drawn(seed: int) -> Story:
    """The story of a seed."""
    chance = random.Random(f"story {seed}")
    capability = CAPABILITIES[seed % len(CAPABILITIES)]
    beyond = chance.random() < 0.4
    strangers = beyond and chance.random() < 0.6

    def life(place: int) -> Life:
        at = (chance.randint(1, _PLACES),) if strangers and chance.random() < 0.5 else ()
        fault = chance.choice(_FAULTS) if chance.random() < 0.25 else ""
        long = beyond and chance.random() < 0.1
        pause = _LONG if long else chance.choice(_PAUSES)
        return Life(place, at, fault, chance.choice(("submit", "submit", "resume")), pause)

    deaths = chance.choice((1, 2, 2, 3, 3))
    places = [chance.randint(1, _PLACES if number == 0 else _SECOND_PLACES) for number in range(deaths)]
    return Story(
        seed,
        capability,
        ("sync", "async")[seed // len(CAPABILITIES) % 2],
        chance.choice(_BEYOND_LAGS if beyond else _LAGS if capability != "none" else _LAGS[:-1]),
        chance.choice((1, 1, 2)),
        chance.choice(_BEYOND_FLIGHTS if beyond else _FLIGHTS),
        tuple(
            chance.choice((86_400.0, 50_000.0, 3_000.0, 20.0 if beyond else 900.0)) for _ in range(chance.randint(0, 2))
        ),
        (*(life(place) for place in places), life(0)),
    )
