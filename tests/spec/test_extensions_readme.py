"""specs/README.md, the reference of the extensions: complete, and its examples are what the schemas accept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "specs/README.md").read_text(encoding="utf-8")
SCHEMAS: dict[str, Any] = json.loads(
    (ROOT / "generator/vendorsmith/spec/schemas/extensions.json").read_text(encoding="utf-8")
)
EXTENSIONS = sorted(name for name in SCHEMAS["$defs"] if name.startswith("x-"))


def examples() -> Iterator[tuple[str, Any]]:
    """Every extension in a YAML block of the page, with its value."""
    for block in re.findall(r"^```yaml\n(.*?)^```", README, re.DOTALL | re.MULTILINE):
        yield from found_in(yaml.safe_load(block))


def found_in(value: Any) -> Iterator[tuple[str, Any]]:
    """Every extension below a value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if str(key).startswith("x-"):
                yield key, inner
            yield from found_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from found_in(inner)


@pytest.mark.parametrize(("name", "value"), list(examples()), ids=[name for name, _ in examples()])
def test_example_on_the_page_fits_the_schema(name: str, value: Any) -> None:
    """What a spec author copies from the page is accepted."""
    validator = Draft202012Validator({**SCHEMAS, "$ref": f"#/$defs/{name}"})

    assert [] == [error.message for error in validator.iter_errors(value)]


def test_page_describes_and_shows_every_extension() -> None:
    """Each extension that has a schema has a section and an example, and none other has."""
    described = sorted(set(re.findall(r"^###? `(x-[a-z-]+)`", README, re.MULTILINE)))

    assert EXTENSIONS == described
    assert EXTENSIONS == sorted({name for name, _ in examples()})
