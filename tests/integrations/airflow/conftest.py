"""A vendor in the process, reached through an Airflow connection."""

from __future__ import annotations

import itertools
import json
import os
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="airflow-home-")
os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "True"
os.environ["_AIRFLOW_SKIP_DB_TESTS"] = "true"

import pytest
from integrations.airflow.tasks import CONNECTION, TaskRuns
from jobclients_core.integrations.airflow.utils import connection
from jobclients_core.testing import FakeClock, FakeVendor, vendor

_accounts = itertools.count()
EXTRA: dict[str, dict[str, str]] = {
    "huawei_cdm": {"project_id": "p", "cluster_id": "c"},
    "huawei_dli": {"project_id": "p"},
}


@pytest.fixture
def runs() -> TaskRuns:
    return TaskRuns()


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Callable[..., FakeVendor]:
    """Make a vendor, and an Airflow connection to it."""
    clock = FakeClock(datetime.now(UTC))

    def made(name: str, **options: Any) -> FakeVendor:
        fake = vendor(name, clock=clock, **options)
        original = connection.ConnectionFields.options

        def to_it(fields: connection.ConnectionFields, client: Any) -> dict[str, Any]:
            return {**original(fields, client), "http": fake.http}

        monkeypatch.setattr(connection.ConnectionFields, "options", to_it)
        text = json.dumps(
            {
                "conn_type": "jobclients",
                "host": f"https://{name.replace('_', '-')}.test",
                **({"login": "somebody"} if name == "datameer" else {}),
                "password": "a-secret-token",
                # Limits of an account are counted in the whole process.
                "extra": {"vendor": name, "account": f"account {next(_accounts)}", **EXTRA.get(name, {})},
            }
        )
        monkeypatch.setenv(f"AIRFLOW_CONN_{CONNECTION.upper()}", text)
        return fake

    return made


@pytest.fixture
def end() -> str:
    """How jobs end; tests say otherwise by a parameter."""
    return "succeeded"


@pytest.fixture
def page(serve: Callable[..., FakeVendor], end: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The page of each job of a vendor, which its specification names."""
    fake = serve("huawei_dli")
    fields: Any = fake.kind("sql_jobs").type.fields
    monkeypatch.setitem(fields, "page_url", fields["message"])
    url = "https://console.test/jobs?id=1"
    add: Callable[..., Any] = fake.book.add
    monkeypatch.setattr(fake.book, "add", partial(_with_page, add, url))
    fake.next(f"running,{end}")
    return url


def _with_page(add: Callable[..., Any], url: str, *given: Any, **more: Any) -> Any:
    return add(*given, **{**more, "message": url})
