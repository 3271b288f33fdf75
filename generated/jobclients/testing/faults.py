"""Faults: what can go wrong between a client and its vendor, at chosen requests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

TRANSPORT: Final = ("reset", "timeout", "truncated", "refused")
"""Faults in which no complete answer arrives."""

ANSWERED: Final = ("html", "empty", "garbage")
"""Faults in which a success is not what it should be."""

_TEXT = re.compile(r"(?P<kind>[a-z]+|[1-5]\d\d)(?:@(?P<at>\d{1,6}))?(?:\*(?P<times>\d{1,6}))?(?::(?P<operation>\w+))?")


class FaultError(ValueError):
    """A text that names no fault."""


@dataclass(slots=True)
class Fault:
    """One fault, at some requests.

    Args:
        kind: An HTTP status as digits, or ``reset``, ``timeout``, ``truncated``, ``refused`` (no answer), ``html``,
            ``empty``, ``garbage`` (a success that is none).
        at: At which request; 1 for the first of those that count.
        times: At how many in a row.
        operation: Only requests of this operation count; all when empty.
        retry_after: Value of the header ``Retry-After``; none when empty.
        code: The vendor's own error code in the body, where the vendor has a place for one.
        message: The vendor's words in the body.

    Raises:
        FaultError: the kind is not known.
    """

    kind: str
    at: int = 1
    times: int = 1
    operation: str = ""
    retry_after: str = ""
    code: str = ""
    message: str = ""
    seen: int = 0

    def __post_init__(self) -> None:
        if self.kind not in TRANSPORT + ANSWERED and not (self.kind.isdigit() and 100 <= int(self.kind) < 600):
            known = ", ".join(TRANSPORT + ANSWERED)
            raise FaultError(f"{self.kind!r} is no fault: a status such as 503, or one of {known}")

    @property
    def status(self) -> int | None:
        """The HTTP status; None for faults of other kinds."""
        return int(self.kind) if self.kind.isdigit() else None

    def due(self, operation: str) -> bool:
        """Count a request, and tell whether this is one that goes wrong.

        Args:
            operation: What the request calls.

        Returns:
            True for the chosen ones.
        """
        if self.operation and self.operation != operation:
            return False
        self.seen += 1
        return self.at <= self.seen < self.at + self.times


def parse_fault(text: str) -> Fault:
    """Read a fault.

    Args:
        text: ``reset@3`` (the third request), ``503@2*4`` (the second to the fifth), ``404:get_job`` (the first one
            of that operation).

    Returns:
        The fault.

    Raises:
        FaultError: it is none.
    """
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        raise FaultError(f"{text!r} is no fault, which looks like reset@3, 503@2*4 or 404:get_job")
    return Fault(match["kind"], int(match["at"] or 1), int(match["times"] or 1), match["operation"] or "")
