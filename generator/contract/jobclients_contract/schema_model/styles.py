"""What a value has to look like on the wire by OpenAPI's styles, as the library for RFC 6570 writes it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast
from urllib.parse import quote, unquote

import uritemplate

from jobclients_contract.schema_model.media_types import is_json
from jobclients_contract.schema_model.values import Json

_DEFAULTS: Final = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}
_DELIMITERS: Final = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}
# `allowReserved` is RFC 6570's {+value}, but for these, which OpenAPI tells whoever calls to encode: a fragment would
# begin, or the next pair, a form reads a blank, and no query holds brackets. In a path, the segment would end as well.
_NEVER: Final = "[]#&=+%"
_TRIPLE: Final = re.compile(r"(%[0-9A-Fa-f]{2})")
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
        json: whether the value is written as JSON text first.
    """

    location: str
    name: str
    style: str
    explode: bool
    reserved: bool
    json: bool = field(default=False, kw_only=True)


def style_of(entry: Mapping[str, Json]) -> Style:
    """What a parameter's description says, and OpenAPI's defaults for the rest."""
    location = str(entry["in"])
    style = str(entry.get("style", _DEFAULTS[location]))
    explode = entry.get("explode", style in ("form", "deepObject")) is True
    content = entry.get("content")
    as_json = any(map(is_json, content)) if isinstance(content, dict) else False
    return Style(location, str(entry["name"]), style, explode, entry.get("allowReserved") is True, json=as_json)


def as_written(parameter: Style, value: Json) -> Json:
    """A value as its style writes it: the JSON text of one that is sent as such."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if parameter.json else value


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
    value = as_written(parameter, value)
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
    return unquote(_simple(parameter, as_written(parameter, value)))


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
        filled += (_in_path(*known) if known else "") + encoded(rest if brace else name)
    return filled


def encoded(literal: str, keep: str = "") -> str:
    """A literal part of a template, fit for a URL, with further characters kept."""
    return quote(literal, safe=f"/:@!$&'()*+,;=~%{keep}")


_PREFIXED: Final = {"label": ".", "matrix": ";"}


def _in_path(parameter: Style, value: Json) -> str:
    """A value in a path: of the style ``label``, ``matrix`` or ``simple``."""
    value = as_written(parameter, value)
    prefix = _PREFIXED.get(parameter.style)
    if prefix is None:
        return _simple(parameter, value)
    given: object = text_of(value)
    if isinstance(value, dict):
        given = [(key, text_of(item)) for key, item in value.items()]
    elif isinstance(value, list):
        given = texts_of(value)
    template = f"{{{prefix}v{'*' if parameter.explode else ''}}}"
    written = str(uritemplate.expand(template, v=cast("list[str]", given)))
    if prefix == "." or (parameter.explode and isinstance(value, dict)):
        return written
    return re.sub(r";v(?=[=;]|$)", f";{_expanded('{value}', parameter.name)}", written)


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
    return "".join(
        piece if index % 2 else "".join(_expanded("{value}" if c in never else "{+value}", c) for c in piece)
        for index, piece in enumerate(_TRIPLE.split(text))
    )


def _expanded(template: str, text: str) -> str:
    return str(uritemplate.expand(template, value=text))
