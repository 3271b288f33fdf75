"""Security schemes, what requires them, and exchanges of credentials: what is sound, and what is said of the rest."""

from __future__ import annotations

from typing import Any

import pytest
from spec.small import said, spec

KEY = {"type": "apiKey", "in": "header", "name": "X-Key"}
TOKEN = {"application/json": {"schema": {"type": "object", "properties": {"token": {"type": "string"}}}}}


def secured(required: Any, **schemes: Any) -> dict[str, Any]:
    """A document that requires schemes."""
    return spec(
        {"responses": {"200": {"description": "It."}}, "x-evidence": [{"source": "A page", "kind": "documentation"}]},
        security=required,
        components={"securitySchemes": schemes},
    )


def exchanging(body: Any = "$credential.word", token: str = "$response.body#/token", **more: Any) -> dict[str, Any]:
    """A document with an exchange, whose operation documents a token in its body and in a header field."""
    exchange = {
        "description": "A word.",
        "into": "key",
        "operationId": "get_it",
        "credentials": {"word": {"type": "string", "description": "It."}},
        "body": body,
        "token": token,
        **more.pop("exchange", {}),
    }
    document = secured([{"key": []}], key=KEY)
    operation = document["paths"]["/it"]["post"]
    operation["security"] = more.pop("security", [])
    operation["responses"] = {
        "201": {"description": "It.", "headers": {"X-Token": {"schema": {"type": "string"}}}, "content": TOKEN},
        "401": {"description": "No.", "headers": {"X-Reason": {"schema": {"type": "string"}}}},
        **more.pop("responses", {}),
    }
    return document | {"x-auth": {"word": exchange}}


def about_security(data: dict[str, Any], *, reviewed: bool = True) -> list[str]:
    """What is said of schemes, requirements and exchanges."""
    return [line for line in said(data, reviewed=reviewed) if "no-evidence" not in line and "unshown" not in line]


@pytest.mark.parametrize(
    ("scheme", "sound"),
    [
        ({"type": "apiKey", "in": "header", "name": "Authorization"}, True),
        ({"type": "apiKey", "in": "header", "name": "authorization"}, True),
        ({"type": "apiKey", "in": "query", "name": "Authorization"}, False),
        ({"type": "apiKey", "in": "header", "name": "X-Signature"}, False),
    ],
)
def test_a_signature_is_in_the_header_authorization(scheme: dict[str, Any], sound: bool) -> None:
    found = about_security(secured([{"key": []}], key=scheme | {"x-signature": "SDK-HMAC-SHA256"}))
    wrong = (
        "/components/securitySchemes/key/x-signature bad-signature: a signature travels in the header Authorization "
        "(write: type: apiKey, in: header, name: Authorization)"
    )
    assert found == ([] if sound else [wrong])


@pytest.mark.parametrize(
    ("flow", "code"),
    [
        ({"tokenUrl": "https://a.example/token", "scopes": {}}, ""),
        ({"tokenUrl": "/oauth/token", "scopes": {}}, ""),
        ({"tokenUrl": "oauth/token", "scopes": {}}, "/tokenUrl bad-token-url"),
        ({"tokenUrl": "https://a.example/token?tenant=a", "scopes": {}}, "/tokenUrl bad-token-url"),
        ({"tokenUrl": "https://a.example/to ken", "scopes": {}}, "/tokenUrl bad-token-url"),
        ({"scopes": {}}, " missing-key"),
    ],
)
def test_tokens_are_asked_from_an_address(flow: dict[str, Any], code: str) -> None:
    found = about_security(secured([{"key": []}], key={"type": "oauth2", "flows": {"clientCredentials": flow}}))
    at = "/components/securitySchemes/key/flows/clientCredentials"
    assert [line.partition(":")[0] for line in found] == ([at + code] if code else [])


def test_one_alternative_that_a_client_can_meet_is_enough() -> None:
    foreign = {"type": "mutualTLS"}
    digest = {"type": "http", "scheme": "digest"}
    assert about_security(secured([{"foreign": []}, {"key": []}], key=KEY, foreign=foreign)) == []
    assert about_security(
        secured([{"key": [], "foreign": [], "digest": []}], key=KEY, foreign=foreign, digest=digest)
    ) == [
        '/security unsupported-security: no client can make what this security requires: "foreign" is mutualTLS '
        "(apiKey, http basic, http bearer, openIdConnect and oauth2 are supported)"
    ]


def test_a_scheme_that_is_not_declared_is_one_alternative_less_in_a_published_document() -> None:
    document = secured([{"keys": []}, {"key": []}], key=KEY)
    line = '/security/0/keys unknown-scheme: there is no security scheme "keys" (did you mean "key"?)'
    assert about_security(document) == [line]
    assert about_security(document, reviewed=False) == [f"warning {line}"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"words": ["a", "$credential.word"]}, []),
        ("$credential.word", []),
        ({"place": "$client.place", "word": "$credential.word"}, []),
        ({"words": ["$credential.words"]}, ["/words/0 unknown-field"]),
        ({"word": "$client.a-place"}, ["/word bad-template"]),
        ({"word": "$request.body#/word"}, ["/word bad-template"]),
        ({"a": ["$nothing", {"b": "$credential.other"}]}, ["/a/0 bad-template", "/a/1/b unknown-field"]),
    ],
)
def test_what_an_exchange_sends_is_the_credential_and_what_the_client_knows(body: Any, expected: list[str]) -> None:
    found = about_security(exchanging(body))
    assert [line.partition(":")[0] for line in found] == [f"/x-auth/word/body{code}" for code in expected]


def test_a_field_that_is_never_sent_is_told_where_the_body_is_sound() -> None:
    assert about_security(exchanging({"kind": "a"})) == [
        'warning /x-auth/word/credentials/word unused-field: the field "word" is asked for and never sent '
        "(use it in the body as $credential.word, or remove it)"
    ]


@pytest.mark.parametrize("place", ["$response.header.X-Token", "$response.header.x-token", "$response.body#/token"])
def test_a_token_is_where_a_good_response_documents_it(place: str) -> None:
    assert about_security(exchanging(token=place)) == []


def test_a_header_of_an_error_holds_no_token() -> None:
    found = about_security(exchanging(token="$response.header.X-Reason"))
    assert found == [
        '/x-auth/word/token unknown-header: no documented response has the header "X-Reason" (there is: "X-Token")'
    ]
    assert about_security(exchanging(token="$response.header.X-Reason"), reviewed=False) == []


def test_an_exchange_does_not_need_its_own_token() -> None:
    circular = exchanging(security=[{"key": []}])
    assert [line.partition(":")[0] for line in about_security(circular)] == ["/x-auth/word/operationId circular-auth"]
    assert about_security(exchanging(security=[{"key": []}, {}])) == []
    del circular["paths"]["/it"]["post"]["security"]  # then the root's counts
    assert [line.partition(":")[0] for line in about_security(circular)] == ["/x-auth/word/operationId circular-auth"]


@pytest.mark.parametrize(
    ("exchange", "expected"),
    [
        (
            {"into": "keys"},
            '/x-auth/word/into unknown-scheme: there is no security scheme "keys" (did you mean "key"?)',
        ),
        (
            {"operationId": "get_its"},
            '/x-auth/word/operationId unknown-operation: there is no operation "get_its" (did you mean "get_it"?)',
        ),
    ],
)
def test_an_exchange_names_what_is_there(exchange: dict[str, Any], expected: str) -> None:
    assert about_security(exchanging(exchange=exchange)) == [expected]


def test_an_exchange_has_no_path_with_parameters() -> None:
    document = exchanging()
    operation = document["paths"].pop("/it")
    operation["post"]["parameters"] = [
        {"name": "id", "in": "path", "required": True, "description": "It.", "schema": {"type": "string"}}
    ]
    document["paths"]["/it/{id}"] = operation
    assert [line.partition(":")[0] for line in about_security(document)] == [
        "/x-auth/word/operationId unusable-exchange"
    ]


@pytest.mark.parametrize(
    ("scheme", "kind"),
    [
        ({"type": "http", "scheme": "digest"}, "HTTP digest"),
        ({"type": "http", "scheme": "Negotiate"}, "HTTP negotiate"),
        ({"type": "openIdConnect", "openIdConnectUrl": "https://a.example"}, ""),
        ({"type": "http", "scheme": "Bearer"}, ""),
        ({"type": "http", "scheme": "basic"}, ""),
        ({"type": "oauth2", "flows": {"implicit": {"authorizationUrl": "https://a.example", "scopes": {}}}}, ""),
    ],
)
def test_a_scheme_that_no_client_can_meet_is_named(scheme: dict[str, Any], kind: str) -> None:
    message = f'/security unsupported-security: no client can make what this security requires: "key" is {kind} '
    hint = "(apiKey, http basic, http bearer, openIdConnect and oauth2 are supported)"
    assert about_security(secured([{"key": []}], key=scheme)) == ([message + hint] if kind else [])


@pytest.mark.parametrize("key", ["expires", "expires_in"])
def test_the_end_of_a_token_is_where_the_response_documents_it(key: str) -> None:
    assert about_security(exchanging(exchange={key: "$response.body#/token"})) == []
    found = about_security(exchanging(exchange={key: "$response.body#/tokens"}))
    assert [line.partition(":")[0] for line in found] == [f"/x-auth/word/{key} unknown-pointer"]
