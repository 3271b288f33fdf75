"""Small specs, and everything that is said of them."""

from __future__ import annotations

from typing import Any

import pytest
from spec.small import RESPONSES, answering, said, spec

POINTERS: list[tuple[dict[str, Any], str, str | None]] = [
    ({"properties": {"ok": {}, "m": {}}}, "/ok", None),
    ({"properties": {"ok": {}, "m": {}}}, "/okk", '(did you mean "ok"?)'),
    ({"properties": {"ok": {}, "m": {}}}, "/zzz", '(there is: "ok" and "m")'),
    ({"properties": {"m": {}, "ok": {"type": "string"}}}, "/ok/x", '(there is: "m" and "ok")'),
    ({"properties": {"m": {}, "ok": {"type": "object"}}}, "/ok/x", None),
    ({"properties": {"m": {}, "ok": {"type": "array"}}}, "/ok/0", None),
    ({"properties": {"m": {}, "ok": {"type": ["array", "null"]}}}, "/ok/x", None),
    ({"properties": {"m": {}, "ok": {"type": ["integer", "null"]}}}, "/ok/x", '(there is: "m" and "ok")'),
    ({"properties": {"m": {}, "ok": {}}}, "/ok/x/y", None),
    ({"properties": {"m": {}, "ok": {"type": "array", "items": {"properties": {"a": {}}}}}}, "/ok/0/a", None),
    (
        {"properties": {"m": {}, "ok": {"type": "array", "items": {"properties": {"a": {}}}}}},
        "/ok/0/b",
        '(there is: "m", "ok" and "a")',
    ),
    (
        {"properties": {"m": {}, "ok": {"type": "array", "items": {"properties": {"a": {}}}}}},
        "/ok/a",
        '(there is: "m" and "ok")',
    ),
    ({"properties": {"m": {}, "ok": {"additionalProperties": {"properties": {"a": {}}}}}}, "/ok/any/a", None),
    (
        {"properties": {"m": {}, "ok": {"additionalProperties": {"properties": {"a": {}}}}}},
        "/ok/any/b",
        '(there is: "m", "ok" and "a")',
    ),
    (
        {"properties": {"m": {}, "ok": {"additionalProperties": False, "properties": {"q": {}}}}},
        "/ok/any",
        '(there is: "m", "ok" and "q")',
    ),
    ({"properties": {"m": {}}, "patternProperties": {"^o": {}}}, "/ok", None),
    ({"properties": {"m": {}, "old": {"x-aliases": ["ok"]}}}, "/ok", None),
    ({"properties": {"m": {}}, "allOf": [{"properties": {"ok": {}}}]}, "/ok", None),
    ({"properties": {"m": {}}, "oneOf": [{"properties": {"a": {}}}, {"properties": {"ok": {}}}]}, "/ok", None),
    (
        {"properties": {"m": {}}, "oneOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}}]},
        "/ok",
        '(there is: "m", "a" and "b")',
    ),
    (
        {"properties": {"m": {}, **{f"key{i}": {} for i in range(11)}}},
        "/zzz",
        '(there is: "m", "key0", "key1", "key2", "key3", "key4", "key5", "key6", "key7", "key8", "key9" and "key10")',
    ),
    ({"properties": {"m": {}, **{f"key{i}": {} for i in range(12)}}}, "/zzz", ""),
    ({"properties": {"m": {}, "state": {"properties": {"phase": {}}}}}, "/stat/phas", '(did you mean "state"?)'),
    ({"properties": {"m": {}, "state": {"properties": {"phase": {}}}}}, "/state/phas", '(did you mean "phase"?)'),
]


@pytest.mark.parametrize(("schema", "pointer", "hint"), POINTERS)
def test_a_pointer_into_answers(schema: dict[str, Any], pointer: str, hint: str | None) -> None:
    """Only what is described can lack something."""
    ok = {"from": f"$response.body#{pointer}", "equals": True}
    message = f'no documented response has anything at "$response.body#{pointer}" {hint}'.strip()
    expected = [] if hint is None else [f"/x-envelope/ok/from unknown-pointer: {message}"]

    assert said(answering(schema, **{"x-envelope": {"ok": ok, "message": "$response.body#/m"}})) == expected


def test_a_published_document_may_have_keywords_that_json_schema_does_not_know() -> None:
    """They are annotations there; a key that OpenAPI does not know is a mistake in any document."""
    schema = {"type": "string", "x-note": 1, "oddity": 1, "enum": ["a"], "minimun": 2}
    data = answering({"properties": {"a": schema}})
    unknown = "/paths/~1it/post/responses/200/content/application~1json/schema/properties/a"

    assert [line.partition(":")[0] for line in said(data)] == [
        f"{unknown}/oddity unknown-key",
        f"{unknown}/minimun unknown-key",
    ]
    assert said(data, reviewed=False) == []
    for place in (data, data["info"], data["paths"]["/it"]["post"]):
        place["oddity"] = 1
        assert ["unknown-key"] == [line.partition(": ")[0].split(" ")[-1] for line in said(data, reviewed=False)]
        del place["oddity"]


JOBS = {
    "jobs": {
        "summary": "A job.",
        "identity": {"id": {}},
        "operations": {"status": {"operationId": "get_job"}},
        "state": {"from": "$response.body#/state", "map": {"RUN": "running", "OK": "succeeded", "BAD": "failed"}},
    }
}


QUERY = {"in": "query", "schema": {"type": "string"}}


@pytest.mark.parametrize(
    ("parameter", "given", "expected"),
    [
        ({"name": "kind", **QUERY}, {}, []),
        ({"name": "kind", "required": False, **QUERY}, {}, []),
        ({"name": "kind", "required": True, **QUERY}, {"kind": "a"}, []),
        ({"name": "id", "required": True, "x-client-parameter": True, **QUERY}, {}, []),
        (
            {"name": "id", "required": True, **QUERY},
            {},
            ['status missing-argument: "get_job" needs "id", which the role "status" does not give'],
        ),
        (
            {"name": "kind", "required": True, **QUERY},
            {},
            ['status missing-argument: "get_job" needs "kind", which the role "status" does not give'],
        ),
        (
            {"name": "kind", **QUERY},
            {"kidn": "a"},
            ['status/parameters/kidn unknown-parameter: "get_job" has no parameter "kidn"'],
        ),
    ],
)
def test_arguments_that_a_role_gives(parameter: dict[str, Any], given: dict[str, str], expected: list[str]) -> None:
    content = {"application/json": {"schema": {"properties": {"state": {"type": "string"}}}}}
    operation = {
        "operationId": "get_job",
        "parameters": [parameter],
        "responses": {"200": {"description": "It.", "content": content}},
    }
    role = {"operationId": "get_job", "parameters": given}
    jobs = {"jobs": {**JOBS["jobs"], "operations": {"status": role if given else {"operationId": "get_job"}}}}
    found = said(spec(operation, **{"x-jobs": jobs}))

    assert [line.removeprefix("/x-jobs/jobs/operations/").partition(" (")[0] for line in found] == expected


NO_ADDRESS = "this is not the address of a server (for example: https://api.example.com)"


NO_SCHEME = "the address of a server begins with https:// or http:// (for example: https://api.example.com/v1)"


NO_QUERY = "a server address must not hold a ? or # (remove what begins there)"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        *(
            (url, "")
            for url in ("https://a.example", "http://a.example:8080/v1", "HTTPS://a.example", "https://[::1]:80/")
        ),
        *((url, "") for url in ("/v1", "/")),
        *((url, NO_SCHEME) for url in ("//a.example/v1", "v1", "ftp://a.example", "mailto:a@b")),
        *((url, NO_ADDRESS) for url in ("https://", "https://:80", "https://[::1", "https://a.example:x")),
        *((url, NO_ADDRESS) for url in ("https://a.example:0", "https://a.example:99999")),
        *((url, NO_ADDRESS) for url in ("https://a b.example", "https://a.example/ b", "https://a.example/\tb")),
        *((f"https://a.example{end}", NO_QUERY) for end in ("?x=1", "?", "#x", "#", "/?q#f")),
        ("https://u:p@a.example", "a server address must not hold a user or password (use securitySchemes)"),
    ],
)
def test_the_address_of_a_server(url: str, message: str) -> None:
    expected = [f"/servers/0/url bad-server-url: {message}"] if message else []

    assert said(spec({"responses": RESPONSES}, servers=[{"url": url}])) == expected
