"""A call and the request that must come of it, written out by an encoder that the clients do not share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from jobclients_contract.cases import Argument, Credential, Json, Operation, Request, carried, usual

from vendorsmith.build.node import Node
from vendorsmith.cases import wire
from vendorsmith.cases.reading import Source, properties_of


@dataclass(frozen=True, slots=True)
class Call:
    """An operation with all that its requests depend on.

    Attributes:
        operation: what is called.
        parameters: the description of each parameter, by its Python name, in the order of the request.
        content: the schema of the body.
        options: arguments of the client's constructor.
        credentials: what the client is given.
        schemas: those that schemas of arguments refer to, by name.
    """

    operation: Operation
    parameters: Mapping[str, Node]
    content: Node
    options: Mapping[str, Json]
    credentials: Sequence[Credential]
    schemas: Mapping[str, Json]

    def schema(self, argument: Argument) -> Node:
        """The schema of an argument, as it is written."""
        if argument.location == "field":
            return properties_of(self.content)[0][argument.wire].raw(argument.wire)
        return self.content if argument.location == "body" else self.parameters[argument.name].raw("schema")

    def alone(self, argument: Argument, value: Json) -> dict[str, Json]:
        """The fewest arguments that make a valid call in which an argument has a value."""
        return self.operation.beside(argument.name) | {argument.name: value}

    def request(self, rule: str, name: str, where: str, arguments: Mapping[str, Json]) -> Request:
        """What must come of the operation with some arguments, as a table's row."""
        order = [item.name for item in self.operation.arguments]
        arguments = dict(sorted(arguments.items(), key=lambda entry: order.index(entry[0])))
        given = self._given(arguments)
        headers = {
            style.name.lower(): wire.header(style, value) for style, value in given if style.location == "header"
        }
        if cookie := wire.cookie(given):
            headers["cookie"] = cookie
        pairs = [pair for item in carried(self.operation, self.credentials) for pair in item.query]
        media_type, body = self._body(arguments)
        return Request(
            rule=rule,
            name=name,
            operation=self.operation.method,
            where=where,
            arguments=arguments,
            target=wire.target(self.operation.path, given, pairs),
            headers=headers,
            media_type=media_type,
            body=body,
        )

    def _given(self, arguments: Mapping[str, Json]) -> wire.Given:
        """The parameters with their values, the client's own ones included."""
        values = {name: value for name, value in self.options.items() if name in self.parameters} | dict(arguments)
        return [
            (wire.Style.of(_described(node)), values[name]) for name, node in self.parameters.items() if name in values
        ]

    def _body(self, arguments: Mapping[str, Json]) -> tuple[str, Json]:
        body = self.operation.body
        if body is None:
            return "", None
        if body.argument:
            if body.argument not in arguments:
                return "", None
            return body.media_type, wire.body(body.media_type, arguments[body.argument])
        fields = {item.name: item.wire for item in self.operation.arguments if item.location == "field"}
        sent: dict[str, Json] = {key: arguments[name] for name, key in fields.items() if name in arguments}
        if not sent and not body.required:
            return "", None
        return body.media_type, wire.body(body.media_type, sent)


def calls(
    source: Source,
    operations: Sequence[Operation],
    options: Mapping[str, Json],
    credentials: Sequence[Credential],
    schemas: Mapping[str, Json],
) -> Iterator[Call]:
    """Every operation with all that its requests depend on.

    Args:
        source: the spec.
        operations: its operations.
        options: arguments of the client's constructor.
        credentials: what it takes.
        schemas: of the spec, by name.
    """
    named = {(operation.http, operation.path): operation for operation in operations}
    for path, http, node in source.operations():
        operation = named[http, path]
        declared = wire.parameters_of(node)
        parameters = {
            argument.name: declared[argument.location, argument.wire]
            for argument in operation.arguments
            if argument.location not in ("field", "body")
        }
        media_type = operation.body.media_type if operation.body is not None else ""
        content = node.get("requestBody").get("content").get(media_type).get("schema")
        yield Call(operation, parameters, content, options, usual(credentials), schemas)


def _described(node: Node) -> Mapping[str, Json]:
    return node.value if isinstance(node.value, dict) else {}
