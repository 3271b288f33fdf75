"""The building blocks of a reference page: chapters, sections, paragraphs, lists, tables, examples."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from vendorsmith.emit.code import Code, markdown, markdown_code, plain
from vendorsmith.ir_base import Evidence


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line of prose."""

    template: ClassVar[str] = "page_paragraph.md.jinja"
    text: Code


@dataclass(frozen=True, slots=True)
class Listing:
    """Lines of a list under what they have in common."""

    template: ClassVar[str] = "page_listing.md.jinja"
    title: Code
    lines: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """Lines of Python."""

    template: ClassVar[str] = "page_example.md.jinja"
    lines: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table."""

    template: ClassVar[str] = "page_table.md.jinja"
    columns: tuple[Code, ...]
    rows: tuple[tuple[Code, ...], ...]


Blocks = tuple[Paragraph | Listing | Example | Table, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """What is said of one operation, model or job type."""

    title: Code
    blocks: Blocks


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of the page."""

    title: Code
    blocks: Blocks
    sections: tuple[Section, ...]


def chapter(title: str, blocks: Blocks = (), sections: Iterable[Section] = ()) -> tuple[Chapter, ...]:
    """A chapter; none where it would be empty."""
    found = Chapter(Code(title), blocks, tuple(sections))
    return (found,) if found.blocks or found.sections else ()


def paragraphs(text: str) -> Blocks:
    """Prose as paragraphs, one line each."""
    return tuple(Paragraph(markdown(part)) for part in plain(text).split("\n\n") if part.strip())


def listing(title: str, lines: Iterable[Code]) -> Blocks:
    """A list; none without a line."""
    found = tuple(lines)
    return (Listing(Code(title), found),) if found else ()


def evidence(entries: Iterable[Evidence]) -> Blocks:
    """Where facts are documented: on one line, or in a list."""
    lines = tuple(map(_evidence_line, entries))
    return (
        listing("Evidence:", lines) if len(lines) > 1 else tuple(Paragraph(Code(f"Evidence: {one}")) for one in lines)
    )


def _evidence_line(entry: Evidence) -> Code:
    note = f": {markdown(entry.note)}" if entry.note else ""
    return Code(f"{markdown(entry.source)} ({markdown(entry.kind)}){note}")


def table(columns: str, rows: Iterable[tuple[Code, ...]]) -> Blocks:
    """A table; none without a row.

    Args:
        columns: their titles, with `` | `` between them.
        rows: of as many cells each.
    """
    found = tuple(rows)
    return (Table(tuple(map(Code, columns.split(" | "))), found),) if found else ()


def codes(values: Iterable[str], between: str = ", ") -> Code:
    """Names or values as inline code."""
    return Code(between.join(map(markdown_code, values)))


def model_link(name: str) -> Code:
    """The name of a model, which leads to its section."""
    return Code(f"[{markdown_code(f'models.{name}')}](#models{name.lower()})")


YES, NO = Code("yes"), Code("")
