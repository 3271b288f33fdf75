"""Reads and fills the places that runtime expressions name: in `x-errors`, `x-envelope` and bodies."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeGuard

from jobclients_contract.schema_model.conditions import refuses
from jobclients_contract.schema_model.pointers import MISSING, Missing, entry, find, put
from jobclients_contract.schema_model.values import Json

_BODY: Final = "$response.body"
_HEADER: Final = "$response.header."


def is_object(value: object) -> TypeGuard[dict[str, Json]]:
    """Whether a JSON value is an object."""
    return isinstance(value, dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete response.

    Attributes:
        status: of HTTP.
        body: as it travels.
        headers: fields beside Content-Length.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of(cls, status: int, body: Json, **headers: str) -> Reply:
        """A response with JSON.

        Args:
            status: of HTTP.
            body: the JSON value.
            **headers: further header fields, as they are spelt.
        """
        content = json.dumps(body, ensure_ascii=False).encode()
        return cls(status, content, {"Content-Type": "application/json", **headers})

    @property
    def parsed(self) -> Json | Missing:
        """The body as JSON; `MISSING` where it is none."""
        return _parsed(self.body)

    @property
    def script(self) -> tuple[bytes, ...]:
        """The response as bytes on the wire."""
        fields = {**self.headers, "Content-Length": str(len(self.body))}
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return (f"HTTP/1.1 {self.status} Whatever\r\n{lines}\r\n".encode() + self.body,)

    def read(self, expression: str) -> Json | Missing:
        """What is at a place.

        Args:
            expression: such as ``$response.body#/error/code``.
        """
        if expression.startswith(_HEADER):
            wanted = expression.removeprefix(_HEADER).lower()
            return next((value for name, value in self.headers.items() if name.lower() == wanted), MISSING)
        if expression.startswith(_BODY):
            return find(self.parsed, _pointer(expression))
        return self.status if expression == "$response.status" else MISSING


@lru_cache(maxsize=64)
def _parsed(body: bytes) -> Json | Missing:
    try:
        value: Json = json.loads(body.decode())
    except (ValueError, RecursionError):
        return MISSING
    return value


def _pointer(expression: str) -> str:
    return expression.removeprefix(_BODY).removeprefix("#")


def _steps(expression: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in _pointer(expression).split("/")[1:]]


def filled(body: Json, expression: str, value: Json) -> Json:
    """A body with a value at a place; what is missing on the way is made.

    Args:
        body: the body, which stays as it is.
        expression: a place in a body.
        value: what is put there.
    """
    return _filled(copy.deepcopy(body), _steps(expression), value)


def _filled(body: Json, steps: list[str], value: Json) -> Json:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if step.isdecimal() and not is_object(body):
        items = body if isinstance(body, list) else []
        items += [{} for _ in range(int(step) + 1 - len(items))]
        items[int(step)] = _filled(items[int(step)], rest, value)
        return items
    inside = body if is_object(body) else {}
    inside[step] = _filled(inside.get(step), rest, value)
    return inside


def without(body: Json, expression: str) -> Json:
    """A body with nothing at a place."""
    return put(body, _pointer(expression), MISSING)


def in_body(expression: str) -> bool:
    """Whether a place is one of the body."""
    return expression.startswith(_BODY)


def header_of(expression: str) -> str:
    """Name of the header field that a place is; empty where it is none."""
    return expression.removeprefix(_HEADER) if expression.startswith(_HEADER) else ""


def short(expression: str) -> str:
    """A place as lines of a suite write it: a pointer into the body, or what follows ``$response.``."""
    return expression.removeprefix(f"{_BODY}#" if expression.startswith(f"{_BODY}#") else "$response.")


def first_text(places: Iterable[Json], reply: Reply) -> str | None:
    """The first text or number that is at one of some places, as text; a part of a sentence where one is meant."""
    for place in places:
        value = reply.read(str(entry(place, "from") or place))
        if (pattern := entry(place, "pattern")) is not None:
            found = re.search(str(pattern), value) if isinstance(value, str) else None
            value = found["value"] if found is not None else MISSING
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, str | int | float) and value != "":
            return str(value)
    return None


def says_no(envelope: Json, reply: Reply) -> bool:
    """Whether the envelope of an operation refuses a response with a status that says yes.

    Args:
        envelope: ``x-envelope``; anything but an object for none.
        reply: the response.
    """
    return not isinstance(reply.parsed, Missing) and refuses(envelope, reply.read)
