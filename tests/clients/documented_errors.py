"""The documented errors as a table: what the vendor answers, and the exception that the caller is to get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jobclients import (
    ApiError,
    AuthenticationError,
    BadRequest,
    Conflict,
    NotFound,
    PermissionDenied,
    Refused,
    ServerError,
)
from jobclients.alation.models import ErrorDetail
from jobclients.datameer.models import ErrorV1, ErrorV2, RequestOutcome
from jobclients.huawei_cdm.models import CdmError
from jobclients.huawei_cdm.models import IamError as CdmIamError
from jobclients.huawei_cdm.models import Job as CdmJob
from jobclients.huawei_dli.models import DliError
from jobclients.huawei_dli.models import IamError as DliIamError
from jobclients.huawei_iam.models import (
    AuthRequest,
    DomainName,
    IamError,
    IamFailure,
    Identity,
    PasswordIdentity,
    PasswordUser,
)


@dataclass(frozen=True)
class Failure:
    """One documented error.

    Args:
        name: What it shows.
        vendor: Whose it is.
        method: Method of the client.
        arguments: Its arguments.
        status: HTTP status code of the answer.
        answer: Its body.
        raises: The class of the exception, exactly.
        message: The vendor's words.
        code: The vendor's code.
        problem: The body as its documented type.
        transient: Whether the same call may succeed a little later.
        headers: Header fields of the answer, with underscores for hyphens.
        request_id: The vendor's id of the request.
    """

    name: str
    vendor: str
    method: str
    arguments: Mapping[str, Any]
    status: int
    answer: bytes
    raises: type[ApiError]
    message: str | None
    code: str | None = None
    problem: Any = None
    transient: bool = False
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    request_id: str | None = None


def _alation(name: str, status: int, kind: type[ApiError], message: str, code: str | None = None) -> Failure:
    extra = "" if code is None else f', "code": "{code}"'
    body = f'{{\n"detail": "{message}"{extra}\n}}'.encode()
    problem = ErrorDetail(detail=message) if code is None else ErrorDetail(detail=message, code=code)
    return Failure(name, "alation", "get_job", {"id": 1}, status, body, kind, message, code, problem)


ALATION = [
    _alation("invalid token", 401, AuthenticationError, "Authentication failed"),
    _alation("missing token", 401, AuthenticationError, "Authentication credentials were not provided."),
    _alation("missing token, newer", 403, PermissionDenied, "Authentication credentials were not provided.", "403000"),
    Failure(
        "wrong refresh token",
        "alation",
        "validate_refresh_token",
        {"refresh_token": "made-up-token", "user_id": 10},
        401,
        b'{"detail": "Authentication failed", "code": "401000"}',
        AuthenticationError,
        "Authentication failed",
        "401000",
        ErrorDetail(detail="Authentication failed", code="401000"),
    ),
    Failure(
        "a refusal with status 200",
        "alation",
        "create_access_token",
        {"refresh_token": "made-up-token", "user_id": 10},
        200,
        b'{"status": "failed", "detail": "no such user"}',
        Refused,
        "no such user",
    ),
]

V2_WORDS = "File doesn't exist or isn't accessible with current permissions"
V2_BODY = b'{"status":"failure","reason":"File doesn\'t exist or isn\'t accessible with current permissions"}'


def _datameer(
    name: str,
    method: str,
    arguments: dict[str, int],
    status: int,
    body: bytes,
    kind: type[ApiError],
    message: str,
    problem: object = None,
) -> Failure:
    return Failure(name, "datameer", method, arguments, status, body, kind, message, None, problem)


V1_BODY = b'{"error": "no such job"}'
V2_PROBLEM = ErrorV2(status=RequestOutcome.FAILURE, reason=V2_WORDS)
V1_PROBLEM = ErrorV1(error="no such job")

DATAMEER = [
    _datameer("V2 refusal", "get_job_status_v2", {"file": 48}, 200, V2_BODY, Refused, V2_WORDS),
    _datameer("V2 missing", "get_job_status_v2", {"file": 48}, 404, V2_BODY, NotFound, V2_WORDS, V2_PROBLEM),
    _datameer("V2 failure", "get_job_status_v2", {"file": 48}, 500, V2_BODY, ServerError, V2_WORDS, V2_PROBLEM),
    _datameer("V1 refusal", "get_job_status", {"job_configuration_id": 1}, 200, V1_BODY, Refused, "no such job"),
    _datameer(
        "V1 login", "get_job_status", {"job_configuration_id": 1}, 401, V1_BODY, AuthenticationError, "no such job",
        V1_PROBLEM,
    ),
    _datameer(
        "V1 undocumented 4xx", "get_job_details", {"job_execution_id": 1}, 422, V1_BODY, BadRequest, "no such job",
        V1_PROBLEM,
    ),
    _datameer("trigger refused", "trigger_job", {"configuration": 1}, 200, V1_BODY, Refused, "no such job"),
    _datameer("trigger failed", "trigger_job", {"configuration": 1}, 200, V2_BODY, Refused, V2_WORDS),
    _datameer("stop refused", "stop_job", {"job_execution_id": 1}, 200, V1_BODY, Refused, "no such job"),
    _datameer("stop failed", "stop_job", {"job_execution_id": 1}, 200, V2_BODY, Refused, V2_WORDS),
    _datameer("stop broke", "stop_job", {"job_execution_id": 1}, 500, V1_BODY, ServerError, "no such job", V1_PROBLEM),
    _datameer("history refused", "get_job_history", {"job_configuration_id": 1}, 200, V1_BODY, Refused, "no such job"),
    _datameer("list refused", "list_active_jobs", {}, 200, V1_BODY, Refused, "no such job"),
]  # fmt: skip

REQUEST_ID = {"X_Request_Id": "0a1b2c3d"}


def _cdm(
    name: str,
    status: int,
    body: str,
    kind: type[ApiError],
    message: str | None,
    code: str | None,
    problem: CdmError | None,
    *,
    method: str = "show_job_status",
    transient: bool = False,
    **arguments: object,
) -> Failure:
    return Failure(
        name,
        "huawei_cdm",
        method,
        arguments or {"job_name": "jdbc2hive"},
        status,
        body.encode(),
        kind,
        message,
        code,
        problem,
        transient,
        REQUEST_ID,
        "0a1b2c3d",
    )


MISSING = '{"errCode":"Cdm.0100","externalMessage":"Job[jdbc2hive] doesn\'t exist."}'
MISSING_WORDS = "Job[jdbc2hive] doesn't exist."
MISSING_PROBLEM = CdmError(err_code="Cdm.0100", external_message=MISSING_WORDS)
TAKEN_WORDS = "Job name already exist or created by other."

HUAWEI_CDM = [
    _cdm(
        "400, bad parameter", 400, '{"errCode": "Cdm.0014", "externalMessage": "Invalid parameter."}', BadRequest,
        "Invalid parameter.", "Cdm.0014", CdmError(err_code="Cdm.0014", external_message="Invalid parameter."),
    ),
    _cdm("400, missing job", 400, MISSING, NotFound, MISSING_WORDS, "Cdm.0100", MISSING_PROBLEM),
    _cdm(
        "401, of the gateway", 401, '{"error_code": "APIGW.0301", "error_msg": "Incorrect IAM authentication"}',
        AuthenticationError, "Incorrect IAM authentication", "APIGW.0301",
        CdmError(error_code="APIGW.0301", error_msg="Incorrect IAM authentication"),
    ),
    _cdm(
        "401, of IAM", 401,
        '{"error": {"code": 401, "message": "The token must be updated.", "title": "Unauthorized"}}',
        AuthenticationError, "The token must be updated.", "401",
        CdmError(error=CdmIamError(code=401, message="The token must be updated.", title="Unauthorized")),
    ),
    _cdm(
        "403", 403, '{"errCode": "Cdm.0032", "externalMessage": "No permission."}', PermissionDenied,
        "No permission.", "Cdm.0032", CdmError(err_code="Cdm.0032", external_message="No permission."),
    ),
    _cdm("404", 404, MISSING, NotFound, MISSING_WORDS, "Cdm.0100", MISSING_PROBLEM),
    _cdm("404, without a body", 404, "", NotFound, None, None, None),
    _cdm(
        "500", 500, '{"errCode": "Cdm.0000", "externalMessage": "System error."}', ServerError, "System error.",
        "Cdm.0000", CdmError(err_code="Cdm.0000", external_message="System error."),
    ),
    _cdm(
        "500, missing job", 500, MISSING, NotFound, MISSING_WORDS, "Cdm.0100", MISSING_PROBLEM,
        method="delete_job", job_name="jdbc2hive",
    ),
    _cdm(
        "503", 503, '{"error_code": "APIGW.0201", "error_msg": "Backend unavailable"}', ServerError,
        "Backend unavailable", "APIGW.0201", CdmError(error_code="APIGW.0201", error_msg="Backend unavailable"),
        transient=True,
    ),
    _cdm(
        "400, name taken",
        400,
        f'{{"code": "Cdm.0104", "errCode": "Cdm.0104", "message": "{TAKEN_WORDS}", "ternalMessage": "{TAKEN_WORDS}"}}',
        Conflict,
        TAKEN_WORDS,
        "Cdm.0104",
        CdmError(code="Cdm.0104", err_code="Cdm.0104", message=TAKEN_WORDS, ternal_message=TAKEN_WORDS),
        method="create_job",
        jobs=[CdmJob(name="es_css")],
    ),
    _cdm(
        "400, nothing to modify",
        400,
        '{"code": "Cdm.0095", "errCode": "Cdm.00095", "message": "no job", "externalMessage": "no job"}',
        NotFound,
        "no job",
        "Cdm.00095",
        CdmError(code="Cdm.0095", err_code="Cdm.00095", message="no job", external_message="no job"),
        method="update_job",
        job_name="obs-obs",
        jobs=[CdmJob(name="es_css")],
    ),
    _cdm(
        "400, runs already", 400, '{"errCode": "Cdm.0052", "externalMessage": "Job is running."}', Conflict,
        "Job is running.", "Cdm.0052", CdmError(err_code="Cdm.0052", external_message="Job is running."),
        method="start_job", job_name="jdbc2hive",
    ),
    _cdm(
        "not stopped", 200, '{"validation-result": [{"message": "Job is not running.", "status": "ERROR"}]}', Refused,
        "Job is not running.", None, None, method="stop_job", job_name="jdbc2hive",
    ),
    _cdm(
        "not created", 200, '{"name": "x", "validation-result": [{"message": "No link.", "status": "ERROR"}]}',
        Refused, "No link.", None, None, method="create_job", jobs=[CdmJob(name="x")],
    ),
]  # fmt: skip


def _dli(
    name: str,
    status: int,
    code: str,
    words: str,
    kind: type[ApiError],
    *,
    transient: bool = False,
) -> Failure:
    return Failure(
        name,
        "huawei_dli",
        "show_sql_job_status",
        {"job_id": "208b08d4"},
        status,
        f'{{"error_code": "{code}", "error_msg": "{words}"}}'.encode(),
        kind,
        words,
        code,
        DliError(error_code=code, error_msg=words),
        transient,
        REQUEST_ID,
        "0a1b2c3d",
    )


HUAWEI_DLI = [
    _dli("400, syntax", 400, "DLI.0005", "Syntax error.", BadRequest),
    _dli("400, missing object", 400, "DLI.0002", "There is no queue named testqueue", NotFound),
    _dli("400, not allowed", 400, "DLI.0003", "Permission denied.", PermissionDenied),
    _dli("400, file not allowed", 400, "DLI.0011", "Permission denied.", PermissionDenied),
    _dli("400, exists", 400, "DLI.0006", "The table exists.", Conflict),
    _dli("400, no resource", 400, "DLI.0012", "Resource not available.", ServerError, transient=True),
    _dli("400, timeout", 400, "DLI.0019", "Timeout.", ServerError, transient=True),
    _dli("400, service", 400, "DLI.0999", "Service error.", ServerError, transient=True),
    _dli("401", 401, "DLI.0013", "Token invalid.", AuthenticationError),
    _dli("404", 404, "DLI.0023", "Not found.", NotFound),
    _dli("500", 500, "DLI.0999", "Internal error.", ServerError),
    Failure(
        "401, of IAM",
        "huawei_dli",
        "cancel_sql_job",
        {"job_id": "208b08d4"},
        401,
        b'{"error": {"code": "401", "message": "expired"}}',
        AuthenticationError,
        "expired",
        "401",
        DliError(error=DliIamError(code="401", message="expired")),
    ),
    Failure(
        "a refusal with status 200",
        "huawei_dli",
        "cancel_sql_job",
        {"job_id": "208b08d4"},
        200,
        b'{"is_success": false, "message": "The job has finished."}',
        Refused,
        "The job has finished.",
    ),
    Failure(
        "a refusal in text",
        "huawei_dli",
        "check_sql",
        {"sql": "selec"},
        200,
        b'{"is_success": "false", "message": "no viable alternative"}',
        Refused,
        "no viable alternative",
    ),
]

AUTH = AuthRequest(
    identity=Identity(
        methods=["password"],
        password=PasswordIdentity(
            user=PasswordUser(name="a-user", password="a-password", domain=DomainName(name="an-account"))
        ),
    )
)


def _iam(status: int, kind: type[ApiError], *, transient: bool = False) -> Failure:
    body = f'{{"error": {{"code": {status}, "message": "no", "title": "t"}}}}'
    return Failure(
        str(status),
        "huawei_iam",
        "create_token",
        {"auth": AUTH},
        status,
        body.encode(),
        kind,
        "no",
        str(status),
        IamFailure(error=IamError(code=status, message="no", title="t")),
        transient,
        REQUEST_ID,
        "0a1b2c3d",
    )


HUAWEI_IAM = [
    _iam(400, BadRequest),
    _iam(401, AuthenticationError),
    _iam(403, PermissionDenied),
    _iam(404, NotFound),
    _iam(500, ServerError),
    _iam(503, ServerError, transient=True),
    Failure(
        "400, of the gateway",
        "huawei_iam",
        "create_token",
        {"auth": AUTH},
        400,
        b'{"error_code": "IAM.0011", "error_msg": "bad body"}',
        BadRequest,
        "bad body",
        "IAM.0011",
        IamFailure(error_code="IAM.0011", error_msg="bad body"),
    ),
]

ERRORS = [*ALATION, *DATAMEER, *HUAWEI_CDM, *HUAWEI_DLI, *HUAWEI_IAM]
