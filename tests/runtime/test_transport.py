"""Both clients over real sockets, against a server that misbehaves."""

from __future__ import annotations

import base64
import contextlib
import logging
import socket
import time
from collections.abc import Callable

import anyio
import httpx2
import pytest
from jobclients_core import (
    AsyncClient,
    AuthenticationError,
    ConnectFailed,
    ConnectionLost,
    ConnectTimedOut,
    HttpOptions,
    ProtocolViolation,
    SyncClient,
    TlsFailed,
    Token,
    TransportError,
    UnexpectedStatus,
)
from runtime.callers import (
    Caller,
    fails,
    silence,
)
from runtime.loopback import Loopback, http
from runtime.support import GET_JOB, START, VENDOR


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


def test_an_html_error_page_keeps_its_class(call: Caller) -> None:
    page = http(b"<html>login</html>", "401 Unauthorized", content_type="text/html", extra="Connection: close\r\n")
    fails(call, AuthenticationError, page)


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


def test_cancelling_a_task_releases_the_connection() -> None:
    async def main(url: str) -> None:
        async with AsyncClient(VENDOR, base_url=url, auth=Token("t")) as client:
            with anyio.move_on_after(0.2) as scope:
                await client.send(GET_JOB.call(id=1))
            assert scope.cancelled_caught

    with Loopback(silence) as server:
        anyio.run(main, server.url)
        assert server.closed_by_peer.wait(5)
