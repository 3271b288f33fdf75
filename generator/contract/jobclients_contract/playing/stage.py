"""A client and the vendor whose next answer a check chooses: over the wire, or in memory where no wire is needed."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx2

from jobclients_contract.cases import Contract, Json, Operation
from jobclients_contract.failure import curl_of, happened
from jobclients_contract.playing.driver import Client, opened
from jobclients_contract.playing.loopback import Request, Script, loopback
from jobclients_contract.reading.places import Reply
from jobclients_contract.reading.schemas import Schemas
from jobclients_contract.reading.validity import Validity


class StillClock:
    """Time that stands still but for what a client sleeps, and chance that is always the same.

    Args:
        chance: the number that is drawn, from 0 up to 1.
        wall: seconds since 1970 at the beginning.
    """

    def __init__(self, chance: float = 0.5, wall: float = 1_800_000_000.0) -> None:
        self.chance = chance
        self.now = 0.0
        self.slept: list[float] = []
        self._wall = wall

    def sleep(self, seconds: float) -> None:
        """Let time go by."""
        self.slept.append(seconds)
        self.now += seconds

    def of(self, contract: Contract) -> Any:
        """The clock as the package under test takes it."""
        return dataclasses.replace(
            importlib.import_module(contract.package).HttpOptions().clock,
            monotonic=lambda: 1_000.0 + self.now,
            wall=lambda: self._wall + self.now,
            random=lambda: self.chance,
            sleep=self.sleep,
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call.

    Attributes:
        value: what it returned.
        error: what it raised; None where it ended well.
        requests: how many requests arrived.
        curl: the last of them as a command, without secrets.
    """

    value: Any
    error: Exception | None
    requests: int
    curl: str


class Stage:
    """Plays one answer to every request until the next one is chosen.

    Args:
        contract: what the client is held to.
    """

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.client: Client
        self.base = "http://127.0.0.1:9"
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self._replies: list[Reply | Script] = []
        self._started = 0

    @cached_property
    def validity(self) -> Validity:
        """The judges of the values of the contract's schemas."""
        return Validity(Schemas(self.contract.schemas))

    def ask(self, operation: Operation, *replies: Reply | Script, arguments: dict[str, Json] | None = None) -> Outcome:
        """Call an operation.

        Args:
            operation: what is called.
            *replies: the answers, the last of which is given as often as the client asks.
            arguments: of the call; the least when None.
        """
        self._replies, self._started = list(replies), len(self.seen)
        value, error = None, None
        try:
            value = self.client.call(operation.method, operation.least if arguments is None else arguments)
        except Exception as failure:
            error = failure
        return Outcome(value, error, len(self.seen) - self._started, self._curl())

    def next(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply | Script:
        """Take a request, and tell the answer to it."""
        happened()
        place = len(self.seen) - self._started
        self.seen.append((method, target, headers, body))
        return self._replies[min(place, len(self._replies) - 1)]

    def _curl(self) -> str:
        if len(self.seen) == self._started:
            return ""
        method, target, headers, body = self.seen[-1]
        secrets = [secret for credential in self.contract.credentials for secret in credential.secrets]
        shown = {name: value for name, value in headers.items() if name not in ("host", "content-length")}
        return curl_of(method, self.base + target, shown, body, secrets)


class _Memory(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Ends in this process; the answer goes through the client's own decoding all the same."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return self._respond(request, request.read())

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return self._respond(request, await request.aread())

    def _respond(self, request: httpx2.Request, content: bytes) -> httpx2.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        reply = self._stage.next(request.method, request.url.raw_path.decode("ascii"), headers, content)
        assert isinstance(reply, Reply), "scripts need a wire"
        fields = [(name.encode(), value.encode()) for name, value in reply.headers.items()]
        return httpx2.Response(reply.status, headers=fields, content=reply.body, request=request)


@contextmanager
def in_memory(contract: Contract, mode: str, **http: Any) -> Generator[Stage]:
    """A stage without a wire, for the time of the block.

    Args:
        contract: what the client is held to.
        mode: "sync" or "async".
        **http: arguments of `HttpOptions`.

    Yields:
        The stage.
    """
    stage = Stage(contract)
    with opened(contract, mode, stage.base, transport=_Memory(stage), **http) as client:
        stage.client = client
        yield stage


@contextmanager
def on_the_wire(contract: Contract, mode: str, **http: Any) -> Generator[Stage]:
    """A stage over HTTP on loopback, for the time of the block; as `in_memory`."""
    stage = Stage(contract)

    def by(request: Request) -> Script:
        method, _, target = request.line.partition(" ")
        reply = stage.next(method, target, request.headers, request.body)
        return reply.script if isinstance(reply, Reply) else reply

    with loopback(by=by) as server, opened(contract, mode, server.url, **http) as client:
        stage.client, stage.base = client, server.url
        yield stage


Stages = Callable[[Contract, str], AbstractContextManager[Stage]]
"""What opens a stage: `in_memory` or `on_the_wire`."""
