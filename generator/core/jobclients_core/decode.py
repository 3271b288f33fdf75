"""Decodes the body of a response: strict JSON into the model, with an error that shows the place.

JSON is read twice: once by the standard library, which tells duplicate keys, NaN and numbers out of range, and once
by the model's own validator, which is the only one that knows enums and nested JSON in JSON mode. Both are fast.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from datetime import tzinfo
from typing import Any

from pydantic import TypeAdapter, ValidationError

from .errors import DecodeError
from .expressions import ABSENT, child
from .hiding import redact
from .media_types import essence, is_json
from .pointers import join
from .printing import clean, one_line

EXCERPT = 200
MAX_PROBLEM_BODY = 16_384

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_ESCAPES = re.compile(
    rb"(\\[^u]|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)


class UnreadableError(Exception):
    """Why a body is not acceptable JSON; becomes a `DecodeError` with the response's facts."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UnreadableError("an object has the same key twice")
    return found


def _constant(name: str) -> Any:
    raise UnreadableError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise UnreadableError("a number is out of range")
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_constant, parse_float=_finite)


def parse_json(content: bytes) -> Any:
    """Parse JSON as the standard has it, in UTF-8 and nothing else.

    Returns:
        The value.

    Raises:
        UnreadableError: it is not JSON, or ambiguous JSON.
    """
    if not content.strip():
        raise UnreadableError("the body is empty")
    reason = ""
    try:
        value = _DECODER.decode(content.decode("utf-8"))
        if _SURROGATE.search(content):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        return value
    except UnicodeEncodeError:
        reason = "a text contains half of a character"
    except UnicodeDecodeError as error:
        reason = f"the body is not UTF-8 (byte {error.start})"
    except RecursionError:
        reason = "the body is nested too deeply"
    except json.JSONDecodeError as error:
        reason = f"the body is not JSON: {error.msg} (line {error.lineno}, column {error.colno})"
    except ValueError:
        reason = "a number has too many digits"
    # Raised outside of the handlers: those errors carry the whole body along.
    raise UnreadableError(reason)


def whole_characters(content: bytes) -> bytes:
    """JSON in which each escape of half a character is one of the replacement character.

    Returns:
        Them, so that what else they say can be read.
    """
    if not _SURROGATE.search(content):
        return content
    return _ESCAPES.sub(lambda found: found[1] or rb"\ufffd", content)


def excerpt(content: bytes, secrets: Iterable[str], keys: tuple[str, ...] = ()) -> str:
    """The first bytes of a body, fit for an error message.

    Args:
        content: The body.
        secrets: Known secrets.
        keys: Keys of JSON whose texts are secret.

    Returns:
        Printable text of bounded length.
    """
    # A secret may begin inside of the excerpt and end outside: redact first, cut then.
    text = redact(content[:MAX_PROBLEM_BODY], secrets, keys)[:EXCERPT].decode("utf-8", "replace")
    return one_line(text)


def media_matches(content_type: str | None, accepted: tuple[str, ...]) -> bool:
    """Whether a response's content type is one that was documented (or JSON, where none is named).

    Args:
        content_type: As it was sent, or None.
        accepted: Documented media types; empty for any JSON.

    Returns:
        True when the body may be read as documented.
    """
    if content_type is None:
        return False
    if is_json(content_type):
        return not accepted or any(is_json(item) or "*" in item for item in accepted)
    return any(essence(content_type) == essence(item) for item in accepted)


def decode_model(adapter: TypeAdapter[Any], content: bytes, parsed: Any, zone: tzinfo | None) -> Any:
    """Validate a body that was parsed already.

    Args:
        adapter: The type's validator.
        content: The body.
        parsed: The same, parsed.
        zone: The caller's time zone, for times without one.

    Returns:
        The typed value.

    Raises:
        DecodeError: it does not fit; only message, pointer and ``readable`` are filled in.
    """
    try:
        return adapter.validate_json(content, strict=True, by_alias=True, by_name=False, context={"timezone": zone})
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
        located = [(json_pointer(parsed, item["loc"], missing=item["type"] == "missing"), item) for item in found]
        pointer, worst = max(located, key=lambda entry: entry[0].count("/"))
        problem = DecodeError(clean(str(worst["msg"]), 200), pointer=pointer, readable=True)
    except RecursionError:
        problem = DecodeError("the body is nested too deeply", readable=True)
    # Raised outside of the handler: a validation error in the chain would show the body.
    raise problem


def json_pointer(document: Any, loc: tuple[int | str, ...], *, missing: bool = False) -> str:
    """The JSON pointer of a validation error's location.

    Locations also name types and union branches; those that the document lacks are skipped.

    Args:
        document: The parsed JSON.
        loc: The location.
        missing: Whether the error is about a key that is not there, which then ends the pointer.

    Returns:
        The pointer.
    """
    parts: list[str | int] = []
    value = document
    for index, part in enumerate(loc):
        inside = child(value, part)
        if inside is not ABSENT:
            value = inside
        elif not missing or index < len(loc) - 1:
            continue
        parts.append(part)
    return join("", *parts)
