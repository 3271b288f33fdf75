"""The clients under test: sync and async ones are used in the same, blocking way, and called with JSON."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import ssl
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cache
from types import ModuleType
from typing import Any, cast, get_args, get_type_hints

from pydantic import TypeAdapter

from jobclients_contract.cases import Contract, Credential, Json, usual
from jobclients_contract.failure import happened
from jobclients_contract.playing.loopback import Loopback, Request, Script, answer, loopback

MODES = ("sync", "async")

_PATIENCE = 120.0
"""Seconds after which a client that waits for what never comes is ended, and its check fails."""


@cache
def certificates() -> ssl.SSLContext:
    """The certificates of this machine."""
    # Reading the certificates takes longer than most checks; nothing here speaks TLS unless a check says so itself.
    return ssl.create_default_context()


class Client:
    """A client of either kind, whose methods block and take JSON.

    Args:
        client: the client under test.
        contract: what it is held to.
        runner: runs the coroutines of an async client; None for a sync one.
    """

    def __init__(self, client: Any, contract: Contract, runner: asyncio.Runner | None) -> None:
        self.client = client
        self.contract = contract
        self.mode = "sync" if runner is None else "async"
        self._runner = runner

    def call(self, method: str, arguments: Mapping[str, Json] | None = None, /, **typed: Any) -> Any:
        """Call a method.

        Args:
            method: its name.
            arguments: JSON by Python name, made into what the method's signature says.
            **typed: further arguments, passed as they are.

        Returns:
            What the method returns.
        """
        function = getattr(self.client, method)
        return self.wait(function(**self.typed(method, arguments or {}), **typed))

    def tried(self, method: str, arguments: Mapping[str, Json] | None = None, /, **typed: Any) -> Exception | None:
        """The exception that a call raises; None where it ends well. Arguments as for `call`."""
        return raised(lambda: self.call(method, arguments, **typed))

    def members(self, method: str, argument: str) -> type[Enum] | None:
        """The enumeration that an argument, or each of its elements, is a member of; None where there is none."""
        return _enumeration(self._hints(method).get(argument))

    def _hints(self, method: str) -> dict[str, Any]:
        return hints_of(self.client.__class__, method)

    def wait(self, result: Any) -> Any:
        """The result of what may have to be awaited."""
        return (
            self._runner.run(_awaited(result)) if self._runner is not None and inspect.isawaitable(result) else result
        )

    def close(self) -> None:
        """Close the client."""
        if self._runner is None:
            self.client.close()
        else:
            self.wait(self.client.aclose())

    def typed(self, method: str, arguments: Mapping[str, Json]) -> dict[str, Any]:
        """JSON arguments of a method as its signature has them."""
        hints = self._hints(method)
        schemas = {item.name: item.schema for item in self.contract.operation(method).arguments}
        return {name: typed(hints.get(name), schemas.get(name), value) for name, value in arguments.items()}


async def _awaited(result: Awaitable[Any]) -> Any:
    async with asyncio.timeout(_PATIENCE):
        return await result


@cache
def hints_of(kind: type, method: str) -> dict[str, Any]:
    """What the arguments and the result of a client's method are said to be."""
    client = importlib.import_module(kind.__module__)
    # Clients import their models for type checkers only.
    models = importlib.import_module(f"{kind.__module__.rpartition('.')[0]}.models")
    return get_type_hints(getattr(kind, method), vars(client) | {"models": models})


def _enumeration(hint: Any) -> type[Enum] | None:
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    return next((found for inner in get_args(hint) if (found := _enumeration(inner)) is not None), None)


def typed(hint: Any, schema: Json, value: Json) -> Any:
    """A JSON value as the type that a caller passes.

    Args:
        hint: annotation of the argument; None for "as it is".
        schema: JSON Schema of the argument, for the format of times.
        value: the value.
    """
    form = schema.get("x-time-format") if isinstance(schema, dict) else None
    if form in ("unix-ms", "unix-s") and isinstance(value, int):
        seconds = timedelta(milliseconds=value) if form == "unix-ms" else timedelta(seconds=value)
        return datetime(1970, 1, 1, tzinfo=UTC) + seconds
    if hint is None or isinstance(value, str | int | float | None):
        return value
    return adapter(hint).validate_json(json.dumps(value))


@cache
def adapter(hint: Any) -> TypeAdapter[Any]:
    """What reads and writes values of a type; making one takes longer than a call."""
    return TypeAdapter[Any](hint)


@contextmanager
def opened(
    contract: Contract,
    mode: str,
    url: str,
    *,
    credential: Credential | None = None,
    options: Mapping[str, Any] | None = None,
    **http: Any,
) -> Generator[Client]:
    """A client for the time of the block.

    Args:
        contract: what it is held to.
        mode: "sync" or "async".
        url: its base URL.
        credential: what it is given as ``auth``; the usual ones of the contract when None.
        options: further arguments of the constructor, over those of the contract.
        **http: arguments of `HttpOptions`; a failed call is not repeated unless ``retries`` says so.

    Yields:
        The client.
    """
    package = importlib.import_module(contract.package)
    module = importlib.import_module(f"{contract.package}.{contract.vendor}")
    chosen = (credential,) if credential is not None else usual(contract.credentials)
    arguments: dict[str, Any] = {"base_url": url, **contract.options}
    made = [getattr(module, item.name)(**item.values) for item in chosen]
    if made:
        arguments["auth"] = made[0] if len(made) == 1 else tuple(made)
    arguments["http"] = package.HttpOptions(**{"retries": 0, "timeout": 20, "verify": certificates()} | http)
    arguments |= options or {}
    if mode == "sync":
        with getattr(module, f"{contract.prefix}Client")(**arguments) as client:
            yield Client(client, contract, None)
        return
    with asyncio.Runner() as runner:
        client = Client(getattr(module, f"Async{contract.prefix}Client")(**arguments), contract, runner)
        try:
            yield client
        finally:
            client.close()


@contextmanager
def playing(
    contract: Contract,
    mode: str,
    *scripts: Script,
    by: Callable[[Request], Script] | None = None,
    prefix: str = "",
    tls: ssl.SSLContext | None = None,
    **options: Any,
) -> Generator[tuple[Loopback, Client]]:
    """A scripted server, and a client that calls it, for the time of the block.

    Args:
        contract: what the client is held to.
        mode: "sync" or "async".
        *scripts: what the server answers, in the order of requests.
        by: a function from the request to the answer, instead.
        prefix: path of the base URL.
        tls: what the server shows to clients; None for one without TLS.
        **options: as for `opened`.

    Yields:
        The server and the client.
    """
    exchanges = [item.exchange for item in usual(contract.credentials) if item.exchange is not None]
    remaining = iter(scripts)

    def play(request: Request) -> Script:
        for exchange in exchanges:
            if request.line == exchange.line:
                server.requests.remove(request)  # what a credential needs is no part of the call
                return answer(exchange.answer, exchange.status, **exchange.headers)
        if by is not None:
            return by(request)
        return next(remaining, answer({"unscripted": request.line}, 599))

    playing_all = play if exchanges else by
    with (
        loopback(*scripts, by=playing_all, tls=tls) as server,
        opened(contract, mode, server.url + prefix, **options) as client,
    ):
        yield server, client


def raised(act: Callable[[], object]) -> Exception | None:
    """The exception that an action raises; None where it ends well."""
    happened()
    try:
        act()
    except Exception as error:
        return error
    return None


def anonymous(contract: Contract) -> dict[str, Any]:
    """Options of a client that is given no credential."""
    return {"auth": None} if contract.credentials else {}


def error_class(contract: Contract, name: str) -> type[Exception]:
    """An exception class of the package under test, by name."""
    return cast("type[Exception]", getattr(importlib.import_module(contract.package), name))


def models_of(contract: Contract) -> ModuleType:
    """The module of the models under test."""
    return importlib.import_module(f"{contract.package}.{contract.vendor}.models")
