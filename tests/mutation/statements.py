"""The statements of a module: what is executed where a line is."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property


class Module:
    """The statements of a module.

    Args:
        text: Its text.
        file: Where it is, below the repository.
    """

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.tree = ast.parse(text)

    def spans(self, lines: Sequence[int]) -> Iterable[dict[str, set[int]]]:
        """Lines that are executed where some lines are, the narrowest answer first.

        A statement of several lines is executed as a whole; the head of a function or a class when it is imported, so
        that its bodies stand for it. Where nobody executes these, as with a part of a ``match``, the function does.

        Args:
            lines: The lines.
        """
        for widen in (False, True):
            found: set[int] = set()
            for line in lines:
                found |= self._span(line, widen=widen)
            yield {self.file: found}

    def _span(self, line: int, *, widen: bool) -> set[int]:
        around = [node for node in ast.walk(self.tree) if isinstance(node, ast.stmt) and line in _lines(node)]
        if not around:
            return {line}
        inner = around[-1]
        functions = [node for node in around if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
            return {number for part in inner.body for number in _lines(part)}
        if isinstance(inner, ast.ClassDef):
            bodies = [part for part in ast.walk(inner) if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)]
            return {number for body in bodies for part in body.body for number in _lines(part)} or {line}
        if widen and functions:
            return {number for part in functions[-1].body for number in _lines(part)}
        body = getattr(inner, "body", None) or getattr(inner, "cases", None)
        if body:
            first = body[0].lineno if isinstance(body[0], ast.stmt) else body[0].pattern.lineno
            head = range(inner.lineno, max(first, inner.lineno + 1))
            return set(head) if line in head else {line}
        return set(_lines(inner))

    def at_import(self, spans: Mapping[str, Iterable[int]]) -> bool:
        """Whether lines are executed when the module is imported, and at no other time."""
        return not set(spans[self.file]) & self._functions

    def any_at_import(self, lines: Iterable[int]) -> bool:
        """Whether any of some lines is executed when the module is imported."""
        return bool(set(lines) - self._functions)

    @cached_property
    def _functions(self) -> set[int]:
        nodes = [node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        return {number for node in nodes for part in node.body for number in _lines(part)}

    def classes(self, lines: Iterable[int]) -> set[str]:
        """The classes whose decorators or first line are on some lines."""
        wanted, nodes = set(lines), (node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef))
        return {node.name for node in nodes if wanted.intersection(range(_lines(node).start, node.lineno + 1))}

    def names(self, lines: Iterable[int]) -> set[str]:
        """The names that statements of some lines give."""
        wanted, names = set(lines), set[str]()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Assign | ast.AnnAssign) and wanted.intersection(_lines(node)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names |= {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)} - {
                    "_"
                }
            elif isinstance(node, ast.ClassDef) and node.lineno in wanted:
                names.add(node.name)
        return names


def _lines(node: ast.stmt) -> range:
    decorators = getattr(node, "decorator_list", ())
    return range(min([node.lineno, *(one.lineno for one in decorators)]), (node.end_lineno or node.lineno) + 1)
