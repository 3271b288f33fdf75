"""The README is executed: its spec is generated and called, its Python runs, its commands exist."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")

CDM = "/v1.1/1551c7f6/clusters/6ec9a0a4/cdm/job/jdbc2hive"
OLD = {"job-name": "jdbc2hive", "status": "SUCCEEDED", "creation-date": 1536905778725, "creation-user": "cdm"}
RESULT = '{"updated_objects": 2, "number_received": 2, "error_objects": [], "error": ""}'
ANSWERS = {
    "/api/v1/bulk_metadata/job/": {"status": "successful", "msg": "Job finished", "result": RESULT},
    "/jobs/7": {"state": "RUNNING", "started": 1536905778725},
}


@contextmanager
def loopback() -> Generator[str]:
    """A server on loopback that answers what the README's vendors would; its base URL."""
    runs = {"now": OLD}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            self.reply({"submissions": [runs["now"]]} if path == f"{CDM}/status" else ANSWERS[path])

        def do_PUT(self) -> None:
            assert self.path == f"{CDM}/start"
            new = runs["now"] = OLD | {"creation-date": int(time.time() * 1000)}
            self.reply({"submissions": [new | {"status": "BOOTING"}]})

        def reply(self, answer: object) -> None:
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def blocks(language: str) -> list[str]:
    """The README's code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def run(code: str, path: Path) -> str:
    """What a Python program prints, in a process that finds the clients below a path; warnings are errors."""
    command = [sys.executable, "-W", "error::DeprecationWarning", "-c", code]
    environment = {"PYTHONPATH": str(path), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment, check=False)
    assert done.stderr == ""
    return done.stdout


def generate(folder: Path) -> subprocess.CompletedProcess[str]:
    """The README's command in a folder."""
    command = [sys.executable, "-m", "vendorsmith", "generate"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)


def test_first_client_call_prints_the_typed_job() -> None:
    """The first example runs as it stands, with the loopback server in the place of the vendor."""
    with loopback() as url:
        printed = run(blocks("python")[0].replace("https://acme.alation.com", url), ROOT / "generated")

    expected = "successful\nupdated_objects=2 number_received=2 error_objects=[] error=''\n"
    assert expected == printed


def test_async_example_prints_the_run() -> None:
    """The async example runs as it stands, with the loopback server in the place of the region."""
    with loopback() as url:
        code = blocks("python")[1].replace('region="cn-north-4"', f'base_url="{url}"')
        printed = run(code, ROOT / "generated")

    expected = "SUCCEEDED 2018-09-14 06:16:18.725000+00:00\n"
    assert expected == printed


def test_job_example_waits_for_its_own_run() -> None:
    """The job example submits, waits for the run it started and not for the last one, and resumes it."""
    with loopback() as url:
        code = blocks("python")[2].replace('region="cn-north-4"', f'base_url="{url}"')
        printed = run(code, ROOT / "generated")

    expected = "succeeded SUCCEEDED exact\nsucceeded\n"
    assert expected == printed


def test_vendor_in_process_is_waited_for_without_waiting() -> None:
    """The example of a vendor in process runs as it stands: four looks at the job and one that fails."""
    expected = "succeeded 5 requests\n"
    assert expected == run(blocks("python")[3], ROOT / "generated")


def test_drift_is_told_as_the_readme_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """The example of an observer runs as it stands, against a vendor that has a new field."""
    monkeypatch.setitem(ANSWERS, "/api/v1/bulk_metadata/job/", {"status": "running", "owner": "me"})
    with loopback() as url:
        printed = run(blocks("python")[4].replace("https://acme.alation.com", url), ROOT / "generated")

    expected = "new-field /owner string additive /components/schemas/Job/properties\n"
    assert expected == printed
    said = re.search(r"# (new-field .*)\.\.\.$", blocks("python")[4], re.MULTILINE)
    assert said is not None
    assert printed.startswith(said[1])


def test_the_commands_about_drift_take_what_the_readme_gives_them(tmp_path: Path) -> None:
    """Each begins as it stands: without credentials it says so, and without a recording as well."""
    commands = re.findall(r"^    python -m (jobclients_contract .*)$", README, re.MULTILINE)
    told = []
    for line in commands:
        command = [sys.executable, "-m", *line.split(), "--generated", str(ROOT / "generated")]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False)
        told.append((done.returncode, done.stderr.partition(":")[2].strip()))

    assert [code for code, _ in told] == [2, 2]
    assert told[0][1].startswith("the environment does not tell how to reach the vendor: no server is set: ALATION_")
    assert told[1][1] == "cassettes/alation-001.json: No such file or directory"


def test_vendors_over_http_are_served() -> None:
    """The command that serves vendors begins as it stands, but for its ports."""
    (line,) = re.findall(r"^    vendorsmith (mock .*)$", README, re.MULTILINE)
    command = [sys.executable, "-m", "vendorsmith", *line.split(), "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(2)]
        process.terminate()
        process.communicate(timeout=20)

    assert re.fullmatch(r"alation: http://127\.0\.0\.1:\d+\n", lines[0])
    assert re.fullmatch(r"  export ALATION_BASE_URL=http://127\.0\.0\.1:\d+\n", lines[1])
    assert process.returncode == 0


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """A folder that holds nothing but the README's spec."""
    spec = tmp_path / "specs/acme/openapi.yaml"
    spec.parent.mkdir(parents=True)
    spec.write_text(blocks("yaml")[0], encoding="utf-8")
    return tmp_path


def test_spec_of_a_new_vendor_becomes_a_client_that_works(acme: Path) -> None:
    """The spec in "Add a vendor" generates without a word of complaint, and its client talks to a server."""
    done = generate(acme)
    assert (0, "") == (done.returncode, done.stderr)

    with loopback() as url:
        code = (
            "from jobclients.acme import AcmeClient, Token\n"
            f"with AcmeClient(base_url={url!r}, auth=Token('t')) as acme:\n"
            "    job = acme.get_job(job_id='7')\n"
            "    print(repr(job.state), job.started)\n"
        )
        printed = run(code, acme / "generated")

    expected = "<VendorJobState.RUNNING: 'RUNNING'> 2018-09-14 06:16:18.725000+00:00\n"
    assert expected == printed


def test_mistake_in_the_spec_is_shown_as_the_readme_shows_it(acme: Path) -> None:
    """The message in "Add a vendor" is what a mistyped reference gives, to the letter; nothing is written."""
    spec = acme / "specs/acme/openapi.yaml"
    spec.write_text(blocks("yaml")[0].replace("schemas/Job}", "schemas/Jobb}").replace('schemas/Job"', 'schemas/Jobb"'))

    done = generate(acme)

    assert (2, blocks("text")[0]) == (done.returncode, done.stderr)
    assert not (acme / "generated").exists()


def test_commands_and_targets_that_the_readme_names_exist() -> None:
    """Every `make TARGET` and every `vendorsmith COMMAND` of the README is there."""
    targets = set(re.findall(r"\bmake\s+([a-z-]+)`?", README)) - {"help"}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = set(re.findall(r"\b(vendorsmith|jobclients_contract) ([a-z]+)\b", README))

    missing = {target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)}
    for module, command in commands:
        done = subprocess.run([sys.executable, "-m", module, command, "--help"], capture_output=True, check=False)
        missing |= {command} if done.returncode else set()

    assert set[str]() == missing
    assert {"generate", "test", "lint", "check", "diff", "bench", "lock"} <= targets
    assert {"generate", "check", "diff", "ir", "mock"} <= {
        command for module, command in commands if module == "vendorsmith"
    }
    assert {"live", "replay", "coverage"} == {command for module, command in commands if module != "vendorsmith"}


def test_links_of_the_readme_lead_somewhere() -> None:
    """Every relative link names a file or folder of the repository."""
    links = re.findall(r"\]\((?!https?:)([^)]+)\)", README)

    assert [] == [link for link in links if not (ROOT / link).exists()]
