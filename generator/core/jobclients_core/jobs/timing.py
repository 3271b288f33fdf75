"""The time limits of a wait: when it polls for the last time, and how long a poll may take (monotonic clock)."""

from __future__ import annotations

LOOKS = 5
"""Answered looks whose durations say how long the last one may take."""

SHORTEST, LONGEST = 0.2, 5.0
"""Seconds before the end of a wait between which its last look begins."""

FIRST = 10.0
"""Seconds that the first look may take, however short the wait is; likewise each call that stops a job."""


class Timing:
    """The time of one wait.

    Args:
        start: When it began.
        whole: Seconds that it may take; infinite for a wait without end.
        request: Seconds that one request of the client may take.
    """

    __slots__ = ("_took", "end", "one", "start", "whole")

    def __init__(self, start: float, whole: float, request: float) -> None:
        self.start = start
        self.whole = whole
        self.end = start + whole
        self.one = min(request, FIRST)
        self._took: tuple[float, ...] = ()

    @property
    def longest(self) -> float:
        """Seconds that the slowest of the latest answered looks took."""
        return max(self._took, default=0.0)

    @property
    def last(self) -> float:
        """The time of the last look: so late that, taking twice as long as others, it still ends in time."""
        return self.end - min(max(2 * self.longest, SHORTEST), LONGEST, self.whole / 2)

    @property
    def first_end(self) -> float:
        """The time by which the first look ends: a wait looks once, however short it is."""
        return max(self.end, self.start + self.one)

    def answered(self, seconds: float) -> None:
        """Note how long a look took that was answered."""
        self._took = (*self._took, seconds)[-LOOKS:]
