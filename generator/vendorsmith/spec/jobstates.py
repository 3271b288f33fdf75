"""How the map of `x-jobs` states becomes ordered rules; read by the checks and by the builder alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from vendorsmith.spec.tree import JSON, Object

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Test:
    """A condition on one place: the value is one of some, or (without values) it is empty or missing."""

    source: str
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """One entry of the map: the vendor's word, the canonical state, and the conditions that say the same."""

    word: str
    state: str
    tests: tuple[Test, ...]


def places(node: JSON) -> tuple[str, ...]:
    """The places that an expression, or a list of them, names."""
    if isinstance(node, str):
        return (node,)
    return tuple(item for item in node if isinstance(item, str)) if isinstance(node, list) else ()


def words(state: Object) -> tuple[tuple[str, ...], ...]:
    """Where each of the words stands of which a state is made: for each, its places in order of preference."""
    source = state.get("from")
    if isinstance(source, list):
        return tuple(places(item) for item in source)
    return (places(source),) if isinstance(source, str) else ()


def parts(word: str, count: int) -> list[str]:
    """The words that a key of the map joins with a slash; a key of a single word is never split."""
    return word.split("/") if count > 1 else [word]


def values(word: str) -> tuple[Scalar, ...]:
    """What a key of the map stands for in an answer: numbers and booleans are written as themselves or as text."""
    if word.isascii() and word.lstrip("-").isdigit() and str(int(word)) == word:
        return (word, int(word))
    return (word, word == "true") if word in ("true", "false") else (word,)


def mappings(state: Object) -> Iterator[Mapping]:
    """The entries of the map as rules, in order; a place that may stand in for another gives rules of its own."""
    sources = words(state)
    table = state.get("map")
    for word, canonical in table.items() if isinstance(table, dict) else ():
        given = parts(word, len(sources))
        if len(given) > len(sources) or not isinstance(canonical, str):
            continue  # the checks say so
        padded = [*given, *[None] * (len(sources) - len(given))]
        choices = [_ways(alternatives, part) for alternatives, part in zip(sources, padded, strict=True)]
        for tests in product(*choices):
            yield Mapping(word, canonical, tuple(test for group in tests for test in group))


def _ways(alternatives: Sequence[str], part: str | None) -> list[tuple[Test, ...]]:
    """The ways in which a word can be said, or (None) the one way in which it is not said at all."""
    silent = [Test(source, ()) for source in alternatives]
    if part is None:
        return [tuple(silent)]
    return [(*silent[:index], Test(source, values(part))) for index, source in enumerate(alternatives)]
