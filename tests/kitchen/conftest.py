"""The made-up vendors below `specs`, generated once into a package of their own."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from vendorsmith.emit.package import package_files, vendor_clients
from vendorsmith.pipeline import generate
from vendorsmith.release import default_release
from vendorsmith.targets import Target, vendors_of

PACKAGE = "kitchen_clients"
SPECS = Path(__file__).parent / "specs"


@dataclass(frozen=True)
class Kitchen:
    """The generated package.

    Attributes:
        package: with a module for each vendor.
    """

    package: ModuleType


@pytest.fixture(scope="session")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Generator[Kitchen]:
    """The generated package, importable by its name for as long as the tests run."""
    folder = tmp_path_factory.mktemp("kitchen")
    vendors = vendors_of(SPECS)
    files = package_files(default_release(PACKAGE), [vendor_clients(PACKAGE, vendor) for vendor in vendors])
    for vendor, spec in vendors.items():
        generated = generate(Target(vendor, spec, False, frozenset(vendors)), PACKAGE)
        assert list(generated.warnings) == []
        files |= generated.files
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    sys.path.insert(0, str(folder))
    yield Kitchen(importlib.import_module(PACKAGE))
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]
