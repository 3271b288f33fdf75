"""Decodes bodies with a content coding, such as gzip, piece by piece."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator

import httpx2

from .errors import ProtocolViolation
from .transports import StreamedResponse

Arrived = Callable[[bytes], None]
"""Sees each piece before it is decoded: one that decodes to nothing costs time as well."""


def check_codings(headers: httpx2.Headers, operation: str) -> None:
    """Refuse a body that was encoded several times, of which a few bytes can stand for hours of decoding.

    Args:
        headers: Header fields of the response.
        operation: What was called, for errors.

    Raises:
        ProtocolViolation: there is more than one coding; a server that was asked for one at most gives no more.
    """
    named = headers.get_list("content-encoding", split_commas=True)
    if len([coding for coding in named if coding.strip().lower() not in ("", "identity")]) > 1:
        problem = "the body came in several content codings, one inside of another"
        raise ProtocolViolation(problem, operation=operation, transient=False)


def decoded(response: StreamedResponse[Iterable[bytes]], arrived: Arrived) -> Iterable[bytes]:
    """Decode a body as its header fields say.

    Args:
        response: The parsed response, with its header fields.
        arrived: Is shown each piece before it is decoded.

    Returns:
        The decoded body.
    """
    if not response.encoded:
        return response.body
    stream = _Stream(response.body, arrived)
    return httpx2.Response(response.status, headers=response.headers, stream=stream).iter_bytes()


def decoded_async(response: StreamedResponse[AsyncIterable[bytes]], arrived: Arrived) -> AsyncIterable[bytes]:
    """Decode a body as its header fields say. As `decoded`."""
    if not response.encoded:
        return response.body
    stream = _AsyncStream(response.body, arrived)
    return httpx2.Response(response.status, headers=response.headers, stream=stream).aiter_bytes()


class _Stream(httpx2.SyncByteStream):
    """A body as httpx2 decodes it."""

    def __init__(self, pieces: Iterable[bytes], arrived: Arrived) -> None:
        self._pieces = pieces
        self._arrived = arrived

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self._arrived(piece)
            yield piece


class _AsyncStream(httpx2.AsyncByteStream):
    """A body as httpx2 decodes it."""

    def __init__(self, pieces: AsyncIterable[bytes], arrived: Arrived) -> None:
        self._pieces = pieces
        self._arrived = arrived

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._pieces:
            self._arrived(piece)
            yield piece
