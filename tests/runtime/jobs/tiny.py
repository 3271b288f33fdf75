"""Vendors of one capability each, in memory, and processes that submit to them, die, and begin again from disk."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import pytest
from jobclients_core.calls import Session
from jobclients_core.flow import AcquireLock, Clock, Flow, GetCredential, HttpResponse, Load, Save, Send, Sleep
from jobclients_core.jobs import Honoured, JobType, Lookup, Role
from jobclients_core.jobs.submitting import Again, submit_flow
from runtime.jobs import kinds
from runtime.jobs.world import World, reply, sync_client

CAPABILITIES = ("honoured", "list", "baseline", "discover", "none")
SETTLE = 30.0
KINDS: dict[str, JobType[Any]] = {
    "honoured": dataclasses.replace(
        kinds.SQL, submit=Role("submit_keyed"), list=None, idempotency="Key", honoured=Honoured(86_400.0)
    ),
    "list": dataclasses.replace(kinds.SQL, lookup=Lookup(SETTLE, 604_800.0)),
    "baseline": dataclasses.replace(kinds.RUNS, lookup=Lookup(SETTLE)),
    "discover": dataclasses.replace(kinds.EXECUTIONS, lookup=Lookup(SETTLE)),
    "none": dataclasses.replace(kinds.SQL, submit=Role("submit_sql_job"), list=None, idempotency=None),
}
VENDORS = {"baseline": kinds.CDM, "discover": kinds.DATAMEER}
ARGUMENTS: dict[str, dict[str, Any]] = {"baseline": {"job_name": "j"}, "discover": {"configuration": 7}}
SUBMITS = frozenset(("submit_keyed", "submit_dated", "submit_sql_job", "start_job", "trigger_job"))

Fault = tuple[bool, Any]
"""What becomes of a request to submit: whether the vendor takes it, and what response or failure comes of it."""

Dies = Callable[[int, Any, bool], bool]
"""Tells whether a process dies at its nth step, before that is done or after."""


class Death(BaseException):
    """The process dies."""


class Disk:
    """A record that outlives processes.

    Args:
        text: What it holds.
    """

    def __init__(self, text: str | None = None) -> None:
        self.text = text

    def load(self) -> str | None:
        return self.text

    def save(self, text: str) -> None:
        self.text = text


@dataclasses.dataclass
class Run:
    """A run at the vendor."""

    number: int
    key: str
    at: float


@cache
def _session(capability: str) -> Session:
    """What sessions have in common; a client costs more than all that happens here."""
    return sync_client(World(), VENDORS.get(capability, kinds.DLI))._session


class Tiny:
    """A vendor, the time, a disk, and the network between them.

    Args:
        capability: What the vendor lets one see of a submission whose response was lost.
        *faults: What becomes of the first requests to submit.
        lag: Seconds after which a run shows.
        before: How many runs there are already.
        shown: How many runs a status shows, where it shows runs.

    Attributes:
        ahead: Seconds by which the clock of the host is set ahead.
    """

    def __init__(self, capability: str, *faults: Fault, lag: float = 0.0, before: int = 2, shown: int = 1) -> None:
        self.capability = capability
        self.kind = KINDS[capability]
        self.faults = list(faults)
        self.lag = lag
        self.now = 1_700_000_000.0
        self.ahead = 0.0
        self.disk = Disk()
        self.runs = [Run(number, f"old-{number}", self.now - 86_400.0 * (before - number)) for number in range(before)]
        self.before = before
        self.sends: list[str] = []
        self.drawn = 0
        self.shown = shown

    @property
    def new(self) -> list[Run]:
        """The runs that began since."""
        return self.runs[self.before :]

    def session(self) -> Session:
        """The session of a new process."""
        return dataclasses.replace(_session(self.capability), clock=self.clock())

    def clock(self) -> Clock:
        """The clock of a new process."""
        return Clock(lambda: self.now, lambda: self.now + self.ahead, lambda: 0.5, uuid=self._uuid)

    def _uuid(self) -> UUID:
        self.drawn += 1
        return UUID(int=self.drawn)

    def submit(self, record: Any = None, again: Again = "never", dies: Dies = lambda count, step, done: False) -> Any:
        """Submit in a new process; as `submit_flow`, with the moment at which the process dies."""
        flow = submit_flow(self.session(), self.kind.bound, given(self.capability), record, again)
        return self.drive(flow, dies)

    def drive(self, flow: Flow[Any], dies: Dies = lambda count, step, done: False) -> Any:
        """Carry a flow out.

        Args:
            flow: The flow.
            dies: Tells whether the process dies at a step, before it is done or after.

        Returns:
            The flow's result.
        """
        count = 0
        outcome: Any = None
        failure: BaseException | None = None
        try:
            while True:
                step = flow.throw(failure) if failure is not None else flow.send(outcome)
                outcome, failure = None, None
                if dies(count, step, False):
                    raise Death
                try:
                    outcome = self.perform(step)
                except Exception as error:
                    failure = error
                if dies(count, step, True):
                    raise Death
                count += 1
        except StopIteration as done:
            return done.value

    def perform(self, step: Any) -> Any:
        """Carry a step out."""
        if isinstance(step, Sleep):
            self.now += step.seconds
        elif isinstance(step, Load):
            return step.record.load()
        elif isinstance(step, Save):
            step.record.save(step.text)
        elif isinstance(step, AcquireLock):
            lock: Any = step.lock
            return lock.acquire(timeout=1)
        elif isinstance(step, GetCredential):
            return step.source()
        elif isinstance(step, Send):
            return self.send(step)
        return None

    def send(self, step: Send) -> HttpResponse:
        """What comes of a request."""
        self.sends.append(step.operation)
        self.now += 0.1
        if step.operation not in SUBMITS:
            seen = self._seen(step)
            return seen if isinstance(seen, HttpResponse) else reply(seen)
        taken, result = self.faults.pop(0) if self.faults else (True, None)
        answer = self._submitted(step) if taken else None
        found = answer if result is None else result(self) if callable(result) else result
        if isinstance(found, Exception):
            raise found
        return found if isinstance(found, HttpResponse) else reply(found)

    def _submitted(self, step: Send) -> Any:
        key = dict(step.request.headers).get("Key", "")
        if step.operation == "submit_sql_job":
            tags = json.loads(step.request.content or b"{}").get("tags") or [{"value": ""}]
            key = tags[-1]["value"]
        same = [run for run in self.runs if run.key == key and self.capability == "honoured"]
        if not same:
            self.runs.append(Run(len(self.runs), key, self.now))
        return self.told((same or self.runs)[-1])

    def told(self, run: Run) -> Any:
        """What submit answers."""
        if self.capability == "baseline":
            return {"submissions": []}
        if self.capability == "discover":
            return {"status": "success"}
        return {"is_success": True, "job_id": f"j{run.number}"}

    def _seen(self, step: Send) -> Any:
        shown = [run for run in self.runs if run.at + self.lag <= self.now]
        target = unquote(step.request.target)
        if step.operation == "list_sql_jobs":
            found = [run for run in shown if run.key in target.rpartition("=")[2]]
            return {
                "jobs": [
                    {"job_id": f"j{run.number}", "tags": [{"key": "jobclients", "value": run.key}]} for run in found
                ]
            }
        if step.operation == "show_job_status":
            runs = [{"job-name": "j", "status": "RUNNING", "creation-date": int(run.at * 1000)} for run in shown]
            return {"submissions": runs[-self.shown :]}
        if step.operation == "get_job_history":
            return [{"id": run.number, "jobStatus": "RUNNING"} for run in reversed(shown)]
        number = target.partition("/jobs/")[2].partition("/")[0]
        return {"is_success": True, "job_id": number, "status": "RUNNING"}


def given(capability: str) -> dict[str, Any]:
    """The arguments of a submission."""
    return ARGUMENTS.get(capability, {"sql": "select 1"})


def died_after_sending(capability: str, *, taken: bool, **more: Any) -> Tiny:
    """A process that died while it waited for the response, 100 s ago."""
    tiny = Tiny(capability, (taken, None), **more)

    def dies(count: int, step: Any, done: bool) -> bool:
        return done and isinstance(step, Send) and step.operation in SUBMITS

    with pytest.raises(Death):
        tiny.submit(tiny.disk, dies=dies)
    tiny.now += 100.0
    tiny.sends.clear()
    return tiny
