"""Values that fit a model's schema: the least that is valid, and the setting of single places in it."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias, cast

from pydantic import TypeAdapter

from .._runtime.shapes import is_array, is_object

Schema: TypeAlias = Mapping[str, Any]

_PLAIN: dict[str, Any] = {"string": "text", "integer": 1, "number": 1, "boolean": True, "null": None}


@cache
def schema_of(module: str, name: str) -> Schema:
    """The JSON Schema of a model, made once.

    Args:
        module: Module of the models.
        name: Name of the model.

    Returns:
        The schema, with its definitions.
    """
    return TypeAdapter(getattr(importlib.import_module(module), name)).json_schema(by_alias=True)


class Shape:
    """One place of a schema.

    Args:
        root: The whole schema, for its definitions.
        node: The schema of the place; empty where anything goes.
    """

    def __init__(self, root: Schema, node: Schema | None = None) -> None:
        self._root = root
        self._node = _resolved(root, root if node is None else node)

    @property
    def alternatives(self) -> list[Shape]:
        """The shapes it may have; itself where there is only one. Null comes last."""
        options: Sequence[Schema] = self._node.get("anyOf") or self._node.get("oneOf") or ()
        found = [item for option in options for item in Shape(self._root, option).alternatives]
        return sorted(found, key=lambda item: item.kind == "null") if found else [self]

    @property
    def kind(self) -> str:
        """The JSON type; empty where anything goes."""
        kind = self._node.get("type", "")
        if isinstance(kind, list):
            kind = cast("list[str]", kind)[0]
        if not kind and "properties" in self._node:
            return "object"
        return str(kind)

    @property
    def words(self) -> list[Any]:
        """The documented values, where they are listed."""
        return [
            value
            for option in self.alternatives
            for value in option._node.get("enum") or ([option._node["const"]] if "const" in option._node else ())
        ]

    @property
    def known(self) -> bool:
        """Whether the schema says anything of this place."""
        return bool(self._node)

    @property
    def content(self) -> Shape | None:
        """The shape of the JSON that this text holds; None for any other text."""
        if self._node.get("contentMediaType") != "application/json":
            return None
        return Shape(self._root, self._node.get("contentSchema") or {})

    def only(self, kind: str) -> Shape | None:
        """The alternative of a JSON type, or None."""
        return next((option for option in self.alternatives if option.kind == kind), None)

    def child(self, part: str) -> Shape:
        """One step down: a property, or an item for a number."""
        item = self.only("array") if part.isdigit() else None
        if item is not None:
            return Shape(self._root, item._node.get("items") or {})
        thing = self.only("object")
        node: Schema = {}
        if thing is not None:
            node = thing._node.get("properties", {}).get(part, {})
        return Shape(self._root, node)

    def at(self, pointer: str) -> Shape:
        """The shape at a JSON pointer."""
        found = self
        for part in parts_of(pointer):
            found = found.child(part)
        return found

    def sample(self, depth: int = 0) -> Any:
        """The least value that fits."""
        shape = self.alternatives[0]
        node = shape._node
        if "const" in node:
            return node["const"]
        if node.get("enum"):
            return node["enum"][0]
        if shape.kind == "array":
            count = int(node.get("minItems", 0)) if depth < 8 else 0
            return [Shape(self._root, node.get("items") or {}).sample(depth + 1) for _ in range(count)]
        if shape.kind == "object":
            return {name: shape.child(name).sample(depth + 1) for name in node.get("required", ()) if depth < 8}
        content = shape.content
        if content is not None:
            return json.dumps(content.sample(depth + 1), separators=(",", ":"))
        return _PLAIN.get(shape.kind, {})

    def fitting(self, value: Any) -> Any:
        """A value in the JSON type of this place: digits for a number where a text is wanted, and the reverse."""
        kinds = [option.kind for option in self.alternatives]
        if isinstance(value, bool) or not kinds or "" in kinds:
            return value
        if isinstance(value, str) and "string" not in kinds and value.lstrip("-").isdecimal():
            return int(value)
        if isinstance(value, (int, float)) and not {"integer", "number"} & set(kinds) and "string" in kinds:
            return str(value)
        return int(value) if isinstance(value, float) and "number" not in kinds else value


def _resolved(root: Schema, node: Schema) -> Schema:
    while "$ref" in node:
        node = root["$defs"][str(node["$ref"]).rpartition("/")[2]]
    return node


def parts_of(pointer: str) -> list[str]:
    """The steps of a JSON pointer.

    Args:
        pointer: RFC 6901 pointer.

    Returns:
        Its steps, unescaped.
    """
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def put(document: Any, shape: Shape, pointer: str, value: Any) -> Any:
    """Set one place, and make what is missing on the way.

    Args:
        document: Parsed JSON, which is changed.
        shape: Its shape.
        pointer: The place.
        value: What it shall hold, put into the JSON type of the place.

    Returns:
        The document; the value itself where the pointer is empty.
    """
    parts = parts_of(pointer)
    if not parts:
        return value
    inner = shape.child(parts[0])
    rest = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts[1:])
    if is_array(document):
        items = document
        while len(items) <= int(parts[0]):
            items.append(inner.sample())
        items[int(parts[0])] = put(items[int(parts[0])], inner, rest, value) if rest else inner.fitting(value)
        return items
    fields: dict[str, Any] = document if is_object(document) else {}
    if not rest:
        fields[parts[0]] = inner.fitting(value)
        return fields
    there: Any = fields.get(parts[0])
    if not is_object(there) and not is_array(there):
        there = (
            [] if parts[1].isdigit() and inner.only("array") is not None else (inner.only("object") or inner).sample()
        )
    fields[parts[0]] = put(there, inner, rest, value)
    return fields


def drop(document: Any, pointer: str) -> None:
    """Remove one place of a document, where it is there.

    Args:
        document: Parsed JSON, which is changed.
        pointer: The place, a property.
    """
    parts = parts_of(pointer)
    for part in parts[:-1]:
        document = document.get(part) if is_object(document) else None
    if is_object(document) and parts:
        document.pop(parts[-1], None)
