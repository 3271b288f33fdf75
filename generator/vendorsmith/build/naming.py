"""Gives names of a document their Python names, or reports why there is none."""

from __future__ import annotations

from collections.abc import Callable

from vendorsmith import names
from vendorsmith.build.cursor import Cursor
from vendorsmith.diagnostics import quote


def spell(cursor: Cursor, wire: str, rule: Callable[[str], str], what: str) -> str:
    """The Python name of `wire`: what `x-python-name` on the node says, or what the rule makes of it.

    Returns:
        The name, or a placeholder after the error was reported, so that the rest can still be checked.
    """
    given = cursor.raw("x-python-name")
    if isinstance(given.value, str):
        if names.is_identifier(given.value) and rule(given.value) == given.value:
            return given.value
        cursor.diagnostics.add(
            "name-cannot-be-used",
            f"{quote(given.value)} cannot be the name of a {what} in Python",
            given.place,
            f"write {rule(given.value) or 'a_name'}, or another name of that form",
        )
        return "unnamed"
    name = rule(wire)
    if name and len(name) <= names.MAX_LENGTH:
        return name
    reason = "holds no ASCII letter or digit" if not name else f"is longer than {names.MAX_LENGTH} characters"
    cursor.diagnostics.add(
        "name-cannot-be-spelt",
        f"the {what} name {quote(wire)} {reason}, so it cannot be a name in Python",
        cursor.document.key_place(cursor.pointer),
        "say x-python-name beside it, with the name to use",
    )
    return "unnamed"
