"""A consumer runs the generated contract tests without the generator: plain pytest, the judge and the clients."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
JUDGE = ROOT / "generator/contract/jobclients_contract"
PROJECT = tomllib.loads((ROOT / "generator/contract/pyproject.toml").read_text("utf-8"))["project"]
CLIENTS = tomllib.loads((ROOT / "generator/core/pyproject.toml").read_text("utf-8"))["project"]
OF_THE_GENERATOR = frozenset(("jinja2", "datamodel_code_generator", "ruff", "typer", "rich", "starlette", "uvicorn"))
REFUSING = f'''
import sys

REFUSED = {sorted(OF_THE_GENERATOR)}
LOADED = [name for name in REFUSED if name in sys.modules]
if LOADED:
    raise RuntimeError(f"loaded before the tests: {{LOADED}}")


class Refusing:
    """Finds nothing that only the generator has."""

    def find_spec(self, name, path=None, target=None):
        first, _, rest = name.partition(".")
        if first in REFUSED or first == "vendorsmith":
            raise ImportError(f"a consumer has no {{name}}")
        return None


sys.meta_path.insert(0, Refusing())
'''


def pytest_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Plain pytest in another folder, with the judge and the clients and without the generator."""
    (folder / "conftest.py").write_text(REFUSING, encoding="utf-8")
    paths = os.pathsep.join([str(ROOT / name) for name in ("generator/core", "generator/contract", "generated")])
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        # Without plugins that happen to be installed, some of which load what is refused.
        env=os.environ | {"PYTHONPATH": paths, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, at its top or in a function, for type checkers included."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: {ast.unparse(node)}"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def names(requirements: list[str]) -> set[str]:
    """Import names of required distributions, which are called like their packages but for one."""
    found = {re.split(r"[^A-Za-z0-9_-]", line)[0].replace("-", "_") for line in requirements}
    return {"yaml" if name == "pyyaml" else name for name in found}


def test_the_tests_run_without_the_generator(tmp_path: Path) -> None:
    """All are collected, and some of every family pass, in a folder that is somebody else's."""
    shutil.copytree(ROOT / "generated/contract_tests", tmp_path / "contract_tests")
    chosen = "huawei_iam or (alation and (response or model or credential or lifecycle))"
    done = pytest_in(tmp_path, "contract_tests", "-k", chosen)

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert re.search(r"[1-9][0-9]+ passed", done.stdout)


@pytest.mark.parametrize("module", ["jinja2", "vendorsmith"])
def test_the_generator_is_really_out_of_reach(tmp_path: Path, module: str) -> None:
    """What the test above leaves out cannot be imported there."""
    (tmp_path / "test_reach.py").write_text(f"import {module}\n\ndef test_reach():\n    pass\n", encoding="utf-8")
    done = pytest_in(tmp_path, "test_reach.py")

    assert done.returncode != 0
    assert f"a consumer has no {module}" in done.stdout


def test_the_judge_imports_what_it_requires() -> None:
    """Beside the standard library: itself, what it requires, and what the clients under test bring; no clients.

    How places of a spec are named is the one thing that it shares with the clients' core.
    """
    allowed = names(PROJECT["dependencies"]) | names(CLIENTS["dependencies"])
    foreign = {
        f"{path.relative_to(JUDGE)}: {module}"
        for path in JUDGE.rglob("*.py")
        for module in imported(path)
        if module.partition(".")[0] not in sys.stdlib_module_names | allowed
        and not module.startswith(("jobclients_contract.", "jobclients_core.locators."))
    }

    assert set() == foreign


def test_the_judge_uses_all_that_it_requires() -> None:
    """No requirement is there for nothing."""
    used = {module.partition(".")[0] for path in JUDGE.rglob("*.py") for module in imported(path)}

    assert set() == names(PROJECT["dependencies"]) - used


def test_the_generated_tests_import_the_judge_only() -> None:
    """Lines need pytest and the judge."""
    modules = {
        module.rpartition(".")[0] or module
        for path in (ROOT / "generated/contract_tests").glob("*.py")
        for module in imported(path)
    }

    assert {"__future__", "pytest", "jobclients_contract"} == modules
