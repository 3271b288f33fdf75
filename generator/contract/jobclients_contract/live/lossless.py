"""Parses JSON that can be written again without loss: no duplicate keys, no extreme depth."""

from __future__ import annotations

import json
from typing import Final

from jobclients_contract.schema_model.values import Json

DEEPEST: Final = 200
"""Levels of JSON below which nothing is read."""


class DuplicateKeyError(ValueError):
    """JSON that says a key twice: read and written again it would say something else."""


class TooDeepError(ValueError):
    """JSON that is nested too deeply to be read and written again."""


def read_json(text: str) -> Json:
    """Parse JSON that can be written again without a loss.

    Returns:
        The value.

    Raises:
        TooDeepError: it is nested too deeply.
        ValueError: it is no such JSON.
    """
    try:
        value: Json = json.loads(text, object_pairs_hook=_unique)
    except RecursionError:
        raise TooDeepError("nested too deeply") from None
    check_depth(value)
    return value


def json_inside(text: str) -> Json:
    """The object or list that a text holds as JSON; None for any other text."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return read_json(text)
    except ValueError:
        return None


def check_depth(value: Json) -> None:
    """Refuse what is nested deeper than everything here can go through.

    Raises:
        TooDeepError: it is.
    """
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise TooDeepError(f"nested more than {DEEPEST} deep")


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise DuplicateKeyError
    return found
