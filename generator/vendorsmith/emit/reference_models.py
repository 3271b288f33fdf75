"""The part of the reference page on models: fields, status values and other types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from vendorsmith.emit.code import Code, markdown, markdown_code
from vendorsmith.emit.models import referred
from vendorsmith.emit.page import NO, YES, Blocks, Paragraph, Section, paragraphs, table
from vendorsmith.emit.types import field_type
from vendorsmith.ir import Api, Schema

GROWTH: Final = Paragraph(
    Code(
        "A field that is not required is None where a response lacks it. Fields that are not listed are kept, and so "
        "are, as text, values of an enumeration that are not listed. A body whose properties are the arguments of an "
        "operation is described there."
    )
)


def model_sections(api: Api, contradictions: Mapping[str, Blocks]) -> Iterator[Section]:
    """The models in the order of the document, each with the contradictions about it."""
    for schema in api.schemas:
        if _is_shown_as_arguments(api, schema) and schema.at not in contradictions:
            continue
        yield Section(
            markdown_code(f"models.{schema.name}"),
            (
                *paragraphs(schema.description),
                *_other_type(api, schema),
                *_fields(api, schema),
                *_values(schema),
                *contradictions.get(schema.at, ()),
            ),
        )


def _is_shown_as_arguments(api: Api, schema: Schema) -> bool:
    """Whether a schema is nothing but the body of operations, whose arguments its properties are."""
    bodies = [entry.body for entry in api.operations if entry.body is not None]
    types = [entry.type for entry in bodies if not entry.fields]
    types += [entry.type for operation in api.operations for entry in operation.parameters]
    types += [entry.type for operation in api.operations for entry in operation.responses if entry.type is not None]
    types += [entry.type for other in api.schemas for entry in other.properties]
    types += [other.type for other in api.schemas if other.type is not None]
    used = {name for type_ in types for name in referred(type_, in_text=True)}
    return schema.name not in used and any(entry.fields and entry.type.name == schema.name for entry in bodies)


def _other_type(api: Api, schema: Schema) -> Iterator[Paragraph]:
    if schema.type is not None:
        yield Paragraph(Code(f"A name for {markdown_code(field_type(api, schema.type))}."))


def _fields(api: Api, schema: Schema) -> Blocks:
    return table(
        "field | type | required | what it is",
        (
            (
                markdown_code(entry.name),
                markdown_code(field_type(api, entry.type)),
                YES if entry.required else NO,
                markdown(entry.description),
            )
            for entry in schema.properties
        ),
    )


def _values(schema: Schema) -> Blocks:
    rows = ((markdown_code(entry.name), markdown_code(entry.wire)) for entry in schema.values)
    return table("member | value", rows)
