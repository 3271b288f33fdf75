"""Type checkers know which credentials each client takes, for every form that documents declare."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from vendorsmith.discovery import Target
from vendorsmith.emit.package import package_files, vendor_clients
from vendorsmith.pipeline import generate
from vendorsmith.release import default_release

PACKAGE = "typed_clients"

DOCUMENT = """
openapi: 3.1.0
info: {{title: {title}, version: "1"}}
servers: [{{url: https://{title}.example}}]
security: {security}
paths:
  /a: {{get: {{operationId: ask, responses: {{"200": {{description: Done.}}}}}}}}
  /b: {{get: {{operationId: admin, security: {admin}, responses: {{"200": {{description: Done.}}}}}}}}
components:
  securitySchemes:
    client-id: {{type: apiKey, in: header, name: X-Id}}
    secret: {{type: apiKey, in: header, name: X-Secret}}
    bearer: {{type: http, scheme: bearer}}
    root: {{type: http, scheme: bearer}}
    user: {{type: http, scheme: basic}}
    oauth: {{type: oauth2, flows: {{clientCredentials: {{tokenUrl: /token, scopes: {{}}}}}}}}
    mutual: {{type: mutualTLS}}
"""

VENDORS = {
    "one": ("[{bearer: []}]", "[{bearer: []}]"),
    "either": ("[{client-id: []}, {user: []}]", "[{user: []}]"),
    "both": ("[{client-id: [], secret: []}]", "[{client-id: [], secret: []}]"),
    "twins": ("[{bearer: []}]", "[{root: []}]"),
    "machine": ("[{oauth: []}]", "[{oauth: []}]"),
    "nothing": ("[]", "[]"),
    "mutual": ("[{mutual: []}]", "[{mutual: []}]"),
}
"""What the operations of each vendor require."""

CONSUMER = """
from typed_clients import HttpRequest
from typed_clients.both import AsyncBothClient, BothAuth, BothClient
from typed_clients.either import ApiKey, Basic, EitherClient
from typed_clients.machine import ClientCredentials, MachineClient
from typed_clients.mutual import MutualClient
from typed_clients.nothing import NothingClient
from typed_clients.one import AsyncOneClient, Bearer, OneClient, Token
from typed_clients.twins import TwinsAuth, TwinsClient


async def fetch() -> str:
    return "t"


async def made() -> Bearer:
    return Bearer("t")


def sign(request: HttpRequest) -> HttpRequest:
    return request.with_header("Authorization", request.method)


OneClient(auth=Bearer("t"))
OneClient(auth=Bearer(lambda: "t"))
OneClient(auth=Token("t"))
OneClient(auth=lambda: Bearer("t"))
OneClient()
AsyncOneClient(auth=Bearer(fetch))
AsyncOneClient(auth=made)
OneClient(auth=ApiKey("k"))  # type: ignore[arg-type]
OneClient(auth=Basic("u", "p"))  # type: ignore[arg-type]
OneClient(auth="t")  # type: ignore[arg-type]
OneClient(auth=Bearer(7))  # type: ignore[arg-type]

EitherClient(auth=ApiKey("k"))
EitherClient(auth=Basic("u", "p"))
EitherClient(auth=Bearer("t"))  # type: ignore[arg-type]

BothClient(auth=BothAuth(client_id="a", secret="b"))
AsyncBothClient(auth=BothAuth(client_id="a", secret=fetch))
BothClient(auth=BothAuth(client_id="a"))  # type: ignore[call-arg]
BothClient(auth=BothAuth("a", "b"))  # type: ignore[call-arg]
BothClient(auth=ApiKey("a"))  # type: ignore[arg-type]
BothAuth(client_id="a", secret="b").secret = "c"  # type: ignore[misc]

TwinsClient(auth=Bearer("t"))
TwinsClient(auth=TwinsAuth(bearer="t", root="r"))
TwinsClient(auth=TwinsAuth(root="r"))
TwinsClient(auth=TwinsAuth(boss="r"))  # type: ignore[call-arg]

MachineClient(auth=ClientCredentials("i", "s", scopes=["a"]))
MachineClient(auth=Bearer("t"))
MachineClient(auth=ClientCredentials("i"))  # type: ignore[call-arg]

NothingClient(auth=ApiKey("k", header="X-Key"))
NothingClient(auth=Bearer("t"))
NothingClient(auth=Basic("u", "p"))
NothingClient(auth=ClientCredentials("i", "s"))  # type: ignore[arg-type]
NothingClient(auth=ApiKey("k", "X-Key"))  # type: ignore[call-arg]

MutualClient(auth=sign)
MutualClient(auth=Bearer("t"))  # type: ignore[arg-type]
MutualClient(auth=lambda: Bearer("t"))  # type: ignore[arg-type, misc]
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[str]]:
    """What mypy in strict mode says of the script, and of the script whose mistakes are not marked: one run of both."""
    folder = tmp_path_factory.mktemp("typed")
    files = package_files(default_release(PACKAGE), [vendor_clients(PACKAGE, name) for name in sorted(VENDORS)])
    for name, (security, admin) in VENDORS.items():
        spec = folder / f"{name}.yaml"
        spec.write_text(DOCUMENT.format(title=name, security=security, admin=admin), encoding="utf-8")
        files |= generate(Target(name, spec, False, frozenset(VENDORS)), PACKAGE).files
    scripts = {"marked": CONSUMER, "unmarked": re.sub(r"  # type: ignore\[.*\]", "", CONSUMER)}
    files |= {f"{name}.py": text for name, text in scripts.items()}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--cache-dir",
        str(folder / "cache"),
        "marked.py",
        "unmarked.py",
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    lines = done.stdout.splitlines()
    return {name: [line for line in lines if Path(line.partition(":")[0]).stem == name] for name in scripts}


def test_right_uses_are_accepted_and_wrong_ones_refused(said: Mapping[str, list[str]]) -> None:
    """Each mark is needed, and no other line is reported."""
    assert [] == said["marked"]
    marked = [number for number, line in enumerate(CONSUMER.splitlines(), 1) if "# type: ignore[" in line]
    assert marked == sorted({int(line.split(":")[1]) for line in said["unmarked"] if ": error:" in line})
