"""Recordings hold what is listed and nothing else, and what they hold shows the same drift as what came."""

from __future__ import annotations

import copy
import dataclasses
import json
import re
from typing import Any

import httpx2
import pytest
from drift.planted import PLANTED, Planted, content_of
from drift.support import ask
from jobclients_contract.live.allowed import Allowed
from jobclients_contract.live.patterns import MASK
from jobclients_contract.schema_model.document import Document, Operation
from jobclients_core.drift import Drift

from .support import ROOT, Change, Command, replaced

SECRET = "correct horse battery staple"
"""Looks like no secret, is at no place of secrets, and nobody was told of it."""

DOCUMENTED: dict[str, Any] = {
    "paths": {
        "/jobs/{id}": {
            "get": {
                "operationId": "get_job",
                "parameters": [{"in": "query", "name": "page", "schema": {"type": "integer"}}],
                "responses": {
                    "200": {
                        "headers": {"X-Trace": {"required": True, "schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Job"}}},
                    },
                    "4XX": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
                    "204": {},
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Problem": {"type": "object", "properties": {"errno": {"type": "string"}, "text": {"type": "string"}}},
            "Job": {
                "type": "object",
                "properties": {
                    "id": {"type": "string"},
                    "state": {"type": "string"},
                    "color": {"enum": ["red", "green"]},
                    "count": {"type": "integer"},
                    "began": {"type": "integer", "x-time-format": "unix-ms"},
                    "ended": {"type": "string", "x-time-format": "rfc3339"},
                    "day": {"type": "string", "format": "date"},
                    "slug": {"type": "string", "pattern": "^[a-z]+-[0-9]+$", "example": "made-1"},
                    "hash": {"type": "string", "pattern": "^[0-9a-f]{6}-[0-9a-f]{8}$"},
                    "slow": {"type": "string", "pattern": "^(a+)+$"},
                    "inner": {"$ref": "#/components/schemas/Job"},
                    "told": {"type": "string"},
                    "note": {"type": "string"},
                    "last-user": {"type": "string", "x-aliases": ["lastUser"]},
                    "words": {"type": "string"},
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "labels": {"type": "object", "additionalProperties": {"type": "integer"}},
                    "any": {"type": "object"},
                    "detail": {
                        "type": "string",
                        "contentMediaType": "application/json",
                        "contentSchema": {"$ref": "#/components/schemas/Job"},
                    },
                },
            },
        }
    },
    "x-errors": {"code": ["$response.body#/errno"], "message": ["$response.body#/text"]},
    "x-jobs": {
        "jobs": {
            "identity": {"id": {"type": "string"}},
            "operations": {"status": {"operationId": "get_job"}},
            "echo": {"at": "/id"},
            "state": {
                "from": "$response.body#/state",
                "map": {"RUNNING": "running"},
                "refine": [
                    {"if": "running", "when": {"from": "$result#/state", "equals": "ODD"}, "to": "failed"},
                    {
                        "if": "running",
                        "when": {"any": {"of": "$result#/tags", "holds": {"from": "$item#", "not_in": ["a"]}}},
                        "to": "failed",
                    },
                    {"if": "running", "when": {"from": "$result#/id", "nonempty": True}, "to": "failed"},
                ],
            },
            "fields": {
                "message": {"from": "$response.body#/note"},
                "result": {"from": "$response.body#/detail", "contentMediaType": "application/json"},
                "duration": {"from": "$response.body#/words", "pattern": "took (?P<value>[0-9]+) s"},
                "code": {"from": "$response.body#/told", "pattern": "owner .*, code (?P<value>[A-Z0-9-]+)"},
                "error": {"from": ["$response.body#/told"], "pattern": "because (?P<value>.+)"},
            },
        }
    },
}
DOCUMENT = Document(DOCUMENTED)
ALLOWED = Allowed(DOCUMENT)
GET_JOB = DOCUMENT.operations["get_job"]

BODIES: list[tuple[str, Any, Any]] = [
    ("places that jobs are distinguished by", {"id": "j-1", "state": "ODD"}, {"id": "j-1", "state": "ODD"}),
    ("a new word of an enumeration", {"color": "blue"}, {"color": "blue"}),
    ("prose in place of a word", {"color": SECRET, "id": SECRET}, {"color": MASK, "id": MASK}),
    ("numbers, truth, null", {"count": 5, "note": None, "day": True}, {"count": 5, "note": None, "day": True}),
    ("digits for a number", {"count": "512"}, {"count": "000"}),
    ("times", {"began": "1536905778725", "ended": "2024-05-06T07:08:09Z"}, ...),
    ("what is not a time", {"began": SECRET, "ended": SECRET}, {"began": MASK, "ended": MASK}),
    ("dates", {"day": "2024-05-06"}, ...),
    ("what is not a date", {"day": SECRET}, {"day": MASK}),
    ("a text with a pattern", {"slug": "jane-4711"}, {"slug": "made-1"}),
    ("a text that does not match it", {"slug": SECRET}, {"slug": MASK}),
    ("a text with a pattern of no example", {"hash": "c0ffee-0d15ea5e"}, {"hash": "a0aaaa-0a00aa0a"}),
    ("a long text with a pattern", {"slug": f"{'x' * 2000}-1"}, {"slug": "-" * 2001}),
    ("a text with a slow pattern", {"slow": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"}, {"slow": MASK}),
    ("the name of a place that is compared elsewhere", {"inner": {"state": "Jane Doe 4711", "id": "jane@x.example"}},
     {"inner": {"state": MASK, "id": MASK}}),
    ("free texts", {"note": SECRET, "tags": [SECRET, ""]}, {"note": MASK, "tags": [MASK, ""]}),
    ("another key of the same", {"lastUser": SECRET}, {"lastUser": MASK}),
    ("a sentence that is read", {"words": f"it took 5 s, {SECRET}"}, {"words": "took 5 s"}),
    (
        "what a pattern lets pass",
        {"told": "owner Jane Doe 4711, code E-17!"},
        {"told": "owner Aaaa Aaa 0000, code E-17"},
    ),
    ("a message that is read", {"told": f"because {SECRET}"}, {"told": "because aaaaaaa aaaaa aaaaaaa aaaaaa"}),
    ("another sentence", {"words": SECRET}, {"words": MASK}),
    ("keys of maps", {"labels": {SECRET: 5}}, {"labels": {f"{MASK}-0": 5}}),
    ("free objects", {"any": {SECRET: SECRET}}, {"any": {}}),
    (
        "JSON in a text",
        {"detail": json.dumps({"state": "RUNNING", "tags": ["b", SECRET], "id": "j-1", "note": SECRET})},
        {"detail": json.dumps({"state": "RUNNING", "tags": ["b", MASK], "id": MASK, "note": MASK})},
    ),
    ("no JSON in a text", {"detail": f'{{"note": "{SECRET}"'}, {"detail": MASK}),
    (
        "what is not documented",
        {"new": SECRET, "more": {"a": SECRET}, "list": [5, 6, {"a": SECRET}, [SECRET]], "n": 1.5, SECRET: 1},
        {"new": MASK, "more": {}, "list": [0, {}, []], "n": 0.0, f"{MASK}-4": 0},
    ),
    (
        "another type",
        {"tags": SECRET, "note": {"a": SECRET}, "any": [SECRET]},
        {"tags": MASK, "note": {}, "any": [MASK]},
    ),
    ("another body", [SECRET], [MASK]),
    (
        "keys that do not look like names of properties",
        {"sk_live_51HabcDEF0123456789": {}, "alice@example.com": 0, "new_key-2.1": 0, "a" * 41: 0, "4711": 0, "12": 0},
        {f"{MASK}-0": {}, f"{MASK}-1": 0, "new_key-2.1": 0, f"{MASK}-3": 0, f"{MASK}-4": 0, "12": 0},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("came", "kept"), [case[1:] for case in BODIES], ids=[case[0] for case in BODIES])
def test_of_a_body_is_kept_what_is_listed(came: Any, kept: Any) -> None:
    found = json.loads(ALLOWED.body(GET_JOB, 200, json.dumps(came).encode()))

    assert found == (came if kept is ... else kept)


@pytest.mark.parametrize(
    ("status", "content", "kept"),
    [
        (404, b'{"errno": "E-17", "text": "no such job"}', b'{"errno": "E-17", "text": "REDACTED"}'),
        (302, b'{"id": "j-1", "a": [1]}', b'{"id": "REDACTED", "a": [0]}'),
        (202, b'{"id": "j-1", "note": "n"}', b'{"id": "j-1", "note": "REDACTED"}'),
        (204, b'"text"', b'"REDACTED"'),
        (200, b"", b""),
        (200, b"<p>text</p>", MASK.encode()),
        (200, b'{"note": 1, "note": 2}', b'{"": 0, "": 0}'),
    ],
)
def test_of_any_body_is_kept_what_its_status_documents(status: int, content: bytes, kept: bytes) -> None:
    assert ALLOWED.body(GET_JOB, status, content) == kept


def test_of_an_exchange_of_credentials_the_keys_look_like_names() -> None:
    came = {"access_token": 5, "data": [{"alice@example.com": {"expires": 5}}]}

    found = json.loads(ALLOWED.body(None, 200, json.dumps(came).encode()))

    assert found == {"access_token": 5, "data": [{f"{MASK}-0": {"expires": 5}}]}
    assert ALLOWED.body(None, 200, b"<p>text</p>") == MASK.encode()


def test_of_header_fields_are_kept_the_listed_ones() -> None:
    came = [
        ("Content-Type", f'application/json; charset="utf-8"; a={SECRET}'),
        ("Retry-After", "120"),
        ("Sunset", "Fri, 01 Jan 2027 00:00:00 GMT"),
        ("Deprecation", SECRET),
        ("X-Trace", SECRET),
        ("X-Other", SECRET),
        ("Set-Cookie", f"a={SECRET}"),
    ]

    assert ALLOWED.headers(GET_JOB, came) == {
        "content-type": "application/json; charset=utf-8",
        "deprecation": MASK,
        "retry-after": "120",
        "sunset": "Fri, 01 Jan 2027 00:00:00 GMT",
        "x-trace": MASK,
    }
    assert "x-trace" not in ALLOWED.headers(None, came)


def test_of_a_target_are_kept_the_documented_parameters() -> None:
    assert ALLOWED.target(GET_JOB, "/jobs/7?page=2&sid=abc&flag") == f"/jobs/7?page=2&sid={MASK}&flag{MASK}"
    assert ALLOWED.target(None, "/jobs/9f8e?page=2") == f"/jobs/{MASK}?page={MASK}"
    assert ALLOWED.target(None, "/d/9f8e7d6c/file.csv") == f"/{MASK}/{MASK}/{MASK}"
    assert Allowed(DOCUMENT, ["/v3/{who}/tokens"]).target(None, "/v3/jane/tokens") == f"/v3/{MASK}/tokens"
    assert ALLOWED.target(GET_JOB, "/jobs/7") == "/jobs/7"


def shipped(vendor: str) -> Document:
    """The document of a vendor's package."""
    return Document(json.loads((ROOT / f"generated/jobclients/{vendor}/openapi.json").read_text(encoding="utf-8")))


SHIPPED = {vendor: shipped(vendor) for vendor in ("alation", "datameer", "huawei_cdm", "huawei_dli", "huawei_iam")}


def kept_body(vendor: str, operation: Operation, status: int, content: bytes) -> bytes:
    """A body as a recording has it."""
    return Allowed(SHIPPED[vendor]).body(operation, status, content)


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.name)
def test_what_is_kept_shows_the_same_drift(planted: Planted) -> None:
    operation, status = SHIPPED[planted.vendor].operations[planted.operation], planted.sent or planted.status
    content = content_of(planted)
    kept = kept_body(planted.vendor, operation, status, content)

    came = ask(planted.vendor, planted.operation, content, status=status, headers=planted.headers)
    again = ask(planted.vendor, planted.operation, kept, status=status, headers=planted.headers)

    # A key that does not look like the name of a property is one of the masks.
    assert [unmasked(drift, "a~1b") for drift in again.drifts] == came.drifts


def unmasked(drift: Drift, key: str) -> Drift:
    """A drift with a key in the place of a numbered mask."""
    pointer, message = (re.sub(rf"{MASK}-\d+", key, text) for text in (drift.pointer, drift.message))
    return dataclasses.replace(drift, pointer=pointer, message=message)


def salted(value: Any) -> Any:
    """A value with a secret in every text, and beside every key."""
    if isinstance(value, dict):
        return {**{key: salted(item) for key, item in value.items()}, "new": [SECRET], SECRET: {SECRET: SECRET}}
    if isinstance(value, list):
        return [salted(item) for item in [*value, SECRET]]
    return f"{value}, {SECRET}" if isinstance(value, str) else value


@pytest.mark.parametrize("vendor", SHIPPED)
def test_a_secret_of_which_nobody_knows_reaches_no_recording(vendor: str) -> None:
    bodies = 0
    for operation in SHIPPED[vendor].operations.values():
        for answer in operation.responses:
            for example in answer.content.examples.values():
                status = int(answer.status.replace("XX", "18"))
                content = json.dumps(salted(copy.deepcopy(example))).encode()
                kept = kept_body(vendor, operation, status, content).decode()
                assert not [word for word in ("horse", "staple") if word in kept], (operation.id, answer.status)
                bodies += 1
    assert bodies >= 1


PLACES: list[tuple[str, str, Any, Any]] = [
    ("alation", "validate_refresh_token", {"name": "Jane Doe 4711"}, {"name": MASK}),
    ("alation", "get_job", {"status": "odd word"}, ...),
    ("alation", "create_access_token", {"status": "failed"}, ...),
    ("huawei_cdm", "start_job", {"error": {"code": "E-17", "why": "x"}, "odd": {"code": "E-17"}},
     {"error": {"code": "E-17"}, "odd": {}}),
    ("huawei_dli", "show_sql_job_status", {"tags": [{"key": "team", "value": "jane.doe@corp.example"}]},
     {"tags": [{"key": MASK, "value": MASK}]}),
    ("huawei_dli", "show_sql_job_status", {"job_id": "j-7", "status": "ODD"}, ...),
    ("huawei_dli", "list_sql_jobs", {"jobs": [{"job_id": "j-7"}]}, {"jobs": [{"job_id": MASK}]}),
    ("huawei_cdm", "show_job_status", {"submissions": [{"job-name": "mine", "status": "ODD"}]}, ...),
    ("datameer", "get_job_status_v2", {"status": "success", "job-status": "ODD", "reason": "a b"},
     {"status": "success", "job-status": "ODD", "reason": MASK}),
]  # fmt: skip


@pytest.mark.parametrize(("vendor", "name", "came", "kept"), PLACES)
def test_words_are_kept_at_the_places_that_the_operation_compares(vendor: str, name: str, came: Any, kept: Any) -> None:
    found = kept_body(vendor, SHIPPED[vendor].operations[name], 200, json.dumps(came).encode())

    assert json.loads(found) == (came if kept is ... else kept)


def leaking(request: httpx2.Request, response: httpx2.Response) -> httpx2.Response:
    """A response that says a secret in fields and texts of its own."""
    fields = {**response.headers, "x-leak": SECRET, "location": f"https://acme.test/{SECRET}"}
    return httpx2.Response(response.status_code, headers=fields, json=salted(response.json()))


REFUSING: Change = lambda request, response: httpx2.Response(403, json={"detail": SECRET, "code": "403000"})  # noqa: E731


@pytest.mark.parametrize("change", [leaking, REFUSING], ids=["success", "error"])
def test_a_run_writes_no_file_with_it(change: Change, command: Command) -> None:
    ran = command.live("alation", change=change)

    texts = [path.read_text(encoding="utf-8") for path in ran.folder.rglob("*") if path.is_file()]
    assert len(texts) >= 4
    assert not [text for text in (*texts, ran.out, ran.err) if "horse battery" in text]


KEYS = ("alice@example.com", "sk_live_51HabcDEF0123456789")


@pytest.mark.parametrize("status", [200, 418])
def test_no_report_shows_a_key_that_does_not_look_like_a_name(status: int, command: Command) -> None:
    body = {"status": "running", **dict.fromkeys(KEYS, 1), "new": {}}

    ran = command.live("alation", change=replaced(json.dumps(body).encode(), status))

    (file,) = (ran.folder / "cassettes").iterdir()
    recording = json.loads(file.read_text(encoding="utf-8"))
    again = command.replay()
    assert again.report("alation", kind="replay") == ran.report("alation")
    # A recording that was written otherwise has such keys still.
    recording["exchanges"][0]["answer"]["body"]["json"] = body
    file.write_text(json.dumps(recording), encoding="utf-8")
    assert command.replay().report("alation", kind="replay") == ran.report("alation")
    file.unlink()
    texts = [path.read_text(encoding="utf-8") for path in ran.folder.rglob("*") if path.is_file()]
    assert len(texts) >= 6
    assert not [key for key in KEYS for text in (*texts, ran.out, ran.err, again.out) if key in text]
