"""One life of a process that submits with a record and waits, on a clock that skips, up to the place where it dies."""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import os
import random
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock
from uuid import UUID

import httpx2
from jobclients_core import HttpOptions, JobClientsError, Token
from jobclients_core.connecting import resume
from jobclients_core.flow import Clock
from jobclients_core.jobs import FileRecord, HandleError, NotSubmitted
from survive.shared import ARGUMENTS, HOUSE, KINDS, LATE, TOKEN, Boundaries, SharedClock, exchange, request_by_hand

WAIT = 900.0

KITCHEN: Any = importlib.import_module("kitchen_clients.kitchen_jobs")
# What the first call of a client would import, so that not every child does.
for late in ("kitchen_clients.kitchen_jobs.jobs", "kitchen_clients.kitchen_jobs.models", "anyio._backends._asyncio"):
    importlib.import_module(late)

logging.getLogger("jobclients").setLevel(logging.CRITICAL)


class Life:
    """What one life is about.

    Args:
        order: What it is told: see `story.Life.order`.
        say: Told of each event.
    """

    def __init__(self, order: dict[str, Any], say: Callable[[str, Any], None]) -> None:
        self.order = order
        self.say = say
        self.clock = SharedClock(order["clock"])
        self.phase = "baseline"
        acts = dict.fromkeys(order["strangers_at"], self._stranger)
        self.boundaries = Boundaries(say, order["die_at"], acts, order["pause"])
        self._fault: str = order["fault"]

    def _stranger(self) -> None:
        """Somebody else submits under the same name, and fails."""
        method, target, body, headers = request_by_hand(
            self.order["capability"], self.order["name"], f"stranger-{self.clock.now}", "stranger"
        )
        exchange(self.order["url"], method, target, body, {**headers, "X-Mock-Lifecycle": "running:5,failed"})

    def passage(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, httpx2.Response]:
        """The places of a request; yields what is sent, and is given the responses, which were read."""
        place = "submit" if request.method == "POST" else self.phase
        fault, self._fault = (self._fault, "") if place == "submit" else ("", self._fault)
        self.boundaries.reach(f"{place}: before")
        if self.boundaries.last or fault == "late":
            request.headers[LATE] = str(self.order["flight"])
            yield request
            del request.headers[LATE]
        self.boundaries.reach(f"{place}: sent")
        if fault in ("late", "never"):
            self.clock.sleep(5.0)
            raise httpx2.ReadTimeout("no response in time", request=request)
        if fault not in ("", "lost"):
            request.headers["X-Mock-Fault"] = fault
        response = yield request
        self.boundaries.reach(f"{place}: answered")
        if fault == "lost":
            raise httpx2.ReadError("connection reset by peer", request=request)
        return response

    @property
    def options(self) -> dict[str, Any]:
        """The arguments of a client but for its transport."""
        chance = random.Random(self.order["chance"])
        clock = Clock(
            lambda: self.clock.now,
            lambda: self.clock.now,
            chance.random,
            self.clock.sleep,
            lambda: UUID(int=chance.getrandbits(128)),
        )
        wire = AsyncWire(self) if self.order["mode"] == "async" else Wire(self)
        http = HttpOptions(verify=False, transport=wire, clock=clock)
        return {"base_url": self.order["url"], "house": HOUSE, "auth": Token(TOKEN), "http": http}

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of the submission."""
        return ARGUMENTS[self.order["capability"]](self.order["name"])

    def told(self, job: Any) -> None:
        """Say which job it is."""
        self.say("job", json.loads(job.to_json()))

    def ended(self, status: Any) -> None:
        """Say how it ended."""
        self.say("end", str(status.state))

    def failed(self, error: JobClientsError) -> None:
        """Say what was raised."""
        again = getattr(error, "look_again_at", None)
        self.say(
            "error",
            {
                "type": type(error).__name__,
                "message": str(error),
                "candidates": getattr(error, "candidates", ()),
                "again": None if again is None else again.timestamp(),
            },
        )


class Wire(httpx2.BaseTransport):
    """A transport that comes by the places of a life.

    Args:
        life: The life.
    """

    def __init__(self, life: Life) -> None:
        self._life = life
        self._inner = httpx2.HTTPTransport(verify=False, trust_env=False)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request, and read the whole response."""
        passage = self._life.passage(request)
        sent = next(passage)
        while True:
            response = self._inner.handle_request(sent)
            response.read()
            try:
                sent = passage.send(response)
            except StopIteration as done:
                found: httpx2.Response = done.value
                return found


class AsyncWire(httpx2.AsyncBaseTransport):
    """As `Wire`, for async clients."""

    def __init__(self, life: Life) -> None:
        self._life = life
        self._inner = httpx2.AsyncHTTPTransport(verify=False, trust_env=False)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request, and read the whole response."""
        passage = self._life.passage(request)
        sent = next(passage)
        while True:
            response = await self._inner.handle_async_request(sent)
            await response.aread()
            try:
                sent = passage.send(response)
            except StopIteration as done:
                found: httpx2.Response = done.value
                return found


class Watched(FileRecord):
    """A record in a file that comes by the places of a life: before, half written, and after.

    Args:
        life: The life.
    """

    def __init__(self, life: Life) -> None:
        super().__init__(life.order["record"])
        self._life = life

    def load(self) -> str | None:
        """As `FileRecord.load`; says whether there is something to look for."""
        text = super().load()
        if text is not None:
            self._life.phase = "look"
        return text

    def save(self, text: str) -> None:
        """As `FileRecord.save`."""
        is_intent = text.startswith('{"intent"')
        name = "handle" if not is_intent else "refusal" if '"refused":true' in text else "intent"
        if name == "intent":
            self._life.say("before", (json.loads(text)["handle"]["baseline"] or {}).get("keys", []))
        reach = self._life.boundaries.reach
        reach(f"{name}: before")
        # The text is in a file beside the record, which gets its name next.
        with _at_fsync(lambda: reach(f"{name}: half")):
            super().save(text)
        self._life.phase = "look"
        reach(f"{name}: after")


@contextmanager
def _at_fsync(reach: Callable[[], None]) -> Generator[None]:
    """Have a function called before the next fsync."""

    def first(descriptor: int) -> None:
        undo.close()
        reach()
        os.fsync(descriptor)

    with ExitStack() as undo:
        undo.enter_context(mock.patch("os.fsync", first))
        yield


def live(order: dict[str, Any], say: Callable[[str, Any], None]) -> None:
    """Submit or resume, and wait.

    Args:
        order: What the life is told.
        say: Told of each event.
    """
    life = Life(order, say)
    say("born", order["by"])
    try:
        if order["mode"] == "async":
            asyncio.run(_live_async(life))
        else:
            _live(life)
    except JobClientsError as error:
        life.failed(error)


def _live(life: Life) -> None:
    client = KITCHEN.KitchenJobsClient(**life.options)
    jobs = getattr(client, KINDS[life.order["capability"]])
    record = Watched(life)
    if life.order["by"] == "resume":
        try:
            job = resume(record, client)
        except (NotSubmitted, HandleError) as error:
            life.say("not", type(error).__name__)
            job = jobs.submit(**life.arguments, record=record)
    else:
        job = jobs.submit(**life.arguments, record=record)
    life.told(job)
    life.phase = "poll"
    try:
        life.ended(job.wait(timeout=WAIT))
    finally:
        life.told(job)


async def _live_async(life: Life) -> None:
    client = KITCHEN.AsyncKitchenJobsClient(**life.options)
    jobs = getattr(client, KINDS[life.order["capability"]])
    record = Watched(life)
    if life.order["by"] == "resume":
        try:
            job = await jobs.look_for(record)
        except (NotSubmitted, HandleError) as error:
            life.say("not", type(error).__name__)
            job = await jobs.submit(**life.arguments, record=record)
    else:
        job = await jobs.submit(**life.arguments, record=record)
    life.told(job)
    life.phase = "poll"
    try:
        life.ended(await job.wait(timeout=WAIT))
    finally:
        life.told(job)
