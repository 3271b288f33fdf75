"""Made-up vendors for the mock: a document, generated like any other and known as an installed vendor is."""

from __future__ import annotations

import importlib
import itertools
import json
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from jobclients_core.vendors import Known, load
from vendorsmith.discovery import Target
from vendorsmith.emit.package import package_files, vendor_clients
from vendorsmith.pipeline import generate
from vendorsmith.release import default_release

MadeUp: TypeAlias = Callable[[dict[str, Any]], Known]

_numbers = itertools.count(1)


@pytest.fixture
def made_up(tmp_path: Path) -> Generator[MadeUp]:
    """Generates the clients of a document, which says nothing but its paths and what they refer to."""
    folders: list[str] = []

    def known(document: dict[str, Any]) -> Known:
        package = f"mocked_{next(_numbers)}"
        folder = tmp_path / package
        spec = folder / "openapi.json"
        folder.mkdir()
        whole = {"openapi": "3.1.0", "info": {"title": "Made up", "version": "1"}, **document}
        spec.write_text(json.dumps(whole), encoding="utf-8")
        files = generate(Target("vendor", spec, False, frozenset({"vendor"})), package).files
        files |= package_files(default_release(package), [vendor_clients(package, "vendor")])
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        folders.append(str(folder))
        sys.path.insert(0, str(folder))
        importlib.invalidate_caches()
        return load(f"{package}:vendor")

    yield known
    for folder in folders:
        sys.path.remove(folder)
