"""Documents that are made of others: what they hold, and where each part of them is in the file."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final, Self, cast

from jobclients_core.pointers import join, parent

from vendorsmith.diagnostics import Place
from vendorsmith.spec.node_kinds import definitions
from vendorsmith.spec.source import Document
from vendorsmith.spec.source_map import JSON, Object

_DEFS: Final = "#/$defs/"
_OR_REFERENCE: Final = "-or-reference"

SCHEMA: Final[dict[str, Any]] = {"$ref": f"{_DEFS}schema"}
"""The grammar of a schema, for :meth:`Copier.value`."""


@dataclass(frozen=True, eq=False)
class DerivedDocument(Document):
    """A document that was made of another. Pointers are those of `data`; places are those of the file.

    Attributes:
        source: the document that it was made of.
        origins: by pointer in `data`, the pointer in `source` of each part that is elsewhere there.
    """

    source: Document = field(repr=False)
    origins: dict[str, str] = field(repr=False)

    @classmethod
    def of(cls, source: Document, data: Object, origins: dict[str, str]) -> Self:
        """Make a document of another.

        Args:
            source: the document that it is made of.
            data: its root object.
            origins: by pointer in `data`, the pointer in `source` of each part that is elsewhere there.
        """
        return cls(
            source.file,
            source.text,
            data,
            source.position,
            source,
            origins,
            others=source.others,
            unresolved=source.unresolved,
        )

    def place(self, pointer: str) -> Place:
        """Return where the value at a pointer is in the file, or its nearest parent."""
        return replace(self.source.place(self.origin(pointer)), subject=pointer)

    def key_place(self, pointer: str) -> Place:
        """Return where the key of the value at a pointer is in the file."""
        return replace(self.source.key_place(self.origin(pointer)), subject=pointer)

    def origin(self, pointer: str) -> str:
        """Return the pointer in `source` of what is at a pointer here."""
        known = pointer
        while known and known not in self.origins:
            known = parent(known)
        return self.origins.get(known, known) + pointer[len(known) :]


class Copier:
    """Copies a document by the kinds of its objects, and notes where the parts come from that it moves.

    Subclasses say what is different in the copy of an object. Examples and other data are shared with the original.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.origins: dict[str, str] = {}

    def derived(self, data: Object) -> DerivedDocument:
        """Return the copy as a document."""
        return DerivedDocument.of(self.document, data, self.origins)

    def value(self, grammar: dict[str, Any], node: JSON, source: str, target: str) -> JSON:
        """Return a copy of what is at `source`, for the place `target`."""
        name = str(grammar.get("$ref", "")).removeprefix(_DEFS)
        kind = name.removesuffix(_OR_REFERENCE)
        if kind != name and isinstance(node, dict) and "$ref" in node:
            return self.reference(kind, node, source, target)
        if kind in definitions() and isinstance(node, dict):
            return self.object(kind, node, source, target)
        if isinstance(node, dict):
            return self.entries(grammar, node, source, target)
        if isinstance(node, list) and "items" in grammar:
            return [
                self.value(grammar["items"], item, f"{source}/{index}", f"{target}/{index}")
                for index, item in enumerate(node)
            ]
        return node

    def reference(self, kind: str, node: Object, source: str, target: str) -> JSON:
        """Return the copy of a reference, which leads to an object of a kind."""
        del kind, source, target
        return node

    def object(self, kind: str, node: Object, source: str, target: str) -> JSON:
        """Return the copy of an object of a kind."""
        return self.entries(definitions()[kind], node, source, target)

    def entries(self, grammar: dict[str, Any], node: Object, source: str, target: str) -> Object:
        """Return the copies of an object's entries."""
        properties: dict[str, Any] = grammar.get("properties", {})
        others = grammar.get("additionalProperties")
        extensible = "patternProperties" in grammar
        found: Object = {}
        for key, value in node.items():
            inner = properties.get(key, others)
            if isinstance(inner, dict) and not (extensible and key.startswith("x-")):
                value = self.value(cast("dict[str, Any]", inner), value, join(source, key), join(target, key))
            found[key] = value
        return found
