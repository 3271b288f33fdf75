"""Changes to a document: what is left, and where its parts are in the file."""

from __future__ import annotations

from spec.small import read
from vendorsmith.spec.published.edits import Edits

DATA = {"a": {"b": [0, {"c": 1}, 2, {"d": 3}], "e": {"f": 4}}, "g": 5}


def test_changes() -> None:
    """Items move up where one is removed, an entry moves to another key, and what is inside of both stays itself."""
    document, edits = read(DATA), Edits()
    edits.remove("/a/b/0")
    edits.remove("/a/b/3/d")
    edits.set("/a/b/4", "added")
    edits.move("/a/e", "h", DATA["a"]["e"])  # type: ignore[index]
    edits.set("/g", {"new": True})
    edits.remove("/g")
    changed = edits.applied(document)

    assert changed.data == {"a": {"b": [{"c": 1}, 2, {}, "added"], "h": {"f": 4}}, "g": {"new": True}}
    assert changed.place("/a/b/0/c") == document.place("/a/b/1/c")
    assert changed.place("/a/b/2") == document.place("/a/b/3")
    assert changed.place("/a/h/f") == document.place("/a/e/f")
    assert changed.place("/a/h/f").subject == "/a/h/f"
    assert document.data == DATA
    assert edits.gone("/a/b/0/x")
    assert not edits.gone("/a/b/1")


def test_nothing() -> None:
    assert not Edits()
