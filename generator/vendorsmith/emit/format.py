"""Formats generated source with ruff."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from ruff import find_ruff_bin  # type: ignore[import-untyped]

from vendorsmith.emit.code import LINE_LENGTH


class FormatError(Exception):
    """Ruff refused what was generated: a mistake of the generator, never of a spec."""


def formatted(files: Mapping[str, str], package: str) -> dict[str, str]:
    """The same files, Python ones formatted and without the imports they do not need.

    Args:
        files: text by path.
        package: the import name of the generated package, whose imports come last.

    Raises:
        FormatError: a file is not valid Python.
    """
    with TemporaryDirectory(prefix="vendorsmith-") as folder:
        sources = {path: Path(folder, path) for path in files if path.endswith(".py")}
        for path, file in sources.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(files[path], encoding="utf-8", newline="\n")
        _ruff(
            folder,
            "check",
            "--fix",
            "--select=I,F401,TC005",
            "--config=lint.isort.split-on-trailing-comma=false",
            f'--config=lint.isort.known-first-party=["{package}"]',
        )
        _ruff(folder, "format")
        return {path: sources[path].read_text(encoding="utf-8") if path in sources else files[path] for path in files}


def _ruff(folder: str, command: str, *arguments: str) -> None:
    options = [
        "--isolated",
        "--no-cache",
        "--quiet",
        f"--config=line-length={LINE_LENGTH}",
        "--target-version=py311",
    ]
    done = subprocess.run(  # noqa: S603 - our own formatter, on files that we just wrote
        # The program that was installed beside this one, in a folder of our own and without configuration (--isolated):
        # no ruff of the PATH, and no ruff.py or ruff.toml of the working directory, is taken for it.
        [find_ruff_bin(), command, *options, *arguments, "."],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode != 0:
        raise FormatError(f"ruff {command}: {done.stdout}{done.stderr}".strip())
