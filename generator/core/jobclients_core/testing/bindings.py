"""The operations of a fake vendor that concern jobs: submit, status, cancel, lists, results."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from jobclients_core.expressions import BODY, IDS, KEY, PAGE, ResponseContext, evaluate, name_in, parse, pointer_in
from jobclients_core.flow import Clock
from jobclients_core.jobparts import Identity
from jobclients_core.jobs.identity import carries, elements, fill, typed
from jobclients_core.jobtype import BoundDiscover, BoundJobType, OperationBinding
from jobclients_core.operation import Operation
from jobclients_core.pointers import of_place
from jobclients_core.type_guards import is_array, is_object
from jobclients_core.vendors import Known

from . import identifiers
from .job_bodies import Draft, Look, describe
from .jobs import FakeJob, JobBook
from .lifecycle import parse_lifecycle
from .replies import Replies, Reply
from .routes import Route
from .seeds import seed

_PLACE = re.compile(r"\{([^{}]+)\}")
_SINGLE = ("status", "cancel", "result", "progress", "logs", "failure")


@dataclass(slots=True)
class Lag:
    """A replica that lags behind, and answers some of the requests that only read.

    Args:
        seconds: How far behind it is.
        every: Which of those requests it answers: 1 for all, 2 for every second one.
        reads: How many there were.
    """

    seconds: float = 0.0
    every: int = 1
    reads: int = 0


class JobBindings:
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
        self.lag = Lag()
        self._at = 0.0

    def play(self, route: Route) -> Reply:
        """Answer a call that is let in and well formed.

        Args:
            route: The call.

        Returns:
            The response.

        Raises:
            LifecycleError: the lifecycle that the call wants is none of the kind.
        """
        operation = route.operation
        self._at = self._clock.wall()
        for kind in self._kinds:
            if kind.submit is not None and kind.submit.operation.id == operation.id:
                return self._submit(kind, route)
            for name in _SINGLE:
                role: OperationBinding | None = getattr(kind, name)
                if role is not None and _plays(role, route):
                    self._at -= 0.0 if name == "cancel" else self._behind()
                    return self._single(kind, name, role, route)
            # The list that looks for a key comes first: it is the narrower one of two with the same operation.
            for role in (kind.list, kind.status_many):
                if role is not None and _plays(role, route):
                    self._at -= self._behind()
                    return self._many(kind, role, route, polled=role is kind.status_many)
            if kind.discover is not None and kind.discover.role.operation.id == operation.id:
                self._at -= self._behind()
                return self._history(kind, kind.discover, route)
        return self._replies.success(self._replies.draft(operation), operation)

    def _behind(self) -> float:
        """Seconds by which what answers a request lags behind, where that only reads."""
        self.lag.reads += 1
        return self.lag.seconds if self.lag.reads % self.lag.every == 0 else 0.0

    def _submit(self, job_type: BoundJobType[Any], route: Route) -> Reply:
        draft = self._replies.draft(route.operation)
        identity: dict[str, str | int] = {}
        answered: dict[str, str] = {}
        for part in job_type.identity:
            for source in part.source:
                value: str | int | None
                place = parse(source)
                assert place is not None  # the checks of a specification see to it
                if place.root == "response":
                    value = self._new_id(job_type, part, draft, source)
                    answered[source] = part.name
                else:
                    name = job_type.argument(place) if place.root == "request" else place.name
                    name = job_type.idempotency or "" if place.root == "key" else name
                    value = typed(part, route.arguments.get(name))
                if value is not None:
                    identity[part.name] = value
                    break
        key = key_of(job_type, route.arguments)
        earlier = self._repeated(job_type, key)
        if earlier is not None:
            return self._submitted(job_type, route, draft, earlier, answered)
        before = self._book.find(job_type, identity)
        # A job that is only assumed was never started, which is what a submission would be refused for.
        if job_type.submit is not None and before is not None and not before.assumed:
            refusal = self._refusal(job_type.submit, before)
            if refusal is not None:
                return refusal
        job = self._book.add(job_type, identity, route.lifecycle, request=route.arguments)
        job.key = key
        self._book.submissions.append(job)
        return self._submitted(job_type, route, draft, job, answered)

    def _repeated(self, job_type: BoundJobType[Any], key: str) -> FakeJob | None:
        """The job that was submitted with the same key, where the vendor knows keys and no list looks for them."""
        known = self._book.submissions if key and job_type.list is None else []
        return next((job for job in known if job.kind is job_type and job.key == key), None)

    def _submitted(
        self, job_type: BoundJobType[Any], route: Route, draft: Draft, job: FakeJob, answered: Mapping[str, str]
    ) -> Reply:
        """The response to a submission, with the parts of the identity that are in it."""
        if job_type.type.select is not None and job_type.type.select.submitted:
            draft = self._reported(route.operation, job_type, job, job_type.type.select.submitted, count=False)
        for source, name in answered.items():
            draft.set(source, job.identity[name])
        if job_type.type.final is not None:
            sync = len(job.steps) == 1 and str(job.steps[0].state) == job_type.type.final.state
            for when in job_type.type.final.when:
                (draft.satisfy if sync else draft.contradict)(when)
        return self._replies.success(draft, route.operation)

    def _new_id(self, job_type: BoundJobType[Any], part: Identity, draft: Draft, source: str) -> str | int:
        """An identifier that no job has, in the form that fits the response and the calls that are made with it.

        A URL, or a part of one, is that of the call for the status.
        """
        status = job_type.status
        if status.part is part:
            names = dict.fromkeys(_PLACE.findall(status.operation.path))
            return _in_path(status, {name: str(self._book.new_number()) for name in names})
        place = draft.place(source)
        places = [] if place is None else [draft.shape.at(place)]
        for name in _SINGLE:
            role: OperationBinding | None = getattr(job_type, name)
            for argument, template in role.arguments.items() if role is not None else ():
                if role is not None and name_in(template, "job") == part.name:
                    places += self._replies.places(role.operation, argument)
        number = self._book.new_number()
        if part.type == "integer":
            return identifiers.integer(places, number)
        return identifiers.text(places, part.name, number, evaluate(source, ResponseContext(200, {}, draft.body)))

    def _look(self, job: FakeJob, *, count: bool = True) -> Look:
        return job.look(self._at, count=count)

    def _single(self, job_type: BoundJobType[Any], name: str, binding: OperationBinding, route: Route) -> Reply:
        identity = dict(_identity(job_type, binding.arguments, route.arguments))
        if binding.part is not None:
            wires = {item.wire: str(route.arguments.get(item.name)) for item in route.operation.parameters}
            identity[binding.part.name] = _in_path(binding, wires)
        job = self._book.find(job_type, identity, self._at)
        hidden = job is None and self._book.find(job_type, identity) is not None
        if hidden or (job is None and self._strict and job_type.type.absent is None):
            return self._replies.not_found(route.operation, "there is no such job")
        if job is None:
            job = self._book.add(
                job_type, identity, route.lifecycle or (job_type.type.absent or "" if self._strict else "")
            )
            job.assumed = True
        elif route.lifecycle and parse_lifecycle(job_type.type, route.lifecycle) != job.steps:
            # Of all requests of a client that sends the header always, the first begins a run, and the others see it.
            job = self._book.again(job, route.lifecycle)
        refusal = self._refusal(binding, job)
        if refusal is not None:
            return refusal
        if name == "cancel":
            job.stop(self._clock.wall())
        source = job_type.type.select.source if job_type.type.select is not None else ""
        if name == "status" or self._speaks(job_type, route.operation, source):
            draft = self._reported(route.operation, job_type, job, source, count=name == "status")
        else:
            draft = self._replies.draft(route.operation)
        if name == "failure":
            _say_reason(draft, job_type, job)
        _echo(draft, binding, job)
        return self._replies.success(draft, route.operation)

    def _refusal(self, binding: OperationBinding, job: FakeJob) -> Reply | None:
        """The response to a call that is refused for the state of a job; None for one that is carried out."""
        state = job.state(self._clock.wall())
        found = next((entry for entry in binding.refused if state in entry.states), None)
        if found is None:
            return None
        message = f"the job is {state.replace('_', ' ')}"
        return self._replies.in_documented(found.status, binding.operation, message=message, code=found.code)

    def _speaks(self, job_type: BoundJobType[Any], operation: Operation[Any], source: str) -> bool:
        """Whether the responses of an operation have a place for a job's state."""
        shape = self._replies.draft(operation).shape.at(pointer_in(source))
        element = shape.child("0") if shape.only("array") is not None else shape
        places = [place for group in job_type.type.raw_state for place in group]
        return any(place.startswith(("$run", BODY)) and element.at(pointer_in(place)).known for place in places)

    def _reported(
        self, operation: Operation[Any], job_type: BoundJobType[Any], job: FakeJob, source: str, *, count: bool
    ) -> Draft:
        """A response that speaks of a job, in the run that is at a source where its kind has runs."""
        look = self._look(job, count=count)
        found = seed(job_type.type, look.step, self._replies.bodies(operation), source)
        draft = self._replies.draft(operation, [] if found.body is None else [found.body])
        if job_type.type.select is not None:
            draft.begin_run(job_type.type.select, source, look, found.run)
        describe(draft, job_type.type, look, self._zone, alike=found.alike)
        return draft

    def _many(self, job_type: BoundJobType[Any], binding: OperationBinding, route: Route, *, polled: bool) -> Reply:
        wanted = dict(_identity(job_type, binding.arguments, route.arguments))
        key = _key_in(binding, route)

        def element(draft: Draft, job: FakeJob) -> None:
            for name, place in binding.keys.items():
                if name in job.identity:
                    draft.set(BODY + of_place(place), job.identity[name])
            if job_type.idempotency and job_type.idempotency in job.request:
                field = str(job_type.type.idempotency)
                if draft.shape.child(field).known:
                    draft.set(BODY + of_place(field), job.request[job_type.idempotency])
            if binding.carried is not None and job.key and not carries(binding, draft.body, job.key):
                draft.set(BODY + of_place(binding.carried.at), fill(binding.carried.equals, {}, job.key))

        if _is_later_page(binding, route):
            return self._listed(job_type, route.operation, binding.items, [], element)
        jobs = [job for job in self._book.of_kind(job_type, self._at) if wanted.items() <= job.identity.items()]
        for argument in (name for name, value in binding.arguments.items() if value == IDS):
            asked = route.arguments.get(argument)
            ids = asked if is_array(asked) else str(asked or "").split(",")
            jobs = [job for job in jobs if {str(job.identity.get(name)) for name in binding.keys} & set(map(str, ids))]
        if key:
            jobs = [job for job in jobs if key in json.dumps(job.request, default=str)]
        return self._listed(job_type, route.operation, binding.items, jobs, element, count=polled)

    def _history(self, job_type: BoundJobType[Any], discover: BoundDiscover, route: Route) -> Reply:
        def element(draft: Draft, job: FakeJob) -> None:
            if discover.identity.name in job.identity:
                draft.set(BODY + of_place(discover.key), job.identity[discover.identity.name])

        places = {name: parse(value) for name, value in discover.role.arguments.items() if isinstance(value, str)}
        request = {
            job_type.argument(place): route.arguments.get(name)
            for name, place in places.items()
            if place is not None and place.root == "request"
        }
        jobs = [job for job in self._book.of_kind(job_type, self._at) if request.items() <= job.request.items()]
        return self._listed(job_type, route.operation, discover.role.items, jobs, element)

    def _listed(
        self,
        job_type: BoundJobType[Any],
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
            for example in elements(evaluate(items, ResponseContext(200, {}, body)))
        ]
        speaks = self._speaks(job_type, operation, items)
        found: list[Any] = []
        for job in jobs:
            look = self._look(job, count=count)
            start = seed(job_type.type, look.step, examples)
            one = Draft(shape, start.body)
            if speaks:
                describe(one, job_type.type, look, self._zone, alike=start.alike)
            element(one, job)
            found.append(one.body)
        draft.set(items, found)
        return self._replies.success(draft, operation)


def _echo(draft: Draft, binding: OperationBinding, job: FakeJob) -> None:
    """Say whom a response is about, where it says so at all."""
    if is_object(draft.body):
        wires = {item.name: item.wire for item in binding.operation.parameters}
        for name, template in binding.arguments.items():
            value = job.identity.get(name_in(template, "job") or "")
            for key in {name, wires.get(name, name)} & draft.body.keys():
                draft.set(BODY + of_place(key), value)


def _in_path(binding: OperationBinding, values: Mapping[str, str]) -> str:
    """The URL that a role is called at, or what stands for the name in it: of the documented path."""
    assert binding.part is not None
    path = _PLACE.sub(lambda place: values[place[1]], binding.operation.path)
    before, _, after = binding.url.partition(f"$job.{binding.part.name}")
    return path.removeprefix(before).removesuffix(after)


def _say_reason(draft: Draft, job_type: BoundJobType[Any], job: FakeJob) -> None:
    """Say why a job failed, where a test has said so."""
    for rule in (job_type.type.fields[name] for name in ("error", "message") if name in job_type.type.fields):
        for source in rule.reasons[:1]:
            if isinstance(source, str) and job.message:
                draft.set(BODY + pointer_in(source), job.message)


def _plays(binding: OperationBinding, route: Route) -> bool:
    """Whether a call is one of a role: its operation, with the role's own literals and the key where it has one."""
    if binding.operation.id != route.operation.id:
        return False
    for name, value in binding.arguments.items():
        given = route.arguments.get(name)
        if isinstance(value, str) and "$" in value:
            if KEY in value and given is None:
                return False
        elif given is not None and str(given) != str(value):
            return False
    return True


def _identity(
    job_type: BoundJobType[Any], templates: Mapping[str, Any], arguments: Mapping[str, Any]
) -> Iterator[tuple[str, str | int]]:
    parts = {part.name: part for part in job_type.identity}
    for name, template in templates.items():
        part = parts.get(name_in(template, "job") or "")
        value = typed(part, arguments.get(name)) if part is not None else None
        if part is not None and value is not None:
            yield part.name, value


def key_of(job_type: BoundJobType[Any], arguments: Mapping[str, Any]) -> str:
    """The client's key in the arguments of a submission.

    Args:
        job_type: The job type with its operations.
        arguments: The arguments, as the vendor reads them.

    Returns:
        The key; empty where none was sent.
    """
    if job_type.submit is None or job_type.idempotency is None:
        return ""
    return _found(job_type.submit.arguments.get(job_type.idempotency, KEY), arguments.get(job_type.idempotency))


def _found(template: Any, value: Any) -> str:
    """What is in a value where its template has the key; empty where it does not fit."""
    if isinstance(template, str):
        start, key, end = template.partition(KEY)
        text = str(value)
        fits = key and value is not None and len(text) > len(start + end)
        return text[len(start) : len(text) - len(end)] if fits and text.startswith(start) and text.endswith(end) else ""
    if is_object(template) and is_object(value):
        alike = all(
            value.get(name) == item for name, item in template.items() if KEY not in json.dumps(item, default=str)
        )
        found = (_found(item, value.get(name)) for name, item in template.items())
        return next(filter(None, found), "") if alike else ""
    if is_array(template) and is_array(value):
        return next(filter(None, (_found(item, one) for item in template for one in value)), "")
    return ""


def _key_in(binding: OperationBinding, route: Route) -> str:
    """The key that a call looks for."""
    for name, template in binding.arguments.items():
        if isinstance(template, str) and KEY in template:
            start, _, end = template.partition(KEY)
            return str(route.arguments.get(name, "")).removeprefix(start).removesuffix(end)
    return ""


def _is_later_page(binding: OperationBinding, route: Route) -> bool:
    """Whether a call asks for a page behind the first one, which holds everything."""
    pages = [route.arguments.get(name) for name, value in binding.arguments.items() if value == PAGE]
    return any(str(page) not in ("None", "1") for page in pages)
