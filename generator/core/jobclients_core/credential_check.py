"""Whether the credentials of a client are good, asked by a way that costs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .client import SyncClient, run_flow, session_of
from .operation import Operation
from .vendors import Known


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether credentials are good.

    Args:
        good: Whether the vendor said so; False where it could not be asked.
        reason: Why, in words.
    """

    good: bool
    reason: str


def check_credentials(known: Known, client: SyncClient) -> Verdict:
    """Ask the vendor whether the credentials are good, if there is a way to do so that costs nothing.

    They are exchanged where that is what they do, else a call that reads something small is made with them.

    Args:
        known: The vendor.
        client: The client.

    Returns:
        What the vendor said, or that there is no such way.

    Raises:
        JobClientsError: they are not good, or no response came.
    """
    session = session_of(client)
    deadline = session.clock.monotonic() + session.options.timeout
    run_flow(client, session.auth.authorize(known.vendor.security, "auth check", deadline), "auth check")
    if not session.auth.in_use():
        return Verdict(False, "there are no credentials")
    if any(token is not None for _, token in session.auth.in_use()):
        return Verdict(True, "they were exchanged for a token just now")
    call = _cheap_call(known)
    if call is None:
        return Verdict(False, f"{known.name} documents no call that takes nothing and reads something small")
    client.send(call.call())
    return Verdict(True, f"{call.id} let them in just now")


def _cheap_call(known: Known) -> Operation[Any] | None:
    """A call that reads, wants no arguments, and is let in by the credentials that all calls take."""
    for operation in known.operations.values():
        wanted = [item for item in operation.parameters if item.required and not item.client]
        plain = operation.method == "GET" and operation.body is None and operation.security is None
        if plain and not wanted and not operation.exactly_one:
            return operation
    return None
