"""Wording shared by the messages of all checks."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Sequence

from vendorsmith.diagnostics import quote
from vendorsmith.spec.source_map import JSON

_CANDIDATES = 2_000


def closest(word: str, candidates: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the candidate that the writer most likely meant, or None where none is as like as ``cutoff`` (0 to 1)."""
    near = [known for known in candidates if abs(len(known) - len(word)) <= max(4, len(word) // 2)]
    lowered = {known.lower(): known for known in reversed(near[:_CANDIDATES])}
    found = difflib.get_close_matches(word.lower(), lowered, n=1, cutoff=cutoff)
    return lowered[found[0]] if found else None


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """Return a hint that names the nearest candidate, or None."""
    near = closest(word, candidates)
    return None if near is None else f"did you mean {quote(near)}?"


def meant_or_known(word: str, known: Sequence[str], noun: str) -> str | None:
    """Return a hint that names the nearest candidate, or all of them where they are few."""
    if meant := did_you_mean(word, known):
        return meant
    return f"{noun}: {listing(known, 'and')}" if 0 < len(known) <= 12 else None


def listing(names: Iterable[str], conjunction: str = "or") -> str:
    """Return ``"a", "b" or "c"``."""
    quoted = [quote(word) for word in names]
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} {conjunction} {quoted[-1]}"


def shape(value: JSON) -> str:
    """Name what a value is, as a message would: ``text``, ``a whole number``, ``an object``."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "text"
    if isinstance(value, int):
        return "a whole number"
    if isinstance(value, float):
        return "a number"
    return "a list" if isinstance(value, list) else "an object"


def show(value: JSON, limit: int = 60) -> str:
    """Write a value for a message: as JSON, cut when it is long."""
    if isinstance(value, str):
        return quote(value, limit)
    if isinstance(value, dict | list) and len(value) > limit:
        return shape(value)
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else shape(value)
