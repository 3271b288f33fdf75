"""A transport that returns responses from memory, without a network."""

from __future__ import annotations

import json

import httpx2

from jobclients_contract.failure import happened
from jobclients_contract.schema_model.values import Json


class Memory(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """The transport: every request gets the response that was set last.

    Attributes:
        status: of the response.
        body: of the response.
        headers: of the response.
        url: of the last request.
    """

    def __init__(self) -> None:
        self.status = 200
        self.body = b""
        self.headers: dict[str, str] = {}
        self.url = ""

    def play(self, body: Json | bytes, status: int = 200, media_type: str = "application/json", **more: str) -> None:
        """Set the response.

        Args:
            body: bytes as they are, anything else as JSON.
            status: HTTP status.
            media_type: its content type; empty for none.
            **more: further header fields.
        """
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.status = status
        self.headers = {"Content-Type": media_type, **more} if media_type else dict(more)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer a sync client."""
        return self._respond(request)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer an async client."""
        return self._respond(request)

    def _respond(self, request: httpx2.Request) -> httpx2.Response:
        happened()
        self.url = str(request.url)
        return httpx2.Response(self.status, headers=self.headers, content=self.body, request=request)
