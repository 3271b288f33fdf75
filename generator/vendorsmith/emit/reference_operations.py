"""Operations to the sections of the reference page on calls."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

from vendorsmith.emit.code import Code, markdown, markdown_code
from vendorsmith.emit.constants import is_success
from vendorsmith.emit.docs import summary
from vendorsmith.emit.page import NO, YES, Blocks, Paragraph, Section, codes, evidence, listing, paragraphs, table
from vendorsmith.emit.reference_contradictions import operation_at
from vendorsmith.emit.reference_errors import Row, body_cell, documented_errors, shared_errors
from vendorsmith.emit.types import argument_type
from vendorsmith.ir import Api, BodyField, Operation, Parameter


def operation_sections(api: Api, contradictions: Mapping[str, Blocks]) -> Iterator[Section]:
    """The operations in the order of the document, without what is said of errors that several share."""
    shared = shared_errors(api)
    for operation in api.operations:
        yield Section(
            markdown_code(operation.name),
            (
                Paragraph(Code(f"{markdown(summary(operation))} {_request(operation)}")),
                *(paragraphs(operation.description) if operation.summary else ()),
                *table("argument | type | required | sent in | what it is", _arguments(api, operation)),
                *listing("Responses:", _responses(operation, shared)),
                *contradictions.get(operation_at(operation.path, operation.method), ()),
                *evidence(operation.evidence),
            ),
        )


def _request(operation: Operation) -> Code:
    credentials = "" if any(operation.security) else ", without credentials"
    server = f" at {markdown_code(operation.server)}" if operation.server else ""
    return Code(f"{markdown_code(f'{operation.method} {operation.path}')}{server}{credentials}")


def _responses(operation: Operation, shared: Container[Row]) -> Iterator[Code]:
    """The results, the errors that only this operation documents, and the statuses of those that others have too."""
    for entry in operation.responses:
        if is_success(operation, entry):
            body = body_cell(entry.type) or markdown_code("None")
            yield Code(f"{markdown_code(entry.status)} returns {body}. {markdown(entry.description)}".rstrip())
    errors = list(documented_errors(operation))
    for status, raised, body, meaning in (row for row in errors if row not in shared):
        yield Code(f"{status} raises {raised}{f' with {body}' if body else ''}. {meaning}".rstrip())
    if statuses := ", ".join(dict.fromkeys(row[0] for row in errors if row in shared)):
        yield Code(f"{statuses}: as for other operations, see [Errors](#errors)")


def _arguments(api: Api, operation: Operation) -> Iterator[Row]:
    alternatives = {wire: group for group in operation.exactly_one_of for wire in group}
    for entry in operation.arguments:
        where = entry.location if isinstance(entry, Parameter) else "body"
        sent = where if entry.wire == entry.name else f"{where}, as {markdown_code(entry.wire)}"
        group = [operation.argument_names[wire] for wire in alternatives.get(entry.wire, ())]
        required = Code(f"one of {codes(group)}") if group else _required(entry)
        type_ = markdown_code(argument_type(api, entry.type))
        yield markdown_code(entry.name), type_, required, Code(sent), markdown(entry.description)
    if operation.body and not operation.body.fields:
        body = operation.body
        type_ = markdown_code(argument_type(api, body.type))
        yield markdown_code("body"), type_, YES if body.required else NO, Code("body"), markdown(body.description)


def _required(entry: Parameter | BodyField) -> Code:
    if isinstance(entry, Parameter) and entry.client != "no":
        return Code("here or in the client" if entry.required else "")
    return YES if entry.required else NO
