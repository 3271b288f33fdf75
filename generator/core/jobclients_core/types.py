"""Types of model fields beyond those of pydantic: time formats, JSON in a string, secrets.

Decoding is strict: each leniency is one of these types, written in the specification.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import date, datetime, tzinfo
from typing import Annotated, Any, TypeVar

import pydantic_core
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    Json,
    JsonValue,
    PlainSerializer,
    PlainValidator,
    SerializationInfo,
    Strict,
    ValidationInfo,
    WithJsonSchema,
)

from .hiding import MASK
from .times import FORMATS

__all__ = [
    "Bytes",
    "Date",
    "Int",
    "JavaMediumUs",
    "Jdbc",
    "JsonText",
    "JsonValue",
    "Number",
    "OpenEnum",
    "OpenIntEnum",
    "OpenUnion",
    "Rfc3339",
    "Secret",
    "UnixMs",
    "UnixS",
]

E = TypeVar("E")
T = TypeVar("T")

OpenEnum = Annotated[E | str, Field(union_mode="left_to_right")]
"""A string enum that grows: the member, or the raw word where the word is new."""

OpenIntEnum = Annotated[E | Annotated[int, Strict()], Field(union_mode="left_to_right")]
"""An integer enum that grows: the member, or the raw number where the number is new."""

OpenUnion = Annotated[
    # The mark keeps the alternatives together: of several, the one that fits best is taken.
    Annotated[T, "listed"] | dict[str, JsonValue], Field(union_mode="left_to_right")
]
"""Objects that grow: one of the listed alternatives, or the object as it came where it fits none of them."""


def _json_text(value: Any, info: ValidationInfo) -> Any:
    # Only what a caller gives: in a response, such a property is a text.
    if info.mode != "python":
        return value
    if isinstance(value, BaseModel):
        return value.model_dump_json(by_alias=True, exclude_unset=True, context=info.context)
    return pydantic_core.to_json(value).decode() if isinstance(value, (dict, list)) else value


JsonText = Annotated[Json[T] | str, Field(union_mode="left_to_right"), BeforeValidator(_json_text)]
"""JSON in a string: the typed payload, or the text where it is none (a plain sentence, for instance)."""


def _integral(value: Any) -> Any:
    # A vendor that writes 1.0 for 1 means the same number; pydantic's strict mode does not take it.
    return int(value) if type(value) is float and value.is_integer() else value


Int = Annotated[int, Strict(), BeforeValidator(_integral)]
"""An integer; an integral float is one, a boolean and a text are not."""

Number = Annotated[
    Annotated[int, Strict()] | Annotated[float, Strict(), Field(allow_inf_nan=False)],
    Field(union_mode="left_to_right"),
]
"""A finite number; integers stay exact."""


class HiddenText(str):
    """A text that does not show itself in a ``repr``; everything else is as for any text."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(MASK)


Secret = Annotated[str, Strict(), AfterValidator(HiddenText)]
"""A text that no ``repr`` shows."""


def _zone(info: ValidationInfo | SerializationInfo) -> tzinfo | None:
    context: dict[str, Any] | None = info.context
    return context.get("timezone") if context else None


def _reader(name: str) -> Callable[[Any, ValidationInfo], Any]:
    read = FORMATS[name].read

    def validate(value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, datetime):
            return value
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise ValueError(f"a time in the format {name} should be a text or a number")
        return read(value, _zone(info))

    return validate


def _writer(name: str) -> Callable[[Any, SerializationInfo], Any]:
    write = FORMATS[name].write

    def serialise(value: Any, info: SerializationInfo) -> Any:
        return write(value, _zone(info)) if isinstance(value, datetime) else value

    return serialise


UnixMs = Annotated[
    datetime | int | str,
    PlainValidator(_reader("unix-ms")),
    PlainSerializer(_writer("unix-ms"), when_used="json"),
    WithJsonSchema({"type": ["integer", "string"]}),
]
"""Milliseconds since 1970 as an aware time; the raw value where that is not a time."""

UnixS = Annotated[
    datetime | int | str,
    PlainValidator(_reader("unix-s")),
    PlainSerializer(_writer("unix-s"), when_used="json"),
    WithJsonSchema({"type": ["integer", "string"]}),
]
"""Seconds since 1970 as an aware time; the raw value where that is not a time."""

Rfc3339 = Annotated[
    datetime | str,
    PlainValidator(_reader("rfc3339")),
    PlainSerializer(_writer("rfc3339"), when_used="json"),
    WithJsonSchema({"type": "string"}),
]
"""An RFC 3339 time; the raw text where that is not a time."""

JavaMediumUs = Annotated[
    datetime | str,
    PlainValidator(_reader("java-medium-us")),
    PlainSerializer(_writer("java-medium-us"), when_used="json"),
    WithJsonSchema({"type": "string"}),
]
"""``Sep 28, 2018 6:44:56 PM`` as a time, aware when the client knows the time zone; else the raw text."""

Jdbc = Annotated[
    datetime | str,
    PlainValidator(_reader("jdbc")),
    PlainSerializer(_writer("jdbc"), when_used="json"),
    WithJsonSchema({"type": "string"}),
]
"""``2012-07-06 18:19:09.0`` as a time, aware when the client knows the time zone; else the raw text."""


def _read_date(value: Any) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise ValueError("a date should be a text")
    try:
        # fromisoformat takes other ISO forms too, which would not survive a round trip.
        return date.fromisoformat(value) if len(value) == 10 and value[4] == value[7] == "-" else value
    except ValueError:
        return value


Date = Annotated[
    date | str,
    PlainValidator(_read_date),
    PlainSerializer(lambda value: str(value), when_used="json"),
    WithJsonSchema({"type": "string"}),
]
"""A date; the raw text where that is none."""


def _read_bytes(value: Any, info: ValidationInfo) -> bytes | str:
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    if not isinstance(value, str):
        raise ValueError("should be bytes or a text")
    context: dict[str, Any] | None = info.context
    if context and context.get("parts"):
        return value  # a part of a form is sent as it is
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        raise ValueError("bytes should be valid base64") from None


def _write_bytes(value: bytes | str) -> str:
    return value if isinstance(value, str) else base64.b64encode(value).decode("ascii")


Bytes = Annotated[
    bytes,
    PlainValidator(_read_bytes),
    PlainSerializer(_write_bytes, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "contentEncoding": "base64"}),
]
"""Bytes, in base64 on the wire."""
