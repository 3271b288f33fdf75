"""The part of the reference page on errors: those that operations share, and the vendor's codes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jobclients_core.envelopes import Envelope, conditions
from jobclients_core.expressions import Place, source_of

from vendorsmith.emit.code import Code, markdown, markdown_code
from vendorsmith.emit.constants import is_success
from vendorsmith.emit.docs import error_class
from vendorsmith.emit.page import Blocks, Paragraph, codes, model_link, table
from vendorsmith.emit.reference_jobs import condition_text
from vendorsmith.emit.types import result_type
from vendorsmith.ir import Api, ErrorRule, Operation, Response, TypeRef

Row = tuple[Code, ...]
"""A response: its status, what it raises, its body and what it means."""


def error_blocks(api: Api) -> Blocks:
    """The errors that several operations share, and what the vendor's own codes mean."""
    shared = ((*row, _operations(api, names)) for row, names in shared_errors(api).items())
    return (
        *table("response | raises | body | what it means | operations", shared),
        *table("HTTP status | vendor's code | raises | may pass | what it means", map(_rule, api.errors.rules)),
        *map(Paragraph, _places(api)),
    )


def shared_errors(api: Api) -> dict[Row, list[str]]:
    """The errors that more than one operation documents in the same words, with those operations."""
    users: dict[Row, list[str]] = {}
    for operation in api.operations:
        for row in dict.fromkeys(documented_errors(operation)):
            users.setdefault(row, []).append(operation.name)
    return {row: names for row, names in users.items() if len(names) > 1}


def _operations(api: Api, names: Sequence[str]) -> Code:
    others = [operation.name for operation in api.operations if operation.name not in names]
    if len(others) > len(names):
        return codes(names)
    return Code(f"all but {codes(others)}" if others else "all")


def documented_errors(operation: Operation) -> Iterator[Row]:
    """The responses of an operation that are raised, its refusals with a 2xx status included."""
    for entry in operation.responses:
        if not is_success(operation, entry):
            yield markdown_code(entry.status), _raised(entry), body_cell(entry.type), markdown(entry.description)
    for test in _refusals(operation):
        yield markdown_code("2XX"), markdown_code("Refused"), Code(""), Code(f"Raised {test}.")


def _raised(response: Response) -> Code:
    return markdown_code(error_class(response.status))


def _refusals(operation: Operation) -> Iterator[Code]:
    """When a response with a 2xx status is raised as a refusal, in words."""
    envelope = operation.envelope or Envelope()
    if wanted := conditions(envelope.ok):
        yield Code(f"unless {condition_text(wanted)}")
    if unwanted := conditions(envelope.refused):
        yield Code(f"where {condition_text(unwanted)}")


def body_cell(type_: TypeRef | None) -> Code:
    """The body of a response: a model of the page, or another type."""
    if type_ is None:
        return Code("")
    return model_link(type_.name) if type_.kind == "ref" else markdown_code(result_type(type_))


def _places(api: Api) -> Iterator[Code]:
    errors = api.errors
    for attribute, places in (
        ("code", errors.code),
        ("vendor_message", errors.message),
        ("request_id", errors.request_id),
    ):
        if places:
            yield Code(f"{markdown_code(attribute)} of an exception is read from {_either(places)}.")


def _either(places: Sequence[Place]) -> Code:
    return codes(map(source_of, places), ", else ")


def _rule(rule: ErrorRule) -> Row:
    retried = {None: "as its HTTP status is", True: "yes", False: "no"}[rule.transient]
    return (
        codes(rule.status) or Code("any"),
        codes(rule.code) or Code("any"),
        markdown_code(rule.raises) if rule.raises else Code("as its HTTP status does"),
        Code(retried),
        markdown(rule.description),
    )
