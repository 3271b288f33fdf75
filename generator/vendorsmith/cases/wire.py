"""What calls look like on the wire, by OpenAPI's own rules: styles, explode, allowReserved, media types of bodies.

This is the encoder of the expected requests. It reads the document, writes with the library for RFC 6570, and shares
nothing with the encoder of the clients, so that a mistake of either shows as a difference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import quote, urlencode

import uritemplate
from jobclients_contract.reading.values import Json

_DEFAULT_STYLE: Final = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}
_DELIMITERS: Final = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}
# `allowReserved` is RFC 6570's {+value}, but for these: a fragment would begin, or the next pair, a form reads a blank,
# and a value is never taken for one that is encoded already. In a path, the segment or the path would end as well.
_NEVER: Final = "#&+%"
_NEVER_IN_PATHS: Final = f"{_NEVER}/?"
_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Style:
    """How a parameter is written: its location and name, and OpenAPI's style, explode and allowReserved."""

    location: str
    name: str
    style: str
    explode: bool
    reserved: bool

    @classmethod
    def of(cls, parameter: Mapping[str, Json]) -> Style:
        """What a parameter's description says, and OpenAPI's defaults for the rest."""
        location = str(parameter.get("in"))
        style = str(parameter.get("style", _DEFAULT_STYLE[location]))
        explode = parameter.get("explode", style in ("form", "deepObject")) is True
        return cls(location, str(parameter.get("name")), style, explode, parameter.get("allowReserved") is True)


Given = Sequence[tuple[Style, Json]]
"""The parameters of a call with their values, in the order of the call."""


def text_of(value: Json) -> str:
    """A single value as text: ``true``, ``1``, ``0.5``; null is no text at all."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def target(template: str, given: Given, credentials: Sequence[tuple[str, str]] = ()) -> str:
    """The raw request target.

    Args:
        template: path of the operation, with that of the base URL before it.
        given: the parameters; those of other places are passed over.
        credentials: pairs that credentials add to the query.
    """
    path = re.sub(r"\{([^{}]*)\}", lambda match: _in_path(_of(given, match[1])), _plain(template))
    pieces = [piece for style, value in given if style.location == "query" for piece in _in_query(style, value)]
    pieces += [f"{_percent(name)}={_percent(value)}" for name, value in credentials]
    return f"{path}?{'&'.join(pieces)}" if pieces else path


def header(style: Style, value: Json) -> str:
    """The value of a header field: style ``simple``, with nothing encoded."""
    return _simple(style, value, str)


def cookie(given: Given) -> str:
    """The value of the header field ``Cookie``; empty without cookies."""
    return "; ".join(piece for style, value in given if style.location == "cookie" for piece in _in_query(style, value))


def body(media_type: str, value: Json) -> Json:
    """A body as lines have it: JSON as it is, forms and texts as the text that is sent."""
    if media_type.partition(";")[0].strip() != _FORM or not isinstance(value, dict):
        return value
    pairs = [
        (key, item if isinstance(item, str) else "" if item is None else json.dumps(item, separators=(",", ":")))
        for key, entry in value.items()
        for item in (entry if isinstance(entry, list) else [entry])
    ]
    return urlencode(pairs)


def parts(value: Json) -> tuple[tuple[str, Json], ...]:
    """An object as form data: a part for each property, and for each element of one that is a list.

    OpenAPI has a text for a text or a number, and JSON, which says so, for an object.
    """
    entries = value.items() if isinstance(value, dict) else ()
    items = [(key, one) for key, item in entries for one in (item if isinstance(item, list) else [item])]
    return tuple((key, item if isinstance(item, dict | list | str) else json.dumps(item)) for key, item in items)


def _of(given: Given, name: str) -> tuple[Style, Json]:
    return next((style, value) for style, value in given if style.location == "path" and style.name == name)


def _plain(template: str) -> str:
    """A template whose literal parts are fit for a URL."""
    pieces = re.split(r"(\{[^{}]*\})", template)
    return "".join(piece if piece.startswith("{") else quote(piece, safe="/:@!$&'()*+,;=~%") for piece in pieces)


def _percent(text: str, *, reserved: bool = False) -> str:
    return _reserved(text, _NEVER) if reserved else str(uritemplate.expand("{value}", value=text))


def _reserved(text: str, never: str) -> str:
    """A text with its reserved characters left alone, but for those that never are."""
    # One by one: the library leaves a text alone as a whole in which anything looks encoded.
    return "".join(str(uritemplate.expand("{value}" if c in never else "{+value}", value=c)) for c in text)


def _texts(value: Json) -> str | list[str]:
    """A value as the library takes it."""
    if isinstance(value, list):
        return [text_of(item) for item in value]
    if isinstance(value, dict):
        # Pairs, which its types do not know, and not a mapping, whose keys it would sort.
        return cast("list[str]", [(key, text_of(item)) for key, item in value.items()])
    return text_of(value)


def _in_path(entry: tuple[Style, Json]) -> str:
    style, value = entry
    if style.reserved:
        return _simple(style, value, lambda text: _reserved(text, _NEVER_IN_PATHS))
    return str(uritemplate.expand("{value*}" if style.explode else "{value}", value=_texts(value)))


def _simple(style: Style, value: Json, write: Callable[[str], str]) -> str:
    if isinstance(value, dict):
        sign = "=" if style.explode else ","
        return ",".join(f"{write(key)}{sign}{write(text_of(item))}" for key, item in value.items())
    return ",".join(write(text_of(item)) for item in (value if isinstance(value, list) else [value]))


def _in_query(style: Style, value: Json) -> list[str]:
    """The pieces of a query that a parameter becomes; also those of a cookie."""
    name = _percent(style.name)
    if isinstance(value, dict) and style.style == "deepObject":
        return [
            f"{name}%5B{_percent(key)}%5D={_percent(text_of(item), reserved=style.reserved)}"
            for key, item in value.items()
        ]
    if style.reserved or (style.style in _DELIMITERS and not style.explode):
        return _by_hand(style, name, value)
    if isinstance(value, dict) and style.explode:
        return [f"{_percent(key)}={_percent(text_of(item))}" for key, item in value.items()]
    texts = _texts(value)
    # RFC 6570 takes names of letters only, so each piece is expanded under a name of ours.
    expanded = str(uritemplate.expand("{?value*}" if style.explode else "{?value}", value=texts))
    return [piece.replace("value", name, 1) for piece in expanded.removeprefix("?").split("&") if piece]


def _by_hand(style: Style, name: str, value: Json) -> list[str]:
    def write(text: str) -> str:
        return _percent(text, reserved=style.reserved)

    if isinstance(value, dict):
        flat = [text for key, item in value.items() for text in (key, text_of(item))]
        if style.explode:
            return [f"{_percent(key)}={write(text_of(item))}" for key, item in value.items()]
    elif isinstance(value, list):
        flat = [text_of(item) for item in value]
        if style.explode:
            return [f"{name}={write(text)}" for text in flat]
        if not flat:
            return []
    else:
        flat = [text_of(value)]
    return [f"{name}={_DELIMITERS.get(style.style, ',').join(map(write, flat))}"]
