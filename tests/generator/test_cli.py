"""The command: what it is asked, what it answers, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from vendorsmith import __version__, cli

from .conftest import Run
from .support import ONE_OPERATION, VENDOR_SPEC, contents, write_spec, write_vendor

ROOT = Path(__file__).parents[2]


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
    write_spec(tmp_path / "some/where", ONE_OPERATION, "Acme jobs-v2.json")
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
    """A file whose name says nothing gives the folder's name; a name that Python has taken is distinguished."""
    write_spec((tmp_path / path).parent, ONE_OPERATION, Path(path).name)
    done = run("ir", path)

    assert [vendor] == list(json.loads(done.out)["vendors"])


def test_several_documents_at_once(run: Run, tmp_path: Path) -> None:
    """Documents add up in one package; two that would be the same module are refused before anything is read."""
    write_spec(tmp_path / "a", ONE_OPERATION)
    write_spec(tmp_path / "b", ONE_OPERATION)
    write_spec(tmp_path / "c/a", ONE_OPERATION)
    both = run("generate", "a/openapi.json", "b/openapi.json", "a/openapi.json", "--output", "out", "--package", "acme")
    clash = run("generate", "a/openapi.json", "c/a/openapi.json", "--output", "no", "--package", "acme")

    assert both.code == 0
    assert {"a", "b"} <= {path.name for path in Path("out/acme").iterdir()}
    assert clash.code == 2
    assert "error: a/openapi.json and c/a/openapi.json would both be the module a;" in clash.err
    assert not Path("no").exists()


def test_packages_share_the_core(run: Run, tmp_path: Path) -> None:
    """A package names the core as what it needs, holds no copy of it, and shares its errors with other packages."""
    write_spec(tmp_path / "acme", ONE_OPERATION)
    done = run("generate", "acme/openapi.json", "--output", "out", "--package", "acme")
    code = "import acme, jobclients; print(acme.NotFound is jobclients.NotFound)"
    modules = {path.relative_to("out/acme").as_posix() for path in Path("out/acme").rglob("*.py")}

    assert done.code == 0
    assert {"__init__.py", "_vendors.py", "testing.py"} == {name for name in modules if "/" not in name}
    assert f'"jobclients-core>={__version__},<1"' in Path("out/pyproject.toml").read_text(encoding="utf-8")
    assert "True\n" == imported("out", code)


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
    assert "2 vendors generated, 0 up to date; " in together.stdout
    assert [0, 0] == [run("generate", name, "--output", "apart").code for name in ("one", "two")]
    assert contents(tmp_path / "apart") == contents(tmp_path / "together")


def test_ir_prints_facts(run: Run) -> None:
    """The facts of every vendor as JSON, with the version of the format, and the same facts each time."""
    write_vendor(Path("specs"), "demo")
    done = run("ir")
    printed = json.loads(done.out)
    facts = printed["vendors"]["demo"]

    assert (0, "") == (done.code, done.err)
    assert "get_job" == facts["operations"][0]["name"]
    assert (1, ["demo"]) == (printed["format"], list(printed["vendors"]))
    assert "/components/schemas/Job" == facts["schemas"][0]["at"]
    assert done.out == run("ir", "demo").out


def test_ir_of_a_broken_spec_prints_no_half_of_it(run: Run) -> None:
    """Problems go to standard error, and standard output stays empty, so that a pipe never takes half a response."""
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
        "no vendor found: nowhere/ does not exist in /",
    ),
    "folder as document": (["generate", "specs/demo"], "specs/demo is a folder; name the document in it"),
    "missing document": (["generate", "nope.json"], "there is no such file"),
    "mixed": (
        ["generate", "demo", "other.json"],
        "`demo` is not the path of a document; name either vendors or documents",
    ),
    "package of Python": (["generate", "--package", "json"], "--package json: "),
    "package with a dot": (["generate", "--package", "a.b"], "--package a.b: "),
    "package that is imported": (
        ["generate", "--package", "pydantic"],
        '"pydantic" is a package that the generated one',
    ),
    "package of the pages": (["generate", "--package", "reference"], "--package reference: "),
    "package of the tests": (["generate", "--package", "contract_tests"], "is the folder of the contract tests"),
    "output with a long name": (["generate", "--output", "x" * 300], "File name too long"),
    "specs with a long name": (["generate", "--specs", "x" * 300], "File name too long"),
    "document with a long name": (["generate", "x" * 300 + ".json"], "File name too long"),
    "control characters": (["generate", "\x1b[31m\u202e"], "unknown vendor \\x1b[31m\\u202e; specs/"),
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
    """The version, and the options with what they are for."""
    assert (0, f"vendorsmith {__version__}\n") == (run("--version").code, run("--version").out)
    assert all(word in run("generate", "-h").out for word in ("--specs", "--output", "--package"))


def test_the_list_of_commands_describes_each_and_gives_an_example(run: Run) -> None:
    """Descriptions are complete sentences, and each example is a command line that the command accepts."""
    listed = " ".join(run("--help").out.partition("Commands:")[2].split())
    examples = re.findall(r"Example: (vendorsmith (\w+) .*)", run("--help").out)

    assert ["generate", "check", "diff", "ir", "mock"] == [name for _, name in examples]
    assert "..." not in listed
    for name, description in re.findall(r"(?:^| )(\w+) ([A-Z][^:]*?) Example:", listed):
        assert description.endswith("."), name
    for line, name in examples:
        page = run(name, "--help").out
        assert f"Example: {line}" in page
        assert set(re.findall(r" (--[a-z]+)", line)) <= set(re.findall(r"^  (--[a-z]+)", page, re.MULTILINE))


def test_a_vendor_that_is_included_is_named() -> None:
    """A vendor whose credentials another one uses is generated with it, and the counts say so."""
    specs, generated = ROOT / "specs", ROOT / "generated"

    def included(*vendors: str) -> str:
        return cli._providers(list(vendors), cli._plan(list(vendors), specs, generated, None))

    assert " (with huawei_iam, whose credentials are used)" == included("huawei_cdm")
    assert ["", ""] == [included(), included("huawei_cdm", "huawei_iam")]


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
    """Output that nobody reads to its end is not a traceback."""
    write_vendor(tmp_path / "specs", "demo")
    with subprocess.Popen(
        [sys.executable, "-m", "vendorsmith", "ir"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"" == process.stderr.read()


def test_modules_that_lie_in_the_working_directory_are_not_run(tmp_path: Path) -> None:
    """Neither the formatter nor a worker process takes a file of the user's for one of its own."""
    work, script = tmp_path / "work", tmp_path / "bin/command.py"
    for vendor in ("one", "two"):
        write_vendor(work / "specs", vendor)
    for name in ("ruff", "sysconfig", "multiprocessing", "random", "tempfile"):
        (work / f"{name}.py").write_text(f"open('pwned-{name}', 'w')\n", encoding="utf-8")
    script.parent.mkdir()
    script.write_text("from vendorsmith.cli import main\nif __name__ == '__main__':\n    main()\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script), "generate"], cwd=work, capture_output=True, text=True, check=False
    )

    assert (0, "") == (done.returncode, done.stderr)
    assert [] == list(work.glob("pwned-*"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full device is what Linux has")
def test_a_full_disk_is_an_error_in_words(tmp_path: Path) -> None:
    """What cannot be printed is said once, without a traceback."""
    write_vendor(tmp_path / "specs", "demo")
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "vendorsmith", "ir"], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, check=False
        )

    assert (2, b"error: No space left on device\n") == (done.returncode, done.stderr)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders here")
@pytest.mark.parametrize("command", ["generate", "check"])
def test_a_spec_that_never_ends_is_not_read(command: str, run: Run) -> None:
    """A pipe, a device or a huge file is refused before anything is read of it."""
    Path("specs/demo").mkdir(parents=True)
    os.mkfifo("specs/demo/openapi.yaml")
    done = run(command)

    assert done.code == 2
    assert "error[not-a-file]" in done.err


def test_a_file_that_is_not_there_is_not_quoted(run: Run) -> None:
    """There is no line to show."""
    assert (
        "error[no-such-file]: there is no such file\n --> nope.json:1:1\n\n1 error\n"
        == run("generate", "nope.json").err
    )


def test_nothing_that_is_printed_is_acted_on(run: Run) -> None:
    """Lines of a file that somebody edited are shown, and a terminal or CI takes none for a command."""
    write_vendor(Path("specs"), "demo")
    assert run("generate").code == 0
    client = Path("generated/jobclients/demo/client.py")
    client.write_text("\x1b[31mred\n" + client.read_text(encoding="utf-8"), encoding="utf-8")
    Path("generated/jobclients/demo/\x1b[31m.py").write_text("", encoding="utf-8")
    shown = run("diff").out

    assert "-\\x1b[31mred" in shown.splitlines()
    assert "\x1b" not in shown + run("check").out + run("generate").err


def test_a_line_is_no_command_of_ci(capsys: pytest.CaptureFixture[str]) -> None:
    """Two colons at the beginning, blanks aside, would be one."""
    cli._print(" ::error::pwned")

    assert " \\x3a:error::pwned\n" == capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="there are no process groups to interrupt")
def test_an_interrupt_ends_in_one_line(tmp_path: Path) -> None:
    """Worker processes say nothing, and nothing is written."""
    for number in range(6):
        write_vendor(tmp_path / "specs", f"demo_{number}")
    with subprocess.Popen(
        [sys.executable, "-m", "vendorsmith", "generate"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        time.sleep(1)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=30)

    assert (130, b"") == (process.returncode, out)
    assert b"interrupted; run the same again\n" == err
    assert not (tmp_path / "generated").exists()


LOADED = """
import sys
from vendorsmith.cli import main
try:
    main()
finally:
    print(*sys.modules, file=sys.stderr)
"""

HEAVY = {"datamodel_code_generator", "httpx2", "pydantic", "pytest", "rich", "multiprocessing", "jobclients_contract"}


@pytest.mark.parametrize(
    ("arguments", "unused"),
    [
        (["--version"], HEAVY | {"jinja2", "jsonschema", "vendorsmith.incremental_build", "vendorsmith.pipeline"}),
        (["ir", "openapi.json"], HEAVY | {"vendorsmith.incremental_build"}),
        (["generate", "openapi.json"], HEAVY | {"vendorsmith.testcases"}),
    ],
    ids=["version", "ir", "generate"],
)
def test_what_a_command_does_not_use_is_not_imported(arguments: list[str], unused: set[str], tmp_path: Path) -> None:
    """Most of a short run is imports."""
    write_spec(tmp_path, ONE_OPERATION)
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert 0 == done.returncode
    assert set() == unused & set(done.stderr.split())
