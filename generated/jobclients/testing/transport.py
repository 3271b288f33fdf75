"""A transport that ends in this process: for sync and async clients alike."""

from __future__ import annotations

from collections.abc import Callable

import httpx2

from .replies import Reply
from .routes import Request


class VendorTransport(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Takes a client's requests to a vendor in this process.

    Args:
        answer: The vendor.
        advance: Lets time go by, while a client waits for an answer that does not come; None if it need not.
    """

    def __init__(self, answer: Callable[[Request], Reply], advance: Callable[[float], None] | None) -> None:
        self._answer = answer
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
        reply = self._answer(Request(request.method, target.decode("ascii"), headers, content))
        if reply.fault == "refused":
            raise httpx2.ConnectError("connection refused", request=request)
        if reply.fault == "timeout":
            if self._advance is not None:
                self._advance(float(request.extensions.get("timeout", {}).get("read") or 0.0))
            raise httpx2.ReadTimeout("no answer in time", request=request)
        if reply.fault == "truncated":
            raise httpx2.RemoteProtocolError("peer closed connection without sending complete message body")
        if reply.fault:
            raise httpx2.ReadError("connection reset by peer", request=request)
        return httpx2.Response(reply.status, headers=reply.headers, content=reply.content, request=request)
