"""Loads a spec file: safely, with the position of everything in it."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from jobclients_core.pointers import split

from vendorsmith.diagnostics import Diagnostics, Place
from vendorsmith.spec import jsontext, yamltext
from vendorsmith.spec.source_map import JSON, Fault, Lines, Object, Position, Text, Texts, offset_in, start

__all__ = ["JSON", "MAX_BYTES", "Document", "Object", "load", "parse", "read_bytes", "snippet_text"]

MAX_BYTES: Final = 32 * 1024 * 1024
SPEC: Final = "a spec begins with: openapi: 3.1.0"


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Why a reference leads nowhere.

    Attributes:
        code: the kind of diagnostic.
        message: what is wrong.
        hint: what to do about it.
    """

    code: str
    message: str
    hint: str | None


@dataclass(frozen=True, eq=False)
class Document:
    """A spec as it was read. Nobody changes it: stages that normalise make documents of their own.

    Attributes:
        file: the name shown in diagnostics.
        text: the whole file, for snippets.
        data: the root object.
        position: where the parts of ``data`` are.
        others: further files that parts of ``data`` were written in.
        unresolved: references to files, as they are in ``data``, that lead nowhere.
    """

    file: str
    text: str = field(repr=False)
    data: Object = field(repr=False)
    position: Position = field(repr=False)
    others: tuple[Text, ...] = field(default=(), repr=False, kw_only=True)
    unresolved: Mapping[str, Unresolved] = field(default_factory=dict[str, Unresolved], repr=False, kw_only=True)

    @cached_property
    def texts(self) -> Texts:
        """The files that positions point into."""
        return Texts([Text(self.file, self.text), *self.others])

    def place(self, pointer: str) -> Place:
        """Return where the value at a JSON pointer is, or its nearest parent where it does not exist."""
        return self._place(pointer, key=False)

    def key_place(self, pointer: str) -> Place:
        """Return where the key of the value at a JSON pointer is; for list items, the item."""
        return self._place(pointer, key=True)

    def _place(self, pointer: str, *, key: bool) -> Place:
        return self.texts.place(offset_in(self.position, pointer, key=key), pointer.removeprefix("#"))

    def at(self, pointer: str) -> JSON:
        """Return the value at a JSON pointer.

        Raises:
            KeyError: the pointer leads nowhere.
        """
        value: JSON = self.data
        for token in split(pointer):
            if isinstance(value, dict):
                value = value[token]
            elif isinstance(value, list) and _is_index(token) and int(token) < len(value):
                value = value[int(token)]
            else:
                raise KeyError(pointer)
        return value


def _is_index(token: str) -> bool:
    return token.isascii() and token.isdigit() and len(token) < 10 and str(int(token)) == token


def load(path: Path, diagnostics: Diagnostics, *, name: str | None = None, begins: str = SPEC) -> Document | None:
    """Read a spec file: strict JSON where it is named ``.json``, else YAML 1.2.

    Args:
        path: the file.
        diagnostics: takes everything that is wrong with the file.
        name: what diagnostics call the file; by default the path, relative to the working directory if below it.
        begins: the hint where the file does not hold an object.

    Returns:
        The document, or None where nothing sensible could be read. A document with repeated keys is returned
        (the first of each counts), so that one run reports what else is wrong.
    """
    file = name if name is not None else shown(path)
    top = Place(file, 1, 1, "")
    raw = _read(path, top, diagnostics)
    text = None if raw is None else _decode(raw, top, diagnostics)
    if text is None:
        return None
    return parse(text, file, diagnostics, strict_json=path.suffix.lower() == ".json", begins=begins)


def parse(
    text: str, file: str, diagnostics: Diagnostics, *, strict_json: bool = False, begins: str = SPEC
) -> Document | None:
    """Read the text of a spec; :func:`load` without the file."""
    lines = Lines(text)
    found: list[Fault] = []
    try:
        if not text.strip():
            raise Fault("empty-file", "the file is empty", 0, begins)
        reader = jsontext.parse if strict_json else yamltext.parse
        data, position = reader(text, lines, found.append)
        if data is None:
            raise Fault("empty-file", "the file holds no value", 0, begins)
        if not isinstance(data, dict):
            shape = "a list" if isinstance(data, list) else "a single value"
            message = f"the document is {shape}, and must be an object"
            raise Fault("not-an-object", message, start(position), begins)
    except Fault as fault:
        _report([*found, fault], file, lines, diagnostics)
        return None
    _report(found, file, lines, diagnostics)
    if any(fault.code != "duplicate-key" for fault in found):
        return None
    return Document(file, text, data, position)


def snippet_text(path: Path) -> str:
    """Return the text of a file that could not be loaded, as far as it is text, for showing it with diagnostics."""
    try:
        if not path.is_file() or _leads_out(path):
            return ""
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES).decode("utf-8", errors="replace")
    except OSError:
        return ""


def _leads_out(path: Path) -> bool:
    """Return whether a file is a link to somewhere outside of the folder that it seems to be in."""
    return path.is_symlink() and not path.resolve().is_relative_to(path.parent.resolve())


def _report(faults: list[Fault], file: str, lines: Lines, diagnostics: Diagnostics) -> None:
    for fault in faults:
        place = Place(file, *lines.at(fault.offset), fault.pointer)
        diagnostics.add(fault.code, fault.message, place, fault.hint)


def shown(path: Path) -> str:
    """Return what diagnostics call a file."""
    if path.is_absolute():
        try:
            path = path.relative_to(Path.cwd())
        except (ValueError, OSError):
            return path.as_posix()
    return path.as_posix()


def read_bytes(path: Path) -> bytes | None:
    """Return what a spec file holds; None where :func:`load` would not take it either."""
    return _read(path, Place(path.as_posix(), 1, 1, ""), Diagnostics())


def _read(path: Path, top: Place, diagnostics: Diagnostics) -> bytes | None:
    """Return what a file holds, or None after reporting why that is not looked at."""
    try:
        if _leads_out(path):
            diagnostics.add("symlink", "the file is a link that leads out of its folder", top, "copy the file instead")
            return None
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            diagnostics.add("not-a-file", "this is a directory; a spec is one file", top, "name the file in it")
            return None
        if not stat.S_ISREG(mode):
            diagnostics.add("not-a-file", "this is not a regular file", top)
            return None
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        diagnostics.add("no-such-file", "there is no such file", top)
        return None
    except (OSError, ValueError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "its name is not usable"
        diagnostics.add("unreadable-file", f"the file cannot be read: {reason}", top)
        return None
    if len(raw) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB"
        diagnostics.add("file-too-large", message, top, "is this really a spec?")
        return None
    return raw


_MARKS: Final = (
    (b"\xef\xbb\xbf", "the file begins with a byte order mark"),
    (b"\xff\xfe", "the file is UTF-16"),
    (b"\xfe\xff", "the file is UTF-16"),
)


def _decode(raw: bytes, top: Place, diagnostics: Diagnostics) -> str | None:
    for mark, message in _MARKS:
        if raw.startswith(mark):
            diagnostics.add("not-utf-8", message, top, "save it as UTF-8 without a byte order mark")
            return None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = Lines(good := raw[: error.start].decode("utf-8")).at(len(good))
        message = f"the byte 0x{raw[error.start]:02X} is not UTF-8 text"
        diagnostics.add("not-utf-8", message, Place(top.file, line, column, ""), "save the file as UTF-8")
        return None
    nul = text.find("\0")
    if nul >= 0:
        line, column = Lines(text).at(nul)
        hint = "is it UTF-16, or not a text file at all?"
        diagnostics.add("bad-character", "the file holds a NUL character", Place(top.file, line, column, ""), hint)
        return None
    return text
