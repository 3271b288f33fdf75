"""Test cases of submissions: calls before and after, and which of several runs is the new one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

from jobclients_contract.failure import agree, expect, refuse
from jobclients_contract.harness.loopback import Script, scripted
from jobclients_contract.schema_model.document import objects
from jobclients_contract.schema_model.job_reader import ENDS, later, property_at
from jobclients_contract.schema_model.jobtypes import Body, JobType
from jobclients_contract.schema_model.pointers import MISSING, entry, find, put, seconds, texts
from jobclients_contract.schema_model.values import Json
from jobclients_contract.suite.case import spoken
from jobclients_contract.suite.job_fixture import JobFixture, fixture_of, job_type, script
from jobclients_contract.suite.job_statuses import JobCase, before_submitting, element, submitted_at
from jobclients_contract.suite.job_waits import busy, end, submitting
from jobclients_contract.suite.running import Run

RunOf = tuple[int, str]
"""A run, by its number, and the vendor's word for it."""
Shown = RunOf | list[RunOf] | None
"""What a response to status shows: a run, several, or none."""


def shown_runs(job_type: JobType, shown: Shown) -> Json:
    """The body of a response to status that shows runs."""
    listed = [] if shown is None else shown if isinstance(shown, list) else [shown]
    bodies = [job_type.of_run(job_type.in_run(word), number).json for number, word in listed]
    return job_type.runs([run for body in bodies for run in job_type.reader.runs(body)])


@dataclass(frozen=True, kw_only=True)
class SubmissionCase(JobCase):
    """What is reported of a job that was submitted, whatever else runs under its name.

    Attributes:
        before: what the status shows before.
        shows: number of the run that the response to submit shows; None for none.
        then: what the status shows afterwards, in turn.
        states: what is reported of the job, in turn.
        error: the exception that comes instead of the last state; empty for none.
    """

    before: Shown
    shows: int | None
    then: tuple[Shown, ...]
    states: tuple[str, ...]
    error: str = ""

    def hold(self, run: Run) -> None:
        """The job's own run is reported of, and no other."""
        kind, fixture = job_type(run, self.about), fixture_of(run)
        status = kind.called("status").id
        scripts = before_submitting(kind)
        scripts[status] = [script(kind, shown_runs(kind, shown)) for shown in (self.before, *self.then)]
        fixture.play({**scripts, kind.called("submit").id: [self._submitted(kind)]})
        job = fixture.submit(kind)
        expect([status, kind.called("submit").id], fixture.ids(), "what is asked until the job is submitted")
        statuses: list[Any] = []
        for _ in self.states:
            statuses.append(fixture.wait(job.status()))
            job = fixture.jobs(kind).restore(job.to_json())  # as another process would go on
        expect(list(self.states), [str(status.state) for status in statuses], "what is reported of the job")
        if self.error:
            fixture.raised(self.error, lambda: fixture.wait(job.status()), "what is reported at last")
        elif statuses:
            before = [self.before] if isinstance(self.before, tuple) else self.before or []
            ours = self.shows is not None and self.shows not in [number for number, _ in before]
            sure = "exact" if ours else "newer_than_baseline" if before else "in_window"
            expect(sure, str(statuses[-1].attribution), "how sure it is whose status it is")

    def _submitted(self, job_type: JobType) -> Script:
        """The response to submit, which shows a run or none."""
        status, body = job_type.success("submit")
        at = submitted_at(job_type)
        if not at and self.shows is None:
            return scripted(b"" if body is None else body, status)
        found = find(body, at)
        runs = found if isinstance(found, list) else [found]
        usual = objects(next(iter(job_type.reader.runs(job_type.base.json)), None))
        own = next((run for run in runs if isinstance(run, dict)), usual)
        for pointer in job_type.reader.key if self.shows is not None else ():
            (run,) = job_type.reader.runs(job_type.of_run(job_type.base, self.shows or 0).json)
            key = find(run, pointer)
            written = str(key) if isinstance(find(own, pointer), str) and key is not MISSING else key
            own = objects(put(own, pointer, written))
        shown: list[Json] = [own] if self.shows is not None else []
        # Where no example tells, it is shown as the status shows it.
        if isinstance(found if found is not MISSING else find(job_type.base.json, job_type.reader.select), dict):
            return scripted(put(body, at, shown[0] if shown else MISSING), status)
        return scripted(put(body, at, shown), status)


@dataclass(frozen=True)
class Submission:
    """A submission of which nothing is said yet."""

    kind: str
    before: Shown
    shows: int | None
    then: tuple[Shown, ...]

    @property
    def _source(self) -> str:
        named = {"before": self.before, "shows": self.shows}
        parts = [repr(self.kind), *(f"{name}={value!r}" for name, value in named.items() if value is not None)]
        return f"submission({', '.join([*parts, f'then={self.then!r}'])})"

    def tells(self, *states: str) -> SubmissionCase:
        """Say what is reported of the job, in turn."""
        return self._case(spoken("tells", *states), states, "")

    def raises(self, error: str, *states: str) -> SubmissionCase:
        """Say which exception comes, after some states."""
        return self._case(spoken("raises", error, *states), states, error)

    def _case(self, source: str, states: tuple[str, ...], error: str) -> SubmissionCase:
        return SubmissionCase(
            source=f"{self._source}.{source}", about=self.kind, before=self.before, shows=self.shows, then=self.then,
            states=states, error=error,
        )  # fmt: skip


def submission(
    kind: str, /, *, before: Shown = None, shows: int | None = None, then: tuple[Shown, ...] = ()
) -> Submission:
    """A submission; runs are known by numbers, which stand for different keys.

    Args:
        kind: the job type.
        before: what the status shows before: number and word of a run.
        shows: the number of the run that the response to submit shows.
        then: what the status shows afterwards, in turn.
    """
    return Submission(kind, before, shows, then)


@dataclass(frozen=True, kw_only=True)
class RunsCase(JobCase):
    """What tells a run from another, and whose it is: ``runs("runs", key=("id", "date"), match={"job": "name"})``."""

    key: tuple[str, ...]
    order: tuple[str, ...]
    match: Mapping[str, str]
    exclude: Mapping[str, Json]

    def hold(self, run: Run) -> None:
        """A run with another part of the key takes the place of ours; one of another job is not looked at."""
        kind, fixture = job_type(run, self.about), fixture_of(run)
        agree(texts(entry(kind.spec, "run", "key")), list(self.key), "the key")
        body = kind.busy.body
        for name in self.key:
            self._is_distinguished(kind, fixture, body, name)
        expect([part.get("key") for part in kind.reader.order], list(self.order), "what tells the newer of two runs")
        for part in kind.reader.order:
            self._outlives(kind, fixture, body, part)
        for name, field in self.match.items():
            self._matched(kind, fixture, name, field)
        expect(dict(self.exclude), kind.reader.excluded, "what shows that no call began a run")
        if self.exclude and kind.operation("submit") is not None:
            self._excluded(kind, fixture)

    def _excluded(self, job_type: JobType, fixture: JobFixture) -> None:
        """The end of a run that no call began is not that of a job that was submitted, however new it is."""
        (own,) = job_type.reader.runs(job_type.of_run(job_type.end.body, 2).json)
        (before,) = job_type.reader.runs(job_type.of_run(job_type.end.body, 1).json)
        for pointer, value in self.exclude.items():
            own, before = put(own, pointer, value), put(before, pointer, MISSING)
        shown = [script(job_type, job_type.runs([before])), script(job_type, job_type.runs([own]))]
        (code, body), at = job_type.success("submit"), submitted_at(job_type)
        if at:  # the response names no run
            body = put(body, at, [] if isinstance(find(body, at), list) else MISSING)
        submitted = scripted(b"" if body is None else body, code)
        scripts = before_submitting(job_type)
        fixture.play({**scripts, job_type.called("status").id: shown, job_type.called("submit").id: [submitted]})
        job = fixture.submit(job_type)
        status = fixture.wait(job.status())
        expect(job_type.reader.missing_state, str(status.state), "the state where a run shows that no call began")

    def _outlives(self, job_type: JobType, fixture: JobFixture, body: Body, part: Mapping[str, Json]) -> None:
        """A run that is older never takes the place of ours, however often it shows."""
        pointer = job_type.reader.pointer(f"$run#{property_at(str(part.get('key')))}", body.json)
        if pointer is None:
            return
        step = int(seconds(str(part.get("slack") or "PT1M"))) + 1 if part.get("as") == "time" else 1
        first, shown = body, find(body.json, pointer)
        if later(shown, part, step) is None:
            first = body.but(pointer, "2026-11-30T10:00:00Z" if part.get("format") == "rfc3339" else 100_000 * step)
        own = first.but(pointer, later(find(first.json, pointer), part, step))
        now = [own]
        fixture.play({job_type.called("status").id: repeat(lambda _: script(job_type, now[-1].json))})
        job = fixture.job(job_type)
        fixture.wait(job.status())
        for shown_next in (first, first, own):
            now.append(shown_next)
            status = fixture.wait(job.status())
        expect(
            job_type.busy.state, str(status.state), f"the state of our run, after one of an earlier {part.get('key')}"
        )

    def _is_distinguished(self, job_type: JobType, fixture: JobFixture, body: Body, name: str) -> None:
        at = f"/{name.replace('~', '~0').replace('/', '~1')}"
        pointer = job_type.reader.pointer(f"$run#{at}", body.json)
        if pointer is None:
            refuse("no run is shown", self.key)
        shown = find(body.json, pointer)
        first = body.but(pointer, job_type.minimal_at(pointer) if shown in (MISSING, None) else shown)
        before = find(first.json, pointer)
        other = first.but(pointer, before + 1 if isinstance(before, int) else f"{before}1")
        now = [first]
        fixture.play({job_type.called("status").id: repeat(lambda _: script(job_type, now[-1].json))})
        job = fixture.job(job_type)
        fixture.wait(job.status())
        now.append(other)
        fixture.raised("RunSuperseded", lambda: self._replaced(job_type, fixture, job), f"a run with another {name}")
        now.append(first)
        expect(job_type.busy.state, str(fixture.wait(job.status()).state), "the state of our run")

    def _replaced(self, job_type: JobType, fixture: JobFixture, job: Any) -> Any:
        """What shows in place of ours counts at once where it is newer, else once ours has not shown for long."""
        longest = job_type.reader.poll.max
        status = fixture.wait(job.status())
        for _ in range(math.ceil(job_type.reader.missing_for / longest)):
            if str(status.state) in ENDS:
                refuse("the end of another run", "RunSuperseded", status)
            fixture.time.pass_by(longest)
            status = fixture.wait(job.status())
        return status

    def _matched(self, job_type: JobType, fixture: JobFixture, name: str, field: str) -> None:
        (own,) = job_type.reader.runs(job_type.busy.body.json)
        (end_of_other,) = job_type.reader.runs(job_type.of_run(job_type.end.body, 3).json)
        own = put(own, f"/{name}", fixture.job(job_type).identity[field])
        other = put(end_of_other, f"/{name}", f"{fixture.job(job_type).identity[field]}-2")
        for runs in ([other, own], [own, other]):
            fixture.play({job_type.called("status").id: [script(job_type, job_type.runs(runs))]})
            status = fixture.wait(fixture.job(job_type).status())
            expect(job_type.busy.state, str(status.state), f"the state where a run of another {field} shows, too")


def runs(
    kind: str, /, *, key: tuple[str, ...], order: tuple[str, ...] = (), match: Mapping[str, str] | None = None,
    exclude: Mapping[str, Json] | None = None,
) -> RunsCase:  # fmt: skip
    """What tells a run from another, and whose it is.

    Args:
        kind: the job type.
        key: the properties that differ between runs.
        order: those of them that tell the newer of two.
        match: the properties that equal a field of the identity.
        exclude: JSON pointers in a run, and what is there where no call began it.
    """
    source = spoken("runs", kind, key=key, order=order or None, match=match or {}, exclude=exclude)
    return RunsCase(source=source, about=kind, key=key, order=order, match=match or {}, exclude=exclude or {})


@dataclass(frozen=True, kw_only=True)
class EchoCase(JobCase):
    """A response that repeats a field of the identity: ``echoes("sql_jobs", at="/job_id", field="job_id")``."""

    at: str
    field: str

    def hold(self, run: Run) -> None:
        """A response about another job is an error once it has been borne, and tells of no end."""
        kind, fixture = job_type(run, self.about), fixture_of(run)
        expect((self.at, self.field), kind.reader.echo, "where the document has it")
        job = fixture.job(kind)
        own = kind.about(kind.end.body.json, job.identity)
        shown = job.identity[self.field]
        other = put(own, self.at, shown + 1 if isinstance(shown, int) else f"{shown}-2")
        fixture.play({kind.called("status").id: repeat(scripted(other, kind.end.status))})
        job = fixture.job(kind)
        fixture.raised("WrongJob", lambda: fixture.wait(job.status()), "a response about another job")
        fixture.play({kind.called("status").id: [scripted(other, kind.end.status), scripted(own, kind.end.status)]})
        job = fixture.job(kind)
        expect(kind.end.state, str(fixture.wait(job.wait()).state), "the end of our job, after that of another")


def echoes(kind: str, /, *, at: str, field: str) -> EchoCase:
    """A response that repeats a field of the identity.

    Args:
        kind: the job type.
        at: where, as a JSON pointer.
        field: the field.
    """
    return EchoCase(source=spoken("echoes", kind, at=at, field=field), about=kind, at=at, field=field)


@dataclass(frozen=True, kw_only=True)
class MissingCase(JobCase):
    """A run that does not show: ``missing("runs", "queued", within=120)``."""

    state: str
    within: float

    def hold(self, run: Run) -> None:
        """A new run has that state for so long; one that was there and is not any more has then expired."""
        kind, fixture = job_type(run, self.about), fixture_of(run)
        nothing = script(kind, kind.runs([]))
        fixture.play(submitting(kind, *[nothing] * 3))
        job = fixture.submit(kind)
        expect(self.state, str(fixture.wait(job.status()).state), "the state of a run that does not show yet")
        # Asked by another handle, since this one has been told of now.
        fixture.play(submitting(kind, nothing))
        job = fixture.submit(kind)
        fixture.time.pass_by(self.within - 0.5)
        expect(self.state, str(fixture.wait(job.status()).state), f"the state before {self.within} s")
        fixture.play(submitting(kind, nothing))
        job = fixture.submit(kind)
        fixture.time.pass_by(self.within + 0.5)
        state = str(fixture.wait(job.status()).state)
        if state in ENDS or state == self.state:
            refuse(f"the state after {self.within} s", "unknown", state)
        fixture.play({kind.called("status").id: chain([busy(kind)], repeat(nothing))})
        job = fixture.job(kind)
        fixture.wait(job.status())
        fixture.wait(job.status())
        # What counts is the time that responses cover: a look each time that the longest delay has passed.
        left = self.within - 0.5
        while left > 0:
            fixture.time.pass_by(min(left, kind.reader.poll.max))
            left -= kind.reader.poll.max
            fixture.wait(job.status())
        fixture.time.pass_by(1)
        fixture.raised(
            "JobExpired", lambda: fixture.wait(job.status()), f"a run that has not shown for {self.within} s"
        )


def missing(kind: str, state: str, /, *, within: float) -> MissingCase:
    """A run that does not show.

    Args:
        kind: the job type.
        state: of a run that was submitted just now.
        within: seconds for which that is believed.
    """
    return MissingCase(source=spoken("missing", kind, state, within=within), about=kind, state=state, within=within)


@dataclass(frozen=True, kw_only=True)
class DiscoveryCase(JobCase):
    """The new run in a list, where the response to submit names none."""

    asks: str
    at: str
    key: str
    before: tuple[Json, ...]
    then: tuple[tuple[Json, ...], ...]
    found: Json
    within: float

    def hold(self, run: Run) -> None:
        """The handle is of the run that is new in the list."""
        kind, fixture = job_type(run, self.about), fixture_of(run)
        lists = [self._list(kind, ids) for ids in (self.before, *self.then)]
        fixture.play(self._scripts(kind, chain(lists, repeat(lists[-1])), end(kind)))
        if self.found is None:
            error = "AmbiguousRun" if len(set(self.then[-1]) - set(self.before)) > 1 else "SubmitUncertain"
            fixture.raised(error, lambda: fixture.submit(kind), "the list does not tell which run is the new one")
            poll = kind.reader.poll
            minimal = (self.within - poll.initial) / poll.multiplier  # the next delay would exceed the rest
            if error == "SubmitUncertain" and not minimal <= fixture.time.now <= self.within:
                refuse("it was looked for the run for another time", f"{self.within} s", f"{fixture.time.now} s")
            return
        job = fixture.submit(kind)
        name = str(entry(kind.spec, "discover", "identity"))
        expect(self.found, dict(job.identity).get(name), "the run that was found")
        looks = {item.line for item in fixture.asked if item.operation == kind.called("discover").id}
        expect({self.asks}, looks, "the request for the list")
        expect("newer_than_baseline", str(fixture.wait(job.wait()).attribution), "how sure it is whose status it is")

    def _scripts(self, job_type: JobType, lists: Any, *status: Script) -> dict[str, Any]:
        code, body = job_type.success("submit")
        name = str(entry(job_type.spec, "discover", "identity"))
        for place in texts(entry(job_type.identity[name], "from")):
            head, _, pointer = place.partition("#")
            body = put(body, pointer, MISSING) if head == "$response.body" else body
        scripts = before_submitting(job_type, *status)
        return {**scripts, job_type.called("discover").id: lists, job_type.called("submit").id: [scripted(body, code)]}

    def _list(self, job_type: JobType, ids: tuple[Json, ...]) -> Script:
        elements = [put(element(job_type, "discover"), self.key, id_) for id_ in ids]
        status, body = job_type.success("discover")
        return scripted(put({} if body is None else body, self.at, elements), status)


@dataclass(frozen=True)
class Discovery:
    """A list of runs before a submission and afterwards."""

    kind: str
    asks: str
    at: str
    key: str
    before: tuple[Json, ...]
    then: tuple[tuple[Json, ...], ...]
    within: float

    def finds(self, found: Json) -> DiscoveryCase:
        """Say which run is the new one; None where that is not known."""
        named: dict[str, Any] = {"asks": self.asks, "at": self.at, "key": self.key, "before": self.before}
        named |= {"then": self.then, "within": self.within}
        text = f"{spoken('discovery', self.kind, **named | {'at': self.at or None})}.finds({found!r})"
        return DiscoveryCase(source=text, about=self.kind, found=found, **named)


def discovery(
    kind: str, /, *, asks: str, at: str = "", key: str, before: tuple[Json, ...],
    then: tuple[tuple[Json, ...], ...], within: float,
) -> Discovery:  # fmt: skip
    """The ids in the list of runs, before a submission whose response names none, and at each look afterwards.

    Args:
        kind: the job type.
        asks: the request for the list.
        at: where the list is, as a JSON pointer.
        key: where the id is in an element, as a JSON pointer.
        before: the ids before.
        then: the ids at each look.
        within: seconds for which it is looked.
    """
    return Discovery(kind, asks, at, key, before, then, within)
