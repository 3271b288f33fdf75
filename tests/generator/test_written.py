"""What the generator writes, to the letter.

`written` holds for each vendor of `specs` and of `tests/kitchen/specs` its reference page, `VENDOR.md`, and its modules
as syntax trees, `VENDOR.py.txt`, without layout and without what the async client has as the sync one has it; and the
suite of each spec of `tests/contract/zoo`, `FOLDER.SPEC.suite.txt`. After a change, run the tests once with
``REWRITE_CASES=1`` in the environment, which writes every file anew, and read the difference.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from vendorsmith.discovery import Target, vendors_of
from vendorsmith.emit.contract import contract_files
from vendorsmith.emit.render import vendor_files
from vendorsmith.pipeline import read
from vendorsmith.testcases.lines import sections

from .support import ROOT

WRITTEN = Path(__file__).parent / "written"
VENDORS = {**vendors_of(ROOT / "tests/kitchen/specs"), **vendors_of(Path(__file__).parent / "specs")}
ZOO = {f"{spec.parent.name}.{spec.stem}": spec for spec in sorted((ROOT / "tests/contract/zoo").rglob("*.yaml"))}
PACKAGE = "acme_clients"


def modules(files: dict[str, str]) -> Iterator[str]:
    """The definitions of a vendor's modules, each as Python writes it."""
    for path, text in files.items():
        if path.endswith(".py"):
            yield f"# {path}"
            yield from map(ast.unparse, _Once().visit(ast.parse(text)).body)


class _Once(ast.NodeTransformer):
    """Leaves out of an async class what comes after its docstring and the method that makes it."""

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.body = node.body[:2] if node.name.startswith("Async") else node.body
        return node


def compare(name: str, actual: str) -> None:
    expected = WRITTEN / name
    if os.environ.get("REWRITE_CASES"):
        expected.write_text(actual, encoding="utf-8", newline="\n")

    assert expected.read_text(encoding="utf-8") == actual


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_page_and_the_modules(vendor: str) -> None:
    api, diagnostics = read(Target(vendor, VENDORS[vendor], False, frozenset(VENDORS)))
    assert list(diagnostics) == []
    files = vendor_files(api, PACKAGE)
    compare(f"{vendor}.md", files[f"reference/{vendor}.md"])
    compare(f"{vendor}.py.txt", "\n".join(modules(files)) + "\n")


@pytest.mark.parametrize("name", ZOO)
def test_the_suite(name: str) -> None:
    api, diagnostics = read(Target("acme", ZOO[name], False, frozenset()))
    assert list(diagnostics) == []
    (suite,) = contract_files("acme", PACKAGE, sections(api, {})).values()
    compare(f"{name}.suite.txt", suite)


def test_nothing_else_is_there() -> None:
    """A spec that is renamed leaves no file that nothing is compared with."""
    parts = {f"{vendor}{end}" for vendor in VENDORS for end in (".md", ".py.txt")}

    assert parts | {f"{name}.suite.txt" for name in ZOO} == {file.name for file in WRITTEN.iterdir()}
