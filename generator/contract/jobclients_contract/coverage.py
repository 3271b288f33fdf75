"""The coverage matrix: what a vendor documents, and which lines of its suite show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import singledispatch
from pathlib import Path
from typing import Final

from jobclients_core.locators import element_names

from jobclients_contract.failure import Mismatch
from jobclients_contract.markdown import cell
from jobclients_contract.schema_model.document import Operation, listed, objects
from jobclients_contract.schema_model.job_reader import JobReader
from jobclients_contract.schema_model.jobtypes import conditions_of
from jobclients_contract.schema_model.pointers import entry, escaped, split, texts
from jobclients_contract.schema_model.shapes import Part
from jobclients_contract.schema_model.values import Json
from jobclients_contract.source_map import source_map
from jobclients_contract.suite.calls import ArgumentsCase, CallCase, LacksCase, SampleCase
from jobclients_contract.suite.case import Case
from jobclients_contract.suite.credentials import CredentialCase
from jobclients_contract.suite.example_response import ExampleResponse
from jobclients_contract.suite.job_failures import ReasonCase
from jobclients_contract.suite.job_fixture import job_type
from jobclients_contract.suite.job_handles import AsksCase
from jobclients_contract.suite.job_lists import KeyedCase, ListsCase
from jobclients_contract.suite.job_statuses import GoesOnCase, LifecycleCase, NamesCase, StatusCase, listed_in
from jobclients_contract.suite.job_submissions import DiscoveryCase, SubmissionCase
from jobclients_contract.suite.models import EnumCase, ModelCase, part_at
from jobclients_contract.suite.refusals import CodesCase, ErrorsCase, StatusesCase
from jobclients_contract.suite.responses import RaisesCase, ReturnsCase
from jobclients_contract.suite.running import Run
from jobclients_contract.suite.vendor import Vendor

KINDS: Final = {
    "operation": "operations",
    "argument": "arguments",
    "exactly-one": "arguments of which exactly one is given",
    "request": "bodies of requests",
    "status": "statuses",
    "header": "header fields of results",
    "envelope": "refusals inside a success",
    "error": "places of errors",
    "code": "vendor's codes that decide an exception",
    "example": "examples",
    "sample": "printed requests",
    "enum": "words of enumerations",
    "state": "words, rules and refinements of states of jobs",
    "role": "calls of jobs",
    "credential": "credentials",
}
"""What the first part of a documented thing's name means, in the order of the matrix."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the matrix.

    Attributes:
        thing: name of what is documented, such as ``status:get_job/200``.
        where: locator of the place in the spec.
        lines: how many lines of the suite show it, by kind of line.
    """

    thing: str
    where: str
    lines: Mapping[str, int]

    @property
    def settled(self) -> bool:
        """Whether a line shows it."""
        return bool(self.lines)


def matrix(suite: Vendor) -> list[Row]:
    """The rows of a vendor's matrix, in the order of the document."""
    run = suite.runs["sync"]
    lines: dict[str, Counter[str]] = {}
    for case in suite.cases:
        with suppress(Mismatch):  # a line that does not fit the document shows nothing of it
            for thing in set(shown(case, run)):
                lines.setdefault(thing, Counter())[type(case).__name__.removesuffix("Case").lower()] += 1
    found: dict[str, Row] = {}
    for thing, where in documented(run):
        found.setdefault(thing, Row(thing, where, lines.get(thing, Counter())))
    return list(found.values())


def report(vendor: str, spec: str, rows: Iterable[Row]) -> str:
    """The matrix as Markdown: how much there is of each kind, then everything with the lines that show it.

    Args:
        vendor: the vendor's name.
        spec: path of the spec's file.
        rows: of the matrix.
    """
    listed_rows = list(rows)
    text = [f"## {vendor} ({cell(spec)})", "", "| documented | number | shown |", "|---|--:|--:|"]
    for kind, title in KINDS.items():
        of_kind = [row for row in listed_rows if row.thing.partition(":")[0] == kind]
        if of_kind:
            text.append(f"| {title} | {len(of_kind)} | {sum(row.settled for row in of_kind)} |")
    text += ["", "| thing | line | shown by |", "|---|--:|---|"]
    lines = source_map(Path(spec))
    for row in listed_rows:
        by = ", ".join(f"{kind} {number}" for kind, number in sorted(row.lines.items()))
        text.append(f"| {cell(row.thing)} | {lines.line(row.where) or cell(f'#{row.where}')} | {by or '**nothing**'} |")
    return "\n".join([*text, ""])


# What is documented


def documented(run: Run) -> Iterator[tuple[str, str]]:
    """The names of everything that a vendor documents, and where it is; some twice.

    Args:
        run: of the vendor's suite.
    """
    methods = {operation.id: method for method, operation in run.operations.items()}
    for operation in run.document.operations.values():
        yield from _of_operation(run, methods.get(operation.id, operation.id), operation)
    for name, schema in run.document.schemas.components.items():
        yield from _enum_values(schema, f"/components/schemas/{escaped(name)}")
    yield from _of_errors(objects(run.document.data.get("x-errors")))
    for name in run.document.schemes:
        yield f"credential:{name}", f"/components/securitySchemes/{escaped(name)}"
    for name, auth in objects(run.document.data.get("x-auth")).items():
        if objects(auth).get("into"):
            yield f"credential:{name}", f"/x-auth/{escaped(name)}"
    for name, spec in objects(run.document.data.get("x-jobs")).items():
        where = f"/x-jobs/{escaped(name)}"
        for role in (*objects(entry(spec, "operations")), *(["discover"] if entry(spec, "discover") else [])):
            yield f"role:{name}/{role}", where
        yield from ((f"state:{name}/{fact}", f"{where}/state") for fact, _ in _without_facts(spec))


def _of_operation(run: Run, method: str, operation: Operation) -> Iterator[tuple[str, str]]:
    yield f"operation:{method}", operation.where
    for item in run.naming.arguments[method].listed if method in run.naming.arguments else ():
        where = item.parameter.where if item.parameter is not None else f"{operation.where}/requestBody"
        yield f"argument:{method}/{item.entry.name}", where
        for name in item.parameter.examples if item.parameter is not None else ():
            yield f"example:{method}/{item.entry.name}/{name}", where
    for parameter in operation.parameters:
        yield from _enum_values(parameter.part.schema, parameter.part.pointer)
    for group in operation.exactly_one:
        yield f"exactly-one:{method}/{' '.join(group)}", operation.where
    if operation.body.media_type:
        yield f"request:{method}", f"{operation.where}/requestBody"
    for name in operation.body.examples:
        yield f"example:{method}/request/{name}", f"{operation.where}/requestBody"
    for name in objects(operation.node.get("x-request-samples")):
        yield f"sample:{method}/{name}", operation.where
    if operation.envelope is not None:
        yield f"envelope:{method}", operation.where
    for response in operation.responses:
        yield f"status:{method}/{response.status}", response.where
        for name in response.content.examples:
            yield f"example:{method}/{response.status}/{name}", response.where
        for name in response.headers if operation.with_headers and response.success else ():
            yield f"header:{method}/{response.status}/{name}", response.where


def _of_errors(extension: dict[str, Json]) -> Iterator[tuple[str, str]]:
    for about in ("code", "message", "request_id"):
        for place in texts(extension.get(about)):
            yield f"error:{about}/{place}", "/x-errors"
    for index, rule in enumerate(listed(extension.get("rules"))):
        for code in texts(entry(rule, "code")) or [""]:
            yield f"code:{index}/{code}", f"/x-errors/rules/{index}"


def _enum_values(schema: Json, where: str) -> Iterator[tuple[str, str]]:
    """The words of every enumeration in a schema, by where it is."""
    if isinstance(schema, list):
        for name, item in zip(element_names(split(where)[-1], schema), schema, strict=True):
            yield from _enum_values(item, f"{where}/{escaped(name)}")
    if not isinstance(schema, dict):
        return
    for word in listed(schema.get("enum")):
        if word is not None:
            yield f"enum:{where}/{word}", where
    for key, item in schema.items():
        if key not in ("enum", "const", "default", "required"):
            yield from _enum_values(item, f"{where}/{escaped(key)}")


def _without_facts(spec: Json) -> Iterator[tuple[str, Json]]:
    """Each word, rule and refinement of a job type by name, and what would be documented without it."""
    state = objects(entry(spec, "state"))

    def without(**changes: Json) -> Json:
        return {**objects(spec), "state": {**state, **changes}}

    for key in ("rules", "refine"):
        facts = listed(state.get(key))
        for index, fact in enumerate(facts):
            rest = [*facts[:index], *facts[index + 1 :]]
            none: list[Json] = []
            choices = max((listed(item.get("in")) for item in conditions_of(fact)), key=len, default=none)
            if len(choices) < 2:
                yield f"{key} {index}", without(**{key: rest})
            for choice in choices if len(choices) > 1 else ():
                less = [_without_choice(item, choice) for item in conditions_of(fact)]
                changed: Json = {**objects(fact), "when": [*less]}
                yield f"{key} {index} {choice}", without(**{key: [*facts[:index], changed, *facts[index + 1 :]]})
    enum_values = objects(state.get("map"))
    for word in enum_values:
        yield word, without(map={key: value for key, value in enum_values.items() if key != word})
    if "absent" in state:
        yield "absent", without(absent=None)


def _without_choice(condition: dict[str, Json], choice: Json) -> dict[str, Json]:
    if "in" not in condition:
        return condition
    return {**condition, "in": [item for item in listed(condition["in"]) if item != choice]}


# What lines show


@singledispatch
def shown(case: Case, run: Run) -> Iterator[str]:
    """The names of what a line shows; nothing of the matrix for lines of another kind.

    Args:
        case: the line.
        run: of the suite.
    """
    del case, run
    yield from ()


@shown.register
def _(case: ArgumentsCase, run: Run) -> Iterator[str]:
    operation = run.operation(case.about)
    yield f"operation:{case.about}"
    yield from (f"exactly-one:{case.about}/{' '.join(group)}" for group in operation.exactly_one)


@shown.register
def _(case: LacksCase, run: Run) -> Iterator[str]:
    yield from (thing for thing, _ in _of_operation(run, case.about, run.operation(case.about)))


@shown.register
def _(case: CallCase, run: Run) -> Iterator[str]:
    operation, arguments = run.operation(case.about), run.arguments(case.about)
    given = dict(case.given)
    if case.example:
        yield f"example:{case.about}/request/{case.example}"
        given |= arguments.of_body(operation.body.examples[case.example])
    if operation.body.media_type and case.body is not None:
        yield f"request:{case.about}"
    yield from _of_given(run, case.about, {**run.clients.options, **given})


@shown.register
def _(case: SampleCase, run: Run) -> Iterator[str]:
    yield f"sample:{case.about}/{case.sample}"
    arguments = run.arguments(case.about)
    sample = objects(objects(run.operation(case.about).node.get("x-request-samples")).get(case.sample))
    names = {item.entry.wire: item.entry.name for item in arguments.listed}
    given = {names[wire]: value for wire, value in objects(sample.get("parameters")).items() if wire in names}
    body = sample.get("body")
    if body is not None:
        yield f"request:{case.about}"
        for name, example in run.operation(case.about).body.examples.items():
            if example == body:
                yield f"example:{case.about}/request/{name}"
    yield from _of_given(run, case.about, {**given, **(arguments.of_body(body) if body is not None else {})})


def _of_given(run: Run, method: str, given: Mapping[str, object]) -> Iterator[str]:
    """What a call shows with some arguments."""
    for name, item in run.arguments(method).by_name.items():
        if name not in given:
            continue
        yield f"argument:{method}/{name}"
        for example, value in item.parameter.examples.items() if item.parameter is not None else ():
            if value == given[name]:
                yield f"example:{method}/{name}/{example}"
        yield from _enum(run, item.part, given[name])


def _enum(run: Run, part: Part, value: object) -> Iterator[str]:
    for shape in run.document.shapes(part):
        yield from (f"enum:{shape.enum_at}/{word}" for word in shape.enum_values or () if word == value)


@shown.register
def _(case: ReturnsCase, run: Run) -> Iterator[str]:
    yield from _of_response(case.response, run)
    status = _documented_status(case.response, run)
    yield from (f"header:{case.about}/{status}/{name}" for name in case.headers)


@shown.register
def _(case: RaisesCase, run: Run) -> Iterator[str]:
    if case.at is None:
        yield from _of_response(case.response, run)
        if case.response.status < 300:
            yield f"envelope:{case.about}"


def _of_response(response: ExampleResponse, run: Run) -> Iterator[str]:
    status = _documented_status(response, run)
    yield f"status:{response.method}/{status}"
    if response.example and not response.changes:
        yield f"example:{response.method}/{status}/{response.example}"


def _documented_status(response: ExampleResponse, run: Run) -> str:
    found = response.documented(run)
    return found.status if found is not None else ""


@shown.register
def _(case: StatusesCase, run: Run) -> Iterator[str]:
    del run
    yield from (f"status:{case.about}/{status}" for status in case.classes)


@shown.register
def _(case: ErrorsCase, run: Run) -> Iterator[str]:
    extension = objects(run.document.data.get("x-errors"))
    for about, places in case.places.items():
        yield from (f"error:{about}/{place}" for place in texts(extension.get(about))[: len(places)])


@shown.register
def _(case: ReasonCase, run: Run) -> Iterator[str]:
    kind = job_type(run, case.about)
    yield f"role:{kind.wire}/failure"


@shown.register
def _(case: CodesCase, run: Run) -> Iterator[str]:
    for index, rule in enumerate(listed(objects(run.document.data.get("x-errors")).get("rules"))):
        at = {*map(str, listed(entry(rule, "status")))}
        if entry(rule, "raise") == case.kind and at == {*case.statuses}:
            yield from (f"code:{index}/{code}" for code in case.codes or [""])


@shown.register
def _(case: CredentialCase, run: Run) -> Iterator[str]:
    yield f"credential:{case.credential.scheme}"
    if case.credential.exchange is not None:
        for name in objects(run.document.data.get("x-auth")):
            if name.replace("_", "").lower() == case.about.lower():
                yield f"credential:{name}"


@shown.register
def _(case: EnumCase, run: Run) -> Iterator[str]:
    del run
    yield from (f"enum:{case.at}/{word}" for _, word in case.members)


@shown.register
def _(case: ModelCase, run: Run) -> Iterator[str]:
    for shape in run.document.shapes(part_at(run.document, case.at)):
        for inner in shape.properties.values():
            for option in run.document.shapes(inner):
                yield from (f"enum:{option.enum_at}/{word}" for word in option.enum_values or ())


@shown.register
def _(case: StatusCase, run: Run) -> Iterator[str]:
    kind, operation = job_type(run, case.about), run.operation(case.response.method)
    body = case.response.json(run)
    yield from _of_response(case.response, run)
    if operation is kind.operation("submit"):
        yield f"role:{kind.wire}/submit"
    elif operation is kind.operation("status"):
        headers = {name.lower(): value for name, value in case.response.headers.items()}
        yield f"role:{kind.wire}/status"
        yield from _reported(kind.spec, kind.wire, body, case.response.status, headers)
    else:
        yield f"role:{kind.wire}/status_many"
        yield from _reported(kind.spec, kind.wire, listed_in(kind, body), 200, {})


@shown.register
def _(case: LifecycleCase, run: Run) -> Iterator[str]:
    kind = job_type(run, case.about)
    for word in case.status_values:
        yield from _reported(kind.spec, kind.wire, kind.in_run(word).json, 200, {})


def _reported(spec: Json, name: str, body: Json, status: int, headers: Mapping[str, str]) -> Iterator[str]:
    """The words, rules and refinements without which a response would tell another state."""
    read = JobReader(spec).read(body, status, headers)
    for fact, rest in _without_facts(spec):
        # A word that is documented to say nothing says the same without the document.
        if JobReader(rest).read(body, status, headers).state != read.state or fact == read.word:
            yield f"state:{name}/{fact}"


@shown.register
def _(case: AsksCase, run: Run) -> Iterator[str]:
    yield from (f"role:{job_type(run, case.about).wire}/{role}" for role in case.requests)


@shown.register(NamesCase)
@shown.register(GoesOnCase)
@shown.register(SubmissionCase)
@shown.register(KeyedCase)
def _(case: NamesCase | GoesOnCase | SubmissionCase | KeyedCase, run: Run) -> Iterator[str]:
    yield f"role:{job_type(run, case.about).wire}/submit"


@shown.register
def _(case: ListsCase, run: Run) -> Iterator[str]:
    yield f"role:{job_type(run, case.about).wire}/list"


@shown.register
def _(case: DiscoveryCase, run: Run) -> Iterator[str]:
    yield f"role:{job_type(run, case.about).wire}/discover"
