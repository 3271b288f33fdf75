"""RQ7, SE: exchanges that end badly, and what may go along with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Final

from jobclients_contract.cases import Contract, Credential, Exchange, Json, carried
from jobclients_contract.failure import Check, both, expect
from jobclients_contract.judging.leaks import expect_hidden, shown_by_error
from jobclients_contract.playing.driver import error_class
from jobclients_contract.playing.exchanging import exchanging, handed_out
from jobclients_contract.playing.loopback import Script, answer

_OWN: Final = {"X-Made-Up-By-The-Caller": "of its own"}
_NEW: Final = "n3w-t0ken-in-another-place"


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    acts = {("RQ7", "failed"): _failed, ("RQ7", "own-headers"): _own_headers, ("SE", "new-token"): _new_token}
    for item in contract.credentials:
        if item.exchange is None or not any(carried(operation, (item,)) for operation in contract.operations):
            continue
        for (rule, subject), act in acts.items():
            bound = partial(act, contract, item)
            yield from both(
                contract, rule, "", f"{item.name}-{subject}", item.where, bound, [f"credential:{item.name}"]
            )


def _first(contract: Contract, credential: Credential) -> tuple[str, dict[str, Json]]:
    operation = next(item for item in contract.operations if carried(item, (credential,)))
    return operation.method, operation.least


def _failed(contract: Contract, credential: Credential, mode: str) -> None:
    """An exchange whose status says no hands out nothing, whatever its body holds."""
    method, least = _first(contract, credential)
    for status in (400, 401, 403, 500):
        failing = partial(_failing, status)
        with exchanging(contract, mode, credential, exchanged=failing) as stage:
            error = stage.client.tried(method, least)
            told = f"whether an exchange with status {status} is an error of the API, and how many calls follow"
            expect((True, 0), (isinstance(error, error_class(contract, "ApiError")), len(stage.calls)), told)


def _failing(status: int, exchange: Exchange) -> Script:
    return handed_out(replace(exchange, status=status))


def _own_headers(contract: Contract, credential: Credential, mode: str) -> None:
    """Header fields that a client was given are for its own server; they may hold secrets."""
    method, least = _first(contract, credential)
    with exchanging(contract, mode, credential, options={"headers": _OWN}) as stage:
        stage.client.tried(method, least)
        own = [name.lower() in request.headers for name in _OWN for request in stage.exchanges]
        expect(
            [stage.tokens is stage.server] * len(_OWN), own, "whether the caller's headers go to the exchange differs"
        )


def _new_token(contract: Contract, credential: Credential, mode: str) -> None:
    """An answer to an exchange may hold a token at a place that nobody knows: no error repeats the answer."""
    method, least = _first(contract, credential)
    with exchanging(contract, mode, credential, exchanged=lambda _: answer({"elsewhere": _NEW})) as stage:
        error = stage.client.tried(method, least)
    expect(True, isinstance(error, error_class(contract, "DecodeError")), "whether it is a DecodeError differs")
    assert error is not None
    expect_hidden([shown_by_error(error, variables=True)], [_NEW], "the error about an exchange without a token")
