"""A job type and the operations that it uses, as the checks look at them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from jobclients_core.expressions import BODY, job_names, name_in, parse, pointer_in
from jobclients_core.pointers import join, of_place, parent, split
from jobclients_core.schema import Part

from vendorsmith.diagnostics import quote
from vendorsmith.spec.check import Check, entries, text
from vendorsmith.spec.conditions import check_conditions, elements, inside, places
from vendorsmith.spec.durations import seconds
from vendorsmith.spec.response_parts import check_expression, response_bodies
from vendorsmith.spec.source_map import JSON, Object
from vendorsmith.spec.wording import meant_or_known

ROLES: Final = ("submit", "status", "status_many", "cancel", "list", "result", "progress", "logs", "failure")


class CheckedOperation:
    """An operation that a job type uses, as the checks look at it.

    Attributes:
        id: its operationId.
        arguments: what it takes, by wire name (parameters, and properties of an object body), and whether a call
            without it cannot be sent.
        types: the types that the schema of an argument names.
        parameters: its parameters by wire name.
        client: the arguments that the client may know.
        alternatives: groups of arguments of which exactly one is given.
        fields: the properties of its body.
    """

    def __init__(self, check: Check, operation: Object, pointer: str) -> None:
        self.check = check
        self.operation = operation
        self.pointer = pointer
        self.id = text(operation.get("operationId"))
        self.arguments: dict[str, bool] = {}
        self.types: dict[str, list[str]] = {}
        self.parameters: dict[str, Object] = {}
        self.client: set[str] = set()
        self.paths: set[str] = set()
        self._located: dict[str, list[str]] = {}
        item = check.document.at(parent(pointer))
        owners = [(item, parent(pointer))] if isinstance(item, dict) else []
        for owner, at in [*owners, (operation, pointer)]:
            for parameter, _, _ in check.parameters(owner, at):
                self._add(parameter, at)
        self.fields = list(self._properties())
        groups = operation.get("x-exactly-one-of")
        self.alternatives = [
            [name for name in group if isinstance(name, str)]
            for group in (groups if isinstance(groups, list) else [])
            if isinstance(group, list)
        ]

    def response_bodies(self) -> list[Part]:
        """The schemas of the bodies of its good answers."""
        return list(response_bodies(self.check, self.operation, self.pointer))

    def elements(self, select: str) -> list[Part]:
        """The schemas of what is at a place of its responses: of the elements, where that is a list."""
        found: list[Part] = []
        for answer in self.response_bodies():
            for inner in self.check.schemas.within(answer, *split(pointer_in(select))):
                found += inside(self.check, inner, "items") or [inner]
        return found

    def located(self, location: str) -> list[str]:
        """The parameters at a location."""
        return self._located.get(location, [])

    def _add(self, parameter: Object, pointer: str) -> None:
        name, location = text(parameter.get("name")), text(parameter.get("in"))
        self.parameters[name] = parameter
        self.arguments[name] = location == "path" or parameter.get("required") is True
        self._located.setdefault(location, []).append(name)
        if location == "path":
            self.paths.add(name)
        if parameter.get("x-client-parameter"):
            self.client.add(name)
        schema = self.check.follow(parameter.get("schema"), join(pointer, "schema"))
        types = schema[0].get("type") if schema is not None else None
        self.types[name] = [types] if isinstance(types, str) else []

    def _properties(self) -> Iterator[str]:
        body = self.check.follow(self.operation.get("requestBody"), join(self.pointer, "requestBody"))
        for _, media in entries(body[0].get("content")) if body is not None else ():
            schema = self.check.follow(media.get("schema"), "") if isinstance(media, dict) else None
            if schema is None or body is None:
                continue
            required = schema[0].get("required")
            for name, node in entries(schema[0].get("properties")):
                needed = isinstance(required, list) and name in required and body[0].get("required") is True
                self.arguments.setdefault(name, needed)
                types = node.get("type") if isinstance(node, dict) else None
                self.types.setdefault(name, [types] if isinstance(types, str) else [])
                yield name
            return


@dataclass(frozen=True)
class CheckedJobType:
    """A kind of job.

    Attributes:
        check: where to report.
        node: its entry in `x-jobs`.
        pointer: where it is.
        calls: the operations of the document by id.
    """

    check: Check
    node: Object
    pointer: str
    calls: dict[str, CheckedOperation]

    @property
    def name(self) -> str:
        """Its name in `x-jobs`."""
        return split(self.pointer)[-1]

    @cached_property
    def identity(self) -> dict[str, Object]:
        """The fields of the identity."""
        return {name: node for name, node in entries(self.node.get("identity")) if isinstance(node, dict)}

    def entry(self, key: str) -> Object:
        """An object of the kind; an empty one where it has none."""
        value = self.node.get(key)
        return value if isinstance(value, dict) else {}

    def check_identity(self, name: str, pointer: str, *, of_key: bool = False) -> None:
        """Report a field that the identity does not have.

        Args:
            name: of the field.
            pointer: where it is named.
            of_key: whether it is the key there that names it.
        """
        if name not in self.identity:
            report = self.check.error_at_key if of_key else self.check.error
            hint = meant_or_known(name, list(self.identity), "it has")
            report("unknown-identity", f"the identity has no field {quote(name)}", pointer, hint)

    def call(self, node: Object) -> CheckedOperation | None:
        """The operation that an object names."""
        return self.calls.get(text(node.get("operationId")))

    def role(self, role: str) -> CheckedOperation | None:
        """The operation that plays a role."""
        node = self.entry("operations").get(role)
        return self.call(node) if isinstance(node, dict) else None

    def roles(self) -> Iterator[tuple[str, Object, str]]:
        """Everything that names an operation: its role, the object and where it is."""
        operations = self.entry("operations")
        for role in ROLES:
            node = operations.get(role)
            if isinstance(node, dict):
                yield role, node, join(self.pointer, "operations", role)
        if discover := self.entry("discover"):
            yield "discover", discover, join(self.pointer, "discover")

    def implies(self, call: CheckedOperation, wire: str) -> bool:
        """Whether a parameter is given without saying: it is called like a field of the identity."""
        named = wire in self.identity or wire.replace("-", "_") in self.identity
        return named and (wire in call.paths or wire in call.client)

    def passed(self, name: str) -> Iterator[tuple[str, CheckedOperation, str]]:
        """The roles that pass a field of the identity on, and the argument they pass it to."""
        for role, node, _ in self.roles():
            call = self.call(node)
            if call is None:
                continue
            given = dict(entries(node.get("parameters")))
            for wire in call.arguments:
                if name_in(given.get(wire), "job") == name or (
                    wire not in given and self.implies(call, wire) and wire.replace("-", "_") == name
                ):
                    yield role, call, wire

    def client_names(self) -> list[str]:
        """What a client is given once: its parameters and the variables of its server."""
        found = {name for call in self.calls.values() for name in call.client}
        servers = self.check.document.data.get("servers")
        first = servers[0] if isinstance(servers, list) and servers else None
        found |= {name for name, _ in entries(first.get("variables"))} if isinstance(first, dict) else set()
        return sorted(found)

    def texts(self, node: JSON) -> list[str]:
        """The texts of a list."""
        return [item for item in node if isinstance(item, str)] if isinstance(node, list) else []

    def statuses(self) -> list[Part]:
        """The schemas of the responses that speak of a job: those to status, and the elements of status_many."""
        status = self.role("status")
        found = status.response_bodies() if status is not None else []
        many, node = self.role("status_many"), self.entry("operations").get("status_many")
        if many is not None and isinstance(node, dict):
            found += many.elements(text(node.get("select")))
        return found

    def candidates(self, place: str) -> tuple[list[Part], str]:
        """The schemas that a place may be looked for in, and the pointer inside of them."""
        found, pointer = parse(place), pointer_in(place)
        head = found.root if found is not None else ""
        status = self.role("status")
        if head == "run":
            select = text(self.entry("run").get("select"))
            return (status.elements(select or BODY) if status is not None else []), pointer
        if head == "result":
            return list(self._contents()), pointer
        if head == "failure":
            failure = self.role("failure")
            return (failure.response_bodies() if failure is not None else []), pointer
        return self.statuses(), pointer

    def check_place(self, place: str, pointer: str) -> None:
        """Report a place that no documented response has, or that speaks of something this kind has not."""
        found = parse(place)
        head = found.root if found is not None else ""
        if head == "run" and "run" not in self.node:
            message = f"{quote(place)} is a place in a run, and this kind of job does not say which run"
            self.check.error("unknown-pointer", message, pointer, "write $response.body#, or add: run")
            return
        if head == "result" and "result" not in self.entry("fields"):
            message = f"{quote(place)} is a place in the result, and this kind of job has no result"
            self.check.error("unknown-pointer", message, pointer, "add it under: fields")
            return
        if head == "failure" and self.role("failure") is None:
            message = f"{quote(place)} is a place in the response to the role failure, and no operation has that role"
            self.check.error("unknown-pointer", message, pointer, "name it under: operations: failure")
            return
        if "#" not in place:
            return
        known, inner = self.candidates(place)
        if head == "failure":
            check_expression(self.check, place, pointer, known)
        else:
            self.check_in(known, inner, pointer)

    def check_source(self, source: JSON, pointer: str) -> None:
        """Report a place of a field, or one in the first element that meets conditions, that no response has."""
        if isinstance(source, str):
            self.check_place(source, pointer)
        first = source.get("first") if isinstance(source, dict) else None
        if not isinstance(first, dict):
            return
        at, when, inner = join(pointer, "first"), first.get("when"), first.get("at")
        test = {"of": first.get("of"), "holds": when, **{key: True for key in first if key == "contentMediaType"}}
        for place, where, within in places({"any": test}, at):
            where = where.replace("/any/of", "/of", 1).replace("/any/holds", "/when", 1)
            if within is None:
                self.check_place(place, where)
            else:
                check_expression(self.check, place, where, elements(self.check, self._schemas_at, within))
        if isinstance(inner, str):
            check_expression(self.check, f"$item#{inner}", join(at, "at"), elements(self.check, self._schemas_at, test))

    def check_conditions(self, conditions: JSON, pointer: str) -> None:
        """Report places of conditions that no documented response has."""
        check_conditions(self.check, conditions, pointer, self.check_place, self._schemas_at)

    def _schemas_at(self, place: str) -> list[Part]:
        known, inner = self.candidates(place)
        return [found for part in known for found in self.check.schemas.within(part, *split(inner))]

    def check_in(self, known: list[Part], inner: str, pointer: str) -> None:
        """Report a JSON pointer that leads nowhere in any of some schemas."""
        check_expression(self.check, BODY + of_place(inner), pointer, known)

    def _contents(self) -> Iterator[Part]:
        """The schemas of the JSON that the text of the result holds, or of the result itself."""
        result = self.entry("fields").get("result")
        source = result.get("from") if isinstance(result, dict) else None
        for place in source if isinstance(source, list) else [source]:
            if not isinstance(place, str) or place.startswith("$result"):
                continue
            known, inner = self.candidates(place)
            for part in known:
                for found in self.check.schemas.within(part, *split(inner)):
                    yield from self._decoded(found)

    def _decoded(self, part: Part) -> Iterator[Part]:
        """The schemas of a value, or of the JSON that it is the text of; a text without one may hold anything."""
        for variant in self.check.schemas.variants(part):
            types = variant.schema.get("type", [])
            if "contentSchema" in variant.schema:
                yield variant.at("contentSchema")
            elif "string" in (types if isinstance(types, list) else [types]):
                yield Part({}, "")
            elif types and types != "null":
                yield variant


def children(value: JSON, pointer: str) -> Iterator[tuple[JSON, str]]:
    """What is directly in a list or an object."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield inner, join(pointer, key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield inner, join(pointer, index)


def names_in(value: JSON, pointer: str) -> Iterator[tuple[str, str]]:
    """Every field of the identity that a value speaks of."""
    if isinstance(value, str):
        for found in job_names(value):
            yield found, pointer
    else:
        for inner, at in children(value, pointer):
            yield from names_in(inner, at)


def check_positive(check: Check, node: Object, key: str, pointer: str) -> None:
    """Report a duration of nothing."""
    if seconds(node.get(key)) == 0:
        check.error("bad-value", f"{quote(key)} must be longer than nothing", join(pointer, key))
