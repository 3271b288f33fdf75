"""A client with ``on_drift`` tells of every way in which an answer is not as documented, and of nothing else."""

from __future__ import annotations

import base64
import copy
import json
import logging
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest
from jobclients import Drift, InvalidArgument, Token
from jobclients_core.drift import DRIFT_KINDS

from .support import MODES, SPECS, TOKEN, VENDORS, Mode, Told, ask, document, documented_answers, follow

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
    """Set a place of JSON that stands in a text of a body."""

    def change(body: Any) -> Any:
        content = put(inner, value)(json.loads(follow(body, pointer)))
        return put(pointer, json.dumps(content))(body)

    return change


@dataclass(frozen=True)
class Planted:
    """A documented answer with something changed in it.

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
        "the body is no JSON",
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


def told_of(planted: Planted, mode: Mode) -> Told:
    """What the observer says of a planted drift."""
    sent = planted.sent or planted.status
    return ask(planted.vendor, planted.operation, content_of(planted), status=sent, headers=planted.headers, mode=mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_body_where_none_is_documented_is_told(mode: Mode) -> None:
    """It breaks nobody, as nobody reads it."""
    silent, told = ask("huawei_cdm", "delete_job", b"", mode=mode), ask("huawei_cdm", "delete_job", {"a": 1}, mode=mode)

    assert [] == silent.drifts
    assert [("content-type", "no body", "application/json", False)] == [
        (drift.kind, drift.expected, drift.found, drift.breaking) for drift in told.drifts
    ]
    assert (None, None) == (told.body, told.error)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.name)
def test_a_planted_drift_is_told_and_nothing_else(planted: Planted, mode: Mode) -> None:
    told = told_of(planted, mode)

    facts = [(drift.kind, drift.pointer, drift.found, drift.breaking) for drift in told.drifts]
    assert facts == [(planted.kind, planted.pointer, planted.found, planted.breaking)]
    (drift,) = told.drifts
    assert (drift.vendor, drift.operation, drift.status) == (
        planted.vendor,
        planted.operation,
        planted.sent or planted.status,
    )
    assert (type(told.error).__name__ if told.error is not None else "") == planted.error
    assert drift.message.startswith(f"{planted.vendor} {planted.operation}, status {drift.status}: ")
    assert drift.spec.endswith(planted.spec)


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.name)
def test_a_drift_says_where_the_specification_documents_otherwise(planted: Planted) -> None:
    (drift,) = told_of(planted, "sync").drifts

    if planted.kind == "deprecation":
        assert drift.spec == ""
    else:
        assert drift.spec
        follow(document(planted.vendor), drift.spec)  # raises where nothing stands there


def test_every_kind_that_one_answer_can_show_is_planted() -> None:
    elsewhere = {"new-job-state", "new-error-code", "pattern"}  # in other tests

    assert {planted.kind for planted in PLANTED} | elsewhere == set(DRIFT_KINDS)


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_documented_example_is_silent(vendor: str) -> None:
    for name, status, key, media, value in documented_answers(vendor):
        headers = {"content-type": media, **({"x-subject-token": "made-up"} if name == "create_token" else {})}
        told = ask(vendor, name, value, status=status, headers=headers)
        assert (name, key, told.drifts) == (name, key, [])


def test_all_drifts_of_an_answer_are_told() -> None:
    body = ANSWERS["huawei_cdm", "show_job_status", 200, "running"]
    one = {**body["submissions"][0], "queue": "x", "status": "LOST", "progress": "1", "creation-user": None}

    told = ask("huawei_cdm", "show_job_status", {"submissions": [one], "more": 1}, headers={"sunset": "true"})

    assert [(drift.kind, drift.pointer) for drift in told.drifts] == [
        ("deprecation", ""),
        ("new-enum-value", "/submissions/0/status"),
        ("null-value", "/submissions/0/creation-user"),
        ("new-field", "/submissions/0/queue"),
        ("number-form", "/submissions/0/progress"),
        ("new-field", "/more"),
    ]


def test_one_drift_of_a_thousand_elements_is_told_once() -> None:
    told = ask("datameer", "get_job_history", [{"id": 1, "jobStatus": "COMPLETED", "new": n} for n in range(1000)])

    assert [(drift.kind, drift.pointer) for drift in told.drifts] == [("new-field", "/0/new")]


def test_a_body_of_endless_surprises_is_told_in_bounds() -> None:
    body = {"status": "running", **{f"key{n}": n for n in range(5000)}}

    assert len(ask("alation", "get_job", body).drifts) == 100


@pytest.mark.parametrize(("count", "told"), [(40_000, ["type-changed"]), (200_000, [])])
def test_a_long_list_is_looked_at_in_bounds(count: int, told: list[str]) -> None:
    """Of a list that is too long to be read to its end nothing is said that may be wrong."""
    result = {"updated_objects": 1, "number_received": 1, "error": None, "error_objects": [1] * count}

    answer = ask("alation", "get_job", {"status": "successful", "result": json.dumps(result)})

    assert (answer.error, [drift.kind for drift in answer.drifts]) == (None, told)


def test_a_refusal_is_no_answer_to_be_compared() -> None:
    told = ask("huawei_dli", "check_sql", {"is_success": False, "message": 5, "new": 1})

    assert type(told.error).__name__ == "Refused"
    assert told.drifts == []


@pytest.mark.parametrize("mode", MODES)
def test_a_failing_observer_is_logged_and_no_more(mode: Mode, caplog: pytest.LogCaptureFixture) -> None:
    def observer(_: Drift) -> None:
        raise ValueError("observer")

    told = ask("alation", "get_job", {"status": "running", "new": 1}, mode=mode, on_drift=observer)

    assert told.error is None
    assert told.body.status == "running"
    assert "on_drift of alation failed" in caplog.text


def test_without_an_observer_the_same_answer_reads_the_same() -> None:
    body = {"status": "paused", "new": 1}

    assert ask("alation", "get_job", body, on_drift=None).body == ask("alation", "get_job", body).body


def test_without_an_observer_nothing_of_it_is_loaded() -> None:
    code = (
        "import sys\n"
        "from jobclients.alation import AlationClient, Token\n"
        "given = {'base_url': 'https://a.test', 'auth': Token('t')}\n"
        "names = ('inspection', 'comparison', 'openapi', 'schema')\n"
        "AlationClient(**given)\n"
        "print([name for name in names if f'jobclients_core.{name}' in sys.modules])\n"
        "AlationClient(**given, on_drift=print)\n"
        "print([name for name in names if f'jobclients_core.{name}' in sys.modules])\n"
    )
    generated = str(SPECS.parent / "generated")
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": generated}, check=True
    )

    assert done.stdout == "[]\n['inspection', 'comparison', 'openapi', 'schema']\n"


def test_something_that_cannot_be_called_is_refused() -> None:
    told = ask("alation", "get_job", {}, on_drift="print")

    assert isinstance(told.error, InvalidArgument)
    assert told.error.argument == "on_drift"


SECRET_PLACES: list[Any] = [
    {"status": TOKEN},
    {"status": f"is {TOKEN}!"},
    {"status": "running", TOKEN: 1},
    {"status": "running", "result": {"deep": TOKEN}, "msg": 5, "new": TOKEN},
    {"status": "running", "result": json.dumps({"updated_objects": TOKEN, TOKEN: TOKEN})},
    TOKEN,
    [TOKEN],
]


@pytest.mark.parametrize("body", SECRET_PLACES, ids=repr)
def test_no_drift_shows_a_secret(body: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        told = ask("alation", "get_job", body, headers={"sunset": TOKEN, "content-type": f"application/{TOKEN}"})

    assert len(told.drifts) >= 2
    assert TOKEN.casefold() not in (repr(told.drifts) + caplog.text).casefold()


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


ENCODED = [
    TOKEN.upper(),
    quote(TOKEN),
    quote(quote(TOKEN)),
    "".join(f"%{ord(letter):02x}" for letter in TOKEN),
    TOKEN.encode().hex(),
    TOKEN.encode().hex().upper(),
    in_base64(TOKEN),
    in_base64(f"analyst:{TOKEN}"),
    in_base64(f"{TOKEN}, for 1 hour"),
    in_base64(f"of {TOKEN} and more"),
    base64.urlsafe_b64encode(f"?{TOKEN}?".encode()).decode(),
    quote(in_base64(TOKEN), safe=""),
    base64.b16encode(quote(TOKEN, safe="").encode()).decode(),
]


@pytest.mark.parametrize("key", ENCODED)
def test_no_drift_shows_a_secret_in_another_spelling(key: str) -> None:
    told = ask("alation", "get_job", {"status": f"x{key}y", f"a {key}": 1})

    assert [(drift.kind, drift.pointer, drift.found) for drift in told.drifts] == [
        ("new-enum-value", "/status", "string"),
        ("new-field", "/***", "integer"),
    ]
    assert key not in repr(told.drifts)


@pytest.mark.parametrize("token", ["SECRET2abcd4C04", "SECRET2abcd4C0455"])
def test_a_media_type_shows_no_secret_in_lower_case(token: str) -> None:
    for media in (token, in_base64(token).rstrip("="), token.encode().hex()):
        told = ask(
            "alation", "get_job", {"status": "running"}, headers={"content-type": f"text/{media}"}, auth=Token(token)
        )

        assert [(drift.kind, drift.found) for drift in told.drifts] == [("content-type", "***")]


def test_words_that_look_encoded_are_shown() -> None:
    words = ["5d41402a", "dG9rLTVENDE", "100%25", "a+b", "Tok-5D41402"]

    told = ask("alation", "get_job", {"status": "running", **dict.fromkeys(words, 1)})

    assert [drift.pointer for drift in told.drifts] == [f"/{word}" for word in words]


def test_values_of_fields_are_never_shown() -> None:
    told = ask("alation", "get_job", {"status": "x" * 500, "msg": ["private text"], "new": "private text"})

    assert "private" not in repr(told.drifts)
    assert max(len(drift.found) for drift in told.drifts) == 60
