"""What the checks share: the document, its outline, and a short way to report."""

from __future__ import annotations

from collections.abc import Iterator

from jobclients_core.methods import METHODS
from jobclients_core.pointers import join
from jobclients_core.schema import Schemas

from vendorsmith.diagnostics import Diagnostics
from vendorsmith.spec.node_kinds import NodeKinds
from vendorsmith.spec.refs import deref
from vendorsmith.spec.source import Document
from vendorsmith.spec.source_map import JSON, Object


class Check:
    """One run of the checks over one document.

    Attributes:
        document: what is checked.
        node_kinds: what its objects are.
        schemas: its schemas, as they are read.
        diagnostics: takes what is found.
        reviewed: whether the document was written to be generated from. In one that a vendor published, a mistake
            that changes nothing of the client does not stop it.
    """

    def __init__(self, document: Document, diagnostics: Diagnostics, *, reviewed: bool = True) -> None:
        self.document = document
        self.diagnostics = diagnostics
        self.reviewed = reviewed
        self.node_kinds = NodeKinds(document)
        self.schemas = Schemas(document.data)

    def error(self, code: str, message: str, pointer: str, hint: str | None = None) -> None:
        """Report an error at a value."""
        self.diagnostics.add(code, message, self.document.place(pointer), hint)

    def error_at_key(self, code: str, message: str, pointer: str, hint: str | None = None) -> None:
        """Report an error at a key."""
        self.diagnostics.add(code, message, self.document.key_place(pointer), hint)

    def warn(self, code: str, message: str, pointer: str, hint: str | None = None) -> None:
        """Report a warning at a value."""
        self.diagnostics.warn(code, message, self.document.place(pointer), hint)

    def warn_at_key(self, code: str, message: str, pointer: str, hint: str | None = None) -> None:
        """Report a warning at a key."""
        self.diagnostics.warn(code, message, self.document.key_place(pointer), hint)

    def sound(self, pointer: str) -> bool:
        """Return whether nothing was reported at a place or below it, so that it can be read."""
        at = f"{self.document.place(pointer).pointer}/"
        return not any(
            diagnostic.place and f"{diagnostic.place.pointer}/".startswith(at) for diagnostic in self.diagnostics
        )

    def say(self, pointer: str) -> str:
        """Return where the key at a pointer is, as words for a message about another place."""
        place = self.document.key_place(pointer)
        file = f" of {place.file}" if self.document.others else ""
        return f"line {place.line}, column {place.column}{file}"

    def follow(self, node: JSON, pointer: str) -> tuple[Object, str] | None:
        """Follow references to an object; None where there is none, which other checks report."""
        found = deref(self.document, node, pointer, None)
        if found is None or not isinstance(found[0], dict):
            return None
        return found[0], found[1]

    def operations(self) -> Iterator[tuple[str, Object, str]]:
        """Yield path, operation and pointer of every operation."""
        for path, item, pointer in self.path_items():
            for method in METHODS:
                operation = item.get(method)
                if isinstance(operation, dict):
                    yield path, operation, join(pointer, method)

    def path_items(self) -> Iterator[tuple[str, Object, str]]:
        """Yield path, path item and pointer (of what a reference leads to) of every path."""
        for path, item in entries(self.document.data.get("paths")):
            found = self.follow(item, join("/paths", path))
            if found is not None and not path.startswith("x-"):
                yield path, *found

    def parameters(self, owner: Object, pointer: str) -> Iterator[tuple[Object, str, str]]:
        """Yield parameter, its own pointer and the pointer in its owner's list, of an operation or a path."""
        listed = owner.get("parameters")
        for index, item in enumerate(listed if isinstance(listed, list) else []):
            at = join(pointer, "parameters", index)
            found = self.follow(item, at)
            if found is not None:
                yield *found, at


def entries(node: JSON) -> Iterator[tuple[str, JSON]]:
    """Yield the keys and values of what should be an object."""
    if isinstance(node, dict):
        yield from node.items()


def text(node: JSON) -> str:
    """Return a text, or nothing for what is not text."""
    return node if isinstance(node, str) else ""
