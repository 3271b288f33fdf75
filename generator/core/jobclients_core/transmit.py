"""Sends one request and reads its response, within limits of size and time."""

from __future__ import annotations

import contextvars
import logging
import time
from collections.abc import Generator
from contextlib import contextmanager

import anyio
import httpx2

from .content_coding import check_codings, decoded, decoded_async
from .deadline import deadline_of_this_call
from .errors import InvalidArgument, ResponseTooLarge, TransportError
from .failures import not_sent_in_time, timed_out, transport_failure
from .flow import HttpResponse, Send
from .http import HttpOptions
from .trailing_data import has_trailing_data
from .transports import MAX_URL, AsyncTransport, Sending, Transport

_CLOSING = 1.0
"""Seconds for which an async call, its deadline aside, waits for its response to be closed."""


def transmit(transport: Transport, send: Send, options: HttpOptions) -> HttpResponse:
    """Send a request and read its response.

    Args:
        transport: What to send it through.
        send: The request.
        options: Size cap and timeouts.

    Returns:
        The response.

    Raises:
        TransportError: no complete response arrived, in size and time.
        InvalidArgument: the request cannot be sent.
    """
    end, sending = _limits(send, options)
    try:
        with deadline_of_this_call(end), _quiet():
            response = transport.handle_request(send.request, sending)
            try:
                body = _Body(send, response.status, response.headers, options.max_body, end)
                for chunk in decoded(response, body.arrived):
                    body.add(chunk)
            finally:
                if has_trailing_data(response.source):
                    response.source.extensions["network_stream"].close()
                response.source.close()
    except TransportError:
        raise
    except Exception as error:
        failure = _failure(error, send, options, sending)
    else:
        return HttpResponse(response.status, response.headers, body.content())
    # Raised here and not above: what the transport raised would come along as the context.
    raise failure


async def transmit_async(transport: AsyncTransport, send: Send, options: HttpOptions) -> HttpResponse:
    """Send a request and read its response; as `transmit`."""
    end, sending = _limits(send, options)
    try:
        with _quiet(), anyio.fail_after(end - time.monotonic()):
            response = await transport.handle_request(send.request, sending)
            try:
                body = _Body(send, response.status, response.headers, options.max_body, end)
                async for chunk in decoded_async(response, body.arrived):
                    body.add(chunk)
            finally:
                with anyio.move_on_after(_CLOSING, shield=True):
                    if has_trailing_data(response.source):
                        await response.source.extensions["network_stream"].aclose()
                    await response.source.aclose()
    except TransportError:
        raise
    except Exception as error:
        failure = _failure(error, send, options, sending)
    else:
        return HttpResponse(response.status, response.headers, body.content())
    # Raised here and not above: what the transport raised would come along as the context.
    raise failure


def _limits(send: Send, options: HttpOptions) -> tuple[float, Sending]:
    """The deadline on the clock that the network keeps, whatever clock the caller supplied, and times for phases."""
    if len(send.request.origin) + len(send.request.target) > MAX_URL:
        raise InvalidArgument("the request's URL is too long to be sent", operation=send.operation)
    left = send.deadline - options.clock.monotonic()
    if left <= 0:
        raise not_sent_in_time(send.operation, "the request is sent")
    connect = min(options.connect_timeout, left)
    return time.monotonic() + left, Sending({"connect": connect, "read": left, "write": left, "pool": left})


class _Body:
    """Collects a body up to its cap, which holds for what is sent and for what it is decoded to."""

    def __init__(self, send: Send, status: int, headers: httpx2.Headers, cap: int, end: float) -> None:
        self._send = send
        self._status = status
        self._cap = cap
        self._end = end
        self._sent = 0
        self._size = 0
        self._chunks: list[bytes] = []
        check_codings(headers, send.operation)
        declared = headers.get("content-length", "")
        if declared.isdecimal() and len(declared) < 19 and int(declared) > cap and send.request.method != "HEAD":
            raise self._too_large()

    def _too_large(self) -> ResponseTooLarge:
        return ResponseTooLarge(
            f"the response is larger than {self._cap} bytes (status {self._status})", operation=self._send.operation
        )

    def _check_time(self) -> None:
        if time.monotonic() > self._end:
            raise timed_out(self._send.operation)

    def arrived(self, piece: bytes) -> None:
        """Look at one piece of an encoded body, which may decode to nothing."""
        self._sent += len(piece)
        if self._sent > self._cap:
            raise self._too_large()
        self._check_time()

    def add(self, chunk: bytes) -> None:
        """Keep one piece."""
        self._size += len(chunk)
        if self._size > self._cap:
            raise self._too_large()
        self._check_time()
        self._chunks.append(chunk)

    def content(self) -> bytes:
        """The complete body."""
        self._check_time()
        return b"".join(self._chunks)


def _failure(error: Exception, send: Send, options: HttpOptions, sending: Sending) -> TransportError:
    proxied = options.proxy is not None
    return transport_failure(error, send.operation, send.request.origin, proxied=proxied, begun=sending.begun)


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
