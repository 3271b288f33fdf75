"""Conditions on places of an answer, and what envelopes make of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from jobclients_contract.reading.pointers import MISSING, Found, Missing, entry
from jobclients_contract.reading.values import Json

BLANK: tuple[Json, ...] = ("", [], {})
"""What says nothing, beside null and nothing at all."""


def words_of(condition: Mapping[str, Json]) -> list[Json]:
    """The values that a condition compares with: those of its ``in``, or that of its ``equals``."""
    listed = condition.get("in")
    if isinstance(listed, list):
        return listed
    return [condition["equals"]] if "equals" in condition else []


def holds(condition: Mapping[str, Json], value: Found, *, fold: bool = False) -> bool:
    """Whether the one test of a condition is true of what stands at its place.

    Args:
        condition: as the spec has it.
        value: what stands there.
        fold: whether texts in other letters are the same.
    """
    if "exists" in condition:
        return (value is not MISSING) == condition["exists"]
    if "empty" in condition or "nonempty" in condition:
        return (value is MISSING or value is None or value in BLANK) == ("empty" in condition)
    return not isinstance(value, Missing) and any(_same(value, word, fold=fold) for word in words_of(condition))


def _same(value: Json, word: Json, *, fold: bool) -> bool:
    if fold and isinstance(value, str) and isinstance(word, str):
        return value.casefold() == word.casefold()
    # Neither JSON nor the spec knows two kinds of numbers, but true is none.
    return isinstance(value, bool) is isinstance(word, bool) and value == word


def refuses(envelope: Json, at: Callable[[str], Found]) -> bool:
    """Whether an envelope says that an answer is a refusal; a condition whose place is not there says nothing.

    Args:
        envelope: ``x-envelope``; anything but an object for none.
        at: what stands at a place of the answer.
    """
    for name, verdict in (("ok", False), ("refused", True)):
        condition = entry(envelope, name)
        if isinstance(condition, dict):
            value = at(str(condition["from"]))
            if ("exists" in condition or value is not MISSING) and holds(condition, value) is verdict:
                return True
    return False
