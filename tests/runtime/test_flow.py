"""Delivery driven by hand: what is repeated, when, and after how long."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from jobclients_core import (
    AnswerTooLarge,
    ApiError,
    AsyncClient,
    AuthenticationError,
    ConnectFailed,
    ConnectionLost,
    ErrorRule,
    Errors,
    NotFound,
    RateLimited,
    ServerError,
    SyncClient,
    Timeout,
    TlsFailed,
    Token,
    TransportError,
)
from jobclients_core.client import run_flow, run_flow_async
from jobclients_core.failures import not_sent_in_time
from jobclients_core.flow import Acquire, Answer, Flow, HttpRequest, Plan, Send, Sleep, deliver, retry_delay
from jobclients_core.judge import Judge
from runtime.support import VENDOR, FakeClock, Hand, answer

REQUEST = HttpRequest("GET", "https://h", "/", ())


class Script:
    """A plan whose request and renewal are counted."""

    def __init__(
        self, *, repeatable: bool = True, renewable: bool = False, retries: int = 2, rules: tuple[ErrorRule, ...] = ()
    ) -> None:
        self.prepared = 0
        self.renewals = 0
        self.renewable = renewable
        self.fake = FakeClock()
        judge = Judge("op", Errors(code=("$response.body#/code",), rules=rules), None, now=self.fake.epoch)

        def prepare() -> Flow[HttpRequest]:
            yield from ()
            self.prepared += 1
            return REQUEST

        def judged(got: Answer) -> int:
            if got.status >= 300:
                raise judge.failure(got, judge.facts(got))
            return got.status

        def renew() -> bool:
            self.renewals += 1
            return self.renewable

        plan: Plan[int] = Plan("op", repeatable, prepare, judged, renew)
        self.hand = Hand(deliver(plan, clock=self.fake.clock(), retries=retries, deadline=self.fake.now + 60.0))


def test_a_success_is_sent_once() -> None:
    script = Script()
    assert isinstance(script.hand.step, Send)
    assert script.hand.step.attempt == 1
    script.hand.give(answer())
    assert (script.hand.done, script.hand.result, script.prepared) == (True, 200, 1)


@pytest.mark.parametrize("status", [429, 502, 503, 504, 408, 425, 499, 520, 524, 529, 530])
def test_a_transient_status_is_repeated_with_jitter(status: int) -> None:
    script = Script()
    assert script.hand.give(answer(status)) == Sleep(0.25)
    assert isinstance(script.hand.give(), Send)
    assert script.hand.give(answer(status)) == Sleep(0.5)
    script.hand.give()
    with pytest.raises(ApiError) as caught:
        script.hand.give(answer(status))
    assert caught.value.status == status
    assert script.prepared == 3


@pytest.mark.parametrize("status", [400, 403, 404, 409, 500, 501])
def test_other_statuses_are_not_repeated(status: int) -> None:
    with pytest.raises(ApiError):
        Script().hand.give(answer(status))


def test_an_operation_that_must_not_be_sent_twice_is_not() -> None:
    with pytest.raises(ServerError):
        Script(repeatable=False).hand.give(answer(503))
    with pytest.raises(ConnectionLost):
        Script(repeatable=False).hand.throw(ConnectionLost("gone"))
    with pytest.raises(Timeout):
        Script(repeatable=False).hand.throw(Timeout("late"))


def test_what_was_never_sent_may_always_be_sent_again() -> None:
    script = Script(repeatable=False)
    assert script.hand.throw(ConnectFailed("refused")) == Sleep(0.25)
    assert isinstance(script.hand.give(), Send)


@pytest.mark.parametrize("error", [TlsFailed("certificate"), AnswerTooLarge("too large")])
def test_failures_that_stay_are_not_repeated(error: TransportError) -> None:
    with pytest.raises(type(error)):
        Script().hand.throw(error)


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
    assert Script().hand.give(answer(503, retry_after=header)) == Sleep(seconds)


@pytest.mark.parametrize("header", ["61", "999999999", "Fri, 14 Nov 2053 22:13:30 GMT"])
def test_a_wait_beyond_the_deadline_fails_at_once(header: str) -> None:
    with pytest.raises(RateLimited) as caught:
        Script().hand.give(answer(429, retry_after=header))
    assert caught.value.retry_after is not None
    assert caught.value.retry_after > 60


def test_retries_can_be_switched_off() -> None:
    with pytest.raises(ServerError):
        Script(retries=0).hand.give(answer(503))


def test_a_401_renews_the_credential_once() -> None:
    script = Script(renewable=True, repeatable=False)
    assert isinstance(script.hand.give(answer(401)), Send)
    assert script.prepared == 2
    with pytest.raises(AuthenticationError):
        script.hand.give(answer(401))
    assert script.renewals == 1


def test_a_401_is_final_where_there_is_nothing_to_renew() -> None:
    with pytest.raises(AuthenticationError):
        Script(renewable=False).hand.give(answer(401))


def test_interruptions_pass_through() -> None:
    with pytest.raises(KeyboardInterrupt):
        Script().hand.throw(KeyboardInterrupt())


def test_the_backoff_is_bounded() -> None:
    failure: Any = ServerError("x", status=503, transient=True)
    assert [retry_delay(failure, n, lambda: 1.0) for n in (0, 1, 2, 10, 10_000)] == [0.5, 1.0, 2.0, 20.0, 20.0]
    assert retry_delay(failure, 3, lambda: 0.0) == 0.0


def test_a_vendors_own_code_for_a_refused_credential_renews_it() -> None:
    rules = (ErrorRule(status=(403,), code=("expired",), raises="AuthenticationError"),)
    script = Script(renewable=True, rules=rules)
    assert isinstance(script.hand.give(answer(403, b'{"code": "expired"}')), Send)
    assert (script.renewals, script.prepared) == (1, 2)
    with pytest.raises(AuthenticationError):
        script.hand.give(answer(403, b'{"code": "expired"}'))
    assert script.renewals == 1


def test_a_401_that_means_something_else_renews_nothing() -> None:
    script = Script(renewable=True, rules=(ErrorRule(status=(401,), code=("gone",), raises="NotFound"),))
    with pytest.raises(NotFound):
        script.hand.give(answer(401, b'{"code": "gone"}'))
    assert script.renewals == 0


@pytest.mark.parametrize(
    ("first", "arrived"),
    [(ConnectionLost("lost"), True), (answer(503), True), (answer(429), False), (ConnectFailed("refused"), False)],
)
def test_what_an_attempt_may_have_done_no_later_one_denies(first: Any, arrived: bool) -> None:
    script = Script(retries=1)
    assert isinstance(script.hand.give(first) if isinstance(first, Answer) else script.hand.throw(first), Sleep)
    script.hand.give()
    with pytest.raises(ConnectFailed) as caught:
        script.hand.throw(ConnectFailed("refused"))
    assert caught.value.sent is arrived
    assert ConnectFailed("refused").sent is False


def test_nor_does_a_login_that_fails_before_a_later_one() -> None:
    def prepare() -> Flow[HttpRequest]:
        yield Sleep(0.0)
        return REQUEST

    fake = FakeClock()
    plan: Plan[int] = Plan("op", True, prepare, lambda got: got.status, lambda: False)
    hand = Hand(deliver(plan, clock=fake.clock(), retries=1, deadline=fake.now + 60.0))
    hand.give()
    assert hand.throw(ConnectionLost("lost")) == Sleep(0.25)
    hand.give()
    with pytest.raises(Timeout) as caught:
        hand.throw(not_sent_in_time("op", "the login"))
    assert caught.value.sent is True


def _waits(lock: Any) -> Flow[None]:
    yield Acquire(lock, "op", 0.0)


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
