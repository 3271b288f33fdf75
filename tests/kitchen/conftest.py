"""The made-up vendors below `specs`, generated once into a package of their own."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from vendorsmith.emit.package import package_files, vendor_clients
from vendorsmith.pipeline import generate
from vendorsmith.release import default_release
from vendorsmith.targets import Target, vendors_of

PACKAGE = "kitchen_clients"
SPECS = Path(__file__).parent / "specs"


@pytest.fixture(scope="session")
def kitchen_clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The package with a module for each vendor."""
    folder = tmp_path_factory.mktemp("kitchen")
    vendors = vendors_of(SPECS)
    files = package_files(default_release(PACKAGE), [vendor_clients(PACKAGE, vendor) for vendor in vendors])
    for vendor, spec in vendors.items():
        files |= generate(Target(vendor, spec, False, frozenset(vendors)), PACKAGE).files
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module(PACKAGE)
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
            del sys.modules[name]
