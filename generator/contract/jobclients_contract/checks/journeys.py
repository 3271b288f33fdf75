"""SE: where secrets go: to the server that they are meant for, and nowhere else whatever that one says."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final
from unittest.mock import patch

import httpx2

from jobclients_contract.cases import Contract, Credential, Operation, carried
from jobclients_contract.checks.secrets import MARKS, raising
from jobclients_contract.failure import Check, both, expect, refuse
from jobclients_contract.playing.driver import error_class, opened
from jobclients_contract.playing.exchanging import bound, handing_out
from jobclients_contract.playing.loopback import CLOSE, Loopback, Request, Script, answer, loopback
from jobclients_contract.playing.memory import Memory

_REDIRECTS: Final = (301, 302, 303, 307, 308)
_PROXIES: Final = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    acts: dict[str, Callable[[Contract, Credential, Operation, str], None]] = {
        "redirect": _redirected,
        "downgrade": _downgraded,
        "proxy": _proxied,
        "environment": _environment,
    }
    for item in contract.credentials:
        operation = next((found for found in contract.operations if carried(found, (item,))), None)
        if operation is None:
            continue
        # A token that stands in a header field holds no line breaks.
        mine = acts | ({"received": _received} if item.exchange is not None and not item.exchange.headers else {})
        for name, act in mine.items():
            bound = partial(act, contract, item, operation)
            yield from both(contract, "SE", "", f"{item.name}-{name}", item.where, bound, [f"credential:{item.name}"])


@contextmanager
def _vendor(
    credential: Credential, reply: Script, on_exchange: Script | None = None
) -> Generator[tuple[Loopback, Credential]]:
    """A vendor with one answer to calls and one to exchanges, the token by default; and the loud credential for it."""
    louder, _ = raising(credential)
    exchange = louder.exchange

    def by(request: Request) -> Script:
        if exchange is None or request.line != exchange.line:
            return reply
        return on_exchange or answer(exchange.answer, exchange.status, **exchange.headers)

    with loopback(by=by) as server:
        yield server, bound(louder, server.url)


def _redirected(contract: Contract, credential: Credential, operation: Operation, mode: str) -> None:
    """A redirect to another port or host is not followed, neither by calls nor by exchanges."""
    with loopback(by=lambda _: answer({}, 404)) as other:
        for status in _REDIRECTS:
            for place in (other.url, f"http://localhost:{other.port}", f"//{other.host}"):
                reply = answer(b"", status, Location=f"{place}/elsewhere")
                for on_exchange in [None] if credential.exchange is None else [None, reply]:
                    with (
                        _vendor(credential, reply, on_exchange) as (server, louder),
                        opened(contract, mode, server.url, credential=louder) as client,
                    ):
                        _expect_failure(client.tried(operation.method, operation.least), f"a redirect ({status})")
                    expect([], other.lines, f"a redirect ({status}) to {place} was followed")


def _expect_failure(error: Exception | None, about: str) -> None:
    if error is None:
        refuse(f"{about} is no error", "an error", "a result")


class _Redirecting(Memory):
    """Answers each request with a redirect to the same place without TLS, and keeps where requests were to go."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.urls.append(str(request.url))
        self.play({}, 307, Location=str(request.url.copy_with(scheme="http")))
        return super()._answer(request)


def _downgraded(contract: Contract, credential: Credential, operation: Operation, mode: str) -> None:
    """A redirect from https to http is not followed."""
    transport = _Redirecting()
    louder = bound(raising(credential)[0], "https://vendor.example")
    with opened(contract, mode, "https://vendor.example", credential=louder, transport=transport) as client:
        _expect_failure(client.tried(operation.method, operation.least), "a redirect")
    expect(1, len(transport.urls), "a redirect to http was followed")
    expect("https", transport.urls[0].partition(":")[0], "another scheme was called")


def _proxied(contract: Contract, credential: Credential, operation: Operation, mode: str) -> None:
    """A proxy of https learns the host and nothing else."""
    louder = bound(raising(credential)[0], "https://vendor.example")
    with loopback(by=lambda _: (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", CLOSE)) as proxy:
        with opened(contract, mode, "https://vendor.example", credential=louder, proxy=proxy.url) as client:
            _expect_failure(client.tried(operation.method, operation.least), "a proxy that refuses")
        expect("CONNECT vendor.example:443", proxy.request.line, "the proxy was asked for something else")
        _expect_unmarked(proxy, "the proxy")


def _environment(contract: Contract, credential: Credential, operation: Operation, mode: str) -> None:
    """Proxies of the environment are not asked."""
    with (
        loopback(by=lambda _: answer({}, 404)) as other,
        patch.dict(os.environ, dict.fromkeys(_PROXIES, other.url) | {"NO_PROXY": "", "no_proxy": ""}),
        _vendor(credential, answer({}, 404)) as (server, louder),
        opened(contract, mode, server.url, credential=louder) as client,
    ):
        client.tried(operation.method, operation.least)
        expect([], other.lines, "a proxy of the environment was asked")
        expect(False, not server.requests, "the call did not arrive")


def _expect_unmarked(server: Loopback, about: str) -> None:
    for request in server.requests:
        if any(mark.encode() in request.raw for mark in MARKS):
            refuse(f"{about} was sent a secret", "no secret", request.line)


def _received(contract: Contract, credential: Credential, operation: Operation, mode: str) -> None:
    """A token with a line break in it, as an exchange might hand it out, is not sent."""
    exchange = credential.exchange
    assert exchange is not None
    broken = handing_out(exchange, "t0ken\r\nX-Evil: 1")

    def by(request: Request) -> Script:
        return answer(broken.answer, broken.status) if request.line == exchange.line else answer({}, 404)

    with (
        loopback(by=by) as server,
        opened(contract, mode, server.url, credential=bound(credential, server.url)) as client,
    ):
        error = client.tried(operation.method, operation.least)
        expect([exchange.line], server.lines, "a token with a line break was used")
        if not isinstance(error, error_class(contract, "JobClientsError")):
            refuse("a token with a line break is no error", "JobClientsError", repr(error))
