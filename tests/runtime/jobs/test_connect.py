"""Clients by name and jobs by text, out of this package and out of others that announce themselves."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest
from jobclients_core import AsyncClient, InvalidArgument, SyncClient, Token
from jobclients_core.connecting import connect, connect_async, resume
from jobclients_core.jobs import AsyncJob, HandleError, Job
from jobclients_core.vendors import vendor_names
from runtime.jobs import kinds
from runtime.jobs.world import World, async_client, sync_client


class AlationClient(SyncClient):
    def __init__(self, *, base_url: str, auth: Any) -> None:
        super().__init__(kinds.ALATION, base_url=base_url, auth=auth)


class AcmeClient(AlationClient):
    pass


class AsyncAlationClient(AsyncClient):
    def __init__(self, *, base_url: str, auth: Any) -> None:
        super().__init__(kinds.ALATION, base_url=base_url, auth=auth)


OPTIONS: dict[str, Any] = {"base_url": "https://vendor.example.com", "auth": Token("token")}


class Point:
    """An entry point of a distribution whose table needs no import."""

    def __init__(self, package: str, vendors: dict[str, str]) -> None:
        self.name = package
        self._vendors = vendors

    def load(self) -> dict[str, str]:
        return self._vendors


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two distributions, one of which has the vendor that the other one has as well."""
    module = types.ModuleType("acme_clients.acme")
    module.__dict__.update({"SyncClient": SyncClient, "AcmeClient": AcmeClient})
    monkeypatch.setitem(sys.modules, "acme_clients.acme", module)
    monkeypatch.setitem(sys.modules, __name__, sys.modules[AlationClient.__module__])
    points = [
        Point("clients", {"alation": __name__, "datameer": __name__}),
        Point("acme_clients", {"acme": "acme_clients.acme", "datameer": "acme_clients.acme"}),
    ]
    monkeypatch.setattr("jobclients_core.vendors.entry_points", lambda group: points)


def test_clients_of_every_distribution_are_found() -> None:
    assert type(connect("alation", **OPTIONS)) is AlationClient
    assert type(connect_async("alation", **OPTIONS)) is AsyncAlationClient
    assert type(connect("acme", **OPTIONS)) is AcmeClient
    with pytest.raises(InvalidArgument, match=r"acme_clients\.acme has no client"):
        connect_async("acme", **OPTIONS)


def test_a_name_that_two_packages_have_needs_the_package() -> None:
    assert vendor_names() == ["acme", "acme_clients:datameer", "alation", "clients:datameer"]
    assert type(connect("clients:datameer", **OPTIONS)) is AlationClient
    assert type(connect("acme_clients:datameer", **OPTIONS)) is AcmeClient
    with pytest.raises(InvalidArgument, match=r"write acme_clients:datameer or clients:datameer$"):
        connect("datameer", **OPTIONS)


def test_a_package_that_is_not_installed_is_found_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    table = types.ModuleType("somewhere._vendors")
    table.__dict__["VENDORS"] = {"alation": __name__}
    monkeypatch.setitem(sys.modules, "somewhere", types.ModuleType("somewhere"))
    monkeypatch.setitem(sys.modules, "somewhere._vendors", table)
    assert type(connect("somewhere:alation", **OPTIONS)) is AlationClient
    with pytest.raises(InvalidArgument, match="unknown vendor 'acme'; known of somewhere are alation"):
        connect("somewhere:acme", **OPTIONS)
    with pytest.raises(InvalidArgument, match="known of nowhere are none"):
        connect("nowhere:acme", **OPTIONS)


def test_vendors_and_options_that_are_none() -> None:
    with pytest.raises(InvalidArgument, match="known are acme, acme_clients:datameer, alation"):
        connect("alatoin", **OPTIONS)
    with pytest.raises(InvalidArgument, match="unexpected keyword argument 'base'"):
        connect("alation", **{**OPTIONS, "base": 1})


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
