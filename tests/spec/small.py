"""Small documents of one operation, and what is said of them."""

from __future__ import annotations

import json
from typing import Any

from vendorsmith.diagnostics import Diagnostics
from vendorsmith.spec.published import mend
from vendorsmith.spec.source import Document, parse
from vendorsmith.spec.upgrade import upgrade
from vendorsmith.spec.validate import validate

RESPONSES = {"200": {"description": "It."}}


def read(data: dict[str, Any]) -> Document:
    """A document of ours."""
    document = parse(json.dumps(data), "openapi.json", Diagnostics(), strict_json=True)
    assert document is not None
    return document


def said(data: dict[str, Any], *, reviewed: bool = True) -> list[str]:
    """Each problem of a document, with its pointer and its hint, on one line."""
    diagnostics = Diagnostics()
    document = upgrade(read(data), diagnostics)
    if document is not None:
        found = Diagnostics()
        validate(document, found, reviewed=reviewed)
        diagnostics.extend(found if reviewed else mend(document, found).diagnostics)
    return [
        ("" if diagnostic.severity == "error" else "warning ")
        + f"{diagnostic.place.pointer if diagnostic.place else ''} {diagnostic.code}: {diagnostic.message}"
        + (f" ({diagnostic.hint})" if diagnostic.hint else "")
        for diagnostic in diagnostics
    ]


def spec(operation: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A document with one operation."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {"/it": {"post": {"operationId": "get_it", **operation}}},
        **more,
    }


def answering(schema: Any, **more: Any) -> dict[str, Any]:
    """A document whose operation is answered with JSON."""
    content = {"application/json": {"schema": schema}}
    return spec({"responses": {"200": {"description": "It.", "content": content}}}, **more)
