"""The ASGI application of a fake vendor, with access to connections for faults."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from email.utils import format_datetime
from http import HTTPStatus

from jobclients_core.testing import FakeVendor, Reply
from jobclients_core.testing import Request as Arrived
from jobclients_core.testing.bodies import MAX_BODY
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_TRANSPORT = "transport"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Connection(H11Protocol):
    """A connection whose transport the application gets as part of its state, and which ends with the server."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Hand the transport on."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, _TRANSPORT: transport}

    def shutdown(self) -> None:
        """End it, though a response may never come."""
        self.transport.abort()


def application(vendor: FakeVendor) -> ASGIApp:
    """The ASGI application of a vendor.

    Args:
        vendor: The vendor, which answers. Of a body that is too large for it, one byte more is read than it takes.

    Returns:
        The application; it expects the connections of `Connection`.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            content = await _read(request)
        except ClientDisconnect:
            return
        headers: dict[str, str] = {}
        for name, value in request.headers.items():
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        query = scope["query_string"]
        target = scope["raw_path"] + (b"?" + query if query else b"")
        at = scope["server"][0]
        reply = vendor.respond(Arrived(scope["method"], target.decode("ascii"), headers, content, at))
        if reply.fault:
            await _fail(reply, scope["state"][_TRANSPORT], receive)
            return
        date = format_datetime(vendor.now, usegmt=True)
        fields = {"Date": date, **reply.headers, "Content-Length": str(len(reply.content))}
        if reply.status in (204, 304):
            del fields["Content-Length"]
        if len(content) > MAX_BODY:
            fields["Connection"] = "close"  # the rest of the request is not read
        if reply.pace:
            await StreamingResponse(_dripping(reply), reply.status, fields)(scope, receive, send)
        else:
            await Response(reply.content, reply.status, fields)(scope, receive, send)

    return app


async def _read(request: Request) -> bytes:
    """The body, up to one byte more than is allowed."""
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        pieces.append(piece)
        size += len(piece)
        if size > MAX_BODY:
            break
    return b"".join(pieces)[: MAX_BODY + 1]


async def _dripping(reply: Reply) -> AsyncIterator[bytes]:
    for index in range(len(reply.content)):
        await asyncio.sleep(reply.pace)
        yield reply.content[index : index + 1]


async def _fail(reply: Reply, transport: asyncio.Transport, receive: Receive) -> None:
    """Let a response be lost on its way, in bytes that no HTTP library would send."""
    if reply.fault in ("reset", "refused"):
        connection: socket.socket = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()
    elif reply.fault == "truncated":
        transport.write(_raw(reply, len(reply.content), reply.content[: len(reply.content) // 2]))
        transport.close()
    elif reply.fault == "wrong-length":
        transport.write(_raw(reply, max(len(reply.content) - 1, 0), reply.content))
        transport.close()
    # What is left, a timeout, is over when the client has had enough.
    while (await receive())["type"] != "http.disconnect":
        pass


def _raw(reply: Reply, length: int, content: bytes) -> bytes:
    fields = {**reply.headers, "Content-Length": str(length), "Connection": "close"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}\r\n{lines}\r\n".encode("latin-1") + content
