"""A scripted vendor for test cases of jobs, and a clock on which waiting takes no time."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final

from jobclients_contract.failure import compares, happened, refuse
from jobclients_contract.harness.loopback import Request, Script, scripted
from jobclients_contract.schema_model.credentials import usual
from jobclients_contract.schema_model.document import Document, Operation, objects
from jobclients_contract.schema_model.job_reader import ZONE
from jobclients_contract.schema_model.jobtypes import JobType
from jobclients_contract.schema_model.pointers import entry, texts
from jobclients_contract.schema_model.values import Json
from jobclients_contract.suite.running import Run

_WALL: Final = 1_700_000_000.0
_BETWEEN: Final = 1_000_000.0
"""Seconds that pass between two cases, after which no limit and no token of the case before counts any more."""
_OWN: Final = ("record", "again", "baseline")
"""Arguments that submit has of its own; one of the call that is named so ends with an underscore there."""
_MOST: Final = 500
"""Sleeps and requests of a case, far more than any leads to: who asks for ever is stopped."""

ScriptSource = Script | Callable[[Request], Script]
"""What a call answers: bytes, or a function that is called when the request is there."""


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """A request that arrived: ``operationId``, request line, and the timestamp on the clock of the case."""

    operation: str
    line: str
    at: float


class Time:
    """A clock that runs when somebody sleeps.

    Attributes:
        now: seconds since the beginning of the case.
        sleeps: seconds of each sleep of the case.
        chance: every random number, from 0 up to 1.
    """

    def __init__(self, usual_clock: Any) -> None:
        self._before = 0.0
        self.begin()
        self.given: Any = dataclasses.replace(
            usual_clock,
            monotonic=lambda: 5_000.0 + self._before + self.now,
            wall=lambda: self._wall + self.now,
            random=lambda: self.chance,
            sleep=self.sleep,
        )

    def begin(self) -> None:
        """Begin a case, long after the one before."""
        self._before += getattr(self, "now", 0.0) + _BETWEEN
        self.now, self.chance = 0.0, 0.5
        self._wall = _WALL + self._before
        self.sleeps: list[float] = []

    def show(self, timestamp: float) -> None:
        """Let the clock on the wall show a timestamp, in seconds since 1970."""
        self._wall = timestamp - self.now

    def sleep(self, seconds: float) -> None:
        """Let time go by.

        Raises:
            Mismatch: it is slept again and again.
        """
        if len(self.sleeps) > _MOST:
            refuse("the client sleeps again and again", f"at most {_MOST} sleeps", seconds)
        self.sleeps.append(seconds)
        self.pass_by(seconds)

    def pass_by(self, seconds: float) -> None:
        """Let time go by that nobody sleeps."""
        self.now += max(seconds, 0.0)


class JobFixture:
    """The clients of a run, and a vendor whose calls answer what a case says.

    Args:
        run: of the cases.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.time = Time(run.clients.root.HttpOptions().clock)
        self.asked: list[ReceivedRequest] = []
        self._scripts: dict[str, Iterator[ScriptSource]] = {}

    @cached_property
    def client(self) -> Any:
        """The client of the run's mode whose clock is the stage's."""
        clients, mode = self.run.clients, self.run.mode
        given: dict[str, Any] = {"base_url": clients.server.url, **clients.options}
        given |= {"timezone": ZONE, "account": f"{mode} suite"}
        made = clients.made(mode, usual(self.run.credentials), given, clock=self.time.given)
        clients.keep(made)
        return made

    def play(self, scripts: Mapping[str, Iterable[ScriptSource]]) -> None:
        """Begin a scene.

        Args:
            scripts: what calls answer, in order, by ``operationId``. A request too many is answered with the status
                400, which ends any wait.
        """
        self.time.begin()
        self.asked.clear()
        self._scripts = {name: iter(told) for name, told in scripts.items()}
        self.run.begin()
        self.run.clients.play(self._respond, usual(self.run.credentials))

    def _respond(self, request: Request) -> Script:
        operation = called(self.run, request)
        self.asked.append(ReceivedRequest(operation.id if operation is not None else "", request.line, self.time.now))
        told = next(self._scripts.get(operation.id, iter(())), None) if operation is not None else None
        if told is None or len(self.asked) > _MOST:
            told = scripted({}, 400)
        script = told(request) if callable(told) else told
        self.run.answered(script)
        return script

    def jobs(self, job_type: JobType) -> Any:
        """The collection of a job type."""
        return getattr(self.client, job_type.name)

    def job(self, job_type: JobType, identity: Mapping[str, Json] | None = None) -> Any:
        """A handle that is made by hand."""
        make = self.jobs(job_type).latest if job_type.reader.by_name else self.jobs(job_type)
        return make(**(job_type.identities[0] if identity is None else identity))

    def submit(self, job_type: JobType, example: str = "", runs: Json = None, /, **arguments: Json) -> Any:
        """A handle that comes of submitting, with the documented arguments of an exchange.

        Args:
            job_type: the job type.
            example: name of the exchange.
            runs: a body that shows the runs of the scene, which began at about the time of the submission; None for
                the usual one.
            **arguments: more arguments, and others than the documented ones.
        """
        began = job_type.reader.began(job_type.base.json if runs is None else runs)
        if began is not None:
            self.time.show(began)
        method = self.method(job_type.called("submit"))
        given = {**self.run.minimal(method, example), **self._repeated(job_type, method), **arguments}
        typed = {name: self.run.typed(method, name, value) for name, value in given.items()}
        beside = {f"{name}_" if name in _OWN else name: value for name, value in typed.items()}
        return self.wait(self.jobs(job_type).submit(**beside))

    def _repeated(self, job_type: JobType, method: str) -> dict[str, Json]:
        """The argument of submit that responses repeat, by Python name, so that they are about the job submitted."""
        field = job_type.reader.echo[1] if job_type.reader.echo is not None else ""
        places = texts(entry(job_type.identity[field], "from")) if field else ()
        names = {item.entry.wire: item.entry.name for item in self.run.arguments(method).listed}
        wires = [place.rpartition(".")[2] for place in places if place.startswith("$request.")]
        return {names[wire]: job_type.identities[0][field] for wire in wires if wire in names}

    def method(self, operation: Operation) -> str:
        """The client's method for a documented call."""
        return next(name for name, known in self.run.operations.items() if known is operation)

    def wait(self, result: Any) -> Any:
        """The result of what may have to be awaited."""
        happened()
        return self.run.clients.wait(result)

    def raised(self, name: str, act: Callable[[], Any], what: str) -> Any:
        """The exception that something raises.

        Args:
            name: of its class.
            act: what is done.
            what: what is wrong where another one comes, or none.

        Raises:
            Mismatch: it is another one, or none.
        """
        compares()
        try:
            value = act()
        except Exception as error:
            if type(error) is not self.run.error(name):
                refuse(what, name, repr(error))
            return error
        return refuse(what, name, value)

    def ids(self) -> list[str]:
        """The calls that were asked, by ``operationId``."""
        return [item.operation for item in self.asked]

    def body(self, number: int) -> Json:
        """The body of a request, as JSON; None for no body."""
        request = self.run.clients.server.requests[number]
        return request.json() if request.body else None


@cache
def fixture_of(run: Run) -> JobFixture:
    """The stage of a run; the same one for all of its cases."""
    return JobFixture(run)


def job_type(run: Run, name: str) -> JobType:
    """A job type of the run's document.

    Raises:
        Mismatch: there is none of that name.
    """
    found = _job_type(run.document, name)
    if not isinstance(found.spec, dict):
        refuse(f"the document has no job type {name!r}", name, list(objects(run.document.data.get("x-jobs"))))
    return found


@cache
def _job_type(document: Document, name: str) -> JobType:
    return JobType(document, name)


def called(run: Run, request: Request) -> Operation | None:
    """The documented call that a request is: of several whose path may be this, the one with most text of its own."""
    http, _, target = request.line.partition(" ")
    path = target.partition("?")[0]
    calls = [item for item in run.document.operations.values() if item.http == http]
    found = [item for item in calls if _pattern(item.path).fullmatch(path)]
    return max(found, key=lambda item: len(re.sub(r"\{[^{}]*\}", "", item.path)), default=None)


@cache
def _pattern(path: str) -> re.Pattern[str]:
    pieces = [re.escape(piece) for piece in re.split(r"\{[^{}]*\}", path)]
    return re.compile("[^/]+".join(pieces))


def script(job_type: JobType, body: Json, **headers: str) -> Script:
    """A response of the call for the status; header fields with underscores for hyphens."""
    return scripted(body, job_type.status, **headers)


def agreed(job_type: JobType, role: str) -> Script:
    """A response of a role's call that says yes."""
    status, body = job_type.success(role)
    return scripted(b"" if body is None else body, status)
