"""Finds the vendors of installed packages by the entry-point group."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import Any

from .client import AsyncClient, SyncClient
from .jobtype import BoundJobType, JobType
from .operation import Operation, Vendor, operations_in

GROUP = "jobclients.vendors"
"""Entry points by which distributions announce vendors: an import name, and its table of vendors and their modules."""

TABLE = "_vendors"
"""The module of a generated package that holds the table ``VENDORS``."""


class UnknownVendorError(LookupError):
    """No vendor has that name, or several have it."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a vendor's clients are.

    Args:
        package: Import name of the package.
        vendor: The vendor's name in it.
        module: The module of its clients.
        name: What it is found by: the vendor's name, or ``package:vendor`` where that is not enough.
    """

    package: str
    vendor: str
    module: str
    name: str


@dataclass(frozen=True, slots=True)
class Known:
    """A vendor's generated package, as data.

    Args:
        name: The vendor's identifier.
        address: What it is found by.
        vendor: What its operations share.
        client: The sync client.
        async_client: The async client.
        operations: Its operations by name.
        kinds: Its kinds of jobs by name.
    """

    name: str
    address: str
    vendor: Vendor
    client: type[SyncClient]
    async_client: type[AsyncClient]
    operations: Mapping[str, Operation[Any]]
    kinds: Mapping[str, BoundJobType[Any]]

    @property
    def options(self) -> list[str]:
        """Options of a command that reads a handle of this vendor; none where the vendor's name is enough."""
        package, several, _ = self.address.rpartition(":")
        return ["--package", package] if several else []


def vendor_names() -> list[str]:
    """The installed vendors, without importing any client.

    Returns:
        What each is found by, sorted.
    """
    return sorted(address.name for address in _announced())


def find_vendor(name: str) -> Address:
    """Find a vendor by its name.

    Args:
        name: The vendor's name, or ``package:vendor``; that package may also be one that is only importable.

    Returns:
        Where its clients are.

    Raises:
        UnknownVendorError: there is no such vendor, or several packages have one; the message says how to go on.
    """
    package, _, vendor = name.rpartition(":")
    found = [address for address in _announced() if address.vendor == vendor and package in ("", address.package)]
    if len(found) == 1:
        return found[0]
    if found:
        choices = " or ".join(sorted(address.name for address in found))
        raise UnknownVendorError(f"several packages have a vendor {vendor!r}; write {choices}")
    module = _table(package).get(vendor) if package else None
    if module is None:
        known = ", ".join(sorted(_table(package)) if package else vendor_names())
        where = f" of {package}" if package else ""
        raise UnknownVendorError(f"unknown vendor {vendor!r}; known{where} are {known or 'none'}")
    return Address(package, vendor, module, name)


def load(name: str) -> Known:
    """Import a vendor's package.

    Args:
        name: The vendor's name, or ``package:vendor``.

    Returns:
        What it offers.

    Raises:
        UnknownVendorError: there is no such vendor, or several packages have one.
    """
    return _loaded(find_vendor(name))


def _announced() -> list[Address]:
    """Every vendor of every distribution; those whose name several packages have are found by ``package:vendor``."""
    tables = {point.name: _loaded_table(point) for point in entry_points(group=GROUP)}
    names = [vendor for table in tables.values() for vendor in table]
    return [
        Address(package, vendor, module, vendor if names.count(vendor) == 1 else f"{package}:{vendor}")
        for package, table in tables.items()
        for vendor, module in table.items()
    ]


def _loaded_table(point: EntryPoint) -> Mapping[str, str]:
    """What a distribution announces; nothing where its package is gone or broken, which hides no other's vendors."""
    try:
        table: Mapping[str, str] = point.load()
    except (ImportError, AttributeError):
        return {}
    return table


def _table(package: str) -> Mapping[str, str]:
    """The vendors of a package, announced or not; none where there is no such package, or a broken rest of one."""
    if not all(part.isidentifier() for part in package.split(".")):
        return {}
    try:
        table: Mapping[str, str] = importlib.import_module(f"{package}.{TABLE}").VENDORS
    except (ImportError, AttributeError):
        return {}
    return table


@cache
def _loaded(address: Address) -> Known:
    client = importlib.import_module(f"{address.module}.client")
    members = [value for value in vars(client).values() if getattr(value, "__module__", "") == client.__name__]
    jobs = f"{address.module}.jobs"
    named = list(vars(importlib.import_module(jobs)).values()) if find_spec(jobs) is not None else []
    types: list[JobType[Any]] = [item for item in named if isinstance(item, JobType)]
    return Known(
        address.vendor,
        address.name,
        client.VENDOR,
        next(item for item in members if inspect.isclass(item) and issubclass(item, SyncClient)),
        next(item for item in members if inspect.isclass(item) and issubclass(item, AsyncClient)),
        operations_in(client.__name__),
        {item.name: item.bound for item in types},
    )
