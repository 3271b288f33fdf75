"""The command `check`: which credentials a vendor uses, when they expire, and whether they work."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from jobclients_core.client import session_of
from jobclients_core.credential_check import Verdict, check_credentials
from jobclients_core.errors import CredentialUnavailable, RateLimited, ServerError, TransportError
from jobclients_core.security import SecretValue

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


def _asked(opened: Opened) -> Verdict:
    """What the vendor says of the credentials, or why it could not be asked.

    Raises:
        JobClientsError: the vendor says that they are not good.
    """
    try:
        return check_credentials(opened.known, opened.client)
    except (TransportError, ServerError, RateLimited, CredentialUnavailable) as error:
        return Verdict(False, str(error))


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
