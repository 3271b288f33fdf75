"""Escapes text for tables in Markdown."""

from __future__ import annotations

import re


def cell(text: str) -> str:
    """A text as code in a table, whatever is in it; nothing for an empty one."""
    one_line = " ".join(text.split())
    if not re.search(r"[|`]", one_line):
        return f"`{one_line}`" if one_line else ""
    # A pipe ends a cell even within backticks. Within <code>, Markdown goes on reading what is not an entity.
    written = re.sub(r"[^\w\s/.,:=-]|_", lambda found: f"&#{ord(found[0])};", one_line)
    return f"<code>{written}</code>"
