"""Transports of a live run: one counts and records requests, one answers from a recording."""

from __future__ import annotations

import re
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field

import httpx2

from jobclients_contract.live.allowed import Allowed
from jobclients_contract.live.cassette import MAX_BODY, Cassette, RecordedExchange, content_of
from jobclients_contract.live.scrub import MAX_KEPT, REQUEST_HEADERS, Scrubber, TooManyError
from jobclients_contract.schema_model.document import Operation
from jobclients_contract.schema_model.values import Json


class BudgetSpentError(Exception):
    """No request may be sent any more."""


class NotRecordedError(Exception):
    """A request that the recording does not have."""


@dataclass(slots=True)
class Pass:
    """A request as it was sent, and what came back, secrets and all; kept in memory only."""

    call: int
    exchange: bool
    request: httpx2.Request
    target: str
    sent: bytes
    base: str | None = None
    operation: Operation | None = None
    response: httpx2.Response | None = None
    failure: str = ""
    unknown: bool = False


@dataclass(slots=True)
class Tape:
    """What passes in a run.

    Attributes:
        scrubber: takes out secrets.
        budget: how many requests may be sent in all.
        allowed: lists what may be kept of responses.
        logins: match the paths of the operations that exchange credentials.
        call: index of the call that is being made.
        operation: what it calls.
        own: matches the path of its operation; any other path is an exchange of credentials.
        passed: what was sent, in order, and the request that was not because the budget was spent.
    """

    scrubber: Scrubber
    budget: int
    allowed: Allowed
    logins: tuple[re.Pattern[str], ...] = ()
    call: int = 0
    operation: Operation | None = None
    own: re.Pattern[str] = field(default=re.compile(r"(?P<base>)"))
    passed: list[Pass] = field(default_factory=list[Pass])

    @property
    def sent(self) -> int:
        """How many requests were sent."""
        return sum(entry.failure != BudgetSpentError.__name__ for entry in self.passed)

    def begin(self, call: int, operation: Operation) -> None:
        """Say which call the following requests belong to.

        Args:
            call: its index.
            operation: what it calls.
        """
        self.call, self.operation = call, operation
        self.own = path_pattern(operation.path)

    def base_of(self, target: str) -> str | None:
        """The path of the base URL that a target begins with; None where the target is of no known operation.

        Args:
            target: a raw request target.
        """
        found = next(filter(None, (pattern.match(target) for pattern in (self.own, *self.logins))), None)
        return None if found is None else found["base"]

    def sending(self, request: httpx2.Request, sent: bytes) -> Pass:
        """Note a request that is about to be sent.

        Raises:
            BudgetSpentError: it may not be.
        """
        target = target_of(request)
        own = self.own.match(target) is not None
        base, operation = self.base_of(target), self.operation if own else None
        entry = Pass(self.call, not own, request, target, sent, base, operation)
        spent = self.sent >= self.budget
        self.passed.append(entry)
        if spent:
            entry.failure = BudgetSpentError.__name__
            raise BudgetSpentError(f"the budget of {self.budget} requests is spent")
        return entry

    def exchanges(self) -> tuple[RecordedExchange, ...]:
        """All that passed, without secrets: what the last response told is taken out of the first request too."""
        for entry in self.passed:
            self._learn(entry)
        return tuple(map(self._kept, self.passed))

    def _learn(self, entry: Pass) -> None:
        self.scrubber.learn_headers(entry.request.headers.multi_items())
        self.scrubber.learn_target(entry.target)
        try:
            self.scrubber.learn_sent(entry.sent)
            if entry.response is not None:
                self.scrubber.learn_response(entry.response.headers.multi_items(), entry.response.content)
        except TooManyError:
            entry.unknown = True

    @property
    def unknown(self) -> frozenset[int]:
        """The calls of which a response may have secrets that the scrubber does not know."""
        return frozenset(entry.call for entry in self.passed if entry.unknown)

    def _kept(self, entry: Pass) -> RecordedExchange:
        # Recordings leave the path of the base URL out: a replay has another one.
        known = (one.base for one in self.passed if one.base is not None and not one.exchange)
        base = entry.base if entry.base is not None else next(known, "")
        target = entry.target.removeprefix(base) if entry.target.startswith(f"{base}/") else entry.target
        target = self.allowed.target(entry.operation, target)
        asked = asked_for(self.scrubber, entry.call, entry.request, target, entry.sent, exchange=entry.exchange)
        if entry.response is None:
            return RecordedExchange(*asked, None, failure=entry.failure)
        status, content = entry.response.status_code, entry.response.content
        headers = self.allowed.headers(entry.operation, entry.response.headers.multi_items())
        kept: dict[str, Json] = {"bytes": len(content)}
        if not entry.unknown:
            if len(content) <= MAX_KEPT:
                content = self.allowed.body(entry.operation, status, content)
            kept = self.scrubber.body(content, exchange=entry.exchange)
        return RecordedExchange(*asked, status, self.scrubber.headers(headers.items(), tuple(headers)), kept)


def asked_for(
    scrubber: Scrubber, call: int, request: httpx2.Request, target: str, sent: bytes, *, exchange: bool
) -> tuple[int, str, str, dict[str, str], dict[str, Json]]:
    """A request as it may be kept.

    Args:
        scrubber: takes out secrets.
        call: index of its call.
        request: the request.
        target: its raw target.
        sent: its body.
        exchange: whether it trades credentials.

    Returns:
        The first arguments of an `RecordedExchange`.
    """
    headers = scrubber.headers(request.headers.multi_items(), REQUEST_HEADERS)
    return call, request.method, scrubber.target(target), headers, scrubber.body(sent, exchange=exchange)


def path_pattern(template: str) -> re.Pattern[str]:
    """Matches the targets of an operation on any server; the group ``base`` is the path of the base URL.

    Args:
        template: path of the operation.
    """
    literal = [re.escape(part) for part in re.split(r"\{[^}]*\}", template)]
    return re.compile(r"(?P<base>(?:/[^?]*?)??)" + "[^/?]*".join(literal) + r"(?:\?|$)")


def target_of(request: httpx2.Request) -> str:
    """Path and query of a request, byte for byte."""
    raw: bytes = request.extensions.get("target", request.url.raw_path)
    return raw.decode("ascii", "replace")


def _rebuilt(response: httpx2.Response, content: bytes) -> httpx2.Response:
    """A response that was read: it is not compressed any more."""
    dropped = ("content-encoding", "content-length", "transfer-encoding")
    headers = [pair for pair in response.headers.multi_items() if pair[0].lower() not in dropped]
    return httpx2.Response(response.status_code, headers=headers, content=content)


def _failure(error: BaseException) -> str:
    """The name under which a failure of the transport is kept."""
    if isinstance(error, httpx2.TransportError):
        return type(error).__name__
    if isinstance(error, OSError):
        return OSError.__name__
    # What an async client cancels is out of time.
    return httpx2.ReadTimeout.__name__ if not isinstance(error, Exception) else type(error).__name__


def _raised(failure: str) -> Exception:
    """The exception that stands for a recorded failure."""
    known: dict[str, type[Exception]] = {
        kind.__name__: kind for kind in vars(httpx2).values() if isinstance(kind, type) and issubclass(kind, Exception)
    }
    known |= {kind.__name__: kind for kind in (BudgetSpentError, OSError)}
    return known.get(failure, RuntimeError)("as recorded")


class _Collector:
    """Collects a response within its size and time."""

    def __init__(self, request: httpx2.Request) -> None:
        self._request = request
        self._end = time.monotonic() + float(request.extensions.get("timeout", {}).get("read") or 60.0)
        self.content = bytearray()

    def add(self, chunk: bytes) -> None:
        """Keep a piece.

        Raises:
            httpx2.TransportError: the response is too large, or takes too long.
        """
        self.content += chunk
        if len(self.content) > MAX_BODY:
            raise httpx2.ReadError("the response is too large", request=self._request)
        if time.monotonic() > self._end:
            raise httpx2.ReadTimeout("the response takes too long", request=self._request)


class RecordingTransport(httpx2.BaseTransport):
    """Passes requests on and notes what passes; for `HttpOptions(transport=...)` of a sync client.

    Args:
        inner: what to send through.
        tape: where to note it.
    """

    def __init__(self, inner: httpx2.BaseTransport, tape: Tape) -> None:
        self._inner = inner
        self._tape = tape

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request.

        Returns:
            Its response, read completely.

        Raises:
            BudgetSpentError: no request may be sent any more.
        """
        entry = self._tape.sending(request, request.read())
        try:
            response = self._inner.handle_request(request)
            collected = _Collector(request)
            try:
                for chunk in response.iter_bytes():
                    collected.add(chunk)
            finally:
                response.close()
        except BaseException as error:
            entry.failure = _failure(error)
            raise
        entry.response = _rebuilt(response, bytes(collected.content))
        return entry.response

    def close(self) -> None:
        """Close what is sent through."""
        self._inner.close()


class AsyncRecordingTransport(httpx2.AsyncBaseTransport):
    """As `RecordingTransport`, for an async client."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, tape: Tape) -> None:
        self._inner = inner
        self._tape = tape

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; as `RecordingTransport.handle_request`."""
        entry = self._tape.sending(request, await request.aread())
        try:
            response = await self._inner.handle_async_request(request)
            collected = _Collector(request)
            try:
                async for chunk in response.aiter_bytes():
                    collected.add(chunk)
            finally:
                await response.aclose()
        except BaseException as error:
            entry.failure = _failure(error)
            raise
        entry.response = _rebuilt(response, bytes(collected.content))
        return entry.response

    async def aclose(self) -> None:
        """Close what is sent through."""
        await self._inner.aclose()


class ReplayTransport(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Responses from a recording, for either kind of client; nothing is ever sent.

    Args:
        cassette: the recording.
        tape: says which call is being made; counts nothing.

    Attributes:
        missing: requests that the recording does not have.
    """

    def __init__(self, cassette: Cassette, tape: Tape) -> None:
        self._vendor = cassette.vendor
        self._tape = tape
        self._waiting: dict[str, deque[RecordedExchange]] = defaultdict(deque)
        for entry in cassette.exchanges:
            self._waiting[entry.key].append(entry)
        self.missing: list[str] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer a request.

        Returns:
            What was recorded for it; the same request again gets the next recorded response.

        Raises:
            NotRecordedError: nothing was.
        """
        return self._replay(request, request.read())

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer a request; as `handle_request`."""
        return self._replay(request, await request.aread())

    def _replay(self, request: httpx2.Request, sent: bytes) -> httpx2.Response:
        target = target_of(request)
        exchange = self._tape.own.match(target) is None
        below = target.removeprefix(self._tape.base_of(target) or "")
        below = self._tape.allowed.target(None if exchange else self._tape.operation, below)
        asked = asked_for(self._tape.scrubber, self._tape.call, request, below, sent, exchange=exchange)
        recorded = self._waiting[RecordedExchange(*asked, None).key]
        if not recorded:
            what = f"{request.method} {asked[2]}"
            self.missing.append(what)
            raise NotRecordedError(f"{what} is not in the recording of {self._vendor}, and nothing is sent")
        entry = recorded.popleft()
        if entry.status is None:
            raise _raised(entry.failure)
        headers = [(name.encode(), text.encode()) for name, text in entry.response_headers.items()]  # else: ASCII only
        return httpx2.Response(entry.status, headers=headers, content=content_of(entry.response_body))
