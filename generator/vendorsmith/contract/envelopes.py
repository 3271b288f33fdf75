"""Envelopes: an answer with a status that says yes and a body that says no, as the spec describes it."""

from __future__ import annotations

from typing import Final

from vendorsmith.contract.cases import Json
from vendorsmith.contract.shapes import same

_BODY: Final = "$response.body"
_ABSENT: Final = object()


def refuses(envelope: Json, body: Json) -> bool:
    """Whether an answer with a 2xx status is a refusal.

    Args:
        envelope: ``x-envelope`` as it holds for the operation.
        body: of the answer.
    """
    if not isinstance(envelope, dict):
        return False
    for name, meaning in (("ok", False), ("refused", True)):
        condition = envelope.get(name)
        if isinstance(condition, dict):
            found = _at(str(condition.get("from")), body)
            if ("exists" in condition or found is not _ABSENT) and _holds(condition, found) is meaning:
                return True
    return False


def _at(place: str, body: Json) -> object:
    if not place.startswith(_BODY):
        return _ABSENT
    value: object = body
    for part in place.removeprefix(_BODY).removeprefix("#").split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return _ABSENT
    return value


def _holds(condition: dict[str, Json], found: object) -> bool:
    if "equals" in condition:
        return same(condition["equals"], found)
    listed = condition.get("in")
    if isinstance(listed, list):
        return any(same(item, found) for item in listed)
    if "exists" in condition:
        return (found is not _ABSENT) is condition["exists"]
    empty = found is None or found in ("", [], {})
    return empty if "empty" in condition else not empty
