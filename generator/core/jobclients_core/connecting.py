"""Clients by their vendor's name, and jobs of any vendor out of a text."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, overload

from .client import AsyncClient, SyncClient
from .errors import InvalidArgument
from .jobs.collection import AsyncJobs, Jobs
from .jobs.errors import HandleError
from .jobs.handle import Handle, read_handle
from .jobs.job import AsyncJob, Job
from .shapes import is_mapping
from .vendors import UnknownVendorError, find_vendor

C = TypeVar("C", SyncClient, AsyncClient)


def connect(vendor: str, **options: Any) -> SyncClient:
    """Make a client of an installed vendor.

    Args:
        vendor: The vendor's name, or ``package:vendor`` where two packages have one of that name.
        **options: Arguments of the client's constructor.

    Returns:
        The client.

    Raises:
        InvalidArgument: there is no such vendor, or an option cannot be used.
    """
    return _made(_client_class(vendor, SyncClient), options)


def connect_async(vendor: str, **options: Any) -> AsyncClient:
    """Make an async client of an installed vendor. As `connect`."""
    return _made(_client_class(vendor, AsyncClient), options)


def _client_class(vendor: str, base: type[C]) -> type[C]:
    """A vendor's client, imported."""
    try:
        address = find_vendor(vendor)
    except UnknownVendorError as error:
        raise InvalidArgument(str(error), argument="vendor") from None
    for member in vars(importlib.import_module(address.module)).values():
        if isinstance(member, type) and issubclass(member, base) and member is not base:
            return member
    raise InvalidArgument(f"{address.module} has no client", argument="vendor")


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
