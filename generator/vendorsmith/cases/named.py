"""The names that fields and members have in Python, and the fields that have typed readers, as tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from jobclients_contract.cases import Names

from vendorsmith import ir
from vendorsmith.build.node import Node
from vendorsmith.cases.reading import Source, properties_of

_DEPTH: Final = 12
_OTHERWISE: Final = ("enum", "const", "x-time-format")
"""Keywords that tell what a text is before its media type does."""


def names(source: Source) -> Iterator[Names]:
    """The models and enumerations of a client; what is called as in JSON is not listed.

    Args:
        source: the spec, and the names as they were decided.
    """
    classes = {schema.name for schema in source.api.schemas}
    for schema in source.api.schemas:
        if schema.kind == "alias":
            continue
        node = source.at(schema.at)
        listed = schema.values if schema.kind == "enum" else schema.properties
        yield Names(
            schema=schema.name,
            where=node.locator,
            names={item.wire: item.name for item in listed if item.wire != item.name},
            readers=() if f"{schema.name}Accessors" in classes else tuple(_readers(schema, node)),
        )


def _readers(schema: ir.Schema, node: Node) -> Iterator[str]:
    """The fields whose text may hold JSON, but for those whose readers would be other fields."""
    named = {entry.wire: entry.name for entry in schema.properties}
    taken = set(named.values())
    properties, _ = properties_of(node)
    for key, holder in properties.items():
        name = named.get(key, key)
        if _may_hold_json(holder.get(key)) and not {f"{name}_as", f"{name}_text"} & taken:
            yield name


def _may_hold_json(schema: Node, depth: int = 0) -> bool:
    """Whether a value, or one of its alternatives, is a text that holds JSON (`contentMediaType`)."""
    if depth > _DEPTH or any(schema.has(key) for key in _OTHERWISE):
        return False
    kind = schema.get("type").value
    if schema.text("contentMediaType").partition(";")[0].strip() == "application/json":
        return kind is None or "string" in (kind if isinstance(kind, list) else [kind])
    return any(_may_hold_json(part, depth + 1) for key in ("allOf", "oneOf", "anyOf") for part in schema.get(key))
