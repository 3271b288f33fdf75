"""RQ: a request is exactly as documented."""

from __future__ import annotations

from collections.abc import Iterator

from vendorsmith.contract.cases import Contract, Request
from vendorsmith.contract.driver import playing, raised
from vendorsmith.contract.failure import Check, both, expect, refuse
from vendorsmith.contract.loopback import answer


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    for request in contract.requests:

        def act(mode: str, request: Request = request) -> None:
            _sent_as_documented(contract, request, mode)

        yield from both(contract, request.rule, request.operation, request.name, request.where, act)


def _sent_as_documented(contract: Contract, request: Request, mode: str) -> None:
    """RQ1: method and raw request target, byte for byte."""
    operation = contract.operation(request.operation)
    with playing(contract, mode, answer({}, 404), prefix=request.prefix) as (server, client):
        error = raised(lambda: client.call(request.operation, request.arguments))
        if not server.requests:
            refuse("no request arrived", f"{operation.http} {request.target}", error)
        expect(f"{operation.http} {request.target}", server.request.line, "the request line differs")
