"""`HttpOptions`: timeout, retries, proxy, TLS and transport of a client, as its caller sets them."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2

from .errors import InvalidArgument
from .flow import Clock

_WHOLE = frozenset(("retries", "max_body", "max_connections"))
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """How a client speaks HTTP.

    Args:
        timeout: Seconds for a whole call: sending, reading, renewing tokens, repeating and waiting in between. Two
            things of a sync client are not bounded by it, because nothing can interrupt them: looking a host name up,
            which the system's resolver bounds in its own way, and a function given as ``auth``.
        connect_timeout: Seconds for one connection to come about, the look-up of its name aside.
        retries: How often a transient failure of a repeatable call is repeated at most.
        max_body: Bytes of a response, as sent and decoded, after which reading stops.
        proxy: URL of a proxy (http, https or socks5); the environment is not looked at.
        verify: True for the system's certificates, a file or folder of certificates, an SSL context, or False
            for no verification at all.
        cert: A file with the client's certificate and key, or a pair of files, or a triple with a password.
        max_connections: Connections open at the same time.
        transport: A transport of the caller's own, for instance an in-process one in tests; or a function that opens
            one, which is asked once in each process, and for async clients once in each event loop. A transport object
            of a client that was made before a fork cannot be used in the child, which says so.
        clock: Time and chance, for tests that supply their own.
    """

    timeout: float = 60.0
    connect_timeout: float = 10.0
    retries: int = 2
    max_body: int = 64 * MEBIBYTE
    proxy: str | httpx2.Proxy | None = field(default=None, repr=False)
    verify: bool | str | ssl.SSLContext = True
    cert: str | tuple[str, str] | tuple[str, str, str] | None = field(default=None, repr=False)
    max_connections: int = 100
    transport: (
        httpx2.BaseTransport
        | httpx2.AsyncBaseTransport
        | Callable[[], httpx2.BaseTransport | httpx2.AsyncBaseTransport]
        | None
    ) = None
    clock: Clock = field(default_factory=Clock, repr=False)

    def __post_init__(self) -> None:
        for name in ("timeout", "connect_timeout", "retries", "max_body", "max_connections"):
            value: Any = getattr(self, name)
            least = 0 if name == "retries" else 1e-9
            most = 1e12 if name == "max_body" else 1e8  # what sockets and locks take as a timeout
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
                raise InvalidArgument(f"{name} is out of range", argument=name)
            if name in _WHOLE and not isinstance(value, int):
                raise InvalidArgument(f"{name} should be an integer", argument=name)


def checked_options(given: HttpOptions | None) -> HttpOptions:
    """Options as a client was given them.

    Returns:
        Them, or those of who says nothing.

    Raises:
        InvalidArgument: they are something else.
    """
    options: Any = given if given is not None else HttpOptions()
    if isinstance(options, HttpOptions):
        return options
    raise InvalidArgument("http should be HttpOptions", argument="http")


def is_callers_own(options: HttpOptions) -> bool:
    """Whether the transport is an object of the caller's, of which there is only the one.

    Args:
        options: How to speak HTTP.

    Returns:
        False where transports can be opened as they are needed.
    """
    return isinstance(options.transport, (httpx2.BaseTransport, httpx2.AsyncBaseTransport))
