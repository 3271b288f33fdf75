"""The command: what it is asked, what it answers, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from vendorsmith import __version__

from .conftest import Run
from .support import ROOT, VENDOR_SPEC, completed, contents, operation, write_spec, write_vendor

DOCUMENT: dict[str, Any] = completed("paths: {}") | {"paths": {"/ping": {"get": operation("ping_it")}}}


def imported(folder: str, code: str, *more_paths: Path) -> str:
    """What a piece of Python prints that imports from a folder, in a process of its own."""
    paths = os.pathsep.join([str(Path(folder).absolute()), *map(str, more_paths)])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "" == done.stderr
    return done.stdout


def test_a_document_tried_out_of_hand(run: Run, tmp_path: Path) -> None:
    """A single document becomes a package that can be imported, called after its file."""
    write_spec(tmp_path / "some/where", DOCUMENT, "Acme jobs-v2.json")
    done = run("generate", "some/where/Acme jobs-v2.json", "--output", "out", "--package", "acme")
    code = "import acme, acme.acme_jobs_v2 as v; print(v.AcmeJobsV2Client, acme.Token.__name__)"

    assert (0, "") == (done.code, done.err)
    assert "<class 'acme.acme_jobs_v2.client.AcmeJobsV2Client'> Token\n" == imported("out", code)
    assert run("check", "some/where/Acme jobs-v2.json", "--output", "out", "--package", "acme").code == 0


@pytest.mark.parametrize(
    ("path", "vendor"),
    {
        "acme/openapi.json": "acme",
        "acme/swagger.json": "acme",
        "acme/petstore.json": "petstore",
        "x/class.json": "class_api",
        "x/json.json": "json_api",
        "x/\u5b8c.json": "vendor",
        "x/1st.json": "x_1st",
    }.items(),
)
def test_a_document_is_called_after_its_file_or_folder(path: str, vendor: str, run: Run, tmp_path: Path) -> None:
    """A file whose name says nothing gives the folder's name; a name that Python has taken is told apart."""
    write_spec((tmp_path / path).parent, DOCUMENT, Path(path).name)
    done = run("ir", path)

    assert [vendor] == list(json.loads(done.out))


def test_several_documents_at_once(run: Run, tmp_path: Path) -> None:
    """Documents add up in one package; two that would be the same module are refused before anything is read."""
    write_spec(tmp_path / "a", DOCUMENT)
    write_spec(tmp_path / "b", DOCUMENT)
    write_spec(tmp_path / "c/a", DOCUMENT)
    both = run("generate", "a/openapi.json", "b/openapi.json", "a/openapi.json", "--output", "out", "--package", "acme")
    clash = run("generate", "a/openapi.json", "c/a/openapi.json", "--output", "no", "--package", "acme")

    assert both.code == 0
    assert {"a", "b"} <= {path.name for path in Path("out/acme").iterdir()}
    assert clash.code == 2
    assert "error: a/openapi.json and c/a/openapi.json would both be the module a;" in clash.err
    assert not Path("no").exists()


def test_a_runtime_of_another_package(run: Run, tmp_path: Path) -> None:
    """`--runtime` gives a package without a copy, which names the other one as what it needs and shares its errors."""
    write_spec(tmp_path / "acme", DOCUMENT)
    done = run("generate", "acme/openapi.json", "--output", "out", "--package", "acme", "--runtime", "jobclients")
    code = "import acme, jobclients, sys; print(acme.NotFound is jobclients.NotFound, 'acme._runtime' in sys.modules)"

    assert done.code == 0
    assert [] == list(Path("out").rglob("_runtime"))
    assert '    "jobclients",\n' in Path("out/pyproject.toml").read_text(encoding="utf-8")
    assert "True False\n" == imported("out", code, ROOT / "generated")


def test_two_vendors_at_once_in_processes(run: Run, tmp_path: Path) -> None:
    """Several vendors are spread over processes, and come out as they do one by one."""
    for name in ("one", "two"):
        write_vendor(tmp_path / "specs", name)
    together = subprocess.run(
        [sys.executable, "-m", "vendorsmith", "generate", "--output", "together"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "") == (together.returncode, together.stderr)
    assert "2 vendors, 0 unchanged; " in together.stdout
    assert [0, 0] == [run("generate", name, "--output", "apart").code for name in ("one", "two")]
    assert contents(tmp_path / "apart") == contents(tmp_path / "together")


def test_ir_prints_facts(run: Run) -> None:
    """The facts of every vendor as JSON, with positions, and the same facts each time."""
    write_vendor(Path("specs"), "demo")
    done = run("ir")
    facts = json.loads(done.out)["demo"]

    assert (0, "") == (done.code, done.err)
    assert "get_job" == facts["operations"][0]["name"]
    assert {"file": "specs/demo/openapi.yaml", "line": 7, "column": 5, "pointer": "/paths/~1jobs~1{id}/get"} == (
        facts["operations"][0]["place"]
    )
    assert done.out == run("ir", "demo").out


def test_ir_of_a_broken_spec_prints_no_half_of_it(run: Run) -> None:
    """Problems go to standard error, and standard output stays empty, so that a pipe never takes half an answer."""
    write_vendor(Path("specs"), "demo")
    write_vendor(Path("specs"), "bad", VENDOR_SPEC.replace("#/components/schemas/Job", "#/components/schemas/Jib"))
    done = run("ir")

    assert (2, "") == (done.code, done.out)
    assert "error[ref-not-found]" in done.err
    assert "specs/bad/openapi.yaml:15:55" in done.err


@pytest.mark.parametrize("command", ["generate", "check", "diff"])
def test_a_bad_spec_is_explained(command: str, run: Run) -> None:
    """Every problem at once, with file, line, column, the line itself and a hint; exit code 2 and no output folder."""
    write_vendor(Path("specs"), "demo", VENDOR_SPEC.replace("operationId: get_job", "operationID: get_job"))
    done = run(command)

    assert (2, "") == (done.code, done.out)
    assert "error[missing-operation-id]" in done.err
    assert 'hint: did you mean "operationId"?' in done.err
    assert "8 |       operationID: get_job" in done.err
    assert not Path("generated").exists()


USAGE = {
    "unknown vendor": (["generate", "dema"], "unknown vendor dema; specs/ has: demo"),
    "two unknown vendors": (["check", "a", "demo", "b"], "unknown vendor a, b; specs/ has: demo"),
    "missing folder": (
        ["generate", "--specs", "nowhere"],
        "no vendor found: nowhere/ has no folder with an openapi.yaml",
    ),
    "folder as document": (["generate", "specs/demo"], "specs/demo is a folder; name the document in it"),
    "missing document": (["generate", "nope.json"], "there is no such file"),
    "mixed": (["generate", "demo", "other.json"], "`demo` is a vendor's name; name either vendors or documents"),
    "package of Python": (["generate", "--package", "json"], "--package json: "),
    "package with a dot": (["generate", "--package", "a.b"], "--package a.b: "),
    "runtime of Python": (["generate", "--runtime", "os"], "--runtime os: "),
    "output is a file": (["generate", "--output", "specs/demo/openapi.yaml"], "this is a file, not a folder"),
    "unknown option": (["generate", "--outptu", "x"], "No such option"),
    "unknown command": (["generat"], "No such command"),
    "option without value": (["generate", "--output"], "requires an argument"),
}


@pytest.mark.parametrize(("arguments", "message"), USAGE.values(), ids=USAGE)
def test_bad_use_is_explained(arguments: list[str], message: str, run: Run) -> None:
    """A sentence that says what to do, exit code 2, nothing printed, nothing written."""
    write_vendor(Path("specs"), "demo")
    before = contents(Path())
    done = run(*arguments)

    assert (2, "") == (done.code, done.out)
    assert message in done.err
    assert "Traceback" not in done.err
    assert before == contents(Path())


def test_version_and_help(run: Run) -> None:
    """The version, the commands, and the options with what they are for."""
    assert (0, f"vendorsmith {__version__}\n") == (run("--version").code, run("--version").out)
    assert all(word in run("--help").out for word in ("generate", "check", "diff", "ir"))
    assert all(word in run("generate", "-h").out for word in ("--specs", "--output", "--package", "--runtime"))


def test_a_terminal_that_cannot_show_a_character_is_no_failure(tmp_path: Path) -> None:
    """Facts in any script can be printed in any encoding."""
    write_vendor(tmp_path / "specs", "demo", VENDOR_SPEC.replace("The jobs of the demo.", "\u4efb\u52a1 \U0001f4a5"))
    done = subprocess.run(
        [sys.executable, "-m", "vendorsmith", "ir"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )

    assert (0, b"") == (done.returncode, done.stderr)
    assert b"\\u4efb\\u52a1 \\U0001f4a5" in done.stdout


def test_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    """Output that nobody reads to its end is no traceback."""
    write_vendor(tmp_path / "specs", "demo")
    with subprocess.Popen(
        [sys.executable, "-m", "vendorsmith", "ir"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"" == process.stderr.read()
