"""`Event`: what a client reports of each request, to its log and to the caller's observer."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from .flow import Notify

logger = logging.getLogger("jobclients")


@dataclass(frozen=True, slots=True)
class Event:
    """One request that was sent, or could not be sent.

    Args:
        vendor: The vendor's identifier.
        operation: What was called: the name of the client's method, as in the messages of errors.
        account: The client's account label.
        method: HTTP method.
        status: HTTP status code; None where no response came.
        elapsed: Seconds from sending to the end of the response.
        attempt: 1 for the first time.
        error: Name of the transport's failure; None where a response came.
        job: The job that the request is about; empty where it is about none.
        state: The state of that job, as the response told it, or else as it was known before; empty where it is not.
    """

    vendor: str
    operation: str
    account: str
    method: str
    status: int | None
    elapsed: float
    attempt: int
    error: str | None = None
    job: str = ""
    state: str = ""


Observer: TypeAlias = Callable[[Event], None]


def report(event: Event, observer: Observer | None) -> None:
    """Log an event and show it to the observer, whose failures are logged and go no further.

    Args:
        event: The event.
        observer: The caller's function, or None.
    """
    logger.debug(
        "%s %s account=%s status=%s elapsed=%.3f attempt=%d",
        event.vendor,
        event.operation,
        event.account,
        event.error if event.status is None else event.status,
        event.elapsed,
        event.attempt,
    )
    if observer is None:
        return
    try:
        observer(event)
    except Exception:
        logger.exception("the observer of %s failed", event.vendor)


def notify(step: Notify) -> None:
    """Call a function of the caller's; its failure is logged and goes no further.

    Args:
        step: The function and what to tell it.
    """
    try:
        returned = step.callback(step.value)
        if inspect.iscoroutine(returned):
            returned.close()
            logger.error("a callback of a sync client is a coroutine function, which nothing awaits")
    except Exception:
        logger.exception("a callback failed")


async def notify_async(step: Notify) -> None:
    """Call a function of the caller's, and await what it returns where that can be awaited. As `notify`."""
    try:
        returned = step.callback(step.value)
        if inspect.isawaitable(returned):
            await returned
    except Exception:
        logger.exception("a callback failed")
