"""Waits of every vendor's jobs over loopback HTTP: all of the vendor's words, faults at any poll, tokens, limits."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from jobclients import (
    HttpOptions,
    JobCancelled,
    JobFailed,
    JobState,
    JobStatus,
    Outcome,
    Token,
    resume,
    wait_all,
    wait_all_async,
)
from jobclients.alation import RefreshToken
from jobclients.huawei_cdm import HuaweiCdmClient, IamPassword
from jobclients.testing import FakeVendor, Fault, Request, vendor
from runtime.jobs.many import reset, silent, truncated

from .driver import Mode

CUT = {"reset": reset, "timeout": silent, "truncated": truncated, "refused": reset}
FAULTS = ["reset", "timeout", "truncated", "503", "html"]
KINDS: list[tuple[str, str, dict[str, Any]]] = [
    ("alation", "jobs", {"id": 1}),
    ("datameer", "executions", {"execution_id": 7}),
    ("datameer", "configurations", {"configuration_id": 3}),
    ("datameer", "files", {"file": "/Data/x.imp"}),
    ("huawei_cdm", "runs", {"job_name": "j"}),
    ("huawei_dli", "sql_jobs", {"job_id": "x"}),
]
each_kind = pytest.mark.parametrize(("name", "kind", "identity"), KINDS, ids=[f"{row[0]}.{row[1]}" for row in KINDS])


@contextmanager
def served(fake: FakeVendor) -> Generator[str]:
    """A vendor on a socket, whose faults happen on the wire."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {key.lower(): value for key, value in self.headers.items()}
            reply = fake.answer(Request(self.command, self.path, headers, content))
            if reply.fault:
                self.close_connection = True
                CUT[reply.fault](self.connection)
                return
            lines = [f"HTTP/1.1 {reply.status} X", *(f"{key}: {value}" for key, value in reply.headers.items())]
            lines += [f"Content-Length: {len(reply.content)}", "", ""]
            self.wfile.write("\r\n".join(lines).encode() + reply.content)

        do_GET = do_POST = do_PUT = _answer  # noqa: N815 - the names that the base class looks for

        def handle(self) -> None:
            with suppress(OSError, ValueError):
                super().handle()

        def finish(self) -> None:
            with suppress(OSError, ValueError):
                super().finish()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def options(fake: FakeVendor, url: str, **more: Any) -> dict[str, Any]:
    """A client that speaks real HTTP, and whose sleeps take no time."""
    http = HttpOptions(clock=fake.clock.as_clock(), timeout=0.4)
    return {"base_url": url, "http": http, **more}


def handle(client: Any, kind: str, identity: dict[str, Any]) -> Any:
    collection = getattr(client, kind)
    return getattr(collection, "latest", collection)(**identity)


def waited(mode: Mode, fake: FakeVendor, url: str, kind: str, identity: dict[str, Any]) -> JobStatus[Any]:
    """How a job ends: the last status, also of one that ends badly."""

    async def main() -> JobStatus[Any]:
        async with fake.async_client(**options(fake, url)) as client:
            found: JobStatus[Any] = await handle(client, kind, identity).wait()
            return found

    try:
        if mode == "async":
            return asyncio.run(main())
        with fake.client(**options(fake, url)) as client:
            found: JobStatus[Any] = handle(client, kind, identity).wait()
            return found
    except (JobFailed, JobCancelled) as error:
        failure = error
    status: JobStatus[Any] = failure.status
    assert isinstance(failure, JobCancelled) == (status.state is JobState.CANCELLED)
    return status


def vocabulary(fake: FakeVendor, kind: str) -> tuple[list[str], dict[str, JobState]]:
    """The words for a job on its way, and the words for its ends."""
    way: list[str] = []
    ends: dict[str, JobState] = {}
    for rule in fake.known.kinds[kind].type.states:
        state = JobState(rule.state)
        for word in [str(word) for when in rule.when for word in when.one_of or ()]:
            if state.terminal:
                ends[word] = state
            else:
                way.append(word)
    return way, ends


@each_kind
def test_every_word_of_a_vendor_is_walked(mode: Mode, name: str, kind: str, identity: dict[str, Any]) -> None:
    """Whatever a vendor says on the way is waited through, and each of its ends is what it is."""
    way, ends = vocabulary(vendor(name), kind)
    assert way
    assert {True, False} == {state.ok for state in ends.values()}
    for word, state in ends.items():
        fake = vendor(name, lifecycle=",".join([*way, word]))
        with served(fake) as url:
            status = waited(mode, fake, url, kind, identity)
        assert (state, word) == (status.state, status.raw_state)
        assert len(way) + 1 == len(fake.requests)


@each_kind
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_any_poll_is_borne(mode: Mode, name: str, kind: str, identity: dict[str, Any], fault: str) -> None:
    """A wait goes through a fault, whichever poll it strikes, and ends as it would have."""
    way, ends = vocabulary(vendor(name), kind)
    word = next(word for word, state in ends.items() if state.ok)
    steps = [*way[:2], word]
    for at in range(1, len(steps) + 1):
        fake = vendor(name, lifecycle=",".join(steps))
        struck = Fault(fault, at=at)
        fake.fail(struck)
        with served(fake) as url:
            status = waited(mode, fake, url, kind, identity)
        assert word == status.raw_state
        assert struck.seen > at, "there was no poll after the fault"


TOKENS: dict[str, tuple[Callable[[str], Any], Callable[[int], dict[str, Any]], int]] = {
    "alation": (lambda url: RefreshToken(refresh_token="r", user_id=1), lambda number: {"id": number}, 450),
    "huawei_cdm": (
        lambda url: IamPassword(username="u", password="p", domain="d", base_url=url),
        lambda number: {"job_name": f"j{number}"},
        450,
    ),
    "huawei_dli": (
        lambda url: IamPassword(username="u", password="p", domain="d", base_url=url),
        lambda number: {"job_id": f"j{number}"},
        3,
    ),
}


@pytest.mark.parametrize("name", TOKENS)
def test_a_token_that_expires_amid_300_waits_is_renewed_once(mode: Mode, name: str) -> None:
    """All waits go on with the one new token."""
    credential, identify, expire_at = TOKENS[name]
    fake = vendor(name, lifecycle="running*3,succeeded")
    kind = next(iter(fake.known.kinds))
    answer = fake.answer
    exchanges: list[str] = []
    polls: list[str] = []

    def counting(request: Request) -> Any:
        exchange = request.method == "POST"
        (exchanges if exchange else polls).append(request.path)
        if not exchange and len(polls) == expire_at:
            fake.expire_tokens()
        return answer(request)

    fake.answer = counting  # type: ignore[method-assign]

    def jobs(client: Any) -> list[Any]:
        return [handle(client, kind, identify(number)) for number in range(300)]

    async def main(given: dict[str, Any]) -> list[Outcome[Any]]:
        async with fake.async_client(**given) as client:
            return list(await wait_all_async(jobs(client)))

    with served(fake) as url:
        given = options(fake, url, auth=credential(url), http=HttpOptions(clock=fake.clock.as_clock()))
        if mode == "async":
            outcomes = asyncio.run(main(given))
        else:
            with fake.client(**given) as client:
                outcomes = wait_all(jobs(client))
    assert [None] * 300 == [outcome.error for outcome in outcomes]
    assert 2 == len(exchanges)
    assert len(polls) > expire_at


def test_the_documented_rate_is_never_exceeded() -> None:
    """120 status calls a minute and account, whatever the number of jobs, clients and threads' turns."""
    fake = vendor("huawei_cdm", lifecycle="RUNNING,SUCCEEDED")
    with served(fake) as url:
        given = options(fake, url, auth=Token("t"), http=HttpOptions(clock=fake.clock.as_clock()))
        with fake.client(HuaweiCdmClient, **given) as one, fake.client(HuaweiCdmClient, **given) as two:
            jobs = [client.runs.latest(job_name=f"j{number}") for number in range(150) for client in (one, two)]
            outcomes = wait_all(jobs, concurrency=1)
    assert all(outcome.ok for outcome in outcomes)
    arrivals = [seen.at.timestamp() for seen in fake.requests]
    assert len(arrivals) > 3 * 120
    assert all(earlier <= later for earlier, later in pairwise(arrivals))
    assert all(later - earlier >= 59.99 for earlier, later in zip(arrivals, arrivals[120:], strict=False))


RESUMING = """
import json, sys
sys.path.insert(0, sys.argv[1])
from jobclients import HttpOptions, resume
from jobclients.testing import FakeClock, vendor
for name, url, text in json.load(sys.stdin):
    fake = vendor(name)
    with fake.client(base_url=url, http=HttpOptions(clock=FakeClock().as_clock())) as client:
        print(resume(text, client).wait().raw_state)
"""


def test_every_kind_of_handle_is_resumed_by_another_process() -> None:
    """What one process began to wait for, another one waits out, with nothing but the text."""
    for name, kind, identity in KINDS:
        way, ends = vocabulary(vendor(name), kind)
        word = next(word for word, state in ends.items() if state.ok)
        fake = vendor(name, lifecycle=f"{way[0]},{way[-1]},{word}")
        with served(fake) as url, fake.client(**options(fake, url)) as client:
            job = handle(client, kind, identity)
            job.status()
            done = subprocess.run(
                [sys.executable, "-c", RESUMING, str(Path(__file__).parents[2] / "generated")],
                input=json.dumps([[name, url, job.to_json()]]),
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        assert (f"{word}\n", 0) == (done.stdout, done.returncode), done.stderr


FORMAT_1 = [
    (
        '{"format":1,"vendor":"alation","kind":"jobs","origin":"https://vendor.test","account":"default","ide'
        'ntity":{"id":1},"run_key":null,"attribution":"exact","baseline":null,"submitted_at":null,"seen":true'
        ',"key":null,"checksum":"53139e5ea6cf9a6a"}'
    ),
    (
        '{"format":1,"vendor":"datameer","kind":"executions","origin":"https://vendor.test","account":"defaul'
        't","identity":{"execution_id":7},"run_key":null,"attribution":"exact","baseline":null,"submitted_at"'
        ':null,"seen":true,"key":null,"checksum":"cd4830775f4d82c0"}'
    ),
    (
        '{"format":1,"vendor":"datameer","kind":"configurations","origin":"https://vendor.test","account":"de'
        'fault","identity":{"configuration_id":3},"run_key":["1893456000000"],"attribution":"latest","baselin'
        'e":null,"submitted_at":null,"seen":true,"key":null,"checksum":"c2571141bfc34481"}'
    ),
    (
        '{"format":1,"vendor":"datameer","kind":"files","origin":"https://vendor.test","account":"default","i'
        'dentity":{"file":"/Data/x.imp"},"run_key":["1893456000000"],"attribution":"latest","baseline":null,"'
        'submitted_at":null,"seen":true,"key":null,"checksum":"6422834650770097"}'
    ),
    (
        '{"format":1,"vendor":"huawei_cdm","kind":"runs","origin":"https://vendor.test","account":"default","'
        'identity":{"project_id":"project-id-1","cluster_id":"cluster-id-1","job_name":"j"},"run_key":["18934'
        '56000001","1893456000001"],"attribution":"exact","baseline":[["1893456000000","1893456000000"]],"sub'
        'mitted_at":1893456000.0,"seen":true,"key":null,"checksum":"db33279157e9ea18"}'
    ),
    (
        '{"format":1,"vendor":"huawei_dli","kind":"sql_jobs","origin":"https://vendor.test","account":"defaul'
        't","identity":{"project_id":"project-id-1","job_id":"x"},"run_key":null,"attribution":"exact","basel'
        'ine":null,"submitted_at":null,"seen":true,"key":null,"checksum":"cac96c906146ca7a"}'
    ),
]
"""Handles as the first release that had the format wrote them; later ones read them as long as they read the format."""


@pytest.mark.parametrize("text", FORMAT_1, ids=[f"{row[0]}.{row[1]}" for row in KINDS])
def test_a_handle_of_an_earlier_release_is_resumed(text: str) -> None:
    """The texts stand here as they were saved: what reads them today has to go on reading them."""
    saved = json.loads(text)
    fake = vendor(saved["vendor"], lifecycle="succeeded")
    with fake.client(base_url="https://vendor.test") as client:
        job = resume(text, client)
        assert saved["identity"] == job.identity
        assert json.loads(job.to_json())["run_key"] == saved["run_key"]
        if saved["run_key"] is None:
            assert job.wait().state.ok
