"""Facts to the words of a vendor's reference page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vendorsmith.emit.code import Code, markdown, markdown_code
from vendorsmith.emit.constants import is_success
from vendorsmith.emit.docs import error_class, summary
from vendorsmith.emit.reference_jobs import JobsSection, evidence_line, jobs_sections
from vendorsmith.emit.types import argument_type, result_type
from vendorsmith.ir import Api, Operation, Response


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table of arguments or answers."""

    name: Code
    where: Code
    type: Code
    description: Code


@dataclass(frozen=True, slots=True)
class OperationEntry:
    """One operation on the page."""

    name: Code
    summary: Code
    request: Code
    arguments: tuple[Row, ...]
    answers: tuple[Row, ...]
    evidence: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class ContradictionRow:
    """One contradiction on the page."""

    about: Code
    text: Code
    sample: Code
    chosen: Code


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that the page's template places."""

    title: Code
    description: Code
    package: Code
    vendor: Code
    client: Code
    operations: tuple[OperationEntry, ...]
    jobs: tuple[JobsSection, ...]
    known_by_name: tuple[Code, ...]
    contradictions: tuple[ContradictionRow, ...]


def reference_words(api: Api, package: str) -> Page:
    """The words of a vendor's reference page."""
    return Page(
        title=markdown(api.title),
        description=markdown(api.description),
        package=Code(package),
        vendor=Code(api.vendor),
        client=Code(f"{api.class_prefix}Client"),
        operations=tuple(_operation(api, entry) for entry in api.operations),
        jobs=jobs_sections(api),
        known_by_name=tuple(Code(f"{markdown(entry.name)}: {markdown(entry.note)}") for entry in api.known_by_name)
        or (Code("nothing"),),
        contradictions=tuple(
            ContradictionRow(
                markdown(entry.about), markdown(entry.text), markdown(entry.sample), markdown(entry.chosen)
            )
            for entry in api.contradictions
        ),
    )


def _operation(api: Api, operation: Operation) -> OperationEntry:
    return OperationEntry(
        name=markdown_code(operation.name),
        summary=markdown(summary(operation)),
        request=markdown_code(f"{operation.method} {operation.path}"),
        arguments=tuple(_arguments(api, operation)),
        answers=tuple(_answer(operation, entry) for entry in operation.responses),
        evidence=tuple(evidence_line(entry) for entry in operation.evidence) or (Code("none stated"),),
    )


def _arguments(api: Api, operation: Operation) -> Iterator[Row]:
    for entry in operation.parameters:
        where = f"{entry.location}, required" if entry.required else entry.location
        type_ = markdown_code(argument_type(api, entry.type))
        yield Row(markdown_code(entry.name), Code(where), type_, markdown(entry.description))
    for field in operation.body.fields if operation.body else ():
        where = "body, required" if field.required else "body"
        type_ = markdown_code(argument_type(api, field.type))
        yield Row(markdown_code(field.name), Code(where), type_, markdown(field.description))
    if operation.body and not operation.body.fields:
        type_ = markdown_code(argument_type(api, operation.body.type))
        yield Row(markdown_code("body"), Code("body"), type_, markdown(operation.body.description))


def _answer(operation: Operation, response: Response) -> Row:
    success = is_success(operation, response)
    meaning = markdown(response.description)
    raised = Code("" if success else f"{markdown_code(error_class(response.status))}: ")
    return Row(
        markdown_code(response.status),
        Code(""),
        markdown_code(result_type(response.type)),
        Code(f"{raised}{meaning}"),
    )
