"""A document while it is being changed: its values, and beside them where each of them is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from vendorsmith.spec.source import Document, Unresolved
from vendorsmith.spec.source_map import JSON, Branch, Position, Text

Location: TypeAlias = Sequence[str | int]
"""The keys and indexes that lead from the root to a value."""


class Copy:
    """A copy of a value that can be changed.

    Args:
        value: what to copy.
        position: where its parts are.
        distance: what is added to their offsets.

    Attributes:
        data: the copy.
        position: where its parts are.
    """

    def __init__(self, value: JSON, position: Position, distance: int = 0) -> None:
        self.data = copied(value)
        self.position = moved(position, distance)

    def at(self, location: Location) -> tuple[JSON, Position]:
        """Return the value at a location that exists, and its position."""
        return value_at(self.data, self.position, location)

    def set(self, location: Location, value: JSON, position: Position, key: int | None = None) -> None:
        """Put a value at a location: at a new key of an object, or in the place of a value that exists.

        Args:
            location: of the value.
            value: which becomes part of the draft.
            position: where its parts are.
            key: where its key is; None where the key stays where it is.
        """
        owner, branch = self._owner(location)
        step = location[-1]
        if isinstance(owner, dict):
            assert isinstance(branch.items, dict)
            owner[str(step)], branch.items[str(step)] = value, position
            if key is not None:
                branch.keys[str(step)] = key
        else:
            assert isinstance(branch.items, list)
            owner[int(step)], branch.items[int(step)] = value, position

    def extend(self, location: Location, values: list[JSON], positions: list[Position]) -> None:
        """Append values to the list at a location."""
        value, branch = self.at(location)
        assert isinstance(value, list)
        assert isinstance(branch, Branch)
        assert isinstance(branch.items, list)
        value += values
        branch.items += positions

    def remove(self, location: Location) -> None:
        """Remove a value from the object or list that it is in."""
        owner, branch = self._owner(location)
        step = location[-1]
        if isinstance(owner, dict):
            assert isinstance(branch.items, dict)
            del owner[str(step)], branch.items[str(step)], branch.keys[str(step)]
        else:
            assert isinstance(branch.items, list)
            del owner[int(step)], branch.items[int(step)]

    def _owner(self, location: Location) -> tuple[dict[str, JSON] | list[JSON], Branch]:
        """Return the object or list that has a value."""
        owner, branch = self.at(location[:-1])
        assert isinstance(owner, dict | list)
        assert isinstance(branch, Branch)
        return owner, branch


class Draft(Copy):
    """A copy of a document that can be changed."""

    def __init__(self, document: Document) -> None:
        super().__init__(document.data, document.position)
        self._document = document
        self._texts = [Text(document.file, document.text), *document.others]
        self._end = document.texts.starts[-1]

    def add_text(self, text: Text) -> int:
        """Take a further file that parts are written in.

        Returns:
            What is added to the offsets in that file.
        """
        self._texts.append(text)
        begin, self._end = self._end, self._end + len(text.text) + 1
        return begin

    def finished(self, unresolved: Mapping[str, Unresolved] | None = None) -> Document:
        """Return what the draft is now as a document. The draft is not changed after that.

        Args:
            unresolved: references that lead nowhere; by default those of the original.
        """
        document = self._document
        assert isinstance(self.data, dict)
        return Document(
            document.file,
            document.text,
            self.data,
            self.position,
            others=tuple(self._texts[1:]),
            unresolved=document.unresolved if unresolved is None else unresolved,
        )


def value_at(value: JSON, position: Position, location: Location) -> tuple[JSON, Position]:
    """Return what is at a location that exists below a value, and its position."""
    for step in location:
        value, position = _child(value, position, step)
    return value, position


def _child(value: JSON, position: Position, step: str | int) -> tuple[JSON, Position]:
    assert isinstance(position, Branch)
    if isinstance(value, dict):
        assert isinstance(position.items, dict)
        return value[str(step)], position.items[str(step)]
    assert isinstance(value, list)
    assert isinstance(position.items, list)
    return value[int(step)], position.items[int(step)]


def copied(value: JSON) -> JSON:
    """Return a copy that shares no object or list with a value."""
    if isinstance(value, dict):
        return {key: copied(inner) for key, inner in value.items()}
    return [copied(inner) for inner in value] if isinstance(value, list) else value


def moved(position: Position, distance: int) -> Position:
    """Return a copy of a position and all below it, a distance further on."""
    if isinstance(position, int):
        return position + distance
    items: dict[str, Position] | list[Position]
    if isinstance(position.items, dict):
        items = {key: moved(inner, distance) for key, inner in position.items.items()}
    else:
        items = [moved(inner, distance) for inner in position.items]
    return Branch(position.start + distance, {key: at + distance for key, at in position.keys.items()}, items)


def all_at(position: Position, offset: int) -> Position:
    """Return a copy of a position in which everything is at one offset."""
    if isinstance(position, int):
        return offset
    items: dict[str, Position] | list[Position]
    if isinstance(position.items, dict):
        items = {key: all_at(inner, offset) for key, inner in position.items.items()}
    else:
        items = [all_at(inner, offset) for inner in position.items]
    return Branch(offset, dict.fromkeys(position.keys, offset), items)
