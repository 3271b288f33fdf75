"""RQ7: credentials are sent exactly as their scheme has it, where they are asked for and nowhere else."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import formatdate
from functools import partial
from typing import Final
from urllib.parse import quote

from jobclients_contract.cases import Contract, Credential, Exchange, Json, Operation, carried, usual
from jobclients_contract.cases import Request as Expected
from jobclients_contract.failure import Check, both, expect, refuse
from jobclients_contract.judging.arrival import arrived, check_body, curl
from jobclients_contract.judging.expectation import expected
from jobclients_contract.playing.driver import Client, anonymous, error_class
from jobclients_contract.playing.exchanging import (
    REFUSED,
    Exchanging,
    exchanging,
    handed_out,
    handing_out,
    telling,
)
from jobclients_contract.playing.loopback import Request, Script, answer
from jobclients_contract.playing.stage import StillClock
from jobclients_contract.reading.conditions import words_of
from jobclients_contract.reading.places import Reply, filled, in_body, is_object, says_no
from jobclients_contract.reading.pointers import MISSING, Missing

_EXCHANGE_HEADERS = {"host", "accept", "accept-encoding", "user-agent", "content-type", "content-length"}

_WALL: Final = 1_800_000_000.0
_LIFE: Final = 300
_FOR_EVER: Final = 10_000_000.0
_PATIENCE: Final = 10.0
_TEMPORARY: Final = "t0ken-of-a-temporary-pair"
_MEANWHILE: Final = 0.1
"""Seconds of an exchange, in which the call that comes second begins."""
_NO_ENDS: Final[tuple[Json | Missing, ...]] = (MISSING, None, "", "soon")
"""What stands where the end of a token is told, and tells none."""
_UNFIT: Final[dict[str, tuple[dict[str, Json], ...]]] = {
    "Token": ({"value": ""},),
    "Basic": ({"username": "a:b"},),
    "AkSk": ({"access_key": ""}, {"secret_key": ""}),
}
"""Values with which a credential of a class cannot be sent, or would be read as another one."""


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    for item in contract.credentials:
        acts = {"": _as_its_scheme}
        if item.name in _UNFIT and _secured(contract, item):
            acts |= {"-unfit": _unfit}
        if item.kind == "signed" and _secured(contract, item):
            acts |= {"-query": _signed_queries, "-temporary": _temporary}
        if item.exchange is not None and _secured(contract, item):
            acts |= {
                "-exchange": _exchanged_once,
                "-late-refusal": _refused_late,
                "-together": _exchanged_together,
                "-lifetime": _lives_as_documented,
            }
            acts |= {"-clock": _by_its_own_clock} if item.exchange.expires else {}
            acts |= {"-expires-in": _for_seconds} if item.exchange.expires_in else {}
            if refusals := list(_refusals(contract, item.exchange)):
                act = partial(_said_no, contract, item, refusals)
                yield from both(
                    contract, "ER4", "", f"{item.name}-refused", item.where, act, [f"credential:{item.name}"]
                )
        for subject, check in acts.items():
            bound = partial(check, contract, item)
            yield from both(
                contract, "RQ7", "", f"{item.name}{subject}", item.where, bound, [f"credential:{item.name}"]
            )
    yield from both(contract, "RQ7", "", "none", "/security", partial(_without, contract))


def _secured(contract: Contract, credential: Credential) -> list[Operation]:
    return [item for item in contract.operations if carried(item, (credential,))]


def suffices(operation: Operation, credentials: Sequence[Credential]) -> bool:
    """Whether an operation can be called with some credentials, or needs none."""
    return not operation.security or () in operation.security or bool(carried(operation, credentials))


def target_of(contract: Contract, row: Expected, credentials: Sequence[Credential]) -> str:
    """The request target of a call with some credentials: tables have it with the usual ones.

    Args:
        contract: what is documented.
        row: the call, from the tables.
        credentials: those that a client is given.
    """
    operation = contract.operation(row.operation)
    before, after = (
        [
            f"{quote(name, safe='')}={quote(value, safe='')}"
            for item in carried(operation, given)
            for name, value in item.query
        ]
        for given in (usual(contract.credentials), credentials)
    )
    path, _, query = row.target.partition("?")
    pairs = [*(pair for pair in query.split("&") if pair and pair not in before), *after]
    return f"{path}?{'&'.join(pairs)}" if pairs else path


def expect_calls(contract: Contract, stage: Exchanging, credential: Credential | None, path: str = "") -> None:
    """Every call carries a credential as documented, or not at all; where another one is needed, nothing is sent.

    Args:
        contract: what the client is held to.
        stage: the client, with that credential.
        credential: the credential; None for none.
        path: with which every request target begins.

    Raises:
        Mismatch: one does not.
    """
    given = () if credential is None else (credential,)
    for operation in contract.operations:
        asked = carried(operation, given)
        stage.server.requests.clear()
        row = contract.least(operation.method)
        error = stage.client.tried(row.operation, row.arguments)
        if not suffices(operation, given):
            invalid = isinstance(error, error_class(contract, "InvalidArgument"))
            told = f"{operation.method} without the credential that it needs: requests, and whether it is refused"
            expect((0, True), (len(stage.server.requests), invalid), told)
            continue
        if asked:
            stage.server.requests[:] = stage.calls
        arrived(contract, stage.server, replace(row, target=path + target_of(contract, row, given)), error, asked)


def _as_its_scheme(contract: Contract, credential: Credential, mode: str) -> None:
    """Every call carries it as documented, or not at all."""
    with exchanging(contract, mode, credential) as stage:
        expect_calls(contract, stage, credential)


def _unfit(contract: Contract, credential: Credential, mode: str) -> None:
    """A credential that its scheme cannot carry is refused, and nothing is sent."""
    operation = _secured(contract, credential)[0]
    for values in _UNFIT[credential.name]:
        changed = replace(credential, values={**credential.values, **values})
        with exchanging(contract, mode, changed) as stage:
            error = stage.client.tried(operation.method, operation.least)
            refused = isinstance(error, error_class(contract, "InvalidArgument"))
            told = f"whether {values} is refused, and how many requests are sent"
            expect((True, 0), (refused, len(stage.everything)), told)


def _signed_queries(contract: Contract, credential: Credential, mode: str) -> None:
    """The signature is that of the query as it arrives, whatever the order of its pairs."""
    # A documented request (RQ10) says itself by which credential it was sent.
    rows = {row.operation: row for row in contract.requests if row.rule != "RQ10" and _unsorted(row.target)}
    with exchanging(contract, mode, credential) as stage:
        for operation in _secured(contract, credential):
            row = rows.get(operation.method, contract.least(operation.method))
            stage.server.requests.clear()
            times = {name: datetime.fromisoformat(text) for name, text in row.times.items()}
            arguments = {name: value for name, value in row.arguments.items() if name not in times}
            error = stage.client.tried(row.operation, arguments, **times)
            arrived(contract, stage.server, row, error, (credential,))


def _unsorted(target: str) -> bool:
    pairs = target.partition("?")[2].split("&")
    return pairs != sorted(pairs)


def _temporary(contract: Contract, credential: Credential, mode: str) -> None:
    """The token that belongs to a temporary pair of keys goes along."""
    operation = _secured(contract, credential)[0]
    changed = replace(credential, values={**credential.values, "security_token": _TEMPORARY})
    with exchanging(contract, mode, changed) as stage:
        stage.client.tried(operation.method, operation.least)
        sent = [request.headers.get("x-security-token") for request in stage.server.requests]
    expect([_TEMPORARY], sent, "the token of a temporary pair of keys differs")


def _exchanged_once(contract: Contract, credential: Credential, mode: str) -> None:
    """The exchange is the documented request, goes to its own server, and happens once for all calls."""
    exchange = credential.exchange
    assert exchange is not None
    with exchanging(contract, mode, credential) as stage:
        for operation in _secured(contract, credential)[:3]:
            stage.client.tried(operation.method, operation.least)
        asked = stage.exchanges if stage.tokens is stage.server else stage.tokens.requests
        lines = [request.line for request in asked]
        expect([exchange.line], lines, "requests for a token")
        (first,) = stage.exchanges
        command = curl(contract, stage.tokens, first)
        check_body(first, exchange.media_type, exchange.body)
        strange = {name: value for name, value in first.headers.items() if name not in _EXCHANGE_HEADERS}
        expect({}, strange, "the exchange has header fields that nobody asked for", curl=command)
        expect(stage.tokens.host, first.headers.get("host"), "the header host differs", curl=command)
        kept = [secret for secret in credential.secrets if secret != exchange.token]
        for request in stage.calls:
            if any(secret.encode() in request.raw for secret in kept):
                refuse("a secret went to more than its exchange", exchange.line, request.line)


def _exchanged_together(contract: Contract, credential: Credential, mode: str) -> None:
    """Two calls that need a token at the same time share one exchange."""

    def exchanged(exchange: Exchange) -> Script:
        time.sleep(_MEANWHILE)
        return handed_out(exchange)

    with exchanging(contract, mode, credential, exchanged=exchanged) as stage:
        _at_once(stage.client, _secured(contract, credential)[0])
        counts = (len(stage.exchanges), len(stage.calls))
        expect((1, 2), counts, "exchanges, and calls that need their token")


def _refusals(contract: Contract, exchange: Exchange) -> Iterator[Reply]:
    """Answers to an exchange that the envelope of its operation refuses."""
    envelope = next((item.envelope for item in contract.operations if item.id == exchange.operation), None)
    for condition in envelope.values() if is_object(envelope) else ():
        if not is_object(condition):
            continue
        place = str(condition["from"])
        for value in words_of(condition) if in_body(place) else ():
            reply = Reply.of(exchange.status, filled(exchange.answer, place, value), **exchange.headers)
            if says_no(envelope, reply):
                yield reply


def _said_no(contract: Contract, credential: Credential, refusals: list[Reply], mode: str) -> None:
    """An exchange that is refused with a status that says yes is a refusal, and no call is made."""
    assert credential.exchange is not None
    asked = next(item for item in contract.operations if item.id == credential.exchange.operation)
    operation = _secured(contract, credential)[0]
    said = refusals[0]
    with exchanging(contract, mode, credential, exchanged=lambda _: said.script) as stage:
        for number, said in enumerate(refusals, 1):
            error = stage.client.tried(operation.method, operation.least)
            kind = error_class(contract, expected(contract, asked, said).kind)
            expect(kind, type(error), f"what an exchange that is answered with {said.body!r} raises")
            counts = (len(stage.exchanges), len(stage.calls))
            expect((number, 0), counts, "exchanges, and calls without a token")


def _expect_renewals(
    contract: Contract,
    credential: Credential,
    mode: str,
    exchanged: Callable[[Exchange, float], Script],
    moments: tuple[tuple[float, int], ...],
    told: str,
) -> None:
    """A client uses a token, and the next one, when it should.

    Args:
        contract: what the client is held to.
        credential: the credential.
        mode: "sync" or "async".
        exchanged: answers an exchange at a moment, in seconds from the first.
        moments: of calls, each with how many exchanges there were by then.
        told: what the vendor says of the end of its tokens.

    Raises:
        Mismatch: a token was used too long or not long enough.
    """
    clock = StillClock(wall=_WALL)
    operation = _secured(contract, credential)[0]
    tokens: list[str] = []

    def by(exchange: Exchange) -> Script:
        tokens.append(f"{exchange.token}-{len(tokens)}")
        return exchanged(handing_out(exchange, tokens[-1]), clock.now)

    with exchanging(contract, mode, credential, exchanged=by, clock=clock.of(contract)) as stage:
        for moment, times in moments:
            clock.now = moment
            stage.client.tried(operation.method, operation.least)
            expect(times, len(stage.exchanges), f"exchanges after {moment} s, where {told}")
            if tokens[-1].encode() not in stage.calls[-1].raw:
                refuse("the call does not carry the newest token", tokens[-1], stage.calls[-1].head.decode())


def _by_its_own_clock(contract: Contract, credential: Credential, mode: str) -> None:
    """The end of a token is a moment of the vendor's clock, which its header Date tells and which may be wrong."""
    for behind in (0.0, 7 * 3600.0, -7 * 3600.0):

        def exchanged(exchange: Exchange, moment: float, behind: float = behind) -> Script:
            now = _WALL + moment + behind
            ends = datetime.fromtimestamp(now + _LIFE, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            silent = telling(exchange, exchange.expires_in, MISSING)
            return handed_out(telling(silent, exchange.expires, ends), Date=formatdate(now, usegmt=True))

        told = f"the vendor's clock differs by {behind} s and a token ends in {_LIFE} s"
        _expect_renewals(contract, credential, mode, exchanged, _renewed_after(_LIFE), told)


def _for_seconds(contract: Contract, credential: Credential, mode: str) -> None:
    """A token lives as many seconds as its answer says, in a number or in digits."""
    for life in (_LIFE, str(_LIFE)):

        def exchanged(exchange: Exchange, moment: float, life: Json = life) -> Script:
            del moment
            return handed_out(telling(telling(exchange, exchange.expires, MISSING), exchange.expires_in, life))

        told = f"a token lives for {life!r} s"
        _expect_renewals(contract, credential, mode, exchanged, _renewed_after(_LIFE), told)


def _lives_as_documented(contract: Contract, credential: Credential, mode: str) -> None:
    """A token whose end the answer does not tell lives as long as the spec says, or else until it is refused."""
    assert credential.exchange is not None
    life = credential.exchange.lifetime
    moments = _renewed_after(life) if life else ((0.0, 1), (_FOR_EVER, 1))
    for end in _NO_ENDS:

        def exchanged(exchange: Exchange, moment: float, end: Json | Missing = end) -> Script:
            del moment
            return handed_out(telling(telling(exchange, exchange.expires, end), exchange.expires_in, end))

        told = f"the answer says {end!r} of its end, and the spec {life or 'no'} s"
        _expect_renewals(contract, credential, mode, exchanged, moments, told)


def _renewed_after(life: float) -> tuple[tuple[float, int], ...]:
    """Moments of calls with a token that lives for some seconds, and how many exchanges there were by then."""
    return ((0.0, 1), (life * 2 / 3, 1), (life, 2), (life * 5 / 3, 2), (life * 2, 3))


def _refused_late(contract: Contract, credential: Credential, mode: str) -> None:
    """Of two calls with the same token, the second is refused after it was renewed: the newer one is not discarded."""
    exchanges: list[str] = []
    refused: list[Request] = []
    met, renewed = threading.Event(), threading.Event()
    lock = threading.Lock()

    def exchanged(exchange: Exchange) -> Script:
        exchanges.append(f"{exchange.token}-{len(exchanges)}")
        return handed_out(handing_out(exchange, exchanges[-1]))

    def called(request: Request) -> Script:
        if not together or exchanges[0].encode() not in request.raw:
            renewed.set()
            return REFUSED
        with lock:
            refused.append(request)
            second = len(refused) == 2
        if second:
            met.set()
        (renewed if second else met).wait(_PATIENCE)
        return answer({}, 401)

    together = False
    operation = _secured(contract, credential)[0]
    with exchanging(contract, mode, credential, called=called, exchanged=exchanged) as stage:
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
        ready = threading.Barrier(2)

        def called() -> None:
            ready.wait(_PATIENCE)
            client.tried(operation.method, operation.least)

        with ThreadPoolExecutor(2) as pool:
            for future in [pool.submit(called) for _ in range(2)]:
                future.result()
        return
    function = getattr(client.client, operation.method)
    arguments = client.typed(operation.method, operation.least)

    async def gathered() -> None:
        await asyncio.gather(*(function(**arguments) for _ in range(2)), return_exceptions=True)

    client.wait(gathered())


def _without(contract: Contract, mode: str) -> None:
    """A call that needs a credential is not sent without; one that needs none is."""
    with exchanging(contract, mode, None, options=anonymous(contract)) as stage:
        expect_calls(contract, stage, None)
