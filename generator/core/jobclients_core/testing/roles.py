"""The operations that jobs give a part to play: submit, status, cancel, lists, and what jobs leave behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import tzinfo
from typing import Any

from jobclients_core.expressions import Facts, evaluate
from jobclients_core.flow import Clock
from jobclients_core.jobs.identity import elements, typed
from jobclients_core.jobs.kind import Discover, JobKind, Role
from jobclients_core.jobs.listing import PAGE
from jobclients_core.operation import Operation
from jobclients_core.pointers import join
from jobclients_core.shapes import is_object
from jobclients_core.vendors import Known

from .answers import Draft, Look, describe
from .jobs import FakeJob, JobBook
from .lifecycle import parse_lifecycle, word_places
from .replies import Replies, Reply
from .routes import Route
from .seeds import seed

_SINGLE = ("status", "cancel", "result", "progress", "logs")


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
                role: Role | None = getattr(kind, name)
                if role is not None and _plays(role, route):
                    return self._single(kind, name, role, route)
            # The list that looks for a key comes first: it is the narrower one of two with the same operation.
            for role in (kind.list, kind.status_many):
                if role is not None and _plays(role, route):
                    return self._many(kind, role, route, polled=role is kind.status_many)
            if kind.discover is not None and kind.discover.operation.id == operation.id:
                return self._history(kind, kind.discover, route)
        return self._replies.success(self._replies.draft(operation), operation)

    def _submit(self, kind: JobKind[Any], route: Route) -> Reply:
        draft = self._replies.draft(route.operation)
        identity: dict[str, str | int] = {}
        answered: dict[str, str | int] = {}
        for part in kind.identity:
            for source in part.source:
                value: str | int | None
                if source.startswith("$response"):
                    value = answered[source] = self._book.new_id(part)
                else:
                    value = typed(part, route.arguments.get(source.partition(".")[2]))
                if value is not None:
                    identity[part.name] = value
                    break
        job = self._book.add(kind, identity, route.lifecycle, request=route.arguments)
        if kind.select is not None and kind.select.submitted:
            draft = self._told(route.operation, kind, job, kind.select.submitted, count=False)
        for source, value in answered.items():
            draft.set(source, value)
        if kind.final is not None:
            sync = len(job.steps) == 1 and str(job.steps[0].state) == kind.final.state
            for when in kind.final.when:
                (draft.satisfy if sync else draft.contradict)(when)
        return self._replies.success(draft, route.operation)

    def _look(self, job: FakeJob, *, count: bool = True) -> Look:
        return job.look(self._clock.wall(), count=count)

    def _single(self, kind: JobKind[Any], name: str, role: Role, route: Route) -> Reply:
        identity = dict(_identity(kind, role.arguments, route.arguments))
        job = self._book.find(kind, identity)
        if job is None and self._strict and kind.absent is None:
            return self._replies.not_found(route.operation, "there is no such job")
        if job is None:
            job = self._book.add(kind, identity, route.lifecycle or (kind.absent or "" if self._strict else ""))
        elif route.lifecycle and parse_lifecycle(kind, route.lifecycle) != job.steps:
            # Of all requests of a client that sends the header always, the first begins a run, and the others see it.
            job = self._book.again(job, route.lifecycle)
        if name == "cancel":
            job.stop(self._clock.wall())
        source = kind.select.source if kind.select is not None else ""
        if name == "status" or self._speaks(kind, route.operation, source):
            draft = self._told(route.operation, kind, job, source, count=name == "status")
        else:
            draft = self._replies.draft(route.operation)
        _echo(draft, role, job)
        return self._replies.success(draft, route.operation)

    def _speaks(self, kind: JobKind[Any], operation: Operation[Any], source: str) -> bool:
        """Whether the answers of an operation have a place for a job's state."""
        shape = self._replies.draft(operation).shape.at(source.partition("#")[2])
        element = shape.child("0") if shape.only("array") is not None else shape
        places = [place.partition("#") for group in word_places(kind) for place in group]
        return any(base in ("$run", "$response.body") and element.at(rest).known for base, _, rest in places)

    def _told(self, operation: Operation[Any], kind: JobKind[Any], job: FakeJob, source: str, *, count: bool) -> Draft:
        """An answer that speaks of a job, in the run that stands at a source where its kind has runs."""
        look = self._look(job, count=count)
        found = seed(kind, look.step, self._replies.bodies(operation), source)
        draft = self._replies.draft(operation, [] if found.body is None else [found.body])
        if kind.select is not None:
            draft.begin_run(kind.select, source, look, found.run)
        describe(draft, kind, look, self._zone, alike=found.alike)
        return draft

    def _many(self, kind: JobKind[Any], role: Role, route: Route, *, polled: bool) -> Reply:
        wanted = dict(_identity(kind, role.arguments, route.arguments))
        key = _key_in(role, route)

        def element(draft: Draft, job: FakeJob) -> None:
            for name, place in role.keys.items():
                if name in job.identity:
                    draft.set(f"$response.body#{_pointer(place)}", job.identity[name])
            if kind.idempotency and kind.idempotency in job.request:
                field = _wire(kind.submit.operation if kind.submit else None, kind.idempotency)
                if draft.shape.child(field).known:
                    draft.set(f"$response.body#/{field}", job.request[kind.idempotency])

        if _is_later_page(role, route):
            return self._listed(kind, route.operation, role.items, [], element)
        jobs = [job for job in self._book.of_kind(kind) if wanted.items() <= job.identity.items()]
        if key:
            jobs = [job for job in jobs if key in json.dumps(job.request, default=str)]
        return self._listed(kind, route.operation, role.items, jobs, element, count=polled)

    def _history(self, kind: JobKind[Any], discover: Discover, route: Route) -> Reply:
        def element(draft: Draft, job: FakeJob) -> None:
            if discover.identity in job.identity:
                draft.set(f"$response.body#{_pointer(discover.key)}", job.identity[discover.identity])

        request = {
            str(source).removeprefix("$request."): route.arguments.get(name)
            for name, source in discover.arguments.items()
            if str(source).startswith("$request.")
        }
        jobs = [job for job in self._book.of_kind(kind) if request.items() <= job.request.items()]
        return self._listed(kind, route.operation, discover.source, jobs, element)

    def _listed(
        self,
        kind: JobKind[Any],
        operation: Operation[Any],
        items: str,
        jobs: list[FakeJob],
        element: Callable[[Draft, FakeJob], None],
        *,
        count: bool = False,
    ) -> Reply:
        draft = self._replies.draft(operation)
        shape = draft.shape.at(items.partition("#")[2]).child("0")
        examples = [
            example
            for body in self._replies.bodies(operation)
            for example in elements(evaluate(items, Facts(200, {}, body)))
        ]
        speaks = self._speaks(kind, operation, items)
        found: list[Any] = []
        for job in jobs:
            look = self._look(job, count=count)
            start = seed(kind, look.step, examples)
            one = Draft(shape, start.body)
            if speaks:
                describe(one, kind, look, self._zone, alike=start.alike)
            element(one, job)
            found.append(one.body)
        draft.set(items, found)
        return self._replies.success(draft, operation)


def _echo(draft: Draft, role: Role, job: FakeJob) -> None:
    """Say whom an answer is about, where it says so at all."""
    if is_object(draft.body):
        wires = {item.name: item.wire for item in role.operation.parameters}
        for name, template in role.arguments.items():
            value = job.identity.get(str(template).removeprefix("$job."))
            for key in {name, wires.get(name, name)} & draft.body.keys():
                draft.set(f"$response.body#{_pointer(key)}", value)


def _plays(role: Role, route: Route) -> bool:
    """Whether a call is one of a role: its operation, with the role's own literals and the key where it has one."""
    if role.operation.id != route.operation.id:
        return False
    for name, value in role.arguments.items():
        given = route.arguments.get(name)
        if isinstance(value, str) and "$" in value:
            if "$key" in value and given is None:
                return False
        elif given is not None and str(given) != str(value):
            return False
    return True


def _identity(
    kind: JobKind[Any], templates: Mapping[str, Any], arguments: Mapping[str, Any]
) -> Iterator[tuple[str, str | int]]:
    parts = {part.name: part for part in kind.identity}
    for name, template in templates.items():
        part = parts.get(str(template).removeprefix("$job."))
        value = typed(part, arguments.get(name)) if part is not None and str(template).startswith("$job.") else None
        if part is not None and value is not None:
            yield part.name, value


def _key_in(role: Role, route: Route) -> str:
    """The key that a call looks for."""
    for name, template in role.arguments.items():
        if isinstance(template, str) and "$key" in template:
            start, _, end = template.partition("$key")
            return str(route.arguments.get(name, "")).removeprefix(start).removesuffix(end)
    return ""


def _is_later_page(role: Role, route: Route) -> bool:
    """Whether a call asks for a page behind the first one, which holds everything."""
    pages = [route.arguments.get(name) for name, value in role.arguments.items() if value == PAGE]
    return any(str(page) not in ("None", "1") for page in pages)


def _pointer(place: str) -> str:
    return place if place.startswith("/") else join("", place)


def _wire(operation: Operation[Any] | None, name: str) -> str:
    fields = operation.body.fields if operation is not None and operation.body is not None else ()
    return next((item.key for item in fields if item.name == name), name)
