"""Where a schema says that something is secret (`x-secret`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

from jobclients_contract.cases import Contract, Json
from jobclients_contract.reading.pointers import MISSING, Missing

Path: TypeAlias = tuple[str | int, ...]
"""Keys and indices that lead to a place in a value."""

_DEPTH: Final = 12


def _parts(contract: Contract, schema: dict[str, Json]) -> Iterator[Json]:
    """The schemas that say something about the same value: what is referred to, and what is combined."""
    ref = schema.get("$ref")
    if isinstance(ref, str):
        yield contract.schemas.get(ref.rpartition("/")[2])
    for key in ("allOf", "anyOf", "oneOf"):
        options = schema.get(key)
        yield from options if isinstance(options, list) else ()


def secrets_in(contract: Contract, schema: Json, value: Json, depth: int = 0) -> Iterator[tuple[Path, str]]:
    """The texts in a value that its schema calls secret, and where they stand.

    Args:
        contract: the tables.
        schema: the value's schema.
        value: the value.
        depth: how many schemas it stands in.
    """
    if not isinstance(schema, dict) or depth > _DEPTH:
        return
    if schema.get("x-secret") is True and isinstance(value, str):
        yield (), value
        return
    for part in _parts(contract, schema):
        yield from secrets_in(contract, part, value, depth + 1)
    if isinstance(value, dict):
        properties = schema.get("properties")
        described = properties if isinstance(properties, dict) else {}
        for name, item in value.items():
            inner = described.get(name, schema.get("additionalProperties"))
            yield from (((name, *path), text) for path, text in secrets_in(contract, inner, item, depth + 1))
    if isinstance(value, list):
        for index, item in enumerate(value):
            found = secrets_in(contract, schema.get("items"), item, depth + 1)
            yield from (((index, *path), text) for path, text in found)


def secret_parts(contract: Contract, schema: Json, secret: str, depth: int = 0) -> Json | Missing:
    """As much of a value as holds every secret that a schema describes.

    Args:
        contract: the tables.
        schema: the value's schema.
        secret: what stands in the places of the secrets.
        depth: how many schemas it stands in.

    Returns:
        That part; `MISSING` where nothing is secret.
    """
    if not isinstance(schema, dict) or depth > _DEPTH:
        return MISSING
    if schema.get("x-secret") is True:
        return secret
    found: dict[str, Json] = {}
    for part in _parts(contract, schema):
        inner = secret_parts(contract, part, secret, depth + 1)
        if isinstance(inner, dict):
            found |= inner
        elif not isinstance(inner, Missing):
            return inner
    properties = schema.get("properties")
    for name, rules in properties.items() if isinstance(properties, dict) else ():
        inner = secret_parts(contract, rules, secret, depth + 1)
        if not isinstance(inner, Missing):
            found[name] = inner
    valued = secret_parts(contract, schema.get("additionalProperties"), secret, depth + 1)
    if not isinstance(valued, Missing):
        found["made-up"] = valued
    listed = secret_parts(contract, schema.get("items"), secret, depth + 1)
    if not isinstance(listed, Missing):
        return [listed]
    return found or MISSING
