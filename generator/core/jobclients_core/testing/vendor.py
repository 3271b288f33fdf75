"""`FakeVendor`: a vendor in this process, with jobs, lifecycles and faults."""

from __future__ import annotations

import dataclasses
import logging
import math
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, TypeVar, overload

from jobclients_core.client import AsyncClient, SyncClient
from jobclients_core.flow import Clock
from jobclients_core.http import HttpOptions
from jobclients_core.jobtype import BoundJobType
from jobclients_core.openapi import openapi_of
from jobclients_core.vendors import Known, load

from . import client_arguments
from .admin import Admin, is_reserved, refused
from .bindings import JobBindings, Lag
from .bodies import BodyReader
from .checks import Checks
from .clock import FakeClock
from .credentials import AuthChecker
from .faults import TRANSPORT, Fault, FaultError, bomb, check_operation, parse_fault
from .jobs import FakeJob, JobBook, identified
from .lifecycle import LifecycleError, check_lifecycle
from .replies import Replies, Reply
from .routes import LIFECYCLE, Request, Route, Router
from .transport import VendorTransport

logger = logging.getLogger("jobclients.testing")

FAULT = "x-mock-fault"
"""The header of a request that is to go wrong."""

EXAMPLE = "x-mock-example"
"""The header of a request that is answered with a documented example, by its name."""

C = TypeVar("C", bound=SyncClient | AsyncClient)


class ExampleError(LookupError):
    """A request asks for an example that is not documented."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that arrived, without what may be secret in it.

    Args:
        method: HTTP method.
        path: The path as sent, without secret parts.
        operation: What it calls; empty for what is not documented.
        status: The status of the response; None where a fault prevented one.
        at: When it came.
        query: The query as sent, with ``***`` for values that are secret or not documented.
    """

    method: str
    path: str
    operation: str
    status: int | None
    at: datetime
    query: str = ""


class FakeVendor:
    """A vendor in this process; `vendor` makes one. May be used from several threads.

    Args:
        known: The vendor as data.
        lifecycle: What its jobs go through, unless something else is said of one.
        clock: The time, if nobody has to wait.
        time: The time otherwise.
        zone: The vendor's clock, for times that it states without a zone.
        strict: Whether a job that was neither added nor submitted is unknown; else it is there when it is asked for.

    Attributes:
        known: What the vendor is.
        clock: Its time, unless that is the real one.
        requests: What arrived, in order.
        faults: What goes wrong.
        book: The jobs.
        gate: Who may call.
    """

    def __init__(
        self,
        known: Known,
        *,
        lifecycle: str = "",
        clock: FakeClock | None = None,
        time: Clock | None = None,
        zone: tzinfo = UTC,
        strict: bool = False,
    ) -> None:
        self.known = known
        self.clock = clock if clock is not None else FakeClock()
        self._time = time if time is not None else self.clock.as_clock()
        self._lock = threading.RLock()
        openapi = openapi_of(known.vendor)
        checks = Checks(openapi.document)
        self._router = Router(known.operations.values(), openapi, checks)
        self._bodies = BodyReader(openapi, checks)
        self._replies = Replies(known.vendor, openapi)
        self._admin = Admin(self)
        self._lifecycle, self._zone, self._strict = lifecycle, zone, strict
        self.reset()

    def reset(self) -> None:
        """Begin anew: no jobs, no faults, no requests, every credential good."""
        with self._lock:
            self.faults: list[Fault] = []
            self.requests: list[Seen] = []
            self.auth_checker = AuthChecker(self.known.vendor, self._time)
            self.book = JobBook(self._time, self._lifecycle)
            self._roles = JobBindings(self.known, self.book, self._replies, self._time, self._zone, strict=self._strict)

    def __repr__(self) -> str:
        return f"<FakeVendor {self.known.name}: {len(list(self.book))} jobs, {len(self.requests)} requests>"

    def respond(self, request: Request) -> Reply:
        """Answer a request, whatever brought it.

        Returns:
            The response, or the fault.
        """
        with self._lock:
            if is_reserved(request):
                return self._admin.respond(request)
            route = self._router.find(request)
            operation = route.operation.id if route is not None else ""
            fault = next(iter([item for item in self.faults if item.due(operation)]), None)
            try:
                reply = self._reply(self._chosen(request) or fault, request, route)
            except (FaultError, LifecycleError, ExampleError) as error:
                return refused(400, str(error))
            status = None if reply.fault in TRANSPORT else reply.status
            path, query = self._router.shown(request, self.auth_checker.paths)
            self.requests.append(Seen(request.method, path, operation, status, self.now, query))
            shown = f"{path}?{query}" if query else path
            logger.info(
                "%s: %s %s %s (%s)", self.known.name, request.method, shown, status or reply.fault, operation or "none"
            )
            return reply

    def lag(self, seconds: float, *, every: int = 1) -> None:
        """Let a replica answer that lags behind: to requests that only read, and with what was there some time ago.

        Args:
            seconds: How far behind it is; 0 for none.
            every: Which of those requests it answers: 1 for all, 2 for every second one.

        Raises:
            ValueError: one of them is negative, or every is 0.
        """
        if not 0 <= seconds < math.inf or every < 1:
            raise ValueError("a lag is 0 seconds or more, at every request or every second, third ...")
        with self._lock:
            self._roles.lag = Lag(seconds, every)

    @property
    def submissions(self) -> list[FakeJob]:
        """What was submitted, in order: every run, also those that a later one has replaced."""
        with self._lock:
            return list(self.book.submissions)

    @property
    def now(self) -> datetime:
        """The vendor's time, in UTC."""
        return datetime.fromtimestamp(self._time.wall(), UTC)

    def _chosen(self, request: Request) -> Fault | None:
        """The fault that a request asks for."""
        text = request.headers.get(FAULT)
        fault = parse_fault(text) if text is not None else None
        if fault is not None and (fault.at, fault.times, fault.operation) != (1, 1, ""):
            raise FaultError(f"{FAULT} speaks of one request, so that @, * and : have no place in it")
        return fault

    def _reply(self, fault: Fault | None, request: Request, route: Route | None) -> Reply:
        if LIFECYCLE in request.headers:
            check_lifecycle(self.known.kinds.values(), request.headers[LIFECYCLE])
        name = request.headers.get(EXAMPLE)
        if name is not None and fault is None and route is not None:
            return self._example(route, name)
        return self._faulty(fault, request, route) if fault is not None else self._proper(request, route)

    def _example(self, route: Route, name: str) -> Reply:
        reply = self._replies.example(route.operation, name)
        if reply is None:
            known = ", ".join(self._replies.names(route.operation)) or "none"
            raise ExampleError(f"{route.operation.id} has no example {name[:100]!r}; its examples are {known}")
        return reply

    def _proper(self, request: Request, route: Route | None) -> Reply:
        if route is None:
            return self.auth_checker.exchange(request, None, self._replies) or self._unknown(request)
        operation = route.operation
        refusal = self.auth_checker.refusal(request, operation)
        if refusal:
            return self._replies.refusal(401, operation, refusal)
        status, diagnostic = self._bodies.read(request, route)
        diagnostics = [*route.diagnostics, *filter(None, [diagnostic])]
        if diagnostics:
            return self._replies.refusal(status or 400, operation, "; ".join(diagnostics))
        return self.auth_checker.exchange(request, operation, self._replies) or self._roles.play(route)

    def _unknown(self, request: Request) -> Reply:
        allowed = self._router.allowed(request)
        if not allowed:
            return self._replies.error(404, message="nothing is documented at this path")
        reply = self._replies.error(405, message=f"this path takes {', '.join(allowed)}")
        return dataclasses.replace(reply, headers={**reply.headers, "Allow": ", ".join(allowed)})

    def _faulty(self, fault: Fault, request: Request, route: Route | None) -> Reply:
        operation = route.operation if route is not None else None
        if fault.status is not None:
            if fault.done:
                self._proper(request, route)
            return self._replies.error(
                fault.status, operation, message=fault.message, code=fault.code, retry_after=fault.retry_after
            )
        if fault.kind == "refused":
            return Reply(0, fault=fault.kind)
        reply = self._proper(request, route)  # it arrived; only the response is lost, or is not what it should be
        if fault.kind in (*TRANSPORT, "wrong-length"):
            return dataclasses.replace(reply, fault=fault.kind)
        if fault.kind == "drip":
            return dataclasses.replace(reply, pace=fault.pace)
        if fault.kind == "html":
            return Reply(200, {"Content-Type": "text/html"}, b"<html><title>Log in</title></html>")
        if fault.kind == "content-type":
            return dataclasses.replace(reply, headers={**reply.headers, "Content-Type": "text/html; charset=utf-8"})
        if fault.kind == "bomb":
            return Reply(200, {"Content-Type": "application/json", "Content-Encoding": "gzip"}, bomb())
        assert fault.kind in ("empty", "garbage")
        return dataclasses.replace(reply, content=b"" if fault.kind == "empty" else reply.content[:-1])

    def fail(
        self, fault: str | Fault, *, operation: str = "", retry_after: str = "", code: str = "", message: str = ""
    ) -> None:
        """Let something go wrong. Requests are counted from now on.

        Args:
            fault: What, and at which request: ``503``, ``reset@3``, ``429+30@2*4``, ``html``, or a `Fault`.
            operation: Only requests of this operation count.
            retry_after: Value of the header ``Retry-After``.
            code: The vendor's own error code in the body.
            message: The vendor's words in the body.

        Raises:
            FaultError: that is not a fault, or the vendor has no such operation.
        """
        chosen = parse_fault(fault) if isinstance(fault, str) else fault
        chosen.operation = operation or chosen.operation
        chosen.retry_after = retry_after or chosen.retry_after
        chosen.code = code or chosen.code
        chosen.message = message or chosen.message
        chosen.check()
        if chosen.operation:
            check_operation(chosen.operation, self.known.operations)
        with self._lock:
            self.faults.append(chosen)

    def job(
        self, kind: str = "", /, lifecycle: str = "", *, message: str = "", result: Any = None, **identity: Any
    ) -> FakeJob:
        """Let there be a job, or a new run of one.

        Args:
            kind: Name of the kind; may be left out where the vendor has one.
            lifecycle: What it goes through.
            message: What the vendor says about it.
            result: What comes of it.
            **identity: What identifies it, as for a handle made by hand.

        Returns:
            The job.

        Raises:
            LookupError: the vendor has no such kind.
            LifecycleError: the lifecycle is none of the kind.
            ValueError: that identifies no job of the kind.
        """
        with self._lock:
            found = self.kind(kind)
            return self.book.add(found, identified(found, identity), lifecycle, message=message, result=result)

    def next(self, lifecycle: str, kind: str = "") -> None:
        """Say what the next submitted job goes through; several calls speak of several jobs.

        Args:
            lifecycle: The lifecycle.
            kind: Name of the kind; may be left out where the vendor has one.
        """
        with self._lock:
            self.book.plan(self.kind(kind), lifecycle)

    def kind(self, name: str = "") -> BoundJobType[Any]:
        """A kind of jobs.

        Args:
            name: Its name; may be left out where the vendor has one.

        Returns:
            The kind.

        Raises:
            LookupError: the vendor has none of that name.
        """
        kinds = self.known.kinds
        if not name and len(kinds) == 1:
            return next(iter(kinds.values()))
        if name not in kinds:
            raise LookupError(f"{self.known.name} has the kinds {', '.join(kinds) or 'none'}, not {name[:100]!r}")
        return kinds[name]

    def expire_tokens(self) -> None:
        """Refuse every token that was handed out or used so far."""
        with self._lock:
            self.auth_checker.expire()

    def accept(self, *credentials: str) -> None:
        """Refuse every credential but these and the tokens that are handed out from now on.

        Args:
            *credentials: Tokens, access keys, or ``username:password``.
        """
        with self._lock:
            self.auth_checker.accept(credentials)

    def examples(self) -> dict[str, list[str]]:
        """The names of the documented examples, each with its status, by operation."""
        return {name: self._replies.names(operation) for name, operation in self.known.operations.items()}

    @property
    def http(self) -> HttpOptions:
        """Options with which any client of this vendor comes here, and waits no real time."""
        return HttpOptions(transport=VendorTransport(self.respond, self._time.sleep), clock=self._time)

    @overload
    def client(self, kind: type[C], /, **options: Any) -> C: ...

    @overload
    def client(self, /, **options: Any) -> Any: ...

    def client(self, kind: type[Any] | None = None, /, **options: Any) -> Any:
        """A sync client of this vendor with made-up credentials.

        Args:
            kind: The client's class, for type checkers; a sync one of the vendor when None.
            **options: Arguments of the client's constructor, in place of made-up ones.

        Returns:
            The client.
        """
        chosen = kind or self.known.client
        return chosen(**client_arguments.options(self.known, chosen, self.http, self._zone, options))

    @overload
    def async_client(self, kind: type[C], /, **options: Any) -> C: ...

    @overload
    def async_client(self, /, **options: Any) -> Any: ...

    def async_client(self, kind: type[Any] | None = None, /, **options: Any) -> Any:
        """An async client of this vendor with made-up credentials. As `client`."""
        return self.client(kind or self.known.async_client, **options)

    def environment(self, base_url: str) -> dict[str, str]:
        """The environment variables with which ``from_env`` makes a client of this vendor.

        Args:
            base_url: Where it is served.

        Returns:
            Variables and values, credentials made up.
        """
        return client_arguments.environment(self.known, base_url)


def vendor(
    name: str | Known,
    *,
    lifecycle: str = "",
    clock: FakeClock | None = None,
    zone: tzinfo = UTC,
    strict: bool = False,
    real_time: bool = False,
) -> FakeVendor:
    """A vendor in this process, for tests without network and without waiting.

    Args:
        name: The vendor's name, or ``package:vendor`` where two packages have one of that name.
        lifecycle: What its jobs go through: the vendor's words or canonical states, as in ``running,successful``,
            one step for each look at the status; or with times, as in ``queued:5,running:60,succeeded``.
        clock: The time; a `FakeClock` of its own when None.
        zone: The vendor's clock, for times that it states without a zone.
        strict: Whether a job that was neither added nor submitted is unknown; else it is there when it is asked for.
        real_time: Whether its time is the real one, and not that of a `FakeClock`.

    Returns:
        The vendor.

    Raises:
        UnknownVendorError: there is no such vendor, or several packages have one.
        LifecycleError: no kind of job of the vendor has such a lifecycle.
    """
    known = load(name) if isinstance(name, str) else name
    if lifecycle:
        check_lifecycle(known.kinds.values(), lifecycle)
    time = Clock() if real_time else None
    return FakeVendor(known, lifecycle=lifecycle, clock=clock, time=time, zone=zone, strict=strict)
