"""Converts exceptions of the transport into the runtime's own errors."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpcore2
import httpx2

from .errors import (
    ConnectFailed,
    ConnectionLost,
    ConnectTimedOut,
    NameNotResolved,
    ProtocolViolation,
    Timeout,
    TlsFailed,
    TransportError,
)

# The same errors under two names: of our own connections, and of a transport of the caller's own.
_NO_CONNECTION_IN_TIME = (
    httpcore2.ConnectTimeout,
    httpcore2.PoolTimeout,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
)
_TOO_LATE = (httpcore2.TimeoutException, httpx2.TimeoutException, TimeoutError)
_NO_CONNECTION = (
    httpcore2.ConnectError,
    httpcore2.ProxyError,
    httpcore2.UnsupportedProtocol,
    httpx2.ConnectError,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)
_OF_PROTOCOL = (httpcore2.ProtocolError, httpx2.ProtocolError)
_OF_SERVER = (httpcore2.RemoteProtocolError, httpx2.RemoteProtocolError)
_OF_NETWORK = (httpcore2.NetworkError, httpx2.NetworkError, OSError)
_KNOWN = (*_TOO_LATE, *_NO_CONNECTION, *_OF_PROTOCOL, *_OF_NETWORK, httpx2.RequestError)
"""What the HTTP library raises, in whose frames is what was sent and received."""

_QUOTED = re.compile(r":|b'|b\"|bytearray")


def timed_out(operation: str) -> Timeout:
    """The error for a call whose deadline passed.

    Args:
        operation: What was called.

    Returns:
        The error, to be raised.
    """
    return Timeout("the deadline passed before a complete response arrived", operation=operation)


def not_sent_in_time(operation: str, waited_for: str) -> Timeout:
    """The error for a call whose deadline passed, or would, before its request was sent.

    Args:
        operation: What was called.
        waited_for: What it waited for.

    Returns:
        The error, to be raised.
    """
    error = Timeout(f"nothing was sent: the deadline comes before {waited_for}", operation=operation)
    error.sent = False
    return error


def transport_failure(
    error: Exception, operation: str, origin: str, *, proxied: bool = False, begun: bool = True
) -> TransportError:
    """The library's own error for one of the transport, with that one as its cause.

    Args:
        error: What the transport raised.
        operation: What was called.
        origin: Scheme, host and port that it was sent to.
        proxied: Whether it was sent by way of a proxy, to which the connection is then made.
        begun: Whether something of it may have been sent.

    Returns:
        The error, to be raised outside of the handler of the other.
    """
    if not begun and isinstance(error, _TOO_LATE):
        failure: TransportError = _not_connected_in_time(operation, _with_port(origin))
    else:
        failure = _translated(error, operation, _with_port(origin), proxied)
    if not begun:
        failure.sent = False
    # Errors about the protocol quote what the server sent, and a server may send back what it was sent.
    quoting = isinstance(error, _OF_PROTOCOL)
    failure.__cause__ = type(error)(_unquoted(error)) if quoting else error
    if isinstance(error, _KNOWN):  # what else a caller's own transport raises stays whole
        _forget_frames(error)
    return failure


def _forget_frames(error: BaseException) -> None:
    """Drop the tracebacks of an error and its causes: what was sent and received is in their variables."""
    for current in with_causes(error):
        current.__traceback__ = None


def with_causes(error: BaseException, before: BaseException | None = None) -> Iterator[BaseException]:
    """An error and what led to it.

    Args:
        error: The error.
        before: One that was being handled when the call began, which is left out with what led to it.

    Returns:
        Each cause, context and member of a group once.
    """
    seen = {id(before)}
    waiting: list[BaseException | None] = [error]
    while waiting:
        current = waiting.pop()
        if current is not None and id(current) not in seen:
            seen.add(id(current))
            yield current
            waiting += [current.__cause__, current.__context__]
            several: tuple[BaseException, ...] = getattr(current, "exceptions", ())  # of an exception group
            waiting += several


def _unquoted(error: Exception) -> str:
    return _QUOTED.split(str(error), maxsplit=1)[0].strip()[:200]


def _with_port(origin: str) -> str:
    """An origin whose port is told even where it is the scheme's own."""
    parts = urlsplit(origin)
    return origin if parts.port is not None else f"{origin}:{443 if parts.scheme == 'https' else 80}"


def _translated(error: Exception, operation: str, origin: str, proxied: bool) -> TransportError:
    said = f"{type(error).__name__}: {error}"[:300].rstrip(": ")
    if isinstance(error, _NO_CONNECTION_IN_TIME):
        return _not_connected_in_time(operation, origin)
    if isinstance(error, _TOO_LATE):
        return timed_out(operation)
    if isinstance(error, _NO_CONNECTION):
        return _not_connected(error, said, operation, origin, proxied)
    if isinstance(error, _OF_PROTOCOL):
        return _protocol(error, operation, origin)
    if isinstance(error, httpx2.DecodingError):
        return ProtocolViolation("the content encoding is broken", operation=operation)
    if isinstance(error, _OF_NETWORK):
        return _connection_lost(said, operation, origin)
    if isinstance(error, RuntimeError) and "loop" in str(error):
        # Ours are opened in each loop, so that it is one of the caller's own.
        said = "the transport object that was given belongs to another event loop; give a function that opens one, as "
        return TransportError(said + "HttpOptions(transport=lambda: ...)", operation=operation, transient=False)
    return TransportError(f"the transport failed ({type(error).__name__})", operation=operation, transient=False)


def _not_connected_in_time(operation: str, origin: str) -> ConnectTimedOut:
    return ConnectTimedOut(f"no connection to {origin} came about in time", operation=operation)


def _connection_lost(said: str, operation: str, origin: str) -> ConnectionLost:
    return ConnectionLost(f"the connection to {origin} was lost: {said}", operation=operation)


def _protocol(error: Exception, operation: str, origin: str) -> TransportError:
    text = f"{type(error).__name__}: {_unquoted(error)}".rstrip(": ")
    if not isinstance(error, _OF_SERVER):
        return ProtocolViolation(text, operation=operation, transient=False)
    if any(word in text for word in ("disconnected", "closed connection")):
        return _connection_lost(text, operation, origin)
    return ProtocolViolation(text, operation=operation)


def _not_connected(error: Exception, said: str, operation: str, origin: str, proxied: bool) -> ConnectFailed:
    """Why no connection came about: the name, the other side's refusal, or TLS."""
    for cause in with_causes(error):
        if isinstance(cause, ssl.SSLError):
            why = getattr(cause, "verify_message", "")
            text = f"the certificate is not trusted: {why}" if why else f"TLS failed: {cause.reason or said}"
            return TlsFailed(f"no connection to {origin}: {text}", operation=operation)
        if isinstance(cause, socket.gaierror):
            name = "the proxy's name" if proxied else f"the name {urlsplit(origin).hostname}"
            text = f"{name} cannot be resolved ({cause.strerror or cause})"
            return NameNotResolved(f"no connection to {origin}: {text}", operation=operation)
        if isinstance(cause, ConnectionRefusedError):
            text = f"connection refused{' by the proxy' if proxied else ''}"
            return ConnectFailed(f"no connection to {origin}: {text}", operation=operation)
    return ConnectFailed(f"no connection to {origin}: {said}", operation=operation)
