"""The time of a call: whatever takes it, on real sockets and through transports that the caller brings."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import httpcore2
import httpx2
import pytest
from jobclients_core import (
    AsyncClient,
    Body,
    ConnectionLost,
    ConnectTimedOut,
    HttpOptions,
    JobClientsError,
    Operation,
    SyncClient,
    Timeout,
    Token,
    transmit,
)
from jobclients_core.client import run_flow, run_flow_async
from jobclients_core.deadline import BoundedBackend
from jobclients_core.flow import Flow, HttpRequest, Send
from runtime.callers import (
    CONTEXT,
    Caller,
    call_async,
    call_sync,
    fails,
    silence,
)
from runtime.loopback import Loopback, http
from runtime.support import GET_JOB, VENDOR

EMPTY = b"\x00\x00\x00\xff\xff"
"""A block of DEFLATE that decodes to nothing."""


class Idle(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body that comes to nothing; reading a piece of it takes time, and no event loop is asked for it."""

    def __init__(self, piece: bytes) -> None:
        self.pieces = 0
        self._piece = piece

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(30):
            time.sleep(0.02)
            self.pieces += 1
            yield self._piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in iter(self):
            yield piece


@pytest.mark.parametrize("call", [call_sync, call_async], ids=["sync", "async"])
@pytest.mark.parametrize(("piece", "headers"), [(EMPTY, {"content-encoding": "deflate"}), (b"", {})])
def test_the_deadline_ends_a_body_that_comes_to_nothing(call: Caller, piece: bytes, headers: dict[str, str]) -> None:
    body = Idle(piece)
    answer = httpx2.Response(200, headers=headers, stream=body)
    with pytest.raises(Timeout):
        call("https://h.example", timeout=0.1, transport=httpx2.MockTransport(lambda request: answer))
    assert body.pieces < 30


def drip(head: bytes) -> Callable[[socket.socket], None]:
    def reply(peer: socket.socket) -> None:
        for byte in head + b"x" * 10_000:
            peer.sendall(bytes((byte,)))
            time.sleep(0.02)

    return reply


@pytest.mark.parametrize(
    "reply",
    [
        drip(b"HTTP/1.1 200 OK\r\nX-Header: "),
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"),
        silence,
    ],
    ids=["headers", "body", "silence"],
)
def test_the_deadline_ends_slow_answers(own: Caller, reply: Any) -> None:
    started = time.monotonic()
    error = fails(own, Timeout, reply, timeout=0.5)
    assert isinstance(error, Timeout)
    assert error.sent
    assert 0.4 < time.monotonic() - started
    assert isinstance(error, TimeoutError)
    assert error.__cause__ is not None


def test_the_deadline_covers_repetitions(own: Caller) -> None:
    with Loopback(http(b"", "503 Service Unavailable")) as server:
        with pytest.raises(JobClientsError):
            own(server.url, retries=1000, timeout=1.0)
        assert 0 < len(server.requests) < 20


def test_a_silent_peer_does_not_hold_the_tls_handshake(own: Caller) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(ConnectTimedOut):
        own(f"https://127.0.0.1:{listener.getsockname()[1]}", timeout=0.4)


UPLOAD: Operation[Any] = Operation(
    id="get_job", method="PUT", path="/upload", body=Body(media_type="application/octet-stream"), returns={200: "Job"}
)


@contextlib.contextmanager
def deaf() -> Generator[str]:
    """A server that accepts connections and never reads."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def test_the_deadline_ends_each_phase(own: Caller) -> None:
    """Whatever the peer takes its time for; `test_the_deadline_ends_slow_answers` has those of a response."""
    upload = UPLOAD.call(body=b"x" * 20_000_000)
    with deaf() as peer:
        with pytest.raises(Timeout) as caught:  # sending
            own(f"http://{peer}", upload, timeout=0.3)
        assert caught.value.sent
        with pytest.raises(ConnectTimedOut):  # the tunnel of a proxy
            own("https://vendor.invalid", timeout=0.3, proxy=f"http://{peer}")
        with pytest.raises(ConnectTimedOut):  # TLS to a proxy
            own("http://localhost:1", timeout=0.3, proxy=f"https://{peer}")


def held(url: str) -> Flow[None]:
    yield Send(HttpRequest("GET", url, "/", (("Host", "localhost"),)), "hold", time.monotonic() + 60)


LIMITS = httpx2.Limits(max_connections=1)


@pytest.mark.parametrize("transport", [None, lambda: httpx2.HTTPTransport(verify=CONTEXT, limits=LIMITS)])
def test_the_deadline_ends_the_wait_for_a_connection(transport: Any) -> None:
    http = HttpOptions(timeout=0.2, retries=0, max_connections=1, transport=transport)
    with SyncClient(VENDOR, base_url="http://localhost:1", auth=Token("t"), http=http) as client:
        with ThreadPoolExecutor(1) as thread, Loopback(silence) as server:
            holding = thread.submit(run_flow, client, held(server.url), "hold")
            while not server.requests and not holding.done():
                time.sleep(0.01)
            with pytest.raises(ConnectTimedOut) as caught:
                client.send(GET_JOB.call(id=1))
        assert isinstance(holding.exception(), ConnectionLost)
    assert not caught.value.sent


@pytest.mark.parametrize("transport", [None, lambda: httpx2.AsyncHTTPTransport(verify=CONTEXT, limits=LIMITS)])
def test_the_deadline_ends_the_wait_of_a_task_for_a_connection(transport: Any) -> None:
    async def main(server: Loopback) -> None:
        http = HttpOptions(timeout=0.2, retries=0, max_connections=1, transport=transport)
        async with (
            AsyncClient(VENDOR, base_url="http://localhost:1", auth=Token("t"), http=http) as client,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(run_flow_async, client, held(server.url), "hold")
            while not server.requests:
                await anyio.sleep(0.01)
            with pytest.raises(ConnectTimedOut) as caught:
                await client.send(GET_JOB.call(id=1))
            assert not caught.value.sent
            tasks.cancel_scope.cancel()

    with Loopback(silence) as server:
        anyio.run(main, server)


def test_of_what_a_callers_own_class_did_nothing_is_known() -> None:
    async def silent(request: httpx2.Request) -> httpx2.Response:
        await anyio.sleep_forever()
        raise AssertionError

    with pytest.raises(Timeout) as caught:
        call_async("https://h.example", timeout=0.05, transport=httpx2.MockTransport(silent))
    assert not isinstance(caught.value, ConnectTimedOut)
    assert caught.value.sent


def test_an_address_that_never_answers_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    class Network(httpcore2.MockBackend):
        def connect_tcp(
            self,
            host: str,
            port: int,
            timeout: float | None = None,
            local_address: str | None = None,
            socket_options: Any = None,
        ) -> httpcore2.NetworkStream:
            tried.append(host)
            if host != "192.0.2.3":
                assert timeout is not None
                time.sleep(timeout)
                raise httpcore2.ConnectTimeout
            return httpcore2.MockStream([])

    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"192.0.2.{last}", 443)) for last in (1, 2, 3)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    BoundedBackend(Network([])).connect_tcp("h.example", 443, timeout=0.3)
    assert tried == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]


class Unclosable(httpx2.AsyncByteStream):
    """A body whose transport takes very long to close it."""

    closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b'{"status": "running"}'

    async def aclose(self) -> None:
        await anyio.sleep(3)
        self.closed = True


def test_a_callers_transport_that_does_not_close_holds_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transmit, "_CLOSING", 0.01, raising=False)
    body = Unclosable()
    answer = httpx2.Response(200, headers={"content-type": "application/json"}, stream=body)
    call_async("https://h.example", transport=httpx2.MockTransport(lambda request: answer))
    assert not body.closed
