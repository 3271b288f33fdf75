"""What both kinds of client share: configuration, and everything that does no I/O."""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self

from .auth import Authenticator
from .drift import DriftObserver
from .env import settings_from_env
from .errors import InvalidArgument, JobClientsError
from .exchange import ClientContext
from .flow import Effect, Lock, Send
from .http import HttpOptions, checked_options
from .observe import Event, Observer, logger, report
from .operation import Vendor
from .origin import fill_server, parse_base_url, warn_if_insecure
from .response_parser import forget_responses
from .session import Session, default_headers

if TYPE_CHECKING:
    from .response_validation import Inspector

_SECRET_HEADER = re.compile(r"auth|cookie|key|secret|token", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that ended, to be reported when the flow has read its response."""

    step: Send
    status: int | None
    elapsed: float
    failure: str | None


class Contained:
    """Lets nothing out but the library's own errors, whatever a caller's transport or model does.

    Their tracebacks begin here, and those of the library's errors that led to them are dropped: the frames inside have
    the response in their variables, and tools that report errors show those, with any secret that the vendor repeated.

    Args:
        operation: What is called, for errors.
    """

    __slots__ = ("_before", "_operation")

    def __init__(self, operation: str) -> None:
        self._operation = operation

    def __enter__(self) -> None:
        # Of an error that the caller is handling, the traceback is the caller's.
        self._before = sys.exception()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            forget_responses(error, self._before)  # the runtime has read them
        if isinstance(error, JobClientsError):
            raise error.with_traceback(None)
        if isinstance(error, Exception):
            raise JobClientsError(f"unexpected {type(error).__name__}", operation=self._operation) from error


class ClientBase:
    """A client without its driver. Arguments as for `SyncClient`, and what gives the driver's kind of lock."""

    vendor: ClassVar[Vendor]
    """The vendor; generated classes set it for `from_env`."""

    def __init__(
        self,
        vendor: Vendor,
        lock: Callable[[], Lock],
        *,
        base_url: str | None,
        variables: Mapping[str, str | None] | None,
        parameters: Mapping[str, Any] | None,
        auth: Any,
        account: str,
        timezone: tzinfo | None,
        headers: Mapping[str, str] | None,
        http: HttpOptions | None,
        observer: Observer | None,
        on_drift: DriftObserver | None,
    ) -> None:
        options = checked_options(http)
        zone: Any = timezone
        if zone is not None and not isinstance(zone, tzinfo):
            raise InvalidArgument("timezone should be a tzinfo, such as ZoneInfo(...)", argument="timezone")
        clock = options.clock
        given = dict(variables or {})
        own = {name: value for name, value in (parameters or {}).items() if value is not None}
        if base_url is not None:
            base = parse_base_url(base_url)
        elif vendor.server is not None:
            base = fill_server(vendor.server, vendor.variables, given)
        else:
            raise InvalidArgument("base_url has to be given", argument="base_url")
        warn_if_insecure(base)
        shared = default_headers(vendor, headers)
        context = ClientContext(base, {**given, **own}, shared, clock, vendor.errors)
        authenticator = Authenticator(vendor, auth, lock=lock, context=context, retries=options.retries)
        inspector = _inspector(vendor, on_drift)
        servers = None if base_url is not None else given
        self._session = Session(
            vendor, base, own, shared, authenticator, options, zone, account, clock, inspector, variables=servers
        )
        for name, value in shared:
            if _SECRET_HEADER.search(name):
                authenticator.secrets.hide(value, lasting=True)
        self._observer = observer
        self._closed = False

    @classmethod
    def from_env(cls, prefix: str | None = None, **overrides: Any) -> Self:
        """Make a client of environment variables, which are read here and nowhere else.

        ``PREFIX_BASE_URL``, one variable for each server variable and client parameter, and the fields of exactly
        one credential: ``PREFIX_TOKEN``; ``PREFIX_API_KEY`` (``PREFIX_TOKEN`` where the vendor calls its key so);
        ``PREFIX_USERNAME`` and ``PREFIX_PASSWORD``; ``PREFIX_ACCESS_KEY`` and ``PREFIX_SECRET_KEY``; or the upper-case
        names of the fields of another credential.

        Args:
            prefix: What the names start with; the vendor's name in upper case when None.
            **overrides: Arguments of the constructor that are given and not looked up.

        Returns:
            The client.

        Raises:
            InvalidArgument: something is missing, or there are several credentials; the message names the
                variables, never their values.
        """
        return cls(**settings_from_env(cls, prefix, overrides))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._session.vendor.name} {self._session.base.origin}>"

    def _check_open(self, operation: str | None) -> None:
        if self._closed:
            raise InvalidArgument("the client is closed", operation=operation)

    def _note(
        self, seen: list[Seen], step: Effect, begun: float, outcome: Any = None, error: BaseException | None = None
    ) -> None:
        """Note a request, however it ended."""
        if isinstance(step, Send):
            status, failure = (outcome.status, None) if error is None else (None, type(error).__name__)
            seen.append(Seen(step, status, time.monotonic() - begun, failure))

    def _report(self, seen: list[Seen]) -> None:
        """Report what was noted, once the flow has read the response: only then is the state of a job known."""
        session = self._session
        while seen:
            one = seen.pop(0)
            if self._observer is None and not logger.isEnabledFor(logging.DEBUG):
                continue
            step, about = one.step, one.step.about
            event = Event(
                session.vendor.name,
                step.operation,
                session.account,
                step.request.method,
                one.status,
                one.elapsed,
                step.attempt,
                one.failure,
                "" if about is None else about.label,
                "" if about is None else str(about.state or ""),
            )
            report(event, self._observer)

    def _contained(self, operation: str) -> Contained:
        return Contained(operation)


def _inspector(vendor: Vendor, on_drift: DriftObserver | None) -> Inspector | None:
    """What compares answers with what is documented; loaded only for who asks for it."""
    if on_drift is None:
        return None
    given: Any = on_drift
    if not callable(given):
        raise InvalidArgument("on_drift should be a function of one argument", argument="on_drift")
    from .response_validation import Inspector

    return Inspector(vendor, on_drift)
