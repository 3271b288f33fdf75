"""Credentials that the vendor refused a short time ago: calls that need one fail without sending it again."""

from __future__ import annotations

import copy
import threading
from dataclasses import dataclass, field
from typing import Any

from .errors import ApiError, JobClientsError, RateLimited, ServerError
from .forking import PerProcess

MAX_REFUSALS = 16
REFUSAL_PAUSE = 60.0
"""Seconds for which a credential that was refused is not tried again: vendors lock accounts for less."""


@dataclass(frozen=True, slots=True)
class Failure:
    """How a credential failed, for every call that would send the same one again.

    Args:
        error: How it failed, without traceback.
        at: Time on the monotonic clock.
        credential: The credential; None where asking for one failed.
        operation: The one operation that refused it; None where it is of no use for any.
        login: Whether it failed when it was exchanged, and not in a call.
    """

    error: JobClientsError
    at: float
    credential: Any = field(default=None, repr=False)
    operation: str | None = None
    login: bool = False

    def hits(self, credential: Any, operation: str, now: float) -> bool:
        """Whether a credential was refused so lately that it is not tried again.

        Args:
            credential: The credential.
            operation: What is called.
            now: Time on the monotonic clock.

        Returns:
            True within `REFUSAL_PAUSE` of the refusal.
        """
        if now - self.at >= REFUSAL_PAUSE or self.operation not in (None, operation):
            return False
        return bool(self.credential == credential)

    def again(self, operation: str, now: float) -> JobClientsError:
        """The same failure for another call, which sends nothing.

        Args:
            operation: What is called.
            now: Time on the monotonic clock.

        Returns:
            An error of its own, to be raised.
        """
        error = copy.copy(self.error)
        if not self.login:
            error.operation = operation
        if refuses(error):
            left = max(REFUSAL_PAUSE - (now - self.at), 0.0)
            error.message += f" (the credential was refused, and is not tried again for {left:.0f} s)"
        return error


def refuses(error: JobClientsError) -> bool:
    """Whether a response to a login says no to the credential, rather than failing to come about.

    Args:
        error: How the login failed.

    Returns:
        True for every response but those of a server that is out of order or overloaded.
    """
    return isinstance(error, ApiError) and not isinstance(error, (ServerError, RateLimited))


class FailedCredentials:
    """The failures of one client's credentials."""

    def __init__(self) -> None:
        self._guard = PerProcess(threading.Lock)
        self._recent: tuple[Failure, ...] = ()
        self.last: Failure | None = None

    def note(self, failure: Failure) -> None:
        """Keep a failure for those who wait for it, and a refusal for those who come within the pause.

        Args:
            failure: What came of a credential.
        """
        with self._guard():
            self.last = failure
            if failure.credential is not None and refuses(failure.error):
                live = [old for old in self._recent if failure.at - old.at < REFUSAL_PAUSE]
                self._recent = (*live, failure)[-MAX_REFUSALS:]

    def of(self, credential: Any, operation: str, now: float) -> Failure | None:
        """The refusal that keeps a credential from being tried.

        Args:
            credential: The credential.
            operation: What is called.
            now: Time on the monotonic clock.

        Returns:
            The refusal; None where it may be tried.
        """
        return next((refusal for refusal in self._recent if refusal.hits(credential, operation, now)), None)
