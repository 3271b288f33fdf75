"""Kinds of jobs to the words of the reference page's section on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vendorsmith.emit.code import Code, markdown, markdown_code
from vendorsmith.emit.jobs import roles
from vendorsmith.ir import Api
from vendorsmith.ir_base import Condition, Evidence
from vendorsmith.ir_jobs import JobField, JobIdentity, JobKind, RateLimit


@dataclass(frozen=True, slots=True)
class Fact:
    """A row of two or three cells."""

    name: Code
    value: Code
    description: Code


@dataclass(frozen=True, slots=True)
class KindEntry:
    """One kind of job on the page."""

    name: Code
    summary: Code
    handle: Code
    submits: tuple[Code, ...]
    states: tuple[Fact, ...]
    identity: tuple[Fact, ...]
    roles: tuple[Fact, ...]
    fields: tuple[Fact, ...]
    evidence: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class JobsSection:
    """The section, where a vendor has jobs."""

    kinds: tuple[KindEntry, ...]
    limits: tuple[Code, ...]


def jobs_sections(api: Api) -> tuple[JobsSection, ...]:
    """The section on jobs; none for a vendor without any."""
    if not api.jobs:
        return ()
    return (
        JobsSection(
            kinds=tuple(_kind(entry) for entry in api.jobs),
            limits=tuple(_limit(entry) for entry in api.rate_limits) or (Code("none"),),
        ),
    )


def _kind(kind: JobKind) -> KindEntry:
    needed = ", ".join(f"{entry.name}=..." for entry in kind.identity if _is_needed(entry))
    needed = needed or " or ".join(f"{entry.name}=..." for entry in kind.identity)
    maker = f"client.{kind.name}.latest" if kind.run else f"client.{kind.name}"
    return KindEntry(
        name=markdown_code(kind.name),
        summary=markdown(kind.summary),
        handle=Code(f"{maker}({needed})"),
        submits=(Code(f"client.{kind.name}.submit(...)"),) if kind.submit else (),
        states=tuple(_states(kind)),
        identity=tuple(_identity(entry) for entry in kind.identity),
        roles=tuple(
            Fact(markdown_code(name), markdown_code(role.operation), Code("")) for name, role in roles(kind).items()
        ),
        fields=tuple(_field(entry) for entry in kind.fields) or (Fact(Code("none"), Code(""), Code("")),),
        evidence=tuple(evidence_line(entry) for entry in kind.evidence) or (Code("none stated"),),
    )


def evidence_line(evidence: Evidence) -> Code:
    """Where a fact is documented, on one line."""
    note = f": {markdown(evidence.note)}" if evidence.note else ""
    return Code(f"{markdown(evidence.source)} ({markdown(evidence.kind)}){note}")


def _is_needed(entry: JobIdentity) -> bool:
    return not entry.optional and not any(source.startswith("$client.") for source in entry.sources)


def _states(kind: JobKind) -> Iterator[Fact]:
    seen: set[str] = set()
    for rule in kind.rules:
        word = markdown_code(rule.word) if rule.word else Code(f"where {_conditions(rule.when)}")
        if word not in seen:
            seen.add(word)
            yield Fact(word, Code(f"{markdown_code(rule.state)}{' (inferred)' if rule.inferred else ''}"), Code(""))
    if kind.absent:
        yield Fact(Code("no word at all"), markdown_code(kind.absent), Code(""))
    for entry in kind.refine:
        words = Code(f"{markdown_code(entry.state)} where {_conditions(entry.when)}")
        yield Fact(words, markdown_code(entry.to), Code(""))


def _conditions(when: tuple[Condition, ...]) -> str:
    return " and ".join(f"{markdown_code(test.source)} {_test(test)}" for test in when)


def _test(test: Condition) -> str:
    match test.operator:
        case "one_of":
            return "is " + " or ".join(markdown_code(str(value)) for value in test.values)
        case "exists":
            return "is there" if test.values[0] else "is not there"
        case "empty":
            return "is empty" if test.values[0] else "is not empty"


def _identity(entry: JobIdentity) -> Fact:
    sources = ", ".join(markdown_code(source) for source in entry.sources)
    return Fact(markdown_code(entry.name), Code(sources), markdown(entry.description))


def _field(entry: JobField) -> Fact:
    read = ", ".join(markdown_code(source) for source in entry.sources)
    details = [f"as {entry.format}"] if entry.format else []
    details += ["in a sentence"] if entry.pattern else []
    details += ["a JSON text"] if entry.json else []
    details += [f"times {entry.scale:g}"] if entry.scale != 1.0 else []
    more = f" ({', '.join(details)})" if details else ""
    return Fact(markdown_code(entry.name), Code(f"{read}{more}"), Code(""))


def _limit(entry: RateLimit) -> Code:
    calls = ", ".join(markdown_code(name) for name in entry.operations)
    return Code(f"{calls}: {entry.limit} in {entry.per:g} seconds, for each {entry.scope}")
