"""Locators: JSON pointers in which elements of lists go by name.

A locator is a JSON pointer (RFC 6901) in which an element of a list goes by its name where it has one, and else by its
index:

    /paths/~1jobs~1{id}/get/parameters/query.id/examples/running
    /paths/~1jobs~1{id}/get/x-contradictions/the state of a job
    /components/schemas/Job/allOf/BaseJob

It says no line, and it stays the same when something is added elsewhere, in the same list as well. Facts and generated
files say where they come from by locators; whoever prints a line looks it up in the document.

Lists by the key that they are at, and what names their elements:

- parameters: ``in`` and ``name``
- servers: ``url``
- tags, x-known-by-name: ``name``
- x-contradictions: ``about``
- rules (of ``x-jobs`` and ``x-errors``): ``is``, or ``raise`` and the first ``code``
- refine: ``if`` and ``to``
- every list: the component that an element refers to

Of elements with the same name, the second is ``name:2``, and so on. A name of digits only would look like an index and
does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, cast

from .pointers import escape, split

_NAMED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "parameters": ("in", "name"),
    "servers": ("url",),
    "tags": ("name",),
    "x-known-by-name": ("name",),
    "x-contradictions": ("about",),
    "rules": ("is", "raise", "code"),
    "refine": ("if", "to"),
}


def element_names(key: str, elements: Sequence[object]) -> list[str]:
    """How the elements of a list are called in locators.

    Args:
        key: that the list is at.
        elements: its elements; of objects only texts, numbers and lists of these are looked at.
    """
    found: list[str] = []
    times: dict[str, int] = {}
    for index, element in enumerate(elements):
        name = _name(key, element)
        if not name or name.isdecimal():
            found.append(str(index))
            continue
        times[name] = times.get(name, 0) + 1
        found.append(name if times[name] == 1 else f"{name}:{times[name]}")
    return found


def _name(key: str, element: object) -> str:
    if not isinstance(element, dict):
        return ""
    said = cast("dict[str, object]", element)
    reference = said.get("$ref")
    if isinstance(reference, str):
        steps = split(reference)
        return steps[2] if steps[:1] == ("components",) and len(steps) == 3 else ""
    texts = (_first_text(said.get(name)) for name in _NAMED_BY.get(key, ()))
    return ".".join(text for text in texts if text)


def _first_text(value: object) -> str:
    if isinstance(value, list):
        return _first_text(cast("list[object]", value)[0]) if value else ""
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def to_locator(document: object, pointer: str) -> str:
    """The locator of a place.

    Args:
        document: the whole document, as JSON.
        pointer: JSON pointer into it; what does not exist in it is kept as it is.
    """

    def step(key: str, elements: Sequence[object], token: str) -> tuple[str, str]:
        index = int(token) if token.isdecimal() else len(elements)
        return (element_names(key, elements)[index], token) if index < len(elements) else (token, token)

    return _translated(document, pointer, step)


def to_pointer(document: object, locator: str) -> str:
    """The JSON pointer of a locator, the other way round."""

    def step(key: str, elements: Sequence[object], token: str) -> tuple[str, str]:
        names = element_names(key, elements)
        index = str(names.index(token)) if token in names else token
        return index, index

    return _translated(document, locator, step)


def _translated(document: object, place: str, step: Callable[[str, Sequence[object], str], tuple[str, str]]) -> str:
    """A place with another token for each element of a list; `step` says it, and the index to go on with."""
    value, key, found = document, "", ""
    for token in split(place):
        said, index = token, token
        if isinstance(value, list):
            elements = cast("list[object]", value)
            said, index = step(key, elements, token)
            value = elements[int(index)] if index.isdecimal() and int(index) < len(elements) else None
        else:
            value = cast("dict[str, object]", value).get(token) if isinstance(value, dict) else None
        key, found = token, f"{found}/{escape(said)}"
    return found
