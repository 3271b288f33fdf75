"""The command `vendorsmith mock`: what it prints, serves and notes, how it ends, and what it refuses to begin."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from jobclients import NotFound
from jobclients.alation import AlationClient
from jobclients.huawei_cdm import HuaweiCdmClient
from vendorsmith import cli

ROOT = Path(__file__).parents[2]


@contextmanager
def command(*words: str) -> Generator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """The command as a process, and the environment that it says a client needs."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "vendorsmith", "mock", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "generator")},
    )
    assert process.stdout is not None
    try:
        lines: list[str] = []
        while not (lines and lines[-1].startswith("Ctrl-C")):
            line = process.stdout.readline()
            assert line, process.communicate()
            lines.append(line)
        yield process, dict(re.findall(r"^  export (\w+)=(.*)$", "".join(lines), re.MULTILINE))
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_end(number: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it prints is all that `from_env` wants; what it notes holds no secret; its end is a clean one."""
    words = ("alation", "huawei_cdm", "--port", "0", "--lifecycle", "running,failed", "--fault", "503@2")
    with command(*words) as (process, environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with AlationClient.from_env() as alation, HuaweiCdmClient.from_env() as cdm:
            states = [alation.jobs(id=1).status().state for _ in range(2)]
            first = cdm.runs.latest(job_name="j").status().state
        process.send_signal(number)
        out, err = process.communicate(timeout=20)

    assert (states, first, process.returncode) == (["running", "failed"], "running", 0)
    assert out == ""
    notes = [re.sub(r"^\d\d:\d\d:\d\d ", "", line) for line in err.splitlines()]
    asked = "alation: GET /api/v1/bulk_metadata/job/?id=1"
    assert notes[:3] == [f"{asked} 200 (get_job)", f"{asked} 503 (get_job)", f"{asked} 200 (get_job)"]
    assert environment["ALATION_TOKEN"] not in err


def test_a_fault_is_for_the_vendors_that_have_the_operation(monkeypatch: pytest.MonkeyPatch) -> None:
    with command("alation", "huawei_cdm", "--port", "0", "--fault", "404:get_job") as (_, environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with AlationClient.from_env() as alation, HuaweiCdmClient.from_env() as cdm:
            assert cdm.runs.latest(job_name="j").status().state == "queued"
            with pytest.raises(NotFound):
                alation.get_job(id=1)


def neighbours() -> int:
    """A free port whose next is free too, below those that systems give to whoever asks for any (from 32768 on)."""
    for port in range(20_000, 32_000, 2):
        with socket.socket() as one, socket.socket() as two:
            try:
                one.bind(("127.0.0.1", port))
                two.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
    raise AssertionError("no two neighbouring ports are free")


def test_ports_are_counted_up() -> None:
    port = neighbours()
    with command("alation", "datameer", "--port", str(port)) as (_, environment):
        assert environment["ALATION_BASE_URL"] == f"http://127.0.0.1:{port}"
        assert environment["DATAMEER_BASE_URL"] == f"http://127.0.0.1:{port + 1}"


def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What the command says where it does not begin."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", ["vendorsmith", "mock", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    captured = capsys.readouterr()
    assert (ended.value.code, captured.out) == (2, "")
    assert captured.err.count("\n") == 1, captured.err
    return captured.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nobody",), "unknown vendor nobody; jobclients has: alation, datameer"),
        (("alation", "--lifecycle", "sleeping"), "its words are running, successful"),
        (("alation", "--fault", "sometimes"), "'sometimes' is not a fault"),
        (("alation", "--fault", "reset@0"), "requests are counted from 1"),
        (
            ("alation", "--fault", "404:get_jobb"),
            "--fault 404:get_jobb: no operation is called 'get_jobb'; did",
        ),
        (("huawei_iam", "alation", "--fault", "404:submit_sql_job"), "there are create_token, get_job, "),
        (("huawei_iam", "--lifecycle", "bogus"), "--lifecycle bogus: huawei_iam has no jobs"),
        (("huawei_iam", "alation", "--lifecycle", "bogus"), "its words are running, successful"),
        (("alation", "--lifecycle", "running*9999," * 11), "a lifecycle has at most 100000 steps"),
        (("alation", "--host", ""), "the host is empty"),
        (("alation", "--zone", "Mars/Olympus"), "--zone Mars/Olympus: no such time zone"),
        (("--port", "65535"), "--port 65535: 5 vendors need a port each, and 65535 is the last one"),
        (("alation", "--host", "192.0.2.1", "--port", "0"), "cannot listen on 192.0.2.1:0"),
        (("--output", "specs"), "specs/ has no package jobclients of clients; run"),
        (("--package", "other"), "generated/ has no package other of clients and none is installed; run"),
        (("--package", "no-package"), "--package no-package:"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(
    words: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said in refused(monkeypatch, capsys, *words)


def test_a_port_that_is_taken(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        message = refused(monkeypatch, capsys, "alation", "--port", str(port))
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use; choose another with --port" in message


def test_what_to_install(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "pip install 'vendorsmith[mock]'" in refused(monkeypatch, capsys, "alation")


def test_another_address_is_warned_about() -> None:
    """It is one of this machine still, but no loopback in the eyes of the command."""
    with command("alation", "--host", "0.0.0.0", "--port", "0") as (process, _):
        process.terminate()
        _, err = process.communicate(timeout=20)
    assert err.startswith("warning: 0.0.0.0 can be reached from other machines")


def test_a_command_is_run_while_the_vendors_are_served() -> None:
    """It finds the vendors in its environment, and nothing else is printed; its exit code is that of the mock."""
    read = "import os, jobclients.alation as a; print(a.AlationClient.from_env().get_job(id=1).status)"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "vendorsmith", "mock", "alation", "--lifecycle", "running,successful"),
            *("--run", f"{sys.executable} -c '{read}' && exit 7"),
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )

    assert (7, "running\n", "") == (done.returncode, done.stdout, done.stderr)
