"""JSON pointers, and small readers of spec values: texts, durations, JSON in a text."""

from __future__ import annotations

import json
import re
from enum import Enum
from typing import Final, TypeAlias, cast

from jobclients_contract.schema_model.values import Json

_DURATION: Final = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")


class Missing(Enum):
    """What is at a place that is not there, which is not the same as null."""

    MISSING = 0


MISSING: Final = Missing.MISSING
Found: TypeAlias = "Json | Missing"


def split(place: str) -> list[str]:
    """The keys and names that a JSON pointer or a locator is made of."""
    return [token.replace("~1", "/").replace("~0", "~") for token in place.split("/")[1:]]


def escaped(token: str) -> str:
    """A key or a name as a part of a JSON pointer or a locator."""
    return token.replace("~", "~0").replace("/", "~1")


def seconds(duration: str) -> float:
    """The seconds of an ISO 8601 duration."""
    match = _DURATION.fullmatch(duration)
    parts = match.groups() if match is not None else ()
    return sum(float(part or 0) * unit for part, unit in zip(parts, (604_800, 86_400, 3_600, 60, 1), strict=True))


def entry(value: Json, *keys: str) -> Json:
    """What is at keys of nested objects; None where nothing does."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def texts(value: Json) -> list[str]:
    """A text or the texts of a list, as a list; objects among them are left out."""
    listed = value if isinstance(value, list) else [value] if isinstance(value, str) else []
    return [str(item) for item in listed if not isinstance(item, dict)]


def find(document: Found, pointer: str) -> Found:
    """What a JSON pointer leads to."""
    value: Found = document
    for step in split(pointer):
        if isinstance(value, dict):
            value = value.get(step, MISSING)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return MISSING
    return value


def put(document: Json, pointer: str, value: Found) -> Json:
    """A copy of a document with a value at a pointer, objects made on the way; MISSING takes away what is there."""
    whole = _put(document, split(pointer), value)
    return None if isinstance(whole, Missing) else whole


def _put(document: Found, steps: list[str], value: Found) -> Found:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(document, list):
        if not step.isdecimal() or int(step) >= len(document):
            return document
        inner = _put(document[int(step)], rest, value)
        return [*document[: int(step)], None if isinstance(inner, Missing) else inner, *document[int(step) + 1 :]]
    if not isinstance(document, dict) and isinstance(value, Missing):
        return document
    holder = dict(document) if isinstance(document, dict) else {}
    inner = _put(holder.get(step, MISSING), rest, value)
    if isinstance(inner, Missing):
        holder.pop(step, None)
    else:
        holder[step] = inner
    return holder


def decoded(text: str) -> Json:
    """A text as the JSON that it holds; the text itself where it holds none."""
    try:
        return cast("Json", json.loads(text))
    except ValueError:
        return text
