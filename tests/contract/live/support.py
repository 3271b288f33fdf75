"""A vendor in this process behind the live suite, honest or changed in one place."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from jobclients.testing import vendor
from jobclients_contract.live import main as command

ROOT = Path(__file__).parents[3]
GENERATED = str(ROOT / "generated")
TOKEN = "tok-8f14e45fceea167a"

ENVIRONMENTS: dict[str, dict[str, str]] = {
    "alation": {"BASE_URL": "https://acme.test", "TOKEN": TOKEN},
    "datameer": {"BASE_URL": "https://acme.test", "USERNAME": "analyst", "PASSWORD": TOKEN},
    "huawei_cdm": {"BASE_URL": "https://acme.test", "TOKEN": TOKEN, "PROJECT_ID": "p-1", "CLUSTER_ID": "c-1"},
    "huawei_dli": {"BASE_URL": "https://acme.test", "TOKEN": TOKEN, "PROJECT_ID": "p-1"},
}
"""The environment of each vendor's client, without the prefix."""

ARGUMENTS: dict[str, tuple[str, ...]] = {
    "alation": ("get_job.id=7",),
    "datameer": ("get_job_status.job_configuration_id=7", "get_job_details.job_execution_id=7"),
    "huawei_cdm": ("show_job_status.job_name=mine", "show_submissions.job_name=mine"),
    "huawei_dli": ("show_sql_job_status.job_id=j-7",),
}
VENDORS = tuple(ENVIRONMENTS)

Change = Callable[[httpx2.Request, httpx2.Response], httpx2.Response]


def honest(request: httpx2.Request, response: httpx2.Response) -> httpx2.Response:
    """Change nothing."""
    return response


def changed(change: Callable[[Any], Any]) -> Change:
    """Change the body of every response."""

    def body(request: httpx2.Request, response: httpx2.Response) -> httpx2.Response:
        return httpx2.Response(response.status_code, headers=_type(response), json=change(response.json()))

    return body


def replaced(content: bytes, status: int = 200, **headers: str) -> Change:
    """Replace every response."""
    fields = {"content-type": "application/json", **{name.replace("_", "-"): text for name, text in headers.items()}}
    return lambda request, response: httpx2.Response(status, headers=fields, content=content)


def _type(response: httpx2.Response) -> dict[str, str]:
    return {"content-type": response.headers.get("content-type", "")}


class Wire(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """The way to a vendor in this process, on which answers can be changed.

    Args:
        name: the vendor.
        change: what happens to its responses.

    Attributes:
        sent: method and target of each request that arrived.
    """

    def __init__(self, name: str, change: Change = honest) -> None:
        inner = vendor(name, lifecycle="running").http.transport
        assert isinstance(inner, httpx2.BaseTransport)
        self._inner = inner
        self._change = change
        self.sent: list[tuple[str, str]] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer."""
        self.sent.append((request.method, request.url.path))
        response = self._inner.handle_request(request)
        response.read()
        return self._change(request, response)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer."""
        return self.handle_request(request)


@dataclass(frozen=True)
class Ran:
    """A run of the command that is over.

    Args:
        code: its exit code.
        out: what it printed.
        err: what it complained about.
        sent: method and path of each request.
        folder: where it wrote.
    """

    code: int
    out: str
    err: str
    sent: list[tuple[str, str]]
    folder: Path = field(default=Path())

    def report(self, vendor_name: str, name: str = "drift.json", kind: str = "live") -> Any:
        """One of the files of the report, as JSON."""
        return json.loads((self.folder / kind / vendor_name / name).read_text(encoding="utf-8"))

    @property
    def cassette(self) -> str:
        """The text of the only recording."""
        (file,) = (self.folder / "cassettes").iterdir()
        return file.read_text(encoding="utf-8")


class Command:
    """Runs the command in this process.

    Args:
        monkeypatch: sets the environment.
        capsys: what is printed.
        folder: where to write.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self.folder = folder

    def live(
        self,
        name: str,
        *options: str,
        change: Change = honest,
        environment: Mapping[str, str] | None = None,
        arguments: tuple[str, ...] | None = None,
    ) -> Ran:
        """Run ``live`` against a vendor in this process, with a recording and a report."""
        for variable, value in (ENVIRONMENTS[name] if environment is None else environment).items():
            self._monkeypatch.setenv(f"{name.upper()}_{variable}", value)
        given = [part for text in ARGUMENTS[name] if arguments is None for part in ("--argument", text)]
        given += [part for text in arguments or () for part in ("--argument", text)]
        wire = Wire(name, change)
        written = ["--record", str(self.folder / "cassettes"), "--report", str(self.folder / "live")]
        return self.run("live", name, *given, *written, *options, wire=wire)

    def replay(self, *options: str) -> Ran:
        """Run ``replay`` with all recordings."""
        files = sorted(map(str, (self.folder / "cassettes").iterdir()))
        return self.run("replay", *files, "--report", str(self.folder / "replay"), *options)

    def run(self, *arguments: str, wire: Wire | None = None) -> Ran:
        """Run any command."""
        self._capsys.readouterr()
        code = command.main([*arguments, "--generated", GENERATED], inner=wire)
        written = self._capsys.readouterr()
        return Ran(code, written.out, written.err, wire.sent if wire is not None else [], self.folder)
