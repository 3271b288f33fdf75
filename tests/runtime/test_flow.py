"""Delivery driven by hand: what is repeated, when, and after how long."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from jobclients_core import (
    ApiError,
    AsyncClient,
    AuthenticationError,
    ConnectFailed,
    ConnectionLost,
    ErrorRule,
    Errors,
    HttpOptions,
    NotFound,
    Operation,
    RateLimited,
    ResponseTooLarge,
    ServerError,
    SyncClient,
    Timeout,
    TlsFailed,
    Token,
    TransportError,
)
from jobclients_core.calls import call_flow
from jobclients_core.client import run_flow, run_flow_async, session_of
from jobclients_core.failures import not_sent_in_time
from jobclients_core.flow import AcquireLock, Flow, GetCredential, HttpResponse, Send, Sleep
from jobclients_core.retries import retry_delay
from runtime.support import GET_JOB, VENDOR, FakeClock, Hand, Login, answer


class Script:
    """A call whose requests, and whose questions for a credential, are counted; a renewable one is asked for."""

    def __init__(
        self, *, repeatable: bool = True, renewable: bool = False, retries: int = 2, rules: tuple[ErrorRule, ...] = ()
    ) -> None:
        self.prepared = 0
        self.asked = 0
        self.fake = FakeClock()
        vendor = replace(VENDOR, errors=Errors(code=("$response.body#/code",), rules=rules))
        operation: Operation[Any] = Operation(
            id="op", method="GET" if repeatable else "POST", path="/", returns={200: "Job"}
        )
        options = HttpOptions(timeout=60.0, retries=retries, clock=self.fake.clock())
        auth: Any = (lambda: Token("t0k")) if renewable else Token("t0k")
        self.client = SyncClient(vendor, base_url="https://h", auth=auth, http=options)
        session = session_of(self.client)
        # What was got this very moment is not asked for anew, so that it is got before.
        self.hand = Hand(session.auth.authorize(vendor.security, "op", self.fake.now + 60.0))
        self._told()
        self.hand = Hand(call_flow(session, operation.call()))
        self._told()

    def _told(self) -> Any:
        """Give credentials where they are asked for, and count."""
        while isinstance(self.hand.step, AcquireLock | GetCredential):
            self.asked += isinstance(self.hand.step, GetCredential)
            acquired = self.client._perform(self.hand.step) if isinstance(self.hand.step, AcquireLock) else Token("t0k")
            self.hand.give(acquired)
        self.prepared += isinstance(self.hand.step, Send)
        return self.hand.step

    @property
    def renewals(self) -> int:
        return self.asked - 1

    def give(self, outcome: Any = None) -> Any:
        self.hand.give(outcome)
        return self._told()

    def throw(self, error: BaseException) -> Any:
        self.hand.throw(error)
        return self._told()


def test_a_success_is_sent_once() -> None:
    script = Script()
    assert isinstance(script.hand.step, Send)
    assert script.hand.step.attempt == 1
    script.give(answer())
    assert (script.hand.done, script.hand.result.status, script.prepared) == (True, 200, 1)


@pytest.mark.parametrize("status", [429, 502, 503, 504, 408, 425, 499, 520, 524, 529, 530])
def test_a_transient_status_is_repeated_with_jitter(status: int) -> None:
    script = Script()
    assert script.give(answer(status)) == Sleep(0.25)
    assert isinstance(script.give(), Send)
    assert script.give(answer(status)) == Sleep(0.5)
    script.give()
    with pytest.raises(ApiError) as caught:
        script.give(answer(status))
    assert caught.value.status == status
    assert script.prepared == 3


@pytest.mark.parametrize("status", [400, 403, 404, 409, 500, 501])
def test_other_statuses_are_not_repeated(status: int) -> None:
    with pytest.raises(ApiError):
        Script().give(answer(status))


def test_an_operation_that_must_not_be_sent_twice_is_not() -> None:
    with pytest.raises(ServerError):
        Script(repeatable=False).give(answer(503))
    with pytest.raises(ConnectionLost):
        Script(repeatable=False).throw(ConnectionLost("gone"))
    with pytest.raises(Timeout):
        Script(repeatable=False).throw(Timeout("late"))


def test_what_was_never_sent_may_always_be_sent_again() -> None:
    script = Script(repeatable=False)
    assert script.throw(ConnectFailed("refused")) == Sleep(0.25)
    assert isinstance(script.give(), Send)


@pytest.mark.parametrize("error", [TlsFailed("certificate"), ResponseTooLarge("too large")])
def test_failures_that_stay_are_not_repeated(error: TransportError) -> None:
    with pytest.raises(type(error)):
        Script().throw(error)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("Tue, 14 Nov 2023 22:13:30 GMT", 10.0),
        ("Tue, 14 Nov 2023 22:13:00 GMT", 0.25),
        ("-5", 0.25),
        ("soon", 0.25),
        ("1.5", 0.25),
        ("", 0.25),
        ("Tue, 99 Nov 2023 22:13:30 GMT", 0.25),
    ],
)
def test_retry_after_is_obeyed_and_nonsense_ignored(header: str, seconds: float) -> None:
    assert Script().give(answer(503, retry_after=header)) == Sleep(seconds)


@pytest.mark.parametrize("header", ["61", "999999999", "Fri, 14 Nov 2053 22:13:30 GMT"])
def test_a_wait_beyond_the_deadline_fails_at_once(header: str) -> None:
    with pytest.raises(RateLimited) as caught:
        Script().give(answer(429, retry_after=header))
    assert caught.value.retry_after is not None
    assert caught.value.retry_after > 60


def test_retries_can_be_switched_off() -> None:
    with pytest.raises(ServerError):
        Script(retries=0).give(answer(503))


def test_a_401_renews_the_credential_once() -> None:
    script = Script(renewable=True, repeatable=False)
    assert isinstance(script.give(answer(401)), Send)
    assert script.prepared == 2
    with pytest.raises(AuthenticationError):
        script.give(answer(401))
    assert script.renewals == 1


def test_a_401_is_final_where_there_is_nothing_to_renew() -> None:
    with pytest.raises(AuthenticationError):
        Script(renewable=False).give(answer(401))


def test_interruptions_pass_through() -> None:
    with pytest.raises(KeyboardInterrupt):
        Script().throw(KeyboardInterrupt())


def test_the_backoff_is_bounded() -> None:
    failure: Any = ServerError("x", status=503, transient=True)
    assert [retry_delay(failure, n, lambda: 1.0) for n in (0, 1, 2, 10, 10_000)] == [0.5, 1.0, 2.0, 20.0, 20.0]
    assert retry_delay(failure, 3, lambda: 0.0) == 0.0


def test_a_vendors_own_code_for_a_refused_credential_renews_it() -> None:
    rules = (ErrorRule(status=(403,), code=("expired",), raises="AuthenticationError"),)
    script = Script(renewable=True, rules=rules)
    assert isinstance(script.give(answer(403, b'{"code": "expired"}')), Send)
    assert (script.renewals, script.prepared) == (1, 2)
    with pytest.raises(AuthenticationError):
        script.give(answer(403, b'{"code": "expired"}'))
    assert script.renewals == 1


def test_a_401_that_means_something_else_renews_nothing() -> None:
    script = Script(renewable=True, rules=(ErrorRule(status=(401,), code=("gone",), raises="NotFound"),))
    with pytest.raises(NotFound):
        script.give(answer(401, b'{"code": "gone"}'))
    assert script.renewals == 0


@pytest.mark.parametrize(
    ("first", "arrived"),
    [(ConnectionLost("lost"), True), (answer(503), True), (answer(429), False), (ConnectFailed("refused"), False)],
)
def test_what_an_attempt_may_have_done_no_later_one_denies(first: Any, arrived: bool) -> None:
    script = Script(retries=1)
    assert isinstance(script.give(first) if isinstance(first, HttpResponse) else script.throw(first), Sleep)
    script.give()
    with pytest.raises(ConnectFailed) as caught:
        script.throw(ConnectFailed("refused"))
    assert caught.value.sent is arrived
    assert ConnectFailed("refused").sent is False


def test_nor_does_a_login_that_fails_before_a_later_one() -> None:
    fake = FakeClock()
    options = HttpOptions(timeout=60.0, retries=1, clock=fake.clock())
    with SyncClient(VENDOR, base_url="https://h", auth=Login(user="ann", password="s3cret!"), http=options) as client:
        hand = Hand(call_flow(session_of(client), GET_JOB.call(id=1)))
        assert isinstance(hand.give(client._perform(hand.step)), Send)  # the login
        assert isinstance(hand.give(answer(200, b'{"access_token": "one", "expires_in": 1}')), Send)
        assert hand.throw(ConnectionLost("lost")) == Sleep(0.25)
        fake.now += 1
        assert isinstance(hand.give(), AcquireLock)
        with pytest.raises(Timeout) as caught:
            hand.throw(not_sent_in_time("op", "the login"))
    assert caught.value.sent is True


def _waits(lock: Any) -> Flow[None]:
    yield AcquireLock(lock, "op", 0.0)


def _in_a_thread() -> None:
    lock = threading.Lock()
    with SyncClient(VENDOR, base_url="https://h", auth=Token("t")) as client, lock:
        run_flow(client, _waits(lock), "op")


async def _in_a_task() -> None:
    lock = asyncio.Lock()
    await lock.acquire()
    async with AsyncClient(VENDOR, base_url="https://h", auth=Token("t")) as client:
        await run_flow_async(client, _waits(lock), "op")


@pytest.mark.parametrize("run", [_in_a_thread, lambda: asyncio.run(_in_a_task())], ids=["sync", "async"])
def test_who_waits_for_a_login_for_too_long_has_sent_nothing(run: Callable[[], None]) -> None:
    with pytest.raises(Timeout, match="nothing was sent") as caught:
        run()
    assert caught.value.sent is False
