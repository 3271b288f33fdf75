"""The coverage matrix: what a spec documents, and which checks test it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jobclients_core.locators import element_names

from jobclients_contract.cases import Contract, Example, Json, Operation
from jobclients_contract.checks.examples import reference
from jobclients_contract.checks.results import returned
from jobclients_contract.failure import Check, expect
from jobclients_contract.judging.expectation import rules
from jobclients_contract.markdown import cell
from jobclients_contract.pointers import escaped, split
from jobclients_contract.reading.pointers import texts
from jobclients_contract.source_map import place_in, source_map

KINDS: Final = {
    "operation": "operations",
    "argument": "arguments",
    "exactly-one": "arguments of which exactly one is given",
    "request-media": "media types of requests",
    "other-media": "further media types of the same content",
    "status": "statuses",
    "media": "media types of answers",
    "header": "header fields of answers",
    "envelope": "refusals inside a success",
    "error": "errors",
    "error-rule": "vendor's codes that decide an exception",
    "example": "examples",
    "enum": "words of enumerations",
    "state": "states of jobs",
    "role": "calls of jobs",
    "credential": "credentials",
    "contradiction": "contradictions",
}
"""What the first part of a documented thing's name means, in the order of the matrix."""


REASONS: Final[tuple[tuple[str, Callable[[Contract, str], bool], str], ...]] = (
    (
        "contradiction",
        lambda contract, _: reference(contract) is None,
        "stands on the reference page, which does not come with an installed package",
    ),
    (
        "header",
        lambda contract, name: name not in _returned(contract),
        "is handed to no caller",
    ),
    (
        "other-media",
        lambda contract, name: True,
        "of the media types of one content the clients write and read a single one",
    ),
)
"""What need not be tested: the kind, of which things (by what follows in their names), and why."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the matrix.

    Attributes:
        thing: name of what is documented, such as ``status:get_job/200``.
        where: locator of the place in the spec.
        tests: how many checks there are by rule.
        reason: why there is none, where that is as it should be.
    """

    thing: str
    where: str
    tests: Mapping[str, int]
    reason: str = ""

    @property
    def settled(self) -> bool:
        """Whether it is tested, or need not be."""
        return bool(self.tests or self.reason)


def documented(contract: Contract) -> dict[str, str]:
    """The names of everything that a contract documents, and where it stands."""
    found: dict[str, str] = {}
    for name, where in _documented(contract):
        found.setdefault(name, where)
    return found


def matrix(contract: Contract, checks: Iterable[Check]) -> list[Line]:
    """The rows of the matrix, in the order of the spec.

    Args:
        contract: what is documented.
        checks: what tests it.
    """
    tests: dict[str, dict[str, int]] = {}
    for check in checks:
        for name in dict.fromkeys(check.covers):
            by_rule = tests.setdefault(name, {})
            by_rule[check.rule] = by_rule.get(check.rule, 0) + 1
    return [
        Line(name, where, tests.get(name, {}), _reason(contract, name)) for name, where in documented(contract).items()
    ]


def _reason(contract: Contract, thing: str) -> str:
    """Why something need not be tested; empty where it has to be."""
    kind, _, name = thing.partition(":")
    return next((why for one, applies, why in REASONS if one == kind and applies(contract, name)), "")


def _returned(contract: Contract) -> set[str]:
    """The header fields of answers that callers are given, as the matrix names them."""
    return {
        f"{operation.method}/{answer.status}/{name}"
        for operation in contract.operations
        for answer in operation.answers
        for name in returned(operation, answer)
    }


def checks(contract: Contract, others: Iterable[Check]) -> Iterator[Check]:
    """MT1: everything that is documented is tested, and no check claims to test what is not documented.

    Args:
        contract: what is documented.
        others: the checks of all families.
    """
    found = list(others)

    def act(mode: str) -> None:
        del mode
        untested = [line for line in matrix(contract, found) if not line.settled]
        places = [f"{line.thing} ({place_in(contract.spec, line.where)} #{line.where})" for line in untested]
        expect("", "\n".join(places), "documented and tested by nothing")
        # Answers are tried with constants and with null as well. A constant need not be tested, since requests hold it
        # in any case, nor null, which is no word: arguments are tried with it where it has a place, unlike in a path.
        known = documented(contract).keys() | dict(_components(contract, constants=True)).keys()
        unknown = sorted({name for check in found for name in check.covers} - known)
        expect("", "\n".join(unknown), "checks say that they test what is not documented")

    yield Check(contract, "MT1", "", "everything documented is tested", "", act)


def report(contract: Contract, others: Iterable[Check]) -> str:
    """The matrix as Markdown: how much there is of each kind, then everything with the rules that test it."""
    rows = matrix(contract, others)
    text = [
        f"## {contract.vendor} ({cell(contract.spec)})",
        "",
        "| documented | number | tested | checks |",
        "|---|--:|--:|--:|",
    ]
    for kind, title in KINDS.items():
        of_kind = [line for line in rows if line.thing.partition(":")[0] == kind]
        if of_kind:
            tested = sum(bool(line.tests) for line in of_kind)
            number = sum(sum(line.tests.values()) for line in of_kind)
            text.append(f"| {title} | {len(of_kind)} | {tested} | {number} |")
    text += ["", "| thing | line | tested by |", "|---|--:|---|"]
    lines = source_map(Path(contract.spec))
    for line in rows:
        rules = ", ".join(f"{rule} {number}" for rule, number in sorted(line.tests.items()))
        place = lines.line(line.where) or cell(f"#{line.where}")
        text.append(f"| {cell(line.thing)} | {place} | {rules or line.reason or '**nothing**'} |")
    return "\n".join([*text, ""])


def _documented(contract: Contract) -> Iterator[tuple[str, str]]:
    for operation in contract.operations:
        yield from _of_operation(operation)
    yield from _examples(item.example for item in contract.values)
    yield from _enumerations(contract)
    for index, (rule, where) in enumerate(zip(rules(contract), contract.rules, strict=True)):
        for code in texts(rule.get("code")) or [""]:
            yield f"error-rule:{index}" + (f"/{code}" if code else ""), where
    for credential in contract.credentials:
        yield f"credential:{credential.name}", credential.where
    for kind in contract.kinds:
        for role in dict.fromkeys((*_keys(kind.spec, "operations"), *kind.roles)):
            yield f"role:{kind.name}/{role}", kind.where
        for name in _told_by(kind.spec):
            yield f"state:{kind.name}/{name}", kind.where
        for state in kind.states:
            yield f"state:{kind.name}/{state.name}", state.where
    for item in contract.contradictions:
        yield f"contradiction:{item.about}", item.where


def _of_operation(operation: Operation) -> Iterator[tuple[str, str]]:
    method = operation.method
    yield f"operation:{method}", operation.where
    for argument in operation.arguments:
        yield f"argument:{method}/{argument.name}", argument.where
        yield from _examples(argument.examples)
    for index, _ in enumerate(operation.exactly_one):
        yield f"exactly-one:{method}/{index}", operation.where
    if operation.body is not None:
        yield f"request-media:{method}/{operation.body.media_type}", operation.body.where
        for other in operation.body.others:
            yield f"other-media:{method}/request/{other}", operation.body.where
        yield from _examples(operation.body.examples)
    if operation.envelope:
        yield f"envelope:{method}", operation.where
    for answer in operation.answers:
        yield f"status:{method}/{answer.status}", answer.where
        if answer.media_type:
            yield f"media:{method}/{answer.status}/{answer.media_type}", answer.where
        for other in answer.others:
            yield f"other-media:{method}/{answer.status}/{other}", answer.where
        for header in answer.headers:
            yield f"header:{method}/{answer.status}/{header.name}", header.where
        if not answer.success:
            yield f"error:{method}/{answer.status}", answer.where
        yield from _examples(answer.examples)


def _examples(examples: Iterable[Example]) -> Iterator[tuple[str, str]]:
    for example in examples:
        yield f"example:{example.where}", example.where


def _enumerations(contract: Contract) -> Iterator[tuple[str, str]]:
    """The words of every enumeration, by the pointer of the schema that lists them."""
    for operation in contract.operations:
        for argument in operation.arguments:
            yield from _words(argument.schema, operation.pointer(argument))
    yield from _components(contract)


def _components(contract: Contract, *, constants: bool = False) -> Iterator[tuple[str, str]]:
    for name, schema in contract.schemas.items():
        yield from _words(schema, f"/components/schemas/{escaped(name)}", constants=constants)


def _words(schema: Json, where: str, *, constants: bool = False) -> Iterator[tuple[str, str]]:
    if isinstance(schema, list):
        for name, item in zip(element_names(split(where)[-1], schema), schema, strict=True):
            yield from _words(item, f"{where}/{escaped(name)}", constants=constants)
    if not isinstance(schema, dict):
        return
    for word in [schema["const"]] if constants and "const" in schema else _listed(schema.get("enum")):
        if word is not None or constants:
            yield f"enum:{where}/{word}", where
    for key, item in schema.items():
        if key not in ("enum", "const", "default", "required"):
            yield from _words(item, f"{where}/{escaped(key)}", constants=constants)


def _told_by(spec: Json) -> Iterator[str]:
    """The names of all that tells the state of a kind of jobs, whether or not there is a row for each."""
    state = spec.get("state") if isinstance(spec, dict) else None
    if not isinstance(state, dict):
        return
    for index, rule in enumerate(_listed(state.get("rules"))):
        when = rule.get("when") if isinstance(rule, dict) else None
        conditions = [item for item in (when if isinstance(when, list) else [when]) if isinstance(item, dict)]
        choices = next((_listed(item["in"]) for item in conditions if "in" in item), [None])
        yield from (f"rule {index}" + (f".{number}" if number else "") for number in range(len(choices)))
    yield from _keys(state, "map")
    yield from (f"refine {index}" for index in range(len(_listed(state.get("refine")))))
    if "absent" in state:
        yield "absent"


def _keys(holder: Json, key: str) -> list[str]:
    """The keys of what stands at a key."""
    inner = holder.get(key) if isinstance(holder, dict) else None
    return list(inner) if isinstance(inner, dict) else []


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
