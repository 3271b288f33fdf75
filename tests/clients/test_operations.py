"""Every operation of every vendor: the exact request for documented, omitted, repeated and unusual arguments."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from jobclients import InvalidArgument, NotFound, Operation, Response
from jobclients.alation.models import AccessToken, RefreshTokenInfo, TokenStatus
from jobclients.huawei_cdm.models import (
    ConfigGroup,
    ConfigInput,
    ConfigValues,
    Job,
    JobType,
    SubmissionState,
)
from jobclients.huawei_dli.models import (
    Compression,
    DataType,
    EngineType,
    ExportMode,
    JobOrder,
    JobStatusFilter,
    JobTypeFilter,
    Tag,
)
from jobclients.huawei_dli.models import JobType as SqlType
from jobclients.huawei_iam.models import (
    AuthRequest,
    DomainName,
    Identity,
    PasswordIdentity,
    PasswordUser,
    Scope,
    ScopeProject,
    TokenResponse,
)
from jobclients_contract.playing.loopback import answer, loopback

from .driver import ACCOUNTS, CLIENTS, CREDENTIAL_HEADERS, Mode, opened, playing, raised

PROJECT = "1551c7f6c808414d8e9f3c514a170f2e"
CDM = "/v1.1/1551c7f6c808414d8e9f3c514a170f2e/clusters/6ec9a0a4-76be-4262-8697-e7af1fac7920/cdm"
DLI = "/v1.0/1551c7f6c808414d8e9f3c514a170f2e/jobs"


@dataclass(frozen=True)
class Case:
    """One call.

    Args:
        vendor: Whose it is.
        method: Method of the client.
        arguments: Its arguments.
        line: HTTP method and raw request target that must arrive.
        sends: The JSON body that must arrive, byte for byte; None for none.
        answers: The body that the vendor answers.
        headers: Header fields that must arrive beside those of every request.
        status: HTTP status code of the answer.
    """

    vendor: str
    method: str
    arguments: Mapping[str, Any]
    line: str
    sends: bytes | None = None
    answers: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    status: int = 200


STATUS = b'{"status": "running"}'
TOKENS = b'{"refresh_token":"a-refresh-token","user_id":10}'
ALATION = [
    Case(
        "alation",
        "create_access_token",
        {"refresh_token": "a-refresh-token", "user_id": 10},
        "POST /integration/v1/createAPIAccessToken/",
        TOKENS,
        b'{"api_access_token": "an-access-token"}',
    ),
    Case(
        "alation",
        "validate_access_token",
        {"api_access_token": "an-access-token", "user_id": 10},
        "POST /integration/v1/validateAPIAccessToken/",
        b'{"api_access_token":"an-access-token","user_id":10}',
        b'{"api_access_token": "an-access-token"}',
    ),
    Case(
        "alation",
        "revoke_access_tokens",
        {"refresh_token": "a-refresh-token", "user_id": 10},
        "POST /integration/v1/revokeAPIAccessTokens/",
        TOKENS,
        b'{"detail": "revoked"}',
    ),
    Case(
        "alation",
        "validate_refresh_token",
        {"refresh_token": "a-refresh-token", "user_id": 10},
        "POST /integration/v1/validateRefreshToken/",
        TOKENS,
    ),
    Case(
        "alation",
        "get_job",
        {"id": -(2**63)},
        "GET /api/v1/bulk_metadata/job/?id=-9223372036854775808",
        answers=STATUS,
    ),
    Case("alation", "get_job", {"id": None, "name": "a"}, "GET /api/v1/bulk_metadata/job/?name=a", answers=STATUS),
    Case(
        "alation",
        "get_job",
        {"name": "already%231 a+b&c=d/e?f~g\u00e9\u4e2d\U0001f600'\"<>[]{}|\\^`;,@:$!*()"},
        "GET /api/v1/bulk_metadata/job/?name=already%25231%20a%2Bb%26c%3Dd%2Fe%3Ff~g%C3%A9%E4%B8%AD%F0%9F%98%80"
        "%27%22%3C%3E%5B%5D%7B%7D%7C%5C%5E%60%3B%2C%40%3A%24%21%2A%28%29",
        answers=STATUS,
    ),
    Case("alation", "get_job", {"name": ""}, "GET /api/v1/bulk_metadata/job/?name=", answers=STATUS),
]

DATAMEER = [
    Case(
        "datameer",
        "get_job_history",
        {"job_configuration_id": 7, "start": 0, "length": 1},
        "GET /rest/job-configuration/job-history/7?start=0&length=1",
        answers=b'[{"id": 187, "jobStatus": "COMPLETED"}]',
    ),
    Case(
        "datameer",
        "get_job_history",
        {"job_configuration_id": 7},
        "GET /rest/job-configuration/job-history/7",
        answers=b"[]",
    ),
    Case(
        "datameer",
        "get_job_history",
        {"job_configuration_id": 7, "length": 3},
        "GET /rest/job-configuration/job-history/7?length=3",
        answers=b"[]",
    ),
    Case(
        "datameer",
        "get_job_details",
        {"job_execution_id": 9223372036854775807},
        "GET /rest/job-execution/job-details/9223372036854775807",
        answers=b'{"jobStatus": "COMPLETED"}',
    ),
    Case("datameer", "list_active_jobs", {}, "GET /rest/jobs/list-running", answers=b"[]"),
    Case("datameer", "trigger_job", {"configuration": 0}, "POST /rest/job-execution?configuration=0"),
    Case("datameer", "stop_job", {"job_execution_id": 3}, "POST /rest/job-execution/job-kill/3", answers=b""),
    Case("datameer", "get_job_status", {"job_configuration_id": 1}, "GET /rest/job-configuration/job-status/1"),
    Case(
        "datameer",
        "get_job_status_v2",
        {"file": "..hidden"},
        "GET /api/job-execution/..hidden/status",
        answers=b'{"status": "success"}',
    ),
]

JOB = Job(
    name="es_css",
    job_type=JobType.NORMAL_JOB,
    from_link_name="css",
    from_config_values=ConfigValues(
        configs=[
            ConfigGroup(
                name="fromJobConfig", inputs=[ConfigInput(name="fromJobConfig.columnList", value="a:long&b:text")]
            ),
            ConfigGroup(name="jarConfig", inputs=[]),
        ]
    ),
    to_link_name="dis",
)
JOB_SENT = (
    b'{"name":"es_css","job_type":"NORMAL_JOB","from-link-name":"css","from-config-values":{"configs":['
    b'{"name":"fromJobConfig","inputs":[{"name":"fromJobConfig.columnList","value":"a:long&b:text"}]},'
    b'{"name":"jarConfig","inputs":[]}]},"to-link-name":"dis"}'
)
STARTED = b'{"submissions": [{"status": "PENDING", "creation-date": 1635909057030}]}'
HUAWEI_CDM = [
    Case(
        "huawei_cdm",
        "create_job",
        {"jobs": [JOB]},
        f"POST {CDM}/job",
        b'{"jobs":[' + JOB_SENT + b"]}",
        b'{"name": "mysql2hive"}',
    ),
    Case(
        "huawei_cdm",
        "create_and_start_random_cluster_job",
        {"language": "en-us", "jobs": (JOB,), "clusters": ["c1", "c2"]},
        "POST /v1.1/1551c7f6c808414d8e9f3c514a170f2e/clusters/job",
        b'{"jobs":[' + JOB_SENT + b'],"clusters":["c1","c2"]}',
        STARTED,
        {"X-Language": "en-us"},
    ),
    Case("huawei_cdm", "show_jobs", {"job_name": "all"}, f"GET {CDM}/job/all"),
    Case(
        "huawei_cdm",
        "show_jobs",
        {"job_name": "all", "filter": "a b", "page_no": 1, "page_size": 10, "job_type": JobType.BATCH_JOB},
        f"GET {CDM}/job/all?filter=a%20b&page_no=1&page_size=10&jobType=BATCH_JOB",
    ),
    Case(
        "huawei_cdm",
        "show_jobs",
        {"job_name": "all", "job_type": "NEWER_JOB"},
        f"GET {CDM}/job/all?jobType=NEWER_JOB",
    ),
    Case(
        "huawei_cdm",
        "update_job",
        {"job_name": "es_css", "jobs": [JOB]},
        f"PUT {CDM}/job/es_css",
        b'{"jobs":[' + JOB_SENT + b"]}",
        b'{"validation-result": [{}, {}, {}]}',
    ),
    Case("huawei_cdm", "delete_job", {"job_name": "jdbc2hive"}, f"DELETE {CDM}/job/jdbc2hive", answers=b""),
    Case("huawei_cdm", "show_job_status", {"job_name": "j"}, f"GET {CDM}/job/j/status", answers=b'{"submissions": []}'),
    Case("huawei_cdm", "start_job", {"job_name": "j"}, f"PUT {CDM}/job/j/start", answers=STARTED),
    Case(
        "huawei_cdm",
        "start_job",
        {"job_name": "j", "variables": {}},
        f"PUT {CDM}/job/j/start",
        b'{"variables":{}}',
        STARTED,
    ),
    Case(
        "huawei_cdm",
        "start_job",
        {"job_name": "j", "variables": {"day": "2018-09-14", "\u00fc": "\u4e2d"}},
        f"PUT {CDM}/job/j/start",
        '{"variables":{"day":"2018-09-14","\u00fc":"\u4e2d"}}'.encode(),
        STARTED,
    ),
    Case("huawei_cdm", "stop_job", {"job_name": "j"}, f"PUT {CDM}/job/j/stop"),
    Case(
        "huawei_cdm",
        "show_submissions",
        {"job_name": "jdbc2hive"},
        f"GET {CDM}/submissions?jname=jdbc2hive",
        answers=b'{"submissions": [], "total": 0}',
    ),
    Case(
        "huawei_cdm",
        "stop_job",
        {"job_name": "j", "project_id": "p/2", "cluster_id": "c 2"},
        "PUT /v1.1/p%2F2/clusters/c%202/cdm/job/j/stop",
    ),
]

HUAWEI_DLI = [
    Case(
        "huawei_dli",
        "submit_sql_job",
        {
            "sql": "desc table1",
            "currentdb": "db1",
            "queue_name": "default",
            "conf": ["dli.sql.shuffle.partitions = 200"],
            "tags": [Tag(key="workspace", value="space1"), Tag(key="jobName", value="name1")],
        },
        f"POST {DLI}/submit-job",
        b'{"sql":"desc table1","currentdb":"db1","queue_name":"default",'
        b'"conf":["dli.sql.shuffle.partitions = 200"],'
        b'"tags":[{"key":"workspace","value":"space1"},{"key":"jobName","value":"name1"}]}',
        b'{"is_success": true, "job_id": "8ecb0777"}',
    ),
    Case(
        "huawei_dli",
        "submit_sql_job",
        {"sql": 'select "\u00fc\u4e2d\\\n" from t', "engine_type": EngineType.HETU_ENGINE, "current_catalog": ""},
        f"POST {DLI}/submit-job",
        '{"sql":"select \\"\u00fc\u4e2d\\\\\\n\\" from t","current_catalog":"","engine_type":"hetuEngine"}'.encode(),
        b'{"job_id": "8ecb0777"}',
    ),
    Case("huawei_dli", "cancel_sql_job", {"job_id": "8ecb0777"}, f"DELETE {DLI}/8ecb0777"),
    Case("huawei_dli", "list_sql_jobs", {}, f"GET {DLI}", answers=b'{"jobs": []}'),
    Case(
        "huawei_dli",
        "list_sql_jobs",
        {
            "page_size": 100,
            "current_page": 2,
            "start": datetime(2017, 8, 10, 7, 23, 23, 729000, tzinfo=UTC),
            "end": datetime(2017, 8, 10, 9, 23, 41, 460000, tzinfo=timezone(timedelta(hours=2))),
            "job_type": JobTypeFilter.ALL,
            "job_types": [SqlType.QUERY, "INSERT", "a b"],
            "job_status": JobStatusFilter.FINISHED,
            "job_id": "8ecb0777",
            "queue_name": "queue1",
            "sql_pattern": "select * from t",
            "order": JobOrder.START_TIME_ASC,
            "engine_type": "spark",
            "owner": "tenant1",
            "tags": "k1=v1,k2=v2",
            "db_name": "db",
            "table_name": "t",
        },
        f"GET {DLI}?page-size=100&current-page=2&start=1502349803729&end=1502349821460&job-type=ALL"
        "&job_types=QUERY&job_types=INSERT&job_types=a%20b&job-status=FINISHED&job-id=8ecb0777&queue_name=queue1"
        "&sql_pattern=select%20%2A%20from%20t&order=start_time_asc&engine_type=spark&owner=tenant1"
        "&tags=k1%3Dv1%2Ck2%3Dv2&db_name=db&table_name=t",
        answers=b'{"jobs": []}',
    ),
    Case(
        "huawei_dli",
        "list_sql_jobs",
        {"start": 1502349803729, "job_types": [], "tags": "k1=v1"},
        f"GET {DLI}?start=1502349803729&tags=k1%3Dv1",
        answers=b'{"jobs": []}',
    ),
    Case(
        "huawei_dli",
        "show_sql_job_progress",
        {"job_id": "85798b38"},
        "GET /v1/1551c7f6c808414d8e9f3c514a170f2e/jobs/85798b38/progress",
        answers=b'{"status": "RUNNING", "progress": 0.5}',
    ),
    Case(
        "huawei_dli",
        "preview_sql_job_result",
        {"job_id": "ead0b276", "page_size": 1000, "queue_name": "q 1"},
        f"GET {DLI}/ead0b276/preview?page-size=1000&queue-name=q%201",
    ),
    Case("huawei_dli", "preview_sql_job_result", {"job_id": "ead0b276"}, f"GET {DLI}/ead0b276/preview"),
    Case(
        "huawei_dli",
        "check_sql",
        {"sql": "select * from t1", "currentdb": "db1"},
        f"POST {DLI}/check-sql",
        b'{"sql":"select * from t1","currentdb":"db1"}',
        b'{"is_success": true, "message": "the sql is ok", "job_type": "QUERY"}',
    ),
    Case("huawei_dli", "check_sql", {"sql": ""}, f"POST {DLI}/check-sql", b'{"sql":""}'),
    Case("huawei_dli", "show_sql_job_detail", {"job_id": "a85d7298"}, f"GET {DLI}/a85d7298/detail"),
    Case(
        "huawei_dli",
        "show_sql_job_status",
        {"job_id": "a85d7298", "project_id": "other"},
        "GET /v1.0/other/jobs/a85d7298/status",
        answers=b'{"job_id": "a85d7298", "status": "SCALING"}',
    ),
    Case(
        "huawei_dli",
        "export_sql_job_result",
        {
            "job_id": "a85d7298",
            "data_path": "obs://obs-bucket1/path",
            "data_type": DataType.JSON,
            "compress": Compression.GZIP,
            "with_column_header": "true",
            "queue_name": "queue2",
            "limit_num": 10,
        },
        f"POST {DLI}/a85d7298/export-result",
        b'{"data_path":"obs://obs-bucket1/path","data_type":"json","compress":"gzip","queue_name":"queue2",'
        b'"with_column_header":"true","limit_num":10}',
        b'{"is_success": true, "message": "", "job_id": "37a40ef9", "job_mode": "async"}',
    ),
    Case(
        "huawei_dli",
        "export_sql_job_result",
        {
            "job_id": "a85d7298",
            "data_path": "obs://b/p",
            "data_type": "parquet",
            "export_mode": ExportMode.OVERWRITE,
            "with_column_header": False,
            "limit_num": 0,
            "encoding_type": "utf-8",
            "quote_char": '"',
            "escape_char": "\\",
        },
        f"POST {DLI}/a85d7298/export-result",
        b'{"data_path":"obs://b/p","data_type":"parquet","export_mode":"Overwrite","with_column_header":false,'
        b'"limit_num":0,"encoding_type":"utf-8","quote_char":"\\"","escape_char":"\\\\"}',
    ),
]

AUTH = AuthRequest(
    identity=Identity(
        methods=["password"],
        password=PasswordIdentity(
            user=PasswordUser(name="a-user", password="a-password", domain=DomainName(name="an-account"))
        ),
    ),
    scope=Scope(project=ScopeProject(id=PROJECT)),
)
AUTH_SENT = (
    b'{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"a-user","password":"a-password",'
    b'"domain":{"name":"an-account"}}}},"scope":{"project":{"id":"1551c7f6c808414d8e9f3c514a170f2e"}}}}'
)
AUTH_ANSWERED = b'{"token": {"expires_at": "2019-02-13T06:52:13.855000Z", "methods": ["password"], "catalog": []}}'
HUAWEI_IAM = [
    Case("huawei_iam", "create_token", {"auth": AUTH}, "POST /v3/auth/tokens", AUTH_SENT, AUTH_ANSWERED, status=201),
    Case(
        "huawei_iam",
        "create_token",
        {"auth": AUTH, "nocatalog": "true"},
        "POST /v3/auth/tokens?nocatalog=true",
        AUTH_SENT,
        AUTH_ANSWERED,
        status=201,
    ),
]

WITHOUT_CREDENTIAL = (
    "create_access_token",
    "validate_access_token",
    "revoke_access_tokens",
    "validate_refresh_token",
    "create_token",
)
CASES = [*ALATION, *DATAMEER, *HUAWEI_CDM, *HUAWEI_DLI, *HUAWEI_IAM]


def operations(vendor: str) -> dict[str, Operation[Any]]:
    """The operation constants of a vendor, by id."""
    module = importlib.import_module(f"jobclients.{vendor}.client")
    found: list[Operation[Any]] = [value for value in vars(module).values() if isinstance(value, Operation)]
    return {operation.id: operation for operation in found}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.vendor}.{case.method}")
def test_a_call_sends_exactly_its_request(mode: Mode, case: Case) -> None:
    """Method, raw target, header fields and body arrive as documented, and nothing else arrives."""
    headers = {"Accept": "application/json", "Accept-Encoding": "gzip, deflate", **case.headers}
    if case.method not in WITHOUT_CREDENTIAL:
        headers |= CREDENTIAL_HEADERS[case.vendor]
    if case.sends is not None:
        headers |= {"Content-Type": "application/json", "Content-Length": str(len(case.sends))}
    elif case.line.startswith(("POST", "PUT")):
        headers["Content-Length"] = "0"
    with playing(mode, case.vendor, answer(case.answers, case.status)) as (server, client):
        getattr(client, case.method)(**case.arguments)

    request = server.request
    arrived = {name: value for name, value in request.fields if name not in ("Host", "User-Agent")}
    assert (case.line, case.sends or b"", headers) == (request.line, request.body, arrived)


def test_every_operation_of_every_vendor_is_called_here() -> None:
    """No operation is left without a test of its exact request."""
    known = {(vendor, name) for vendor in CLIENTS for name in operations(vendor)}

    assert known == {(case.vendor, case.method) for case in CASES}


def test_a_method_stands_for_each_operation() -> None:
    """Sync and async clients have the same methods, one per operation."""
    public = {
        vendor: [
            # A property is a kind of job, which sends nothing by itself.
            {name for name, value in vars(kind).items() if not (name.startswith("_") or isinstance(value, property))}
            for kind in kinds
        ]
        for vendor, kinds in CLIENTS.items()
    }

    assert public == {vendor: [set(operations(vendor))] * 2 for vendor in CLIENTS}


def test_a_token_answers_with_its_header(mode: Mode) -> None:
    """The call whose result is partly a header gives status, headers and the typed body."""
    script = answer(AUTH_ANSWERED, 201, X_Subject_Token="MIIF-token")
    with playing(mode, "huawei_iam", script) as (_, client):
        response: Response[TokenResponse] = client.create_token(auth=AUTH)

    assert (Response, TokenResponse) == (type(response), type(response.body))
    assert (201, "MIIF-token", datetime(2019, 2, 13, 6, 52, 13, 855000, tzinfo=UTC)) == (
        response.status,
        response.headers["x-subject-token"],
        response.body.token.expires_at,
    )


def test_tokens_of_alation_are_typed(mode: Mode) -> None:
    """Times of a token are datetimes with a zone, its status an enum member, and null stays None."""
    created = (
        b'{"api_access_token": "t", "user_id": 10, "created_at": "2022-11-15T21:52:48.116496Z", '
        b'"token_expires_at": "2022-11-16T21:52:48.116496Z", "token_status": "ACTIVE"}'
    )
    asked = b'{"user_id": 10, "name": "nightly", "last_used_at": null, "token_status": "active"}'
    with playing(mode, "alation", answer(created), answer(asked)) as (_, client):
        token: AccessToken = client.create_access_token(refresh_token="r", user_id=10)
        info: RefreshTokenInfo = client.validate_refresh_token(refresh_token="r", user_id=10)

    assert (datetime(2022, 11, 16, 21, 52, 48, 116496, tzinfo=UTC), TokenStatus.ACTIVE) == (
        token.token_expires_at,
        token.token_status,
    )
    assert (10, "nightly", None, "active") == (info.user_id, info.name, info.last_used_at, info.token_status)


def test_a_started_run_is_typed(mode: Mode) -> None:
    """The state that only a sample has is a member of the enumeration."""
    with playing(mode, "huawei_cdm", answer(STARTED)) as (_, client):
        started = client.start_job(job_name="j")

    run = started.submissions[0]
    assert (SubmissionState.PENDING, datetime(2021, 11, 3, 3, 10, 57, 30000, tzinfo=UTC)) == (
        run.status,
        run.creation_date,
    )
    assert type(run.status) is SubmissionState


WRONG: list[tuple[str, str, dict[str, Any], str]] = [
    ("alation", "get_job", {}, "id"),
    ("alation", "get_job", {"id": 1, "name": "a"}, "id"),
    ("alation", "get_job", {"id": "1"}, "id"),
    ("alation", "get_job", {"id": True}, "id"),
    ("alation", "get_job", {"id": 1.0}, "id"),
    ("alation", "get_job", {"name": "a\r\nb"}, "name"),
    ("alation", "get_job", {"name": "a\x00"}, "name"),
    ("alation", "get_job", {"name": "\ud800"}, "name"),
    ("alation", "get_job", {"name": b"bytes"}, "name"),
    ("alation", "create_access_token", {"refresh_token": "r", "user_id": "10"}, "user_id"),
    ("alation", "create_access_token", {"refresh_token": None, "user_id": 10}, "refresh_token"),
    ("datameer", "trigger_job", {"configuration": None}, "configuration"),
    ("datameer", "get_job_status_v2", {"file": ""}, "file"),
    ("datameer", "get_job_status_v2", {"file": ".."}, "file"),
    ("datameer", "get_job_status_v2", {"file": "a/../../b"}, "file"),
    ("datameer", "get_job_status_v2", {"file": "%2e%2e"}, "file"),
    ("datameer", "get_job_status_v2", {"file": "..;x"}, "file"),
    ("datameer", "get_job_status_v2", {"file": 1.5j}, "file"),
    ("huawei_cdm", "show_job_status", {"job_name": "."}, "job_name"),
    ("huawei_cdm", "show_job_status", {"job_name": "j", "cluster_id": ".."}, "cluster_id"),
    ("huawei_cdm", "create_job", {"jobs": "es_css"}, "jobs"),
    ("huawei_cdm", "create_job", {"jobs": [{"job_type": "NORMAL_JOB"}]}, "jobs"),
    ("huawei_cdm", "start_job", {"job_name": "j", "variables": {"a": 1}}, "variables"),
    ("huawei_dli", "list_sql_jobs", {"job_types": "QUERY"}, "job_types"),
    ("huawei_dli", "list_sql_jobs", {"page_size": "5"}, "page_size"),
    ("huawei_dli", "list_sql_jobs", {"start": True}, "start"),
    ("huawei_dli", "submit_sql_job", {"sql": 5}, "sql"),
    ("huawei_dli", "submit_sql_job", {"sql": "x", "tags": [Tag(key="a", value="b"), {"key": "a"}]}, "tags"),
    ("huawei_dli", "submit_sql_job", {"sql": "\ud800"}, "body"),
]


@pytest.mark.parametrize(
    ("vendor", "method", "arguments", "argument"),
    WRONG,
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_cannot_be_sent_is_refused_by_name(
    mode: Mode, vendor: str, method: str, arguments: dict[str, Any], argument: str
) -> None:
    """A missing or unfit argument raises an error that names it, and nothing is sent."""
    with playing(mode, vendor) as (server, client):
        error = raised(InvalidArgument, lambda: getattr(client, method)(**arguments))

    assert (method, argument, []) == (error.operation, error.argument, server.requests)


def test_a_client_parameter_that_nobody_gave_is_named(mode: Mode) -> None:
    """A call that needs a cluster says so where neither the client nor the call has one."""
    with playing(mode, "huawei_cdm", answer(STARTED), cluster_id=None) as (server, client):
        error = raised(InvalidArgument, lambda: client.start_job(job_name="j"))
        client.start_job(job_name="j", cluster_id="c1")

    assert ("cluster_id", [f"PUT /v1.1/{PROJECT}/clusters/c1/cdm/job/j/start"]) == (error.argument, server.lines)


SERVERS = [
    ("alation", {"host": "acme.alation.com"}, "https://acme.alation.com"),
    ("datameer", {"host": "localhost"}, "http://localhost:8080"),
    ("datameer", {"host": "localhost", "port": "7777"}, "http://localhost:7777"),
    ("huawei_cdm", {"region": "ap-southeast-1"}, "https://cdm.ap-southeast-1.myhuaweicloud.com"),
    ("huawei_dli", {"region": "cn-north-4"}, "https://dli.cn-north-4.myhuaweicloud.com"),
    ("huawei_iam", {"region": "cn-north-4"}, "https://iam.cn-north-4.myhuaweicloud.com"),
]


@pytest.mark.parametrize(("vendor", "variables", "server"), SERVERS)
def test_a_server_is_made_of_its_variables(mode: Mode, vendor: str, variables: dict[str, Any], server: str) -> None:
    """Without a base URL the documented server is called, with the variables that were given."""
    with opened(mode, vendor, **ACCOUNTS[vendor] | variables) as client:
        shown = repr(client)

    kind = CLIENTS[vendor][0 if mode == "sync" else 1].__name__
    assert f"<{kind} {vendor} {server}>" == shown


@pytest.mark.parametrize("vendor", sorted(CLIENTS))
def test_an_example_host_is_never_called(mode: Mode, vendor: str) -> None:
    """Where the server is a placeholder, the client asks for the variable or the base URL."""

    def make() -> None:
        with opened(mode, vendor, **ACCOUNTS[vendor]):
            raise AssertionError("a client without a server was made")

    error = raised(InvalidArgument, make)

    assert error.argument in ("host", "region")


def test_any_endpoint_can_be_called_with_the_clients_credentials(mode: Mode) -> None:
    """`request` reaches endpoints that no spec has: same credential, same errors, raw bytes back."""
    with loopback(answer({"job_id": 27807}, 202), answer({"detail": "no"}, 404)) as server:
        with opened(mode, "alation", base_url=server.url + "/x", **ACCOUNTS["alation"]) as client:
            response = client.request(
                "POST", "/integration/v2/document/", params={"q": ["a b", 1], "none": None}, json={"title": "T"}
            )
            missing = raised(NotFound, lambda: client.request("GET", "/nowhere"))
        first, second = server.requests

    assert ("POST /x/integration/v2/document/?q=a%20b&q=1", b'{"title":"T"}') == (first.line, first.body)
    assert (202, {"job_id": 27807}) == (response.status, response.json())
    assert ("GET /x/nowhere", "GET /nowhere", 404) == (second.line, missing.operation, missing.status)
    assert first.headers["token"] == second.headers["token"] == "2abcd-4c04-4c21-8692-eda27a877f90"
