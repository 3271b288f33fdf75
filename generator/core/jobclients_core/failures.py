"""What a transport raised, as the library's own errors."""

from __future__ import annotations

import re
import ssl
from urllib.parse import urlsplit

import httpx2

from .errors import (
    ConnectFailed,
    ConnectionLost,
    ConnectTimedOut,
    ProtocolViolation,
    Timeout,
    TlsFailed,
    TransportError,
)

_QUOTED = re.compile(r":|b'|b\"|bytearray")


def timed_out(operation: str) -> Timeout:
    """The error for a call whose deadline passed.

    Args:
        operation: What was called.

    Returns:
        The error, to be raised.
    """
    return Timeout("the deadline passed before a complete answer arrived", operation=operation)


def transport_failure(error: Exception, operation: str, origin: str) -> TransportError:
    """The library's own error for one of the transport, with that one as its cause.

    Args:
        error: What the transport raised.
        operation: What was called.
        origin: Scheme, host and port that it was sent to.

    Returns:
        The error, to be raised outside of the handler of the other.
    """
    failure = _translated(error, operation, _with_port(origin))
    # Errors about the protocol quote what the server sent, and a server may send back what it was sent.
    quoting = isinstance(error, httpx2.ProtocolError)
    failure.__cause__ = type(error)(_unquoted(error)) if quoting else error
    if isinstance(error, (httpx2.RequestError, OSError)):  # what else a caller's own transport raises stays whole
        _forget_frames(error)
    return failure


def _forget_frames(error: BaseException) -> None:
    """Drop the tracebacks of an error and its causes: what was sent and received stands in their variables."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        current = waiting.pop()
        if current is not None and id(current) not in seen:
            seen.add(id(current))
            current.__traceback__ = None
            waiting += [current.__cause__, current.__context__]


def _unquoted(error: Exception) -> str:
    return _QUOTED.split(str(error), maxsplit=1)[0].strip()[:200]


def _with_port(origin: str) -> str:
    """An origin whose port is told even where it is the scheme's own."""
    parts = urlsplit(origin)
    return origin if parts.port is not None else f"{origin}:{443 if parts.scheme == 'https' else 80}"


def _translated(error: Exception, operation: str, origin: str) -> TransportError:
    said = f"{type(error).__name__}: {error}"[:300].rstrip(": ")
    if isinstance(error, (httpx2.ConnectTimeout, httpx2.PoolTimeout)):
        return ConnectTimedOut(f"no connection to {origin} came about in time", operation=operation)
    if isinstance(error, (httpx2.TimeoutException, TimeoutError)):
        return timed_out(operation)
    if isinstance(error, (httpx2.ConnectError, httpx2.ProxyError, httpx2.UnsupportedProtocol)):
        kind = TlsFailed if _caused_by(error, ssl.SSLError) else ConnectFailed
        return kind(f"no connection to {origin}: {said}", operation=operation)
    if isinstance(error, httpx2.ProtocolError):
        return _protocol(error, operation, origin)
    if isinstance(error, httpx2.DecodingError):
        return ProtocolViolation("the content encoding is broken", operation=operation)
    if isinstance(error, (httpx2.NetworkError, OSError)):
        return _connection_lost(said, operation, origin)
    return TransportError(f"the transport failed ({type(error).__name__})", operation=operation, transient=False)


def _connection_lost(said: str, operation: str, origin: str) -> ConnectionLost:
    return ConnectionLost(f"the connection to {origin} was lost: {said}", operation=operation)


def _protocol(error: httpx2.ProtocolError, operation: str, origin: str) -> TransportError:
    text = f"{type(error).__name__}: {_unquoted(error)}".rstrip(": ")
    if not isinstance(error, httpx2.RemoteProtocolError):
        return ProtocolViolation(text, operation=operation, transient=False)
    if any(word in text for word in ("disconnected", "closed connection")):
        return _connection_lost(text, operation, origin)
    return ProtocolViolation(text, operation=operation)


def _caused_by(error: BaseException, kind: type[BaseException]) -> bool:
    seen: BaseException | None = error
    for _ in range(10):
        if seen is None:
            return False
        if isinstance(seen, kind):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
