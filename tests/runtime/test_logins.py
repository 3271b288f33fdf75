"""A failed login is shared: accounts are locked for less than a thousand attempts."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from jobclients_core import (
    AsyncClient,
    AuthenticationError,
    Basic,
    Call,
    ConnectFailed,
    CredentialUnavailable,
    HttpOptions,
    JobClientsError,
    PermissionDenied,
    ServerError,
    SyncClient,
    Timeout,
    Token,
)
from jobclients_core.failed_credentials import REFUSAL_PAUSE
from jobclients_core.jobs import wait_all, wait_all_async
from runtime.echo import Echo
from runtime.jobs.many import async_jobs_of, jobs_of, kind_with
from runtime.support import GET_JOB, STATUS, VENDOR, FakeClock, Login

LOGIN = Login(user="ann", password="expired!")
QUICK = kind_with(poll_initial=0.01, poll_timeout=30.0)


def sync_client(server: Echo, auth: Any, **http: Any) -> SyncClient:
    return SyncClient(VENDOR, base_url=server.url, auth=auth, http=HttpOptions(timeout=20, **http))


def failures_in_set(server: Echo, auth: Any, count: int, concurrency: int) -> list[JobClientsError | None]:
    with sync_client(server, auth) as client:
        outcomes = wait_all(jobs_of(client, range(count), QUICK), concurrency=concurrency)
    return [outcome.error for outcome in outcomes]


def failures_in_async_set(server: Echo, auth: Any, count: int, concurrency: int) -> list[JobClientsError | None]:
    async def main() -> list[JobClientsError | None]:
        async with AsyncClient(VENDOR, base_url=server.url, auth=auth) as client:
            jobs = async_jobs_of(client, range(count), QUICK)
            return [outcome.error for outcome in await wait_all_async(jobs, concurrency=concurrency)]

    return asyncio.run(main())


def failures_in_threads(server: Echo, auth: Any, count: int, concurrency: int) -> list[JobClientsError | None]:
    with sync_client(server, auth) as client, ThreadPoolExecutor(concurrency) as pool:
        waits = [pool.submit(job.wait) for job in jobs_of(client, range(count), QUICK)]
        return [error for wait in waits if isinstance(error := wait.exception(), JobClientsError)]


def failures_in_tasks(server: Echo, auth: Any, count: int, concurrency: int) -> list[JobClientsError | None]:
    async def main() -> list[JobClientsError | None]:
        async with AsyncClient(VENDOR, base_url=server.url, auth=auth) as client:
            waits = [job.wait() for job in async_jobs_of(client, range(count), QUICK)]
            return [error for error in await asyncio.gather(*waits, return_exceptions=True) if error]  # type: ignore[misc]

    return asyncio.run(main())


Failures = Callable[[Echo, Any, int, int], list[JobClientsError | None]]
each_way = pytest.mark.parametrize(
    "failures", [failures_in_set, failures_in_async_set, failures_in_threads, failures_in_tasks]
)


@each_way
@pytest.mark.parametrize(("status", "kind"), [(401, AuthenticationError), (403, PermissionDenied)])
def test_a_thousand_waits_with_an_expired_password_log_in_once(failures: Failures, status: int, kind: Any) -> None:
    with Echo(login=status) as server:
        errors = failures(server, LOGIN, 1000, 20)
        assert (server.logins, sum(server.served)) == (1, 1)
    assert [type(error) for error in errors] == [kind] * 1000
    assert len({id(error) for error in errors}) == 1000
    first, *others = sorted(errors, key=lambda error: len(str(error)))
    assert str(first).startswith(f"exchange of Login: {status} ")
    assert {str(error).removeprefix(str(first)) for error in others} <= {
        f" (the credential was refused, and is not tried again for {seconds} s)" for seconds in range(50, 61)
    }


@each_way
@pytest.mark.parametrize("auth", [Basic("ann", "expired!"), Token("expired!"), lambda: Token("expired!")])
def test_what_every_request_carries_is_not_sent_on_after_it_was_refused(failures: Failures, auth: Any) -> None:
    with Echo(status=401) as server:
        errors = failures(server, auth, 300, 5)
        # Those under way when the first was refused cannot be called back.
        assert server.refused <= (300 if failures is failures_in_tasks else 5)
    assert [type(error) for error in errors] == [AuthenticationError] * 300


def test_calls_with_a_token_are_sent_whatever_became_of_it_before() -> None:
    with Echo(status=401) as server, sync_client(server, Token("new")) as client:
        for _ in range(2):
            with pytest.raises(AuthenticationError):
                client.send(Call(GET_JOB, {"id": 1}))
        server.status = 200  # the vendor took its time to know it
        assert client.send(Call(GET_JOB, {"id": 1})).body.count == 1


def test_one_after_another_is_sent_once() -> None:
    with Echo(status=401) as server:
        failures_in_set(server, Basic("ann", "expired!"), 50, 1)
        assert server.refused == 1


@pytest.mark.parametrize("auth", [LOGIN, Basic("ann", "expired!")], ids=["login", "basic"])
def test_another_attempt_is_made_after_the_pause(auth: Any) -> None:
    fake = FakeClock()
    with Echo(login=401, status=401) as server, sync_client(server, auth, clock=fake.clock()) as client:
        for _ in range(3):
            for _ in range(3):
                with pytest.raises(AuthenticationError):
                    client.send(Call(GET_JOB, {"id": 1}))
                fake.now += REFUSAL_PAUSE / 3
        assert sum(server.served) == 3


def test_a_function_that_gives_another_credential_is_listened_to() -> None:
    given = ["expired!"]
    asked: list[int] = []

    def auth() -> Basic:
        asked.append(1)
        return Basic("ann", given[0])

    with Echo(status=401) as server, sync_client(server, auth) as client:
        for _ in range(3):
            with pytest.raises(AuthenticationError):
                client.send(Call(GET_JOB, {"id": 1}))
        assert server.refused == 1  # asked again, it gave the same
        assert len(asked) == 3
        given[0], server.status = "new", 200
        assert client.send(Call(GET_JOB, {"id": 1})).body.count == 1
        assert (server.refused, sum(server.served)) == (1, 2)


def test_a_token_that_is_refused_right_after_the_login_is_not_got_again() -> None:
    with Echo(status=401) as server, sync_client(server, LOGIN) as client:
        for _ in range(3):
            with pytest.raises(AuthenticationError):
                client.send(Call(GET_JOB, {"id": 1}))
        assert (server.logins, server.refused) == (1, 1)


def test_a_token_that_ended_is_renewed_however_often() -> None:
    with Echo() as server, sync_client(server, LOGIN) as client:
        for number in range(5):
            server.status = 401
            original = server._answer

            def once(method: str, target: str, original: Any = original) -> Any:
                answer = original(method, target)
                if method == "POST":
                    server.status = 200
                return answer

            server._answer = once  # type: ignore[method-assign]
            if not number:
                server.status = 200
            assert client.send(Call(GET_JOB, {"id": number})).body.count == number
            server._answer = original  # type: ignore[method-assign]
        assert server.logins == 5


def test_one_operation_that_is_refused_leaves_the_others_of_a_good_credential_alone() -> None:
    with Echo() as server, sync_client(server, Basic("ann", "good")) as client:
        client.send(Call(GET_JOB, {"id": 1}))
        server.status = 401
        for _ in range(3):
            with pytest.raises(AuthenticationError, match=r"^status: "):
                client.send(Call(STATUS, {"job": "7"}))
        assert server.refused == 1
        server.status = 200
        assert client.send(Call(GET_JOB, {"id": 2})).body.count == 2


def test_a_login_server_that_is_out_of_order_is_asked_again_but_not_by_a_herd() -> None:
    with Echo(login=503) as server, sync_client(server, LOGIN, retries=0) as client:
        server.open_logins.clear()
        with ThreadPoolExecutor(20) as pool:
            calls = [pool.submit(client.send, Call(GET_JOB, {"id": 1})) for _ in range(20)]
            assert server.login_began.wait(5)
            threading.Event().wait(0.5)
            server.open_logins.set()
            errors = [call.exception() for call in calls]
        assert [type(error) for error in errors] == [ServerError] * 20
        assert "not tried again" not in "".join(map(str, errors))
        assert server.logins == 1
        server.login = 200
        assert client.send(Call(GET_JOB, {"id": 1})).body.count == 1


def test_a_herd_shares_a_function_that_fails_and_is_not_kept_from_asking_later() -> None:
    began, go_on, asked = threading.Event(), threading.Event(), [0]

    def auth() -> Token:
        asked[0] += 1
        began.set()
        assert go_on.wait(10)
        if asked[0] == 1:
            raise ValueError
        return Token("t")

    with Echo() as server, sync_client(server, auth) as client:
        with ThreadPoolExecutor(10) as pool:
            calls = [pool.submit(client.send, Call(GET_JOB, {"id": 1})) for _ in range(10)]
            assert began.wait(5)
            threading.Event().wait(0.5)
            go_on.set()
            errors = [call.exception() for call in calls]
        assert [type(error) for error in errors] == [CredentialUnavailable] * 10
        assert client.send(Call(GET_JOB, {"id": 1})).body.count == 1
        assert asked[0] == 2


def test_a_call_whose_own_time_is_up_in_the_login_says_nothing_to_the_others() -> None:
    with Echo() as server, sync_client(server, LOGIN) as client:
        server.open_logins.clear()
        short = jobs_of(client, [1], QUICK)[0]
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(short.wait, timeout=0.3)
            assert server.login_began.wait(5)
            second = pool.submit(client.send, Call(GET_JOB, {"id": 2}))
            assert isinstance(first.exception(), JobClientsError)
            server.open_logins.set()
            assert second.result().body.count == 2


def test_the_error_of_a_failed_connection_to_the_login_is_shared_by_those_who_wait() -> None:
    with Echo() as server:
        url = server.url
    with SyncClient(VENDOR, base_url=url, auth=LOGIN, http=HttpOptions(retries=0)) as client:
        for _ in range(2):
            with pytest.raises(ConnectFailed, match="connection refused") as caught:
                client.send(Call(GET_JOB, {"id": 1}))
            assert not isinstance(caught.value, Timeout)
