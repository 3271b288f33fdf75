"""A network backend for sync clients whose waits all end at the deadline of the call.

The timeouts of an HTTP library bound one read each, so a server that sends a byte now and then holds a caller for
ever. Async clients cancel; threads cannot, so here each wait gets only the time that is left.
"""

from __future__ import annotations

import contextvars
import os
import socket
import ssl
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any
from weakref import WeakSet

import httpcore2

_CHUNK = 64 * 1024

_deadline: contextvars.ContextVar[float | None] = contextvars.ContextVar("jobclients_deadline", default=None)


@contextmanager
def deadline_of_this_call(deadline: float) -> Generator[None]:
    """Bound every wait on the network inside of the block.

    Args:
        deadline: Time on the monotonic clock.
    """
    token = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(token)


def _left(timeout: float | None, late: type[Exception]) -> float | None:
    deadline = _deadline.get()
    if deadline is None:
        return timeout
    left = deadline - time.monotonic()
    if left <= 0:
        raise late("the deadline of the call passed")
    return left if timeout is None else min(timeout, left)


class _BoundedStream(httpcore2.NetworkStream):
    """A connection whose reads and writes end with the deadline."""

    def __init__(self, inner: httpcore2.NetworkStream, known: WeakSet[_BoundedStream]) -> None:
        self._inner = inner
        self._known = known
        known.add(self)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # In pieces, because the timeout of one write starts anew with every byte that the peer takes.
        for start in range(0, len(buffer), _CHUNK):
            self._inner.write(buffer[start : start + _CHUNK], _left(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = _left(timeout, httpcore2.ConnectTimeout)
        return _BoundedStream(self._inner.start_tls(ssl_context, server_hostname, left), self._known)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class BoundedBackend(httpcore2.NetworkBackend):
    """A network backend whose every wait ends with the deadline of the call.

    Args:
        inner: The backend that does the work.
    """

    def __init__(self, inner: httpcore2.NetworkBackend) -> None:
        self._inner = inner
        self._streams: WeakSet[_BoundedStream] = WeakSet()

    def leave(self) -> None:
        """Give back a child's copies of the descriptors of its parent's connections; nothing is sent on them.

        While it keeps them, the vendor does not hear that the parent has closed a connection.
        """
        for stream in list(self._streams):
            inherited = stream.get_extra_info("socket")
            descriptor = inherited.detach() if isinstance(inherited, socket.socket) else -1
            if descriptor >= 0:
                os.close(descriptor)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address of a host that answers; all of them together get the timeout.

        Each gets its share of what is left, so that one that never answers leaves time for the others.
        """
        end = None if timeout is None else time.monotonic() + timeout
        options = None if socket_options is None else list(socket_options)
        failure: Exception | None = None
        addresses = _addresses(host, port)
        for position, address in enumerate(addresses):
            left = None if end is None else (end - time.monotonic()) / (len(addresses) - position)
            if left is not None and left <= 0:
                break
            try:
                return _BoundedStream(
                    self._inner.connect_tcp(
                        address, port, _left(left, httpcore2.ConnectTimeout), local_address, options
                    ),
                    self._streams,
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore2.ConnectTimeout("no address answered in time")

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore2.NetworkStream:
        """Connect to a socket of this machine."""
        left = _left(timeout, httpcore2.ConnectTimeout)
        return _BoundedStream(self._inner.connect_unix_socket(path, left, socket_options), self._streams)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self._inner.sleep(seconds)


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore2.ConnectError(str(error)) from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
