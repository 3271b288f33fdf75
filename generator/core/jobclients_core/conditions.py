"""Conditions on the places of a response (`when`), and places that depend on conditions."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from .expressions import ABSENT, ResponseContext, evaluate, resolve, same
from .type_guards import is_array


@dataclass(frozen=True, slots=True)
class When:
    """A condition on one place of a response; exactly one test is given.

    Args:
        source: The expression.
        one_of: The value has to be one of these.
        exists: Whether the place has to exist.
        empty: Whether the value has to be null, ``""``, ``[]`` or ``{}`` (or the place missing), or must not.
        none_of: The value has to be there, and none of these.
        greater: The value has to be a number that is greater.
        type: With `greater`: ``integer`` or ``number`` where a text of digits counts as one; else empty.
        any_of: Conditions that one element of the list has to meet, all of them.
        all_of: Conditions that each element of the list has to meet; an empty list, or none, does not hold.
        json: With `any_of` and `all_of`: whether the elements are texts that hold JSON.
    """

    source: str
    one_of: tuple[Any, ...] | None = None
    exists: bool | None = None
    empty: bool | None = None
    none_of: tuple[Any, ...] | None = None
    greater: float | None = None
    type: Literal["", "integer", "number"] = ""
    any_of: tuple[When, ...] = ()
    all_of: tuple[When, ...] = ()
    json: bool = False

    def holds(self, context: ResponseContext, *, fold: bool = False) -> bool:
        """Whether the condition is true of the response.

        Args:
            context: What expressions read of the response.
            fold: Whether texts are compared without regard to case.

        Returns:
            The truth of its one test.
        """
        value = evaluate(self.source, context)
        if self.exists is not None:
            return (value is not ABSENT) == self.exists
        if self.empty is not None:
            return (value is ABSENT or value is None or value in ("", [], {})) == self.empty
        if self.greater is not None:
            number = _number(value, self.type)
            return number is not None and number > self.greater
        if self.any_of:
            return any(_meets(item, self.any_of, context, fold=fold) for item in _items(value, decoded=self.json))
        if self.all_of:
            items = _items(value, decoded=self.json)
            return bool(items) and all(_meets(item, self.all_of, context, fold=fold) for item in items)
        if self.none_of is not None:
            return value is not ABSENT and not _is_among(value, self.none_of, fold=fold)
        return _is_among(value, self.one_of or (), fold=fold)


@dataclass(frozen=True, slots=True)
class First:
    """A place in the first element of a list that meets conditions.

    Args:
        of: Where the list is.
        when: What the element has to meet, all of it.
        at: JSON pointer of the place inside of the element.
        json: Whether the elements are texts that hold JSON.
    """

    of: str
    when: tuple[When, ...]
    at: str = ""
    json: bool = False

    def find(self, context: ResponseContext) -> Any:
        """What is there.

        Returns:
            The value, or `ABSENT` where no element meets the conditions.
        """
        items = _items(evaluate(self.of, context), decoded=self.json)
        found = next((item for item in items if _meets(item, self.when, context, fold=False)), ABSENT)
        return resolve(found, self.at)


def find(source: str | First, context: ResponseContext) -> Any:
    """Read one place of a response, which conditions may choose.

    Args:
        source: An expression that speaks of a response, or a place in the first element that meets conditions.
        context: What expressions read of the response.

    Returns:
        The value, or `ABSENT`.
    """
    return source.find(context) if isinstance(source, First) else evaluate(source, context)


def _items(value: Any, *, decoded: bool) -> list[Any]:
    if not is_array(value):
        return []
    return [_decoded(item) if decoded and isinstance(item, str) else item for item in value]


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _meets(item: Any, conditions: tuple[When, ...], context: ResponseContext, *, fold: bool) -> bool:
    within = replace(context, item=item)
    return all(condition.holds(within, fold=fold) for condition in conditions)


def _is_among(value: Any, wanted: tuple[Any, ...], *, fold: bool) -> bool:
    if fold and isinstance(value, str):
        value = value.casefold()
        return any(isinstance(other, str) and other.casefold() == value for other in wanted)
    return any(same(value, other) for other in wanted)


_DIGITS: Final = {
    "integer": re.compile(r"[+-]?[0-9]{1,40}"),
    "number": re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?"),
}


def _number(value: Any, type_: str) -> float | None:
    if isinstance(value, str) and type_ and _DIGITS[type_].fullmatch(value.strip()):
        return float(value)
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
