"""Kinds of jobs, and what tells their states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jobclients_contract.tables.calls import Json


@dataclass(frozen=True, slots=True)
class State:
    """A documented way to tell a job's state.

    Attributes:
        name: of the case, unique within its kind: the word, or the rule that it is told by.
        word: the vendor's; several words joined by a slash, empty for none.
        state: what it means, canonically.
        where: where the spec says so.
        answer: the body that says it.
        status: of the answer.
        headers: of the answer, names in lower case.
    """

    name: str
    word: str
    state: str
    where: str
    answer: Json
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job.

    Attributes:
        name: the client's attribute.
        where: where it stands.
        spec: the entry of ``x-jobs`` as it stands.
        identity: made-up arguments of a handle, as JSON, but for what the client's options give.
        roles: the client's method for each role (status, submit, cancel, ...).
        states: every documented word, rule and correction; all answers speak of the same run.
        others: further arguments of which a handle can be made.
        submission: arguments that submit the job of `identity`, as JSON.
        submitted: a body of the answer to that, which speaks of the run of `states`.
        final: the answer to that which is the job's end already.
        rates: how many status calls are allowed in which time, as an ISO 8601 duration.
    """

    name: str
    where: str
    spec: Json
    identity: Mapping[str, Json]
    roles: Mapping[str, str]
    states: tuple[State, ...] = ()
    others: tuple[Mapping[str, Json], ...] = ()
    submission: Mapping[str, Json] = field(default_factory=dict[str, Json])
    submitted: Json = None
    final: State | None = None
    rates: tuple[tuple[int, str], ...] = ()
