"""Bodies of responses over real sockets: content codings, and the cap on their size."""

from __future__ import annotations

import gzip
import socket
import zlib

import httpx2
import pytest
from jobclients_core import (
    DecodeError,
    ProtocolViolation,
    ResponseTooLarge,
)
from runtime.callers import (
    Caller,
    call_async,
    call_sync,
    fails,
)
from runtime.loopback import Loopback, http


def test_encoded_answers_are_decoded(call: Caller) -> None:
    plain = b'{"status": "running"}'
    for name, body in (("gzip", gzip.compress(plain)), ("deflate", zlib.compress(plain))):
        with Loopback(http(body, extra=f"Content-Encoding: {name}\r\n")) as server:
            assert call(server.url).body.status == "running"


def test_an_unknown_encoding_is_no_json(call: Caller) -> None:
    with Loopback(http(b"\x00\xff", extra="Content-Encoding: unknown\r\n")) as server, pytest.raises(DecodeError):
        call(server.url)


def test_a_broken_encoding(call: Caller) -> None:
    fails(call, ProtocolViolation, http(b"no gzip at all", extra="Content-Encoding: gzip\r\n"))


@pytest.mark.parametrize("name", ["gzip", "deflate"])
def test_a_decompression_bomb_stops_at_the_cap(call: Caller, name: str) -> None:
    zeros = b"\0" * (50 * 1024 * 1024)
    bomb = gzip.compress(zeros, 9) if name == "gzip" else zlib.compress(zeros, 9)
    error = fails(
        call, ResponseTooLarge, http(bomb, extra=f"Content-Encoding: {name}\r\n"), max_body=1024 * 1024, timeout=10.0
    )
    assert "larger than 1048576 bytes (status 200)" in str(error)


def test_several_codings_are_refused_before_they_are_decoded(call: Caller) -> None:
    body = zlib.compress(gzip.compress(b'{"status": "running"}'))
    for extra in ("Content-Encoding: gzip, deflate\r\n", "Content-Encoding: gzip\r\nContent-Encoding: deflate\r\n"):
        error = fails(call, ProtocolViolation, http(body, extra=extra))
        assert "several content codings" in str(error)
    with Loopback(
        http(gzip.compress(b'{"status": "running"}'), extra="Content-Encoding: identity, gzip\r\n")
    ) as server:
        assert call(server.url).body.status == "running"


def test_what_follows_the_end_of_an_encoded_body_counts(call: Caller) -> None:
    """It decodes to nothing, for as long as it is sent."""
    body = gzip.compress(b'{"status": "running"}')

    def endless(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
        peer.sendall(b"%x\r\n" % len(body) + body + b"\r\n")
        while True:
            peer.sendall(b"400\r\n" + bytes(1024) + b"\r\n")

    fails(call, ResponseTooLarge, endless, max_body=1_000_000, timeout=10.0)


@pytest.mark.parametrize("call", [call_sync, call_async], ids=["sync", "async"])
def test_a_transport_may_have_read_and_decoded_the_body(call: Caller) -> None:
    answer = httpx2.Response(
        200,
        headers={"content-encoding": "gzip", "content-type": "application/json"},
        content=gzip.compress(b'{"status": "running"}'),
    )
    assert call("https://h.example", transport=httpx2.MockTransport(lambda request: answer)).body.status == "running"


def test_a_body_over_the_cap(call: Caller) -> None:
    fails(call, ResponseTooLarge, http(b"x" * 2000), max_body=1000)
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"400\r\n" + b"x" * 1024 + b"\r\n0\r\n\r\n"
    fails(call, ResponseTooLarge, chunked, max_body=1000)
    fails(call, ResponseTooLarge, http(b"x" * 2000, "500 Internal Server Error"), max_body=1000)


def test_a_body_that_never_ends(call: Caller) -> None:
    def endless(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            peer.sendall(b"400\r\n" + b"x" * 1024 + b"\r\n")

    fails(call, ResponseTooLarge, endless, max_body=5_000_000, timeout=10.0)


def test_a_large_answer_of_many_pieces(call: Caller) -> None:
    body = b'{"status": "running", "payload": "' + b"x" * 3_000_000 + b'"}'
    with Loopback(http(body)) as server:
        assert len(call(server.url).content) == len(body)
