"""The bases of generated clients: two drivers, sync and async, of the same flows."""

from __future__ import annotations

import inspect
import logging
import re
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import tzinfo
from types import TracebackType
from typing import Any, ClassVar, Self, TypeVar

import anyio
import httpx2

from .auth import Authenticator
from .calls import Session, call_flow, default_headers, request_flow
from .env import settings_from_env
from .errors import CredentialUnavailable, InvalidArgument, JobClientsError
from .exchange import Surroundings
from .failures import timed_out
from .flow import Acquire, Ask, Flow, Lock, Send, Sleep, Step, Tell
from .http import HttpOptions, open_async_transport, open_transport, transmit, transmit_async
from .judge import Response
from .observe import Event, Observer, logger, report, tell, tell_async
from .operation import Call, Vendor
from .origin import fill_server, parse_base_url, warn_if_insecure

T = TypeVar("T")
R = TypeVar("R")


@dataclass(eq=False, slots=True)
class _Asking:
    """A lock that is held while a function given as ``auth`` runs: if that waits for it, it waits for itself."""

    lock: Lock
    still: bool = True


_asking: ContextVar[tuple[_Asking, ...]] = ContextVar("jobclients_asking", default=())

_SECRET_HEADER = re.compile(r"auth|cookie|key|secret|token", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A request that ended, to be reported when the flow has read its answer."""

    step: Send
    status: int | None
    elapsed: float
    failure: str | None


class _Base:
    """What both kinds of client share: configuration, and everything that does no I/O."""

    vendor: ClassVar[Vendor]
    """The vendor; generated classes set it for `from_env`."""

    def __init__(
        self,
        vendor: Vendor,
        lock: Lock,
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
    ) -> None:
        options: Any = http if http is not None else HttpOptions()
        if not isinstance(options, HttpOptions):
            raise InvalidArgument("http should be HttpOptions", argument="http")
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
        around = Surroundings(base, {**given, **own}, shared, clock, vendor.errors)
        authenticator = Authenticator(vendor, auth, lock=lock, around=around, retries=options.retries)
        self._session = Session(vendor, base, own, shared, authenticator, options, zone, account, clock)
        for name, value in shared:
            if _SECRET_HEADER.search(name):
                authenticator.hide(value, lasting=True)
        self._observer = observer
        self._closed = False

    @classmethod
    def from_env(cls, prefix: str | None = None, **overrides: Any) -> Self:
        """Make a client of environment variables, which are read here and nowhere else.

        ``PREFIX_BASE_URL``, one variable for each server variable and client parameter, and the fields of exactly
        one credential: ``PREFIX_TOKEN``; ``PREFIX_USERNAME`` and ``PREFIX_PASSWORD``; ``PREFIX_ACCESS_KEY`` and
        ``PREFIX_SECRET_KEY``; or the upper-case names of an exchanged credential's fields.

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

    @contextmanager
    def _observed(self, step: Step, seen: list[_Seen]) -> Generator[list[Any]]:
        """Note a request, however it ends; the block leaves its answer in the list."""
        if not isinstance(step, Send):
            yield []
            return
        started = time.monotonic()
        answers: list[Any] = []
        failure: str | None = None
        try:
            yield answers
        except BaseException as error:
            failure = type(error).__name__
            raise
        finally:
            seen.append(_Seen(step, answers[0].status if answers else None, time.monotonic() - started, failure))

    def _report(self, seen: list[_Seen]) -> None:
        """Report what was noted, once the flow has read the answer: only then is the state of a job known."""
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

    @contextmanager
    def _contained(self, operation: str) -> Generator[None]:
        """Let nothing out but the library's own errors, whatever a caller's transport or model does."""
        try:
            yield
        except JobClientsError:
            raise
        except Exception as error:
            raise JobClientsError(f"unexpected {type(error).__name__}", operation=operation) from error


class SyncClient(_Base):
    """Base of the sync clients; may be used from several threads.

    Args:
        vendor: The vendor.
        base_url: Where requests go; the vendor's server when None.
        variables: Variables of the vendor's server.
        parameters: The client's own parameters, defaults of each call's.
        auth: A credential, a function that returns one and is asked again at each renewal, or None.
        account: A label for logs and events.
        timezone: Zone of times for which the vendor names none; they stay without one when None.
        headers: Headers of every request; credentials and protocol headers are not among them.
        http: How to speak HTTP.
        observer: A function that is shown an event for each request.

    Raises:
        InvalidArgument: an option cannot be used.
    """

    def __init__(
        self,
        vendor: Vendor,
        *,
        base_url: str | None = None,
        variables: Mapping[str, str | None] | None = None,
        parameters: Mapping[str, Any] | None = None,
        auth: Any = None,
        account: str = "default",
        timezone: tzinfo | None = None,
        headers: Mapping[str, str] | None = None,
        http: HttpOptions | None = None,
        observer: Observer | None = None,
    ) -> None:
        super().__init__(
            vendor,
            threading.Lock(),
            base_url=base_url,
            variables=variables,
            parameters=parameters,
            auth=auth,
            account=account,
            timezone=timezone,
            headers=headers,
            http=http,
            observer=observer,
        )
        self._transport: httpx2.BaseTransport = open_transport(self._session.options)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections; every later call raises `InvalidArgument`."""
        self._closed = True
        self._transport.close()

    def send(self, call: Call[T]) -> Response[T]:
        """Carry out a call, and return status and headers with the result.

        Args:
            call: An operation with its arguments.

        Returns:
            The answer; the typed result is its ``body``.

        Raises:
            JobClientsError: the call failed; the subclass says how.
        """
        operation = call.operation.id
        self._check_open(operation)
        with self._contained(operation):
            return self._drive(call_flow(self._session, call))
        raise AssertionError  # for the type checkers: the lines above return or raise

    def _run(self, call: Call[T]) -> T:
        return self.send(call).body

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        content: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response[bytes]:
        """Send a request to any endpoint of the vendor, with the client's credentials, limits and errors.

        Args:
            method: HTTP method.
            path: Path below the base URL, with or without a query; other hosts are refused.
            params: Query parameters; lists are repeated, None is left out.
            json: A JSON body.
            content: Any other body.
            headers: Headers of this request.

        Returns:
            The answer of a success, with its body as bytes and as ``json()``.

        Raises:
            JobClientsError: the call failed; the subclass says how.
        """
        self._check_open(None)
        with self._contained("request"):
            return self._drive(
                request_flow(self._session, method, path, params=params, json=json, content=content, headers=headers)
            )
        raise AssertionError  # for the type checkers: the lines above return or raise

    def _drive(self, flow: Flow[R]) -> R:
        seen: list[_Seen] = []
        try:
            step = next(flow)
            while True:
                try:
                    with self._observed(step, seen) as answers:
                        outcome = self._perform(step)
                        answers.append(outcome)
                except BaseException as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(outcome)
                if seen:
                    self._report(seen)
        except StopIteration as done:
            result: R = done.value
            return result
        finally:
            self._report(seen)

    def _perform(self, step: Any) -> Any:
        if isinstance(step, Send):
            return transmit(self._transport, step, self._session.options)
        if isinstance(step, Sleep):
            (self._session.clock.sleep or time.sleep)(step.seconds)
            return None
        if isinstance(step, Acquire):
            _check_recursion(step)
            lock: Any = step.lock
            if not lock.acquire(timeout=max(step.deadline - self._session.clock.monotonic(), 0)):
                raise timed_out(step.operation)
            return None
        if isinstance(step, Tell):
            tell(step)
            return None
        with _holding(step.lock):
            answer = _ask(step)
        if inspect.isawaitable(answer):
            if inspect.iscoroutine(answer):
                answer.close()
            raise InvalidArgument(
                "a coroutine function as auth needs the async client", operation=step.operation, argument="auth"
            )
        return answer


@contextmanager
def _holding(lock: Lock) -> Generator[None]:
    """Note that a function of the caller's runs while a lock is held."""
    mine = _Asking(lock)
    token = _asking.set((*_asking.get(), mine))
    try:
        yield
    finally:
        # Tasks that the function started have a copy of the context, and may call the client from now on.
        mine.still = False
        _asking.reset(token)


def _check_recursion(step: Acquire) -> None:
    if any(asking.still and asking.lock is step.lock for asking in _asking.get()):
        raise InvalidArgument(
            "the function given as auth calls the client that is asking it, which cannot send before it has returned; "
            "give it a client of its own",
            operation=step.operation,
            argument="auth",
        )


def _ask(step: Ask) -> Any:
    """Ask the caller's function for a credential, or for something to await."""
    try:
        return step.source()
    except JobClientsError:
        raise
    except Exception as error:
        raise CredentialUnavailable(
            f"the function given as auth raised {type(error).__name__}", operation=step.operation
        ) from error


class AsyncClient(_Base):
    """Base of the async clients; may be used from several tasks of one event loop. Arguments as for `SyncClient`.

    The function given as ``auth`` may also be a coroutine function.
    """

    def __init__(
        self,
        vendor: Vendor,
        *,
        base_url: str | None = None,
        variables: Mapping[str, str | None] | None = None,
        parameters: Mapping[str, Any] | None = None,
        auth: Any = None,
        account: str = "default",
        timezone: tzinfo | None = None,
        headers: Mapping[str, str] | None = None,
        http: HttpOptions | None = None,
        observer: Observer | None = None,
    ) -> None:
        super().__init__(
            vendor,
            anyio.Lock(),
            base_url=base_url,
            variables=variables,
            parameters=parameters,
            auth=auth,
            account=account,
            timezone=timezone,
            headers=headers,
            http=http,
            observer=observer,
        )
        self._transport: httpx2.AsyncBaseTransport = open_async_transport(self._session.options)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections; every later call raises `InvalidArgument`."""
        self._closed = True
        await self._transport.aclose()

    async def send(self, call: Call[T]) -> Response[T]:
        """Carry out a call, and return status and headers with the result.

        Args:
            call: An operation with its arguments.

        Returns:
            The answer; the typed result is its ``body``.

        Raises:
            JobClientsError: the call failed; the subclass says how.
        """
        operation = call.operation.id
        self._check_open(operation)
        with self._contained(operation):
            return await self._drive(call_flow(self._session, call))
        raise AssertionError  # for the type checkers: the lines above return or raise

    async def _run(self, call: Call[T]) -> T:
        return (await self.send(call)).body

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        content: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response[bytes]:
        """Send a request to any endpoint of the vendor, with the client's credentials, limits and errors.

        Args:
            method: HTTP method.
            path: Path below the base URL, with or without a query; other hosts are refused.
            params: Query parameters; lists are repeated, None is left out.
            json: A JSON body.
            content: Any other body.
            headers: Headers of this request.

        Returns:
            The answer of a success, with its body as bytes and as ``json()``.

        Raises:
            JobClientsError: the call failed; the subclass says how.
        """
        self._check_open(None)
        with self._contained("request"):
            return await self._drive(
                request_flow(self._session, method, path, params=params, json=json, content=content, headers=headers)
            )
        raise AssertionError  # for the type checkers: the lines above return or raise

    async def _drive(self, flow: Flow[R]) -> R:
        seen: list[_Seen] = []
        try:
            step = next(flow)
            while True:
                try:
                    with self._observed(step, seen) as answers:
                        outcome = await self._perform(step)
                        answers.append(outcome)
                except BaseException as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(outcome)
                if seen:
                    self._report(seen)
        except StopIteration as done:
            result: R = done.value
            return result
        finally:
            self._report(seen)

    async def _perform(self, step: Any) -> Any:
        if isinstance(step, Send):
            return await transmit_async(self._transport, step, self._session.options)
        if isinstance(step, Sleep):
            pause = self._session.clock.sleep
            if pause is not None:
                pause(step.seconds)
            await anyio.sleep(0 if pause is not None else step.seconds)
            return None
        if isinstance(step, Tell):
            await tell_async(step)
            return None
        try:
            with anyio.fail_after(max(step.deadline - self._session.clock.monotonic(), 0)):
                if isinstance(step, Acquire):
                    _check_recursion(step)
                    lock: Any = step.lock
                    return await lock.acquire()
                with _holding(step.lock):
                    return await _ask_async(step)
        except TimeoutError as error:
            raise timed_out(step.operation) from error


async def _ask_async(step: Ask) -> Any:
    answer = _ask(step)
    if not inspect.isawaitable(answer):
        return answer
    try:
        return await answer
    except JobClientsError:
        raise
    except Exception as error:
        raise CredentialUnavailable(
            f"the function given as auth raised {type(error).__name__}", operation=step.operation
        ) from error


# Generated clients have methods of any name, so what the rest of the runtime needs of them is private.


def session_of(client: SyncClient | AsyncClient) -> Session:
    """What the calls of a client share, for flows that are made elsewhere.

    Args:
        client: The client.

    Returns:
        Its session.
    """
    return client._session  # pyright: ignore[reportPrivateUsage]


def run_flow(client: SyncClient, flow: Flow[R], operation: str) -> R:
    """Carry out a flow that was made elsewhere.

    Args:
        client: The client.
        flow: The flow.
        operation: What it is about, for errors.

    Returns:
        The flow's result.

    Raises:
        JobClientsError: as the flow has it; nothing else comes out.
    """
    client._check_open(operation)  # pyright: ignore[reportPrivateUsage]
    with client._contained(operation):  # pyright: ignore[reportPrivateUsage]
        return client._drive(flow)  # pyright: ignore[reportPrivateUsage]
    raise AssertionError  # for the type checkers: the lines above return or raise


async def run_flow_async(client: AsyncClient, flow: Flow[R], operation: str) -> R:
    """Carry out a flow that was made elsewhere. As `run_flow`."""
    client._check_open(operation)  # pyright: ignore[reportPrivateUsage]
    with client._contained(operation):  # pyright: ignore[reportPrivateUsage]
        return await client._drive(flow)  # pyright: ignore[reportPrivateUsage]
    raise AssertionError  # for the type checkers: the lines above return or raise
