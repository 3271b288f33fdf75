"""A client with ``on_drift`` tells of every way in which a response is not as documented, and of nothing else."""

from __future__ import annotations

import base64
import json
import logging
import subprocess
import sys
from typing import Any
from urllib.parse import quote

import pytest
from jobclients import Drift, InvalidArgument, Token
from jobclients_core.drift import DRIFT_KINDS
from package.documents import document

from .planted import ANSWERS, PLANTED, Planted, content_of
from .support import MODES, SPECS, TOKEN, VENDORS, CallResult, Mode, ask, documented_answers, follow


def told_of(planted: Planted, mode: Mode) -> CallResult:
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
        follow(document(planted.vendor), drift.spec)  # raises where nothing is there


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

    assert [(drift.kind, drift.pointer, drift.count) for drift in told.drifts] == [("new-field", "/0/new", 1000)]


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
        "names = ('response_validation', 'schema_validation', 'openapi', 'schema')\n"
        "AlationClient(**given)\n"
        "print([name for name in names if f'jobclients_core.{name}' in sys.modules])\n"
        "AlationClient(**given, on_drift=print)\n"
        "print([name for name in names if f'jobclients_core.{name}' in sys.modules])\n"
    )
    generated = str(SPECS.parent / "generated")
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": generated}, check=True
    )

    assert done.stdout == "[]\n['response_validation', 'schema_validation', 'openapi', 'schema']\n"


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
