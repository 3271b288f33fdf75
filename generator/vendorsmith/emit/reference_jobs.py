"""Kinds of jobs to the words of the reference page's section on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jobclients_core.conditions import First, When
from jobclients_core.jobparts import SKEW, SLACK, FieldRule, Honoured, Identity, Order, RateLimit, Role
from jobclients_core.jobtype import GONE_FOR, UNKNOWN_FOR, JobType

from vendorsmith.emit.code import Code, markdown, markdown_code
from vendorsmith.ir import Api
from vendorsmith.ir_base import Evidence
from vendorsmith.ir_jobs import JobFacts


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
    whose: tuple[Code, ...]
    submitting: tuple[Code, ...]
    waiting: tuple[Code, ...]
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


def _kind(kind: JobFacts) -> KindEntry:
    needed = ", ".join(f"{entry.name}=..." for entry in kind.type.identity if _is_needed(entry))
    needed = needed or " or ".join(f"{entry.name}=..." for entry in kind.type.identity)
    maker = f"client.{kind.type.name}.latest" if kind.type.latest else f"client.{kind.type.name}"
    return KindEntry(
        name=markdown_code(kind.type.name),
        summary=markdown(kind.summary),
        handle=Code(f"{maker}({needed})"),
        submits=(Code(f"client.{kind.type.name}.submit(...)"),) if kind.type.submit else (),
        states=tuple(_states(kind)),
        identity=tuple(_identity(entry, kind.descriptions[entry.name]) for entry in kind.type.identity),
        roles=tuple(
            Fact(markdown_code(name), Code(f"{_called(role)}{_refused(role)}"), Code(""))
            for name, role in kind.type.roles.items()
        ),
        fields=tuple(_field(name, entry) for name, entry in kind.type.fields.items())
        or (Fact(Code("none"), Code(""), Code("")),),
        whose=tuple(_whose(kind)) or (Code("the one that was asked about"),),
        submitting=tuple(_submitting(kind.type)),
        waiting=tuple(_waiting(kind.type)),
        evidence=tuple(evidence_line(entry) for entry in kind.evidence) or (Code("none stated"),),
    )


def _called(role: Role) -> Code:
    at = f" at {markdown_code(role.url)}" if role.url else ""
    return Code(f"{markdown_code(role.operation)}{at}")


def evidence_line(evidence: Evidence) -> Code:
    """Where a fact is documented, on one line."""
    note = f": {markdown(evidence.note)}" if evidence.note else ""
    return Code(f"{markdown(evidence.source)} ({markdown(evidence.kind)}){note}")


def _refused(role: Role) -> str:
    """In which states the vendor refuses the call of a role, and with what."""
    found: list[str] = []
    for entry in role.refused:
        answer = [f"status {entry.status}"] if entry.status is not None else []
        answer += [markdown_code(entry.code)] if entry.code else []
        states = " or ".join(markdown_code(state) for state in entry.states)
        found.append(f"; refused with {' and '.join(answer)} while the job is {states}")
    return "".join(found)


def _whose(kind: JobFacts) -> Iterator[Code]:
    """How a job's own run is told from others, and its answers from those about other jobs."""
    select, discover, echo = kind.type.select, kind.type.discover, kind.type.echo
    if select is not None:
        yield Code(f"runs differ in {', '.join(map(markdown_code, select.key))}")
        for part in select.order:
            yield Code(f"the newer of two has the {_later(part)}")
        if select.exclude:
            yield Code(f"no call began a run where {_conditions(select.exclude)}")
    if discover is not None:
        newer = "; a greater one is newer" if discover.order else ""
        call = markdown_code(discover.role.operation)
        yield Code(f"{markdown_code(discover.identity)} is the one that is new in {call}{newer}")
    if (select is not None and select.joins) or (discover is not None and discover.joins):
        yield Code("submitting may join a run that is there already")
    if echo is not None:
        yield Code(f"an answer repeats {markdown_code(echo.identity)} at {markdown_code(echo.at)}")
    if kind.type.list is not None and kind.type.list.carried is not None:
        place = markdown_code(kind.type.list.carried.at)
        yield Code(f"an element of {markdown_code(kind.type.list.operation)} carries the key at {place}")


def _submitting(kind: JobType[Any]) -> Iterator[Code]:
    """What is sent with a submission, and what becomes of one whose answer was lost."""
    if kind.submit is None:
        return
    if kind.idempotency is not None:
        written = "a UUID" if kind.key_format == "uuid" else "32 hexadecimal digits"
        honoured = _honoured(kind.honoured) if kind.honoured else "" if kind.list else _honoured(Honoured())
        yield Code(f"{markdown_code(kind.idempotency)} carries a key of ours ({written}){honoured}")
    if kind.lookup is not None and kind.lookup.settle is not None:
        yield Code(f"one that was taken shows after {kind.lookup.settle:g} s at the latest")
    if kind.lookup is not None and kind.lookup.keeps is not None:
        yield Code(f"a job that has ended shows for {kind.lookup.keeps:g} s at least")
    if kind.refused:
        yield Code(f"one that is answered with {_either(kind.refused)} was not taken")
    if kind.final is not None:
        yield Code(f"the answer is the end, {markdown_code(kind.final.state)}, where {_conditions(kind.final.when)}")


def _honoured(said: Honoured) -> str:
    words = ["; the vendor makes one job of all submissions with the same key"]
    words += [f", which it knows for {said.keeps:g} s"] if said.keeps is not None else []
    if said.repeat:
        pairs = ((markdown_code(wire), markdown_code(str(value))) for wire, value in said.repeat.items())
        given = " and ".join(f"{wire}: {value}" for wire, value in pairs)
        words.append(f"; a repetition is given {given} besides")
    words += [f"; {said.running} says that it still works on the first"] if said.running is not None else []
    return "".join(words)


def _waiting(kind: JobType[Any]) -> Iterator[Code]:
    """How long an answer is believed, and a failure borne."""
    pace, just = kind.pace, kind.not_found
    yield Code(f"asks again after {pace.initial:g} s, and then less and less often, down to every {pace.max:g} s")
    yield Code(f"gives up after {pace.timeout:g} s")
    borne = [f"status {_either(pace.statuses)}"] if pace.statuses else []
    borne += ["an answer that is lost or cannot be read"] if pace.transport else []
    failures = ", or ".join(borne) or "what always goes by"
    yield Code(f"bears {failures}, for {pace.tolerate:g} s since the last good answer")
    if kind.submit is not None and just is not None:
        yield Code(f"a job that is not found within {just.within:g} s of its submission is {markdown_code(just.state)}")
    if kind.submit is not None and kind.select is not None:
        state = markdown_code(kind.missing.state)
        yield Code(f"a run that does not show is {state}, for {kind.missing.within:g} s")
    gone = GONE_FOR if kind.gone_for is None else kind.gone_for
    yield Code(f"a job that is not found, and {gone:g} s later again, has expired")
    unknown = UNKNOWN_FOR if kind.unknown_for is None else kind.unknown_for
    yield Code(f"a state that is not known is borne for {unknown:g} s")


def _either(statuses: tuple[int, ...]) -> str:
    return " or ".join(map(str, statuses))


def _later(part: Order) -> str:
    name = markdown_code(part.key)
    if part.by == "counter":
        return f"greater {name}"
    skew = SKEW if part.skew is None else part.skew
    slack = SLACK if part.slack is None else part.slack
    return f"later {name} ({skew:g} s between clocks, {slack:g} s that one may step back)"


def _is_needed(entry: Identity) -> bool:
    return not entry.optional and not entry.client_parameters


def _states(kind: JobFacts) -> Iterator[Fact]:
    for rule in dict.fromkeys(kind.type.states[: kind.rules]):
        yield Fact(Code(f"where {_conditions(rule.when)}"), markdown_code(rule.state), Code(""))
    for word, state in kind.words:
        inferred = " (inferred)" if word in kind.inferred else ""
        yield Fact(markdown_code(word), Code(f"{markdown_code(state)}{inferred}"), Code(""))
    if kind.type.absent:
        yield Fact(Code("no word at all"), markdown_code(kind.type.absent), Code(""))
    for entry in kind.type.refine:
        words = Code(f"{markdown_code(entry.state)} where {_conditions(entry.when)}")
        yield Fact(words, markdown_code(entry.to), Code(""))


def _conditions(when: tuple[When, ...]) -> str:
    return " and ".join(f"{markdown_code(test.source)} {_test(test)}" for test in when)


def _test(test: When) -> str:
    if test.any_of or test.all_of:
        which = "has an element" if test.any_of else "has elements, each of them"
        return f"{which} where {_conditions(test.any_of or test.all_of)}"
    if test.greater is not None:
        return f"is greater than {markdown_code(str(test.greater))}"
    if test.none_of is not None:
        return "is there, and not " + " or ".join(markdown_code(str(value)) for value in test.none_of)
    if test.one_of is not None:
        return "is " + " or ".join(markdown_code(str(value)) for value in test.one_of)
    if test.exists is not None:
        return "is there" if test.exists else "is not there"
    return "is empty" if test.empty else "is not empty"


def _identity(entry: Identity, description: str) -> Fact:
    sources = ", ".join(markdown_code(source) for source in entry.source)
    if entry.type == "url":
        sources += f" (a URL of {' or of '.join(['the same origin', *map(markdown_code, entry.origins)])})"
    return Fact(markdown_code(entry.name), Code(sources), markdown(description))


def _field(name: str, entry: FieldRule) -> Fact:
    read = ", ".join(markdown_code(source) if isinstance(source, str) else _first(source) for source in entry.source)
    details = [f"as {entry.format}"] if entry.format else []
    details += ["in a sentence"] if entry.pattern else []
    details += ["a JSON text"] if entry.json else []
    details += [f"times {entry.scale:g}"] if entry.scale != 1.0 else []
    details += (
        [f"none where it is {' or '.join(markdown_code(str(value)) for value in entry.absent)}"] if entry.absent else []
    )
    more = f" ({', '.join(details)})" if details else ""
    return Fact(markdown_code(name), Code(f"{read}{more}"), Code(""))


def _first(source: First) -> str:
    within = f"{markdown_code(source.at)} of " if source.at else ""
    return f"{within}the first element of {markdown_code(source.of)} where {_conditions(source.when)}"


def _limit(entry: RateLimit) -> Code:
    calls = ", ".join(markdown_code(name) for name in entry.operations)
    return Code(f"{calls}: {entry.limit} in {entry.per:g} seconds, for each {entry.scope}")
