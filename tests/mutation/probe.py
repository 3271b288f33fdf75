"""The command that cosmic-ray runs for each of its mutants: tell in one line of JSON which tests notice it.

    python -m mutation.probe FOLDER

The folder holds a sandbox, and beside it ``mutated``, a copy of the repository one file of which is mutated. Exit code
0 where the contract tests notice nothing.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from .sandbox import Run, Sandbox, copy_tree, patience, pytest_run

GENERATION = 120.0
"""Seconds after which a generation is ended."""

UNITS = 300.0
"""Seconds after which the runtime's own tests are ended."""


def probe_runtime(sandbox: Sandbox, repository: Path, file: str, times: dict[str, float]) -> dict[str, str]:
    """Try a mutant of the core.

    Args:
        sandbox: Where contract tests run.
        repository: The mutated copy, whose unit tests are asked where those notice nothing.
        file: The mutated file, below ``generator/core``.
        times: Seconds that each vendor's tests take when all is well.

    Returns:
        What noticed it.
    """
    mutated = (repository / "generator" / "core" / file).read_text("utf-8")
    with sandbox.changed(file, mutated):
        run = sandbox.test(sandbox.suites(), patience(times.values()))
    if run.killed:
        return {"contract": run.verdict, "test": run.test}
    unit = unit_tests(sandbox, repository)
    return {"contract": "passed", "unit": unit.verdict, "test": unit.test}


def unit_tests(sandbox: Sandbox, repository: Path) -> Run:
    """Run the runtime's own tests.

    Args:
        sandbox: Whose plugin of pytest is used.
        repository: The mutated copy.

    Returns:
        What came of it.
    """
    paths = [
        repository / "generator",
        repository / "generator/core",
        repository / "generated",
        repository / "tests",
        sandbox.folder,
    ]
    return pytest_run(repository, ["tests/runtime"], paths, UNITS)


def probe_generator(sandbox: Sandbox, repository: Path, times: dict[str, float]) -> dict[str, str]:
    """Try a mutant of the generator: its clients against the contract tests that the good generator wrote.

    Args:
        sandbox: Where contract tests run.
        repository: The mutated copy.
        times: Seconds that each vendor's tests take when all is well.

    Returns:
        What noticed it; ``differs`` tells where nothing did whether its output differs at all.
    """
    output = repository / "output"
    shutil.rmtree(output, ignore_errors=True)
    command = [sys.executable, "-m", "vendorsmith", "generate", "--specs", str(repository / "specs")]
    environment = {
        **os.environ,
        "PYTHONPATH": f"{repository}/generator:{repository}/generator/core",
        "PYTHONHASHSEED": "0",
    }
    try:
        generated = subprocess.run(
            [*command, "--output", str(output)],
            cwd=repository,
            env=environment,
            capture_output=True,
            timeout=GENERATION,
        )
    except subprocess.TimeoutExpired:
        return {"contract": "timed out", "test": "generation"}
    if generated.returncode != 0:
        return {"contract": "failed", "test": "generation"}
    changed = differing(sandbox.clients, output / "jobclients")
    code = [file for file in changed if file.endswith(".py") and not same_code(sandbox.clients, output, file)]
    if not code:
        return {"contract": "passed", "differs": "words" if changed else "no"}
    suites = sandbox.suites()
    if all(file.partition("/")[0] in suites for file in code):
        touched = {suite for file in code for suite in sandbox.suites_of(file)}
        suites = [suite for suite in suites if suite in touched]
    good = sandbox.folder / "good"
    sandbox.clients.rename(good)
    try:
        copy_tree(output / "jobclients", sandbox.clients)
        run = sandbox.test(suites, patience(times[suite] for suite in suites))
    finally:
        shutil.rmtree(sandbox.clients)
        good.rename(sandbox.clients)
    return {"contract": run.verdict, "test": run.test, "differs": "code: " + ", ".join(code)}


def differing(left: Path, right: Path) -> list[str]:
    """The files in which two folders differ, compiled ones aside.

    Args:
        left: A folder.
        right: Another.

    Returns:
        Paths below them.
    """
    names = {str(file.relative_to(folder)) for folder in (left, right) for file in folder.rglob("*") if file.is_file()}
    sources = sorted(name for name in names if "__pycache__" not in name and not name.endswith("MANIFEST.json"))
    return [name for name in sources if _bytes(left / name) != _bytes(right / name)]


def _bytes(file: Path) -> bytes | None:
    return file.read_bytes() if file.exists() else None


def same_code(clients: Path, output: Path, file: str) -> bool:
    """Whether two versions of a module differ in their docstrings and comments only.

    Args:
        clients: The folder of the one.
        output: The folder above the other's.
        file: The module, below both.

    Returns:
        True where they do the same.
    """
    versions = [clients / file, output / "jobclients" / file]
    if not all(version.exists() for version in versions):
        return False
    one, other = (ast.dump(_Silent().visit(ast.parse(version.read_text("utf-8")))) for version in versions)
    return one == other


class _Silent(ast.NodeTransformer):
    """Takes texts out that stand alone as statements."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        silent = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return ast.copy_location(ast.Pass(), node) if silent else node


def main() -> int:
    folder = Path(sys.argv[1])
    sandbox, repository = Sandbox(folder), folder / "mutated"
    times: dict[str, float] = json.loads((folder / "times.json").read_text("utf-8"))
    (file,) = differing(folder / "generator", repository / "generator")
    if file.startswith("core/"):
        found = probe_runtime(sandbox, repository, file.removeprefix("core/"), times)
    else:
        found = probe_generator(sandbox, repository, times)
    print(json.dumps(found))
    return 0 if found["contract"] == "passed" else 1


if __name__ == "__main__":
    sys.exit(main())
