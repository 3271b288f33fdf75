"""What documents say that no vendor of ours says, as the mock plays it for the generated clients."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from jobclients_core import Conflict, JobClientsError, NotFound
from jobclients_core.media_types import FORM
from jobclients_core.schema import Part, Schemas
from jobclients_core.testing import Request, identifiers, vendor
from jobclients_core.testing.samples import Shape
from jsonschema import Draft202012Validator, FormatChecker

from .conftest import MadeUp

SCHEMES = {
    "token": {"type": "apiKey", "in": "header", "name": "X-Token"},
    "tenant": {"type": "apiKey", "in": "query", "name": "tenant"},
    "login": {"type": "http", "scheme": "basic"},
    "certificate": {"type": "mutualTLS"},
}


def pinging(security: list[Any]) -> dict[str, Any]:
    """A document with one call and what it takes to be let in."""
    return {
        "paths": {"/ping": {"get": {"operationId": "ping", "responses": {"204": {"description": "Done."}}}}},
        "components": {"securitySchemes": SCHEMES},
        "security": security,
    }


@pytest.mark.parametrize(
    "security",
    [
        [{"token": [], "login": []}],
        [{"certificate": []}, {"token": []}],
        [{"certificate": [], "token": []}, {"login": []}],
        [{"login": [], "tenant": []}, {"token": []}],
        [{}, {"token": [], "login": []}],
    ],
)
def test_made_up_credentials_fill_an_alternative(
    made_up: MadeUp, security: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given to a constructor, and read from the environment that the command ``vendorsmith mock`` prints."""
    known = made_up(pinging(security))
    fake = vendor(known)
    for name, value in fake.environment("https://v.test").items():
        monkeypatch.setenv(name, value)
    clients: list[Any] = [fake.client(), known.client.from_env(http=fake.http)]
    for client in clients:
        client.ping()
        client.close()
    assert [seen.status for seen in fake.requests] == [204, 204]


LOGIN = {"authorization": f"Basic {base64.b64encode(b'me:secret').decode()}"}


@pytest.mark.parametrize(
    ("target", "headers", "status"),
    [
        ("/ping?tenant=a", {"x-token": "t"}, 204),
        ("/ping?tenant=a", {}, 401),
        ("/ping", {"x-token": "t"}, 401),
        ("/ping", LOGIN, 401),
        ("/ping", {**LOGIN, "x-token": "t"}, 401),
        ("/ping?tenant=a", {**LOGIN, "x-token": "t"}, 204),
    ],
)
def test_schemes_wanted_together_are_wanted_all(
    made_up: MadeUp, target: str, headers: dict[str, str], status: int
) -> None:
    """A certificate cannot be seen by a server without TLS: what wants one is never enough."""
    fake = vendor(made_up(pinging([{"certificate": [], "login": []}, {"token": [], "tenant": []}])))
    assert fake.respond(Request("GET", target, headers)).status == status


def starting(identity: dict[str, Any], parameter: dict[str, Any] | None = None) -> dict[str, Any]:
    """A document with a job whose identifier is documented in the response of its submission and in a path."""
    job = {
        "type": "object",
        "required": ["id", "state"],
        "properties": {"id": identity, "state": {"enum": ["RUNNING", "DONE", "BAD"]}},
    }
    respond = {"200": {"description": "The job.", "content": {"application/json": {"schema": job}}}}
    path = [{"name": "id", "in": "path", "required": True, "schema": parameter or identity}]
    kind = {
        "summary": "A job.",
        "identity": {"id": {"from": "$response.body#/id"}},
        "operations": {"submit": {"operationId": "start"}, "status": {"operationId": "show"}},
        "state": {
            "from": "$response.body#/state",
            "map": {"RUNNING": "running", "DONE": "succeeded", "BAD": "failed"},
        },
    }
    return {
        "paths": {
            "/jobs": {"post": {"operationId": "start", "responses": respond}},
            "/jobs/{id}": {"get": {"operationId": "show", "parameters": path, "responses": respond}},
        },
        "x-jobs": {"jobs": kind},
    }


@pytest.mark.parametrize(
    ("schema", "parameter"),
    [
        ({"type": "string", "format": "uuid"}, None),
        ({"type": "string"}, {"type": "string", "format": "uuid"}),
        ({"type": "string", "format": "date-time"}, None),
        ({"type": "string", "format": "date"}, None),
        ({"type": "string", "format": "ipv4"}, None),
        ({"type": "string", "format": "email"}, None),
        ({"type": "string", "minLength": 30}, None),
        ({"type": "string", "maxLength": 6}, None),
        ({"type": "integer", "format": "int32"}, None),
        ({"type": "integer", "format": "int64", "minimum": 10**12}, None),
        ({"type": "integer", "maximum": 99}, None),
        ({"type": "string"}, {"type": "integer", "format": "int32"}),
    ],
)
def test_the_identifiers_of_jobs_fit_what_is_documented_of_them(
    made_up: MadeUp, schema: dict[str, Any], parameter: dict[str, Any] | None
) -> None:
    """The vendor refuses a path that does not, so that a wait that ends well has shown it."""
    fake = vendor(made_up(starting(schema, parameter)), strict=True)
    with fake.client() as client:
        jobs = [client.jobs.submit() for _ in range(3)]
        assert [job.wait().state for job in jobs] == ["succeeded"] * 3
    identities = [job.identity["id"] for job in jobs]
    assert len(set(identities)) == 3
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    sent = [str(identity) if schema["type"] == "string" else identity for identity in identities]
    assert [list(validator.iter_errors(identity)) for identity in sent] == [[], [], []]


@pytest.mark.parametrize(
    ("pattern", "example"),
    [
        ("^[0-9a-f]{32}$", None),
        ("^[0-9]+$", None),
        ("^application_[0-9]+_[0-9]{4}$", "application_1700000000000_0001"),
        ("^j-[A-Z0-9]{13}$", "j-3H6EATEWWRABC"),
    ],
)
def test_an_identifier_is_spelled_by_its_pattern(pattern: str, example: str | None) -> None:
    shape = Shape(Schemas({}), (Part({"type": "string", "pattern": pattern}, ""),))
    found = [identifiers.text([shape], "job_id", number, example) for number in (1001, 1002)]
    assert all(re.fullmatch(pattern, text) for text in found)
    assert found[0] != found[1]


def posting(encoding: dict[str, Any]) -> dict[str, Any]:
    """A document with a form of arrays."""
    fields = {
        "name": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "numbers": {"type": "array", "items": {"type": "integer"}},
        "more": {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
    }
    schema = {"type": "object", "required": ["tags", "numbers"], "properties": fields}
    body = {"required": True, "content": {FORM: {"schema": schema, "encoding": encoding}}}
    operation = {"operationId": "post", "requestBody": body, "responses": {"204": {"description": "Done."}}}
    return {"paths": {"/form": {"post": operation}}}


@pytest.mark.parametrize(
    ("encoding", "sent", "status"),
    [
        ({}, "tags=a&tags=b&numbers=1&numbers=2", 204),
        ({}, "tags=a&numbers=1", 204),
        ({}, "tags=a,b&numbers=1,2", 400),
        ({"numbers": {"explode": False}}, "tags=a,b&numbers=1,2", 204),
        ({"numbers": {"style": "pipeDelimited"}}, "tags=a&numbers=1%7C2", 204),
        ({"numbers": {"style": "spaceDelimited"}}, "tags=a&numbers=1+2", 204),
        ({"numbers": {"explode": False}}, "tags=a&numbers=1,x", 400),
        ({}, "tags=a&numbers=x", 400),
        ({}, "tags=a", 400),
        ({}, "tags=a&numbers=1&name=x&name=y", 400),
        ({}, "tags=a&numbers=1&more=%7B%22a%22:1%7D", 204),
        ({}, "tags=a&numbers=1&more=%7B%22a%22:true%7D", 400),
        ({}, "tags=a&numbers=1&more=%7B", 400),
    ],
)
def test_arrays_in_forms(made_up: MadeUp, encoding: dict[str, Any], sent: str, status: int) -> None:
    fake = vendor(made_up(posting(encoding)))
    reply = fake.respond(Request("POST", "/form", {"content-type": FORM}, sent.encode()))
    assert reply.status == status, reply.content


def test_a_form_of_arrays_as_the_client_writes_it(made_up: MadeUp) -> None:
    fake = vendor(made_up(posting({})))
    with fake.client() as client:
        client.post(tags=["a", "b"], numbers=[1], more={"a": 1})
    assert [seen.status for seen in fake.requests] == [204]


@pytest.mark.parametrize(
    ("role", "refused", "error"),
    [
        ("cancel", {"while": ["succeeded"], "status": 409}, Conflict),
        ("cancel", {"while": ["succeeded"], "code": "J.9"}, Conflict),
        ("status", {"while": ["cancelled"], "status": 404}, NotFound),
    ],
)
def test_what_a_vendor_refuses_in_a_state_is_refused_then_and_not_before(
    made_up: MadeUp, role: str, refused: dict[str, Any], error: type[JobClientsError]
) -> None:
    document = starting({"type": "string"})
    said = {"type": "object", "properties": {"code": {"type": "string"}}}
    conflict = {"description": "It cannot.", "content": {"application/json": {"schema": said}}}
    document["paths"]["/jobs/{id}"]["delete"] = {
        "operationId": "stop",
        "parameters": document["paths"]["/jobs/{id}"]["get"]["parameters"],
        "responses": {"204": {"description": "It stops."}, "409": conflict},
    }
    document["paths"]["/jobs/{id}"]["get"]["responses"]["404"] = {"description": "It is gone."}
    kind = document["x-jobs"]["jobs"]
    kind["operations"]["cancel"] = {"operationId": "stop"}
    kind["operations"][role]["refused"] = [refused]
    kind["state"]["map"]["STOPPED"] = "cancelled"
    document["paths"]["/jobs/{id}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["properties"][
        "state"
    ]["enum"].append("STOPPED")
    rule = {"status": [409], "code": ["J.9"], "raise": "Conflict"}
    document["x-errors"] = {"code": ["$response.body#/code"], "rules": [rule]}
    fake = vendor(made_up(document))
    with fake.client() as client:
        ended, stopped = fake.job(id="1", lifecycle="succeeded"), fake.job(id="2", lifecycle="running*9")
        client.jobs(id="2").cancel()
        assert stopped.state(0) == "cancelled"
        with pytest.raises(error):
            client.show(id="2") if role == "status" else client.stop(id="1")
        assert ended.state(0) == "succeeded"


def test_a_second_start_is_refused_while_the_first_run_goes_on() -> None:
    fake = vendor("huawei_cdm", lifecycle="RUNNING*3,SUCCEEDED")
    with fake.client() as client:
        first = client.runs.submit(job_name="j")
        with pytest.raises(Conflict) as refusal:
            client.runs.submit(job_name="j")
        assert refusal.value.code == "Cdm.0052"
        client.runs.submit(job_name="another")
        first.wait()
        with pytest.raises(Conflict, match=r"Cdm\.0053"):
            client.stop_job(job_name="j")
        first.cancel()  # which takes such a refusal for what was wanted
        client.runs.submit(job_name="j")
    assert len(list(fake.book)) == 2


def test_a_vendor_that_knows_keys_starts_one_job_for_each(made_up: MadeUp) -> None:
    document = starting({"type": "string"})
    header = {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}}
    document["paths"]["/jobs"]["post"]["parameters"] = [header]
    kind = document["x-jobs"]["jobs"]
    kind["operations"]["submit"]["parameters"] = {"Idempotency-Key": "$key"}
    kind["submit"] = {"idempotency": {"parameter": "Idempotency-Key"}}
    fake = vendor(made_up(document))
    with fake.client() as client:
        fake.fail("reset", operation="start")
        job = client.jobs.submit()  # sent again with the same key, after the response was lost
        assert len(fake.submissions) == 1
        assert fake.submissions[0].identity == {"id": job.identity["id"]}
        assert fake.submissions[0].key
        client.jobs.submit()
        assert len({run.key for run in fake.submissions}) == 2
    again = [fake.respond(Request("POST", "/jobs", {"idempotency-key": key})).content for key in ("k1", "k1", "k2")]
    assert [again[0] == again[1], again[0] == again[2]] == [True, False]
