"""The bases of generated clients: two drivers, sync and async, of the same flows."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Mapping
from datetime import tzinfo
from types import TracebackType
from typing import Any, Self, TypeVar

import anyio

from .base import ClientBase, Seen
from .calls import Session, call_flow, request_flow
from .credential_provider import check_recursion, get_credential, get_credential_async, holding
from .drift import DriftObserver
from .errors import InvalidArgument
from .failures import not_sent_in_time
from .flow import AcquireLock, Flow, Load, Notify, Save, Send, Sleep
from .forking import PerProcess
from .http import HttpOptions, checked_options
from .keeping import keep, keep_async
from .observe import Observer, notify, notify_async
from .operation import Call, Vendor
from .pools import AsyncPools, Pool
from .response_parser import Response
from .transmit import transmit, transmit_async

_LONGEST_SLEEP = 1e8
"""Seconds that every system can sleep at a time."""

_LOGIN = "the login that the call needs"
"""What is waited for where a lock is acquired, or a credential asked for."""

T = TypeVar("T")
R = TypeVar("R")


def _nothing() -> None:
    """Do nothing."""


class SyncClient(ClientBase):
    """Base of the sync clients; may be used from several threads, and in processes that are forked from its own.

    A child process opens connections of its own and never touches those that it inherited; a token that was got before
    the fork is used on. Rate limits and logins are then those of each process: 8 workers make 8 logins.

    Args:
        vendor: The vendor.
        base_url: Where requests go; the vendor's server when None.
        variables: Variables of the vendor's server.
        parameters: The client's own parameters, defaults of each call's.
        auth: A credential, a function that returns one and is asked again at each renewal, or None. One that was
            refused at its login, or as a user's password, is not tried again for 60 seconds, unless the function gives
            another: accounts are locked for less. Those who waited for that login fail with it. Of a token that was
            refused, the requests about jobs are held back likewise.
        account: A label for logs and events.
        timezone: Zone of times for which the vendor names none; they stay without one when None.
        headers: Headers of every request; credentials and protocol headers are not among them.
        http: How to speak HTTP.
        observer: A function that is shown an event for each request.
        on_drift: A function that is shown each way in which a response is not as documented.

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
        on_drift: DriftObserver | None = None,
    ) -> None:
        super().__init__(
            vendor,
            PerProcess(threading.Lock),
            base_url=base_url,
            variables=variables,
            parameters=parameters,
            auth=auth,
            account=account,
            timezone=timezone,
            headers=headers,
            http=http,
            observer=observer,
            on_drift=on_drift,
        )
        self._pool = Pool(self._session.options)

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
        self._pool.close()

    def send(self, call: Call[T]) -> Response[T]:
        """Carry out a call, and return status and headers with the result.

        Args:
            call: An operation with its arguments.

        Returns:
            The response; the typed result is its ``body``.

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
            The response of a success, with its body as bytes and as ``json()``.

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
        seen: list[Seen] = []
        try:
            step = next(flow)
            while True:
                begun = time.monotonic()
                try:
                    outcome = self._perform(step)
                except BaseException as error:
                    self._note(seen, step, begun, error=error)
                    step = flow.throw(error)
                else:
                    self._note(seen, step, begun, outcome)
                    step = flow.send(outcome)
                self._report(seen)
        except StopIteration as done:
            result: R = done.value
            return result
        finally:
            self._report(seen)

    def _perform(self, step: Any) -> Any:
        if isinstance(step, Send):
            return transmit(self._pool.transport(step.operation), step, self._session.options)
        if isinstance(step, Sleep):
            # Vendors may ask for centuries, which is more than the system takes.
            (self._session.clock.sleep or time.sleep)(min(step.seconds, _LONGEST_SLEEP))
            return None
        if isinstance(step, AcquireLock):
            check_recursion(step)
            lock: Any = step.lock
            if not lock.acquire(timeout=max(step.deadline - self._session.clock.monotonic(), 0)):
                raise not_sent_in_time(step.operation, _LOGIN)
            return None
        if isinstance(step, Notify):
            notify(step)
            return None
        if isinstance(step, (Load, Save)):
            return keep(step)
        with holding(step.lock):
            credential = get_credential(step)
        if inspect.isawaitable(credential):
            getattr(credential, "close", _nothing)()  # a coroutine warns where nobody awaits it
            raise InvalidArgument(
                "a coroutine function as auth needs the async client", operation=step.operation, argument="auth"
            )
        return credential


class AsyncClient(ClientBase):
    """Base of the async clients; may be used from many tasks. Arguments as for `SyncClient`.

    In each event loop it has connections of its own, which are closed with that loop (`asyncio.run` does so). So it may
    be used in one loop after another, and in several at once. Tokens are shared by all; of several loops at once, each
    may log in.

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
        on_drift: DriftObserver | None = None,
    ) -> None:
        self._pools = AsyncPools(checked_options(http))
        super().__init__(
            vendor,
            self._pools.lock,
            base_url=base_url,
            variables=variables,
            parameters=parameters,
            auth=auth,
            account=account,
            timezone=timezone,
            headers=headers,
            http=http,
            observer=observer,
            on_drift=on_drift,
        )

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
        await self._pools.aclose()

    async def send(self, call: Call[T]) -> Response[T]:
        """Carry out a call, and return status and headers with the result.

        Args:
            call: An operation with its arguments.

        Returns:
            The response; the typed result is its ``body``.

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
            The response of a success, with its body as bytes and as ``json()``.

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
        seen: list[Seen] = []
        try:
            step = next(flow)
            while True:
                begun = time.monotonic()
                try:
                    outcome = await self._perform(step)
                except BaseException as error:
                    self._note(seen, step, begun, error=error)
                    step = flow.throw(error)
                else:
                    self._note(seen, step, begun, outcome)
                    step = flow.send(outcome)
                self._report(seen)
        except StopIteration as done:
            result: R = done.value
            return result
        finally:
            self._report(seen)

    async def _perform(self, step: Any) -> Any:
        if isinstance(step, Send):
            return await transmit_async(await self._pools.transport(step.operation), step, self._session.options)
        if isinstance(step, Sleep):
            pause = self._session.clock.sleep
            if pause is not None:
                pause(step.seconds)
            await anyio.sleep(0 if pause is not None else step.seconds)
            return None
        if isinstance(step, Notify):
            await notify_async(step)
            return None
        if isinstance(step, (Load, Save)):
            return await keep_async(step)
        try:
            with anyio.fail_after(max(step.deadline - self._session.clock.monotonic(), 0)):
                if isinstance(step, AcquireLock):
                    check_recursion(step)
                    lock: Any = step.lock
                    return await lock.acquire()
                with holding(step.lock):
                    return await get_credential_async(step)
        except TimeoutError as error:
            raise not_sent_in_time(step.operation, _LOGIN) from error


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
