"""Type guards: `isinstance` tests of values of unknown type, in the form that type checkers follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether parsed JSON is an object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[Any]]:
    """Whether parsed JSON is an array."""
    return isinstance(value, list)


def is_mapping(value: object) -> TypeGuard[Mapping[Any, Any]]:
    """Whether an argument is a mapping."""
    return isinstance(value, Mapping)


def is_sequence(value: object) -> TypeGuard[Sequence[Any]]:
    """Whether an argument is a list or tuple or the like; texts and bytes are not meant."""
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray))


def is_tuple(value: object) -> TypeGuard[tuple[Any, ...]]:
    """Whether an argument is a tuple."""
    return isinstance(value, tuple)


def is_text(value: object) -> TypeGuard[str]:
    """Whether an argument, whatever its annotation promises, is a string."""
    return isinstance(value, str)


def json_type(value: Any) -> str:
    """The JSON Schema type of a value.

    Args:
        value: Parsed JSON.

    Returns:
        The type's name; ``integer`` for a whole number.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "integer" if isinstance(value, int) else "number"
    if isinstance(value, str):
        return "string"
    return "array" if is_array(value) else "object"
