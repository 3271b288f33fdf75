"""Kinds of jobs to words: the constants of a vendor's jobs module, its handles and its collections."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from vendorsmith.emit.code import Code, docstring, sentence
from vendorsmith.emit.docs import one_line
from vendorsmith.emit.jobkind import job_kind
from vendorsmith.emit.signatures import arguments, keyword_only, overloads, results
from vendorsmith.emit.types import argument_type
from vendorsmith.ir import Api, Operation
from vendorsmith.ir_jobs import JobIdentity, JobKind, JobRole


@dataclass(frozen=True, slots=True)
class HandleMethod:
    """A method of a collection that makes a handle: by hand, or by submitting."""

    name: Code
    call: Code
    overloads: tuple[Code, ...]
    arguments: Code
    passed: Code
    docstring: Code


@dataclass(frozen=True, slots=True)
class KindWords:
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


def kind_words(api: Api) -> tuple[KindWords, ...]:
    """The words of every kind of job of a vendor."""
    return tuple(_kind(api, kind) for kind in api.jobs)


def operations_of(api: Api) -> tuple[Code, ...]:
    """The constants of the operations that play a role for some kind of job."""
    used = {role.operation for kind in api.jobs for role in roles(kind).values()}
    used |= {kind.discover.operation for kind in api.jobs if kind.discover}
    return tuple(Code(entry.constant) for entry in api.operations if entry.name in used)


def roles(kind: JobKind) -> dict[str, JobRole]:
    """The roles that a kind has, by name."""
    named = {
        "status": kind.status,
        "submit": kind.submit,
        "cancel": kind.cancel,
        "result": kind.result,
        "progress": kind.progress,
        "logs": kind.logs,
        "list": kind.list,
        "status_many": kind.status_many,
    }
    return {name: role for name, role in named.items() if role is not None}


def _kind(api: Api, kind: JobKind) -> KindWords:
    about = sentence(kind.summary)
    return KindWords(
        name=Code(kind.name),
        constant=Code(kind.constant),
        raw=_type(api, kind.status),
        value=job_kind(api, kind),
        handle=Code(kind.class_name),
        collection=Code(kind.collection_name),
        bases=tuple(_bases(api, kind)),
        docstring=docstring([about], 4),
        collection_docstring=docstring([f"Ways to a handle of one job of this kind. {about}"], 4),
        property_docstring=docstring([f"Ways to a handle of one job of this kind. {about}"], 8),
        methods=(_by_hand(api, kind),),
        submits=(_submit(api, kind, kind.submit),) if kind.submit else (),
    )


def _bases(api: Api, kind: JobKind) -> Iterator[Code]:
    """The classes behind `Job[...]` that give a handle its further methods; the async ones have the same names."""
    if kind.cancel:
        yield Code("Cancels")
    for mixin, role in (("HasResult", kind.result), ("HasProgress", kind.progress), ("HasLogs", kind.logs)):
        if role:
            yield Code(f'{mixin}["{_type(api, role)}"]')


def _operation(api: Api, role: JobRole) -> Operation:
    return next(entry for entry in api.operations if entry.name == role.operation)


def _type(api: Api, role: JobRole) -> Code:
    return Code(" | ".join(dict.fromkeys(results(_operation(api, role)))) or "None")


def _by_hand(api: Api, kind: JobKind) -> HandleMethod:
    """`client.runs.latest(job_name=...)`, or `client.jobs(id=...)` where the identity says which run is meant."""
    latest = kind.run is not None
    given = [_identity_argument(api, kind, entry) for entry in _ordered(kind)]
    what = "the latest run, whichever that is" if latest else "a job that exists already"
    lines = [f"A handle of {what}; nothing is sent.", "", "Args:"]
    lines += [f"    {entry.name}: {sentence(entry.description) or 'see the vendor.'}" for entry in _ordered(kind)]
    lines += ["", "Raises: InvalidArgument (that identifies no job)."]
    return HandleMethod(
        name=Code("latest" if latest else "__call__"),
        call=Code("_make"),
        overloads=tuple(_choices(api, kind)),
        arguments=keyword_only(given),
        passed=Code(", ".join(f"{entry.name}={entry.name}" for entry in kind.identity)),
        docstring=docstring(lines, 8),
    )


def _choices(api: Api, kind: JobKind) -> Iterator[Code]:
    """One signature for each way to choose one of each group of alternatives."""
    grouped = {name for group in kind.alternatives for name in group}
    for choice in product(*kind.alternatives) if kind.alternatives else ():
        yield keyword_only(
            [
                _identity_argument(api, kind, entry, required=entry.name in choice)
                for entry in sorted(_ordered(kind), key=lambda entry: entry.name not in choice)
                if entry.name in choice or entry.name not in grouped
            ]
        )


def _ordered(kind: JobKind) -> list[JobIdentity]:
    """The fields of the identity, those that must be given first."""
    return sorted(kind.identity, key=lambda entry: not _required(entry))


def _required(entry: JobIdentity) -> bool:
    return not entry.optional and not any(source.startswith("$client.") for source in entry.sources)


def _identity_argument(api: Api, kind: JobKind, entry: JobIdentity, *, required: bool = False) -> str:
    type_ = _identity_type(api, kind, entry)
    return f"{entry.name}: {type_}" if required or _required(entry) else f"{entry.name}: {type_} | None = None"


def _identity_type(api: Api, kind: JobKind, entry: JobIdentity) -> str:
    """What a caller may give: the field's type, or all that the call for the status takes."""
    passed = {name for name, value in kind.status.arguments if value == f"$job.{entry.name}"}
    for parameter in _operation(api, kind.status).parameters:
        if parameter.name in passed and parameter.type.kind == "union":
            return argument_type(api, parameter.type)
    return "int" if entry.type == "integer" else "str"


def _submit(api: Api, kind: JobKind, role: JobRole) -> HandleMethod:
    operation = _operation(api, role)
    fixed = frozenset(name for name, _ in role.arguments if name != kind.idempotency)
    given = list(arguments(api, operation, fixed=fixed))
    return HandleMethod(
        name=Code("submit"),
        call=Code("_submit"),
        overloads=tuple(overloads(api, operation, fixed)),
        arguments=keyword_only([text for text, _ in given]),
        passed=Code(", ".join(f"{name}={name}" for _, name in given)),
        docstring=docstring(_submit_lines(kind, operation), 8),
    )


def _submit_lines(kind: JobKind, operation: Operation) -> list[str]:
    lines = [f"{sentence(operation.summary) or 'Submit a job.'} Takes what the client's `{operation.name}` takes.", ""]
    if kind.run and kind.run.baseline:
        lines += ["The status is asked for first, so that an earlier run is never taken for the new one.", ""]
    return [
        *lines,
        "Returns: the handle; its `submit_answer` is what the vendor said.",
        "Raises: SubmitUncertain (the answer was lost, and the job may run), or what the call raises.",
    ]


def module_lines(api: Api) -> list[str]:
    """What the vendor's jobs module is."""
    return [f"{one_line(api.title)}: kinds of jobs, what their states mean, and handles, sync and async."]
