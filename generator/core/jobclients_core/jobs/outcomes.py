"""What a failed request proves: whether the vendor may have submitted or stopped the job nonetheless."""

from __future__ import annotations

from enum import Enum
from http import HTTPStatus
from typing import Final

from jobclients_core.errors import (
    ApiError,
    AuthenticationError,
    BadRequest,
    Conflict,
    DecodeError,
    JobClientsError,
    NotFound,
    PermissionDenied,
    RateLimited,
    Refused,
    ServerError,
    TransportError,
)

_STANDARD: Final = frozenset(int(status) for status in HTTPStatus)
_CUT: Final = frozenset((408, 499))
"""The server gave up on the request, at whatever point."""

_TOO_EARLY: Final = 425
"""The vendor did not process the request, and asks for it again."""

_NOT_FOLLOWED: Final = frozenset((307, 308))
"""Redirects that ask for the same request elsewhere: it was not processed here."""

_REFUSALS: Final = (BadRequest, AuthenticationError, PermissionDenied, NotFound, Refused)


class Verdict(Enum):
    """What an attempt to submit, or to stop, proves."""

    UNSENT = "nothing was sent"
    UNPROCESSED = "the vendor did nothing, and may do it later"
    CONFLICT = "the vendor did nothing, unless it still works on an earlier attempt"
    REFUSED = "the vendor did nothing, and will not"
    OPEN = "the vendor may have taken it"


def verdict_of(error: JobClientsError, refused: tuple[int, ...] = ()) -> Verdict:
    """What the failure of a request to submit, or to stop, proves.

    Args:
        error: How it failed.
        refused: Statuses of which the specification says that the vendor then did nothing.

    Returns:
        The verdict on this attempt alone: an earlier one may have been taken nonetheless.
    """
    if isinstance(error, TransportError):
        return Verdict.OPEN if error.sent else Verdict.UNSENT
    if isinstance(error, DecodeError):
        return Verdict.OPEN
    if not isinstance(error, ApiError):
        return Verdict.REFUSED
    return _verdict_of_response(error, refused)


def _verdict_of_response(error: ApiError, refused: tuple[int, ...]) -> Verdict:
    status = error.status
    if isinstance(error, RateLimited) or status == _TOO_EARLY:
        return Verdict.UNPROCESSED
    if isinstance(error, Conflict):
        return Verdict.CONFLICT
    if status in _NOT_FOLLOWED or status in refused:
        return Verdict.REFUSED
    # The class and not the status: a vendor's own code may say no with a 500.
    if isinstance(error, _REFUSALS) and status not in _CUT:
        return Verdict.REFUSED
    plain = status in _STANDARD and 400 <= status < 500 and status not in _CUT
    return Verdict.REFUSED if plain and not isinstance(error, ServerError) else Verdict.OPEN
