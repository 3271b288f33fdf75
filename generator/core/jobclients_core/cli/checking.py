"""What the credentials of a vendor are, when they end, and whether they are good."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jobclients_core.client import run_flow, session_of
from jobclients_core.errors import CredentialUnavailable, RateLimited, ServerError, TransportError
from jobclients_core.operation import Operation
from jobclients_core.security import SecretValue
from jobclients_core.vendors import Known

from .arguments import split_pairs
from .config import CommandError, Opened, Setup, known_vendor, open_client
from .outcome import CANNOT_TELL, NOT_ASKED, SUCCEEDED
from .reporting import Report
from .show import seconds_text
from .tokens import jwt_expiry


def check_auth(report: Report, setup: Setup, vendor: str, raw_arguments: Sequence[str]) -> int:
    """Show what the credentials are and when they end, without showing them, and ask whether they are good.

    They are exchanged where that is what they do, else a call that reads something small is made with them.

    Args:
        report: Where to.
        setup: Which configuration to use.
        vendor: The vendor.
        raw_arguments: Options of the client.

    Returns:
        The exit code: 6 where nobody could be asked.

    Raises:
        JobClientsError: they are not good.
    """
    known = known_vendor(vendor)
    pairs = split_pairs(known, raw_arguments, ())
    try:
        opened = report.opened(open_client(known, setup, pairs.options, report.heard))
    except CommandError as error:
        error.code = NOT_ASKED if error.code == CANNOT_TELL else error.code
        raise
    session = session_of(opened.client)
    verdict = _asked(opened)
    facts: list[dict[str, Any]] = []
    for credential, token in session.auth.in_use():
        expires: datetime | None = None
        if token is not None and token.ends_at is not None:
            expires = datetime.fromtimestamp(time.time() + token.ends_at - session.clock.monotonic(), UTC)
        elif isinstance(credential, SecretValue) and isinstance(credential.value, str):
            expires = jwt_expiry(credential.value)
        facts.append(
            {
                "credential": type(credential).__name__,
                "fields": _shown(credential),
                "source": opened.source,
                "exchanged": token is not None,
                "expires_at": None if expires is None else expires.isoformat(),
            }
        )
    _show_auth(report, opened, facts, verdict)
    return SUCCEEDED if verdict.good else NOT_ASKED


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether credentials are good.

    Args:
        good: Whether the vendor said so; False where it could not be asked.
        reason: Why, in words.
    """

    good: bool
    reason: str


def _asked(opened: Opened) -> Verdict:
    """Ask the vendor whether the credentials are good, if there is a way to do so that costs nothing.

    Raises:
        JobClientsError: the vendor says that they are not.
    """
    known, session = opened.known, session_of(opened.client)
    deadline = session.clock.monotonic() + session.options.timeout
    try:
        run_flow(opened.client, session.auth.authorize(known.vendor.security, "auth check", deadline), "auth check")
        if not session.auth.in_use():
            return Verdict(False, "there are no credentials")
        if any(token is not None for _, token in session.auth.in_use()):
            return Verdict(True, "they were exchanged for a token just now")
        call = _cheap_call(known)
        if call is None:
            return Verdict(False, f"{known.name} documents no call that takes nothing and reads something small")
        opened.client.send(call.call())
    except (TransportError, ServerError, RateLimited, CredentialUnavailable) as error:
        return Verdict(False, str(error))
    return Verdict(True, f"{call.id} let them in just now")


def _cheap_call(known: Known) -> Operation[Any] | None:
    """A call that reads, wants no arguments, and is let in by the credentials that all calls take."""
    for operation in known.operations.values():
        wanted = [item for item in operation.parameters if item.required and not item.client]
        plain = operation.method == "GET" and operation.body is None and operation.security is None
        if plain and not wanted and not operation.exactly_one:
            return operation
    return None


def _shown(credential: Any) -> dict[str, str]:
    """The fields of a credential; of those that are secret, only whether they are set."""
    shown: dict[str, str] = {}
    for item in dataclasses.fields(credential):
        value = getattr(credential, item.name)
        if value is not None:
            shown[item.name] = str(value) if item.repr else "set, not shown"
    return shown


def _show_auth(report: Report, opened: Opened, facts: list[dict[str, Any]], verdict: Verdict) -> None:
    out = report.out
    origin = session_of(opened.client).base.origin
    if out.json:
        asked = {"asked": verdict.good, "reason": verdict.reason}
        out.data({"vendor": opened.known.name, "origin": origin, "credentials": facts, **asked})
        return
    out.print(f"{opened.known.name} at {origin}")
    if not facts:
        out.print("  no credentials are used")
    for fact in facts:
        out.print(f"  {fact['credential']}, from {fact['source']}")
        for name, text in fact["fields"].items():
            out.print(f"    {name}: {text}")
        out.print(f"    expires: {_expiry_text(fact['expires_at'])}")
    out.print(f"  good: {verdict.reason}" if verdict.good else f"  not asked whether they are good: {verdict.reason}")


def _expiry_text(text: str | None) -> str:
    if text is None:
        return "unknown"
    timestamp = datetime.fromisoformat(text)
    left = (timestamp - datetime.now(UTC)).total_seconds()
    when = f"{timestamp.astimezone():%Y-%m-%d %H:%M:%S %Z}"
    return f"{when}, in {seconds_text(left)}" if left > 0 else f"{when}, which has passed"
