"""RQ9: base URLs with a path, a trailing slash, a port and an IPv6 address; the documented server and its variables."""

from __future__ import annotations

import socket
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from urllib.parse import urlsplit

import httpx2

from vendorsmith.contract.cases import Contract, Credential, Server, Where, carried, usual
from vendorsmith.contract.failure import Check, both, expect, refuse
from vendorsmith.contract.judging.arrival import arrived
from vendorsmith.contract.playing.driver import anonymous, error_class, opened
from vendorsmith.contract.playing.loopback import Loopback, answer, loopback
from vendorsmith.contract.playing.memory import Memory

_REFUSED = answer({}, 404)
_HOSTILE = ("elsewhere.example/", "elsewhere.example#", "name@elsewhere.example", "a b", "..", "")
"""Values that would lead to another host than that of the documented server."""
_PREFIXES = {"slash": ("/", ""), "path": ("/proxy/a%20b", "/proxy/a%20b"), "path-slash": ("/x/v1/", "/x/v1")}


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    where = contract.servers[0].where if contract.servers else Where(1, "/servers")
    for name, (given, prefix) in _PREFIXES.items():
        yield from both(contract, "RQ9", "", name, where, partial(_prefixed, contract, given, prefix))
    yield from both(contract, "RQ9", "", "user", where, partial(_with_user, contract))
    if _has_ipv6():
        yield from both(contract, "RQ9", "", "ipv6", where, partial(_ipv6, contract))
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


def _prefixed(contract: Contract, given: str, prefix: str, mode: str) -> None:
    with loopback(by=lambda _: _REFUSED) as server:
        _all_calls(contract, server, server.url + given, prefix, mode)


def _ipv6(contract: Contract, mode: str) -> None:
    server = Loopback(lambda _: _REFUSED, "::1")
    try:
        server.host = f"[::1]:{server.port}"
        server.url = f"http://{server.host}"
        _all_calls(contract, server, server.url, "", mode)
    finally:
        server.close()


def _all_calls(contract: Contract, server: Loopback, url: str, prefix: str, mode: str) -> None:
    """Every operation's least call under a base URL, with every credential that goes along without an exchange."""
    ready: list[Credential | None] = [item for item in contract.credentials if item.kind != "exchanged"]
    for credential in ready or [None]:
        given = () if credential is None else (credential,)
        options: dict[str, object] = {} if given else anonymous(contract)
        with opened(contract, mode, url, credential=credential, options=options) as client:
            for operation in contract.operations:
                if operation.security and not carried(operation, given):
                    continue
                server.requests.clear()
                row = contract.least(operation.method)
                error = client.tried(row.operation, row.arguments)
                expected = replace(row, target=prefix + row.target)
                arrived(contract, server, expected, error, carried(operation, given))


class _Record(Memory):
    """Answers from memory, and remembers where each request was to go."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[httpx2.Request] = []

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.sent.append(request)
        return super()._answer(request)


def _documented(contract: Contract, server: Server, mode: str) -> None:
    """Without a base URL, the documented server is called; where one of its variables is missing, nothing is."""
    transport = _Record()
    transport.play({}, 404)
    options = {"base_url": None, **server.variables}
    try:
        with _plain_http(contract), opened(contract, mode, "", options=options, transport=transport) as client:
            for operation in contract.operations:
                if any(item.exchange for item in carried(operation, usual(contract.credentials))):
                    continue  # the transport hands out no tokens; another check looks where they are asked for
                row = contract.least(operation.method)
                client.tried(row.operation, row.arguments)
                if server.url:
                    expect(server.url + row.target, str(transport.sent[-1].url), "another URL was called")
                    expect(urlsplit(server.url).netloc, transport.sent[-1].headers.get("host"), "the host differs")
    except error_class(contract, "InvalidArgument") as error:
        expect(server.missing, getattr(error, "argument", None), "the missing variable is not named")
        expect([], transport.sent, "something was sent")
        return
    if server.missing:
        refuse(
            f"the client does without {server.missing}", "InvalidArgument", [str(item.url) for item in transport.sent]
        )


@contextmanager
def _plain_http(contract: Contract) -> Generator[None]:
    """Where the documented server is plain http, a warning of it is in order."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".* is plain http")
        yield


def _unopened(contract: Contract, mode: str, about: str, url: str, options: dict[str, object]) -> None:
    """No client can be made with such a place to call."""
    try:
        with opened(contract, mode, url, options=options, transport=Memory()):
            pass
    except error_class(contract, "InvalidArgument"):
        return
    refuse(f"{about} was not refused", "InvalidArgument", "a client")


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
    transport = _Record()
    transport.play(exchange.answer, exchange.status, **exchange.headers)
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
        [url + target, server.url + row.target], [str(item.url) for item in transport.sent], "other URLs were called"
    )
    for request in transport.sent[1:]:
        shown = repr(request.headers.raw) + repr(request.content)
        if any(secret in shown for secret in credential.secrets if secret != exchange.token):
            refuse("a secret went to the vendor", "to its own server only", str(request.url))
