"""Handles as facts: what identifies one job, and how that travels as text."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from jobclients_core.calls import Session
from jobclients_core.decode import UnreadableError, parse_json
from jobclients_core.jobtype import BoundJobType
from jobclients_core.shapes import is_array, is_object, is_text
from jobclients_core.states import Attribution, JobState

from .errors import HandleError
from .identity import fits
from .urls import SecretUrl

FORMAT: Final = 1
READABLE: Final = frozenset((1,))
"""Formats that this release reads; a change of the format adds to it and keeps the one before."""

MAX_TEXT: Final = 65_536
MAX_TIME: Final = 253_402_300_799
"""The last second of the last year of four digits."""

RunKey = tuple[str | None, ...]
"""What tells one run from others: a text for each part of the key, None for a part that the vendor left out."""

IdentityValues = Mapping[str, str | int]


@dataclass(eq=False, slots=True)
class Handle:
    """One job: facts that are JSON, and a few that live as long as the process.

    Args:
        vendor: The vendor's identifier.
        kind: The kind of job.
        origin: Scheme, host, port and path prefix of the client that made it.
        account: The client's label for the account.
        identity: What identifies the job.
        run_key: The run, once it is known.
        attribution: How sure it is that `run_key` is the handle's own run.
        baseline: Keys of the runs that were there before submission; None where nobody looked.
        submitted_at: Seconds since 1970; None for a handle made by hand.
        seen: Whether the vendor has ever told a status of it.
        key: The key or tag that the submission carried.
        ended: The last terminal state that was seen in this process.
        state: The last state that was seen in this process.
        missing_since: Moment on the monotonic clock since which a run that was there does not show; None while it does.
    """

    vendor: str
    kind: str
    origin: str
    account: str
    identity: IdentityValues
    run_key: RunKey | None = None
    attribution: Attribution = "exact"
    baseline: tuple[RunKey, ...] | None = None
    submitted_at: float | None = None
    seen: bool = False
    key: str | None = None
    ended: JobState | None = None
    state: JobState | None = None
    missing_since: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def label(self) -> str:
        """The job in words: its kind and what identifies it."""
        parts = " ".join(f"{name}={value}" for name, value in self.identity.items())
        return f"{self.vendor}.{self.kind} {parts}"

    def learn(self, key: RunKey, attribution: Attribution) -> RunKey:
        """Keep the key of the run that turned out to be the handle's, unless another waiter was faster.

        Args:
            key: The key.
            attribution: How sure that is.

        Returns:
            The key that is kept.
        """
        with self._lock:
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
        if any(isinstance(value, SecretUrl) for value in self.identity.values()):
            raise HandleError("the job's URL holds a credential, so that its handle is not saved")
        facts: dict[str, Any] = {
            "format": FORMAT,
            "vendor": self.vendor,
            "kind": self.kind,
            "origin": self.origin,
            "account": self.account,
            "identity": dict(self.identity),
            "run_key": None if self.run_key is None else list(self.run_key),
            "attribution": self.attribution,
            "baseline": None if self.baseline is None else [list(key) for key in self.baseline],
            "submitted_at": self.submitted_at,
            "seen": self.seen,
            "key": self.key,
        }
        return json.dumps({**facts, "checksum": _checksum(facts)}, ensure_ascii=True, separators=(",", ":"))


def _checksum(facts: Mapping[str, Any]) -> str:
    text = json.dumps(facts, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:16]


def read_handle(text: str | bytes) -> Handle:
    """Read a handle; whether it fits a client is `restore_handle`'s to say.

    Args:
        text: What `Handle.to_json` made.

    Returns:
        The handle.

    Raises:
        HandleError: it is no handle, was changed, or is of a format that this release does not read.
    """
    facts = _facts(text)
    version = facts.get("format")
    if type(version) is not int or version not in READABLE:
        raise HandleError("the handle is of a format that this release does not read")
    checksum = facts.pop("checksum", None)
    if checksum != _checksum(facts):
        raise HandleError("the handle was changed or cut: its checksum does not fit")
    try:
        return _read(facts)
    except (KeyError, TypeError, ValueError):
        pass
    raise HandleError("the handle is malformed")


def _facts(text: str | bytes) -> dict[str, Any]:
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else bytes(text)
    facts: Any = None
    if len(content) <= MAX_TEXT:
        try:
            facts = parse_json(content)
        except UnreadableError:
            facts = None
    if not is_object(facts):
        raise HandleError("the text is no handle")
    return facts


def _read(facts: Mapping[str, Any]) -> Handle:
    submitted = facts["submitted_at"]
    if submitted is not None:
        if type(submitted) not in (int, float) or not 0 <= submitted <= MAX_TIME:
            raise ValueError
        submitted = float(submitted)
    identity = facts["identity"]
    if not is_object(identity) or not all(type(value) in (str, int) for value in identity.values()):
        raise ValueError
    attribution = facts["attribution"]
    if attribution not in ("exact", "newer_than_baseline", "latest"):
        raise ValueError
    baseline = facts["baseline"]
    key = facts["key"]
    return Handle(
        vendor=_text(facts["vendor"]),
        kind=_text(facts["kind"]),
        origin=_text(facts["origin"]),
        account=_text(facts["account"]),
        identity=identity,
        run_key=None if facts["run_key"] is None else _key(facts["run_key"]),
        attribution=attribution,
        baseline=None if baseline is None else tuple(_key(item) for item in baseline),
        submitted_at=submitted,
        seen=facts["seen"] is True,
        key=None if key is None else _text(key),
    )


def _text(value: Any) -> str:
    if not is_text(value):
        raise TypeError
    return value


def _key(value: Any) -> RunKey:
    if not is_array(value) or not value:
        raise TypeError
    return tuple(None if part is None else _text(part) for part in value)


def restore_handle(kind: BoundJobType[Any], session: Session, text: str | bytes, *, rebind: bool = False) -> Handle:
    """Read a handle for a client.

    Args:
        kind: The kind it has to be of.
        session: The client's session.
        text: The handle as text.
        rebind: Whether a handle of another base URL or account is taken over to this client's.

    Returns:
        The handle.

    Raises:
        HandleError: it does not fit.
    """
    handle = read_handle(text)
    if (handle.vendor, handle.kind) != (kind.vendor, kind.name):
        raise HandleError(f"the handle is not of {kind.vendor}.{kind.name}")
    reason = fits(kind, handle.identity)
    if reason is not None:
        raise HandleError(f"the handle does not fit {kind.vendor}.{kind.name}: {reason}")
    keys = (*(() if handle.run_key is None else (handle.run_key,)), *(handle.baseline or ()))
    if keys and (kind.type.select is None or any(len(key) != len(kind.type.select.key) for key in keys)):
        raise HandleError(f"the handle does not fit {kind.vendor}.{kind.name}: its runs are known by another key")
    base = str(session.base)
    if not rebind and handle.origin != base:
        raise HandleError("the handle belongs to another origin or path than the client's (rebind=True takes it over)")
    if not rebind and handle.account != session.account:
        raise HandleError("the handle belongs to another account than the client's (rebind=True takes it over)")
    handle.origin, handle.account = base, session.account
    return handle
