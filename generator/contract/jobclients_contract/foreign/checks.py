"""Whether a request says what was given.

That a library accepts a request proves little: openapi-core takes unknown names, lists that are written in another way,
and leaked credentials. So the values that were read, and the list of names, are compared with those that were given.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from jobclients_contract.foreign.forms import Part
from jobclients_contract.foreign.parameters import Parameter
from jobclients_contract.foreign.requests import Place, ReadRequest, lowered
from jobclients_contract.foreign.shapes import is_list, is_object
from jobclients_contract.foreign.views import Reader, is_carried, reader_of, strict_json
from jobclients_contract.schema_model import styles
from jobclients_contract.schema_model.styles import as_written, text_of, texts_of
from jobclients_contract.schema_model.values import Json

Given = Mapping[Place, "Json | bytes"]
"""The values of a call as they travel: JSON, bytes of files; nothing for what was not given."""

WHOLE: Final[Place] = ("body", "")

_USUAL: Final = frozenset(
    ("host", "accept", "accept-encoding", "connection", "user-agent", "content-length", "content-type", "cookie")
)
_ABSENT: Final = "nothing"


@dataclass(frozen=True, slots=True)
class Check:
    """What a reader says of one value.

    Args:
        place: where it travels.
        reader: who read it.
        given: what was given, as the reader would show it.
        read: what was read.
    """

    place: Place
    reader: Reader
    given: object
    read: object

    @property
    def agrees(self) -> bool:
        """Whether what was read is what was given."""
        return _canonical(self.given) == _canonical(self.read)

    def __str__(self) -> str:
        location, name = self.place
        return f"{location} {name}".strip() + f": given {self.given!r}, {self.reader} read {self.read!r}"


def disagreements(given: Given, read: ReadRequest) -> list[str]:
    """Where a request does not say what was given: values, names, its body, and what could not be read.

    Credentials are not looked at: `ReadRequest.credentials` holds them.

    Args:
        given: the values of the call.
        read: the request.

    Returns:
        One line for each; none for a request that says what was given and nothing else.
    """
    return [*read.errors, *(str(item) for item in checks(given, read) if not item.agrees), *_strange(given, read)]


def checks(given: Given, read: ReadRequest) -> Iterator[Check]:
    """What the readers say of each value that was given, or that was read and not given.

    Args:
        given: the values of the call.
        read: the request.
    """
    values = {lowered(place): value for place, value in given.items()}
    for place, parameter in read.parameters.items():
        if place in values or place in read.values:
            yield _check(place, parameter, values, read)
    yield from _body(values, read)


def _check(place: Place, parameter: Parameter, values: Given, read: ReadRequest) -> Check:
    given: Any = values.get(place)
    value: Any = as_written(parameter, given)
    shown = read.values.get(place, read.unread.get(place, _ABSENT))
    if place not in values:
        return Check(place, "openapi-core", _ABSENT, shown)
    if value in ([], {}) and parameter.style != "simple":
        return Check(place, "openapi-core", _ABSENT, shown)  # RFC 6570 leaves it out
    together = parameter.location == "path" and _shares_segment(read.template, parameter.name)
    if not together and reader_of(parameter) == "openapi-core" and is_carried(parameter, texts_of(value)):
        return Check(place, "openapi-core", _shown(parameter, value), shown)
    return Check(place, "uritemplate", *_expanded(place, parameter, values, read))


def _shares_segment(template: str, name: str) -> bool:
    return any(f"{{{name}}}" in segment and segment.count("{") > 1 for segment in template.split("/"))


def _shown(parameter: Parameter, value: Json) -> Json:
    """A value as it is read from a request, where all but numbers and truths are texts."""
    if is_list(value):
        return [_shown_one(parameter, item) for item in value]
    if is_object(value):
        return {key: text_of(item) for key, item in value.items()}
    return _shown_one(parameter, value)


def _shown_one(parameter: Parameter, value: Json) -> Json:
    if parameter.keeps_type and value is not None:
        return value
    # Where reserved characters are kept, what is encoded already is kept as well, and read as what it encodes.
    return unquote(text_of(value)) if parameter.reserved else text_of(value)


def _expanded(place: Place, parameter: Parameter, values: Given, read: ReadRequest) -> tuple[object, object]:
    """What RFC 6570 makes of a value, and what was sent in its place."""
    value: Any = values[place]
    if parameter.location == "header":
        return styles.header(parameter, value), read.headers.get(parameter.name.lower(), _ABSENT)
    if parameter.location == "path":
        inside = (item for item in read.parameters.values() if item.location == "path")
        known: Any = {item.name: (item, values.get(("path", item.name))) for item in inside}
        return styles.path(read.template, known), read.path
    wanted = styles.pieces(parameter, value)
    sent = read.query if parameter.location == "query" else read.cookies
    return wanted, [piece for piece in sent if piece in wanted]


def _body(values: Given, read: ReadRequest) -> Iterator[Check]:
    spread = {name: value for (location, name), value in values.items() if location == "body" and name}
    whole: Any = values.get(WHOLE, spread)
    if WHOLE not in values and not spread:
        if read.media_type:
            yield Check(WHOLE, "openapi-core", _ABSENT, read.form if read.body is None else read.body)
    elif read.form is not None and is_object(whole):
        for name in dict.fromkeys([*whole, *(part.name for part in read.form)]):
            found = [part for part in read.form if part.name == name]
            yield Check(("body", name), "werkzeug", *_fields(whole.get(name, []), found))
    else:
        yield Check(WHOLE, "openapi-core", whole, _like(whole, read.body))


def _like(given: object, read: object) -> object:
    """A body that is not JSON as it was given: as a text or as bytes."""
    return read.decode("utf-8", "replace") if isinstance(given, str) and isinstance(read, bytes) else read


def _fields(value: Any, found: Sequence[Part]) -> tuple[object, object]:
    """A property as the fields of a form that it becomes, and what came: one for each item, JSON for an object."""
    items: list[Any] = value if is_list(value) else [value]
    wanted: list[object] = [
        (_field_kind(item), item if _field_kind(item) != "text" else text_of(item)) for item in items
    ]
    read: list[object] = [
        (_part_kind(part) or kind, _content(part, kind))
        for kind, part in zip([*map(_field_kind, items), *["text"] * len(found)], found, strict=False)
    ]
    return wanted, read


def _field_kind(item: object) -> str:
    return "file" if isinstance(item, bytes) else "JSON" if is_object(item) or is_list(item) else "text"


def _part_kind(part: Part) -> str:
    """What a part says that it is; empty where it cannot say so, as in a form that is one line."""
    if part.media_type is None:
        return ""
    return "file" if part.filename is not None else "JSON" if part.media_type == "application/json" else "text"


def _content(part: Part, kind: str) -> object:
    """The content of a part, as a value of this kind would be."""
    try:
        return (
            part.content if kind == "file" else strict_json(part.content) if kind == "JSON" else part.content.decode()
        )
    except ValueError:
        return part.content


def _strange(given: Given, read: ReadRequest) -> Iterator[str]:
    """Names that are neither documented nor given, and those that come more often than they should."""
    values = {lowered(place): value for place, value in given.items()}
    for location, sent in (("query", read.query), ("cookie", read.cookies)):
        left = Counter(sent)
        for place, parameter in read.parameters.items():
            if place in values and parameter.location == location:
                value: Any = values[place]
                left -= Counter(_claimed(parameter, value, sent))
        left -= Counter(piece for piece in sent if (location, _name(piece)) in read.credentials)
        yield from (f"{location} {unquote(piece)}: nobody gave it" for piece in left.elements())
    known = _USUAL | {name for where, name in (*values, *read.credentials) if where == "header"}
    yield from (f"header {name}: nobody gave it" for name in read.headers if name not in known)


def _claimed(parameter: Parameter, value: Json, sent: Sequence[str]) -> list[str]:
    """The pieces of a query or of cookies that belong to a value, by their names and their number."""
    found: list[str] = []
    for name in map(_name, styles.pieces(parameter, value)):
        left = Counter(sent) - Counter(found)
        found += [piece for piece in sent if left[piece] and _name(piece) == name][:1]
    return found


def _name(piece: str) -> str:
    return unquote(piece.partition("=")[0])


def _canonical(value: object) -> str:
    """A value in one form: 1 is not 1.0, and not true."""
    return json.dumps(value, sort_keys=True, default=repr)
