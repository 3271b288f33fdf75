"""The time of waits over real sockets and on a real clock: the first look, the last one, and the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from jobclients_core import AsyncClient, SyncClient, Token
from jobclients_core.jobs import WaitTimeout, wait_all, wait_all_async
from runtime.jobs.many import LISTED, JobServer, async_jobs_of, jobs_of, kind_with
from runtime.support import VENDOR

QUICK = kind_with(poll_initial=0.1, poll_max=0.3)
QUICK_LIST = kind_with(LISTED, poll_initial=0.1, poll_max=0.3)


class TimedServer(JobServer):
    """A vendor whose jobs end some seconds after they were first asked about."""

    def __init__(self, ends: float, **more: Any) -> None:
        super().__init__(**more)
        self.ends = ends
        self.began: float | None = None

    def state(self, job: str) -> str:
        """The state of a job now."""
        now = time.monotonic()
        self.began = now if self.began is None else self.began
        return "done" if now - self.began >= self.ends else "running"


def alone(server: JobServer, kind: Any, timeout: float) -> list[Exception | None]:
    with SyncClient(VENDOR, base_url=server.url, auth=Token("token-1")) as client:
        (job,) = jobs_of(client, ["a"], kind)
        try:
            job.wait(timeout=timeout)
        except WaitTimeout as error:
            return [error]
    return [None]


def alone_async(server: JobServer, kind: Any, timeout: float) -> list[Exception | None]:
    async def main() -> list[Exception | None]:
        async with AsyncClient(VENDOR, base_url=server.url, auth=Token("token-1")) as client:
            (job,) = async_jobs_of(client, ["a"], kind)
            try:
                await job.wait(timeout=timeout)
            except WaitTimeout as error:
                return [error]
            return [None]

    return asyncio.run(main())


def together(server: JobServer, kind: Any, timeout: float) -> list[Exception | None]:
    with SyncClient(VENDOR, base_url=server.url, auth=Token("token-1")) as client:
        return [outcome.error for outcome in wait_all(jobs_of(client, "abcdef", kind), timeout=timeout)]


def together_async(server: JobServer, kind: Any, timeout: float) -> list[Exception | None]:
    async def main() -> list[Exception | None]:
        async with AsyncClient(VENDOR, base_url=server.url, auth=Token("token-1")) as client:
            outcomes = await wait_all_async(async_jobs_of(client, "abcdef", kind), timeout=timeout)
            return [outcome.error for outcome in outcomes]

    return asyncio.run(main())


def listed(server: JobServer, kind: Any, timeout: float) -> list[Exception | None]:
    return together(server, QUICK_LIST, timeout)


ways = pytest.mark.parametrize("how", [alone, alone_async, together, together_async, listed])
Way = Callable[[JobServer, Any, float], list[Exception | None]]


@ways
@pytest.mark.parametrize("timeout", [0.0, 0.001, 0.1])
def test_a_wait_without_time_takes_the_time_of_one_look(how: Way, timeout: float) -> None:
    with TimedServer(0.0, takes=0.3) as server:
        server.asked = dict.fromkeys("abcdef", 0)
        assert set(how(server, QUICK, timeout)) == {None}
    with TimedServer(99.0, takes=0.3) as server:
        server.asked = dict.fromkeys("abcdef", 0)
        errors = how(server, QUICK, timeout)
        assert {type(error) for error in errors} == {WaitTimeout}
        assert all("still running after" in str(error) for error in errors)
        assert len(server.arrivals) <= len(errors)


@ways
def test_an_end_shortly_before_the_time_is_up_is_seen(how: Way) -> None:
    with TimedServer(1.5) as server:
        server.asked = dict.fromkeys("abcdef", 0)
        assert set(how(server, kind_with(poll_initial=1.4, poll_max=1.4), 2.0)) == {None}


@ways
def test_a_wait_ends_in_its_time(how: Way) -> None:
    with TimedServer(99.0) as server:
        server.asked = dict.fromkeys("abcdef", 0)
        began = time.monotonic()
        errors = how(server, QUICK, 1.0)
        took = time.monotonic() - began
    assert {type(error) for error in errors} == {WaitTimeout}
    assert 0.5 <= took < 30.0  # the machine may be busy; the job would go on for 99 s


@ways
def test_a_last_look_that_hangs_is_cut(how: Way) -> None:
    with TimedServer(99.0) as server:
        server.asked = dict.fromkeys("abcdef", 0)
        began = time.monotonic()

        def slow(job: str) -> str:
            server.takes = 20.0 if time.monotonic() - began > 0.5 else 0.0
            return "running"

        server.state = slow  # type: ignore[method-assign]
        errors = how(server, QUICK, 1.5)
        took = time.monotonic() - began
    assert {type(error) for error in errors} == {WaitTimeout}
    assert took < 15.0  # the machine may be busy; the response would take 20 s
    assert any(isinstance(error.__cause__, TimeoutError) for error in errors if error is not None)
