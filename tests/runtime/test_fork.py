"""Clients in processes that were forked from the one that made them: Celery, gunicorn and multiprocessing do so."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import subprocess
import sys
import textwrap
import threading
import time
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx2
import pytest
from jobclients_contract.harness.certificates import AUTHORITY, kept, trusting
from jobclients_core import AsyncClient, Call, HttpOptions, InvalidArgument, SyncClient, Token
from jobclients_core.jobs import JobSet, RateLimit
from jobclients_core.jobs.limits import limits_of
from runtime.echo import Child, Echo
from runtime.jobs.many import JobServer, jobs_of, kind_with
from runtime.support import GET_JOB, VENDOR, Login

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nothing forks there")

USED: dict[str, SyncClient] = {}
"""The client that the workers of a pool inherit."""


def client_of(server: Echo, auth: Any = None, **http: Any) -> SyncClient:
    return SyncClient(VENDOR, base_url=server.url, auth=auth or Token("t"), http=HttpOptions(timeout=20, **http))


def wrong(client: SyncClient, numbers: Iterable[int]) -> int:
    """How many jobs are reported as another one."""
    return sum(client.send(Call(GET_JOB, {"id": number})).body.count != number for number in numbers)


def asked_by_threads(client: SyncClient, count: int, threads: int, start: int) -> int:
    per = count // threads
    with ThreadPoolExecutor(threads) as pool:
        ranges = [range(start + at * per, start + (at + 1) * per) for at in range(threads)]
        return sum(pool.map(lambda numbers: wrong(client, numbers), ranges))


def asked_by_worker(start: int) -> int:
    return wrong(USED["client"], range(start, start + 250))


def test_no_job_is_told_as_another_to_children_and_threads_at_once() -> None:
    with Echo() as server, client_of(server) as client:
        USED["client"] = client
        assert wrong(client, [5]) == 0
        forked = [Child(partial(asked_by_threads, client, 1000, 5, start)) for start in (10_000, 11_000, 12_000)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            pool = multiprocessing.get_context("fork").Pool(3)
        with pool:
            pooled = pool.map_async(asked_by_worker, range(20_000, 23_000, 250), chunksize=1)
            assert asked_by_threads(client, 4000, 20, 30_000) == 0
            assert sum(pooled.get(60)) == 0
        assert [child.said() for child in forked] == [0, 0, 0]
        assert sum(server.served) == 10_001


@pytest.mark.parametrize("tls", [False, True])
def test_a_child_leaves_the_connections_of_its_parent_alone(tls: bool) -> None:
    verify: Any = trusting() if tls else True
    with Echo(tls=tls) as server, client_of(server, verify=verify) as client:
        assert wrong(client, [1]) == 0

        def ask_and_close() -> int:
            with client:
                return wrong(client, range(10, 20))

        assert [Child(ask_and_close).said() for _ in range(3)] == [0, 0, 0]
        assert wrong(client, range(2, 6)) == 0
        assert server.served == [5, 10, 10, 10]


@pytest.mark.parametrize("tls", [False, True])
def test_a_vendor_hears_that_a_parent_closes_though_its_child_lives(tls: bool) -> None:
    gone, stay = os.pipe()
    with Echo(tls=tls) as server, client_of(server, verify=trusting() if tls else True) as client:
        assert wrong(client, [1]) == 0

        def ask_and_stay() -> int:
            os.close(stay)
            os.read(gone, 1)
            return wrong(client, [2])

        child = Child(ask_and_stay)
        client.close()
        for _ in range(100):
            if server.left:
                break
            time.sleep(0.02)
        assert server.left == 1
        os.close(stay)
        os.close(gone)
        assert child.said() == 0


def test_a_child_that_ends_as_programs_do_sends_nothing_on_them() -> None:
    program = """
        import gc, os, sys, warnings
        from jobclients_core import Call, HttpOptions, SyncClient, Token
        from runtime.support import GET_JOB, VENDOR
        client = SyncClient(VENDOR, base_url=sys.argv[1], auth=Token("t"), http=HttpOptions(verify=sys.argv[2]))
        ask = lambda number: client.send(Call(GET_JOB, {"id": number})).body.count
        assert ask(1) == 1
        child = os.fork()
        if child == 0:
            assert ask(2) == 2
            client.close()
            del client
            gc.collect()
            sys.exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert ask(3) == 3
        client.close()
    """
    with Echo(tls=True) as server, kept(AUTHORITY) as authority:
        done = subprocess.run(
            [sys.executable, "-X", "dev", "-c", textwrap.dedent(program), server.url, authority],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert server.served == [2, 1]


def test_a_child_uses_the_token_that_its_parent_got() -> None:
    with Echo() as server, client_of(server, Login(user="ann", password="s3cret!")) as client:
        assert wrong(client, [1]) == 0
        assert [Child(lambda: wrong(client, [2])).said() for _ in range(2)] == [0, 0]
        assert server.logins == 1


def test_a_login_that_is_under_way_at_the_fork_holds_no_child_up() -> None:
    with Echo() as server, client_of(server, Login(user="ann", password="s3cret!")) as client:
        server.open_logins.clear()
        waiting = threading.Thread(target=lambda: wrong(client, [1]))
        waiting.start()
        assert server.login_began.wait(5)
        child = Child(lambda: wrong(client, [2]))
        while server.logins < 2:
            time.sleep(0.01)
        server.open_logins.set()
        assert child.said() == 0
        waiting.join(10)
        assert server.logins == 2


def test_calls_under_way_at_the_fork_take_no_place_in_a_child() -> None:
    documented = (RateLimit(("get_job",), 1, 0.01),)
    with Echo() as server, client_of(server) as client:
        limits = limits_of(client, documented)
        assert limits is not None
        assert limits.reserve("get_job") == 0.0
        assert limits.reserve("get_job") > 0.0

        def reserve_and_settle() -> list[bool]:
            first = limits.reserve("get_job")
            limits.settle("get_job")
            limits.settle("get_job")  # of a call of the parent's that the fork copied
            time.sleep(0.02)
            return [first == 0.0, limits.reserve("get_job") == 0.0, limits.reserve("get_job") > 0.0]

        assert Child(reserve_and_settle).said() == [True, True, True]


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(InvalidArgument) as caught:
        act()
    return str(caught.value)


def test_a_set_with_jobs_says_in_a_child_that_it_waits_elsewhere() -> None:
    with JobServer(1_000) as server, SyncClient(VENDOR, base_url=server.url, auth=Token("t")) as client:
        jobs = jobs_of(client, range(4), kind_with(poll_initial=0.01, poll_max=0.01))
        with JobSet[Any]() as many:
            many.add_all(jobs[:3])

            def in_child() -> list[Any]:
                said = [
                    refused(lambda: next(many)),
                    refused(lambda: many.add(jobs[3])),
                    refused(lambda: many.add_all([])),
                ]
                known = len(many.snapshot())
                many.stop()
                with many:
                    return [*said, known]

            *said, known = [Child(in_child).said() for _ in range(5)][-1]
        assert known == 3
        assert said == [said[0]] * 3
        assert "in the process that this one was forked from" in said[0]


def test_an_empty_set_works_in_a_child() -> None:
    with JobServer(2) as server, SyncClient(VENDOR, base_url=server.url, auth=Token("t")) as client:
        many = JobSet[Any]()
        first, second = jobs_of(client, range(2), kind_with(poll_initial=0.01))

        def waited(job: Any) -> list[str]:
            many.add(job)
            return [str(outcome.get().state) for outcome in many]

        assert waited(first) == ["succeeded"]
        assert Child(lambda: waited(second)).said() == ["succeeded"]


def test_a_transport_object_stays_in_its_process_and_a_function_serves_each() -> None:
    with Echo() as server:
        with client_of(server, transport=httpx2.HTTPTransport(verify=False)) as client:
            assert wrong(client, [1]) == 0
            said = Child(lambda: refused(lambda: wrong(client, [2]))).said()
            assert said == (
                "get_job: the client was made before this process was forked, with a transport object of the caller's "
                "own, whose connections belong to the other process; give a function that opens one, as "
                "HttpOptions(transport=lambda: ...), or make the client after the fork"
            )
            assert wrong(client, [3]) == 0
        with client_of(server, transport=lambda: httpx2.HTTPTransport(verify=False)) as client:
            assert wrong(client, [1]) == 0
            assert Child(lambda: wrong(client, [2])).said() == 0
            assert wrong(client, [3]) == 0
        assert server.served == [2, 2, 1]


def test_an_async_client_asks_on_connections_of_its_own_in_a_child() -> None:
    with Echo() as server:
        client = AsyncClient(VENDOR, base_url=server.url, auth=Token("t"))

        async def get_credential(number: int) -> bool:
            return bool((await client.send(Call(GET_JOB, {"id": number}))).body.count == number)

        async def ask_around_a_fork() -> list[Any]:
            before = await get_credential(1)
            child = Child(lambda: asyncio.run(get_credential(2)))
            return [before, await asyncio.to_thread(child.said), await get_credential(3)]

        assert asyncio.run(ask_around_a_fork()) == [True, True, True]
        assert Child(lambda: asyncio.run(get_credential(4))).said() is True
        assert server.served == [2, 1, 1]
        asyncio.run(client.aclose())
