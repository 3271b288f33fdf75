"""The documented calls of a spec, with the names that they have in the client."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from jobclients_contract.cases import Answer, Argument, Body, Example, Header, Json, Operation

from vendorsmith import ir, names
from vendorsmith.build.node import Node
from vendorsmith.cases import wire
from vendorsmith.cases.reading import Source, properties_of, schema_of
from vendorsmith.cases.values import value_of

_IDEMPOTENT: Final = frozenset(("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"))
_NO_PARAMETERS: Final = frozenset(
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
_PLACES: Final[tuple[ir.Location, ...]] = ("path", "query", "header", "cookie")
_MEDIA: Final = (
    re.compile(r"(?:(?:application|text)/json|.*\+json|\*/\*|application/\*)\s*(?:;.*)?"),
    re.compile(r"application/x-www-form-urlencoded|multipart/form-data"),
    re.compile(r"text/.*"),
)
"""Of several media types of a content the client uses the first of these, and of others the first."""
_FORM: Final = 1


@dataclass(frozen=True, slots=True)
class _Spelling:
    """The names of one operation.

    What the client does not know gets the name that it would have, so that a call which gives it fails.

    Attributes:
        known: parameters by location and key in the request.
        fields: properties of the body by key.
        spread: whether each of these is an argument; otherwise the whole body is one.
    """

    known: Mapping[tuple[str, str], str]
    fields: Mapping[str, str]
    spread: bool

    @classmethod
    def of(cls, source: Source, operation: ir.Operation | None, node: Node) -> _Spelling:
        """The names that the client has, and whether the document spreads the body of a call."""
        media_type, content = _content(node.get("requestBody"))
        body = _object(content.get("schema")) if _rank(media_type) <= _FORM else None
        if operation is None:
            return cls({}, {}, body is not None)
        parameters: dict[tuple[str, str], str] = {
            (item.location, item.wire): item.name for item in operation.parameters
        }
        if operation.body is not None and operation.body.fields:
            return cls(parameters, {item.wire: item.name for item in operation.body.fields}, body is not None)
        # Properties are no arguments if one has the name of a parameter, or one that is reserved.
        models = [schema for schema in source.api.schemas if body is not None and schema.at == body.locator]
        properties = {item.wire: item.name for model in models for item in model.properties}
        collide = set(properties.values()) & {*parameters.values(), *names.ARGUMENT_NAMES}
        return cls(parameters, properties, body is not None and not collide)

    def parameter(self, location: str, key: str) -> str:
        """The argument that a parameter is."""
        return self.known.get((location, key)) or self._made(key)

    def field(self, key: str) -> str:
        """The argument that a property of the body is."""
        return self.fields.get(key) or self._made(key)

    def _made(self, key: str) -> str:
        taken = {*self.known.values(), *self.fields.values()}
        return names.numbered(names.snake(key, names.ARGUMENT_NAMES) or "unnamed", taken)


def operations(source: Source) -> Iterator[Operation]:
    """Every documented call, in the spec's order."""
    named = {(operation.method, operation.path): operation for operation in source.api.operations}
    for path, http, node in source.operations():
        known = named.get((http, path))
        spelling = _Spelling.of(source, known, node)
        arguments = (*_parameters(source, node, spelling), *_fields(source, node, spelling))
        yield Operation(
            id=node.text("operationId"),
            method=known.name if known is not None else names.snake(node.text("operationId"), names.METHOD_NAMES),
            http=http,
            path=path,
            where=node.locator,
            arguments=arguments,
            exactly_one=tuple(_exactly_one(node, arguments)),
            body=_body(source, node, spelling),
            answers=tuple(_answers(source, node)),
            security=_security(source, node),
            repeatable=node.flag("x-idempotent", default=http in _IDEMPOTENT),
            envelope=(node if node.has("x-envelope") else source.root).get("x-envelope").value,
            with_headers=node.flag("x-returns-headers"),
        )


def _parameters(source: Source, node: Node, spelling: _Spelling) -> Iterator[Argument]:
    declared = wire.parameters_of(node)
    ordered: list[tuple[ir.Location, str]] = [
        (place, key) for place in _PLACES for where, key in declared if where == place
    ]
    for location, key in ordered:
        if location == "header" and key.lower() in _NO_PARAMETERS:
            continue
        parameter = declared[location, key]
        found = tuple(examples(source, parameter))
        yield Argument(
            name=spelling.parameter(location, key),
            wire=key,
            location=location,
            where=parameter.locator,
            schema=_with_time(parameter, schema_of(parameter.raw("schema"))),
            value=found[0].value if found else _made_up(parameter),
            documented=bool(found),
            required=location == "path" or parameter.flag("required"),
            client=parameter.has("x-client-parameter"),
            examples=found,
        )


def _with_time(parameter: Node, schema: Json) -> Json:
    """The format of a time may stand beside the schema."""
    if parameter.has("x-time-format"):
        return {**(schema if isinstance(schema, dict) else {}), "x-time-format": parameter.text("x-time-format")}
    return schema


def _made_up(parameter: Node) -> Json:
    schema = parameter.get("schema")
    if parameter.has("x-time-format") and isinstance(schema.value, dict):
        schema = schema.at({**schema.value, "x-time-format": parameter.text("x-time-format")}, schema.pointer)
    value = value_of(schema)
    # An object without properties is no text at all, which a path cannot hold.
    return {name: value_of(item) for name, item in schema.get("properties").items()} if value == {} else value


def _content(node: Node) -> tuple[str, Node]:
    """Media type and entry of the content that the client sends or expects: JSON where there is some."""
    entries = list(node.get("content").items())
    return min(entries, key=lambda entry: _rank(entry[0]), default=("", node.get("content").get("none")))


def _rank(media_type: str) -> int:
    """How much a media type is preferred; 0 is most."""
    return next((rank for rank, known in enumerate(_MEDIA) if known.fullmatch(media_type.lower())), len(_MEDIA))


def _object(schema: Node) -> Node | None:
    """The schema that says that a value is an object with properties, and that only: not null, and no alternative."""
    combined = schema.get("allOf").value
    if isinstance(combined, list) and len(combined) == 1 and not schema.has("properties"):
        return _object(schema.get("allOf").get(0))
    lists = [schema.raw(key) for key in ("oneOf", "anyOf")] if not combined else []
    choices = [item.raw(index) for item in lists if isinstance(item.value, list) for index in range(len(item.value))]
    alone = (
        schema.get("type").value in (None, "object", ["object"])
        and not any(schema.has(key) for key in ("enum", "const", "x-time-format"))
        and not any(choice.has("$ref") or choice.has("properties") for choice in choices)
    )
    return schema if alone and properties_of(schema)[0] else None


def _others(node: Node, chosen: str) -> tuple[str, ...]:
    """The documented media types beside the one that the client uses."""
    return tuple(name for name, _ in node.get("content").items() if name != chosen)


def _body(source: Source, node: Node, spelling: _Spelling) -> Body | None:
    request = node.get("requestBody")
    media_type, content = _content(request)
    if not media_type:
        return None
    return Body(
        where=request.locator,
        media_type=media_type,
        schema=schema_of(content.raw("schema")),
        required=request.flag("required"),
        argument="" if spelling.spread else "body",
        examples=tuple(examples(source, content)),
        others=_others(request, media_type),
    )


def _fields(source: Source, node: Node, spelling: _Spelling) -> Iterator[Argument]:
    """The arguments that a body is made of."""
    request = node.get("requestBody")
    media_type, content = _content(request)
    if not media_type:
        return
    schema = content.get("schema")
    whole = tuple(examples(source, content))
    if not spelling.spread:
        value = whole[0].value if whole else value_of(schema)
        required = request.flag("required")
        plain = schema_of(content.raw("schema"))
        yield Argument("body", "", "body", request.locator, plain, value, bool(whole), required)
        return
    properties, needed = properties_of(schema)
    for key, holder in properties.items():
        child = holder.get(key)
        documented = [item.value for item in whole if isinstance(item.value, dict)]
        shown = [body[key] for body in documented if key in body]
        yield Argument(
            name=spelling.field(key),
            wire=key,
            location="field",
            where=child.locator,
            schema=schema_of(holder.raw(key)),
            value=shown[0] if shown else value_of(child),
            documented=bool(shown),
            required=key in needed and request.flag("required"),
            needed=key in needed and not request.flag("required"),
        )


def _exactly_one(node: Node, arguments: Sequence[Argument]) -> Iterator[tuple[str, ...]]:
    spelled = {argument.wire: argument.name for argument in arguments}
    for group in node.get("x-exactly-one-of"):
        if isinstance(group.value, list):
            yield tuple(spelled[str(wire)] for wire in group.value)


def _answers(source: Source, node: Node) -> Iterator[Answer]:
    documented = [status for status, _ in node.get("responses").items()]
    for status, response in node.get("responses").items():
        if status.startswith("x-"):
            continue
        # Where no success is documented, the default is what comes of a call.
        alone = status == "default" and not any(other.startswith("2") for other in documented)
        media_type, content = _content(response)
        yield Answer(
            status="2XX" if alone else status,
            where=node.get("responses").raw(status).locator,
            media_type=media_type,
            schema=schema_of(content.raw("schema")) if media_type else None,
            examples=tuple(examples(source, content)),
            headers=tuple(
                Header(name, header.locator, schema_of(header.raw("schema")), header.flag("required"))
                for name, header in response.get("headers").items()
            ),
            others=_others(response, media_type),
        )


def examples(source: Source, holder: Node) -> Iterator[Example]:
    """The examples of a parameter, or of the content of a body."""
    for name, example in holder.get("examples").items():
        if example.has("value"):
            yield Example(name, example.locator, example.get("value").value)


def _security(source: Source, node: Node) -> tuple[tuple[str, ...], ...]:
    holder = node if node.has("security") else source.root
    alternatives = [tuple(item.value) for item in holder.get("security") if isinstance(item.value, dict)]
    return tuple(alternatives)
