"""Evaluates conditions (`when`) on places of a response, and `x-envelope`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from jobclients_contract.schema_model.pointers import MISSING, Found, Missing, decoded, entry, find
from jobclients_contract.schema_model.values import Json

BLANK: tuple[Json, ...] = ("", [], {})
"""What says nothing, beside null and nothing at all."""


def place_of(condition: Mapping[str, Json]) -> str:
    """The place that a condition looks at: that of the list, where it speaks of the elements of one."""
    test = elements_of(condition)
    return str(test.get("of") if test else condition.get("from", ""))


def elements_of(condition: Mapping[str, Json]) -> dict[str, Json]:
    """What a condition says of the elements of a list; nothing where it speaks of one value."""
    test = condition.get("any", condition.get("all"))
    return test if isinstance(test, dict) else {}


def inner_of(condition: Mapping[str, Json]) -> list[dict[str, Json]]:
    """The conditions that an element has to meet, all of them."""
    holds_ = elements_of(condition).get("holds")
    listed = holds_ if isinstance(holds_, list) else [holds_]
    return [item for item in listed if isinstance(item, dict)]


def in_item(condition: Mapping[str, Json]) -> str:
    """The pointer, inside of an element, of the place that a condition on one looks at."""
    return str(condition.get("from", "")).partition("#")[2]


def compared_values(condition: Mapping[str, Json]) -> list[Json]:
    """The values that a condition compares with: those of its ``in``, or that of its ``equals``."""
    listed = condition.get("in")
    if isinstance(listed, list):
        return listed
    return [condition["equals"]] if "equals" in condition else []


def holds(condition: Mapping[str, Json], value: Found, *, fold: bool = False) -> bool:
    """Whether the one test of a condition is true of what is at its place.

    Args:
        condition: as the spec has it.
        value: what is there; the list, where it speaks of the elements of one.
        fold: whether texts in other letters are the same.
    """
    if elements_of(condition):
        as_text = "contentMediaType" in elements_of(condition)
        items = [decoded(item) if as_text and isinstance(item, str) else item for item in _listed(value)]
        inner = inner_of(condition)
        met = [all(holds(test, find(item, in_item(test)), fold=fold) for test in inner) for item in items]
        return any(met) if "any" in condition else bool(met) and all(met)
    if "greater" in condition:
        return _greater(value, condition)
    if "not_in" in condition:
        unwanted = condition["not_in"]
        listed = unwanted if isinstance(unwanted, list) else []
        return not isinstance(value, Missing) and not any(_same(value, word, fold=fold) for word in listed)
    if "exists" in condition:
        return (value is not MISSING) == condition["exists"]
    if "empty" in condition or "nonempty" in condition:
        return (value is MISSING or value is None or value in BLANK) == ("empty" in condition)
    return not isinstance(value, Missing) and any(_same(value, word, fold=fold) for word in compared_values(condition))


def _listed(value: Found) -> list[Json]:
    return value if isinstance(value, list) else []


def _greater(value: Found, condition: Mapping[str, Json]) -> bool:
    minimal, kind = condition["greater"], condition.get("type")
    if isinstance(value, str) and kind is not None:
        form = r"\s*[+-]?[0-9]+\s*" if kind == "integer" else r"\s*[+-]?[0-9]+(?:\.[0-9]+)?\s*"
        value = float(value) if re.fullmatch(form, value, re.ASCII) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isinstance(minimal, int | float):
        return False
    return value > minimal


def _same(value: Json, word: Json, *, fold: bool) -> bool:
    if fold and isinstance(value, str) and isinstance(word, str):
        return value.casefold() == word.casefold()
    # Neither JSON nor the spec knows two kinds of numbers, but true is none.
    return isinstance(value, bool) is isinstance(word, bool) and value == word


def refuses(envelope: Json, at: Callable[[str], Found]) -> bool:
    """Whether an envelope says that a response is a refusal; a condition whose place is not there says nothing.

    Args:
        envelope: ``x-envelope``; anything but an object for none.
        at: what is at a place of the response.
    """
    wanted, unwanted = conditions_in(entry(envelope, "ok")), conditions_in(entry(envelope, "refused"))
    if any(_says(condition, at) is False for condition in wanted):
        return True
    return bool(unwanted) and all(_says(condition, at) is True for condition in unwanted)


def conditions_in(node: Json) -> list[dict[str, Json]]:
    """The conditions that are where one, or a list of them, may be."""
    listed = node if isinstance(node, list) else [node]
    return [item for item in listed if isinstance(item, dict)]


def _says(condition: Mapping[str, Json], at: Callable[[str], Found]) -> bool | None:
    """What a condition of an envelope says; nothing where its place is not there."""
    value = at(place_of(condition))
    return holds(condition, value) if "exists" in condition or value is not MISSING else None
