"""Traces which lines each test executes, and keeps it in ``.cache/mutation``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from .lines import LineMap
from .sandbox import ROOT, HarnessError, Sandbox, Sandboxes
from .server import OUTPUT
from .suites import LEFT_OUT, files_of_tests

CACHE = ROOT / ".cache/mutation"
SOURCES = ("generator", "generated", "specs")
LONGEST = 600.0
"""Seconds of a processor that one file of tests may use while it is traced."""


def line_map(sandboxes: Sandboxes, suites: Iterable[str]) -> LineMap:
    """The map, traced anew for the files of tests that changed, or that execute a source that changed.

    Args:
        sandboxes: Where tests run.
        suites: The suites that are meant.

    Returns:
        The map.

    Raises:
        HarnessError: a file of tests cannot be run.
    """
    traced = {file: _kept(file) for file in files_of_tests(ROOT, suites)}
    missing = [file for file, noted in traced.items() if noted is None]

    def trace(sandbox: Sandbox, file: str) -> dict[str, Any]:
        noted = sandbox.ask(kind="tests", files=[file], modules=[], record=True, compiled=True, timeout=LONGEST)
        if "tests" not in noted:
            raise HarnessError(f"{file} cannot be traced: {noted}\n{sandbox.text(OUTPUT)[-2000:]}")
        place = _place(file)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps({**noted, "state": _state(file, _sources(noted))}), encoding="utf-8")
        return noted

    anew = sandboxes.map(
        trace, missing, lambda file, noted: f"{file}: {len(noted['tests'])} tests, {noted['seconds']:.1f} s"
    )
    traced.update(zip(missing, anew, strict=True))
    return LineMap({file: noted for file, noted in traced.items() if noted is not None})


def _place(file: str) -> Path:
    return CACHE / "lines" / f"{file.replace('/', '.')}.json"


def _kept(file: str) -> dict[str, Any] | None:
    """What was noted of a file of tests, if it is still so."""
    if not _place(file).exists():
        return None
    noted: dict[str, Any] = json.loads(_place(file).read_text("utf-8"))
    return noted if noted["state"] == _state(file, _sources(noted)) else None


def _sources(noted: Mapping[str, Any]) -> set[str]:
    """The sources that were executed."""
    parts = [noted["imported"], *(part["lines"] for key in ("fixtures", "tests") for part in noted[key].values())]
    return {file for part in parts for file in part}


def _state(file: str, sources: Iterable[str]) -> str:
    """A hash of what decides which lines a file of tests executes: itself, what is beside it, data, and sources."""
    parts = hashlib.sha256(_data().encode())
    parts.update(repr(LEFT_OUT).encode() + Path(__file__).with_name("plugin.py").read_bytes())
    parts.update(state_of(file, *_beside(file), *sources).encode())
    return parts.hexdigest()


def _beside(file: str) -> Iterator[str]:
    """The helpers of a file of tests."""
    return (name for name in _names("/".join(file.split("/")[:2])) if not Path(name).name.startswith("test_"))


@cache
def _data() -> str:
    """A hash of specs, templates and whatever else is not a module."""
    names = (name for folder in SOURCES for name in _names(folder) if not name.endswith(".py"))
    return hashlib.sha256("".join(_hash(name) for name in names).encode()).hexdigest()


@cache
def state_of_sources() -> str:
    """A hash of everything that a mutant may change or depend on, other than hand-written tests."""
    return state_of(*(name for folder in SOURCES for name in _names(folder)))


@cache
def state_of_tests(*files: str) -> str:
    """A hash of files of tests and their helpers.

    Args:
        files: The files, below the repository.
    """
    return state_of(*files, *(name for file in files for name in _beside(file)))


@cache
def state_of_data() -> str:
    """A hash of the specs, cases and texts that tests read, wherever they are."""
    names = (name for name in _names("tests") if not name.endswith(".py") and not name.startswith("tests/mutation/"))
    return state_of(*names)


def state_of(*names: str) -> str:
    """A hash of files.

    Args:
        names: Paths below the repository; one that is not there counts as empty.
    """
    parts = hashlib.sha256()
    for name in sorted(set(names)):
        parts.update(f"{name}\0{_hash(name)}\n".encode())
    return parts.hexdigest()


def _names(folder: str) -> Iterator[str]:
    """The files below a folder, without what tools leave there."""
    for file in sorted((ROOT / folder).rglob("*")):
        name = file.relative_to(ROOT).as_posix()
        if file.is_file() and "/." not in name and "__pycache__" not in name and ".egg-info" not in name:
            yield name


@cache
def _hash(name: str) -> str:
    place = ROOT / name
    return hashlib.sha256(place.read_bytes()).hexdigest() if place.exists() else ""
