"""One job at a scripted vendor: what each role answers, a client whose clock is the judge's, and what happened."""

from __future__ import annotations

import importlib
import itertools
import logging
import random
import re
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any, Final, TypeAlias, cast

from jobclients_contract.cases import Contract, Json, Kind, Operation, State
from jobclients_contract.failure import expect, refuse
from jobclients_contract.playing.driver import Client, playing
from jobclients_contract.playing.loopback import Loopback, Request, Script, answer
from jobclients_contract.reading.jobs import ZONE, Reader
from jobclients_contract.reading.pointers import MISSING, Missing, entry, put

START: Final = 1_700_000_000.0
"""What clocks on walls show at the beginning, in seconds since 1970."""

MOST: Final = 2_000
"""Requests and sleeps of one stage, far more than any check leads to: who asks for ever is stopped."""

_numbers = itertools.count(1)

Told: TypeAlias = "State | Script | Callable[[Request], Script]"
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
        """Let time pass.

        Raises:
            Mismatch: it is slept for ever.
        """
        if len(self.sleeps) > MOST:
            refuse("the client sleeps again and again", f"at most {MOST} sleeps", seconds)
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


class Vendor:
    """What each role answers, and what was asked.

    Args:
        calls: HTTP method of each role's call, and the paths that it may have.
        scripts: what each role answers, in order.
        watch: the client's clock.

    Attributes:
        asked: role and moment of each request, in the order of arrival.
        on_request: called with each request, once its arrival is noted.
    """

    def __init__(
        self, calls: Mapping[str, tuple[str, re.Pattern[str]]], scripts: dict[str, Iterator[Told]], watch: Watch
    ) -> None:
        self.scripts = scripts
        self.asked: list[tuple[str, float]] = []
        self.on_request: Callable[[], None] = lambda: None
        self._calls = calls
        self._watch = watch

    def play(self, request: Request) -> Script:
        """The answer to a request."""
        verb, _, target = request.line.partition(" ")
        path = target.partition("?")[0]
        role = next((role for role, (http, paths) in self._calls.items() if http == verb and paths.fullmatch(path)), "")
        self.asked.append((role or request.line, self._watch.elapsed))
        self._watch.events.append(("request", request.line))
        self.on_request()
        if len(self.asked) > MOST:
            return answer({}, 400)
        told = next(self.scripts[role], None) if role else None
        if isinstance(told, State):
            return says(told)
        return answer({}, 599) if told is None else told(request) if callable(told) else told


@dataclass(frozen=True, slots=True)
class Stage:
    """A job, its vendor and its client.

    Attributes:
        contract: what the client is held to.
        kind: the kind of job.
        client: the client.
        server: what it talks to.
        watch: its clock.
        vendor: what is answered there.
    """

    contract: Contract
    kind: Kind
    client: Client
    server: Loopback
    watch: Watch
    vendor: Vendor

    @property
    def asked(self) -> list[tuple[str, float]]:
        """Role and moment of each request so far."""
        return self.vendor.asked

    @property
    def jobs(self) -> Any:
        """The collection of the kind."""
        return getattr(self.client.client, self.kind.name)

    def job(self, identity: Mapping[str, Json] | None = None) -> Any:
        """A handle that is made by hand."""
        make = self.jobs.latest if Reader(self.kind.spec).by_name else self.jobs
        return make(**(self.kind.identity if identity is None else identity))

    def submit(self, more: Mapping[str, Json] | None = None) -> Any:
        """A handle that comes of submitting, with further arguments."""
        arguments = self.client.typed(self.kind.roles["submit"], {**self.kind.submission, **(more or {})})
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


def says(row: State, **headers: str) -> Script:
    """The answer that says a state, with further header fields (underscores for hyphens)."""
    fields = {name.replace("-", "_"): value for name, value in row.headers.items()}
    return answer(row.answer, row.status, **fields, **headers)


def documented(contract: Contract, method: str) -> Script:
    """The documented answer of a call that says yes."""
    found = contract.operation(method).success
    if found is None or not found.media_type or not found.examples:
        return answer(b"", yes(contract.operation(method)))
    return answer(found.examples[0].value, yes(contract.operation(method)))


def yes(operation: Operation) -> int:
    """The status of an answer that says yes."""
    found = operation.success
    return int(found.status) if found is not None and found.status.isdecimal() else 200


def agreed(contract: Contract, kind: Kind, role: str, body: Json) -> Script:
    """An answer to the call of a role that says yes.

    Args:
        contract: what the client is held to.
        kind: the kind of job.
        role: of the call.
        body: the answer's.
    """
    return answer(body, yes(operation_of(contract, kind, role)))


@contextmanager
def staged(
    contract: Contract,
    kind: Kind,
    mode: str,
    *status: Told,
    chance: float | None = None,
    roles: Mapping[str, Iterable[Told]] | None = None,
    account: str = "",
    zone: tzinfo | None = ZONE,
    **http: Any,
) -> Generator[Stage]:
    """A job at a scripted vendor, for the time of the block.

    Args:
        contract: what the client is held to.
        kind: the kind of job.
        mode: "sync" or "async".
        *status: what the status call answers, in order; a request too many gets the status 599,
            and one of far too many the status 400, which ends any wait.
        chance: every random number; None for different ones.
        roles: what the calls of other roles answer, in order.
        account: the client's label of the account; one of its own, so that nobody shares its rate limits.
        zone: where the client takes the vendor to stand.
        **http: arguments of `HttpOptions`.

    Yields:
        The stage.
    """
    watch = Watch(chance)
    scripts = {role: iter(told) for role, told in {"status": status, **(roles or {})}.items()}
    calls = {role: _call(operation_of(contract, kind, role)) for role in scripts}
    vendor = Vendor(calls, scripts, watch)
    options = {"account": account or f"account {next(_numbers)}", "timezone": zone}
    clock = watch.clock(contract.package)
    with playing(contract, mode, by=vendor.play, options=options, clock=clock, **http) as (server, client):
        yield Stage(contract, kind, client, server, watch, vendor)


def operation_of(contract: Contract, kind: Kind, role: str) -> Operation:
    """The operation of a role; ``discover`` is one, too."""
    if role in kind.roles:
        return contract.operation(kind.roles[role])
    wanted = entry(kind.spec, role, "operationId")
    return next(operation for operation in contract.operations if operation.id == wanted)


def _call(operation: Operation) -> tuple[str, re.Pattern[str]]:
    """HTTP method and possible paths of a call."""
    pieces = re.split(r"\{[^{}]*\}", operation.path)
    return operation.http, re.compile("[^/]+".join(map(re.escape, pieces)))


def before_submitting(contract: Contract, kind: Kind) -> dict[str, list[Told]]:
    """What the calls answer that look for earlier runs, before a job is submitted: there are none."""
    found: dict[str, list[Told]] = {"status": [], "submit": [agreed(contract, kind, "submit", kind.submitted)]}
    if entry(kind.spec, "run", "baseline"):
        found["status"].append(answer(put(kind.states[0].answer, Reader(kind.spec).select, [])))
    if entry(kind.spec, "discover"):
        found["discover"] = [agreed(contract, kind, "discover", listing(contract, kind, "discover", []))]
    return found


def listing(contract: Contract, kind: Kind, role: str, elements: list[Json]) -> Json:
    """The answer of a call that lists, with other elements."""
    holder = entry(kind.spec, role) if role == "discover" else entry(kind.spec, "operations", role)
    pointer = str(entry(holder, "select")).partition("#")[2]
    body = listed(contract, kind, role)
    return put(body, pointer, elements)


def listed(contract: Contract, kind: Kind, role: str) -> Json:
    """The documented answer of a call that lists."""
    found = operation_of(contract, kind, role).success
    return found.examples[0].value if found is not None and found.examples else {}


@contextmanager
def submitted(contract: Contract, kind: Kind, mode: str, status: Iterable[Told], **more: Any) -> Generator[Stage]:
    """A vendor at which nothing runs yet, and what it answers once the job is submitted; else as `staged`."""
    before = before_submitting(contract, kind)
    roles = {**before, "status": itertools.chain(before["status"], status)}
    with staged(contract, kind, mode, roles=roles, **more) as stage:
        yield stage


@contextmanager
def logged() -> Generator[list[logging.LogRecord]]:
    """What is logged in the time of the block."""
    records: list[logging.LogRecord] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    handler = Keeping()
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield records
    finally:
        root.removeHandler(handler)


def arguments_of(
    contract: Contract, kind: Kind, role: str, job: Mapping[str, Json] | None = None, **given: Json
) -> dict[str, Json]:
    """The arguments of a role's call, as the spec has them.

    Args:
        contract: what is documented.
        kind: the kind of job.
        role: the role; ``discover`` is one, too.
        job: what identifies the job, the client's options included; that of the kind when None.
        **given: what else expressions stand for, such as ``key`` and ``page``.
    """
    own = {**contract.options, **kind.identity} if job is None else job
    holder = entry(kind.spec, role) if role == "discover" else entry(kind.spec, "operations", role)
    named = entry(holder, "parameters")
    templates = named if isinstance(named, dict) else {}
    found: dict[str, Json] = {}
    for argument in operation_of(contract, kind, role).arguments:
        template = templates.get(argument.wire)
        if template is not None:
            value = _value(contract, kind, template, own, given)
            if not isinstance(value, Missing):
                found[argument.name] = value
        elif (argument.location == "path" or argument.client) and argument.wire in own:
            found[argument.name] = own[argument.wire]
    return found


def _value(
    contract: Contract, kind: Kind, template: Json, job: Mapping[str, Json], given: Mapping[str, Json]
) -> Json | Missing:
    """What a template stands for; MISSING where the job lacks it."""
    if not isinstance(template, str) or not template.startswith("$"):
        for name, value in given.items():
            template = template.replace(f"${name}", str(value)) if isinstance(template, str) else template
        return template
    if template.startswith("$job."):
        return job.get(template.removeprefix("$job."), MISSING)
    if template.startswith("$request."):
        wire = template.rpartition("/")[2] if "#" in template else template.split(".", 2)[2]
        arguments = contract.operation(kind.roles["submit"]).arguments
        return next((kind.submission[item.name] for item in arguments if item.wire == wire), MISSING)
    return given[template.removeprefix("$")]
