"""The data of a handle: what identifies one job, and its form as text."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, get_args

from jobclients_core.calls import Session
from jobclients_core.decode import UnreadableError, parse_json
from jobclients_core.forking import PerProcess
from jobclients_core.jobtype import BoundJobType
from jobclients_core.pointers import of_place
from jobclients_core.states import Attribution, JobState
from jobclients_core.type_guards import is_array, is_object, is_text

from .errors import HandleError
from .identity import fits
from .urls import SecretUrl

FORMAT: Final = 2
READABLE: Final = frozenset((1, 2))
"""Formats that this release reads; a change of the format adds to it and keeps the one before."""

MAX_TEXT: Final = 65_536
MAX_TIME: Final = 253_402_300_799
"""The last second of the last year of four digits."""

RunKey = Mapping[str, str]
"""What tells one run from others: a text for each part of the key by its name, without parts that the vendor left out.
"""

IdentityValues = Mapping[str, str | int]

Found = Literal["runs", "empty", "not_found", "skipped"]


@dataclass(frozen=True, slots=True)
class Baseline:
    """The runs that were there before a submission, and when that was.

    Args:
        keys: Their keys.
        found: Whether there were ``runs``, the response was ``empty``, the vendor knew no such job or told of others
            only (``not_found``), or the caller had it ``skipped``.
        read_at: When it was read by our clock, in seconds since 1970.
        dated: When it was read by the vendor's clock; None where the response did not say.
    """

    keys: tuple[RunKey, ...] = ()
    found: Found = "empty"
    read_at: float = 0.0
    dated: float | None = None


_learning = PerProcess(threading.Lock)


@dataclass(slots=True)
class Absence:
    """The responses since a handle's own run does not show in them.

    Args:
        since: Time of the first one on the monotonic clock.
        last: Time of the last one.
        answered: Seconds that they cover; a time without responses counts for little.
        doubts: Keys of runs that they showed and that may not be the handle's own, and what speaks against them.
        rivals: Whether they showed a run in its place that is not surely older.
    """

    since: float
    last: float
    answered: float = 0.0
    doubts: list[tuple[RunKey, str]] = field(default_factory=list[tuple[RunKey, str]])
    rivals: bool = False


@dataclass(eq=False, slots=True)
class Handle:
    """One job: facts that are JSON, and a few that live as long as the process.

    Args:
        vendor: The vendor's identifier.
        kind: Name of the job type, such as ``jobs``.
        origin: Scheme, host, port and path prefix of the client that made it.
        account: The client's label for the account.
        identity: What identifies the job.
        run_key: The run, once it is known.
        attribution: How sure it is that `run_key` is the handle's own run.
        baseline: The runs that were there before submission; None for a handle made by hand.
        named: The times that submit's answer gave of the run, where it gave nothing else of its key.
        submitted_at: When it was submitted by our clock, in seconds since 1970; None for a handle made by hand.
        sent_at: When the submission was sent, by the vendor's clock where that is known, else by ours.
        sent_until: When its response came, or was given up, by the same clock.
        joined: Whether the vendor answered with a run that was there before.
        seen: Whether the vendor has ever told a status of it.
        key: The key or tag that the submission carried.
        fingerprint: What the submission's arguments come to, where a record was kept of it.
        ended: The last terminal state that was seen in this process.
        state: The last state that was seen in this process.
        gone_since: Time on the monotonic clock since which the vendor says that there is no such job; None while it
            does not say so.
        begun_at: Time on the monotonic clock at which it was submitted; None for one of another process.
        looked_at: Time on the monotonic clock of the first response about it in this process.
        absence: What was answered since its run does not show; None while it does.
    """

    vendor: str
    kind: str
    origin: str
    account: str
    identity: IdentityValues
    run_key: RunKey | None = None
    attribution: Attribution = "exact"
    baseline: Baseline | None = None
    named: RunKey | None = None
    submitted_at: float | None = None
    sent_at: float | None = None
    sent_until: float | None = None
    joined: bool = False
    seen: bool = False
    key: str | None = None
    fingerprint: str | None = None
    ended: JobState | None = None
    state: JobState | None = None
    gone_since: float | None = None
    begun_at: float | None = None
    looked_at: float | None = None
    absence: Absence | None = None

    @property
    def label(self) -> str:
        """The job in words: its kind and what identifies it."""
        parts = " ".join(f"{name}={value}" for name, value in self.identity.items())
        return f"{self.vendor}.{self.kind} {parts}"

    @property
    def savable(self) -> bool:
        """Whether it can be saved: not where the job's URL holds a credential."""
        return not any(isinstance(value, SecretUrl) for value in self.identity.values())

    @property
    def missing_since(self) -> float | None:
        """Time on the monotonic clock since which a run that was there does not show; None while it does."""
        return self.absence.since if self.absence is not None and self.run_key is not None else None

    def learn(self, key: RunKey, attribution: Attribution) -> RunKey:
        """Keep the key of the run that turned out to be the handle's, unless another waiter was faster.

        Args:
            key: The key.
            attribution: How sure that is.

        Returns:
            The key that is kept.
        """
        with _learning():
            if self.run_key is None:
                self.run_key = key
                self.attribution = attribution
            return self.run_key

    def to_json(self) -> str:
        """The handle as text: no secrets, and a checksum against accidents.

        Returns:
            JSON in one line.

        Raises:
            HandleError: the job is identified by a URL that holds a credential.
        """
        if not self.savable:
            raise HandleError("the job's URL holds a credential, so that its handle is not saved")
        data: dict[str, Any] = {
            "format": FORMAT,
            "vendor": self.vendor,
            "kind": self.kind,
            "origin": self.origin,
            "account": self.account,
            "identity": dict(self.identity),
            "run_key": _plain(self.run_key),
            "attribution": self.attribution,
            "baseline": None if self.baseline is None else _baseline_data(self.baseline),
            "named": _plain(self.named),
            "submitted_at": self.submitted_at,
            "sent_at": self.sent_at,
            "sent_until": self.sent_until,
            "joined": self.joined,
            "seen": self.seen,
            "key": self.key,
        }
        if self.fingerprint is not None:
            data["fingerprint"] = self.fingerprint
        return sealed(data)


def _plain(key: RunKey | None) -> dict[str, str] | None:
    return None if key is None else dict(key)


def _baseline_data(baseline: Baseline) -> dict[str, Any]:
    return {
        "keys": [dict(key) for key in baseline.keys],
        "found": baseline.found,
        "read_at": baseline.read_at,
        "dated": baseline.dated,
    }


def checksum(data: Mapping[str, Any]) -> str:
    """What tells data that was changed or cut by accident.

    Args:
        data: The handle as JSON, without its checksum.

    Returns:
        The checksum.
    """
    text = json.dumps(data, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:16]


def sealed(data: Mapping[str, Any]) -> str:
    """JSON with its checksum, as text.

    Args:
        data: The handle as JSON.

    Returns:
        JSON in one line.
    """
    return json.dumps({**data, "checksum": checksum(data)}, ensure_ascii=True, separators=(",", ":"))


def read_handle(text: str | bytes) -> Handle:
    """Read a handle; whether it fits a client is `restore_handle`'s to say.

    Args:
        text: What `Handle.to_json` made.

    Returns:
        The handle.

    Raises:
        HandleError: it is not a handle, was changed, or is of a format that this release does not read.
    """
    data = _data(text)
    version = data.get("format")
    if type(version) is not int or version not in READABLE:
        raise HandleError("the handle is of a format that this release does not read")
    if data.pop("checksum", None) != checksum(data):
        raise HandleError("the handle was changed or cut: its checksum does not fit")
    try:
        return _read(data)
    except (KeyError, TypeError, ValueError):
        pass
    raise HandleError("the handle is malformed")


def _data(text: str | bytes) -> dict[str, Any]:
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else bytes(text)
    data: Any = None
    if len(content) <= MAX_TEXT:
        try:
            data = parse_json(content)
        except UnreadableError:
            data = None
    if not is_object(data):
        raise HandleError("the text is not the handle of a job")
    return data


def _read(data: Mapping[str, Any]) -> Handle:
    identity = data["identity"]
    if not is_object(identity) or not all(type(value) in (str, int) for value in identity.values()):
        raise ValueError
    attribution = data["attribution"]
    if attribution not in ("exact", "newer_than_baseline", "in_window", "latest"):
        raise ValueError
    key = data["key"]
    submitted_at = _timestamp(data["submitted_at"])
    older = data["format"] == 1
    read = _key_of_1 if older else _key
    return Handle(
        vendor=_text(data["vendor"]),
        kind=_text(data["kind"]),
        origin=_text(data["origin"]),
        account=_text(data["account"]),
        identity=identity,
        run_key=None if data["run_key"] is None else read(data["run_key"]),
        attribution=attribution,
        baseline=_baseline_of_1(data["baseline"], submitted_at) if older else _baseline(data["baseline"]),
        named=None if older or data["named"] is None else _key(data["named"]),
        submitted_at=submitted_at,
        sent_at=submitted_at if older else _timestamp(data["sent_at"]),
        sent_until=submitted_at if older else _timestamp(data["sent_until"]),
        joined=not older and data["joined"] is True,
        seen=data["seen"] is True,
        key=None if key is None else _text(key),
        fingerprint=_text(data["fingerprint"]) if "fingerprint" in data else None,
    )


def _text(value: Any) -> str:
    if not is_text(value):
        raise TypeError
    return value


def _timestamp(value: Any) -> float | None:
    if value is None:
        return None
    if type(value) not in (int, float) or not 0 <= value <= MAX_TIME:
        raise ValueError
    return float(value)


def _key(value: Any) -> RunKey:
    if not is_object(value) or not value:
        raise TypeError
    return {_text(name): _text(part) for name, part in value.items()}


def _key_of_1(value: Any) -> RunKey:
    """The key of a run in format 1, which knows its parts by their places only: with ``place/count`` for names."""
    if not is_array(value) or not value:
        raise TypeError
    return {f"{place}/{len(value)}": _text(part) for place, part in enumerate(value) if part is not None}


def _baseline(value: Any) -> Baseline | None:
    if value is None:
        return None
    if not is_object(value) or not is_array(value["keys"]) or value["found"] not in get_args(Found):
        raise TypeError
    read_at = _timestamp(value["read_at"])
    if read_at is None:
        raise TypeError
    return Baseline(tuple(_key(key) for key in value["keys"]), value["found"], read_at, _timestamp(value["dated"]))


def _baseline_of_1(value: Any, submitted_at: float | None) -> Baseline | None:
    if value is None:
        return None
    if not is_array(value):
        raise TypeError
    return Baseline(tuple(_key_of_1(key) for key in value), "runs" if value else "empty", submitted_at or 0.0)


def restore_handle(job_type: BoundJobType[Any], session: Session, text: str | bytes, *, rebind: bool = False) -> Handle:
    """Read a handle for a client.

    Args:
        job_type: The kind it has to be of.
        session: The client's session.
        text: The handle as text.
        rebind: Whether a handle of another base URL or account is taken over to this client's.

    Returns:
        The handle.

    Raises:
        HandleError: it does not fit.
    """
    handle = read_handle(text)
    if (handle.vendor, handle.kind) != (job_type.vendor, job_type.name):
        raise HandleError(f"the handle is not of {job_type.vendor}.{job_type.name}")
    fit_handle(job_type, handle)
    base = str(session.base)
    if not rebind and handle.origin != base:
        raise HandleError("the handle belongs to another origin or path than the client's (rebind=True takes it over)")
    if not rebind and handle.account != session.account:
        raise HandleError("the handle belongs to another account than the client's (rebind=True takes it over)")
    handle.origin, handle.account = base, session.account
    return handle


def fit_handle(job_type: BoundJobType[Any], handle: Handle) -> None:
    """Have a handle that another release may have saved speak of its job as the kind does now.

    Raises:
        HandleError: it identifies no job of the kind, or its run by nothing that the kind still knows.
    """
    reason = fits(job_type, handle.identity)
    if reason is not None:
        raise HandleError(f"the handle does not fit {job_type.vendor}.{job_type.name}: {reason}")
    rename_keys(job_type, handle)


def rename_keys(job_type: BoundJobType[Any], handle: Handle) -> None:
    """Call the parts of a handle's keys what the kind calls them, and leave out those that it does not know any more.

    Raises:
        HandleError: nothing that tells the runs apart is left.
    """
    current = job_type.type.select.key if job_type.type.select is not None else ()
    if job_type.discover is not None:
        current = (*current, job_type.discover.identity.name)
    names = {of_place(name): name for name in current}
    names |= {of_place(f"{place}/{len(current)}"): name for place, name in enumerate(current)}

    def renamed(key: RunKey) -> RunKey:
        found = {names[of_place(old)]: part for old, part in key.items() if of_place(old) in names}
        if not found:
            known = ", ".join(current) or "nothing"
            raise HandleError(
                f"the handle does not fit {job_type.vendor}.{job_type.name}: its runs have another key than {known}; "
                "resume it with the release that saved it, or make a handle of the job by hand"
            )
        return found

    if handle.run_key is not None:
        handle.run_key = renamed(handle.run_key)
    if handle.named is not None:
        handle.named = renamed(handle.named)
    if handle.baseline is not None:
        handle.baseline = replace(handle.baseline, keys=tuple(renamed(key) for key in handle.baseline.keys))
