"""The normalised document of a vendor as a file: `openapi.json`, which mocks, drift and other tools read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from vendorsmith.emit.code import LINE_LENGTH
from vendorsmith.ir_base import Json

_INDENT: Final = " "


def openapi_text(document: Json) -> str:
    """The text of `openapi.json`; keys keep their order, and short values stand in one line.

    Args:
        document: the normalised document.
    """
    return _text(document, "") + "\n"


def _text(value: Json, indent: str) -> str:
    inner = indent + _INDENT
    if isinstance(value, dict):
        return _block("{", [f"{json.dumps(key)}: {_text(item, inner)}" for key, item in value.items()], "}", indent)
    if isinstance(value, list):
        return _block("[", [_text(item, inner) for item in value], "]", indent)
    return json.dumps(value)


def _block(start: str, parts: Iterable[str], end: str, indent: str) -> str:
    """An object or a list: in one line where it has room there."""
    parts = list(parts)
    if sum(map(len, parts)) + 2 * len(parts) + len(indent) <= LINE_LENGTH and not any("\n" in part for part in parts):
        return f"{start}{', '.join(parts)}{end}"
    separator = f",\n{indent}{_INDENT}"
    return f"{start}\n{indent}{_INDENT}{separator.join(parts)}\n{indent}{end}"
