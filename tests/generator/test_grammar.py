"""What is not part of generated code is seen wherever a text of a spec could have become code."""

from __future__ import annotations

from pathlib import Path

import pytest

from .grammar import strange

ROOT = Path(__file__).parents[2]
GENERATED = ROOT / "generated/jobclients"
VENDORS = sorted(folder.name for folder in (ROOT / "specs").iterdir() if folder.is_dir())
DEED = "open('pwned', 'w')"
CLIENT = '''"""Text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from jobclients_core import Operation, SyncClient

if TYPE_CHECKING:
    from jobclients.acme import models

GET_JOB: Operation[models.Job] = Operation(id="get_job", path="/jobs")


class AcmeClient(SyncClient["models.Job"]):
    """A client."""

    def get_job(self, *, id: int, kind: Literal["a-b", "{}"] | None = None) -> models.Job:
        """Ask for a job."""
        return self._run(GET_JOB.call(id=id, kind=kind))
'''
BROKEN = {
    "a statement": ("class AcmeClient", f"{DEED}\n\n\nclass AcmeClient"),
    "a statement in a method": ("        return", f"        {DEED}\n        return"),
    "an argument": ('path="/jobs"', f'path={DEED}, other=""'),
    "a default": ("= None", f"= {DEED}"),
    "an annotation": ("id: int", f"id: {DEED}"),
    "a base class": ('SyncClient["models.Job"]', f'SyncClient["models.Job"], {DEED}'),
    "a text that is evaluated": ('["models.Job"]', f'["{DEED}"]'),
    "a format string": ('path="/jobs"', 'path=f"/jobs{GET_JOB}"'),
    "an import": ("import annotations", "import annotations\nimport os"),
    "an import of something": ("import annotations", "import annotations\nfrom os import system"),
    "a method of a text": ('path="/jobs"', 'path="/jobs".upper()'),
    "an attribute of an attribute": ("GET_JOB.call", "GET_JOB.call.__globals__"),
    "a dunder": ("GET_JOB.call(", "self.__class__("),
    "a decorator": ("    def get_job", f"    @{DEED}\n    def get_job"),
    "a lambda": ('path="/jobs"', "path=lambda: None"),
    "a comprehension": ('path="/jobs"', "path=[models for models in ()]"),
    "another condition": ("if TYPE_CHECKING", "if GET_JOB"),
    "a builtin": ("return self._run(", "return exec("),
    "a rebuild of something": ("class AcmeClient", f"AcmeClient.model_rebuild({DEED})\n\n\nclass AcmeClient"),
    "a deletion": ("        return", "        del id\n        return"),
}


@pytest.mark.parametrize("vendor", VENDORS)
def test_generated_code_is_what_it_consists_of(vendor: str) -> None:
    """Every module of every vendor is accepted."""
    files = sorted((GENERATED / vendor).glob("*.py"))

    assert [] == [
        (path.name, found) for path in files for found in strange(path.read_text("utf-8"), "jobclients", path.name)
    ]
    assert len(files) > 2


def test_the_example_is_accepted() -> None:
    """What the broken modules are made of is fine by itself."""
    assert [] == list(strange(CLIENT, "jobclients", "client.py"))


@pytest.mark.parametrize("name", BROKEN)
def test_code_that_came_of_a_text_is_seen(name: str) -> None:
    """One place after the other holds more than data."""
    old, new = BROKEN[name]
    assert old in CLIENT

    assert [] != list(strange(CLIENT.replace(old, new, 1), "jobclients", "client.py"))
