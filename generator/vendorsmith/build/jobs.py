"""`x-jobs` and `x-rate-limits` to facts: kinds of jobs against the operations that serve them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jobclients_core.pointers import unescape

from vendorsmith import names
from vendorsmith.build.extensions import evidence
from vendorsmith.build.node import Node
from vendorsmith.build.spelling import spell
from vendorsmith.ir import BodyField, Operation, Parameter
from vendorsmith.ir_base import Condition, Json, Scalar
from vendorsmith.ir_jobs import (
    JobDiscover,
    JobField,
    JobIdentity,
    JobKind,
    JobPoll,
    JobRefinement,
    JobRole,
    JobRule,
    JobRun,
    RateLimit,
)
from vendorsmith.spec import jobstates
from vendorsmith.spec.durations import seconds

Arguments = tuple[tuple[str, Any], ...]


def rate_limits(root: Node, operations: Iterable[Operation]) -> tuple[RateLimit, ...]:
    """What the root's `x-rate-limits` says, with operations by the names of their methods."""
    methods = {operation.id: operation.name for operation in operations}
    return tuple(
        RateLimit(
            operations=tuple(methods.get(id_, id_) for id_ in entry.texts("operations")),
            limit=_integer(entry, "limit"),
            per=seconds(entry.text("per")),
            scope="client" if entry.text("scope") == "client" else "account",
        )
        for entry in root.get("x-rate-limits")
    )


def kinds(root: Node, operations: Iterable[Operation], prefix: str) -> tuple[JobKind, ...]:
    """The kinds of jobs of a document, in its order.

    Args:
        root: the document's root node.
        operations: everything that a role may name.
        prefix: what the classes of the vendor begin with.
    """
    by_id = {operation.id: operation for operation in operations}
    found = {name: _Builder(node, name, by_id, prefix).build() for name, node in root.get("x-jobs").items()}
    _check_names(root, found, by_id.values(), prefix)
    return tuple(found.values())


def _check_names(root: Node, found: Mapping[str, JobKind], operations: Iterable[Operation], prefix: str) -> None:
    methods = {operation.name for operation in operations}
    classes = {f"{prefix}Client": "the client"} | dict.fromkeys(names.JOB_CLASS_NAMES, "the runtime")
    for wire, kind in found.items():
        place = root.document.key_place(root.get("x-jobs").get(wire).pointer)
        if kind.name in methods:
            root.problems.add(
                "duplicate-name",
                f"the kind of job `{kind.name}` has the name of a method of the client",
                place,
                "give the kind or the operation another name",
            )
        for name in (kind.class_name, kind.collection_name):
            if name in classes:
                root.problems.add(
                    "duplicate-name",
                    f"the kind of job `{kind.name}` would have the class `{name}`, as {classes[name]} has",
                    place,
                    "give the kind another name",
                )
            classes.setdefault(name, f"the kind `{kind.name}`")


@dataclass(frozen=True, slots=True)
class _Builder:
    """Builds one kind.

    Attributes:
        node: its entry in `x-jobs`.
        wire: its name there.
        operations: by id.
        prefix: what the classes of the vendor begin with.
    """

    node: Node
    wire: str
    operations: Mapping[str, Operation]
    prefix: str

    def build(self) -> JobKind:
        """The kind with everything that is said of it."""
        node, state = self.node, self.node.get("state")
        name = spell(node, self.wire, lambda text: names.snake(text, names.METHOD_NAMES), "kind of job")
        status = self._role("status")
        assert status is not None  # a document without it is no valid one
        plural = names.pascal(name, frozenset())
        return JobKind(
            name=name,
            constant=names.constant(name, names.CONSTANT_NAMES),
            class_name=f"{self.prefix}{_singular(plural)}",
            collection_name=f"{self.prefix}{plural}",
            summary=node.text("summary"),
            identity=tuple(self._identity(entry, field) for entry, field in node.get("identity").items()),
            alternatives=self._alternatives(status),
            status=status,
            submit=self._role("submit"),
            cancel=self._role("cancel"),
            result=self._role("result"),
            progress=self._role("progress"),
            logs=self._role("logs"),
            list=self._role("list"),
            status_many=self._role("status_many"),
            run=_run(node.get("run")),
            discover=self._discover(node.get("discover")),
            words=jobstates.words(state.value) if isinstance(state.value, dict) else (),
            casefold=state.text("match") == "casefold",
            rules=tuple(_rules(state)),
            absent=state.text("absent"),
            refine=tuple(
                JobRefinement(entry.text("if"), _conditions(entry.get("when")), entry.text("to"))
                for entry in state.get("refine")
            ),
            unknown_for=_seconds(state.get("unknown"), "for"),
            not_found=_state_for(state.get("not_found").get("just_submitted")),
            fields=tuple(_field(name, entry) for name, entry in node.get("fields").items()),
            final=_final(node.get("submit").get("final")),
            idempotency=self._idempotency(self._operation(node.get("operations").get("submit"))),
            adopt=tuple(
                tuple((name, place.value) for name, place in entry.items() if isinstance(place.value, str))
                for entry in node.get("adopt")
            ),
            poll=_poll(node.get("poll")),
            evidence=evidence(node),
        )

    def _operation(self, node: Node) -> Operation | None:
        return self.operations.get(node.text("operationId"))

    def _role(self, role: str) -> JobRole | None:
        node = self.node.get("operations").get(role)
        operation = self._operation(node)
        if operation is None:
            return None
        identity = tuple(
            (name, place.value) for name, place in node.get("identity").items() if isinstance(place.value, str)
        )
        arguments = self._submitted(node, operation) if role == "submit" else self._arguments(node, operation)
        return JobRole(operation.name, arguments, node.text("select"), identity)

    def _arguments(self, node: Node, operation: Operation) -> Arguments:
        """What is passed to an operation; parameters that carry the name of an identity field need not be said."""
        wires = _argument_names(operation)
        given: dict[str, Any] = {wires[wire]: entry.value for wire, entry in node.get("parameters").items()}
        identity = self.node.get("identity")
        for parameter in operation.parameters:
            named = next((name for name in (parameter.wire, parameter.name) if identity.has(name)), None)
            if named and parameter.name not in given and (parameter.location == "path" or parameter.client != "no"):
                given[parameter.name] = f"$job.{named}"
        return tuple(given.items())

    def _submitted(self, node: Node, operation: Operation) -> Arguments:
        """What is passed to submit beside what the caller gives; the key of ours, where one is sent."""
        wires = _argument_names(operation)
        given = {
            wires[wire]: entry.value
            for wire, entry in node.get("parameters").items()
            if not self._is_own(operation, wires[wire], entry.value)
        }
        if key := self._idempotency(operation):
            given.setdefault(key, "$key")
        return tuple(given.items())

    def _idempotency(self, submit: Operation | None) -> str:
        wire = self.node.get("submit").get("idempotency").text("parameter")
        return _argument_names(submit).get(wire, "") if submit else ""

    def _is_own(self, operation: Operation, argument: str, value: Json) -> bool:
        """Whether submit is said to pass on an argument that the identity itself takes from that argument."""
        if not isinstance(value, str) or not value.startswith("$job."):
            return False
        source = self.node.get("identity").get(value.removeprefix("$job."))
        return f"$request.{argument}" in self._sources(source, operation)

    def _sources(self, node: Node, submit: Operation | None) -> tuple[str, ...]:
        """Where submit finds a field; what a call may override is looked for in its arguments first."""
        found: list[str] = []
        for place in jobstates.places(node.get("from").value):
            name = place.removeprefix("$client.")
            if name != place and submit is not None and any(entry.name == name for entry in _arguments_of(submit)):
                found.append(f"$request.{name}")
            found.append(_source(place, submit))
        return tuple(found)

    def _identity(self, name: str, node: Node) -> JobIdentity:
        submit = self._operation(self.node.get("operations").get("submit"))
        optional = node.flag("optional") or any(name in group for group in self._alternatives(self._role("status")))
        declared = node.text("type") or self._type_of(name)
        return JobIdentity(
            name=name,
            sources=self._sources(node, submit),
            type="integer" if declared == "integer" else "string",
            optional=optional,
            description=node.text("description"),
        )

    def _type_of(self, name: str) -> str:
        """What the parameter of a role is that takes an identity field."""
        for role, node in self.node.get("operations").items():
            operation = self._operation(node)
            if operation is None or role == "submit":
                continue
            passed = {argument for argument, value in self._arguments(node, operation) if value == f"$job.{name}"}
            found = next((entry.type.kind for entry in _arguments_of(operation) if entry.name in passed), "")
            if found:
                return found
        return "string"

    def _alternatives(self, status: JobRole | None) -> tuple[tuple[str, ...], ...]:
        """Groups of identity fields of which a handle holds exactly one, as the call for the status says."""
        operation = self._operation(self.node.get("operations").get("status"))
        if operation is None or status is None:
            return ()
        wires = {parameter.wire: parameter.name for parameter in operation.parameters}
        passed = {
            argument: value.removeprefix("$job.")
            for argument, value in status.arguments
            if isinstance(value, str) and value.startswith("$job.")
        }
        groups = (
            tuple(passed[wires[wire]] for wire in group if wires.get(wire) in passed)
            for group in operation.exactly_one_of
        )
        return tuple(group for group in groups if len(group) > 1)

    def _discover(self, node: Node) -> JobDiscover | None:
        operation = self._operation(node)
        if operation is None:
            return None
        submit = self._operation(self.node.get("operations").get("submit"))
        arguments = tuple(
            (name, _source(value, submit) if isinstance(value, str) else value)
            for name, value in self._arguments(node, operation)
        )
        return JobDiscover(
            operation.name,
            arguments,
            node.text("select"),
            node.text("key"),
            node.text("identity"),
            _seconds(node, "for"),
        )


def _arguments_of(operation: Operation) -> Iterator[Parameter | BodyField]:
    yield from operation.parameters
    yield from operation.body.fields if operation.body else ()


def _argument_names(operation: Operation) -> dict[str, str]:
    """The arguments of a method by wire name; a parameter before a property of the body of the same name."""
    found: dict[str, str] = {}
    for entry in _arguments_of(operation):
        found.setdefault(entry.wire, entry.name)
    return found


def _source(text: str, submit: Operation | None) -> str:
    """A place of the identity, with the arguments of submit by their Python names."""
    kind, _, rest = text.partition(".")
    if kind != "$request" or submit is None:
        return text
    where, _, wire = rest.partition(".")
    if rest.startswith("body#/"):
        key = unescape(rest.removeprefix("body#/"))
        fields = {entry.wire: entry.name for entry in (submit.body.fields if submit.body else ())}
        return f"$request.{fields.get(key, key)}"
    parameters = {(entry.location, entry.wire): entry.name for entry in submit.parameters}
    return f"$request.{next((name for (at, known), name in parameters.items() if (at, known) == (where, wire)), wire)}"


def _singular(plural: str) -> str:
    """The name of one of several; where the word says no plural, a handle of it."""
    if plural.endswith("ies"):
        return f"{plural[:-3]}y"
    return plural[:-1] if plural.endswith("s") and not plural.endswith("ss") else f"{plural}Handle"


def _rules(state: Node) -> Iterable[JobRule]:
    inferred = set(state.texts("inferred"))
    for entry in state.get("rules"):
        yield JobRule(entry.text("is"), _conditions(entry.get("when")))
    for mapping in jobstates.mappings(state.value) if isinstance(state.value, dict) else ():
        tests = tuple(
            Condition(test.source, "one_of", test.values) if test.values else Condition(test.source, "empty", (True,))
            for test in mapping.tests
        )
        yield JobRule(mapping.state, tests, mapping.word, mapping.word in inferred)


def _conditions(node: Node) -> tuple[Condition, ...]:
    entries = list(node) if isinstance(node.value, list) else [node]
    return tuple(_condition(entry) for entry in entries)


def _condition(node: Node) -> Condition:
    source = node.text("from")
    if node.has("equals"):
        return Condition(source, "one_of", (_scalar(node.get("equals")),))
    if node.has("in"):
        return Condition(source, "one_of", tuple(_scalar(item) for item in node.get("in")))
    if node.has("exists"):
        return Condition(source, "exists", (node.flag("exists"),))
    return Condition(source, "empty", (node.has("empty"),))


def _scalar(node: Node) -> Scalar:
    return None if isinstance(node.value, dict | list) else node.value


def _run(node: Node) -> JobRun | None:
    if not isinstance(node.value, dict):
        return None
    return JobRun(
        select=node.text("select", "$response.body#"),
        key=node.texts("key"),
        match=tuple((key, entry.value) for key, entry in node.get("match").items() if isinstance(entry.value, str)),
        submitted=node.text("submitted"),
        baseline=node.has("baseline"),
        missing=_state_for(node.get("missing")),
    )


def _field(name: str, node: Node) -> JobField:
    scale = node.get("scale").value
    return JobField(
        name=name,
        sources=jobstates.places(node.get("from").value),
        format=node.text("format"),
        pattern=node.text("pattern"),
        scale=float(scale) if isinstance(scale, int | float) else 1.0,
        total=node.text("total"),
        json=node.has("contentMediaType"),
    )


def _final(node: Node) -> JobRule | None:
    return JobRule(node.text("state"), (_condition(node),)) if isinstance(node.value, dict) else None


def _state_for(node: Node) -> tuple[str, float] | None:
    return (node.text("state"), seconds(node.text("for"))) if isinstance(node.value, dict) else None


def _poll(node: Node) -> JobPoll:
    tolerate = node.get("tolerate")
    multiplier, transport = node.get("multiplier").value, tolerate.get("transport").value
    statuses = tolerate.get("statuses").value
    return JobPoll(
        initial=_seconds(node, "initial"),
        max=_seconds(node, "max"),
        multiplier=float(multiplier) if isinstance(multiplier, int | float) else None,
        timeout=_seconds(node, "timeout"),
        tolerate=_seconds(tolerate, "for"),
        statuses=tuple(item for item in statuses if isinstance(item, int)) if isinstance(statuses, list) else None,
        transport=transport if isinstance(transport, bool) else None,
    )


def _seconds(node: Node, key: str) -> float | None:
    return seconds(node.text(key)) if node.has(key) else None


def _integer(node: Node, key: str) -> int:
    value = node.get(key).value
    return value if isinstance(value, int) else 0
