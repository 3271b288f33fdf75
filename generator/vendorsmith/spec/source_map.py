"""What a YAML or JSON text becomes: plain values, and beside them where each of them is."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, TypeAlias

from jobclients_core.pointers import join, split

from vendorsmith.diagnostics import Place, quote

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"
Object: TypeAlias = "dict[str, JSON]"
Position: TypeAlias = "int | Branch"
"""Where a value is: the offset of a scalar, or a branch."""
Report: TypeAlias = Callable[["Fault"], None]

MAX_DEPTH: Final = 200
MAX_ALIASED: Final = 100_000

_LINE_END = re.compile(r"\r\n|\r|\n")


class Branch:
    """Where an object or a list is, and its keys and values; offsets count characters from 0."""

    __slots__ = ("items", "keys", "start")

    def __init__(self, start: int, keys: dict[str, int], items: dict[str, Position] | list[Position]) -> None:
        self.start = start
        self.keys = keys
        self.items = items


class Fault(Exception):  # noqa: N818 (collected as often as raised)
    """Something wrong at an offset of the text; raised where reading cannot go on."""

    def __init__(self, code: str, message: str, offset: int, hint: str | None = None, *, pointer: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.offset = offset
        self.hint = hint
        self.pointer = pointer


class Lines:
    """Turns offsets of a text into lines and columns, both 1-based."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def at(self, offset: int) -> tuple[int, int]:
        """Return the line and column of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def say(self, offset: int) -> str:
        """Return the position as words for a message."""
        line, column = self.at(offset)
        return f"line {line}, column {column}"


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a file.

    Attributes:
        file: the name shown in diagnostics.
        text: all of it.
    """

    file: str
    text: str = field(repr=False)


class Texts:
    """The files that a document was put together from; offsets count through one file after the other."""

    def __init__(self, texts: Sequence[Text]) -> None:
        self._files = [text.file for text in texts]
        self._lines = [Lines(text.text) for text in texts]
        self.starts = list(accumulate((len(text.text) + 1 for text in texts), initial=0))
        """The offset at which each file begins, and the one at which the next one would."""

    def place(self, offset: int, pointer: str) -> Place:
        """Return the file, line and column of an offset."""
        index = bisect_right(self.starts, offset) - 1
        return Place(self._files[index], *self._lines[index].at(offset - self.starts[index]), pointer, pointer)


def offset_in(root: Position, pointer: str, *, key: bool) -> int:
    """Return where a pointer's value (or its key) is; where it does not exist, its nearest parent."""
    position, offset = root, start(root)
    for token in split(pointer):
        if isinstance(position, int):
            break
        if isinstance(position.items, list):
            if not token.isascii() or not token.isdigit() or len(token) > 9 or int(token) >= len(position.items):
                break
            position = position.items[int(token)]
            offset = start(position)
        else:
            if token not in position.items:
                break
            key_offset = position.keys[token]
            position = position.items[token]
            offset = key_offset if key else start(position)
    return offset


def start(position: Position) -> int:
    """Return the offset at which a value begins."""
    return position if isinstance(position, int) else position.start


class _Frame:
    """An object or list that is still open; ``dropped`` while the value of a repeated key passes by."""

    __slots__ = ("branch", "data", "dropped", "key")

    def __init__(self, data: dict[str, JSON] | list[JSON], branch: Branch) -> None:
        self.data = data
        self.branch = branch
        self.key: str | None = None
        self.dropped = False


class Builder:
    """Puts values together as a reader comes across them, and refuses repeated keys and bottomless nesting.

    Args:
        lines: positions of the text, for messages that name a second place.
        report: takes faults after which reading goes on.
    """

    def __init__(self, lines: Lines, report: Report) -> None:
        self._lines = lines
        self._report = report
        self._frames: list[_Frame] = []
        self.count = 0
        self.root: JSON = None
        self.position: Position = 0

    @property
    def depth(self) -> int:
        """How many objects and lists are open."""
        return len(self._frames)

    @property
    def wants_key(self) -> bool:
        """Whether the next thing in the text must be the key of an object."""
        return bool(self._frames) and self._frames[-1].key is None and isinstance(self._frames[-1].data, dict)

    @property
    def pointer(self) -> str:
        """The pointer of the value that comes next."""
        tokens = (
            len(frame.data) if isinstance(frame.data, list) else frame.key
            for frame in self._frames
            if frame.key is not None or isinstance(frame.data, list)
        )
        return join("", *(token for token in tokens if token is not None))

    def key(self, key: str, offset: int) -> None:
        """Take the key of the next value."""
        frame = self._frames[-1]
        frame.key = key
        if key in frame.branch.keys:
            first = self._lines.say(frame.branch.keys[key])
            message = f"the key {quote(key)} occurs twice in the same object (first at {first})"
            self._report(Fault("duplicate-key", message, offset, "remove or rename one of them", pointer=self.pointer))
            frame.dropped = True
        else:
            frame.branch.keys[key] = offset

    def open(self, data: dict[str, JSON] | list[JSON], offset: int) -> None:
        """Begin an object or a list."""
        if len(self._frames) >= MAX_DEPTH:
            raise _too_deep(offset)
        items: dict[str, Position] | list[Position] = {} if isinstance(data, dict) else []
        self._frames.append(_Frame(data, Branch(offset, {}, items)))

    def close(self) -> tuple[JSON, Branch]:
        """End the innermost object or list, and return it."""
        frame = self._frames.pop()
        self.attach(frame.data, frame.branch)
        return frame.data, frame.branch

    def attach(self, value: JSON, position: Position) -> None:
        """Put a finished value where it belongs."""
        self.count += 1
        if not self._frames:
            self.root, self.position = value, position
            return
        frame = self._frames[-1]
        if isinstance(frame.data, list):
            frame.data.append(value)
            assert isinstance(frame.branch.items, list)
            frame.branch.items.append(position)
            return
        assert frame.key is not None
        assert isinstance(frame.branch.items, dict)
        if not frame.dropped:
            frame.data[frame.key] = value
            frame.branch.items[frame.key] = position
        frame.key, frame.dropped = None, False


class Aliases:
    """Copies what YAML anchors name, within a budget that a bomb of aliases exceeds at once."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._copied = 0

    def repeat(self, name: str, value: JSON, position: Position, offset: int) -> None:
        """Put a copy of an anchored value where its alias is."""
        copy = self._copy(name, value, offset, self._builder.depth)
        # Positions inside are those of the anchor, which is where they have to be mended.
        at = offset if isinstance(position, int) else Branch(offset, position.keys, position.items)
        self._builder.attach(copy, at)

    def _copy(self, name: str, value: JSON, offset: int, depth: int) -> JSON:
        self._copied += 1
        if self._copied > MAX_ALIASED:
            message = f"the aliases of this document, {quote('*' + name)} among them, stand for more than "
            raise Fault(
                "alias-bomb",
                message + f"{MAX_ALIASED:,} values",
                offset,
                'write shared parts once under "components" and refer to them with "$ref"',
            )
        if not isinstance(value, dict | list):
            return value
        if depth >= MAX_DEPTH:
            raise _too_deep(offset)
        if isinstance(value, dict):
            return {key: self._copy(name, item, offset, depth + 1) for key, item in value.items()}
        return [self._copy(name, item, offset, depth + 1) for item in value]


def _too_deep(offset: int) -> Fault:
    message = f"objects and lists are nested more than {MAX_DEPTH} deep here"
    return Fault("too-deep", message, offset, "name the inner parts under components and refer to them")
