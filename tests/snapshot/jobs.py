"""What job types send, and what they make of responses."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta, timezone
from functools import partial
from typing import Any

from jobclients import resume, wait_all, wait_all_async
from snapshot.calls import FAILURES, Calls
from snapshot.described import plain
from snapshot.documents import Operation, Reply
from snapshot.records import Opens, Record
from snapshot.wire import Caller, Vendor, WireResponse, answered

IDENTITIES = {
    "id": 1,
    "execution_id": 3,
    "configuration_id": 1,
    "file": "/Data/a b.wbk",
    "job_name": "jdbc2hive",
    "job_id": "208b08d4-0dc2-4dd7-8879-ddd4c020d7aa",
}
TEXTS: Mapping[str, Any] = {"name": "MetadataExtraction#1"}


class JobHarness:
    """One job type on a client whose responses can be chosen by operation."""

    def __init__(self, vendor: Vendor, name: str, opens: Opens, **options: Any) -> None:
        self.vendor = vendor
        self.name = name
        self.answers: dict[str, WireResponse | list[WireResponse]] = {}
        self.caller: Caller = opens(override=self._override, **options)
        self.jobs: Any = getattr(self.caller.client, name)
        self.roles: dict[str, Operation] = {
            role: vendor.document.operation(one["operationId"])
            for role, one in vendor.document.jobs[name]["operations"].items()
        }

    def _override(self, operation: Operation | None) -> WireResponse | None:
        found = self.answers.get(operation.id) if operation is not None else None
        if isinstance(found, list):
            return found.pop(0) if len(found) > 1 else found[0]
        return found

    @property
    def status(self) -> Operation:
        """The operation that tells a status."""
        return self.roles["status"]

    def handle(self) -> Any:
        """A handle of a job that exists already."""
        make = self.jobs if callable(self.jobs) else self.jobs.latest
        names = inspect.signature(make).parameters
        known = {name: value for name, value in IDENTITIES.items() if name in names}
        return make(**known)

    def lines(self) -> list[str]:
        """What was sent since the last time, in short: requests have records of their own."""
        found = [" ".join(filter(None, (one["send"], one["body"]))) for one in self.caller.wire.sent]
        self.caller.wire.sent.clear()
        return found

    def submit(self) -> Any:
        """Submit a job as documented."""
        calls = Calls(self.vendor, self.roles["submit"], self.jobs.submit)
        return self.jobs.submit(**calls.typical())


def records(vendor: Vendor, opens: Opens) -> Iterator[tuple[str, Record]]:
    """The records of one vendor."""
    for name in vendor.document.jobs:
        for label, record in _of_type(vendor, name, opens):
            yield f"jobs {name}: {label}", record


def _of_type(vendor: Vendor, name: str, opens: Opens) -> Iterator[tuple[str, Record]]:
    stage = JobHarness(vendor, name, opens)
    yield "handle", _handles(stage)
    for label, answer in _answers(vendor, stage.status):
        yield f"status {label}", _status(vendor, name, opens, answer)
    zoned = JobHarness(vendor, name, opens, timezone=timezone(timedelta(hours=2)))
    zoned.answers[stage.status.id] = [answered(body) for body in stage.status.success.examples.values()]
    told = [zoned.caller.told(zoned.handle().status) for _ in stage.status.success.examples]
    yield "status with a time zone", {"told": told}
    for label, answer in _words(vendor, stage):
        yield f"status {label}", _status(vendor, name, opens, answer)
    for role in ("cancel", "result", "logs", "progress"):
        if hasattr(stage.handle(), role) and role in stage.roles:
            for label, answer in _answers(vendor, stage.roles[role]):
                yield f"{role} {label}", _asked(vendor, name, opens, role, answer)
    if hasattr(stage.jobs, "submit"):
        yield from _submitted(vendor, name, opens)
    yield "wait_all", _all(vendor, name, opens)


def _answers(vendor: Vendor, operation: Operation) -> Iterator[tuple[str, WireResponse]]:
    """Each documented response of an operation, and failures."""
    for reply in operation.replies:
        for label, body in _bodies(vendor, reply):
            yield f"{reply.status} {label}", WireResponse(reply.status, body, reply.headers)
    yield from ((name, answer) for name, answer in FAILURES.items())
    yield "broken", WireResponse(body=b'{"a": ')


def _bodies(vendor: Vendor, reply: Reply) -> Iterator[tuple[str, bytes]]:
    for name, body in reply.examples.items():
        yield name, answered(body).body
    if reply.schema is not None:
        yield "made up", answered(vendor.document.sample(reply.schema, full=True)).body
    else:
        yield "empty", b""


def _words(vendor: Vendor, stage: JobHarness) -> Iterator[tuple[str, WireResponse]]:
    """The first example in every word that the spec maps to a state, and in a new one."""
    reply = stage.status.success
    example = next(iter(reply.examples.values()), None)
    stage.answers[stage.status.id] = answered(example)
    status = stage.caller.run(stage.handle().status)
    text = json.dumps(example)
    known = vendor.document.jobs[stage.name]["state"].get("map", {})
    for word in (*known, *(word.swapcase() for word in known), "BRAND_NEW"):
        changed = text.replace(json.dumps(status.raw_state), json.dumps(word))
        yield f"word {word}", WireResponse(reply.status, changed.encode())


def _handles(stage: JobHarness) -> Record:
    job = stage.handle()
    told: Record = {"handle": plain(job)}
    told["restored"] = plain(stage.jobs.restore(job.to_json())) == told["handle"]
    told["resumed"] = plain(resume(job.to_json(), stage.caller.client)) == told["handle"]
    for label, answer in {"number": 7, "text": "abc", "object": {"job_id": 5}, **_submissions(stage)}.items():
        told[f"adopted {label}"] = stage.caller.told(partial(stage.jobs.adopt, answer))
    for name, value in TEXTS.items():
        if callable(stage.jobs) and name in inspect.signature(stage.jobs).parameters:
            named: Any = stage.jobs(**{name: value})
            told[name] = [plain(named), stage.caller.told(named.status), stage.lines()]
    return told


def _submissions(stage: JobHarness) -> Mapping[str, Any]:
    return stage.roles["submit"].success.examples if "submit" in stage.roles else {}


def _status(vendor: Vendor, name: str, opens: Opens, answer: WireResponse) -> Record:
    """A status, what the handle is afterwards, and a wait that meets the same response again and again."""
    stage = JobHarness(vendor, name, opens)
    stage.answers[stage.status.id] = answer
    job = stage.handle()
    before = plain(job)
    status = stage.caller.told(job.status)
    lines = stage.lines()
    waited = stage.caller.run(lambda: stage.handle().wait(timeout=900))
    slept = [round(seconds, 3) for seconds in stage.caller.wire.clock.slept]
    if isinstance(waited, Exception):
        wait: Any = [type(waited).__name__, str(waited)]
    else:
        wait = [type(waited).__name__, waited.state, waited.attribution]
    return {
        "sent": lines,
        "status": status,
        "after": _learned(before, job),
        "wait": [*map(plain, wait), len(stage.lines()), round(sum(slept), 3), slept[:4]],
    }


def _asked(vendor: Vendor, name: str, opens: Opens, role: str, answer: WireResponse) -> Record:
    stage = JobHarness(vendor, name, opens)
    stage.answers[stage.roles[role].id] = answer
    return {"told": stage.caller.told(getattr(stage.handle(), role)), "sent": stage.lines()}


def _submitted(vendor: Vendor, name: str, opens: Opens) -> Iterator[tuple[str, Record]]:
    """Submissions: with every documented response, and what becomes of the job afterwards."""
    first = JobHarness(vendor, name, opens)
    for label, answer in _answers(vendor, first.roles["submit"]):
        stage = JobHarness(vendor, name, opens)
        stage.answers[stage.roles["submit"].id] = answer
        job = stage.caller.run(stage.submit)
        record: Record = {"told": plain(job, answer.body), "sent": stage.lines()}
        if isinstance(job, Exception) and getattr(job, "job", None) is not None:
            record["job"] = plain(job.job)  # type: ignore[attr-defined]
        for act in ("status", "cancel", "result", "logs", "progress", "status"):
            if not isinstance(job, Exception) and hasattr(job, act):
                told = stage.caller.told(getattr(job, act))
                record[f"then {act}"] = [stage.lines(), _brief(told), _learned(record["told"], job)]
        yield f"submit {label}", record


def _learned(before: Mapping[str, Any], job: Any) -> Record:
    """What a handle knows now and did not know before."""
    known: Mapping[str, Any] = before["to_json"]
    return {name: value for name, value in plain(job)["to_json"].items() if value != known[name]}


def _brief(told: Any) -> Any:
    if isinstance(told, Mapping) and "state" in told:
        return {name: told.get(name) for name in ("state", "raw_state", "run_id", "attribution")}
    return told["str"] if isinstance(told, Mapping) and "raises" in told else type(told).__name__


def _all(vendor: Vendor, name: str, opens: Opens) -> Record:
    """Two handles of one job, waited for together."""
    stage = JobHarness(vendor, name, opens)
    waits: Any = wait_all if stage.caller.mode == "sync" else wait_all_async
    outcomes = stage.caller.run(lambda: waits([stage.handle(), stage.handle()], concurrency=1, timeout=60))
    told = [[one.ok, plain(one.status and one.status.state), plain(one.error)] for one in outcomes]
    return {"sent": stage.lines(), "outcomes": told}
