"""Connection pools of a client: one per process, and one per event loop for async clients."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator
from types import AsyncGeneratorType
from typing import Any, cast
from weakref import finalize

import anyio

from .errors import InvalidArgument
from .flow import Lock
from .forking import PerProcess, abandon, in_children
from .http import HttpOptions, is_callers_own
from .transports import AsyncPoolTransport, AsyncTransport, PoolTransport, Transport, async_opener, sync_opener


class Pool:
    """The connections of a sync client.

    Args:
        options: How to speak HTTP.

    Raises:
        InvalidArgument: proxy, certificates or transport cannot be used.
    """

    def __init__(self, options: HttpOptions) -> None:
        self._own = is_callers_own(options)
        self._open = sync_opener(options)
        self._transport: Transport | None = self._open()
        self._guard = PerProcess(threading.Lock)
        in_children(self, Pool._abandon)

    def _abandon(self) -> None:
        abandon(self._transport)
        if isinstance(self._transport, PoolTransport):
            self._transport.leave()
        self._transport = None

    def transport(self, operation: str) -> Transport:
        """What to send through in this process.

        Args:
            operation: What is called, for errors.

        Returns:
            The transport.

        Raises:
            InvalidArgument: it is an object of the caller's, which the process that this one was forked from uses.
        """
        transport = self._transport
        if transport is not None:
            return transport
        if self._own:
            raise _of_another_process(operation)
        with self._guard():
            if self._transport is None:
                self._transport = self._open()
            return self._transport

    def close(self) -> None:
        """Close the connections of this process."""
        if self._transport is not None:
            self._transport.close()


class AsyncPools:
    """The connections and the lock that an async client has in each event loop.

    Args:
        options: How to speak HTTP.

    Raises:
        InvalidArgument: proxy, certificates or transport cannot be used.
    """

    def __init__(self, options: HttpOptions) -> None:
        self._own = is_callers_own(options)
        self._open = async_opener(options)
        self._first: AsyncTransport | None = self._open()
        self._inherited = False
        self._loops: dict[Any, _LoopPool] = {}
        self._guard = PerProcess(threading.Lock)
        in_children(self, AsyncPools._abandon)

    def _abandon(self) -> None:
        abandon(self._loops)
        self._loops = {}
        self._inherited = True

    def _here(self) -> _LoopPool:
        """What belongs to the running loop."""
        loop = _running_loop()
        found = self._loops.get(loop)
        if found is None or found.over:
            with self._guard():
                for gone in [known for known in self._loops if _is_closed(known)]:
                    del self._loops[gone]
                found = self._loops[loop] = _LoopPool(loop, self._next(), ends_with_loop=not self._own)
        return found

    def _next(self) -> AsyncTransport:
        first = self._first
        if first is None:
            return self._open()
        if not self._own:
            self._first = None
        return first

    def lock(self) -> Lock:
        """The lock of the running loop: one renewal at a time.

        Returns:
            The lock.
        """
        return self._here().lock

    async def transport(self, operation: str) -> AsyncTransport:
        """What to send through in the running loop.

        Args:
            operation: What is called, for errors.

        Returns:
            The transport.

        Raises:
            InvalidArgument: it is an object of the caller's, which the process that this one was forked from uses.
        """
        if self._own and self._inherited:
            raise _of_another_process(operation)
        return await self._here().begin()

    async def aclose(self) -> None:
        """Close the connections of the running loop; those of others are closed by their own loops."""
        with self._guard():
            mine, first = self._loops.get(_running_loop()), self._first
            self._loops, self._first = {}, None
        if mine is not None:
            await mine.aclose()
        if first is not None and not self._inherited:
            await first.aclose()


class _LoopPool:
    """What belongs to one event loop.

    Args:
        loop: The loop.
        transport: Connections of this loop, or what the caller gave.
        ends_with_loop: Whether it is closed when the loop ends.
    """

    def __init__(self, loop: Any, transport: AsyncTransport, *, ends_with_loop: bool) -> None:
        self.lock = anyio.Lock()
        self._transport = transport
        self._ends_with_loop = ends_with_loop
        self._life: AsyncGeneratorType[None, None] | None = None
        if ends_with_loop:
            # Holds the transport too, so that the garbage collector does not close sockets behind the back of the loop:
            # it would give their numbers to others before the loop forgets them.
            finalize(self, _release, loop, transport).atexit = False

    @property
    def over(self) -> bool:
        """Whether the connections were closed with the loop, or are about to be."""
        return self._life is not None and self._life.ag_frame is None

    async def begin(self) -> AsyncTransport:
        """The transport, which from now on is closed when the loop shuts its asynchronous generators down."""
        if self._life is None and self._ends_with_loop:
            # The type checkers' generator has no frame.
            self._life = cast("AsyncGeneratorType[None, None]", _open_while_it_waits(self._transport))
            await anext(self._life)
        return self._transport

    async def aclose(self) -> None:
        """Close the connections."""
        if self._life is not None:
            await self._life.aclose()
        elif self._ends_with_loop:
            await self._transport.aclose()


async def _open_while_it_waits(transport: AsyncTransport) -> AsyncGenerator[None]:
    """Waits at its ``yield`` until its loop shuts it down, or nobody refers to it any more."""
    try:
        yield
    finally:
        await transport.aclose()


def _release(loop: Any, transport: AsyncTransport) -> None:
    """Close connections whose loop was closed and has not done it."""
    if _is_closed(loop) and isinstance(transport, AsyncPoolTransport):
        transport.release()


def _running_loop() -> Any:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None  # of another library, which is not distinguished from others


def _is_closed(loop: Any) -> bool:
    return loop is not None and loop.is_closed()


def _of_another_process(operation: str) -> InvalidArgument:
    return InvalidArgument(
        "the client was made before this process was forked, with a transport object of the caller's own, whose "
        "connections belong to the other process; give a function that opens one, as "
        "HttpOptions(transport=lambda: ...), or make the client after the fork",
        operation=operation,
        argument="http",
    )
