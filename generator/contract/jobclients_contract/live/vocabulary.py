"""Words that are never secret: those of the document, and those of recordings and reports."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Final

from jobclients_contract.live.contract import Contract
from jobclients_contract.schema_model.values import Json

OWN: Final = """
format vendor options calls operation arguments result reason not_called requests stopped exchanges request method
target headers answer status interrupted transport failure drift findings severity breaking additive expected found
message spec pointer count first seen documented specification undocumented unreadable date deprecation sunset
a value that is not listed an error code that is not listed a word for the job's state that no rule knows
is documented to be always there, and is missing is documented as a known state it is of the type is null
is not a time in the documented format fits none of the documented shapes the status is not documented
and came in another unit does not match the documented pattern the time from start to end another text JSON in a text
seconds milliseconds microseconds nanoseconds seconds taken for milliseconds a thousandth of a thousand times
the header is documented as required, and is missing a code a message its body is in the recording
a redirect, which is not followed the media type is the body is empty cannot be read as nothing a text
the body of the error does not fit at the vendor announces the end of the operation
JSON string integer number boolean array object application/json text/html charset=utf-8
Bearer Basic password username credential session signature secret token authorization default unknown anonymous
"""
"""Phrases in which texts of the client and of the report are written."""


def keys(contract: Contract) -> frozenset[str]:
    """The documented names of properties and arguments, and the literal parts of paths.

    Args:
        contract: what is documented.
    """
    found = {name for schema in contract.document.schemas.components.values() for name in _properties(schema)}
    for method in contract.methods.values():
        found |= {name for item in method.arguments for name in (item.entry.wire, item.entry.name)}
        found |= set(method.operation.path.split("/")) - {""}
    return frozenset(found)


def harmless(contract: Contract) -> frozenset[str]:
    """Everything that is not a secret though a response may have it where secrets are.

    Args:
        contract: what is documented.
    """
    schemas, data = contract.document.schemas.components, contract.document.data
    found = {contract.vendor, contract.spec, *keys(contract), *schemas, *contract.exchanges}
    found |= {kind.__name__.removesuffix("Client") for kind in contract.suite.clients.classes.values()}
    found |= {credential.name for credential in contract.suite.credentials}
    found |= {status.phrase for status in HTTPStatus} | {line for line in OWN.splitlines() if line}
    for schema in schemas.values():
        found |= set(_listed(schema))
    for method in contract.methods.values():
        operation = method.operation
        found |= {operation.id, method.name, operation.path}
        for item in method.arguments:
            found |= set(_listed(item.part.schema))
        found |= set(_listed(operation.body.part.schema))
        for response in operation.responses:
            found |= {response.content.media_type, *_listed(response.content.part.schema)}
    return frozenset(found | set(texts(data.get("x-jobs"))) | set(texts(data.get("x-errors"))))


def _properties(schema: Json) -> Iterator[str]:
    """The documented properties of a schema, at any depth."""
    if isinstance(schema, dict):
        properties = schema.get("properties")
        if isinstance(properties, dict):
            yield from properties
        for value in schema.values():
            yield from _properties(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from _properties(item)


def _listed(schema: Json) -> Iterator[str]:
    """The texts that a schema lists as values, at any depth."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            yield from texts(value) if key in ("enum", "const", "default") else _listed(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from _listed(item)


def texts(value: Json) -> Iterator[str]:
    """The texts in a value, keys included.

    Args:
        value: any JSON.
    """
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value
