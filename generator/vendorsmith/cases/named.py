"""The names that fields and members have in Python, as tables."""

from __future__ import annotations

from collections.abc import Iterator

from vendorsmith.cases.reading import Source
from vendorsmith.contract.cases import Names


def names(source: Source) -> Iterator[Names]:
    """The models and enumerations of a client; what is called as in JSON is not listed.

    Args:
        source: the spec, and the names as they were decided.
    """
    for schema in source.api.schemas:
        if schema.kind == "alias":
            continue
        place = source.where(source.root.at(None, schema.place.pointer))
        listed = schema.values if schema.kind == "enum" else schema.properties
        yield Names(schema.name, place, {item.wire: item.name for item in listed if item.wire != item.name})
