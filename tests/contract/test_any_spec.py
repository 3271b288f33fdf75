"""The checks of answers hold for a spec with everything that schemas may say, and tell where it is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import pytest
from jobclients_core.expressions import ErrorRule, Facts, evaluate

from .planting import messages

RULES = frozenset(
    (*(f"EX{n}" for n in range(1, 7)), *(f"GN{n}" for n in range(1, 5)), *(f"FC{n}" for n in range(1, 8)))
)
EVERYTHING = (
    frozenset(("SE", *(f"{family}{n}" for family in ("RQ", "ER", "BB", "SP", "MT") for n in range(1, 11)))) | RULES
)
EXAMPLE: dict[str, Any] = {
    "id": 7,
    "state": "on",
    "kind": "derived",
    "at": "2018-09-28T18:44:56.25+02:00",
    "day": "2018-09-28",
    "seconds": "1538160296",
    "local": "Sep 28, 2018 6:44:56 PM",
    "updated-by": "me",
    "payload": '{"rows": 1, "at": "2018-09-28 18:44:56.0"}',
    "children": [{"id": 8, "state": None, "kind": "derived"}],
    "labels": {"a": "on"},
    "either": {"rows": 3, "at": None},
    "amount": 1.5,
    "level": 2,
    "anything": [1, {"deep": None}],
}


def refer(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def document() -> dict[str, Any]:
    """A spec of one call, whose answer has all kinds of values."""
    properties: dict[str, Any] = {
        "kind": {"const": "derived"},
        "at": {"type": "string", "format": "date-time"},
        "day": {"type": "string", "format": "date"},
        "seconds": {"type": ["integer", "string"], "x-time-format": "unix-s"},
        "local": {"type": "string", "x-time-format": "java-medium-us"},
        "updater": {"type": "string", "x-aliases": ["updated-by"]},
        "payload": {"type": "string", "contentMediaType": "application/json", "contentSchema": refer("Rows")},
        "children": {"type": "array", "items": refer("Thing"), "maxItems": 2},
        "labels": {"type": "object", "additionalProperties": refer("State")},
        "either": {"oneOf": [refer("Rows"), {"type": "array", "items": {"type": "integer"}}, {"type": "boolean"}]},
        "amount": {"type": "number", "minimum": 0},
        "level": {"enum": [1, 2, 3]},
        "anything": {},
    }
    schemas = {
        "State": {"type": ["string", "null"], "enum": ["on", "off", None]},
        "Base": {
            "type": "object",
            "required": ["id", "state"],
            "properties": {"id": {"type": "integer", "minimum": 1}, "state": refer("State")},
        },
        "Thing": {"allOf": [refer("Base"), {"type": "object", "required": ["kind"], "properties": properties}]},
        "Rows": {
            "type": "object",
            "required": ["rows"],
            "properties": {"rows": {"type": "integer"}, "at": {"type": ["string", "null"], "x-time-format": "jdbc"}},
        },
        "Problem": {"type": "object", "properties": {"why": {"type": "string"}}},
    }
    content = {"schema": refer("Thing"), "examples": {"all": {"value": EXAMPLE}}}
    things = {"schema": {"type": "array", "items": refer("Thing")}, "examples": {"two": {"value": [EXAMPLE, EXAMPLE]}}}
    failed = {"application/problem+json": {"schema": refer("Problem"), "examples": {"no": {"value": {"why": "no"}}}}}
    answers = {"200": {"description": "It.", "content": {"application/json": content}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Acme", "version": "1"},
        "servers": [{"url": "https://acme.example"}],
        "paths": {
            "/thing": {
                "get": {
                    "operationId": "get_thing",
                    "responses": {**answers, "4XX": {"description": "No.", "content": failed}},
                }
            },
            "/things": {
                "get": {
                    "operationId": "list_things",
                    "responses": {"200": {"description": "All.", "content": {"application/json": things}}},
                }
            },
        },
        "components": {"schemas": schemas},
    }


def said(folder: Path, spec: dict[str, Any], rules: Collection[str] = RULES) -> list[tuple[str, str]]:
    """What the checks of answers say of a spec and the client that is made of it."""
    place = folder / "specs/acme/openapi.yaml"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps(spec, indent=1), encoding="utf-8")
    return list(messages("acme", folder, rules))


def test_a_sound_spec_passes(tmp_path: Path) -> None:
    assert said(tmp_path, document()) == []


def changed(name: str, **keywords: Any) -> dict[str, Any]:
    """The spec with a property that is described in another way."""
    spec = document()
    spec["components"]["schemas"]["Thing"]["allOf"][1]["properties"][name] = keywords
    return spec


@pytest.mark.parametrize(
    ("rule", "pointer", "name", "keywords"),
    [
        ("EX1", "/updated-by", "updater", {"type": "string", "x-aliases": ["updated_by"]}),
        ("EX5", "/local", "local", {"type": "string", "x-time-format": "rfc3339"}),
        (
            *("EX5", "/payload", "payload"),
            {"type": "string", "contentMediaType": "application/json", "contentSchema": refer("Base")},
        ),
    ],
)
def test_what_generating_does_not_see_is_told(
    tmp_path: Path, rule: str, pointer: str, name: str, keywords: dict[str, Any]
) -> None:
    spec = changed(name, **keywords)
    found = [text for code, text in said(tmp_path, spec, {rule}) if code == rule and "get_thing" in text]

    assert found
    assert all(pointer in text for text in found)


def test_examples_whose_names_look_alike_are_tests_of_their_own(tmp_path: Path) -> None:
    """Names of tests hold no brackets and nothing that cannot be printed; one of the examples is wrong, and told."""
    spec = document()
    content = spec["paths"]["/thing"]["get"]["responses"]["200"]["content"]["application/json"]
    content["examples"] = {name: {"value": EXAMPLE} for name in ("a[", "a]", "_", "]", "\u202e", "_~2")}
    content["examples"]["\u202e"] = {"value": EXAMPLE | {"local": "28.9.2018"}}
    found = said(tmp_path, spec, {"EX5"})

    assert len(found) == 1
    assert "28.9.2018" in found[0][1]


def secured() -> dict[str, Any]:
    """The spec with OAuth2 as its only credential, and with a second server."""
    spec = document()
    flow = {"tokenUrl": "/oauth/token", "scopes": {"read": "Read."}}
    spec["components"]["securitySchemes"] = {"machine": {"type": "oauth2", "flows": {"clientCredentials": flow}}}
    spec["security"] = [{"machine": ["read"]}]
    spec["servers"].append({"url": "https://elsewhere.example"})
    return spec


@pytest.mark.parametrize("url", ["/oauth/token", "https://login.acme.example/oauth/token"])
def test_a_vendor_with_oauth2_alone_passes_everything(tmp_path: Path, url: str) -> None:
    """Its documents name models that hold themselves, too, and its token comes from another host."""
    spec = secured()
    spec["components"]["securitySchemes"]["machine"]["flows"]["clientCredentials"]["tokenUrl"] = url

    assert said(tmp_path, spec, EVERYTHING) == []


def ruled(*rules: dict[str, Any]) -> dict[str, Any]:
    """The spec with rules for errors."""
    spec = document()
    spec["x-errors"] = {
        "code": ["$response.body#/why"],
        "rules": [
            {"status": ["422"], "code": ["X"], "raise": "Conflict", "transient": True},
            {"status": ["5XX"], "code": ["X"], "raise": "NotFound"},
            {"status": [451], "raise": "PermissionDenied"},
            *rules,
        ],
    }
    return spec


def subjects(found: Iterable[tuple[str, str]]) -> set[str]:
    """What the checks are about that fail."""
    return {match[1] for _, text in found for match in re.finditer(r"case: +(.*) \((?:a?sync) client\)", text)}


def test_an_exchanged_credential_may_be_the_only_one(tmp_path: Path) -> None:
    assert said(tmp_path, secured(), {"RQ7", "RQ9", "SE"}) == []


def test_tokens_may_go_into_the_query(tmp_path: Path) -> None:
    """One that was exchanged replaces the one that calls are written out with in the tables."""
    spec = document()
    spec["components"]["securitySchemes"] = {"key": {"type": "apiKey", "in": "query", "name": "k"}}
    spec["security"] = [{"key": []}]
    pin = {"type": "object", "required": ["pin"], "properties": {"pin": {"type": "string"}}}
    made = {"type": "object", "properties": {"made": {"type": "string"}}}
    spec["paths"]["/login"] = {
        "post": {
            "operationId": "log_in",
            "security": [],
            "requestBody": {"required": True, "content": {"application/json": {"schema": pin}}},
            "responses": {
                "200": {
                    "description": "In.",
                    "headers": {"X-Life": {"schema": {"type": "integer"}}},
                    "content": {"application/json": {"schema": made}},
                }
            },
        }
    }
    spec["x-auth"] = {
        "pin": {
            "into": "key",
            "description": "A number.",
            "operationId": "log_in",
            "credentials": {"pin": {"type": "string", "secret": True, "description": "It."}},
            "body": {"pin": "$credential.pin"},
            "token": "$response.body#/made",
            "expires_in": "$response.header.X-Life",
            "lifetime": "PT1H",
        }
    }

    assert said(tmp_path, spec, {"RQ7", "RQ9", "SE"}) == []


def test_a_credential_is_not_sent_where_another_one_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = document()
    spec["components"]["securitySchemes"] = {
        "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
        "basic": {"type": "http", "scheme": "basic"},
    }
    spec["paths"]["/thing"]["get"]["security"] = [{"key": []}]
    spec["paths"]["/things"]["get"]["security"] = [{"basic": []}]
    assert said(tmp_path / "sound", spec, {"RQ7", "RQ9"}) == []

    monkeypatch.setattr("jobclients_core.auth.Authenticator._choose", lambda *_: [])

    assert {"Token", "Basic", "none"} <= subjects(said(tmp_path / "broken", spec, {"RQ7"}))


@pytest.mark.parametrize("life", [None, 3600.0])
def test_the_seconds_that_a_token_lives_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, life: float | None
) -> None:
    monkeypatch.setattr("jobclients_core.exchange._life", lambda *_: life)

    assert "ClientCredentials-expires-in" in subjects(said(tmp_path, secured(), {"RQ7"}))


def test_seconds_in_digits_are_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that reads numbers alone is told apart from one that reads what vendors send."""

    def read(place: str, facts: Facts) -> object:
        found = evaluate(place, facts)
        return found if place.endswith("access_token") or not isinstance(found, str) else None

    monkeypatch.setattr("jobclients_core.exchange.evaluate", read)

    assert subjects(said(tmp_path, secured(), {"RQ7"})) == {"ClientCredentials-expires-in"}


def test_exchanges_go_where_the_base_url_leads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobclients_core.exchange.encode_literal", lambda path: f"/elsewhere{path}")

    assert {"slash", "path", "path-slash"} <= subjects(said(tmp_path, secured(), {"RQ9"}))


def test_rules_of_errors_pass(tmp_path: Path) -> None:
    assert said(tmp_path, ruled(), {"ER1", "MT1"}) == []


def test_each_rule_is_tried_at_its_own_statuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = ErrorRule.applies

    def deaf(rule: ErrorRule, status: int, code: str | None) -> bool:
        return status not in (422, 451) and before(rule, status, code)

    monkeypatch.setattr(ErrorRule, "applies", deaf)

    assert subjects(said(tmp_path, ruled(), {"ER1"})) >= {"rule 0 X", "rule 2"}


def test_a_rule_that_another_one_hides_is_told(tmp_path: Path) -> None:
    spec = ruled({"status": [422], "code": ["X"], "raise": "NotFound"})
    found = said(tmp_path, spec, {"ER1"})

    assert subjects(found) == {"rule 3 X"}
    assert all("no answer could be made that the rule decides" in text for _, text in found)
