"""What the specs document, read for the snapshot alone: operations, examples, and values made up of schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yaml_text import loaded

SPECS = Path(__file__).parents[2] / "specs"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
CLASSES = {"4XX": (400, 404), "5XX": (500,)}
MADE_UP = {"integer": 7, "number": 1.5, "boolean": True}
TIMES = {
    "unix-ms": 1512047950445,
    "rfc3339": "2017-11-30T18:59:10.445133Z",
    "jdbc": "2017-11-30 18:59:10.123456",
    "java-medium-us": "Nov 30, 2017 6:59:10 PM",
}
LEFT_OUT = object()

Node = Mapping[str, Any]


@dataclass(frozen=True)
class Reply:
    """A documented response: its status, the schema of its body, examples by name, and headers."""

    status: int
    schema: Node | None
    examples: Mapping[str, Any]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Input:
    """A parameter, or a property of the request body."""

    name: str
    python: str
    schema: Node
    examples: Mapping[str, Any]


@dataclass(frozen=True)
class Operation:
    """One operation."""

    id: str
    method: str
    path: str
    inputs: tuple[Input, ...]
    replies: tuple[Reply, ...]
    words: tuple[Any, ...]

    @property
    def examples(self) -> tuple[str, ...]:
        """The names of the request's examples, in the order of the document."""
        return tuple(dict.fromkeys(name for one in self.inputs for name in one.examples))

    @property
    def success(self) -> Reply:
        """The documented success."""
        return next(reply for reply in self.replies if reply.status < 300)

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is one to this operation."""
        return method == self.method and re.search(re.sub(r"\{[^}]+\}", "[^/]+", self.path) + "$", path) is not None


class Document:
    """The spec of one vendor."""

    def __init__(self, vendor: str) -> None:
        self.text = (SPECS / vendor / "openapi.yaml").read_text(encoding="utf-8")
        self.root: Node = loaded(self.text)
        self.operations = tuple(self._operations())
        self.jobs: Node = self.root.get("x-jobs", {})

    def operation(self, name: str) -> Operation:
        """The operation of an id."""
        return next(operation for operation in self.operations if operation.id == name)

    def follow(self, node: Any) -> Node:
        """A node, or what it refers to."""
        while "$ref" in node:
            found: Any = self.root
            for token in node["$ref"].removeprefix("#/").split("/"):
                found = found[token.replace("~1", "/").replace("~0", "~")]
            node = found
        return dict(node)

    def _operations(self) -> Iterator[Operation]:
        for path, item in self.root["paths"].items():
            for method in METHODS:
                if method in item:
                    yield self._operation(path, method, item)

    def _operation(self, path: str, method: str, item: Node) -> Operation:
        node = item[method]
        inputs: list[Input] = []
        for parameter in map(self.follow, (*item.get("parameters", ()), *node.get("parameters", ()))):
            found = {name: self.follow(one)["value"] for name, one in parameter.get("examples", {}).items()}
            inputs.append(Input(parameter["name"], python_name(parameter), parameter["schema"], found))
        schema, examples = self._content(self.follow(node.get("requestBody", {})))
        for name, child in self.follow(schema or {}).get("properties", {}).items():
            found = {key: body[name] for key, body in examples.items() if name in body}
            inputs.append(Input(name, python_name({"name": name, **child}), child, found))
        replies = tuple(reply for status, one in node["responses"].items() for reply in self._replies(status, one))
        words = tuple(_conditions(self.root.get("x-envelope", {}))) + tuple(_conditions(node.get("x-envelope", {})))
        return Operation(node["operationId"], method.upper(), path, tuple(inputs), replies, words)

    def _replies(self, status: str, node: Any) -> Iterator[Reply]:
        response = self.follow(node)
        schema, examples = self._content(response)
        headers = {name: f"a-{name.lower()}" for name in response.get("headers", {})}
        for code in CLASSES[status] if status in CLASSES else (int(status),):
            yield Reply(code, schema, examples, headers)

    def _content(self, node: Node) -> tuple[Node | None, dict[str, Any]]:
        media: Node = next(iter(node.get("content", {}).values()), {})
        examples = {name: self.follow(one)["value"] for name, one in media.get("examples", {}).items()}
        return media.get("schema"), examples

    def sample(self, schema: Node, *, full: bool, text: str = "text", inside: tuple[str, ...] = ()) -> Any:
        """A value that fits a schema: with every property, or with the required ones."""
        reference = schema.get("$ref")
        if reference in inside:
            return LEFT_OUT
        if reference:
            return self.sample(self.follow(schema), full=full, text=text, inside=(*inside, reference))
        for keyword in ("anyOf", "oneOf", "allOf"):
            if keyword in schema:
                return self.sample(schema[keyword][0], full=full, text=text, inside=inside)
        if "contentSchema" in schema:
            return json.dumps(self.sample(schema["contentSchema"], full=full, text=text, inside=inside))
        if schema.get("enum"):
            return schema["enum"][0]
        if "x-time-format" in schema:
            return TIMES[schema["x-time-format"]]
        kinds = schema.get("type", "object" if "properties" in schema else "any")
        kind = next((one for one in kinds if one != "null"), "null") if isinstance(kinds, list) else kinds
        if kind == "array":
            item = self.sample(schema.get("items", {}), full=full, text=text, inside=inside) if full else LEFT_OUT
            return [] if item is LEFT_OUT else [item]
        if kind == "object":
            return self._object(schema, full=full, text=text, inside=inside)
        return text if kind == "string" else MADE_UP.get(kind)

    def _object(self, schema: Node, *, full: bool, text: str, inside: tuple[str, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, child in schema.get("properties", {}).items():
            value = LEFT_OUT
            if full or name in schema.get("required", ()):
                value = self.sample(child, full=full, text=text, inside=inside)
            if value is not LEFT_OUT:
                found[name] = value
        rest = schema.get("additionalProperties")
        if full and rest:
            found["a key"] = "anything" if rest is True else self.sample(rest, full=full, text=text, inside=inside)
        return found

    def changes(
        self, schema: Node, body: Any, words: tuple[Any, ...], visited: set[str], pointer: str = ""
    ) -> Iterator[tuple[str, str, Any]]:
        """A body with one change at a time: where, what, and the whole body; each named schema is visited once."""
        reference = schema.get("$ref", "")
        schema = self.follow(schema)
        for what, value in self._others(schema, body, words):
            yield pointer, what, value
        if reference in visited:
            return
        visited |= {reference} - {""}
        inner = schema.get("properties", {})
        for key in body if isinstance(body, dict) else range(len(body)) if isinstance(body, list) else ():
            child = inner.get(key, {}) if isinstance(body, dict) else schema.get("items", {})
            below = f"{pointer}/{key}"
            for where, what, value in self.changes(child, body[key], words, visited, below):
                changed = body.copy()
                changed[key] = value
                yield where, what, changed
            if isinstance(body, dict):
                yield below, "left out", {name: value for name, value in body.items() if name != key}

    def _others(self, schema: Node, value: Any, words: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
        """Other values for one place."""
        yield "null", None
        yield ("an object", {"x": 1}) if isinstance(value, list) else ("a list", [[]])
        if isinstance(value, bool):
            others: tuple[Any, ...] = (not value, "true", 0)
        elif isinstance(value, (int, float)):
            others = (1.25, 8.0, "12", "x", True)
        elif isinstance(value, str):
            others = ("", "new words", 5)
        else:
            others = ("", "new words")
        for other in dict.fromkeys((*others, *schema.get("enum", ())[1:], *(words if pointerless(value) else ()))):
            yield json.dumps(other), other


def pointerless(value: Any) -> bool:
    """Whether a value has nothing inside."""
    return not isinstance(value, (dict, list))


def python_name(node: Node) -> str:
    """The name of an argument: the one that the spec chooses, or the wire's in snake case."""
    chosen = node.get("x-python-name")
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", node["name"])
    return chosen or words.strip("_").lower()


def _conditions(envelope: Node) -> Iterator[Any]:
    """The values for which an envelope looks."""
    for part in envelope.values():
        if isinstance(part, Mapping):
            yield from ([part["equals"]] if "equals" in part else part.get("in", ()))


def put(body: Any, pointer: str, value: Any) -> Any:
    """A copy of a body with a value at a JSON pointer, objects made where there are none."""
    first, _, rest = pointer.removeprefix("/").partition("/")
    if not first:
        return value
    own = body if isinstance(body, dict) else {}
    return {**own, first: put(own.get(first), rest, value)}
