"""Sets of jobs over real sockets: faults, tokens that expire, limits, other processes, ten vendors in one set."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jobclients_core import AsyncClient, HttpOptions, SyncClient, Token
from jobclients_core.jobs import (
    AsyncJobSet,
    JobFailed,
    JobSet,
    Outcome,
    RateLimit,
    wait_all,
    wait_all_async,
)
from runtime.jobs.many import (
    LISTED,
    Fault,
    JobServer,
    async_jobs_of,
    jobs_of,
    kind_with,
    reset,
    silent,
    truncated,
    unavailable,
    web_page,
)
from runtime.support import VENDOR, Login

QUICK = kind_with(poll_initial=0.02, poll_max=0.1, poll_timeout=60.0)
FAULTS: list[Fault] = [reset, truncated, unavailable, web_page, silent]


def sync_client(server: JobServer, **more: Any) -> SyncClient:
    return SyncClient(VENDOR, **{"base_url": server.url, "auth": Token("token-1"), **more})


def async_client(server: JobServer, **more: Any) -> AsyncClient:
    return AsyncClient(VENDOR, **{"base_url": server.url, "auth": Token("token-1"), **more})


def wait_sync(server: JobServer, count: int, kind: Any, **more: Any) -> list[Outcome[Any]]:
    with sync_client(server, **more) as client:
        return wait_all(jobs_of(client, range(count), kind), concurrency=8)


def wait_async(server: JobServer, count: int, kind: Any, **more: Any) -> list[Outcome[Any]]:
    async def main() -> list[Outcome[Any]]:
        async with async_client(server, **more) as client:
            return list(await wait_all_async(async_jobs_of(client, range(count), kind), concurrency=8))

    return asyncio.run(main())


both = pytest.mark.parametrize("wait", [wait_sync, wait_async])
Wait = Callable[..., list[Outcome[Any]]]


@both
@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_at_any_poll_is_borne(wait: Wait, fault: Fault, at: int) -> None:
    with JobServer(3, fault=fault, at=at) as server:
        outcomes = wait(server, 8, QUICK, http=HttpOptions(timeout=0.5))
    assert [outcome.error for outcome in outcomes] == [None] * 8
    assert all(asked >= 3 for asked in server.asked.values())


@both
def test_a_token_that_expires_amid_300_waits_is_renewed_once(wait: Wait) -> None:
    with JobServer(4, expire_at=500) as server:
        outcomes = wait(server, 300, QUICK, auth=Login(user="me", password="secret"))
    assert all(outcome.ok for outcome in outcomes)
    assert len(outcomes) == 300
    assert server.logins == 2
    assert server.refused >= 1


@both
def test_a_limit_is_never_exceeded(wait: Wait) -> None:
    limited = kind_with(QUICK, limits=(RateLimit(("status",), 20, 0.5, "client"),))
    with JobServer(2) as server:
        outcomes = wait(server, 40, limited)
    assert all(outcome.ok for outcome in outcomes)
    arrivals = sorted(server.arrivals)
    assert len(arrivals) == 80
    assert all(later - earlier >= 0.5 for earlier, later in zip(arrivals, arrivals[20:], strict=False))
    assert arrivals[-1] - arrivals[0] < 10


def test_clients_of_an_account_share_its_limit() -> None:
    limited = kind_with(QUICK, limits=(RateLimit(("status",), 5, 0.3),))
    with JobServer(2) as server, sync_client(server) as one, sync_client(server) as other:
        jobs = [*jobs_of(one, range(10), limited), *jobs_of(other, range(10, 20), limited)]
        assert all(outcome.ok for outcome in wait_all(jobs))
    arrivals = sorted(server.arrivals)
    assert all(later - earlier >= 0.3 for earlier, later in zip(arrivals, arrivals[5:], strict=False))


@both
def test_a_list_saves_requests(wait: Wait) -> None:
    with JobServer(4) as server:
        for number in range(300):
            server.asked[str(number)] = 0
        outcomes = wait(server, 300, kind_with(LISTED, poll_initial=0.1, poll_max=0.3))
    assert all(outcome.ok for outcome in outcomes)
    assert len(server.arrivals) <= 40


@both
def test_requests_under_way_are_bounded(wait: Wait) -> None:
    with JobServer(2, takes=0.01) as server:
        wait(server, 100, QUICK)
    assert 2 <= server.most <= 8


def test_one_vendor_that_hangs_does_not_stop_the_others() -> None:
    with (
        JobServer(1, fault=silent, at=1) as stuck,
        JobServer(2) as lively,
        sync_client(stuck, http=HttpOptions(timeout=1.2)) as slow,
        sync_client(lively) as quick,
        JobSet[Any](concurrency=4) as many,
    ):
        many.add_all([*jobs_of(slow, range(12), QUICK), *jobs_of(quick, range(20), QUICK)])
        begun = time.monotonic()
        first = [next(many) for _ in range(20)]
        elapsed = time.monotonic() - begun
    assert {id(outcome.job.client) for outcome in first} == {id(quick)}
    assert elapsed < 1.2


def test_vendors_and_ends_of_all_kinds_in_one_set() -> None:
    with JobServer(2) as one, JobServer(5) as two:
        one.failing = {"1", "3"}
        with sync_client(one) as left, sync_client(two, account="b") as right:
            jobs = [*jobs_of(left, range(4), QUICK), *jobs_of(right, range(4), QUICK)]
            outcomes = wait_all(jobs)
    assert [type(outcome.error) for outcome in outcomes[:4]] == [type(None), JobFailed] * 2
    assert [outcome.error for outcome in outcomes[4:]] == [None] * 4


def test_jobs_are_added_by_other_threads_while_one_reads() -> None:
    with JobServer(3) as server, sync_client(server) as client, JobSet[Any](endless=True) as many:
        threads = [
            threading.Thread(target=many.add_all, args=(jobs_of(client, range(first, first + 10), QUICK),))
            for first in range(0, 50, 10)
        ]
        for thread in threads:
            thread.start()
        outcomes = [next(many) for _ in range(50)]
        for thread in threads:
            thread.join()
        assert len(many) == 0
        many.stop()
        assert list(many) == []
    assert all(outcome.ok for outcome in outcomes)


@pytest.mark.parametrize(("patience", "waits"), [(10.0, True), (0.05, False)])
def test_leaving_a_set_waits_for_requests_under_way(
    monkeypatch: pytest.MonkeyPatch, patience: float, waits: bool
) -> None:
    """Its client may be closed then; a vendor that does not answer is waited for a few seconds only."""
    asked, left, waited = threading.Event(), threading.Event(), list[bool]()

    def slow(peer: socket.socket) -> None:
        asked.set()
        waited.append(not left.wait(0.5))
        reset(peer)

    monkeypatch.setattr("jobclients_core.jobs.jobset._LEAVING", patience)
    with JobServer(2, fault=slow, at=1) as server, sync_client(server) as client:
        with JobSet[Any]() as many:
            many.add_all(jobs_of(client, range(1), QUICK))
            assert asked.wait(20)
        left.set()
        for thread in threading.enumerate():
            if thread.name == "jobclients":
                thread.join(20)
        assert waited == [waits]


RESUMING = """
import json, sys
sys.path[:0] = json.loads(sys.argv[2])
from runtime.jobs.many import jobs_of
from runtime.jobs.test_jobset_loopback import QUICK
from runtime.support import VENDOR
from jobclients_core import SyncClient, Token
from jobclients_core.jobs import restore, wait_all
with SyncClient(VENDOR, base_url=sys.argv[1], auth=Token("token-1")) as client:
    jobs = [restore(QUICK, client, line) for line in sys.stdin.read().splitlines()]
    print(json.dumps([[outcome.job.identity["job"], outcome.get().raw_state] for outcome in wait_all(jobs)]))
"""


def resumed_elsewhere(url: str, texts: list[str]) -> list[list[str]]:
    tests = Path(__file__).resolve().parents[2]
    paths = json.dumps([str(tests), str(tests.parent / "generator")])
    done = subprocess.run(
        [sys.executable, "-c", RESUMING, url, paths],
        input="\n".join(texts),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found: list[list[str]] = json.loads(done.stdout)
    return found


def test_what_is_stopped_here_is_waited_for_elsewhere() -> None:
    with JobServer(30) as server:
        with sync_client(server) as client, JobSet[Any]() as many:
            for job in jobs_of(client, range(10), QUICK):
                many.add(job)
            time.sleep(0.3)
            many.stop()
            assert list(many) == []
            texts = many.snapshot()
        assert len(texts) == 10
        server.polls = 1
        assert resumed_elsewhere(server.url, texts) == [[str(number), "done"] for number in range(10)]


def test_what_an_async_set_had_is_waited_for_elsewhere() -> None:
    async def main(server: JobServer) -> list[str]:
        async with async_client(server) as client, AsyncJobSet[Any]() as many:
            many.add_all(async_jobs_of(client, range(10), QUICK))
            asyncio.get_running_loop().call_later(0.3, many.stop)
            assert [outcome async for outcome in many] == []
            return many.snapshot()

    with JobServer(1000) as server:
        texts = asyncio.run(main(server))
        server.polls = 1
        assert resumed_elsewhere(server.url, texts) == [[str(number), "done"] for number in range(10)]
