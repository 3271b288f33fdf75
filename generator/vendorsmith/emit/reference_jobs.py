"""The part of the reference page on job types."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jobclients_core.conditions import First, When
from jobclients_core.jobparts import SKEW, SLACK, FieldRule, Honoured, Order, RateLimit, Role
from jobclients_core.jobtype import GONE_FOR, UNKNOWN_FOR, JobType

from vendorsmith.emit.code import Code, markdown, markdown_code
from vendorsmith.emit.page import Blocks, Example, Section, codes, evidence, listing, paragraphs, table
from vendorsmith.emit.reference_access import handle_expressions
from vendorsmith.ir import Api
from vendorsmith.ir_jobs import JobTypeIr


def limits(api: Api) -> Blocks:
    """How often calls may be made."""
    return listing("Rate limits that the vendor documents:", map(_limit, api.rate_limits))


def job_sections(api: Api, contradictions: Mapping[str, Blocks]) -> Iterator[Section]:
    """The job types in the order of the document."""
    for documented in api.jobs:
        kind = documented.type
        yield Section(
            markdown_code(kind.name),
            (
                *paragraphs(documented.summary),
                Example(handle_expressions(api, documented)),
                *table("a handle holds | what it is | `submit` finds it in", _identity(documented)),
                *table("status value of the vendor | `JobState`", _states(documented)),
                *table("what is asked | operation", _roles(kind)),
                *table("field of a status | read from", map(_field, kind.fields, kind.fields.values())),
                *listing("Which job a response is about:", _whose(documented)),
                *listing("`submit`:", _submitting(kind)),
                *listing("`wait`:", _waiting(kind)),
                *contradictions.get(documented.at, ()),
                *evidence(documented.evidence),
            ),
        )


def _roles(job_type: JobType[Any]) -> Iterator[tuple[Code, ...]]:
    for name, role in job_type.roles.items():
        yield markdown_code(name), Code(f"{_called(role)}{_refused(role)}")


def _called(role: Role) -> Code:
    at = f" at {markdown_code(role.url)}" if role.url else ""
    return Code(f"{markdown_code(role.operation)}{at}")


def _refused(role: Role) -> str:
    """In which states the vendor refuses the call of a role, and with what."""
    found: list[str] = []
    for entry in role.refused:
        answer = [f"status {entry.status}"] if entry.status is not None else []
        answer += [markdown_code(entry.code)] if entry.code else []
        states = " or ".join(markdown_code(state) for state in entry.states)
        found.append(f"; refused with {' and '.join(answer)} while the job is {states}")
    return "".join(found)


def _whose(job_type: JobTypeIr) -> Iterator[Code]:
    """How a job's own run is told from others, and responses about it from those about other jobs."""
    select, discover, echo = job_type.type.select, job_type.type.discover, job_type.type.echo
    if select is not None:
        yield Code(f"runs differ in {', '.join(map(markdown_code, select.key))}")
        for part in select.order:
            yield Code(f"the newer of two runs has the {_later(part)}")
        if select.exclude:
            yield Code(f"no call began a run where {condition_text(select.exclude)}")
    if discover is not None:
        newer = "; a greater one is newer" if discover.order else ""
        call = markdown_code(discover.role.operation)
        yield Code(f"{markdown_code(discover.identity)} is the one that is new in {call}{newer}")
    if (select is not None and select.joins) or (discover is not None and discover.joins):
        yield Code("submitting may join a run that is there already")
    if echo is not None:
        yield Code(f"a response repeats {markdown_code(echo.identity)} at {markdown_code(echo.at)}")
    if job_type.type.list is not None and job_type.type.list.carried is not None:
        place = markdown_code(job_type.type.list.carried.at)
        yield Code(f"an element of {markdown_code(job_type.type.list.operation)} carries the key at {place}")


def _submitting(job_type: JobType[Any]) -> Iterator[Code]:
    """What is sent with a submission, and what becomes of one whose response was lost."""
    if job_type.submit is None:
        return
    if job_type.idempotency is not None:
        written = "a UUID" if job_type.key_format == "uuid" else "32 hexadecimal digits"
        honoured = _honoured(job_type.honoured) if job_type.honoured else "" if job_type.list else _honoured(Honoured())
        yield Code(f"{markdown_code(job_type.idempotency)} carries a key that the client makes ({written}){honoured}")
    if job_type.lookup is not None and job_type.lookup.settle is not None:
        yield Code(f"a submission that was accepted is listed after {job_type.lookup.settle:g} s at the latest")
    if job_type.lookup is not None and job_type.lookup.keeps is not None:
        yield Code(f"a job that has ended is listed for {job_type.lookup.keeps:g} s at least")
    if job_type.refused:
        yield Code(f"a submission with the response {_either(job_type.refused)} was not accepted")
    if job_type.final is not None:
        state = markdown_code(job_type.final.state)
        yield Code(f"the response says that the job has ended, as {state}, where {condition_text(job_type.final.when)}")


def _honoured(said: Honoured) -> str:
    clauses = ["; the vendor makes one job of all submissions with the same key"]
    clauses += [f", which it knows for {said.keeps:g} s"] if said.keeps is not None else []
    if said.repeat:
        pairs = ((markdown_code(wire), markdown_code(str(value))) for wire, value in said.repeat.items())
        given = " and ".join(f"{wire}: {value}" for wire, value in pairs)
        clauses.append(f"; a repetition is given {given} besides")
    clauses += [f"; {said.running} says that it still works on the first"] if said.running is not None else []
    return "".join(clauses)


def _waiting(job_type: JobType[Any]) -> Iterator[Code]:
    """How often a job is asked about, for how long, and which failures are tolerated."""
    pace, just = job_type.pace, job_type.not_found
    yield Code(f"asks after {pace.initial:g} s, then less and less often, up to every {pace.max:g} s")
    yield Code(f"without a `timeout`, gives up after {pace.timeout:g} s")
    tolerated = [f"HTTP status {_either(pace.statuses)}"] if pace.statuses else []
    tolerated += ["a response that is lost or cannot be read"] if pace.transport else []
    failures = ", or ".join(tolerated) or "only what always passes"
    yield Code(f"tolerates {failures}, for {pace.tolerate:g} s since the last good response")
    if job_type.submit is not None and just is not None:
        yield Code(f"a job that is not found within {just.within:g} s of its submission is {markdown_code(just.state)}")
    if job_type.submit is not None and job_type.select is not None:
        state = markdown_code(job_type.missing.state)
        yield Code(f"a run that is not listed is {state}, for {job_type.missing.within:g} s")
    gone = GONE_FOR if job_type.gone_for is None else job_type.gone_for
    yield Code(f"a job that is not found, and not {gone:g} s later either, has expired")
    unknown = UNKNOWN_FOR if job_type.unknown_for is None else job_type.unknown_for
    yield Code(f"a status value that is not known is tolerated for {unknown:g} s")


def _either(statuses: tuple[int, ...]) -> str:
    return " or ".join(map(str, statuses))


def _later(part: Order) -> str:
    name = markdown_code(part.key)
    if part.by == "counter":
        return f"greater {name}"
    skew = SKEW if part.skew is None else part.skew
    slack = SLACK if part.slack is None else part.slack
    return f"later {name} ({skew:g} s between clocks, {slack:g} s that one may step back)"


def _states(documented: JobTypeIr) -> Iterator[tuple[Code, ...]]:
    kind = documented.type
    for rule in dict.fromkeys(kind.states[: documented.rules]):
        yield Code(f"where {condition_text(rule.when)}"), markdown_code(rule.state)
    for word, state in documented.words:
        inferred = " (inferred)" if word in documented.inferred else ""
        yield markdown_code(word), Code(f"{markdown_code(state)}{inferred}")
    if kind.absent:
        yield Code("none at all"), markdown_code(kind.absent)
    for entry in kind.refine:
        yield Code(f"{markdown_code(entry.state)} where {condition_text(entry.when)}"), markdown_code(entry.to)


def condition_text(when: tuple[When, ...]) -> str:
    """Conditions as people read them."""
    return " and ".join(f"{markdown_code(test.source)} {_test(test)}" for test in when)


def _values(values: Sequence[Any]) -> Code:
    """Values as JSON writes them, so that `true` is not taken for `"true"`."""
    return codes((json.dumps(value, ensure_ascii=False) for value in values), " or ")


def _test(test: When) -> str:
    if test.any_of or test.all_of:
        which = "has an element" if test.any_of else "has elements, each of them"
        return f"{which} where {condition_text(test.any_of or test.all_of)}"
    if test.greater is not None:
        return f"is greater than {markdown_code(f'{test.greater:g}')}"
    if test.none_of is not None:
        return f"is there, and not {_values(test.none_of)}"
    if test.one_of is not None:
        return f"is {_values(test.one_of)}"
    if test.exists is not None:
        return "is there" if test.exists else "is not there"
    return "is empty" if test.empty else "is not empty"


def _identity(documented: JobTypeIr) -> Iterator[tuple[Code, ...]]:
    for entry in documented.type.identity:
        sources = codes(entry.source)
        if entry.type == "url":
            sources = Code(
                f"{sources} (a URL of {' or of '.join(['the same origin', *map(markdown_code, entry.origins)])})"
            )
        yield markdown_code(entry.name), markdown(documented.descriptions[entry.name]), sources


def _field(name: str, entry: FieldRule) -> tuple[Code, ...]:
    read = ", ".join(markdown_code(source) if isinstance(source, str) else _first(source) for source in entry.source)
    details = [f"as {entry.format}"] if entry.format else []
    details += ["in a sentence"] if entry.pattern else []
    details += ["a JSON text"] if entry.json else []
    details += [f"times {entry.scale:g}"] if entry.scale != 1.0 else []
    details += (
        [f"none where it is {' or '.join(markdown_code(str(value)) for value in entry.absent)}"] if entry.absent else []
    )
    more = f" ({', '.join(details)})" if details else ""
    return markdown_code(name), Code(f"{read}{more}")


def _first(source: First) -> str:
    within = f"{markdown_code(source.at)} of " if source.at else ""
    return f"{within}the first element of {markdown_code(source.of)} where {condition_text(source.when)}"


def _limit(entry: RateLimit) -> Code:
    calls = ", ".join(markdown_code(name) for name in entry.operations)
    return Code(f"{calls}: {entry.limit} in {entry.per:g} seconds, for each {entry.scope}")
