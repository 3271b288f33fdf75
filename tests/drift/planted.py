"""Documented responses with something changed in each, and what the observer of a client should say of it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .support import TOKEN, VENDORS, documented_answers, follow

ANSWERS = {
    (vendor, name, status, key): value
    for vendor in VENDORS
    for name, status, key, _, value in documented_answers(vendor)
}


def put(pointer: str, value: Any) -> Callable[[Any], Any]:
    """Set a place of a body; with ``...`` it is taken away."""

    def change(body: Any) -> Any:
        node = body
        *parents, last = [part.replace("~1", "/") for part in pointer.split("/")[1:]]
        for part in parents:
            node = node[int(part)] if isinstance(node, list) else node[part]
        if value is ...:
            del node[last]
        else:
            node[int(last) if isinstance(node, list) else last] = value
        return body

    return change


def in_text(pointer: str, inner: str, value: Any) -> Callable[[Any], Any]:
    """Set a place of JSON that is in a text of a body."""

    def change(body: Any) -> Any:
        content = put(inner, value)(json.loads(follow(body, pointer)))
        return put(pointer, json.dumps(content))(body)

    return change


@dataclass(frozen=True)
class Planted:
    """A documented response with something changed in it.

    Args:
        kind: What the observer should tell.
        vendor: Whose answer.
        operation: Of which operation.
        example: Its key among the examples.
        change: What is changed in the body; bytes replace it.
        pointer: Where the observer should say it is.
        found: What it should say that it found.
        breaking: Whether typed results suffer.
        error: Name of what the call raises; empty for nothing.
        status: The status under which the example is documented.
        sent: The status that is sent instead.
        headers: Header fields that are sent.
        spec: End of the pointer into the specification.
    """

    kind: str
    vendor: str
    operation: str
    example: str
    change: Callable[[Any], Any] | bytes
    pointer: str
    found: str
    breaking: bool = False
    error: str = ""
    status: int = 200
    sent: int = 0
    headers: dict[str, str] = field(default_factory=dict[str, str])
    spec: str = ""

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.vendor}-{self.operation}{self.pointer}-{self.found}"[:100]


def same(body: Any) -> Any:
    return body


SUBMISSION = "/submissions/0"
HTML = {"content-type": "text/html; charset=utf-8"}
JOB = ("alation", "get_job", "virtual_data_source")
DENIED = ("alation", "get_job", "invalid_token")
RUN = ("huawei_cdm", "show_job_status", "running")
QUERY = ("huawei_dli", "show_sql_job_status", "finished_query")
V1 = ("datameer", "get_job_status", "running")
V2 = ("datameer", "get_job_status_v2", "running")
HISTORY = ("datameer", "get_job_history", "last_run")
REFUSED = ("huawei_dli", "show_sql_job_status", "no_queue")
PLANTED = [
    Planted("new-field", *JOB, put("/owner", "x"), "/owner", "string"),
    Planted("new-field", *JOB, put("/tags", ["a"]), "/tags", "array of string"),
    Planted("new-field", *JOB, put("/a~1b", {"c": 1}), "/a~1b", "object"),
    Planted(
        "new-field",
        *JOB,
        in_text("/result", "/skipped", 3),
        "/result/skipped",
        "integer",
        spec="/components/schemas/BulkResult/properties",
    ),
    Planted(
        "new-field",
        *RUN,
        put(f"{SUBMISSION}/queue", None),
        f"{SUBMISSION}/queue",
        "null",
        spec="/components/schemas/Submission/properties",
    ),
    Planted(
        "new-field",
        "huawei_iam",
        "create_token",
        "project_scope",
        put("/token/x", 1.5),
        "/token/x",
        "number",
        status=201,
        headers={"x-subject-token": "made-up"},
    ),
    Planted("new-field", *REFUSED, put("/hint", True), "/hint", "boolean", error="NotFound", status=400),
    Planted(
        "new-enum-value",
        *JOB,
        put("/status", "paused"),
        "/status",
        "paused",
        spec="/components/schemas/JobState/enum",
    ),
    Planted("new-enum-value", *QUERY, put("/job_type", "MERGE"), "/job_type", "MERGE"),
    Planted("new-enum-value", *HISTORY, put("/0/jobStatus", "LOST"), "/0/jobStatus", "LOST"),
    Planted(
        "missing-required",
        *RUN,
        put(f"{SUBMISSION}/creation-date", ...),
        f"{SUBMISSION}/creation-date",
        "nothing",
        breaking=True,
        error="DecodeError",
        spec="/components/schemas/Submission/required",
    ),
    Planted(
        "missing-required",
        *JOB,
        put("/status", ...),
        "/status",
        "nothing",
        breaking=True,
        error="DecodeError",
    ),
    Planted(
        "missing-required",
        *QUERY,
        in_text("/detail", "/fields", ...),
        "/detail/fields",
        "nothing",
        breaking=True,
    ),
    Planted(
        "type-changed",
        *V1,
        put("/id", "forty-nine"),
        "/id",
        "string",
        breaking=True,
        error="DecodeError",
        spec="/properties/id",
    ),
    Planted(
        "type-changed",
        *QUERY,
        put("/owner", {"id": 1}),
        "/owner",
        "object",
        breaking=True,
        error="DecodeError",
    ),
    Planted(
        "type-changed",
        *RUN,
        put("/submissions", {}),
        "/submissions",
        "object",
        breaking=True,
        error="DecodeError",
    ),
    Planted(
        "type-changed",
        *HISTORY,
        lambda body: {"runs": body},
        "",
        "object",
        breaking=True,
        error="DecodeError",
    ),
    Planted("null-value", *JOB, put("/msg", None), "/msg", "null", spec="/Job/properties/msg"),
    Planted(
        "null-value",
        *RUN,
        put(f"{SUBMISSION}/creation-user", None),
        f"{SUBMISSION}/creation-user",
        "null",
        breaking=True,
        error="DecodeError",
    ),
    Planted("null-value", "datameer", "get_job_status_v2", "completed", put("/stop-time", None), "/stop-time", "null"),
    Planted("number-form", *V1, put("/id", 49.0), "/id", "number"),
    Planted(
        "number-form",
        *V1,
        put("/id", 49.5),
        "/id",
        "number",
        breaking=True,
        error="DecodeError",
    ),
    Planted(
        "number-form",
        *QUERY,
        put("/duration", "2523"),
        "/duration",
        "string of digits",
        breaking=True,
        error="DecodeError",
    ),
    Planted(
        "time-format",
        *V2,
        put("/start-time", "2018-09-28T18:44:56Z"),
        "/start-time",
        "another string",
        breaking=True,
        spec="/x-time-format",
    ),
    Planted(
        "time-format",
        *RUN,
        put(f"{SUBMISSION}/creation-date", 10**40),
        f"{SUBMISSION}/creation-date",
        "another integer",
        breaking=True,
    ),
    Planted(
        "time-scale",
        *RUN,
        put(f"{SUBMISSION}/creation-date", 1536905778),
        f"{SUBMISSION}/creation-date",
        "seconds",
        breaking=True,
        spec="/x-time-format",
    ),
    Planted(
        "time-scale",
        *V2,
        put("/start-time", "Jan 18, 1970 6:55:05 PM"),
        "/start-time",
        "seconds taken for milliseconds",
        breaking=True,
        spec="/x-time-format",
    ),
    Planted(
        "not-json",
        *QUERY,
        put("/detail", "struct<id:int,name:string>"),
        "/detail",
        "another text",
        breaking=True,
        spec="/contentMediaType",
    ),
    Planted("no-variant", *JOB, put("/result", 5), "/result", "integer", breaking=True, error="DecodeError"),
    Planted(
        "no-variant",
        *QUERY,
        in_text("/detail", "/fields/0/type", 3),
        "/detail/fields/0/type",
        "integer",
        breaking=True,
        spec="/components/schemas/SparkField/properties/type/anyOf",
    ),
    Planted(
        "undocumented-status",
        *JOB,
        same,
        "",
        "202",
        sent=202,
        spec="/get/responses",
    ),
    Planted("undocumented-status", *JOB, b"", "", "418", error="UnexpectedStatus", sent=418),
    Planted("undocumented-status", *RUN, b"<p>", "", "502", error="ServerError", sent=502, headers=HTML),
    Planted(
        "redirect",
        "huawei_dli",
        "check_sql",
        "select",
        b"",
        "",
        "302",
        breaking=True,
        error="UnexpectedStatus",
        sent=302,
    ),
    Planted(
        "undocumented-status",
        *JOB,
        lambda _: {"task": 5},
        "",
        "202",
        breaking=True,
        error="UnexpectedStatus",
        sent=202,
    ),
    Planted(
        "missing-header",
        "huawei_iam",
        "create_token",
        "project_scope",
        same,
        "",
        "nothing",
        breaking=True,
        status=201,
        spec="/headers/X-Subject-Token",
    ),
    Planted(
        "content-type",
        *JOB,
        same,
        "",
        "text/plain",
        breaking=True,
        error="DecodeError",
        headers={"content-type": "text/plain"},
    ),
    Planted(
        "content-type",
        *RUN,
        b"<html>log in</html>",
        "",
        "text/html",
        breaking=True,
        error="DecodeError",
        headers=HTML,
    ),
    Planted(
        "content-type",
        *V1,
        same,
        "",
        "none",
        breaking=True,
        error="DecodeError",
        headers={"content-type": ""},
    ),
    Planted("empty-body", *JOB, b"", "", "nothing", breaking=True, error="DecodeError"),
    Planted(
        "not-json",
        *JOB,
        b'{"status": ',
        "",
        "the body is not JSON",
        breaking=True,
        error="DecodeError",
    ),
    Planted(
        "not-json",
        "huawei_dli",
        "cancel_sql_job",
        "cancelled",
        b'{"message": "", "message": ""}',
        "",
        "an object has the same key twice",
        breaking=True,
        error="DecodeError",
    ),
    Planted(
        "error-body",
        *REFUSED,
        put("/error_code", 2),
        "/error_code",
        "integer",
        breaking=True,
        error="BadRequest",
        status=400,
    ),
    Planted(
        "error-body",
        *REFUSED,
        b"no queue",
        "",
        "text/plain",
        breaking=True,
        error="BadRequest",
        status=400,
        headers={"content-type": "text/plain"},
    ),
    Planted(
        "error-body",
        *DENIED,
        put("/detail", ...),
        "/detail",
        "nothing",
        breaking=True,
        error="AuthenticationError",
        status=401,
    ),
    Planted(
        "error-body",
        *REFUSED,
        put("/error_msg", ""),
        "/error_msg",
        "nothing",
        breaking=True,
        error="NotFound",
        status=400,
        spec="/x-errors/message",
    ),
    Planted("error-body", *DENIED, b"", "", "nothing", breaking=True, error="AuthenticationError", status=401),
    Planted(
        "deprecation",
        *QUERY,
        same,
        "",
        "Deprecation: 2026-07-01",
        headers={"deprecation": "@1782864000"},
    ),
    Planted("deprecation", *JOB, same, "", "Sunset: 2027-01-01", headers={"sunset": "Fri, 01 Jan 2027 00:00:00 GMT"}),
    Planted("deprecation", *JOB, same, "", "Deprecation: an unreadable date", headers={"deprecation": TOKEN}),
]


def content_of(planted: Planted) -> bytes:
    """The body of a planted drift."""
    if isinstance(planted.change, bytes):
        return planted.change
    example = ANSWERS[planted.vendor, planted.operation, planted.status, planted.example]
    return json.dumps(planted.change(copy.deepcopy(example))).encode()
