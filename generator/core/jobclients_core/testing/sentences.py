"""Writes a text from which a pattern reads a given value."""

from __future__ import annotations

import re
from typing import Any

from jobclients_core.patterns import extract

_TOKEN = re.compile(
    r"(?P<open>\((?:\?P<(?P<name>\w+)>|\?:)?)|(?P<close>\))|(?P<anchor>[\^$])|(?P<or>\|)"
    r"|(?P<atom>\[\^?\]?(?:\\.|[^\]\\])*\]|\\.|.)(?P<times>[*+?]|\{\d{1,3}(?:,\d{0,3})?\})?",
    re.DOTALL,
)


def replaced(pattern: str, text: str, value: Any) -> str | None:
    """A text with another value where a pattern finds one; None where it finds none."""
    match = re.search(pattern, text)
    if match is None:
        return None
    found = text[: match.start("value")] + str(value) + text[match.end("value") :]
    return found if extract(pattern, found) == str(value) else None


def prose(pattern: str, value: Any) -> str | None:
    """A text in which a pattern finds a value; None where none was found."""
    text: list[str] = []
    skipping = False
    for token in _TOKEN.finditer(pattern):
        if token["name"] == "value":
            text.append(str(value))
            skipping = True
        elif token["close"]:
            skipping = False
        elif token["or"] and not skipping:
            break
        elif token["atom"] and not skipping:
            text.append(_letter(token["atom"]) * _minimum(token["times"]))
    found = "".join(text)
    return found if extract(pattern, found) == str(value) else None


def _minimum(times: str | None) -> int:
    if times is None or times == "+":
        return 1
    return int(times[1:-1].partition(",")[0]) if times[0] == "{" else 0


def _letter(atom: str) -> str:
    if len(atom) == 1 and atom != ".":
        return atom
    return next((letter for letter in "1aA -.:;,/_" if re.fullmatch(atom, letter)), atom[-1:])
