"""A network backend for async clients: closes connections after a cancelled TLS handshake or a closed loop.

The HTTP library closes it after an error, but a cancellation (the deadline of the call, a task that is cancelled) is
none, and the socket would stay open until the garbage collector finds it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Iterable
from typing import Any
from weakref import WeakSet

import anyio
import httpcore2


class _ReleasingStream(httpcore2.AsyncNetworkStream):
    """A connection before its TLS handshake."""

    def __init__(self, inner: httpcore2.AsyncNetworkStream) -> None:
        self._inner = inner

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        try:
            return await self._inner.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            with anyio.CancelScope(shield=True):
                await self._inner.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class ReleasingBackend(httpcore2.AsyncNetworkBackend):
    """A network backend whose connections are released however their handshake ends.

    Args:
        inner: The backend that does the work.
    """

    def __init__(self, inner: httpcore2.AsyncNetworkBackend) -> None:
        self._inner = inner
        self._transports: WeakSet[Any] = WeakSet()

    def release(self) -> None:
        """Release the connections of a loop that was closed before them: not even `close` works without a loop.

        What does is private to asyncio. Where it is not found, the garbage collector closes them, and warns.
        """
        for transport in list(self._transports):
            lost = getattr(transport, "_call_connection_lost", None)
            if lost is not None and not transport.is_closing():
                with contextlib.suppress(RuntimeError):  # of whoever still waits for it in that loop
                    lost(None)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to a host."""
        stream = await self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        transport = getattr(getattr(stream, "_stream", None), "_transport", None)
        if isinstance(transport, asyncio.Transport):
            self._transports.add(transport)
        return _ReleasingStream(stream)

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to a socket of this machine."""
        return _ReleasingStream(await self._inner.connect_unix_socket(path, timeout, socket_options))

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._inner.sleep(seconds)
