"""The generated package of an output folder: found, imported, and its vendors named."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from jobclients_core.vendors import Known, load

from vendorsmith.targets import UsageError


def use(output: Path, package: str) -> None:
    """Let a generated package be imported from the folder that it was written to.

    Args:
        output: The folder.
        package: Its import name.

    Raises:
        UsageError: it is not there.
    """
    if not (output / package / "_vendors.py").is_file():
        raise UsageError(
            f"{output.as_posix()}/ holds no package {package} of clients; run `vendorsmith generate` first,"
            " or name the folder with --output and the package with --package"
        )
    folder = str(output.resolve())
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
