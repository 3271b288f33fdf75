"""Chance as a list of integers, so that a world can be replayed and made smaller."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

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
    best = _without_end(choices)
    left = runs
    improved = True
    while improved and left > 0:
        improved = False
        for candidate in _smaller(best):
            left -= 1
            if left < 0:
                break
            if _size(candidate) < _size(best) and fails(candidate):
                best = _without_end(candidate)
                improved = True
                break
    return best


def _size(choices: Sequence[int]) -> tuple[int, int, int]:
    return (sum(1 for value in choices if value), len(choices), sum(choices))


def _without_end(choices: Sequence[int]) -> list[int]:
    kept = list(choices)
    while kept and kept[-1] == 0:
        kept.pop()
    return kept


def _smaller(best: list[int]) -> Iterator[list[int]]:
    size = max(len(best) // 2, 1)
    while size:
        for start in range(0, len(best), size):
            block = best[start : start + size]
            yield best[:start] + best[start + size :]
            if any(block):
                yield best[:start] + [0] * len(block) + best[start + size :]
        size //= 2
    for index, value in enumerate(best):
        for less in dict.fromkeys((value // 2, value - 1)):
            if 0 < less < value:
                yield [*best[:index], less, *best[index + 1 :]]
