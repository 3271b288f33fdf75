"""Faults that a fake vendor can inject at chosen requests, such as 503 or a reset connection."""

from __future__ import annotations

import difflib
import re
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

TRANSPORT: Final = ("reset", "timeout", "truncated", "refused")
"""Faults in which no complete response arrives."""

ANSWERED: Final = ("html", "empty", "garbage", "content-type", "wrong-length", "drip", "bomb")
"""Faults in which a success is not what it should be."""

PACE: Final = 0.05
"""Seconds between the bytes of a response that drips."""

BOMB: Final = 256 * 1024 * 1024
"""Bytes that a decompression bomb grows to: four times what clients read."""

_TEXT = re.compile(
    r"(?P<done>done-)?(?P<kind>[a-z]+(?:-[a-z]+)*|[2-5]\d\d)(?:\+(?P<seconds>\d{1,6}(?:\.\d{1,3})?))?"
    r"(?:@(?P<at>\d{1,6}))?(?:\*(?P<times>\d{1,6}))?(?::(?P<operation>\w+))?",
    re.ASCII,
)


class FaultError(ValueError):
    """A text that names no fault, or one that would never happen."""


@dataclass(slots=True)
class Fault:
    """One fault, at some requests.

    Args:
        kind: An HTTP status as digits; or no complete response: ``reset``, ``timeout``, ``truncated``, ``refused``
            (before anything is done; over a connection that is already, it is cut); or a success that is none:
            ``html``, ``empty``, ``garbage`` (half a JSON), ``content-type`` (the right answer, called HTML),
            ``wrong-length`` (more bytes than it says), ``drip`` (byte by byte), ``bomb`` (small, and huge when
            decompressed).
        at: At which request; 1 for the first of those that count.
        times: At how many in a row.
        operation: Only requests of this operation count; all when empty.
        retry_after: Value of the header ``Retry-After``; none when empty.
        code: The vendor's own error code in the body, where the vendor has a place for one.
        message: The vendor's words in the body.
        pace: Of a drip: seconds between its bytes.
        done: Of a status: whether the request is carried out nevertheless, as by a vendor behind a proxy that fails.

    Raises:
        FaultError: the kind is not known, there is no such request, or the header could not be sent.
    """

    kind: str
    at: int = 1
    times: int = 1
    operation: str = ""
    retry_after: str = ""
    code: str = ""
    message: str = ""
    seen: int = 0
    pace: float = PACE
    done: bool = False

    def __post_init__(self) -> None:
        self.check()

    def check(self) -> None:
        """See that it can be done.

        Raises:
            FaultError: as for the constructor.
        """
        if self.kind not in TRANSPORT + ANSWERED and not re.fullmatch(r"[2-5]\d\d", self.kind, re.ASCII):
            known = ", ".join(TRANSPORT + ANSWERED)
            raise FaultError(f"{self.kind!r} is not a fault: a status such as 503, or one of {known}")
        if self.at < 1 or self.times < 1:
            raise FaultError("requests are counted from 1, and at least one goes wrong")
        if not re.fullmatch(r"(?:[!-~](?:[ -~]*[!-~])?)?", self.retry_after):
            raise FaultError(f"{self.retry_after[:80]!r} is not a value of a header: printable ASCII is wanted")

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
            of that operation), ``429+30@2`` (with ``Retry-After: 30``), ``drip+0.2`` (seconds between the bytes),
            ``done-502`` (though the request is carried out).

    Returns:
        The fault.

    Raises:
        FaultError: it is none.
    """
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        raise FaultError(f"{text[:80]!r} is not a fault, which looks like reset@3, 503@2*4, 429+30 or 404:get_job")
    fault = Fault(match["kind"], int(match["at"] or 1), int(match["times"] or 1), match["operation"] or "")
    if match["done"] and fault.status is None:
        raise FaultError(f"{text!r}: done- is before a status; of other faults all but refused are done")
    fault.done = match["done"] is not None
    if match["seconds"]:
        if fault.kind == "drip":
            fault.pace = float(match["seconds"])
        elif fault.status is not None and match["seconds"].isdigit():
            fault.retry_after = match["seconds"]
        else:
            raise FaultError(
                f"{text!r}: +SECONDS is the Retry-After of a status (whole seconds), or the pace of a drip"
            )
    return fault


def check_operation(operation: str, known: Iterable[str]) -> None:
    """See that a fault can happen: of an operation that nobody has, no request ever comes.

    Args:
        operation: The operation's name.
        known: The names that there are.

    Raises:
        FaultError: it is none of them; the message has the nearest one.
    """
    names = list(known)
    if operation not in names:
        close = difflib.get_close_matches(operation, names, 1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"
        raise FaultError(f"no operation is called {operation[:80]!r}; {hint}")


@cache
def bomb() -> bytes:
    """A gzip file of some hundred kilobytes that decompresses to `BOMB` blanks."""
    blanks = b" " * (1024 * 1024)
    times = BOMB // len(blanks)
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    # What was flushed fully depends on nothing before it, and may be repeated.
    block = packer.compress(blanks) + packer.flush(zlib.Z_FULL_FLUSH)
    check = 0
    for _ in range(times):
        check = zlib.crc32(blanks, check)
    head, end = b"\x1f\x8b\x08" + bytes(6) + b"\xff", packer.flush(zlib.Z_FINISH)
    return head + block * times + end + struct.pack("<II", check, BOMB)
