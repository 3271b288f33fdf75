"""Accessors: typed readers of the properties of a model that hold JSON in a string."""

from __future__ import annotations

from vendorsmith.ir import Api, Property, Schema


def shaped_properties(api: Api, schema: Schema) -> tuple[Property, ...]:
    """The properties that get `NAME_as(kind)` and `NAME_text`: those that hold JSON in a string.

    Where a schema has the name of the class of readers, or a property the name of a reader, there is no reader.
    """
    if any(other.name == accessor_class(schema) for other in api.schemas):
        return ()
    taken = {entry.name for entry in schema.properties}
    return tuple(
        entry
        for entry in schema.properties
        if _holds_json_text(entry) and not {f"{entry.name}_as", f"{entry.name}_text"} & taken
    )


def accessor_class(schema: Schema) -> str:
    """The name of the class of readers that the model builds on."""
    return f"{schema.name}Accessors"


def _holds_json_text(entry: Property) -> bool:
    return any(type_.kind == "json_text" for type_ in (entry.type, *entry.type.variants))
