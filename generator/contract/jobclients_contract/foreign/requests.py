"""Reads the parameters and the body of a request with third-party libraries."""

from __future__ import annotations

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

from jobclients_contract.foreign.forms import Part, read_form
from jobclients_contract.foreign.parameters import Parameter
from jobclients_contract.foreign.type_guards import is_list, is_object
from jobclients_contract.foreign.views import (
    FORMS,
    essence_of,
    json_types,
    operations,
    placeholders,
    strict_json,
    view_of,
)
from jobclients_contract.schema_model.document import NO_PARAMETERS
from jobclients_contract.schema_model.styles import text_of
from jobclients_contract.schema_model.values import Json

Place = tuple[str, str]
"""Where a value travels and its name there; ``("body", "")`` is a whole body, ``("body", name)`` a property of one."""

_SIGNATURE: Final = ("x-sdk-date", "x-sdk-content-sha256")
_HOST: Final = "http://vendor.example"


class RawRequest(Protocol):
    """A request as it arrived; `jobclients_contract.harness.loopback.Request` is one."""

    @property
    def line(self) -> str:
        """Method and raw target."""
        ...

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Header fields in order."""
        ...

    @property
    def body(self) -> bytes:
        """The body."""
        ...


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
        body: what openapi-core read of the body; None for a form.
        form: the fields of a form, as werkzeug read them; None for another body.
        credentials: what is where a security scheme of the document has its credential, by place.
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
    body: Json | bytes = None
    form: Sequence[Part] | None = None
    credentials: Mapping[Place, str] = field(default_factory=dict[Place, str])
    errors: Sequence[str] = ()


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
        asked = _Request(method.lower(), path, query, headers, request)
        errors = [f"the header {name} came {count} times" for name, count in _twice(request.fields)]
        if "+" in query:
            errors.append("the query holds a +, which some servers read as a blank")
        try:
            found: Any = self._library.path_finder.find(asked.method, _HOST + path)
        except PathError as error:
            return ReadRequest("", path=path, errors=(*errors, f"openapi-core: {error}"))
        operation = str(found.operation["operationId"])
        template, parameters = self._operations[operation]
        names = placeholders(template)
        result, wrong = self._unmarshalled(asked)
        media_type = headers.get("content-type", "")
        is_form = essence_of(media_type) in FORMS
        form, unlike = _form(media_type, request.body) if is_form else (None, [])
        whole: Any = None if is_form else result.body
        return ReadRequest(
            operation=operation,
            template=template,
            parameters=parameters,
            values=dict(_values(result.parameters or Parameters(), parameters, names)),
            unread=dict(_unread(result.errors, names)),
            path=path,
            query=_pieces(query, "&"),
            cookies=_pieces(headers.get("cookie", ""), "; "),
            headers=headers,
            media_type=media_type,
            # openapi-core takes an empty body for none.
            body=b"" if media_type and not is_form and not request.body else whole,
            form=form,
            credentials=dict(self._credentials(asked, parameters)),
            errors=(*errors, *wrong, *unlike),
        )

    def _unmarshalled(self, asked: _Request) -> tuple[RequestUnmarshalResult, list[str]]:
        """What openapi-core makes of a request, and what is wrong with it as a whole."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of allowEmptyValue, by which empty values are read
            try:
                result = self._library.unmarshal(asked)
            except (TypeError, KeyError) as error:
                return RequestUnmarshalResult(errors=[]), [f"openapi-core: {error!r}"]
        others = [error for error in result.errors if not isinstance(error, ParameterValidationError)]
        return result, [f"openapi-core: {error}: {error.__cause__}" for error in others]

    def _credentials(self, asked: _Request, parameters: Mapping[Place, Parameter]) -> Iterator[tuple[Place, str]]:
        for place, name in self._schemes.items():
            holder: Any = asked.parameters[place[0]]
            if place not in parameters and name in holder:
                yield place, holder[name] if place[0] == "header" else unquote(holder[name])


class _Request:
    """A request in the form that openapi-core takes; values are not decoded, so that it splits them rightly."""

    def __init__(self, method: str, path: str, query: str, headers: Mapping[str, str], request: RawRequest) -> None:
        self.host_url = _HOST
        self.method = method
        self.path = path
        self.body = request.body or None
        self.content_type = headers.get("content-type", "")
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(_pairs(_pieces(query, "&"))),
            header=Headers(request.fields),
            cookie=ImmutableMultiDict(_pairs(_pieces(headers.get("cookie", ""), "; "))),
        )


def lowered(place: Place) -> Place:
    """A place by which it is found: names of header fields are the same in all letters."""
    return (place[0], place[1].lower()) if place[0] == "header" else place


def _parameters(operation: Mapping[str, Any], document: Mapping[str, Any]) -> dict[Place, Parameter]:
    found = (Parameter.of(entry, document) for entry in operation.get("parameters", []))
    places = {lowered((item.location, item.name)): item for item in found}
    return {place: item for place, item in places.items() if place[0] != "header" or place[1] not in NO_PARAMETERS}


def _places(document: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Where security schemes have their credentials, and the names there."""
    for scheme in document.get("components", {}).get("securitySchemes", {}).values():
        if scheme["type"] == "apiKey":
            yield lowered((scheme["in"], scheme["name"])), scheme["name"]
            if "x-signature" in scheme:
                yield from ((("header", name), name) for name in _SIGNATURE)
        else:
            yield ("header", "authorization"), "authorization"


def _form(media_type: str, content: bytes) -> tuple[Sequence[Part], list[str]]:
    try:
        return read_form(media_type, content), []
    except ValueError as error:
        return [], [f"werkzeug: {error}"]


def _pieces(text: str, separator: str) -> list[str]:
    return text.split(separator) if text else []


def _pairs(pieces: Sequence[str]) -> list[tuple[str, str]]:
    """Names, decoded, and values, not decoded."""
    split = (piece.partition("=") for piece in pieces)
    return [(unquote(name), value) for name, _, value in split]


def _twice(fields: Sequence[tuple[str, str]]) -> list[tuple[str, int]]:
    counted = Counter(name.lower() for name, _ in fields)
    return [(name, count) for name, count in counted.items() if count > 1]


def _unread(errors: Iterable[Exception], names: Mapping[str, str]) -> Iterator[tuple[Place, str]]:
    """Why parameters could not be read; path parameters have names of the view."""
    own = {view: name for name, view in names.items()}
    for error in errors:
        if isinstance(error, ParameterValidationError):
            name = own[error.name] if error.location == "path" else error.name
            yield lowered((error.location, name)), str(error)


def _values(
    read: Parameters, parameters: Mapping[Place, Parameter], names: Mapping[str, str]
) -> Iterator[tuple[Place, Json]]:
    for place, parameter in parameters.items():
        values: Mapping[str, Any] = getattr(read, parameter.location)
        name = names.get(parameter.name, "") if parameter.location == "path" else parameter.name
        if name in values:
            yield place, _typed(parameter, values[name])


def _typed(parameter: Parameter, read: Any) -> Json:
    """What openapi-core read, decoded, in the types that are documented."""
    if is_list(read):
        return [_typed_one(parameter, item) for item in read]
    if is_object(read):
        return {_decoded(parameter, key): _decoded(parameter, item) for key, item in read.items()}
    return _typed_one(parameter, read)


def _typed_one(parameter: Parameter, text: str) -> Json:
    decoded = _decoded(parameter, text)
    if not parameter.keeps_type:
        return decoded
    try:
        value = strict_json(decoded.encode())
    except ValueError:
        return decoded
    # A text that JSON has another form for is not a number or truth of this type.
    return value if isinstance(value, int | float) and text_of(value) == decoded else decoded


def _decoded(parameter: Parameter, text: str) -> str:
    return text if parameter.location == "header" else unquote(text, errors="strict")
