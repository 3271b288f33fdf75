"""Decides which failed attempts of a call are repeated, and after how long."""

from __future__ import annotations

from collections.abc import Callable

from .errors import ApiError, AuthenticationError, JobClientsError, RateLimited, TransportError
from .flow import Clock, Sleep

BACKOFF_BASE = 0.5
BACKOFF_MAX = 20.0


class Retries:
    """The attempts of one call.

    Args:
        clock: Time and chance.
        retries: How often to repeat at most.
        repeatable: Whether it may be sent again although it may have been received.
        deadline: Time on the monotonic clock at which everything ends.
        before: How often it was sent already.
    """

    def __init__(self, clock: Clock, *, retries: int, repeatable: bool, deadline: float, before: int = 0) -> None:
        self._clock = clock
        self._retries = retries
        self._repeatable = repeatable
        self._deadline = deadline
        self._repeated = 0
        self._arrived = False
        self.attempt = before + 1

    def unsent(self, failure: TransportError) -> None:
        """Note in a failure that came before this attempt was sent whether an earlier one was.

        Args:
            failure: How it failed; of the call as a whole nothing was sent only where no attempt was.
        """
        failure.sent = failure.sent or self._arrived

    def failed(self, failure: ApiError | TransportError) -> None:
        """Note that an attempt failed, which may have reached the vendor.

        Args:
            failure: How it failed.
        """
        if isinstance(failure, TransportError):
            self.unsent(failure)
        self._arrived = self._arrived or _may_have_acted(failure)
        self.attempt += 1

    def pause(self, failure: ApiError | TransportError) -> Sleep:
        """What to do before the next attempt.

        Args:
            failure: How the last one failed.

        Returns:
            How long to wait.

        Raises:
            JobClientsError: that failure, where there is no next one.
        """
        if self._repeated < self._retries and may_repeat(failure, repeatable=self._repeatable):
            delay = retry_delay(failure, self._repeated, self._clock.random)
            if self._clock.monotonic() + delay < self._deadline:
                self._repeated += 1
                return Sleep(delay)
        raise failure


def _may_have_acted(failure: ApiError | TransportError) -> bool:
    """Whether the vendor may have acted on an attempt that failed: not where it refused the credential or the rate."""
    if isinstance(failure, TransportError):
        return failure.sent
    return not isinstance(failure, (AuthenticationError, RateLimited))


def may_repeat(failure: ApiError | TransportError, *, repeatable: bool) -> bool:
    """Whether a failed call may be sent again.

    Args:
        failure: How it failed.
        repeatable: Whether sending it twice does no harm.

    Returns:
        True for a transient failure of a repeatable call, and where nothing was sent at all.
    """
    if not failure.transient:
        return False
    return repeatable or (isinstance(failure, TransportError) and not failure.sent)


def retry_delay(failure: JobClientsError, repeated: int, random: Callable[[], float]) -> float:
    """Seconds to wait before the next attempt: what the vendor asks for, or else exponential with full jitter.

    Args:
        failure: How the last attempt failed.
        repeated: How often the call was repeated already.
        random: A source of numbers from 0 up to 1.

    Returns:
        The seconds.
    """
    asked = failure.retry_after if isinstance(failure, ApiError) else None
    if asked is not None:
        return asked
    ceiling: float = min(BACKOFF_MAX, BACKOFF_BASE * 2.0 ** min(repeated, 30))
    return random() * ceiling
