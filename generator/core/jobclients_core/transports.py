"""Opens the transport of a client: a connection pool of the HTTP library, or the caller's own transport.

The pool is called directly. ``httpx2.Client`` would log whole URLs, keep cookies and read the environment, and the
request and response objects of httpx2 cost as much time as the rest of a call. A transport of the caller's own takes
and gives those objects. Of both, what sends a request sees the same `StreamedResponse`.
"""

from __future__ import annotations

import ssl
import sys
from collections.abc import AsyncIterable, Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar

import httpcore2
import httpx2

from .deadline import BoundedBackend
from .errors import InvalidArgument
from .flow import HttpRequest
from .http import HttpOptions
from .methods import TUNNEL, WITH_CONTENT
from .tls_backend import ReleasingBackend

T = TypeVar("T")
Chunks = TypeVar("Chunks", Iterable[bytes], AsyncIterable[bytes])

MAX_URL = 65_536
"""Bytes of a URL that are sent at most, which is what httpx2 takes; servers take far less."""

_PROXIES = ("http", "https", "socks5", "socks5h")
_MAX_IDLE = 20
_IDLE_SECONDS = 5.0


class Sending:
    """A request on its way.

    Args:
        timeouts: Seconds for each phase, by the names of the HTTP library.
    """

    __slots__ = ("begun", "timeouts")

    begun: bool
    """Whether something of it may have been sent; what a transport does not tell of may."""

    def __init__(self, timeouts: dict[str, float]) -> None:
        self.timeouts = timeouts
        self.begun = True

    def extensions(self) -> dict[str, Any]:
        """Extensions for the HTTP library, which reports when it begins to send."""
        self.begun = False
        return {"timeout": self.timeouts, "trace": self._note}

    def extensions_async(self) -> dict[str, Any]:
        """As `extensions`."""
        self.begun = False
        return {"timeout": self.timeouts, "trace": self._note_async}

    def _note(self, event: str, about: dict[str, Any]) -> None:
        # To a proxy that tunnels, something else is sent before.
        if event.endswith(".send_request_headers.started") and about["request"].method != TUNNEL:
            self.begun = True
            about["request"].extensions.pop("trace", None)  # the rest need not be told, which would take time

    async def _note_async(self, event: str, about: dict[str, Any]) -> None:
        self._note(event, about)


@dataclass(frozen=True, slots=True)
class StreamedResponse(Generic[Chunks]):
    """A response whose body is still to be read.

    Args:
        status: HTTP status code.
        headers: Header fields.
        body: The body, as it was sent where it is still encoded.
        encoded: Whether it is still in a content coding.
        source: The HTTP library's own response, which has to be closed.
    """

    status: int
    headers: httpx2.Headers
    body: Chunks
    encoded: bool
    source: Any


class PoolTransport:
    """Connections of a sync client; every wait on them ends with the deadline of the call.

    Args:
        pool: Arguments of the HTTP library's connection pool.
    """

    def __init__(self, **pool: Any) -> None:
        self._network = BoundedBackend(httpcore2.SyncBackend())
        self._pool = httpcore2.ConnectionPool(network_backend=self._network, **pool)

    def handle_request(self, request: HttpRequest, sending: Sending) -> StreamedResponse[Iterable[bytes]]:
        """Send a request, and read the head of its response."""
        source = self._pool.handle_request(_pool_request(request, sending.extensions()))
        headers = httpx2.Headers(source.headers)
        body: Any = source.stream
        return StreamedResponse(source.status, headers, body, "content-encoding" in headers, source)

    def leave(self) -> None:
        """Give the descriptors of connections back that a parent process made."""
        self._network.leave()

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


class AsyncPoolTransport:
    """Connections of an async client. As `PoolTransport`, without the deadline: async calls are cancelled."""

    def __init__(self, **pool: Any) -> None:
        anyio_backend: Any = httpcore2.AnyIOBackend()  # which works on trio as well
        self._network = ReleasingBackend(anyio_backend)
        self._pool = httpcore2.AsyncConnectionPool(network_backend=self._network, **pool)

    async def handle_request(self, request: HttpRequest, sending: Sending) -> StreamedResponse[AsyncIterable[bytes]]:
        """Send a request, and read the head of its response."""
        source = await self._pool.handle_async_request(_pool_request(request, sending.extensions_async()))
        headers = httpx2.Headers(source.headers)
        body: Any = source.stream
        return StreamedResponse(source.status, headers, body, "content-encoding" in headers, source)

    def release(self) -> None:
        """Close the connections of a loop that was closed before them."""
        self._network.release()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()


class CallersTransport:
    """A sync transport of the caller's own.

    Args:
        given: The transport.
    """

    def __init__(self, given: httpx2.BaseTransport) -> None:
        self._given = given
        self._tells = type(given) is httpx2.HTTPTransport  # a class of the caller's own need not

    def handle_request(self, request: HttpRequest, sending: Sending) -> StreamedResponse[Iterable[bytes]]:
        """Send a request, and read the head of its response."""
        extensions = sending.extensions() if self._tells else {"timeout": sending.timeouts}
        source = self._given.handle_request(_httpx_request(request, extensions))
        unread = _is_unread(source)
        body: Any = source.stream if unread else source.iter_bytes()
        encoded = unread and "content-encoding" in source.headers
        return StreamedResponse(source.status_code, source.headers, body, encoded, source)

    def close(self) -> None:
        """Close it."""
        self._given.close()


class AsyncCallersTransport:
    """An async transport of the caller's own. As `CallersTransport`."""

    def __init__(self, given: httpx2.AsyncBaseTransport) -> None:
        self._given = given
        self._tells = type(given) is httpx2.AsyncHTTPTransport

    async def handle_request(self, request: HttpRequest, sending: Sending) -> StreamedResponse[AsyncIterable[bytes]]:
        """Send a request, and read the head of its response."""
        extensions = sending.extensions_async() if self._tells else {"timeout": sending.timeouts}
        source = await self._given.handle_async_request(_httpx_request(request, extensions))
        unread = _is_unread(source)
        body: Any = source.stream if unread else source.aiter_bytes()
        encoded = unread and "content-encoding" in source.headers
        return StreamedResponse(source.status_code, source.headers, body, encoded, source)

    async def aclose(self) -> None:
        """Close it."""
        await self._given.aclose()


Transport: TypeAlias = PoolTransport | CallersTransport
AsyncTransport: TypeAlias = AsyncPoolTransport | AsyncCallersTransport


def _is_unread(source: httpx2.Response) -> bool:
    """Whether nobody has read the body, which decodes it."""
    return not source.is_stream_consumed and not source.is_closed


def _pool_request(request: HttpRequest, extensions: dict[str, Any]) -> httpcore2.Request:
    scheme, host, port = _address(request.origin)
    return httpcore2.Request(
        request.method,
        httpcore2.URL(scheme=scheme, host=host, port=port, target=request.target),
        headers=_header_fields(request),
        content=request.content,
        extensions=extensions,
    )


def _httpx_request(request: HttpRequest, extensions: dict[str, Any]) -> httpx2.Request:
    # The target is sent byte for byte; the URL beside it is for transports that look at it.
    return httpx2.Request(
        request.method,
        request.origin + request.target,
        headers=_header_fields(request),
        content=request.content,
        extensions={"target": request.target.encode("ascii"), **extensions},
    )


def _header_fields(request: HttpRequest) -> list[tuple[bytes, bytes]]:
    """The header fields, with the length of the body."""
    fields = [(name.encode("ascii"), value.encode("utf-8")) for name, value in request.headers]
    if request.content or request.method in WITH_CONTENT:
        fields.append((b"Content-Length", b"%d" % len(request.content or b"")))
    return fields


@lru_cache(maxsize=256)
def _address(origin: str) -> tuple[bytes, bytes, int | None]:
    """Scheme, host and port of an origin, as connections are made to it."""
    url = httpx2.URL(origin)
    return url.raw_scheme, url.raw_host, url.port


def sync_opener(options: HttpOptions) -> Callable[[], Transport]:
    """What opens transports of a sync client.

    Args:
        options: How to speak HTTP.

    Returns:
        A function that gives the caller's own transport, or a new one whose every wait ends with the deadline of the
        call; it raises `InvalidArgument` where the caller's is not a sync transport.

    Raises:
        InvalidArgument: proxy or certificates cannot be used.
    """
    if options.transport is None:
        pool = _pool_arguments(options)
        return lambda: PoolTransport(**pool)
    given: Any = options.transport
    return lambda: CallersTransport(
        _given(given, httpx2.BaseTransport, "a sync client needs a sync transport of httpx2")
    )


def async_opener(options: HttpOptions) -> Callable[[], AsyncTransport]:
    """What opens transports of an async client. As `sync_opener`."""
    if options.transport is None:
        pool = _pool_arguments(options)
        return lambda: AsyncPoolTransport(**pool)
    given: Any = options.transport
    wrong = "an async client needs an async transport of httpx2"
    return lambda: AsyncCallersTransport(_given(given, httpx2.AsyncBaseTransport, wrong))


def _given(given: Any, kind: type[T], wrong: str) -> T:
    """The caller's own transport, or what their function opens."""
    is_object = isinstance(given, (httpx2.BaseTransport, httpx2.AsyncBaseTransport))
    transport: Any = given() if callable(given) and not is_object else given
    if isinstance(transport, kind):
        return transport
    raise InvalidArgument(wrong, argument="http")


def _pool_arguments(options: HttpOptions) -> dict[str, Any]:
    """What connection pools are made of. The SSL context is shared: reading certificates takes longer than a call."""
    proxy = _proxy(options)
    if isinstance(options.verify, ssl.SSLContext) and options.cert is not None:
        raise InvalidArgument(
            "cert is for the client's own context: load it into the one given as verify", argument="http"
        )
    with _configuring():
        context = _ssl_context(options)
    return {
        "ssl_context": context,
        "proxy": None if proxy is None else _pool_proxy(proxy),
        "max_connections": options.max_connections,
        "max_keepalive_connections": _MAX_IDLE,
        "keepalive_expiry": _IDLE_SECONDS,
    }


@contextmanager
def _configuring() -> Generator[None]:
    problem = ""
    try:
        yield
    except (OSError, ssl.SSLError) as error:
        problem = f"verify or cert cannot be used: {error.strerror or type(error).__name__}"
    except (ValueError, TypeError, AttributeError) as error:
        problem = f"verify or cert cannot be used ({type(error).__name__})"
    if problem:
        raise InvalidArgument(problem, argument="http")


def _ssl_context(options: HttpOptions) -> ssl.SSLContext:
    """The SSL context, made without a look at the environment, which could name a file to log session keys to."""
    verify: Any = options.verify
    if verify is True and options.cert is None:
        return _default_context()
    if isinstance(verify, str):
        context = _trusting(verify)
    elif isinstance(verify, (bool, ssl.SSLContext)):
        context = httpx2.create_ssl_context(verify=verify, trust_env=False)
    else:
        raise TypeError
    if isinstance(options.cert, str):
        context.load_cert_chain(options.cert)
    elif options.cert is not None:
        context.load_cert_chain(*options.cert)
    return context


def _default_context() -> ssl.SSLContext:
    """The context of clients that are told nothing about certificates."""
    return _shared_context() or _new_context()


@cache
def _shared_context() -> ssl.SSLContext | None:
    """One for all clients of the process: reading the system's certificates takes longer than a call.

    None where the library makes no plain `ssl.SSLContext`: that of truststore (macOS, Windows) holds a lock while a
    handshake waits for the server, and a server that is silent would then hold up the clients of all others.
    """
    context = _new_context()
    return context if type(context) is ssl.SSLContext else None


def _new_context() -> ssl.SSLContext:
    return httpx2.create_ssl_context(trust_env=False)


def _trusting(path: str) -> ssl.SSLContext:
    """`ssl.create_default_context` for a file or folder of certificates, without ``SSLKEYLOGFILE``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if sys.version_info >= (3, 13):
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
    is_folder = Path(path).is_dir()
    context.load_verify_locations(cafile=None if is_folder else path, capath=path if is_folder else None)
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


def _pool_proxy(proxy: httpx2.Proxy) -> httpcore2.Proxy:
    url = proxy.url
    if url.scheme.startswith("socks5") and find_spec("socksio") is None:
        raise InvalidArgument("a socks5 proxy needs the package socksio: pip install socksio", argument="http")
    context = proxy.ssl_context
    if context is None and url.scheme == "https":
        context = _default_context()
    return httpcore2.Proxy(
        httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        auth=proxy.raw_auth,
        headers=proxy.headers.raw,
        ssl_context=context,
    )
