"""The output is a function of the specs: the same bytes under every hash seed, locale, time zone, folder and Python."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from environments import UV

from .support import ROOT, contents

LOCK = ROOT / "requirements.lock"
CACHE = ROOT / ".cache/pythons"
NO_NETWORK = re.compile(r"dns error|error sending request|tcp connect|[Nn]etwork|timed out", re.IGNORECASE)
ASK = "import json, sys; print(json.dumps([sys.executable, '.'.join(map(str, sys.version_info[:3]))]))"


@cache
def pythons() -> dict[str, Path]:
    """One Python of each minor version from 3.11 on that this machine has, without that which runs the tests."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    found = [file for folder in folders if folder.is_dir() for file in sorted(folder.glob("python3.*"))]
    found += sorted(Path.home().glob(".pyenv/versions/3.*/bin/python"))
    versions: dict[tuple[int, ...], tuple[str, Path]] = {sys.version_info[:2]: ("", Path(sys.executable))}
    for file in found:
        if not re.fullmatch(r"python(3\.\d+)?", file.name):
            continue
        try:
            done = subprocess.run([file, "-c", ASK], capture_output=True, text=True, check=False, timeout=30)
            executable, version = json.loads(done.stdout)
        except (OSError, ValueError, subprocess.TimeoutExpired):
            continue  # a shim of a version that is not chosen, or no Python at all
        minor = tuple(map(int, version.split(".")[:2]))
        if minor >= (3, 11):
            versions.setdefault(minor, (version, Path(executable)))
    return dict(sorted(named for minor, named in versions.items() if minor != sys.version_info[:2]))


def needed() -> set[str]:
    """What `vendorsmith` needs to run, and what that needs, whatever the platform."""
    open_, found = ["vendorsmith"], set[str]()
    while open_:
        name = open_.pop()
        try:
            wanted = [entry for entry in requires(name) or [] if "extra ==" not in entry]
        except PackageNotFoundError:
            continue  # of another platform or version of Python
        names = {re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", entry, maxsplit=1)[0]).lower() for entry in wanted}
        open_ += names - found
        found |= names
    return found


def locked() -> str:
    """The lines of the lock that `vendorsmith` needs to run, hashes included."""
    wanted = needed()
    blocks = re.split(r"^(?=[a-z0-9])", LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return "".join(block for block in blocks if block.partition("==")[0] in wanted)


def environment(version: str, python: Path) -> Path:
    """The interpreter of an environment with the locked tools; made once for each version and lock."""
    key = hashlib.sha256(locked().encode()).hexdigest()[:12]
    folder = CACHE / f"{version}-{key}"
    inside = folder / "bin/python"
    if (folder / "ready").exists():
        return inside
    lines = CACHE / f"{key}.txt"
    CACHE.mkdir(parents=True, exist_ok=True)
    lines.write_text(locked(), encoding="utf-8")
    for command in (
        [*UV, "venv", "--clear", "--python", str(python), str(folder)],
        [*UV, "pip", "install", "--python", str(inside), "--require-hashes", "--no-deps", "-r", str(lines)],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode and NO_NETWORK.search(done.stderr):
            pytest.skip(f"the locked tools cannot be fetched for Python {version}: there is no network")
        assert done.returncode == 0, f"Python {version} cannot be set up: {done.stderr}"
    (folder / "ready").touch()
    return inside


def generated(folder: Path, python: Path, cwd: Path, **variables: str) -> dict[str, bytes]:
    """What a run of `vendorsmith generate` over the specs of this repository writes."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "PYTHON", "TZ"))}
    specs = os.path.relpath(ROOT / "specs", cwd)
    done = subprocess.run(
        [python, "-m", "vendorsmith", "generate", "--specs", specs, "--output", str(folder)],
        cwd=cwd,
        env={
            **kept,
            "PYTHONPATH": os.pathsep.join(
                str(ROOT / name) for name in ("generator", "generator/core", "generator/contract")
            ),
            "PYTHONPYCACHEPREFIX": str(CACHE / "bytecode"),  # what each Python compiles is kept, and is not in the tree
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stderr)
    return contents(folder)


def is_committed(written: dict[str, bytes]) -> None:
    """Compare file by file with what is committed, so that a difference names its file."""
    committed = contents(ROOT / "generated")
    assert [] == [path for path, text in written.items() if committed.get(path) != text]
    assert len(written) > len([*(ROOT / "specs").glob("*/openapi.yaml")])


def test_surroundings_do_not_show(tmp_path: Path) -> None:
    """Another hash seed, locale, time zone and working directory give the same files; an unknown locale is as good."""
    surroundings = {"PYTHONHASHSEED": "random", "LC_ALL": "tr_TR.UTF-8", "TZ": "America/St_Johns"}
    is_committed(generated(tmp_path / "out", Path(sys.executable), tmp_path, **surroundings))


@pytest.mark.parametrize("version", pythons())
def test_every_python_writes_the_same(version: str, tmp_path: Path) -> None:
    """Each Python of this machine that the project supports gives the same files, where nothing is set, too."""
    surroundings = {"PYTHONHASHSEED": "0", "LC_ALL": "C", "TZ": "UTC"}
    is_committed(generated(tmp_path / "out", environment(version, pythons()[version]), ROOT, **surroundings))
