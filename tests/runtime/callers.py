"""Calls over real sockets: on the connections of a client, and through a transport that the caller brings."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import anyio
import httpx2
import pytest
from jobclients_core import (
    AsyncClient,
    HttpOptions,
    JobClientsError,
    Response,
    SyncClient,
    Token,
)
from runtime.loopback import Loopback
from runtime.support import GET_JOB, VENDOR

Caller = Callable[..., Response[Any]]


CONTEXT = httpx2.create_ssl_context(trust_env=False)


def call_sync(url: str, call: Any = None, **options: Any) -> Response[Any]:
    options.setdefault("retries", 0)
    with SyncClient(VENDOR, base_url=url, auth=Token("s3cret-token"), http=HttpOptions(**options)) as client:
        return client.send(call or GET_JOB.call(id=1))


def call_async(url: str, call: Any = None, **options: Any) -> Response[Any]:
    options.setdefault("retries", 0)

    async def main() -> Response[Any]:
        async with AsyncClient(VENDOR, base_url=url, auth=Token("s3cret-token"), http=HttpOptions(**options)) as client:
            return await client.send(call or GET_JOB.call(id=1))

    return anyio.run(main)


def call_sync_through(url: str, call: Any = None, **options: Any) -> Response[Any]:
    return call_sync(url, call, transport=httpx2.HTTPTransport(verify=CONTEXT), **options)


def call_async_through(url: str, call: Any = None, **options: Any) -> Response[Any]:
    return call_async(url, call, transport=lambda: httpx2.AsyncHTTPTransport(verify=CONTEXT), **options)


def fails(call: Caller, kind: type[JobClientsError], *replies: Any, **options: Any) -> JobClientsError:
    with Loopback(*replies) as server:
        with pytest.raises(kind) as caught:
            call(server.url, **options)
        assert server.closed_by_peer.wait(5), "the connection was not released"
    error = caught.value
    assert error.operation == "get_job"
    assert "get_job" in str(error)
    assert "s3cret" not in f"{error}{error!r}{vars(error)}"
    return error


def silence(peer: socket.socket) -> None:
    if not peer.recv(1):
        raise ConnectionResetError
