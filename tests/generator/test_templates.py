"""Templates place words: expressions, loops and includes, and hardly anything else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .support import ROOT

TEMPLATES = sorted((ROOT / "generator/vendorsmith/emit/templates").iterdir())
TAG = re.compile(r"\{%-?\s*(\w+)")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_few_tags_of_other_kinds(template: Path) -> None:
    """Beside `for`, `endfor` and `include` there are at most five tags, and no comment hides another."""
    text = template.read_text(encoding="utf-8")
    other = [tag for tag in TAG.findall(text) if tag not in ("for", "endfor", "include")]

    assert len(other) <= 5
    assert "{#" not in text


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_an_expression_of_a_template_is_a_name(template: Path) -> None:
    """Nothing is computed where words are placed: no filter, no test, no call, no operator."""
    text = template.read_text(encoding="utf-8")
    expressions = re.findall(r"\{\{(.*?)\}\}", text) + re.findall(r"\{%-? *for \w+ in (.*?)%\}", text)

    assert expressions or not set("{}") & set(text), "what is not text places something"
    assert [] == [expression for expression in expressions if not re.fullmatch(r" ?[a-z_]+(\.[a-z_]+)* ?", expression)]
