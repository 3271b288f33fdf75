"""A normalised document as the judge reads it: operations, with parameters, bodies and answers, and the schemas."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final
from urllib.parse import unquote

from jobclients_core.locators import to_pointer

from jobclients_contract.schema_model.media_types import is_json
from jobclients_contract.schema_model.pointers import Found, escaped, find, split
from jobclients_contract.schema_model.schemas import Schemas
from jobclients_contract.schema_model.shapes import ANYTHING, Part, Shape
from jobclients_contract.schema_model.validity import Validity
from jobclients_contract.schema_model.values import Json

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
"""The keys of a path item that are operations."""

IDEMPOTENT: Final = frozenset(("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"))
"""The methods of HTTP whose requests may be sent twice."""

_PLACES: Final = ("path", "query", "header", "cookie")
_MEDIA: Final = (
    re.compile(r"(?:(?:application|text)/json|.*\+json|\*/\*|application/\*)\s*(?:;.*)?"),
    re.compile(r"application/x-www-form-urlencoded|multipart/form-data"),
    re.compile(r"text/.*"),
)
"""Of several media types of a content the client uses the first of these, and of others the first."""
NO_PARAMETERS: Final = frozenset(
    (
        # OpenAPI has other places for these.
        *("accept", "authorization", "content-type"),
        # These belong to the message and its connection (RFC 9110, 6.4 and 7.6.1), to cookies, and to signatures.
        *("connection", "content-length", "cookie", "host", "proxy-authorization"),
        *("te", "trailer", "transfer-encoding", "upgrade"),
        *("x-sdk-content-sha256", "x-sdk-date", "x-security-token"),
    )
)
"""Header fields whose description as a parameter counts for nothing."""
_ELSEWHERE: Final = "#/components/x-schemas/"
_SCHEMAS: Final = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A documented parameter.

    Attributes:
        wire: its name.
        location: ``path``, ``query``, ``header`` or ``cookie``.
        where: its locator.
        part: the schema of its value, with a time format that is beside it.
        required: whether a call needs it.
        client: whether the client's constructor may take it.
        node: all that is said of it.
        examples: documented values by name, as far as clients send them.
    """

    wire: str
    location: str
    where: str
    part: Part
    required: bool
    client: bool
    node: Mapping[str, Json]
    examples: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Content:
    """A body as it is documented, in the media type that the client uses; the empty one for no body.

    Attributes:
        media_type: the media type.
        part: its schema.
        examples: documented values by name; texts where the media type is not JSON.
        required: whether a request needs it.
    """

    media_type: str = ""
    part: Part = ANYTHING
    examples: Mapping[str, Json] = field(default_factory=dict[str, Json])
    required: bool = False


@dataclass(frozen=True, slots=True)
class DocumentedResponse:
    """A documented response.

    Attributes:
        status: as it is: ``200``, ``4XX``, ``default``.
        where: its locator.
        content: its body.
        headers: names of documented header fields, and whether each is always there.
    """

    status: str
    where: str
    content: Content
    headers: Mapping[str, bool]

    @property
    def success(self) -> bool:
        """Whether the status says yes."""
        return self.status.startswith("2")


@dataclass(frozen=True, slots=True)
class Operation:
    """A documented call.

    Attributes:
        id: its ``operationId``.
        http: HTTP method.
        path: template of the path.
        where: its locator.
        parameters: by location (path, query, header, cookie), each in the document's order.
        body: of requests.
        responses: in the document's order.
        security: alternatives of scheme names; none at all for a call without credentials.
        repeatable: whether it may be sent twice (an idempotent HTTP method, or ``x-idempotent``).
        envelope: ``x-envelope`` as it holds here; None for none.
        with_headers: whether the method returns status and headers beside the body.
        exactly_one: groups of wire names of which exactly one is given.
        node: all that is said of it.
    """

    id: str
    http: str
    path: str
    where: str
    parameters: tuple[Parameter, ...]
    body: Content
    responses: tuple[DocumentedResponse, ...]
    security: tuple[tuple[str, ...], ...]
    repeatable: bool
    envelope: Json
    with_headers: bool
    exactly_one: tuple[tuple[str, ...], ...]
    node: Mapping[str, Json]

    def response(self, status: int) -> DocumentedResponse | None:
        """What is documented of a status: by itself, by its range, or by default."""
        keys = (str(status), f"{status // 100}XX", "DEFAULT")
        known = {response.status.upper(): response for response in self.responses}
        return next((known[key] for key in keys if key in known), None)


class Document:
    """A normalised OpenAPI document.

    Args:
        data: the document.
    """

    def __init__(self, data: Mapping[str, Json]) -> None:
        elsewhere = objects(objects(data.get("components")).get("x-schemas"))
        self._mangled = {name: f"x-{number}" for number, name in enumerate(elsewhere)}
        self.data = objects(self._with_names(dict(data)))
        components = objects(self.data.setdefault("components", {}))
        schemas = objects(components.setdefault("schemas", {}))
        schemas.update({self._mangled[name]: schema for name, schema in objects(components.get("x-schemas")).items()})
        self.schemas = Schemas(schemas)

    def _with_names(self, value: Json) -> Json:
        """References to schemas without a name as references to named ones."""
        if isinstance(value, list):
            return [self._with_names(item) for item in value]
        if not isinstance(value, dict):
            return value
        found = {key: self._with_names(item) for key, item in value.items()}
        reference = found.get("$ref")
        if isinstance(reference, str) and reference.startswith(_ELSEWHERE):
            name = _unquoted(reference.removeprefix(_ELSEWHERE))
            found["$ref"] = _SCHEMAS + self._mangled.get(name, name)
        return found

    def named(self, locator: str) -> str:
        """The locator of a schema that is at no name, by the name that it has here; any other as it is."""
        steps = split(locator)
        if steps[:2] != ["components", "x-schemas"] or len(steps) < 3:
            return locator
        rest = "".join(f"/{escaped(step)}" for step in steps[3:])
        return f"/components/schemas/{self._mangled.get(steps[2], steps[2])}{rest}"

    def at(self, locator: str) -> Found:
        """What is at a locator."""
        return find(self.data, to_pointer(self.data, locator))

    @cached_property
    def validity(self) -> Validity:
        """Which values are valid."""
        return Validity(self.schemas)

    @cached_property
    def operations(self) -> dict[str, Operation]:
        """The documented calls by ``operationId``, in the document's order."""
        return {operation.id: operation for operation in self._operations()}

    @property
    def schemes(self) -> dict[str, Json]:
        """The security schemes by name."""
        return objects(objects(self.data.get("components")).get("securitySchemes"))

    def _operations(self) -> Iterator[Operation]:
        for path, item in objects(self.data.get("paths")).items():
            for method in METHODS:
                node = objects(objects(item).get(method))
                if node:
                    yield self._operation(path, method.upper(), node, f"/paths/{escaped(path)}/{method}")

    def _operation(self, path: str, http: str, node: dict[str, Json], where: str) -> Operation:
        groups = listed(node.get("x-exactly-one-of"))
        return Operation(
            id=str(node.get("operationId", "")),
            http=http,
            path=path,
            where=where,
            parameters=tuple(self._parameters(node, where)),
            body=_content(node.get("requestBody"), f"{where}/requestBody"),
            responses=tuple(_responses(node, where)),
            security=tuple(tuple(objects(item)) for item in listed(node.get("security", self.data.get("security")))),
            repeatable=node.get("x-idempotent", http in IDEMPOTENT) is True,
            envelope=node.get("x-envelope", self.data.get("x-envelope")),
            with_headers=node.get("x-returns-headers") is True,
            exactly_one=tuple(tuple(str(name) for name in listed(group)) for group in groups),
            node=node,
        )

    def _parameters(self, node: Mapping[str, Json], where: str) -> Iterator[Parameter]:
        nodes = [objects(item) for item in listed(node.get("parameters"))]
        for place in _PLACES:
            for item in nodes:
                wire = str(item.get("name"))
                if item.get("in") != place or (place == "header" and wire.lower() in NO_PARAMETERS):
                    continue
                at = f"{where}/parameters/{escaped(f'{place}.{wire}')}"
                yield Parameter(
                    wire=wire,
                    location=place,
                    where=at,
                    part=_parameter_part(item, at),
                    required=place == "path" or item.get("required") is True,
                    client=item.get("x-client-parameter") in (True, "optional", "required"),
                    node=item,
                    examples={name: value for name, value in _examples(item).items() if _sendable(value)},
                )

    def some(self, part: Part) -> Json:
        """A small valid value that is not empty, as a parameter needs it."""
        value = self.schemas.minimal(part)
        if value not in ("", [], {}):
            return value
        for shape in self.shapes(part):
            if value == [] and shape.items is not None:
                return [self.some(shape.items)]
            if value == {} and shape.properties:
                return {key: self.some(inner) for key, inner in shape.properties.items()}
            if value == {} and shape.values is not None:
                return {"key": self.some(shape.values)}
        return "made-up" if value == "" else ["made-up"] if value == [] else {"key": "made-up"}

    def shapes(self, part: Part) -> tuple[Shape, ...]:
        """Every way in which a value of a schema may be valid."""
        return self.schemas.shapes(part)


def objects(value: Json) -> dict[str, Json]:
    """An object; the empty one for anything else."""
    return value if isinstance(value, dict) else {}


def listed(value: Json) -> list[Json]:
    """A list; the empty one for anything else."""
    return value if isinstance(value, list) else []


def _unquoted(token: str) -> str:
    return unquote(token).replace("~1", "/").replace("~0", "~")


def _parameter_part(node: Mapping[str, Json], where: str) -> Part:
    for media_type, media in objects(node.get("content")).items():
        if is_json(media_type):
            return Part(objects(media).get("schema", {}), f"{where}/content/{escaped(media_type)}/schema")
        return Part({"type": "string"}, where)  # the caller writes it
    schema = node.get("schema", {})
    if "x-time-format" in node:
        schema = {**objects(schema), "x-time-format": node["x-time-format"]}
    return Part(schema, f"{where}/schema")


def _examples(node: Mapping[str, Json]) -> dict[str, Json]:
    named = objects(node.get("examples"))
    return {name: objects(example)["value"] for name, example in named.items() if "value" in objects(example)}


def _sendable(value: Json) -> bool:
    """Whether clients send a value in a parameter, where they refuse NUL and line breaks."""
    if isinstance(value, list | dict):
        return all(_sendable(item) for item in (value.values() if isinstance(value, dict) else value))
    return not isinstance(value, str) or re.search(r"[\0\r\n]", value) is None


def rank(media_type: str) -> int:
    """How much a media type is preferred; 0, which is JSON, is most, and forms are 1."""
    return next((rank for rank, known in enumerate(_MEDIA) if known.fullmatch(media_type.lower())), len(_MEDIA))


def _content(node: Json, where: str) -> Content:
    """The content that the client sends or expects: JSON where there is some."""
    content = objects(objects(node).get("content"))
    if not content:
        return Content()
    media_type = min(content, key=rank)
    entry = objects(content[media_type])
    part = Part(entry.get("schema", {}), f"{where}/content/{escaped(media_type)}/schema")
    return Content(media_type, part, _examples(entry), objects(node).get("required") is True)


def _responses(node: Mapping[str, Json], where: str) -> Iterator[DocumentedResponse]:
    documented = objects(node.get("responses"))
    for status, response in documented.items():
        if status.startswith("x-"):
            continue
        # Where no success is documented, the default is what comes of a call.
        alone = status == "default" and not any(other.startswith("2") for other in documented)
        at = f"{where}/responses/{escaped(status)}"
        headers = objects(objects(response).get("headers"))
        yield DocumentedResponse(
            status="2XX" if alone else status,
            where=at,
            content=_content(response, at),
            headers={name: objects(header).get("required") is True for name, header in headers.items()},
        )
