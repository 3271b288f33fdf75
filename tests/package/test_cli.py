"""The command `jobclients`, as a process against a vendor on loopback: every exit code, and nothing secret shown."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import pytest
from jobclients.testing import FakeVendor
from jobclients_core.cli import app, saved
from jobclients_core.cli.follow import wait_for
from jobclients_core.cli.interrupt import Interrupted, Signals
from jobclients_core.jobs import FileRecord, Handle
from jobclients_core.jobs.record import Intent
from package.loopback_vendor import Shell, interrupted, served

TOKEN = "hidden-token-0123456789"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def alation(shell: Shell) -> Iterator[FakeVendor]:
    with served("alation", "running,successful") as (fake, url):
        shell.env |= {"ALATION_BASE_URL": url, "ALATION_TOKEN": TOKEN}
        yield fake


@pytest.fixture
def cdm(shell: Shell) -> Iterator[FakeVendor]:
    with served("huawei_cdm", "RUNNING,SUCCEEDED") as (fake, url):
        shell.env |= {
            "HUAWEI_CDM_BASE_URL": url,
            "HUAWEI_CDM_TOKEN": TOKEN,
            "HUAWEI_CDM_PROJECT_ID": "p",
            "HUAWEI_CDM_CLUSTER_ID": "c",
        }
        yield fake


def resume_line(text: str) -> str:
    return next(line.strip() for line in text.splitlines() if line.strip().startswith(("jobclients resume", "printf")))


@pytest.mark.parametrize(
    ("lifecycle", "code", "state"),
    [
        ("successful", 0, "succeeded"),
        ("failed", 1, "failed"),
        ("running", 3, "running"),
        ("partially_successful", 4, "succeeded_with_warnings"),
        ("'mowing the lawn'", 5, "unknown"),
    ],
)
def test_status_and_its_exit_codes(shell: Shell, alation: FakeVendor, lifecycle: str, code: int, state: str) -> None:
    alation.job(id=7, lifecycle=lifecycle, message="all\x1b[31m quiet")
    done = shell.here("status", "alation.jobs", "id=7", "--json")
    assert done.code == code, done.err
    assert done.json["state"] == state
    assert set(done.json) == {
        *("vendor", "kind", "identity", "state", "raw_state", "terminal", "ok", "run_id", "attribution", "started_at"),
        *("finished_at", "updated_at", "raw_times", "duration", "progress", "message", "error", "code", "warnings"),
        *("result", "handle"),
    }
    text = shell.here("status", "alation", "id=7")
    assert text.out.startswith(f"alation.jobs id=7: {state.replace('_', ' ')}")
    assert "\x1b" not in text.out


@pytest.mark.parametrize(
    ("lifecycle", "code"), [("running,successful", 0), ("running,failed", 1), ("running,partially_successful", 4)]
)
def test_wait_and_its_exit_codes(shell: Shell, alation: FakeVendor, lifecycle: str, code: int) -> None:
    alation.job(id=7, lifecycle=lifecycle)
    done = shell.here("wait", "alation", "id=7")
    assert done.code == code, done.err
    assert "running" in done.err, "a line for each change"
    assert lifecycle.partition(",")[2] in done.out.replace(" with", "_with").replace("partially succ", "partially_succ")
    assert "finished" in done.out


def test_a_wait_that_is_too_short_can_be_gone_on_with(shell: Shell, alation: FakeVendor) -> None:
    alation.job(id=7, lifecycle="running*9,successful")
    done = shell.run("wait", "alation", "id=7", "--timeout", "1.5s", "--json")
    assert done.code == 3
    assert done.json["error"]["type"] == "WaitTimeout"
    assert done.json["state"] == "running"
    alation.job(id=7, lifecycle="successful")
    assert shell.line(resume_line(done.err)).code == 0
    assert list((shell.home / ".local/state/jobclients").iterdir()) == [], "what has ended is not kept"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["status", "nobody", "id=1"], "known are alation, datameer"),
        (["status", "alation.runs", "id=1"], "it has jobs"),
        (["status", "datameer", "id=1"], "datameer.executions, datameer.configurations"),
        (["status", "huawei_iam", "id=1"], "has no jobs"),
        (["status", "alation", "idd=1"], "known are id, name"),
        (["status", "alation", "id"], "key=value; known are id, name"),
        (["status", "nowhere.json"], "cannot be read"),
        (["wait", "run.json"], "jobclients resume run.json"),
        (["submit", "run.json"], "jobclients resume run.json"),
        (["submit", "huawei_cdm", "job_name=a", "--timeout", "5"], "add --wait"),
        (["submit", "huawei_cdm", "job_name=a", "variables=b"], "variables should be JSON"),
        (["watch", "."], ". holds no saved jobs"),
        (["status", "alation", "id=seven"], "id should be"),
        (["status", "alation.jobs"], "alation.jobs wants one of id=… or name=…"),
        (["wait", "huawei_cdm"], "huawei_cdm.runs wants job_name=…"),
        (["watch", "datameer.files"], "datameer.files wants file=…"),
        (["watch", "./"], "./ holds no saved jobs"),
        (["list", "nowhere"], "nowhere cannot be read"),
        (["status", "alation", "id=1", "name=a"], "exactly one"),
        (["status", "alation", "id=1", "token=x"], "set ALATION_TOKEN"),
        (["status", "alation", "id=1", "base_url=ftp://x"], "base_url"),
        (["wait", "alation", "id=1", "--timeout", "soon"], "10m"),
        (["submit", "alation", "x=1"], "no way to submit"),
        (["submit", "huawei_cdm"], "job_name=…"),
        (["cancel", "alation", "id=1"], "no way to cancel"),
        (["call", "alation", "get_jobs"], "get_job"),
        (["call", "alation", "get_job", "id=x"], "id should be integer"),
        (["call", "huawei_dli", "submit_sql_job"], "sql=…"),
        (["call", "alation", "create_access_token", "user_id=1", "refresh_token=@nofile"], "cannot be read"),
        (["resume", "missing.json"], "cannot be read"),
        (["watch", "id=1"], "before any"),
        (["frobnicate"], "No such command"),
        (["auth", "check", "nobody"], "unknown vendor"),
    ],
)
def test_bad_use_is_explained(shell: Shell, alation: FakeVendor, words: list[str], said: str) -> None:
    done = shell.here(*words)
    assert done.code == 2, (done.out, done.err)
    assert said in done.err
    assert alation.requests == []


def test_no_credentials(shell: Shell, alation: FakeVendor) -> None:
    done = shell.here("status", "alation", "id=1", "--json", env={"ALATION_TOKEN": ""})
    assert done.code == 5
    assert "ALATION_TOKEN" in done.json["error"]["message"]
    assert "[alation]" in done.err


def test_credentials_that_the_vendor_refuses(shell: Shell, alation: FakeVendor) -> None:
    alation.fail("401*9", message="Authentication failed")
    done = shell.here("status", "alation", "id=1")
    assert done.code == 5
    assert "Authentication failed" in done.err
    assert "jobclients auth check alation" in done.err


def test_no_network(shell: Shell, alation: FakeVendor) -> None:
    done = shell.here("status", "alation", "id=1", "base_url=http://127.0.0.1:1", "--json")
    assert done.code == 5
    assert done.json["error"]["type"] == "ConnectFailed"
    assert "network" in done.err
    done = shell.here("wait", "alation", "id=1", "base_url=http://127.0.0.1:1", "--timeout", "1")
    assert done.code == 5, "whether it has ended is not known"
    assert "ConnectFailed; waiting goes on" in done.err
    assert "nothing was heard of it at all" in done.err


def test_a_vendor_that_knows_no_such_job(shell: Shell) -> None:
    with served("huawei_dli", strict=True) as (_, url):
        shell.env |= {"HUAWEI_DLI_BASE_URL": url, "HUAWEI_DLI_TOKEN": TOKEN, "HUAWEI_DLI_PROJECT_ID": "p"}
        done = shell.here("status", "huawei_dli", "job_id=nope")
        assert done.code == 5
        assert "check the identifiers" in done.err


def test_submit_wait_and_save(shell: Shell, cdm: FakeVendor) -> None:
    cdm.job(lifecycle="SUCCEEDED", job_name="nightly", project_id="p", cluster_id="c")
    done = shell.run("submit", "huawei_cdm", "job_name=nightly", "--save", "run.json")
    assert done.code == 0, done.err
    assert "submitted" in done.out
    assert (shell.home / "run.json").stat().st_mode & 0o077 == 0
    handle = json.loads((shell.home / "run.json").read_text())
    assert (handle["identity"]["job_name"], TOKEN in json.dumps(handle)) == ("nightly", False)
    assert resume_line(done.err).endswith("run.json")
    resumed = shell.run("resume", "run.json", "--json")
    assert (resumed.code, resumed.json["state"], resumed.json["attribution"]) == (0, "succeeded", "exact")
    cdm.next("RUNNING,FAILED")
    failed = shell.run("submit", "huawei_cdm.runs", "job_name=nightly", "--wait", "--quiet")
    assert failed.code == 1
    assert "failed" in failed.out


def test_submit_of_a_refused_job_fails(shell: Shell, cdm: FakeVendor) -> None:
    cdm.fail("400*9", operation="start_job", message="the job is disabled")
    done = shell.here("submit", "huawei_cdm", "job_name=j", "--json")
    assert done.code == 1
    assert done.json["error"]["vendor_message"] == "the job is disabled"


def test_cancel(shell: Shell, cdm: FakeVendor) -> None:
    cdm.next("RUNNING*9,SUCCEEDED")
    shell.here("submit", "huawei_cdm", "job_name=j", "--save", "run.json")
    done = shell.here("cancel", "run.json")
    assert done.code == 0, done.err
    assert "asked to stop" in done.out
    assert [seen.operation for seen in cdm.requests][-1] == "stop_job"


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


def test_a_handle_that_was_changed_or_is_for_elsewhere(shell: Shell, alation: FakeVendor) -> None:
    alation.job(id=7, lifecycle="running*99")
    shell.run("wait", "alation", "id=7", "--save", "h.json", "--timeout", "1")
    text = (shell.home / "h.json").read_text()
    (shell.home / "h.json").write_text(text.replace('"id":7', '"id":8'))
    done = shell.run("resume", "h.json")
    assert (done.code, "checksum" in done.err) == (2, True)
    (shell.home / "h.json").write_text(text)
    with served("alation", "successful") as (other, url):
        done = shell.run("resume", "h.json", f"base_url={url}")
        assert (done.code, "another origin" in done.err, other.requests) == (2, True, [])
        assert shell.run("resume", "h.json", f"base_url={url}", "--rebind").code == 0


def test_watch_several_jobs(shell: Shell, alation: FakeVendor, cdm: FakeVendor) -> None:
    alation.job(id=1, lifecycle="running,successful")
    alation.job(id=2, lifecycle="running,failed")
    words = ["watch", "alation", "id=1", "alation.jobs", "id=2", "huawei_cdm", "job_name=j"]
    done = shell.here(*words)
    assert done.code == 1, done.err
    assert "alation.jobs id=1: succeeded" in done.out
    assert "alation.jobs id=2: failed" in done.out
    alation.job(id=1, lifecycle="running,partially_successful")
    lines = [json.loads(line) for line in shell.here("watch", "alation", "id=1", "--json").out.splitlines()]
    assert [line["state"] for line in lines] == ["running", "succeeded_with_warnings"]
    assert [line["ended"] for line in lines] == [False, True]


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


def test_call_any_operation(shell: Shell, alation: FakeVendor) -> None:
    alation.job(name="a#1", lifecycle="successful")
    done = shell.run("call", "alation", "get_job", "name=a#1", "--json")
    assert (done.code, done.json["status"]) == (0, "successful")
    (shell.home / "secret.txt").write_text("hidden-refresh-token")
    done = shell.run("call", "alation", "create-access-token", "user_id=1", "refresh_token=@secret.txt")
    assert done.code == 0, done.err
    assert json.loads(done.out)["api_access_token"] == "***"
    done = shell.run("call", "alation", "create_access_token", "user_id=1", "refresh_token=@-", stdin="hidden")
    assert done.code == 0


def test_values_in_the_types_that_are_wanted(shell: Shell) -> None:
    with served("huawei_dli", "FINISHED*2") as (fake, url):
        shell.env |= {"HUAWEI_DLI_BASE_URL": url, "HUAWEI_DLI_TOKEN": TOKEN, "HUAWEI_DLI_PROJECT_ID": "p"}
        (shell.home / "q.sql").write_text("select 'hi'")
        done = shell.here("submit", "huawei_dli", "sql=@q.sql", 'tags:=[{"key":"team","value":"a"}]', "--wait", "-q")
        assert done.code == 0, done.err
        job = next(iter(fake.book))
        assert job.request["sql"] == "select 'hi'"
        assert {"key": "team", "value": "a"} in job.request["tags"]
        wrong = shell.here("submit", "huawei_dli", "sql=x", "tags=[oops")
        assert (wrong.code, "should be JSON" in wrong.err) == (2, True)


def test_the_configuration_file(shell: Shell, alation: FakeVendor) -> None:
    url = shell.env.pop("ALATION_BASE_URL")
    del shell.env["ALATION_TOKEN"]
    folder = shell.home / ".config" / "jobclients"
    folder.mkdir(parents=True)
    file = folder / "config.toml"
    file.write_text(
        f'[alation]\nbase_url = "{url}"\ntoken = "{TOKEN}"\n\n'
        f'[prod]\nvendor = "alation"\nbase_url = "{url}"\nrefresh_token = "hidden-refresh"\nuser_id = 3\n'
    )
    file.chmod(0o600)
    alation.job(id=1, lifecycle="successful")
    assert shell.here("status", "alation", "id=1").code == 0
    checked = shell.here("auth", "check", "alation", "--profile", "prod", "--json")
    assert checked.code == 0, checked.err
    fact = checked.json["credentials"][0]
    assert (fact["credential"], fact["exchanged"]) == ("RefreshToken", True)
    assert fact["fields"] == {"refresh_token": "set, not shown", "user_id": "3"}
    assert "[prod]" in fact["source"]
    assert fact["expires_at"] is not None
    assert shell.here("status", "alation", "id=1", "--profile", "nope").code == 2
    assert shell.here("status", "datameer.files", "file=1", "--profile", "prod").code == 2
    for mode in (0o644, 0o640, 0o620):
        file.chmod(mode)
        refused = shell.here("status", "alation", "id=1")
        assert refused.code == 2
        assert f"chmod 600 {file}" in refused.err
    file.chmod(0o600)
    file.write_text(f'[alation]\ntoken = "{TOKEN}\n')
    broken = shell.here("status", "alation", "id=1")
    assert (broken.code, "no valid TOML" in broken.err) == (2, True)
    file.write_text('[alation]\ntokn = "x"\n')
    unknown = shell.here("status", "alation", "id=1")
    assert (unknown.code, "tokn is unknown" in unknown.err) == (2, True)
    assert shell.here("status", "alation", "id=1", "--config", "elsewhere.toml").code == 2


def test_auth_check_reads_a_tokens_own_expiry(shell: Shell, alation: FakeVendor) -> None:
    claims = base64.urlsafe_b64encode(b'{"exp": 4102444800}').decode().rstrip("=")
    done = shell.here("auth", "check", "alation", env={"ALATION_TOKEN": f"hidden.{claims}.hidden"})
    assert (done.code, alation.requests) == (6, [])
    assert "2100-01-01" in done.out or "2099-12-31" in done.out
    assert "not asked whether they are good: alation documents no call" in done.out


def test_auth_check_says_whether_it_could_ask(shell: Shell, alation: FakeVendor) -> None:
    """0: they are good. 5: they are not. 6: nobody could be asked, and why."""
    with served("datameer") as (fake, url):
        shell.env |= {"DATAMEER_BASE_URL": url, "DATAMEER_USERNAME": "me", "DATAMEER_PASSWORD": "hidden"}
        good = shell.here("auth", "check", "datameer", "--json")
        assert (good.code, good.json["asked"], good.json["reason"]) == (
            0,
            True,
            "list_active_jobs let them in just now",
        )
        fake.accept("somebody:else")
        assert shell.here("auth", "check", "datameer", "--json").code == 5
        fake.reset()
        fake.fail("503*9")
        assert shell.here("auth", "check", "datameer").code == 6
    away = shell.here("auth", "check", "datameer", "base_url=http://127.0.0.1:1", "--json")
    assert (away.code, away.json["asked"], "ConnectFailed" in str(away.json) or "127.0.0.1" in str(away.json)) == (
        6,
        False,
        True,
    )
    nothing = shell.here("auth", "check", "alation", env={"ALATION_TOKEN": ""})
    assert (nothing.code, "no credential is set" in nothing.err) == (6, True)
    assert shell.here("auth", "check", "alation", "base_url=ftp://x").code == 2


def test_vendors(shell: Shell) -> None:
    done = shell.here("vendors", "--json")
    assert done.code == 0
    assert {"alation", "datameer", "huawei_cdm", "huawei_dli", "huawei_iam"} <= {item["name"] for item in done.json}
    page = shell.here("vendors", "alation").out
    assert "ALATION_TOKEN" in page
    assert "ALATION_REFRESH_TOKEN, ALATION_USER_ID" in page
    assert "get_job" in page
    assert shell.here("--version").out.startswith("jobclients ")


def test_without_the_extra(shell: Shell) -> None:
    code = "import sys; sys.modules['typer'] = None; sys.modules['rich'] = None\nimport jobclients_core.cli"
    done = shell.line(f'"{sys.executable}" -c "{code}" && echo imported')
    assert "imported" in done.out, "the package itself needs none of it"


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("jobclients status ala", "alation"),
        ("jobclients status datameer.", "datameer.executions"),
        ("jobclients status alation ", "id="),
        ("jobclients submit huawei_dli sq", "sql="),
        ("jobclients call alation get", "get_job"),
        ("jobclients wai", "wait"),
        ("jobclients status nobody ", ""),
    ],
)
def test_completion(shell: Shell, words: str, wanted: str) -> None:
    env = {
        "_JOBCLIENTS_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }
    done = shell.run(env=env)
    assert wanted in done.out.split() or (not wanted and not done.out.strip())


@pytest.mark.parametrize("words", [["vendors", "--json"], ["--help"], ["status", "alation", "id=1"], ["status", "x"]])
def test_a_closed_pipe_is_silent(shell: Shell, alation: FakeVendor, words: list[str]) -> None:
    """The code is that of a command that SIGPIPE ended: not one that says how a job is."""
    alation.job(id=1, lifecycle="failed")
    ours, theirs = os.pipe()
    os.close(ours)
    process = subprocess.Popen(
        [shell.home / "bin" / "jobclients", *words], stdout=theirs, stderr=subprocess.PIPE, env=shell.env
    )
    os.close(theirs)
    said = process.communicate(timeout=60)[1]
    assert (process.returncode, said) == (141, b"") if words != ["status", "x"] else (process.returncode == 2 and said)


def test_status_waits_no_longer_than_it_is_told(shell: Shell) -> None:
    with served("alation", "running", slow="GET") as (_, url):
        shell.env |= {"ALATION_BASE_URL": url, "ALATION_TOKEN": TOKEN}
        done = shell.here("status", "alation", "id=1", "--timeout", "0.2s", "--json")
        assert (done.code, done.json["error"]["type"]) == (5, "Timeout")
        assert shell.here("status", "alation", "id=1", "--timeout", "30s").code == 3


def test_saved_jobs_are_listed_and_pruned(shell: Shell, alation: FakeVendor) -> None:
    (shell.home / "jobs").mkdir()
    for number in (1, 2, 3):
        alation.job(id=number, lifecycle="running*9")
        kept = shell.here("wait", "alation", f"id={number}", "--timeout", "0.1s", "--save", f"jobs/{number}.json")
        assert kept.code in (3, 5), kept.err
    (shell.home / "jobs" / "other.json").write_text('{"a": 1}')
    asked = len(alation.requests)
    listed = shell.here("list", "jobs", "--json")
    assert (listed.code, len(alation.requests)) == (0, asked)
    assert [entry["identity"] for entry in listed.json] == [{"id": 1}, {"id": 2}, {"id": 3}, None]
    assert listed.json[-1]["problem"]
    assert "alation.jobs id=2\n" in shell.here("list", "jobs").out
    alation.job(id=1, lifecycle="successful")
    alation.job(id=2, lifecycle="failed")
    planned = shell.here("prune", "jobs", "--dry-run")
    assert (planned.code, planned.out.count("would be removed")) == (0, 2)
    assert shell.here("prune", "jobs").code == 0
    assert sorted(file.name for file in (shell.home / "jobs").iterdir()) == ["3.json", "other.json"]
    alation.fail("503*99")
    untold = shell.here("prune", "jobs", env={"ALATION_BASE_URL": "http://127.0.0.1:1"})
    assert (untold.code, "3.json stays" in untold.err) == (5, True)
    assert shell.here("prune", "jobs", "--older-than", "1h").out == ""
    old = shell.here("prune", "jobs", "--older-than", "0s", "--json")
    assert (old.code, old.json["file"], old.json["removed"]) == (0, "jobs/3.json", True)
    assert [file.name for file in (shell.home / "jobs").iterdir()] == ["other.json"], "it is none of ours"


def test_a_record_that_is_in_use_is_not_pruned(shell: Shell, cdm: FakeVendor, monkeypatch: pytest.MonkeyPatch) -> None:
    cdm.next("SUCCEEDED")
    path = shell.home / "state" / "run.json"
    path.parent.mkdir()
    shell.here("submit", "huawei_cdm", "job_name=j", "--record", str(path), "--wait")
    with FileRecord(path).lock():
        assert "stays" in shell.here("prune", "state", "--older-than", "0s").err
    assert path.exists()

    def submitted_anew(*arguments: object) -> str:
        FileRecord(path).save("{}")
        return "ended"

    with monkeypatch.context() as patched:
        patched.setattr("jobclients_core.cli.saved._end", submitted_anew)
        assert "stays" in shell.here("prune", "state").err
    assert path.read_text() == "{}\n"


def test_a_submission_that_is_not_settled_is_never_pruned(
    shell: Shell, alation: FakeVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shell.home / "order.json").write_text("{}")
    monkeypatch.setattr(saved, "read_file", lambda path: ("{}", object()))
    listed = shell.here("list", ".", "--json")
    assert listed.json[0]["problem"] == "a submission of which no job is known yet"
    assert (shell.here("prune", ".", "--older-than", "0s").code, alation.requests) == (0, [])
    assert (shell.home / "order.json").exists()


def test_what_is_submitted_while_prune_asks_is_not_removed(
    shell: Shell, alation: FakeVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    alation.job(id=1, lifecycle="successful")
    assert shell.here("wait", "alation", "id=1", "--save", "1.json").code == 0
    asked = saved._end  # pyright: ignore[reportPrivateUsage]

    def meanwhile(report: Any, setup: Any, one: saved.Saved) -> str | None:
        found = asked(report, setup, one)
        one.path.write_text("another submission")
        return found

    monkeypatch.setattr(saved, "_end", meanwhile)
    assert (shell.here("prune", ".").out, len(alation.requests)) == ("", 2)
    assert (shell.home / "1.json").read_text() == "another submission"


def test_many_jobs_are_gone_on_with_by_one_command(shell: Shell, alation: FakeVendor) -> None:
    words = ["watch"]
    for number in range(5):
        alation.job(id=number, lifecycle="running*3,successful")
        words += ["alation", f"id={number}"]
    ended = interrupted(shell.start(*words), signal.SIGINT, alation, after=5)
    assert (ended.code, "5 jobs are left as they are" in ended.err) == (130, True)
    line = next(line.strip() for line in ended.err.splitlines() if "jobclients watch" in line)
    again = shell.line(line)
    assert (again.code, again.out.count(": succeeded")) == (0, 5)
    assert list((shell.home / ".local/state/jobclients").iterdir()) == [], "what has ended is not kept"


def test_nothing_is_read_from_elsewhere(shell: Shell) -> None:
    """The command's whole input is its words, its configuration and the vendor's variables."""
    done = shell.here(
        "status", "alation", "id=1", env={"ALATION_TOKEN": TOKEN, "HOST": "x", "JOBCLIENTS_CONFIG": os.devnull}
    )
    assert done.code == 2
    assert "no server is set: ALATION_BASE_URL or ALATION_HOST" in done.err


def kept_files(shell: Shell) -> list[Path]:
    folder = shell.home / ".local/state/jobclients"
    return sorted(folder.iterdir()) if folder.exists() else []


def test_each_wait_keeps_a_handle_of_its_own(shell: Shell, cdm: FakeVendor) -> None:
    words = ["huawei_cdm", "job_name=j"]
    cdm.job(lifecycle="RUNNING*99", job_name="j", project_id="p", cluster_id="c")
    lines = [resume_line(shell.run("wait", *words, "--timeout", "1").err) for _ in range(2)]
    assert lines[0] != lines[1]
    assert len(kept_files(shell)) == 2
    cdm.job(lifecycle="SUCCEEDED", job_name="j", project_id="p", cluster_id="c")
    assert shell.here("wait", *words).code == 0
    assert len(kept_files(shell)) == 2, "the end of one says nothing of the others"


def test_save_where_nothing_can_be_written_submits_nothing(shell: Shell, cdm: FakeVendor) -> None:
    (shell.home / "file").write_text("")
    for place in ("missing/run.json", "file/run.json", "."):
        done = shell.here("submit", "huawei_cdm", "job_name=j", "--save", place)
        assert (done.code, "cannot be written" in done.err) == (2, True), done.err
        assert cdm.requests == []


@pytest.mark.parametrize("own", [True, False], ids=["a file of its own", "in the line"])
def test_save_that_fails_after_the_submission_still_says_how_to_go_on(
    shell: Shell, cdm: FakeVendor, monkeypatch: pytest.MonkeyPatch, own: bool
) -> None:
    write, saved = FileRecord.save, list[str]()

    def save(self: FileRecord, text: str) -> None:
        if self.path.name != "run.json":
            write(self, text)
        elif saved:
            raise OSError(28, "No space left on device")
        else:
            saved.append(text)

    monkeypatch.setattr(FileRecord, "save", save)
    if not own:
        (shell.home / ".local").write_text("")
    cdm.next("SUCCEEDED")
    done = shell.here("submit", "huawei_cdm", "job_name=j", "--record", "run.json")
    assert (done.code, "No space left on device" in done.err) == (0, True), done.err
    assert resume_line(done.err).startswith("jobclients resume" if own else "printf")
    assert shell.line(resume_line(done.err)).code == 0


def test_a_record_that_is_a_link_stays_one(shell: Shell, cdm: FakeVendor) -> None:
    (shell.home / "state").mkdir()
    (shell.home / "run.json").symlink_to("state/run.json")
    cdm.next("RUNNING,SUCCEEDED")
    for _ in range(2):
        assert shell.here("submit", "huawei_cdm", "job_name=j", "--record", "run.json").code == 0
    assert (shell.home / "run.json").is_symlink()
    assert [seen.operation for seen in cdm.requests].count("start_job") == 1


def test_a_lost_answer_to_the_submission_is_found(shell: Shell, cdm: FakeVendor) -> None:
    cdm.fail("reset", operation="start_job")
    cdm.next("RUNNING,SUCCEEDED")
    done = shell.here("submit", "huawei_cdm", "job_name=j", "--record", "run.json", "--json")
    assert done.code == 0, done.err
    assert [seen.operation for seen in cdm.requests].count("start_job") == 1
    assert shell.here("resume", "run.json").code == 0


def test_the_same_record_is_the_same_job(shell: Shell, cdm: FakeVendor) -> None:
    cdm.next("RUNNING,SUCCEEDED")
    words = ("submit", "huawei_cdm", "job_name=j", "--record", "run.json")
    first, again = shell.here(*words), shell.here(*words)
    assert (first.code, again.code) == (0, 0)
    assert first.out.endswith("job_name=j: submitted\n")
    assert again.out.endswith("job_name=j: submitted before, as run.json says\n")
    assert [seen.operation for seen in cdm.requests].count("start_job") == 1
    other = shell.here("submit", "huawei_cdm", "job_name=k", "--record", "run.json")
    assert (other.code, "other arguments" in other.err) == (2, True), other.err
    assert (asked := shell.here("status", "run.json")).code == 3, asked.err
    assert "job_name=j: running" in asked.out
    assert shell.here("resume", "run.json").code == 0


@pytest.mark.parametrize("meanwhile", ["locked", "another", "unchanged"])
def test_a_wait_that_ends_writes_over_no_other_submission(
    shell: Shell, cdm: FakeVendor, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    path = shell.home / "run.json"
    cdm.next("RUNNING*99,SUCCEEDED")
    assert shell.here("submit", "huawei_cdm", "job_name=j", "--record", "run.json").code == 0
    record = FileRecord(path)

    def waits(*arguments: Any, **options: Any) -> int:
        if meanwhile == "another":
            record.save(Intent(Handle("huawei_cdm", "runs", "https://h", "default", {}), "f").to_json())
        return wait_for(*arguments, **options)

    monkeypatch.setattr(app, "wait_for", waits)
    with record.lock() if meanwhile == "locked" else nullcontext():
        before = path.stat().st_mtime_ns
        done = shell.here("resume", "run.json", "--timeout", "0.1s")
        assert done.code == 3, done.err
    assert (str(path) in resume_line(done.err)) == (meanwhile == "unchanged"), done.err
    assert (path.stat().st_mtime_ns == before) == (meanwhile == "locked")
    assert ("intent" in path.read_text()) == (meanwhile == "another")


@pytest.mark.parametrize("options", [(), ("--record", "run.json")])
def test_what_was_given_and_is_empty_is_said_to_be(shell: Shell, cdm: FakeVendor, options: tuple[str, ...]) -> None:
    done = shell.here("submit", "huawei_cdm", "job_name=", *options)
    assert (done.code, cdm.requests) == (2, [])
    assert "start_job: job_name may not be empty" in done.err


def test_a_record_that_is_none_is_named_and_kept(shell: Shell, cdm: FakeVendor) -> None:
    (shell.home / "notes.json").write_text("milk")
    done = shell.here("submit", "huawei_cdm", "job_name=j", "--record", "notes.json")
    assert (done.code, cdm.requests) == (2, [])
    assert done.err.startswith("error: notes.json: the text is not the handle of a job\nhint: ")
    assert (shell.home / "notes.json").read_text() == "milk"


def test_a_setting_that_is_missing_is_named_as_its_variable(shell: Shell, cdm: FakeVendor) -> None:
    done = shell.here("submit", "huawei_cdm", "job_name=j", env={"HUAWEI_CDM_CLUSTER_ID": ""})
    assert (done.code, cdm.requests) == (2, [])
    assert "hint: set HUAWEI_CDM_CLUSTER_ID, or give cluster_id=…" in done.err


def test_nothing_saved_is_no_error(shell: Shell) -> None:
    for words, said in ((("list",), "saved jobs in"), (("prune", "--dry-run"), "nothing to remove in")):
        done = shell.here(*words)
        assert (done.code, done.out, done.err.startswith(said)) == (0, "", True), done.err
    assert shell.here("list", "--json").json == []


def test_a_submission_that_died_is_looked_for_and_never_sent_again(
    shell: Shell, cdm: FakeVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobclients_core.jobs.finding._LOOKS", (0.0,))
    words = ("submit", "huawei_cdm", "job_name=j", "--record", "run.json")
    cdm.fail("503", operation="start_job")
    first = shell.here(*words, "--json")
    assert (first.code, first.json["error"]["type"]) == (8, "SubmitUncertain"), first.err
    assert json.loads((shell.home / "run.json").read_text())["handle"]["baseline"] is not None
    for again in (words, ("resume", "run.json")):
        done = shell.here(*again)
        assert done.code == 8, done.err
        assert resume_line(done.err).startswith("jobclients resume")
        assert "run.json" in resume_line(done.err)
    assert [seen.operation for seen in cdm.requests].count("start_job") == 1
    cdm.job(lifecycle="SUCCEEDED", job_name="j", project_id="p", cluster_id="c")
    assert shell.here("resume", "run.json").code == 0
    assert "newer" in (shell.home / "run.json").read_text()


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


def test_a_handle_goes_on_with_the_section_of_its_account(shell: Shell, alation: FakeVendor) -> None:
    url = shell.env.pop("ALATION_BASE_URL")
    del shell.env["ALATION_TOKEN"]
    file = shell.home / "config.toml"
    sections = f'[alation]\nbase_url = "{url}"\ntoken = "hidden-other"\n'
    file.write_text(f'{sections}[prod]\nvendor = "alation"\nbase_url = "{url}"\ntoken = "{TOKEN}"\n')
    file.chmod(0o600)
    alation.job(id=7, lifecycle="running*9,successful")
    words = ["--config", "config.toml"]
    shell.run("wait", "alation", "id=7", *words, "--profile", "prod", "--save", "h.json", "--timeout", "1")
    again = shell.run("resume", "h.json", *words, "--timeout", "1")
    assert "--profile prod" in resume_line(again.err)
    assert "note:" not in again.err
    file.write_text(sections)
    other = shell.run("resume", "h.json", *words, "--timeout", "1")
    assert "note: the handle is of account 'prod', the credentials are of 'default'" in other.err


def test_options_that_are_refused_are_json_too(shell: Shell) -> None:
    for words in (["status", "alation", "--json", "--bad"], ["wait", "alation", "--json", "--timeout", "soon"]):
        done = shell.here(*words)
        assert (done.code, done.json["exit_code"]) == (2, 2)
        assert done.json["error"]["message"] in done.err


def test_help_names_the_configuration_file(shell: Shell) -> None:
    for words in (["status", "-h"], ["auth", "check", "-h"]):
        text = "".join(shell.here(*words).out.split())
        assert ".config/jobclients/config.toml" in text
        assert "TOML" in text


def test_an_empty_result_is_not_shown(shell: Shell, alation: FakeVendor) -> None:
    alation.job(id=7, lifecycle="successful", result="")
    assert "result" not in shell.here("status", "alation", "id=7").out
