"""The command `jobclients` on a terminal and under signals: no job is stopped, and the way to go on is printed."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress

import pytest
from jobclients.testing import FakeVendor
from jobclients_core.cli.interrupt import Interrupted, Signals
from package.loopback_vendor import TOKEN, Shell, interrupted, resume_line, served


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_the_job_and_prints_a_command_that_resumes(
    shell: Shell, cdm: FakeVendor, number: signal.Signals
) -> None:
    cdm.next("PENDING,RUNNING,SUCCEEDED")
    process = shell.start("submit", "huawei_cdm", "job_name=j", "--wait", "--save", "run 1.json")
    ended = interrupted(process, number, cdm, after=3)
    assert ended.code == 128 + number, (ended.out, ended.err)
    assert "stop_job" not in [seen.operation for seen in cdm.requests]
    command = resume_line(ended.err)
    resumed = shell.line(command)
    assert resumed.code == 0, (command, resumed.err)
    assert "succeeded" in resumed.out


def test_a_signal_during_the_submission_lets_it_end(shell: Shell) -> None:
    with served("huawei_cdm", "RUNNING,SUCCEEDED", slow="PUT") as (fake, url):
        shell.env |= {"HUAWEI_CDM_BASE_URL": url, "HUAWEI_CDM_TOKEN": TOKEN}
        process = shell.start("submit", "huawei_cdm", "job_name=j", "project_id=p", "cluster_id=c", "--wait")
        ended = interrupted(process, signal.SIGTERM, fake, after=2)
        assert ended.code == 143, ended.err
        assert "the submission is under way" in ended.err
        assert "cluster_id=c" in resume_line(ended.err)
        assert shell.line(resume_line(ended.err)).code == 0


def test_a_signal_while_waiting_without_a_file(shell: Shell, alation: FakeVendor) -> None:
    alation.job(id=7, lifecycle="running*2,successful")
    url = shell.env.pop("ALATION_BASE_URL")
    ended = interrupted(shell.start("wait", "alation", "id=7", f"base_url={url}"), signal.SIGINT, alation, after=2)
    assert ended.code == 130
    command = resume_line(ended.err)
    assert f"base_url={url}" in command, "what the client was told is told again"
    assert shell.line(command).code == 0


def test_a_signal_with_no_place_to_write_to(shell: Shell, alation: FakeVendor) -> None:
    alation.job(id=7, lifecycle="running*2,successful")
    (shell.home / "file").write_text("")
    env = {"XDG_STATE_HOME": str(shell.home / "file")}
    ended = interrupted(shell.start("wait", "alation", "id=7", env=env), signal.SIGTERM, alation, after=2)
    assert ended.code == 143
    assert shell.line(resume_line(ended.err)).code == 0


def test_watch_ended_by_a_signal(shell: Shell, alation: FakeVendor) -> None:
    alation.job(id=1, lifecycle="running*2,successful")
    process = shell.start("watch", "alation", "id=1")
    ended = interrupted(process, signal.SIGINT, alation, after=2)
    assert ended.code == 130
    assert shell.line(resume_line(ended.err)).code == 0


def on_a_terminal(shell: Shell, *words: str, interrupted_at: bytes = b"") -> tuple[int, bytes]:
    """The exit code and what a terminal saw of a command that gets Ctrl-C when something is seen."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [shell.home / "bin" / "jobclients", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=shell.env | {"COLUMNS": "100", "LINES": "30", "TERM": "xterm"},
    )
    os.close(theirs)
    seen, waiting = b"", bool(interrupted_at)
    with suppress(OSError):  # how a terminal says that the other end is closed
        while chunk := os.read(ours, 4096):
            seen += chunk
            if waiting and interrupted_at in seen:
                waiting = False
                process.send_signal(signal.SIGINT)
    os.close(ours)
    return process.wait(30), seen


def test_ctrl_c_leaves_the_picture_once_and_the_cursor_there(shell: Shell, alation: FakeVendor) -> None:
    words = ["watch"]
    for number in range(5):
        alation.job(id=number, lifecycle="running*99")
        words += ["alation", f"id={number}"]
    code, seen = on_a_terminal(shell, *words, interrupted_at=b"5 running")
    assert code == 130
    last = seen.rpartition(b"\x1b[?25h")[2]
    assert b"\x1b[?25l" not in last
    assert last.count(b"5 alation.jobs: 5 running") == 1
    assert last.count(b"jobclients watch ") == 1


def test_the_table_on_a_terminal(shell: Shell, alation: FakeVendor) -> None:
    alation.job(id=1, lifecycle="running,partially_successful")
    code, seen = on_a_terminal(shell, "watch", "alation", "id=1")
    assert code == 4, seen
    assert b"1 job: 1 running" in seen
    assert b"1 job: 1 with warnings" in seen


def test_a_signal_before_the_submission_submits_nothing(shell: Shell) -> None:
    with served("huawei_cdm", "RUNNING,SUCCEEDED", slow="GET") as (fake, url):
        shell.env |= {"HUAWEI_CDM_BASE_URL": url, "HUAWEI_CDM_TOKEN": TOKEN}
        process = shell.start("submit", "huawei_cdm", "job_name=j", "project_id=p", "cluster_id=c", "--wait")
        ended = interrupted(process, signal.SIGINT, fake, after=1)
        assert ended.code == 130, ended.err
        assert "nothing was submitted" in ended.err
        assert "start_job" not in [seen.operation for seen in fake.requests]


def test_a_signal_between_two_tries_of_the_submission_ends_it() -> None:
    handler = Signals()
    handler.defer("a moment")
    handler.handle(signal.SIGINT, None)
    with pytest.raises(Interrupted):
        handler.defer("a moment")
