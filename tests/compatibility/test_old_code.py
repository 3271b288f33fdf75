"""Code that was generated for core N runs on every core N.x.

`core_0` was written by ``vendorsmith generate tests/contract/zoo/jobs/submit.yaml --package old_clients`` and is what
users have. It is written anew when the major version of the core changes, and as long as none was released; never
because a test fails.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import jobclients_core
import pytest
from jobclients_core import HttpOptions
from jobclients_core.testing import FakeVendor, vendor

FOLDER = Path(__file__).parent / f"core_{jobclients_core.__version__.partition('.')[0]}"


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeVendor:
    monkeypatch.syspath_prepend(str(FOLDER))
    return vendor("old_clients:submit", lifecycle="NEW,RUN,OK")


def test_an_old_client_calls_and_waits(fake: FakeVendor) -> None:
    """What a client is made of: a client, a call, a model, a job that is submitted and waited for, a handle."""
    module: Any = importlib.import_module("old_clients")
    http: HttpOptions = fake.http
    with module.connect("submit", base_url="https://old.test", http=http) as client:
        run = client.jobs.submit()
        assert module.resume(run.to_json(), client).wait().state == "succeeded"
        assert client.get_job(id=run.identity["id"]).id == run.identity["id"]
    assert [seen.operation for seen in fake.requests][-2:] == ["get_job", "get_job"]


def test_old_code_is_what_a_user_has() -> None:
    """It says of itself which cores it runs on, and it is not written anew with every run of the generator."""
    assert '"jobclients-core>=0.1.0,<1"' in (FOLDER / "pyproject.toml").read_text(encoding="utf-8")
