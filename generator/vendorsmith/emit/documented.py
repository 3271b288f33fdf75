"""The data file of a vendor: what is documented of its calls and what clients do not need, for vendors in tests."""

from __future__ import annotations

import json

from vendorsmith.ir import Api, Operation, Response
from vendorsmith.ir_base import Json


def documented(api: Api) -> str:
    """The text of `documented.json`: parameters, bodies and answers of each operation, as JSON Schemas and examples.

    Args:
        api: the vendor's facts.
    """
    content = {
        "operations": {entry.name: _operation(entry) for entry in api.operations},
        "components": {"schemas": {entry.name: entry.json_schema for entry in api.definitions}},
    }
    # The order of examples and properties is the document's own: the first example is the one that is served.
    return json.dumps(content, indent=1, ensure_ascii=True) + "\n"


def _operation(facts: Operation) -> dict[str, Json]:
    found: dict[str, Json] = {}
    if facts.parameters:
        found["parameters"] = {entry.name: entry.json_schema for entry in facts.parameters}
    if facts.body is not None:
        found["body"] = facts.body.json_schema
    found["responses"] = {entry.status: _response(entry) for entry in facts.responses}
    return found


def _response(facts: Response) -> Json:
    found: dict[str, Json] = {}
    if facts.media_type:
        found |= {"media_type": facts.media_type, "schema": facts.json_schema}
    if facts.headers:
        found["headers"] = {
            entry.wire: {"required": entry.required, "schema": entry.json_schema, "example": entry.example}
            for entry in facts.headers
        }
    examples: dict[str, Json] = {}
    for entry in facts.examples:
        named = examples.setdefault(entry.media_type, {})
        assert isinstance(named, dict)
        named[entry.name] = entry.value
    if examples:
        found["examples"] = examples
    return found
