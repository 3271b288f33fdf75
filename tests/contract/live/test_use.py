"""What the command is given is looked at before a vendor is asked, and what it has is not lost when it is stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx2
import pytest
from jobclients_contract.live import running
from jobclients_contract.live.cassette import write_whole
from jobclients_contract.live.findings import CallReport, Finding, Report
from jobclients_contract.live.report import write
from jobclients_contract.live.scrub import Scrubber

from .support import ENVIRONMENTS, GENERATED, ROOT, TOKEN, Change, Command, Wire, changed

PROGRAM = [sys.executable, "-m", "jobclients_contract"]


def process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [*PROGRAM, *arguments, "--generated", GENERATED],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


UNSENDABLE = ["get_job.name=a\udcff", "get_job.name=\ud800"]


@pytest.mark.parametrize("argument", UNSENDABLE, ids=["byte", "surrogate"])
def test_an_argument_that_is_no_unicode_is_refused(argument: str, command: Command) -> None:
    ran = command.live("alation", arguments=(argument,))

    assert (ran.code, ran.sent) == (2, [])
    assert ran.err == "error: the argument get_job.name holds what neither UTF-8 nor JSON can say\n"
    assert [path for path in ran.folder.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"get_job": {"name": "\\ud800"}}', "the argument get_job.name holds what neither UTF-8 nor JSON can say"),
        ('{"get_job": {"id": NaN}}', "is not JSON (NaN is not a number)"),
        ('{"get_job": {"id": -Infinity}}', "is not JSON (-Infinity is not a number)"),
        ('{"get_job": {"id": 1e999}}', "is not JSON (1e999 is not a number)"),
        ("[" * 100_000, "is not JSON ("),
    ],
)
def test_a_file_of_arguments_that_cannot_be_sent_is_refused(
    content: str, said: str, command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "arguments.json"
    file.write_text(content, encoding="utf-8")

    ran = command.live("alation", "--arguments", str(file), arguments=())

    assert (ran.code, ran.sent) == (2, [])
    assert ran.err.startswith("error: ")
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_a_number_that_is_none_is_refused(command: Command) -> None:
    ran = command.live("alation", arguments=("get_job.id=NaN",))

    assert (ran.code, ran.sent, ran.err) == (2, [], "error: --argument get_job.id should be integer\n")


@pytest.mark.parametrize("variable", ["PROJECT_ID", "CLUSTER_ID", "TOKEN"])
def test_an_environment_that_is_no_unicode_is_refused(variable: str, command: Command) -> None:
    ran = command.live("huawei_cdm", environment={**ENVIRONMENTS["huawei_cdm"], variable: "p\udcff1"})

    assert (ran.code, ran.sent) == (2, [])
    assert ran.err == f"error: the environment's HUAWEI_CDM_{variable} is not text in UTF-8\n"


def test_whatever_is_told_can_be_printed_in_ascii(tmp_path: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ran = process(
            *("live", "alation", "--argument", "get_job.name=é", "--report", str(tmp_path / "é")),
            PYTHONIOENCODING="ascii",
            ALATION_BASE_URL=f"http://127.0.0.1:{server.server_port}",
            ALATION_TOKEN=TOKEN,
        )
        server.shutdown()

    assert (ran.returncode, ran.stderr) == (0, "")
    assert "get_job(name='\\xe9')" in ran.stdout
    assert "get_job(name='é')" in (tmp_path / "é/alation/drift.md").read_text(encoding="utf-8")


class Quiet(BaseHTTPRequestHandler):
    """Answers one request, and lets the next one wait for ever."""

    answered = threading.Event()

    def do_GET(self) -> None:
        """Answer."""
        body = b'{"status": "running"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def test_half_a_character_in_a_report_leaves_no_file_half_written(tmp_path: Path) -> None:
    outcome = CallReport("get", {"name": "a\udcff"}, "ok")
    finding = Finding("new-field", "additive", "get", 200, "/\ud800", "no", "string", "m", "s", 1, "", 1, 0)

    files = write(tmp_path, Report("demo", "s", (outcome,), {}, 1, (finding,)), Scrubber())

    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(file.name for file in files)
    assert json.loads((tmp_path / "drift.json").read_text(encoding="utf-8"))["drift"][0]["pointer"] == "/\ud800"


def test_a_file_stays_as_it_was_where_a_new_one_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "drift.json"
    file.write_text("old", encoding="utf-8")
    write_all = Path.write_bytes

    def full(self: Path, content: bytes) -> int:
        write_all(self, content[:1])
        raise OSError(28, "No space left on device", str(self))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(OSError, match="No space left"):
            write_whole(file, b"new")

    assert [(path.name, path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()] == [("drift.json", "old")]


def two(command: Command, monkeypatch: pytest.MonkeyPatch, *options: str) -> tuple[int, str, list[tuple[str, str]]]:
    """Run ``live`` for two vendors: exit code, complaint, and what was sent."""
    for vendor in ("alation", "huawei_cdm"):
        for variable, value in ENVIRONMENTS[vendor].items():
            monkeypatch.setenv(f"{vendor.upper()}_{variable}", value)
    wire = Wire("alation")
    ran = command.run("live", *options, "--report", str(command.folder / "live"), wire=wire)
    return ran.code, ran.err, wire.sent


def test_an_operation_that_one_of_several_vendors_has_is_enough(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "arguments.json"
    file.write_text(json.dumps({"show_submissions": {"job_name": "j"}}), encoding="utf-8")
    given = ("--argument", "get_job.id=5", "--arguments", str(file), "--allow", "stop_job")

    code, err, sent = two(command, monkeypatch, "alation", "huawei_cdm", *given)

    # The vendor behind both is Alation, which says that it does not know the second's operation.
    assert (code, err) == (0, "")
    assert [path.rpartition("/")[2] or "job" for _, path in sent][:2] == ["job", "submissions"]
    for vendor, called in (("alation", "get_job"), ("huawei_cdm", "show_submissions")):
        report = json.loads((command.folder / "live" / vendor / "drift.json").read_text(encoding="utf-8"))
        assert [call["operation"] for call in report["calls"]] == [called]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("alation", "huawei_cmd", "--argument", "get_job.id=5"), "no contract of 'huawei_cmd' in "),
        (
            ("alation", "huawei_cdm", "--argument", "get_jobs.id=5"),
            "alation and huawei_cdm have no operation 'get_jobs'",
        ),
        (("alation", "huawei_cdm", "--argument", "get_job.id=5", "--allow", "x"), "have no operation 'x'"),
        (("alation", "alation", "--argument", "get_job.id=5"), "alation is named twice"),
    ],
)
def test_what_is_wrong_with_one_of_several_vendors_is_told_before_any_is_asked(
    options: tuple[str, ...], said: str, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, err, sent = two(command, monkeypatch, *options)

    assert (code, sent) == (2, [])
    assert said in err
    assert err.count("\n") == 1


def test_each_of_several_recordings_of_a_vendor_has_its_own_report(command: Command) -> None:
    command.live("alation", change=changed(lambda body: {**body, "first": 1}))
    command.live("alation", change=changed(lambda body: {**body, "second": 1}))
    command.live("huawei_dli")

    again = command.replay()

    assert again.code == 0
    folder = command.folder / "replay"
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("drift.json")} == {
        "alation/alation-001/drift.json",
        "alation/alation-002/drift.json",
        "huawei_dli/drift.json",
    }
    for name, field in (("alation-001", "/first"), ("alation-002", "/second")):
        report = json.loads((folder / "alation" / name / "drift.json").read_text(encoding="utf-8"))
        assert [one["pointer"] for one in report["drift"]] == [field]


@pytest.mark.parametrize("name", ["other/alation-001.json", "...json"])
def test_recordings_whose_reports_would_be_in_one_place_are_refused(name: str, command: Command) -> None:
    command.live("alation")
    (file,) = (command.folder / "cassettes").iterdir()
    other = command.folder / name
    other.parent.mkdir(exist_ok=True)
    other.write_bytes(file.read_bytes())

    ran = command.run("replay", str(file), str(other), "--report", str(command.folder / "replay"))

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "error: several recordings of a vendor need names of their own for the reports\n"


def interrupting(request: httpx2.Request, response: httpx2.Response) -> httpx2.Response:
    """End the run as Ctrl-C does, at the second call."""
    if request.url.path.endswith("/jobs"):
        raise KeyboardInterrupt
    return changed(lambda body: {**body, "odd": 1})(request, response)


INTERRUPTING: Change = interrupting


@pytest.mark.parametrize("options", [(), ("--async",)], ids=["sync", "async"])
def test_what_was_answered_is_kept_when_the_run_is_interrupted(options: tuple[str, ...], command: Command) -> None:
    ran = command.live("huawei_dli", *options, change=INTERRUPTING)

    assert (ran.code, ran.err) == (130, "error: interrupted\n")
    report = ran.report("huawei_dli")
    assert report["stopped"] == "interrupted"
    assert [call["operation"] for call in report["calls"]] == ["show_sql_job_status"]
    assert [one["pointer"] for one in report["drift"]] == ["/odd"]
    assert report["not_called"]["list_sql_jobs"] == "interrupted"
    again = command.replay(*options)
    assert (again.code, again.err) == (0, "")
    assert again.report("huawei_dli", kind="replay") == report


def test_no_further_vendor_is_asked_after_an_interruption(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for vendor in ("huawei_dli", "alation"):
        for variable, value in ENVIRONMENTS[vendor].items():
            monkeypatch.setenv(f"{vendor.upper()}_{variable}", value)
    wire = Wire("huawei_dli", INTERRUPTING)
    given = ("--argument", "show_sql_job_status.job_id=j", "--argument", "get_job.id=5")

    ran = command.run("live", "huawei_dli", "alation", *given, wire=wire)

    assert (ran.code, len(ran.sent)) == (130, 2)


def test_an_interruption_outside_of_a_call_is_one_line(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "_own", interrupted)

    ran = command.live("alation")

    assert (ran.code, ran.err) == (130, "error: interrupted\n")


class Waiting(Quiet):
    """Answers nothing, and says when it was asked."""

    asked = threading.Event()
    over = threading.Event()

    def do_GET(self) -> None:
        """Wait."""
        self.asked.set()
        self.over.wait()


def test_a_signal_ends_a_process_that_waits_for_an_answer(tmp_path: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), Waiting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = {"ALATION_BASE_URL": f"http://127.0.0.1:{server.server_port}", "ALATION_TOKEN": TOKEN}
        command = [*PROGRAM, "live", "alation", "--argument", "get_job.id=5", "--generated", GENERATED]
        with subprocess.Popen(
            [*command, "--record", str(tmp_path)],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as running_one:
            assert Waiting.asked.wait(60)
            running_one.send_signal(signal.SIGINT)
            _, err = running_one.communicate()
        Waiting.over.set()
        server.shutdown()

    assert (running_one.returncode, err) == (130, "error: interrupted\n")
    recording = json.loads((tmp_path / "alation-001.json").read_text(encoding="utf-8"))
    assert (recording["calls"], recording["stopped"]) == ([], "interrupted")


PACKAGES = [
    ("..x", "--package '..x' should be an import name"),
    ("", "--package '' should be an import name"),
    ("a b", "--package 'a b' should be an import name"),
    ("a.b", "the clients 'a.b' cannot be imported"),
    ("json.decoder.x", "the clients 'json.decoder.x' cannot be imported"),
    ("json", "'json' has no client of alation"),
    ("vendorsmith", "'vendorsmith' has no client of alation"),
]


@pytest.mark.parametrize("kind", ["coverage", "live", "replay"])
@pytest.mark.parametrize(("package", "said"), PACKAGES)
def test_a_package_without_clients_is_told(package: str, said: str, kind: str, command: Command) -> None:
    command.live("alation")
    (file,) = (command.folder / "cassettes").iterdir()

    ran = command.run(kind, str(file) if kind == "replay" else "alation", f"--package={package}")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"error: {said}")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("arguments", [("coverage", "alation"), ("replay", "none.json"), ("coverage", "huawei_iam")])
def test_a_full_device_is_told_in_one_line(arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [*PROGRAM, *arguments, "--generated", GENERATED],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    said = "none.json: No such file or directory" if "none.json" in arguments else "No space left on device"
    assert (ran.returncode, ran.stderr) == (2, f"error: {said}\n")
