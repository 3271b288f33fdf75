"""Builds the IR of `x-jobs` and `x-rate-limits`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from jobclients_core.expressions import KEY, name_in, parse
from jobclients_core.jobparts import Identity, RateLimit, Role
from jobclients_core.jobtype import JobType
from jobclients_core.pointers import split

from vendorsmith import names
from vendorsmith.build.cursor import Cursor
from vendorsmith.build.extensions import evidence
from vendorsmith.build.naming import spell
from vendorsmith.ir import Operation
from vendorsmith.ir_jobs import JobTypeIr
from vendorsmith.spec import jobtype
from vendorsmith.spec.source_map import Object


def rate_limits(root: Cursor, operations: Iterable[Operation]) -> tuple[RateLimit, ...]:
    """What the root's `x-rate-limits` says, with operations by the names of their methods."""
    methods = {operation.id: operation.name for operation in operations}
    limits = [jobtype.rate_limit(entry.value) for entry in root.get("x-rate-limits") if isinstance(entry.value, dict)]
    return tuple(
        replace(limit, operations=tuple(methods.get(id_, id_) for id_ in limit.operations)) for limit in limits
    )


def job_types(root: Cursor, operations: Iterable[Operation], prefix: str, vendor: str) -> tuple[JobTypeIr, ...]:
    """The job types of a document, in its order.

    Args:
        root: the document's root node.
        operations: everything that a role may name.
        prefix: what the classes of the vendor begin with.
        vendor: the vendor's name.
    """
    by_id = {operation.id: operation for operation in operations}
    limits = rate_limits(root, by_id.values())
    found = {
        wire: _facts(cursor, wire, cursor.value, by_id, limits, prefix, vendor)
        for wire, cursor in root.get("x-jobs").items()
        if isinstance(cursor.value, dict)
    }
    _check_names(root, found, by_id.values(), prefix)
    return tuple(found.values())


def _check_names(root: Cursor, found: Mapping[str, JobTypeIr], operations: Iterable[Operation], prefix: str) -> None:
    methods = {operation.name for operation in operations}
    classes = {f"{prefix}Client": "the client"} | dict.fromkeys(names.JOB_CLASS_NAMES, "the runtime")
    for wire, kind in found.items():
        place = root.document.key_place(root.get("x-jobs").get(wire).pointer)
        if kind.type.name in methods:
            root.diagnostics.add(
                "duplicate-name",
                f"the kind of job `{kind.type.name}` has the name of a method of the client",
                place,
                "give the kind or the operation another name",
            )
        for name in (kind.class_name, kind.collection_name):
            if name in classes:
                root.diagnostics.add(
                    "duplicate-name",
                    f"the kind of job `{kind.type.name}` would have the class `{name}`, as {classes[name]} has",
                    place,
                    "give the kind another name",
                )
            classes.setdefault(name, f"the kind `{kind.type.name}`")


def _facts(
    cursor: Cursor,
    wire: str,
    said: Object,
    operations: Mapping[str, Operation],
    limits: tuple[RateLimit, ...],
    prefix: str,
    vendor: str,
) -> JobTypeIr:
    name = spell(cursor, wire, lambda text: names.snake(text, names.METHOD_NAMES), "kind of job")
    plural = names.pascal(name, frozenset())
    completion = _Completion(jobtype.job_type(said, name, vendor), cursor, operations)
    alternatives = completion.alternatives()
    state = cursor.get("state")
    return JobTypeIr(
        type=completion.complete(alternatives, limits),
        constant=names.constant(name, names.CONSTANT_NAMES),
        class_name=f"{prefix}{_singular(plural)}",
        collection_name=f"{prefix}{plural}",
        summary=cursor.text("summary"),
        at=cursor.locator,
        descriptions={key: part.text("description") for key, part in cursor.get("identity").items()},
        alternatives=alternatives,
        rules=len(list(state.get("rules"))),
        words=tuple((word, entry.value) for word, entry in state.get("map").items() if isinstance(entry.value, str)),
        inferred=state.texts("inferred"),
        evidence=evidence(cursor),
    )


@dataclass(frozen=True, slots=True)
class _Completion:
    """Completes a job type by what follows from the operations of its roles.

    Attributes:
        type: as the document says it, with operationIds.
        cursor: its entry in `x-jobs`.
        operations: by operationId.
    """

    type: JobType[Any]
    cursor: Cursor
    operations: Mapping[str, Operation]

    def complete(self, alternatives: tuple[tuple[str, ...], ...], limits: tuple[RateLimit, ...]) -> JobType[Any]:
        """The type with ids of operations, every parameter that they are given, and the types of its identity."""
        found, grouped = self.type, {name for group in alternatives for name in group}
        roles: dict[str, Any] = {name: self._role(role, submits=name == "submit") for name, role in found.roles.items()}
        discover = found.discover and replace(found.discover, role=self._role(found.discover.role))
        used = {role.operation for role in (*roles.values(), *([discover.role] if discover else []))}
        identity = tuple(
            replace(part, type=self._type_of(part.name), optional=part.optional or part.name in grouped)
            for part in found.identity
        )
        concerned = tuple(limit for limit in limits if used & set(limit.operations))
        return replace(found, **roles, discover=discover, identity=identity, limits=concerned)

    def alternatives(self) -> tuple[tuple[str, ...], ...]:
        """Groups of fields of the identity of which a handle holds exactly one, as the call for the status says."""
        status = self.type.status
        given = self._given(status)
        groups = (
            tuple(name for wire in group if (name := name_in(given.get(wire), "job")) is not None)
            for group in self.operations[status.operation].exactly_one_of
        )
        return tuple(group for group in groups if len(group) > 1)

    def _role(self, role: Role, *, submits: bool = False) -> Role:
        parameters = self._submitted(role) if submits else self._given(role)
        return replace(role, operation=self.operations[role.operation].name, parameters=parameters)

    def _given(self, role: Role) -> dict[str, Any]:
        """What is passed to an operation; parameters that carry the name of an identity field need not be said."""
        given, known = dict(role.parameters), {part.name for part in self.type.identity}
        for parameter in self.operations[role.operation].parameters:
            named = next((name for name in (parameter.wire, parameter.name) if name in known), None)
            in_path = parameter.location == "path" and not role.url
            if named and parameter.wire not in {*given, *role.sources} and (in_path or parameter.client != "no"):
                given[parameter.wire] = f"$job.{named}"
        return given

    def _submitted(self, role: Role) -> dict[str, Any]:
        """What is passed to submit beside what the caller gives; the key of ours, where one is sent."""
        names = self.operations[role.operation].argument_names
        parts = {part.name: part for part in self.type.identity}
        given = {
            wire: value
            for wire, value in role.parameters.items()
            if not _yields(parts.get(name_in(value, "job") or ""), wire, names[wire])
        }
        if self.type.idempotency is not None:
            given.setdefault(self.type.idempotency, KEY)
        return given

    def _type_of(self, name: str) -> Literal["string", "integer", "url"]:
        """What a field of the identity is said to be, or what the parameter of a role is that takes it."""
        kind = self.cursor.get("identity").get(name).text("type")
        roles = self.type.roles
        for role in (roles[key] for key, _ in self.cursor.get("operations").items() if key != "submit"):
            passed = {wire for wire, value in self._given(role).items() if value == f"$job.{name}"}
            taking = self.operations[role.operation].arguments
            kind = kind or next((entry.type.kind for entry in taking if entry.wire in passed), "")
        return "integer" if kind == "integer" else "url" if kind == "url" else "string"


def _yields(part: Identity | None, wire: str, argument: str) -> bool:
    """Whether the identity itself takes a part from an argument of submit, which then is the caller's to give."""
    places = [parse(source) for source in part.source] if part is not None else []
    return any(
        place is not None
        and (
            (place.root == "request" and (split(place.name)[0] if place.part == "body" else place.name) == wire)
            or (place.root == "client" and place.name == argument)
        )
        for place in places
    )


def _singular(plural: str) -> str:
    """The name of one of several; where the word says no plural, a handle of it."""
    if plural.endswith("ies"):
        return f"{plural[:-3]}y"
    return plural[:-1] if plural.endswith("s") and not plural.endswith("ss") else f"{plural}Handle"
