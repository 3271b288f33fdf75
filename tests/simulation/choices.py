"""Chance as a list of integers, so that a world can be replayed and made smaller."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

RUNS = 1500
"""Worlds that are tried at most while one is made smaller."""


class Choices:
    """Draws integers and keeps them; 0 always means that nothing special happens.

    Args:
        seed: Of the random numbers.
        given: Integers to draw instead; after the last of them nothing special happens any more.
    """

    __slots__ = ("_given", "_random", "made")

    def __init__(self, seed: int = 0, given: Sequence[int] | None = None) -> None:
        self.made: list[int] = []
        self._given = given
        self._random = random.Random(seed).random

    def draw(self, count: int, rate: float = 1.0) -> int:
        """Draw an integer from 0 up to `count`, which is excluded.

        Args:
            count: How many there are.
            rate: How likely it is that one is drawn at all; else it is 0.

        Returns:
            The integer.
        """
        given = self._given
        if given is None:
            value = int(self._random() * count) if rate >= 1.0 or self._random() < rate else 0
        elif len(self.made) < len(given):
            value = min(given[len(self.made)], count - 1)
        else:
            value = 0
        self.made.append(value)
        return value


def shrink(choices: Sequence[int], fails: Callable[[list[int]], bool], runs: int = RUNS) -> list[int]:
    """A smaller list of integers with which the same still goes wrong: blocks left out, made 0, halved.

    Args:
        choices: The integers.
        fails: Whether it goes wrong with others.
        runs: How often to try at most.

    Returns:
        The smallest that was found.
    """
    search = _Search(fails, runs, _without_end(choices))
    before: list[int] = []
    while before != search.best:
        before = search.best
        size = max(len(search.best) // 2, 1)
        while size:
            search.blocks(size)
            size //= 2
        search.values()
    return search.best


class _Search:
    """The best list so far, and how often others may still be tried."""

    def __init__(self, fails: Callable[[list[int]], bool], runs: int, best: list[int]) -> None:
        self._fails = fails
        self._runs = runs
        self._tried: set[tuple[int, ...]] = set()
        self.best = best

    def blocks(self, size: int) -> None:
        """Leave blocks out, or make them 0."""
        start = 0
        while start < len(self.best):
            end = start + size
            kept, block = self.best[:start], self.best[start:end]
            rest = self.best[end:]
            if not self._try([*kept, *rest]) and not self._try([*kept, *[0] * len(block), *rest]):
                start = end

    def values(self) -> None:
        """Make single integers smaller."""
        for index in range(len(self.best)):
            while index < len(self.best) and self.best[index] > 1:
                value = self.best[index]
                if not any(
                    self._try([*self.best[:index], less, *self.best[index + 1 :]]) for less in (value // 2, value - 1)
                ):
                    break

    def _try(self, candidate: list[int]) -> bool:
        candidate = _without_end(candidate)
        key = tuple(candidate)
        if key in self._tried or _size(candidate) >= _size(self.best) or self._runs <= 0:
            return False
        self._tried.add(key)
        self._runs -= 1
        if self._fails(candidate):
            self.best = candidate
            return True
        return False


def _size(choices: Sequence[int]) -> tuple[int, int, int]:
    return (len(choices), sum(1 for value in choices if value), sum(choices))


def _without_end(choices: Sequence[int]) -> list[int]:
    kept = list(choices)
    while kept and kept[-1] == 0:
        kept.pop()
    return kept
