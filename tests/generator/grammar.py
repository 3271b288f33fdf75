"""What generated code consists of: imports, constants made by calls of known names, classes, and methods of few lines.

Texts of a spec are data, so whatever is outside this grammar is text that became code.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

_NODES: Final = (
    *(ast.Module, ast.Expr, ast.Constant, ast.Name, ast.Load, ast.Store, ast.Attribute, ast.Subscript, ast.Tuple),
    *(ast.List, ast.Dict, ast.Call, ast.keyword, ast.BinOp, ast.BitOr, ast.Assign, ast.AnnAssign, ast.If),
    *(ast.ImportFrom, ast.alias, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef, ast.arguments, ast.arg),
    *(ast.Return, ast.Await),
)
_LOADER: Final = (ast.Compare, ast.In, ast.Raise, ast.JoinedStr, ast.FormattedValue)
"""What the package's ``__init__.py`` needs beside that, to load names when they are used."""

_MODULES: Final = frozenset(
    ("__future__", "collections.abc", "dataclasses", "datetime", "enum", "pydantic", "typing", "typing_extensions")
)
_BUILTINS: Final = frozenset(
    ("bool", "bytes", "dict", "float", "int", "list", "object", "property", "str", "super", "tuple", "type")
)
_REFERENCE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")


def strange(text: str, package: str, name: str) -> Iterator[tuple[int, str]]:
    """Whatever in a module is not part of the grammar: its line, and what it is.

    Args:
        text: the module.
        package: import name of the generated package.
        name: of the file.
    """
    tree = ast.parse(text)
    loader = name == "__init__.py"
    nodes = _NODES + _LOADER if loader else _NODES
    modules = _MODULES | {"importlib"} if loader else _MODULES
    builtins = _BUILTINS | {"getattr", "AttributeError", "__name__"} if loader else _BUILTINS
    known = builtins | _bound(tree)
    for statement in tree.body:
        if not isinstance(
            statement, ast.ImportFrom | ast.Assign | ast.AnnAssign | ast.ClassDef | ast.FunctionDef
        ) and not (_is_text(statement) or _is_for_type_checkers(statement) or _is_rebuild(statement)):
            yield statement.lineno, f"a statement: {ast.unparse(statement)[:80]}"
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 1)
        if not isinstance(node, nodes):
            yield line, f"{type(node).__name__}: {ast.unparse(node)[:80]}"
        elif isinstance(node, ast.ImportFrom) and not _is_known_module(node, modules, package):
            yield line, f"import of {node.module}"
        elif isinstance(node, ast.Name) and node.id not in known:
            yield line, f"the name {node.id}"
        elif isinstance(node, ast.Call) and not _is_known_call(node):
            yield line, f"a call: {ast.unparse(node.func)[:80]}"
        elif isinstance(node, ast.Attribute) and not _is_known_attribute(node):
            yield line, f"an attribute: {ast.unparse(node)[:80]}"
        elif isinstance(node, ast.Subscript):
            yield from _evaluated(node)


def _bound(tree: ast.Module) -> set[str]:
    """The names that a module imports or defines, and those of its functions' arguments."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.alias):
            found.add(node.asname or node.name)
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


def _is_text(statement: ast.stmt) -> bool:
    """Whether a statement is a docstring."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _is_for_type_checkers(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.If) and isinstance(statement.test, ast.Name) and statement.test.id == "TYPE_CHECKING"
    )


def _is_rebuild(statement: ast.stmt) -> bool:
    """Whether a statement completes a model that refers to itself."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) and _completes(statement.value)


def _completes(call: ast.Call) -> bool:
    bare = not call.args and not call.keywords and isinstance(call.func, ast.Attribute)
    return bare and re.fullmatch(r"[A-Z]\w*\.model_rebuild", ast.unparse(call.func)) is not None


def _is_known_module(node: ast.ImportFrom, modules: frozenset[str], package: str) -> bool:
    module = node.module or ""
    ours = module.partition(".")[0] in (package, "jobclients_core")
    return node.level == 0 and (module in modules or ours)


def _is_known_call(node: ast.Call) -> bool:
    """Whether a call is of a name, a constant's `call`, a method of self or of the parent, or completes a model."""
    function = node.func
    if isinstance(function, ast.Name):
        return True
    if not isinstance(function, ast.Attribute):
        return False
    owner = function.value
    if isinstance(owner, ast.Name):
        return (owner.id.isupper() and function.attr == "call") or owner.id == "self" or _completes(node)
    return ast.unparse(function) == "super().__init__"


def _is_known_attribute(node: ast.Attribute) -> bool:
    """Whether an attribute is of a name, and a plain one."""
    if ast.unparse(node) == "super().__init__":
        return True
    return isinstance(node.value, ast.Name) and not node.attr.startswith("__")


def _evaluated(node: ast.Subscript) -> Iterator[tuple[int, str]]:
    """Texts in annotations that Python would evaluate, and that are more than a reference."""
    waiting: list[ast.AST] = [] if _is_literal(node) else [node.slice]
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and not _REFERENCE.fullmatch(part.value):
            yield part.lineno, f"a text that is evaluated: {part.value[:80]}"
        if not isinstance(part, ast.Call | ast.Subscript):  # arguments are data; a subscript inside is looked at itself
            waiting += ast.iter_child_nodes(part)


def _is_literal(node: ast.Subscript) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "Literal"
