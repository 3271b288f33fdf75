"""What is said of a generated package: the table [tool.vendorsmith] of the repository of the specs."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest

from .conftest import Run
from .support import ONE_OPERATION, contents, write_spec, write_vendor

TABLE = """
[project]
name = "acme-specs"

[tool.vendorsmith]
package = "acme_clients"
name = "acme.clients"
version = "2.1.0rc1"
description = 'Clients of "Acme" \\ {{ 7*7 }} ünder*lined*'
license = "MIT"
authors = [{name = "Ann Ümlaut", email = "ann@acme.example"}, {name = "Bo"}]

[tool.vendorsmith.urls]
"Issue tracker" = "https://git.acme.example/issues"
Source = "https://git.acme.example"

[tool.other]
name = "not ours"
"""


def project(folder: Path) -> dict[str, Any]:
    """The project table of a generated package."""
    described: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return described


def test_a_release_is_as_its_table_says(run: Run, tmp_path: Path) -> None:
    """The package is called and described so, run after run, and its wheel says the same."""
    Path("pyproject.toml").write_text(TABLE, encoding="utf-8")
    Path("LICENSE").write_bytes(b"Do as you like.\r\n")
    write_vendor(Path("specs"), "demo")
    assert run("generate").code == 0
    before = contents(Path("generated"))
    assert (0, 0) == (run("generate").code, run("check").code)
    described = project(Path("generated"))
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(tmp_path)]
    subprocess.run([*pip, "--disable-pip-version-check", "./generated"], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
        (metadata,) = (archive.read(name).decode() for name in held if name.endswith("/METADATA"))
    said = Parser().parsestr(metadata)

    assert before == contents(Path("generated"))
    assert ("acme.clients", "2.1.0rc1", "MIT") == tuple(described[key] for key in ("name", "version", "license"))
    assert 'Clients of "Acme" \\ {{ 7*7 }} ünder*lined*' == described["description"] == said["Summary"]
    assert [{"name": "Ann Ümlaut", "email": "ann@acme.example"}, {"name": "Bo"}] == described["authors"]
    assert ["Issue tracker, https://git.acme.example/issues", "Source, https://git.acme.example"] == said.get_all(
        "Project-URL"
    )
    assert "acme_clients-2.1.0rc1.dist-info/licenses/LICENSE" in {name.replace("acme.", "acme_") for name in held}
    assert before["LICENSE"] == b"Do as you like.\n"
    assert "    pip install acme.clients\n" in metadata
    assert "`from acme_clients.demo import DemoClient, AsyncDemoClient`" in metadata
    assert b'__version__ = "2.1.0rc1"' in before["acme_clients/__init__.py"]


def test_without_a_table_nothing_is_made_up(run: Run) -> None:
    """The name follows the package, a licence is not copied, and the README does not name an index."""
    Path("pyproject.toml").write_text('[project]\nname = "acme-specs"\n', encoding="utf-8")
    Path("LICENSE").write_text("Do as you like.", encoding="utf-8")
    write_vendor(Path("specs"), "demo")
    assert run("generate", "--package", "acme_clients").code == 0

    assert "acme-clients" == project(Path("generated"))["name"]
    assert not Path("generated/LICENSE").exists()
    assert "pip install ." in Path("generated/README.md").read_text(encoding="utf-8")


def test_a_table_is_about_the_package_that_it_names(run: Run) -> None:
    """A document that is tried out under another name is not a release of it; under no name it is."""
    Path("pyproject.toml").write_text(TABLE, encoding="utf-8")
    write_spec(Path(), ONE_OPERATION)
    assert run("generate", "openapi.json", "--package", "other", "--output", "one").code == 0
    assert run("generate", "openapi.json", "--output", "two").code == 0

    assert ("other", "acme.clients") == (project(Path("one"))["name"], project(Path("two"))["name"])


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ('name = "-acme"', 'name "-acme" cannot be used', "name is letters and digits, with single -, _ or ."),
        ('package = "Acme"', 'package "Acme" cannot be used', "package is an import name: a package's name is lower"),
        ('version = "one"', 'version "one" cannot be used', "version is a version such as 1.2.0"),
        ("version = 1.0", 'version "1.0" cannot be used', "version is a text in quotes"),
        ('description = "a\\nb"', "cannot be used", "description is one line of text that can be seen"),
        ('license = "My own"', 'license "My own" cannot be used', 'license is an SPDX expression such as "MIT"'),
        ('authors = "Ann"', "authors cannot be used", "authors is a list of tables"),
        ('authors = [{mail = "a"}]', '"mail" is not a key of authors', "keys: name, email"),
        ('authors = [{email = "ann"}]', 'authors "ann" cannot be used', "authors have addresses such as"),
        ('urls = {Home = "ftp://a"}', 'Home "ftp://a" cannot be used', "Home is an address that begins with https://"),
        ("urls = []", "urls cannot be used", "urls is a table of labels and addresses"),
        ('licence = "MIT"', '"licence" is not a key of [tool.vendorsmith]', "keys: package, name, version"),
        ("name = ", "this is not TOML", ""),
    ],
)
def test_a_bad_value_is_shown_where_it_stands(line: str, message: str, hint: str, run: Run) -> None:
    """With file, line and what to write; nothing is generated."""
    Path("pyproject.toml").write_text(f"[tool.a]\nname = 1\n\n[tool.vendorsmith]\n{line}\n", encoding="utf-8")
    write_vendor(Path("specs"), "demo")
    found = run("generate")

    assert found.code == 2
    assert message in found.err
    assert "--> pyproject.toml:5:" in found.err
    assert not hint or f"= hint: {hint}" in found.err
    assert not Path("generated").exists()
