"""The kinds of jobs of a spec: what identifies a made-up job, and an answer for each documented word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from jobclients_contract.cases import Json, Kind, Operation, State
from jobclients_contract.reading.jobs import Reader
from jobclients_contract.reading.pointers import MISSING, entry, find, put, texts

from vendorsmith.build.node import Node
from vendorsmith.cases.jobstates import Answers, Shape
from vendorsmith.cases.reading import Source


def kinds(source: Source, operations: Sequence[Operation]) -> Iterator[Kind]:
    """The kinds of jobs, in the spec's order."""
    by_id = {operation.id: operation for operation in operations}
    for name, node in source.root.get("x-jobs").items():
        roles = {
            role: by_id[item.text("operationId")]
            for role, item in node.get("operations").items()
            if item.text("operationId") in by_id
        }
        if "status" in roles:
            yield _kind(source, name, node, roles)


def _kind(source: Source, name: str, node: Node, roles: Mapping[str, Operation]) -> Kind:
    ways = list(_identities(node, roles["status"]))
    identity = ways[0] if ways else {}
    answers = Answers(source, node, roles["status"], identity)
    submit = roles.get("submit")
    submission, submitted, final = _submission(source, node, submit, identity, answers) if submit else ({}, None, None)
    return Kind(
        name=name,
        where=node.locator,
        spec=node.value,
        identity=identity,
        roles={role: operation.method for role, operation in roles.items()},
        states=tuple(answers.states()),
        others=tuple(ways[1:]),
        submission=submission,
        submitted=submitted,
        final=final,
        rates=tuple(_rates(source, roles["status"])),
    )


def _rates(source: Source, status: Operation) -> Iterator[tuple[int, str]]:
    """The documented limits that the status call is under."""
    for rule in source.root.get("x-rate-limits"):
        limit = rule.get("limit").value
        if status.id in rule.texts("operations") and isinstance(limit, int):
            yield limit, rule.text("per")


def _identities(node: Node, status: Operation) -> Iterator[dict[str, Json]]:
    """The ways to identify a job: what every handle has, with each of the fields that are alternatives."""
    arguments = {item.wire: item for item in status.arguments}
    places = node.get("operations").get("status").get("parameters").value
    taken = {str(value): wire for wire, value in places.items()} if isinstance(places, dict) else {}
    common: dict[str, Json] = {}
    alternatives: list[dict[str, Json]] = []
    for name, field in node.get("identity").items():
        argument = arguments.get(taken.get(f"$job.{name}", name))
        if argument is None or any(place.startswith("$client.") for place in texts(field.get("from").value)):
            continue
        value = {name: argument.value}
        if any(argument.name in group for group in status.exactly_one):
            alternatives.append(value)
        elif not field.flag("optional"):
            common |= value
    yield from ({**common, **chosen} for chosen in alternatives or [{}])


def _submission(
    source: Source, node: Node, submit: Operation, identity: Mapping[str, Json], answers: Answers
) -> tuple[dict[str, Json], Json, State | None]:
    """Arguments that submit a job, the answer that names it, and the one that is its end already."""
    arguments = submit.least
    shape = Shape.of(source, submit)
    reader = answers.reader
    ending = node.get("submit").get("final")
    bodies = shape.bodies
    if ending.value is not None:
        bodies = sorted(bodies, key=lambda body: reader.holds(ending.value, reader.told(body)))
    body = bodies[0]
    for name, field in node.get("identity").items():
        for place in texts(field.get("from").value):
            head, _, pointer = place.partition("#")
            if name in identity and head.startswith("$request"):
                wire = pointer.removeprefix("/") or place.split(".", 2)[2]
                arguments |= {item.name: identity[name] for item in submit.arguments if item.wire == wire}
            elif name in identity and head == "$response.body":
                body = put(body, pointer, identity[name])
    body = _with_run(node, reader, body, answers)
    return arguments, body, _final(source, ending, body, shape)


def _with_run(node: Node, reader: Reader, body: Json, answers: Answers) -> Json:
    """The answer to submit, showing the run that the answers to status speak of, in its own types."""
    place = entry(node.value, "run", "submitted")
    if not isinstance(place, str):
        return body
    pointer = place.partition("#")[2]
    if isinstance(find(body, pointer), list):
        pointer += "/0"
    for part, value in answers.own_run.items():
        old = find(body, pointer + part)
        if old is not MISSING:
            body = put(body, pointer + part, str(value) if isinstance(old, str) else value)
    return body


def _final(source: Source, ending: Node, body: Json, shape: Shape) -> State | None:
    if ending.value is None:
        return None
    pointer = ending.text("from").partition("#")[2]
    listed = ending.get("in").value
    wanted = listed[0] if isinstance(listed, list) else ending.get("equals").value
    whole = put(body, pointer, wanted)
    if wanted is None or not shape.valid(whole):
        return None
    return State("final", "", ending.text("state"), ending.locator, whole)
