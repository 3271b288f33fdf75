"""The clients of all vendors made of environment variables."""

from __future__ import annotations

import asyncio

import pytest
from jobclients import InvalidArgument
from jobclients_core.client import session_of
from jobclients_core.vendors import load, vendor_names

LEAST = [
    ("alation", "HOST=acme.alation.test TOKEN=t0k"),
    ("alation", "BASE_URL=https://alation.test REFRESH_TOKEN=t0k USER_ID=7"),
    ("datameer", "HOST=localhost USERNAME=ann PASSWORD=s3cret"),
    ("huawei_cdm", "REGION=north PROJECT_ID=p CLUSTER_ID=c TOKEN=t0k"),
    ("huawei_cdm", "REGION=north PROJECT_ID=p ACCESS_KEY=a SECRET_KEY=s3cret"),
    ("huawei_cdm", "REGION=north PROJECT_ID=p USERNAME=ann PASSWORD=s3cret DOMAIN=acme"),
    ("huawei_dli", "REGION=north PROJECT_ID=p TOKEN=t0k"),
    ("huawei_dli", "BASE_URL=https://dli.test PROJECT_ID=p ACCESS_KEY=a SECRET_KEY=s3cret"),
    ("huawei_iam", "REGION=north"),
    ("huawei_iam", "BASE_URL=https://iam.test"),
]
"""For each vendor what its clients need at least, in its several ways."""


def test_every_vendor_has_a_least_environment() -> None:
    assert {name for name, _ in LEAST} == set(vendor_names())


@pytest.mark.parametrize(("name", "text"), LEAST, ids=lambda part: part.replace(" ", "-"))
def test_the_least_environment_makes_both_clients(name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = load(name)
    for assignment in text.split():
        variable, _, value = assignment.partition("=")
        monkeypatch.setenv(f"{name.upper()}_{variable}", value)

    with known.client.from_env() as client:
        assert repr(client).startswith(f"<{known.client.__name__} {name} http")

    async def both() -> str:
        async with known.async_client.from_env() as client:
            return repr(client)

    assert asyncio.run(both()).startswith(f"<{known.async_client.__name__} {name} http")


@pytest.mark.parametrize("name", list(vendor_names()))
def test_a_credential_is_looked_for_where_one_is_required(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A vendor whose document says that none is required has a client without."""
    known = load(name)
    monkeypatch.setenv(f"{name.upper()}_BASE_URL", "https://vendor.test")
    monkeypatch.setenv(f"{name.upper()}_PROJECT_ID", "p")
    if known.vendor.security:
        with pytest.raises(InvalidArgument, match="no credential is set"):
            known.client.from_env()
    else:
        with known.client.from_env() as client:
            assert [] == session_of(client).auth.in_use()
