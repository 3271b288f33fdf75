"""BB5 to BB7: answers without measure, broken connections, and what every failure has in common."""

from __future__ import annotations

import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache
from typing import Any, Final

from vendorsmith.contract.cases import Contract, Operation
from vendorsmith.contract.failure import Check, both, expect, refuse
from vendorsmith.contract.playing.bodies import calls, chief, success
from vendorsmith.contract.playing.driver import error_class, opened, playing, raised
from vendorsmith.contract.playing.loopback import CLOSE, HANG, RESET, Script, Step, loopback
from vendorsmith.contract.playing.stage import Outcome, Stage, StillClock, in_memory, on_the_wire
from vendorsmith.contract.reading.places import Reply

_MIB: Final = 1024 * 1024
_CAP: Final = 64 * 1024
_SHORT: Final = 0.03
_MUCH: Final = 100 * _SHORT
_BYTES: Final = 600
_PATIENCE: Final = 5.0
_RETRIES: Final = 1

Breaks = Mapping[str, tuple[Script, str]]
"""What the vendor plays, and the name of the exception that comes of it; empty for a success."""


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    for operation in calls(contract):
        yield from _resent(contract, operation)
        yield from _capped(contract, operation)
    for operation in chief(contract):
        yield from _measures(contract, operation)
        yield from _connections(contract, operation)
        yield from _closing(contract, operation)


def _head(good: Reply, *fields: str) -> bytes:
    """Status line and header fields of a success, with further fields, and no length but what those say."""
    lines = [f"{name}: {value}" for name, value in good.headers.items()]
    return "\r\n".join((f"HTTP/1.1 {good.status} OK", *lines, *fields, "", "")).encode()


def _chunked(content: bytes, size: int) -> bytes:
    pieces = [content[start : start + size] for start in range(0, len(content), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def _resent(contract: Contract, operation: Operation) -> Iterator[Check]:
    """BB6 and BB7: a lost connection is told, chained, and the call sent again only where that does no harm."""

    def act(mode: str) -> None:
        good = success(contract, operation)
        clock = StillClock().of(contract)
        with on_the_wire(contract, mode, retries=_RETRIES, max_connections=1, clock=clock) as stage:
            scripts: tuple[Script, ...] = ((RESET,), (CLOSE,), (_head(good, "Content-Length: 9"), RESET))
            for script in scripts:
                outcome = stage.ask(operation, script)
                _expect_failure(contract, operation, outcome, "ConnectionLost", "a lost connection")
                times = 1 + _RETRIES if operation.repeatable else 1
                expect(times, outcome.requests, "requests", curl=outcome.curl)
            again = stage.ask(operation, good)
            expect(None, again.error, "the call after the failures", curl=again.curl)

    def unsent(mode: str) -> None:
        _unsent(contract, mode, operation, "nobody listens", _nobody(), "ConnectFailed", _RETRIES)

    yield from both(contract, "BB7", operation.method, "unsent", operation.where, unsent)
    yield from both(contract, "BB7", operation.method, "lost", operation.where, act)


def _capped(contract: Contract, operation: Operation) -> Iterator[Check]:
    """BB5: a body as large as the cap is read, one that is larger by a byte is not, whatever its status."""

    def act(mode: str) -> None:
        good = success(contract, operation)
        size = max(len(good.body), 1)
        with in_memory(contract, mode, max_body=size) as stage:
            expect(None, stage.ask(operation, good).error, f"a body of {len(good.body)} bytes under a cap of {size}")
            for status in (good.status, 404, 500):
                outcome = stage.ask(operation, Reply(status, good.body.ljust(size + 1), good.headers))
                _expect_failure(contract, operation, outcome, "AnswerTooLarge", f"a {status} over the cap")
                expect(1, outcome.requests, "requests", curl=outcome.curl)

    yield from both(contract, "BB5", operation.method, "cap", operation.where, act)


def _expect_failure(
    contract: Contract, operation: Operation, outcome: Outcome, name: str, told: str, *, chained: bool | None = None
) -> None:
    """BB7: the library's exception, with the operation's name, and with what the transport said as its cause."""
    error: Any = outcome.error
    if not isinstance(outcome.error, error_class(contract, name)):
        refuse(told, name, repr(error) if error is not None else outcome.value, curl=outcome.curl)
    expect(operation.method, error.operation, f"{told}: operation of the exception", curl=outcome.curl)
    if operation.method not in str(error):
        refuse(f"{told}: the exception's text does not name the operation", operation.method, str(error))
    if chained is not False and name not in ("AnswerTooLarge", "DecodeError") and error.__cause__ is None:
        refuse(f"{told}: the exception has no cause", "what the transport said", None, curl=outcome.curl)


def _measures(contract: Contract, operation: Operation) -> Iterator[Check]:
    """BB5 over the wire: sizes, lengths, chunks and encodings."""
    good = success(contract, operation)

    def lengths(mode: str) -> None:
        with on_the_wire(contract, mode, max_connections=1, max_body=_CAP) as stage:
            _play(contract, operation, stage, good, _lengths(good))
            _play(contract, operation, stage, good, _sizes(good))

    def bombs(mode: str) -> None:
        with on_the_wire(contract, mode, max_connections=1, max_body=_CAP) as stage:
            for encoding, bits in (("gzip", 31), ("deflate", 15), ("deflate", -15)):
                packed = _bomb(bits)
                script = (_head(good, f"Content-Encoding: {encoding}", f"Content-Length: {len(packed)}") + packed,)
                tracemalloc.start()
                outcome = stage.ask(operation, script)
                peak = tracemalloc.get_traced_memory()[1]
                tracemalloc.stop()
                _expect_failure(contract, operation, outcome, "AnswerTooLarge", f"a bomb ({encoding})")
                if peak > 24 * _MIB:
                    refuse(f"a bomb ({encoding}) is unpacked whole", f"less than {24 * _MIB} bytes", peak)
            expect(None, stage.ask(operation, good).error, "the call after the bombs")

    def strange(mode: str) -> None:
        with on_the_wire(contract, mode, max_connections=1, max_body=_CAP) as stage:
            _play(contract, operation, stage, good, _strange(good))
            if "cookie" in stage.seen[-1][2]:
                refuse("a cookie is sent back", "no Cookie", stage.seen[-1][2]["cookie"])

    def rest(mode: str) -> None:
        with on_the_wire(contract, mode, max_connections=1) as stage:
            smuggled = Reply(403).script[0]
            whole = good.script[0]
            assert isinstance(whole, bytes)
            assert isinstance(smuggled, bytes)
            for script in ((whole + smuggled,), (whole + b"\r\n\r\n",)):
                for told in ("the answer", "the answer to the next call"):
                    outcome = stage.ask(operation, script if told == "the answer" else good)
                    expect(None, outcome.error, f"{told}, where more came than one answer", curl=outcome.curl)

    for subject, act in (("lengths", lengths), ("bombs", bombs), ("strange and good", strange), ("rest", rest)):
        yield from both(contract, "BB5", operation.method, subject, operation.where, act)


def _play(contract: Contract, operation: Operation, stage: Stage, good: Reply, breaks: Breaks) -> None:
    """Each broken answer is its exception, and each releases the only connection that there may be."""
    for told, (script, name) in breaks.items():
        outcome = stage.ask(operation, script)
        if name:
            _expect_failure(contract, operation, outcome, name, told)
        else:
            expect(None, outcome.error, told, curl=outcome.curl)
        again = stage.ask(operation, good)
        expect(None, again.error, f"the call after {told}", curl=again.curl)


def _lengths(good: Reply) -> Breaks:
    body, size = good.body, len(good.body)
    close, chunked = "Connection: close", "Transfer-Encoding: chunked"
    return {
        "a length that is too long": ((_head(good, f"Content-Length: {size + 1}") + body, CLOSE), "ConnectionLost"),
        "a length that is too short": (
            (_head(good, close, f"Content-Length: {size - 1}") + body, CLOSE),
            "DecodeError",
        ),
        "a length of zero": ((_head(good, close, "Content-Length: 0") + body, CLOSE), "DecodeError"),
        "a negative length": ((_head(good, "Content-Length: -1") + body, CLOSE), "ProtocolViolation"),
        "a length in words": ((_head(good, "Content-Length: many") + body, CLOSE), "ProtocolViolation"),
        "two lengths": (
            (_head(good, f"Content-Length: {size}", "Content-Length: 1") + body, CLOSE),
            "ProtocolViolation",
        ),
        "a chunk size in words": ((_head(good, chunked) + b"many\r\n" + body, CLOSE), "ProtocolViolation"),
        "a chunk longer than its size": (
            (_head(good, chunked) + b"1\r\n" + body + b"\r\n0\r\n\r\n", CLOSE),
            "ProtocolViolation",
        ),
        "a negative chunk": ((_head(good, chunked) + b"-1\r\n" + body, CLOSE), "ProtocolViolation"),
        "a chunk size without end": ((_head(good, chunked) + b"1" * 40 + b"\r\n" + body, CLOSE), "ProtocolViolation"),
        "a chunk without its end": ((_head(good, chunked) + b"%x\r\n" % size + body, CLOSE), "ConnectionLost"),
        "chunks without an end": ((_head(good, chunked) + _chunked(body, 5)[:-5], CLOSE), "ConnectionLost"),
        "broken gzip": (
            Reply(good.status, body, {**good.headers, "Content-Encoding": "gzip"}).script,
            "ProtocolViolation",
        ),
        "broken deflate": (
            Reply(good.status, b"\xff" * 9, {**good.headers, "Content-Encoding": "deflate"}).script,
            "ProtocolViolation",
        ),
        "gzip that ends early": (
            Reply(good.status, zlib.compress(body, wbits=31)[:12], {**good.headers, "Content-Encoding": "gzip"}).script,
            "DecodeError",
        ),
        "no HTTP at all": ((b"SSH-2.0-OpenSSH_9.2\r\n\r\n", CLOSE), "ProtocolViolation"),
        "HTTP/2 without being asked": ((b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", CLOSE), "ProtocolViolation"),
        "a header without a colon": ((b"HTTP/1.1 200 OK\r\nnothing\r\n\r\n", CLOSE), "ProtocolViolation"),
        "header fields without an end": ((b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 500_000, CLOSE), "ProtocolViolation"),
    }  # fmt: skip


def _sizes(good: Reply) -> Breaks:
    # What is declared is not waited for: the vendor sends no byte of it.
    much = b" " * (_CAP + 1)
    return {
        "a declared size over the cap": ((_head(good, f"Content-Length: {10**12}"), HANG), "AnswerTooLarge"),
        "an undeclared size over the cap": ((_head(good, "Connection: close") + much, HANG), "AnswerTooLarge"),
        "chunks over the cap": (
            (_head(good, "Transfer-Encoding: chunked") + _chunked(much, 4_096)[:-5], HANG),
            "AnswerTooLarge",
        ),
        "a page over the cap": (Reply(502, much, {"Content-Type": "text/html"}).script, "AnswerTooLarge"),
    }


def _strange(good: Reply) -> Breaks:
    body, size = good.body, len(good.body)
    whole = good.script[0]
    assert isinstance(whole, bytes)
    packed = zlib.compress(body, wbits=31)
    first, rest = whole[: len(whole) // 3], whole[len(whole) // 3 :]
    return {
        "an answer in pieces": ((first, 0.001, rest), ""),
        "chunks of a byte": ((_head(good, "Transfer-Encoding: chunked") + _chunked(body, 1),), ""),
        "chunks with extensions and trailers": (
            (_head(good, "Transfer-Encoding: chunked") + b"%x;a=b\r\n%b\r\n0\r\nX-A: b\r\n\r\n" % (size, body),),
            "",
        ),
        "packed chunks": (
            (_head(good, "Transfer-Encoding: chunked", "Content-Encoding: gzip") + _chunked(packed, 1),),
            "",
        ),
        "the end of the connection as the end": ((_head(good) + body, CLOSE), ""),
        "HTTP/1.0": ((_head(good, f"Content-Length: {size}").replace(b"/1.1", b"/1.0", 1) + body, CLOSE), ""),
        "no reason": ((_head(good, f"Content-Length: {size}").replace(b" OK\r\n", b" \r\n", 1) + body,), ""),
        "field names in capitals": ((_head(good, f"CONTENT-LENGTH: {size}") + body,), ""),
        "letters beyond ASCII": ((_head(good, "X-A: \u00fc\u4e2d", f"Content-Length: {size}") + body,), ""),
        "hundreds of fields": (
            (_head(good, *(f"X-{n}: x" for n in range(300)), f"Content-Length: {size}") + body,),
            "",
        ),
        "cookies": ((_head(good, "Set-Cookie: a=b", "Set-Cookie: c=d; Path=/", f"Content-Length: {size}") + body,), ""),
        "a close announced": ((_head(good, "Connection: close", f"Content-Length: {size}") + body, CLOSE), ""),
    }


@cache
def _bomb(bits: int) -> bytes:
    """A text of spaces that is a thousand times as large unpacked."""
    packer = zlib.compressobj(6, zlib.DEFLATED, bits)
    return b"".join(packer.compress(b" " * _MIB) for _ in range(32)) + packer.flush()


def _connections(contract: Contract, operation: Operation) -> Iterator[Check]:
    """BB6: connections that break, never come about, or say nothing."""
    good = success(contract, operation)
    start = _head(good, f"Content-Length: {len(good.body)}")

    def broken(mode: str) -> None:
        ends: dict[str, Step] = {"reset": RESET, "closed": CLOSE}
        moments: dict[str, Script] = {
            "before an answer": (),
            "in the status line": (start[:9], 0.001),
            "in the header fields": (start[:-4], 0.001),
            "before the body": (start, 0.001),
            "in the body": (start + good.body[:1], 0.001),
        }
        breaks: Breaks = {
            f"a connection {word} {when}": ((*sent, end), "ConnectionLost")
            for word, end in ends.items()
            for when, sent in moments.items()
        }
        with on_the_wire(contract, mode, max_connections=1) as stage:
            _play(contract, operation, stage, good, breaks)

    def silent(mode: str) -> None:
        slow = tuple(step for byte in good.body[:40] for step in (bytes([byte]), _SHORT / 4))
        endless = (_head(good, "Transfer-Encoding: chunked"), *((b"1\r\n \r\n", _SHORT / 4) * 40))
        drip = tuple(step for byte in b"X-A: " + b"a" * _BYTES for step in (bytes([byte]), _SHORT / 3))
        scripts: dict[str, Script] = {
            "slow header fields": (start[:-2], *drip, b"\r\n\r\n" + good.body),
            "silence": (HANG,),
            "silence after the header fields": (start, HANG),
            "a slow body": (start, *slow, HANG),
            "a body that never ends": (*endless, HANG),
        }
        with on_the_wire(contract, mode, max_connections=1, timeout=_SHORT) as stage:
            for told, script in scripts.items():
                begun = time.monotonic()
                outcome = stage.ask(operation, script)
                took = time.monotonic() - begun
                _expect_failure(contract, operation, outcome, "Timeout", told, chained=False)
                expect(True, isinstance(outcome.error, TimeoutError), f"{told}: whether it is a TimeoutError differs")
                if took > _MUCH:  # a hundred times the time that there is, and half of what the vendor takes
                    refuse(f"{told}: the deadline is not kept", f"{_SHORT} seconds", took, curl=outcome.curl)
                # The time is short, and a machine may be busy: one of some calls is in time.
                if all(stage.ask(operation, good).error is not None for _ in range(20)):
                    refuse(f"no call succeeds after {told}", "a connection that is released")

    def unreachable(mode: str) -> None:
        for told, place, name, waits, limits in _unreachable():
            _unsent(contract, mode, operation, told, place, name, waits, **limits)

    for subject, act in (("broken", broken), ("silent", silent), ("unreachable", unreachable)):
        yield from both(contract, "BB6", operation.method, subject, operation.where, act)


def _closing(contract: Contract, operation: Operation) -> Iterator[Check]:
    """BB6: a client that is closed ends its connections, those of its failed calls too."""
    good = success(contract, operation)

    def act(mode: str) -> None:
        for reply in (good, Reply(404, b"{}", {"Content-Type": "application/json"})):
            with playing(contract, mode, reply.script) as (server, client):
                client.tried(operation.method, operation.least)
                client.close()
                if not server.left(_PATIENCE):
                    refuse("a closed client leaves its connection open", "its end", f"open after {_PATIENCE} seconds")

    yield from both(contract, "BB6", operation.method, "closing", operation.where, act)


Place = AbstractContextManager[str]
"""A base URL, for the time of a block."""


def _unsent(
    contract: Contract, mode: str, operation: Operation, told: str, place: Place, name: str, waits: int, **http: Any
) -> None:
    """What never left is told as such, and sent again whatever it does, if that can help."""
    clock = StillClock()
    options: dict[str, Any] = {"retries": _RETRIES, "clock": clock.of(contract), **http}
    with place as url, opened(contract, mode, url, **options) as client:
        error = raised(lambda: client.call(operation.method, operation.least))
        _expect_failure(contract, operation, Outcome(None, error, 0, ""), name, told)
        expect(False, getattr(error, "sent", None), f"{told}: whether anything was sent")
        expect(waits, len(clock.slept), f"{told}: repetitions of what was never sent")


def _unreachable() -> Iterator[tuple[str, Place, str, int, dict[str, float]]]:
    """What is wrong, where, the exception, how often it is tried again, and options of HTTP."""
    tls, short = _talking(b"HTTP/1.1 400 Bad Request\r\n\r\n"), {"connect_timeout": _SHORT}
    yield "an unknown name", _named("https://vendor.invalid"), "ConnectFailed", _RETRIES, {}
    yield "plain HTTP where TLS was asked for", tls, "TlsFailed", 0, {}
    yield "a TLS handshake without an answer", _talking(b""), "ConnectTimedOut", _RETRIES, short


@contextmanager
def _named(url: str) -> Generator[str]:
    yield url


@contextmanager
def _nobody() -> Generator[str]:
    """A port of this machine at which nobody listens."""
    with loopback() as server:
        url = server.url
    yield url


@contextmanager
def _talking(greeting: bytes) -> Generator[str]:
    """A server that speaks first, and not TLS; one without a greeting says nothing at all."""
    accepted: list[socket.socket] = []

    def accept(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                accepted.append(connection)
                if greeting:
                    connection.sendall(greeting)
                    connection.shutdown(socket.SHUT_WR)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept, args=(listener,), daemon=True)
        thread.start()
        try:
            yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)
            for connection in accepted:
                connection.close()
