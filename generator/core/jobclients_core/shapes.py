"""Tests of what a value of unknown type is, in a form that type checkers follow."""

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
