"""A clock that tests move by hand, and that sleeping moves by itself."""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime

from jobclients_core.flow import Clock

_START = datetime(2030, 1, 1, tzinfo=UTC)


class FakeClock:
    """Time and chance for tests: whoever sleeps on it goes on at once, and the time is what it would have been.

    Args:
        start: The time at which it starts; aware.
        seed: Of the random numbers.

    Attributes:
        slept: Seconds of each sleep so far.
    """

    def __init__(self, start: datetime = _START, *, seed: int = 0) -> None:
        self._start = start.timestamp()
        self._elapsed = 0.0
        self._random = random.Random(seed)  # noqa: S311 - jitter that is the same in each run
        self._lock = threading.Lock()
        self.slept: list[float] = []

    def __repr__(self) -> str:
        return f"<FakeClock {self.now.isoformat()}>"

    @property
    def now(self) -> datetime:
        """The time that it shows, in UTC."""
        return datetime.fromtimestamp(self.wall(), UTC)

    @property
    def elapsed(self) -> float:
        """Seconds since it started."""
        return self._elapsed

    def monotonic(self) -> float:
        """Seconds that never go backwards."""
        return self._elapsed

    def wall(self) -> float:
        """Seconds since 1970."""
        return self._start + self._elapsed

    def advance(self, seconds: float) -> None:
        """Let time go by.

        Args:
            seconds: How much.
        """
        with self._lock:
            self._elapsed += max(seconds, 0.0)

    def sleep(self, seconds: float) -> None:
        """Let time go by, and note that somebody slept.

        Args:
            seconds: How long.
        """
        self.slept.append(seconds)
        self.advance(seconds)

    def as_clock(self) -> Clock:
        """What ``HttpOptions(clock=...)`` takes.

        Returns:
            The clock of a client.
        """
        return Clock(self.monotonic, self.wall, self._random.random, self.sleep)
