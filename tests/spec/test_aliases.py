"""Files: YAML or JSON by their name, and how deep and how many the aliases of YAML may be."""

from __future__ import annotations

from pathlib import Path

import pytest
from vendorsmith.diagnostics import Diagnostics
from vendorsmith.spec.source import load, parse
from vendorsmith.spec.source_map import MAX_ALIASED, MAX_DEPTH


def codes(text: str) -> list[str]:
    """The codes of what is said of a YAML text."""
    diagnostics = Diagnostics()
    parse(text, "openapi.yaml", diagnostics)
    return [diagnostic.code for diagnostic in diagnostics]


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}")])
def test_an_alias_counts_as_deep_as_what_it_stands_for(opening: str, closing: str) -> None:
    """The root, the lists or objects around the alias, and those of its anchor are as many as may be; then one more."""

    def nested(depth: int, inner: str) -> str:
        return opening * depth + inner + closing * depth

    anchored = f"a: &a {nested(100, '1')}\n"

    assert codes(f"{anchored}b: {nested(MAX_DEPTH - 101, '*a')}") == []
    assert codes(f"{anchored}b: {nested(MAX_DEPTH - 100, '*a')}") == ["too-deep"]
    assert codes(f"a: {nested(MAX_DEPTH - 1, '1')}") == []
    assert codes(f"a: {nested(MAX_DEPTH, '1')}") == ["too-deep"]


@pytest.mark.parametrize(
    "anchored", ["[1, 2, 3, 4, 5, 6, 7, 8, 9]", "{a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8, i: 9}"]
)
def test_aliases_stand_for_so_many_values_at_most(anchored: str) -> None:
    """Each alias of a list or an object of nine stands for ten."""
    most = MAX_ALIASED // 10
    text = f"a: &a {anchored}\nb: [{', '.join(['*a'] * most)}]\n"

    assert codes(text) == []
    assert codes(f"{text}c: *a\n") == ["alias-bomb"]


@pytest.mark.parametrize(
    ("name", "strict"),
    [
        ("a.json", True),
        ("a.JSON", True),
        ("a.yaml", False),
        ("a.yml", False),
        ("a", False),
        ("a.jso", False),
        ("a.JS", False),
    ],
)
def test_a_file_is_json_by_its_name(name: str, strict: bool, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_text("openapi: 3.1.0\n", encoding="utf-8")

    assert (load(file, Diagnostics()) is None) is strict
