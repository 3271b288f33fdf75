"""Wheels of this repository, and environments of their own to install them into."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from uv import find_uv_bin

UV = (find_uv_bin(), "--quiet", "--no-config")


def run(*command: str | Path, folder: Path, code: int = 0) -> str:
    """What a command prints, run without this process's Python settings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    arguments = [str(part) for part in command]
    done = subprocess.run(
        arguments, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == code, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def built(project: Path, folder: Path) -> Path:
    """The wheel of a project, built by what this environment has."""
    python = ("--python", sys.executable)
    run(*UV, "build", "--wheel", "--no-build-isolation", *python, "-o", folder, project, folder=folder)
    project_table = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]
    (wheel,) = folder.glob(f"{project_table['name'].replace('-', '_')}-*.whl")
    return wheel


def empty(folder: Path) -> Path:
    """The interpreter of a new environment that holds nothing."""
    run(*UV, "venv", "--python", sys.executable, folder, folder=folder.parent)
    return folder / "bin" / "python"


def install(python: Path, *arguments: str | Path, folder: Path) -> None:
    """Install into an environment what `pip install` takes, with what that needs unless ``--no-deps`` is said."""
    run(*UV, "pip", "install", "--python", python, *arguments, folder=folder)


def installed(folder: Path, *wheels: Path | str) -> Path:
    """The interpreter of a new environment with wheels, maybe with extras such as ``[cli]``, and their needs."""
    python = empty(folder)
    install(python, *wheels, folder=folder)
    return python


def packages(python: Path) -> set[str]:
    """Normalised names of everything that an environment holds."""
    script = "import importlib.metadata as m, json; print(json.dumps([d.metadata['Name'] for d in m.distributions()]))"
    names: list[str] = json.loads(run(python, "-I", "-c", script, folder=python.parent))
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names}
