"""`connect` makes a client by the name of its vendor; `resume` makes a handle from saved text."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar, overload

from .client import AsyncClient, SyncClient
from .errors import InvalidArgument
from .jobs.collection import AsyncJobs, Jobs
from .jobs.errors import HandleError, RecordError
from .jobs.handle import Handle
from .jobs.job import AsyncJob, Job
from .jobs.record import Intent, Record, read_record, record_of
from .type_guards import is_mapping
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


Kept = str | bytes | os.PathLike[str] | Record
"""A handle or an intent: its text, or the record that holds it, which a path stands for."""


@overload
def resume(
    kept: Kept, clients: SyncClients, *, rebind: bool = False, timeout: float | timedelta | None = None
) -> Job[Any]: ...


@overload
def resume(
    kept: Kept, clients: AsyncClients, *, rebind: bool = False, timeout: float | timedelta | None = None
) -> AsyncJob[Any]: ...


def resume(
    kept: Kept,
    clients: SyncClients | AsyncClients,
    *,
    rebind: bool = False,
    timeout: float | timedelta | None = None,
) -> Job[Any] | AsyncJob[Any]:
    """Make a handle of what ``to_json`` of a handle gave, or of what a record holds, in this process or another.

    Nothing is ever submitted. A submission of which it is not known what became of it is looked for, up to the moment
    at which it has to show; with an async client that is ``await client.KIND.look_for(...)``.

    Args:
        kept: The text, also that of ``SubmitUncertain.intent``, or the record of a submission: its path, or itself.
        clients: The client; or clients by the vendor's name; or a function that is shown the facts of the handle
            (``vendor``, ``account``, ``origin``, ``kind``, ``identity``) and returns the client.
        rebind: Whether a handle of another base URL or account than the client's is taken over to it.
        timeout: Seconds for which a submission is looked for at most.

    Returns:
        The handle, complete with what its kind can do; an async one where the client is.

    Raises:
        HandleError: the text is not a handle, was changed, or does not fit the client.
        NotSubmitted: the vendor did not take the submission, which is known.
        SubmitUncertain: what became of the submission is not known.
        RecordBusy: another one is submitting with the record.
    """
    text, record = _text_of(kept)
    found = read_record(text)
    jobs = _jobs_for(found.handle if isinstance(found, Intent) else found, clients)
    if isinstance(found, Intent):
        if isinstance(jobs, AsyncJobs):
            raise InvalidArgument("a submission is looked for by: await client.KIND.look_for(...)", argument="kept")
        job: Job[Any] | AsyncJob[Any] = jobs.look_for(text if record is None else record, timeout=timeout)
        return job
    job = jobs.restore(text if isinstance(text, str) else text.decode("utf-8", "replace"), rebind=rebind)
    return job  # noqa: RET504 - the handle's own type is not known here


def _text_of(kept: object) -> tuple[str | bytes, Any]:
    """What is kept, and the record that it was in."""
    if isinstance(kept, bytes) or (isinstance(kept, str) and kept.lstrip().startswith("{")):
        return kept, None
    record = record_of(kept, sync=True)
    try:
        text = record.load()
    except Exception as error:
        raise RecordError(f"the record cannot be read: {error}") from error
    if not isinstance(text, (str, bytes)):
        raise HandleError("this is neither the handle of a job nor the path of a record that is there")
    return text, record


def _jobs_for(handle: Handle, clients: SyncClients | AsyncClients) -> Jobs[Any] | AsyncJobs[Any]:
    """The client's jobs of a handle's kind."""
    client = _client_for(handle, clients)
    jobs: Jobs[Any] | AsyncJobs[Any] | None = getattr(client, handle.kind, None)
    if not isinstance(jobs, (Jobs, AsyncJobs)) or (jobs.kind.vendor, jobs.kind.name) != (handle.vendor, handle.kind):
        raise HandleError(f"the client has no jobs of {handle.vendor[:80]}.{handle.kind[:80]}")
    return jobs


def _client_for(handle: Handle, clients: SyncClients | AsyncClients) -> SyncClient | AsyncClient:
    """The client that the caller means for a handle."""
    if isinstance(clients, (SyncClient, AsyncClient)):
        return clients
    client: object = (
        clients.get(handle.vendor) if is_mapping(clients) else clients(handle) if callable(clients) else None
    )
    if not isinstance(client, (SyncClient, AsyncClient)):
        raise HandleError(f"there is no client for {handle.vendor[:80]}")
    return client
