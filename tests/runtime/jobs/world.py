"""A world for jobs: time that only flows move, a vendor made of a script, and clients that carry flows out in it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

import httpx2
from jobclients_core import AsyncClient, HttpOptions, SyncClient, Timeout, Token, Vendor
from jobclients_core.flow import AcquireLock, Clock, GetCredential, HttpResponse, Load, Notify, Save, Send, Sleep
from jobclients_core.observe import notify, notify_async
from jobclients_core.record_io import keep, keep_async
from jobclients_core.security import Basic
from runtime.support import FakeClock

Reply = HttpResponse | Exception
Script = Callable[[Send, float], Reply]


def reply(body: Any = None, status: int = 200, **headers: str) -> HttpResponse:
    """A response with a JSON body, or with bytes as they are."""
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    fields = {"content-type": "application/json"}
    fields.update({name.replace("_", "-"): value for name, value in headers.items()})
    return HttpResponse(status, httpx2.Headers(fields), content)


class World:
    """Time, chance, a scripted vendor, and a record of all that happened."""

    def __init__(self, *replies: Any, latency: float = 0.0, chance: float = 0.5) -> None:
        self.fake = FakeClock()
        self.chance = chance
        self.latency = latency
        self.events: list[tuple[Any, ...]] = []
        self._replies: Iterator[Any] = iter(replies)
        self._last: Any = None
        self.before: Callable[[Any], None] = lambda step: None

    @property
    def now(self) -> float:
        return self.fake.now - 1000.0

    @property
    def sleeps(self) -> list[float]:
        return [event[2] for event in self.events if event[0] == "sleep"]

    @property
    def sends(self) -> list[str]:
        return [event[2] for event in self.events if event[0] == "send"]

    def clock(self) -> Clock:
        return dataclasses.replace(self.fake.clock(), random=lambda: self.chance)

    def _reply(self, step: Send) -> HttpResponse:
        given = next(self._replies, self._last)
        self._last = given
        found = given(step) if callable(given) else given
        found = reply(found) if isinstance(found, (dict, list)) else found
        if self.fake.now + self.latency > step.deadline:
            self.fake.now = max(step.deadline, self.fake.now)
            raise Timeout("the deadline passed", operation=step.operation)
        self.fake.now += self.latency
        if isinstance(found, Exception):
            raise found
        assert isinstance(found, HttpResponse)
        return found

    def perform(self, step: Any) -> Any:
        """Carry a step out, except for what differs between sync and async."""
        self.before(step)
        moment = round(self.now, 6)
        if isinstance(step, Send):
            self.events.append(("send", moment, step.operation, unquote(step.request.target), round(step.deadline, 6)))
            return self._reply(step)
        if isinstance(step, Sleep):
            self.events.append(("sleep", moment, round(step.seconds, 6)))
            assert step.seconds >= 0
            self.fake.now += step.seconds
            return None
        if isinstance(step, Notify):
            self.events.append(("tell", moment, str(step.value.state)))
        elif isinstance(step, GetCredential):
            self.events.append(("ask", moment))
        return NotImplemented


class SyncWorldClient(SyncClient):
    """A sync client whose every step happens in a world."""

    world: World

    def _perform(self, step: Any) -> Any:
        outcome = self.world.perform(step)
        if outcome is not NotImplemented:
            return outcome
        if isinstance(step, Notify):
            notify(step)
            return None
        if isinstance(step, AcquireLock):
            lock: Any = step.lock
            return lock.acquire(timeout=1)
        if isinstance(step, (Load, Save)):
            return keep(step)
        return step.source()


class AsyncWorldClient(AsyncClient):
    """An async client whose every step happens in a world."""

    world: World

    async def _perform(self, step: Any) -> Any:
        outcome = self.world.perform(step)
        if outcome is not NotImplemented:
            return outcome
        if isinstance(step, Notify):
            await notify_async(step)
            return None
        if isinstance(step, AcquireLock):
            lock: Any = step.lock
            return await lock.acquire()
        if isinstance(step, (Load, Save)):
            return await keep_async(step)
        return step.source()


def _arguments(vendor: Vendor, **more: Any) -> dict[str, Any]:
    auth = Basic("user", "pass-word-1") if Basic in vendor.credentials else Token("secret-token-1")
    given: dict[str, Any] = {
        "base_url": "https://vendor.example.com",
        "auth": auth,
        "parameters": {"project_id": "p1"},
        "http": HttpOptions(timeout=10.0, retries=2),
    }
    return {**given, **more}


def sync_client(world: World, vendor: Vendor, **more: Any) -> SyncWorldClient:
    """A sync client in a world."""
    client = SyncWorldClient(vendor, **_arguments(vendor, **more))
    client.world = world
    client._session = dataclasses.replace(client._session, clock=world.clock())
    return client


def async_client(world: World, vendor: Vendor, **more: Any) -> AsyncWorldClient:
    """An async client in a world."""
    client = AsyncWorldClient(vendor, **_arguments(vendor, **more))
    client.world = world
    client._session = dataclasses.replace(client._session, clock=world.clock())
    return client
