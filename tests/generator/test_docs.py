"""Docstrings: any prose is one, and errors are what the runtime raises."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jobclients_core.errors import error_name
from vendorsmith.emit.code import docstring, plain
from vendorsmith.emit.docs import error_class


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["Get a job."], '"""Get a job."""'),
        (["x" * 110], f'"""{"x" * 110}"""'),
        (["x" * 111], f'"""{"x" * 111}\n    """'),
        (['It says "no"'], '"""It says "no"\n    """'),
        (["Get a job.", "", "Args:", "    id: Its id."], '"""Get a job.\n\n    Args:\n        id: Its id.\n    """'),
        ([f"    id: {'word ' * 30}"], f'"""    id: {"word " * 20}word\n            {"word " * 8}word\n    """'),
    ],
    ids=["short", "as long as fits", "longer", "with a quote at its end", "paragraphs", "wrapped"],
)
def test_a_docstring_is_laid_out_as_the_formatter_would(lines: list[str], text: str) -> None:
    assert text == docstring(lines, 4)


@settings(max_examples=200)
@given(text=st.text(st.sampled_from("a \\\"'\n{}#%N\u2028\ud800é"), max_size=40), indent=st.sampled_from([0, 4, 8]))
def test_any_prose_is_a_docstring(text: str, indent: int) -> None:
    """Whatever quotes and backslashes prose holds, its words are in the string and nothing is outside of it."""
    lines = plain(text).split("\n")
    value = ast.literal_eval(docstring(lines, indent))

    assert " ".join(lines).split() == value.split()


@pytest.mark.parametrize("status", [*range(300, 309), *range(400, 452), *range(500, 512)])
def test_a_documented_status_raises_the_class_that_the_docstring_names(status: int) -> None:
    """A docstring names a documented status by the class that the runtime makes of it."""
    assert error_name(status, documented=status >= 400) == error_class(str(status))
