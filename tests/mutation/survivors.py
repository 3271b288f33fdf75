"""Reads `SURVIVORS.md`: mutants that nothing noticed, and why."""

from __future__ import annotations

import re

from .sandbox import ROOT

_ENTRY = re.compile(r"^### `(.+)`\n\n    - ?(.*)\n    \+ ?(.*)\n\n(.+)$", re.MULTILINE)


def known_survivors() -> dict[tuple[str, str, str], str]:
    """The mutants that are known to survive, by title, the text taken away and the text put there, with their reason.

    A reason that begins with "equivalent" says that nobody could notice the mutant.
    """
    text = (ROOT / "tests/mutation/SURVIVORS.md").read_text("utf-8")
    return {(title, taken.strip(), put.strip()): reason for title, taken, put, reason in _ENTRY.findall(text)}
