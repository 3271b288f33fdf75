"""The harness of job tests: a client of the kitchen and its scripted vendor; time passes only in sleeps."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib
import inspect
import itertools
import ssl
import threading
from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager
from functools import cache
from types import EllipsisType, ModuleType
from typing import Any

from jobclients_contract.harness.loopback import Loopback, Request, Script, loopback, scripted
from runtime.support import FakeClock

ScriptedResponse = dict[str, Any] | list[Any] | int | Script | Callable[[Request], Script]
"""A response: its JSON body, its HTTP status, its bytes, or a function that is called once the request is there."""

PATIENCE = 60.0
"""Seconds of real time after which a client is taken to hang."""


@cache
def _certificates() -> ssl.SSLContext:
    # Reading them takes longer than most tests, and nothing here speaks TLS.
    return ssl.create_default_context()


class Vendor:
    """What is answered to each request, by method and path.

    Attributes:
        on_request: called with each request, before it is answered.
    """

    def __init__(self) -> None:
        self.on_request: Callable[[Request], None] = lambda request: None
        self._lock = threading.Lock()
        self._answers: dict[str, Iterator[ScriptedResponse]] = {}

    def on(self, route: str, *answers: ScriptedResponse | EllipsisType) -> None:
        """Say what the requests of a route are answered, in order.

        Args:
            route: HTTP method and path, without a query.
            *answers: the responses; the one before a final ``...`` is given again and again. One request too many
                gets the status 599, which no wait outlasts.
        """
        script = [item for item in answers if not isinstance(item, EllipsisType)]
        again = itertools.repeat(script[-1]) if len(script) < len(answers) else ()
        self._answers[route] = itertools.chain(script, again)

    def play(self, request: Request) -> Script:
        """The response to a request."""
        self.on_request(request)
        with self._lock:
            script = next(self._answers.get(request.line.partition("?")[0], iter(())), 599)
        if callable(script):
            return script(request)
        if isinstance(script, int):
            return scripted({}, script)
        return script if isinstance(script, tuple) else scripted(script)


class Harness:
    """One client and its vendor.

    Attributes:
        mode: "sync" or "async".
        package: the generated package.
        client: the client.
        server: what the client talks to.
        chance: every random number; 0.0 makes each delay the shortest, 1.0 the longest one.
        sleeps: seconds of each sleep.
        on_sleep: called with each sleep, before the time has passed.
    """

    def __init__(self, mode: str, package: ModuleType, server: Loopback, vendor: Vendor, **options: Any) -> None:
        self.mode = mode
        self.package = package
        self.server = server
        self.on = vendor.on
        self.vendor = vendor
        self.time = FakeClock()
        self.chance = 0.0
        self.sleeps: list[float] = []
        self.on_sleep: Callable[[float], None] = lambda seconds: None
        self._runner = asyncio.Runner() if mode == "async" else None
        self._options = options
        self.client = self.another()

    def another(self, **options: Any) -> Any:
        """One more client with the same options and others, which lives in the same time; it has to be closed."""
        options = self._options | options
        module = self.module
        clock = dataclasses.replace(self.time.clock(), random=lambda: self.chance, sleep=self._sleep)
        http = {"clock": clock, "verify": _certificates(), "retries": 0, "timeout": 20.0, **options.get("http", {})}
        kind = module.KitchenJobsClient if self.mode == "sync" else module.AsyncKitchenJobsClient
        given = {"base_url": self.server.url, "auth": module.Token("s3cret-token"), "house": "h-1"}
        return kind(**(given | options | {"http": self.package.HttpOptions(**http)}))

    @property
    def module(self) -> ModuleType:
        """The vendor's module."""
        return importlib.import_module(f"{self.package.__name__}.kitchen_jobs")

    @property
    def models(self) -> ModuleType:
        """The vendor's models."""
        return importlib.import_module(f"{self.package.__name__}.kitchen_jobs.models")

    @property
    def lines(self) -> list[str]:
        """The request lines so far."""
        return self.server.lines

    @property
    def elapsed(self) -> float:
        """Seconds that have passed."""
        return self.time.now - FakeClock().now

    def pass_by(self, seconds: float) -> None:
        """Let time pass without a sleep."""
        self.time.now += seconds

    def run(self, outcome: Any) -> Any:
        """What a call of either client returns."""
        if self._runner is None or not inspect.isawaitable(outcome):
            return outcome
        return self._runner.run(_awaited(outcome))

    def watched(self, job: Any, **options: Any) -> list[Any]:
        """Every status that watching a job shows."""
        looking = job.watch(**options)
        return list(looking) if self._runner is None else self._runner.run(_listed(looking))

    def wait_all(self, jobs: list[Any], **options: Any) -> list[Any]:
        """What becomes of several jobs."""
        wait_all = self.package.wait_all if self._runner is None else self.package.wait_all_async
        return list(self.run(wait_all(jobs, **options)))

    def close(self, *clients: Any) -> None:
        """Close clients."""
        for client in clients:
            self.run(client.close() if self.mode == "sync" else client.aclose())

    def leave(self) -> None:
        """Close the client, and the event loop of an async one."""
        self.close(self.client)
        if self._runner is not None:
            self._runner.close()

    def _sleep(self, seconds: float) -> None:
        assert len(self.sleeps) < 1000, "somebody sleeps for ever"
        self.on_sleep(seconds)
        self.sleeps.append(round(seconds, 6))
        self.pass_by(seconds)


async def _awaited(outcome: Awaitable[Any]) -> Any:
    async with asyncio.timeout(PATIENCE):
        return await outcome


async def _listed(looking: Any) -> list[Any]:
    return [item async for item in looking]


@contextmanager
def harness_of(mode: str, package: ModuleType, **options: Any) -> Generator[Harness]:
    """A harness, for the time of the block.

    Args:
        mode: "sync" or "async".
        package: the generated package.
        **options: arguments of the client; `http` is a mapping of arguments of `HttpOptions`.
    """
    vendor = Vendor()
    with loopback(by=vendor.play) as server:
        harness = Harness(mode, package, server, vendor, **options)
        try:
            yield harness
        finally:
            harness.leave()
