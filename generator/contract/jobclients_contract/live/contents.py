"""Writes the OpenAPI `content` that would document a response of an undocumented status."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from jobclients_contract.foreign.schemas import SchemaValidator
from jobclients_contract.live.cassette import Cassette, RecordedExchange
from jobclients_contract.live.contract import Contract
from jobclients_contract.live.findings import Finding
from jobclients_contract.live.scrub import Scrubber
from jobclients_contract.live.transports import path_pattern
from jobclients_contract.schema_model.document import Operation, objects
from jobclients_contract.schema_model.values import Json

STATUSES = ("undocumented-status", "redirect")
"""Kinds of drift that would be documented by a response."""

_DESCRIBED: Json = "ObservedDrift in responses, and not documented."


def contents(
    contract: Contract, cassette: Cassette, findings: Iterable[Finding], scrubber: Scrubber
) -> dict[Finding, Mapping[str, Json]]:
    """The content of the response that first showed an undocumented status.

    Args:
        contract: what is documented.
        cassette: the recording, without secrets.
        findings: what was found.
        scrubber: tells which keys may be shown.

    Returns:
        Content by finding; an empty one for a response without a body, and none where the body is not known.
    """
    validator = SchemaValidator(contract.document.data)
    found: dict[Finding, Mapping[str, Json]] = {}
    for finding in findings:
        if finding.kind in STATUSES:
            operation = contract.methods[finding.operation].operation
            exchange = _exchange(cassette, operation, finding)
            content = None if exchange is None else _content(validator, scrubber, operation, exchange)
            if content is not None:
                found[finding] = content
    return found


def _exchange(cassette: Cassette, operation: Operation, finding: Finding) -> RecordedExchange | None:
    own = path_pattern(operation.path)
    return next(
        (
            one
            for one in cassette.exchanges
            if one.call == finding.call and str(one.status) == finding.found and own.match(one.target)
        ),
        None,
    )


def _content(
    validator: SchemaValidator, scrubber: Scrubber, operation: Operation, exchange: RecordedExchange
) -> Mapping[str, Json] | None:
    body, media_type = exchange.response_body, exchange.response_headers.get("content-type", "").partition(";")[0]
    if not body:
        return {}
    if "json" in body and exchange.status is not None:
        known = _documented(validator, operation, exchange.status, body["json"])
        schema = known or _schema(scrubber, body["json"])
        return {media_type or "application/json": {"schema": schema}}
    if "text" in body and media_type and "json" not in media_type:
        return {media_type: {"schema": {"type": "string"}}}
    return None


def _documented(validator: SchemaValidator, operation: Operation, status: int, value: Json) -> dict[str, Json] | None:
    """The reference to a schema that the operation documents for a status that means the same, if the body fits it."""
    for response in operation.responses:
        schema = objects(response.content.part.schema)
        alike = response.content.media_type and response.success is (200 <= status < 300)
        if alike and set(schema) == {"$ref"} and isinstance(value, dict):
            pointer = str(schema["$ref"]).removeprefix("#")
            # Where nothing is required, any object would fit.
            if validator.diagnostics(pointer, {}) and not validator.diagnostics(pointer, value):
                return {"$ref": schema["$ref"]}
    return None


def _schema(scrubber: Scrubber, value: Json) -> dict[str, Json]:
    """The types of a value and of what is in it."""
    if isinstance(value, dict):
        inside: dict[str, Json] = {
            key: {"description": _DESCRIBED, **_schema(scrubber, item)}
            for key, item in value.items()
            if scrubber.property(key)
        }
        return {"type": "object", "properties": inside}
    if isinstance(value, list):
        items: dict[str, Json] = {json.dumps(kept): kept for kept in (_schema(scrubber, item) for item in value)}
        only = next(iter(items.values())) if len(items) == 1 else None
        return {"type": "array", **({"items": only} if only is not None else {})}
    if value is None:
        return {}
    if isinstance(value, bool):
        return {"type": "boolean"}
    kinds: dict[type, Json] = {int: "integer", float: "number"}
    return {"type": kinds.get(type(value), "string")}
