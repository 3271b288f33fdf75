"""RQ9: base URLs with a path, a trailing slash, a port and an IPv6 address; the documented server and its variables.

Clients know the first server that a spec lists, and no further ones: whoever means another gives it as the base URL.
So a credential can go to no other documented server, which `_documented` shows by looking where each call goes.
"""

from __future__ import annotations

import socket
import warnings
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlsplit

import httpx2

from jobclients_contract.cases import Contract, Credential, Server, carried, usual
from jobclients_contract.checks.credentials import expect_calls, suffices, target_of
from jobclients_contract.failure import Check, both, expect, refuse
from jobclients_contract.playing.driver import error_class, opened
from jobclients_contract.playing.exchanging import exchanging
from jobclients_contract.playing.memory import Memory

_HOSTILE = ("elsewhere.example/", "elsewhere.example#", "name@elsewhere.example", "a b", "..", "")
"""Values that would lead to another host than that of the documented server."""
_PATHS = {"slash": "/", "path": "/proxy/a%20b", "path-slash": "/x/v1/"}


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    where = contract.servers[0].where if contract.servers else "/servers"
    for name, path in _PATHS.items():
        yield from both(contract, "RQ9", "", name, where, partial(_all_calls, contract, path, "127.0.0.1"))
    yield from both(contract, "RQ9", "", "user", where, partial(_with_user, contract))
    if _has_ipv6():
        yield from both(contract, "RQ9", "", "ipv6", where, partial(_all_calls, contract, "", "::1"))
    for server in contract.servers:
        yield from both(contract, "RQ9", "", server.name, server.where, partial(_documented, contract, server))
        if server.variables and not server.missing:
            act = partial(_hostile, contract, server)
            yield from both(contract, "RQ9", "", f"{server.name} hostile", server.where, act)
    for item in contract.credentials:
        if item.exchange is not None and item.exchange.server and contract.servers:
            act = partial(_own_server, contract, item)
            yield from both(contract, "RQ9", "", f"{item.name}-server", item.where, act, [f"credential:{item.name}"])


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def _all_calls(contract: Contract, path: str, address: str, mode: str) -> None:
    """Every operation's least call, and every exchange, under a base URL with a path, at an address."""
    for credential in contract.credentials or (None,):
        with exchanging(contract, mode, credential, path=path, address=address) as stage:
            expect_calls(contract, stage, credential, path.rstrip("/"))


class _Record(Memory):
    """Answers from memory, hands out tokens, and remembers where each request was to go.

    Args:
        credentials: for which there are tokens.
    """

    def __init__(self, credentials: Iterable[Credential]) -> None:
        super().__init__()
        self.sent: list[httpx2.Request] = []
        self._exchanges = [item.exchange for item in credentials if item.exchange is not None]

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.sent.append(request)
        line = f"{request.method} {request.url.raw_path.decode('ascii')}"
        exchange = next((item for item in self._exchanges if item.line == line), None)
        if exchange is None:
            self.play({}, 404)
        else:
            self.play(exchange.answer, exchange.status, **exchange.headers)
        return super()._answer(request)


def _documented(contract: Contract, server: Server, mode: str) -> None:
    """Without a base URL, the documented server is called; where one of its variables is missing, nothing is."""
    options = {"base_url": None, **server.variables}
    for credential in (None, *contract.credentials):
        # Calls may need several credentials, so a client has the usual ones first, and then each alone.
        given = usual(contract.credentials) if credential is None else (credential,)
        transport = _Record(given)
        try:
            with (
                _plain_http(contract),
                opened(contract, mode, "", credential=credential, options=options, transport=transport) as client,
            ):
                for operation in contract.operations:
                    if not suffices(operation, given):
                        continue
                    row = contract.least(operation.method)
                    client.tried(row.operation, row.arguments)
                    if server.url:
                        expect(
                            server.url + target_of(contract, row, given),
                            str(transport.sent[-1].url),
                            "another URL was called",
                        )
                        host = transport.sent[-1].headers.get("host")
                        expect(urlsplit(server.url).netloc, host, "the host differs")
        except error_class(contract, "InvalidArgument") as error:
            expect(server.missing, getattr(error, "argument", None), "the missing variable is not named")
            expect([], transport.sent, "something was sent")
            continue
        if server.missing:
            sent = [str(item.url) for item in transport.sent]
            refuse(f"the client does without {server.missing}", "InvalidArgument", sent)


@contextmanager
def _plain_http(contract: Contract) -> Generator[None]:
    """Where the documented server is plain http, a warning of it is in order."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".* is plain http")
        yield


def _unopened(contract: Contract, mode: str, about: str, url: str, options: dict[str, object]) -> None:
    """No client can be made with such a place to call."""
    refused = False
    try:
        with opened(contract, mode, url, options=options, transport=Memory()):
            pass
    except error_class(contract, "InvalidArgument"):
        refused = True
    expect(True, refused, f"whether {about} is refused")


def _with_user(contract: Contract, mode: str) -> None:
    """A base URL with a user name or a password is refused: it shows in logs."""
    for given in ("user@", "user:password@"):
        _unopened(contract, mode, f"a base URL with {given}", f"https://{given}host.example", {})


def _hostile(contract: Contract, server: Server, mode: str) -> None:
    """No value of a server's variable leads to another host."""
    for name in server.variables:
        for value in _HOSTILE:
            options: dict[str, object] = {"base_url": None, **server.variables, name: value}
            _unopened(contract, mode, f"{name}={value!r}", "", options)


def _own_server(contract: Contract, credential: Credential, mode: str) -> None:
    """A credential with a server of its own is sent there and nowhere else."""
    exchange = credential.exchange
    assert exchange is not None
    server = contract.servers[0]
    transport = _Record((credential,))
    operation = next(item for item in contract.operations if carried(item, (credential,)))
    url = exchange.server
    for name, value in server.variables.items():
        url = url.replace(f"{{{name}}}", value)
    options = {"base_url": None, **server.variables}
    with (
        _plain_http(contract),
        opened(contract, mode, "", credential=credential, options=options, transport=transport) as client,
    ):
        client.tried(operation.method, operation.least)
    target = exchange.line.partition(" ")[2]
    row = contract.least(operation.method)
    expect(
        [url + target, server.url + target_of(contract, row, (credential,))],
        [str(item.url) for item in transport.sent],
        "other URLs were called",
    )
    for request in transport.sent[1:]:
        shown = repr(request.headers.raw) + repr(request.content)
        if any(secret in shown for secret in credential.secrets if secret != exchange.token):
            refuse("a secret went to the vendor", "to its own server only", str(request.url))
