"""What generated code says about the jobs of a vendor, as plain data.

Sources are expressions: ``$response.body#/pointer``, ``$response.header.Name`` and ``$response.status`` of an
answer, ``$run#/pointer`` of the run that was chosen of it, and ``$result#/pointer`` of the decoded field ``result``.
Arguments of roles may be ``$job.NAME`` (an identity), ``$key`` (the generated key of a submission), ``$page`` (of
`JobKind.status_many`: the number of the page, from 1), or a literal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Literal, TypeVar

from jobclients_core.expressions import When
from jobclients_core.operation import Operation

from .patterns import check_pattern
from .states import JobState

P = TypeVar("P")

TIMES: Final = ("started_at", "finished_at", "updated_at")
"""Fields that are moments."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One part of what identifies a job.

    Args:
        name: Its name, as in ``$job.NAME`` and as the argument of a handle made by hand.
        source: Where a submission yields it, first present wins: ``$request.NAME`` (argument of submit),
            ``$client.NAME`` (parameter of the client, also the default of a handle made by hand), or
            ``$response.body#/pointer`` of submit's answer.
        type: What it is.
        optional: Whether a job may have none, because another part identifies it.
    """

    name: str
    source: tuple[str, ...] = ()
    type: Literal["string", "integer"] = "string"
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Role:
    """An operation in a part that a job gives it.

    Args:
        operation: The operation.
        arguments: Its arguments: ``$job.NAME``, ``$key``, or literals; expressions also inside of lists, objects and
            longer texts (``"tag=$key"``). An argument whose identity the job lacks is left out.
        items: For lists: where the elements stand.
        keys: For lists: identity name to the key or JSON pointer of it inside of an element.
    """

    operation: Operation[Any]
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    items: str = ""
    keys: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Select:
    """Which run of a job that is run again and again a status speaks of.

    Args:
        source: Where the runs stand: a list of objects, or one object.
        key: Keys (or JSON pointers) inside of a run that tell it from others; compared for equality only.
        baseline: Whether submit first notes the runs that are there already.
        missing_state: State while a run that was just submitted does not show.
        missing_for: Seconds for which that is believed.
        match: Keys inside of a run that have to equal ``$job.NAME`` where they are present.
        submitted: Where submit's answer shows the new run with the same key; empty where it does not.
    """

    source: str
    key: tuple[str, ...]
    baseline: bool = False
    missing_state: str = "queued"
    missing_for: float = 120.0
    match: Mapping[str, str] = field(default_factory=dict[str, str])
    submitted: str = ""

    def __post_init__(self) -> None:
        JobState(self.missing_state)


@dataclass(frozen=True, slots=True)
class Discover:
    """How to find the run that submit's answer does not name: the first that was not there before.

    Args:
        operation: Lists the runs.
        arguments: Its arguments: ``$job.NAME``, ``$request.NAME`` (argument of submit), or literals.
        source: Where the elements stand.
        key: Key or JSON pointer of the identity inside of an element.
        identity: Name of the identity.
        within: Seconds for which to look.
    """

    operation: Operation[Any]
    arguments: Mapping[str, Any]
    source: str
    key: str
    identity: str
    within: float = 30.0


@dataclass(frozen=True, slots=True)
class StateRule:
    """One state and the conditions, all of them, under which it applies.

    Args:
        state: The canonical state.
        when: The conditions.
    """

    state: str
    when: tuple[When, ...]

    def __post_init__(self) -> None:
        JobState(self.state)


@dataclass(frozen=True, slots=True)
class Refine:
    """A second look at a state: "successful" with rejected objects is a success with warnings.

    Args:
        state: The state that is looked at again.
        when: The conditions, all of them.
        to: The state it then is.
    """

    state: str
    when: tuple[When, ...]
    to: str

    def __post_init__(self) -> None:
        JobState(self.state)
        JobState(self.to)


@dataclass(frozen=True, slots=True)
class FieldRule:
    """Where a field of `JobStatus` is and how to read it.

    Args:
        source: Places, first present wins.
        format: For times: ``rfc3339``, ``unix-s``, ``unix-ms``, ``java-medium-us`` or ``jdbc``; else empty.
        pattern: Reads a value out of prose: the group named ``value`` (see `check_pattern`).
        scale: Numbers are multiplied by it.
        total: Place of what the number is a part of, for a progress that is computed.
        json: Whether a text holds JSON; one that does not stays a text.

    Raises:
        ValueError: the pattern may take more than linear time, or has no group ``value``.
    """

    source: tuple[str, ...]
    format: str = ""
    pattern: str = ""
    scale: float = 1.0
    total: str = ""
    json: bool = False

    def __post_init__(self) -> None:
        reason = check_pattern(self.pattern) if self.pattern else None
        if reason is not None:
            raise ValueError(f"pattern: {reason}")


@dataclass(frozen=True, slots=True)
class NotFound:
    """What "not found" means right after a submission.

    Args:
        state: The state of a job that does not show yet.
        within: Seconds for which that is believed.
    """

    state: str
    within: float

    def __post_init__(self) -> None:
        JobState(self.state)


@dataclass(frozen=True, slots=True)
class Poll:
    """How to wait; all times in seconds.

    Args:
        initial: Shortest and first delay.
        max: Longest delay.
        multiplier: Growth of the delay's upper end from one poll to the next.
        timeout: How long `wait` waits when it is not told.
        tolerate: How long transient failures are tolerated since the last good answer.
        statuses: HTTP statuses that are transient here.
        transport: Whether lost and unreadable answers are.

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
class Adopt:
    """How an answer of any endpoint names a job.

    Args:
        fields: Identity name to the JSON pointer in the answer; all have to be there.
    """

    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A limit that the vendor documents.

    Args:
        operations: The operations that share it; empty for all.
        limit: Calls in `per`.
        per: Seconds.
        scope: Whether all clients of an account share it, or each client has its own.
    """

    operations: tuple[str, ...]
    limit: int
    per: float
    scope: Literal["account", "client"] = "account"


@dataclass(frozen=True, slots=True)
class JobKind(Generic[P]):
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
        list: Lists jobs; used to find a submission whose answer was lost.
        status_many: Tells the states of many in one call.
        select: Chooses the run, for jobs that are known by a name and run again.
        discover: Finds the run that submit does not name.
        states: Ordered rules, first match wins.
        match: Whether texts are compared exactly or without regard to case.
        raw_state: Places whose values, joined by ``/``, are the vendor's own word; several in place of one stand in
            for each other, first present wins.
        absent: State where none of `raw_state` is there at all.
        refine: Second looks, in order, first match wins.
        unknown_for: Seconds for which `wait` bears an unknown state.
        not_found: What "not found" means right after a submission.
        fields: Name of a `JobStatus` field to where it is.
        final: When submit's answer is already final, and the state it then is.
        idempotency: Argument of submit that carries a key or tag of the client's making.
        adopt: How answers of other endpoints name a job, in order.
        poll: How to wait.
        latest: Whether a handle made by hand means "the latest run".
        limits: Documented rate limits.
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
    list: Role | None = None
    status_many: Role | None = None
    select: Select | None = None
    discover: Discover | None = None
    states: tuple[StateRule, ...] = ()
    match: Literal["exact", "casefold"] = "exact"
    raw_state: tuple[str | tuple[str, ...], ...] = ()
    absent: str | None = None
    refine: tuple[Refine, ...] = ()
    unknown_for: float = 600.0
    not_found: NotFound | None = None
    fields: Mapping[str, FieldRule] = field(default_factory=dict[str, FieldRule])
    final: StateRule | None = None
    idempotency: str | None = None
    adopt: tuple[Adopt, ...] = ()
    poll: Poll = field(default_factory=Poll)
    latest: bool = False
    limits: tuple[RateLimit, ...] = ()
