"""Time per call on loopback: our clients, openapi-python-client's for the same spec, and bare httpx2 and httpx."""

from __future__ import annotations

import asyncio
import importlib
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import httpx2

ROOT = Path(__file__).resolve().parents[2]
ROUNDS, CALLS = 15, 200
PATH = "/api/v1/bulk_metadata/job/?id=1"
HEADERS = {"TOKEN": "token"}


Ways = dict[str, tuple[Callable[[int], object], str]]
"""What makes so many calls, by name, each with the name of the bare library's that it is compared with."""


def report() -> None:
    """Print microseconds per call, and the ratio to the bare library: of both in turn, so that drift meets both."""
    print("one GET on loopback, keep-alive            us/call   over its bare library (median of pairs)")
    with ExitStack() as stack:
        url = f"http://127.0.0.1:{stack.enter_context(_server())}"
        ways = _ways(url, stack)
        times: dict[str, list[float]] = {label: [] for label in ways}
        for _ in range(ROUNDS):
            for label, (calls, _) in ways.items():
                times[label].append(_per_call(calls))
        for label, (_, floor) in ways.items():
            over = ""
            if floor:
                pairs = list(zip(times[label], times[floor], strict=True))
                added = statistics.median(one - bare for one, bare in pairs)
                over = f"{added:+.0f} us, x{statistics.median(one / bare for one, bare in pairs):.2f}"
            print(f"  {label:<40} {statistics.median(times[label]):7.0f}   {over}")
    print()


def _ways(url: str, stack: ExitStack) -> Ways:
    return _sync_ways(url, stack) | _async_ways(url, stack) | _peer_ways(url, stack)


def _sync_ways(url: str, stack: ExitStack) -> Ways:
    from jobclients import HttpOptions, Token
    from jobclients.alation import AlationClient

    bare = stack.enter_context(httpx2.Client(trust_env=False))
    ours = stack.enter_context(AlationClient(base_url=url, auth=Token("token"), http=HttpOptions(timeout=30)))
    watched = stack.enter_context(AlationClient(base_url=url, auth=Token("token"), on_drift=print))
    return {
        "bare httpx2, JSON decoded": (_repeated(lambda: bare.get(url + PATH, headers=HEADERS).json()), ""),
        "jobclients, typed": (_repeated(lambda: ours.get_job(id=1)), "bare httpx2, JSON decoded"),
        "jobclients, typed, with on_drift": (_repeated(lambda: watched.get_job(id=1)), "jobclients, typed"),
    }


def _async_ways(url: str, stack: ExitStack) -> Ways:
    from jobclients import HttpOptions, Token
    from jobclients.alation import AsyncAlationClient

    run = stack.enter_context(asyncio.Runner()).run
    bare = httpx2.AsyncClient(trust_env=False)
    ours = AsyncAlationClient(base_url=url, auth=Token("token"), http=HttpOptions(timeout=30))
    stack.callback(lambda: run(bare.aclose()))
    stack.callback(lambda: run(ours.aclose()))

    async def decoded() -> object:
        return (await bare.get(url + PATH, headers=HEADERS)).json()

    async def repeated(call: Callable[[], Awaitable[object]], count: int) -> None:
        for _ in range(count):
            await call()

    return {
        "bare httpx2, async, JSON decoded": (lambda count: run(repeated(decoded, count)), ""),
        "jobclients, async, typed": (
            lambda count: run(repeated(lambda: ours.get_job(id=1), count)),
            "bare httpx2, async, JSON decoded",
        ),
    }


def _peer_ways(url: str, stack: ExitStack) -> Ways:
    bare = stack.enter_context(httpx.Client(trust_env=False))
    peer, get_job = _peer(url, stack)
    return {
        "bare httpx, JSON decoded": (_repeated(lambda: bare.get(url + PATH, headers=HEADERS).json()), ""),
        "openapi-python-client, typed": (_repeated(lambda: get_job(client=peer, id=1)), "bare httpx, JSON decoded"),
    }


def _peer(url: str, stack: ExitStack) -> tuple[Any, Callable[..., object]]:
    """The client that openapi-python-client makes of the same spec."""
    folder = Path(stack.enter_context(TemporaryDirectory()))
    (folder / "config.json").write_text(json.dumps({"post_hooks": []}), encoding="utf-8")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--config"]
    command += ["config.json", "--path", str(ROOT / "specs/alation/openapi.yaml"), "--output-path", "peer_alation"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    sys.path.insert(0, str(folder))
    client = importlib.import_module("peer_alation.client").AuthenticatedClient
    call = importlib.import_module("peer_alation.api.jobs.get_job").sync
    return client(base_url=url, token="token", prefix="", auth_header_name="TOKEN"), call


def _repeated(call: Callable[[], object]) -> Callable[[int], None]:
    def calls(count: int) -> None:
        for _ in range(count):
            call()

    return calls


def _per_call(calls: Callable[[int], object]) -> float:
    calls(1)
    begun = time.perf_counter()
    calls(CALLS)
    return (time.perf_counter() - begun) / CALLS * 1e6


@contextmanager
def _server() -> Generator[int]:
    """The loopback server in a process of its own; its port."""
    command = [sys.executable, str(Path(__file__).with_name("server.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield int(process.stdout.readline())
        process.stdin.close()
