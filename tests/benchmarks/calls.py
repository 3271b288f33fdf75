"""Time per call on loopback: our client, openapi-python-client's for the same spec, and bare httpx2 and httpx."""

from __future__ import annotations

import importlib
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import httpx2

ROOT = Path(__file__).resolve().parents[2]
ROUNDS, CALLS = 9, 200


def report() -> None:
    """Print microseconds per call and what each client adds to the bare library it stands on."""
    print("one GET on loopback, keep-alive            us/call   over its bare library")
    with ExitStack() as stack:
        url = f"http://127.0.0.1:{stack.enter_context(_server())}"
        ways = _ways(url, stack)
        times: dict[str, list[float]] = {label: [] for label in ways}
        for _ in range(ROUNDS):  # in turn, so that drift meets all
            for label, (call, _) in ways.items():
                times[label].append(_per_call(call))
        medians = {label: statistics.median(runs) for label, runs in times.items()}
        for label, (_, floor) in ways.items():
            over = f"+{medians[label] - medians[floor]:.0f} us, x{medians[label] / medians[floor]:.2f}" if floor else ""
            print(f"  {label:<40} {medians[label]:7.0f}   {over}")
    print()


def _ways(url: str, stack: ExitStack) -> dict[str, tuple[Callable[[], object], str]]:
    from jobclients import HttpOptions, Token
    from jobclients.alation import AlationClient

    bare2 = stack.enter_context(httpx2.Client(trust_env=False))
    bare = stack.enter_context(httpx.Client(trust_env=False))
    ours = stack.enter_context(AlationClient(base_url=url, auth=Token("token"), http=HttpOptions(timeout=30)))
    watched = stack.enter_context(AlationClient(base_url=url, auth=Token("token"), on_drift=print))
    peer_client, peer_call = _peer(url, stack)
    address = f"{url}/api/v1/bulk_metadata/job/?id=1"
    headers = {"TOKEN": "token"}
    return {
        "bare httpx2, JSON decoded": (lambda: bare2.get(address, headers=headers).json(), ""),
        "jobclients, typed": (lambda: ours.get_job(id=1), "bare httpx2, JSON decoded"),
        "jobclients, typed, with on_drift": (lambda: watched.get_job(id=1), "jobclients, typed"),
        "bare httpx, JSON decoded": (lambda: bare.get(address, headers=headers).json(), ""),
        "openapi-python-client, typed": (lambda: peer_call(client=peer_client, id=1), "bare httpx, JSON decoded"),
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


def _per_call(call: Callable[[], object]) -> float:
    call()
    begun = time.perf_counter()
    for _ in range(CALLS):
        call()
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
