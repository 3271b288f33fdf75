"""What the vendors in this process refuse: each mistake in words, in the vendor's own form, and never by failing."""

from __future__ import annotations

import json
import random

import pytest
from jobclients import AuthenticationError
from jobclients.huawei_dli import AkSk, HuaweiDliClient
from jobclients.testing import FakeVendor, Reply, Request, vendor
from jobclients_core.testing.bodies import MAX_BODY
from jobclients_core.vendors import load
from package.documents import VENDORS, complaints

JOB = "/api/v1/bulk_metadata/job/"
REVOKE = "/integration/v1/revokeAPIAccessTokens/"
SUBMIT = "/v1.0/p/jobs/submit-job"
HEADERS = {"token": "t", "x-auth-token": "t", "authorization": "Basic dTpw", "content-type": "application/json"}


def send(fake: FakeVendor, method: str, target: str, content: bytes = b"", **headers: str) -> Reply:
    fields = {name: text for name, text in {**HEADERS, **headers}.items() if text}
    return fake.respond(Request(method, target, fields, content))


def words(reply: Reply) -> str:
    return reply.content.decode()


@pytest.mark.parametrize(
    ("name", "target", "status", "said"),
    [
        ("alation", f"{JOB}?id=1", 200, '"status"'),
        ("alation", f"{JOB}?id=1&unknown=x", 200, '"status"'),
        ("alation", JOB, 400, "exactly one of id, name is wanted, and none is there"),
        ("alation", f"{JOB}?id=1&name=x", 400, "and 2 is there"),
        ("alation", f"{JOB}?id=one", 400, "the query parameter id should be integer"),
        ("alation", f"{JOB}?id=1_0", 400, "should be integer"),
        ("alation", f"{JOB}?id=9223372036854775808", 400, "is not a valid int64"),
        ("alation", f"{JOB}?id=1&id=2", 400, "more than once"),
        ("alation", f"{JOB}?name=%zz", 400, "begins no encoded byte"),
        ("alation", f"{JOB}?name=%00", 400, "null character"),
        ("alation", f"{JOB}?name=%ff", 400, "not UTF-8"),
        ("datameer", "/rest/job-configuration/job-history/3?start=-1&length=5", 400, "start should be at least 0"),
        ("huawei_dli", "/v1.0/p/jobs?page-size=0", 400, "page-size should be at least 1"),
        ("huawei_dli", "/v1.0/p/jobs?page-size=101", 400, "page-size should be at most 100"),
        ("huawei_dli", "/v1.0/p/jobs?engine-type=abacus", 200, '"jobs"'),
        ("huawei_cdm", "/v1.1/p/clusters/c/cdm/job/all?jobType=x", 400, "should be one of"),
        ("alation", "/nowhere", 404, "nothing is documented at this path"),
    ],
)
def test_parameters(name: str, target: str, status: int, said: str) -> None:
    reply = send(vendor(name), "GET", target)

    assert status == reply.status, words(reply)
    assert said in words(reply)


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b'{"refresh_token": "hidden", "user_id": 1}', 200, ""),
        (b'{"refresh_token": "hidden", "user_id": 1, "more": true}', 200, ""),
        (b"", 400, "the body is missing"),
        (b"{", 400, "JSON"),
        (b'{"refresh_token": "hidden", "user_id": 1} 2', 400, "line 1"),
        (b'{"user_id": 1, "user_id": 2}', 400, "twice"),
        (b"[]", 400, "the body: should be object"),
        (b'{"user_id": 1}', 400, "/refresh_token is missing"),
        (b'{"refresh_token": "hidden", "user_id": "hidden"}', 400, "/user_id should be integer"),
        (b'{"refresh_token": ["hidden"], "user_id": 1}', 400, "/refresh_token should be string"),
        (b"\xff\xfe", 400, "UTF-8"),
        (b"[" * 100_000, 400, "nested too deeply"),
        (b'{"refresh_token": "\\ud800", "user_id": 1}', 400, "half of a character"),
        (b'{"user_id": 1e999, "refresh_token": ""}', 400, "out of range"),
        (b'"' + b"x" * MAX_BODY + b'"', 413, "has more than"),
    ],
)
def test_bodies(content: bytes, status: int, said: str) -> None:
    reply = send(vendor("alation"), "POST", REVOKE, content)

    assert status == reply.status, words(reply)
    assert said in words(reply)
    assert "hidden" not in words(reply), "what is wrong is told without the value"


@pytest.mark.parametrize("media_type", ["", "text/plain", "application/xml", "application/jsonp", "*/*", "\xff"])
def test_other_media_types_are_refused(media_type: str) -> None:
    content = b'{"refresh_token": "x", "user_id": 1}'
    assert send(vendor("alation"), "POST", REVOKE, content, **{"content-type": media_type}).status == 415


def test_json_by_another_name_is_json() -> None:
    content = b'{"refresh_token": "x", "user_id": 1}'
    for media_type in ("application/json; charset=utf-8", "Application/JSON", "application/vnd.acme+json"):
        assert send(vendor("alation"), "POST", REVOKE, content, **{"content-type": media_type}).status == 200


def test_other_methods_are_named() -> None:
    reply = send(vendor("huawei_dli"), "PATCH", "/v1.0/p/jobs/7")
    assert (reply.status, reply.headers["Allow"]) == (405, "DELETE")


@pytest.mark.parametrize(
    ("name", "target", "headers", "said"),
    [
        ("alation", f"{JOB}?id=1", {"token": ""}, "not provided"),
        ("alation", f"{JOB}?id=1", {"token": "", "authorization": "Bearer t"}, "not provided"),
        ("alation", f"{JOB}?id=1&token=t", {"token": ""}, "not provided"),
        ("datameer", "/rest/job-configuration/job-status/3", {"authorization": "Basic !!!"}, "not provided"),
        ("huawei_dli", "/v1.0/p/jobs", {"x-auth-token": "", "authorization": "SDK-HMAC-SHA256 x"}, "not provided"),
    ],
)
def test_credentials_have_to_be_in_their_place(name: str, target: str, headers: dict[str, str], said: str) -> None:
    reply = send(vendor(name), "GET", target, b"", **headers)
    assert reply.status == 401
    assert said in words(reply)


def test_signed_requests_are_let_in() -> None:
    fake = vendor("huawei_dli", lifecycle="FINISHED")
    fake.accept("my-key")
    for key in ("my-key", "other"):
        auth = AkSk(key, "secret")
        with HuaweiDliClient(base_url="https://dli.test", project_id="p", auth=auth, http=fake.http) as dli:
            if key == "my-key":
                dli.list_sql_jobs()
            else:
                with pytest.raises(AuthenticationError):
                    dli.list_sql_jobs()
    assert [200, 401] == [seen.status for seen in fake.requests]


def test_unknown_and_expired_credentials() -> None:
    fake = vendor("alation")
    fake.accept("good")
    assert send(fake, "GET", f"{JOB}?id=1", token="good").status == 200
    assert "not known" in words(send(fake, "GET", f"{JOB}?id=1", token="bad"))
    fake.expire_tokens()
    assert "expired" in words(send(fake, "GET", f"{JOB}?id=1", token="good"))
    made = send(fake, "POST", "/integration/v1/createAPIAccessToken/", b'{"refresh_token": "r", "user_id": 1}')
    token = json.loads(made.content)["api_access_token"]
    assert send(fake, "GET", f"{JOB}?id=1", token=token).status == 200


def test_exchanges_are_checked_too() -> None:
    reply = send(vendor("alation"), "POST", "/integration/v1/createAPIAccessToken/", b'{"user_id": 1}')
    assert reply.status == 400
    assert "/refresh_token is missing" in words(reply)


PIECES = ["%", "%00", "%zz", "%2e%2e", "..", "//", "\\", "'", '"', "{", "}", "\x7f", "*", "?", "&", "=", "#", ";", "~1"]
BODIES = [
    b"",
    b"\0",
    b"{",
    b"[]",
    b"null",
    b'"x"',
    b"1e999",
    b"{}" * 2,
    b"[" * 5000,
    b"\xff" * 10,
    b'{"sql": {"a": 1}}',
]


@pytest.mark.parametrize("name", VENDORS)
def test_nothing_that_a_request_holds_makes_a_vendor_fail(name: str) -> None:
    """Requests out of hostile pieces: never an exception, never a 5xx, and every response is a valid one."""
    chance = random.Random(7)
    known = load(name)
    fake = vendor(name)
    statuses: set[int] = set()
    for _ in range(1500):
        operation = chance.choice(list(known.operations.values()))
        path = operation.path
        for place in operation.parameters:
            if place.location == "path":
                path = path.replace(f"{{{place.wire}}}", "".join(chance.sample(PIECES, chance.randrange(1, 3))) or "x")
        wires = [item.wire for item in operation.parameters] + ["", "x", "%"]
        query = "&".join(f"{chance.choice(wires)}={chance.choice([*PIECES, '1', 'x' * 5000])}" for _ in range(2))
        method = chance.choice([operation.method] * 4 + ["GET", "POST", "HEAD", "OPTIONS", "BREW"])
        headers = {} if chance.random() < 0.2 else dict(HEADERS)
        headers |= {"content-type": chance.choice(["application/json", "", "text/plain", ";;;", "multipart/form-data"])}
        headers |= {"cookie": chance.choice(["", "=;=", "a=b; a"]), "x-language": chance.choice(["", "en-us", "\xe9"])}
        reply = fake.respond(Request(method, f"{path}?{query}", headers, chance.choice(BODIES)))
        statuses.add(reply.status)
        if reply.status != 405 and reply.content:
            found = [item for item in known.operations.values() if item is operation and item.method == method]
            for item in found:
                if fake.requests[-1].operation == item.id:
                    assert [] == complaints(name, item.id, reply.status, reply.content)
    assert all(status < 500 for status in statuses)
    assert {200, 400, 405} <= statuses or name == "huawei_iam"


def test_what_arrived_is_noted_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    fake = vendor("alation")
    send(fake, "GET", f"{JOB}?id=1&api_key=hidden&name", token="hidden")
    send(fake, "POST", REVOKE, b'{"refresh_token": "hidden", "user_id": 1}', authorization="hidden")
    send(fake, "GET", "/nowhere?token=hidden")
    fake.fail("reset")
    send(fake, "GET", f"{JOB}?id=2")
    seen = [(item.method, item.path, item.query, item.operation, item.status) for item in fake.requests]
    assert seen == [
        ("GET", JOB, "id=1&***&name=", "get_job", 400),
        ("POST", REVOKE, "", "revoke_access_tokens", 200),
        ("GET", "/***", "***", "", 404),
        ("GET", JOB, "id=2", "get_job", None),
    ]
    assert "hidden" not in caplog.text + repr(fake.requests)
    assert "alation: GET /api/v1/bulk_metadata/job/?id=2 reset (get_job)" in caplog.text
