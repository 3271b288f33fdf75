"""RQ8, BB7: what a client is given beside its place and its credentials: header fields, and an observer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any, NoReturn

from jobclients_contract.cases import Contract, Operation, carried, usual
from jobclients_contract.failure import Check, both, expect
from jobclients_contract.judging.arrival import arrived
from jobclients_contract.playing.driver import error_class, playing
from jobclients_contract.playing.loopback import answer

_REFUSED = answer({}, 404)
_OWN = {"X-Made-Up-By-The-Caller": "of its own"}


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    for operation in contract.operations[:1]:  # all of them are sent in the same way
        method, where = operation.method, operation.where
        yield from both(contract, "RQ8", method, "own-headers", where, partial(_own_headers, contract, operation))
        yield from both(contract, "BB7", method, "observer", where, partial(_observed, contract, operation))


def _own_headers(contract: Contract, operation: Operation, mode: str) -> None:
    """Header fields that the client was given are part of its requests."""
    with playing(contract, mode, _REFUSED, options={"headers": _OWN}) as (server, client):
        row = contract.least(operation.method)
        error = client.tried(operation.method, row.arguments)
        own = {name.lower(): value for name, value in _OWN.items()}
        expected = replace(row, headers={**row.headers, **own})
        arrived(contract, server, expected, error, carried(operation, usual(contract.credentials)))


def _observed(contract: Contract, operation: Operation, mode: str) -> None:
    """An observer is told of the call, and its own failure changes nothing."""
    seen: list[Any] = []

    def observe(event: Any) -> NoReturn:
        seen.append(event)
        raise RuntimeError("of the observer's own")

    with playing(contract, mode, _REFUSED, options={"observer": observe}) as (_, client):
        error = client.tried(operation.method, operation.least)
    expect(True, isinstance(error, error_class(contract, "ApiError")), "whether a 404 is an ApiError differs")
    told = [(event.vendor, event.operation, event.status) for event in seen if event.operation == operation.method]
    expect([(contract.vendor, operation.method, 404)], told, "what the observer is told differs")
