"""One async client in several event loops: one after another, and at once."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import httpx2
import pytest
from jobclients_contract.harness.certificates import trusting
from jobclients_core import AsyncClient, Call, HttpOptions, InvalidArgument, Token, TransportError
from jobclients_core.jobs import AsyncJobSet
from runtime.echo import Echo
from runtime.jobs.many import JobServer, async_jobs_of, kind_with
from runtime.support import GET_JOB, VENDOR, Login

T = TypeVar("T")
QUICK = kind_with(poll_initial=0.01, poll_max=0.02, poll_timeout=30.0)


def run_and_close(work: Coroutine[Any, Any, T]) -> T:
    """What programs do that do not know `asyncio.run`: nothing tells the client that the loop ends."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()


Run = Callable[[Coroutine[Any, Any, Any]], Any]
each_run = pytest.mark.parametrize("run", [asyncio.run, run_and_close])


def client_of(server: Echo, auth: Any = None, **http: Any) -> AsyncClient:
    return AsyncClient(VENDOR, base_url=server.url, auth=auth or Token("t"), http=HttpOptions(timeout=20, **http))


async def right(client: AsyncClient, *numbers: int) -> bool:
    """Whether every job is reported as itself."""
    answers = await asyncio.gather(*(client.send(Call(GET_JOB, {"id": number})) for number in numbers))
    return [answer.body.count for answer in answers] == list(numbers)


@each_run
@pytest.mark.parametrize("tls", [False, True])
def test_a_client_works_in_one_loop_after_another(run: Run, tls: bool) -> None:
    with Echo(tls=tls) as server:
        client = client_of(server, verify=trusting() if tls else True)
        assert [run(right(client, number, number + 1)) for number in range(4)] == [True] * 4
        assert server.served == [1] * 8
        run(client.aclose())
        gc.collect()  # would warn of connections that nobody closed


def test_connections_end_with_their_loop_and_not_with_their_client() -> None:
    with Echo() as server:
        client = client_of(server)
        asyncio.run(right(client, 1))
        assert all(peer_has_left(peer) for peer in server._peers)


def peer_has_left(peer: Any) -> bool:
    for _ in range(100):
        if peer.fileno() == -1:
            return True
        threading.Event().wait(0.02)
    return False


def test_a_client_that_is_forgotten_in_a_loop_closes_its_connections() -> None:
    async def main(server: Echo) -> bool:
        await right(client_of(server), 1)
        gc.collect()
        await asyncio.sleep(0.05)
        return peer_has_left(server._peers[0])

    with Echo() as server:
        assert asyncio.run(main(server))


def test_a_client_works_in_many_loops_at_once() -> None:
    with Echo() as server:
        client = client_of(server, Login(user="ann", password="s3cret!"))
        said: list[bool] = []

        async def get_credential(start: int) -> bool:
            return all([await right(client, *range(at, at + 5)) for at in range(start, start + 100, 5)])

        threads = [
            threading.Thread(target=lambda start=start: said.append(asyncio.run(get_credential(start))))
            for start in range(0, 800, 100)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert said == [True] * 8
        assert 1 <= server.logins <= 8  # the lock is each loop's own, the token is everybody's


def test_a_login_under_way_in_a_loop_that_is_gone_holds_no_other_up() -> None:
    with Echo() as server:
        client = client_of(server, Login(user="ann", password="s3cret!"))
        server.open_logins.clear()

        async def leave() -> None:
            task = asyncio.create_task(right(client, 1))
            await asyncio.to_thread(server.login_began.wait, 5)
            assert not task.done()

        asyncio.run(leave())
        server.open_logins.set()
        assert asyncio.run(right(client, 2))


def test_a_client_can_be_closed_in_another_loop_while_its_first_one_runs() -> None:
    with Echo() as server:
        client = client_of(server)

        async def main() -> None:
            assert await right(client, 1)
            await asyncio.to_thread(lambda: asyncio.run(client.aclose()))
            with pytest.raises(InvalidArgument, match="the client is closed"):
                await right(client, 2)
            gc.collect()
            await asyncio.sleep(0.05)
            assert await asyncio.to_thread(peer_has_left, server._peers[0])

        asyncio.run(main())


def test_a_transport_object_is_used_as_it_is_and_a_function_opens_one_for_each_loop() -> None:
    asked: list[int] = []

    def answer(_: httpx2.Request) -> httpx2.Response:
        asked.append(1)
        return httpx2.Response(200, json={"status": "running", "count": 1})

    inner = AsyncClient(
        VENDOR, base_url="https://h.example", auth=Token("t"), http=HttpOptions(transport=httpx2.MockTransport(answer))
    )
    assert [asyncio.run(right(inner, 1)) for _ in range(3)] == [True] * 3
    with Echo() as server:
        bound = client_of(server, transport=httpx2.AsyncHTTPTransport(verify=False))
        opened = client_of(server, transport=lambda: httpx2.AsyncHTTPTransport(verify=False))
        assert [asyncio.run(right(opened, number)) for number in range(3)] == [True] * 3

        # The loop of the connection rests meanwhile: it would take in what the other one is to wait for.
        with asyncio.Runner() as first:
            assert first.run(right(bound, 1))
            assert asyncio.run(failure(bound)) == (
                "get_job: the transport object that was given belongs to another event loop; give a function that "
                "opens one, as HttpOptions(transport=lambda: ...)"
            )
            first.run(bound.aclose())


async def failure(client: AsyncClient) -> str:
    with pytest.raises(TransportError) as caught:
        await right(client, 2)
    return str(caught.value)


@each_run
def test_a_set_goes_on_in_another_loop(run: Run) -> None:
    with JobServer(2) as server:
        client = AsyncClient(VENDOR, base_url=server.url, auth=Token("t"))
        many = AsyncJobSet[Any]()
        jobs = async_jobs_of(client, range(6), QUICK)

        async def ended() -> list[str]:
            return [str(outcome.get().state) async for outcome in many]

        for at in range(0, 6, 2):
            many.add_all(jobs[at : at + 2])
            assert run(ended()) == ["succeeded"] * 2
        run(client.aclose())


def test_a_set_goes_on_with_the_jobs_that_rested_when_its_loop_was_closed() -> None:
    with JobServer(3) as server:
        client = AsyncClient(VENDOR, base_url=server.url, auth=Token("t"))
        many = AsyncJobSet[Any]()
        many.add_all(async_jobs_of(client, range(3), kind_with(poll_initial=0.3, poll_max=0.3)))

        async def look_once() -> None:
            reading = asyncio.create_task(anext(many))
            while sum(server.asked.values()) < 3:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            reading.cancel()

        async def ended() -> list[str]:
            return [str(outcome.get().state) async for outcome in many]

        asyncio.run(look_once())
        assert asyncio.run(ended()) == ["succeeded"] * 3
        asyncio.run(client.aclose())


def test_a_set_says_that_it_belongs_to_another_loop_that_runs() -> None:
    with JobServer(1000) as server:

        async def main() -> None:
            async with AsyncClient(VENDOR, base_url=server.url, auth=Token("t")) as client, AsyncJobSet[Any]() as many:
                many.add_all(async_jobs_of(client, range(2), QUICK))

                async def elsewhere() -> None:
                    with pytest.raises(InvalidArgument, match="the set belongs to another event loop"):
                        await anext(many)

                await asyncio.to_thread(lambda: asyncio.run(elsewhere()))

        asyncio.run(main())
