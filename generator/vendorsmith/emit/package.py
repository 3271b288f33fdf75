"""The files that all vendors share: the package and its project file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vendorsmith import names
from vendorsmith.emit.code import Code
from vendorsmith.emit.templating import render


@dataclass(frozen=True, slots=True)
class VendorClients:
    """What `connect` has to know of a vendor.

    Attributes:
        name: of the vendor.
        module: of its clients.
        client: the sync client.
        async_client: the async client.
    """

    name: Code
    module: Code
    client: Code
    async_client: Code


def vendor_clients(package: str, vendor: str) -> VendorClients:
    """What `connect` has to know of a vendor.

    Args:
        package: the import name of the generated package.
        vendor: its name.
    """
    client = f"{names.pascal(vendor, frozenset())}Client"
    return VendorClients(Code(vendor), Code(f"{package}.{vendor}"), Code(client), Code(f"Async{client}"))


def package_files(package: str, version: str, vendors: Sequence[VendorClients] = ()) -> dict[str, str]:
    """The files that all vendors share.

    Args:
        package: the import name of the generated package.
        version: of the generator, which is also the version of what it writes, and of the least core that this runs on.
        vendors: all that the package has, sorted.
    """
    words = {"name": Code(package.replace("_", "-")), "package": Code(package), "version": Code(version)}
    next_core = int(version.partition(".")[0]) + 1
    return {
        "pyproject.toml": render("pyproject.toml.jinja", **words, next_core=Code(str(next_core))),
        f"{package}/py.typed": "",
        f"{package}/__init__.py": render("package_init.py.jinja", **words),
        f"{package}/_vendors.py": render("vendors.py.jinja", vendors=vendors),
        f"{package}/testing.py": render("testing.py.jinja", **words),
    }
