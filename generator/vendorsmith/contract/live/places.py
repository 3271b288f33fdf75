"""Lines of a specification: what the contract's tables know, and else the nearest line that a key is found at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from vendorsmith.contract.cases import Contract, Where


class Places:
    """The lines of a vendor's specification.

    Args:
        contract: what its tables know.
        root: the folder that the specification's path starts from.
    """

    def __init__(self, contract: Contract, root: Path) -> None:
        self._known = {where.pointer: where.line for where in _tables(contract)}
        try:
            self._lines = (root / contract.spec).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            self._lines = []

    def line(self, pointer: str) -> int:
        """The line of a place.

        Args:
            pointer: JSON pointer into the specification.

        Returns:
            The line, 1-based: that of the nearest place above where the place itself cannot be found.
        """
        if pointer in self._known:
            return self._known[pointer]
        steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
        found = self._search(steps) if self._lines else 0
        above = pointer.rpartition("/")[0]
        return found or (self.line(above) if above else 1)

    def _search(self, steps: list[str]) -> int:
        """The line of a place in block style, which is how specifications are written: key by key, by indentation."""
        line, indent = 0, -1
        for step in steps:
            found = self._key(step, line, indent)
            if found is None:
                return line  # within braces, or an item of a list
            line, indent = found
        return line

    def _key(self, key: str, start: int, outer: int) -> tuple[int, int] | None:
        pattern = re.compile(rf"""( *)(?:"{re.escape(key)}"|'{re.escape(key)}'|{re.escape(key)})\s*:(?:\s|$)""")
        inner: int | None = None
        for number, text in enumerate(self._lines[start:], start + 1):
            bare = text.lstrip(" ")
            indent = len(text) - len(bare)
            if not bare or bare.startswith("#"):
                continue
            if indent <= outer:
                return None
            inner = indent if inner is None else inner
            if indent == inner and pattern.match(text):
                return number, indent
        return None


def _tables(contract: Contract) -> Iterator[Where]:
    for operation in contract.operations:
        yield operation.where
        yield from (answer.where for answer in operation.answers)
    for kind in contract.kinds:
        yield kind.where
