"""Both clients over real sockets, against a server that misbehaves."""

from __future__ import annotations

import base64
import contextlib
import gzip
import logging
import socket
import time
import zlib
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import httpcore2
import httpx2
import pytest
from jobclients_core import (
    AsyncClient,
    AuthenticationError,
    Body,
    ConnectFailed,
    ConnectionLost,
    ConnectTimedOut,
    DecodeError,
    HttpOptions,
    JobClientsError,
    Operation,
    ProtocolViolation,
    Response,
    ResponseTooLarge,
    SyncClient,
    Timeout,
    TlsFailed,
    Token,
    TransportError,
    UnexpectedStatus,
    transmit,
)
from jobclients_core.client import run_flow, run_flow_async
from jobclients_core.deadline import BoundedBackend
from jobclients_core.flow import Flow, HttpRequest, Send
from runtime.loopback import Loopback, http
from runtime.support import GET_JOB, START, VENDOR

Caller = Callable[..., Response[Any]]

CONTEXT = httpx2.create_ssl_context(trust_env=False)


def call_sync(url: str, call: Any = None, **options: Any) -> Response[Any]:
    options.setdefault("retries", 0)
    with SyncClient(VENDOR, base_url=url, auth=Token("s3cret-token"), http=HttpOptions(**options)) as client:
        return client.send(call or GET_JOB.call(id=1))


def call_async(url: str, call: Any = None, **options: Any) -> Response[Any]:
    options.setdefault("retries", 0)

    async def main() -> Response[Any]:
        async with AsyncClient(VENDOR, base_url=url, auth=Token("s3cret-token"), http=HttpOptions(**options)) as client:
            return await client.send(call or GET_JOB.call(id=1))

    return anyio.run(main)


def call_sync_through(url: str, call: Any = None, **options: Any) -> Response[Any]:
    return call_sync(url, call, transport=httpx2.HTTPTransport(verify=CONTEXT), **options)


def call_async_through(url: str, call: Any = None, **options: Any) -> Response[Any]:
    return call_async(url, call, transport=lambda: httpx2.AsyncHTTPTransport(verify=CONTEXT), **options)


@pytest.fixture(params=[call_sync, call_async], ids=["sync", "async"])
def own(request: pytest.FixtureRequest) -> Caller:
    """A call on the client's own connections."""
    caller: Caller = request.param
    return caller


@pytest.fixture(
    params=[call_sync, call_async, call_sync_through, call_async_through],
    ids=["sync", "async", "sync-httpx2", "async-httpx2"],
)
def call(request: pytest.FixtureRequest) -> Caller:
    """A call on the client's own connections, or through a transport of httpx2 that the caller brings."""
    caller: Caller = request.param
    return caller


def fails(call: Caller, kind: type[JobClientsError], *replies: Any, **options: Any) -> JobClientsError:
    with Loopback(*replies) as server:
        with pytest.raises(kind) as caught:
            call(server.url, **options)
        assert server.closed_by_peer.wait(5), "the connection was not released"
    error = caught.value
    assert error.operation == "get_job"
    assert "get_job" in str(error)
    assert "s3cret" not in f"{error}{error!r}{vars(error)}"
    return error


def test_the_request_arrives_byte_for_byte(call: Caller) -> None:
    with Loopback(http()) as server:
        assert call(server.url, GET_JOB.call(name="MetadataExtraction#1_2017-10-05")).body.status == "running"
    assert server.requests == [
        b"GET /job/?name=MetadataExtraction%231_2017-10-05 HTTP/1.1\r\n"
        + f"Host: 127.0.0.1:{server.port}\r\n".encode()
        + b"Accept: application/json\r\nUser-Agent: jobclients-core/0.1.0\r\nAccept-Encoding: gzip, deflate\r\n"
        b"X-Token: s3cret-token\r\n\r\n"
    ]


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_ipv6(call: Caller) -> None:
    with Loopback(http(), host="::1") as server:
        assert call(server.url).body.status == "running"
    assert f"\r\nHost: [::1]:{server.port}\r\n".encode() in server.requests[0]


def test_connections_are_used_again() -> None:
    with Loopback(http()) as server, SyncClient(VENDOR, base_url=server.url, auth=Token("t")) as client:
        for _ in range(3):
            client.send(GET_JOB.call(id=1))
        assert (server.connections, len(server.requests)) == (1, 3)


def test_a_redirect_is_not_followed(call: Caller) -> None:
    with Loopback(http()) as other:
        error = fails(
            call,
            UnexpectedStatus,
            http(b"", "302 Found", extra=f"Location: {other.url}/login\r\nConnection: close\r\n"),
        )
        assert other.requests == []
    assert "redirect, which is not followed" in str(error)


def test_interim_answers_are_skipped(call: Caller) -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n"
    with Loopback(interim + http()) as server:
        assert call(server.url).status == 200


def test_a_switch_of_protocols_that_nobody_asked_for(call: Caller) -> None:
    fails(
        call,
        ProtocolViolation,
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
        timeout=2.0,
    )


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


def drip(head: bytes) -> Callable[[socket.socket], None]:
    def reply(peer: socket.socket) -> None:
        for byte in head + b"x" * 10_000:
            peer.sendall(bytes((byte,)))
            time.sleep(0.02)

    return reply


def silence(peer: socket.socket) -> None:
    if not peer.recv(1):
        raise ConnectionResetError


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


def reset(peer: socket.socket) -> None:
    # Closing with linger 0 sends a reset rather than an orderly end.
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def partial(data: bytes, *, hard: bool) -> Callable[[socket.socket], None]:
    def reply(peer: socket.socket) -> None:
        peer.sendall(data)
        if hard:
            time.sleep(0.1)
            reset(peer)

    return reply


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("data", [b"", b"HTTP/1.1 200 O", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"])
def test_connections_that_break(call: Caller, data: bytes, hard: bool) -> None:
    with Loopback(partial(data, hard=hard)) as server, pytest.raises(ConnectionLost) as caught:
        call(server.url)
    assert caught.value.operation == "get_job"
    assert caught.value.__cause__ is not None
    assert caught.value.transient


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 two hundred OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
    ],
    ids=["ssh", "status", "lengths", "chunks", "megabyte", "header"],
)
def test_answers_that_are_no_http(call: Caller, data: bytes) -> None:
    fails(call, ProtocolViolation, data)


def test_errors_about_the_protocol_quote_nothing_that_was_sent(call: Caller) -> None:
    for data in (
        b"HTTP/1.1 200 OK\r\nbad header s3cret-token\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\ns3cret-token\r\n",
        b"HTTP/1.1 s3cret-token\r\n\r\n",
    ):
        chain: BaseException | None = fails(call, ProtocolViolation, data)
        assert chain is not None
        assert chain.__cause__ is not None
        while chain is not None:
            assert "s3cret" not in f"{chain}{chain!r}{chain.args}"
            chain = chain.__cause__ or chain.__context__


def test_odd_but_valid_headers(call: Caller) -> None:
    extra = "".join(f"X-{number}: v\r\n" for number in range(1000)) + "X-Latin: \xe9\r\nSet-Cookie: a=b\r\n"
    with Loopback(http(extra=extra)) as server:
        assert call(server.url).headers["x-999"] == "v"


def test_cookies_are_not_kept() -> None:
    with (
        Loopback(http(extra="Set-Cookie: session=1; Path=/\r\n")) as server,
        SyncClient(VENDOR, base_url=server.url, auth=Token("t")) as client,
    ):
        client.send(GET_JOB.call(id=1))
        client.send(GET_JOB.call(id=1))
        assert b"cookie" not in server.requests[1].lower()


def test_refused_connections_and_unknown_names(call: Caller) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for url in (f"http://127.0.0.1:{port}", "https://no-such-host.invalid"):
        with pytest.raises(ConnectFailed) as caught:
            call(url)
        assert caught.value.operation == "get_job"
        assert caught.value.__cause__ is not None
        assert f"no connection to {url if url.startswith('http:') else url + ':443'}: " in str(caught.value)


def test_connection_errors_name_the_origin_and_nothing_more() -> None:
    errors: list[tuple[Exception, type[TransportError]]] = [
        (httpx2.ConnectTimeout("slow"), ConnectTimedOut),
        (httpx2.PoolTimeout("full"), ConnectTimedOut),
        (httpx2.ConnectError("refused"), ConnectFailed),
        (httpx2.ReadError("reset"), ConnectionLost),
        (httpx2.RemoteProtocolError("Server disconnected"), ConnectionLost),
    ]
    for raised, kind in errors:

        def handler(request: httpx2.Request, error: Exception = raised) -> httpx2.Response:
            raise error

        http = HttpOptions(retries=0, transport=httpx2.MockTransport(handler))
        client = SyncClient(VENDOR, base_url="https://[::1]/secret-path", auth=Token("t"), http=http)
        with pytest.raises(kind) as caught:
            client.send(GET_JOB.call(name="in-the-query"))
        assert "https://[::1]:443" in str(caught.value)
        assert "secret-path" not in str(caught.value)
        assert "in-the-query" not in str(caught.value)


def test_plain_text_instead_of_tls(call: Caller) -> None:
    def reply(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    class Talkative(Loopback):
        def _serve(self, peer: socket.socket) -> None:
            with peer, contextlib.suppress(OSError):
                peer.recv(10)
                reply(peer)

    with Talkative(b"") as server, pytest.raises(TlsFailed) as caught:
        call(f"https://127.0.0.1:{server.port}")
    assert caught.value.transient is False


def test_a_silent_peer_does_not_hold_the_tls_handshake(own: Caller) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(ConnectTimedOut):
        own(f"https://127.0.0.1:{listener.getsockname()[1]}", timeout=0.4)


def test_an_html_error_page_keeps_its_class(call: Caller) -> None:
    page = http(b"<html>login</html>", "401 Unauthorized", content_type="text/html", extra="Connection: close\r\n")
    fails(call, AuthenticationError, page)


def test_a_large_answer_of_many_pieces(call: Caller) -> None:
    body = b'{"status": "running", "payload": "' + b"x" * 3_000_000 + b'"}'
    with Loopback(http(body)) as server:
        assert len(call(server.url).content) == len(body)


def test_a_post_is_sent_once_even_when_the_answer_is_lost(call: Caller) -> None:
    with Loopback(partial(b"", hard=False)) as server:
        with pytest.raises(ConnectionLost):
            call(server.url, START.call(), retries=3)
        assert len(server.requests) == 1


def test_a_get_is_repeated_when_the_answer_is_lost(call: Caller) -> None:
    with Loopback(partial(b"", hard=False), http()) as server:
        assert call(server.url, retries=3).status == 200
        assert len(server.requests) == 2


def test_the_environments_proxy_is_not_used(own: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with Loopback(http()) as server:
        assert own(server.url).status == 200


def test_a_proxy_of_the_options_is(own: Caller) -> None:
    with Loopback(http()) as proxy:
        assert own("http://localhost:1", proxy=proxy.url).status == 200
        assert proxy.lines == ["GET http://localhost:1/job/?id=1 HTTP/1.1"]


def test_a_proxy_is_given_its_own_credentials_and_the_vendors_only_where_it_forwards(own: Caller) -> None:
    refused = http(b"", "407 Proxy Authentication Required")
    with Loopback(http(), refused) as proxy:
        url = proxy.url.replace("//", "//us%20er:p%40ss@")
        assert own("http://localhost:1", proxy=url).status == 200
        with pytest.raises(ConnectFailed):
            own("https://vendor.invalid", proxy=url)
    basic = b"Proxy-Authorization: Basic " + base64.b64encode(b"us er:p@ss")
    assert [basic in request for request in proxy.requests] == [True, True]
    assert [b"s3cret-token" in request for request in proxy.requests] == [True, False]


def test_the_http_librarys_debug_log_shows_nothing_of_ours(call: Caller, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), Loopback(http(extra="X-Subject-Token: s3cret-answer\r\n")) as server:
        call(server.url)
    assert "s3cret" not in caplog.text
    assert "id=1" not in caplog.text


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


def test_cancelling_a_task_releases_the_connection() -> None:
    async def main(url: str) -> None:
        async with AsyncClient(VENDOR, base_url=url, auth=Token("t")) as client:
            with anyio.move_on_after(0.2) as scope:
                await client.send(GET_JOB.call(id=1))
            assert scope.cancelled_caught

    with Loopback(silence) as server:
        anyio.run(main, server.url)
        assert server.closed_by_peer.wait(5)
