"""Compiles regular expressions of specs, and refuses those that could take more than linear time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

MAX_TEXT = 2000
"""Characters of a text that a pattern looks at."""

MAX_PATTERN = 500
MAX_BRANCHES = 4

_TOKEN = re.compile(
    r"(?P<open>\((?:\?P<(?P<name>\w+)>|\?:|(?!\?)))|(?P<close>\))|(?P<anchor>[\^$])|(?P<or>\|)"
    r"|(?P<atom>\[\^?\]?(?:\\.|[^\]\\])*\]|\\[dDwWsS]|\\[^A-Za-z0-9]|\\[tnr]|[^\\()\[|^$*+?{}])"
    r"(?P<times>[*+?]|\{\d{1,3}(?:,\d{0,3})?\})?",
    re.ASCII | re.DOTALL,
)
# One of each sort is enough to tell whether two classes overlap beyond ASCII.
_ALPHABET = [chr(code) for code in range(256)] + ["\u2028", "\u0663", "\u4e2d", "\U0001f600"]


@dataclass(frozen=True, slots=True)
class _Piece:
    """One character or class, with how often it may come; None as its characters for a fork in the road."""

    characters: frozenset[str] | None
    minimum: int = 1
    most: int = 1


@lru_cache(maxsize=4096)
def check_pattern(pattern: str) -> str | None:
    """Whether a pattern may be used to read a value out of a text: as `check_time`, with the group ``value``.

    Args:
        pattern: A regular expression with one group named ``value``.

    Returns:
        Why it is refused, or None for a good one.
    """
    reason = check_time(pattern)
    return reason if reason is not None or "value" in re.compile(pattern).groupindex else "has no group named 'value'"


@lru_cache(maxsize=256)
def check_time(pattern: str) -> str | None:
    """Whether a pattern takes linear time from each place of a text.

    Characters, classes, groups, alternatives and anchors are allowed. A repetition (``*``, ``+``, ``?``, ``{2,5}``)
    may follow one character or class, and what comes behind it has to begin with something else, so that there is
    one way to match and nothing to try again.

    Args:
        pattern: A regular expression.

    Returns:
        Why it is refused, or None for a good one.
    """
    if len(pattern) > MAX_PATTERN:
        return f"is longer than {MAX_PATTERN} characters"
    pieces: list[_Piece] = []
    branches = pattern.count("|")
    if branches > MAX_BRANCHES:
        return f"has more than {MAX_BRANCHES} alternatives"
    position = 0
    while position < len(pattern):
        token = _TOKEN.match(pattern, position)
        if token is None:
            return f"has something at character {position + 1} that is not allowed or may take long"
        position = token.end()
        if token["atom"] is not None:
            pieces.append(_piece(token["atom"], token["times"]))
        elif branches and (token["open"] is not None or token["or"] is not None):
            pieces.append(_Piece(None))
        if token["atom"] is None and pattern[position : position + 1] in ("*", "+", "?", "{"):
            return "repeats a group or an anchor"
        if token["times"] is not None and pattern[position : position + 1] in ("*", "+", "?"):
            return "has a lazy, possessive or doubled repetition"
    try:
        re.compile(pattern)
    except (re.error, OverflowError) as error:
        return f"is not a regular expression: {error}"
    return _ambiguity(pieces)


def _piece(atom: str, times: str | None) -> _Piece:
    compiled = re.compile(atom, re.DOTALL)
    characters = frozenset(letter for letter in _ALPHABET if compiled.fullmatch(letter))
    if times is None:
        return _Piece(characters)
    if times in "*+?":
        return _Piece(characters, 1 if times == "+" else 0, 1 if times == "?" else 1000)
    low, comma, high = times[1:-1].partition(",")
    return _Piece(characters, int(low), int(high or 1000) if comma else int(low))


def _ambiguity(pieces: list[_Piece]) -> str | None:
    for index, piece in enumerate(pieces):
        if piece.characters is None or piece.minimum == piece.most:
            continue
        for follower in pieces[index + 1 :]:
            if follower.characters is None:
                return "has a group or an alternative right behind a repetition"
            if follower.characters & piece.characters:
                return "has behind a repetition something that the repetition could match as well"
            if follower.minimum > 0:
                break
    return None


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern that was checked, compiled.

    Returns:
        It, compiled.
    """
    return re.compile(pattern)


def extract(pattern: str, text: str) -> str | None:
    """Read the value out of a text.

    Args:
        pattern: A pattern that `check_pattern` finds good.
        text: The text; only its first 2,000 characters are looked at.

    Returns:
        The value, or None where the pattern does not match.
    """
    found = compiled(pattern).search(text[:MAX_TEXT])
    return found["value"] if found is not None else None
