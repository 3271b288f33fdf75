"""Writes test cases of models and enumerations."""

from __future__ import annotations

from collections.abc import Iterator

from jobclients_contract.schema_model.entries import fields_of
from jobclients_contract.schema_model.notation import member_text
from jobclients_contract.schema_model.pointers import Missing
from jobclients_contract.schema_model.shapes import Part

from vendorsmith import ir
from vendorsmith.suite_line import Line, given, line
from vendorsmith.testcases.context import SuiteContext


def model_lines(context: SuiteContext) -> Iterator[Line]:
    """The models and enumerations of a client."""
    for schema in context.api.schemas:
        locator = context.locator(schema.at)
        found = context.document.at(locator)
        if isinstance(found, Missing):
            continue  # of what has this name nothing is said
        part = Part(found, locator)
        at = given(at=locator if locator != f"/components/schemas/{schema.name}" else None)
        if schema.kind == "object":
            shapes = [shape for shape in context.document.shapes(part) if shape.properties]
            names = {item.wire: item.name for item in schema.properties}
            yield line(
                "model", schema.name, *map(str, fields_of(context.document, context.classes, shapes, names)), **at
            )
        elif schema.kind == "enum":
            yield _enumeration(context, schema, part, at)
        else:
            yield line("alias", schema.name, context.notation.meant(part), **at)


def _enumeration(context: SuiteContext, schema: ir.Schema, part: Part, at: dict[str, object]) -> Line:
    listed = [word for shape in context.document.shapes(part) for word in shape.enum_values or ()]
    names = {item.wire: item.name for item in schema.values}
    entries = [word if word is None else member_text(word, names.get(str(word), "")) for word in listed]
    return line("enumeration", schema.name, *entries, **at)
