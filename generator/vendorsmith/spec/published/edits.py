"""Changes to a document, applied at once: what is removed, set and moved; everything keeps its place in the file."""

from __future__ import annotations

from dataclasses import dataclass, field

from jobclients_core.pointers import join, parent, split

from vendorsmith.spec.derived import Copier
from vendorsmith.spec.source import Document
from vendorsmith.spec.source_map import JSON


@dataclass(slots=True)
class _Change:
    """What happens to a value: it goes, it is replaced, or something inside of it changes."""

    inside: dict[str, _Change] = field(default_factory=dict[str, "_Change"])
    removed: bool = False
    replaced: bool = False
    value: JSON = None
    origin: str = ""


class Edits:
    """Collects changes by JSON pointers of one document; what is inside of something removed or replaced is no more."""

    def __init__(self) -> None:
        self._root = _Change()

    def __bool__(self) -> bool:
        return bool(self._root.inside)

    def remove(self, pointer: str) -> None:
        """Remove a key or an item, and nothing where it is set already."""
        change = self._at(pointer)
        change.removed = not change.replaced

    def set(self, pointer: str, value: JSON, origin: str = "") -> None:
        """Put a value at a key, whether it is there or not, or in an item's place; one past the last adds an item.

        Args:
            pointer: where to.
            value: what to put there.
            origin: where the document has the value, if it does.
        """
        change = self._at(pointer)
        change.replaced, change.removed, change.value, change.origin = True, False, value, origin

    def move(self, pointer: str, key: str, value: JSON) -> None:
        """Give an entry another key, at the end of its object.

        Args:
            pointer: where the entry is.
            key: its new key.
            value: what is there.
        """
        self.remove(pointer)
        self.set(join(parent(pointer), key), value, pointer)

    def gone(self, pointer: str) -> bool:
        """Return whether a value, or what it is part of, is removed or replaced."""
        change = self._root
        for token in split(pointer):
            if token not in change.inside:
                return False
            change = change.inside[token]
            if change.removed or change.replaced:
                return True
        return False

    def applied(self, document: Document) -> Document:
        """Return the document with all changes."""
        return _Application(document).run(self._root)

    def _at(self, pointer: str) -> _Change:
        change = self._root
        for token in split(pointer):
            change = change.inside.setdefault(token, _Change())
        return change


class _Application(Copier):
    def run(self, root: _Change) -> Document:
        data = self._changed(self.document.data, root, "", "")
        assert isinstance(data, dict)
        return self.derived(data)

    def _changed(self, node: JSON, change: _Change, source: str, target: str) -> JSON:
        if change.replaced:
            if change.origin:
                self.origins[target] = change.origin
            return change.value
        if isinstance(node, dict):
            found = {
                key: self._changed(value, inner, join(source, key), join(target, key))
                if (inner := change.inside.get(key)) is not None
                else value
                for key, value in node.items()
                if key not in change.inside or not change.inside[key].removed
            }
            added = [key for key, inner in change.inside.items() if key not in node and inner.replaced]
            return found | {key: self._changed(None, change.inside[key], "", join(target, key)) for key in added}
        if isinstance(node, list):
            return self._items(node, change, source, target)
        return node

    def _items(self, node: list[JSON], change: _Change, source: str, target: str) -> list[JSON]:
        found: list[JSON] = []
        for index, value in enumerate(node):
            inner = change.inside.get(str(index))
            if inner is not None and inner.removed:
                continue
            at = join(target, len(found))
            if len(found) != index or source != target:
                self.origins[at] = join(source, index)
            found.append(value if inner is None else self._changed(value, inner, join(source, index), at))
        return found + [inner.value for key, inner in change.inside.items() if key == str(len(node)) and inner.replaced]
