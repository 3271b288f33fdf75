"""A vendor in this process: jobs that go through their lifecycles, answers in the vendor's own words, faults."""

from __future__ import annotations

import dataclasses
import inspect
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, TypeVar, overload

from .._known import Known, load
from .._runtime.client import AsyncClient, SyncClient
from .._runtime.flow import Clock
from .._runtime.http import HttpOptions
from .._runtime.security import ExchangeCredential, Token
from .clock import FakeClock
from .credentials import Gate
from .faults import TRANSPORT, Fault, bomb, parse_fault
from .jobs import FakeJob, JobBook
from .replies import Replies, Reply
from .roles import Roles
from .routes import Request, Route, Router
from .transport import VendorTransport

C = TypeVar("C", bound=SyncClient | AsyncClient)


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that arrived, without what may be secret in it.

    Args:
        method: HTTP method.
        path: The path as sent.
        operation: What it calls; empty for what is not documented.
        status: The status of the answer; None where a fault prevented one.
        at: When it came.
    """

    method: str
    path: str
    operation: str
    status: int | None
    at: datetime


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
        requests: What arrived, in order.
        book: The jobs.
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
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._router = Router(known.operations.values())
        self._replies = Replies(known.vendor)
        self._gate = Gate(known.vendor, self._time)
        self.book = JobBook(self._time, lifecycle)
        self._roles = Roles(known, self.book, self._replies, self._time, zone, strict=strict)
        self.requests: list[Seen] = []

    def __repr__(self) -> str:
        return f"<FakeVendor {self.known.name}: {len(list(self.book))} jobs, {len(self.requests)} requests>"

    def answer(self, request: Request) -> Reply:
        """Answer a request, whatever brought it.

        Args:
            request: The request.

        Returns:
            The answer, or the fault.
        """
        with self._lock:
            route = self._router.find(request)
            operation = route.operation.id if route is not None else ""
            fault = next(iter([item for item in self._faults if item.due(operation)]), None)
            reply = self._faulty(fault, request, route) if fault is not None else self._proper(request, route)
            status = None if reply.fault in TRANSPORT else reply.status
            at = datetime.fromtimestamp(self._time.wall(), UTC)
            self.requests.append(Seen(request.method, request.path, operation, status, at))
            return reply

    def _proper(self, request: Request, route: Route | None) -> Reply:
        exchanged = self._gate.exchange(request, route.operation if route is not None else None, self._replies)
        if exchanged is not None:
            return exchanged
        if route is None:
            allowed = self._router.allowed(request)
            words = f"{request.path} takes {', '.join(allowed)}" if allowed else "nothing is documented at this path"
            return self._replies.error(405 if allowed else 404, message=words)
        refusal = self._gate.refusal(request, route.operation)
        if refusal:
            return self._replies.error(401, route.operation, message=refusal)
        if route.problems:
            return self._replies.error(400, route.operation, message="; ".join(route.problems))
        return self._roles.play(route)

    def _faulty(self, fault: Fault, request: Request, route: Route | None) -> Reply:
        operation = route.operation if route is not None else None
        if fault.status is not None:
            return self._replies.error(
                fault.status, operation, message=fault.message, code=fault.code, retry_after=fault.retry_after
            )
        if fault.kind == "refused":
            return Reply(0, fault=fault.kind)
        reply = self._proper(request, route)  # it arrived; only the answer is lost, or is not what it should be
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
        """
        chosen = parse_fault(fault) if isinstance(fault, str) else fault
        chosen.operation = operation or chosen.operation
        chosen.retry_after = retry_after or chosen.retry_after
        chosen.code = code or chosen.code
        chosen.message = message or chosen.message
        with self._lock:
            self._faults.append(chosen)

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
        """
        with self._lock:
            return self.book.add(self._kind(kind), identity, lifecycle, message=message, result=result)

    def next(self, lifecycle: str, kind: str = "") -> None:
        """Say what the next submitted job goes through; several calls speak of several jobs.

        Args:
            lifecycle: The lifecycle.
            kind: Name of the kind; may be left out where the vendor has one.
        """
        with self._lock:
            self.book.plan(self._kind(kind), lifecycle)

    def _kind(self, name: str) -> Any:
        kinds = self.known.kinds
        if not name and len(kinds) == 1:
            return next(iter(kinds.values()))
        if name not in kinds:
            raise LookupError(f"{self.known.name} has the kinds {', '.join(kinds)}, not {name!r}")
        return kinds[name]

    def expire_tokens(self) -> None:
        """Refuse every token that was handed out or used so far."""
        with self._lock:
            self._gate.expire()

    @property
    def http(self) -> HttpOptions:
        """Options with which any client of this vendor comes here, and waits no real time."""
        return HttpOptions(transport=VendorTransport(self.answer, self._time.sleep), clock=self._time)

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
        return chosen(**self._options(chosen, options))

    @overload
    def async_client(self, kind: type[C], /, **options: Any) -> C: ...

    @overload
    def async_client(self, /, **options: Any) -> Any: ...

    def async_client(self, kind: type[Any] | None = None, /, **options: Any) -> Any:
        """An async client of this vendor with made-up credentials. As `client`."""
        return self.client(kind or self.known.async_client, **options)

    def _options(self, kind: type[Any], given: Mapping[str, Any]) -> dict[str, Any]:
        host = self.known.name.replace("_", "-")
        made_up: dict[str, Any] = {"base_url": f"https://{host}.test", "auth": self._credential(), "http": self.http}
        operations = self.known.operations.values()
        own = {item.name for operation in operations for item in operation.parameters if item.client}
        for name in own & set(inspect.signature(kind).parameters):
            made_up.setdefault(name, f"{name.replace('_', '-')}-1")
        return {**made_up, **given}

    def _credential(self) -> Any:
        kinds: Iterable[type[Any]] = self.known.vendor.credentials
        plain = [kind for kind in kinds if not issubclass(kind, ExchangeCredential)]
        chosen: Any = Token if Token in plain else next(iter([*plain, *kinds]), None)
        if chosen is None:
            return None
        required = [item for item in dataclasses.fields(chosen) if item.default is dataclasses.MISSING]
        return chosen(**{item.name: 1 if "int" in str(item.type) else f"test-{item.name}" for item in required})


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
        name: The vendor's name.
        lifecycle: What its jobs go through: the vendor's words or canonical states, as in ``running,successful``,
            one step for each look at the status; or with times, as in ``queued:5,running:60,succeeded``.
        clock: The time; a `FakeClock` of its own when None.
        zone: The vendor's clock, for times that it states without a zone.
        strict: Whether a job that was neither added nor submitted is unknown; else it is there when it is asked for.
        real_time: Whether its time is the real one, and not that of a `FakeClock`.

    Returns:
        The vendor.

    Raises:
        UnknownVendorError: there is no such vendor.
        LifecycleError: no kind of job of the vendor has such a lifecycle.
    """
    known = load(name) if isinstance(name, str) else name
    if lifecycle:
        _check_lifecycle(known, lifecycle)
    time = Clock() if real_time else None
    return FakeVendor(known, lifecycle=lifecycle, clock=clock, time=time, zone=zone, strict=strict)


def _check_lifecycle(known: Known, text: str) -> None:
    from .lifecycle import LifecycleError, parse_lifecycle

    failure: LifecycleError | None = None
    for kind in known.kinds.values():
        try:
            parse_lifecycle(kind, text)
        except LifecycleError as error:
            failure = failure or error
        else:
            return
    if failure is not None:
        raise failure
