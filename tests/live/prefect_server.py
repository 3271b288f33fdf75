"""A published document gets jobs by an overlay alone: Prefect's, and its real server on this machine.

`make test-live` runs this with an environment that has Prefect in it. The document is the one that the server serves.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from jobclients_core import NotFound, Refused
from jobclients_core.jobs import JobCancelled, JobFailed
from jobclients_core.testing import vendor as fake_vendor
from jobclients_core.vendors import load

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PREFECT = ROOT / os.environ.get("PREFECT_PYTHON", ".cache/prefect/bin/python")
PACKAGE = "prefect_clients"
START = 600.0
"""How long the server may take to start, in seconds: it makes its database first, and then its document."""


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes:
        origin: where its document is; the API is below `/api`.
        document: the document, as it was served.
    """

    origin: str
    document: bytes

    @property
    def api(self) -> str:
        """The base URL of its clients."""
        return f"{self.origin}/api"


@contextmanager
def running(arguments: list[str], environment: dict[str, str], log: Path) -> Generator[subprocess.Popen[bytes]]:
    """A process of Prefect's environment, ended with all that it started."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(PREFECT), *arguments], env=environment, stdout=output, stderr=output, start_new_session=True
        )
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def answered(url: str, process: subprocess.Popen[bytes], log: Path) -> httpx2.Response:
    """The first good response at a URL, as long as a process runs."""
    end = time.monotonic() + START
    while process.poll() is None and time.monotonic() < end:
        try:
            response = httpx2.get(url, trust_env=False, timeout=START)
        except httpx2.TransportError:
            time.sleep(0.5)
            continue
        if response.status_code == 200:
            return response
        time.sleep(0.5)
    raise AssertionError(f"no good response at {url}:\n{log.read_text(encoding='utf-8')[-4000:]}")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    """Prefect's server, and a worker that runs the flows beside this file."""
    home = tmp_path_factory.mktemp("prefect")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    origin = f"http://127.0.0.1:{port}"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": f"{origin}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
        "DO_NOT_TRACK": "1",
    }
    started = ["-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui"]
    with running(started, environment, home / "server.log") as process:
        answered(f"{origin}/api/health", process, home / "server.log")
        document = answered(f"{origin}/openapi.json", process, home / "server.log").content
        with running([str(HERE / "flows.py")], environment, home / "worker.log") as worker:
            answered(f"{origin}/api/deployments/name/sleeps/live", worker, home / "worker.log")
            yield Server(origin, document)


@pytest.fixture(scope="module")
def folder(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Generator[Path]:
    """The folder of the package that is generated from the served document and the overlay beside this file."""
    work = tmp_path_factory.mktemp("vendor")
    specs = work / "specs/prefect"
    specs.mkdir(parents=True)
    (specs / "openapi.json").write_bytes(server.document)
    shutil.copy(HERE / "overlay.yaml", specs)
    command = [sys.executable, "-m", "vendorsmith", "generate", "--package", PACKAGE]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stderr)
    assert server.document == (specs / "openapi.json").read_bytes()
    sys.path.insert(0, str(work / "generated"))
    yield work / "generated"
    sys.path.remove(str(work / "generated"))


@pytest.fixture(scope="module")
def vendor(folder: Path) -> Any:
    """The generated module."""
    return importlib.import_module(f"{PACKAGE}.prefect")


@pytest.fixture
def client(vendor: Any, server: Server) -> Generator[Any]:
    """A client of the real server."""
    with vendor.PrefectClient(base_url=server.api) as made:
        yield made


def deployment(server: Server, flow: str) -> str:
    """The id of a flow's deployment."""
    found: str = httpx2.get(f"{server.api}/deployments/name/{flow}/live", trust_env=False).json()["id"]
    return found


def test_a_run_that_ends_well(client: Any, server: Server) -> None:
    """Its status is read until its end, a handle of its id sees the same, and to cancel it then is refused."""
    run = client.flow_runs.submit(id=deployment(server, "succeeds"), parameters={"rows": 3})
    status = run.wait(timeout=120)
    again = client.flow_runs(**run.identity).status()

    assert ("succeeded", "COMPLETED") == (status.state, status.raw_state)
    assert status.started_at <= status.finished_at
    assert status.duration is not None
    assert (again.state, again.finished_at) == (status.state, status.finished_at)
    with pytest.raises(Refused) as refused:
        client.set_flow_run_state(id=run.identity["flow_run_id"], state={"type": "CANCELLING"})
    assert "Run is already in terminal state COMPLETED" in str(refused.value)


def test_a_run_that_fails(client: Any, server: Server) -> None:
    """The wait raises, with what the flow raised."""
    run = client.flow_runs.submit(id=deployment(server, "fails"))

    with pytest.raises(JobFailed) as raised:
        run.wait(timeout=120)

    assert "the table has no rows" in str(raised.value)
    assert run.status().state == "failed"


def test_a_run_that_is_cancelled(client: Any, server: Server) -> None:
    """A run that is on its way ends because it is asked to."""
    run = client.flow_runs.submit(id=deployment(server, "sleeps"))
    for status in run.watch(timeout=120):
        if status.state == "running":
            break
    run.cancel()
    with pytest.raises(JobCancelled):
        run.wait(timeout=120)

    assert run.status().raw_state == "CANCELLED"


def test_a_repeated_submission_is_one_run(client: Any, server: Server, tmp_path: Path) -> None:
    """Prefect keeps the key of a submission, as the overlay says: a second one with its record is the same job."""
    record = tmp_path / "run.json"
    first = client.flow_runs.submit(id=deployment(server, "succeeds"), record=record)
    second = client.flow_runs.submit(id=deployment(server, "succeeds"), record=record)

    assert first.identity == second.identity


def test_the_async_client_does_the_same(vendor: Any, server: Server) -> None:
    """Submitted and waited for, three at once."""

    async def play() -> list[str]:
        async with vendor.AsyncPrefectClient(base_url=server.api) as client:
            id = deployment(server, "succeeds")
            runs = [await client.flow_runs.submit(id=id) for _ in range(3)]
            return [status.state for status in await asyncio.gather(*(run.wait(timeout=120) for run in runs))]

    assert ["succeeded"] * 3 == asyncio.run(play())


def test_errors_are_those_of_the_server(client: Any, vendor: Any) -> None:
    """What the server says of a job that is not there, and of an argument that it refuses."""
    with pytest.raises(NotFound) as missing:
        client.read_flow_run(id="00000000-0000-0000-0000-000000000000")

    assert "Flow run not found" in str(missing.value)


def test_the_vendor_suite_holds(folder: Path) -> None:
    """The contract tests of the package, which know nothing of this server."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "contract_tests"]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stdout[-4000:]


def test_the_mock_plays_runs(vendor: Any) -> None:
    """In process, without a server: runs take their course, and end when they are cancelled."""
    mock = fake_vendor(load(f"{PACKAGE}:prefect"), lifecycle="SCHEDULED,RUNNING*2,COMPLETED")
    with vendor.PrefectClient(base_url="http://127.0.0.1:4200/api", http=mock.http) as client:
        first = client.flow_runs.submit(id="5f0c3b1e-6f0e-4d7c-9a57-0d6b7a8c9d10")
        assert first.wait(timeout=60).raw_state == "COMPLETED"
        mock.next("RUNNING")
        second = client.flow_runs.submit(id="5f0c3b1e-6f0e-4d7c-9a57-0d6b7a8c9d10")
        second.cancel()
        with pytest.raises(JobCancelled):
            second.wait(timeout=60)
