"""The clients under test and the server that they call: one of each for all cases of a vendor."""

from __future__ import annotations

import asyncio
import atexit
import dataclasses
import importlib
import inspect
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cached_property
from types import ModuleType
from typing import Any, Final

from jobclients_contract.harness.driver import certificates
from jobclients_contract.harness.loopback import Loopback, Request, Script, scripted
from jobclients_contract.schema_model.credentials import HANDED_OUT, Credential, Exchange
from jobclients_contract.schema_model.places import filled, header_of
from jobclients_contract.schema_model.values import Json

_PATIENCE: Final = 300
"""Seconds after which a call that waits for what never comes is ended; far above what a busy machine needs."""

_WALL: Final = 1_800_000_000.0
"""Seconds since 1970 at the beginning of a clock that stands still."""

NOT_FOUND: Final = scripted({}, 404)
"""What a call gets whose response does not matter."""


class Clients:
    """The server and the clients of a vendor, started when they are needed and closed with the interpreter.

    Args:
        package: import name of the generated package.
        vendor: name of the vendor's module in it.
        options: arguments of the client's constructor.
        credentials: all that clients take.
    """

    def __init__(
        self, package: str, vendor: str, options: Mapping[str, Json], credentials: Sequence[Credential] = ()
    ) -> None:
        self.package = package
        self.vendor = vendor
        self.options = options
        names = Counter(item.name for item in credentials)
        self._several = {name for name, number in names.items() if number > 1}
        self.exchanges: list[Request] = []
        self._open = ExitStack()
        atexit.register(self.close)
        self._made: dict[tuple[object, ...], Any] = {}
        self._play: Callable[[Request], Script] = lambda _: NOT_FOUND

    @cached_property
    def root(self) -> ModuleType:
        """The generated package."""
        return importlib.import_module(self.package)

    @cached_property
    def module(self) -> ModuleType:
        """The vendor's module."""
        return importlib.import_module(f"{self.package}.{self.vendor}")

    @cached_property
    def models(self) -> ModuleType:
        """The module of the vendor's models."""
        return importlib.import_module(f"{self.package}.{self.vendor}.models")

    @cached_property
    def classes(self) -> Mapping[str, type]:
        """The classes of the sync and of the async client."""
        (name,) = [name for name in self.module.__all__ if name.startswith("Async") and name.endswith("Client")]
        return {"sync": getattr(self.module, name.removeprefix("Async")), "async": getattr(self.module, name)}

    @cached_property
    def server(self) -> Loopback:
        """The server that all of them call."""
        server = Loopback(lambda request: self._play(request))
        self._open.callback(server.close)
        return server

    @cached_property
    def _runner(self) -> asyncio.Runner:
        return self._open.enter_context(asyncio.Runner())

    def close(self) -> None:
        """Close them all."""
        self._open.close()
        self._made.clear()

    def _close(self, client: Any, runner: asyncio.Runner) -> None:
        closing = client.close() if hasattr(client, "close") else client.aclose()
        if inspect.isawaitable(closing):
            runner.run(_awaited(closing))

    def clear(self) -> None:
        """Forget what arrived."""
        self.server.requests.clear()
        self.exchanges.clear()

    def play(self, by: Callable[[Request], Script], credentials: Sequence[Credential]) -> None:
        """Choose what the server answers; exchanges of the credentials are answered by themselves."""
        exchanges = {item.exchange.line: item.exchange for item in credentials if item.exchange is not None}

        def play(request: Request) -> Script:
            exchange = exchanges.get(request.line)
            if exchange is None:
                return by(request)
            self.server.requests.remove(request)  # what a credential needs is not part of the call
            self.exchanges.append(request)
            return handed_out(exchange)

        self._play = play

    def client(self, mode: str, credentials: Sequence[Credential], **options: Any) -> Any:
        """A client; the same one for the same arguments, where these can be compared.

        Args:
            mode: "sync" or "async".
            credentials: what it is given.
            **options: arguments of `HttpOptions`.
        """
        key = (mode, *map(_named, credentials), *((name, id(value)) for name, value in options.items()))
        if key not in self._made:
            given = {"base_url": self.server.url, **self.options}
            client = self.made(mode, credentials, given, **options)
            self._made[key] = client, options  # kept, so that ids stay theirs
            self.keep(client)
        return self._made[key][0]

    def keep(self, client: Any) -> None:
        """Close a client with the others."""
        self._open.callback(self._close, client, self._runner)  # the runner comes first, and is closed last

    def forget(self, mode: str, credentials: Sequence[Credential]) -> None:
        """Make the next client with credentials anew, which has no token yet."""
        names = tuple(map(_named, credentials))
        for key in [key for key in self._made if key[: 1 + len(names)] == (mode, *names)]:
            del self._made[key]

    @cached_property
    def still(self) -> Clock:
        """A clock for cases that do not look at the time."""
        return self.clock()

    def clock(self) -> Clock:
        """A clock that stands still, for clients of the package."""
        return Clock(self.root.HttpOptions().clock)

    def made(self, mode: str, credentials: Sequence[Credential], given: Mapping[str, Any], **options: Any) -> Any:
        """A client of its own, which the caller closes.

        Args:
            mode: "sync" or "async".
            credentials: what it is given.
            given: further arguments of the constructor.
            **options: arguments of `HttpOptions`.
        """
        arguments: dict[str, Any] = dict(given)
        if credentials:
            arguments["auth"] = self._auth(credentials)
        plain = {"retries": 0, "timeout": _PATIENCE, "verify": certificates()}
        arguments["http"] = self.root.HttpOptions(**plain | options)
        return self.classes[mode](**arguments)

    def _auth(self, credentials: Sequence[Credential]) -> Any:
        """Credentials as the client takes them: by scheme where their classes do not tell which one they are for."""
        made = [self.credential(item) for item in credentials]
        if any(item.name in self._several or not hasattr(self.module, item.name) for item in credentials):
            return {item.scheme: one for item, one in zip(reversed(credentials), reversed(made), strict=True)}
        return made[0] if len(made) == 1 else tuple(made)

    def credential(self, item: Credential) -> Any:
        """A credential as the client takes it."""
        values = dict(item.values)
        if item.exchange is not None and item.exchange.server:
            own = "token_url" if item.name == "ClientCredentials" else "base_url"
            path = item.exchange.line.partition(" ")[2] if own == "token_url" else ""
            values[own] = self.server.url + path
        kind = getattr(self.module, item.name, None) or getattr(self.root, item.name)
        return kind(**values)

    def wait(self, result: Any) -> Any:
        """The result of what may have to be awaited."""
        return self._runner.run(_awaited(result)) if inspect.isawaitable(result) else result


def _named(item: Credential) -> tuple[str, str]:
    return item.name, item.scheme


class Clock:
    """Time that is where a case puts it.

    Args:
        usual: the clock of the package's clients.
    """

    def __init__(self, usual: Any) -> None:
        self.now = 0.0
        self.given: Any = dataclasses.replace(
            usual, monotonic=lambda: 1_000.0 + self.now, wall=lambda: _WALL + self.now, sleep=self._sleep
        )
        """The clock as clients take it."""

    def _sleep(self, seconds: float) -> None:
        self.now += seconds

    def timestamp(self, after: float) -> str:
        """A timestamp so many seconds after the beginning, in RFC 3339."""
        return datetime.fromtimestamp(_WALL + after, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def _awaited(result: Awaitable[Any]) -> Any:
    async with asyncio.timeout(_PATIENCE):
        return await result


def handed_out(exchange: Exchange) -> Script:
    """The response to an exchange, which hands the token out."""
    body: Json = {}
    headers: dict[str, str] = {}
    far: Json = 3600 if exchange.expires.endswith("expires_in") else "2099-12-31T23:59:59Z"
    ends = far if exchange.ends is None else exchange.ends
    for place, value in ((exchange.token, HANDED_OUT), (exchange.expires, ends)):
        if header_of(place):
            headers[header_of(place)] = str(value)
        elif place:
            body = filled(body, place, value)
    return scripted(body, 200, **headers)
