"""Reduces a response to what a recording may keep: an allow-list of status, header fields and values.

- The status.
- Of header fields: the media type with its character set, `Retry-After`, `Sunset` and `Deprecation` where they have the
  form of RFC 9110, 8594 and 9745; and the names of documented header fields, with a mask for the value.
- Of a body in JSON, at documented places: keys, numbers, true, false, null, and texts of a documented form. That is a
  word (`WORD`) where an enumeration is documented, or at the places of this operation's responses that `x-jobs`,
  `x-errors` and `x-envelope` compare; a time or a date; the value that a job's field reads out of a sentence, with the
  pattern's own words around it; and JSON in a text, of which the same holds. For a schema's pattern, another text that
  matches if this one does. Every other text is a mask.
- Of what is not documented: its key, if it looks like the name of a property (`KEY`), and its JSON type; of objects
  what `x-jobs`, `x-errors` and `x-envelope` compare in them. Keys of maps are masks.
- Of any other body: that there was one.
- Of the path of a request to an unknown operation: the segments that documented paths have.
- Of the exception of a call: its class, the status, an error's code if it is a word, the documented steps of a pointer,
  and the media type.

`Scrubber` then looks for secrets in what is left.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final
from urllib.parse import unquote_plus

from jobclients_contract.live.compared import Compared, Place, compared, step
from jobclients_contract.live.lossless import DuplicateKeyError, TooDeepError, json_inside, read_json
from jobclients_contract.live.patterns import KEY, MASK, WORD
from jobclients_contract.live.texts import examples_in, is_timestamp, matching_alike, what_is_read
from jobclients_contract.schema_model.document import Document, Operation, objects
from jobclients_contract.schema_model.shapes import Part, Shape
from jobclients_contract.schema_model.values import Json

RESPONSE_HEADERS: Final = ("content-type", "deprecation", "retry-after", "sunset")
"""Header fields whose values are kept."""

HEADER_NAME: Final = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]{1,100}")

_DIGITS: Final = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MEDIA_TYPE: Final = re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,60}", re.IGNORECASE)
_CHARSET: Final = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9._-]{1,40})", re.IGNORECASE)


class Allowed:
    """Knows what is listed of the responses of a vendor.

    Args:
        document: what is documented.
        logins: the paths of the operations that exchange credentials, which another vendor may document.
    """

    def __init__(self, document: Document, logins: Iterable[str] = ()) -> None:
        self._document = document
        self._schemas = document.schemas
        self._examples = tuple(dict.fromkeys(examples_in(document.data)))
        self._compared: dict[tuple[str, bool], Compared] = {}
        paths = (*objects(document.data.get("paths")), *logins)
        self._segments = frozenset(part for path in paths for part in path.split("/") if "{" not in part)

    def headers(self, operation: Operation | None, headers: Iterable[tuple[str, str]]) -> dict[str, str]:
        """The header fields that are listed.

        Args:
            operation: what was called; None for an exchange of credentials.
            headers: names and values.
        """
        documented = {name.lower() for one in operation.responses for name in one.headers} if operation else set[str]()
        named = [(name.lower(), value) for name, value in sorted(headers)]
        masked = {name: MASK for name, _ in named if name in documented and HEADER_NAME.fullmatch(name)}
        return masked | {name: _VALUES[name](text) for name, text in named if name in _VALUES}

    def body(self, operation: Operation | None, status: int, content: bytes) -> bytes:
        """A body with what is listed of it.

        Args:
            operation: what was called; None for an exchange of credentials, of which every text will be masked.
            status: HTTP status code.
            content: the body.

        Returns:
            JSON; of what is not JSON a text that stands for it, and what is not text at all as it is.
        """
        try:
            text = content.decode("utf-8")
            value = read_json(text) if text else None
        except DuplicateKeyError:
            return b'{"": 0, "": 0}'
        except (UnicodeDecodeError, TooDeepError):
            return content
        except ValueError:
            return content if b"\0" in content else MASK.encode()
        if not text:
            return b""
        if operation is None:
            return json.dumps(_named(value)).encode()
        return json.dumps(self._value(value, _parts(operation, status), self._looks(operation, status), ())).encode()

    def target(self, operation: Operation | None, target: str) -> str:
        """A request target with what is listed: the values of documented parameters, and segments of documented paths.

        Args:
            operation: what was called; None for an exchange of credentials, or an address that a response named.
            target: path and query.
        """
        path, mark, query = target.partition("?")
        if operation is None:
            path = "/".join(part if part in self._segments else MASK for part in path.split("/"))
        known = {one.wire for one in operation.parameters if one.location == "query"} if operation else set[str]()
        pairs = [pair.partition("=") for pair in query.split("&")]
        kept = (f"{name}{equals}{value if unquote_plus(name) in known else MASK}" for name, equals, value in pairs)
        return f"{path}?{'&'.join(kept)}" if mark else path

    def _looks(self, operation: Operation, status: int) -> Compared:
        """What is compared in a response."""
        kind = operation.id, 200 <= status < 300
        if kind not in self._compared:
            self._compared[kind] = compared(self._document, operation, success=kind[1])
        return self._compared[kind]

    def _value(self, value: Json, parts: Iterable[Part], looks: Compared, at: Place) -> Json:
        shapes = [shape for part in parts for shape in self._shapes(part)]
        if not shapes:
            return _typed(value, looks, at)
        if isinstance(value, dict):
            return self._object(value, shapes, looks, at)
        if isinstance(value, list):
            items = [shape.items for shape in shapes if shape.items is not None]
            inside = (*at, "*")
            return [self._value(item, items, looks, inside) for item in value] if items else _typed(value, looks, at)
        return self._text(value, shapes, looks, at) if isinstance(value, str) else value

    def _object(self, value: dict[str, Json], shapes: list[Shape], looks: Compared, at: Place) -> Json:
        found: dict[str, Json] = {}
        described = any(shape.properties for shape in shapes)
        maps = [shape.values for shape in shapes if shape.values is not None]
        for key, item in value.items():
            names = [(shape, shape.aliases.get(key, key)) for shape in shapes]
            parts = [shape.properties[name] for shape, name in names if name in shape.properties]
            inside = (*at, step(key))
            if parts:
                found[key] = self._value(item, parts, looks, inside)
            elif maps:
                found[f"{MASK}-{len(found)}"] = self._value(item, maps, looks, inside)
            elif described:
                found[_name(key, len(found))] = _typed(item, looks, inside)
        return found

    def _text(self, value: str, shapes: list[Shape], looks: Compared, at: Place) -> str:
        contents = [shape.content for shape in shapes if shape.content is not None]
        inside = json_inside(value) if contents else None
        if inside is not None:
            return json.dumps(self._value(inside, contents, looks, at))
        word = at in looks.words and WORD.fullmatch(value) is not None
        if not value.strip() or word or any(_has_form(value, shape) for shape in shapes):
            return value
        left = what_is_read(value, looks.rules_by_place.get(at, ()))
        if left != MASK:
            return left
        patterns = [str(shape.bounds["pattern"]) for shape in shapes if "pattern" in shape.bounds]
        if patterns:
            return matching_alike(value, patterns, self._examples)
        numeric = any({"integer", "number"} & set(shape.types) for shape in shapes)
        return re.sub("[0-9]", "0", value) if numeric and _DIGITS.fullmatch(value) else MASK

    def _shapes(self, part: Part) -> tuple[Shape, ...]:
        try:
            return self._schemas.shapes(part)
        except RecursionError:
            return ()


def _parts(operation: Operation, status: int) -> list[Part]:
    """The schemas of a body: of the documented status, or else of those that mean the same, yes or no."""
    documented = operation.response(status)
    if documented is not None:
        return [documented.content.part] if documented.content.media_type else []
    success = 200 <= status < 300
    return [one.content.part for one in operation.responses if one.content.media_type and one.success is success]


def _name(key: str, number: int) -> str:
    """An undocumented key as it may be kept."""
    return key if KEY.fullmatch(key) else f"{MASK}-{number}"


def _named(value: Json) -> Json:
    """A value of which nothing is documented here, with the keys that may be kept."""
    if isinstance(value, dict):
        return {_name(key, number): _named(item) for number, (key, item) in enumerate(value.items())}
    return [_named(item) for item in value] if isinstance(value, list) else value


def _typed(value: Json, looks: Compared, at: Place) -> Json:
    """What stands for a value that is not documented: its type, and what is compared in it nonetheless.

    Of a list only the types of its elements.
    """
    if isinstance(value, dict):
        inside = {key: (*at, step(key)) for key in value}
        led_to = {place[: len(at) + 1] for place in looks.words}
        return {key: _typed(item, looks, inside[key]) for key, item in value.items() if inside[key] in led_to}
    if isinstance(value, list):
        items = ([] if isinstance(one, list) else _typed(one, looks, (*at, "*")) for one in value)
        return list({json.dumps(one): one for one in items}.values())
    if isinstance(value, str):
        return value if not value.strip() or (at in looks.words and WORD.fullmatch(value)) else MASK
    return value if value is None or isinstance(value, bool) or at in looks.words else type(value)(0)


def _has_form(text: str, shape: Shape) -> bool:
    if shape.enum_values is not None:
        return WORD.fullmatch(text) is not None
    if shape.time:
        return is_timestamp(shape.time, text)
    return shape.bounds.get("format") == "date" and _DATE.fullmatch(text) is not None


def media_type(text: str) -> str:
    """A media type with its character set; a mask for anything else.

    Args:
        text: value of a Content-Type field.
    """
    name, charset = text.partition(";")[0].strip(), _CHARSET.search(text)
    if not _MEDIA_TYPE.fullmatch(name):
        return MASK
    return name if charset is None else f"{name}; charset={charset[1]}"


def _date(text: str) -> str:
    """A date of HTTP, seconds since 1970, a number of seconds, or a truth value."""
    if re.fullmatch(r"@?[0-9]{1,11}|true", text.strip(), re.IGNORECASE):
        return text.strip()
    try:
        timestamp = parsedate_to_datetime(text)
        aware = timestamp if timestamp.tzinfo is not None else timestamp.replace(tzinfo=UTC)
        return format_datetime(aware.astimezone(UTC), usegmt=True)
    except (ValueError, TypeError, OverflowError, IndexError):
        return MASK


_VALUES: Final[Mapping[str, Callable[[str], str]]] = {
    "content-type": media_type,
    "deprecation": _date,
    "retry-after": _date,
    "sunset": _date,
}
