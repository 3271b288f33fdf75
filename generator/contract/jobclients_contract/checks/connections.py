"""BB6: connections that break, never come about, or say nothing, and servers that are not who they should be."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from typing import Any, Final, NoReturn
from unittest.mock import patch

from jobclients_contract.cases import Contract, Operation
from jobclients_contract.checks.transport import RETRIES, Breaks, expect_failure, head_of, play
from jobclients_contract.failure import Check, both, expect, refuse
from jobclients_contract.playing.bodies import calls, chief, success
from jobclients_contract.playing.certificates import (
    AUTHORITY,
    OF_ANOTHER,
    OF_THIS_MACHINE,
    kept,
    showing,
    trusting,
)
from jobclients_contract.playing.driver import opened, playing, raised
from jobclients_contract.playing.loopback import CLOSE, HANG, RESET, Script, Step
from jobclients_contract.playing.stage import Outcome, StillClock, on_the_wire
from jobclients_contract.reading.places import Reply

_SHORT: Final = 0.03
_MUCH: Final = 100 * _SHORT
_BYTES: Final = 600
_DRIPS: Final = 40
_PATIENCE: Final = 5.0


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    for operation in calls(contract):
        act = partial(_nobody_listens, contract, operation)
        yield from both(contract, "BB7", operation.method, "unsent", operation.where, act)
    acts: dict[str, Callable[[Contract, Operation, str], None]] = {
        "broken": _broken,
        "silent": _silent,
        "unreachable": _unreachable,
        "certificates": _certificates,
        "closing": _closing,
    }
    for operation in chief(contract):
        for subject, each in acts.items():
            act = partial(each, contract, operation)
            yield from both(contract, "BB6", operation.method, subject, operation.where, act)


def _broken(contract: Contract, operation: Operation, mode: str) -> None:
    """A connection that breaks off, at whatever moment, is told, and released."""
    good = success(contract, operation)
    start = head_of(good, f"Content-Length: {len(good.body) + 1}")
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
        play(contract, operation, stage, good, breaks)


def _silent(contract: Contract, operation: Operation, mode: str) -> None:
    """The time of a call ends, whatever the vendor sends slowly or not at all."""
    good = success(contract, operation)
    with on_the_wire(contract, mode, max_connections=1, timeout=_SHORT) as stage:
        for told, script in _slow(good).items():
            begun = time.monotonic()
            outcome = stage.ask(operation, script)
            took = time.monotonic() - begun
            expect_failure(contract, operation, outcome, "Timeout", told, chained=False)
            expect(True, isinstance(outcome.error, TimeoutError), f"{told}: whether it is a TimeoutError differs")
            if took > _MUCH:  # a hundred times the time that there is, and half of what the vendor takes
                refuse(f"{told}: the deadline is not kept", f"{_SHORT} seconds", took, curl=outcome.curl)
            # The time is short, and a machine may be busy: one of some calls is in time.
            if all(stage.ask(operation, good).error is not None for _ in range(20)):
                refuse(f"no call succeeds after {told}", "a connection that is released")


def _slow(good: Reply) -> Mapping[str, Script]:
    start = head_of(good, f"Content-Length: {len(good.body)}")
    # Blanks after it belong to the JSON, so that even the least body takes longer than there is time.
    padded = good.body.ljust(_DRIPS)
    slow = tuple(step for byte in padded[:_DRIPS] for step in (bytes([byte]), _SHORT / 4))
    endless = (head_of(good, "Transfer-Encoding: chunked"), *((b"1\r\n \r\n", _SHORT / 4) * _DRIPS))
    drip = tuple(step for byte in b"X-A: " + b"a" * _BYTES for step in (bytes([byte]), _SHORT / 3))
    return {
        "slow header fields": (start[:-2], *drip, b"\r\n\r\n" + good.body),
        "silence": (HANG,),
        "silence after the header fields": (start, HANG),
        "a slow body": (head_of(good, f"Content-Length: {len(padded)}"), *slow, HANG),
        "a body that never ends": (*endless, HANG),
    }


def _closing(contract: Contract, operation: Operation, mode: str) -> None:
    """A client that is closed ends its connections, those of its failed calls too."""
    for reply in (success(contract, operation), Reply(404, b"{}", {"Content-Type": "application/json"})):
        with playing(contract, mode, reply.script) as (server, client):
            client.tried(operation.method, operation.least)
            client.close()
            if not server.left(_PATIENCE):
                refuse("a closed client leaves its connection open", "its end", f"open after {_PATIENCE} seconds")


def _nobody_listens(contract: Contract, operation: Operation, mode: str) -> None:
    """BB7: a refused connection, whatever was to be sent over it."""
    _unsent(contract, mode, operation, "nobody listens", _nobody(), "ConnectFailed", RETRIES)


def _unreachable(contract: Contract, operation: Operation, mode: str) -> None:
    """No connection comes about."""
    short = {"connect_timeout": _SHORT}
    places: tuple[tuple[str, Place, str, int, dict[str, float]], ...] = (
        ("an unknown name", _unknown(), "ConnectFailed", RETRIES, {}),
        ("plain HTTP where TLS was asked for", _talking(), "TlsFailed", 0, {}),
        # Who waits for longer than the option says hears something else in the end.
        ("a TLS handshake without an answer", _talking(_MUCH), "ConnectTimedOut", RETRIES, short),
    )
    for told, place, name, waits, limits in places:
        _unsent(contract, mode, operation, told, place, name, waits, **limits)


def _certificates(contract: Contract, operation: Operation, mode: str) -> None:
    """A server whose certificate is not trusted, or is another one's, is sent nothing; one that is right is called."""
    good = success(contract, operation)
    with kept(AUTHORITY) as file:
        trusts = {"the system's authorities": True, "a file": file, "an SSL context": trusting()}
        for trusted, verify in trusts.items():
            for shown in (OF_THIS_MACHINE, OF_ANOTHER):
                clock = StillClock()
                options: dict[str, Any] = {"verify": verify, "retries": RETRIES, "clock": clock.of(contract)}
                with playing(contract, mode, good.script, tls=showing(shown), **options) as (server, client):
                    error = client.tried(operation.method, operation.least)
                told = f"{'its own' if shown is OF_THIS_MACHINE else 'another name'} certificate, {trusted} trusted"
                if verify is not True and shown is OF_THIS_MACHINE:
                    expect(None, error, told)
                    expect(1, len(server.requests), f"{told}: requests")
                    continue
                expect_failure(contract, operation, Outcome(None, error, 0, ""), "TlsFailed", told)
                expect(False, getattr(error, "sent", None), f"{told}: whether anything was sent")
                expect([], server.lines, f"{told}: requests")
                expect([], clock.slept, f"{told}: repetitions, which cannot help")


Place = AbstractContextManager[str]
"""A base URL, for the time of a block."""


def _unsent(
    contract: Contract, mode: str, operation: Operation, told: str, place: Place, name: str, waits: int, **http: Any
) -> None:
    """What never left is told as such, and sent again whatever it does, if that can help."""
    clock = StillClock()
    options: dict[str, Any] = {"retries": RETRIES, "clock": clock.of(contract), **http}
    with place as url, opened(contract, mode, url, **options) as client:
        error = raised(lambda: client.call(operation.method, operation.least))
        expect_failure(contract, operation, Outcome(None, error, 0, ""), name, told)
        expect(False, getattr(error, "sent", None), f"{told}: whether anything was sent")
        expect(waits, len(clock.slept), f"{told}: repetitions of what was never sent")


@contextmanager
def _unknown() -> Generator[str]:
    """A name that cannot be looked up, whatever resolver this machine has."""

    def look_up(*_: object, **__: object) -> NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with patch("socket.getaddrinfo", look_up):
        yield "https://vendor.invalid"


@contextmanager
def _nobody() -> Generator[str]:
    """A port of this machine at which nobody listens, and nobody else can begin to."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@contextmanager
def _talking(after: float = 0.0) -> Generator[str]:
    """A server that speaks first, and not TLS, at once or after some seconds."""
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
        try:
            yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            ended.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)
            for connection in accepted:
                connection.close()
