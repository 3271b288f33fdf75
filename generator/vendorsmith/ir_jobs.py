"""The part of the intermediate representation that is about jobs: what a handle holds, states, fields, polling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from vendorsmith.ir_base import Condition, Evidence


@dataclass(frozen=True, slots=True)
class JobIdentity:
    """A field of a handle, and where submitting finds it.

    Attributes:
        name: of the field, and of the argument that makes a handle.
        sources: `$client.NAME`, `$request.NAME` (an argument of submit) or a place in submit's answer; the first that
            is there counts.
        type: what it holds.
        optional: whether a handle may lack it.
        description: what it is.
    """

    name: str
    sources: tuple[str, ...]
    type: Literal["string", "integer"]
    optional: bool
    description: str


@dataclass(frozen=True, slots=True)
class JobRole:
    """The operation that plays a role, by its method's name.

    Attributes:
        operation: the name of the method.
        arguments: what is passed to which argument: `$job.NAME`, `$key`, data, and lists and objects of such.
        select: for a call that lists jobs, where the list stands.
        identity: for a call that lists jobs, where each field of the identity stands in an element.
    """

    operation: str
    arguments: tuple[tuple[str, Any], ...]
    select: str = ""
    identity: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class JobRun:
    """Which run a status speaks of.

    Attributes:
        select: the place of the runs, or of the run.
        key: what tells one run from another.
        match: properties of a run that must equal a field of the identity.
        submitted: where submit's answer shows the new run; empty where it does not.
        baseline: whether submit reads the status first.
        missing: state and seconds while our run does not show yet, or None for the runtime's own.
    """

    select: str
    key: tuple[str, ...]
    match: tuple[tuple[str, str], ...]
    submitted: str
    baseline: bool
    missing: tuple[str, float] | None


@dataclass(frozen=True, slots=True)
class JobDiscover:
    """How the id of a new run is found in a list: the first one greater than those that were there before."""

    operation: str
    arguments: tuple[tuple[str, Any], ...]
    select: str
    key: str
    identity: str
    within: float | None


@dataclass(frozen=True, slots=True)
class JobRule:
    """A canonical state, what must hold for it, and for a rule of the map the vendor's word."""

    state: str
    when: tuple[Condition, ...]
    word: str = ""
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class JobRefinement:
    """A correction of a state by what else the answer says."""

    state: str
    when: tuple[Condition, ...]
    to: str


@dataclass(frozen=True, slots=True)
class JobField:
    """Where a canonical fact stands and how it is read."""

    name: str
    sources: tuple[str, ...]
    format: str
    pattern: str
    scale: float
    total: str
    json: bool


@dataclass(frozen=True, slots=True)
class JobPoll:
    """How often and how long to ask, in seconds, and which failures a wait outlasts."""

    initial: float | None = None
    max: float | None = None
    multiplier: float | None = None
    timeout: float | None = None
    tolerate: float | None = None
    statuses: tuple[int, ...] | None = None
    transport: bool | None = None


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind of job: the attribute `name` of the client, the constant, and the facts its handles work with.

    Attributes:
        absent: the state of an answer without a word; empty where there is none.
        not_found: state and seconds for a job that was submitted just now, or None.
        final: the rule by which submit's answer is the end already, or None.
        idempotency: the argument of submit that carries a key of ours; empty where none does.
        unknown_for: seconds that a word outside the map is waited out, or None for the runtime's own.
    """

    name: str
    constant: str
    class_name: str
    collection_name: str
    summary: str
    identity: tuple[JobIdentity, ...]
    alternatives: tuple[tuple[str, ...], ...]
    status: JobRole
    submit: JobRole | None
    cancel: JobRole | None
    result: JobRole | None
    progress: JobRole | None
    logs: JobRole | None
    list: JobRole | None
    status_many: JobRole | None
    run: JobRun | None
    discover: JobDiscover | None
    words: tuple[tuple[str, ...], ...]
    casefold: bool
    rules: tuple[JobRule, ...]
    absent: str
    refine: tuple[JobRefinement, ...]
    unknown_for: float | None
    not_found: tuple[str, float] | None
    fields: tuple[JobField, ...]
    final: JobRule | None
    idempotency: str
    adopt: tuple[tuple[tuple[str, str], ...], ...]
    poll: JobPoll
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class RateLimit:
    """How many calls of some operations, by the names of their methods, may be made in some seconds."""

    operations: tuple[str, ...]
    limit: int
    per: float
    scope: Literal["account", "client"]
