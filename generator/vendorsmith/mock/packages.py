"""Imports the generated package of an output folder, and lists its vendors."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from jobclients_core.vendors import Known, load

from vendorsmith.discovery import UsageError

GENERATED = Path("generated")
"""The folder that `vendorsmith generate` writes to."""


def use(output: Path | None, package: str) -> None:
    """Make a generated package importable.

    Args:
        output: The folder that it was written to; None for `GENERATED`, or the installed package if it is not there.
        package: Its import name.

    Raises:
        UsageError: there is no such package.
    """
    folder = str((output or GENERATED).resolve())
    if not (Path(folder) / package / "_vendors.py").is_file():
        if output is None and find_spec(package) is not None and find_spec(f"{package}._vendors") is not None:
            return
        installed = "" if output else " and none is installed"
        raise UsageError(
            f"{(output or GENERATED).as_posix()}/ has no package {package} of clients{installed}; run "
            "`vendorsmith generate` first, or name the folder with --output and the package with --package"
        )
    if folder not in sys.path:
        sys.path.insert(0, folder)


def known_vendors(package: str, wanted: Sequence[str]) -> dict[str, Known]:
    """The vendors of a package.

    Args:
        package: Its import name.
        wanted: Names of vendors; all that it has when empty.

    Returns:
        What is known of each, by name, in the order asked for.

    Raises:
        UsageError: there is no such vendor.
    """
    table: Mapping[str, str] = importlib.import_module(f"{package}._vendors").VENDORS
    available = list(table)
    unknown = [name for name in wanted if name not in available]
    if unknown:
        raise UsageError(f"unknown vendor {', '.join(unknown)}; {package} has: {', '.join(available) or 'none'}")
    return {name: load(f"{package}:{name}") for name in dict.fromkeys(wanted or available)}
