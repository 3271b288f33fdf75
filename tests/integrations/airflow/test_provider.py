"""What Airflow finds of the provider: its description, the connection's form, the test button, and the link."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import airflow
import jsonschema
import pytest
from airflow.providers_manager import ProvidersManager
from airflow.sdk.providers_manager_runtime import ProvidersManagerTaskRuntime
from integrations.airflow.tasks import CONNECTION, operator
from jobclients_core.integrations.airflow.get_provider_info import get_provider_info
from jobclients_core.integrations.airflow.hooks.jobclients import JobClientsHook
from jobclients_core.integrations.airflow.links.jobclients import JobClientsJobLink
from jobclients_core.integrations.airflow.utils.connection import ConnectionFields
from jobclients_core.testing import FakeVendor
from jobclients_core.vendors import load

SCHEMAS = Path(inspect.getfile(airflow)).parent


def test_the_description_fits_the_schema_of_airflow() -> None:
    schema = json.loads((SCHEMAS / "provider_info.schema.json").read_text("utf-8"))
    jsonschema.validate(get_provider_info(), schema)
    form = json.loads((SCHEMAS / "provider.yaml.schema.json").read_text("utf-8"))["properties"]["connection-types"]
    jsonschema.validate(get_provider_info()["connection-types"], form)


def test_airflow_finds_the_provider() -> None:
    (point,) = [point for point in entry_points(group="apache_airflow_provider") if "jobclients" in point.value]
    assert point.load() is get_provider_info
    hook = ProvidersManagerTaskRuntime().hooks["jobclients"]  # type: ignore[no-untyped-call]
    assert hook is not None
    assert (hook.hook_class_name, hook.connection_testable) == (
        f"{JobClientsHook.__module__}.{JobClientsHook.__name__}",
        True,
    )
    links = ProvidersManager().extra_links_class_names  # type: ignore[no-untyped-call]
    assert f"{JobClientsJobLink.__module__}.{JobClientsJobLink.__name__}" in links


def test_all_modules_that_are_described_are_there() -> None:
    info = get_provider_info()
    for part in ("hooks", "operators", "sensors", "triggers"):
        for modules in info.get(part, []):
            for module in modules["python-modules"]:
                __import__(module)


def test_what_may_be_a_secret_is_hidden_in_the_form() -> None:
    fields = get_provider_info()["connection-types"][0]["conn-fields"]
    hidden = {name for name, one in fields.items() if one["schema"].get("format") == "password"}
    assert hidden == {"token", "proxy"}


def test_every_field_of_the_form_is_read() -> None:
    names = set(get_provider_info()["connection-types"][0]["conn-fields"])
    extra = {"vendor": "alation", "account": "a", "token": "t", "timeout": 1, "verify": "/ca.pem", "timezone": "UTC"}
    extra["proxy"] = "http://proxy.test"
    assert names == set(extra)
    ConnectionFields("x", "https://a.test", extra=extra).options(load("alation").client)


def test_the_button_asks_the_vendor(serve: Callable[..., FakeVendor]) -> None:
    fake = serve("datameer")
    assert JobClientsHook(CONNECTION).test_connection()[0]
    assert fake.requests
    fake.accept("nobody:nothing")
    good, reason = JobClientsHook(CONNECTION).test_connection()
    assert not good
    assert "a-secret-token" not in reason


def test_the_button_reports_a_host_that_does_not_answer(serve: Callable[..., FakeVendor]) -> None:
    fake = serve("huawei_cdm")
    assert JobClientsHook(CONNECTION).test_connection()[0]
    fake.fail("refused@1*9")
    assert not JobClientsHook(CONNECTION).test_connection()[0]


def test_the_button_reports_what_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_EMPTY", json.dumps({"conn_type": "jobclients"}))
    assert JobClientsHook("empty").test_connection() == (
        False,
        "connection empty names no vendor, and none is given",
    )


def test_secrets_are_masked(serve: Callable[..., FakeVendor], monkeypatch: pytest.MonkeyPatch) -> None:
    masked: list[Any] = []
    monkeypatch.setattr("jobclients_core.integrations.airflow.hooks.jobclients.mask_secret", masked.append)
    serve("alation")
    JobClientsHook(CONNECTION).get_conn()
    assert "a-secret-token" in masked


def test_the_link_is_the_page_of_the_job() -> None:
    task = operator(job_type="runs")
    key: Any = None
    assert JobClientsJobLink().get_link(task, ti_key=key) == ""
    task.job_url = "https://vendor.test/runs/1"
    assert JobClientsJobLink().get_link(task, ti_key=key) == "https://vendor.test/runs/1"
