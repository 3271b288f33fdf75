"""What an Airflow connection says to a client."""

from __future__ import annotations

from typing import Any

import pytest
from jobclients_core import AkSk, ApiKey, Basic, InvalidArgument
from jobclients_core.env import variables_of
from jobclients_core.integrations.airflow.utils.connection import ConnectionFields
from jobclients_core.vendors import load


def options(vendor: str, **fields: Any) -> dict[str, Any]:
    return ConnectionFields("x", **fields).options(load(vendor).client)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"host": "https://a.test/b"}, "https://a.test/b"),
        ({"host": "a.test"}, "https://a.test"),
        ({"host": "127.0.0.1", "port": 81, "schema": "http"}, "http://127.0.0.1:81"),
    ],
)
def test_the_base_url(fields: dict[str, Any], expected: str) -> None:
    assert options("alation", password="a token", **fields)["base_url"] == expected


@pytest.mark.parametrize(
    ("vendor", "fields", "expected"),
    [
        ("alation", {"password": "t"}, ApiKey("t")),
        ("alation", {"extra": {"token": "t"}}, ApiKey("t")),
        ("datameer", {"login": "u", "password": "p"}, Basic("u", "p")),
        ("huawei_dli", {"login": "a", "password": "s", "extra": {"project_id": "p"}}, AkSk("a", "s")),
        (
            "huawei_dli",
            {"login": "a", "password": "s", "extra": {"project_id": "p", "security_token": "t"}},
            AkSk("a", "s", "t"),
        ),
    ],
)
def test_login_and_password_fill_what_a_credential_wants(vendor: str, fields: dict[str, Any], expected: Any) -> None:
    assert options(vendor, host="https://a.test", **fields)["auth"] == expected


def test_the_longest_credential_that_fits_is_meant() -> None:
    found = options(
        "huawei_dli", host="https://a.test", login="u", password="p", extra={"project_id": "p", "domain": "d"}
    )["auth"]
    assert type(found).__name__ == "IamPassword"
    assert (found.username, found.password, found.domain) == ("u", "p", "d")


def test_a_refresh_token_takes_the_login_that_is_no_secret() -> None:
    found = options("alation", host="https://a.test", login="7", password="secret")["auth"]
    assert (found.user_id, found.refresh_token) == (7, "secret")


def test_what_all_clients_have() -> None:
    extra = {"account": "eu", "timezone": "Europe/Berlin", "timeout": 5, "verify": False}
    found = options("alation", host="https://a.test", password="t", extra=extra)
    assert (found["account"], str(found["timezone"])) == ("eu", "Europe/Berlin")
    assert (found["http"].timeout, found["http"].verify) == (5, False)


def test_empty_fields_of_the_form_are_not_said() -> None:
    extra = {"account": "", "token": None, "proxy": ""}
    assert options("alation", host="https://a.test", password="t", extra=extra)["auth"] == ApiKey("t")


@pytest.mark.parametrize(
    ("vendor", "fields", "message"),
    [
        ("huawei_cdm", {"password": "t"}, "connection x: not set: project_id"),
        ("alation", {"password": "t"}, "no server is set: base_url or host"),
        ("alation", {"host": "https://a.test"}, "no credential is set: token; or refresh_token and user_id"),
        ("alation", {"host": "https://a.test", "extra": {"regoin": "eu"}}, "the vendor has no regoin; known are"),
        ("alation", {"host": "https://a.test", "extra": {"timezone": "Mars"}}, "timezone is not the name"),
    ],
)
def test_what_is_missing_is_named_as_the_connection_names_it(vendor: str, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        options(vendor, **fields)


def test_messages_hold_no_secret() -> None:
    with pytest.raises(InvalidArgument) as caught:
        options("alation", host="https://a.test", password="very secret", extra={"tokne": "secret too"})
    assert "secret" not in str(caught.value)


def test_every_secret_of_a_credential_is_known() -> None:
    fields = ConnectionFields(
        "x",
        password="one",
        extra={"secret_key": "two", "security_token": "three", "access_key": "four", "proxy": "five"},
    )
    client = load("huawei_dli").client
    assert set(fields.secrets(client)) == {"one", "two", "three", "five"}
    assert "secret_key" in str(variables_of(client).credentials)


def test_the_vendor_that_is_meant() -> None:
    assert ConnectionFields("x", extra={"vendor": "alation"}).known(None).name == "alation"
    assert ConnectionFields("x").known("alation").name == "alation"
    assert ConnectionFields("x", extra={"vendor": "alation"}).known("jobclients:alation").name == "alation"


@pytest.mark.parametrize(
    ("own", "given", "message"),
    [(None, None, "names no vendor"), ("alation", "datameer", "is of alation"), ("nobody", None, "unknown vendor")],
)
def test_a_vendor_that_is_not_clear(own: str | None, given: str | None, message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        ConnectionFields("x", extra={"vendor": own} if own else {}).known(given)
