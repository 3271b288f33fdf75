"""Warns about what makes a valid spec hard to review, or its client hard to read."""

from __future__ import annotations

import re
from typing import Final

from jobclients_core.pointers import join
from jobclients_core.schema import Part
from jobclients_core.statuses import covers

from vendorsmith.diagnostics import Diagnostics, quote
from vendorsmith.spec.check import Check, entries, text
from vendorsmith.spec.source import Document
from vendorsmith.spec.source_map import Object
from vendorsmith.spec.unshown import lint_unshown

_SNAKE: Final = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


def lint(document: Document, diagnostics: Diagnostics) -> None:
    """Warn about what makes a valid spec hard to review or its client hard to read.

    Args:
        document: a document that :func:`~vendorsmith.spec.validate.validate` found no error in.
        diagnostics: takes the warnings.
    """
    check = Check(document, diagnostics)
    for _, operation, pointer in check.operations():
        _lint_operation(check, operation, pointer)
    lint_unshown(check)
    info = document.data.get("info")
    if isinstance(info, dict) and not text(info.get("description")).strip():
        check.warn_at_key("missing-description", "the API has no description", "/info")
    for name, schema in entries(_schemas(document)):
        at = join("/components/schemas", name)
        parts = check.schemas.parts(Part(schema, at))
        if isinstance(schema, dict) and not any(text(part.schema.get("description")).strip() for part in parts):
            check.warn_at_key("missing-description", f"the schema {quote(name)} has no description", at)


def _schemas(document: Document) -> Object:
    components = document.data.get("components")
    schemas = components.get("schemas") if isinstance(components, dict) else None
    return schemas if isinstance(schemas, dict) else {}


def _lint_operation(check: Check, operation: Object, pointer: str) -> None:
    operation_id = text(operation.get("operationId"))
    if "x-evidence" not in operation:
        message = f"nothing says where {quote(operation_id)} is documented"
        hint = "add: x-evidence: [{source: ..., kind: documentation}]"
        check.warn_at_key("missing-evidence", message, pointer, hint)
    if not _SNAKE.fullmatch(operation_id):
        message = f"the operationId {quote(operation_id)} is not in snake_case"
        check.warn("operation-id-style", message, join(pointer, "operationId"), "for example: get_job")
    _lint_unauthorised(check, operation, operation_id, pointer)
    if not text(operation.get("summary")).strip():
        message = f"{quote(operation_id)} has no summary, the first line of its docstring"
        check.warn_at_key("missing-description", message, pointer)
    for parameter, at, _ in check.parameters(operation, pointer):
        if not text(parameter.get("description")).strip():
            message = f"the parameter {quote(text(parameter.get('name')))} has no description"
            check.warn("missing-description", message, at)


def _lint_unauthorised(check: Check, operation: Object, operation_id: str, pointer: str) -> None:
    """Warn where a call asks for credentials and says nothing of wrong ones."""
    required = operation.get("security", check.document.data.get("security"))
    asked = isinstance(required, list) and bool(required) and {} not in required
    if asked and not any(covers(status, 401) for status, _ in entries(operation.get("responses"))):
        message = f"{quote(operation_id)} asks for credentials, and no response to wrong ones is described"
        check.warn_at_key("missing-401", message, join(pointer, "responses"), 'add a response "401"')
