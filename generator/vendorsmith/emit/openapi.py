"""Writes `openapi.json`, the normalised document of a vendor, which mocks and drift read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from vendorsmith.emit.code import LINE_LENGTH
from vendorsmith.ir_base import Json

_INDENT: Final = " "
_WORD: Final = 50
"""Characters of a short member, with its key."""


def openapi_text(document: Json) -> str:
    """The text of `openapi.json`; keys keep their order, and short values are in one line.

    Args:
        document: the normalised document.
    """
    return _text(document, "") + "\n"


def _text(value: Json, indent: str) -> str:
    inner = indent + _INDENT
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {_text(item, inner)}" for key, item in value.items()]
        return _block("{", parts, "}", indent, short_scalars=_are_short_scalars(value.values(), parts))
    if isinstance(value, list):
        parts = [_text(item, inner) for item in value]
        return _block("[", parts, "]", indent, short_scalars=_are_short_scalars(value, parts))
    return json.dumps(value)


def _are_short_scalars(members: Iterable[Json], parts: list[str]) -> bool:
    """Whether an object or a list holds short scalars only.

    It always is in one line: an enumeration that grows changes that line, and never those of all its values.
    """
    return all(len(part) <= _WORD for part in parts) and not any(isinstance(item, dict | list) for item in members)


def _block(start: str, parts: list[str], end: str, indent: str, *, short_scalars: bool) -> str:
    """An object or a list: in one line where it has room there."""
    width = len(indent) + sum(len(part) + 2 for part in parts)
    if short_scalars or (width <= LINE_LENGTH and not any("\n" in part for part in parts)):
        return f"{start}{', '.join(parts)}{end}"
    separator = f",\n{indent}{_INDENT}"
    return f"{start}\n{indent}{_INDENT}{separator.join(parts)}\n{indent}{end}"
