"""Reduces texts of a recording to what a client reads from them: a value in a text, or a match of a pattern."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from jobclients_contract.live.patterns import MASK, WORD
from jobclients_contract.schema_model.timestamps import read as read_timestamp
from jobclients_contract.schema_model.values import Json

MAX_TEXT: Final = 2000
"""Characters of a text above which clients do not look for a pattern."""

_NUMBER: Final = re.compile(r"[0-9.]{1,20} ?%?")
_LONGEST: Final = 200
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_BLANKED: Final = re.compile(r"[^\W\d_]+|\d|[^\x00-\x7F]")
_SLOW: Final = re.compile(r"(?<!\\)\)[*+?{]|\\[1-9]|\(\?(?:[=!<]|P=)")
"""Patterns that may take more than linear time, which clients do not look for."""


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How a value is read out of a text.

    Attributes:
        name: of the field that it becomes.
        pattern: finds the value; empty where it is the whole text.
        form: a format of times.
    """

    name: str
    pattern: str
    form: str

    @property
    def reads_texts(self) -> bool:
        """Whether texts of some form have a value, and others have none."""
        return bool(self.pattern or self.form) or self.name in ("duration", "progress")

    def keeps(self, value: str) -> bool:
        """Whether a value is of the form that may be kept."""
        if self.form:
            return is_timestamp(self.form, value)
        if self.name in ("duration", "progress"):
            return _NUMBER.fullmatch(value) is not None
        return self.name == "code" and WORD.fullmatch(value) is not None

    def find(self, text: str) -> re.Match[str] | None:
        """Where its pattern finds a value."""
        return re.search(self.pattern, text[:MAX_TEXT])


def is_timestamp(form: str, text: str) -> bool:
    """Whether a text is a time of a format.

    Args:
        form: ``x-time-format``.
        text: the text.
    """
    return len(text) <= _LONGEST and read_timestamp(form, text, None) is not None


def what_is_read(text: str, rules: Iterable[FieldRule]) -> str:
    """A text with the values that are read out of it, and no other word than those of the patterns.

    Args:
        text: the text.
        rules: how values are read.

    Returns:
        A text out of which the same values are read; a mask where there is none.
    """
    known = list(rules)
    if any(not one.pattern and one.keeps(text) for one in known):
        return text
    found = [(one, match) for one in known if one.pattern and (match := one.find(text)) is not None]
    if not found:
        return MASK
    start, end = min(match.start() for _, match in found), max(match.end() for _, match in found)
    words = {word for one, _ in found for word in _LETTERS.findall(one.pattern)}
    kept = [False] * end
    for one, match in found:
        if one.keeps(match["value"]):
            kept[match.start("value") : match.end("value")] = [True] * len(match["value"])
    blank = _blanked(text[:end], words)
    left = "".join(text[at] if kept[at] else blank[at] for at in range(start, end))
    same = ((again := one.find(left)) is not None and _same(one, match, again) for one, match in found)
    return left if all(same) else MASK


def _same(one: FieldRule, match: re.Match[str], again: re.Match[str]) -> bool:
    return not one.keeps(match["value"]) or again["value"] == match["value"]


def matching_alike(text: str, patterns: Iterable[str], examples: Iterable[str]) -> str:
    """A text that stands for another one: it matches those of some patterns that the other one matches.

    Args:
        text: the other one.
        patterns: documented ones.
        examples: documented texts.

    Returns:
        An example, a mask, or the text without its letters and digits.
    """
    fast = [pattern for pattern in patterns if _is_fast(pattern)]
    if len(text) > MAX_TEXT:
        return MASK if all(re.search(pattern, MASK) for pattern in fast) else "-" * (MAX_TEXT + 1)
    wanted = [bool(re.search(pattern, text)) for pattern in fast]
    for other in (*(examples if any(wanted) else ()), MASK, "-", "", _blanked(text, ())):
        if [bool(re.search(pattern, other)) for pattern in fast] == wanted:
            return other
    return MASK


def examples_in(node: Json, *, inside: bool = False) -> Iterator[str]:
    """The texts of the examples in a document.

    Args:
        node: the document, or a part of it.
        inside: whether it is one of an example.
    """
    if isinstance(node, dict):
        for key, value in node.items():
            yield from examples_in(value, inside=inside or key in ("example", "examples", "default"))
    elif isinstance(node, list):
        for value in node:
            yield from examples_in(value, inside=inside)
    elif inside and isinstance(node, str):
        yield node


@lru_cache(maxsize=256)
def _is_fast(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except (re.error, OverflowError):
        return False
    return _SLOW.search(pattern) is None


def _blanked(text: str, kept: Iterable[str]) -> str:
    """A text of the same length without letters and digits, but for some that are kept."""
    return _BLANKED.sub(lambda found: found[0] if found[0] in kept else "".join(map(_blank, found[0])), text)


def _blank(character: str) -> str:
    if character.isdecimal():
        return "0"
    return "-" if not character.isalpha() else "A" if character.isupper() else "a"
