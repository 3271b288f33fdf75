"""One job at a scripted vendor: what each role answers, a client whose clock is the judge's, and what happened."""

from __future__ import annotations

import importlib
import itertools
import math
import random
import re
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias, cast

from vendorsmith.contract.cases import Contract, Json, Kind, State
from vendorsmith.contract.driver import Client, error_class, playing, raised
from vendorsmith.contract.failure import expect, refuse
from vendorsmith.contract.jobspec import GOOD, MISSING, ZONE, Reader, entry, find
from vendorsmith.contract.loopback import Loopback, Request, Script, answer

START: Final = 1_700_000_000.0
"""What clocks on walls show at the beginning, in seconds since 1970."""

_numbers = itertools.count(1)

Told: TypeAlias = "State | Script | Callable[[], Script]"
"""What a role answers: what says a state, bytes, or a function that is called when the request is there."""


class Watch:
    """Time that passes when somebody sleeps, and chance that is the same in each run.

    Args:
        chance: every random number; None for different ones.

    Attributes:
        sleeps: seconds of each sleep.
        events: sleeps and requests as they came, and what else is noted.
        on_sleep: called with each sleep, before the time has passed.
    """

    def __init__(self, chance: float | None = None) -> None:
        self.elapsed = 0.0
        self.sleeps: list[float] = []
        self.events: list[tuple[str, object]] = []
        self.on_sleep: Callable[[float], None] = lambda _: None
        self._lock = threading.Lock()
        self._chance = chance
        self._random = random.Random(7)  # noqa: S311 - the same in each run

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.on_sleep(seconds)
        self.sleeps.append(seconds)
        self.events.append(("sleep", round(seconds, 6)))
        self.pass_by(seconds)

    def pass_by(self, seconds: float) -> None:
        """Let time pass, and tell nobody."""
        with self._lock:
            self.elapsed += max(seconds, 0.0)

    def chance(self) -> float:
        """A number from 0 up to 1."""
        return self._random.random() if self._chance is None else self._chance

    def clock(self, package: str) -> Any:
        """The clock that a client of a package takes."""
        usual = importlib.import_module(package).HttpOptions().clock
        # It does not begin at nought, as clocks seldom do.
        return replace(
            usual,
            monotonic=lambda: 5_000.0 + self.elapsed,
            wall=lambda: START + self.elapsed,
            random=self.chance,
            sleep=self.sleep,
        )


class Stage:
    """A job, its vendor and its client.

    Args:
        contract: what the client is held to.
        kind: the kind of job.
        client: the client.
        server: the vendor.
        watch: the client's clock.
        asked: role and moment of each request, in the order of arrival.
    """

    def __init__(
        self,
        contract: Contract,
        kind: Kind,
        client: Client,
        server: Loopback,
        watch: Watch,
        asked: list[tuple[str, float]],
    ) -> None:
        self.contract = contract
        self.kind = kind
        self.client = client
        self.server = server
        self.watch = watch
        self.asked = asked

    @property
    def jobs(self) -> Any:
        """The collection of the kind."""
        return getattr(self.client.client, self.kind.name)

    def job(self, identity: Mapping[str, Json] | None = None) -> Any:
        """A handle that is made by hand."""
        make = self.jobs.latest if Reader(self.kind.spec).by_name else self.jobs
        return make(**(self.kind.identity if identity is None else identity))

    def submit(self) -> Any:
        """A handle that comes of submitting."""
        arguments = self.client.typed(self.kind.roles["submit"], self.kind.submission)
        return self.client.wait(self.jobs.submit(**arguments))

    def wait(self, job: Any, **options: Any) -> Any:
        """Wait for a job."""
        return self.client.wait(job.wait(**options))

    def status(self, job: Any) -> Any:
        """Ask for the status of a job."""
        return self.client.wait(job.status())

    def watched(self, job: Any, **options: Any) -> list[Any]:
        """Every status that watching a job yields."""
        looking = job.watch(**options)
        return list(looking) if self.client.mode == "sync" else cast("list[Any]", self.client.wait(_all(looking)))

    def roles(self) -> list[str]:
        """The roles that were asked, in order."""
        return [role for role, _ in self.asked]

    def expect_roles(self, *roles: str) -> None:
        """Compare the roles that were asked.

        Raises:
            Mismatch: they differ.
        """
        expect(list(roles), self.roles(), "the requests differ, by role")


async def _all(looking: Any) -> list[Any]:
    return [item async for item in looking]


def says(told: Told, **headers: str) -> Script:
    """The answer that says something, with further header fields (underscores for hyphens)."""
    if isinstance(told, State):
        fields = {name.replace("-", "_"): value for name, value in told.headers.items()}
        return answer(told.answer, told.status, **fields, **headers)
    return told() if callable(told) else told


@contextmanager
def staged(
    contract: Contract,
    kind: Kind,
    mode: str,
    *status: Told,
    chance: float | None = None,
    roles: Mapping[str, Iterable[Told]] | None = None,
    account: str = "",
    base: str = "",
    **http: Any,
) -> Generator[Stage]:
    """A job at a scripted vendor, for the time of the block.

    Args:
        contract: what the client is held to.
        kind: the kind of job.
        mode: "sync" or "async".
        *status: what the status call answers, in order; a request too many gets the status 599.
        chance: every random number; None for different ones.
        roles: what the calls of other roles answer, in order.
        account: the client's label of the account; one of its own, so that nobody shares its rate limits.
        base: path of the base URL.
        **http: arguments of `HttpOptions`.

    Yields:
        The stage.
    """
    watch = Watch(chance)
    asked: list[tuple[str, float]] = []
    scripts = {role: deque(told) for role, told in {"status": status, **(roles or {})}.items()}
    known = [(role, *_pattern(contract, kind.roles[role], base)) for role in scripts]

    def play(request: Request) -> Script:
        verb, _, target = request.line.partition(" ")
        path = target.partition("?")[0]
        role = next((role for role, http, pattern in known if http == verb and pattern.fullmatch(path)), "")
        asked.append((role or request.line, watch.elapsed))
        watch.events.append(("request", request.line))
        return says(scripts[role].popleft()) if scripts.get(role) else answer({}, 599)

    options = {"account": account or f"account {next(_numbers)}", "timezone": ZONE}
    clock = watch.clock(contract.package)
    with playing(contract, mode, by=play, prefix=base, options=options, clock=clock, **http) as (server, client):
        yield Stage(contract, kind, client, server, watch, asked)


def _pattern(contract: Contract, method: str, base: str) -> tuple[str, re.Pattern[str]]:
    operation = contract.operation(method)
    pieces = re.split(r"\{[^{}]*\}", base + operation.path)
    return operation.http, re.compile("[^/]+".join(map(re.escape, pieces)))


def expect_status(stage: Stage, row: State, status: Any, what: str = "the status differs") -> None:
    """Compare a status with what an answer says: state, word, facts, run.

    Raises:
        Mismatch: they differ.
    """
    read = Reader(stage.kind.spec).read(row.answer, row.status, row.headers)
    expected = {"state": row.state, "raw_state": row.word, "raw_times": dict(read.raw_times), **read.facts}
    expected |= {"vendor": stage.contract.vendor, "kind": stage.kind.name, **_run_of(stage, row)}
    actual = {name: _plain(getattr(status, name)) for name in expected}
    differing = {name: (expected[name], actual[name]) for name in expected if not _same(expected[name], actual[name])}
    if differing:
        wanted = {name: pair[0] for name, pair in differing.items()}
        refuse(f"{what}: {', '.join(differing)}", wanted, {name: pair[1] for name, pair in differing.items()})


def _run_of(stage: Stage, row: State) -> dict[str, Json]:
    """Which run the status of a handle made by hand speaks of."""
    reader = Reader(stage.kind.spec)
    if not reader.by_name:
        return {"run_id": str(next(iter(stage.kind.identity.values()))), "attribution": "exact"}
    run = next(iter(reader.runs(row.answer)), None)
    parts = [part for name in reader.key if (part := find(run, name)) is not MISSING and part is not None]
    return {"run_id": str(parts[0]) if parts else None, "attribution": "latest"}


def identity_of(stage: Stage) -> dict[str, str]:
    """What the handle holds, as texts: the identity, and what the client's options add to it."""
    given = {**stage.contract.options, **stage.kind.identity}
    named = entry(stage.kind.spec, "identity")
    return {name: str(given[name]) for name in named if name in given} if isinstance(named, dict) else {}


def texts_of(values: Mapping[str, Any]) -> dict[str, str]:
    """Values as texts."""
    return {name: str(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    """A fact as JSON: moments in UTC, as text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, tuple):
        return [*cast("tuple[object, ...]", value)]
    if isinstance(value, str):
        return str(value)
    return dict(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else value


def _same(expected: Any, actual: Any) -> bool:
    if isinstance(expected, float) and isinstance(actual, float):
        return math.isclose(expected, actual)
    return type(expected) is type(actual) and expected == actual


def expect_end(stage: Stage, row: State, act: Callable[[], Any]) -> None:
    """See a wait end as a row says: with its status, or with the exception of a bad end.

    Raises:
        Mismatch: it ends otherwise.
    """
    if row.state in GOOD:
        expect_status(stage, row, act(), "the end differs")
        return
    error: Any = raised(act)
    wanted = error_class(stage.contract, "JobCancelled" if row.state == "cancelled" else "JobFailed")
    expect(wanted, type(cast("object", error)), "the exception of the end differs")
    expect_status(stage, row, error.status, "the status of the exception differs")
    read = Reader(stage.kind.spec).read(row.answer, row.status, row.headers)
    expect(read.facts["code"], error.code, "the code of the exception differs")
    said = read.facts["error"] or read.facts["message"]
    expect(said, error.vendor_message, "the vendor's words in the exception differ")
    expect((row.state, row.word), (str(error.history[-1].state), error.history[-1].raw_state), "the history differs")
    expect(identity_of(stage), texts_of(error.job.identity), "the exception's handle differs")
