"""What of a response is in a recording: what is listed here, and nothing else.

- The status.
- Of header fields: the media type with its character set, `Retry-After`, `Sunset` and `Deprecation` where they have the
  form of RFC 9110, 8594 and 9745; and the names of documented header fields, with a mask for the value.
- Of a body in JSON, at documented places: keys, numbers, true, false, null, and texts of a documented form. That is a
  word (`WORD`) where an enumeration is documented, or where jobs and errors are distinguished (the places that
  `x-jobs`, `x-errors` and `x-envelope` compare); a time or a date; a text where a pattern is documented; of a sentence
  what the pattern of a job's field matches; and JSON in a text, of which the same holds. Every other text is a mask.
- Of what is not documented: its key, unless that is prose, and its JSON type. Keys of maps are masks.
- Of any other body: that there was one.

`Scrubber` then looks for secrets in what is left.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final
from urllib.parse import unquote_plus

from jobclients_contract.live.lossless import DuplicateKeyError, TooDeepError, json_inside, read_json
from jobclients_contract.live.patterns import MASK, WORD
from jobclients_contract.schema_model.document import Document, Operation, listed, objects
from jobclients_contract.schema_model.shapes import Part, Shape
from jobclients_contract.schema_model.timestamps import read as read_moment
from jobclients_contract.schema_model.values import Json

RESPONSE_HEADERS: Final = ("content-type", "deprecation", "retry-after", "sunset")
"""Header fields whose values are kept."""

HEADER_NAME: Final = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]{1,100}")

_DIGITS: Final = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
_NUMBER: Final = re.compile(r"[0-9.]{1,20} ?%?")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MEDIA_TYPE: Final = re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,60}", re.IGNORECASE)
_CHARSET: Final = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9._-]{1,40})", re.IGNORECASE)
_LONGEST: Final = 200
_SENTENCE: Final = 2000

_DESCRIBING: Final = frozenset(("description", "summary", "message", "x-contradictions", "x-evidence"))
_COMPARING: Final = frozenset(("equals", "in", "not_in"))
_ASKING: Final = frozenset(("empty", "exists", "greater", "nonempty"))

Form = Callable[[str], str]
"""Gives the part of a text that is kept; an empty one for a text of another form."""


class Allowed:
    """Knows what is listed of the responses of a vendor.

    Args:
        document: what is documented.
    """

    def __init__(self, document: Document) -> None:
        self._schemas = document.schemas
        self._names = frozenset(_compared(document.data))
        self._forms = _forms(document.data)

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

    def body(self, operation: Operation, status: int, content: bytes) -> bytes:
        """A body with what is listed of it.

        Args:
            operation: what was called.
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
        return json.dumps(self._value(value, _parts(operation, status), "")).encode() if text else b""

    def target(self, operation: Operation | None, target: str) -> str:
        """A request target with the values of the parameters that are listed: the documented ones.

        Args:
            operation: what was called; None for an exchange of credentials.
            target: path and query.
        """
        path, mark, query = target.partition("?")
        known = {one.wire for one in operation.parameters if one.location == "query"} if operation else set[str]()
        pairs = [pair.partition("=") for pair in query.split("&")]
        kept = (f"{name}{equals}{value if unquote_plus(name) in known else MASK}" for name, equals, value in pairs)
        return f"{path}?{'&'.join(kept)}" if mark else path

    def _value(self, value: Json, parts: Iterable[Part], name: str) -> Json:
        shapes = [shape for part in parts for shape in self._shapes(part)]
        if not shapes:
            return _typed(value)
        if isinstance(value, dict):
            return self._object(value, shapes)
        if isinstance(value, list):
            items = [shape.items for shape in shapes if shape.items is not None]
            return [self._value(item, items, name) for item in value] if items else _typed(value)
        return self._text(value, shapes, name) if isinstance(value, str) else value

    def _object(self, value: dict[str, Json], shapes: list[Shape]) -> Json:
        found: dict[str, Json] = {}
        described = any(shape.properties for shape in shapes)
        maps = [shape.values for shape in shapes if shape.values is not None]
        for key, item in value.items():
            names = [(shape, shape.aliases.get(key, key)) for shape in shapes]
            parts = [shape.properties[name] for shape, name in names if name in shape.properties]
            if parts:
                found[key] = self._value(item, parts, key)
            elif maps:
                found[f"{MASK}-{len(found)}"] = self._value(item, maps, "")
            elif described:
                found[key if WORD.fullmatch(key) else f"{MASK}-{len(found)}"] = _typed(item)
        return found

    def _text(self, value: str, shapes: list[Shape], name: str) -> str:
        contents = [shape.content for shape in shapes if shape.content is not None]
        inside = json_inside(value) if contents else None
        if inside is not None:
            return json.dumps(self._value(inside, contents, ""))
        named = name in self._names and WORD.fullmatch(value) is not None
        if not value.strip() or named or any(_has_form(value, shape) for shape in shapes):
            return value
        pieces = sorted({form(value) for form in self._forms.get(name, ())} - {""}, key=len, reverse=True)
        if pieces:
            apart = [piece for index, piece in enumerate(pieces) if not any(piece in other for other in pieces[:index])]
            return " ".join(sorted(apart, key=value.index))
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


def _typed(value: Json) -> Json:
    """What stands for a value of which only the type is kept, and of a list the types of its elements."""
    if isinstance(value, dict):
        return {}
    if isinstance(value, list):
        inside = ([] if isinstance(one, list) else _typed(one) for one in value)
        return list({json.dumps(one): one for one in inside}.values())
    if isinstance(value, str):
        return MASK if value.strip() else ""
    return value if value is None or isinstance(value, bool) else type(value)(0)


def _has_form(text: str, shape: Shape) -> bool:
    if shape.enum_values is not None:
        return WORD.fullmatch(text) is not None
    if shape.time:
        return len(text) <= _LONGEST and read_moment(shape.time, text, None) is not None
    if shape.bounds.get("format") == "date":
        return _DATE.fullmatch(text) is not None
    return "pattern" in shape.bounds and len(text) <= _LONGEST


def _compared(data: Mapping[str, Json]) -> Iterator[str]:
    """The names of what jobs, errors and alternatives are distinguished by."""
    for kind in objects(data.get("x-jobs")).values():
        job = objects(kind)
        yield from _last_steps({name: part for name, part in job.items() if name != "fields"})
        yield from _last_steps(objects(job.get("fields")).get("code"))
    yield from _last_steps(objects(data.get("x-errors")).get("code"))
    yield from _last_steps(data.get("x-envelope"))
    for item in objects(data.get("paths")).values():
        for operation in objects(item).values():
            yield from _last_steps(objects(operation).get("x-envelope"))
    yield from _discriminators(data.get("components"))


def _last_steps(node: Json) -> Iterator[str]:
    """The last steps of the places in a part of a specification, and its keys; not of what should only be there."""
    if isinstance(node, dict):
        if not node.keys() & _ASKING or node.keys() & _COMPARING:
            for key, value in node.items():
                if key not in _DESCRIBING:
                    yield from (key, *_last_steps(value))
    elif isinstance(node, list):
        for item in node:
            yield from _last_steps(item)
    elif isinstance(node, str):
        yield node.rpartition("/")[2].replace("~1", "/").replace("~0", "~")


def _discriminators(node: Json) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (str(one) for one in [objects(node.get("discriminator")).get("propertyName")] if one is not None)
        for value in node.values():
            yield from _discriminators(value)
    elif isinstance(node, list):
        for item in node:
            yield from _discriminators(item)


def _forms(data: Mapping[str, Json]) -> dict[str, list[Form]]:
    """The forms of texts out of which the fields of jobs, and codes and words of errors, are read, by name."""
    rules: list[tuple[str, dict[str, Json]]] = []
    for kind in objects(data.get("x-jobs")).values():
        rules += [(name, objects(rule)) for name, rule in objects(objects(kind).get("fields")).items()]
    for name, places in objects(data.get("x-errors")).items():
        rules += [(name, objects(place)) for place in listed(places)]
    found: dict[str, list[Form]] = {}
    for name, rule in rules:
        form = _form(name, rule)
        if form is not None:
            for step in _last_steps(rule.get("from")):
                found.setdefault(step, []).append(form)
    return found


def _form(name: str, rule: Mapping[str, Json]) -> Form | None:
    if isinstance(rule.get("pattern"), str):
        pattern = re.compile(str(rule["pattern"]))
        return lambda text: found[0] if (found := pattern.search(text[:_SENTENCE])) is not None else ""
    if isinstance(rule.get("format"), str):
        form = str(rule["format"])
        return lambda text: text if len(text) <= _LONGEST and read_moment(form, text, None) is not None else ""
    if name in ("duration", "progress"):
        return lambda text: text if _NUMBER.fullmatch(text) is not None else ""
    return None


def _media_type(text: str) -> str:
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
    "content-type": _media_type,
    "deprecation": _date,
    "retry-after": _date,
    "sunset": _date,
}
