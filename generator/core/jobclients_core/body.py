"""Bodies of requests: keyword arguments or one value, checked against the model, in the documented media type."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from enum import Enum
from typing import Any
from urllib.parse import quote_plus

import httpx2
import pydantic_core
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from .errors import InvalidArgument
from .expressions import ABSENT, child
from .media_types import BYTES, JSON, MULTIPART, essence, is_form, is_json
from .model import adapter_of, wire_name
from .operation import UNSET, Body, Operation, Vendor
from .pointers import join
from .shapes import is_array, is_mapping, is_object, is_sequence
from .types import HiddenText

MAX_DEPTH = 200


@dataclass(frozen=True, slots=True)
class EncodedBody:
    """A body as it is sent.

    Args:
        content: The bytes, or None for no body.
        media_type: What they are.
        secrets: Values that the model marks as secret.
    """

    content: bytes | None = field(default=None, repr=False)
    media_type: str | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)


class _UnfitError(Exception):
    """Why a body cannot be sent, and where in it."""

    def __init__(self, reason: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path


def _plain(value: Any, path: tuple[str | int, ...] = ()) -> Any:
    """Sequences as lists and mappings as dicts, without `UNSET`; NaN, which JSON lacks, is refused."""
    if value is None or (isinstance(value, (str, bool, int)) and not isinstance(value, Enum)):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise _UnfitError("should be a finite number", path)
        return value
    if len(path) > MAX_DEPTH:
        raise _UnfitError("is nested too deeply", path[:3])
    if isinstance(value, BaseModel):
        for name, item in value:
            _plain(item, (*path, name))
        return value
    if is_mapping(value):
        return {str(key): _plain(item, (*path, str(key))) for key, item in value.items() if item is not UNSET}
    if is_sequence(value):
        return [_plain(item, (*path, index)) for index, item in enumerate(value)]
    return value


def _checked(adapter: TypeAdapter[Any], value: Any, zone: tzinfo | None, *, parts: bool = False) -> Any:
    context = {"timezone": zone, "parts": parts}
    try:
        return adapter.validate_python(value, strict=True, by_alias=True, by_name=True, context=context)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
        first = max(found, key=lambda item: len(item["loc"]))
        unfit = _UnfitError(str(first["msg"])[:200], _walk(value, first["loc"]))
    raise unfit


def _walk(value: Any, loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """The part of a validation error's location that is a path in the value."""
    path: list[str | int] = []
    for index, part in enumerate(loc):
        inside = child(value, part)
        if inside is ABSENT:
            if index < len(loc) - 1 or not isinstance(value, dict):
                continue
        else:
            value = inside
        path.append(part)  # the last part may be a missing key
    return tuple(path)


def _dump(adapter: TypeAdapter[Any] | None, value: Any, zone: tzinfo | None) -> bytes:
    try:
        if adapter is None:
            return pydantic_core.to_json(value, by_alias=True)
        return adapter.dump_json(
            value,
            by_alias=True,
            exclude_unset=True,
            round_trip=True,
            warnings="error",
            context={"timezone": zone},
        )
    except (PydanticSerializationError, ValueError, TypeError):
        pass
    # Not raised above: the serialiser's error shows the value.
    raise _UnfitError("cannot be sent as JSON")


def _given(body: Body, arguments: Mapping[str, Any]) -> Any:
    """The body's value before it is checked, or `UNSET` where there is none."""
    if not body.fields:
        value = arguments.get(body.name, UNSET)
        return UNSET if value is None and not body.nullable else value
    properties: dict[str, Any] = {}
    for item in body.fields:
        value = arguments.get(item.name, UNSET)
        if value is UNSET or (value is None and not item.nullable):
            if item.required:
                raise _UnfitError("has to be given", (item.key,))
            continue
        properties[item.key] = value
    return properties if properties or body.required else UNSET


def encode_body(
    operation: Operation[Any],
    arguments: Mapping[str, Any],
    *,
    vendor: Vendor,
    known: set[str],
    zone: tzinfo | None,
) -> EncodedBody:
    """Encode the body of a call.

    Args:
        operation: The operation.
        arguments: All arguments of the call by Python name.
        vendor: Whose operation it is; tells where the models are.
        known: Names of arguments with a meaning; the body's are added.
        zone: The caller's time zone.

    Returns:
        The body; without content where there is none.

    Raises:
        InvalidArgument: an argument is missing or does not fit the model; it names the argument and the place.
    """
    body = operation.body
    if body is None:
        return EncodedBody()
    known.update(item.name for item in body.fields)
    if not body.fields:
        known.add(body.name)
    try:
        value = _given(body, arguments)
        if value is UNSET:
            if body.required:
                raise _UnfitError("has to be given")
            return EncodedBody()
        return _encode(body, value, vendor, zone)
    except _UnfitError as unfit:
        reason, path = unfit.reason, unfit.path
    except RecursionError:
        reason, path = "is nested too deeply", ()
    raise _refused(operation, body, reason, path)


def encode_json(value: Any, model: str | None, vendor: Vendor, zone: tzinfo | None) -> tuple[str, tuple[str, ...]]:
    """A value as JSON text, as a parameter takes it.

    Args:
        value: The value.
        model: Name of the model that it has to fit.
        vendor: Tells where the models are.
        zone: The caller's time zone.

    Returns:
        The text, and the values that the model marks as secret.

    Raises:
        InvalidArgument: the value does not fit the model.
    """
    try:
        encoded = _encode(Body(model), value, vendor, zone)
        return (encoded.content or b"").decode("utf-8"), encoded.secrets
    except _UnfitError as unfit:
        where = join("", *unfit.path)
        reason = f"at {where}: {unfit.reason}" if where else unfit.reason
    except RecursionError:
        reason = "is nested too deeply"
    raise InvalidArgument(reason)


def _refused(operation: Operation[Any], body: Body, reason: str, path: tuple[str | int, ...]) -> InvalidArgument:
    name = body.name
    if body.fields:
        spelled = {item.key: item.name for item in body.fields}
        name = spelled.get(str(path[0]), str(path[0])) if path else "body"
        where = join("", *path) if len(path) > 1 else ""
    else:
        where = join("", *path)
    text = f"{name}{' at ' + where if where else ''}: {reason}"
    return InvalidArgument(text, operation=operation.id, argument=name, pointer=join("", *path))


def _encode(body: Body, value: Any, vendor: Vendor, zone: tzinfo | None) -> EncodedBody:
    name = essence(body.media_type)
    if not is_form(name) and not is_json(name):
        return _unstructured(body, value)
    plain = _plain(value)
    adapter = adapter_of(vendor.models, body.model) if body.model else None
    if name == MULTIPART:
        return _multipart(adapter, plain, zone)
    if adapter is not None:
        plain = _checked(adapter, plain, zone)
    content = _dump(adapter, plain, zone)
    if not is_json(name):
        content = _form(json.loads(content))
    return EncodedBody(content, body.media_type, tuple(_hidden(plain)))


def _hidden(value: Any) -> Iterator[str]:
    """The texts in a checked body that its model marks as secret."""
    if isinstance(value, HiddenText):
        yield value
    elif isinstance(value, BaseModel):
        for _, item in value:
            yield from _hidden(item)
    elif is_object(value):
        for item in value.values():
            yield from _hidden(item)
    elif is_array(value):
        for item in value:
            yield from _hidden(item)


def _unstructured(body: Body, value: Any) -> EncodedBody:
    if isinstance(value, (bytes, bytearray)):
        return EncodedBody(bytes(value), body.media_type)
    if not isinstance(value, str):
        raise _UnfitError(f"should be bytes or a string, not {type(value).__name__}")
    try:
        return EncodedBody(value.encode("utf-8"), body.media_type)
    except UnicodeEncodeError:
        raise _UnfitError("contains half of a character") from None


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _form(value: Any) -> bytes:
    if not is_object(value):
        raise _UnfitError("should be an object")
    pieces: list[str] = []
    for key, item in value.items():
        for one in item if is_array(item) else [item]:
            text = "" if one is None else _text(one)
            pieces.append(f"{quote_plus(key)}={quote_plus(text)}")
    return "&".join(pieces).encode("ascii")


def _multipart(adapter: TypeAdapter[Any] | None, plain: Any, zone: tzinfo | None) -> EncodedBody:
    checked = plain if adapter is None else _checked(adapter, plain, zone, parts=True)
    boundary = os.urandom(16).hex()
    media_type = f"{MULTIPART}; boundary={boundary}"
    parts = [(key, _part(key, item)) for key, item in _parts(adapter, checked, zone)]
    # The HTTP library encodes the parts of a request that is never sent; without any it makes no multipart body.
    request = httpx2.Request("POST", "", headers={"Content-Type": media_type}, files=parts)
    content = request.read() if parts else f"--{boundary}--\r\n".encode("ascii")
    return EncodedBody(content, media_type, tuple(_hidden(checked)))


def _part(key: str, item: Any) -> tuple[str | None, bytes, str | None]:
    """File name, content and media type of one part, as OpenAPI has them for files, objects and other values."""
    if isinstance(item, (bytes, bytearray)):
        return key, bytes(item), BYTES
    try:
        return None, _text(item).encode("utf-8"), JSON if is_object(item) or is_array(item) else None
    except (TypeError, ValueError):
        pass
    raise _UnfitError("cannot be sent as form data", (key,))


def _parts(adapter: TypeAdapter[Any] | None, checked: Any, zone: tzinfo | None) -> Iterator[tuple[str, Any]]:
    """The properties of a checked body as they are sent: bytes, and what JSON makes of everything else.

    Each element of a list is a part of its own, as OpenAPI has it.
    """
    if isinstance(checked, BaseModel):
        written = json.loads(_dump(adapter, checked, zone))
        for name, item in checked:
            key = wire_name(checked, name)
            if key in written:
                yield from ((key, one) for one in _each(item, written[key]))
    elif is_object(checked):
        for key, item in checked.items():
            yield from ((str(key), one) for one in _each(item, item))
    else:
        raise _UnfitError("should be an object")


def _each(item: Any, written: Any) -> list[Any]:
    """The elements of a property, one where it is not a list: those that are bytes as they are, others as written."""
    pairs = zip(item, written, strict=True) if is_array(item) else [(item, written)]
    return [one if isinstance(one, bytes) else text for one, text in pairs]
