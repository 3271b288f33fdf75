"""Serializes parameters by their OpenAPI `style`, with a library for RFC 6570."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import quote, unquote

import uritemplate

from jobclients_contract.schema_model.values import Json

_DEFAULTS: Final = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}
_DELIMITERS: Final = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}
# `allowReserved` is RFC 6570's {+value}, but for these: a fragment would begin, or the next pair, a form reads a blank,
# and a value is never taken for one that is encoded already. In a path, the segment or the path would end as well.
_NEVER: Final = "#&+%"
_NEVER_IN_PATHS: Final = f"{_NEVER}/?"


@dataclass(frozen=True, slots=True)
class Style:
    """How a parameter is written.

    Args:
        location: ``path``, ``query``, ``header`` or ``cookie``.
        name: as it travels.
        style: OpenAPI's style.
        explode: OpenAPI's explode.
        reserved: OpenAPI's allowReserved.
    """

    location: str
    name: str
    style: str
    explode: bool
    reserved: bool


def style_of(entry: Mapping[str, Json]) -> Style:
    """What a parameter's description says, and OpenAPI's defaults for the rest."""
    location = str(entry["in"])
    style = str(entry.get("style", _DEFAULTS[location]))
    explode = entry.get("explode", style in ("form", "deepObject")) is True
    return Style(location, str(entry["name"]), style, explode, entry.get("allowReserved") is True)


def text_of(value: Json) -> str:
    """A value as text: ``true``, ``1``, ``0.5``; null is an empty one."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def texts_of(value: Json) -> list[str]:
    """The texts that a value is made of: items, keys and values in turn, or itself."""
    if isinstance(value, dict):
        return [text for key, item in value.items() for text in (key, text_of(item))]
    return [text_of(item) for item in value] if isinstance(value, list) else [text_of(value)]


def pieces(parameter: Style, value: Json) -> list[str]:
    """The ``name=value`` pieces of a query or of cookies; none for an empty list or object, which RFC 6570 leaves out.

    Args:
        parameter: the parameter.
        value: what was given.
    """
    name = _expanded("{value}", parameter.name)
    if value in ([], {}):
        return []
    if isinstance(value, dict) and parameter.style == "deepObject":
        return [f"{name}%5B{_expanded('{value}', key)}%5D={_one(parameter, text_of(value[key]))}" for key in value]
    if isinstance(value, dict) and parameter.explode:
        return [f"{_expanded('{value}', key)}={_one(parameter, text_of(value[key]))}" for key in value]
    texts = [_one(parameter, text) for text in texts_of(value)]
    if isinstance(value, list) and parameter.explode:
        return [f"{name}={text}" for text in texts]
    return [f"{name}={_DELIMITERS.get(parameter.style, ',').join(texts)}"]


def header(parameter: Style, value: Json) -> str:
    """The value of a header field, in which nothing is encoded."""
    return unquote(_simple(parameter, value))


def path(template: str, given: Mapping[str, tuple[Style, Json]]) -> str:
    """The raw path.

    Args:
        template: the path of the operation.
        given: its parameters and their values by name.
    """
    filled = ""
    for literal in template.split("{"):
        name, brace, rest = literal.partition("}")
        known = given.get(name) if brace else None
        filled += (_simple(*known) if known else "") + encoded(rest if brace else name)
    return filled


def encoded(literal: str, keep: str = "") -> str:
    """A literal part of a template, fit for a URL, with further characters kept."""
    return quote(literal, safe=f"/:@!$&'()*+,;=~%{keep}")


def _simple(parameter: Style, value: Json) -> str:
    if parameter.reserved:
        texts = [_one(parameter, text) for text in texts_of(value)]
        pairs = [f"{key}={text}" for key, text in zip(texts[::2], texts[1::2], strict=False)]
        return ",".join(pairs if isinstance(value, dict) and parameter.explode else texts)
    # Pairs, which its types do not know, and not a mapping, whose keys it would sort.
    given: object = (
        [(key, text_of(item)) for key, item in value.items()] if isinstance(value, dict) else texts_of(value)
    )
    return str(uritemplate.expand("{value*}" if parameter.explode else "{value}", value=cast("list[str]", given)))


def _one(parameter: Style, text: str) -> str:
    if not parameter.reserved:
        return _expanded("{value}", text)
    never = _NEVER_IN_PATHS if parameter.location == "path" else _NEVER
    # One by one: the library leaves a text alone as a whole in which anything looks encoded.
    return "".join(_expanded("{value}" if char in never else "{+value}", char) for char in text)


def _expanded(template: str, text: str) -> str:
    return str(uritemplate.expand(template, value=text))
