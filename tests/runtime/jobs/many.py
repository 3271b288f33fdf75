"""Many jobs of a vendor that a test scripts: in a world of their own, and over real sockets."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from jobclients_core import Operation, Query, Vendor
from jobclients_core.flow import Send
from jobclients_core.jobs import AsyncJob, AsyncJobs, FieldRule, Identity, Job, Jobs, JobType, Poll, RateLimit, Role
from runtime.jobs.kinds import words
from runtime.jobs.world import AsyncWorldClient, SyncWorldClient, World, async_client, sync_client
from runtime.support import STATUS as STATUS  # found by its id
from runtime.support import VENDOR

LIST: Operation[Any] = Operation(
    id="list_jobs", method="GET", path="/jobs", parameters=(Query("page", type="integer"),), returns={200: "Jobs"}
)
KIND: JobType[Any] = JobType(
    name="jobs",
    vendor="acme",
    operations=__name__,
    identity=(Identity("job"),),
    status=Role("status", {"job": "$job.job"}),
    states=words("$response.body#/status", queued="queued", running="running", succeeded="done", failed="failed"),
    raw_state=(("$response.body#/status",),),
    poll=Poll(initial=1.0, max=8.0, timeout=1000.0, tolerate=60.0),
)
LISTED = dataclasses.replace(KIND, status_many=Role("list_jobs", {}, "$response.body#", {"job": "/job-name"}))
PAGED = dataclasses.replace(
    KIND, status_many=Role("list_jobs", {"page": "$page"}, "$response.body#", {"job": "/job-name"})
)
RESULTS = dataclasses.replace(LISTED, fields={"result": FieldRule(("$response.body#/payload",))})
ONE_A_SECOND = (RateLimit(("status",), 1, 1.0),)


def kind_with(kind: JobType[Any] = KIND, **changes: Any) -> JobType[Any]:
    """A kind with other facts; of its `Poll` with the prefix ``poll_``."""
    poll = {name.removeprefix("poll_"): changes.pop(name) for name in list(changes) if name.startswith("poll_")}
    return dataclasses.replace(kind, **changes, poll=dataclasses.replace(kind.poll, **poll))


def jobs_of(client: Any, names: Any, kind: JobType[Any] = KIND) -> list[Job[Any]]:
    """Handles of a sync client."""
    made: Any = type("AcmeJobs", (Jobs,), {"kind": kind, "job": Job})(client)
    return [made._make(job=str(name)) for name in names]


def async_jobs_of(client: Any, names: Any, kind: JobType[Any] = KIND) -> list[AsyncJob[Any]]:
    """Handles of an async client."""
    made: Any = type("AsyncAcmeJobs", (AsyncJobs,), {"kind": kind, "job": AsyncJob})(client)
    return [made._make(job=str(name)) for name in names]


def in_world(world: World, vendor: Vendor = VENDOR, **more: Any) -> SyncWorldClient:
    """A sync client in whose world sets sleep, too."""
    client: SyncWorldClient = _sleeping(world, sync_client(world, vendor, **more))
    return client


def async_in_world(world: World, vendor: Vendor = VENDOR, **more: Any) -> AsyncWorldClient:
    """An async client in whose world sets sleep, too."""
    client: AsyncWorldClient = _sleeping(world, async_client(world, vendor, **more))
    return client


def _sleeping(world: World, client: Any) -> Any:
    def sleep(seconds: float) -> None:
        assert seconds >= 0
        world.fake.now += seconds

    clock = dataclasses.replace(client._session.clock, sleep=sleep)
    client._session = dataclasses.replace(client._session, clock=clock)
    return client


def name_of(step: Any) -> str:
    """The job that a status call is about."""
    return str(step.request.target.split("/")[2])


# --- over real sockets ---

Fault = Callable[[socket.socket], None]


def reset(peer: socket.socket) -> None:
    """Break the connection off."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def truncated(peer: socket.socket) -> None:
    """Promise more than there is."""
    peer.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n{"status": "do')
    peer.shutdown(socket.SHUT_WR)


def unavailable(peer: socket.socket) -> None:
    """Say that the service is away."""
    peer.sendall(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    peer.shutdown(socket.SHUT_WR)


def web_page(peer: socket.socket) -> None:
    """Answer with a page of some proxy's."""
    page = b"<html><h1>Sign in</h1></html>"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    peer.sendall(head % len(page) + page)
    peer.shutdown(socket.SHUT_WR)


def silent(peer: socket.socket) -> None:
    """Say nothing for longer than clients here wait."""
    time.sleep(1.5)
    peer.close()


class JobServer:
    """A vendor on loopback: each job is told of as running, and as done from its last poll on.

    Args:
        polls: Status calls until a job is done.
        fault: What goes wrong at the polls whose number `at` says.
        at: Which poll of each job goes wrong; None for none.
        expire_at: Status calls after which the token is not good any more; None for never.
        takes: Seconds for a response.
    """

    def __init__(
        self,
        polls: int = 3,
        *,
        fault: Fault | None = None,
        at: int | None = None,
        expire_at: int | None = None,
        takes: float = 0.0,
    ) -> None:
        self.takes = takes
        self.polls = polls
        self.fault = fault
        self.at = at
        self.expire_at = expire_at
        self.asked: dict[str, int] = {}
        self.failing: set[str] = set()
        self.arrivals: list[float] = []
        self.logins = 0
        self.refused = 0
        self.served = 0
        self.under_way = 0
        self.most = 0
        self.lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"vendor": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> JobServer:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def state(self, job: str) -> str:
        """The state of a job at its next poll."""
        if self.asked[job] < self.polls:
            return "running"
        return "failed" if job in self.failing else "done"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    vendor: JobServer

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def handle(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().handle()

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().finish()

    def _answer(self, status: int, body: Any) -> None:
        content = json.dumps(body).encode()
        self.wfile.write(
            b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(content))
            + content
        )

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        with self.vendor.lock:
            self.vendor.logins += 1
            number = self.vendor.logins
        self._answer(200, {"access_token": f"token-{number}", "expires_in": 3600})

    def do_GET(self) -> None:
        vendor = self.vendor
        with vendor.lock:
            vendor.arrivals.append(time.monotonic())
            vendor.under_way += 1
            vendor.most = max(vendor.most, vendor.under_way)
            status, body, fault = self._decide()
        time.sleep(vendor.takes)
        if fault is not None:
            self.close_connection = True
            with contextlib.suppress(OSError):
                fault(self.connection)
        with vendor.lock:
            vendor.under_way -= 1
        if fault is None:
            self._answer(status, body)

    def _decide(self) -> tuple[int, Any, Fault | None]:
        vendor = self.vendor
        if self.path == "/jobs":
            names = list(vendor.asked)
            for name in names:
                vendor.asked[name] += 1
            return 200, [{"job-name": name, "status": vendor.state(name)} for name in names], None
        old = vendor.expire_at is not None and vendor.served >= vendor.expire_at
        if vendor.logins and self.headers["X-Token"] != f"token-{2 if old else 1}":
            vendor.refused += 1
            return 401, {"detail": "expired"}, None
        vendor.served += 1
        job = self.path.split("/")[2]
        vendor.asked[job] = vendor.asked.get(job, 0) + 1
        if vendor.fault is not None and vendor.asked[job] == vendor.at:
            return 0, None, vendor.fault
        return 200, {"status": vendor.state(job), "job-name": job}, None


RUNNING, DONE, FAILED = {"status": "running"}, {"status": "done"}, {"status": "failed"}


def vendor(ends: dict[str, int], *, failed: tuple[str, ...] = ()) -> Callable[[Send], Any]:
    """A vendor whose jobs end at a poll of their own."""
    asked: dict[str, int] = {}

    def answer(step: Send) -> Any:
        if step.operation == "list_jobs":
            for name in ends:
                asked[name] = asked.get(name, 0) + 1
            return [{"job-name": name, **_state(name)} for name in ends]
        name = name_of(step)
        asked[name] = asked.get(name, 0) + 1
        return _state(name)

    def _state(name: str) -> Any:
        if asked[name] < ends[name]:
            return RUNNING
        return FAILED if name in failed else DONE

    return answer
