"""The output folder: written once, kept as it should be, and nobody else's file touched."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from .conftest import Run
from .support import VENDOR_SPEC, contents, write_vendor

CLIENT = Path("generated/jobclients/demo/client.py")


@pytest.fixture
def generated(run: Run) -> Path:
    """An output folder of one vendor, fresh."""
    write_vendor(Path("specs"), "demo")
    assert run("generate").code == 0
    return Path("generated")


def test_a_second_run_writes_nothing(run: Run, generated: Path) -> None:
    """Neither bytes nor times change where the output is right already, with and without the notes of the last run."""
    before = {file: file.stat().st_mtime_ns for file in generated.rglob("*") if file.is_file()}
    noted = run("generate")
    (generated / ".vendorsmith_cache/keys.json").unlink()
    anew = run("generate")

    assert "0 vendors generated, 1 up to date; 0 files written to generated/\n" == noted.out
    assert "1 vendor generated, 0 up to date; 0 files written to generated/\n" == anew.out
    assert before.items() >= {
        (file, file.stat().st_mtime_ns) for file in generated.rglob("*") if file.is_file() and "cache" not in str(file)
    }


def test_fresh_output_passes(run: Run, generated: Path) -> None:
    """`check` and `diff` find nothing to say about what `generate` has just written."""
    assert (0, "1 vendor: generated/ is up to date\n") == (run("check").code, run("check").out)
    assert (0, "") == (run("diff").code, run("diff").out)


def test_every_kind_of_difference_is_named(run: Run, generated: Path) -> None:
    """Stale, edited, missing and left-over files are distinguished, one line each, and `generate` mends all."""
    good = contents(generated)
    write_vendor(Path("specs"), "demo", VENDOR_SPEC.replace("Look a job up.", "Find a job."))
    CLIENT.with_name("models.py").write_text("edited = True\n", encoding="utf-8")
    CLIENT.with_name("__init__.py").unlink()
    found = run("check")

    assert found.code == 1
    assert [
        "generated/MANIFEST.json: stale",
        "generated/jobclients/demo/__init__.py: missing",
        "generated/jobclients/demo/client.py: stale",
        "generated/jobclients/demo/models.py: edited by hand",
        "generated/jobclients/demo/openapi.json: stale",
        "generated/reference/demo.md: stale",
    ] == found.out.splitlines()
    assert "6 files differ; run `vendorsmith generate`\n" == found.err
    write_vendor(Path("specs"), "demo")
    assert run("generate").code == 0
    assert good == contents(generated)


def test_diff_shows_what_generate_would_do(run: Run, generated: Path) -> None:
    """The diff names both sides as git does, and writes nothing."""
    before = contents(generated)
    write_vendor(Path("specs"), "demo", VENDOR_SPEC.replace("Look a job up.", "Find a job."))
    found = run("diff")

    assert found.code == 1
    assert '-        """Look a job up.' in found.out.splitlines()
    assert '+        """Find a job.' in found.out.splitlines()
    assert "--- a/jobclients/demo/client.py" in found.out.splitlines()
    assert before == contents(generated)


def test_a_vendor_that_is_gone_is_cleaned_up(run: Run, generated: Path) -> None:
    """Its files are reported, then removed with their folder and the bytecode in it."""
    one = contents(generated)
    other = write_vendor(Path("specs"), "other")
    assert run("generate").code == 0
    (generated / "jobclients/other/__pycache__").mkdir()
    (generated / "jobclients/other/__pycache__/client.cpython-311.pyc").write_bytes(b"")
    other.unlink()
    found = run("check")

    assert found.code == 1
    assert "generated/jobclients/other/client.py: not generated from any spec" in found.out.splitlines()
    assert run("generate").out.endswith("; 3 files written to generated/, 6 removed\n")
    assert not (generated / "jobclients/other").exists()
    assert run("check").code == 0
    assert one == contents(generated)


def test_one_vendor_can_be_generated_without_the_others(run: Run, generated: Path) -> None:
    """The files of vendors that were not asked for stay as they are, stale or not."""
    write_vendor(Path("specs"), "other")
    CLIENT.write_text("edited = True\n", encoding="utf-8")

    assert run("generate", "other").code == 0
    assert "edited = True\n" == CLIENT.read_text(encoding="utf-8")
    assert run("check", "other").code == 0
    assert run("check").code == 1


@pytest.mark.parametrize("path", ["jobclients/demo/notes.txt", "jobclients/mine.py", "jobclients/other/client.py"])
def test_a_file_of_somebody_else_is_never_removed(path: str, run: Run, generated: Path) -> None:
    """A file in the package that no manifest lists stops the run, with its name, before anything is written."""
    mine = generated / path
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("mine", encoding="utf-8")
    write_vendor(Path("specs"), "demo", VENDOR_SPEC.replace("Look a job up.", "Find a job."))
    before = contents(generated)
    found = run("generate")

    assert found.code == 2
    assert f"error: generated/{path} was not written by vendorsmith and would be removed" in found.err
    assert before == contents(generated)


def test_a_file_of_somebody_else_is_never_overwritten(run: Run) -> None:
    """Where a file is that would be generated, and nothing was generated before, the run stops."""
    write_vendor(Path("specs"), "demo")
    Path("generated").mkdir()
    Path("generated/pyproject.toml").write_text("mine", encoding="utf-8")
    found = run("generate")

    assert found.code == 2
    assert "generated/pyproject.toml was not written by vendorsmith and would be overwritten" in found.err
    assert {"pyproject.toml": b"mine"} == contents(Path("generated"))


def test_files_beside_the_package_are_left_alone(run: Run, generated: Path) -> None:
    """What is in the output folder outside the package concerns nobody."""
    (generated / "notes.txt").write_text("mine", encoding="utf-8")
    (generated / "reference/mine.md").write_text("mine", encoding="utf-8")

    assert run("check").code == 0
    assert run("generate").code == 0
    assert (generated / "reference/mine.md").exists()


@pytest.mark.parametrize(
    "path", ["../outside.txt", "/outside.txt", "jobclients/../../outside.txt", "a\\..\\outside.txt"]
)
def test_a_manifest_cannot_reach_out_of_the_folder(path: str, run: Run, generated: Path, tmp_path: Path) -> None:
    """A path in an edited manifest that leads elsewhere is not the generator's, so it is neither read nor removed."""
    outside = tmp_path / "outside.txt"
    outside.write_text("mine", encoding="utf-8")
    manifest = generated / "MANIFEST.json"
    listed = json.loads(manifest.read_bytes())
    files = listed["vendors"]["demo"]["files"]
    files[path.replace("/outside.txt", str(outside)) if path.startswith("/") else path] = "0"
    manifest.write_text(json.dumps(listed), encoding="utf-8")

    assert run("generate").code == 0
    assert outside.exists()
    assert run("check").code == 0


def test_a_manifest_has_one_line_for_each_vendor(run: Run, generated: Path) -> None:
    """Two branches that change neighbouring vendors merge, since an empty line is between any two."""
    write_vendor(Path("specs"), "other")
    assert run("generate").code == 0
    lines = (generated / "MANIFEST.json").read_text(encoding="utf-8").splitlines()

    assert ["vendorsmith", "vendors", "*", "demo", "other"] == [line.split('"')[1] for line in lines if '"' in line]
    assert ["", "", ""] == [lines[number - 1] for number, line in enumerate(lines) if '"files"' in line]


@pytest.mark.parametrize("mark", ["<<<<<<< HEAD\n", ""])
def test_a_broken_manifest_is_written_anew(mark: str, run: Run, generated: Path) -> None:
    """A manifest that cannot be read as a whole is still known as ours; files that are right stay."""
    good = contents(generated)
    manifest = generated / "MANIFEST.json"
    manifest.write_text(mark + manifest.read_text(encoding="utf-8")[:-5], encoding="utf-8")

    assert run("check").code == 1
    assert run("generate").code == 0
    assert good == contents(generated)


@pytest.mark.parametrize("asked", [(), ("demo",)])
def test_merge_marks_in_a_manifest_do_not_make_files_strangers(
    asked: tuple[str, ...], run: Run, generated: Path
) -> None:
    """What either branch lists is still ours: it is replaced, and what is left over is removed."""
    write_vendor(Path("specs"), "other")
    assert run("generate").code == 0
    manifest = generated / "MANIFEST.json"
    both = manifest.read_text(encoding="utf-8")
    (line,) = (line for line in both.splitlines() if line.startswith('"demo"'))
    ours = line.replace('"spec": "', '"spec": "0')
    manifest.write_text(both.replace(line, f"<<<<<<< HEAD\n{ours}\n=======\n{line}\n>>>>>>> branch"), encoding="utf-8")
    write_vendor(Path("specs"), "demo", VENDOR_SPEC.replace("Look a job up.", "Find a job."))
    found = run("generate", *asked)

    assert (0, True) == (found.code, "edited" not in found.out)
    assert run("check").code == 0


def test_a_manifest_puts_no_code_into_the_package(run: Run, generated: Path) -> None:
    """A name that no vendor can have is not taken over when another vendor is generated."""
    shared = (generated / "jobclients/_vendors.py").read_bytes()
    manifest = generated / "MANIFEST.json"
    listed = json.loads(manifest.read_bytes())
    listed["vendors"]['x": print(1), "y'] = listed["vendors"]["demo"]
    manifest.write_text(json.dumps(listed), encoding="utf-8")

    assert run("generate", "demo").code == 0
    assert shared == (generated / "jobclients/_vendors.py").read_bytes()


@pytest.mark.parametrize("text", ["", "null", "[]", '{"files": []}', '{"files": {"a": 1}}', "\x00"])
def test_a_manifest_of_somebody_else_is_kept(text: str, run: Run, generated: Path) -> None:
    """The name is a common one: what has not our form is not ours."""
    (generated / "MANIFEST.json").write_text(text, encoding="utf-8")
    found = run("generate")

    assert found.code == 2
    assert "error: generated/MANIFEST.json was not written by vendorsmith" in found.err
    assert text == (generated / "MANIFEST.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", ["notes.txt", "src/client.py", "jobclients/demo/notes.txt"])
def test_what_a_manifest_lists_is_not_removed_for_that(path: str, run: Run, generated: Path) -> None:
    """Whoever adds a line to a manifest, or edits a file that is left over, loses nothing."""
    (generated / path).parent.mkdir(exist_ok=True)
    (generated / path).write_text("mine", encoding="utf-8")
    manifest = generated / "MANIFEST.json"
    listed = json.loads(manifest.read_bytes())
    listed["vendors"]["demo"]["files"][path] = "0" if path.startswith("jobclients/") else sha256(b"mine").hexdigest()
    manifest.write_text(json.dumps(listed), encoding="utf-8")
    found = run("generate")

    assert "mine" == (generated / path).read_text(encoding="utf-8")
    assert ("was edited by hand and would be removed" in found.err) == path.startswith("jobclients/")


def test_an_edit_that_is_replaced_is_named(run: Run, generated: Path) -> None:
    """One line for each file that somebody worked on, and none for one that is only stale."""
    CLIENT.write_text("edited = True\n", encoding="utf-8")
    write_vendor(Path("specs"), "demo", VENDOR_SPEC.replace("Look a job up.", "Find a job."))
    lines = run("generate").out.splitlines()

    assert ["generated/jobclients/demo/client.py was edited by hand; replaced"] == lines[:-1]


def test_leftovers_are_seen_wherever_the_output_is(run: Run) -> None:
    """A folder called build or dist above the output, or a vendor called dist, hides nothing."""
    write_vendor(Path("specs"), "demo")
    other = write_vendor(Path("specs"), "dist")
    assert run("generate", "--output", "build/out").code == 0
    other.unlink()

    assert run("check", "--output", "build/out").code == 1
    assert run("generate", "--output", "build/out").code == 0
    assert not Path("build/out/jobclients/dist").exists()


def test_droppings_are_left_alone(run: Run, generated: Path) -> None:
    """What systems and editors leave is neither an error nor removed, in a folder that goes away either."""
    other = write_vendor(Path("specs"), "other")
    assert run("generate").code == 0
    droppings = [
        generated / folder / name
        for folder in ("jobclients/demo", "jobclients/other")
        for name in (".DS_Store", "client.py~", ".client.py.swp", ".ipynb_checkpoints/client.py", "__pycache__/notes")
    ]
    for file in droppings:
        file.parent.mkdir(exist_ok=True)
        file.write_text("mine", encoding="utf-8")
    assert run("check").code == 0
    other.unlink()

    assert run("generate").code == 0
    assert all(file.exists() for file in droppings)
    assert run("check").code == 0


@pytest.mark.parametrize("name", [".vendorsmith_cache", ".vendorsmith_cache/keys.json"])
def test_notes_are_not_written_through_links(name: str, run: Run, generated: Path, tmp_path: Path) -> None:
    """The cache folder of a checkout may be anything."""
    elsewhere = tmp_path / "elsewhere"
    (generated / name).rename(elsewhere)
    (generated / name).symlink_to(elsewhere)
    before = contents(elsewhere) if elsewhere.is_dir() else elsewhere.read_bytes()
    write_vendor(Path("specs"), "demo", VENDOR_SPEC + "# a remark\n")

    assert run("generate").code == 0
    assert before == (contents(elsewhere) if elsewhere.is_dir() else elsewhere.read_bytes())


def test_nothing_is_written_where_something_is_in_the_way(run: Run, generated: Path) -> None:
    """What blocks the last file is noticed before the first is written."""
    CLIENT.unlink()
    CLIENT.mkdir()
    write_vendor(Path("specs"), "demo", VENDOR_SPEC.replace("Look a job up.", "Find a job."))
    before = contents(generated)
    found = run("generate")

    assert found.code == 2
    assert "client.py is a folder" in found.err
    assert before == contents(generated)


@pytest.mark.parametrize("name", ["openapi.yml", "OpenAPI.yaml", "OpenAPI.json"])
def test_a_spec_of_another_name_is_no_vendor_that_is_gone(name: str, run: Run, generated: Path) -> None:
    """Renaming a spec is explained, and its client stays."""
    spec = Path("specs/demo/openapi.yaml")
    spec.rename(spec.with_name(name))
    before = contents(generated)
    found = run("generate")

    assert found.code == 2
    assert f"error: specs/demo/{name}: rename it to openapi.yaml or openapi.json" in found.err
    assert before == contents(generated)


@pytest.mark.parametrize("path", ["jobclients/demo/client.py", "jobclients/demo", "reference"])
def test_symbolic_links_in_the_output_are_refused(path: str, run: Run, generated: Path, tmp_path: Path) -> None:
    """Nothing is written through a link, wherever it leads."""
    link = generated / path
    elsewhere = tmp_path / "elsewhere"
    link.rename(elsewhere)
    link.symlink_to(elsewhere)
    write_vendor(Path("specs"), "demo", VENDOR_SPEC.replace("Look a job up.", "Find a job."))
    before = contents(elsewhere) if elsewhere.is_dir() else elsewhere.read_bytes()
    found = run("generate")

    assert found.code == 2
    assert "is reached through a symbolic link" in found.err
    assert before == (contents(elsewhere) if elsewhere.is_dir() else elsewhere.read_bytes())


@pytest.mark.parametrize("command", ["generate", "check", "diff"])
def test_nothing_is_written_when_any_vendor_is_broken(command: str, run: Run, generated: Path) -> None:
    """All problems of all vendors are shown, and the good ones are not written either."""
    before = contents(generated)
    write_vendor(Path("specs"), "demo", VENDOR_SPEC.replace("Look a job up.", "Find a job."))
    write_vendor(Path("specs"), "bad", VENDOR_SPEC.replace("operationId: get_job", "x-none: 1"))
    write_vendor(Path("specs"), "worse", VENDOR_SPEC.replace("#/components/schemas/Job", "#/components/schemas/Jobs"))
    found = run(command)

    assert found.code == 2
    assert "specs/bad/openapi.yaml" in found.err
    assert "specs/worse/openapi.yaml" in found.err
    assert before == contents(generated)


def test_an_interrupted_run_leaves_whole_files_and_the_next_one_completes_it(
    run: Run, generated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever writing ends, each file is the old or the new one, and no file becomes a stranger."""
    old = contents(generated)
    shutil.copytree(generated, tmp_path / "before")
    write_vendor(Path("specs"), "demo", VENDOR_SPEC.replace("Look a job up.", "Find a job."))
    write_vendor(Path("specs"), "other")
    assert run("generate").code == 0
    new = contents(generated)
    steps = sum(old.get(path) != text for path, text in new.items())
    for survived in range(steps):
        shutil.rmtree(generated)
        shutil.copytree(tmp_path / "before", generated)
        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", _failing_after(survived, os.replace))
            assert run("generate").code == 130
        for path, text in contents(generated).items():
            assert text in (old.get(path), new.get(path)), path
        assert run("generate").code == 0
        assert new == contents(generated)


def test_an_interrupted_removal_is_completed_by_the_next_run(
    run: Run, generated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that are on their way out are known until they are gone."""
    left = contents(generated)
    for survived in range(5):
        spec = write_vendor(Path("specs"), "other")
        assert run("generate").code == 0
        spec.unlink()
        with monkeypatch.context() as patch:
            patch.setattr(Path, "unlink", _failing_after(survived, Path.unlink))
            assert run("generate").code == 130
        assert run("generate").code == 0
        assert left == contents(generated)


def _failing_after(survived: int, original: Callable[..., None]) -> Callable[..., None]:
    count = iter(range(survived))

    def step(*arguments: object) -> None:
        if next(count, None) is None:
            raise KeyboardInterrupt
        original(*arguments)

    return step


def test_what_a_killed_run_left_half_written_is_removed(run: Run, generated: Path) -> None:
    """A file that was never finished belongs to the generator."""
    half = generated / "jobclients/demo/.vendorsmith-abc"
    half.write_text("half", encoding="utf-8")

    assert run("generate").code == 0
    assert not half.exists()


def test_a_folder_that_cannot_be_written_is_an_error_in_words(
    run: Run, generated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is named, with the reason that the system gives."""
    CLIENT.unlink()

    def refuse(source: str, target: Path) -> None:
        raise PermissionError(13, "Permission denied", str(target))

    monkeypatch.setattr(os, "replace", refuse)
    found = run("generate")

    assert (2, "error: cannot write generated/jobclients/demo/client.py: Permission denied\n") == (
        found.code,
        found.err,
    )
    assert [] == list(generated.rglob(".vendorsmith-*"))


@pytest.mark.parametrize("path", ["generated", "generated/jobclients", "generated/jobclients/demo"])
def test_a_file_where_a_folder_should_be(path: str, run: Run) -> None:
    """The file is named and kept."""
    write_vendor(Path("specs"), "demo")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text("mine", encoding="utf-8")
    found = run("generate")

    assert found.code == 2
    assert path in found.err
    assert found.err.startswith("error: ")
    assert "mine" == Path(path).read_text(encoding="utf-8")


def test_the_shortcut_notices_everything_that_counts(run: Run, generated: Path) -> None:
    """A changed spec, an edited file, a lost page and another package name are all generated again."""
    assert "1 up to date" in run("generate").out
    write_vendor(Path("specs"), "demo", VENDOR_SPEC + "# a remark\n")
    assert "0 up to date" in run("generate").out
    CLIENT.write_text("edited = True\n", encoding="utf-8")
    assert "0 up to date" in run("generate").out
    assert "edited" not in CLIENT.read_text(encoding="utf-8")
    Path("generated/reference/demo.md").unlink()
    assert "0 up to date; 1 file written" in run("generate").out
    assert "0 up to date" in run("generate", "--output", "elsewhere", "--package", "acme").out
