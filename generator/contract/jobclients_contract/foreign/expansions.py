"""What a value has to look like on the wire, as the library for RFC 6570 writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast
from urllib.parse import quote, unquote

import uritemplate

from jobclients_contract.foreign.parameters import Parameter, text_of, texts_of
from jobclients_contract.foreign.shapes import is_list, is_object
from jobclients_contract.reading.values import Json

_DELIMITERS: Final = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}
# `allowReserved` is RFC 6570's {+value}, but for these: a fragment would begin, or the next pair, a form reads a blank,
# and a value is never taken for one that is encoded already. In a path, the segment or the path would end as well.
_NEVER: Final = "#&+%"
_NEVER_IN_PATHS: Final = f"{_NEVER}/?"


def pieces(parameter: Parameter, value: Json) -> list[str]:
    """The ``name=value`` pieces of a query or of cookies; none for an empty list or object, which RFC 6570 leaves out.

    Args:
        parameter: the parameter.
        value: what was given.
    """
    name = _expanded("{value}", parameter.name)
    if value in ([], {}):
        return []
    if is_object(value) and parameter.style == "deepObject":
        return [f"{name}%5B{_expanded('{value}', key)}%5D={_one(parameter, text_of(value[key]))}" for key in value]
    if is_object(value) and parameter.explode:
        return [f"{_expanded('{value}', key)}={_one(parameter, text_of(value[key]))}" for key in value]
    texts = [_one(parameter, text) for text in texts_of(value)]
    if is_list(value) and parameter.explode:
        return [f"{name}={text}" for text in texts]
    return [f"{name}={_DELIMITERS.get(parameter.style, ',').join(texts)}"]


def header(parameter: Parameter, value: Json) -> str:
    """The value of a header field, in which nothing is encoded."""
    return unquote(_simple(parameter, value))


def path(template: str, given: Mapping[str, tuple[Parameter, Json]]) -> str:
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


def _simple(parameter: Parameter, value: Json) -> str:
    if parameter.reserved:
        texts = [_one(parameter, text) for text in texts_of(value)]
        pairs = [f"{key}={text}" for key, text in zip(texts[::2], texts[1::2], strict=False)]
        return ",".join(pairs if is_object(value) and parameter.explode else texts)
    # Pairs, which its types do not know, and not a mapping, whose keys it would sort.
    given: object = [(key, text_of(item)) for key, item in value.items()] if is_object(value) else texts_of(value)
    return str(uritemplate.expand("{value*}" if parameter.explode else "{value}", value=cast("list[str]", given)))


def _one(parameter: Parameter, text: str) -> str:
    if not parameter.reserved:
        return _expanded("{value}", text)
    never = _NEVER_IN_PATHS if parameter.location == "path" else _NEVER
    # One by one: the library leaves a text alone as a whole in which anything looks encoded.
    return "".join(_expanded("{value}" if char in never else "{+value}", char) for char in text)


def _expanded(template: str, text: str) -> str:
    return str(uritemplate.expand(template, value=text))
