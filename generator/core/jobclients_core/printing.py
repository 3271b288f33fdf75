"""Makes text of a vendor safe for messages, logs and terminals."""

from __future__ import annotations

import re
from typing import Final

# What a terminal acts on, and what reverses or breaks lines and so would forge some.
_ACTS: Final = r"\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
_IN_A_LINE: Final = re.compile(rf"[\x00-\x1f{_ACTS}]")
_IN_LINES: Final = re.compile(rf"[\x00-\x08\x0b-\x1f{_ACTS}]")


def one_line(text: str) -> str:
    """A text with a blank for each character that does not belong into a line."""
    return _IN_A_LINE.sub(" ", text)


def clean(text: str, limit: int = 500) -> str:
    """A vendor's words, fit for an error message and a log line.

    Args:
        text: The words.
        limit: Characters kept.

    Returns:
        One line of bounded length.
    """
    line = one_line(text[: limit * 2]).strip()
    return line if len(line) <= limit else line[: limit - 1] + "…"


def lines(text: str) -> str:
    """A text of one or more lines for a terminal, with U+FFFD for each character that it would act on."""
    return _IN_LINES.sub("\N{REPLACEMENT CHARACTER}", text)
