"""Reads `SURVIVORS.md`: mutants that nothing noticed, and why."""

from __future__ import annotations

import re
from functools import cache

from .sandbox import ROOT

_ENTRY = re.compile(r"^### `(.+)`\n\n    - ?(.*)\n    \+ ?(.*)\n\n(.+)$", re.MULTILINE)


def reason_of(title: str, taken: str, put: str) -> str:
    """Why a mutant survives; empty where nobody has said it. One that begins with "equivalent" cannot be noticed.

    Args:
        title: The mutant as the command prints it.
        taken: The text that it takes away.
        put: The text that it puts there.
    """
    mutant = "\n".join((title, taken.strip(), put.strip()))
    return next((reason for pattern, reason in _known() if pattern.fullmatch(mutant)), "")


@cache
def _known() -> list[tuple[re.Pattern[str], str]]:
    text = (ROOT / "tests/mutation/SURVIVORS.md").read_text("utf-8")
    return [(_pattern(*parts), reason) for *parts, reason in _ENTRY.findall(text)]


def _pattern(*parts: str) -> re.Pattern[str]:
    """What matches an entry; a star in it stands for anything on its line."""
    return re.compile("\n".join(re.escape(part.strip()).replace(r"\*", ".*") for part in parts))
