"""Connections: those that break, never come about or say nothing, TLS, and what a server may do that is odd but right.

Further ways to break a response are in `tests/runtime/test_transport.py`.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
import zlib
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn
from unittest.mock import patch

import pytest
from jobclients_contract.harness.certificates import AUTHORITY, OF_ANOTHER, OF_THIS_MACHINE, kept, showing, trusting
from jobclients_contract.harness.loopback import CLOSE, HANG, RESET, Loopback, Script, Step, scripted
from jobclients_core import (
    ConnectFailed,
    ConnectionLost,
    ConnectTimedOut,
    DecodeError,
    InvalidArgument,
    NameNotResolved,
    ProtocolViolation,
    Timeout,
    TlsFailed,
    TransportError,
)

from .support import Play, Still, options, raised

BODY = b'{"id": 7, "name": "soup", "state": "raw"}'
GOOD = scripted(BODY)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
WHOLE = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n"


def drip(content: bytes, pause: float) -> Script:
    """Bytes sent one by one."""
    return tuple(step for byte in content for step in (bytes([byte]), pause))


ENDS: dict[str, Step] = {"reset": RESET, "closed": CLOSE}
MOMENTS: dict[str, Script] = {
    "before a response": (),
    "in the status line": (WHOLE[:9],),
    "in the header fields": (HEAD,),
    "before the body": (WHOLE[: -len(BODY)],),
    "in the body": (WHOLE[:-5],),
    "between chunks": (CHUNKED + b"\r\n5\r\n     \r\n",),
}
BROKEN: dict[str, tuple[Script, type[Exception]]] = {
    **{
        f"{word} {when}": ((*sent, 0.01, end), ConnectionLost)
        for word, end in ENDS.items()
        for when, sent in MOMENTS.items()
    },
    "another protocol": ((b"SSH-2.0-OpenSSH_9.2\r\n\r\n", CLOSE), ProtocolViolation),
    "a status in words": ((b"HTTP/1.1 fine OK\r\n\r\n", CLOSE), ProtocolViolation),
    "a status of two digits": ((b"HTTP/1.1 20 OK\r\n\r\n", CLOSE), ProtocolViolation),
    "a switch of protocols": ((b"HTTP/1.1 101 Switching Protocols\r\n\r\n", CLOSE), ProtocolViolation),
    "nothing but a promise": ((b"HTTP/1.1 100 Continue\r\n\r\n", CLOSE), ConnectionLost),
    "a field without a colon": ((b"HTTP/1.1 200 OK\r\nnothing\r\n\r\n", CLOSE), ProtocolViolation),
    "two lengths": ((HEAD + b"Content-Length: 9\r\nContent-Length: 8\r\n\r\n", CLOSE), ProtocolViolation),
    "a negative length": ((HEAD + b"Content-Length: -1\r\n\r\n", CLOSE), ProtocolViolation),
    "a chunk that is longer than it says": ((CHUNKED + b"\r\n1\r\n{}\r\n0\r\n\r\n", CLOSE), ProtocolViolation),
    "a length in words": ((HEAD + b"Content-Length: many\r\n\r\n" + BODY, CLOSE), ProtocolViolation),
    "a length that is too long": ((HEAD + b"Content-Length: 99\r\n\r\n" + BODY, CLOSE), ConnectionLost),
    "a length of zero": ((HEAD + b"Content-Length: 0\r\n\r\n" + BODY, CLOSE), DecodeError),
    "a chunk size in words": ((CHUNKED + b"\r\nmany\r\n{}\r\n0\r\n\r\n", CLOSE), ProtocolViolation),
    "HTTP/2 without being asked": ((b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", CLOSE), ProtocolViolation),
    "half a line of another protocol": ((b"SSH-2.0-OpenSSH", CLOSE), ConnectionLost),
    "broken deflate": (scripted(b"\xff" * 9, Content_Encoding="deflate"), ProtocolViolation),
    "a length that is too short": ((HEAD + b"Content-Length: 9\r\n\r\n" + BODY, CLOSE), DecodeError),
    "fields without an end": ((HEAD + b"X: " + b"a" * 500_000, CLOSE), ProtocolViolation),
}


@pytest.mark.parametrize(("script", "kind"), BROKEN.values(), ids=BROKEN)
def test_a_broken_answer_is_told_and_its_connection_released(play: Play, script: Script, kind: type[Exception]) -> None:
    """The next call gets the only connection that there may be; what broke is the cause, and the operation is named."""
    with play(script, GOOD, http=options(max_connections=1)) as (server, client):
        error = raised(kind, client.get_dish)
        assert "soup" == client.get_dish().name

    assert ("get_dish", 2) == (error.operation, server.connections)
    assert str(error).startswith("get_dish: ")
    if isinstance(error, TransportError):
        assert (True, True, True) == (error.sent, error.transient, error.__cause__ is not None)


SILENT: dict[str, Script] = {
    "silence": (HANG,),
    "silence after the header fields": (WHOLE[: -len(BODY)], HANG),
    "slow header fields": drip(WHOLE, 0.02),
    "a slow body": (WHOLE[: -len(BODY)], *drip(BODY, 0.02), HANG),
    "a body that never ends": (CHUNKED + b"\r\n", *drip(b"1\r\n \r\n" * 10, 0.02), HANG),
}


@pytest.mark.parametrize("script", SILENT.values(), ids=SILENT)
def test_the_time_of_a_call_ends(play: Play, script: Script) -> None:
    """Whatever the vendor sends slowly or not at all."""
    with play(script, http=options(timeout=0.2, retries=5)) as (_, client):
        begun = time.monotonic()
        error = raised(Timeout, client.get_dish)
        took = time.monotonic() - begun

    assert (True, "get_dish", True) == (isinstance(error, TimeoutError), error.operation, error.sent)
    assert 0.15 < took < 5


def test_a_slow_answer_in_time_is_an_answer(play: Play) -> None:
    with play(drip(WHOLE, 0.001)) as (_, client):
        assert "soup" == client.get_dish().name


def _chunks(content: bytes, size: int) -> bytes:
    pieces = [content[start : start + size] for start in range(0, len(content), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


ODD: dict[str, Script] = {
    "in pieces": (WHOLE[:30], 0.001, WHOLE[30:]),
    "chunks of a byte": (CHUNKED + b"\r\n" + _chunks(BODY, 1),),
    "chunks with extensions and trailers": (CHUNKED + b"\r\n%x;a=b\r\n%b\r\n0\r\nX: y\r\n\r\n" % (len(BODY), BODY),),
    "packed chunks": (CHUNKED + b"Content-Encoding: gzip\r\n\r\n" + _chunks(zlib.compress(BODY, wbits=31), 7),),
    "the end of the connection as the end": (HEAD + b"\r\n" + BODY, CLOSE),
    "HTTP/1.0": (WHOLE.replace(b"/1.1", b"/1.0"), CLOSE),
    "no reason": (WHOLE.replace(b" OK\r\n", b" \r\n"),),
    "names in capitals": (WHOLE.replace(b"Content-Length", b"CONTENT-LENGTH"),),
    "letters beyond ASCII": (WHOLE.replace(b"OK\r\n", "OK\r\nX-A: ü中\r\n".encode()),),
    "hundreds of fields": (WHOLE.replace(b"OK\r\n", b"OK\r\n" + b"X-A: b\r\n" * 300),),
    "answers on the way": (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + WHOLE,),
    "an announced end": (WHOLE.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"), CLOSE),
}


@pytest.mark.parametrize("script", ODD.values(), ids=ODD)
def test_odd_answers_that_are_right(play: Play, script: Script) -> None:
    with play(script, GOOD, http=options(max_connections=1)) as (_, client):
        assert ["soup", "soup"] == [client.get_dish().name for _ in range(2)]


def test_connections_are_used_again(play: Play) -> None:
    """Those of failed calls as well, as long as the vendor keeps them."""
    with play(GOOD, scripted({}, 404), scripted(b"{"), GOOD) as (server, client):
        client.get_dish()
        raised_twice = [raised(kind, client.get_dish) for kind in (play.kitchen.package.NotFound, DecodeError)]
        client.get_dish()

    assert (2, 4, 1) == (len(raised_twice), len(server.requests), server.connections)


def test_a_connection_that_the_vendor_closed_meanwhile(play: Play) -> None:
    """It is not used for the next call, which may not be sent twice."""
    with play((*GOOD, CLOSE), GOOD) as (server, client):
        client.get_dish()
        time.sleep(0.05)
        assert "soup" == client.cook_dish().name

    assert (2, 2) == (len(server.requests), server.connections)


@pytest.mark.parametrize("more", [b"\r\n\r\n", scripted({}, 403)[0], b"\x00garbage"])
def test_more_than_one_answer(play: Play, more: bytes) -> None:
    """What follows a response is not a response to the next call."""
    with play((WHOLE + more,), GOOD) as (_, client):
        assert ["soup", "soup"] == [client.get_dish().name for _ in range(2)]


def test_a_closed_client(play: Play) -> None:
    """Its connections end, and it sends nothing any more."""
    for script in (GOOD, scripted({}, 404)):
        with play(script) as (server, client):
            with suppress(play.kitchen.package.ApiError):
                client.get_dish()
            (client.close if play.mode == "sync" else client.aclose)()
            assert server.left(5)
            errors = [raised(InvalidArgument, act) for act in (client.get_dish, lambda: client.request("GET", "/"))]

        assert ["get_dish: the client is closed", "the client is closed"] == [str(error) for error in errors]
        assert 1 == len(server.requests)


@contextmanager
def nobody() -> Generator[str]:
    """A port of this machine at which nobody listens, and nobody else can begin to."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@contextmanager
def unknown() -> Generator[str]:
    """A name that no resolver knows."""

    def look_up(*_: object, **__: object) -> NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with patch("socket.getaddrinfo", look_up):
        yield "https://kitchen.invalid"


@contextmanager
def talking(after: float = 0.0) -> Generator[str]:
    """A server that speaks first, and not TLS, after some seconds."""
    accepted: list[socket.socket] = []
    ended = threading.Event()

    def accept(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                accepted.append(connection)
                ended.wait(after)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                connection.shutdown(socket.SHUT_WR)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept, args=(listener,), daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        ended.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)
        for connection in accepted:
            connection.close()


UNSENT: dict[str, tuple[Any, type[Exception], int, dict[str, Any]]] = {
    "nobody listens": (nobody, ConnectFailed, 2, {}),
    "an unknown name": (unknown, NameNotResolved, 2, {}),
    "no TLS": (talking, TlsFailed, 0, {}),
    "TLS that never comes": (lambda: talking(10), ConnectTimedOut, 2, {"connect_timeout": 0.1}),
}


@pytest.mark.parametrize(("place", "kind", "repeated", "http"), UNSENT.values(), ids=UNSENT)
def test_what_never_left_may_be_sent_again(
    play: Play, place: Any, kind: type[Exception], repeated: int, http: dict[str, Any]
) -> None:
    """A POST too; not where that cannot help. The address is told."""
    clock = Still()
    with place() as url, play.client(base_url=url, http=options(retries=2, clock=clock.clock(), **http)) as client:
        error = raised(kind, client.cook_dish)

    assert ("cook_dish", False, repeated) == (error.operation, error.sent, len(clock.slept))
    assert error.__cause__ is not None
    assert url in str(error) or kind is ConnectTimedOut


def test_certificates(play: Play) -> None:
    """A server whose certificate is not trusted, or another one's, is sent nothing; one that is right is called."""
    with kept(AUTHORITY) as file:
        for verify, shown, good in (
            (file, OF_THIS_MACHINE, True),
            (trusting(), OF_THIS_MACHINE, True),
            (False, OF_ANOTHER, True),
            (file, OF_ANOTHER, False),
            (trusting(), OF_ANOTHER, False),
            (True, OF_THIS_MACHINE, False),
        ):
            with play(GOOD, tls=showing(shown), http=options(verify=verify, retries=2)) as (server, client):
                if good:
                    assert "soup" == client.get_dish().name
                else:
                    error = raised(TlsFailed, client.get_dish)
                    assert (False, False, "get_dish") == (error.sent, error.transient, error.operation)
            assert good == bool(server.requests)


def test_proxies(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """That of the options learns the host of https and nothing else; those of the environment are not asked."""
    refusing: Script = (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", CLOSE)
    with play(GOOD, refusing) as (server, client):
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
            monkeypatch.setenv(name.lower(), "http://127.0.0.1:9")
        assert "soup" == client.get_dish().name
        with play.client(base_url="https://kitchen.example", http=options(proxy=server.url)) as behind:
            raised(ConnectFailed, behind.get_dish)

    assert ["GET /dish", "CONNECT kitchen.example:443"] == server.lines
    assert b"t0ken" not in server.requests[1].raw


def test_an_ipv6_address_is_called(play: Play) -> None:
    """A base URL with an address in brackets is connected to, and is the Host as it was written."""
    try:
        server = Loopback([GOOD], address="::1")
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    try:
        with play.client(base_url=f"http://[::1]:{server.port}") as client:
            client.get_dish()
    finally:
        server.close()

    assert f"[::1]:{server.port}" == server.request.headers["host"]


def test_session_keys_are_logged_for_nobody(play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has the file reads what was sent. A context of the caller's own may log; folders name files by subjects."""
    log, chosen = tmp_path / "keys", tmp_path / "chosen"
    monkeypatch.setenv("SSLKEYLOGFILE", str(log))
    (tmp_path / "d56671ed.0").write_text(AUTHORITY, encoding="ascii")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=AUTHORITY)
    context.keylog_filename = str(chosen)
    with kept(AUTHORITY) as file:
        monkeypatch.setenv("SSL_CERT_FILE", file)
        for verify in (file, str(tmp_path), False, context):
            with play(GOOD, tls=showing(OF_THIS_MACHINE), http=options(verify=verify)) as (_, client):
                assert "soup" == client.get_dish().name
        with play(GOOD, tls=showing(OF_THIS_MACHINE)) as (server, _):
            proxy = f"https://127.0.0.1:{server.port}"
            with play.client(base_url="http://localhost:1", http=options(proxy=proxy)) as behind:
                raised(TlsFailed, behind.get_dish)  # the environment does not say whom to trust either

    assert not log.exists()
    assert "TRAFFIC_SECRET" in chosen.read_text(encoding="ascii")
