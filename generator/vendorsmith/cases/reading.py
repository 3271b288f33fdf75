"""Reading a spec for its contract: operations as they stand, schemas without prose, places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from jobclients_contract.cases import Json
from jobclients_core.locators import to_pointer

from vendorsmith.build.node import Node
from vendorsmith.ir import Api
from vendorsmith.problems import Problems
from vendorsmith.spec.source import Document

SCHEMAS: Final = "#/components/schemas/"
_PROSE: Final = frozenset(
    ("description", "title", "summary", "example", "examples", "externalDocs", "x-evidence", "x-contradictions")
)
_DEPTH: Final = 60
_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
"""The fields of a path item that are operations, as OpenAPI 3.1 lists them."""


@dataclass(frozen=True, slots=True)
class Source:
    """The facts of a vendor, as the tables read them.

    Attributes:
        api: the facts; of the typed ones only Python names are taken, and with them which models there are.
        root: the root of the normalised document.
        lenders: the roots of other vendors' documents that declare credentials of this one.
    """

    api: Api
    root: Node
    lenders: Mapping[str, Node]

    @classmethod
    def of(cls, api: Api, lenders: Mapping[str, Json]) -> Source:
        """The source of a vendor's facts.

        Args:
            api: the facts.
            lenders: the normalised documents of other vendors that declare credentials of this one.
        """
        return cls(api, _root(api.openapi), {name: _root(document) for name, document in lenders.items()})

    def at(self, locator: str) -> Node:
        """What stands at a locator."""
        pointer = to_pointer(self.api.openapi, locator)
        return self.root.at(self.root.document.at(pointer), pointer)

    def operations(self) -> Iterator[tuple[str, str, Node]]:
        """Path, HTTP method in capitals and operation of every documented call."""
        for path, item in self.root.get("paths").items():
            for method in _METHODS:
                if item.has(method):
                    yield path, method.upper(), item.get(method)


def _root(openapi: Json) -> Node:
    assert isinstance(openapi, dict)
    return Node(Document("", "", openapi, 0), Problems(), openapi, "")


def properties_of(schema: Node) -> tuple[dict[str, Node], frozenset[str]]:
    """The ``properties`` in which each property of an object stands, and which are required; its ``allOf`` comes first.

    Args:
        schema: the object, references followed.
    """
    found: dict[str, Node] = {}
    required: set[str] = set()
    seen: set[str] = set()

    def collect(part: Node) -> None:
        if part.pointer in seen:
            return
        seen.add(part.pointer)
        for inner in part.get("allOf"):
            collect(inner)
        properties = part.get("properties")
        if isinstance(properties.value, dict):
            found.update(dict.fromkeys(properties.value, properties))
        required.update(part.texts("required"))

    collect(schema)
    return found, frozenset(required)


def schema_of(node: Node, depth: int = 0) -> Json:
    """A schema as it stands, without prose, and with references to schemas under `components` only.

    Args:
        node: the schema, references not followed.
        depth: how many schemas it stands in.

    Raises:
        RecursionError: schemas refer to one another without end, and not by names under `components`.
    """
    value = node.value
    if depth > _DEPTH:
        raise RecursionError
    if not isinstance(value, dict):
        return value
    ref = value.get("$ref")
    if isinstance(ref, str):
        if ref.startswith(SCHEMAS) and "/" not in ref.removeprefix(SCHEMAS):
            return {"$ref": ref, **_keywords(node, depth, but="$ref")}
        target = node.at({"$": value}, node.pointer).get("$")
        return schema_of(target, depth + 1)
    return _keywords(node, depth)


def _keywords(node: Node, depth: int, but: str = "") -> dict[str, Json]:
    assert isinstance(node.value, dict)
    found: dict[str, Json] = {}
    for key in node.value:
        if key in _PROSE or key == but:
            continue
        child = node.raw(key)
        if key in ("properties", "patternProperties", "$defs", "dependentSchemas") and isinstance(child.value, dict):
            found[key] = {name: schema_of(child.raw(name), depth + 1) for name in child.value}
        elif isinstance(child.value, list) and key in ("allOf", "anyOf", "oneOf", "prefixItems"):
            found[key] = [schema_of(child.raw(index), depth + 1) for index in range(len(child.value))]
        elif key in ("items", "additionalProperties", "not", "if", "then", "else", "contentSchema", "contains"):
            found[key] = schema_of(child, depth + 1)
        else:
            found[key] = child.value
    return found
