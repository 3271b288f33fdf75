"""Another repository's package, made of its own specs, works beside ours and without anything of this checkout.

The wheels of both, of the core and of the generator (for the contract harness) are installed into an environment of
their own; third-party packages are borrowed from the running one, behind them, so that no index is asked.
"""

from __future__ import annotations

import json
import re
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest
from environments import built, empty, install, run

from .second_repository import ALATION, CALLER, KITCHEN, PROJECT

ROOT = Path(__file__).parent.parent.parent
VENDORS = {folder.name for folder in (ROOT / "specs").iterdir() if folder.is_dir()}


@dataclass(frozen=True)
class Acme:
    """The other repository.

    Attributes:
        folder: of its checkout.
        python: the interpreter of an environment with the packages of both.
    """

    folder: Path
    python: Path

    def run(self, *command: str | Path, code: int = 0) -> str:
        """What a command in the checkout prints, without this process's Python settings."""
        return run(*command, folder=self.folder, code=code)

    def vendors(self) -> set[str]:
        """The vendors that the one command lists."""
        found = json.loads(self.run(self.python.parent / "jobclients", "vendors", "--json"))
        return {vendor["name"] for vendor in found}


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Acme:
    """The other repository, generated, built and installed."""
    folder = tmp_path_factory.mktemp("acme")
    for vendor, spec in (("kitchen", KITCHEN), ("alation", ALATION)):
        (folder / "specs" / vendor).mkdir(parents=True)
        (folder / "specs" / vendor / "openapi.yaml").write_text(spec, encoding="utf-8")
    (folder / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (folder / "caller.py").write_text(CALLER.lstrip(), encoding="utf-8")
    run(sys.executable, "-m", "vendorsmith", "generate", "--package", "acme_clients", folder=folder)

    environment, wheels = tmp_path_factory.mktemp("environment"), tmp_path_factory.mktemp("wheels")
    projects = (ROOT / "generator/core", ROOT / "generator/contract", ROOT / "generated", ROOT, folder / "generated")
    python = empty(environment / "acme")
    install(python, "--no-deps", *(built(project, wheels) for project in projects), folder=wheels)
    (packages,) = (environment / "acme").glob("lib/python*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return Acme(folder, python)


def test_nothing_comes_from_this_checkout(acme: Acme) -> None:
    """All packages are those of the environment."""
    script = (
        "import importlib\n"
        "for name in ('acme_clients', 'jobclients', 'jobclients_contract', 'jobclients_core', 'vendorsmith'):\n"
        "    print(importlib.import_module(name).__file__)"
    )
    places = acme.run(acme.python, "-I", "-c", script).splitlines()

    assert [] == [place for place in places if not Path(place).is_relative_to(acme.python.parent.parent)]


def test_one_command_lists_both_packages(acme: Acme) -> None:
    """A name that both have is distinguished by the package."""
    both = {"acme_clients:alation", "jobclients:alation"}

    assert (VENDORS - {"alation"}) | both | {"kitchen"} == acme.vendors()
    shown = acme.run(acme.python.parent / "jobclients", "vendors", "acme_clients:alation")
    assert "acme_clients:alation: Our own catalogue, https://catalogue.acme.example" in shown


def test_its_contract_tests_pass(acme: Acme) -> None:
    """All of them, jobs and User-Agent among them."""
    done = acme.run(acme.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "generated/contract_tests")

    assert re.search(r"\b[1-9][0-9] passed", done)
    assert not re.search("failed|error|skipped", done)


def test_type_checkers_are_content(acme: Acme) -> None:
    """Package and caller, both checkers at their strictest."""
    (acme.folder / "pyrightconfig.json").write_text(
        json.dumps({"typeCheckingMode": "strict", "include": ["caller.py", "generated/acme_clients"]}), encoding="utf-8"
    )
    cache = acme.folder / ".mypy_cache"
    mypy = (sys.executable, "-m", "mypy", "--strict", "--python-executable", acme.python, "--cache-dir", cache)

    assert "Success: no issues found" in acme.run(*mypy, "-m", "caller", "-p", "acme_clients")
    assert "0 errors, 0 warnings" in acme.run(sys.executable, "-m", "pyright", "--pythonpath", acme.python)


def test_a_vendor_that_is_added_appears_without_a_reinstall(acme: Acme) -> None:
    """An editable install finds what `generate` writes."""
    install(acme.python, "--no-deps", "--no-build-isolation", "-e", acme.folder / "generated", folder=acme.folder)
    before = acme.vendors()
    (acme.folder / "specs/cellar").mkdir()
    (acme.folder / "specs/cellar/openapi.yaml").write_text(ALATION, encoding="utf-8")
    acme.run(sys.executable, "-m", "vendorsmith", "generate")

    assert before | {"cellar"} == acme.vendors() != before
