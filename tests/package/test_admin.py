"""The reserved path: what a test in another process may ask of a vendor, and what it is told when that is nonsense."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jobclients.testing import FakeVendor, Reply, Request, vendor

JOB = "/api/v1/bulk_metadata/job/?id=1"
TOO_LONG = "running*9999," * 11


def ask(fake: FakeVendor, method: str, path: str, body: object = None) -> tuple[int, Any]:
    content = b"" if body is None else json.dumps(body).encode()
    reply = fake.respond(Request(method, f"/_mock{path}", {}, content))
    assert reply.headers["Content-Type"] == "application/json"
    return reply.status, json.loads(reply.content)


def job(fake: FakeVendor) -> Reply:
    return fake.respond(Request("GET", JOB, {"token": "t"}))


def test_jobs_are_made_and_shown() -> None:
    fake = vendor("alation")
    body = {"identity": {"id": 1}, "lifecycle": "running,failed", "message": "The disk is full."}
    assert ask(fake, "POST", "/jobs", body)[0] == 201
    job(fake)
    expected = {
        "kind": "jobs",
        "identity": {"id": 1},
        "lifecycle": ["running", "failed"],
        "state": "failed",
        "looks": 1,
    }
    assert ask(fake, "GET", "/jobs") == (200, {"jobs": [expected]})
    assert b"The disk is full." in job(fake).content


def test_lifecycles_of_all_jobs_and_of_the_next_one() -> None:
    fake = vendor("huawei_dli", strict=True)
    assert ask(fake, "PUT", "/lifecycle", {"lifecycle": "RUNNING,FAILED"})[0] == 200
    assert ask(fake, "GET", "/lifecycle") == (200, {"lifecycle": "RUNNING,FAILED"})
    assert ask(fake, "POST", "/lifecycle", {"lifecycle": "CANCELLED"})[0] == 201
    with fake.client() as client:
        jobs = [client.sql_jobs.submit(sql="select 1") for _ in range(2)]
        assert [job.status().state for job in jobs] == ["cancelled", "running"]


def test_faults_come_and_go() -> None:
    fake = vendor("alation")
    assert (
        ask(fake, "POST", "/faults", {"fault": "429+30@2", "operation": "get_job", "message": "Slow down."})[0] == 201
    )
    assert [job(fake).status, job(fake).headers.get("Retry-After")] == [200, "30"]
    (fault,) = ask(fake, "GET", "/faults")[1]["faults"]
    assert (fault["kind"], fault["at"], fault["seen"], fault["message"]) == ("429", 2, 2, "Slow down.")
    ask(fake, "POST", "/faults", {"fault": "503"})
    assert ask(fake, "DELETE", "/faults") == (200, {})
    assert job(fake).status == 200


def test_requests_are_shown_and_forgotten() -> None:
    fake = vendor("alation")
    job(fake)
    (seen,) = ask(fake, "GET", "/requests")[1]["requests"]
    assert (seen["method"], seen["operation"], seen["status"], seen["query"]) == ("GET", "get_job", 200, "id=1")
    assert ask(fake, "DELETE", "/requests") == (200, {})
    assert ask(fake, "GET", "/requests") == (200, {"requests": []})


def test_tokens_and_a_new_beginning() -> None:
    fake = vendor("alation", lifecycle="running*9,successful")
    assert ask(fake, "PUT", "/tokens", {"accept": ["other"]}) == (200, {})
    assert job(fake).status == 401
    assert ask(fake, "PUT", "/tokens", {"accept": None}) == (200, {})
    assert job(fake).status == 200
    assert ask(fake, "POST", "/tokens/expire") == (201, {})
    assert job(fake).status == 401
    ask(fake, "PUT", "/lifecycle", {"lifecycle": "failed"})
    assert ask(fake, "POST", "/reset") == (201, {})
    assert (job(fake).status, fake.book.lifecycle) == (200, "running*9,successful")
    assert len(fake.requests) == 1


def test_what_there_is() -> None:
    fake = vendor("alation")
    overview = ask(fake, "GET", "")[1]
    assert (overview["vendor"], overview["kinds"]) == ("alation", {"jobs": ["id", "name"]})
    assert overview["paths"]["/_mock/jobs"] == ["GET", "POST"]
    assert "200/technical_metadata" in ask(fake, "GET", "/examples")[1]["get_job"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("GET", "/nowhere", None, 404, "/_mock has /requests, /jobs"),
        ("PATCH", "/jobs", None, 405, "this path takes GET, POST"),
        ("POST", "/jobs", [1], 400, "should be an object"),
        ("POST", "/jobs", {"identity": {"job": 1}}, 400, "identified by id, name"),
        ("POST", "/jobs", {"identity": {"id": "x"}}, 400, "its id is none"),
        ("POST", "/jobs", {"identity": {"id": 1, "name": "x"}}, 400, "exactly one of"),
        ("POST", "/jobs", {}, 400, "none of id, name is given"),
        ("POST", "/jobs", {"identity": {"id": 1}, "lifecycle": "sleeping"}, 400, "its words are running"),
        ("POST", "/jobs", {"identity": {"id": 1}, "kind": "runs"}, 400, "kind should be one of jobs"),
        ("POST", "/jobs", {"identity": "x"}, 400, "identity should be an object"),
        ("POST", "/jobs", {"id": 1}, 400, "'id' is unknown; the body takes kind, lifecycle"),
        ("POST", "/jobs", {"x" * 101: 1}, 400, f"'{'x' * 100}' is unknown"),
        ("PUT", "/lifecycle", {"lifecycle": "sleeping"}, 400, "its words are running"),
        ("POST", "/lifecycle", {}, 400, "at least one step"),
        ("POST", "/faults", {"fault": "sometimes"}, 400, "is not a fault"),
        ("POST", "/faults", {}, 400, "is not a fault"),
        ("POST", "/faults", {"fault": "503", "operation": "get"}, 400, "did you mean get_job?"),
        ("POST", "/faults", {"fault": "503:get_jobb"}, 400, "'get_jobb'; did you mean get_job?"),
        ("POST", "/faults", {"fault": "503:zzz"}, 400, "no operation is called 'zzz'; there are get_job, "),
        ("POST", "/jobs", {"identity": {"id": 77}, "lifecycle": TOO_LONG}, 400, "at most 100000 steps"),
        ("PUT", "/lifecycle", {"lifecycle": TOO_LONG}, 400, "at most 100000 steps"),
        ("POST", "/lifecycle", {"lifecycle": TOO_LONG}, 400, "at most 100000 steps"),
        ("POST", "/faults", {"fault": "429", "retry_after": "1\r\nX-Evil: 1"}, 400, "not a value of a header"),
        ("POST", "/faults", {"fault": "429", "retry_after": "\u0661"}, 400, "not a value of a header"),
        ("PUT", "/tokens", {"accept": "t"}, 400, "a list of texts"),
        ("POST", "/reset", {"now": True}, 400, "takes nothing"),
    ],
)
def test_nonsense_is_told_in_words(method: str, path: str, body: object, status: int, said: str) -> None:
    found, answer = ask(vendor("alation"), method, path, body)

    assert status == found
    assert said in answer["error"]


@pytest.mark.parametrize(
    ("headers", "arrived_at", "status"),
    [
        ({"origin": "https://evil.example"}, "", 403),
        ({"origin": "null"}, "", 403),
        ({"sec-fetch-site": "cross-site"}, "", 403),
        ({"sec-fetch-site": "none"}, "", 201),
        ({"host": "localhost:8080"}, "127.0.0.1", 201),
        ({"host": "LOCALHOST."}, "::1", 201),
        ({"host": "127.8.0.1:1"}, "127.0.0.1", 201),
        ({"host": "[::1]:8080"}, "::ffff:127.0.0.1", 201),
        ({"host": "evil.example:8080"}, "127.0.0.1", 403),
        ({"host": "localhost.evil.example"}, "::1", 403),
        ({"host": "evil.example"}, "::ffff:127.0.0.1", 403),
        ({"host": "10.0.0.1"}, "127.0.0.1", 403),
        ({}, "127.0.0.1", 403),
        ({"host": "mock.example"}, "10.0.0.1", 201),
    ],
)
def test_no_web_page_reaches_it(headers: dict[str, str], arrived_at: str, status: int) -> None:
    """Neither across sites nor by a name that it has made one of this machine."""
    fake = vendor("alation")
    fake.job(id=1)
    reply = fake.respond(Request("POST", "/_mock/reset", headers, b"", arrived_at))

    assert reply.status == status
    assert len(list(fake.book)) == (status == 403)


def test_what_is_no_json_is_told_too() -> None:
    reply = vendor("alation").respond(Request("POST", "/_mock/jobs", {}, b"{"))
    assert (reply.status, b"the body is not JSON" in reply.content) == (400, True)


def test_the_reserved_path_counts_for_nothing() -> None:
    fake = vendor("alation")
    fake.fail("503")
    ask(fake, "GET", "/requests")
    assert (job(fake).status, len(fake.requests)) == (503, 1)


def test_every_run_that_was_submitted_is_counted() -> None:
    """Not those that are there because somebody asked for them or added them; a replaced run is one of them."""
    fake = vendor("huawei_cdm", lifecycle="SUCCEEDED")
    fake.job(job_name="added", project_id="p", cluster_id="c")
    with fake.client() as client:
        for name in ("a", "a", "b"):
            client.runs.submit(job_name=name).wait()
        client.runs.latest(job_name="asked").status()
    status, found = ask(fake, "GET", "/submissions")
    assert (status, found["count"]) == (200, 3)
    assert [run["identity"]["job_name"] for run in found["submissions"]] == ["a", "a", "b"]
    assert {(run["key"], run["state"]) for run in found["submissions"]} == {("", "succeeded")}


def test_submissions_are_told_by_the_key_of_the_client() -> None:
    fake = vendor("huawei_dli", lifecycle="FINISHED")
    with fake.client() as client:
        jobs = [client.sql_jobs.submit(sql="select 1", tags=[{"key": "team", "value": "a"}]) for _ in range(2)]
        assert all(job.wait().state == "succeeded" for job in jobs)
    keys = [run["key"] for run in ask(fake, "GET", "/submissions")[1]["submissions"]]
    assert [len(key) > 10 for key in keys] == [True, True]
    assert keys[0] != keys[1]


def test_work_that_is_done_though_the_answer_is_lost() -> None:
    """done-502 and reset come after the work, 502 and refused before it."""
    for fault, done in (("done-502", 1), ("reset", 1), ("timeout", 1), ("502", 0), ("refused", 0)):
        fake = vendor("huawei_cdm")
        assert ask(fake, "POST", "/faults", {"fault": fault, "operation": "start_job"})[0] == 201
        path = "/v1.1/p/clusters/c/cdm/job/j/start"
        reply = fake.respond(Request("PUT", path, {"x-auth-token": "t", "x-language": "en-us"}))
        assert reply.status == 502 or reply.fault == fault
        assert ask(fake, "GET", "/submissions")[1]["count"] == done, fault
    assert ask(fake, "POST", "/faults", {"fault": "done-reset"})[0] == 400


def test_a_replica_that_lags_behind() -> None:
    fake = vendor("huawei_cdm", lifecycle="RUNNING:60,SUCCEEDED", strict=True)

    def seen() -> str:
        reply = fake.respond(Request("GET", "/v1.1/p/clusters/c/cdm/job/j/status", {"x-auth-token": "t"}))
        found = json.loads(reply.content).get("submissions")
        return f"{found[0]['status']} {found[0]['creation-date']}" if found else str(reply.status)

    first = fake.job(job_name="j", project_id="p", cluster_id="c")
    assert ask(fake, "PUT", "/lag", {"seconds": 30})[0] == 200
    assert not seen().startswith(("RUNNING", "SUCCEEDED")), "it did not know the job half a minute ago"
    fake.clock.advance(80)
    assert seen() == f"RUNNING {first.run}"
    second = fake.job(job_name="j", project_id="p", cluster_id="c")
    assert seen() == f"RUNNING {first.run}"
    fake.clock.advance(29)
    assert seen() == f"SUCCEEDED {first.run}"
    assert ask(fake, "PUT", "/lag", {"seconds": 30, "every": 2})[0] == 200
    assert [seen().split()[1] for _ in range(4)] == [str(second.run), str(first.run)] * 2
    assert ask(fake, "PUT", "/lag", {})[0] == 200
    assert seen() == f"RUNNING {second.run}"
    for nonsense in ({"seconds": -1}, {"seconds": 1, "every": 0}, {"seconds": "1"}, {"every": True}):
        assert ask(fake, "PUT", "/lag", nonsense)[0] == 400
