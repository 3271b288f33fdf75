"""What the tests of the kitchen share: generating it, its clients, and a clock that only tests move."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import ssl
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final, Literal

from jobclients_contract.harness.loopback import Loopback, Request, Script, loopback, scripted
from jobclients_core import HttpOptions, JobClientsError, Token
from jobclients_core.flow import Clock
from vendorsmith.discovery import Target, vendors_of
from vendorsmith.emit.package import package_files, vendor_clients
from vendorsmith.pipeline import generate
from vendorsmith.release import default_release

PACKAGE: Final = "kitchen_clients"
SPECS: Final = Path(__file__).parent / "specs"

TOKEN: Final = "t0ken-of-the-kitchen"
"""What clients are given as a credential unless a test says otherwise; it is sent in the header X-Kitchen-Key."""

CERTIFICATES: Final = ssl.create_default_context()
"""Shared by all clients, because reading certificates takes longer than most tests."""

DONE: Final = scripted(status=204)

Mode = Literal["sync", "async"]


def write_package(folder: Path, specs: Path = SPECS) -> None:
    """Generate the clients of all specs, as documents that nobody reviewed: what they say is read, not their prose."""
    vendors = vendors_of(specs)
    files: dict[str, str] = {}
    for vendor, spec in vendors.items():
        generated = generate(Target(vendor, spec, False, frozenset(vendors)), PACKAGE)
        assert list(generated.warnings) == []
        files |= generated.files
    files |= package_files(default_release(PACKAGE), [vendor_clients(PACKAGE, vendor) for vendor in sorted(vendors)])
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


class Kitchen:
    """The generated package."""

    def __init__(self) -> None:
        self.package: Any = importlib.import_module(PACKAGE)
        self.module: Any = importlib.import_module(f"{PACKAGE}.kitchen")

    @cached_property
    def models(self) -> Any:
        """The module of the models, which clients load when they need it."""
        return importlib.import_module(f"{PACKAGE}.kitchen.models")

    def client(self, mode: Mode) -> Any:
        """The class of clients of a kind."""
        return self.module.KitchenClient if mode == "sync" else self.module.AsyncKitchenClient


class Still:
    """Time that stands still but for what clients sleep and tests add, and chance that always says one half."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def clock(self) -> Clock:
        return Clock(lambda: 1_000 + self.now, lambda: 1_800_000_000 + self.now, lambda: 0.5, self._sleep)


def options(**http: Any) -> HttpOptions:
    """How clients of tests speak HTTP: nothing is repeated, and nothing waits for long."""
    given: dict[str, Any] = {"retries": 0, "timeout": 20, "verify": CERTIFICATES}
    return HttpOptions(**given | http)


class Blocking:
    """An async client whose methods block, on an event loop of its own."""

    def __init__(self, client: Any, runner: asyncio.Runner) -> None:
        self.client = client
        self.runner = runner

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.client, name)
        return partial(self._call, found) if inspect.ismethod(found) else found

    def _call(self, method: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        async def awaited() -> Any:
            return await method(*arguments, **named)

        return self.runner.run(awaited())

    def __repr__(self) -> str:
        return repr(self.client)


class Play:
    """Runs servers and clients of one kind.

    Attributes:
        kitchen: the generated package.
        mode: the kind of client.
    """

    def __init__(self, kitchen: Kitchen, mode: Mode) -> None:
        self.kitchen = kitchen
        self.mode: Mode = mode

    @contextmanager
    def client(self, **arguments: Any) -> Generator[Any]:
        """A client for the time of the block; the methods of both kinds block.

        Args:
            **arguments: of the constructor; what is left out is the usual.
        """
        given: dict[str, Any] = {"site": "main", "auth": Token(TOKEN), "http": options()} | arguments
        if self.mode == "sync":
            with self.kitchen.client("sync")(**given) as client:
                yield client
            return
        with asyncio.Runner() as runner:
            blocking = Blocking(self.kitchen.client("async")(**given), runner)
            try:
                yield blocking
            finally:
                blocking.aclose()

    @contextmanager
    def __call__(
        self,
        *scripts: Script,
        by: Callable[[Request], Script] | None = None,
        tls: ssl.SSLContext | None = None,
        **arguments: Any,
    ) -> Generator[tuple[Loopback, Any]]:
        """A server and a client that calls it, for the time of the block.

        Args:
            *scripts: what the server plays, in the order of requests.
            by: a function from the request to the script, instead.
            tls: what the server shows to clients; None for one without TLS.
            **arguments: of the client's constructor.
        """
        with (
            loopback(*scripts, by=by, tls=tls) as server,
            self.client(**{"base_url": server.url} | arguments) as client,
        ):
            yield server, client


def raised(kind: type[BaseException], act: Callable[[], object]) -> Any:
    """The exception that an action raises, which is of exactly this class."""
    try:
        outcome = act()
    except BaseException as error:
        if type(error) is not kind:
            raise
        return error
    raise AssertionError(f"nothing was raised; the outcome is {outcome!r}")


def failure(act: Callable[[], object]) -> Any:
    """The library's error that an action raises, whatever its class."""
    try:
        outcome = act()
    except JobClientsError as error:
        return error
    raise AssertionError(f"nothing was raised; the outcome is {outcome!r}")
