"""What a request says, as libraries read it that others wrote; and where that is not what was given.

That a library accepts a request proves little: openapi-core takes unknown names, lists that are written in another way,
and leaked credentials. So the values that were read, and the list of names, are compared with those that were given.
"""

from __future__ import annotations

import json
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import unquote

from jsonschema_path import SchemaPath
from openapi_core import V31RequestUnmarshaller
from openapi_core.datatypes import Parameters, RequestParameters
from openapi_core.templating.paths.exceptions import PathError
from openapi_core.unmarshalling.request.datatypes import RequestUnmarshalResult
from openapi_core.validation.request.exceptions import ParameterValidationError
from werkzeug.datastructures import Headers, ImmutableMultiDict

from jobclients_contract.foreign import expansions
from jobclients_contract.foreign.forms import Part, read_form
from jobclients_contract.foreign.parameters import Parameter, text_of, texts_of
from jobclients_contract.foreign.views import (
    FORMS,
    Reader,
    essence_of,
    is_carried,
    json_types,
    operations,
    placeholders,
    reader_of,
    strict_json,
    view_of,
)
from jobclients_contract.reading.values import Json

Place = tuple[str, str]
"""Where a value travels and its name there; ``("body", "")`` is a whole body, ``("body", name)`` a property of one."""

Given = Mapping[Place, "Json | bytes"]
"""The values of a call as they travel: JSON, bytes of files; nothing for what was not given."""

WHOLE: Final[Place] = ("body", "")

_USUAL: Final = frozenset(
    ("host", "accept", "accept-encoding", "connection", "user-agent", "content-length", "content-type", "cookie")
)
_SIGNATURE: Final = ("x-sdk-date", "x-sdk-content-sha256")
_HOST: Final = "http://vendor.example"
_ABSENT: Final = "nothing"


class RawRequest(Protocol):
    """A request as it arrived; `jobclients_contract.playing.loopback.Request` is one."""

    @property
    def line(self) -> str:
        """Method and raw target."""

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Header fields in order."""

    @property
    def body(self) -> bytes:
        """The body."""


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """What was read of a request.

    Args:
        operation: operationId; empty where the document has no such operation.
        template: path of the operation.
        parameters: the documented parameters.
        values: what openapi-core read, by place; names of header fields are in lower case.
        unread: why openapi-core could not read a value that is there, by place.
        path: the raw path below the base URL.
        query: the raw pieces of the query.
        cookies: the raw pieces of the cookies.
        headers: header fields by lower-case name.
        media_type: of the body; empty without one.
        body: what openapi-core read of the body, or the parts of a form.
        credentials: what stands where a security scheme of the document has its credential, by place.
        errors: what could not be read at all.
    """

    operation: str
    template: str = ""
    parameters: Mapping[Place, Parameter] = field(default_factory=dict[Place, Parameter])
    values: Mapping[Place, Json] = field(default_factory=dict[Place, Json])
    unread: Mapping[Place, str] = field(default_factory=dict[Place, str])
    path: str = ""
    query: Sequence[str] = ()
    cookies: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    media_type: str = ""
    body: Json | bytes | Sequence[Part] = None
    credentials: Mapping[Place, str] = field(default_factory=dict[Place, str])
    errors: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
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


class RequestReader:
    """Reads the requests of one vendor.

    Args:
        document: its normalised OpenAPI document.
        prefix: path of the base URL under which the vendor is called.
    """

    def __init__(self, document: Mapping[str, Any], prefix: str = "") -> None:
        self._prefix = prefix.rstrip("/")
        self._operations = {
            str(entry["operationId"]): (path, _parameters(entry, document)) for path, _, entry in operations(document)
        }
        self._schemes = dict(_places(document))
        self._library = V31RequestUnmarshaller(
            SchemaPath.from_dict(view_of(document)),
            extra_media_type_deserializers=dict.fromkeys(json_types(document), strict_json),
        )

    def read(self, request: RawRequest) -> ReadRequest:
        """Read a request; what cannot be read is among the errors.

        Args:
            request: as it arrived.
        """
        method, _, target = request.line.partition(" ")
        path, _, query = target.removeprefix(self._prefix).partition("?")
        headers = {name.lower(): value for name, value in request.fields}
        asked = _Request(method.lower(), path, query, request.fields, headers, request.body)
        errors = [f"the header {name} came {count} times" for name, count in _twice(request.fields)]
        if "+" in query:
            errors.append("the query holds a +, which some servers read as a blank")
        try:
            found = self._library.path_finder.find(method.lower(), _HOST + path)
        except PathError as error:
            return ReadRequest("", path=path, errors=(*errors, f"openapi-core: {error}"))
        operation = str(found.operation["operationId"])
        template, parameters = self._operations[operation]
        result, wrong = self._unmarshalled(asked)
        errors += wrong
        media_type = headers.get("content-type", "")
        body: Any = result.body if request.body or not media_type else b""  # openapi-core takes an empty one for none
        if request.body and essence_of(media_type) in FORMS:
            body = _form(media_type, request.body, errors)
        read = result.parameters or Parameters()
        names = placeholders(template)
        found_values: dict[Place, Json] = {}
        for place, parameter in parameters.items():
            values: Any = getattr(read, parameter.location)
            name = names.get(parameter.name, "") if parameter.location == "path" else parameter.name
            if name in values:
                found_values[place] = _typed(parameter, values[name])
        return ReadRequest(
            operation=operation,
            template=template,
            parameters=parameters,
            values=found_values,
            unread=_unread(result.errors, names),
            path=path,
            query=_pieces(query, "&"),
            cookies=_pieces(headers.get("cookie", ""), "; "),
            headers=headers,
            media_type=media_type,
            body=body,
            credentials=self._credentials(asked, parameters),
            errors=errors,
        )

    def _unmarshalled(self, asked: _Request) -> tuple[RequestUnmarshalResult, list[str]]:
        """What openapi-core makes of a request, and what is wrong with it as a whole."""
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", DeprecationWarning
            )  # of allowEmptyValue, which is how empty values are read
            try:
                result = self._library.unmarshal(asked)
            except (TypeError, KeyError) as error:
                return RequestUnmarshalResult(errors=[]), [f"openapi-core: {error!r}"]
        others = [error for error in result.errors if not isinstance(error, ParameterValidationError)]
        return result, [f"openapi-core: {error}: {error.__cause__}" for error in others]

    def _credentials(self, asked: _Request, parameters: Mapping[Place, Parameter]) -> dict[Place, str]:
        found: dict[Place, str] = {}
        for place, name in self._schemes.items():
            holder: Any = asked.parameters[place[0]]
            if place not in parameters and name in holder:
                found[place] = holder[name] if place[0] == "header" else unquote(holder[name])
        return found


class _Request:
    """A request in the form that openapi-core takes; values are not decoded, so that it splits them rightly."""

    def __init__(
        self,
        method: str,
        path: str,
        query: str,
        fields: list[tuple[str, str]],
        headers: Mapping[str, str],
        body: bytes,
    ) -> None:
        self.host_url = _HOST
        self.method = method
        self.path = path
        self.body = body or None
        self.content_type = headers.get("content-type", "")
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(_pairs(_pieces(query, "&"))),
            header=Headers(fields),
            cookie=ImmutableMultiDict(_pairs(_pieces(headers.get("cookie", ""), "; "))),
        )


def disagreements(given: Given, read: ReadRequest) -> list[str]:
    """Where a request does not say what was given: values, names, its body, and what could not be read.

    Credentials are not looked at: `ReadRequest.credentials` holds them.

    Args:
        given: the values of the call.
        read: the request.

    Returns:
        One line for each; none for a request that says what was given and nothing else.
    """
    return [*read.errors, *(str(item) for item in judgements(given, read) if not item.agrees), *_strange(given, read)]


def judgements(given: Given, read: ReadRequest) -> Iterator[Judgement]:
    """What the readers say of each value that was given, or that was read and not given.

    Args:
        given: the values of the call.
        read: the request.
    """
    values = {_lowered(place): value for place, value in given.items()}
    for place, parameter in read.parameters.items():
        if place in values or place in read.values:
            yield _judgement(place, parameter, values, read)
    yield from _body(values, read)


def _judgement(place: Place, parameter: Parameter, values: Given, read: ReadRequest) -> Judgement:
    value: Any = values.get(place)
    if value in ([], {}) and parameter.location != "header" and parameter.style != "simple":
        return Judgement(place, "openapi-core", _ABSENT, read.values.get(place, _ABSENT))  # RFC 6570 leaves it out
    together = parameter.location == "path" and _shares_segment(read.template, parameter.name)
    if not together and reader_of(parameter) == "openapi-core" and is_carried(parameter, texts_of(value)):
        shown = _shown(parameter, value) if place in values else _ABSENT
        return Judgement(place, "openapi-core", shown, read.values.get(place, read.unread.get(place, _ABSENT)))
    if place not in values:
        return Judgement(place, "uritemplate", _ABSENT, read.values[place])
    return Judgement(place, "uritemplate", *_expanded(place, parameter, values, read))


def _expanded(place: Place, parameter: Parameter, values: Given, read: ReadRequest) -> tuple[object, object]:
    """What RFC 6570 makes of a value, and what was sent in its place."""
    value: Any = values[place]
    if parameter.location == "header":
        return expansions.header(parameter, value), read.headers.get(parameter.name.lower(), _ABSENT)
    if parameter.location == "path":
        known: Any = {
            name: (item, values.get((where, name)))
            for (where, name), item in read.parameters.items()
            if where == "path"
        }
        return expansions.path(read.template, known), read.path
    wanted = expansions.pieces(parameter, value)
    sent = read.query if parameter.location == "query" else read.cookies
    return wanted, [piece for piece in sent if piece in wanted]


def _body(values: Given, read: ReadRequest) -> Iterator[Judgement]:
    spread = {name: value for (location, name), value in values.items() if location == "body" and name}
    if WHOLE not in values and not spread:
        if read.media_type:
            yield Judgement(WHOLE, "openapi-core", _ABSENT, read.body)
        return
    whole: Any = values.get(WHOLE, spread)
    if essence_of(read.media_type) in FORMS and isinstance(whole, Mapping):
        parts = read.body if isinstance(read.body, list) else []
        for name in dict.fromkeys([*whole, *(part.name for part in parts)]):
            found = [part for part in parts if part.name == name]
            yield Judgement(("body", name), "werkzeug", *_fields(whole.get(name, []), found))
    else:
        yield Judgement(WHOLE, "openapi-core", whole, _like(whole, read.body))


def _like(given: object, read: object) -> object:
    """A body that is not JSON as it was given: as a text or as bytes."""
    return read.decode("utf-8", "replace") if isinstance(given, str) and isinstance(read, bytes) else read


def _fields(value: Any, found: Sequence[Part]) -> tuple[object, object]:
    """A property as the fields of a form that it becomes, and what came: one for each item, JSON for an object."""
    items = value if isinstance(value, list) else [value]
    wanted = [item if isinstance(item, bytes) else text_of(item) if not _nested(item) else item for item in items]
    read: list[object] = [
        part.content if isinstance(item, bytes) else _json(part.content) if _nested(item) else part.content.decode()
        for item, part in zip([*items, *[""] * len(found)], found, strict=False)
    ]
    kinds = [("file" if isinstance(item, bytes) else "JSON" if _nested(item) else "text") for item in items]
    return (wanted, kinds), (read, [_kind(part) for part in found])


def _kind(part: Part) -> str:
    return "file" if part.filename is not None else "JSON" if part.media_type == "application/json" else "text"


def _nested(item: object) -> bool:
    return isinstance(item, dict | list)


def _json(content: bytes) -> object:
    try:
        return strict_json(content)
    except ValueError:
        return content


def _strange(given: Given, read: ReadRequest) -> Iterator[str]:
    """Names that are neither documented nor given, and those that come more often than they should."""
    values = {_lowered(place): value for place, value in given.items()}
    for location, sent in (("query", read.query), ("cookie", read.cookies)):
        left = Counter(sent)
        for place, parameter in read.parameters.items():
            value: Any = values.get(place)
            if place in values and parameter.location == location:
                left -= Counter(_claimed(parameter, value, sent))
        left -= Counter(piece for piece in sent if (location, unquote(piece.partition("=")[0])) in read.credentials)
        yield from (f"{location} {unquote(piece)}: nobody gave it" for piece in left.elements())
    known = _USUAL | {name for where, name in (values | read.credentials) if where == "header"}
    yield from (f"header {name}: nobody gave it" for name in read.headers if name not in known)


def _claimed(parameter: Parameter, value: Json, sent: Sequence[str]) -> list[str]:
    """The pieces of a query or of cookies that belong to a value, by their names and their number."""
    wanted = [unquote(piece.partition("=")[0]) for piece in expansions.pieces(parameter, value)]
    found: list[str] = []
    for name in wanted:
        left = Counter(sent) - Counter(found)
        found += [piece for piece in sent if left[piece] and unquote(piece.partition("=")[0]) == name][:1]
    return found


def _parameters(operation: Mapping[str, Any], document: Mapping[str, Any]) -> dict[Place, Parameter]:
    found = (Parameter.of(entry, document) for entry in operation.get("parameters", []))
    return {_lowered((item.location, item.name)): item for item in found}


def _places(document: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Where security schemes have their credentials, and the names there."""
    for scheme in document.get("components", {}).get("securitySchemes", {}).values():
        if scheme["type"] == "apiKey":
            yield _lowered((scheme["in"], scheme["name"])), scheme["name"]
            if "x-signature" in scheme:
                yield from ((("header", name), name) for name in _SIGNATURE)
        else:
            yield ("header", "authorization"), "authorization"


def _form(media_type: str, content: bytes, wrong: list[str]) -> Sequence[Part]:
    try:
        return read_form(media_type, content)
    except ValueError as error:
        wrong.append(f"werkzeug: {error}")
        return []


def _lowered(place: Place) -> Place:
    return (place[0], place[1].lower()) if place[0] == "header" else place


def _shares_segment(template: str, name: str) -> bool:
    return any(f"{{{name}}}" in segment and segment.count("{") > 1 for segment in template.split("/"))


def _pieces(text: str, separator: str) -> list[str]:
    return text.split(separator) if text else []


def _pairs(pieces: Sequence[str]) -> list[tuple[str, str]]:
    """Names, decoded, and values, not decoded."""
    split = (piece.partition("=") for piece in pieces)
    return [(unquote(name), value) for name, _, value in split]


def _unread(errors: Iterable[Exception], names: Mapping[str, str]) -> dict[Place, str]:
    """Why parameters could not be read; path parameters have names of the view."""
    own = {view: name for name, view in names.items()}
    found = (error for error in errors if isinstance(error, ParameterValidationError))
    return {
        _lowered((error.location, own[error.name] if error.location == "path" else error.name)): str(error)
        for error in found
    }


def _twice(fields: Sequence[tuple[str, str]]) -> list[tuple[str, int]]:
    counted = Counter(name.lower() for name, _ in fields)
    return [(name, count) for name, count in counted.items() if count > 1]


def _typed(parameter: Parameter, read: Any) -> Json:
    """What openapi-core read, decoded, in the types that are documented."""
    if isinstance(read, list):
        return [_typed_one(parameter, item) for item in read]
    if isinstance(read, dict):
        return {_decoded(parameter, key): _decoded(parameter, item) for key, item in read.items()}
    return _typed_one(parameter, read)


def _typed_one(parameter: Parameter, text: str) -> Json:
    decoded = _decoded(parameter, text)
    if len(parameter.types - {"null"}) == 1 and not parameter.types & {"string", "object"}:
        try:
            value: Json = strict_json(decoded.encode())
        except ValueError:
            return decoded
        # A text that JSON has another form for is not a number or truth of this type.
        return value if isinstance(value, int | float) and text_of(value) == decoded else decoded
    return decoded


def _decoded(parameter: Parameter, text: str) -> str:
    return text if parameter.location == "header" else unquote(text, errors="strict")


def _shown(parameter: Parameter, value: Json) -> Json:
    """A value as `_typed` shows it."""
    if isinstance(value, list):
        return [_shown_one(parameter, item) for item in value]
    if isinstance(value, dict):
        return {key: text_of(item) for key, item in value.items()}
    return _shown_one(parameter, value)


def _shown_one(parameter: Parameter, value: Json) -> Json:
    kept = len(parameter.types - {"null"}) == 1 and not parameter.types & {"string", "object"} and value is not None
    return value if kept else text_of(value)


def _canonical(value: object) -> str:
    """A value in one form: 1 is not 1.0, and not true."""
    return json.dumps(value, sort_keys=True, default=repr)
