"""What generated clients are known to get wrong, over real sockets: one test for each kind of answer.

Two operations stand for all: a job of Alation (flat, JSON in a text) and a run of CDM (nested, path parameters).
"""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from dataclasses import dataclass
from typing import Any

import pytest
from jobclients import (
    AnswerTooLarge,
    ApiError,
    AuthenticationError,
    DecodeError,
    HttpOptions,
    InvalidArgument,
    NotFound,
    ServerError,
    UnexpectedStatus,
)
from jobclients.alation.models import ErrorDetail
from jobclients.huawei_cdm.models import CdmError
from jobclients_contract.playing.loopback import CLOSE, HANG, Request, Script, answer, loopback

from .driver import Mode, playing, raised

MIB = 1024 * 1024


@dataclass(frozen=True)
class Subject:
    """One operation.

    Args:
        vendor: Whose it is.
        method: Method of the client.
        arguments: Its arguments.
        good: A body that it takes.
        item: Path of the object with the state in the body.
        pointer: The same as a JSON pointer.
    """

    vendor: str
    method: str
    arguments: dict[str, Any]
    good: dict[str, Any]
    item: tuple[str | int, ...]
    pointer: str

    def call(self, client: Any) -> Any:
        """Call it."""
        return getattr(client, self.method)(**self.arguments)

    def changed(self, **values: object) -> dict[str, Any]:
        """The good body with other values; `...` removes a key."""
        inside: dict[str, Any] = dict(self.good["submissions"][0] if self.item else self.good)
        for key, value in values.items():
            name = key.replace("_", "-") if self.item else key
            if value is ...:
                del inside[name]
            else:
                inside[name] = value
        return {"submissions": [inside]} if self.item else inside

    def read(self, result: Any) -> Any:
        """The object with the state in a result."""
        return result.submissions[0] if self.item else result


ALATION = Subject("alation", "get_job", {"id": 1}, {"status": "running"}, (), "")
CDM = Subject(
    "huawei_cdm",
    "show_job_status",
    {"job_name": "jdbc2hive"},
    {
        "submissions": [
            {
                "job-name": "jdbc2hive",
                "status": "BOOTING",
                "creation-date": 1536905778725,
                "creation-user": "cdm",
            }
        ]
    },
    ("submissions", 0),
    "/submissions/0",
)

both = pytest.mark.parametrize("subject", [ALATION, CDM], ids=lambda subject: subject.vendor)


def outcome(mode: Mode, subject: Subject, script: Script) -> Any:
    """The result of the operation for an answer; raises what it raises."""
    with playing(mode, subject.vendor, script) as (_, client):
        return subject.call(client)


def unfit(mode: Mode, subject: Subject, script: Script) -> DecodeError:
    """The error of the operation for a body that does not fit."""
    error: DecodeError = raised(DecodeError, lambda: outcome(mode, subject, script))
    assert error.operation == subject.method
    return error


@both
def test_an_unknown_state_stays_readable(mode: Mode, subject: Subject) -> None:
    """A word that the enumeration lacks arrives as the raw text, not as an error."""
    job = subject.read(outcome(mode, subject, answer(subject.changed(status="PAUSED_BY_MOON"))))

    assert (str, "PAUSED_BY_MOON") == (type(job.status), job.status)


@both
def test_an_unknown_field_is_kept(mode: Mode, subject: Subject) -> None:
    """A field that no schema knows is there to be read, and is written back."""
    job = subject.read(outcome(mode, subject, answer(subject.changed(novel={"deep": [1]}))))

    assert {"deep": [1]} == job.novel
    assert {"deep": [1]} == job.model_dump(mode="json")["novel"]


@both
def test_a_missing_required_field_is_pointed_at(mode: Mode, subject: Subject) -> None:
    """The pointer of the error ends at the key that is not there."""
    error = unfit(mode, subject, answer(subject.changed(status=...)))

    assert f"{subject.pointer}/status" == error.pointer


@both
@pytest.mark.parametrize("value", [5, True, None, ["running"], {"a": 1}, 1.5], ids=repr)
def test_a_wrong_type_is_pointed_at(mode: Mode, subject: Subject, value: object) -> None:
    """A value of another type is no state, and is not taken for one."""
    error = unfit(mode, subject, answer(subject.changed(status=value)))

    assert f"{subject.pointer}/status" == error.pointer


@both
@pytest.mark.parametrize("body", [b"null", b"[]", b'"running"', b"5", b"true"])
def test_a_body_of_another_shape_is_no_result(mode: Mode, subject: Subject, body: bytes) -> None:
    """Null, and every other body that is no object, is an error at the root of the document."""
    error = unfit(mode, subject, answer(body))

    assert ("", 200) == (error.pointer, error.status)


@both
def test_a_truncated_body_is_described(mode: Mode, subject: Subject) -> None:
    """An answer whose JSON stops in the middle tells status, content type and how it starts."""
    body = b'{"status": "succ'
    error = unfit(mode, subject, answer(body))

    assert (200, "application/json", '{"status": "succ') == (error.status, error.content_type, error.excerpt)


@both
@pytest.mark.parametrize("body", [b"", b"  \r\n"])
def test_an_empty_body_is_described(mode: Mode, subject: Subject, body: bytes) -> None:
    """A success without a body, where one was promised, is an error that says so."""
    error = unfit(mode, subject, answer(body, Content_Type="application/json"))

    assert (200, "application/json") == (error.status, error.content_type)
    assert "empty" in str(error)


@both
def test_a_login_page_is_named_by_its_content_type(mode: Mode, subject: Subject) -> None:
    """A page for a browser, with status 200, is an error that shows what came instead of JSON."""
    page = b"<!DOCTYPE html><title>Log in</title>"
    error = unfit(mode, subject, answer(page, Content_Type="text/html; charset=utf-8"))

    assert (200, "text/html; charset=utf-8", page.decode()) == (error.status, error.content_type, error.excerpt)
    assert "text/html" in str(error)


DENIED: list[tuple[Subject, Any, Any]] = [
    (ALATION, {"detail": "Authentication failed"}, ErrorDetail(detail="Authentication failed")),
    (
        CDM,
        {"error_code": "APIGW.0301", "error_msg": "Incorrect IAM authentication"},
        CdmError(error_code="APIGW.0301", error_msg="Incorrect IAM authentication"),
    ),
]


@pytest.mark.parametrize(("subject", "body", "problem"), DENIED, ids=["alation", "huawei_cdm"])
def test_a_documented_401_is_typed(mode: Mode, subject: Subject, body: Any, problem: Any) -> None:
    """The documented body of a 401 is on the exception as its model."""
    error = raised(AuthenticationError, lambda: outcome(mode, subject, answer(body, 401)))

    assert problem == error.problem


PAGES: list[tuple[int, type[ApiError]]] = [(401, AuthenticationError), (404, NotFound), (502, ServerError)]


@both
@pytest.mark.parametrize(("status", "kind"), PAGES)
def test_an_error_page_keeps_its_status(mode: Mode, subject: Subject, status: int, kind: type[ApiError]) -> None:
    """A page of HTML where JSON was documented does not hide the status."""
    page = b"<html>502 Bad Gateway</html>"
    error = raised(kind, lambda: outcome(mode, subject, answer(page, status, Content_Type="text/html")))

    assert (status, None, page) == (error.status, error.problem, error.body)


BARE: list[tuple[int, type[ApiError]]] = [(404, NotFound), (500, ServerError), (503, ServerError)]


@both
@pytest.mark.parametrize(("status", "kind"), BARE)
@pytest.mark.parametrize("body", [b"", b"[]", b'{"other": "shape"}', b"null"])
def test_an_error_without_its_schema_is_raised(
    mode: Mode, subject: Subject, status: int, kind: type[ApiError], body: bytes
) -> None:
    """An error status is an exception of its class whatever its body is."""
    error = raised(kind, lambda: outcome(mode, subject, answer(body, status)))

    assert (status, body) == (error.status, error.body)


ABSURD = {
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep in a field": b'{"status": "running", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "long number": b'{"status": ' + b"9" * 5_000 + b"}",
    "long unknown number": b'{"status": "running", "submissions": [], "x": ' + b"9" * 5_000 + b"}",
    "latin-1": b'{"status": "f\xfcr"}',
    "UTF-16": '{"status": "running"}'.encode("utf-16"),
    "NaN": b'{"status": NaN}',
    "half a character": b'{"status": "\\ud800"}',
    "same key twice": b'{"status": "running", "status": "failed", "submissions": []}',
}


@both
@pytest.mark.parametrize("body", ABSURD.values(), ids=ABSURD.keys())
def test_an_absurd_body_is_an_error_of_the_library(mode: Mode, subject: Subject, body: bytes) -> None:
    """Deep nesting, endless numbers, wrong encodings and ambiguous JSON are bodies that do not fit."""
    error = unfit(mode, subject, answer(body))

    assert (200, "application/json") == (error.status, error.content_type)
    assert len(str(error)) < 1_000


RESERVED = ["", ".", "..", "../x", "x/..", "..;a", "%2e%2e", "%252e%252e", "..\\x", " .. "]


@pytest.mark.parametrize("name", RESERVED)
def test_a_path_value_that_leads_elsewhere_is_refused(mode: Mode, name: str) -> None:
    """Nothing is sent for a value that a server may take for another endpoint."""
    with playing(mode, "huawei_cdm") as (server, client):
        error = raised(InvalidArgument, lambda: client.delete_job(job_name=name))

    assert ("delete_job", "job_name", []) == (error.operation, error.argument, server.requests)


@both
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(mode: Mode, subject: Subject, status: int) -> None:
    """A redirect to another host is an error, and the other host sees no request at all."""
    with loopback() as elsewhere:
        script = answer(b"", status, Location=f"{elsewhere.url}/collect")
        error = raised(UnexpectedStatus, lambda: outcome(mode, subject, script))

    assert (status, []) == (error.status, elsewhere.requests)


@both
def test_a_client_does_not_show_its_token(mode: Mode, subject: Subject) -> None:
    """The repr and the text of a client name vendor and server, not the credential."""
    with playing(mode, subject.vendor) as (server, client):
        shown = repr(client) + str(client)

    assert server.url in shown
    assert all(secret not in shown for secret in ("2abcd-4c04", "iam-token"))


def bomb(size: int) -> bytes:
    """A JSON text of zeros, compressed a thousandfold."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b"0" * MIB
    pieces = [packer.compress(b'{"status": "')]
    pieces += [packer.compress(block) for _ in range(size // MIB)]
    return b"".join((*pieces, packer.compress(b'"}'), packer.flush()))


BOMB = bomb(200 * MIB)


@both
def test_a_decompression_bomb_stops_at_the_cap(mode: Mode, subject: Subject) -> None:
    """Two hundred kilobytes that expand to 200 MB cost about as much memory as the cap allows."""
    script = answer(BOMB, Content_Encoding="gzip")
    options = HttpOptions(retries=0, timeout=20, max_body=4 * MIB)
    with playing(mode, subject.vendor, script, http=options) as (_, client):
        tracemalloc.start()
        error = raised(AnswerTooLarge, lambda: subject.call(client))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert str(4 * MIB) in str(error)
    assert len(BOMB) < 256 * 1024
    assert peak < 24 * MIB


@both
def test_the_default_cap_stops_the_bomb_as_well(mode: Mode, subject: Subject) -> None:
    """A caller who sets nothing is protected too."""
    assert raised(AnswerTooLarge, lambda: outcome(mode, subject, answer(BOMB, Content_Encoding="gzip")))


@both
@pytest.mark.parametrize("declared", [True, False], ids=["declared", "not declared"])
def test_a_body_over_the_cap_is_not_read(mode: Mode, subject: Subject, declared: bool) -> None:
    """A body that is too large, whether it says so or not, ends the call early; the vendor may never finish it."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    length = b"Content-Length: 999999999\r\n\r\n" if declared else b"Connection: close\r\n\r\n"
    script: Script = (head + length, b"[" * (MIB + 1), HANG)
    options = HttpOptions(retries=0, timeout=20, max_body=MIB)
    with playing(mode, subject.vendor, script, http=options) as (_, client):
        error = raised(AnswerTooLarge, lambda: subject.call(client))

    assert subject.method == error.operation


@both
def test_a_body_within_the_cap_is_read(mode: Mode, subject: Subject) -> None:
    """Compression as such is fine: chunked, gzip, and as large as the cap."""
    body = json.dumps(subject.good).encode()
    packed = gzip.compress(body)
    script: Script = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n",
        *(b"%x\r\n%b\r\n" % (1, packed[place : place + 1]) for place in range(len(packed))),
        b"0\r\n\r\n",
        CLOSE,
    )
    options = HttpOptions(retries=0, timeout=20, max_body=len(body))
    with playing(mode, subject.vendor, script, http=options) as (_, client):
        result = subject.call(client)

    assert subject.good == result.model_dump(mode="json", exclude_unset=True)


def by_path(request: Request) -> Script:
    """The good body of the operation that was asked for."""
    return answer((CDM if "/cdm/" in request.target else ALATION).good)


@both
def test_the_subjects_are_good(mode: Mode, subject: Subject) -> None:
    """The bodies that the tests above break are results before they are broken."""
    with playing(mode, subject.vendor, by=by_path) as (_, client):
        result = subject.call(client)

    assert subject.good == result.model_dump(mode="json", exclude_unset=True)
