"""A user's script over every public name about jobs: read by the type checkers, and run against vendors in-process.

Lines that end in an ignore comment are wrong on purpose; a checker that stops seeing the mistake says that the comment
is not needed.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, assert_type

from jobclients import (
    AmbiguousRun,
    AsyncJob,
    AsyncJobSet,
    AsyncRecord,
    Attribution,
    HandleError,
    Job,
    JobCancelled,
    JobClientsError,
    JobError,
    JobExpired,
    JobFailed,
    JobKind,
    JobPaused,
    JobSet,
    JobState,
    JobStatus,
    Moment,
    NotStarted,
    NotSubmitted,
    Outcome,
    Record,
    RecordBusy,
    RecordError,
    RecordMismatch,
    RunSuperseded,
    SetOptions,
    SubmitUncertain,
    SyncClient,
    Token,
    UnknownState,
    WaitTimeout,
    WrongJob,
    connect,
    connect_async,
    resume,
    wait_all,
    wait_all_async,
    watch_all,
    watch_all_async,
)
from jobclients.alation import AlationClient, AlationJob, AlationJobs, AsyncAlationClient, AsyncAlationJob
from jobclients.alation.models import BulkResult
from jobclients.alation.models import VendorJob as AlationAnswer
from jobclients.datameer import DatameerClient, DatameerConfiguration, DatameerExecution, DatameerFile
from jobclients.datameer.models import JobDetails, JobStatusV1, JobStatusV2
from jobclients.huawei_cdm import AsyncHuaweiCdmClient, AsyncHuaweiCdmRun, HuaweiCdmClient, HuaweiCdmRun
from jobclients.huawei_dli import AsyncHuaweiDliClient, HuaweiDliClient, HuaweiDliSqlJob
from jobclients.huawei_dli.models import SqlJobPreview, SqlJobProgress, SqlJobStatus
from jobclients.testing import FakeClock, FakeJob, FakeVendor, Fault, Reply, Request, Seen, VendorTransport, vendor

if TYPE_CHECKING:
    from jobclients.alation import AsyncAlationJobs
    from jobclients.testing import FaultError, LifecycleError

    def refused(wrong: FaultError | LifecycleError) -> str:
        """What the fakes say about a mistake."""
        return str(wrong)


def show(status: JobStatus[Any]) -> str:
    """Everything that a status tells, whoever the vendor is."""
    assert_type(status.state, JobState)
    assert_type(status.attribution, Attribution)
    times = [status.started_at, status.finished_at, status.updated_at]
    seconds = status.duration or 0.0
    share = status.progress or 0.0
    words = " ".join([status.message or "", status.error or "", status.code or "", *status.warnings])
    late = [name for name, text in status.raw_times.items() if text]
    end = "ended" if status.state.terminal else "waits" if status.state.waiting else "runs"
    facts = (status.vendor, status.kind, status.raw_state, status.run_id, status.regressed, status.state.ok)
    return f"{end} {times} {seconds:.0f} {share:.0%} {words} {late} {facts} {status.result_text}"


def alation(client: AlationClient) -> JobStatus[AlationAnswer]:
    """A handle by id or name, its status, and the end."""
    jobs: AlationJobs = client.jobs
    job = jobs(id=1)
    assert_type(job, AlationJob)
    assert_type(jobs(name="MetadataExtraction#1"), AlationJob)
    assert_type(jobs.adopt({"job_id": 7}), AlationJob)
    assert_type(job.status(), JobStatus[AlationAnswer])
    seen: list[JobState] = []
    done = job.wait(
        timeout=timedelta(hours=1),
        until=datetime(2100, 1, 1, tzinfo=UTC),
        start_within=600,
        warnings="ok",
        on_timeout="leave",
        on_update=show,
        on_state=lambda status: seen.append(status.state),
    )
    assert_type(done.raw, AlationAnswer)
    assert_type(done.result_as(BulkResult) if done.result else None, BulkResult | None)
    return done


def datameer(client: DatameerClient) -> None:
    """Three kinds of jobs."""
    execution = client.executions.submit(configuration=3)
    assert_type(execution, DatameerExecution)
    assert_type(execution.wait().raw, JobDetails)
    execution.cancel()
    assert_type(client.executions(execution_id=7), DatameerExecution)
    configuration = client.configurations.latest(configuration_id=3)
    assert_type(configuration, DatameerConfiguration)
    assert_type(configuration.status(), JobStatus[JobStatusV1])
    file = client.files.latest(file="/Data/x.imp")
    assert_type(file, DatameerFile)
    assert_type(file.status(), JobStatus[JobStatusV2])


def huawei_cdm(client: HuaweiCdmClient) -> str:
    """A run that is this one, and a handle of it as text."""
    run = client.runs.submit(job_name="es_css", variables={"day": "1"})
    assert_type(run, HuaweiCdmRun)
    for status in run.watch(timeout=3600, polls=True):
        print(show(status), run.key, dict(run.identity), run.submit_response)
    assert_type(client.runs.latest(job_name="es_css"), HuaweiCdmRun)
    kind: JobKind[Any] = run.kind
    print(kind.name, kind.poll.timeout, run.client)
    return run.to_json()


class Memory:
    """A record of the caller's own making."""

    text: str | None = None

    def load(self) -> str | None:
        """What was saved last."""
        return self.text

    def save(self, text: str) -> None:
        """Keep a text."""
        self.text = text


def huawei_dli(client: HuaweiDliClient) -> None:
    """A job that is recorded, with a result and progress of their own."""
    record: Record = Memory()
    job = client.sql_jobs.submit(sql="select 1", record=record, again="failed")
    assert_type(client.sql_jobs.look_for(record), HuaweiDliSqlJob)
    assert_type(resume(record, client), Job[Any])
    assert_type(job, HuaweiDliSqlJob)
    assert_type(job.wait(), JobStatus[SqlJobStatus])
    assert_type(job.result(), SqlJobPreview)
    assert_type(job.progress(), SqlJobProgress)
    job.cancel()


def resumed(text: str, client: HuaweiCdmClient) -> JobStatus[Any]:
    """A handle back from its text: with a client, clients by vendor, or a function."""
    assert_type(resume(text, client), Job[Any])
    resume(text, {"huawei_cdm": client}, rebind=True)
    run = resume(text, clients=lambda handle: {"huawei_cdm": client}[handle.vendor])
    again = client.runs.restore(text)
    assert_type(again, HuaweiCdmRun)
    try:
        resume("{}", client)
    except HandleError as error:
        print(error)
    return run.wait()


def explain(error: JobClientsError) -> str:
    """What comes out of a wait, the more exact classes first."""
    if isinstance(error, NotStarted):
        return "not begun"
    if isinstance(error, WaitTimeout):
        assert_type(error.cancelled, bool | None)
        return f"still running; stopped: {error.cancelled}"
    if isinstance(error, (JobFailed, JobCancelled)):
        assert_type(error.status, JobStatus[Any])
        return f"{error.code} {error.vendor_message} {error.status} {error.result}"
    if isinstance(error, SubmitUncertain):
        return f"it may run: {error.key} {error.job} {error.candidates} {error.look_again_at} {error.intent}"
    if isinstance(error, (NotSubmitted, RecordBusy, RecordMismatch, RecordError)):
        return error.message
    if isinstance(error, (JobExpired, JobPaused, RunSuperseded, AmbiguousRun, WrongJob, UnknownState, JobError)):
        return str(error.job_status)
    assert_type(error.job, Job[Any] | AsyncJob[Any] | None)
    assert_type(error.job_status, JobStatus[Any] | None)
    assert_type(error.history, tuple[Moment, ...])
    history = error.history
    return " ".join(f"{moment.state} {moment.raw_state} {moment.at}" for moment in history)


def many(*jobs: Job[Any]) -> list[str]:
    """Jobs of any mix of vendors."""
    outcomes = wait_all(jobs, timeout=3600, concurrency=4)
    assert_type(outcomes, list[Outcome[Job[Any]]])
    said = [show(outcome.get()) if outcome.ok else explain(outcome.error or JobError("")) for outcome in outcomes]
    for outcome in watch_all(jobs):
        print(outcome.job.key, outcome.ended, outcome.status)
    options: SetOptions[Job[Any]] = {"warnings": "ok", "on_state": lambda job, status: print(job.key, status.state)}
    with JobSet[Job[Any]](concurrency=2, **options) as service:
        service.add(jobs[0], timeout=60, start_within=timedelta(minutes=1))
        service.add_all(jobs[1:])
        print(len(service), jobs[0] in service, service.stopped)
        said += [outcome.job.key for outcome in service]
        said += service.snapshot()
        service.stop()
    with JobSet(timeout=60) as any_jobs:
        assert_type(any_jobs, JobSet[Job[Any]])
        any_jobs.add_all(jobs)
        said += [str(outcome.job.identity) for outcome in any_jobs]
    return said


async def many_async(client: AsyncAlationClient, *jobs: AsyncJob[Any]) -> None:
    """The same, awaited."""
    collection: AsyncAlationJobs = client.jobs
    job = collection(id=1)
    assert_type(job, AsyncAlationJob)
    assert_type(await job.status(), JobStatus[AlationAnswer])
    assert_type(await job.wait(), JobStatus[AlationAnswer])
    async for status in job.watch():
        print(show(status))
    assert_type(resume(job.to_json(), client), AsyncJob[Any])
    every: list[AsyncJob[Any]] = [job, *jobs]
    assert_type(await wait_all_async(every), list[Outcome[AsyncJob[Any]]])
    async for outcome in watch_all_async([job]):
        assert_type(outcome, Outcome[AsyncAlationJob])
    async with AsyncJobSet[AsyncJob[Any]](timeout=60) as service:
        service.add(job)
        service.add_all(jobs)
        async for one in service:
            print(one.get().state if one.ok else one.error)
        service.stop()
        print(service.snapshot())
    assert_type(AsyncJobSet(), AsyncJobSet[AsyncJob[Any]])


async def cdm_async(client: AsyncHuaweiCdmClient, record: AsyncRecord | None = None) -> AsyncHuaweiCdmRun:
    """A run, awaited."""
    run = await client.runs.submit(job_name="j", record=record)
    await run.cancel()
    return run


def clients() -> None:
    """Clients by their vendor's name: typed where the name is written down."""
    assert_type(connect("alation", host="acme.alation.com", auth=Token("t")), AlationClient)
    assert_type(connect_async("huawei_dli", region="r", project_id="p", auth=Token("t")), AsyncHuaweiDliClient)
    name: str = "datameer"[:]
    assert_type(connect(name, base_url="https://das.test"), SyncClient)


def fakes() -> tuple[FakeVendor, FakeVendor, FakeVendor, FakeVendor]:
    """Vendors in this process, which take no time."""
    clock = FakeClock()
    first = vendor("alation", lifecycle="running,successful", clock=clock)
    job: FakeJob = first.job(id=1, lifecycle="running*2,successful")
    first.fail(Fault("503", at=2))
    request = Request("GET", "/nowhere", {})
    reply: Reply = first.respond(request)
    seen: Seen = first.requests[0]
    print(job, reply.status, seen.status, clock.now, isinstance(first.http.transport, VendorTransport))
    made = [vendor(name, clock=clock) for name in ("datameer", "huawei_cdm", "huawei_dli")]
    return first, made[0], made[1], made[2]


def mistakes(alation: AlationClient, cdm: HuaweiCdmClient, dli: HuaweiDliClient, jobs: list[Job[Any]]) -> None:
    """What no vendor has, or nobody should write; never run."""
    job, dli_job = alation.jobs(id=1), dli.sql_jobs(job_id="x")
    alation.jobs()  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    job.cancel()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    job.wait(60)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    job.wait(warnings="never")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    cdm.runs.submit(job_name="j", again="always")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    cdm.runs(job_name="es_css")  # type: ignore[operator]  # pyright: ignore[reportCallIssue]
    dli_job.logs()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    wait_all(jobs, patience=5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
