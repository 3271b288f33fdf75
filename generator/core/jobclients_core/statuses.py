"""HTTP statuses, and the keys under which OpenAPI documents responses: ``200``, ``4XX``, ``default``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

Key = int | str
"""``404``, ``"404"``, ``"4XX"`` or ``"default"``."""

V = TypeVar("V")
D = TypeVar("D")


def is_success(status: int) -> bool:
    """Whether a status says yes."""
    return 200 <= status < 300


def covers(key: Key, status: int) -> bool:
    """Whether a key stands for a status."""
    text = str(key).upper()
    return text in ("DEFAULT", str(status)) or (text.endswith("XX") and text[:1] == str(status)[:1])


def lookup(table: Mapping[Key, V], status: int, otherwise: D) -> V | D:
    """The most specific entry for a status: exact, then its class, then ``default``.

    Args:
        table: Entries by key.
        status: HTTP status code.
        otherwise: What is returned where no key covers the status.
    """
    for key in (status, str(status), f"{status // 100}XX", f"{status // 100}xx", "default"):
        if key in table:
            return table[key]
    return otherwise


def is_result(key: Key, documented: Iterable[Key]) -> bool:
    """Whether the responses of a key are results: 2xx, or ``default`` where no 2xx is documented.

    Args:
        key: One of the keys of an operation.
        documented: All of them.
    """
    if key == "default":
        return not any(str(other).startswith("2") for other in documented)
    return str(key).startswith("2")


def example(key: Key, otherwise: int) -> int:
    """A status that a key stands for: the first of a class, and for ``default`` the one that is given."""
    text = str(key)
    return int(text) if text.isdigit() else int(text[0]) * 100 if text[0].isdigit() else otherwise
