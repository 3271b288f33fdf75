"""BB5 and BB7: answers without measure, and what every failure has in common."""

from __future__ import annotations

import tracemalloc
import zlib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from jobclients_contract.cases import Contract, Operation
from jobclients_contract.failure import Check, both, expect, refuse
from jobclients_contract.playing.bodies import calls, chief, promised, success
from jobclients_contract.playing.driver import error_class
from jobclients_contract.playing.loopback import CLOSE, HANG, RESET, Script
from jobclients_contract.playing.stage import Outcome, Stage, StillClock, in_memory, on_the_wire
from jobclients_contract.reading.places import Reply

_EMPTY: Final = 204
_MIB: Final = 1024 * 1024
_CAP: Final = 64 * 1024
_COOKIES: Final = ("made-up=b", "another=d")
RETRIES: Final = 1
"""How often the clients of these checks may repeat a call."""

Breaks = Mapping[str, tuple[Script, str]]
"""What the vendor plays, and the name of the exception that comes of it; empty for a success."""


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    for operation in calls(contract):
        yield from _resent(contract, operation)
        yield from _capped(contract, operation)
        yield from _unasked(contract, operation)
    for operation in chief(contract):
        yield from _measures(contract, operation)


def head_of(good: Reply, *fields: str) -> bytes:
    """Status line and header fields of a success, with further fields, and no length but what those say.

    Args:
        good: the success.
        *fields: header fields beside its own, as lines.
    """
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
        with on_the_wire(contract, mode, retries=RETRIES, max_connections=1, clock=clock) as stage:
            head = head_of(good, "Content-Length: 9")
            # A 204 is complete when its header fields are.
            scripts: tuple[Script, ...] = ((RESET,), (CLOSE,), (head[:-2] if good.status == _EMPTY else head, RESET))
            for script in scripts:
                outcome = stage.ask(operation, script)
                expect_failure(contract, operation, outcome, "ConnectionLost", "a lost connection")
                times = 1 + RETRIES if operation.repeatable else 1
                expect(times, outcome.requests, "requests", curl=outcome.curl)
            again = stage.ask(operation, good)
            expect(None, again.error, "the call after the failures", curl=again.curl)

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
                expect_failure(contract, operation, outcome, "AnswerTooLarge", f"a {status} over the cap")
                expect(1, outcome.requests, "requests", curl=outcome.curl)

    yield from both(contract, "BB5", operation.method, "cap", operation.where, act)


def _unasked(contract: Contract, operation: Operation) -> Iterator[Check]:
    """BB5: what is encoded in a way that nobody asked for is not handed over as it came."""
    good = success(contract, operation)
    if promised(operation.success) == "nothing":
        return

    def act(mode: str) -> None:
        with in_memory(contract, mode) as stage:
            for encoding in ("br", "zstd", "gzip, br"):
                packed = zlib.compress(b"made up", wbits=31) if "gzip" in encoding else b"made up"
                reply = Reply(good.status, packed, {**good.headers, "Content-Encoding": encoding})
                expect_failure(contract, operation, stage.ask(operation, reply), "DecodeError", f"a body in {encoding}")

    yield from both(contract, "BB5", operation.method, "another encoding", operation.where, act)


def expect_failure(
    contract: Contract, operation: Operation, outcome: Outcome, name: str, told: str, *, chained: bool | None = None
) -> None:
    """BB7: the library's exception, with the operation's name, and with what the transport said as its cause.

    Args:
        contract: the tables.
        operation: what was called.
        outcome: what came of it.
        name: of the exception.
        told: what went wrong.
        chained: False where there need not be a cause.

    Raises:
        Mismatch: it is another exception, or does not say what it has to.
    """
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
            play(contract, operation, stage, good, _lengths(good))
            play(contract, operation, stage, good, _sizes(good))

    def bombs(mode: str) -> None:
        with on_the_wire(contract, mode, max_connections=1, max_body=_CAP) as stage:
            for encoding, bits in (("gzip", 31), ("deflate", 15), ("deflate", -15)):
                packed = _bomb(bits)
                script = (head_of(good, f"Content-Encoding: {encoding}", f"Content-Length: {len(packed)}") + packed,)
                tracemalloc.start()
                outcome = stage.ask(operation, script)
                peak = tracemalloc.get_traced_memory()[1]
                tracemalloc.stop()
                expect_failure(contract, operation, outcome, "AnswerTooLarge", f"a bomb ({encoding})")
                if peak > 24 * _MIB:
                    refuse(f"a bomb ({encoding}) is unpacked whole", f"less than {24 * _MIB} bytes", peak)
            expect(None, stage.ask(operation, good).error, "the call after the bombs")

    def strange(mode: str) -> None:
        with on_the_wire(contract, mode, max_connections=1, max_body=_CAP) as stage:
            play(contract, operation, stage, good, _strange(good))
            cookie = stage.seen[-1][2].get("cookie", "")
            if any(pair in cookie for pair in _COOKIES):
                refuse("a cookie is sent back", "none of the vendor's cookies", cookie)

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


def play(contract: Contract, operation: Operation, stage: Stage, good: Reply, breaks: Breaks) -> None:
    """Each broken answer is its exception, and each releases the only connection that there may be.

    Args:
        contract: the tables.
        operation: what is called.
        stage: where the answers are played.
        good: the success that is answered in between.
        breaks: the answers, and what comes of each.

    Raises:
        Mismatch: something else comes of one, or the call after it fails.
    """
    for told, (script, name) in breaks.items():
        outcome = stage.ask(operation, script)
        if name:
            expect_failure(contract, operation, outcome, name, told)
        else:
            expect(None, outcome.error, told, curl=outcome.curl)
        again = stage.ask(operation, good)
        expect(None, again.error, f"the call after {told}", curl=again.curl)


def _lengths(good: Reply) -> Breaks:
    body, size = good.body, len(good.body)
    close, chunked = "Connection: close", "Transfer-Encoding: chunked"
    return {
        "a length that is too long": ((head_of(good, f"Content-Length: {size + 1}") + body, CLOSE), "ConnectionLost"),
        "a length that is too short": (
            (head_of(good, close, f"Content-Length: {size - 1}") + body, CLOSE),
            "DecodeError",
        ),
        "a length of zero": ((head_of(good, close, "Content-Length: 0") + body, CLOSE), "DecodeError"),
        "a negative length": ((head_of(good, "Content-Length: -1") + body, CLOSE), "ProtocolViolation"),
        "a length in words": ((head_of(good, "Content-Length: many") + body, CLOSE), "ProtocolViolation"),
        "two lengths": (
            (head_of(good, f"Content-Length: {size}", "Content-Length: 1") + body, CLOSE),
            "ProtocolViolation",
        ),
        "a chunk size in words": ((head_of(good, chunked) + b"many\r\n" + body, CLOSE), "ProtocolViolation"),
        "a chunk longer than its size": (
            (head_of(good, chunked) + b"1\r\n" + body + b"\r\n0\r\n\r\n", CLOSE),
            "ProtocolViolation",
        ),
        "a negative chunk": ((head_of(good, chunked) + b"-1\r\n" + body, CLOSE), "ProtocolViolation"),
        "a chunk size without end": ((head_of(good, chunked) + b"1" * 40 + b"\r\n" + body, CLOSE), "ProtocolViolation"),
        "a chunk without its end": ((head_of(good, chunked) + b"%x\r\n" % size + body, CLOSE), "ConnectionLost"),
        "chunks without an end": ((head_of(good, chunked) + _chunked(body, 5)[:-5], CLOSE), "ConnectionLost"),
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
        "a declared size over the cap": ((head_of(good, f"Content-Length: {10**12}"), HANG), "AnswerTooLarge"),
        "an undeclared size over the cap": ((head_of(good, "Connection: close") + much, HANG), "AnswerTooLarge"),
        "chunks over the cap": (
            (head_of(good, "Transfer-Encoding: chunked") + _chunked(much, 4_096)[:-5], HANG),
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
        "chunks of a byte": ((head_of(good, "Transfer-Encoding: chunked") + _chunked(body, 1),), ""),
        "chunks with extensions and trailers": (
            (head_of(good, "Transfer-Encoding: chunked") + b"%x;a=b\r\n%b\r\n0\r\nX-A: b\r\n\r\n" % (size, body),),
            "",
        ),
        "packed chunks": (
            (head_of(good, "Transfer-Encoding: chunked", "Content-Encoding: gzip") + _chunked(packed, 1),),
            "",
        ),
        "the end of the connection as the end": ((head_of(good) + body, CLOSE), ""),
        "HTTP/1.0": ((head_of(good, f"Content-Length: {size}").replace(b"/1.1", b"/1.0", 1) + body, CLOSE), ""),
        "no reason": ((head_of(good, f"Content-Length: {size}").replace(b" OK\r\n", b" \r\n", 1) + body,), ""),
        "field names in capitals": ((head_of(good, f"CONTENT-LENGTH: {size}") + body,), ""),
        "letters beyond ASCII": ((head_of(good, "X-A: \u00fc\u4e2d", f"Content-Length: {size}") + body,), ""),
        "hundreds of fields": (
            (head_of(good, *(f"X-{n}: x" for n in range(300)), f"Content-Length: {size}") + body,),
            "",
        ),
        "cookies": (
            (head_of(good, *(f"Set-Cookie: {pair}; Path=/" for pair in _COOKIES), f"Content-Length: {size}") + body,),
            "",
        ),
        "a close announced": ((head_of(good, "Connection: close", f"Content-Length: {size}") + body, CLOSE), ""),
    }


@cache
def _bomb(bits: int) -> bytes:
    """A text of spaces that is a thousand times as large unpacked."""
    packer = zlib.compressobj(6, zlib.DEFLATED, bits)
    return b"".join(packer.compress(b" " * _MIB) for _ in range(32)) + packer.flush()
