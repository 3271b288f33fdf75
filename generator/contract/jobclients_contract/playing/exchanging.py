"""Credentials that become tokens: what a vendor hands out for one, and a client that asks for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from jobclients_contract.cases import Contract, Credential, Exchange, Json
from jobclients_contract.playing.driver import Client, opened
from jobclients_contract.playing.loopback import Loopback, Request, Script, answer
from jobclients_contract.reading.places import filled, header_of, in_body, without
from jobclients_contract.reading.pointers import Missing

REFUSED: Final = answer({}, 404)


def handing_out(exchange: Exchange, token: str) -> Exchange:
    """An exchange whose answer holds another token."""
    headers = {name: value.replace(exchange.token, token) for name, value in exchange.headers.items()}
    text = json.dumps(exchange.answer).replace(json.dumps(exchange.token), json.dumps(token))
    body: Json = json.loads(text)
    return replace(exchange, token=token, headers=headers, answer=body)


def telling(exchange: Exchange, place: str, value: Json | Missing) -> Exchange:
    """An exchange whose answer says something else at a place.

    Args:
        exchange: the exchange.
        place: in its answer; an empty one changes nothing.
        value: what stands there; `MISSING` for nothing.
    """
    if in_body(place):
        said = exchange.answer
        said = without(said, place) if isinstance(value, Missing) else filled(said, place, value)
        return replace(exchange, answer=said)
    headers = {name: text for name, text in exchange.headers.items() if name != header_of(place)}
    if place and value is not None and not isinstance(value, Missing):
        headers[header_of(place)] = str(value)
    return replace(exchange, headers=headers)


def handed_out(exchange: Exchange, **headers: str) -> Script:
    """The answer of an exchange, with further header fields."""
    return answer(exchange.answer, exchange.status, **exchange.headers, **headers)


def bound(credential: Credential, url: str) -> Credential:
    """A credential whose own server, where it has one, is at a base URL."""
    exchange = credential.exchange
    if exchange is None or not exchange.server:
        return credential
    place = {"base_url": url}
    if credential.name == "ClientCredentials":
        place = {"token_url": url.rstrip("/") + exchange.line.partition(" ")[2]}
    return replace(credential, values={**credential.values, **place})


@dataclass(frozen=True, slots=True)
class Exchanging:
    """A client with one credential, and its vendor.

    Attributes:
        client: the client.
        server: answers the calls.
        tokens: at which the credential becomes a token; the same server, or one of its own that gets no calls.
        exchanges: the requests that turned the credential into a token.
    """

    client: Client
    server: Loopback
    tokens: Loopback
    exchanges: list[Request]

    @property
    def calls(self) -> list[Request]:
        """What the server was asked for beside tokens."""
        return [request for request in self.server.requests if not any(request is one for one in self.exchanges)]

    @property
    def everything(self) -> list[Request]:
        """All requests, wherever they went."""
        return [*self.server.requests, *(self.tokens.requests if self.tokens is not self.server else ())]


@contextmanager
def exchanging(
    contract: Contract,
    mode: str,
    credential: Credential | None,
    *,
    called: Callable[[Request], Script] = lambda _: REFUSED,
    exchanged: Callable[[Exchange], Script] = handed_out,
    path: str = "",
    address: str = "127.0.0.1",
    **more: Any,
) -> Generator[Exchanging]:
    """A client with a credential, and what answers its calls and its exchanges, for the time of the block.

    Args:
        contract: what the client is held to.
        mode: "sync" or "async".
        credential: the credential; None for the usual ones, none of which is exchanged.
        called: answers a call; with 404 by default.
        exchanged: answers an exchange; as documented by default.
        path: of the base URLs, those of the credential included.
        address: of this machine.
        **more: as for `opened`.

    Yields:
        The client and its vendor.
    """
    exchange = credential.exchange if credential is not None else None
    own = exchange is not None and bool(exchange.server)
    http, _, target = exchange.line.partition(" ") if exchange is not None else ("", "", "")
    line = f"{http} {path.rstrip('/')}{target}"
    exchanges: list[Request] = []

    def handed(request: Request) -> Script:
        if exchange is None or request.line != line:
            return called(request)
        exchanges.append(request)
        return exchanged(exchange)

    with _listening(called if own else handed, address) as server, _listening(handed, address) as other:
        tokens = other if own else server
        if credential is not None:
            credential = bound(credential, other.url + path)
        with opened(contract, mode, server.url + path, credential=credential, **more) as client:
            yield Exchanging(client, server, tokens, exchanges)


@contextmanager
def _listening(by: Callable[[Request], Script], address: str) -> Generator[Loopback]:
    server = Loopback(by, address)
    if ":" in address:
        server.host = f"[{address}]:{server.port}"
        server.url = f"http://{server.host}"
    try:
        yield server
    finally:
        server.close()
