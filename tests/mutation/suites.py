"""Which tests belong to which suite: the one table that names their places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

SUITES: Final[Mapping[str, tuple[str, ...]]] = {
    "vendor": ("generated/contract_tests",),
    "runtime": ("tests/kitchen", "tests/runtime"),
    "model-based": ("tests/model_based",),
    "unit": (
        "tests/generator",
        "tests/spec",
        "tests/clients",
        "tests/drift",
        "tests/mock",
        "tests/package",
        "tests/contract",
    ),
}
"""Paths below the repository, files or folders; a path that does not exist has no tests."""

LEFT_OUT: Final[Mapping[str, str]] = {
    "tests/clients/test_imports.py": "imports in other processes",
    "tests/clients/test_typing.py": "runs type checkers",
    "tests/contract/live": "is about asking real vendors, which nothing else uses",
    "tests/generator/test_build_sizes.py::test_schemas_may_lead_through_any_number_of_others": "is about size",
    "tests/generator/test_build_sizes.py::test_what_is_made_of_too_many_others_is_a_problem_with_a_place": (
        "is about size"
    ),
    "tests/generator/test_cli.py": "runs the command in other processes",
    "tests/generator/test_hostile.py": "generates from hostile texts for minutes",
    "tests/generator/test_one_reader.py": "reads the text of the sources, whatever it does",
    "tests/generator/test_same_bytes.py": "generates all vendors again and again, in other processes",
    "tests/generator/test_sizes.py": "counts what is generated",
    "tests/mock/test_command.py": "serves in other processes",
    "tests/mock/test_demo.py": "serves in other processes",
    "tests/package/test_second_repository.py": "builds and installs packages",
    "tests/package/test_strange_vendor.py": "builds and installs packages",
    "tests/snapshot": "compares with what was recorded, ten seconds a test",
}
"""What no mutant is shown to, and why: its work is not seen by tracing, or takes too long."""


def suite_of(file: str) -> str:
    """The suite that a file of tests belongs to; empty where it belongs to none.

    Args:
        file: The file, below the repository.
    """
    for suite, paths in SUITES.items():
        if any(file == path or file.startswith(f"{path}/") for path in paths):
            return suite
    return ""


def files_of_tests(root: Path, suites: Iterable[str]) -> list[str]:
    """The files of tests that mutants are shown to.

    Args:
        root: The repository, or a copy of it.
        suites: The suites that are meant.

    Returns:
        Paths below it.
    """
    places = [root / path for suite in suites for path in SUITES[suite]]
    files = [file for place in places for file in ([place] if place.is_file() else sorted(place.rglob("test_*.py")))]
    names = [file.relative_to(root).as_posix() for file in files if file.exists()]
    return [name for name in names if not any(name == left or name.startswith(f"{left}/") for left in LEFT_OUT)]
