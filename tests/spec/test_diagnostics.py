"""How problems are collected and shown."""

from __future__ import annotations

import pytest
from vendorsmith.diagnostics import Diagnostic, Diagnostics, Place, SpecError, plural, printable, quote, render

TEXT = "openapi: 3.1.0\ninfo:\n  title: Jobs\n"
TITLE = Place("openapi.yaml", 3, 10, "/info/title")


def test_a_problem_is_shown_with_its_line_and_a_caret() -> None:
    diagnostics = Diagnostics()
    diagnostics.add("bad-title", "this is not a title", TITLE, "write another")

    assert render(diagnostics, {"openapi.yaml": TEXT}) == (
        "error[bad-title]: this is not a title\n"
        " --> openapi.yaml:3:10 (#/info/title)\n"
        "  |\n"
        "3 |   title: Jobs\n"
        "  |          ^\n"
        "  = hint: write another\n"
        "\n"
        "1 error\n"
    )


def test_problems_come_in_the_order_of_the_text_and_once() -> None:
    diagnostics = Diagnostics()
    diagnostics.add("b", "later", Place("a.yaml", 10, 1, ""))
    diagnostics.warn("a", "of no file", None)
    for _ in range(2):
        diagnostics.add("c", "earlier", Place("a.yaml", 9, 5, ""))

    assert [diagnostic.code for diagnostic in diagnostics] == ["a", "c", "b"]
    assert len(diagnostics) == 3
    assert render(diagnostics, {}).endswith("\n2 errors, 1 warning\n")


def test_warnings_alone_are_no_errors() -> None:
    diagnostics = Diagnostics()
    assert not diagnostics
    assert render(diagnostics, {}) == ""
    diagnostics.warn("a", "a warning", None)

    assert diagnostics
    assert not diagnostics.errors
    assert list(diagnostics) == [Diagnostic("a", "a warning", None, severity="warning")]


def test_collectors_can_be_joined() -> None:
    one, other = Diagnostics(), Diagnostics()
    one.add("a", "same", None)
    other.add("a", "same", None)
    other.add("b", "new", None)
    one.extend(other)

    assert [diagnostic.code for diagnostic in one] == ["a", "b"]


def test_the_exception_says_all() -> None:
    diagnostics = Diagnostics()
    diagnostics.add("a", "one thing", None)

    assert str(SpecError(diagnostics)) == "error[a]: one thing\n\n1 error\n"
    assert SpecError(diagnostics).diagnostics is diagnostics


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\r\n::error ::b", "a\\r\\n::error ::b"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("a\u2028b\u0085c\x00d", "a\\u2028b\\x85c\\x00d"),
        ("\U000e0001", "\\U000e0001"),
        ("日本 é 😀", "日本 é 😀"),
    ],
)
def test_nothing_shown_acts_on_a_terminal(text: str, shown: str) -> None:
    """Control characters, reordering and line ends appear as escapes wherever text of the input is printed."""
    diagnostics = Diagnostics()
    diagnostics.add("a", text, Place(text, 1, 1, "/" + text), text)

    assert printable(text) == shown
    lines = render(diagnostics, {text: text.replace("\r\n", " ")}).split("\n")
    assert lines[0] == f"error[a]: {shown}"
    assert lines[1] == f" --> {shown}:1:1 (#/{shown})"
    assert all(line.isprintable() for line in lines)


def test_the_caret_counts_cells_and_not_characters() -> None:
    """Wide and combining characters, tabs and escapes before the column move the caret as they move the text."""
    line = "a\t日e\u0301\x07X"
    diagnostics = Diagnostics()
    diagnostics.add("a", "here", Place("f", 1, line.index("X") + 1, ""))
    shown, caret = render(diagnostics, {"f": line}).split("\n")[3:5]

    assert shown == "1 | a 日e\u0301\\x07X"
    assert caret == "  |          ^"


@pytest.mark.parametrize("column", [1, 60, 5_000, 9_999, 10_000])
def test_long_lines_are_cut_around_the_column(column: int) -> None:
    line = "".join(str(index % 10) for index in range(10_000))
    diagnostics = Diagnostics()
    diagnostics.add("a", "m" * 5_000, Place("f", 1, column, "/" + "p" * 5_000), "h" * 5_000)
    text = render(diagnostics, {"f": line})
    shown, caret = text.split("\n")[3:5]

    assert shown[caret.index("^")] == line[column - 1]
    assert all(len(printed) < 700 for printed in text.split("\n"))


def test_a_place_outside_of_the_text_shows_no_line() -> None:
    diagnostics = Diagnostics()
    diagnostics.add("a", "here", Place("f", 7, 1, ""))

    assert render(diagnostics, {"f": "one line"}) == "error[a]: here\n --> f:7:1\n\n1 error\n"


def test_words() -> None:
    assert (plural(1, "error"), plural(0, "error")) == ("1 error", "0 errors")
    assert quote("short") == '"short"'
    assert quote("x" * 100, 20) == f'"{"x" * 8}...{"x" * 8}"'


def test_of_very_many_problems_the_rest_is_counted() -> None:
    """Errors come before warnings where not all can be shown."""
    diagnostics = Diagnostics()
    for line in range(1, 500):
        diagnostics.warn("some-code", f"warning {line}", Place("a.yaml", line, 1, ""))
    diagnostics.add("some-code", "the error", Place("z.yaml", 1, 1, ""))
    text = render(diagnostics, {})

    assert 200 == text.count("[some-code]")
    assert "the error" in text
    assert text.endswith("\n\nand 300 more\n\n1 error, 499 warnings\n")
