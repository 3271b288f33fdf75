"""The transport that connects a client to a fake vendor in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

import httpx2

from .replies import Reply
from .routes import Request

_PIECE = 64 * 1024
"""Bytes that a network would bring at once."""


class VendorTransport(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Takes a client's requests to a vendor in this process.

    Args:
        respond: The vendor.
        advance: Lets time go by, while a client waits for a response that does not come; None if it need not.
    """

    def __init__(self, respond: Callable[[Request], Reply], advance: Callable[[float], None] | None) -> None:
        self._reply_to = respond
        self._advance = advance

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer a request of a sync client."""
        return self._respond(request, request.read())

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer a request of an async client."""
        return self._respond(request, await request.aread())

    def _respond(self, request: httpx2.Request, content: bytes) -> httpx2.Response:
        target = request.extensions.get("target", request.url.raw_path)
        headers = {name.lower(): value for name, value in request.headers.items()}
        reply = self._reply_to(Request(request.method, target.decode("ascii"), headers, content))
        patience = float(request.extensions.get("timeout", {}).get("read") or 0.0)
        if reply.fault == "refused":
            raise httpx2.ConnectError("connection refused", request=request)
        if reply.fault == "timeout":
            self._wait(patience)
            raise httpx2.ReadTimeout("no response in time", request=request)
        if reply.fault == "reset":
            raise httpx2.ReadError("connection reset by peer", request=request)
        return httpx2.Response(
            reply.status, headers=reply.headers, stream=_Body(reply, patience, self._wait, request), request=request
        )

    def _wait(self, seconds: float) -> None:
        if self._advance is not None:
            self._advance(seconds)


class _Body(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body that arrives as a network would bring it, faults included."""

    def __init__(self, reply: Reply, patience: float, wait: Callable[[float], None], request: httpx2.Request) -> None:
        self._reply = reply
        self._patience = patience
        self._wait = wait
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        content = self._reply.content
        if self._reply.fault == "truncated":
            yield content[: len(content) // 2]
            raise httpx2.RemoteProtocolError("peer closed connection without sending complete message body")
        if self._reply.fault == "wrong-length":
            content = content[:-1]
        size = 1 if self._reply.pace else _PIECE
        waited = 0.0
        for start in range(0, len(content), size):
            waited += self._reply.pace
            if waited > self._patience > 0:
                raise httpx2.ReadTimeout("no complete response in time", request=self._request)
            if self._reply.pace:
                self._wait(self._reply.pace)
            yield content[start : start + size]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece
