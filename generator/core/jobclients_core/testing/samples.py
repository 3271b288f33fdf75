"""Values that fit a JSON Schema: the least that is valid, and the setting of single places in it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias, cast

from jobclients_core.shapes import is_array, is_object
from jobclients_core.times import FORMATS

Schema: TypeAlias = Mapping[str, Any]

_DEEPEST = 8
"""How many levels of an example that is made up are filled in."""

_MOMENT = datetime(2030, 1, 1, tzinfo=UTC)
_PLAIN: dict[str, Any] = {"string": "text", "integer": 1, "number": 1, "boolean": True, "null": None}
_TEXTS = {
    "date-time": "2030-01-01T00:00:00Z",
    "date": "2030-01-01",
    "time": "00:00:00Z",
    "duration": "PT1S",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "email": "someone@example.com",
    "hostname": "host.example.com",
    "uri": "https://example.com/",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
}


class Shape:
    """One place of a schema.

    Args:
        components: The schemas that references lead to, by name.
        node: The schema of the place; empty where anything goes.
    """

    def __init__(self, components: Schema, node: Any = None) -> None:
        self._components = components
        self._node = _resolved(components, node)

    def _at(self, node: Any) -> Shape:
        return Shape(self._components, node)

    @property
    def alternatives(self) -> list[Shape]:
        """The shapes it may have; itself where there is only one. Null comes last."""
        options: Sequence[Any] = self._node.get("anyOf") or self._node.get("oneOf") or ()
        kinds = self._node.get("type")
        if not options and isinstance(kinds, list):
            options = [{**self._node, "type": kind} for kind in cast("list[str]", kinds)]
        found = [item for option in options for item in self._at(option).alternatives]
        return sorted(found, key=lambda item: item.kind == "null") if found else [self]

    @property
    def kind(self) -> str:
        """The JSON type; empty where anything goes."""
        kind = self._node.get("type", "")
        return "object" if not kind and "properties" in self._node else str(kind)

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
        if str(self._node.get("contentMediaType", "")).partition(";")[0].strip() != "application/json":
            return None
        return self._at(self._node.get("contentSchema"))

    def only(self, kind: str) -> Shape | None:
        """The alternative of a JSON type, or None."""
        return next((option for option in self.alternatives if option.kind == kind), None)

    def child(self, part: str) -> Shape:
        """One step down: a property, or an item for a number."""
        item = self.only("array") if part.isdigit() else None
        if item is not None:
            return self._at(item._node.get("items"))
        thing = self.only("object")
        return self._at(thing._node.get("properties", {}).get(part)) if thing is not None else self._at(None)

    def at(self, pointer: str) -> Shape:
        """The shape at a JSON pointer."""
        found = self
        for part in parts_of(pointer):
            found = found.child(part)
        return found

    def requires(self, part: str) -> bool:
        """Whether a property may not be missing."""
        return any(part in option._node.get("required", ()) for option in self.alternatives)

    def sample(self, depth: int = 0) -> Any:
        """The least value that fits."""
        shape = self.alternatives[0]
        node = shape._node
        if "const" in node:
            return node["const"]
        if node.get("enum"):
            return node["enum"][0]
        if shape.kind == "array":
            count = int(node.get("minItems", 0)) if depth < _DEEPEST else 0
            return [self._at(node.get("items")).sample(depth + 1) for _ in range(min(count, 1000))]
        if shape.kind == "object":
            return {name: shape.child(name).sample(depth + 1) for name in node.get("required", ()) if depth < _DEEPEST}
        if shape.kind in ("integer", "number"):
            return _number(node)
        return _text(node, shape.content, depth) if shape.kind == "string" else _PLAIN.get(shape.kind, {})

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


def _number(node: Schema) -> Any:
    if "x-time-format" in node:
        return FORMATS[str(node["x-time-format"])][1](_MOMENT, UTC)
    step = node.get("multipleOf", 1)
    least = node.get("minimum", node["exclusiveMinimum"] + step if "exclusiveMinimum" in node else step)
    most = node.get("maximum", node["exclusiveMaximum"] - step if "exclusiveMaximum" in node else least)
    return min(max(least, step if "minimum" not in node else least), most)


def _text(node: Schema, content: Shape | None, depth: int) -> str:
    if "x-time-format" in node:
        return str(FORMATS[str(node["x-time-format"])][1](_MOMENT, UTC))
    if content is not None:
        return json.dumps(content.sample(depth + 1), separators=(",", ":"))
    text = _TEXTS.get(str(node.get("format", "")), "text")
    return text.ljust(min(int(node.get("minLength", 0)), 100_000), "-")[: int(node.get("maxLength", 100_000))]


def _resolved(components: Schema, node: Any, depth: int = 0) -> Schema:
    """A schema with what it refers to, and what it is made of, in one."""
    if not is_object(node) or depth > _DEEPEST:
        return {}
    found: dict[str, Any] = dict(node)
    parts: list[Any] = found.pop("allOf", [])
    reference = found.pop("$ref", None)
    if reference is not None:
        name = str(reference).removeprefix("#/components/schemas/").replace("~1", "/").replace("~0", "~")
        parts = [components.get(name), *parts]
    for part in parts:
        other = _resolved(components, part, depth + 1)
        properties = {**other.get("properties", {}), **found.get("properties", {})}
        required = list(dict.fromkeys([*other.get("required", ()), *found.get("required", ())]))
        found = {**other, **found}
        found |= {"properties": properties} if properties else {}
        found |= {"required": required} if required else {}
    return found


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


def drop(document: Any, pointer: str, shape: Shape | None = None) -> None:
    """Remove one place of a document, where it is there.

    Args:
        document: Parsed JSON, which is changed.
        pointer: The place, a property.
        shape: The shape of the document: what it requires is made the least value instead; None where nothing is
            required.
    """
    parts = parts_of(pointer)
    for part in parts[:-1]:
        if is_array(document) and part.isdigit() and int(part) < len(document):
            document = document[int(part)]
        else:
            document = document.get(part) if is_object(document) else None
        shape = shape.child(part) if shape is not None else None
    if is_object(document) and parts and parts[-1] in document:
        if shape is not None and shape.requires(parts[-1]):
            document[parts[-1]] = shape.child(parts[-1]).sample()
        else:
            del document[parts[-1]]
