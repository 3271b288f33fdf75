"""Patterns of specifications: linear, or refused."""

from __future__ import annotations

import pytest
from jobclients_core.jobs import FieldRule
from jobclients_core.patterns import MAX_TEXT, check_pattern, extract

GOOD = {
    r"finished in (?P<value>[0-9.]+) seconds": ("it finished in 1.5 seconds", "1.5"),
    r"at (?P<value>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^ ]*)$": (
        "at 2017-01-12 23:52:34+00:00",
        "2017-01-12 23:52:34+00:00",
    ),
    r"(?P<value>\d+) ?%": ("ran 50 % of", "50"),
    r"(?:started|ended) at (?P<value>[0-9:]+)": ("ended at 10:11", "10:11"),
    r"^(?P<value>[^ ]+) [^ ]+$": ("a b", "a"),
    r"x{2,3}y(?P<value>.*)$": ("xxyz", "z"),
    r"\[(?P<value>[^\]]*)\]": ("a [b] c", "b"),
}

BAD = [
    r"(?P<value>(a+)+)$",
    r"(?P<value>(a|a)*)$",
    r"(?P<value>(a|aa){2,})$",
    r"(?P<value>a+)\1",
    r"(?P<value>a)(?P=value)",
    r"(?=a)(?P<value>a)",
    r"(?<!a)(?P<value>a)",
    r"(?P<value>.*).*x",
    r"\d*\d*(?P<value>x)",
    r"a?a?a?(?P<value>b)",
    r"(?P<value>.+?)x",
    r"(?P<value>a++)x",
    r"(?P<value>a+)(?:b|ac)",
    r"(?P<value>\w+ *\w+)x",
    r"(?i)(?P<value>a)",
    r"(?P<value>(?i:a))",
    r"(?(1)a|b)(?P<value>a)",
    r"(?P<value>a",
    r"(?P<value>[a",
    r"\b(?P<value>a)",
    r"(?P<other>a)",
    r"a+",
    "",
    "(?:a|a)" * 6 + "(?P<value>b)",
    "a" * 501 + "(?P<value>a)",
    r"(?P<value>a{99999})",
]


@pytest.mark.parametrize("pattern", GOOD)
def test_good(pattern: str) -> None:
    assert check_pattern(pattern) is None
    text, value = GOOD[pattern]
    assert extract(pattern, text) == value
    assert extract(pattern, "") is None


@pytest.mark.parametrize("pattern", BAD)
def test_bad(pattern: str) -> None:
    assert check_pattern(pattern) is not None
    if pattern:
        with pytest.raises(ValueError, match="pattern"):
            FieldRule(("$response.body#/x",), pattern=pattern)


@pytest.mark.parametrize("pattern", GOOD)
def test_of_a_long_text_its_beginning_is_read(pattern: str) -> None:
    text, value = GOOD[pattern]
    for letter in "a0 x[:.":
        assert extract(pattern, letter * 1_000_000) == extract(pattern, letter * MAX_TEXT)
    assert extract(pattern, " " * MAX_TEXT + text) == extract(pattern, " " * MAX_TEXT) != value
