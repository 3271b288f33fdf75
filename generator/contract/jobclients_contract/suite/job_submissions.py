"""Lines about submissions: what is asked before and after, and which of several runs is the new one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from jobclients_contract.failure import expect, happened, refuse
from jobclients_contract.playing.loopback import RESET, Script, answer
from jobclients_contract.reading.document import objects
from jobclients_contract.reading.jobs import ENDS
from jobclients_contract.reading.jobtypes import JobType
from jobclients_contract.reading.pointers import MISSING, entry, find, put, texts
from jobclients_contract.reading.values import Json
from jobclients_contract.suite.case import spoken
from jobclients_contract.suite.job_stage import Stage, job_type, script, stage_of
from jobclients_contract.suite.job_statuses import JobCase, before_submitting, element, listing, requested, submitted_at
from jobclients_contract.suite.job_waits import busy, end, submitting
from jobclients_contract.suite.running import Run

RunOf = tuple[int, str]
"""A run, by its number, and the vendor's word for it."""
Shown = RunOf | list[RunOf] | None
"""What a response to status shows: a run, several, or none."""

_KEY: Final = re.compile("[0-9a-f]{32}")


def shown_runs(kind: JobType, shown: Shown) -> Json:
    """The body of a response to status that shows runs."""
    listed = [] if shown is None else shown if isinstance(shown, list) else [shown]
    bodies = [kind.of_run(kind.in_run(word), number).json for number, word in listed]
    return kind.runs([run for body in bodies for run in kind.reader.runs(body)])


@dataclass(frozen=True, kw_only=True)
class SubmissionCase(JobCase):
    """What is told of a job that was submitted, whatever else runs under its name.

    Attributes:
        before: what the status shows before.
        shows: number of the run that the response to submit shows; None for none.
        then: what the status shows afterwards, in turn.
        states: what is told of the job, in turn.
        error: the exception that comes instead of the last state; empty for none.
    """

    before: Shown
    shows: int | None
    then: tuple[Shown, ...]
    states: tuple[str, ...]
    error: str = ""

    def hold(self, run: Run) -> None:
        """The job's own run is told of, and no other."""
        kind, stage = job_type(run, self.about), stage_of(run)
        status = kind.called("status").id
        scripts = before_submitting(kind)
        scripts[status] = [script(kind, shown_runs(kind, shown)) for shown in (self.before, *self.then)]
        stage.play({**scripts, kind.called("submit").id: [self._submitted(kind)]})
        job = stage.submit(kind)
        expect([status, kind.called("submit").id], stage.ids(), "what is asked until the job is submitted")
        told: list[Any] = []
        for _ in self.states:
            told.append(stage.wait(job.status()))
            job = stage.jobs(kind).restore(job.to_json())  # as another process would go on
        expect(list(self.states), [str(status.state) for status in told], "what is told of the job")
        if self.error:
            stage.raised(self.error, lambda: stage.wait(job.status()), "what is told at last")
        elif told:
            before = [self.before] if isinstance(self.before, tuple) else self.before or []
            ours = self.shows is not None and self.shows not in [number for number, _ in before]
            expect(
                "exact" if ours else "newer_than_baseline",
                str(told[-1].attribution),
                "how sure it is whose status it is",
            )

    def _submitted(self, kind: JobType) -> Script:
        """The response to submit, which shows a run or none."""
        status, body = kind.success("submit")
        at = submitted_at(kind)
        if not at and self.shows is None:
            return answer(b"" if body is None else body, status)
        found = find(body, at)
        runs = found if isinstance(found, list) else [found]
        own = next((run for run in runs if isinstance(run, dict)), {})
        for pointer in kind.reader.key if self.shows is not None else ():
            (run,) = kind.reader.runs(kind.of_run(kind.base, self.shows or 0).json)
            key = find(run, pointer)
            written = str(key) if isinstance(find(own, pointer), str) and key is not MISSING else key
            own = objects(put(own, pointer, written))
        shown: list[Json] = [own] if self.shows is not None else []
        if isinstance(found, dict):
            return answer(put(body, at, shown[0] if shown else MISSING), status)
        return answer(put(body, at, shown), status)


@dataclass(frozen=True)
class Submission:
    """A submission of which nothing is said yet."""

    kind: str
    before: Shown
    shows: int | None
    then: tuple[Shown, ...]

    @property
    def _said(self) -> str:
        named = {"before": self.before, "shows": self.shows}
        parts = [repr(self.kind), *(f"{name}={value!r}" for name, value in named.items() if value is not None)]
        return f"submission({', '.join([*parts, f'then={self.then!r}'])})"

    def tells(self, *states: str) -> SubmissionCase:
        """Say what is told of the job, in turn."""
        return self._case(spoken("tells", *states), states, "")

    def raises(self, error: str, *states: str) -> SubmissionCase:
        """Say which exception comes, after some states."""
        return self._case(spoken("raises", error, *states), states, error)

    def _case(self, said: str, states: tuple[str, ...], error: str) -> SubmissionCase:
        return SubmissionCase(
            said=f"{self._said}.{said}", about=self.kind, before=self.before, shows=self.shows, then=self.then,
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
    """What tells a run from another, and whose it is: ``runs("runs", key=("id", "date"), match={"job-name": "job_name"})``."""

    key: tuple[str, ...]
    match: Mapping[str, str]

    def hold(self, run: Run) -> None:
        """A run with another part of the key takes the place of ours; one of another job is not looked at."""
        kind, stage = job_type(run, self.about), stage_of(run)
        body = kind.busy.body
        for name in self.key:
            at = f"/{name.replace('~', '~0').replace('/', '~1')}"
            pointer = kind.reader.pointer(f"$run#{at}", body.json)
            if pointer is None:
                refuse("no run is shown", self.key)
            shown = find(body.json, pointer)
            first = body.but(pointer, kind.least_at(pointer) if shown in (MISSING, None) else shown)
            before = find(first.json, pointer)
            other = first.but(pointer, before + 1 if isinstance(before, int) else f"{before}1")
            stage.play({kind.called("status").id: [script(kind, item.json) for item in (first, other, first)]})
            job = stage.job(kind)
            stage.wait(job.status())
            stage.raised("RunSuperseded", lambda: stage.wait(job.status()), f"a run with another {name}")
            expect(kind.busy.state, str(stage.wait(job.status()).state), "the state of our run")
        for name, field in self.match.items():
            self._matched(run, kind, stage, name, field)

    def _matched(self, run: Run, kind: JobType, stage: Stage, name: str, field: str) -> None:
        (own,) = kind.reader.runs(kind.busy.body.json)
        (end_of_other,) = kind.reader.runs(kind.of_run(kind.end.body, 3).json)
        own = put(own, f"/{name}", stage.job(kind).identity[field])
        other = put(end_of_other, f"/{name}", f"{stage.job(kind).identity[field]}-2")
        for runs in ([other, own], [own, other]):
            stage.play({kind.called("status").id: [script(kind, kind.runs(runs))]})
            status = stage.wait(stage.job(kind).status())
            expect(kind.busy.state, str(status.state), f"the state where a run of another {field} shows, too")


def runs(kind: str, /, *, key: tuple[str, ...], match: Mapping[str, str] | None = None) -> RunsCase:
    """What tells a run from another, and whose it is.

    Args:
        kind: the job type.
        key: the properties that differ between runs.
        match: the properties that equal a field of the identity.
    """
    return RunsCase(said=spoken("runs", kind, key=key, match=match or {}), about=kind, key=key, match=match or {})


@dataclass(frozen=True, kw_only=True)
class MissingCase(JobCase):
    """A run that does not show: ``missing("runs", "queued", within=120)``."""

    state: str
    within: float

    def hold(self, run: Run) -> None:
        """A new run has that state for so long; one that was there and is not any more has then expired."""
        kind, stage = job_type(run, self.about), stage_of(run)
        nothing = script(kind, kind.runs([]))
        stage.play(submitting(kind, *[nothing] * 3))
        job = stage.submit(kind)
        expect(self.state, str(stage.wait(job.status()).state), "the state of a run that does not show yet")
        # Asked by another handle, since this one has been told of now.
        stage.play(submitting(kind, nothing))
        job = stage.submit(kind)
        stage.time.pass_by(self.within - 0.5)
        expect(self.state, str(stage.wait(job.status()).state), f"the state before {self.within} s")
        stage.play(submitting(kind, nothing))
        job = stage.submit(kind)
        stage.time.pass_by(self.within + 0.5)
        state = str(stage.wait(job.status()).state)
        if state in ENDS or state == self.state:
            refuse(f"the state after {self.within} s", "unknown", state)
        stage.play({kind.called("status").id: [busy(kind), *[nothing] * 3]})
        job = stage.job(kind)
        for pause in (0.0, 0.0, self.within - 0.5):
            stage.time.pass_by(pause)
            stage.wait(job.status())
        stage.time.pass_by(1)
        stage.raised("JobExpired", lambda: stage.wait(job.status()), f"a run that has not shown for {self.within} s")


def missing(kind: str, state: str, /, *, within: float) -> MissingCase:
    """A run that does not show.

    Args:
        kind: the job type.
        state: of a run that was submitted just now.
        within: seconds for which that is believed.
    """
    return MissingCase(said=spoken("missing", kind, state, within=within), about=kind, state=state, within=within)


@dataclass(frozen=True, kw_only=True)
class DiscoveryCase(JobCase):
    """The new run in a list, where the response to submit names none."""

    asks: str
    before: tuple[Json, ...]
    then: tuple[tuple[Json, ...], ...]
    found: Json
    within: float

    def hold(self, run: Run) -> None:
        """The handle is of the run that is new in the list."""
        kind, stage = job_type(run, self.about), stage_of(run)
        lists = [self._list(kind, ids) for ids in (self.before, *self.then)]
        stage.play(self._scripts(kind, chain(lists, repeat(lists[-1])), end(kind)))
        if self.found is None:
            error = "AmbiguousRun" if len(set(self.then[-1]) - set(self.before)) > 1 else "SubmitUncertain"
            stage.raised(error, lambda: stage.submit(kind), "the list does not tell which run is the new one")
            poll = kind.reader.poll
            least = (self.within - poll.initial) / poll.multiplier  # the next delay would exceed the rest
            if error == "SubmitUncertain" and not least <= stage.time.now <= self.within:
                refuse("it was looked for the run for another time", f"{self.within} s", f"{stage.time.now} s")
            return
        job = stage.submit(kind)
        name = str(entry(kind.spec, "discover", "identity"))
        expect(self.found, dict(job.identity).get(name), "the run that was found")
        looks = {item.line for item in stage.asked if item.operation == kind.called("discover").id}
        expect({self.asks}, looks, "the request for the list")
        expect("newer_than_baseline", str(stage.wait(job.wait()).attribution), "how sure it is whose status it is")

    def _scripts(self, kind: JobType, lists: Any, *status: Script) -> dict[str, Any]:
        code, body = kind.success("submit")
        name = str(entry(kind.spec, "discover", "identity"))
        for place in texts(entry(kind.identity[name], "from")):
            head, _, pointer = place.partition("#")
            body = put(body, pointer, MISSING) if head == "$response.body" else body
        scripts = before_submitting(kind, *status)
        return {**scripts, kind.called("discover").id: lists, kind.called("submit").id: [answer(body, code)]}

    def _list(self, kind: JobType, ids: tuple[Json, ...]) -> Script:
        key = str(entry(kind.spec, "discover", "key"))
        elements = [put(element(kind, "discover"), key, id_) for id_ in ids]
        return answer(listing(kind, "discover", elements), kind.success("discover")[0])


@dataclass(frozen=True)
class Discovery:
    """A list of runs before a submission and afterwards."""

    kind: str
    asks: str
    before: tuple[Json, ...]
    then: tuple[tuple[Json, ...], ...]
    within: float

    def finds(self, found: Json) -> DiscoveryCase:
        """Say which run is the new one; None where that cannot be told."""
        named: dict[str, Any] = {"asks": self.asks, "before": self.before, "then": self.then, "within": self.within}
        text = f"{spoken('discovery', self.kind, **named)}.finds({found!r})"
        return DiscoveryCase(said=text, about=self.kind, found=found, **named)


def discovery(
    kind: str, /, *, asks: str, before: tuple[Json, ...], then: tuple[tuple[Json, ...], ...], within: float
) -> Discovery:
    """The ids in the list of runs, before a submission whose response names none, and at each look afterwards.

    Args:
        kind: the job type.
        asks: the request for the list.
        before: the ids before.
        then: the ids at each look.
        within: seconds for which it is looked.
    """
    return Discovery(kind, asks, before, then, within)


@dataclass(frozen=True, kw_only=True)
class ListsCase(JobCase):
    """Many jobs in one call: ``lists("jobs", "GET /jobs?page=1", at="/jobs", id="/id")``."""

    asks: str
    at: str
    identity: Mapping[str, str]

    def hold(self, run: Run) -> None:
        """Pages are turned while they tell of somebody, and an end without what the fields speak of is looked at again."""
        kind, stage = job_type(run, self.about), stage_of(run)
        many, status = kind.called("status_many").id, kind.called("status").id
        jobs = [self._identity(kind, number) for number in range(3)]
        pages = [wire for wire, value in kind.templates("status_many").items() if value == "$page"]
        rows = [self._element(kind, identity, kind.busy.body.json) for identity in jobs]
        told = [rows[:1], rows[1:2], []] if pages else [rows[:2]]
        shown = chain((self._page(kind, page) for page in told), repeat(self._page(kind, [])))
        stage.play({many: shown, status: repeat(end(kind))})
        self._wait(run, stage, [stage.job(kind, identity) for identity in jobs], len(jobs))
        expect([many] * len(told), stage.ids()[: len(told)], "the requests for the list")
        expect(self.asks, stage.asked[0].line, "the request for the list")
        for wire in pages:
            numbers = [
                parse_qs(urlsplit(item.line.partition(" ")[2]).query).get(wire) for item in stage.asked[: len(told)]
            ]
            expect([[str(number)] for number in range(1, len(told) + 1)], numbers, "the pages that are asked for")
        # Who shows in no page is asked about alone.
        expect(status, stage.ids()[len(told)], "what is asked of a job that no page tells of")
        self._looked_at_again(run, kind, stage, jobs[:2])

    def _looked_at_again(self, run: Run, kind: JobType, stage: Stage, jobs: list[dict[str, Json]]) -> None:
        """An end that lacks what the fields speak of is no last word; one that has it is."""
        many, status = kind.called("status_many").id, kind.called("status").id
        whole, bare = kind.end.body.json, kind.end.body.json
        for place in kind.reader.field_places("result"):
            pointer = kind.reader.pointer(place, bare)
            bare = put(bare, pointer, MISSING) if pointer is not None else bare
        refines = entry(kind.spec, "state", "refine") is not None
        for body in (bare, whole):
            read = kind.reader.read(body)
            if read.state != kind.end.state or (body is bare and not kind.valid(bare)):
                continue
            lacks = bool(kind.fields().get("result")) and read.facts["result"] is None
            page = self._page(kind, [self._element(kind, identity, body) for identity in jobs])
            stage.play({many: [page], status: repeat(end(kind))})
            self._wait(run, stage, [stage.job(kind, identity) for identity in jobs], len(jobs))
            asked = [status] * len(jobs) if refines or lacks else []
            expect([many, *asked], stage.ids(), "what is asked where ends are listed")

    def _wait(self, run: Run, stage: Stage, jobs: list[Any], count: int) -> None:
        wait_all = run.clients.root.wait_all if run.mode == "sync" else run.clients.root.wait_all_async
        outcomes = stage.wait(wait_all(jobs))
        expect([True] * count, [outcome.ok for outcome in outcomes], "whether the jobs ended well")

    def _identity(self, kind: JobType, number: int) -> dict[str, Json]:
        found = {**kind.identities[0], **kind.elsewhere("status_many")}
        for name in self.identity:
            found[name] = 101 + number if kind.integer(name) else f"job-{number}"
        return found

    def _element(self, kind: JobType, identity: Mapping[str, Json], body: Json) -> Json:
        """An element of the list about a job, which is read like a response to status."""
        found = body
        for name, pointer in self.identity.items():
            found = put(found, pointer, identity[name])
        return found

    def _page(self, kind: JobType, elements: list[Json]) -> Script:
        status, body = kind.success("status_many")
        return answer(put(body, self.at, elements), status)


def lists(kind: str, asks: str, /, *, at: str, **identity: str) -> ListsCase:
    """Many jobs in one call.

    Args:
        kind: the job type.
        asks: the request of the first page.
        at: where the list stands, as a JSON pointer.
        **identity: where each field of the identity stands in an element, as JSON pointers.
    """
    said = spoken("lists", kind, asks, at=at or None, **identity)
    return ListsCase(said=said, about=kind, asks=asks, at=at, identity=identity)


@dataclass(frozen=True, kw_only=True)
class KeyedCase(JobCase):
    """A key of the client's that a submission carries, and how one is found whose response was lost.

    Attributes:
        parameter: that carries it, by its name in the body.
        carries: its value, with ``$key`` for the key.
        looks: the request for the list in which the job is found, with ``$key``; empty where the call is sent again.
    """

    parameter: str
    carries: Json
    looks: str

    def hold(self, run: Run) -> None:
        """The key travels, and the job is found by it."""
        kind, stage = job_type(run, self.about), stage_of(run)
        submit = kind.called("submit").id
        stage.play(submitting(kind))
        stage.submit(kind)
        first = self._key(stage)
        elsewhere = requested(run, kind, kind.elsewhere("submit"))
        stage.play({**submitting(kind), submit: [(RESET,)]})
        if not self.looks:
            stage.raised("SubmitUncertain", lambda: stage.submit(kind), "a submission whose response was lost")
            return
        find_it = kind.called("list").id
        stage.play(
            {**before_submitting(kind), submit: [(RESET,)], find_it: [lambda _: self._list(kind, self._key(stage))]}
        )
        job = stage.submit(kind, **elsewhere)
        key = self._key(stage)
        if key == first:
            refuse("two submissions carry the same key", "a key of its own", key)
        expect(self.looks.replace("$key", key), stage.asked[-1].line, "the request for the list")
        for name, value in self._identity(kind).items():
            expect(value, dict(job.identity).get(name), f"{name} of the job that was found")
        stage.play(
            {**before_submitting(kind), submit: [(RESET,)], find_it: repeat(self._list(kind, "of somebody else"))}
        )
        stage.raised("SubmitUncertain", lambda: stage.submit(kind), "a submission that no list shows")
        expect(1, stage.ids().count(submit), "how often it was submitted")

    def _key(self, stage: Stage) -> str:
        """The key of the submission."""
        number = next(
            index
            for index, item in enumerate(stage.asked)
            if item.operation == job_type(stage.run, self.about).called("submit").id
        )
        request = stage.run.clients.server.requests[number]
        told = _KEY.search(f"{request.line} {request.head!r} {request.body!r}")
        if told is None:
            refuse("the submission carries no key", self.carries, request.body.decode())
        happened()
        carried = (stage.body(number) or {}).get(self.parameter) if request.body else None
        wanted = _with_key(self.carries, told[0])
        if isinstance(carried, list) and isinstance(wanted, list):
            carried = carried[-len(wanted) :]  # after the caller's own
        if carried is not None:
            expect(wanted, carried, f"what {self.parameter} carries")
        return told[0]

    def _identity(self, kind: JobType) -> dict[str, Json]:
        where = objects(kind.holder("list").get("identity"))
        return {name: 77 if kind.integer(name) else "found-1" for name in where}

    def _list(self, kind: JobType, key: str) -> Script:
        found = element(kind, "list")
        for name, pointer in objects(kind.holder("list").get("identity")).items():
            found = put(found, str(pointer), self._identity(kind)[name])
        return answer(listing(kind, "list", [put(found, "/made-up", key)]), kind.success("list")[0])


def _with_key(value: Json, key: str) -> Json:
    if isinstance(value, list):
        return [_with_key(item, key) for item in value]
    if isinstance(value, dict):
        return {name: _with_key(item, key) for name, item in value.items()}
    return value.replace("$key", key) if isinstance(value, str) else value


def keyed(kind: str, parameter: str, /, *, carries: Json, looks: str = "") -> KeyedCase:
    """A key of the client's that a submission carries.

    Args:
        kind: the job type.
        parameter: that carries it, by its name in requests.
        carries: its value, with ``$key`` for the key.
        looks: the request for the list in which a job is found whose response was lost, with ``$key``.
    """
    said = spoken("keyed", kind, parameter, carries=carries, looks=looks or None)
    return KeyedCase(said=said, about=kind, parameter=parameter, carries=carries, looks=looks)
