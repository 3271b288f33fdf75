"""README.md is executed: every block runs, in order, in an empty folder, and prints what the page shows.

`make readme` does so in a fresh clone with real installs; here, the environment of the tests is what was installed.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
import tomllib
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from .session import README, ROOT, Block, agrees, blocks, play

PAGE = README.read_text("utf-8")
STEPS = blocks(PAGE)
STAND_INS = {
    "make": "",
    "pip": 'echo "$@" >> "$NOTES/pip"; case "$*" in *./generated) cp -r "$NOTES/announced" "$NOTES/site";; esac',
    "python3.11": "mkdir -p .venv/bin && : > .venv/bin/activate",
    "python": f'exec {sys.executable} "$@"',
}
"""What is in for the commands that install something."""
ANNOUNCED = {
    "METADATA": "Metadata-Version: 2.1\nName: acme-clients\nVersion: 1\n",
    "entry_points.txt": "[jobclients.vendors]\nacme_clients = acme_clients._vendors:VENDORS\n",
}
"""What installing the generated package adds to its files: its vendors are found by their names."""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[int, str], str]:
    """What each block printed, by its line; and what was to be installed."""
    folder, notes, programs = (tmp_path_factory.mktemp(name) for name in ("empty", "notes", "bin"))
    (folder / "vendorsmith").mkdir()
    for name, command in STAND_INS.items():
        (programs / name).write_text(f"#!/bin/sh\n{command}\n", encoding="utf-8")
        (programs / name).chmod(0o755)
    for name, text in ANNOUNCED.items():
        file = notes / "announced" / "acme_clients-1.dist-info" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    path = os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {
        **os.environ,
        "PATH": path,
        "NOTES": str(notes),
        "PYTHONPATH": f"generated{os.pathsep}{notes / 'site'}",
    }
    printed = {step.line: text for step, text in play(STEPS, folder, notes, environment)}
    return printed, (notes / "pip").read_text("utf-8")


@pytest.mark.parametrize("step", STEPS, ids=[f"line {step.line}: {step.language}" for step in STEPS])
def test_the_block_prints_what_the_page_shows(step: Block, played: tuple[dict[int, str], str]) -> None:
    printed = played[0][step.line]
    if "make demo" in step.code:
        assert "" == printed  # tests/mock/test_demo.py runs the demo
    elif step.shown is None:
        assert "exit code" not in printed, printed
    else:
        assert agrees(step.shown, printed), f"shown:\n{step.shown}\nprinted:\n{printed}"


def test_what_is_installed_exists(played: tuple[dict[int, str], str]) -> None:
    """Each argument of `pip install` is a project of the repository, with extras that it has."""
    words = [word for word in shlex.split(played[1]) if word.startswith("../vendorsmith")]
    assert len(words) == 4
    for word in words:
        folder, _, extras = word.removeprefix("../vendorsmith").strip("/]").partition("[")
        project = tomllib.loads((ROOT / folder / "pyproject.toml").read_text("utf-8"))["project"]
        assert set(filter(None, extras.split(","))) <= project.get("optional-dependencies", {}).keys(), word


def test_the_page_is_short_and_shows_one_picture() -> None:
    """All code is in fenced blocks, which run; the only indented block is the picture."""
    assert PAGE.count("\n") < 200
    (picture,) = [token.content for token in MarkdownIt().parse(PAGE) if token.type == "code_block"]
    assert "├─" in picture
    assert max(map(len, picture.splitlines())) <= 120


@pytest.mark.parametrize(
    ("shown", "printed", "agreed"),
    [
        ("a\n", "a\n", True),
        ("a\n", "b\n", False),
        ("a\n", "a\nb\n", False),
        ("...\na\n", "x\ny\na\n", True),
        ("...\na\n", "x\ny\nb\n", False),
        ("at ... o'clock\n", "at 12:00 o'clock\n", True),
        ("at ... o'clock\n", "at 12:00\no'clock\n", False),
        ("a\n", "a\nexit code 1\n", False),
    ],
)
def test_a_difference_is_noticed(shown: str, printed: str, agreed: bool) -> None:
    assert agrees(shown, printed) is agreed


def test_no_block_is_left_out() -> None:
    """A block in another language, or an output of nothing, is an error."""
    for page in ("```js\nx\n```\n", "```text\nx\n```\n", "```\nx\n```\n", "```yaml\nx\n```\n\n```text\nx\n```\n"):
        with pytest.raises(ValueError, match="that nobody runs or compares"):
            blocks(page)
    assert [step.line for step in STEPS] == [
        number for number, line in enumerate(PAGE.splitlines(), 1) if re.fullmatch(r"```(?!text).+", line)
    ]
