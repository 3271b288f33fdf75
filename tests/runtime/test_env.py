"""Clients made of environment variables."""

from __future__ import annotations

from typing import Any

import pytest
from jobclients_core import (
    AkSk,
    Basic,
    HttpOptions,
    InvalidArgument,
    SyncClient,
    Token,
    Vendor,
)
from jobclients_core.env import settings_from_env
from runtime.support import VENDOR, Elsewhere


class AcmeClient(SyncClient):
    vendor = VENDOR

    def __init__(
        self,
        *,
        base_url: str | None = None,
        region: str | None = None,
        project_id: str,
        cluster_id: str | None = None,
        auth: Any = None,
        account: str = "default",
        http: HttpOptions | None = None,
    ) -> None:
        super().__init__(
            VENDOR,
            base_url=base_url,
            variables={"region": region},
            parameters={"project_id": project_id, "cluster_id": cluster_id},
            auth=auth,
            account=account,
            http=http,
        )


def settings(monkeypatch: pytest.MonkeyPatch, prefix: str | None = None, /, **variables: str) -> dict[str, Any]:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return settings_from_env(AcmeClient, prefix, {})


BASE = {"ACME_PROJECT_ID": "p1", "ACME_REGION": "north"}


def test_everything_is_found_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings(monkeypatch, **BASE, ACME_BASE_URL="https://h", ACME_CLUSTER_ID="c", ACME_TOKEN="t0k")
    assert found == {
        "base_url": "https://h",
        "region": "north",
        "project_id": "p1",
        "cluster_id": "c",
        "auth": Token("t0k"),
    }


class SizedClient(AcmeClient):
    def __init__(
        self, *, page_size: int | None = None, ratio: float = 1, verbose: bool | None = None, **others: Any
    ) -> None:
        super().__init__(**others)


def test_numbers_and_flags_have_their_types(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PAGE_SIZE": "50", "RATIO": "0.5", "VERBOSE": "True", "TOKEN": "7"}.items():
        monkeypatch.setenv(f"ACME_{name}", value)
    found = settings_from_env(SizedClient, None, {})
    assert found == {"page_size": 50, "ratio": 0.5, "verbose": True, "auth": Token("7")}
    for name, wanted in {"PAGE_SIZE": "an integer", "RATIO": "a number", "VERBOSE": "true or false"}.items():
        monkeypatch.setenv(f"ACME_{name}", "many")
        with pytest.raises(InvalidArgument, match=f"ACME_{name} should be {wanted}"):
            settings_from_env(SizedClient, None, {})
        monkeypatch.delenv(f"ACME_{name}")


def test_from_env_makes_a_client_and_overrides_win(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**BASE, "ACME_TOKEN": "t0k"}.items():
        monkeypatch.setenv(name, value)
    with AcmeClient.from_env(project_id="mine", account="prod") as client:
        assert repr(client) == "<AcmeClient acme https://api.north.example.com>"


def test_another_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings(
        monkeypatch, "MY", MY_PROJECT_ID="p", MY_REGION="r", MY_ACCESS_KEY="a", MY_SECRET_KEY="b", ACME_TOKEN="no"
    )
    assert found["auth"] == AkSk("a", "b")


def test_what_is_missing_is_listed_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidArgument, match="not set: ACME_PROJECT_ID"):
        settings(monkeypatch, ACME_TOKEN="t0k")
    monkeypatch.delenv("ACME_TOKEN")
    with pytest.raises(InvalidArgument, match="no credential is set: ACME_TOKEN; or") as caught:
        settings(monkeypatch, **BASE, ACME_USERNAME="u")
    assert "ACME_ACCESS_KEY and ACME_SECRET_KEY" in str(caught.value)


def test_all_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(InvalidArgument) as caught:
        settings_from_env(AcmeClient, None, {}, {})
    said = str(caught.value)
    assert said.startswith(
        "not set: ACME_PROJECT_ID; no server is set: ACME_BASE_URL or ACME_REGION; no credential is set: ACME_TOKEN; or"
    )
    assert caught.value.argument is None


@pytest.mark.parametrize("given", [{"base_url": "https://h"}, {"region": "north"}])
def test_a_server_that_is_given_is_not_missing(given: dict[str, str]) -> None:
    found = settings_from_env(AcmeClient, None, given, {"ACME_PROJECT_ID": "p", "ACME_TOKEN": "t"})
    assert found.items() >= given.items()
    with pytest.raises(InvalidArgument, match=r"^no server is set: ACME_BASE_URL or ACME_REGION$") as caught:
        settings_from_env(AcmeClient, None, {}, {"ACME_PROJECT_ID": "p", "ACME_TOKEN": "t"})
    assert caught.value.argument == "base_url"


def test_a_vendor_whose_server_is_not_known_needs_a_base_url() -> None:
    class Anywhere(AcmeClient):
        vendor = Vendor("anywhere")

    with pytest.raises(InvalidArgument, match="no server is set: ANYWHERE_BASE_URL"):
        settings_from_env(Anywhere, None, {}, {"ANYWHERE_PROJECT_ID": "p"})


def test_misspelt_overrides_are_told_before_anything_else() -> None:
    with pytest.raises(InvalidArgument, match="AcmeClient takes no projectid; project_id is meant") as caught:
        AcmeClient.from_env(projectid="p")
    assert caught.value.argument == "projectid"
    with pytest.raises(InvalidArgument, match="AcmeClient takes no zzz: it takes base_url, region, project_id"):
        AcmeClient.from_env(zzz=1)


def test_several_credentials_are_refused_without_their_values(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidArgument) as caught:
        settings(monkeypatch, **BASE, ACME_TOKEN="s3cret", ACME_ACCESS_KEY="s3cret", ACME_SECRET_KEY="s3cret")
    assert "ACME_TOKEN; ACME_ACCESS_KEY, ACME_SECRET_KEY" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings(monkeypatch, **BASE, ACME_TOKEN="", ACME_USERNAME="u", ACME_PASSWORD="p")
    assert found["auth"] == Basic("u", "p")


def test_the_fields_of_an_exchanged_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings(monkeypatch, **BASE, ACME_USER="ann", ACME_PASSWORD="s3cret", ACME_AUTH_BASE_URL="https://iam")
    # Two exchanged credentials have these two fields; the one that the longer list belongs to is meant.
    assert found["auth"] == Elsewhere(user="ann", password="s3cret", base_url="https://iam")


def test_numbers_are_converted(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings(monkeypatch, **BASE, ACME_USER="ann", ACME_PASSWORD="s3cret", ACME_NUMBER="7")
    assert found["auth"].number == 7
    assert settings(monkeypatch, ACME_NUMBER="7" * 40)["auth"].number == int("7" * 40)
    for text in ("seven", "7" * 41):
        with pytest.raises(InvalidArgument, match="ACME_NUMBER should be an integer"):
            settings(monkeypatch, ACME_NUMBER=text)


def test_a_vendor_without_credentials_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    class Free(AcmeClient):
        vendor = Vendor("free", server="https://free.example.com")

    monkeypatch.setenv("FREE_PROJECT_ID", "p")
    assert settings_from_env(Free, None, {}) == {"project_id": "p", "auth": None}
