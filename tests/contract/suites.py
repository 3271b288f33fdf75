"""A spec, the client that is generated from it, and its vendor suite, in this process."""

from __future__ import annotations

import importlib.util
import itertools
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from jobclients_contract import Vendor
from vendorsmith import pipeline
from vendorsmith.discovery import discover
from vendorsmith.emit.contract import contract_files
from vendorsmith.emit.format import formatted
from vendorsmith.emit.package import package_files, vendor_clients
from vendorsmith.emit.render import vendor_files
from vendorsmith.ir import Api
from vendorsmith.release import default_release
from vendorsmith.testcases.lines import sections

SPECS = Path(__file__).parents[2] / "specs"
PACKAGE = "acmeclients"
_LENDER = "huawei_iam"
_NUMBERS = itertools.count()


@cache
def generated(spec: str, vendor: str = "acme") -> Mapping[str, str]:
    """The package and the suite that are generated from a spec, by path.

    Args:
        spec: its text.
        vendor: its name.
    """
    written = {vendor: spec}
    if f"vendor: {_LENDER}" in spec:
        written[_LENDER] = (SPECS / _LENDER / "openapi.yaml").read_text(encoding="utf-8")
    files: dict[str, str] = {}
    with TemporaryDirectory() as folder:
        for name, text in written.items():
            place = Path(folder, f"specs/{name}/openapi.yaml")
            place.parent.mkdir(parents=True)
            place.write_text(text, encoding="utf-8")
        for target in discover([*written], Path(folder, "specs")):
            files |= pipeline.generate(target, PACKAGE).files
    return files | package_files(default_release(PACKAGE), [vendor_clients(PACKAGE, name) for name in written])


def files_of(api: Api) -> dict[str, str]:
    """The package and the suite that are written of a vendor's facts, by path.

    Args:
        api: the facts.
    """
    files = formatted(vendor_files(api, PACKAGE), PACKAGE)
    files |= contract_files(api.vendor, PACKAGE, sections(api, {}))
    return files | package_files(default_release(PACKAGE), [vendor_clients(PACKAGE, api.vendor)])


@contextmanager
def suite(folder: Path, files: Mapping[str, str], vendor: str = "acme") -> Iterator[Vendor]:
    """A suite whose clients are imported from a folder, for the time of the block.

    Args:
        folder: where the files are written.
        files: by path.
        vendor: its name.

    Yields:
        The suite.
    """
    package = f"{PACKAGE}{next(_NUMBERS)}"  # the core keeps what it knows of a package by its name
    for name, text in files.items():
        file = folder / name.replace(PACKAGE, package)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace(PACKAGE, package), encoding="utf-8")
    sys.path.insert(0, str(folder))
    try:
        spec = importlib.util.spec_from_file_location("suite_of_acme", folder / f"contract_tests/test_{vendor}.py")
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
    for case, mode in vendor.tests:
        try:
            vendor.check(case, mode)
        except pytest.fail.Exception as failure:
            found[f"{case.source} {mode}"] = str(failure)
    return found
