"""The command `jobclients`, as a process against a vendor on loopback: every exit code, and nothing secret shown."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys

import pytest
from jobclients.testing import FakeVendor
from package.loopback_vendor import TOKEN, Shell, resume_line, served


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
        *("page_url", "result", "handle"),
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
    assert (broken.code, "not valid TOML" in broken.err) == (2, True)
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


def test_nothing_is_read_from_elsewhere(shell: Shell) -> None:
    """The command's whole input is its words, its configuration and the vendor's variables."""
    done = shell.here(
        "status", "alation", "id=1", env={"ALATION_TOKEN": TOKEN, "HOST": "x", "JOBCLIENTS_CONFIG": os.devnull}
    )
    assert done.code == 2
    assert "no server is set: ALATION_BASE_URL or ALATION_HOST" in done.err


@pytest.mark.parametrize("options", [(), ("--record", "run.json")])
def test_what_was_given_and_is_empty_is_said_to_be(shell: Shell, cdm: FakeVendor, options: tuple[str, ...]) -> None:
    done = shell.here("submit", "huawei_cdm", "job_name=", *options)
    assert (done.code, cdm.requests) == (2, [])
    assert "start_job: job_name may not be empty" in done.err


def test_a_setting_that_is_missing_is_named_as_its_variable(shell: Shell, cdm: FakeVendor) -> None:
    done = shell.here("submit", "huawei_cdm", "job_name=j", env={"HUAWEI_CDM_CLUSTER_ID": ""})
    assert (done.code, cdm.requests) == (2, [])
    assert "hint: set HUAWEI_CDM_CLUSTER_ID, or give cluster_id=…" in done.err


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
