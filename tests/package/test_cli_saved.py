"""What the command `jobclients` saves: records and handles, listed, gone on with and pruned."""

from __future__ import annotations

import json
import signal
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from jobclients.testing import FakeVendor
from jobclients_core.cli import app, saved
from jobclients_core.cli.follow import wait_for
from jobclients_core.jobs import FileRecord, Handle
from jobclients_core.jobs.record import Intent
from package.loopback_vendor import TOKEN, Shell, interrupted, resume_line, served


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


def test_a_record_that_is_none_is_named_and_kept(shell: Shell, cdm: FakeVendor) -> None:
    (shell.home / "notes.json").write_text("milk")
    done = shell.here("submit", "huawei_cdm", "job_name=j", "--record", "notes.json")
    assert (done.code, cdm.requests) == (2, [])
    assert done.err.startswith("error: notes.json: the text is not the handle of a job\nhint: ")
    assert (shell.home / "notes.json").read_text() == "milk"


def test_nothing_saved_is_no_error(shell: Shell) -> None:
    for words, said in ((("list",), "saved jobs in"), (("prune", "--dry-run"), "nothing to remove in")):
        done = shell.here(*words)
        assert (done.code, done.out, done.err.startswith(said)) == (0, "", True), done.err
    assert shell.here("list", "--json").json == []


def test_a_submission_that_died_is_looked_for_and_never_sent_again(
    shell: Shell, cdm: FakeVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobclients_core.jobs.lost_submissions._LOOKS", (0.0,))
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
