"""Bodies of responses: what is accepted, and how what is not shows its place."""

from __future__ import annotations

import contextlib
import copy
import json
import pickle
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jobclients_core import (
    BINARY,
    TEXT,
    ApiError,
    AuthenticationError,
    BadRequest,
    Conflict,
    DecodeError,
    Envelope,
    JobClientsError,
    NotFound,
    Operation,
    PermissionDenied,
    RateLimited,
    Refused,
    Response,
    ServerError,
    UnexpectedStatus,
    When,
)
from jobclients_core.decode import excerpt, json_pointer
from jobclients_core.flow import HttpResponse
from jobclients_core.hiding import redact
from jobclients_core.model import read_as, read_text
from jobclients_core.printing import clean
from jobclients_core.response_parser import operation_parser, parse_response
from runtime.sample_models import Counts, Job, Problem, State
from runtime.support import GET_JOB, START, STOP, VENDOR, answer

SECRETS = ("s3cret-token",)


def parse(got: HttpResponse, operation: Operation[Any] = GET_JOB, zone: Any = None) -> Response[Any]:
    reader = operation_parser(operation, VENDOR, zone=zone, secrets=SECRETS, now=1_700_000_000.0)
    return parse_response(reader, operation, VENDOR, got)


def job(**fields: Any) -> Job:
    body = json.dumps({"status": "running", **fields}).encode()
    decoded: Job = parse(answer(200, body)).body
    return decoded


def wrong(body: bytes, **headers: str) -> DecodeError:
    with pytest.raises(DecodeError) as caught:
        parse(answer(200, body, **headers))
    error = caught.value
    assert (error.operation, error.status) == ("get_job", 200)
    assert error.__cause__ is None
    assert error.__context__ is None
    return error


def test_answers_are_typed_and_unknown_things_kept() -> None:
    decoded = job(**{"job-name": "n", "count": 3.0, "new": {"a": [1]}, "states": ["done", "brand new"]})
    assert decoded.status is State.RUNNING
    assert (decoded.job_name, decoded.count) == ("n", 3)
    assert decoded.states == [State.DONE, "brand new"]
    assert decoded.model_extra == {"new": {"a": [1]}}
    assert job(status="paused").status == "paused"


def test_python_names_are_not_read_from_the_wire() -> None:
    decoded = job(job_name="not it")
    assert decoded.job_name is None
    assert decoded.model_extra == {"job_name": "not it"}


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"status": 3}, "/status"),
        ({"status": None}, "/status"),
        ({"count": "1"}, "/count"),
        ({"count": True}, "/count"),
        ({"count": 1.5}, "/count"),
        ({"ratio": "1"}, "/ratio"),
        ({"ratio": True}, "/ratio"),
        ({"job-name": 5}, "/job-name"),
        ({"parts": [{"total": 1}, {}]}, "/parts/1/total"),
        ({"parts": [{"total": "x"}]}, "/parts/0/total"),
        ({"parts": {}}, "/parts"),
        ({"states": ["done", 3]}, "/states/1"),
        ({"created": []}, "/created"),
        ({"created": True}, "/created"),
        ({"result": 3}, "/result"),
        ({"blob": "no base64!"}, "/blob"),
        ({"token": 3}, "/token"),
    ],
)
def test_a_wrong_type_is_shown_with_its_pointer(fields: dict[str, Any], pointer: str) -> None:
    error = wrong(json.dumps({"status": "running", **fields}).encode())
    assert error.pointer == pointer
    assert f"at {pointer}" in str(error)


def test_a_missing_key_is_shown_with_its_pointer() -> None:
    assert wrong(b"{}").pointer == "/status"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"   \n", "empty"),
        (b"null", "should be an object"),
        (b"[]", "should be an object"),
        (b"3", "should be an object"),
        (b'{"status": "running"', "not JSON"),
        (b'{"status": "running"} {}', "not JSON"),
        (b"{'status': 1}", "not JSON"),
        (b'{"status": "a", "status": "b"}', "same key twice"),
        (b'{"status": "a", "x": {"y": 1, "y": 1}}', "same key twice"),
        (b'{"status": "a", "x": NaN}', "NaN is not JSON"),
        (b'{"status": "a", "x": -Infinity}', "Infinity is not JSON"),
        (b'{"status": "a", "x": 1e999}', "out of range"),
        (b'\xef\xbb\xbf{"status": "a"}', "not JSON"),
        ('{"status": "a"}'.encode("utf-16"), "not UTF-8"),
        ('{"status": "ä"}'.encode("latin-1"), "not UTF-8"),
        (b'{"status": "\\ud800"}', "half of a character"),
        (b'{"status": "a", "\\udc00": 1}', "half of a character"),
        (b'{"status": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "deep|recursion"),
        (b'{"status": "a", "x": ' + b"[" * 500 + b"]" * 500 + b"}", "deep|recursion"),
        (b'{"status": "a", "x": ' + b"9" * 100_000 + b"}", "too many digits"),
        (b'{"status": "a\x00"}', "not JSON"),
    ],
)
def test_bodies_that_are_no_acceptable_json(body: bytes, words: str) -> None:
    error = wrong(body)
    assert any(word in str(error) for word in words.split("|")), str(error)
    assert len(str(error)) < 600


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json; charset=utf-8",
        "application/json;charset=ISO-8859-1",
        "application/problem+json",
        "Text/JSON",
        "APPLICATION/JSON",
    ],
)
def test_any_json_media_type_is_read(content_type: str) -> None:
    assert parse(answer(200, content_type=content_type)).body.status is State.RUNNING


@pytest.mark.parametrize("content_type", ["text/html", "text/plain", "application/xml", "application/jsonx", ""])
def test_another_content_type_is_not(content_type: str) -> None:
    error = wrong(b'{"status": "running"}', content_type=content_type)
    assert "documented type" in str(error)
    assert error.content_type == content_type


def test_a_missing_content_type_is_shown_as_missing() -> None:
    got = answer()
    del got.headers["content-type"]
    with pytest.raises(DecodeError, match="content type missing"):
        parse(got)


def test_a_documented_odd_media_type_is_read() -> None:
    odd: Operation[Any] = Operation(
        id="odd", method="GET", path="/", returns={200: "Job"}, accept=("text/plain", "application/json")
    )
    for content_type in ("text/plain; charset=utf-8", "application/json"):
        assert parse(answer(200, content_type=content_type), odd).body.status is State.RUNNING
    with pytest.raises(DecodeError):
        parse(answer(200, content_type="text/html"), odd)


def test_a_login_page_is_shown_as_such() -> None:
    error = wrong(b"<html>\n<title>Please log in</title>", content_type="text/html")
    assert error.excerpt == "<html> <title>Please log in</title>"
    assert "text/html" in str(error)


def test_excerpts_hold_no_secrets_and_no_control_characters() -> None:
    assert "s3cret" not in wrong(b'{"status": 3, "echo": "s3cret-token"}').excerpt
    assert excerpt(b'{"access_token": "abc\\"def", "x": 1', ()) == '{"access_token": "***", "x": 1'
    assert excerpt(b'{"refresh_token":"cut off in the midd', ()) == '{"refresh_token":"***'
    assert excerpt(b"a\x1b[31m\r\nb" + "‮".encode(), ()) == "a [31m  b "
    assert len(excerpt(b"x" * 10_000, ())) == 200
    assert excerpt(b"x" * 190 + b"s3cret-token", SECRETS) == "x" * 190 + "***"
    assert redact(b"s3cret-tokens3cret-token", SECRETS) == b"******"
    assert redact(b"acme and acme-eyJhbGciOi", ("acme", "acme-eyJhbGciOi")) == b"*** and ***"
    assert redact(rb'{"token": "a\"b\\", "x": "y"}', ()) == b'{"token": "***", "x": "y"}'
    nested = b'{"key": {"a": ["s3cret", {"b": "}s3cret"}], "c": "s3cret"}, "status": 3, "key": [["s3cret'
    assert redact(nested, (), ("key",)) == b'{"key": "***", "status": 3, "key": "***"'
    assert clean("x" * 1000, 10) == "x" * 9 + "…"


def test_big_integers_stay_exact() -> None:
    assert job(count=2**80).count == 2**80
    assert job(count=2**53 + 1).count == 2**53 + 1
    assert job(ratio=2**60 + 1).ratio == 2**60 + 1


def test_json_in_a_string_and_its_fallback() -> None:
    assert job(result='{"total": 3}').result == Counts(total=3)
    for text in ("Job finished", "null", "", "{", '{"total": "x"}', "[" * 5000):
        assert job(result=text).result == text


def test_typed_reading_of_other_shapes() -> None:
    decoded = job(payload={"total": 3}, result="a sentence")
    assert read_as(decoded, "payload", Counts) == Counts(total=3)
    assert read_text(decoded, "result") == "a sentence"
    assert read_text(decoded, "payload") is None
    assert read_as(decoded, "result", str) == "a sentence"
    assert read_as(job(payload='[{"total": 1}]'), "payload", list[Counts]) == [Counts(total=1)]
    assert read_as(job(result='{"total": 3}'), "result", Counts) == Counts(total=3)
    with pytest.raises(DecodeError) as caught:
        read_as(decoded, "result", Counts)
    assert caught.value.pointer == "/result"
    with pytest.raises(DecodeError):
        read_as(decoded, "job_name", str)


def test_times_in_the_clients_zone_or_none() -> None:
    zone = timezone(timedelta(hours=2))
    body = json.dumps(
        {
            "status": "done",
            "created": 1536905778725,
            "started": "Sep 28, 2018 6:44:56 PM",
            "stopped": "2012-07-06 18:19:09.0",
            "seen": "2022-11-15T21:52:48.116496Z",
        }
    ).encode()
    aware = parse(answer(200, body), zone=zone).body
    naive = parse(answer(200, body)).body
    assert aware.created == datetime(2018, 9, 14, 6, 16, 18, 725000, tzinfo=UTC)
    assert aware.started == datetime(2018, 9, 28, 18, 44, 56, tzinfo=zone)
    assert naive.started == datetime(2018, 9, 28, 18, 44, 56)
    assert naive.stopped == datetime(2012, 7, 6, 18, 19, 9)
    assert aware.seen == datetime(2022, 11, 15, 21, 52, 48, 116496, tzinfo=UTC)
    assert json.loads(naive.model_dump_json(exclude_unset=True)) == json.loads(body)


def test_a_secret_property_is_masked_and_usable() -> None:
    decoded = job(token="s3cret!")
    assert "s3cret" not in repr(decoded)
    assert "s3cret" not in str(decoded)
    assert decoded.token == "s3cret!"
    assert json.loads(decoded.model_dump_json())["token"] == "s3cret!"


def test_answers_without_a_body() -> None:
    assert parse(answer(204, b""), STOP).body is None
    assert parse(answer(200, b""), STOP).body is None
    assert parse(answer(200, b'{"anything": 1}'), STOP).body is None
    with pytest.raises(DecodeError, match="HTML page"):
        parse(answer(200, b"<html>", content_type="text/html;charset=utf-8"), STOP)
    with pytest.raises(Refused):
        parse(answer(200, b'{"ok": false}'), STOP)


def test_texts_and_bytes() -> None:
    text: Operation[str] = Operation(id="text", method="GET", path="/", returns={200: TEXT})
    binary: Operation[bytes] = Operation(id="binary", method="GET", path="/", returns={"2XX": BINARY})
    assert parse(answer(200, "é".encode("latin-1"), content_type="text/plain; charset=latin-1"), text).body == "é"
    assert parse(answer(200, "é".encode(), content_type="text/plain"), text).body == "é"
    assert parse(answer(206, b"\xff", content_type="x/y"), binary).body == b"\xff"
    for charset in ("", "; charset=nonsense", "; charset=base64", "; charset=undefined"):
        with pytest.raises(DecodeError):
            parse(answer(200, b"\xff", content_type=f"text/plain{charset}"), text)


def test_a_login_page_is_no_text_unless_pages_are_documented() -> None:
    text: Operation[str] = Operation(id="text", method="GET", path="/", returns={200: TEXT})
    page: Operation[str] = Operation(id="page", method="GET", path="/", returns={200: TEXT}, accept=("text/html",))
    binary: Operation[bytes] = Operation(id="binary", method="GET", path="/", returns={200: BINARY})
    login = answer(200, b"<html>", content_type="text/html; charset=utf-8")
    with pytest.raises(DecodeError, match=r"an HTML page came instead of a text .*text/html"):
        parse(login, text)
    assert parse(login, page).body == "<html>"
    assert parse(login, binary).body == b"<html>"


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, BR", "x-gzip"])
def test_an_encoding_that_was_not_asked_for_is_no_text_and_no_bytes(encoding: str) -> None:
    text: Operation[str] = Operation(id="text", method="GET", path="/", returns={200: TEXT})
    binary: Operation[bytes] = Operation(id="binary", method="GET", path="/", returns={200: BINARY})
    for operation in (text, binary):
        packed = answer(200, b"packed", content_type="text/plain", content_encoding=encoding)
        with pytest.raises(DecodeError, match="content encoding that was not asked for"):
            parse(packed, operation)
        for known in ("gzip", "Deflate", "identity", "gzip, deflate", ""):
            parse(answer(200, b"unpacked", content_type="text/plain", content_encoding=known), operation)
    assert parse(answer(200, b"ignored", content_encoding=encoding), STOP).body is None


@pytest.mark.parametrize(
    ("status", "kind", "transient"),
    [
        (400, BadRequest, False),
        (401, AuthenticationError, False),
        (403, PermissionDenied, False),
        (404, NotFound, False),
        (409, Conflict, False),
        (422, BadRequest, False),
        (418, UnexpectedStatus, False),
        (408, UnexpectedStatus, True),
        (429, RateLimited, True),
        (500, ServerError, True),  # by the vendor's rule
        (501, ServerError, False),
        (502, ServerError, True),
        (503, ServerError, True),
        (504, ServerError, True),
        (599, ServerError, False),
        (101, UnexpectedStatus, False),
        (201, UnexpectedStatus, False),
        (204, UnexpectedStatus, False),
        (206, UnexpectedStatus, False),
        (301, UnexpectedStatus, False),
        (302, UnexpectedStatus, False),
        (304, UnexpectedStatus, False),
        (600, UnexpectedStatus, False),
        (999, UnexpectedStatus, False),
    ],
)
@pytest.mark.parametrize("body", [b'{"detail": "no"}', b"", b"<html>", b"[1]", b"\xff", b'{"detail": 3}'])
def test_each_status_has_its_class_whatever_its_body_is(
    status: int, kind: type[ApiError], transient: bool, body: bytes
) -> None:
    with pytest.raises(ApiError) as caught:
        parse(answer(status, body, x_req="r-1", content_type="text/html" if body == b"<html>" else "application/json"))
    error = caught.value
    assert type(error) is kind
    assert (error.status, error.operation, error.request_id) == (status, "get_job", "r-1")
    assert error.transient is transient
    assert error.body == body
    has_problem = body == b'{"detail": "no"}' and status in (401, 404, 422)
    assert error.problem == (Problem(detail="no") if has_problem else None)


def test_a_redirect_says_that_it_is_not_followed() -> None:
    with pytest.raises(UnexpectedStatus, match="302 Found: a redirect, which is not followed"):
        parse(answer(302, b"", location="https://evil.example/?token=1"))


def test_the_vendors_code_message_and_rules() -> None:
    with pytest.raises(NotFound) as gone:
        parse(answer(400, b'{"code": "gone", "detail": "no such\\njob"}'))
    assert str(gone.value) == "get_job: 400 Bad Request [gone]: no such job"
    assert (gone.value.code, gone.value.vendor_message) == ("gone", "no such job")
    with pytest.raises(ServerError) as busy:
        parse(answer(400, b'{"code": "busy"}'))
    assert busy.value.transient is True


def test_refusals_in_a_successful_answer() -> None:
    with pytest.raises(Refused) as caught:
        parse(answer(200, b'{"ok": false, "why": "quota s3cret-token"}'))
    assert str(caught.value) == "get_job: 200 OK, but refused: quota ***"
    for accepted in (b'{"ok": true, "status": "done"}', b'{"ok": "true", "status": "done"}', b'{"status": "done"}'):
        assert parse(answer(200, accepted)).body.status is State.DONE
    for refused in (b'{"ok": 1, "status": "done"}', b'{"ok": null, "status": "done"}'):
        with pytest.raises(Refused):
            parse(answer(200, refused))


def test_an_operation_replaces_or_drops_the_envelope() -> None:
    def operation(envelope: Envelope | None) -> Operation[Any]:
        return Operation(id="op", method="GET", path="/", returns={200: "Job"}, envelope=envelope)

    body = b'{"ok": false, "status": "done", "error": "x"}'
    assert parse(answer(200, body), operation(None)).body.status is State.DONE
    with pytest.raises(Refused):
        parse(answer(200, body), operation(Envelope(refused=When("$response.body#/error", exists=True))))
    with pytest.raises(Refused):
        parse(answer(200, body), operation(Envelope(ok=When("$response.body#/error", empty=True))))
    assert parse(answer(200, body), operation(Envelope(ok=When("$response.body#/nothing", one_of=(1,))))).body


def test_errors_are_bounded_and_hold_no_secrets() -> None:
    with pytest.raises(NotFound) as caught:
        parse(answer(404, json.dumps({"detail": "s3cret-token " * 100_000}).encode(), x_req="r" * 5000))
    error = caught.value
    assert len(str(error)) < 700
    assert len(error.body) <= 16_384
    assert len(error.request_id or "") <= 200
    assert "s3cret" not in f"{error!r}{error.__dict__}"


@pytest.mark.parametrize("status", [200, 404])
def test_errors_survive_pickling_and_copying(status: int) -> None:
    with pytest.raises(JobClientsError) as caught:
        parse(answer(status, b'{"detail": "no", "status": 3}'))
    error = caught.value
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert repr(twin) == repr(error)
        # The whole response is for the runtime alone.
        assert vars(twin) == {name: value for name, value in vars(error).items() if name != "_response"}
        assert twin.args == error.args


def test_pointers_skip_what_is_no_place() -> None:
    document = {"a": [{"b~/c": 1}]}
    assert json_pointer(document, ("a", "list[x]", 0, "b~/c", "int")) == "/a/0/b~0~1c"
    assert json_pointer(document, ("a", 0, "gone"), missing=True) == "/a/0/gone"
    assert json_pointer(document, ("a", 5)) == "/a"


@settings(max_examples=200)
@given(body=st.binary(max_size=60), status=st.sampled_from([200, 204, 302, 404, 500]))
def test_no_bytes_raise_anything_else(body: bytes, status: int) -> None:
    for operation in (GET_JOB, STOP, START):
        with contextlib.suppress(JobClientsError):
            parse(answer(status, body), operation)


KEYS = st.sampled_from([*Job.model_fields, "job-name", "new"])
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=200)
@given(value=st.dictionaries(KEYS, JSON, max_size=6))
def test_any_json_decodes_and_round_trips_or_is_a_decode_error(value: dict[str, Any]) -> None:
    value.setdefault("status", "running")
    try:
        decoded = parse(answer(200, json.dumps(value).encode())).body
    except DecodeError:
        return
    written = decoded.model_dump_json(exclude_unset=True, by_alias=True, round_trip=True)
    again = parse(answer(200, written.encode())).body
    assert again == decoded


def test_every_truncation_is_a_decode_error() -> None:
    body = b'{"status": "running", "parts": [{"total": 1}], "job-name": "\xc3\xa9"}'
    for end in range(len(body)):
        wrong(body[:end])
