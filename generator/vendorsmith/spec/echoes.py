"""Compares documented examples: whether a response repeats the value by which its job was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from jobclients_core.expressions import resolve

from vendorsmith.spec.check import entries
from vendorsmith.spec.source_map import JSON, Object


def examples_in(node: Object) -> list[JSON]:
    """The values of the `example` and the `examples` of a parameter or a media type."""
    named = (item["value"] for _, item in entries(node.get("examples")) if isinstance(item, dict) and "value" in item)
    return [*([node["example"]] if "example" in node else []), *named]


def agreements(asked: Sequence[JSON], bodies: Iterable[JSON], at: str, *, fold: bool = False) -> list[bool]:
    """Of each body with a value at a place: whether it is what was asked for.

    Args:
        asked: examples of the parameter; without any, nothing is proven.
        bodies: examples of the response.
        at: the place, as a JSON pointer.
        fold: whether letters in another case are the same.
    """
    wanted = {_text(value, fold=fold) for value in asked} - {None}
    shown = (_text(resolve(body, at), fold=fold) for body in bodies)
    return [value in wanted for value in shown if value is not None] if wanted else []


def _text(value: object, *, fold: bool) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).casefold() if fold else str(value)
