"""The template context of `jobs.py`: constants of job types, handles and collections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

from jobclients_core.jobparts import Identity, Role

from vendorsmith.emit import sections
from vendorsmith.emit.code import Code, docstring, literal, sentence
from vendorsmith.emit.docs import operation_arguments
from vendorsmith.emit.sections import Argument
from vendorsmith.emit.signatures import arguments, choices, keyword_only, needed, results
from vendorsmith.emit.types import argument_type
from vendorsmith.ir import Api, Operation
from vendorsmith.ir_jobs import JobTypeIr

OWN_ARGUMENTS: Final = ("record", "again", "baseline")
"""Arguments that submit has of its own; those of an operation that are called so get an underscore."""


@dataclass(frozen=True, slots=True)
class HandleMethod:
    """A method of a collection that makes a handle: by hand, or by submitting."""

    name: Code
    call: Code
    overloads: tuple[Code, ...]
    arguments: Code
    passed: Code
    docstring: Code
    async_docstring: Code


@dataclass(frozen=True, slots=True)
class JobTypeContext:
    """One kind: its constant, the class of its handles, and that of its collection, which the client has."""

    name: Code
    constant: Code
    raw: Code
    value: Code
    handle: Code
    collection: Code
    bases: tuple[Code, ...]
    docstring: Code
    collection_docstring: Code
    property_docstring: Code
    methods: tuple[HandleMethod, ...]
    submits: tuple[HandleMethod, ...]
    async_submits: tuple[HandleMethod, ...]


def job_type_contexts(api: Api, package: str) -> tuple[JobTypeContext, ...]:
    """The words of every kind of job of a vendor."""
    return tuple(_kind(api, kind, f"{package}.{api.vendor}.client") for kind in api.jobs)


def _kind(api: Api, job_type: JobTypeIr, module: str) -> JobTypeContext:
    about = sections.one_line(sentence(job_type.summary))
    return JobTypeContext(
        name=Code(job_type.type.name),
        constant=Code(job_type.constant),
        raw=_type(api, job_type.type.status),
        value=literal(replace(job_type.type, operations=module)),
        handle=Code(job_type.class_name),
        collection=Code(job_type.collection_name),
        bases=tuple(_bases(api, job_type)),
        docstring=docstring([about], 4),
        collection_docstring=docstring([f"Makes handles of one type of job. {about}"], 4),
        property_docstring=docstring([f"{about} {_ways(job_type)}"], 8),
        methods=(_by_hand(api, job_type),),
        submits=tuple(_submits(api, job_type, "RecordLike")),
        async_submits=tuple(_submits(api, job_type, "AsyncRecordLike")),
    )


def _ways(job_type: JobTypeIr) -> str:
    """How a handle is made, in a sentence."""
    name = job_type.type.name
    ways = [f"`{name}.submit(...)`"] if job_type.type.submit else []
    ways.append(f"`{name}.latest(...)`" if job_type.type.latest else f"`{name}(...)`")
    return f"Made by {' or '.join(ways)}."


def _bases(api: Api, job_type: JobTypeIr) -> Iterator[Code]:
    """The classes behind `Job[...]` that give a handle its further methods; the async ones have the same names."""
    if job_type.type.cancel:
        yield Code("Cancels")
    if job_type.type.failure:
        yield Code("Explains")
    for mixin, role in (
        ("HasResult", job_type.type.result),
        ("HasProgress", job_type.type.progress),
        ("HasLogs", job_type.type.logs),
    ):
        if role:
            yield Code(f'{mixin}["{_type(api, role)}"]')


def _operation(api: Api, role: Role) -> Operation:
    return next(entry for entry in api.operations if entry.name == role.operation)


def _type(api: Api, role: Role) -> Code:
    return Code(" | ".join(dict.fromkeys(results(_operation(api, role)))) or "None")


def _by_hand(api: Api, job_type: JobTypeIr) -> HandleMethod:
    """`client.runs.latest(job_name=...)`, or `client.jobs(id=...)` where the identity says which run is meant."""
    latest = job_type.type.latest
    given = [_identity_argument(api, job_type, entry) for entry in _ordered(job_type)]
    what = "the latest run, whichever that is" if latest else "a job that exists already"
    lines = [
        f"A handle of {what}; nothing is sent.",
        *sections.entries("Args", sections.arguments(_identity_documented(job_type))),
        *sections.returns("A handle: `status()` asks about the job once, `wait()` until it has ended."),
        *sections.entries("Raises", [("InvalidArgument", "The arguments identify no job.")]),
    ]
    return HandleMethod(
        name=Code("latest" if latest else "__call__"),
        call=Code("_make"),
        overloads=tuple(_choices(api, job_type)),
        arguments=keyword_only(given),
        passed=Code(", ".join(f"{entry.name}={entry.name}" for entry in job_type.type.identity)),
        docstring=docstring(lines, 8),
        async_docstring=docstring(lines[:1], 8),
    )


def _identity_documented(job_type: JobTypeIr) -> Iterator[Argument]:
    for entry in _ordered(job_type):
        text = sentence(job_type.descriptions[entry.name])
        if entry.client_parameters:
            text = f"{text} Without it, the client's own.".lstrip()
        yield Argument(entry.name, text, f"as `{job_type.type.status.operation}` takes it")


def _choices(api: Api, job_type: JobTypeIr) -> Iterator[Code]:
    """One signature for each way to choose one of each group of alternatives."""
    grouped = {name for group in job_type.alternatives for name in group}
    for choice in product(*job_type.alternatives) if job_type.alternatives else ():
        yield keyword_only(
            [
                _identity_argument(api, job_type, entry, required=entry.name in choice)
                for entry in sorted(_ordered(job_type), key=lambda entry: entry.name not in choice)
                if entry.name in choice or entry.name not in grouped
            ]
        )


def _ordered(job_type: JobTypeIr) -> list[Identity]:
    """The fields of the identity, those that must be given first."""
    return sorted(job_type.type.identity, key=lambda entry: not _required(entry))


def _required(entry: Identity) -> bool:
    return not entry.optional and not entry.client_parameters


def _identity_argument(api: Api, job_type: JobTypeIr, entry: Identity, *, required: bool = False) -> str:
    type_ = _identity_type(api, job_type, entry)
    return f"{entry.name}: {type_}" if required or _required(entry) else f"{entry.name}: {type_} | None = None"


def _identity_type(api: Api, job_type: JobTypeIr, entry: Identity) -> str:
    """What a caller may give: the field's type, or all that the call for the status takes."""
    passed = {wire for wire, value in job_type.type.status.parameters.items() if value == f"$job.{entry.name}"}
    for parameter in _operation(api, job_type.type.status).parameters:
        if parameter.wire in passed and parameter.type.kind == "union":
            return argument_type(api, parameter.type)
    return "int" if entry.type == "integer" else "str"


def identity_needed(job_type: JobTypeIr) -> Iterator[list[str]]:
    """The fields of the identity that a handle needs, for each way to choose one of each group of alternatives."""
    grouped = {name for group in job_type.alternatives for name in group}
    for choice in product(*job_type.alternatives):
        yield [
            one.name
            for one in job_type.type.identity
            if one.name in choice or (_required(one) and one.name not in grouped)
        ]


def submit_arguments(api: Api, job_type: JobTypeIr) -> Iterator[list[str]]:
    """The names of the arguments that submitting needs; nothing where no operation submits."""
    role = job_type.type.submit
    if role is not None:
        operation = _operation(api, role)
        yield [_beside(name) for name in needed(api, operation, _fixed(job_type, role, operation))]


def _fixed(job_type: JobTypeIr, role: Role, operation: Operation) -> frozenset[str]:
    """The arguments of the operation that submitting gives by itself."""
    return frozenset(operation.argument_names[wire] for wire in role.parameters if wire != job_type.type.idempotency)


def _submits(api: Api, job_type: JobTypeIr, record: str) -> Iterator[HandleMethod]:
    """The method that submits, where something does, with the type of its records."""
    role = job_type.type.submit
    if role is None:
        return
    operation = _operation(api, role)
    fixed = _fixed(job_type, role, operation)
    given = list(arguments(api, operation, fixed=fixed))
    own = ["record", "again", *(["baseline"] if _reads_before(job_type) else [])]
    passed = [*own, *(f"{name}={_beside(name)}" for _, name in given)]
    theirs = {entry.name: entry for entry in operation_arguments(api, operation)}
    lines = _submit_lines(job_type, operation, [replace(theirs[name], name=_beside(name)) for _, name in given])
    yield HandleMethod(
        name=Code("submit"),
        call=Code("_submit"),
        overloads=tuple(
            keyword_only(_submitted(job_type, entries, record)) for entries in choices(api, operation, fixed)
        ),
        arguments=keyword_only(_submitted(job_type, given, record)),
        passed=Code(", ".join(passed)),
        docstring=docstring(lines, 8),
        async_docstring=docstring(lines[:1], 8),
    )


def _submitted(job_type: JobTypeIr, given: Sequence[tuple[str, str]], record: str) -> list[str]:
    """The arguments of submit: those of the operation, then where it is kept, and what is read before."""
    theirs = [_beside(name) + text.removeprefix(name) for text, name in given]
    before = ['baseline: Before = "read"'] if _reads_before(job_type) else []
    return [*theirs, f"record: {record} | None = None", 'again: Again = "never"', *before]


def _reads_before(job_type: JobTypeIr) -> bool:
    """Whether submitting first asks what is there already."""
    return (job_type.type.select is not None and job_type.type.select.baseline) or job_type.type.discover is not None


def _beside(name: str) -> str:
    """The name of an argument beside those that submit has of its own."""
    return f"{name}_" if name in OWN_ARGUMENTS else name


def _submit_lines(job_type: JobTypeIr, operation: Operation, theirs: Sequence[Argument]) -> list[str]:
    about = sections.one_line(sentence(operation.summary)) or "Submit a job."
    return [
        f"{about} The client's `{operation.name}`, as a job.",
        *sections.entries("Args", sections.arguments([*theirs, *_own_arguments(job_type)])),
        *sections.returns("The handle; its `submit_response` is what the vendor said."),
        *sections.entries("Raises", [_UNCERTAIN, ("JobClientsError", f"What `{operation.name}` raises.")]),
    ]


_UNCERTAIN: Final = ("SubmitUncertain", "The response was lost, and the job may run.")


def _own_arguments(job_type: JobTypeIr) -> Iterator[Argument]:
    """What submit takes beside the arguments of its operation."""
    yield Argument(
        "record",
        "Where the submission is kept from before its first byte is sent: a path, or an object with `load` and `save`. "
        "Given again, it goes on with the same job.",
        "",
    )
    yield Argument("again", 'With "failed", a job of the record that failed is submitted anew.', "")
    if _reads_before(job_type):
        yield Argument(
            "baseline",
            'With "read", what is there already is asked for first, so that no earlier run is taken for the new one. '
            'With "skip", the new run is recognized by its time and its order alone.',
            "",
        )


def module_lines(api: Api) -> list[str]:
    """What the vendor's jobs module is."""
    return [f"{sections.one_line(api.title)}: kinds of jobs, what their states mean, and handles, sync and async."]
