"""A user's script over the public API of every vendor: read by the type checkers, never run.

Lines that end in an ignore comment are wrong on purpose; a checker that stops seeing the mistake says that the comment
is not needed.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, assert_type

from jobclients import (
    AkSk,
    ApiError,
    AuthenticationError,
    Basic,
    DecodeError,
    Drift,
    Event,
    HttpOptions,
    InvalidArgument,
    JobClientsError,
    NotFound,
    Refused,
    Response,
    Timeout,
    Token,
)
from jobclients.alation import AlationClient, AsyncAlationClient, RefreshToken
from jobclients.alation.models import AccessToken, BulkResult, ErrorDetail, TokenStatus, VendorJob, VendorJobState
from jobclients.datameer import AsyncDatameerClient, DatameerClient
from jobclients.datameer.models import ActiveJob, JobDetails, JobRun, JobStateV1, JobStateV2, JobStatusV1, JobStatusV2
from jobclients.huawei_cdm import AsyncHuaweiCdmClient, HuaweiCdmClient, IamPassword
from jobclients.huawei_cdm.models import (
    ConfigGroup,
    ConfigInput,
    ConfigValues,
    StartedJob,
    SubmissionState,
    VendorJobStatus,
)
from jobclients.huawei_cdm.models import VendorJob as CdmJob
from jobclients.huawei_dli import AsyncHuaweiDliClient, HuaweiDliClient
from jobclients.huawei_dli.models import (
    DataType,
    JobType,
    SparkStruct,
    SqlJobList,
    SqlJobStatus,
    SubmitSqlResponse,
    Tag,
)
from jobclients.huawei_iam import HuaweiIamClient
from jobclients.huawei_iam.models import (
    AuthRequest,
    DomainName,
    Identity,
    PasswordIdentity,
    PasswordUser,
    TokenResponse,
)

if TYPE_CHECKING:
    from jobclients.alation.models import RefreshTokenInfo


def watch(event: Event) -> None:
    """Count requests."""
    print(event.vendor, event.operation, event.status, event.elapsed)


def note(drift: Drift) -> None:
    """Keep an eye on what the vendor changes."""
    print(drift.kind, drift.operation, drift.pointer, drift.expected, drift.found, drift.breaking)


def alation() -> int | None:
    """Poll a job and read what it did."""
    options = HttpOptions(timeout=30, proxy="http://127.0.0.1:3128", verify=False)
    with AlationClient(host="acme.alation.com", auth=Token("t"), http=options, observer=watch, on_drift=note) as client:
        job = client.get_job(name="MetadataExtraction#1")
        assert_type(job, VendorJob)
        assert_type(job.status, VendorJobState | str)
        assert_type(job.msg, str | None)
        if job.status is VendorJobState.RUNNING:
            return None
        text = job.result_text
        assert_type(text, str | None)
        result = job.result_as(BulkResult)
        assert_type(result, BulkResult)
        for sentence in result.error_objects:
            print(sentence.upper())
        assert_type(job.result_as(list[str]), list[str])
        assert_type(client.get_job(id=1), VendorJob)
        client.get_job()  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
        client.get_job(id=1, name="x")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
        client.get_job(id="1")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
        client.get_job(1)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
        print(client.names)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
        print(result.updated_objects.upper())  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
        return result.updated_objects


async def alation_async() -> str:
    """The same with await."""
    auth = RefreshToken(refresh_token=os.environ["TOKEN"], user_id=10)
    async with AsyncAlationClient(base_url="https://acme.alation.com", auth=auth) as client:
        job = await client.get_job(id=27807)
        assert_type(job, VendorJob)
        token = await client.create_access_token(refresh_token="r", user_id=10)
        assert_type(token, AccessToken)
        assert_type(token.token_expires_at, datetime | str | None)
        assert_type(token.token_status, TokenStatus | str | None)
        info: RefreshTokenInfo = await client.validate_refresh_token(refresh_token="r", user_id=10)
        answer = await client.request("GET", "/integration/v2/document/", params={"limit": 10})
        assert_type(answer, Response[bytes])
        await client.get_job()  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
        return f"{info.name} {token.api_access_token} {answer.json()}"


def secrets_manager() -> Token:
    """A credential from elsewhere."""
    return Token("t")


async def slow_secrets_manager() -> Token:
    """A credential from elsewhere, awaited."""
    return Token("t")


def credentials() -> None:
    """What may be given as `auth`."""
    AlationClient(host="h", auth=secrets_manager)
    AsyncAlationClient(host="h", auth=secrets_manager)
    AsyncAlationClient(host="h", auth=slow_secrets_manager)
    AlationClient(host="h", auth=slow_secrets_manager)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    AlationClient(host="h", auth=Basic("u", "p"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    AlationClient(host="h", auth="token")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    AlationClient("https://h", auth=Token("t"))  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    RefreshToken(refresh_token="r")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    HuaweiDliClient(region="r", auth=Token("t"))  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    assert_type(HuaweiDliClient.from_env(prefix="HUAWEI_DLI"), HuaweiDliClient)
    assert_type(AsyncHuaweiDliClient.from_env(), AsyncHuaweiDliClient)


def datameer() -> None:
    """All commands of Datameer."""
    zone = timezone(timedelta(hours=2))
    with DatameerClient(host="das", port="7777", auth=Basic("analyst", "p"), timezone=zone) as client:
        first = client.get_job_status(job_configuration_id=49)
        assert_type(first, JobStatusV1)
        assert_type(first.id, int | None)
        assert_type(first.job_status, JobStateV1 | str | None)
        second = client.get_job_status_v2(file="/Data/x.imp")
        assert_type(second, JobStatusV2)
        assert_type(second.job_status, JobStateV2 | str | None)
        if isinstance(second.start_time, datetime):
            print(second.start_time.isoformat())
        client.get_job_status_v2(file=48)
        assert_type(client.get_job_history(job_configuration_id=49, length=1), list[JobRun])
        assert_type(client.get_job_details(job_execution_id=3), JobDetails)
        assert_type(client.list_active_jobs(), list[ActiveJob])
        if (started := client.trigger_job(configuration=49).job_execution_id) is not None:
            client.stop_job(job_execution_id=started)
        client.trigger_job()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        client.get_job_status(job_configuration_id="49")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def datameer_async() -> None:
    """Some of them, awaited."""
    async with AsyncDatameerClient(base_url="http://das:8080", auth=Basic("analyst", "p")) as client:
        runs = await client.get_job_history(job_configuration_id=49)
        assert_type([run.id for run in runs], list[int])
        await client.stop_job(job_execution_id=3)


def huawei_cdm() -> None:
    """Make a job, run it, and look."""
    auth = IamPassword(username="u", password="p", domain="d")
    with HuaweiCdmClient(region="cn-north-4", project_id="p", cluster_id="c", auth=auth) as client:
        settings = ConfigValues(
            configs=[ConfigGroup(name="fromJobConfig", inputs=[ConfigInput(name="a", value="b")])],
        )
        job = CdmJob(name="es_css", from_link_name="css", from_config_values=settings)
        client.create_job(jobs=[job])
        started = client.start_job(job_name="es_css", variables={"day": "1"})
        assert_type(started, StartedJob)
        client.start_job(job_name="es_css", cluster_id="another")
        status = client.show_job_status(job_name="es_css")
        assert_type(status, VendorJobStatus)
        for run in status.submissions:
            assert_type(run.status, SubmissionState | str)
            assert_type(run.creation_date, datetime | int | str)
            if run.counters is not None and run.counters.sqoop_counters is not None:
                assert_type(run.counters.sqoop_counters.rows_written, int | None)
        assert_type(client.delete_job(job_name="es_css"), None)
        client.start_job(job_name="j", variables={"day": 1})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]
        client.create_job(jobs=["es_css"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
        CdmJob()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def huawei_cdm_async() -> None:
    """The same client, awaited."""
    async with AsyncHuaweiCdmClient(base_url="https://h", project_id="p", auth=AkSk("ak", "sk")) as client:
        stopped = await client.stop_job(job_name="j", cluster_id="c")
        print(stopped.validation_result)


def huawei_dli() -> None:
    """Submit a statement, list jobs, export a result."""
    with HuaweiDliClient(region="cn-north-4", project_id="p", auth=AkSk("ak", "sk")) as client:
        submitted = client.submit_sql_job(sql="select 1", conf=("a=b",), tags=[Tag(key="k", value="v")])
        assert_type(submitted, SubmitSqlResponse)
        status = client.show_sql_job_status(job_id=submitted.job_id)
        assert_type(status, SqlJobStatus)
        assert_type(status.detail, SparkStruct | str | None)
        assert_type(status.detail_as(SparkStruct), SparkStruct)
        assert_type(status.detail_text, str | None)
        listed = client.list_sql_jobs(
            start=datetime(2017, 8, 10, tzinfo=UTC), end=1502349821460, job_types=[JobType.DDL, "X"]
        )
        assert_type(listed, SqlJobList)
        client.export_sql_job_result(job_id="j", data_path="obs://b/p", data_type=DataType.CSV)
        client.export_sql_job_result(job_id="j", data_path="obs://b/p", data_type="parquet")
        client.list_sql_jobs(start="yesterday")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        client.submit_sql_job(sql=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def huawei_iam() -> str:
    """Ask for a token."""
    user = PasswordUser(name="u", password="p", domain=DomainName(name="d"))
    auth = AuthRequest(identity=Identity(methods=["password"], password=PasswordIdentity(user=user)))
    with HuaweiIamClient(region="cn-north-4") as client:
        response = client.create_token(auth=auth)
        assert_type(response, Response[TokenResponse])
        assert_type(response.status, int)
        assert_type(response.body.token.expires_at, datetime | str)
        return response.headers["X-Subject-Token"]


def errors(client: AlationClient) -> str:
    """What a call may raise, and what an error tells."""
    try:
        client.get_job(id=1)
    except NotFound as error:
        return f"{error.status} {error.code} {error.request_id}"
    except AuthenticationError as error:
        return error.problem.detail if isinstance(error.problem, ErrorDetail) else "no details"
    except Refused as error:
        return error.vendor_message or ""
    except ApiError as error:
        assert_type(error.retry_after, float | None)
        return str(error.transient)
    except DecodeError as error:
        return error.pointer + error.excerpt
    except Timeout:
        return "later"
    except InvalidArgument as error:
        return error.argument or ""
    except JobClientsError as error:
        return error.message
    return "fine"
