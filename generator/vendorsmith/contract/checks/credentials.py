"""RQ7: credentials are sent exactly as their scheme has it, where they are asked for and nowhere else."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import formatdate
from functools import partial
from typing import Any, Final

from vendorsmith.contract.cases import Contract, Credential, Exchange, Json, Operation, Where, carried
from vendorsmith.contract.failure import Check, both, expect, refuse
from vendorsmith.contract.judging.arrival import arrived, check_body, curl
from vendorsmith.contract.playing.driver import Client, anonymous, error_class, opened
from vendorsmith.contract.playing.loopback import Loopback, Request, Script, answer, loopback
from vendorsmith.contract.playing.stage import StillClock
from vendorsmith.contract.reading.conditions import words_of
from vendorsmith.contract.reading.places import Reply, filled, in_body, is_object, says_no

_REFUSED = answer({}, 404)
_EXCHANGE_HEADERS = {"host", "accept", "accept-encoding", "user-agent", "content-type", "content-length"}

_ENDS: Final = "2099-12-31T23:59:59Z"
"""When the tokens of the tables end."""
_WALL: Final = 1_800_000_000.0
_LIFE: Final = 300.0
_PATIENCE: Final = 10.0
_MEANWHILE: Final = 0.1
"""Seconds of an exchange, in which the call that comes second begins."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A client with one credential, its vendor, and the server at which the credential becomes a token."""

    client: Client
    server: Loopback
    tokens: Loopback


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    for item in contract.credentials:
        named = [f"credential:{item.name}"]
        subject = item.name
        yield from both(contract, "RQ7", "", subject, item.where, partial(_as_its_scheme, contract, item), named)
        if item.exchange is not None:
            act = partial(_exchanged_once, contract, item)
            yield from both(contract, "RQ7", "", f"{subject}-exchange", item.where, act, named)
            if refusals := list(_refusals(contract, item.exchange)):
                said_no = partial(_said_no, contract, item, refusals)
                yield from both(contract, "ER4", "", f"{subject}-refused", item.where, said_no, named)
            late = partial(_refused_late, contract, item)
            yield from both(contract, "RQ7", "", f"{subject}-late-refusal", item.where, late, named)
            together = partial(_exchanged_together, contract, item)
            yield from both(contract, "RQ7", "", f"{subject}-together", item.where, together, named)
            if _ENDS in json.dumps([item.exchange.answer, dict(item.exchange.headers)]):
                skewed = partial(_by_its_own_clock, contract, item)
                yield from both(contract, "RQ7", "", f"{subject}-clock", item.where, skewed, named)
            if item.exchange.lifetime:
                silent = partial(_lives_as_documented, contract, item)
                yield from both(contract, "RQ7", "", f"{subject}-lifetime", item.where, silent, named)
    yield from both(contract, "RQ7", "", "none", Where(1, "/security"), partial(_without, contract))


@contextmanager
def staged(
    contract: Contract,
    mode: str,
    credential: Credential,
    *,
    called: Callable[[Request], Script] = lambda _: _REFUSED,
    exchanged: Callable[[Exchange], Script] | None = None,
    **http: Any,
) -> Generator[Stage]:
    """A client with a credential, and what answers its calls and exchanges: 404, and the documented token."""
    exchange = credential.exchange

    def by(request: Request) -> Script:
        if exchange is not None and request.line == exchange.line:
            return exchanged(exchange) if exchanged is not None else _handed_out(exchange)
        return called(request)

    with loopback(by=by) as server, loopback(by=by) as other:
        tokens = server
        if exchange is not None and exchange.server:
            tokens = other
            credential = replace(credential, values={**credential.values, "base_url": other.url})
        with opened(contract, mode, server.url, credential=credential, **http) as client:
            yield Stage(client, server, tokens)


def _handed_out(exchange: Exchange, token: str = "", ends: str = _ENDS, **headers: str) -> Script:
    """The documented answer to an exchange, with another token and another end."""
    text = json.dumps([exchange.answer, dict(exchange.headers)]).replace(_ENDS, ends)
    body, fields = json.loads(text.replace(exchange.token, token or exchange.token))
    return answer(body, exchange.status, **fields, **headers)


def _secured(contract: Contract, credential: Credential) -> list[Operation]:
    return [item for item in contract.operations if carried(item, (credential,))]


def _satisfied(operation: Operation, credential: Credential) -> bool:
    return not operation.security or () in operation.security or bool(carried(operation, (credential,)))


def _as_its_scheme(contract: Contract, credential: Credential, mode: str) -> None:
    """Every call carries it as documented, or not at all."""
    with staged(contract, mode, credential) as stage:
        for operation in contract.operations:
            if not _satisfied(operation, credential):
                continue
            stage.server.requests.clear()
            row = contract.least(operation.method)
            error = stage.client.tried(row.operation, row.arguments)
            if stage.tokens is stage.server and credential.exchange is not None and carried(operation, (credential,)):
                # The first of these calls is preceded by the exchange, which another check looks at.
                stage.server.requests[:] = stage.server.requests[-1:]
            arrived(contract, stage.server, row, error, carried(operation, (credential,)))


def _exchanged_once(contract: Contract, credential: Credential, mode: str) -> None:
    """The exchange is the documented request, goes to its own server, and happens once for all calls."""
    exchange = credential.exchange
    assert exchange is not None
    secured = _secured(contract, credential)
    with staged(contract, mode, credential) as stage:
        for operation in secured[:3]:
            stage.client.tried(operation.method, operation.least)
        lines = [request.line for request in stage.tokens.requests]
        expect(1, lines.count(exchange.line), "the credential was not exchanged exactly once")
        first = stage.tokens.requests[0]
        expect(exchange.line, first.line, "the first request is not the exchange")
        command = curl(contract, stage.tokens, first)
        check_body(first, exchange.media_type, exchange.body)
        strange = {name: value for name, value in first.headers.items() if name not in _EXCHANGE_HEADERS}
        expect({}, strange, "the exchange has header fields that nobody asked for", curl=command)
        expect(stage.tokens.host, first.headers.get("host"), "the header host differs", curl=command)
        kept = [secret for secret in credential.secrets if secret != exchange.token]
        for request in stage.server.requests:
            if request is not first and any(secret.encode() in request.raw for secret in kept):
                refuse("a secret went to more than its exchange", exchange.line, request.line)


def _exchanged_together(contract: Contract, credential: Credential, mode: str) -> None:
    """Two calls that need a token at the same time share one exchange."""
    exchanges: list[Exchange] = []
    calls: list[Request] = []

    def exchanged(exchange: Exchange) -> Script:
        exchanges.append(exchange)
        time.sleep(_MEANWHILE)
        return _handed_out(exchange)

    def called(request: Request) -> Script:
        calls.append(request)
        return _REFUSED

    with staged(contract, mode, credential, called=called, exchanged=exchanged) as stage:
        _at_once(stage.client, _secured(contract, credential)[0])
    expect((1, 2), (len(exchanges), len(calls)), "exchanges, and calls that need their token, differ")


def _refusals(contract: Contract, exchange: Exchange) -> Iterator[Json]:
    """Answers to an exchange that the envelope of its operation refuses."""
    envelope = next((item.envelope for item in contract.operations if item.id == exchange.operation), None)
    for condition in envelope.values() if is_object(envelope) else ():
        if not is_object(condition):
            continue
        place = str(condition["from"])
        for value in words_of(condition) if in_body(place) else ():
            body = filled(exchange.answer, place, value)
            if says_no(envelope, Reply.of(exchange.status, body)):
                yield body


def _said_no(contract: Contract, credential: Credential, refusals: list[Json], mode: str) -> None:
    """An exchange that is refused with a status that says yes is a refusal, and no call is made."""
    said: Json = None
    operation = _secured(contract, credential)[0]
    with staged(contract, mode, credential, exchanged=lambda exchange: answer(said, exchange.status)) as stage:
        for said in refusals:
            error = stage.client.tried(operation.method, operation.least)
            refused = isinstance(error, error_class(contract, "Refused"))
            expect(True, refused, f"whether an exchange that is answered with {said} is refused differs")
        asked = stage.tokens.requests
        expect(len(refusals), len(asked), "exchanges")
        expect([], [item.line for item in stage.server.requests if item not in asked], "calls without a token")


def _by_its_own_clock(contract: Contract, credential: Credential, mode: str) -> None:
    """The end of a token is a moment of the vendor's clock, which its header Date tells and which may be wrong."""
    clock = StillClock()
    behind = 0.0
    exchanges: list[Exchange] = []

    def exchanged(exchange: Exchange) -> Script:
        exchanges.append(exchange)
        now = _WALL + clock.now + behind
        ends = datetime.fromtimestamp(now + _LIFE, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return _handed_out(exchange, ends=ends, Date=formatdate(now, usegmt=True))

    for behind in (0.0, 7 * 3600.0, -7 * 3600.0):
        exchanges.clear()
        clock = StillClock(wall=_WALL)
        with staged(contract, mode, credential, exchanged=exchanged, clock=clock.of(contract)) as stage:
            operation = _secured(contract, credential)[0]
            told = f"exchanges, where the vendor's clock differs by {behind} s and a token ends in {_LIFE} s"
            for moment, times in ((0.0, 1), (_LIFE * 2 / 3, 1), (_LIFE + 1, 2)):
                clock.now = moment
                stage.client.tried(operation.method, operation.least)
                expect(times, len(exchanges), f"{told}, after {moment} s")


def _lives_as_documented(contract: Contract, credential: Credential, mode: str) -> None:
    """A token whose end the answer does not tell lives as long as the spec says, and is renewed before that."""
    exchanges: list[Exchange] = []
    clock = StillClock(wall=_WALL)

    def exchanged(exchange: Exchange) -> Script:
        exchanges.append(exchange)
        return _handed_out(exchange, ends="")

    assert credential.exchange is not None
    life = credential.exchange.lifetime
    operation = _secured(contract, credential)[0]
    with staged(contract, mode, credential, exchanged=exchanged, clock=clock.of(contract)) as stage:
        for moment, times in ((0.0, 1), (life * 2 / 3, 1), (life + 1, 2)):
            clock.now = moment
            stage.client.tried(operation.method, operation.least)
            expect(times, len(exchanges), f"exchanges, where a token lives {life} s, after {moment} s")


def _refused_late(contract: Contract, credential: Credential, mode: str) -> None:
    """Of two calls with the same token, the second is refused after it was renewed: the newer one is not discarded."""
    exchanges: list[str] = []
    refused: list[Request] = []
    met, renewed = threading.Event(), threading.Event()
    lock = threading.Lock()

    def exchanged(exchange: Exchange) -> Script:
        exchanges.append(f"{exchange.token}-{len(exchanges)}")
        return _handed_out(exchange, exchanges[-1])

    def called(request: Request) -> Script:
        if not together or exchanges[0].encode() not in request.raw:
            renewed.set()
            return _REFUSED
        with lock:
            refused.append(request)
            second = len(refused) == 2
        if second:
            met.set()
        (renewed if second else met).wait(_PATIENCE)
        return answer({}, 401)

    together = False
    operation = _secured(contract, credential)[0]
    with staged(contract, mode, credential, called=called, exchanged=exchanged) as stage:
        stage.client.tried(operation.method, operation.least)
        renewed.clear()
        together = True
        _at_once(stage.client, operation)
        expect(2, len(refused), "calls that were refused with the first token")
        stage.client.tried(operation.method, operation.least)
        expect(2, len(exchanges), "exchanges, where a token was refused twice at a time")


def _at_once(client: Client, operation: Operation) -> None:
    """Call an operation twice at the same time."""
    if client.mode == "sync":
        with ThreadPoolExecutor(2) as pool:
            for _ in range(2):
                pool.submit(client.tried, operation.method, operation.least)
        return
    function = getattr(client.client, operation.method)
    arguments = client.typed(operation.method, operation.least)

    async def gathered() -> None:
        await asyncio.gather(*(function(**arguments) for _ in range(2)), return_exceptions=True)

    client.wait(gathered())


def _without(contract: Contract, mode: str) -> None:
    """A call that needs a credential is not sent without; one that needs none is."""
    invalid = error_class(contract, "InvalidArgument")
    with (
        loopback(by=lambda _: _REFUSED) as server,
        opened(contract, mode, server.url, options=anonymous(contract)) as client,
    ):
        for operation in contract.operations:
            server.requests.clear()
            row = contract.least(operation.method)
            error = client.tried(row.operation, row.arguments)
            if not operation.security or () in operation.security:
                arrived(contract, server, row, error, ())
            elif server.requests or not isinstance(error, invalid):
                refuse(f"{operation.method} without a credential was not refused", "InvalidArgument", repr(error))
