"""The lines of a suite: where one that is too long goes on in the next."""

from __future__ import annotations

import pytest
from vendorsmith.emit.contract import wrapped

A = "a" * 100


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('call("a", b=1).sends("GET /"),', ['call("a", b=1).sends("GET /"),']),
        # 156 columns are there beside the indentation, and 157 are not.
        (f'call("{A}").sends("{"b" * 37}"),', [f'call("{A}").sends("{"b" * 37}"),']),
        (f'call("{A}").sends("{"b" * 38}"),', [f'call("{A}")', f'    .sends("{"b" * 38}"),']),
        (f'call("{A}", "{"b" * 43}"),', [f'call("{A}", "{"b" * 43}"),']),
        (f'call("{A}", "{"b" * 44}"),', [f'call("{A}",', f'        "{"b" * 44}"),']),
        # Of a call that begins a line of its own, four go to its indentation.
        (f'call("{A}").sends("{A}", "{"b" * 37}"),', [f'call("{A}")', f'    .sends("{A}", "{"b" * 37}"),']),
        (f'call("{A}").sends("{A}", "{"b" * 38}"),', [f'call("{A}")', f'    .sends("{A}",', f'        "{"b" * 38}"),']),
        (f'call("{A}").sends("{A}", "{"b" * 41}"),', [f'call("{A}")', f'    .sends("{A}",', f'        "{"b" * 41}"),']),
        # The third call is behind the second, where it has room there.
        (f'call("{A}").then("{A}").ends(1),', [f'call("{A}")', f'    .then("{A}").ends(1),']),
        (f'call("{A}", "{A}").ends(1),', [f'call("{A}",', f'        "{A}").ends(1),']),
        # Commas in brackets count; commas, dots and brackets in texts do not, nor does a dot in brackets.
        (f'call(["{A}", 1], k={{"{A}": (2, 3)}}),', [f'call(["{A}", 1],', f'        k={{"{A}": (2, 3)}}),']),
        (f'call("{A}", ("b", "{A}")),', [f'call("{A}", ("b",', f'        "{A}")),']),
        (f'call("{A},).(" "{A}"),', [f'call("{A},).("', f'        "{A}"),']),
        (f"call('{A}' \"{A}\"),", [f"call('{A}'", f'        "{A}"),']),
        (f'call(at("{A}").day, "{A}"),', [f'call(at("{A}").day,', f'        "{A}"),']),
        (f'call("{A}{A}").ends(1),', [f'call("{A}{A}")', "    .ends(1),"]),
    ],
)
def test_a_line_goes_on_where_it_may_be_broken(text: str, lines: list[str]) -> None:
    assert [
        line.removeprefix("    ") if number else line for number, line in enumerate(wrapped(text).split("\n"))
    ] == lines
