"""What is wrong with an input, where it is, and how it is shown.

Nothing here knows about OpenAPI. A stage that reads input adds to a :class:`Diagnostics`; the pipeline looks at
:attr:`Diagnostics.errors` after the last stage that can add some, and raises one :class:`SpecError` with all.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning"]

_MESSAGE_LIMIT = 600
_POINTER_LIMIT = 160
_LINE_LIMIT = 110
_PROBLEM_LIMIT = 200


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in an input file.

    Attributes:
        file: the file as the user typed it, with forward slashes.
        line: 1-based.
        column: 1-based, in characters.
        pointer: the JSON pointer of the value meant (``/paths/~1jobs/get``; ``""`` is the whole document).
        subject: the pointer in the document that was checked, whose parts may be elsewhere in the file.
    """

    file: str
    line: int
    column: int
    pointer: str
    subject: str = field(default="", compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def line_in(self, file: str) -> str:
        """Return the line as words for a message about another place, which is in a file."""
        return f"line {self.line}" if file == self.file else f"line {self.line} of {self.file}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is wrong, in words for the person who wrote the input.

    Attributes:
        code: a stable kebab-case identifier of the kind of diagnostic.
        message: what is wrong.
        place: where, or None where it concerns no file.
        hint: what to do about it.
        severity: an ``error`` stops generation, a ``warning`` does not.
    """

    code: str
    message: str
    place: Place | None
    hint: str | None = None
    severity: Severity = "error"


class Diagnostics:
    """Collects diagnostics over all stages, so that one run reports all of them."""

    def __init__(self) -> None:
        self._found: dict[Diagnostic, None] = {}

    def add(self, code: str, message: str, place: Place | None, hint: str | None = None) -> None:
        """Add an error."""
        self._found[Diagnostic(code, message, place, hint)] = None

    def warn(self, code: str, message: str, place: Place | None, hint: str | None = None) -> None:
        """Add a warning."""
        self._found[Diagnostic(code, message, place, hint, "warning")] = None

    def include(self, diagnostic: Diagnostic) -> None:
        """Add a diagnostic."""
        self._found[diagnostic] = None

    def extend(self, diagnostics: Diagnostics) -> None:
        """Add everything another collector holds."""
        self._found.update(diagnostics._found)

    @property
    def errors(self) -> bool:
        """Whether anything that stops generation was found."""
        return any(diagnostic.severity == "error" for diagnostic in self._found)

    def __iter__(self) -> Iterator[Diagnostic]:
        """Iterate by file and position, each diagnostic once."""
        return iter(sorted(self._found, key=_order))

    def __len__(self) -> int:
        return len(self._found)

    def __bool__(self) -> bool:
        return bool(self._found)


class SpecError(Exception):
    """The input cannot be used; :attr:`diagnostics` says all that is wrong with it."""

    def __init__(self, diagnostics: Diagnostics) -> None:
        super().__init__(diagnostics)
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        return render(self.diagnostics, {})


def render(diagnostics: Diagnostics, sources: Mapping[str, str]) -> str:
    r"""Write diagnostics the way compilers do: message, position, the line with a caret, a hint, and a count.

    Whatever the input holds, the text is safe to print: control characters, escape sequences and characters
    that reorder text appear as ``\x1b`` or ``\u202e``, nothing is longer than a screen bears, and of very many
    diagnostics some are only counted.

    Args:
        diagnostics: what to show.
        sources: the text of the files that diagnostics point into, by :attr:`Place.file`; a diagnostic in another
            file is shown by position only.

    Returns:
        The text, ending in a newline; empty when there is none.
    """
    lines_of = {file: _split_lines(text) for file, text in sources.items() if text}
    found = list(diagnostics)
    shown = set(sorted(found, key=lambda diagnostic: diagnostic.severity)[:_PROBLEM_LIMIT])  # errors before warnings
    blocks = [_render_one(diagnostic, lines_of) for diagnostic in found if diagnostic in shown]
    if not blocks:
        return ""
    if len(found) > len(shown):
        blocks.append(f"and {len(found) - len(shown)} more")
    blocks.append(_count(diagnostics))
    return "\n\n".join(blocks) + "\n"


def folded(diagnostics: Diagnostics) -> str:
    """Write diagnostics in one line: how many, and of which codes, the most frequent first; empty without any."""
    codes = Counter(diagnostic.code for diagnostic in diagnostics)
    counts = sorted(codes.items(), key=lambda item: (-item[1], item[0]))
    return f"{_count(diagnostics)}: {', '.join(f'{code} {count}' for code, count in counts)}" if counts else ""


def quote(text: str, limit: int = 80) -> str:
    """Quote a piece of the input for use inside a message; cut in the middle when it is long."""
    if len(text) > limit:
        half = limit // 2 - 2
        text = f"{text[:half]}...{text[-half:]}"
    return f'"{text}"'


def plural(count: int, noun: str) -> str:
    """Return ``1 error``, ``2 errors``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def printable(text: str) -> str:
    """Replace every character that a terminal would act on, or not show, by its escape."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def _escape(char: str) -> str:
    short = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char)
    if short is not None:
        return short
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _order(diagnostic: Diagnostic) -> tuple[str, int, int, str, str, str, str, str]:
    place = diagnostic.place or Place("", 0, 0, "")
    at = (place.file, place.line, place.column)
    return (*at, diagnostic.severity, diagnostic.code, diagnostic.message, place.pointer, diagnostic.hint or "")


def _count(diagnostics: Diagnostics) -> str:
    errors = sum(diagnostic.severity == "error" for diagnostic in diagnostics)
    warnings = len(diagnostics) - errors
    return ", ".join(plural(count, noun) for count, noun in ((errors, "error"), (warnings, "warning")) if count)


def _render_one(diagnostic: Diagnostic, lines_of: Mapping[str, list[str]]) -> str:
    out = [f"{diagnostic.severity}[{diagnostic.code}]: {_clip(printable(diagnostic.message), _MESSAGE_LIMIT)}"]
    gutter = " "
    if diagnostic.place is not None:
        place = diagnostic.place
        gutter = " " * len(str(place.line))
        where = f"{printable(place.file)}:{place.line}:{place.column}"
        if place.pointer:
            where += f" (#{_clip(printable(place.pointer), _POINTER_LIMIT)})"
        out.append(f"{gutter}--> {where}")
        lines = lines_of.get(place.file, [])
        if place.line <= len(lines):
            shown, caret = _snippet(lines[place.line - 1], place.column)
            out += [f"{gutter} |", f"{place.line} | {shown}".rstrip(), f"{gutter} | {' ' * caret}^"]
    if diagnostic.hint is not None:
        out.append(f"{gutter} = hint: {_clip(printable(diagnostic.hint), _MESSAGE_LIMIT)}")
    return "\n".join(out)


def _snippet(line: str, column: int) -> tuple[str, int]:
    """Return what to show of a source line, and how many cells are before the caret."""
    at = min(column - 1, len(line))
    start = 0 if len(line) <= _LINE_LIMIT else max(0, min(at - _LINE_LIMIT // 2, len(line) - _LINE_LIMIT))
    end = start + _LINE_LIMIT
    before = ("..." if start else "") + _flat(line[start:at])
    after = _flat(line[at:end]) + ("..." if end < len(line) else "")
    return before + after, sum(_cells(char) for char in before)


def _flat(text: str) -> str:
    # A tab is one blank, so that the caret below counts the same cells whatever the terminal's tab stops are.
    return printable(text.replace("\t", " "))


def _cells(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _clip(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def _split_lines(text: str) -> list[str]:
    # Only the line ends that editors count; str.splitlines would also split at U+2028 and form feeds.
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
