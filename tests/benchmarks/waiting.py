"""What waiting for 10,000 jobs in one process costs, beside the same loop written by hand on bare httpx2.

Each way runs in a process of its own: ``python waiting.py WAY COUNT POLLS``.
"""

from __future__ import annotations

import asyncio
import gc
import json
import random
import resource
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "generated")]

import httpx2  # noqa: E402 - as below
from benchmarks import job_vendor  # noqa: E402 - needs the paths above

JOBS, POLLS, CONCURRENCY = 10_000, 3, 20
IN_MEMORY, POLLS_IN_MEMORY = 2_000, 5
"""Jobs whose memory is measured: tracing each allocation takes its time."""

Way = Callable[[str, int], Awaitable[int]]


def report() -> None:
    """Print CPU for a poll, requests, and memory of a job that is waited for."""
    print(f"waiting for {JOBS} jobs, {POLLS} polls each    us CPU/poll   requests   ended   bytes/job")
    floor = _measured("bare", JOBS, POLLS)
    for label, way in (
        ("by hand on bare httpx2, a task each", "bare"),
        ("AsyncJobSet", "alone"),
        ("AsyncJobSet, one list call for many", "listed"),
    ):
        found = floor if way == "bare" else _measured(way, JOBS, POLLS)
        memory = _measured(f"{way}-memory", IN_MEMORY, POLLS_IN_MEMORY)
        times = f"x{found['cpu'] / floor['cpu']:.2f}, " if way == "alone" else ""
        share = f"{times}{found['requests'] / floor['requests']:.4f} of the requests" if way != "bare" else ""
        print(
            f"  {label:<40} {found['cpu'] / found['polls'] * 1e6:8.0f} {found['requests']:10} {found['ended']:7}"
            f" {memory['bytes'] / IN_MEMORY:11.0f}   {share}"
        )
    print()


def _measured(way: str, jobs: int, polls: int) -> dict[str, Any]:
    """What a process of its own found."""
    command = [sys.executable, __file__, way, str(jobs), str(polls)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


async def _with_set(url: str, jobs: int, kind: Any) -> int:
    from jobclients import AsyncClient, HttpOptions, Token
    from jobclients_core.jobs import wait_all_async

    http = HttpOptions(timeout=120)
    async with AsyncClient(job_vendor.VENDOR, base_url=url, auth=Token("token"), http=http) as client:
        handles = job_vendor.async_handles(client, kind, jobs)
        outcomes = await wait_all_async(handles, concurrency=CONCURRENCY)
    return sum(outcome.get().state.ok for outcome in outcomes)


async def _by_hand(url: str, jobs: int) -> int:
    """What people write: a task for each job, a semaphore, growing delays with jitter."""
    limits = httpx2.Limits(max_keepalive_connections=CONCURRENCY)
    poll = job_vendor.ALONE.bound.poll
    gate = asyncio.Semaphore(CONCURRENCY)

    async def wait(number: int) -> bool:
        ceiling = poll.initial
        while True:
            async with gate:
                answer = await client.get(f"{url}/jobs/{number}", headers={"X-Token": "token"})
            answer.raise_for_status()
            state = answer.json()["state"]
            if state in ("SUCCEEDED", "FAILED"):
                return bool(state == "SUCCEEDED")
            delay = poll.initial + random.random() * (ceiling - poll.initial)
            ceiling = min(poll.max, ceiling * poll.multiplier)
            await asyncio.sleep(delay)

    async with httpx2.AsyncClient(trust_env=False, limits=limits, timeout=120) as client:
        return sum(await asyncio.gather(*(wait(number) for number in range(jobs))))


WAYS: dict[str, Way] = {
    "bare": _by_hand,
    "alone": lambda url, jobs: _with_set(url, jobs, job_vendor.ALONE),
    "listed": lambda url, jobs: _with_set(url, jobs, job_vendor.LISTED),
}


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def _timed(way: Way, url: str, jobs: int) -> dict[str, Any]:
    await way(url, 1)  # imports and first connections are not what is measured
    httpx2.get(f"{url}/count")
    used, begun = _cpu(), time.perf_counter()
    ended = await way(url, jobs)
    return {"cpu": _cpu() - used, "seconds": time.perf_counter() - begun, "ended": ended}


async def _weighed(way: Way, url: str, jobs: int) -> dict[str, Any]:
    """The memory that is in use while all jobs rest between two polls."""
    await way(url, 1)
    httpx2.get(f"{url}/count")
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    task = asyncio.ensure_future(way(url, jobs))
    least = 0
    while not task.done():
        await asyncio.sleep(0.2)
        used = tracemalloc.get_traced_memory()[0] - before
        # All have been asked about, and none has ended: what is in use least is what rests.
        asked = httpx2.get(f"{url}/polls").json()
        if asked["least"] >= 1 and asked["most"] < POLLS_IN_MEMORY:
            least = min(least or used, used)
    await task
    return {"bytes": least}


async def _main(way: str, jobs: int, polls: int) -> None:
    name, _, weighed = way.partition("-")
    command = [sys.executable, str(Path(__file__).with_name("jobs_server.py")), str(jobs), str(polls)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        found = await (_weighed if weighed else _timed)(WAYS[name], url, jobs)
        found |= httpx2.get(f"{url}/count").json()
        server.stdin.close()
    print(json.dumps(found))


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
