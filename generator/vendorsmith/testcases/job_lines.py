"""Writes test cases of jobs: handles, submissions and waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from jobclients_contract.schema_model.conditions import compared_values
from jobclients_contract.schema_model.document import Operation, listed, objects
from jobclients_contract.schema_model.job_reader import ENDS, GOOD
from jobclients_contract.schema_model.jobcalls import types_of
from jobclients_contract.schema_model.jobtypes import JobType
from jobclients_contract.schema_model.pointers import MISSING, Found, Missing, entry, find, put, seconds, texts
from jobclients_contract.schema_model.values import Json

from vendorsmith.suite_line import Line, Section, given, line
from vendorsmith.testcases.call_lines import request_of
from vendorsmith.testcases.context import SuiteContext
from vendorsmith.testcases.job_state_lines import begun, changed, state_lines

_ROLES: Final = ("status", "cancel", "result", "progress", "logs")
_KEY: Final = "0123456789abcdef" * 2
"""A key of the client's, in requests that are written down."""


def job_sections(context: SuiteContext) -> Iterator[Section]:
    """The lines of each job type."""
    for wire, known in zip(objects(context.document.data.get("x-jobs")), context.api.jobs, strict=True):
        kind = JobType(context.document, known.type.name)
        lines = _lines(context, kind) if all(map(context.authorized, kind.operations)) else ()
        yield Section(f"{known.type.name}: {known.summary or wire}", tuple(lines))


def _lines(context: SuiteContext, job_type: JobType) -> Iterator[Line]:
    yield from state_lines(context, job_type)
    yield from _lifecycles(job_type)
    yield from _reasons(job_type)
    yield from _handles(context, job_type) if job_type.goes_on else ()
    yield from _adopted(job_type)
    if job_type.operation("submit") is not None:
        yield from _submitted(context, job_type)
        yield from _found(context, job_type)
    if job_type.ends_well:
        yield from _of_runs(job_type)
        yield from _echoes(job_type)
        yield from _many(context, job_type)
    yield from _waits(context, job_type)


def _echoes(job_type: JobType) -> Iterator[Line]:
    if job_type.reader.echo is not None:
        at, field = job_type.reader.echo
        yield line("echoes", job_type.name, at=at, field=field)


def _lifecycles(job_type: JobType) -> Iterator[Line]:
    """All words on the way to a good end, and the last of them before each other end."""
    way = [word for word, state in job_type.reportable.items() if state not in ENDS]
    ends = {state: word for word, state in reversed(job_type.reportable.items()) if state in ENDS}
    for state, word in sorted(ends.items(), key=lambda item: ENDS.index(item[0])):
        known = [before for before in way if job_type.reportable[before] != "unknown"]
        before = way if state == next((good for good in GOOD if good in ends), None) else known[-1:]
        yield line("lifecycle", job_type.name, *before, word).then("ends", state)


def _reasons(job_type: JobType) -> Iterator[Line]:
    """What each documented response to the call for the reason of a failure tells."""
    role = job_type.operation("failure")
    when = [str(state) for state in listed(job_type.holder("failure").get("when"))] or ["failed"]
    if role is None or not job_type.tells_of(when):
        return
    body = job_type.telling(*when).body.json
    baseline_response = job_type.reader.job_response(body)
    parameters = objects(job_type.holder("failure").get("parameters")).values()
    if any("first" in objects(source) and baseline_response.look(source) is MISSING for source in parameters):
        return  # no documented response tells what the call is given
    shown = {name: item for each in role.responses if each.success for name, item in each.content.examples.items()}
    for name, failure in (shown or {"": job_type.success("failure")[1]}).items():
        reportable = {
            fact: value for fact, value in job_type.reader.reasons(body, failure).items() if value is not None
        }
        yield line("reason", job_type.name, *filter(None, [name])).then("tells", **reportable)


def _handles(context: SuiteContext, job_type: JobType) -> Iterator[Line]:
    """What each role asks, for each way to identify a job, of another place than the client's."""
    for number, own in enumerate(job_type.identities):
        identity = {**own, **job_type.elsewhere("status")}
        roles = [role for role in _ROLES if job_type.operation(role) is not None and (role == "status" or not number)]
        asked = {role: _request(context, job_type, role, identity) for role in roles}
        yield line("handle", job_type.name, **identity).then("asks", **asked)


def _request(context: SuiteContext, job_type: JobType, role: str, job: Mapping[str, Json]) -> object:
    """The request of a role: its line, with a body where there is one."""
    request = _called(context, job_type, role, job, {})
    return request[0] if len(request) == 1 else request


def _called(
    context: SuiteContext, job_type: JobType, role: str, job: Mapping[str, Json], given_: Mapping[str, Json]
) -> tuple[object, ...]:
    operation = job_type.called(role)
    by_wire = {item.wire: item.name for item in reversed(context.arguments(operation))}
    arguments = job_type.arguments(role, {**context.options, **job}, **given_)
    path = job_type.called_at(role, job)
    if path is not None:
        arguments |= {item.wire: "made-up" for item in operation.parameters if item.location == "path"}
    named = {by_wire[wire]: value for wire, value in arguments.items() if wire in by_wire}
    request = request_of(context, operation, named)
    if path is None:
        return request
    method, target = str(request[0]).split(" ", 1)
    return (f"{method} {path}{''.join(target.partition('?')[1:])}", *request[1:])


def _line_of(context: SuiteContext, job_type: JobType, role: str, job: Mapping[str, Json], **given_: Json) -> str:
    """The line of the request of a role."""
    return str(_called(context, job_type, role, job, given_)[0])


def _adopted(job_type: JobType) -> Iterator[Line]:
    known = {name: value for own in job_type.identities for name, value in own.items()}
    for rule in listed(entry(job_type.spec, "adopt")):
        body: Json = {}
        identity: dict[str, Json] = {}
        for name, pointer in objects(rule).items():
            identity[name] = known.get(name, 7 if job_type.integer(name) else "made-up")
            body = put(body, str(pointer), identity[name])
        yield line("adopts", job_type.name, body, **identity)


# Submissions


def _submitted(context: SuiteContext, job_type: JobType) -> Iterator[Line]:
    """What responses to submit tell: the end, and the identity, wherever it is taken from."""
    operation = job_type.called("submit")
    status, body = job_type.documented("submit")
    response = operation.response(status)
    name = next((name for name, shown in response.content.examples.items() if shown == body), "") if response else ""
    start = begun(context, operation, status, name, body)
    own = _identity_in(job_type, body)
    if own and own.keys() >= {name for name in job_type.identity if not job_type.of_client(name)}:
        yield start.then("names", job_type.name, **own)
    for field, spec in job_type.identity.items():
        places = [
            place.partition("#")[2] for place in texts(entry(spec, "from")) if place.startswith("$response.body#")
        ]
        for number, pointer in enumerate(places):
            value: Json = 4711 + number if job_type.integer(field) else f"{'/' * job_type.is_url(field)}job-{number}"
            bare = body
            for earlier in places[:number]:
                bare = put(bare, earlier, MISSING)
            if find(body, pointer) is MISSING or number or len(places) > 1:
                found = put(bare, pointer, value)
                yield changed(context, operation, status, name, body, found).then(
                    "names", job_type.name, **{**own, field: value}
                )
    yield from _final(context, job_type, operation, status, name, body)


def _identity_in(job_type: JobType, body: Json) -> dict[str, Json]:
    """The identity that a response to submit names, and its request, which is documented or made up."""
    found: dict[str, Json] = {}
    for name, spec in job_type.identity.items():
        places = texts(entry(spec, "from"))
        values = [find(body, place.partition("#")[2]) for place in places if place.startswith("$response.body#")]
        shown = next((value for value in values if isinstance(value, str | int)), None)
        if shown is not None:
            found[name] = int(shown) if job_type.integer(name) else str(shown)
        elif any(place.startswith("$request.") for place in places):
            found[name] = job_type.identities[0].get(name, 1 if job_type.integer(name) else "made-up")
    return found


def _final(
    context: SuiteContext, job_type: JobType, operation: Operation, status: int, name: str, body: Json
) -> Iterator[Line]:
    """Whether the response to submit is the end already, and what it says of the new run."""
    final = objects(entry(job_type.spec, "submit", "final"))
    place = str(final.get("from", ""))
    shown = objects(objects(_examples(operation, status)).get(name)).get("x-expect")
    if place.startswith("$response.body#"):
        pointer = place.partition("#")[2]
        holding: list[Found] = [*compared_values(final)] or [job_type.wanted(final)]
        for value in (*holding, *_others(context, operation, status, pointer, holding)):
            told = put(body, pointer, value)
            begin = changed(context, operation, status, name, body, told)
            if job_type.reader.holds(final, job_type.reader.job_response(told, status)):
                said = told == body and isinstance(shown, dict) and shown.get("state") == final.get("state")
                yield begin.then("shows" if said else "reads", job_type.name, state=final.get("state"))
            elif job_type.ends_well:
                yield begin.then("goes_on", job_type.name)
    elif isinstance(shown, dict) and "state" in shown and texts(entry(job_type.spec, "run", "submitted")):
        yield begun(context, operation, status, name, body).then("shows", job_type.name, state=shown["state"])


def _others(context: SuiteContext, operation: Operation, status: int, pointer: str, values: list[Found]) -> list[Json]:
    """Another documented value for a place, or one that is made up."""
    response = operation.response(status)
    part = response.content.part if response is not None else None
    for step in pointer.split("/")[1:]:
        shapes = context.document.shapes(part) if part is not None else ()
        part = next((inner for shape in shapes if (inner := shape.properties.get(step)) is not None), None)
    enum_values = (
        [word for shape in context.document.shapes(part) for word in shape.enum_values or ()]
        if part is not None
        else []
    )
    truths: list[Json] = [not value for value in values if isinstance(value, bool)]
    return [word for word in enum_values if word not in values][:1] or truths or ["made-up"]


def _examples(operation: Operation, status: int) -> Json:
    content = objects(entry(dict(operation.node), "responses", str(status), "content"))
    return entry(next(iter(content.values()), None), "examples")


def _found(context: SuiteContext, job_type: JobType) -> Iterator[Line]:
    """How the new run is told from others, and found where the response names none."""
    if entry(job_type.spec, "run", "baseline") is not None and job_type.ends_well and len(job_type.reportable) > 2:
        yield from _scenes(job_type)
    if job_type.operation("discover") is not None:
        yield from _discovered(context, job_type)
    parameter = entry(job_type.spec, "submit", "idempotency", "parameter")
    if isinstance(parameter, str):
        carries = objects(job_type.holder("submit").get("parameters")).get(parameter, "$key")
        looks = ""
        listed_at = given()
        if job_type.operation("list") is not None:
            listed_at = _listed_at(job_type, "list")
            job = {**job_type.identities[0], **job_type.elsewhere("submit")}
            looks = _line_of(context, job_type, "list", job, key=_KEY, page=1).replace(_KEY, "$key")
        yield line("keyed", job_type.name, parameter, carries=carries, **given(looks=looks), **listed_at)


def _listed_at(job_type: JobType, role: str) -> dict[str, object]:
    """Where a role's list is, and in its elements the fields of the identity."""
    holder = job_type.holder(role)
    at = str(holder.get("select", "")).partition("#")[2]
    return {**given(at=at), **objects(holder.get("identity"))}


def _scenes(job_type: JobType) -> Iterator[Line]:
    """Runs that were there before, runs that do not show, and runs that show beside one another."""
    good, bad, busy = job_type.end, job_type.telling("failed", "cancelled", *GOOD), job_type.busy
    hidden = job_type.reader.missing_state
    old, new, end = (1, good.name), (2, busy.name), (2, bad.name)
    states = (hidden, busy.state, bad.state)
    if texts(entry(job_type.spec, "run", "submitted")):
        scene = line("submission", job_type.name, before=old, shows=2, then=(old, new, end))
        yield scene.then("tells", *states)
        yield line("submission", job_type.name, shows=2, then=(None, end)).then("tells", hidden, bad.state)
        yield line("submission", job_type.name, before=old, shows=1, then=(old, end)).then("tells", hidden, bad.state)
    yield line("submission", job_type.name, before=old, then=(old, new, end)).then("tells", *states)
    if isinstance(find(job_type.base.json, job_type.reader.select), list):
        both = [new, (3, busy.name)]
        yield line("submission", job_type.name, before=old, then=(both,)).then("raises", "AmbiguousRun")
        yield line("submission", job_type.name, before=old, then=([old, new],)).then("tells", busy.state)


def _discovered(context: SuiteContext, job_type: JobType) -> Iterator[Line]:
    """The run that is new in a list; older ones that come into view are not it."""
    name = str(entry(job_type.spec, "discover", "identity"))
    ids = [186, 185, 187, 188] if job_type.integer(name) else ["run-b", "run-a", "run-c", "run-d"]
    before, older, new, newer = ids
    operation = job_type.called("discover")
    asks = _discovery_request(context, job_type, operation)
    within = seconds(str(entry(job_type.spec, "discover", "for") or "PT30S"))
    at = str(job_type.holder("discover").get("select", "")).partition("#")[2]
    key = str(entry(job_type.spec, "discover", "key"))
    named: dict[str, object] = {"asks": asks, **given(at=at), "key": key, "before": (before,), "within": within}
    late = (older, before) if job_type.integer(name) else (before,)
    rest = ((*late, new), (*late, new))
    yield line("discovery", job_type.name, **named, then=(late, *rest)).then("finds", new)
    yield line("discovery", job_type.name, **named, then=((before, new, newer),)).then("finds", None)
    yield line("discovery", job_type.name, **named, then=((before,),)).then("finds", None)


def _discovery_request(context: SuiteContext, job_type: JobType, operation: Operation) -> str:
    by_wire = {item.wire: item.name for item in reversed(context.arguments(operation))}
    values: dict[str, object] = {}
    submit = job_type.called("submit")
    for wire, template in job_type.templates("discover").items():
        value = template
        if isinstance(template, str) and template.startswith("$request."):
            source = template.rpartition("/")[2] if "#" in template else template.split(".", 2)[2]
            value = _minimal_argument(context, submit, source)
        elif isinstance(template, str) and template.startswith("$job."):
            value = {**context.options, **job_type.identities[0]}.get(template.removeprefix("$job."))
        if wire in by_wire and value is not None:
            values[by_wire[wire]] = value
    return str(request_of(context, operation, values)[0])


def _minimal_argument(context: SuiteContext, operation: Operation, wire: str) -> Json:
    """The value that the least call has for an argument: documented, else small."""
    for item in context.arguments(operation):
        if item.wire == wire:
            shown = next(iter(item.parameter.examples.values()), MISSING) if item.parameter is not None else MISSING
            value = context.document.schemas.minimal(item.part) if isinstance(shown, Missing) else shown
            return value if value not in ("", {}) else "made-up"
    return None


def _of_runs(job_type: JobType) -> Iterator[Line]:
    """What tells runs from one another, and one that does not show."""
    if not job_type.reader.by_name:
        return
    match = {
        name: str(place).removeprefix("$job.") for name, place in objects(entry(job_type.spec, "run", "match")).items()
    }
    lists = isinstance(find(job_type.base.json, job_type.reader.select), list)
    key = tuple(texts(entry(job_type.spec, "run", "key")))
    order = tuple(str(part.get("key")) for part in job_type.reader.order)
    more = {**given(order=order), **given(match=match if lists else {}), **given(exclude=job_type.reader.excluded)}
    yield line("runs", job_type.name, key=key, **more)
    if job_type.operation("submit") is not None and entry(job_type.spec, "run", "missing") is not None:
        yield line("missing", job_type.name, job_type.reader.missing_state, within=job_type.reader.missing_for)


def _many(context: SuiteContext, job_type: JobType) -> Iterator[Line]:
    if job_type.operation("status_many") is not None:
        job = {**job_type.identities[0], **job_type.elsewhere("status_many")}
        asks = _line_of(context, job_type, "status_many", job, page=1, ids=_ids(job_type))
        yield line("lists", job_type.name, asks, **{"at": "", **_listed_at(job_type, "status_many")})


def _ids(job_type: JobType) -> Json:
    """The ids of three jobs, as far as one call takes them: as a list, or as a text with commas."""
    held = job_type.holder("status_many")
    names = list(objects(held.get("identity")))
    ids: list[Json] = [101 + number if job_type.integer(names[0]) else f"job-{number}" for number in range(3)]
    most = held.get("max")
    asked = ids[:most] if isinstance(most, int) else ids
    wires = [wire for wire, value in job_type.templates("status_many").items() if value == "$ids"]
    parameters = job_type.called("status_many").parameters
    texts_ = [
        item for item in parameters if item.wire in wires and "array" not in types_of(job_type.document, item.part)
    ]
    return ",".join(map(str, asked)) if texts_ else asked


def _waits(context: SuiteContext, job_type: JobType) -> Iterator[Line]:
    poll, just = job_type.reader.poll, job_type.reader.just_submitted
    if job_type.ends_well:
        tolerated = " ".join([*map(str, poll.statuses), *(["transport"] if poll.transport else [])])
        yield line(
            "pace", job_type.name, initial=poll.initial, max=poll.max, multiplier=poll.multiplier, timeout=poll.timeout,
            tolerates=tolerated, tolerates_for=poll.tolerate, unknown=job_type.reader.unknown_for,
        )  # fmt: skip
    if just is not None and job_type.goes_on and job_type.operation("submit") is not None:
        yield line("not_found", job_type.name, just[0], within=just[1], confirm=job_type.reader.gone_for)
    limits = dict(_limits(context, job_type))
    if limits:
        yield line("limits", job_type.name, limits)


def _limits(context: SuiteContext, job_type: JobType) -> Iterator[tuple[str, str]]:
    """The limits of the calls of a job type, as said at the root."""
    roles = (*_ROLES, "failure", "submit", "list", "status_many", "discover")
    own = {operation.id for role in roles if (operation := job_type.operation(role)) is not None}
    for limit in map(objects, listed(context.document.data.get("x-rate-limits"))):
        calls = texts(limit.get("operations"))
        if own & set(calls):
            by = " by client" if limit.get("scope") == "client" else ""
            yield " ".join(calls), f"{limit.get('limit')} in {seconds(str(limit.get('per'))):g} s{by}"
