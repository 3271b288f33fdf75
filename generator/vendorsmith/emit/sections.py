"""Writes the sections `Args:`, `Returns:` and `Raises:` of docstrings in Google's style."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from vendorsmith import names
from vendorsmith.emit.code import plain, sentence

_TITLE = re.compile(
    r"\b((?:Keyword |Other |Type )?(?:Args|Arguments|Params|Parameters)|Attributes|Classes|Examples?|Except|Exceptions"
    r"|Functions|Methods|Modules|Raises|Receives|Returns|Type Aliases|Warnings|Warns|Yields):$",
    re.IGNORECASE,
)
_NAMED = re.compile(r"(?:\S+|\w*\s*\(.+\)|[^:]*\]):")
_FILLERS = frozenset(["a", "an", "its", "of", "s", "the", "this"])


def entries(title: str, described: Iterable[tuple[str, str]]) -> list[str]:
    """The lines of a section that lists names, with an empty one before it; none without an entry.

    Args:
        title: of the section, such as ``Args``.
        described: each name with what is said of it.
    """
    lines = [f"    {name}: {text}" for name, text in described]
    return ["", f"{title}:", *lines] if lines else []


def returns(text: str) -> list[str]:
    """The lines of the section on what is returned, with an empty one before it; none without a text."""
    return ["", "Returns:", f"    {_unnamed(text)}"] if text else []


def _unnamed(text: str) -> str:
    """A text whose first words are not taken for the name or the type of what is returned."""
    while found := _NAMED.match(text):
        text = f"{text[: found.end() - 1]} -{text[found.end() :]}"
    return text


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument to be described.

    Attributes:
        name: as it is given.
        description: what the spec says of it, if anything.
        fact: what else is known of it; is in for a description that only repeats the name.
    """

    name: str
    description: str
    fact: str


def arguments(described: Iterable[Argument]) -> list[tuple[str, str]]:
    """What is said of each argument; nothing at all where that would not be more than their names and facts."""
    found = list(described)
    return [(entry.name, _about(entry)) for entry in found] if any(map(_says_more, found)) else []


def _about(entry: Argument) -> str:
    text = one_line(sentence(entry.description))
    if _says_more(entry):
        return text
    return f"{text.removesuffix('.')}, {entry.fact}." if text else f"{entry.fact[0].upper()}{entry.fact[1:]}."


def _says_more(entry: Argument) -> bool:
    """Whether a description holds a word that the name has not: "The job id." says no more than `job_id`."""
    said = {*names.snake(entry.name).split("_"), *_FILLERS, ""}
    return not said.issuperset(names.snake(entry.description).split("_"))


def one_line(text: str) -> str:
    """Prose on one line."""
    return _prose(" ".join(plain(text).split()))


def paragraphs(text: str) -> list[str]:
    """Prose as logical lines: a paragraph each, list items kept apart."""
    lines: list[str] = []
    for line in plain(text).split("\n"):
        if lines and line and lines[-1] and not line.startswith(("- ", "* ")):
            lines[-1] = f"{lines[-1]} {line}"
        else:
            lines.append(line)
    return list(map(_prose, lines))


def _prose(text: str) -> str:
    """A paragraph that begins no section, wherever its lines are broken."""
    return _TITLE.sub(r"\1", text)
