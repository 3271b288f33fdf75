"""Checks `x-request-samples`: the arguments of documented requests are documented."""

from __future__ import annotations

from jobclients_core.media_types import is_read_as_json
from jobclients_core.pointers import join, parent

from vendorsmith.diagnostics import quote
from vendorsmith.spec.check import Check, entries, text
from vendorsmith.spec.source_map import JSON, Object
from vendorsmith.spec.wording import meant_or_known


def check_request_samples(check: Check) -> None:
    """Report what a documented request gives and its operation does not describe."""
    for _, operation, pointer in check.operations():
        samples = operation.get("x-request-samples")
        if not isinstance(samples, dict):
            continue
        item_pointer = parent(pointer)
        item = check.document.at(item_pointer)
        owners = [(item if isinstance(item, dict) else {}, item_pointer), (operation, pointer)]
        fields = _fields(check, operation, pointer)
        names = [text(found.get("name")) for owner, at in owners for found, _, _ in check.parameters(owner, at)]
        for name, sample in samples.items():
            if isinstance(sample, dict):
                at = join(pointer, "x-request-samples", name)
                _check_names(check, sample.get("parameters"), join(at, "parameters"), [*names, *(fields or ())])
                _check_names(check, sample.get("body"), join(at, "body"), fields)


def _check_names(check: Check, given: JSON, pointer: str, known: list[str] | None) -> None:
    if known is None:
        return
    for name, _ in entries(given):
        if name not in known:
            message = f"the operation has nothing called {quote(name)}"
            check.error_at_key("unknown-parameter", message, join(pointer, name), meant_or_known(name, known, "it has"))


def _fields(check: Check, operation: Object, pointer: str) -> list[str] | None:
    """The properties of a JSON body; None where they are not listed."""
    body = check.follow(operation.get("requestBody"), join(pointer, "requestBody"))
    contents = list(entries(body[0].get("content"))) if body is not None else []
    for media_type, content in contents:
        if body is not None and is_read_as_json(media_type) and isinstance(content, dict):
            at = join(body[1], "content", media_type, "schema")
            schema = check.follow(content.get("schema"), at)
            properties = schema[0].get("properties") if schema is not None else None
            if isinstance(properties, dict):
                return list(properties)
    return None
