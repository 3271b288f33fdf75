"""RQ7: credentials are sent exactly as their scheme has it, where they are asked for and nowhere else."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from vendorsmith.contract.arrival import arrived, check_body, curl
from vendorsmith.contract.cases import Contract, Credential, Operation, Where, carried
from vendorsmith.contract.driver import Client, anonymous, error_class, opened
from vendorsmith.contract.failure import Check, both, expect, refuse
from vendorsmith.contract.loopback import Loopback, Request, Script, answer, loopback

_REFUSED = answer({}, 404)
_EXCHANGE_HEADERS = {"host", "accept", "accept-encoding", "user-agent", "content-type", "content-length"}


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
    yield from both(contract, "RQ7", "", "none", Where(1, "/security"), partial(_without, contract))


@contextmanager
def staged(contract: Contract, mode: str, credential: Credential) -> Generator[Stage]:
    """A client with a credential; every call is answered with 404, and every exchange with a token."""
    exchange = credential.exchange

    def by(request: Request) -> Script:
        if exchange is not None and request.line == exchange.line:
            return answer(exchange.answer, exchange.status, **exchange.headers)
        return _REFUSED

    with loopback(by=by) as server, loopback(by=by) as other:
        tokens = server
        if exchange is not None and exchange.server:
            tokens = other
            credential = replace(credential, values={**credential.values, "base_url": other.url})
        with opened(contract, mode, server.url, credential=credential) as client:
            yield Stage(client, server, tokens)


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
    secured = [item for item in contract.operations if carried(item, (credential,))]
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
