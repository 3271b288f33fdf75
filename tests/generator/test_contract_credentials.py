"""The credentials that lines of a suite give to clients, with made-up values, and what requests carry for them."""

from __future__ import annotations

from typing import Any

import pytest
from jobclients_contract.schema_model.credentials import Exchange
from vendorsmith.testcases.credentials import credentials

TOKEN = "t0ken-made-up"


def declared(**schemes: dict[str, Any]) -> dict[str, Any]:
    """A document with security schemes."""
    return {"components": {"securitySchemes": schemes}}


@pytest.mark.parametrize(
    ("scheme", "headers", "query"),
    [
        ({"type": "apiKey", "in": "header", "name": "X-Key"}, {"x-key": TOKEN}, ()),
        ({"type": "apiKey", "in": "query", "name": "key"}, {}, (("key", TOKEN),)),
        ({"type": "apiKey", "in": "cookie", "name": "SID"}, {"cookie": f"SID={TOKEN}"}, ()),
        ({"type": "http", "scheme": "Bearer"}, {"authorization": f"Bearer {TOKEN}"}, ()),
        ({"type": "openIdConnect"}, {"authorization": f"Bearer {TOKEN}"}, ()),
        ({"type": "oauth2", "flows": {"clientCredentials": {}}}, {"authorization": f"Bearer {TOKEN}"}, ()),
    ],
)
def test_a_token_travels_as_its_scheme_says(scheme: dict[str, Any], headers: object, query: object) -> None:
    (found,) = credentials(declared(one=scheme), {}, {})
    assert (found.name, found.scheme, found.values) == ("Token", "one", {"value": TOKEN})
    assert (found.headers, found.query, found.exchange) == (headers, query, None)


def test_each_scheme_that_a_client_can_make_has_a_credential() -> None:
    basic, key = {"type": "http", "scheme": "basic"}, {"type": "apiKey", "in": "header", "name": "X-Key"}
    signed = {"type": "apiKey", "in": "header", "name": "Authorization", "x-signature": "SDK-HMAC-SHA256"}
    digest = {"type": "http", "scheme": "digest"}
    found = credentials(declared(digest=digest, basic=basic, key=key, other=key, signed=signed), {}, {})
    assert [(item.name, item.scheme, item.signs) for item in found] == [
        ("Basic", "basic", False),
        ("Token", "key", False),
        ("Token", "other", False),
        ("AkSk", "signed", True),
    ]


@pytest.mark.parametrize(
    ("url", "line", "server"),
    [
        ("https://login.example:8443/oauth/token", "POST /oauth/token", "https://login.example:8443"),
        ("/oauth/token", "POST /oauth/token", ""),
    ],
)
def test_credentials_of_a_client_become_a_token_at_its_address(url: str, line: str, server: str) -> None:
    """With all scopes that are declared; who has a token gives it instead."""
    flow = {"tokenUrl": url, "scopes": {"read": "Read.", "write": "Write."}}
    machine, token = credentials(declared(one={"type": "oauth2", "flows": {"clientCredentials": flow}}), {}, {})
    assert (machine.name, token.name, token.exchange) == ("ClientCredentials", "Token", None)
    assert token.headers == {"authorization": f"Bearer {TOKEN}"}
    assert machine.exchange == Exchange(
        line=line,
        server=server,
        body="grant_type=client_credentials&client_id=a-client&client_secret=s3cret-of-client&scope=read+write",
        token="$response.body#/access_token",
        expires_in="$response.body#/expires_in",
        media_type="application/x-www-form-urlencoded",
    )


def test_a_client_without_scopes_asks_for_none() -> None:
    flow = {"tokenUrl": "/token", "scopes": {}}
    machine, _ = credentials(declared(one={"type": "oauth2", "flows": {"clientCredentials": flow}}), {}, {})
    assert machine.exchange is not None
    assert "scope" not in str(machine.exchange.body)


FORMS: dict[str, Any] = {"content": {"text/csv": {}, "application/json": {}}}
LENDER: dict[str, Any] = {
    "servers": [{"url": "https://iam.example"}, {"url": "https://other.example"}],
    "paths": {
        "/log": {"get": {"operationId": "other"}, "put": {"operationId": "log_in", "requestBody": FORMS}},
    },
    "x-auth": {
        "word": {
            "operationId": "log_in",
            "credentials": {"user_name": {"type": "string"}, "level": {"type": "integer"}},
            "body": {
                "who": ["$credential.user_name", {}],
                "level": "$credential.level",
                "at": {"place": "$client.place"},
                "site": "$client.site",
            },
            "token": "$response.header.X-Token",
            "lifetime": "PT1H",
        },
        "unused": {"operationId": "log_in", "credentials": {}, "body": {}, "token": "$response.body#/t"},
    },
}
KEY: dict[str, Any] = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}


def test_a_borrowed_credential_is_exchanged_at_its_own_server() -> None:
    """As the document that declares it says; a value that the client has not got leaves nothing behind."""
    document: dict[str, Any] = declared(**KEY) | {
        "x-auth": {"word": {"vendor": "iam", "into": "key"}, "gone": {"vendor": "x"}}
    }
    _, word = credentials(document, {"iam": LENDER}, {"site": "site-1"})
    assert (word.name, word.scheme) == ("Word", "key")
    assert word.values == {"user_name": "user-name-m4de-up", "level": 10}
    assert word.headers == {"x-key": "exch4nged-t0ken"}
    assert word.exchange == Exchange(
        line="PUT /log",
        server="https://iam.example",
        body={"who": ["user-name-m4de-up", {}], "level": 10, "site": "site-1"},
        token="$response.header.X-Token",
        lifetime="PT1H",
    )


def test_an_own_credential_is_exchanged_at_the_server_of_the_client() -> None:
    own = LENDER["x-auth"]["word"] | {"into": "key", "expires": "$response.body#/until"}
    document: dict[str, Any] = {**LENDER, **declared(**KEY), "x-auth": {"word": own}}
    _, word = credentials(document, {}, {"place": "here"})
    assert word.exchange is not None
    assert (word.exchange.server, word.exchange.expires) == ("", "$response.body#/until")
    assert word.exchange.body == {"who": ["user-name-m4de-up", {}], "level": 10, "at": {"place": "here"}}


def test_what_only_other_vendors_use_is_no_credential_of_the_client() -> None:
    assert credentials(LENDER, {}, {}) == ()
