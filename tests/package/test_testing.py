"""The vendors in this process: every vendor's jobs walk their lifecycles through the real clients, without waiting."""

from __future__ import annotations

import asyncio
import gzip
import io
from typing import Any

import pytest
from jobclients import InvalidArgument, ResponseTooLarge
from jobclients.alation import AlationClient, AsyncAlationClient, RefreshToken, Token
from jobclients.datameer import DatameerClient
from jobclients.huawei_dli import AsyncHuaweiDliClient, IamPassword
from jobclients.testing import FakeClock, FaultError, LifecycleError, Request, vendor
from jobclients_core.jobs import JobExpired, JobFailed, JobState, RunSuperseded, UnknownState, WaitTimeout
from jobclients_core.testing.faults import parse_fault
from jobclients_core.testing.lifecycle import MAX_STEPS


def test_the_page_of_the_package() -> None:
    fake = vendor("alation", lifecycle="running,successful")
    with AlationClient(base_url="https://acme.test", auth=Token("any"), http=fake.http) as alation:
        done = alation.jobs(id=1).wait()
    assert done.state is JobState.SUCCEEDED
    assert done.raw_state == "successful"
    assert done.finished_at == fake.clock.now
    assert [seen.status for seen in fake.requests] == [200, 200]


def test_the_words_of_a_vendor_and_the_canonical_ones_mean_the_same() -> None:
    states: list[list[str]] = []
    for lifecycle in ("PENDING,BOOTING,SUCCEEDED", "queued,running,succeeded"):
        fake = vendor("huawei_cdm", lifecycle=lifecycle)
        with fake.client() as client:
            states.append([status.state for status in client.runs.submit(job_name="j").watch()])
    assert states[0] == states[1] == ["queued", "running", "succeeded"]


@pytest.mark.parametrize(
    ("name", "kind", "identity", "lifecycle", "end"),
    [
        ("alation", "jobs", {"id": 1}, "running,successful", "succeeded"),
        ("alation", "jobs", {"name": "a#1"}, "running,partially_successful", "succeeded_with_warnings"),
        ("alation", "jobs", {"id": 1}, "failed", "failed"),
        ("datameer", "executions", {"execution_id": 7}, "QUEUED,RUNNING,COMPLETED", "succeeded"),
        ("datameer", "executions", {"execution_id": 7}, "COMPLETED_WITH_Warnings", "succeeded_with_warnings"),
        ("datameer", "configurations", {"configuration_id": 3}, "not_started,running,ERROR", "failed"),
        ("datameer", "files", {"file": "5"}, "_NONE,RUNNING,CANCELED", "cancelled"),
        ("huawei_cdm", "runs", {"job_name": "j"}, "NEW,PENDING,RUNNING,FAILED", "failed"),
        ("huawei_dli", "sql_jobs", {"job_id": "x"}, "LAUNCHING,SCALING,FINISHED", "succeeded"),
        ("huawei_dli", "sql_jobs", {"job_id": "x"}, "RUNNING*3,CANCELLED", "cancelled"),
    ],
)
def test_every_kind_walks_its_lifecycle(
    name: str, kind: str, identity: dict[str, Any], lifecycle: str, end: str
) -> None:
    fake = vendor(name, lifecycle=lifecycle)
    with fake.client() as client:
        collection: Any = getattr(client, kind)
        make = getattr(collection, "latest", collection)
        last = list(make(**identity).watch())[-1]
    assert last.state == end
    words = [word.partition("*")[0] for word in lifecycle.split(",")]
    assert last.raw_state == words[-1]
    if "progress" in fake.known.kinds[kind].type.fields and last.state.ok:
        assert last.progress == 1.0


def test_the_async_client_sees_the_same() -> None:
    async def main() -> None:
        fake = vendor("alation", lifecycle="running*40,successful")
        async with AsyncAlationClient(base_url="https://acme.test", auth=Token("t"), http=fake.http) as alation:
            done = await alation.jobs(id=1).wait()
        assert done.state == "succeeded"
        assert len(fake.requests) == 41
        assert fake.clock.elapsed > 300

    asyncio.run(main())


def test_times_progress_and_results() -> None:
    fake = vendor("alation")
    fake.job(
        id=1,
        lifecycle="successful",
        result={"updated_objects": 1, "number_received": 2, "error_objects": ["x"], "error": ""},
    )
    fake.job(id=2, lifecycle="failed", message="the disk is full")
    with fake.client() as client:
        warned = client.jobs(id=1).status()
        failed = client.jobs(id=2).status()
    assert (warned.state, warned.raw_state, warned.warnings) == ("succeeded_with_warnings", "successful", ("x",))
    assert failed.message == "the disk is full"


def test_a_job_is_identified_as_a_handle_is() -> None:
    """A number that is a text for the vendor is that text; what identifies no job is told instead of forgotten."""
    fake = vendor("datameer")
    fake.job("files", "COMPLETED", file=48)
    with fake.client() as client:
        assert "succeeded" == client.files.latest(file=48).status().state

    mistakes: tuple[dict[str, Any], ...] = ({"id": 48}, {"file": ""}, {})
    for wrong in mistakes:
        with pytest.raises(ValueError, match="files are identified by file"):
            fake.job("files", "COMPLETED", **wrong)


def test_a_lifecycle_in_time_goes_on_without_being_asked() -> None:
    fake = vendor("huawei_dli", lifecycle="LAUNCHING:5,RUNNING:60,FINISHED")
    with fake.client() as client:
        job = client.sql_jobs.submit(sql="select 1")
        assert job.status().state == "queued"
        assert job.status().state == "queued"
        fake.clock.advance(6)
        assert job.status().state == "running"
        fake.clock.advance(60)
        done = job.wait()
    assert done.state == "succeeded"
    assert done.duration is not None


def test_submissions_cancel_and_the_answer_that_was_lost() -> None:
    fake = vendor("huawei_dli", lifecycle="RUNNING*9,FINISHED")
    with fake.client() as client:
        job = client.sql_jobs.submit(sql="select 1")
        job.cancel()
        assert job.status().state == "cancelled"
        fake.next("FINISHED")
        sync = client.sql_jobs.submit(sql="select 2")
        before = len(fake.requests)
        assert sync.wait().state == "succeeded"
        assert len(fake.requests) == before, "the response to the submission was the end"
        fake.fail("timeout", operation="submit_sql_job")
        found = client.sql_jobs.submit(sql="select 3")
        assert found.submit_response is None
        assert found.status().state == "running"


def test_the_run_before_is_not_taken_for_the_new_one() -> None:
    fake = vendor("huawei_cdm", lifecycle="RUNNING,SUCCEEDED")
    identity = {"job_name": "j", "project_id": "project-id-1", "cluster_id": "cluster-id-1"}
    fake.job(lifecycle="SUCCEEDED", **identity)
    fake.next("PENDING,FAILED")
    with fake.client() as client:
        assert client.runs.latest(job_name="j").status().state == "succeeded"
        job = client.runs.submit(job_name="j")
        with pytest.raises(JobFailed):
            job.wait()
        fake.job(lifecycle="SUCCEEDED", **identity)
        with pytest.raises(RunSuperseded):
            job.status()


def test_where_the_trigger_names_no_run_the_history_does() -> None:
    fake = vendor("datameer", lifecycle="QUEUED,COMPLETED")
    with fake.client(DatameerClient) as client:
        first = client.executions.submit(configuration=3)
        second = client.executions.submit(configuration=3)
        assert first.identity != second.identity
        listed = client.get_job_history(job_configuration_id=3, start=0, length=5)
    assert [run.id for run in listed] == [second.identity["execution_id"], first.identity["execution_id"]]


def test_strict_vendors_know_only_what_was_added() -> None:
    fake = vendor("huawei_cdm", strict=True)
    with fake.client() as client, pytest.raises(Exception, match=r"Cdm\.0"):
        client.runs.latest(job_name="nope").status()


def test_tokens_are_handed_out_and_expire() -> None:
    fake = vendor("alation", lifecycle="running*3,successful")
    auth = RefreshToken(refresh_token="secret", user_id=1)
    with AlationClient(base_url="https://acme.test", auth=auth, http=fake.http) as alation:
        job = alation.jobs(id=1)
        job.status()
        fake.expire_tokens()
        assert job.wait().state == "succeeded"
    exchanges = [seen for seen in fake.requests if seen.operation == "create_access_token"]
    assert len(exchanges) == 2
    assert "secret" not in repr(fake.requests)


def test_the_exchange_of_another_vendor() -> None:
    async def main() -> None:
        fake = vendor("huawei_dli", lifecycle="FINISHED")
        auth = IamPassword(username="u", password="p", domain="d", region="cn-north-4")
        async with AsyncHuaweiDliClient(base_url="https://dli.test", project_id="p", auth=auth, http=fake.http) as dli:
            assert (await dli.sql_jobs(job_id="1").status()).state == "succeeded"
        assert fake.requests[0].path == "/v3/auth/tokens"

    asyncio.run(main())


def test_no_credential_no_entry() -> None:
    fake = vendor("alation")
    reply = fake.respond(Request("GET", "/api/v1/bulk_metadata/job/?id=1", {}))
    assert reply.status == 401
    assert b"credentials were not provided" in reply.content
    assert fake.respond(Request("GET", "/nowhere", {})).status == 404
    assert fake.respond(Request("DELETE", "/api/v1/bulk_metadata/job/", {})).status == 405
    unfit = fake.respond(Request("GET", "/api/v1/bulk_metadata/job/", {"token": "t"}))
    assert (unfit.status, b"exactly one" in unfit.content) == (400, True)


@pytest.mark.parametrize(
    "fault",
    [
        *("reset", "timeout", "truncated", "refused", "503", "429", "html", "empty", "garbage"),
        *("content-type", "wrong-length", "drip+100"),
    ],
)
def test_a_wait_outlasts_a_fault(fault: str) -> None:
    fake = vendor("alation", lifecycle="running*4,successful")
    fake.fail(f"{fault}@2*2", retry_after="7" if fault == "429" else "")
    with fake.client() as client:
        assert client.jobs(id=1).wait().state == "succeeded"
    if fault == "429":
        assert 7.0 in fake.clock.slept


def test_a_job_looks_like_the_first_documented_example_of_its_word() -> None:
    """Three of Alation's are of the word `successful`."""
    with vendor("alation", lifecycle="successful").client() as client:
        result = client.jobs(id=1).status().result
    assert result == {"updated_objects": 2, "number_received": 2, "error_objects": [], "error": ""}


def test_runs_of_one_name_have_keys_of_their_own() -> None:
    fake = vendor("huawei_cdm", lifecycle="SUCCEEDED")
    with fake.client() as client:
        first = client.runs.submit(job_name="j")
        first.wait()
        fake.clock.advance(60)
        second = client.runs.submit(job_name="j")
    assert first.key != second.key


LOOK = Request("GET", "/api/v1/bulk_metadata/job/?id=1", {"token": "t"})
RIGHT = b'{"status":"running"}'
FAULTS: dict[str, tuple[int, str, bytes, str, float]] = {
    "503": (503, "application/json", b"", "", 0.0),
    "refused": (0, "", b"", "refused", 0.0),
    "reset": (200, "application/json", RIGHT, "reset", 0.0),
    "wrong-length": (200, "application/json", RIGHT, "wrong-length", 0.0),
    "drip+0.5": (200, "application/json", RIGHT, "", 0.5),
    "html": (200, "text/html", b"<html><title>Log in</title></html>", "", 0.0),
    "content-type": (200, "text/html; charset=utf-8", RIGHT, "", 0.0),
    "empty": (200, "application/json", b"", "", 0.0),
    "garbage": (200, "application/json", RIGHT[:-1], "", 0.0),
}


@pytest.mark.parametrize(("fault", "wanted"), FAULTS.items(), ids=FAULTS)
def test_a_fault_is_what_it_is_called(fault: str, wanted: tuple[int, str, bytes, str, float]) -> None:
    fake = vendor("alation", lifecycle="running")
    fake.fail(fault)
    reply = fake.respond(LOOK)
    assert wanted == (
        *(reply.status, reply.headers.get("Content-Type", "")),
        *(b"" if fault == "503" else reply.content, reply.fault, reply.pace),
    )


def test_a_bomb_is_small_until_it_is_read() -> None:
    fake = vendor("alation")
    fake.fail("bomb")
    reply = fake.respond(LOOK)
    assert (reply.status, reply.headers["Content-Encoding"]) == (200, "gzip")
    assert len(reply.content) < 1_000_000
    with gzip.open(io.BytesIO(reply.content)) as file:
        size = sum(len(part) for part in iter(lambda: file.read(1 << 20), b""))
    assert size == 256 << 20


def test_a_fault_hits_as_many_requests_as_it_says() -> None:
    fake = vendor("alation", lifecycle="running")
    fake.fail("503@2*2")
    assert [fake.respond(LOOK).status for _ in range(6)] == [200, 503, 503, 200, 200, 200]


def test_a_drip_takes_its_time() -> None:
    fake = vendor("alation", lifecycle="running")
    fake.fail("drip+0.5")
    with fake.client() as client:
        assert client.get_job(id=1).status == "running"
    assert fake.clock.slept == [0.5] * len('{"status":"running"}')


def test_a_bomb_ends_a_wait() -> None:
    fake = vendor("alation")
    fake.fail("bomb")
    with fake.client() as client, pytest.raises(ResponseTooLarge):
        client.jobs(id=1).wait()


def test_an_error_in_the_vendors_words() -> None:
    fake = vendor("huawei_cdm")
    fake.fail("500", code="Cdm.0100", message="Job [j] does not exist.")
    with fake.client() as client, pytest.raises(Exception, match=r"\[Cdm\.0100\]: Job \[j\] does not exist"):
        client.runs.latest(job_name="j").status()


def test_a_word_that_nobody_documented() -> None:
    fake = vendor("alation", lifecycle="'on holiday'")
    with fake.client() as client:
        assert client.jobs(id=1).status().raw_state == "on holiday"
        with pytest.raises(UnknownState):
            client.jobs(id=1).wait()


def test_a_wait_that_is_too_short_takes_no_time() -> None:
    fake = vendor("alation", lifecycle="running*1000,successful")
    with fake.client() as client, pytest.raises(WaitTimeout):
        client.jobs(id=1).wait(timeout=600)
    assert 500 < fake.clock.elapsed <= 600


def test_mistakes_are_told_at_once() -> None:
    with pytest.raises(LookupError, match="alation, datameer"):
        vendor("nobody")
    with pytest.raises(LifecycleError, match="running, successful"):
        vendor("alation", lifecycle="running,finished")
    with pytest.raises(LifecycleError, match="every step"):
        vendor("alation", lifecycle="running:5,running,failed")
    with pytest.raises(FaultError, match="reset@3"):
        parse_fault("sometimes a reset")
    with pytest.raises(FaultError, match="timeout"):
        parse_fault("resets")
    for text in ("reset+3", "429+0.5", "100", "drip+", "503*0"):
        with pytest.raises(FaultError):
            parse_fault(text)
    with pytest.raises(LookupError, match="executions, configurations, files"):
        vendor("datameer").job(id=1)
    with pytest.raises(FaultError, match=r"did you mean get_job\?"):
        vendor("alation").fail("404:get_jobb")
    with pytest.raises(FaultError, match=r"there are create_token$"):
        vendor("huawei_iam").fail("503", operation="get_job")


def test_a_lifecycle_has_an_end() -> None:
    """A few characters say many steps; what is refused is never there."""
    fake = vendor("alation", lifecycle="running*9999," * 10 + "running*9,failed")
    whole = fake.job(id=1)
    assert len(whole.steps) == MAX_STEPS
    too_long = "running*9999," * 10 + "running*10,failed"
    for say in (lambda: vendor("alation", lifecycle=too_long), lambda: fake.job(lifecycle=too_long, id=2)):
        with pytest.raises(LifecycleError, match="at most 100000 steps"):
            say()
    with pytest.raises(LifecycleError, match="at most 100000 steps"):
        fake.next(too_long)
    header = {"token": "t", "x-mock-lifecycle": too_long}
    reply = fake.respond(Request("GET", "/api/v1/bulk_metadata/job/?id=3", header))
    assert (reply.status, b"at most 100000 steps" in reply.content) == (400, True)
    assert list(fake.book) == [whole]


def test_an_expired_job(fake_vendor: Any, fake_clock: FakeClock) -> None:
    fake = fake_vendor("huawei_dli", lifecycle="RUNNING")
    assert fake.clock is fake_clock
    with fake.client() as client:
        job = client.sql_jobs.submit(sql="select 1")
        job.status()
        fake.fail("404", operation="show_sql_job_status")
        assert job.status().state is JobState.UNKNOWN
        assert job.status().state is JobState.RUNNING
        fake.fail("404@1*99", operation="show_sql_job_status")
        with pytest.raises(JobExpired):
            job.wait()
        assert fake.clock.elapsed >= 30.0
        with pytest.raises(InvalidArgument):
            client.sql_jobs(job_id="")
