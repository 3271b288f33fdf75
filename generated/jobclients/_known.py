"""The vendors that are known here: those of this package, and those of others that announce themselves."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ._runtime.client import AsyncClient, SyncClient
from ._runtime.connect import vendor_modules as all_modules
from ._runtime.jobs.kind import JobKind
from ._runtime.operation import Operation, Vendor


class UnknownVendorError(LookupError):
    """No vendor has that name."""


@dataclass(frozen=True, slots=True)
class Known:
    """A vendor's generated package, as data.

    Args:
        name: The vendor's identifier.
        vendor: What its operations share.
        client: The sync client.
        async_client: The async client.
        operations: Its operations by name.
        kinds: Its kinds of jobs by name.
    """

    name: str
    vendor: Vendor
    client: type[SyncClient]
    async_client: type[AsyncClient]
    operations: Mapping[str, Operation[Any]]
    kinds: Mapping[str, JobKind[Any]]


def vendor_modules() -> dict[str, str]:
    """The module of each vendor by its name, sorted; nothing is imported.

    Returns:
        Module names. A vendor of this package wins over another distribution's of the same name.
    """
    own = __name__.rpartition(".")[0]
    folders = [folder for folder in Path(__file__).parent.iterdir() if (folder / "client.py").is_file()]
    return all_modules({folder.name: f"{own}.{folder.name}" for folder in folders if folder.name[0] != "_"})


@cache
def load(name: str) -> Known:
    """Import a vendor's package.

    Args:
        name: The vendor's name.

    Returns:
        What it offers.

    Raises:
        UnknownVendorError: there is no such vendor; the message names those that are there.
    """
    modules = vendor_modules()
    if name not in modules:
        raise UnknownVendorError(f"unknown vendor {name!r}; known are {', '.join(modules) or 'none'}")
    client = importlib.import_module(f"{modules[name]}.client")
    members = [value for value in vars(client).values() if getattr(value, "__module__", "") == client.__name__]
    jobs = f"{modules[name]}.jobs"
    kinds = list(vars(importlib.import_module(jobs)).values()) if find_spec(jobs) is not None else []
    operations: dict[str, Operation[Any]] = {
        item.id: item for item in vars(client).values() if isinstance(item, Operation)
    }
    found: dict[str, JobKind[Any]] = {item.name: item for item in kinds if isinstance(item, JobKind)}
    return Known(
        name,
        client.VENDOR,
        next(item for item in members if inspect.isclass(item) and issubclass(item, SyncClient)),
        next(item for item in members if inspect.isclass(item) and issubclass(item, AsyncClient)),
        operations,
        found,
    )
