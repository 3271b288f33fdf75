"""Test cases of job statuses: state, identity, and a lifecycle of several statuses."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, cast

from jobclients_contract.failure import agree, compares, expect, refuse
from jobclients_contract.harness.loopback import Script, scripted
from jobclients_contract.schema_model.document import objects
from jobclients_contract.schema_model.job_reader import ENDS, GOOD, TIMES, ZONE, ReportedStatus
from jobclients_contract.schema_model.jobtypes import JobType
from jobclients_contract.schema_model.pointers import Missing, entry, find, put, texts
from jobclients_contract.schema_model.values import Json
from jobclients_contract.suite.case import Case, spoken
from jobclients_contract.suite.job_fixture import JobFixture, ScriptSource, fixture_of, job_type, script
from jobclients_contract.suite.running import Run

if TYPE_CHECKING:
    from jobclients_contract.suite.example_response import ExampleResponse


@dataclass(frozen=True, kw_only=True)
class JobCase(Case):
    """A line about a job type, which `about` names."""

    def where(self, run: Run) -> str:
        """The type's locator."""
        return f"/x-jobs/{self.about}"


@dataclass(frozen=True, kw_only=True)
class StatusCase(JobCase):
    """A response that tells of a job: the status that a handle reads out of it has these facts, and all others.

    What is in the line is compared as it is; the rest of the status with what the harness reads.
    """

    response: ExampleResponse
    facts: Mapping[str, Json]

    def hold(self, run: Run) -> None:
        """A handle reads it."""
        kind, fixture = job_type(run, self.about), fixture_of(run)
        operation, body = run.operation(self.response.method), self.response.json(run)
        if operation is kind.operation("submit"):
            self._hold_submitted(run, fixture, kind, body)
            return
        if operation is kind.operation("status"):
            read = kind.reader.read(body, self.response.status, _lower(self.response.headers))
            fixture.play({operation.id: [played(kind, self.response, run)]})
            status = fixture.wait(fixture.job(kind, identity_in(kind, body)).status())
        else:
            element = listed_in(kind, body)
            read = kind.reader.read(element)
            status = self._listed(run, fixture, kind, body, element)
        expect_read(run, kind, read, status)
        expect_facts(self.facts, status)

    def _listed(self, run: Run, fixture: JobFixture, job_type: JobType, body: Json, element: Json) -> Any:
        """The first status that waiting for the first job of a list tells."""
        statuses: list[Any] = []
        fixture.play({
            job_type.called("status_many").id: [played(job_type, self.response, run)],
            job_type.called("status").id: [script(job_type, element)],
        })  # fmt: skip
        identity = dict(job_type.identities[0])
        for name, place in objects(job_type.holder("status_many").get("identity")).items():
            value = find(element, str(place))
            identity[name] = identity[name] if isinstance(value, Missing) else value
        job = fixture.job(job_type, identity)

        def note(_: Any, status: Any) -> None:
            statuses.append(status)

        wait_all = run.clients.root.wait_all if run.mode == "sync" else run.clients.root.wait_all_async
        fixture.wait(wait_all([job], on_update=note))
        return statuses[0] if statuses else refuse("waiting reported nothing")

    def _hold_submitted(self, run: Run, fixture: JobFixture, job_type: JobType, body: Json) -> None:
        """The response to submit tells of the end, or shows the run that the status then speaks of."""
        expect(["state"], list(self.facts), "facts of a response to submit, of which only the state is read")
        final = entry(job_type.spec, "submit", "final")
        statuses = job_type.reader.job_response(body)
        fixture.play(
            {**before_submitting(job_type), job_type.called("submit").id: [played(job_type, self.response, run)]}
        )
        if isinstance(final, dict) and job_type.reader.holds(final, statuses):
            agree(final.get("state"), self.facts["state"], "the state")
            job = fixture.submit(job_type, self.response.example)
            sent = len(fixture.asked)
            status = fixture.wait(job.wait())
            expect(sent, len(fixture.asked), "number of requests until the end")
            expect(self.facts["state"], str(status.state), "the state")
            return
        runs = job_type.reader.runs(put(job_type.base.json, job_type.reader.select, find(body, submitted_at(job_type))))
        shown = job_type.runs(runs)
        expect(self.facts["state"], job_type.reader.read(shown).state, "the state as the harness reads it")
        fixture.play({
            **before_submitting(job_type, script(job_type, shown)),
            job_type.called("submit").id: [played(job_type, self.response, run)],
        })  # fmt: skip
        status = fixture.wait(fixture.submit(job_type, self.response.example, shown).status())
        expect(self.facts["state"], str(status.state), "the state")
        expect("exact", str(status.attribution), "how sure it is whose status it is")


@dataclass(frozen=True, kw_only=True)
class GoesOnCase(JobCase):
    """A response to submit that is not an end: the job is asked for its status."""

    response: ExampleResponse

    def hold(self, run: Run) -> None:
        """A wait asks."""
        kind, fixture = job_type(run, self.about), fixture_of(run)
        made: list[Any] = []
        scripts = before_submitting(
            kind, lambda _: scripted(kind.about(kind.end.body.json, made[0].identity), kind.end.status)
        )
        fixture.play({**scripts, kind.called("submit").id: [played(kind, self.response, run)]})
        job = fixture.submit(kind, self.response.example)
        made.append(job)
        before = len(fixture.asked)
        status = fixture.wait(job.wait())
        expect(kind.end.state, str(status.state), "the state")
        expect([kind.called("status").id], fixture.ids()[before:], "what is asked after the submission")


@dataclass(frozen=True, kw_only=True)
class NamesCase(JobCase):
    """A response to submit that names the job: the handle has this identity."""

    response: ExampleResponse
    identity: Mapping[str, Json]

    def hold(self, run: Run) -> None:
        """The handle has it, and what the client knows."""
        kind, fixture = job_type(run, self.about), fixture_of(run)
        fixture.play({**before_submitting(kind), kind.called("submit").id: [played(kind, self.response, run)]})
        job = fixture.submit(kind, self.response.example, **requested(run, kind, self.identity))
        expect_identity(run, kind, self.identity, job)


def expect_identity(run: Run, job_type: JobType, identity: Mapping[str, Json], job: Any) -> None:
    """Compare what a handle holds: what is given, and what the client knows."""
    known = {name: run.clients.options[name] for name in job_type.identity if name in run.clients.options}
    whole = {name: {**known, **identity}[name] for name in job_type.identity if name in {**known, **identity}}
    urls = {name: job_type.home(str(value)) for name, value in whole.items() if job_type.is_url(name)}
    held = dict(job.identity)
    held |= {name: str(held[name]).removeprefix(run.clients.server.url) for name in urls.keys() & held.keys()}
    expect({**whole, **urls}, held, "the identity of the handle")


def played(job_type: JobType, response: ExampleResponse, run: Run) -> Script:
    """A response as the server plays it, which stands for the documented one."""
    return replace(response, changes={**response.changes, **job_type.at_home(response.json(run))}).script(run)


def requested(run: Run, job_type: JobType, identity: Mapping[str, Json]) -> dict[str, Json]:
    """The arguments of submit out of which the identity is taken, which the least call may lack."""
    method = fixture_of(run).method(job_type.called("submit"))
    by_wire = {item.entry.wire: name for name, item in run.arguments(method).by_name.items()}
    found: dict[str, Json] = {}
    for name, value in identity.items():
        for place in texts(entry(job_type.identity[name], "from")):
            wire = place.rpartition("/")[2] if "#/" in place else place.split(".", 2)[-1].removeprefix("$client.")
            if place.startswith(("$request.", "$client.")) and wire in by_wire:
                found[by_wire[wire]] = value
    return found


@dataclass(frozen=True, kw_only=True)
class LifecycleCase(JobCase):
    """Words that follow one another: a wait tells each of them, and ends as the last one says."""

    status_values: tuple[str, ...]
    state: str

    def hold(self, run: Run) -> None:
        """A wait goes through them."""
        kind, fixture = job_type(run, self.about), fixture_of(run)
        bodies = [kind.in_run(word).json for word in self.status_values]
        fixture.play({kind.called("status").id: [script(kind, body) for body in bodies]})
        statuses: list[Any] = []
        job = fixture.job(kind)
        end = expect_ended(fixture, job, self.state, lambda: job.wait(on_update=statuses.append))
        asked = [name for name in fixture.ids() if name == kind.called("status").id]
        expect(len(bodies), len(asked), "number of requests")
        reads = [kind.reader.read(body) for body in bodies]
        expect([read.state for read in reads], [str(status.state) for status in statuses], "the states on the way")
        expect([read.word for read in reads], [status.raw_state for status in statuses], "the words on the way")
        expect_read(run, kind, reads[-1], end)


def expect_ended(fixture: JobFixture, job: Any, state: str, act: Any) -> Any:
    """The status with which a wait ends: returned for a good end, in the exception for a bad one.

    Raises:
        Mismatch: it ends otherwise.
    """
    if state in GOOD:
        try:
            status = fixture.wait(act())
        except fixture.run.error("JobError") as raised:
            refuse("the wait raised an exception", state, repr(raised))
    else:
        name = "JobCancelled" if state == "cancelled" else "JobFailed"
        ended = fixture.raised(name, lambda: fixture.wait(act()), f"the exception of a job that is {state}")
        status = ended.status
        expect(dict(job.identity), dict(ended.job.identity), "the handle of the exception")
    expect(state, str(status.state), "the end")
    return status


@dataclass(frozen=True)
class Lifecycle:
    """Words of which it is not said yet how they end."""

    kind: str
    status_values: tuple[str, ...]

    def ends(self, state: str) -> LifecycleCase:
        """Say how a wait ends.

        Args:
            state: the canonical state.
        """
        text = f"{spoken('lifecycle', self.kind, *self.status_values)}.{spoken('ends', state)}"
        return LifecycleCase(source=text, about=self.kind, status_values=self.status_values, state=state)


def lifecycle(kind: str, *status_values: str) -> Lifecycle:
    """The words of a job, in order.

    Args:
        kind: the job type.
        *status_values: the vendor's.
    """
    return Lifecycle(kind, status_values)


# What is compared


def expect_read(run: Run, job_type: JobType, read: ReportedStatus, status: Any) -> None:
    """Compare a status with what the harness reads out of the same response.

    Raises:
        Mismatch: they differ.
    """
    expected: dict[str, Any] = {"state": read.state, "raw_state": read.word, "raw_times": dict(read.raw_times)}
    expected |= {**read.facts, "vendor": run.vendor, "kind": job_type.name}
    expected |= {"terminal": read.state in ENDS, "ok": read.state in GOOD}
    actual = {name: _plain(getattr(status, name, None)) for name in expected}
    actual |= {"terminal": status.state.terminal, "ok": status.state.ok}
    compares()
    wrong = [name for name in expected if not _same(expected[name], actual[name])]
    if wrong:
        what = f"the status differs from what the harness reads: {', '.join(wrong)}"
        refuse(what, {name: expected[name] for name in wrong}, {name: actual[name] for name in wrong})


def expect_facts(facts: Mapping[str, Json], status: Any) -> None:
    """Compare a status with the facts of a line.

    Raises:
        Mismatch: they differ, or a status has no such fact.
    """
    if unknown := [name for name in facts if not hasattr(status, name)]:
        known = ", ".join(name for name in dir(status) if not name.startswith("_"))
        refuse("the line has facts that no status has", f"some of {known}", ", ".join(unknown))
    for name, value in facts.items():
        wanted = _timestamp(value) if name in TIMES else value
        if not _same(wanted, found := _plain(getattr(status, name))):
            refuse(f"the {name} differs", wanted, found)


def _timestamp(value: Json) -> Json:
    """A timestamp in UTC; one without a zone is of the vendor's."""
    if not isinstance(value, str):
        return value
    found = datetime.fromisoformat(value)
    return (found if found.tzinfo is not None else found.replace(tzinfo=ZONE)).astimezone(UTC).isoformat()


def _plain(value: Any) -> Any:
    """A fact as JSON: timestamps in UTC, as text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, tuple):
        return [*cast("tuple[object, ...]", value)]
    if isinstance(value, str):
        return str(value)
    return dict(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else value


def _same(expected: Any, actual: Any) -> bool:
    numbers = (isinstance(value, int | float) and not isinstance(value, bool) for value in (expected, actual))
    if all(numbers):
        return math.isclose(expected, actual)
    return type(expected) is type(actual) and expected == actual


# What is played


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def identity_in(job_type: JobType, body: Json) -> dict[str, Json]:
    """What identifies the job that a body speaks of, as far as it says so."""
    found = dict(job_type.identities[0])
    for run in job_type.reader.runs(body)[:1]:
        for name, place in objects(entry(job_type.spec, "run", "match")).items():
            value = find(run, f"/{name}")
            if str(place).removeprefix("$job.") in found and isinstance(value, str | int):
                found[str(place).removeprefix("$job.")] = value
    echo = job_type.reader.echo
    statuses = find(body, echo[0]) if echo is not None else None
    if echo is not None and echo[1] in found and isinstance(statuses, str | int):
        found[echo[1]] = statuses
    return found


def listed_in(job_type: JobType, body: Json) -> Json:
    """The first job in a response that lists several."""
    select = str(job_type.holder("status_many").get("select", "")).partition("#")[2]
    found = find(body, select)
    return found[0] if isinstance(found, list) and found else None


def submitted_at(job_type: JobType) -> str:
    """Where a response to submit shows the new run, as a pointer."""
    return str(entry(job_type.spec, "run", "submitted") or "").partition("#")[2]


def before_submitting(job_type: JobType, *status: ScriptSource) -> dict[str, Iterable[ScriptSource]]:
    """What calls answer that look for earlier runs before a job is submitted, of which there are none; and afterwards.

    Args:
        job_type: the job type.
        *status: what the call for the status responses afterwards.
    """
    found: dict[str, Iterable[ScriptSource]] = {job_type.called("status").id: [*_baseline(job_type), *status]}
    if job_type.operation("discover") is not None:
        new = job_type.identities[0][str(entry(job_type.spec, "discover", "identity"))]
        own = put(element(job_type, "discover"), str(entry(job_type.spec, "discover", "key")), new)
        code = job_type.success("discover")[0]
        none, one = (scripted(listing(job_type, "discover", shown), code) for shown in ([], [own]))
        found[job_type.called("discover").id] = chain([none], repeat(one))
    return found


def _baseline(job_type: JobType) -> Iterator[Script]:
    if entry(job_type.spec, "run", "baseline") is not None:
        yield script(job_type, job_type.runs([]))


def listing(job_type: JobType, role: str, elements: list[Json]) -> Json:
    """A response that lists, with other elements."""
    select = str(job_type.holder(role).get("select", "")).partition("#")[2]
    body = job_type.success(role)[1]
    return put(body if body is not None else {}, select, elements)


def element(job_type: JobType, role: str) -> Json:
    """An element of a documented list; where there is none the usual response to status, which is read like one."""
    select = str(job_type.holder(role).get("select", "")).partition("#")[2]
    found = find(job_type.success(role)[1], select)
    return found[0] if isinstance(found, list) and found else job_type.base.json
