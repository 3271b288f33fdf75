"""Clients by name and jobs by text, out of this package and out of others that announce themselves."""

from __future__ import annotations

import importlib.metadata
import sys
import types
from typing import Any

import pytest
from runtime.jobs import kinds
from runtime.jobs.world import World, async_client, sync_client
from vendorsmith.runtime import AsyncClient, InvalidArgument, SyncClient, Token
from vendorsmith.runtime.connect import connect_async_to, connect_to, resume, vendor_modules
from vendorsmith.runtime.jobs import AsyncJob, HandleError, Job


class AlationClient(SyncClient):
    def __init__(self, *, base_url: str, auth: Any) -> None:
        super().__init__(kinds.ALATION, base_url=base_url, auth=auth)


class AsyncAlationClient(AsyncClient):
    def __init__(self, *, base_url: str, auth: Any) -> None:
        super().__init__(kinds.ALATION, base_url=base_url, auth=auth)


OPTIONS: dict[str, Any] = {"base_url": "https://vendor.example.com", "auth": Token("token")}
OWN = {"alation": __name__}


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, __name__, sys.modules[AlationClient.__module__])


def test_a_client_of_the_package_itself() -> None:
    assert type(connect_to("alation", OWN, OPTIONS)).__name__ == "AlationClient"
    assert type(connect_async_to("alation", OWN, OPTIONS)).__name__ == "AsyncAlationClient"


def test_a_client_that_another_distribution_announces(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("acme_clients.acme")
    module.__dict__.update({"SyncClient": SyncClient, "AcmeClient": AlationClient})
    monkeypatch.setitem(sys.modules, "acme_clients.acme", module)
    monkeypatch.setattr(
        "vendorsmith.runtime.connect.entry_points",
        lambda group: [importlib.metadata.EntryPoint("acme", "acme_clients.acme", group)],
    )
    assert vendor_modules(OWN) == {"acme": "acme_clients.acme", "alation": __name__}
    assert isinstance(connect_to("acme", OWN, OPTIONS), AlationClient)
    with pytest.raises(InvalidArgument):
        connect_async_to("acme", OWN, OPTIONS)


def test_vendors_and_options_that_are_none() -> None:
    with pytest.raises(InvalidArgument, match="known are alation"):
        connect_to("alatoin", OWN, OPTIONS)
    with pytest.raises(InvalidArgument, match="unexpected keyword argument 'base'"):
        connect_to("alation", OWN, {**OPTIONS, "base": 1})


class WithJobs(AlationClient):
    @property
    def jobs(self) -> kinds.BulkJobs:
        return kinds.BulkJobs(self)


class AsyncWithJobs(AsyncAlationClient):
    @property
    def jobs(self) -> kinds.AsyncBulkJobs:
        return kinds.AsyncBulkJobs(self)


def test_a_job_comes_back_with_a_client_a_mapping_or_a_function() -> None:
    client = WithJobs(**OPTIONS)
    text = client.jobs(id=7).to_json()
    shown: list[Any] = []

    def find(facts: Any) -> SyncClient:
        shown.append((facts.vendor, facts.account, facts.origin, facts.kind))
        return client

    for clients in (client, {"alation": client}, find):
        job = resume(text, clients)
        assert isinstance(job, Job)
        assert (job.identity, job.client) == ({"id": 7}, client)
    assert shown == [("alation", "default", "https://vendor.example.com", "jobs")]
    assert isinstance(resume(text.encode(), client), Job)
    assert isinstance(resume(text, AsyncWithJobs(**OPTIONS)), AsyncJob)


def test_another_origin_needs_to_be_asked_for() -> None:
    text = WithJobs(**OPTIONS).jobs(id=7).to_json()
    elsewhere = WithJobs(base_url="https://other.example.com", auth=Token("token"))
    with pytest.raises(HandleError, match="another origin"):
        resume(text, elsewhere)
    assert resume(text, elsewhere, rebind=True).client is elsewhere


def test_texts_that_fit_no_client() -> None:
    text = WithJobs(**OPTIONS).jobs(id=7).to_json()
    with pytest.raises(HandleError, match="no client for alation"):
        resume(text, {})
    with pytest.raises(HandleError, match=r"no jobs of alation\.jobs"):
        resume(text, AlationClient(**OPTIONS))
    with pytest.raises(HandleError, match=r"no jobs of alation\.jobs"):
        resume(text, sync_client(World(), kinds.CDM))
    with pytest.raises(HandleError):
        resume("{}", WithJobs(**OPTIONS))
    with pytest.raises(HandleError, match="checksum"):
        resume(text.replace('"kind":"jobs"', '"kind":"close"'), WithJobs(**OPTIONS))
    assert isinstance(async_client(World(), kinds.CDM), AsyncClient)
