"""Overlays from the command line and in a vendor's folder: the published document stays as it is."""

from __future__ import annotations

import json
from pathlib import Path

from vendorsmith import incremental_build
from vendorsmith.discovery import discover, overlays_of

from .conftest import Run
from .support import completed, operation, write_spec

PUBLISHED = completed("paths: {}") | {"paths": {"/runs/{id}": {"get": operation("GetRunUsingGET")}}}
PARAMETER = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
FIX = f"""\
overlay: 1.1.0
info: {{title: What the published document lacks, version: "1"}}
actions:
  - target: $.paths.*.get
    update: {{operationId: get_run, parameters: [{json.dumps(PARAMETER)}]}}
"""
RENAMED = """\
overlay: 1.1.0
info: {title: Names, version: "1"}
actions:
  - {target: $.paths.*.get.operationId, update: read_run}
"""


def vendor(folder: Path, **overlays: str) -> Path:
    """The spec of a vendor that was published, beside overlays."""
    spec = write_spec(folder, PUBLISHED)
    for name, text in overlays.items():
        (folder / name.replace("_", ".")).write_text(text, encoding="utf-8")
    return spec


def test_a_single_document_is_changed_by_overlays_in_order(run: Run, tmp_path: Path) -> None:
    """The document itself is read only; each overlay sees what the one before it made."""
    spec = vendor(tmp_path / "a", fix_yaml=FIX, names_yaml=RENAMED)
    published = spec.read_bytes()
    done = run("ir", "a/openapi.json", "--overlay", "a/fix.yaml", "--overlay", "a/names.yaml")
    generated = run("generate", "a/openapi.json", "--overlay", "a/fix.yaml", "--output", "out", "--package", "acme")

    assert ["read_run"] == [found["id"] for found in json.loads(done.out)["vendors"]["a"]["operations"]]
    assert generated.code == 0
    assert "def get_run(" in Path("out/acme/a/client.py").read_text(encoding="utf-8")
    assert published == spec.read_bytes()
    # Without its overlays the document is another one, which the files are not from.
    assert run("check", "a/openapi.json", "--output", "out", "--package", "acme").code == 1


def test_the_overlays_of_a_vendor_are_in_its_folder(run: Run, tmp_path: Path) -> None:
    """`overlay.yaml` comes first and the others by name; a published document needs no evidence."""
    spec = vendor(tmp_path / "specs/acme", overlay_yaml=FIX, a_overlay_json="{}", names_overlay_yml=RENAMED)
    assert ["overlay.yaml", "a.overlay.json", "names.overlay.yml"] == [file.name for file in overlays_of(spec)]
    (spec.parent / "a.overlay.json").unlink()
    (spec.parent / "notes.yaml").write_text("not: read", encoding="utf-8")
    done = run("generate")

    assert (0, "") == (done.code, done.err)
    assert "def read_run(" in Path("generated/jobclients/acme/client.py").read_text(encoding="utf-8")
    assert Path("generated/contract_tests/test_acme.py").exists()
    assert run("check").code == 0


def test_a_mistake_is_shown_in_the_file_that_has_it(run: Run, tmp_path: Path) -> None:
    """With the line of the overlay where an overlay wrote the value, and of the document elsewhere."""
    wrong = FIX.replace('"in": "path"', '"in": "nowhere"')
    vendor(tmp_path / "specs/acme", overlay_yaml=wrong)
    done = run("generate")

    assert done.code == 2
    assert " --> specs/acme/overlay.yaml:5:" in done.err
    assert '"in": "nowhere"' in done.err
    assert " --> specs/acme/openapi.json:1:" in done.err


def test_a_change_of_an_overlay_is_noticed(tmp_path: Path) -> None:
    """A client is generated anew where an overlay is changed, comes or goes."""
    spec = vendor(tmp_path / "specs/acme", overlay_yaml=FIX)

    def key() -> str:
        (target,) = discover([], tmp_path / "specs")
        return incremental_build._key(target, "sources")

    keys = [key()]
    (spec.parent / "overlay.yaml").write_text(f"{FIX}# A remark.\n", encoding="utf-8")
    keys.append(key())
    (spec.parent / "names.overlay.yaml").write_text(RENAMED, encoding="utf-8")
    keys.append(key())
    (spec.parent / "overlay.yaml").unlink()
    keys.append(key())

    assert len(set(keys)) == 4


def test_overlays_are_named_where_they_belong(run: Run, tmp_path: Path) -> None:
    """An option that would have no effect, or another than is meant, is refused."""
    vendor(tmp_path / "specs/acme", fix_yaml=FIX)
    write_spec(tmp_path / "b", PUBLISHED)
    of_vendor = run("generate", "acme", "--overlay", "specs/acme/fix.yaml")
    of_two = run("ir", "b/openapi.json", "specs/acme/openapi.json", "--overlay", "specs/acme/fix.yaml")
    missing = run("ir", "b/openapi.json", "--overlay", "b/none.yaml")

    assert "error: --overlay changes a single document; the overlay of a vendor is overlay.yaml in its" in of_vendor.err
    assert "error: --overlay changes one document" in of_two.err
    assert "error[no-such-file]: there is no such file\n --> b/none.yaml:1:1" in missing.err
    assert [2, 2, 2] == [of_vendor.code, of_two.code, missing.code]


def test_a_folder_has_one_document(run: Run, tmp_path: Path) -> None:
    """Which of two would be meant is not guessed."""
    spec = vendor(tmp_path / "specs/acme", overlay_yaml=FIX)
    spec.with_name("openapi.yaml").write_bytes(spec.read_bytes())
    done = run("generate")

    assert (2, "error: specs/acme/ has openapi.yaml and openapi.json; keep one of them\n") == (done.code, done.err)


def test_a_change_of_a_file_that_a_spec_refers_to_is_noticed(run: Run, tmp_path: Path) -> None:
    """The client of a vendor is generated anew; a single document that refers to files is always read."""
    get = operation("get_run") | {"responses": {"200": {"$ref": "parts/run.yaml"}}}
    spec = write_spec(tmp_path / "specs/acme", completed("paths: {}") | {"paths": {"/runs": {"get": get}}})
    (spec.parent / "parts").mkdir()
    (spec.parent / "parts/run.yaml").write_text("description: A run.\n", encoding="utf-8")
    single = ("generate", "specs/acme/openapi.json", "--output", "out", "--package", "acme")
    first, second, alone, again = run("generate"), run("generate"), run(*single), run(*single)
    (spec.parent / "parts/run.yaml").write_text("description: One run.\n", encoding="utf-8")
    third = run("generate")

    assert "1 vendor generated, 0 up to date" in first.out
    assert "0 vendors generated, 1 up to date" in second.out
    assert "1 vendor generated, 0 up to date" in third.out
    assert ["1 vendor generated, 0 up to date"] * 2 == [done.out.partition(";")[0] for done in (alone, again)]


def test_operations_are_selected_from_the_command_line(run: Run, tmp_path: Path) -> None:
    """The package has what was asked for, another selection is another package, and a vendor says it in its folder."""
    paths = {f"/{name}": {"get": operation(f"get_{name}", tags=[name])} for name in ("runs", "pets", "users")}
    write_spec(tmp_path / "a", completed("paths: {}") | {"paths": paths})
    written = ("a/openapi.json", "--output", "out", "--package", "acme")
    both = run("generate", *written, "--tag", "runs", "--operation", "get_pets")
    client = Path("out/acme/a/client.py").read_text(encoding="utf-8")
    one = run("check", *written, "--path", "/runs")
    nothing = run("generate", *written, "--tag", "run")
    vendor(tmp_path / "specs/acme", fix_yaml=FIX)
    of_vendor = run("generate", "--tag", "runs")
    several = run("ir", "a/openapi.json", "specs/acme/openapi.json", "--path", "/runs")

    assert (0, 1, 2, 2, 2) == (both.code, one.code, nothing.code, of_vendor.code, several.code)
    assert ("def get_runs(" in client, "def get_pets(" in client, "def get_users(" in client) == (True, True, False)
    assert 'error[selection-no-match]: no operation has the tag "run"\n  = hint: did you mean "runs"?' in nothing.err
    assert "no-operations" not in nothing.err
    assert "x-selection" in of_vendor.err
    assert "select from one document" in several.err


def test_mistakes_cost_a_published_document_little_and_an_overlay_all(run: Run, tmp_path: Path) -> None:
    """A reference of the vendor's that leads nowhere is any value; one that an overlay writes is an error."""
    schema = {"$ref": "parts.yaml#/Gone"}
    get = operation("get_run")
    get["responses"]["200"]["content"] = {"application/json": {"schema": {"$ref": "parts.yaml#/Run"}}}
    spec = write_spec(tmp_path / "specs/acme", completed("paths: {}") | {"paths": {"/runs": {"get": get}}})
    (spec.parent / "parts.yaml").write_text(f"Run: {{type: object, properties: {{a: {schema}}}}}\n", encoding="utf-8")
    head = 'overlay: 1.1.0\ninfo: {title: Fix, version: "1"}\nactions:\n'
    overlay = spec.parent / "overlay.yaml"
    overlay.write_text(head + "  - {target: $.info, update: {title: Runs}}\n", encoding="utf-8")
    published = run("generate", "-v")
    overlay.write_text(f"{head}  - {{target: $.components.schemas.Run.properties, update: {{b: {schema}}}}}\n", "utf-8")
    wrong = run("generate")

    assert published.code == 0
    assert "warning[ref-not-found]" in published.err
    assert "--> specs/acme/parts.yaml:1:" in published.err
    assert wrong.code == 2
    assert "error[ref-not-found]: there is nothing at" in wrong.err
    assert "--> specs/acme/overlay.yaml:4:" in wrong.err
