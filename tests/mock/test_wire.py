"""What a vendor on a socket sends, byte for byte: faults that no HTTP library would send, and hostile requests."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import struct
import time
from collections.abc import Generator
from contextlib import suppress
from email.utils import parsedate_to_datetime

import pytest
from jobclients_core.testing import FakeClock
from vendorsmith.mock import Mock, serving
from vendorsmith.mock.wire import Connection

GET = b"GET /api/v1/bulk_metadata/job/?id=1 HTTP/1.1\r\nHost: x\r\nTOKEN: t\r\n"
POST = b"POST /integration/v1/revokeAPIAccessTokens/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def mock() -> Generator[Mock]:
    """Alation on a port of this machine."""
    with serving("alation", lifecycle="running") as found:
        yield found


def connected(mock: Mock) -> socket.socket:
    host, _, port = mock.url.removeprefix("http://").rpartition(":")
    return socket.create_connection((host, int(port)), timeout=10)


def exchange(mock: Mock, request: bytes) -> tuple[bytes, str]:
    """All bytes of a response, and how the connection ended: closed or reset."""
    with connected(mock) as connection:
        received = b""
        try:
            connection.sendall(request)
            while piece := connection.recv(65536):
                received += piece
        except (ConnectionResetError, BrokenPipeError):
            return received, "reset"
        return received, "closed"


def with_fault(fault: str) -> bytes:
    return GET + f"X-Mock-Fault: {fault}\r\nConnection: close\r\n\r\n".encode()


def parts(answer: bytes) -> tuple[bytes, dict[str, str], bytes]:
    """Status line, header fields and body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    line, *fields = head.split(b"\r\n")
    pairs = (field.decode().partition(": ") for field in fields)
    return line, {name.lower(): value for name, _, value in pairs}, body


def test_a_plain_answer_says_how_long_it_is(mock: Mock) -> None:
    line, fields, body = parts(exchange(mock, GET + b"Connection: close\r\n\r\n")[0])

    assert line == b"HTTP/1.1 200 OK"
    assert (fields["content-type"], int(fields["content-length"])) == ("application/json", len(body))
    assert json.loads(body)["status"] == "running"


def test_an_answer_is_dated_by_the_clock_of_the_vendor(mock: Mock) -> None:
    dated = parts(exchange(mock, GET + b"Connection: close\r\n\r\n")[0])[1]["date"]
    assert abs(parsedate_to_datetime(dated).timestamp() - time.time()) < 60

    clock = FakeClock()
    with serving("alation", lifecycle="running", clock=clock) as other:
        clock.advance(90)
        dated = parts(exchange(other, GET + b"Connection: close\r\n\r\n")[0])[1]["date"]
    assert dated == "Tue, 01 Jan 2030 00:01:30 GMT"


def test_a_kept_connection_sends_each_piece_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the body of every response but the first waits 40 ms, until the client has acknowledged the head."""
    made, options = Connection.connection_made, list[int]()

    def noting(self: Connection, transport: asyncio.Transport) -> None:
        options.append(transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        made(self, transport)

    monkeypatch.setattr(Connection, "connection_made", noting)
    with serving("alation") as served, connected(served) as connection:
        connection.sendall(GET + b"\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")
    assert [option != 0 for option in options] == [True]


def test_a_reset_sends_nothing(mock: Mock) -> None:
    assert exchange(mock, with_fault("reset")) == (b"", "reset")
    assert exchange(mock, with_fault("refused")) == (b"", "reset")


def test_a_truncated_answer_ends_before_its_length(mock: Mock) -> None:
    received, end = exchange(mock, with_fault("truncated"))
    _, fields, body = parts(received)

    assert (end, 0 < len(body) < int(fields["content-length"])) == ("closed", True)


def test_a_wrong_length_is_less_than_what_comes(mock: Mock) -> None:
    _, fields, body = parts(exchange(mock, with_fault("wrong-length"))[0])

    assert int(fields["content-length"]) == len(body) - 1
    assert json.loads(body)["status"] == "running"


def test_a_drip_comes_byte_by_byte(mock: Mock) -> None:
    with connected(mock) as connection:
        connection.sendall(with_fault("drip+0.04"))
        pieces = []
        while piece := connection.recv(65536):
            pieces.append(piece)
    _, fields, body = parts(b"".join(pieces))

    assert (int(fields["content-length"]), json.loads(body)["status"]) == (len(body), "running")
    assert len(pieces) > 2


def test_a_bomb_is_small_and_grows(mock: Mock) -> None:
    _, fields, body = parts(exchange(mock, with_fault("bomb"))[0])

    assert fields["content-encoding"] == "gzip"
    assert len(body) < 2**19
    assert len(gzip.decompress(body)) == 2**28


def test_a_timeout_says_nothing_until_the_client_goes(mock: Mock) -> None:
    with connected(mock) as connection:
        connection.settimeout(0.3)
        connection.sendall(with_fault("timeout"))
        with pytest.raises(TimeoutError):
            connection.recv(1)


def test_other_faults_are_answers_of_their_kind(mock: Mock) -> None:
    for fault, status, kind, length in (
        ("html", b"200", "text/html", None),
        ("empty", b"200", "application/json", 0),
        ("content-type", b"200", "text/html; charset=utf-8", None),
        ("503", b"503", "application/json", None),
        ("429+30", b"429", "application/json", None),
    ):
        line, fields, body = parts(exchange(mock, with_fault(fault))[0])
        assert line.split()[1] == status
        assert fields["content-type"] == kind
        assert length is None or len(body) == length
        assert fields.get("retry-after") == ("30" if fault == "429+30" else None)


def test_a_server_that_ends_leaves_nobody_waiting() -> None:
    with serving("alation") as ending:
        connection = connected(ending)
        connection.sendall(with_fault("timeout"))
        while not ending.vendor.requests:
            time.sleep(0.01)
    with connection:
        connection.settimeout(10)
        with suppress(ConnectionResetError):
            assert connection.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        connected(ending)


HOSTILE = {
    "no HTTP": b"\x16\x03\x01\x02\x00\r\n\r\n",
    "null byte in the path": b"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "bytes above ASCII": b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    "a header without a name": b"GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n",
    "a huge header": b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
    "two lengths": POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "a length that is none": POST + b"Content-Length: -1\r\n\r\n",
    "chunks that are none": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "broken percent-encoding": b"GET /api/v1/bulk_metadata/job/?id=%zz HTTP/1.1\r\nHost: x\r\nTOKEN: t\r\n\r\n",
    "an encoded null byte": b"GET /api/v1/bulk_metadata/job/?name=%00 HTTP/1.1\r\nHost: x\r\nTOKEN: t\r\n\r\n",
    "the wrong JSON": POST + b"Content-Length: 1\r\n\r\n{",
    "deep nesting": POST + b"Content-Length: 100000\r\n\r\n" + b"[" * 100_000,
    "dots": b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
    "another host's URL": b"GET http://example.com/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "no path": b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    "an upgrade": b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_requests_are_refused(mock: Mock, what: str, caplog: pytest.LogCaptureFixture) -> None:
    """With a 4xx, and the next request is answered."""
    with connected(mock) as connection:
        connection.sendall(HOSTILE[what])
        line = connection.recv(65536).split(b"\r\n")[0]

    assert line.startswith(b"HTTP/1.1 4"), line
    assert "Traceback" not in caplog.text
    assert parts(exchange(mock, GET + b"Connection: close\r\n\r\n")[0])[0] == b"HTTP/1.1 200 OK"


def test_a_body_that_is_too_long_is_refused_and_not_kept(mock: Mock) -> None:
    length = 64 * 2**20
    with connected(mock) as connection:
        connection.sendall(POST + f"Content-Length: {length}\r\n\r\n".encode())
        with suppress(ConnectionResetError, BrokenPipeError):  # it has had enough
            for _ in range(length // 2**16):
                connection.sendall(b"x" * 2**16)
    assert mock.vendor.requests[-1].status == 413


def test_a_client_that_goes_away_is_no_failure(mock: Mock, caplog: pytest.LogCaptureFixture) -> None:
    connection = connected(mock)
    connection.sendall(POST + b"Content-Length: 10\r\n\r\nabc")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    assert parts(exchange(mock, GET + b"Connection: close\r\n\r\n")[0])[0] == b"HTTP/1.1 200 OK"
    assert "Traceback" not in caplog.text


def reserved(host: str, *fields: str) -> bytes:
    """A request that adds a job to a vendor."""
    body = b'{"identity": {"id": 5}, "lifecycle": "failed"}'
    lines = (f"Host: {host}", "Connection: close", f"Content-Length: {len(body)}", *fields)
    return "\r\n".join(("POST /_mock/jobs HTTP/1.1", *lines, "", "")).encode() + body


def test_the_reserved_path_over_http(mock: Mock) -> None:
    line, _, answer = parts(exchange(mock, reserved("localhost"))[0])

    assert line == b"HTTP/1.1 201 Created"
    assert json.loads(answer)["state"] == "failed"


@pytest.mark.parametrize(
    "request_of_a_page",
    [
        reserved("localhost", "Origin: https://evil.example", "Content-Type: text/plain"),
        reserved("localhost", "Sec-Fetch-Site: cross-site"),
        reserved("evil.example"),
    ],
)
def test_the_reserved_path_is_none_for_web_pages(request_of_a_page: bytes) -> None:
    with serving("alation") as mock:
        assert parts(exchange(mock, request_of_a_page)[0])[0] == b"HTTP/1.1 403 Forbidden"
        assert list(mock.vendor.book) == []


def test_a_header_that_cannot_be_sent_is_refused_where_it_is_asked_for(mock: Mock) -> None:
    body = json.dumps({"fault": "429", "retry_after": "1\r\nX-Evil: 1"}).encode()
    head = f"POST /_mock/faults HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {len(body)}"
    assert parts(exchange(mock, head.encode() + b"\r\n\r\n" + body)[0])[0] == b"HTTP/1.1 400 Bad Request"
    assert parts(exchange(mock, GET + b"Connection: close\r\n\r\n")[0])[0] == b"HTTP/1.1 200 OK"
