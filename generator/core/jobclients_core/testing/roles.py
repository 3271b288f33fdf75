"""The operations that jobs give a part to play: submit, status, cancel, lists, and what jobs leave behind."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import tzinfo
from typing import Any

from jobclients_core.expressions import BODY, IDS, KEY, PAGE, Facts, evaluate, name_in, parse, pointer_in
from jobclients_core.flow import Clock
from jobclients_core.jobparts import Identity
from jobclients_core.jobs.identity import elements, typed
from jobclients_core.jobtype import BoundDiscover, BoundJobType, BoundRole
from jobclients_core.operation import Operation
from jobclients_core.pointers import of_place
from jobclients_core.shapes import is_array, is_object
from jobclients_core.vendors import Known

from .answers import Draft, Look, describe
from .jobs import FakeJob, JobBook
from .lifecycle import parse_lifecycle
from .replies import Replies, Reply
from .routes import Route
from .seeds import seed

_PLACE = re.compile(r"\{([^{}]+)\}")
_SINGLE = ("status", "cancel", "result", "progress", "logs", "failure")


class Roles:
    """Plays the vendor's part in each of its operations.

    Args:
        known: The vendor.
        book: Its jobs.
        replies: Makes answers.
        clock: The time.
        zone: The vendor's clock.
        strict: Whether jobs have to be there before they are asked for.
    """

    def __init__(
        self, known: Known, book: JobBook, replies: Replies, clock: Clock, zone: tzinfo, *, strict: bool
    ) -> None:
        self._kinds = list(known.kinds.values())
        self._book = book
        self._replies = replies
        self._clock = clock
        self._zone = zone
        self._strict = strict

    def play(self, route: Route) -> Reply:
        """Answer a call that is let in and well formed.

        Args:
            route: The call.

        Returns:
            The answer.

        Raises:
            LifecycleError: the lifecycle that the call wants is none of the kind.
        """
        operation = route.operation
        for kind in self._kinds:
            if kind.submit is not None and kind.submit.operation.id == operation.id:
                return self._submit(kind, route)
            for name in _SINGLE:
                role: BoundRole | None = getattr(kind, name)
                if role is not None and _plays(role, route):
                    return self._single(kind, name, role, route)
            # The list that looks for a key comes first: it is the narrower one of two with the same operation.
            for role in (kind.list, kind.status_many):
                if role is not None and _plays(role, route):
                    return self._many(kind, role, route, polled=role is kind.status_many)
            if kind.discover is not None and kind.discover.role.operation.id == operation.id:
                return self._history(kind, kind.discover, route)
        return self._replies.success(self._replies.draft(operation), operation)

    def _submit(self, kind: BoundJobType[Any], route: Route) -> Reply:
        draft = self._replies.draft(route.operation)
        identity: dict[str, str | int] = {}
        answered: dict[str, str | int] = {}
        for part in kind.identity:
            for source in part.source:
                value: str | int | None
                place = parse(source)
                assert place is not None  # the checks of a specification see to it
                if place.root == "response":
                    value = answered[source] = self._new_id(kind, part)
                else:
                    name = kind.argument(place) if place.root == "request" else place.name
                    name = kind.idempotency or "" if place.root == "key" else name
                    value = typed(part, route.arguments.get(name))
                if value is not None:
                    identity[part.name] = value
                    break
        job = self._book.add(kind, identity, route.lifecycle, request=route.arguments)
        if kind.type.select is not None and kind.type.select.submitted:
            draft = self._told(route.operation, kind, job, kind.type.select.submitted, count=False)
        for source, value in answered.items():
            draft.set(source, value)
        if kind.type.final is not None:
            sync = len(job.steps) == 1 and str(job.steps[0].state) == kind.type.final.state
            for when in kind.type.final.when:
                (draft.satisfy if sync else draft.contradict)(when)
        return self._replies.success(draft, route.operation)

    def _new_id(self, kind: BoundJobType[Any], part: Identity) -> str | int:
        """An identifier that no job has; a URL, or a part of one, is that of the call for the status."""
        status = kind.status
        if status.part is not part:
            return self._book.new_id(part)
        places = dict.fromkeys(_PLACE.findall(status.operation.path))
        return _in_path(status, {name: str(self._book.new_id(Identity(name))) for name in places})

    def _look(self, job: FakeJob, *, count: bool = True) -> Look:
        return job.look(self._clock.wall(), count=count)

    def _single(self, kind: BoundJobType[Any], name: str, role: BoundRole, route: Route) -> Reply:
        identity = dict(_identity(kind, role.arguments, route.arguments))
        if role.part is not None:
            wires = {item.wire: str(route.arguments.get(item.name)) for item in route.operation.parameters}
            identity[role.part.name] = _in_path(role, wires)
        job = self._book.find(kind, identity)
        if job is None and self._strict and kind.type.absent is None:
            return self._replies.not_found(route.operation, "there is no such job")
        if job is None:
            job = self._book.add(kind, identity, route.lifecycle or (kind.type.absent or "" if self._strict else ""))
        elif route.lifecycle and parse_lifecycle(kind.type, route.lifecycle) != job.steps:
            # Of all requests of a client that sends the header always, the first begins a run, and the others see it.
            job = self._book.again(job, route.lifecycle)
        if name == "cancel":
            job.stop(self._clock.wall())
        source = kind.type.select.source if kind.type.select is not None else ""
        if name == "status" or self._speaks(kind, route.operation, source):
            draft = self._told(route.operation, kind, job, source, count=name == "status")
        else:
            draft = self._replies.draft(route.operation)
        if name == "failure":
            _say_reason(draft, kind, job)
        _echo(draft, role, job)
        return self._replies.success(draft, route.operation)

    def _speaks(self, kind: BoundJobType[Any], operation: Operation[Any], source: str) -> bool:
        """Whether the answers of an operation have a place for a job's state."""
        shape = self._replies.draft(operation).shape.at(pointer_in(source))
        element = shape.child("0") if shape.only("array") is not None else shape
        places = [place for group in kind.type.raw_state for place in group]
        return any(place.startswith(("$run", BODY)) and element.at(pointer_in(place)).known for place in places)

    def _told(
        self, operation: Operation[Any], kind: BoundJobType[Any], job: FakeJob, source: str, *, count: bool
    ) -> Draft:
        """An answer that speaks of a job, in the run that stands at a source where its kind has runs."""
        look = self._look(job, count=count)
        found = seed(kind.type, look.step, self._replies.bodies(operation), source)
        draft = self._replies.draft(operation, [] if found.body is None else [found.body])
        if kind.type.select is not None:
            draft.begin_run(kind.type.select, source, look, found.run)
        describe(draft, kind.type, look, self._zone, alike=found.alike)
        return draft

    def _many(self, kind: BoundJobType[Any], role: BoundRole, route: Route, *, polled: bool) -> Reply:
        wanted = dict(_identity(kind, role.arguments, route.arguments))
        key = _key_in(role, route)

        def element(draft: Draft, job: FakeJob) -> None:
            for name, place in role.keys.items():
                if name in job.identity:
                    draft.set(BODY + of_place(place), job.identity[name])
            if kind.idempotency and kind.idempotency in job.request:
                field = str(kind.type.idempotency)
                if draft.shape.child(field).known:
                    draft.set(BODY + of_place(field), job.request[kind.idempotency])

        if _is_later_page(role, route):
            return self._listed(kind, route.operation, role.items, [], element)
        jobs = [job for job in self._book.of_kind(kind) if wanted.items() <= job.identity.items()]
        for argument in (name for name, value in role.arguments.items() if value == IDS):
            asked = route.arguments.get(argument)
            ids = asked if is_array(asked) else str(asked or "").split(",")
            jobs = [job for job in jobs if {str(job.identity.get(name)) for name in role.keys} & set(map(str, ids))]
        if key:
            jobs = [job for job in jobs if key in json.dumps(job.request, default=str)]
        return self._listed(kind, route.operation, role.items, jobs, element, count=polled)

    def _history(self, kind: BoundJobType[Any], discover: BoundDiscover, route: Route) -> Reply:
        def element(draft: Draft, job: FakeJob) -> None:
            if discover.identity.name in job.identity:
                draft.set(BODY + of_place(discover.key), job.identity[discover.identity.name])

        places = {name: parse(value) for name, value in discover.role.arguments.items() if isinstance(value, str)}
        request = {
            kind.argument(place): route.arguments.get(name)
            for name, place in places.items()
            if place is not None and place.root == "request"
        }
        jobs = [job for job in self._book.of_kind(kind) if request.items() <= job.request.items()]
        return self._listed(kind, route.operation, discover.role.items, jobs, element)

    def _listed(
        self,
        kind: BoundJobType[Any],
        operation: Operation[Any],
        items: str,
        jobs: list[FakeJob],
        element: Callable[[Draft, FakeJob], None],
        *,
        count: bool = False,
    ) -> Reply:
        draft = self._replies.draft(operation)
        shape = draft.shape.at(pointer_in(items)).child("0")
        examples = [
            example
            for body in self._replies.bodies(operation)
            for example in elements(evaluate(items, Facts(200, {}, body)))
        ]
        speaks = self._speaks(kind, operation, items)
        found: list[Any] = []
        for job in jobs:
            look = self._look(job, count=count)
            start = seed(kind.type, look.step, examples)
            one = Draft(shape, start.body)
            if speaks:
                describe(one, kind.type, look, self._zone, alike=start.alike)
            element(one, job)
            found.append(one.body)
        draft.set(items, found)
        return self._replies.success(draft, operation)


def _echo(draft: Draft, role: BoundRole, job: FakeJob) -> None:
    """Say whom an answer is about, where it says so at all."""
    if is_object(draft.body):
        wires = {item.name: item.wire for item in role.operation.parameters}
        for name, template in role.arguments.items():
            value = job.identity.get(name_in(template, "job") or "")
            for key in {name, wires.get(name, name)} & draft.body.keys():
                draft.set(BODY + of_place(key), value)


def _in_path(role: BoundRole, values: Mapping[str, str]) -> str:
    """The URL that a role is called at, or what stands for the name in it: of the documented path."""
    assert role.part is not None
    path = _PLACE.sub(lambda place: values[place[1]], role.operation.path)
    before, _, after = role.url.partition(f"$job.{role.part.name}")
    return path.removeprefix(before).removesuffix(after)


def _say_reason(draft: Draft, kind: BoundJobType[Any], job: FakeJob) -> None:
    """Say why a job failed, where a test has said so."""
    for rule in (kind.type.fields[name] for name in ("error", "message") if name in kind.type.fields):
        for source in rule.reasons[:1]:
            if isinstance(source, str) and job.message:
                draft.set(BODY + pointer_in(source), job.message)


def _plays(role: BoundRole, route: Route) -> bool:
    """Whether a call is one of a role: its operation, with the role's own literals and the key where it has one."""
    if role.operation.id != route.operation.id:
        return False
    for name, value in role.arguments.items():
        given = route.arguments.get(name)
        if isinstance(value, str) and "$" in value:
            if KEY in value and given is None:
                return False
        elif given is not None and str(given) != str(value):
            return False
    return True


def _identity(
    kind: BoundJobType[Any], templates: Mapping[str, Any], arguments: Mapping[str, Any]
) -> Iterator[tuple[str, str | int]]:
    parts = {part.name: part for part in kind.identity}
    for name, template in templates.items():
        part = parts.get(name_in(template, "job") or "")
        value = typed(part, arguments.get(name)) if part is not None else None
        if part is not None and value is not None:
            yield part.name, value


def _key_in(role: BoundRole, route: Route) -> str:
    """The key that a call looks for."""
    for name, template in role.arguments.items():
        if isinstance(template, str) and KEY in template:
            start, _, end = template.partition(KEY)
            return str(route.arguments.get(name, "")).removeprefix(start).removesuffix(end)
    return ""


def _is_later_page(role: BoundRole, route: Route) -> bool:
    """Whether a call asks for a page behind the first one, which holds everything."""
    pages = [route.arguments.get(name) for name, value in role.arguments.items() if value == PAGE]
    return any(str(page) not in ("None", "1") for page in pages)
