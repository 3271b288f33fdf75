"""Calls the methods of clients with JSON values, by their annotations."""

from __future__ import annotations

import importlib
import json
import ssl
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, get_type_hints

from pydantic import TypeAdapter

from jobclients_contract.schema_model.values import Json


@cache
def certificates() -> ssl.SSLContext:
    """The certificates of this machine."""
    # Reading the certificates takes longer than most checks; nothing here speaks TLS unless a check says so itself.
    return ssl.create_default_context()


@cache
def hints_of(kind: type, method: str) -> dict[str, Any]:
    """What the arguments and the result of a client's method are said to be."""
    client = importlib.import_module(kind.__module__)
    # Clients import their models for type checkers only.
    models = importlib.import_module(f"{kind.__module__.rpartition('.')[0]}.models")
    return get_type_hints(getattr(kind, method), vars(client) | {"models": models})


def typed(hint: Any, schema: Json, value: Json) -> Any:
    """A JSON value as the type that a caller passes.

    Args:
        hint: annotation of the argument; None for "as it is".
        schema: JSON Schema of the argument, for the format of times.
        value: the value.
    """
    form = schema.get("x-time-format") if isinstance(schema, dict) else None
    if form in ("unix-ms", "unix-s") and isinstance(value, int):
        seconds = timedelta(milliseconds=value) if form == "unix-ms" else timedelta(seconds=value)
        return datetime(1970, 1, 1, tzinfo=UTC) + seconds
    if hint is None or isinstance(value, str | int | float | None):
        return value
    return adapter(hint).validate_json(json.dumps(value))


@cache
def adapter(hint: Any) -> TypeAdapter[Any]:
    """What reads and writes values of a type; making one takes longer than a call."""
    return TypeAdapter[Any](hint)
