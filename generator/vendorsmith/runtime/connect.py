"""Clients by their vendor's name, and jobs of any vendor out of a text."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import Any, TypeVar, overload

from .client import AsyncClient, SyncClient
from .errors import InvalidArgument
from .jobs.collection import AsyncJobs, Jobs
from .jobs.errors import HandleError
from .jobs.handle import Handle, read_handle
from .jobs.job import AsyncJob, Job
from .shapes import is_mapping

C = TypeVar("C", SyncClient, AsyncClient)

GROUP = "jobclients.vendors"
"""Entry points by which other distributions make vendors known: the vendor's name to its generated module."""


def vendor_modules(own: Mapping[str, str]) -> dict[str, str]:
    """The vendors that are known, without importing any.

    Args:
        own: Those of the asking package, which win over others: name to module.

    Returns:
        Modules by the vendor's name, sorted.
    """
    return dict(sorted({**{point.name: point.value for point in entry_points(group=GROUP)}, **own}.items()))


def client_class(vendor: str, own: Mapping[str, str], base: type[C]) -> type[C]:
    """A vendor's client, imported.

    Args:
        vendor: The vendor's name.
        own: The vendors of the asking package: name to module.
        base: `SyncClient` or `AsyncClient`.

    Returns:
        The class.

    Raises:
        InvalidArgument: there is no such vendor.
    """
    name = own.get(vendor) or vendor_modules(own).get(vendor)
    if name is None:
        known = ", ".join(vendor_modules(own)) or "none"
        raise InvalidArgument(f"no such vendor; known are {known}", argument="vendor")
    module = importlib.import_module(name)
    for member in vars(module).values():
        if isinstance(member, type) and issubclass(member, base) and member is not base:
            return member
    raise InvalidArgument(f"{name} has no client", argument="vendor")


def connect_to(vendor: str, own: Mapping[str, str], options: Mapping[str, Any]) -> SyncClient:
    """Make a client of a vendor.

    Args:
        vendor: The vendor's name.
        own: The vendors of the asking package: name to module.
        options: Arguments of the client's constructor.

    Returns:
        The client.

    Raises:
        InvalidArgument: there is no such vendor, or an option cannot be used.
    """
    return _made(client_class(vendor, own, SyncClient), options)


def connect_async_to(vendor: str, own: Mapping[str, str], options: Mapping[str, Any]) -> AsyncClient:
    """Make an async client of a vendor. As `connect_to`."""
    return _made(client_class(vendor, own, AsyncClient), options)


def _made(kind: type[C], options: Mapping[str, Any]) -> C:
    """A client, where a wrong option is the caller's mistake like any other."""
    problem = ""
    try:
        return kind(**options)
    except TypeError as error:
        problem = str(error).rpartition("() ")[2]
    raise InvalidArgument(f"{kind.__name__}: {problem}")


SyncClients = SyncClient | Mapping[str, SyncClient] | Callable[[Handle], SyncClient]
AsyncClients = AsyncClient | Mapping[str, AsyncClient] | Callable[[Handle], AsyncClient]


@overload
def resume(text: str | bytes, clients: SyncClients, *, rebind: bool = False) -> Job[Any]: ...


@overload
def resume(text: str | bytes, clients: AsyncClients, *, rebind: bool = False) -> AsyncJob[Any]: ...


def resume(text: str | bytes, clients: SyncClients | AsyncClients, *, rebind: bool = False) -> Job[Any] | AsyncJob[Any]:
    """Make a handle of what ``to_json`` of a handle gave, in this process or another.

    Args:
        text: The text.
        clients: The client; or clients by the vendor's name; or a function that is shown the facts of the handle
            (``vendor``, ``account``, ``origin``, ``kind``, ``identity``) and returns the client.
        rebind: Whether a handle of another base URL or account than the client's is taken over to it.

    Returns:
        The handle, complete with what its kind can do; an async one where the client is.

    Raises:
        HandleError: the text is no handle, was changed, or does not fit the client.
    """
    facts = read_handle(text)
    client = _client_for(facts, clients)
    jobs: Jobs[Any] | AsyncJobs[Any] | None = getattr(client, facts.kind, None)
    if not isinstance(jobs, (Jobs, AsyncJobs)) or (jobs.kind.vendor, jobs.kind.name) != (facts.vendor, facts.kind):
        raise HandleError(f"the client has no jobs of {facts.vendor[:80]}.{facts.kind[:80]}")
    content = text if isinstance(text, str) else text.decode("utf-8", "replace")
    job: Job[Any] | AsyncJob[Any] = jobs.restore(content, rebind=rebind)
    return job


def _client_for(facts: Handle, clients: SyncClients | AsyncClients) -> SyncClient | AsyncClient:
    """The client that the caller means for a handle."""
    if isinstance(clients, (SyncClient, AsyncClient)):
        return clients
    client: object = clients.get(facts.vendor) if is_mapping(clients) else clients(facts) if callable(clients) else None
    if not isinstance(client, (SyncClient, AsyncClient)):
        raise HandleError(f"there is no client for {facts.vendor[:80]}")
    return client
