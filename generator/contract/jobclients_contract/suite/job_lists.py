"""Test cases of lists of jobs: many jobs in one call, and a lost submission that is looked up."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from jobclients_contract.failure import expect, happened, refuse
from jobclients_contract.harness.loopback import RESET, Request, Script, scripted
from jobclients_contract.schema_model.document import objects
from jobclients_contract.schema_model.jobtypes import JobType
from jobclients_contract.schema_model.pointers import MISSING, entry, find, put, texts
from jobclients_contract.schema_model.values import Json
from jobclients_contract.suite.case import spoken
from jobclients_contract.suite.job_fixture import JobFixture, fixture_of, job_type
from jobclients_contract.suite.job_statuses import JobCase, before_submitting, element, requested
from jobclients_contract.suite.job_waits import submitting
from jobclients_contract.suite.running import Run

_KEYS: Final = {
    "hex": re.compile("[0-9a-f]{32}"),
    "uuid": re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
}
"""How a key is written."""


@dataclass(frozen=True, kw_only=True)
class ListsCase(JobCase):
    """Many jobs in one call: ``lists("jobs", "GET /jobs?page=1", at="/jobs", id="/id")``."""

    asks: str
    at: str
    identity: Mapping[str, str]

    def hold(self, run: Run) -> None:
        """Pages are turned while they tell of somebody; an end that lacks what fields speak of is looked at again."""
        kind, fixture = job_type(run, self.about), fixture_of(run)
        many, status = kind.called("status_many").id, kind.called("status").id
        jobs = [self._identity(kind, number) for number in range(3)]
        pages = [wire for wire, value in kind.templates("status_many").items() if value == "$page"]
        rows = [self._element(kind, identity, kind.busy.body.json) for identity in jobs]
        most = self._most(kind)
        told = [rows[:1], rows[1:2], []] if pages else [rows[:2][at : at + most] for at in range(0, len(rows), most)]
        shown = chain((self._page(kind, page) for page in told), repeat(self._page(kind, [])))
        fixture.play({many: shown, status: repeat(lambda request: self._end(kind, jobs, request))})
        self._wait(run, fixture, [fixture.job(kind, identity) for identity in jobs], len(jobs))
        expect([many] * len(told), fixture.ids()[: len(told)], "the requests for the list")
        expect(self.asks, fixture.asked[0].line, "the request for the list")
        for wire in pages:
            targets = [item.line.partition(" ")[2] for item in fixture.asked[: len(told)]]
            numbers = [parse_qs(urlsplit(target).query).get(wire) for target in targets]
            expect([[str(number)] for number in range(1, len(told) + 1)], numbers, "the pages that are asked for")
        # Who shows in no page is asked about alone.
        expect(status, fixture.ids()[len(told)], "what is asked of a job that no page tells of")
        self._looked_at_again(run, kind, fixture, jobs[:2])

    def _looked_at_again(self, run: Run, job_type: JobType, fixture: JobFixture, jobs: list[dict[str, Json]]) -> None:
        """An end that lacks what the fields speak of is not a last word; one that has it is."""
        many, status = job_type.called("status_many").id, job_type.called("status").id
        whole, bare = job_type.end.body.json, job_type.end.body.json
        for place in job_type.reader.field_places("result"):
            pointer = job_type.reader.pointer(place, bare)
            bare = put(bare, pointer, MISSING) if pointer is not None else bare
        refines = entry(job_type.spec, "state", "refine") is not None
        for body in (bare, whole):
            read = job_type.reader.read(body)
            if read.state != job_type.end.state or (body is bare and not job_type.valid(bare)):
                continue
            lacks = bool(job_type.fields().get("result")) and read.facts["result"] is None
            page = self._page(job_type, [self._element(job_type, identity, body) for identity in jobs])
            fixture.play({many: [page], status: repeat(lambda request: self._end(job_type, jobs, request))})
            self._wait(run, fixture, [fixture.job(job_type, identity) for identity in jobs], len(jobs))
            asked = [status] * len(jobs) if refines or lacks else []
            expect([many, *asked], fixture.ids(), "what is asked where ends are listed")

    @staticmethod
    def _most(job_type: JobType) -> int:
        """How many jobs one call asks about: all, unless it takes their ids."""
        limit = job_type.holder("status_many").get("max")
        return limit if isinstance(limit, int) else 1000

    def _wait(self, run: Run, fixture: JobFixture, jobs: list[Any], count: int) -> None:
        wait_all = run.clients.root.wait_all if run.mode == "sync" else run.clients.root.wait_all_async
        outcomes = fixture.wait(wait_all(jobs))
        expect([True] * count, [outcome.ok for outcome in outcomes], "whether the jobs ended well")

    def _identity(self, job_type: JobType, number: int) -> dict[str, Json]:
        found = {**job_type.identities[0], **job_type.elsewhere("status_many")}
        for name in self.identity:
            found[name] = 101 + number if job_type.integer(name) else f"job-{number}"
        return found

    def _element(self, job_type: JobType, identity: Mapping[str, Json], body: Json) -> Json:
        """An element of the list about a job, which is read like a response to status."""
        found = body
        for name, pointer in self.identity.items():
            found = put(found, pointer, identity[name])
        return found

    def _end(self, job_type: JobType, jobs: list[dict[str, Json]], request: Request) -> Script:
        """A response that tells of a good end of the job that is asked about."""
        asked = [job for job in jobs if all(str(job[name]) in request.line for name in self.identity)]
        own: dict[str, Json] = asked[0] if asked else {}
        return scripted(job_type.about(job_type.end.body.json, own), job_type.end.status)

    def _page(self, job_type: JobType, elements: list[Json]) -> Script:
        status, body = job_type.success("status_many")
        return scripted(put(body, self.at, elements), status)


def lists(kind: str, asks: str, /, *, at: str, **identity: str) -> ListsCase:
    """Many jobs in one call.

    Args:
        kind: the job type.
        asks: the request of the first page.
        at: where the list is, as a JSON pointer.
        **identity: where each field of the identity is in an element, as JSON pointers.
    """
    source = spoken("lists", kind, asks, at=at or None, **identity)
    return ListsCase(source=source, about=kind, asks=asks, at=at, identity=identity)


@dataclass(frozen=True, kw_only=True)
class KeyedCase(JobCase):
    """A key of the client's that a submission carries, and how one is found whose response was lost.

    Attributes:
        parameter: that carries it, by its name in requests.
        carries: its value, with ``$key`` for the key.
        looks: the request for the list in which the job is found, with ``$key``; empty where there is no such list.
        at: where the list is, as a JSON pointer.
        identity: where each field of the identity is in an element, as JSON pointers.
    """

    parameter: str
    carries: Json
    looks: str
    at: str
    identity: Mapping[str, str]

    def hold(self, run: Run) -> None:
        """The key travels, and the job is found by it."""
        kind, fixture = job_type(run, self.about), fixture_of(run)
        submit = kind.called("submit").id
        expect(kind.operation("list") is not None, bool(self.looks), "whether there is a list in which it is found")
        fixture.play(submitting(kind))
        submitted = fixture.submit(kind)
        first = self._key(fixture)
        for name, part in kind.identity.items():
            if texts(entry(part, "from"))[:1] == ["$key"]:
                expect(first, dict(submitted.identity).get(name), f"{name}, which is the key")
        elsewhere: dict[str, Any] = requested(run, kind, kind.elsewhere("submit"))
        fixture.play({**submitting(kind), submit: [(RESET,)]})
        if not self.looks:
            fixture.raised("SubmitUncertain", lambda: fixture.submit(kind), "a submission whose response was lost")
            return
        find_it = kind.called("list").id

        def found(_: Request) -> Script:
            return self._list(kind, self._key(fixture))

        fixture.play({**before_submitting(kind), submit: [(RESET,)], find_it: repeat(found)})
        job = fixture.submit(kind, **elsewhere)
        key = self._key(fixture)
        if key == first:
            refuse("two submissions carry the same key", "a key of its own", key)
        first_look = next(item.line for item in fixture.asked if item.operation == find_it)
        expect(self.looks.replace("$key", key), first_look, "the request for the list")
        listed = self._element(kind, key)
        for name, pointer in self.identity.items():
            expect(find(listed, pointer), dict(job.identity).get(name), f"{name} of the job that was found")

        def others(request: Request) -> Script:
            return self._list(kind, self._key(fixture), elsewhere=True)

        fixture.play({**before_submitting(kind), submit: [(RESET,)], find_it: repeat(others)})
        fixture.raised("SubmitUncertain", lambda: fixture.submit(kind), "a submission that no list shows")
        if entry(kind.spec, "submit", "idempotency", "honoured") is not True:
            expect(1, fixture.ids().count(submit), "how often it was submitted")

    def _key(self, fixture: JobFixture) -> str:
        """The key of the submission, which carries it as the line says."""
        number = fixture.ids().index(job_type(fixture.run, self.about).called("submit").id)
        carried, own = self._carried(fixture, number), self._own(fixture)
        written = str(entry(job_type(fixture.run, self.about).spec, "submit", "idempotency", "format") or "hex")
        for key in dict.fromkeys(_KEYS[written].findall(json.dumps(carried))):
            wanted = _with_key(self.carries, key)
            if carried == ([*own, *wanted] if isinstance(own, list) and isinstance(wanted, list) else wanted):
                happened()
                return str(key)
        return refuse(f"what {self.parameter} carries", self.carries, carried)

    def _carried(self, fixture: JobFixture, number: int) -> Json:
        """What the parameter has in a request: in a header field, in the query or in the JSON of the body."""
        parameters = job_type(fixture.run, self.about).called("submit").parameters
        location = next((item.location for item in parameters if item.wire == self.parameter), "body")
        request = fixture.run.clients.server.requests[number]
        if location == "header":
            return request.headers.get(self.parameter.lower())
        if location == "query":
            return next(iter(parse_qs(urlsplit(request.target).query).get(self.parameter, [])), None)
        return objects(fixture.body(number)).get(self.parameter)

    def _own(self, fixture: JobFixture) -> Json:
        """What the caller gives as the parameter."""
        method = fixture.method(job_type(fixture.run, self.about).called("submit"))
        names = {item.entry.wire: name for name, item in fixture.run.arguments(method).by_name.items()}
        return fixture.run.minimal(method).get(names.get(self.parameter, ""))

    def _found(self, job_type: JobType) -> dict[str, Json]:
        return {name: 77 if job_type.integer(name) else "found-1" for name in self.identity}

    def _list(self, job_type: JobType, key: str, *, elsewhere: bool = False) -> Script:
        """A list of one job that carries a key in its place, or somewhere else."""
        status, body = job_type.success("list")
        listed = [self._element(job_type, key, elsewhere=elsewhere)]
        return scripted(put({} if body is None else body, self.at, listed), status)

    def _element(self, job_type: JobType, key: str, *, elsewhere: bool = False) -> Json:
        found = element(job_type, "list")
        for name, pointer in self.identity.items():
            found = put(found, pointer, self._found(job_type)[name])
        place = job_type.holder("list").get("key")
        if elsewhere:
            return put(found, "/made-up", f"of {key}")
        if isinstance(place, dict):
            others: Json = dict.fromkeys(objects(place.get("equals")), "another")
            return put(found, str(place.get("at")), [others, _with_key(place.get("equals"), key)])
        return put(found, str(place), [key] if "array" in job_type.types_at(str(place)) else key)


def _with_key(value: Json, key: str) -> Json:
    if isinstance(value, list):
        return [_with_key(item, key) for item in value]
    if isinstance(value, dict):
        return {name: _with_key(item, key) for name, item in value.items()}
    return value.replace("$key", key) if isinstance(value, str) else value


def keyed(kind: str, parameter: str, /, *, carries: Json, looks: str = "", at: str = "", **identity: str) -> KeyedCase:
    """A key of the client's that a submission carries.

    Args:
        kind: the job type.
        parameter: that carries it, by its name in requests.
        carries: its value, with ``$key`` for the key.
        looks: the request for the list in which a job is found whose response was lost, with ``$key``.
        at: where the list is, as a JSON pointer.
        **identity: where each field of the identity is in an element, as JSON pointers.
    """
    source = spoken("keyed", kind, parameter, carries=carries, looks=looks or None, at=at or None, **identity)
    return KeyedCase(
        source=source, about=kind, parameter=parameter, carries=carries, looks=looks, at=at, identity=identity
    )
