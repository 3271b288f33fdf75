"""Path items to operations: parameters, bodies, answers, and the names of methods and arguments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from jobclients_core.envelopes import Envelope
from jobclients_core.media_types import JSON, PLAIN_TEXT, essence, is_form, is_read_as_json, is_text, preferred
from jobclients_core.methods import METHODS, is_idempotent
from jobclients_core.operation import DEFAULT_STYLE, is_exploded
from jobclients_core.statuses import is_result

from vendorsmith import names
from vendorsmith.build.access import Requirements
from vendorsmith.build.cursor import Cursor
from vendorsmith.build.extensions import envelope, evidence
from vendorsmith.build.naming import spell
from vendorsmith.build.schemas import SchemaBuilder
from vendorsmith.build.servers import Servers
from vendorsmith.diagnostics import Place, quote
from vendorsmith.ir import (
    Body,
    BodyField,
    Location,
    Operation,
    Parameter,
    Response,
    Schema,
    TypeRef,
)
from vendorsmith.spec.operations import IGNORED_HEADERS

_LOCATIONS: tuple[Location, ...] = ("path", "query", "header", "cookie")
_SENT = {"*/*": JSON, "application/*": JSON, "text/*": PLAIN_TEXT}
"""The media types that requests name for documented ranges."""


@dataclass(slots=True)
class OperationBuilder:
    """Builds every operation of a document against one collection of schemas.

    Attributes:
        root: the document's root node.
        schemas: where types are built and named.
        requirements: what each operation requires.
        servers: where each operation is served.
        envelope: the envelope that holds where an operation states none.
    """

    root: Cursor
    schemas: SchemaBuilder
    requirements: Requirements
    servers: Servers
    envelope: Envelope | None

    def build(self) -> tuple[Operation, ...]:
        """All operations in the document's order; two that would be the same method are an error."""
        found: dict[str, Operation] = {}
        for path, item in self.root.get("paths").items():
            for method in METHODS:
                if not item.has(method):
                    continue
                operation = self._operation(path, method, item.get(method))
                first = found.get(operation.name)
                if first is not None and operation.name != "unnamed":
                    place = _place(self.root, operation)
                    self.root.diagnostics.add(
                        "duplicate-name",
                        f"operation {quote(operation.id)} would be the method {operation.name}, which operation "
                        f"{quote(first.id)} at {_place(self.root, first).line_in(place.file)} is already",
                        place,
                        "give one of them another name with x-python-name",
                    )
                found.setdefault(operation.name, operation)
        return tuple(found.values())

    def _operation(self, path: str, method: str, cursor: Cursor) -> Operation:
        id_ = cursor.text("operationId")
        name = spell(cursor, id_, lambda text: names.snake(text, names.METHOD_NAMES), "operation")
        prefix = names.pascal(name, frozenset())
        parameters = self._parameters(cursor, prefix)
        return Operation(
            id=id_,
            name=name,
            constant=names.constant(name, names.CONSTANT_NAMES),
            method=method.upper(),
            path=path,
            summary=cursor.text("summary"),
            description=cursor.text("description"),
            deprecated=cursor.flag("deprecated"),
            parameters=parameters,
            body=self._body(cursor, prefix, frozenset(parameter.name for parameter in parameters)),
            responses=tuple(self._responses(cursor, prefix)),
            security=self._security(cursor),
            envelope=envelope(cursor) if cursor.has("x-envelope") else self.envelope,
            idempotent=cursor.flag("x-idempotent", default=is_idempotent(method)),
            exactly_one_of=tuple(_groups(cursor)),
            returns_headers=cursor.flag("x-returns-headers"),
            evidence=evidence(cursor),
            server=self.servers.of(cursor),
        )

    def _security(self, cursor: Cursor) -> tuple[tuple[str, ...], ...]:
        """What the operation requires; what no document asks for is kept from servers that are not the client's."""
        required = self.requirements.of(cursor)
        undocumented = any(name in self.requirements.undocumented for names_ in required for name in names_)
        return () if undocumented and self.servers.is_elsewhere(cursor) else required

    def _parameters(self, cursor: Cursor, prefix: str) -> tuple[Parameter, ...]:
        """The parameters by location and order, each with a name of its own."""
        reserved = names.ARGUMENT_NAMES | ({"body"} if cursor.has("requestBody") else frozenset[str]())
        taken: set[str] = set()
        built: list[Parameter] = []
        for location in _LOCATIONS:
            for parameter in cursor.get("parameters"):
                wire = parameter.text("name")
                if parameter.text("in") != location or (location == "header" and wire.lower() in IGNORED_HEADERS):
                    continue
                own = reserved | (names.CONSTRUCTOR_NAMES if parameter.has("x-client-parameter") else frozenset[str]())
                name = spell(parameter, wire, partial(names.snake, taken=own), "parameter")
                if name in taken:
                    name = names.numbered(f"{name}_{location}", taken)
                taken.add(name)
                built.append(self._parameter(parameter, wire, name, location, prefix))
        return tuple(built)

    def _parameter(self, cursor: Cursor, wire: str, name: str, location: Location, prefix: str) -> Parameter:
        style = cursor.text("style", DEFAULT_STYLE[location])
        given = cursor.get("x-client-parameter").value
        model = prefix + names.pascal(name, frozenset())
        media_type, media = _preferred(cursor)
        as_json = media is not None and is_read_as_json(media_type)
        if as_json and media is not None:
            type_ = self.schemas.body(media.raw("schema"), model)
            named = self.schemas.schemas.get(type_.name)
            type_ = replace(type_, nullable=bool(named and named.type and named.type.nullable))
        else:  # what is not JSON is written by the caller
            schema = cursor.raw("schema") if cursor.has("schema") else cursor.at({"type": "string"}, cursor.pointer)
            type_ = self.schemas.type(schema, model)
        if cursor.text("x-time-format"):
            type_ = TypeRef("time", time_format=cursor.text("x-time-format"), nullable=type_.nullable)
        elif cursor.flag("x-secret"):
            type_ = replace(type_, secret=True)
        return Parameter(
            wire=wire,
            name=name,
            location=location,
            type=replace(type_, nullable=False) if location == "path" else type_,  # there is no null in a path
            required=location == "path" or cursor.flag("required"),
            description=cursor.text("description"),
            style=style,
            explode=cursor.flag("explode", default=is_exploded(style)),
            allow_reserved=cursor.flag("allowReserved")
            and location in ("path", "query"),  # nothing is encoded elsewhere
            client="required" if given is True else "optional" if given == "optional" else "no",
            is_json=as_json,
        )

    def _body(self, cursor: Cursor, prefix: str, taken: frozenset[str]) -> Body | None:
        body = cursor.get("requestBody")
        if not isinstance(body.value, dict):
            return None
        media_type, media = _preferred(body)
        if media is None:
            return None
        required = body.flag("required")
        description = body.text("description")
        if is_read_as_json(media_type) or is_form(media_type):
            type_ = self.schemas.body(media.raw("schema"), f"{prefix}Request")
            fields = self._fields(type_, taken, required=required)
        else:
            type_ = TypeRef("string" if is_text(media_type) else "bytes")
            fields = ()
        return Body(_SENT.get(essence(media_type), media_type), type_, required, description, fields)

    def _fields(self, type_: TypeRef, taken: frozenset[str], *, required: bool) -> tuple[BodyField, ...]:
        """The properties of an object body as arguments; none when one would collide with a parameter."""
        schema: Schema | None = self.schemas.schemas.get(type_.name)
        if schema is None or schema.kind != "object":
            return ()
        fields = tuple(
            BodyField(entry.wire, entry.name, entry.type, entry.required and required, entry.description)
            for entry in schema.properties
        )
        collide = any(entry.name in taken | names.ARGUMENT_NAMES for entry in fields)
        return () if collide else fields

    def _responses(self, cursor: Cursor, prefix: str) -> Iterator[Response]:
        responses = dict(cursor.get("responses").items())
        for status, response in responses.items():
            media_type, media = _preferred(response)
            name = (
                f"{prefix}Response"
                if is_result(status, responses)
                else f"{prefix}Error{names.pascal(status, frozenset()).removeprefix('X')}"
            )
            type_: TypeRef | None = None
            if media is not None and is_read_as_json(media_type):
                type_ = self.schemas.body(media.raw("schema"), name)
            elif media is not None:
                type_ = TypeRef("string" if is_text(media_type) else "bytes")
            yield Response(
                status,
                response.text("description"),
                media_type,
                type_,
            )


def operation_node(root: Cursor, operation: Operation) -> Cursor:
    """Where the document describes an operation."""
    return root.get("paths").get(operation.path).get(operation.method.lower())


def parameter_node(root: Cursor, operation: Operation, parameter: Parameter) -> Cursor:
    """Where the document describes a parameter of an operation."""
    declared = operation_node(root, operation).get("parameters")
    return next(
        cursor
        for cursor in declared
        if (cursor.text("in"), cursor.text("name")) == (parameter.location, parameter.wire)
    )


def _place(root: Cursor, operation: Operation) -> Place:
    return root.document.key_place(operation_node(root, operation).pointer)


def _preferred(cursor: Cursor) -> tuple[str, Cursor | None]:
    """The media type to use, and what is documented of it."""
    content = cursor.get("content")
    media_type = preferred(content.value) if isinstance(content.value, dict) else ""
    return media_type, content.get(media_type) if media_type else None


def _groups(cursor: Cursor) -> Iterator[tuple[str, ...]]:
    groups = cursor.get("x-exactly-one-of")
    for index in range(len(groups.value) if isinstance(groups.value, list) else 0):
        group = groups.get(index).value
        yield tuple(str(wire) for wire in group) if isinstance(group, list) else ()
