"""A host that was never reached: a wait ends soon, and says what is wrong."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest
from jobclients_contract.harness.certificates import OF_ANOTHER, showing, trusting
from jobclients_core import (
    AsyncClient,
    ConnectFailed,
    ConnectTimedOut,
    HttpOptions,
    JobClientsError,
    NameNotResolved,
    SyncClient,
    Timeout,
    TlsFailed,
    Token,
)
from jobclients_core.jobs import wait_all, wait_all_async, waiting
from runtime.echo import Echo
from runtime.jobs.many import async_jobs_of, in_world, jobs_of, kind_with
from runtime.jobs.world import World
from runtime.support import VENDOR

RUNNING = {"status": "running"}
DONE = {"status": "done"}


def ended_by(world: World, *, initial: float = 5.0, client: SyncClient | None = None) -> JobClientsError:
    kind = kind_with(poll_initial=initial, poll_max=60.0, poll_tolerate=60.0)
    with pytest.raises(JobClientsError) as caught:
        jobs_of(client or in_world(world), ["j"], kind)[0].wait()
    return caught.value


@pytest.mark.parametrize("error", [ConnectFailed("refused"), NameNotResolved("no name"), ConnectTimedOut("late")])
@pytest.mark.parametrize(("initial", "looks"), [(30.0, 3), (5.0, 3), (2.0, 6)])
def test_a_wait_ends_after_ten_seconds(error: Exception, initial: float, looks: int) -> None:
    world = World(error)
    ended = ended_by(world, initial=initial)
    assert type(ended) is type(error)
    assert "this client never reached the host, and a wait gives up on that after 10 s" in str(ended)
    assert (world.now, len(world.sends)) == (10.0, looks)


def test_what_is_reached_at_last_is_waited_for() -> None:
    world = World(ConnectFailed("refused"), NameNotResolved("no name"), RUNNING, *[ConnectFailed("refused")] * 4, DONE)
    assert jobs_of(in_world(world), ["j"], kind_with(poll_initial=5.0, poll_tolerate=120.0))[0].wait().state.terminal


def test_a_host_that_answered_once_is_borne_with_as_ever() -> None:
    world = World(RUNNING, ConnectFailed("refused"))
    assert "never answered" not in str(ended_by(world))
    assert world.now >= 60.0


def test_what_one_wait_reached_is_known_to_the_next_one_of_the_client() -> None:
    world = World(DONE, ConnectFailed("refused"))
    client = in_world(world)
    jobs_of(client, ["first"], kind_with())[0].wait()
    began = world.now
    assert "never answered" not in str(ended_by(world, client=client))
    assert world.now >= began + 60.0


def test_a_server_that_takes_requests_and_is_silent_was_reached() -> None:
    world = World(Timeout("silent"))
    assert isinstance(ended_by(world), Timeout)
    assert world.now >= 60.0


def test_only_the_time_counts_in_which_no_connection_came_about() -> None:
    world = World(ConnectFailed("refused"), Timeout("silent"), ConnectFailed("refused"), DONE, latency=5.0)
    assert jobs_of(in_world(world), ["j"], kind_with(poll_initial=2.0, poll_tolerate=60.0))[0].wait().state.terminal


def test_a_certificate_that_is_not_trusted_does_not_go_by() -> None:
    world = World(TlsFailed("certificate"))
    assert isinstance(ended_by(world), TlsFailed)
    assert (world.now, len(world.sends)) == (0.0, 1)


# --- over real sockets ---


def of_sync(url: str, count: int, **http: Any) -> list[JobClientsError | None]:
    with SyncClient(VENDOR, base_url=url, auth=Token("t"), http=HttpOptions(timeout=10, **http)) as client:
        jobs = jobs_of(client, range(count), kind_with(poll_initial=0.05, poll_tolerate=60.0))
        return [outcome.error for outcome in wait_all(jobs)]


def of_async(url: str, count: int, **http: Any) -> list[JobClientsError | None]:
    async def main() -> list[JobClientsError | None]:
        options = HttpOptions(timeout=10, **http)
        async with AsyncClient(VENDOR, base_url=url, auth=Token("t"), http=options) as client:
            jobs = async_jobs_of(client, range(count), kind_with(poll_initial=0.05, poll_tolerate=60.0))
            return [outcome.error for outcome in await wait_all_async(jobs)]

    return asyncio.run(main())


each_way = pytest.mark.parametrize("errors_of", [of_sync, of_async])
ErrorsOf = Callable[..., list[JobClientsError | None]]


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@each_way
def test_a_refused_connection_is_told_with_its_port(
    errors_of: ErrorsOf, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "UNREACHED", 0.3)
    errors = errors_of(f"http://127.0.0.1:{closed_port}", 5)
    assert [type(error) for error in errors] == [ConnectFailed] * 5
    expected = f"status: no connection to http://127.0.0.1:{closed_port}: connection refused; this client never"
    assert all(str(error).startswith(expected) for error in errors)
    proxied = errors_of("https://vendor.example", 1, proxy=f"http://127.0.0.1:{closed_port}")[0]
    assert "no connection to https://vendor.example:443: connection refused by the proxy" in str(proxied)


@each_way
def test_a_host_that_refuses_on_all_its_addresses_is_told_so(
    errors_of: ErrorsOf, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "UNREACHED", 0.3)
    addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{number}", closed_port)) for number in (1, 2)]
    known = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *rest, **more: (
            addresses if host in ("two.example", b"two.example") else known(host, *rest, **more)
        ),
    )
    error = errors_of(f"https://two.example:{closed_port}", 1)[0]
    assert f"no connection to https://two.example:{closed_port}: connection refused" in str(error)


@each_way
def test_a_name_that_is_not_known_is_told(errors_of: ErrorsOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "UNREACHED", 0.3)
    errors = errors_of("https://vendor.invalid", 3)
    assert [type(error) for error in errors] == [NameNotResolved] * 3
    assert "no connection to https://vendor.invalid:443: the name vendor.invalid cannot be resolved (" in str(errors[0])
    proxied = errors_of("https://vendor.example", 1, proxy="http://proxy.invalid:3128")[0]
    assert "no connection to https://vendor.example:443: the proxy's name cannot be resolved (" in str(proxied)


@each_way
def test_a_certificate_is_told_with_what_is_wrong_and_at_once(errors_of: ErrorsOf) -> None:
    with Echo(tls=True) as server:
        errors = errors_of(server.url, 3)
        assert [type(error) for error in errors] == [TlsFailed] * 3
        assert f"no connection to {server.url}: the certificate is not trusted: " in str(errors[0])
        server._tls = showing(OF_ANOTHER)
        other = errors_of(server.url, 1, verify=trusting())[0]
        assert "the certificate is not trusted: IP address mismatch" in str(other)
    with Echo() as server:
        plain = errors_of(server.url.replace("http:", "https:"), 1)[0]
        assert isinstance(plain, TlsFailed)
        assert "TLS failed: " in str(plain)
