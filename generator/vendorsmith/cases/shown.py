"""Examples that stand in schemas, each of one value and not of a whole message."""

from __future__ import annotations

from collections.abc import Iterator

from jobclients_contract.cases import Example, ValueExample

from vendorsmith.build.node import Node
from vendorsmith.cases.reading import Source, schema_of

_DATA = frozenset(("example", "examples", "default", "enum", "const"))
_MAPS = frozenset(("properties", "patternProperties", "$defs", "dependentSchemas", "schemas"))


def value_examples(source: Source) -> Iterator[ValueExample]:
    """Every example that stands in a schema, wherever the schema stands."""
    for key in ("paths", "components"):
        yield from _in_document(source, source.root.raw(key))


def _in_document(source: Source, node: Node) -> Iterator[ValueExample]:
    for key, child in _children(node):
        if key == "schema":
            yield from _in_schema(source, child)
        elif key == "schemas":
            for _, schema in _children(child):
                yield from _in_schema(source, schema)
        elif key not in _DATA and not key.startswith("x-"):
            yield from _in_document(source, child)


def _in_schema(source: Source, node: Node) -> Iterator[ValueExample]:
    for name, example in _examples(node):
        stripped = schema_of(node)
        yield ValueExample(Example(name, example.locator, example.value), stripped, node.locator)
    for key, child in _children(node):
        if key in _MAPS:
            for _, schema in _children(child):
                yield from _in_schema(source, schema)
        elif key not in _DATA and not key.startswith("x-"):
            yield from _in_schema(source, child)


def _examples(node: Node) -> Iterator[tuple[str, Node]]:
    if isinstance(node.value, dict):
        listed = node.value.get("examples")
        if isinstance(listed, list):
            yield from ((str(index), node.raw("examples").raw(index)) for index in range(len(listed)))
        if "example" in node.value:
            yield "example", node.raw("example")


def _children(node: Node) -> Iterator[tuple[str, Node]]:
    """What stands in a mapping or a list, references not followed."""
    if isinstance(node.value, dict):
        yield from ((key, node.raw(key)) for key in node.value)
    elif isinstance(node.value, list):
        yield from ((str(index), node.raw(index)) for index in range(len(node.value)))
