"""Words that are no secrets wherever they stand: what is documented, and what recordings and reports say themselves."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Final

from jobclients_contract.cases import Contract, Json

OWN: Final = """
format vendor options calls operation arguments result reason not_called requests stopped exchanges request method
target headers answer status interrupted transport failure drift findings severity breaking additive expected found
message spec pointer count first seen documented specification undocumented unreadable date deprecation sunset
a value that is not listed an error code that is not listed a word for the job's state that no rule knows
is documented to be always there, and is missing is documented as a known state it is of the type is null
is no time in the documented format fits none of the documented shapes the status is not documented
a redirect, which is not followed the media type is the body is empty the body cannot be read nothing a text
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
    found = {name for schema in contract.schemas.values() for name in _properties(schema)}
    for operation in contract.operations:
        found |= {name for item in operation.arguments for name in (item.wire, item.name)}
        found |= set(operation.path.split("/")) - {""}
    return frozenset(found)


def words(contract: Contract) -> frozenset[str]:
    """Everything that is no secret though an answer may have it where secrets stand.

    Args:
        contract: what is documented.
    """
    found = {contract.vendor, contract.spec, contract.prefix, *keys(contract), *contract.schemas}
    found |= {status.phrase for status in HTTPStatus} | {line for line in OWN.splitlines() if line}
    for schema in contract.schemas.values():
        found |= set(_listed(schema))
    for operation in contract.operations:
        found |= {operation.id, operation.method, operation.path}
        for item in operation.arguments:
            found |= set(_listed(item.schema))
        found |= set(_listed(operation.body.schema)) if operation.body is not None else set()
        for answer in operation.answers:
            found |= {answer.media_type, *_listed(answer.schema)}
    for kind in contract.kinds:
        found |= {kind.name, *texts(kind.spec)}
        found |= {text for state in kind.states for text in (state.word, state.state)}
    return frozenset(
        found
        | set(texts(contract.errors))
        | {item.exchange.operation for item in contract.credentials if item.exchange}
    )


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
