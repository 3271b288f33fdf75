"""Mutants of Python sources that nobody chose: every place that cosmic-ray's operators can change."""

from __future__ import annotations

import ast
import difflib
import hashlib
import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.ast.ast_query import ASTQuery
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

from .sandbox import ROOT
from .tracing import CACHE

PACKAGES = {
    "core": ("generator/core/jobclients_core",),
    "generator": tuple(f"generator/vendorsmith/{name}" for name in ("build", "testcases", "emit", "spec")),
}
SILENT = frozenset(("overload", "override", "final", "runtime_checkable"))
"""Decorators that only type checkers read."""

Span = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Place:
    """A place that an operator can change.

    Args:
        file: The module, below the repository.
        operator: The operator's name, without its package.
        occurrence: Which of the places of this operator in the module it is.
        function: The innermost definition around it.
        line: Where it begins.
        end: Where it ends.
    """

    file: str
    operator: str
    occurrence: int
    function: str
    line: int
    end: int

    def mutated(self) -> str:
        """The module's text with the change."""
        text = (ROOT / self.file).read_text("utf-8")
        changed: str | None = mutate_code(text, get_operator(f"core/{self.operator}")(), self.occurrence)
        assert changed is not None, self
        return changed


def places(part: str) -> list[Place]:
    """Every place of a part of the sources that counts.

    Args:
        part: One of `PACKAGES`.

    Returns:
        Them, in an order of their own.
    """
    files = sorted(file for folder in PACKAGES[part] for file in (ROOT / folder).rglob("*.py"))
    with ProcessPoolExecutor() as pool:
        return [place for found in pool.map(_cached, files) for place in found]


def _cached(file: Path) -> list[Place]:
    name, text = file.relative_to(ROOT).as_posix(), file.read_text("utf-8")
    own = Path(__file__).read_text("utf-8")
    cache = CACHE / f"{hashlib.sha256(f'{name} {text} {own}'.encode()).hexdigest()[:20]}.places.json"
    if cache.exists():
        return [Place(**one) for one in json.loads(cache.read_text("utf-8"))]
    found = list(_places(name, text))
    CACHE.mkdir(parents=True, exist_ok=True)
    cache.write_text(json.dumps([asdict(one) for one in found]), encoding="utf-8")
    return found


def _places(file: str, text: str) -> Iterator[Place]:
    nodes = list(ast_nodes(get_ast(text)))
    silent = list(_silent(ast.parse(text)))
    for name in operator_names():
        operator = get_operator(name)
        if operator.arguments():
            continue  # it wants to be told what to replace
        spots = ((node, start, end) for node in nodes for start, end in operator().mutation_positions(node))
        for occurrence, (node, start, end) in enumerate(spots):
            if not any(first <= start < last for first, last in silent):
                function = ASTQuery(node).get_definition_name() or ""
                yield Place(file, name.removeprefix("core/"), occurrence, function, start[0], end[0])


def _silent(tree: ast.Module) -> Iterator[Span]:
    """Where nothing is evaluated: annotations, what type checkers alone read."""
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            part = getattr(node, name, None)
            if isinstance(part, ast.expr):
                yield _span(part)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            yield _span(node)
        for part in getattr(node, "decorator_list", ()):
            if isinstance(part, ast.Name) and part.id in SILENT:
                yield (part.lineno, 0), (part.end_lineno or 0, (part.end_col_offset or 0) + 1)


def _span(node: ast.expr | ast.stmt) -> Span:
    return (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)


def changed_lines(before: str, after: str) -> tuple[str, str]:
    """What a change takes away and what it puts there, a line of text each.

    Args:
        before: A text.
        after: Another.
    """
    old, new = before.split("\n"), after.split("\n")
    taken, put = list[str](), list[str]()
    for tag, left, right, top, bottom in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            taken += old[left:right]
            put += new[top:bottom]
    return _joined(taken), _joined(put)


def _joined(lines: Iterable[str]) -> str:
    return " ".join(line.strip() for line in lines)
