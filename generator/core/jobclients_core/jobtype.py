"""A job type as data, and bound to its operations with all defaults filled in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Final, Generic, Literal, TypeVar

from .conditions import First
from .expressions import Expression, job_names
from .jobparts import (
    ROLES,
    Adopt,
    Carried,
    Discover,
    Echo,
    FieldRule,
    Honoured,
    Identity,
    Lookup,
    NotFound,
    Poll,
    RateLimit,
    Refine,
    Refusal,
    Role,
    Select,
    StateRule,
)
from .operation import Operation, operations_in
from .pointers import split

P = TypeVar("P")

UNKNOWN_FOR: Final = 600.0
"""Seconds for which `wait` bears an unknown state, as usual."""

GONE_FOR: Final = 10.0
"""Seconds for which a job has to be not found before it is taken to be gone, as usual."""


@dataclass(frozen=True)
class JobType(Generic[P]):
    """One kind of job of a vendor; `P` is the type of its status call's answer.

    Args:
        name: Its name, as the client's attribute is called.
        vendor: The vendor's identifier.
        identity: What identifies a job; covers all required arguments of all roles.
        status: Asks for the state.
        submit: Starts one.
        cancel: Stops one.
        result: Fetches what came out.
        progress: Tells how far it is.
        logs: Fetches its log.
        failure: Tells why one failed.
        failed: The states in which it is asked why.
        list: Lists jobs; used to find a submission whose response was lost.
        status_many: Tells the states of many in one call.
        select: Chooses the run, for jobs that are known by a name and run again.
        discover: Finds the run that submit does not name.
        echo: Where a response says whose it is.
        states: Ordered rules, first match wins.
        match: Whether texts are compared exactly or without regard to case.
        raw_state: Places whose values, joined by ``/``, are the vendor's own word; several are in for each other,
            first present wins.
        absent: State where none of `raw_state` is there at all.
        refine: Second looks, in order, first match wins.
        unknown_for: Seconds for which `wait` bears an unknown state; None for the usual.
        not_found: What "not found" means right after a submission.
        gone_for: Seconds for which a job has to be not found before it is taken to be gone; None for the usual.
        fields: Name of a `JobStatus` field to where it is.
        final: When submit's answer is already final, and the state it then is.
        idempotency: Parameter of submit that carries a key or tag of the client's making.
        key_format: How that key is written: 32 hexadecimal digits, or a UUID with hyphens.
        honoured: What the vendor does with that key; None where it is a tag that is found in the list.
        lookup: When a submission shows; None where nobody knows.
        refused: Statuses of 5xx with which the vendor says that it did not take a submission.
        adopt: How answers of other endpoints name a job, in order.
        poll: How to wait.
        limits: Documented rate limits.
        operations: Module in which the operations are found, imported on first use.
    """

    name: str
    vendor: str
    identity: tuple[Identity, ...]
    status: Role
    submit: Role | None = None
    cancel: Role | None = None
    result: Role | None = None
    progress: Role | None = None
    logs: Role | None = None
    failure: Role | None = None
    failed: tuple[str, ...] = ("failed",)
    list: Role | None = None
    status_many: Role | None = None
    select: Select | None = None
    discover: Discover | None = None
    states: tuple[StateRule, ...] = ()
    match: Literal["exact", "casefold"] = "exact"
    raw_state: tuple[tuple[str, ...], ...] = ()
    absent: str | None = None
    refine: tuple[Refine, ...] = ()
    unknown_for: float | None = None
    not_found: NotFound | None = None
    gone_for: float | None = None
    fields: Mapping[str, FieldRule] = field(default_factory=dict[str, FieldRule])
    final: StateRule | None = None
    idempotency: str | None = None
    key_format: Literal["hex", "uuid"] = "hex"
    honoured: Honoured | None = None
    lookup: Lookup | None = None
    refused: tuple[int, ...] = ()
    adopt: tuple[Adopt, ...] = ()
    poll: Poll = field(default_factory=Poll)
    limits: tuple[RateLimit, ...] = ()
    operations: str = ""
    echo: Echo | None = None

    @property
    def latest(self) -> bool:
        """Whether a handle made by hand means "the latest run"."""
        return self.select is not None

    @property
    def missing(self) -> NotFound:
        """What it means that a run that was just submitted does not show."""
        return self.select.missing if self.select and self.select.missing else NotFound("queued", 120.0)

    @property
    def pace(self) -> Pace:
        """How to wait, with the usual where nothing is said."""
        return Pace(**{name: value for name, value in asdict(self.poll).items() if value is not None})

    @property
    def roles(self) -> dict[str, Role]:
        """The roles that some operation has, by name."""
        return {name: role for name in ROLES if (role := getattr(self, name)) is not None}

    @cached_property
    def bound(self) -> BoundJobType[P]:
        """The type with its operations, made at first use."""
        return BoundJobType(self, operations_in(self.operations))


@dataclass(frozen=True, slots=True)
class Pace:
    """How to wait: what `Poll` says, and the usual for what it does not say.

    Raises:
        ValueError: the numbers make no sense.
    """

    initial: float = 1.0
    max: float = 30.0
    multiplier: float = 1.6
    timeout: float = 3600.0
    tolerate: float = 900.0
    statuses: tuple[int, ...] = (429, 500, 502, 503, 504)
    transport: bool = True

    def __post_init__(self) -> None:
        sane = 0 < self.initial <= self.max < math.inf and 1 <= self.multiplier < math.inf
        if not sane or not self.timeout > 0 or not self.tolerate >= 0:
            raise ValueError("poll: 0 < initial <= max, multiplier >= 1, timeout > 0 and tolerate >= 0 are wanted")


@dataclass(frozen=True, slots=True)
class OperationBinding:
    """A role with its operation.

    Args:
        operation: The called operation, a constant of generated code.
        arguments: What it is given, by the names of its arguments in Python.
        items: For lists: where the elements are.
        keys: For lists: identity name to the key or JSON pointer of it inside of an element.
        refused: When the vendor refuses the call.
        carried: For lists: where an element carries the key of its submission.
        url: What is called in place of the operation's path; empty for that.
        part: The part of the identity that the URL is made of.
        most: For lists that take identifiers: how many one call takes.
        sources: Further arguments, whose values are in the last response to the status.
    """

    operation: Operation[Any]
    arguments: Mapping[str, Any]
    items: str = ""
    keys: Mapping[str, str] = field(default_factory=dict[str, str])
    refused: tuple[Refusal, ...] = ()
    carried: Carried | None = None
    url: str = ""
    part: Identity | None = None
    most: int = 0
    sources: Mapping[str, str | First] = field(default_factory=dict[str, str | First])


@dataclass(frozen=True, slots=True)
class BoundDiscover:
    """How to find a run in a list.

    Args:
        role: Lists the runs.
        key: Key or JSON pointer of the identity inside of an element.
        identity: The identity.
        within: Seconds for which to look.
        order: Whether a greater identity is a newer one.
        joins: Whether submit may answer with a run that is there already.
    """

    role: OperationBinding
    key: str
    identity: Identity
    within: float
    order: Literal["", "counter"] = ""
    joins: bool = False


class BoundJobType(Generic[P]):
    """A job type with its operations, and the usual where it says nothing.

    Args:
        type: The job type.
        operations: The vendor's operations by id.
    """

    def __init__(self, type: JobType[P], operations: Mapping[str, Operation[Any]]) -> None:
        def bound(role: Role | None) -> OperationBinding | None:
            return None if role is None else _bound(operations[role.operation], role, type.identity)

        self.type = type
        self.name = type.name
        self.vendor = type.vendor
        self.identity = type.identity
        self.latest = type.latest
        self.status = _bound(operations[type.status.operation], type.status, type.identity)
        self.submit = bound(type.submit)
        self.cancel = bound(type.cancel)
        self.result = bound(type.result)
        self.progress = bound(type.progress)
        self.logs = bound(type.logs)
        self.failure = bound(type.failure)
        self.list = bound(type.list)
        self.status_many = bound(type.status_many)
        self.discover = None if type.discover is None else _discover(type, type.discover, operations)
        self.missing = type.missing
        self.unknown_for = UNKNOWN_FOR if type.unknown_for is None else type.unknown_for
        self.gone_for = GONE_FOR if type.gone_for is None else type.gone_for
        self.poll = type.pace
        self.idempotency = None
        if self.submit is not None and type.idempotency is not None:
            self.idempotency = argument_names(self.submit.operation).get(type.idempotency)
        # A key that no list can be searched for has no other use than to be honoured.
        self.honoured = type.honoured or (Honoured() if self.idempotency is not None and self.list is None else None)
        self.settle = type.lookup.settle if type.lookup is not None else None
        # Seconds after a submission for which "not found" proves nothing.
        self.hidden_for = type.not_found.within if type.not_found is not None else self.settle or 0.0
        self.keeps = type.lookup.keeps if type.lookup is not None else None

    def argument(self, place: Expression) -> str:
        """The argument of submit that a ``$request`` expression names, which the checks of a specification see to."""
        assert self.submit is not None
        name = split(place.name)[0] if place.part == "body" else place.name
        return self.submit.operation.arguments.get((place.part, name), name)


def _bound(operation: Operation[Any], role: Role, identity: tuple[Identity, ...] = ()) -> OperationBinding:
    names = argument_names(operation)
    arguments = {names.get(wire, wire): value for wire, value in role.parameters.items()}
    sources = {names.get(wire, wire): source for wire, source in role.sources.items()}
    part = next((part for part in identity if part.name in job_names(role.url)), None)
    return OperationBinding(
        operation, arguments, role.items, role.keys, role.refused, role.carried, role.url, part, role.most, sources
    )


def _discover(type: JobType[Any], discover: Discover, operations: Mapping[str, Operation[Any]]) -> BoundDiscover:
    return BoundDiscover(
        _bound(operations[discover.role.operation], discover.role),
        discover.key,
        next(part for part in type.identity if part.name == discover.identity),
        30.0 if discover.within is None else discover.within,
        discover.order,
        discover.joins,
    )


def argument_names(operation: Operation[Any]) -> dict[str, str]:
    """The arguments of an operation by the names that are sent; a parameter before a property of the same name.

    Returns:
        Names in Python by names that are sent.
    """
    return {wire: name for (_, wire), name in reversed(operation.arguments.items())}
