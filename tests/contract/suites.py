"""A spec, the client that is generated from it, and its vendor suite, in this process."""

from __future__ import annotations

import importlib.util
import itertools
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from jobclients_contract import MODES, Vendor
from vendorsmith import pipeline
from vendorsmith.emit.package import package_files, vendor_clients
from vendorsmith.release import default_release
from vendorsmith.targets import targets

_NUMBERS = itertools.count()


def written(folder: Path, spec: str, vendor: str = "acme", change: Callable[[str, str], str] | None = None) -> str:
    """Write a spec, and the package and the suite that are generated from it.

    Args:
        folder: where.
        spec: its text.
        vendor: its name.
        change: what becomes of the text of each generated file, by its path below the package.

    Returns:
        The import name of the package, another one each time.
    """
    place = folder / f"specs/{vendor}/openapi.yaml"
    place.parent.mkdir(parents=True)
    place.write_text(spec, encoding="utf-8")
    (target,) = [one for one in targets([vendor], folder / "specs") if one.vendor == vendor]
    package = f"acme_clients_{next(_NUMBERS)}"
    generated = pipeline.generate(target, package).files
    files = generated | package_files(default_release(package), [vendor_clients(package, vendor)])
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        inner = name.removeprefix(f"{package}/")
        file.write_text(text if change is None else change(inner, text), encoding="utf-8")
    return package


@contextmanager
def suite(folder: Path, package: str, vendor: str = "acme") -> Iterator[Vendor]:
    """The suite that was written to a folder, for the time of the block."""
    sys.path.insert(0, str(folder))
    try:
        name = f"{package}_tests"
        spec = importlib.util.spec_from_file_location(name, folder / f"contract_tests/test_{vendor}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found: Vendor = module.VENDOR
        yield found
        found.close()
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == package]:
            del sys.modules[name]


def failures(vendor: Vendor) -> dict[str, str]:
    """What the lines of a suite say that do not hold, by line and mode."""
    found: dict[str, str] = {}
    for case in vendor.cases:
        for mode in MODES:
            try:
                vendor.check(case, mode)
            except pytest.fail.Exception as failure:
                found[f"{case.said} {mode}"] = str(failure)
    return found


def said_of(folder: Path, spec: str, change: Callable[[str, str], str] | None = None) -> Mapping[str, str]:
    """What the suite of a spec says of the client that is generated from it."""
    with suite(folder, written(folder, spec, change=change)) as vendor:
        assert vendor.cases
        return failures(vendor)
