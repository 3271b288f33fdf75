"""Serializes requests by OpenAPI's rules for parameters and bodies, for test cases.

This is the encoder of the expected requests. It shares nothing with the encoder of the clients, so that a mistake of
either shows as a difference.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote, urlencode

from jobclients_contract.schema_model import styles
from jobclients_contract.schema_model.styles import Style
from jobclients_contract.schema_model.values import Json

_FORM: Final = "application/x-www-form-urlencoded"

Given = Sequence[tuple[Style, Json]]
"""The parameters of a call with their values, in the order of the call."""


def target(template: str, given: Given, credentials: Sequence[tuple[str, str]] = ()) -> str:
    """The raw request target.

    Args:
        template: path of the operation, with that of the base URL before it.
        given: the parameters; those of other places are passed over.
        credentials: pairs that credentials add to the query.
    """
    path = styles.path(template, {style.name: (style, value) for style, value in given if style.location == "path"})
    query = [
        *_pieces(given, "query"),
        *(f"{quote(name, safe='')}={quote(text, safe='')}" for name, text in credentials),
    ]
    return f"{path}?{'&'.join(query)}" if query else path


def headers(given: Given) -> dict[str, str]:
    """The header fields, that of cookies among them."""
    found = {style.name: styles.header(style, value) for style, value in given if style.location == "header"}
    cookies = "; ".join(_pieces(given, "cookie"))
    return found | {"Cookie": cookies} if cookies else found


def _pieces(given: Given, location: str) -> list[str]:
    return [piece for style, value in given if style.location == location for piece in styles.pieces(style, value)]


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
