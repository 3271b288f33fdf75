"""The parts of a job type (identity, roles, state rules, fields, polling), as the spec states them.

Sources are expressions (see `jobclients_core.expressions`). Parameters of roles go by the names that are sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from .conditions import First, When
from .expressions import name_in, parse
from .patterns import check_pattern
from .states import JobState

ROLES: Final = ("status", "submit", "cancel", "result", "progress", "logs", "failure", "list", "status_many")

REASONS: Final = ("message", "error", "code")
"""Fields that can be read out of the response to the call for the reason of a failure."""

TIMES: Final = ("started_at", "finished_at", "updated_at")
"""Fields that are timestamps."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One part of what identifies a job.

    Args:
        name: Its name, as in ``$job.NAME`` and as the argument of a handle made by hand.
        source: Where a submission yields it, first present wins: an argument of submit, a parameter of the client
            (also the default of a handle made by hand), the key of the submission, or a place in submit's answer.
        type: What it is; ``url`` for one that is called as the vendor answered it.
        optional: Whether a job may have none, because another part identifies it.
        origins: Of a URL: suffixes of hosts that may be called beside the client's own origin.
        moves: Of a URL: whether a later response to the status replaces it.
        secret: Of a URL: names of query parameters that are credentials; a handle with one is not saved.
    """

    name: str
    source: tuple[str, ...] = ()
    type: Literal["string", "integer", "url"] = "string"
    optional: bool = False
    origins: tuple[str, ...] = ()
    moves: bool = False
    secret: tuple[str, ...] = ()

    @property
    def client_parameters(self) -> tuple[str, ...]:
        """The parameters of the client that it may come from."""
        return tuple(name for source in self.source if (name := name_in(source, "client")) is not None)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the vendor refuses of a job while it is in some state.

    Args:
        states: The canonical states in which it does.
        status: HTTP status of the response; None for the one that the operation documents for such errors.
        code: The vendor's own code in the response; empty for none.
    """

    states: tuple[str, ...]
    status: int | None = None
    code: str = ""

    def __post_init__(self) -> None:
        for state in self.states:
            JobState(state)


@dataclass(frozen=True, slots=True)
class Carried:
    """Where an element of a list carries the key of the submission that it is of.

    Args:
        at: Key or JSON pointer inside of the element; where a list is there, one of its elements carries it.
        equals: What it is then equal to: ``$key``, or an object with it, of which only the named parts are compared.
    """

    at: str
    equals: Any = "$key"


@dataclass(frozen=True, slots=True)
class Echo:
    """Where a response about a job says whose it is.

    Args:
        at: JSON pointer in the response, or in an element of a list of jobs.
        identity: Name of the identity that it repeats.
        match: Whether texts are compared exactly or without regard to case.
    """

    at: str
    identity: str
    match: Literal["exact", "casefold"] = "exact"


@dataclass(frozen=True, slots=True)
class Role:
    """An operation in a part that a job gives it.

    Args:
        operation: The operation's id.
        parameters: What it is given: ``$job.NAME``, ``$key``, ``$page`` (the number of the page, of a list),
            ``$sent_at`` (of a submission), or literals; expressions also inside of lists, objects and longer texts
            (``"tag=$key"``). A parameter whose identity the job lacks is left out.
        items: For lists: where the elements are.
        keys: For lists: identity name to the key or JSON pointer of it inside of an element.
        refused: When the vendor refuses the call, by the state of the job that it is about, or that it starts again.
        carried: For lists: where an element carries the key of its submission.
        sources: Further parameters, whose values are in the last response to the status.
        most: For lists that take ``$ids``: how many identifiers one call takes.
        url: What is called in place of the operation's path: ``$job.NAME`` of a URL, or a path with ``$job.NAME``
            in it, whose slashes stay; empty for the operation's own.
    """

    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    items: str = ""
    keys: Mapping[str, str] = field(default_factory=dict[str, str])
    refused: tuple[Refusal, ...] = ()
    carried: Carried | None = None
    url: str = ""
    most: int = 0
    sources: Mapping[str, str | First] = field(default_factory=dict[str, str | First])


@dataclass(frozen=True, slots=True)
class NotFound:
    """What it means that a job, or its run, does not show right after a submission.

    Args:
        state: The state that it then has.
        within: Seconds for which that is believed.
    """

    state: str
    within: float

    def __post_init__(self) -> None:
        JobState(self.state)


SKEW: Final = 300.0
"""Seconds by which a clock of the vendor's may differ from another, where the specification does not say."""

SLACK: Final = 60.0
"""Seconds by which a clock of the vendor's may step back between two runs, where the specification does not say."""


@dataclass(frozen=True, slots=True)
class Order:
    """A part of a run's key that tells which of two runs is newer.

    Args:
        key: The part, which is one of `Select.key`.
        by: Whether a greater number is newer, or a later time.
        format: How a time is written; one that names its zone.
        skew: Of a time: seconds by which its clock may differ from that of the vendor's ``Date`` header, or from ours.
        slack: Of a time: seconds by which its clock may step back between two runs.
    """

    key: str
    by: Literal["counter", "time"]
    format: str = ""
    skew: float | None = None
    slack: float | None = None


@dataclass(frozen=True, slots=True)
class Select:
    """Which run of a job that is run again and again a status speaks of.

    Args:
        source: Where the runs are: a list of objects, or one object.
        key: Keys (or JSON pointers) inside of a run that tell it from others; compared for equality.
        order: Which parts of the key tell the newer of two runs; the first that both have decides.
        exclude: Conditions, all of them, on a run that no submission began.
        baseline: Whether submit first notes the runs that are there already.
        missing: What it means that a run that was just submitted does not show.
        match: Keys inside of a run that have to equal ``$job.NAME`` where they are present.
        submitted: Where submit's answer shows the new run with the same key; empty where it does not.
        joins: Whether submit may answer with a run that is there already, which is then the submitted one.
    """

    source: str
    key: tuple[str, ...]
    baseline: bool = False
    missing: NotFound | None = None
    match: Mapping[str, str] = field(default_factory=dict[str, str])
    submitted: str = ""
    order: tuple[Order, ...] = ()
    exclude: tuple[When, ...] = ()
    joins: bool = False


@dataclass(frozen=True, slots=True)
class Discover:
    """How to find the run that submit's answer does not name: the first that was not there before.

    Args:
        role: Lists the runs; an argument of submit may be among its parameters.
        key: Key or JSON pointer of the identity inside of an element.
        identity: Name of the identity.
        within: Seconds for which to look.
        order: Whether a greater identity is a newer one (``counter``); empty where nothing tells the newer.
        joins: Whether submit may answer with a run that is there already, which is then the submitted one.
    """

    role: Role
    key: str
    identity: str
    within: float | None = None
    order: Literal["", "counter"] = ""
    joins: bool = False


@dataclass(frozen=True, slots=True)
class Honoured:
    """What a vendor does that makes one job of all submissions with the same key.

    Args:
        keeps: Seconds for which it knows a key; None where that is not documented.
        repeat: What a repeated submission is given beside what the first was, by the names that are sent.
        running: Status that it answers a repeat with while it still works on the first; None for none of its own.
    """

    keeps: float | None = None
    repeat: Mapping[str, Any] = field(default_factory=dict[str, Any])
    running: int | None = None


@dataclass(frozen=True, slots=True)
class Lookup:
    """What is known of when a submission shows at the vendor.

    Args:
        settle: Seconds after which one that was taken shows at the latest; None where nobody knows.
        keeps: Seconds for which an ended job shows at least; None where nobody knows.
    """

    settle: float | None = None
    keeps: float | None = None


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
        source: Places, first present wins; those in the response to the call for the reason of a failure come first.
        format: For times: ``rfc3339``, ``unix-s``, ``unix-ms``, ``java-medium-us`` or ``jdbc``; else empty.
        pattern: Reads a value out of prose: the group named ``value`` (see `check_pattern`).
        scale: Numbers are multiplied by it.
        total: Place of what the number is a part of, for a progress that is computed.
        json: Whether a text holds JSON; one that does not stays a text.
        absent: Values with which the vendor says that there is none, such as -1 for a time.

    Raises:
        ValueError: the pattern may take more than linear time, or has no group ``value``.
    """

    source: tuple[str | First, ...]
    format: str = ""
    pattern: str = ""
    scale: float = 1.0
    total: str = ""
    json: bool = False
    absent: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        reason = check_pattern(self.pattern) if self.pattern else None
        if reason is not None:
            raise ValueError(f"pattern: {reason}")

    @property
    def reasons(self) -> tuple[str | First, ...]:
        """The places in the response to the call for the reason of a failure."""
        return tuple(source for source in self.source if _is_reason(source))

    @property
    def reported(self) -> tuple[str | First, ...]:
        """The places in the response to the call for the status."""
        return tuple(source for source in self.source if not _is_reason(source))


def _is_reason(source: str | First) -> bool:
    place = parse(source.of if isinstance(source, First) else source)
    return place is not None and place.root == "failure"


@dataclass(frozen=True, slots=True)
class Poll:
    """How to wait; all times in seconds, None for the usual.

    Args:
        initial: Shortest and first delay.
        max: Longest delay.
        multiplier: Growth of the delay's upper end from one poll to the next.
        timeout: How long `wait` waits when it is not given.
        tolerate: How long transient failures are tolerated since the first of them after a good answer.
        statuses: HTTP statuses that a wait bears beside those that go by anyway.
        transport: Whether lost and unreadable answers are.
    """

    initial: float | None = None
    max: float | None = None
    multiplier: float | None = None
    timeout: float | None = None
    tolerate: float | None = None
    statuses: tuple[int, ...] | None = None
    transport: bool | None = None


@dataclass(frozen=True, slots=True)
class Adopt:
    """How a response of any endpoint names a job.

    Args:
        fields: Identity name to the JSON pointer in the response; all have to be there.
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
