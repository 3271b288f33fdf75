"""The base class of generated models, and typed readers for properties that hold JSON in a string."""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any, TypeVar, cast

import pydantic_core
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from .errors import DecodeError
from .pointers import join

__all__ = ["Model", "read_as", "read_text"]

T = TypeVar("T")


class Model(BaseModel):
    """Base of all generated models: tolerant of growth, strict about types.

    Unknown properties are kept. Constructors take Python names; answers are read by wire names only.
    """

    model_config = ConfigDict(
        extra="allow",
        strict=True,
        validate_by_alias=True,
        validate_by_name=True,
        serialize_by_alias=True,
        defer_build=True,
        protected_namespaces=(),
        allow_inf_nan=False,
    )


@cache
def adapter_of(module: str, name: str) -> TypeAdapter[Any]:
    """The validator of a model; its module is imported on first use.

    Args:
        module: Module of the models.
        name: Name of the model.

    Returns:
        The adapter, made once.
    """
    return TypeAdapter(getattr(importlib.import_module(module), name))


@cache
def _adapter_for(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def wire_name(model: BaseModel, name: str) -> str:
    """The name under which a property is sent.

    Args:
        model: The model.
        name: The property's Python name.

    Returns:
        Its wire name.
    """
    info = type(model).model_fields.get(name)
    return (info.serialization_alias or info.alias or name) if info is not None else name


def read_as(model: BaseModel, name: str, kind: type[T]) -> T:
    """Read a property of several shapes as one of them.

    A text that holds JSON is read as that JSON, unless a text is what was asked for.

    Args:
        model: The model that has the property.
        name: The property's Python name.
        kind: The type wanted: a model, or a type like ``list[str]``.

    Returns:
        The property as that type.

    Raises:
        DecodeError: the property is missing, or is of another shape.
    """
    pointer = join("", wire_name(model, name))
    return read_value(getattr(model, name, None), kind, f"{type(model).__name__}.{name}", pointer)


def read_value(value: Any, kind: type[T], what: str, pointer: str) -> T:
    """Read a value of several shapes as one of them, as `read_as` does.

    Args:
        value: The value.
        kind: The type wanted.
        what: What to call the value in errors.
        pointer: Where it is.

    Returns:
        The value as that type.

    Raises:
        DecodeError: there is no value, or it is of another shape.
    """
    wanted: Any = kind  # also a type like list[str], which is not a class
    if isinstance(wanted, type) and isinstance(value, kind):
        return value
    shape = getattr(kind, "__name__", str(kind))
    if value is None:
        raise DecodeError(f"{what} is not there to be read as {shape}", pointer=pointer)
    problem = ""
    try:
        text = value if isinstance(value, (str, bytes)) else pydantic_core.to_json(value, by_alias=True)
        adapter = _adapter_for(wanted)
        return cast("T", adapter.validate_json(text, strict=True, by_alias=True, by_name=False))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        problem = str(first["msg"])[:200]
    # Raised here and not above: a validation error in the chain would carry the payload.
    raise DecodeError(f"{what} is not of type {shape}: {problem}", pointer=pointer)


def read_text(model: BaseModel, name: str) -> str | None:
    """Read a property of several shapes as plain text.

    Args:
        model: The model that has the property.
        name: The property's Python name.

    Returns:
        The text, or None where the property holds something else.
    """
    value = getattr(model, name, None)
    return value if isinstance(value, str) else None
