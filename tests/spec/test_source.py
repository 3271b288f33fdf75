"""Loading: what comes out, where it is, and that nothing breaks it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vendorsmith.diagnostics import Diagnostics, Place, render
from vendorsmith.spec.source import MAX_BYTES, Document, load, parse, snippet_text

VALID = """\
openapi: 3.1.0
info:
  title: Jobs # a comment
  version: "1"
paths:
  /jobs/{id}: &path
    get:
      operationId: get_job
      parameters: [{name: id, in: path, required: true}]
      responses:
        200: {description: One job.}
  /tasks/{id}: *path
"""


def read(text: str, *, strict_json: bool = False) -> Document:
    diagnostics = Diagnostics()
    document = parse(text, "openapi.yaml", diagnostics, strict_json=strict_json)
    assert list(diagnostics) == []
    assert document is not None
    return document


def codes(text: str, *, strict_json: bool = False) -> list[str]:
    diagnostics = Diagnostics()
    parse(text, "openapi.yaml", diagnostics, strict_json=strict_json)
    return [diagnostic.code for diagnostic in diagnostics]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"), ("yes", "yes"), ("on", "on"), ("NO", "NO"), ("y", "y"),
        ("017", "017"), ("-07", "-07"), ("1:30", "1:30"), ("2012-01-01", "2012-01-01"), ("1_000", "1_000"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None), ("Null", None),
        ("12", 12), ("-3", -3), ("+4", 4), ("0", 0), ("0o17", 15), ("0xff", 255), ("0b1", "0b1"),
        ("1.10", 1.1), ("1e3", 1000.0), (".5", 0.5), ("5.", 5.0), ("-1.5E-2", -0.015), ("1.2.3", "1.2.3"),
        ("3.1.0", "3.1.0"), ("+", "+"), (".", "."), ("e5", "e5"), ("'12'", "12"), ('"true"', "true"),
        ("!!str 12", "12"), ("!!int 12", 12), ("! 12", "12"), ("=", "="), ("Infinity", "Infinity"),
        ("9007199254740993", 9007199254740993),
    ],
)  # fmt: skip
def test_scalars_are_read_as_yaml_1_2_does(written: str, value: object) -> None:
    """Words, times, dates and octals of YAML 1.1 stay the text that they are."""
    found = read(f"x: {written}\n").data["x"]

    assert found == value
    assert type(found) is type(value)


def test_keys_are_always_text() -> None:
    """A status that is written as a number is the key that OpenAPI means."""
    assert list(read("200: a\n4XX: b\ntrue: c\nno: d\n1.5: e\nnull: f\n").data) == [
        "200", "4XX", "true", "no", "1.5", "null",
    ]  # fmt: skip


@pytest.mark.parametrize("key", ["k" * 1100, f'"{"k" * 1100}"'])
def test_a_key_that_is_too_long_for_yaml_is_told_as_that(key: str) -> None:
    diagnostics = Diagnostics()
    parse(f"a: 1\n{key}: 2\n", "openapi.yaml", diagnostics, strict_json=False)
    (diagnostic,) = diagnostics

    assert diagnostic.message == "a key may have at most 1024 characters"
    assert diagnostic.place == Place("openapi.yaml", 2, 1, "")


def test_order_is_kept() -> None:
    assert list(read("b: 1\na: 2\nc: 3\n").data) == ["b", "a", "c"]


def test_places_of_values_and_keys() -> None:
    """A pointer leads to the line and column of its value, and of its key."""
    document = read(VALID)

    assert document.place("/info/title") == Place("openapi.yaml", 3, 10, "/info/title")
    assert document.key_place("/info/title") == Place("openapi.yaml", 3, 3, "/info/title")
    assert document.place("/paths/~1jobs~1{id}/get/parameters/0/in").column == 35
    assert document.place("") == Place("openapi.yaml", 1, 1, "")


def test_the_place_of_what_is_missing_is_its_nearest_parent() -> None:
    document = read(VALID)

    assert document.place("/info/licence/name").line == document.place("/info").line
    assert document.place("/paths/~1jobs~1{id}/get/parameters/7").line == 9
    assert document.place("/info/title/0").line == 3


def test_lines_are_those_of_an_editor() -> None:
    """Only line feeds, carriage returns and both together end a line; wide characters count as one column."""
    document = read('a: "\u2028\u0085"\r\nb: "日本"\r\nc: "😀": \r\n'.replace(": \r\n", "\r\n"))

    assert [document.key_place(pointer).line for pointer in ("/a", "/b", "/c")] == [1, 2, 3]


def test_an_alias_is_a_copy_at_its_own_place() -> None:
    document = read(VALID)
    paths = document.data["paths"]
    assert isinstance(paths, dict)

    assert paths["/tasks/{id}"] == paths["/jobs/{id}"]
    assert paths["/tasks/{id}"] is not paths["/jobs/{id}"]
    assert document.place("/paths/~1tasks~1{id}").line == 12
    assert document.place("/paths/~1tasks~1{id}/get/operationId").line == 8


def test_an_alias_does_not_hide_depth() -> None:
    deep = "[" * 150 + "]" * 150

    assert codes(f"a: &a {deep}\nb: " + "[" * 100 + "*a" + "]" * 100) == ["too-deep"]


def test_the_value_at_a_pointer() -> None:
    document = read(VALID)

    assert document.at("/paths/~1jobs~1{id}/get/responses/200/description") == "One job."
    assert document.at("/paths/~1jobs~1{id}/get/parameters/0/name") == "id"
    with pytest.raises(KeyError):
        document.at("/paths/~1jobs~1{id}/get/parameters/01")
    with pytest.raises(KeyError):
        document.at("/info/title/0")


def test_repeated_keys_leave_a_document() -> None:
    """The first of them counts, so that the rest of the document is checked in the same run."""
    diagnostics = Diagnostics()
    document = parse("a: 1\na: {b: [2]}\nc: 3\n", "openapi.yaml", diagnostics)

    assert [diagnostic.code for diagnostic in diagnostics] == ["duplicate-key"]
    assert document is not None
    assert document.data == {"a": 1, "c": 3}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"a": 1} 2', "json-syntax"), ('{"a": 01}', "json-syntax"), ('{"a": .5}', "json-syntax"),
        ('{"a": +1}', "json-syntax"), ("{'a': 1}", "json-syntax"), ('{"a": -Infinity}', "json-syntax"),
        ('{"a": 1e999}', "bad-number"), ('{"a": "\\x41"}', "json-syntax"), ('{"a": "\\ud800"}', "bad-character"),
        ('{"a": "\t"}', "json-syntax"), ('{"a": }', "json-syntax"), ('{"a": 1', "json-syntax"),
        ('{"a": [1,]}', "json-syntax"), ('{"a": [1 2]}', "json-syntax"), ('{"a" 1}', "json-syntax"),
        ("[1]", "not-an-object"), ("a: 1", "json-syntax"), ('{"a": 1, "a": 2}', "duplicate-key"),
        ("[" * 300, "too-deep"), ("\f{}", "json-syntax"),
    ],
)  # fmt: skip
def test_json_is_read_strictly(text: str, code: str) -> None:
    assert codes(text, strict_json=True) == [code]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_json_means_what_the_standard_library_says(value: object) -> None:
    """Whatever is valid JSON comes out as `json` reads it, at any indentation."""
    for indent in (None, 2):
        text = json.dumps({"x": value}, ensure_ascii=indent is None, indent=indent)

        assert read(text, strict_json=True).data == {"x": value}


def test_a_missing_file(tmp_path: Path) -> None:
    diagnostics = Diagnostics()

    assert load(tmp_path / "openapi.yaml", diagnostics, name="openapi.yaml") is None
    assert render(diagnostics, {}) == ("error[no-such-file]: there is no such file\n --> openapi.yaml:1:1\n\n1 error\n")


def test_a_directory_and_a_pipe_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    for path in (tmp_path, tmp_path / "pipe.yaml"):
        diagnostics = Diagnostics()

        assert load(path, diagnostics) is None
        assert [diagnostic.code for diagnostic in diagnostics] == ["not-a-file"]
        assert snippet_text(path) == ""


def test_a_link_must_stay_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("a: 1")
    folder = tmp_path / "vendor"
    folder.mkdir()
    (folder / "openapi.yaml").symlink_to("../secret.yaml")
    (folder / "real.yaml").write_text("a: 1")
    (folder / "near.yaml").symlink_to("real.yaml")
    (folder / "loop.yaml").symlink_to("loop.yaml")
    diagnostics = Diagnostics()

    assert load(folder / "openapi.yaml", diagnostics) is None
    assert [diagnostic.code for diagnostic in diagnostics] == ["symlink"]
    assert snippet_text(folder / "openapi.yaml") == ""
    assert load(folder / "near.yaml", Diagnostics()) is not None
    assert load(folder / "loop.yaml", Diagnostics()) is None


def test_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    diagnostics = Diagnostics()

    assert load(tmp_path / "a\0b.yaml", diagnostics) is None
    assert [diagnostic.code for diagnostic in diagnostics] == ["unreadable-file"]


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "openapi.yaml"
    with path.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    diagnostics = Diagnostics()

    assert load(path, diagnostics) is None
    assert [diagnostic.code for diagnostic in diagnostics] == ["file-too-large"]
    assert [diagnostic.message for diagnostic in diagnostics] == ["the file is larger than 32 MiB"]


def test_the_name_shown_is_relative_to_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "openapi.yaml").write_text("a: 1")
    absolute = load(tmp_path / "specs" / "openapi.yaml", Diagnostics())
    relative = load(Path("specs/openapi.yaml"), Diagnostics())

    assert absolute is not None
    assert relative is not None
    assert absolute.file == relative.file == "specs/openapi.yaml"


TOKENS = st.sampled_from(
    ["a", "b: ", "- ", "\n", "\n  ", "\n    ", "\t", "'", '"', "[", "]", "{", "}", ",", ": ", "? ", "&x ", "*x"]
) | st.sampled_from(
    [
        *"😀\x85\u2028\r~@`\ufeff\x00",
        "\r\n",
        "1e9",
        "0o7",
        "null",
        "!!str ",
        "!t ",
        "<<: ",
        "| ",
        "> ",
        "#",
        "---\n",
        "...\n",
        "%YAML 1.1\n",
        "200",
        ".nan",
        "\\",
        "\\u",
        "é",
    ]
)


def check_anything(path: Path, raw: bytes) -> None:
    path.write_bytes(raw)
    diagnostics = Diagnostics()
    document = load(path, diagnostics)

    assert (document is None) <= diagnostics.errors
    text = snippet_text(path) if document is None else document.text
    for diagnostic in diagnostics:
        assert diagnostic.place is not None
        assert 1 <= diagnostic.place.line <= text.count("\n") + text.count("\r") + 1
        assert diagnostic.place.column >= 1
    shown = render(diagnostics, {diagnostic.place.file: text for diagnostic in diagnostics if diagnostic.place})
    assert all(line.isprintable() for line in shown.split("\n"))
    assert "Traceback" not in shown


@given(raw=st.binary(max_size=200))
def test_any_bytes_give_a_document_or_problems(raw: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp()
    for name in ("any.yaml", "any.json"):
        check_anything(folder / name, raw)


@settings(max_examples=150)
@given(pieces=st.lists(TOKENS, max_size=40))
def test_any_yaml_like_text_gives_a_document_or_problems(
    pieces: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    for name in ("like.yaml", "like.json"):
        check_anything(folder / name, "".join(pieces).encode())


@settings(max_examples=150)
@given(at=st.integers(0, len(VALID)), length=st.integers(0, 4), piece=TOKENS)
def test_any_change_to_a_good_spec_gives_a_document_or_problems(
    at: int, length: int, piece: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    changed = VALID[:at] + piece + VALID[at + length :]
    check_anything(tmp_path_factory.getbasetemp() / "changed.yaml", changed.encode())
