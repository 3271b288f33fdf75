"""The documented calls of a spec, with the names that they have in the client."""

from __future__ import annotations

from collections.abc import Iterator

from vendorsmith import ir
from vendorsmith.build.node import Node
from vendorsmith.cases.reading import Source, schema_of
from vendorsmith.cases.values import value_of
from vendorsmith.contract.cases import Answer, Argument, Body, Example, Header, Json, Operation

_IDEMPOTENT = frozenset(("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"))


def operations(source: Source) -> Iterator[Operation]:
    """Every documented call, in the spec's order."""
    named = {(operation.method, operation.path): operation for operation in source.api.operations}
    for path, http, item, node in source.operations():
        names = named[http, path]
        body = _body(source, node, names)
        yield Operation(
            id=node.text("operationId"),
            method=names.name,
            http=http,
            path=path,
            where=source.where(node),
            arguments=(*_parameters(source, item, node, names), *_fields(source, node, names)),
            exactly_one=tuple(_exactly_one(node, names)),
            body=body,
            answers=tuple(_answers(source, node)),
            security=_security(source, node),
            repeatable=node.flag("x-idempotent", default=http in _IDEMPOTENT),
            envelope=(node if node.has("x-envelope") else source.root).get("x-envelope").value,
            with_headers=node.flag("x-returns-headers"),
        )


def _parameters(source: Source, item: Node, node: Node, names: ir.Operation) -> Iterator[Argument]:
    declared: dict[tuple[str, str], Node] = {}
    for parameter in [*item.get("parameters"), *node.get("parameters")]:
        declared[parameter.text("in"), parameter.text("name")] = parameter
    for known in names.parameters:  # what is no parameter of the client, such as a header of HTTP's own, is not there
        parameter = declared[known.location, known.wire]
        found = tuple(examples(source, parameter))
        yield Argument(
            name=known.name,
            wire=known.wire,
            location=known.location,
            where=source.where(parameter),
            schema=_with_time(parameter, schema_of(parameter.raw("schema"))),
            value=found[0].value if found else _made_up(parameter),
            documented=bool(found),
            required=parameter.text("in") == "path" or parameter.flag("required"),
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
    return value_of(schema)


def _content(node: Node) -> tuple[str, Node]:
    """Media type and entry of the content that the client sends or expects: JSON where there is some."""
    entries = list(node.get("content").items())
    as_json = [entry for entry in entries if "json" in entry[0].lower()]
    return (as_json or entries or [("", node.get("content").get("none"))])[0]


def _body(source: Source, node: Node, names: ir.Operation) -> Body | None:
    request = node.get("requestBody")
    if names.body is None or request.value is None:
        return None
    media_type, content = _content(request)
    return Body(
        where=source.where(request),
        media_type=media_type,
        schema=schema_of(content.raw("schema")),
        required=request.flag("required"),
        argument="" if names.body.fields else "body",
        examples=tuple(examples(source, content)),
    )


def _fields(source: Source, node: Node, names: ir.Operation) -> Iterator[Argument]:
    """The arguments that a body is made of."""
    if names.body is None:
        return
    request = node.get("requestBody")
    _, content = _content(request)
    schema = content.get("schema")
    whole = tuple(examples(source, content))
    if not names.body.fields:
        value = whole[0].value if whole else value_of(schema)
        required = request.flag("required")
        plain = schema_of(content.raw("schema"))
        yield Argument("body", "", "body", source.where(request), plain, value, bool(whole), required)
        return
    needed = schema.texts("required")
    for known in names.body.fields:
        child = schema.get("properties").get(known.wire)
        documented = [item.value for item in whole if isinstance(item.value, dict)]
        shown = [body[known.wire] for body in documented if known.wire in body]
        yield Argument(
            name=known.name,
            wire=known.wire,
            location="field",
            where=source.where(child),
            schema=schema_of(schema.get("properties").raw(known.wire)),
            value=shown[0] if shown else value_of(child),
            documented=bool(shown),
            required=known.wire in needed and request.flag("required"),
        )


def _exactly_one(node: Node, names: ir.Operation) -> Iterator[tuple[str, ...]]:
    spelled = {parameter.wire: parameter.name for parameter in names.parameters}
    if names.body is not None:
        spelled |= {field.wire: field.name for field in names.body.fields}
    for group in node.get("x-exactly-one-of"):
        if isinstance(group.value, list):
            yield tuple(spelled[str(wire)] for wire in group.value)


def _answers(source: Source, node: Node) -> Iterator[Answer]:
    for status, response in node.get("responses").items():
        if status.startswith("x-"):
            continue
        media_type, content = _content(response)
        yield Answer(
            status=status,
            where=source.where(node.get("responses").raw(status)),
            media_type=media_type,
            schema=schema_of(content.raw("schema")) if media_type else None,
            examples=tuple(examples(source, content)),
            headers=tuple(
                Header(name, source.where(header), schema_of(header.raw("schema")), header.flag("required"))
                for name, header in response.get("headers").items()
            ),
        )


def examples(source: Source, holder: Node) -> Iterator[Example]:
    """The examples of a parameter, or of the content of a body."""
    for name, example in holder.get("examples").items():
        if example.has("value"):
            yield Example(name, source.where(example), example.get("value").value)
    if holder.has("example"):
        yield Example("example", source.where(holder.raw("example")), holder.get("example").value)


def _security(source: Source, node: Node) -> tuple[tuple[str, ...], ...]:
    holder = node if node.has("security") else source.root
    alternatives = [tuple(item.value) for item in holder.get("security") if isinstance(item.value, dict)]
    return tuple(alternatives)
