"""Documents: links, targets and commands exist, and reviewers see what they have to review."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from jobclients_contract.live.main import main as contract_main
from jobclients_core.cli.app import app as jobclients
from markdown_it import MarkdownIt
from typer import Typer
from typer.main import get_command
from vendorsmith.cli import app as vendorsmith

from .session import ROOT, agrees, blocks, play

DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "specs/README.md",
    "generator/README.md",
    "generator/core/README.md",
    "generator/core/AIRFLOW.md",
    "generator/contract/README.md",
    "tests/on_airflow/README.md",
)
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
COMMANDS = {
    "vendorsmith": set(get_command(vendorsmith).commands),  # type: ignore[attr-defined]
    "jobclients": set(get_command(jobclients).commands),  # type: ignore[attr-defined]
    "jobclients_contract": {"live", "replay", "coverage"},
}


def text_of(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def anchors(document: str) -> set[str]:
    """The anchors that a code host makes of headings."""
    tokens = MarkdownIt().parse(text_of(document))
    titles = [inline.content for opened, inline in pairwise(tokens) if opened.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    """Each relative link names a file or folder of the repository, and an anchor in it a heading."""
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", text_of(document)):
        path, _, anchor = link.partition("#")
        target = (ROOT / document).parent / path if path else ROOT / document
        assert target.exists(), link
        assert not anchor or anchor in anchors(str(target.resolve().relative_to(ROOT))), link


@pytest.mark.parametrize("document", DOCUMENTS)
def test_targets_and_commands_exist(document: str) -> None:
    text = text_of(document)
    code = "\n".join([*re.findall(r"`([^`\n]+)`", text), *re.findall(r"^    (.*)$", text, re.MULTILINE)])

    assert set(re.findall(r"\bmake ([a-z-]+)", code)) <= TARGETS
    for program, commands in COMMANDS.items():
        assert set(re.findall(rf"(?<![\w./-]){program} ([a-z]+)\b", code)) <= commands, program


def test_the_example_of_the_runtime_prints_what_the_page_shows(tmp_path: Path) -> None:
    folder, notes = tmp_path / "empty", tmp_path / "notes"
    folder.mkdir()
    notes.mkdir()
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    ((step, printed),) = play(blocks(text_of("generator/core/README.md")), folder, notes, {**os.environ, "PATH": path})

    assert step.shown is not None
    assert agrees(step.shown, printed), printed


@pytest.mark.parametrize("app", [vendorsmith, jobclients], ids=["vendorsmith", "jobclients"])
def test_each_command_has_an_example_with_options_that_it_knows(app: Typer) -> None:
    for words, command in leaves(get_command(app), ""):
        example = (command.epilog or "").removeprefix("Example: ")
        options = {option for parameter in command.params for option in parameter.opts}
        assert re.match(rf"(vendorsmith|jobclients){words} ?", example), words
        assert set(re.findall(r" (--[a-z-]+)", example)) <= options, example


def leaves(command: Any, words: str) -> Iterator[tuple[str, Any]]:
    """The commands below a group, with the words that call each."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield words, command
    for name, child in (inner or {}).items():
        yield from leaves(child, f"{words} {name}")


def test_the_contract_harness_has_the_commands_that_are_documented(capsys: pytest.CaptureFixture[str]) -> None:
    """Each says what it is for, and gives an example that it accepts."""
    for command in COMMANDS["jobclients_contract"]:
        with pytest.raises(SystemExit) as ended:
            contract_main([command, "--help"])
        page = capsys.readouterr().out
        (example,) = re.findall(r"^example:\n  python -m jobclients_contract (.*)$", page, re.MULTILINE)
        assert (ended.value.code, example.split()[0]) == (0, command)
        assert set(re.findall(r" (--[a-z-]+)", example)) <= set(re.findall(r"^  (--[a-z-]+)", page, re.MULTILINE))


def test_contributing_names_what_ci_runs() -> None:
    steps = re.findall(r"^step make ([a-z-]+)", (ROOT / ".ci/run").read_text("utf-8"), re.MULTILINE)
    assert {"lint", "check", "test"} <= set(steps)
    assert set(steps) <= set(re.findall(r"`make ([a-z-]+)`", text_of("CONTRIBUTING.md")))


def test_reviewers_see_what_follows_from_a_spec() -> None:
    """Code hosts fold files that are marked as generated: those that only repeat others are, and no reviewed one."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "generated", "requirements.lock"], cwd=ROOT, capture_output=True, check=True
    ).stdout
    marked = subprocess.run(
        ["git", "check-attr", "-z", "--stdin", "linguist-generated"],
        cwd=ROOT,
        input=listed,
        capture_output=True,
        check=True,
    ).stdout
    fields = marked.decode().split("\0")
    folded = {path for path, value in zip(fields[::3], fields[2::3], strict=False) if value == "true"}

    assert {re.sub(r"jobclients/\w+/", "jobclients/*/", path) for path in folded} == {
        "generated/MANIFEST.json",
        "generated/jobclients/*/openapi.json",
        "requirements.lock",
    }
