"""`Cursor`: typed access to the values of a validated document, with their positions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jobclients_core.locators import to_locator
from jobclients_core.pointers import join

from vendorsmith.build.normalise import NormalisedDocument
from vendorsmith.diagnostics import Diagnostics, Place
from vendorsmith.ir_base import Json
from vendorsmith.spec.refs import deref
from vendorsmith.spec.source import Document


@dataclass(frozen=True, slots=True)
class Cursor:
    """A value of the document and where it is."""

    document: Document
    diagnostics: Diagnostics
    value: Json
    pointer: str

    @property
    def source(self) -> Cursor:
        """The same part of the document as it was read, with what normalising leaves out."""
        if not isinstance(self.document, NormalisedDocument):
            return self
        pointer = self.document.origin(self.pointer)
        return Cursor(self.document.source, self.diagnostics, self.document.source.at(pointer), pointer)

    @property
    def place(self) -> Place:
        """File, line and column of the value."""
        return self.document.place(self.pointer)

    @property
    def locator(self) -> str:
        """Where the value is, by names."""
        return to_locator(self.document.data, self.pointer)

    def get(self, key: str | int) -> Cursor:
        """The child at a key or index, references followed; a missing child has the value None."""
        raw = self.raw(key)
        if not (isinstance(raw.value, dict) and isinstance(raw.value.get("$ref"), str)):
            return raw
        target = deref(self.document, raw.value, raw.pointer, self.diagnostics)
        return Cursor(self.document, self.diagnostics, None, raw.pointer) if target is None else self.at(*target)

    def raw(self, key: str | int) -> Cursor:
        """The child at a key or index as it is written."""
        value: Json = None
        if isinstance(self.value, dict):
            value = self.value.get(str(key))
        elif isinstance(self.value, list) and isinstance(key, int) and key < len(self.value):
            value = self.value[key]
        return self.at(value, join(self.pointer, key))

    def at(self, value: Json, pointer: str) -> Cursor:
        """Another value of the same document."""
        return Cursor(self.document, self.diagnostics, value, pointer)

    def has(self, key: str) -> bool:
        """Whether this is an object with the key."""
        return isinstance(self.value, dict) and key in self.value

    def text(self, key: str, default: str = "") -> str:
        """The string at a key."""
        value = self.get(key).value
        return value if isinstance(value, str) else default

    def flag(self, key: str, *, default: bool = False) -> bool:
        """The boolean at a key."""
        value = self.get(key).value
        return value if isinstance(value, bool) else default

    def texts(self, key: str) -> tuple[str, ...]:
        """The strings of the list at a key, numbers written out."""
        value = self.get(key).value
        return tuple(str(item) for item in value) if isinstance(value, list) else ()

    def items(self) -> Iterator[tuple[str, Cursor]]:
        """The entries of an object, references followed."""
        if isinstance(self.value, dict):
            for key in self.value:
                yield key, self.get(key)

    def __iter__(self) -> Iterator[Cursor]:
        """The elements of a list, references followed."""
        if isinstance(self.value, list):
            for index in range(len(self.value)):
                yield self.get(index)
