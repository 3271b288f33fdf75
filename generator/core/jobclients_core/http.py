"""HTTP proper: options, transports, and reading an answer within its size and time.

Requests go to the transport directly, below ``httpx2.Client``: that one would log whole URLs, keep cookies and read
the environment, and none of it is wanted here.
"""

from __future__ import annotations

import contextvars
import logging
import ssl
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import httpx2

from .deadline import BoundedBackend, deadline_of_this_call
from .errors import AnswerTooLarge, InvalidArgument, TransportError
from .failures import timed_out, transport_failure
from .flow import Answer, Clock, Send
from .handshake import ReleasingBackend
from .leftover import has_leftover

T = TypeVar("T")

_WHOLE = frozenset(("retries", "max_body", "max_connections"))
_PROXIES = ("http", "https", "socks5", "socks5h")
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
        max_body: Bytes of an answer, decoded, after which reading stops.
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

    Args:
        given: The options, or None.

    Returns:
        Them, or those of who says nothing.

    Raises:
        InvalidArgument: they are something else.
    """
    options: Any = given if given is not None else HttpOptions()
    if isinstance(options, HttpOptions):
        return options
    raise InvalidArgument("http should be HttpOptions", argument="http")


def _ssl_context(options: HttpOptions) -> ssl.SSLContext:
    """The SSL context, made without a look at the environment."""
    verify: Any = options.verify
    if isinstance(verify, str):
        place = Path(verify)
        context = ssl.create_default_context(
            cafile=None if place.is_dir() else verify, capath=verify if place.is_dir() else None
        )
    elif isinstance(verify, (bool, ssl.SSLContext)):
        context = httpx2.create_ssl_context(verify=verify, trust_env=False)
    else:
        raise TypeError
    if isinstance(options.cert, str):
        context.load_cert_chain(options.cert)
    elif options.cert is not None:
        context.load_cert_chain(*options.cert)
    return context


def _proxy(options: HttpOptions) -> httpx2.Proxy | None:
    """The proxy; why one cannot be used is told without its URL, which may hold a password."""
    given: Any = options.proxy
    if given is None or isinstance(given, httpx2.Proxy):
        return given
    why = "has to be a URL"
    if isinstance(given, str):
        try:
            url = httpx2.URL(given)
        except (httpx2.InvalidURL, ValueError):
            why = "is not a valid URL"
        else:
            if url.scheme in _PROXIES and url.host:
                return httpx2.Proxy(url)
            why = "has no host" if url.scheme in _PROXIES else f"has to start with {', '.join(_PROXIES)} and ://"
    raise InvalidArgument(f"proxy {why}, such as http://proxy.example.com:3128", argument="http")


@contextmanager
def _configuring() -> Generator[None]:
    problem = ""
    try:
        yield
    except (OSError, ssl.SSLError) as error:
        problem = f"verify or cert cannot be used: {error.strerror or type(error).__name__}"
    except ImportError:
        problem = "a socks5 proxy needs the package socksio: pip install socksio"
    except (ValueError, TypeError, AttributeError) as error:
        problem = f"verify or cert cannot be used ({type(error).__name__})"
    if problem:
        raise InvalidArgument(problem, argument="http")


def is_callers_own(options: HttpOptions) -> bool:
    """Whether the transport is an object of the caller's, of which there is only the one.

    Args:
        options: How to speak HTTP.

    Returns:
        False where transports can be opened as they are needed.
    """
    return isinstance(options.transport, (httpx2.BaseTransport, httpx2.AsyncBaseTransport))


def sync_opener(options: HttpOptions) -> Callable[[], httpx2.BaseTransport]:
    """What opens transports of a sync client.

    Args:
        options: How to speak HTTP.

    Returns:
        A function that gives the caller's own transport, or a new one whose every wait ends with the deadline of the
        call; it raises `InvalidArgument` where the caller's is no sync transport.

    Raises:
        InvalidArgument: proxy or certificates cannot be used.
    """
    if options.transport is None:
        return _opener(_BoundedTransport, options)
    return partial(_given, options.transport, httpx2.BaseTransport, "a sync client needs a sync transport")


def async_opener(options: HttpOptions) -> Callable[[], httpx2.AsyncBaseTransport]:
    """What opens transports of an async client. As `sync_opener`, without the deadline: async calls are cancelled."""
    if options.transport is None:
        return _opener(ReleasingTransport, options)
    return partial(_given, options.transport, httpx2.AsyncBaseTransport, "an async client needs an async transport")


def _given(given: Any, kind: type[T], wrong: str) -> T:
    """The caller's own transport, or what their function opens."""
    known = isinstance(given, (httpx2.BaseTransport, httpx2.AsyncBaseTransport)) or not callable(given)
    transport = given if known else given()
    if isinstance(transport, kind):
        return transport
    raise InvalidArgument(wrong, argument="http")


def _opener(kind: Callable[..., T], options: HttpOptions) -> Callable[[], T]:
    proxy = _proxy(options)
    with _configuring():
        context = _ssl_context(options)  # made once, because reading certificates takes longer than a request

    def open_one() -> T:
        with _configuring():
            return kind(
                verify=context,
                trust_env=False,
                proxy=proxy,
                limits=httpx2.Limits(max_connections=options.max_connections, max_keepalive_connections=20),
            )
        raise AssertionError  # for the type checkers: the lines above return or raise

    return open_one


class _BoundedTransport(httpx2.HTTPTransport):
    """httpx2's transport, on a network whose every wait ends with the deadline of the call."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        _replace_backend(self._pool, BoundedBackend)


class ReleasingTransport(httpx2.AsyncHTTPTransport):
    """httpx2's transport, on a network that releases connections whose handshake is cancelled."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._network: ReleasingBackend | None = _replace_backend(self._pool, ReleasingBackend)

    def release(self) -> None:
        """Close the connections of a loop that was closed before them."""
        if self._network is not None:
            self._network.release()


def _replace_backend(pool: Any, wrapper: Callable[[Any], T]) -> T | None:
    """Put a wrapper around the network of a connection pool, and return it.

    There is no public way to hand one through. Should a later httpx2 keep it elsewhere, its own behaviour remains:
    each read is bounded, if not all of them together. A test tells.
    """
    backend = getattr(pool, "_network_backend", None)
    if backend is None:
        return None
    pool._network_backend = wrapped = wrapper(backend)
    return wrapped


def build_request(send: Send, connect_timeout: float, now: float) -> httpx2.Request:
    """The request as the transport takes it.

    Args:
        send: What is to be sent.
        connect_timeout: Seconds for a connection to come about.
        now: Moment on the monotonic clock.

    Returns:
        The request.

    Raises:
        InvalidArgument: it is too long to be sent.
    """
    request = send.request
    remaining = max(send.deadline - now, 0.001)
    extensions: dict[str, Any] = {
        # The target is sent byte for byte; the URL beside it is for transports of the caller's own.
        "target": request.target.encode("ascii"),
        "timeout": {
            "connect": min(connect_timeout, remaining),
            "read": remaining,
            "write": remaining,
            "pool": remaining,
        },
    }
    headers = [(name.encode("ascii"), value.encode("utf-8")) for name, value in request.headers]
    try:
        return httpx2.Request(
            request.method,
            request.origin + request.target,
            headers=headers,
            content=request.content,
            extensions=extensions,
        )
    except httpx2.InvalidURL:
        pass
    raise InvalidArgument("the request's path and query are too long to be sent", operation=send.operation)


class _Reader:
    """Collects a body up to its cap."""

    def __init__(self, response: httpx2.Response, send: Send, max_body: int, end: float) -> None:
        self._response = response
        self._send = send
        self._end = end
        self._max = max_body
        self._size = 0
        self._chunks: list[bytes] = []
        declared = response.headers.get("content-length", "")
        if declared.isdecimal() and len(declared) < 19 and int(declared) > max_body and send.request.method != "HEAD":
            raise self._too_large()

    def _too_large(self) -> AnswerTooLarge:
        return AnswerTooLarge(
            f"the answer is larger than {self._max} bytes (status {self._response.status_code})",
            operation=self._send.operation,
        )

    def add(self, chunk: bytes) -> None:
        """Keep one piece."""
        self._size += len(chunk)
        if self._size > self._max:
            raise self._too_large()
        if time.monotonic() > self._end:
            raise timed_out(self._send.operation)
        self._chunks.append(chunk)

    def answer(self) -> Answer:
        """The complete answer."""
        return Answer(self._response.status_code, self._response.headers, b"".join(self._chunks))


def transmit(transport: httpx2.BaseTransport, send: Send, options: HttpOptions) -> Answer:
    """Send a request and read its answer.

    Args:
        transport: What to send it through.
        send: The request.
        options: Size cap and timeouts.

    Returns:
        The answer.

    Raises:
        TransportError: no complete answer arrived, in size and time.
        InvalidArgument: the request cannot be sent.
    """
    end = _real_end(send, options)
    request = build_request(send, options.connect_timeout, options.clock.monotonic())
    try:
        with deadline_of_this_call(end), _quiet():
            response = transport.handle_request(request)
            try:
                reader = _Reader(response, send, options.max_body, end)
                for chunk in response.iter_bytes():
                    reader.add(chunk)
                return reader.answer()
            finally:
                if has_leftover(response):
                    response.extensions["network_stream"].close()
                response.close()
    except TransportError:
        raise
    except Exception as error:
        failure = _failure(error, send, options)
    # Raised here and not above: what the transport raised would come along as the context.
    raise failure


async def transmit_async(transport: httpx2.AsyncBaseTransport, send: Send, options: HttpOptions) -> Answer:
    """Send a request and read its answer; as `transmit`."""
    import anyio

    end = _real_end(send, options)
    request = build_request(send, options.connect_timeout, options.clock.monotonic())
    try:
        with _quiet(), anyio.fail_after(end - time.monotonic()):
            response = await transport.handle_async_request(request)
            try:
                reader = _Reader(response, send, options.max_body, end)
                async for chunk in response.aiter_bytes():
                    reader.add(chunk)
                return reader.answer()
            finally:
                with anyio.CancelScope(shield=True):
                    if has_leftover(response):
                        await response.extensions["network_stream"].aclose()
                    await response.aclose()
    except TransportError:
        raise
    except Exception as error:
        failure = _failure(error, send, options)
    # Raised here and not above: what the transport raised would come along as the context.
    raise failure


def _failure(error: Exception, send: Send, options: HttpOptions) -> TransportError:
    return transport_failure(error, send.operation, send.request.origin, proxied=options.proxy is not None)


def _real_end(send: Send, options: HttpOptions) -> float:
    """The deadline on the clock that the network keeps, whatever clock the caller supplied."""
    left = send.deadline - options.clock.monotonic()
    if left <= 0:
        raise timed_out(send.operation)
    return time.monotonic() + left


_in_call: contextvars.ContextVar[bool] = contextvars.ContextVar("jobclients_in_call", default=False)


class _DropOurs(logging.Filter):
    """Drops what the HTTP library logs about our calls: at DEBUG it prints header fields, tokens among them."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not _in_call.get()


for _name in ("httpcore2.http11", "httpcore2.http2", "httpcore2.connection", "httpcore2.proxy", "httpcore2.socks"):
    logging.getLogger(_name).addFilter(_DropOurs())


@contextmanager
def _quiet() -> Generator[None]:
    token = _in_call.set(True)
    try:
        yield
    finally:
        _in_call.reset(token)
