"""Wording shared by all checks, and durations: inputs and what becomes of them."""

from __future__ import annotations

import pytest
from vendorsmith.spec.durations import seconds
from vendorsmith.spec.source_map import JSON
from vendorsmith.spec.wording import closest, did_you_mean, listing, meant_or_known, shape, show


@pytest.mark.parametrize(
    ("word", "candidates", "found"),
    [
        ("stauts", ["state", "status"], "status"),
        ("STATUS", ["Status", "status"], "Status"),
        ("x", ["state"], None),
        ("state", [], None),
        ("", ["a"], None),
        ("abcd", ["abcdefgh"], "abcdefgh"),
        ("abcd", ["abcdefghi"], None),
        ("abcdefgh", ["abcd"], "abcd"),
        ("abcdefghi", ["abcd"], None),
        ("abcdefghij", ["abcde"], "abcde"),
        ("abcdefghijkl", ["abcdefghijklmnopqr"], "abcdefghijklmnopqr"),
        ("abcdefghijkl", ["abcdefghijklmnopqrs"], None),
        ("target", [*(f"other{number}" for number in range(1999)), "targets"], "targets"),
        ("target", [*(f"other{number}" for number in range(2000)), "targets"], None),
    ],
)
def test_the_closest_word(word: str, candidates: list[str], found: str | None) -> None:
    assert closest(word, candidates) == found
    assert did_you_mean(word, candidates) == (None if found is None else f'did you mean "{found}"?')


@pytest.mark.parametrize(("cutoff", "found"), [(0.6, "abcd"), (0.75, "abcd"), (0.76, None)])
def test_a_word_must_be_as_like_as_is_asked(cutoff: float, found: str | None) -> None:
    assert closest("abcx", ["abcd"], cutoff) == found


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("nmae", ["name", "size"], 'did you mean "name"?'),
        ("zzz", ["name", "size"], 'it has: "name" and "size"'),
        ("zzz", ["name"], 'it has: "name"'),
        ("zzz", [], None),
        ("zzz", list("abcdefghijkl"), 'it has: "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k" and "l"'),
        ("zzz", list("abcdefghijklm"), None),
    ],
)
def test_what_was_meant_or_what_there_is(word: str, known: list[str], hint: str | None) -> None:
    assert meant_or_known(word, known, "it has") == hint


@pytest.mark.parametrize(
    ("words", "text"),
    [([], ""), (["a"], '"a"'), (["a", "b"], '"a" or "b"'), (["a", "b", "c"], '"a", "b" or "c"')],
)
def test_a_list_in_a_sentence(words: list[str], text: str) -> None:
    assert listing(words) == text
    assert listing(words, "and") == text.replace(" or ", " and ")


@pytest.mark.parametrize(
    ("value", "called", "shown"),
    [
        (None, "null", "null"),
        (True, "true", "true"),
        (False, "false", "false"),
        ("a b", "text", '"a b"'),
        ("", "text", '""'),
        (7, "a whole number", "7"),
        (0, "a whole number", "0"),
        (1.5, "a number", "1.5"),
        ([], "a list", "[]"),
        ([1, "é"], "a list", '[1, "é"]'),
        ({}, "an object", "{}"),
        ({"a": 1}, "an object", '{"a": 1}'),
        ([0] * 20, "a list", f"[{', '.join('0' * 20)}]"),
        ([0] * 21, "a list", "a list"),
        (list(range(61)), "a list", "a list"),
        (10**59, "a whole number", "1" + "0" * 59),
        (10**60, "a whole number", "a whole number"),
    ],
)
def test_a_value_in_a_message(value: JSON, called: str, shown: str) -> None:
    assert shape(value) == called
    assert show(value) == shown


def test_a_value_is_shown_as_far_as_is_asked() -> None:
    assert show([1, 2], 6) == "[1, 2]"
    assert show([1, 2], 5) == "a list"
    assert show([1, 2], 2) == "a list"
    assert show([[]], 4) == "[[]]"


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("P1D", 86400),
        ("P2DT3H4M5S", 2 * 86400 + 3 * 3600 + 4 * 60 + 5),
        ("PT24H", 86400),
        ("PT30M", 1800),
        ("PT0.5S", 0.5),
        ("PT0S", 0),
        ("P1DT30M", 88200),
        ("PT1M0.25S", 60.25),
        ("P", None),
        ("PT", None),
        ("P1DT", None),
        ("P1M", None),
        ("P1Y", None),
        ("1D", None),
        ("PT1.5M", None),
        ("PT5", None),
        ("pt5s", None),
        ("PT\u0665S", None),
        (" PT5S", None),
        (5, None),
        (None, None),
    ],
)
def test_a_duration(written: object, length: float | None) -> None:
    assert seconds(written) == length
