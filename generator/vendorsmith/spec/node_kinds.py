"""What each object of a document is: an operation, a parameter, a schema.

The kinds and how they nest are read from ``schemas/openapi.json``, which also says what each kind may hold.
Parts that are data and not OpenAPI (examples, defaults, extensions) are not part of the outline.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

from jobclients_core.pointers import join

from vendorsmith.spec.source import Document
from vendorsmith.spec.source_map import JSON, Object

SCHEMAS: Final = Path(__file__).parent / "schemas"

_DEFS: Final = "#/$defs/"
_OR_REFERENCE: Final = "-or-reference"
_LEAVES: Final = frozenset({"text", "name", "flag", "ignored", "component-name"})


@dataclass(frozen=True, slots=True)
class Visit:
    """An object of the document.

    Attributes:
        kind: a name of ``$defs`` in ``schemas/openapi.json``.
        node: the object itself.
        pointer: where it is.
        reference: whether it is a reference to one of its kind (a schema with ``$ref`` included).
    """

    kind: str
    node: Object
    pointer: str
    reference: bool


class NodeKinds:
    """The kinds of a document's objects, in the order of the document.

    Attributes:
        visits: every object whose kind is known.
        kinds: kind by pointer, with the schemas that are only ``true`` or ``false``.
    """

    def __init__(self, document: Document) -> None:
        self.visits: list[Visit] = []
        self.kinds: dict[str, str] = {}
        self._grammar = definitions()
        self._walk({"$ref": _DEFS + "document"}, document.data, "")

    @classmethod
    def below(cls, kind: str, value: JSON, grammar: Mapping[str, Any]) -> NodeKinds:
        """Return the kinds of the objects in a value.

        Args:
            kind: of the value itself.
            value: a document, or a part of one.
            grammar: kinds and how they nest.
        """
        found = cls.__new__(cls)
        found.visits, found.kinds, found._grammar = [], {}, dict(grammar)
        found._walk({"$ref": _DEFS + kind + _OR_REFERENCE}, value, "")
        return found

    def of(self, *kinds: str) -> list[Visit]:
        """Return the objects of some kinds, without those that are references."""
        return [visit for visit in self.visits if visit.kind in kinds and not visit.reference]

    def _walk(self, grammar: dict[str, Any], node: JSON, pointer: str) -> None:
        target = grammar.get("$ref")
        if target is not None:
            kind = cast("str", target).removeprefix(_DEFS).removesuffix(_OR_REFERENCE)
            if kind in _LEAVES:
                return
            self.kinds[pointer] = kind
            grammar = self._grammar[kind]
            if isinstance(node, dict):
                may_refer = kind == "schema" or cast("str", target).endswith(_OR_REFERENCE)
                reference = may_refer and "$ref" in node
                self.visits.append(Visit(kind, node, pointer, reference))
                if reference and kind != "schema":
                    return
        if isinstance(node, dict):
            properties: dict[str, Any] = grammar.get("properties", {})
            others = grammar.get("additionalProperties")
            for key, value in node.items():
                inner = properties.get(key, others)
                if isinstance(inner, dict) and isinstance(value, dict | list | bool):
                    if "patternProperties" in grammar and key.startswith("x-"):
                        continue
                    self._walk(cast("dict[str, Any]", inner), value, join(pointer, key))
        elif isinstance(node, list) and "items" in grammar:
            for index, value in enumerate(node):
                self._walk(grammar["items"], value, f"{pointer}/{index}")


@cache
def definitions() -> dict[str, Any]:
    """Return ``$defs`` of ``schemas/openapi.json``."""
    return _read("openapi.json")


@cache
def extensions() -> dict[str, Any]:
    """Return ``$defs`` of ``schemas/extensions.json``: each extension of ours, and what they share."""
    return _read("extensions.json")


def _read(name: str) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads((SCHEMAS / name).read_text(encoding="utf-8"))["$defs"])


@cache
def flat(kind: str) -> dict[str, Any]:
    """Return the schema of a kind alone: what is below in objects of another kind is not looked at."""
    return cast("dict[str, Any]", _flatten(definitions()[kind]))


def title(kind: str) -> str:
    """Return what messages call a kind: ``a parameter``."""
    return cast("str", definitions()[kind].get("title", "this object"))


_REF: Final = re.compile(r"#/\$defs/(.+)")


def _flatten(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_flatten(item) for item in schema]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(schema, dict):
        return schema
    found = _REF.fullmatch(str(cast("dict[str, Any]", schema).get("$ref", "")))
    if found is None:
        return {key: _flatten(value) for key, value in cast("dict[str, Any]", schema).items()}
    name = found.group(1)
    target = definitions()[name]
    if name in _LEAVES:
        return target
    return {key: target[key] for key in ("type", "title") if key in target}
