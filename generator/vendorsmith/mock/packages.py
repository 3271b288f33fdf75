"""The generated package of an output folder: found, imported, and its vendors named."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vendorsmith.targets import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence


def use(output: Path, package: str) -> None:
    """Let a generated package be imported from the folder that it was written to.

    Args:
        output: The folder.
        package: Its import name.

    Raises:
        UsageError: it is not there.
    """
    if not (output / package / "testing").is_dir():
        raise UsageError(
            f"{output.as_posix()}/ holds no package {package} with vendors for tests; run `vendorsmith generate` first,"
            " or name the folder with --output and the package with --package"
        )
    folder = str(output.resolve())
    if folder not in sys.path:
        sys.path.insert(0, folder)


def known_vendors(package: str, wanted: Sequence[str]) -> dict[str, Any]:
    """The vendors of a package.

    Args:
        package: Its import name.
        wanted: Names of vendors; all that it has when empty.

    Returns:
        What is known of each, by name, in the order asked for.

    Raises:
        UsageError: there is no such vendor.
    """
    module: Any = importlib.import_module(f"{package}._known")
    available = list(module.vendor_modules())
    unknown = [name for name in wanted if name not in available]
    if unknown:
        raise UsageError(f"unknown vendor {', '.join(unknown)}; {package} has: {', '.join(available) or 'none'}")
    return {name: module.load(name) for name in dict.fromkeys(wanted or available)}
