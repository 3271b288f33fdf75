"""Credentials on the wire: as their scheme has it, exchanged once, renewed once, sent nowhere else, shown never."""

from __future__ import annotations

import asyncio
import logging
import pickle
import threading
import traceback
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
from jobclients import (
    AkSk,
    AuthenticationError,
    BadRequest,
    Basic,
    ConnectionLost,
    CredentialUnavailable,
    DecodeError,
    HttpOptions,
    InvalidArgument,
    JobClientsError,
    Refused,
    ServerError,
    Token,
)
from jobclients.alation import AlationClient, AsyncAlationClient, RefreshToken
from jobclients.huawei_cdm import IamPassword
from jobclients.huawei_dli.models import Tag
from jobclients.huawei_iam.models import AuthRequest, DomainName, Identity, PasswordIdentity, PasswordUser
from jobclients_contract.playing.loopback import CLOSE, RESET, Loopback, Request, Script, answer, loopback

from .driver import ACCOUNTS, Mode, opened, playing, raised

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the vendor's package uses what newer Pythons deprecate
    SDK_REQUEST: Any = import_module("huaweicloudsdkcore.sdk_request").SdkRequest
    SIGNER: Any = import_module("huaweicloudsdkcore.signer.signer").Signer

EXCHANGE = "POST /integration/v1/createAPIAccessToken/"
JOB = "GET /api/v1/bulk_metadata/job/?id=1"
REFRESH = RefreshToken(refresh_token="s3cret-refresh", user_id=10)
RUNNING = answer({"status": "running"})
DENIED = answer({"detail": "Authentication failed"}, 401)


def moment(seconds: float) -> str:
    """A time some seconds from now, as Alation writes it."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def access(token: str, lives: float = 3600) -> Script:
    """The answer to an exchange."""
    return answer({"api_access_token": token, "user_id": 10, "token_expires_at": moment(lives)})


def tokens(server: Loopback) -> list[str]:
    """What each request carried as its token; a hyphen for none."""
    return [request.headers.get("token", "-") for request in server.requests]


def test_a_refresh_token_is_exchanged_once_for_many_calls(mode: Mode) -> None:
    """One call for a token, with the documented body and no credential beside it; all calls carry the token."""
    with playing(mode, "alation", access("t0k-one"), RUNNING, RUNNING, RUNNING, auth=REFRESH) as (server, client):
        for _ in range(3):
            client.get_job(id=1)

    assert [EXCHANGE, JOB, JOB, JOB] == server.lines
    assert ["-", "t0k-one", "t0k-one", "t0k-one"] == tokens(server)
    assert {"refresh_token": "s3cret-refresh", "user_id": 10} == server.requests[0].json()
    assert "application/json" == server.requests[0].headers["content-type"]


def test_calls_without_security_need_no_token(mode: Mode) -> None:
    """The token calls themselves are sent without the credential, and exchange nothing."""
    with playing(mode, "alation", answer({"detail": "done"}), auth=REFRESH) as (server, client):
        client.revoke_access_tokens(refresh_token="other", user_id=1)

    assert ["-"] == tokens(server)


def test_a_token_that_has_expired_is_exchanged_again(mode: Mode) -> None:
    """After the moment that the vendor named, the next call gets a new token first."""
    scripts = (access("t0k-one", lives=0.5), RUNNING, access("t0k-two"), RUNNING, RUNNING)
    with playing(mode, "alation", *scripts, auth=REFRESH) as (server, client):
        client.get_job(id=1)
        threading.Event().wait(0.6)
        client.get_job(id=1)
        client.get_job(id=1)

    assert ["-", "t0k-one", "-", "t0k-two", "t0k-two"] == tokens(server)


def test_a_refused_token_is_renewed_once(mode: Mode) -> None:
    """A 401 for a token that was in use gets a new one, and the call is repeated with it, whatever its method."""
    scripts = (access("t0k-one"), RUNNING, DENIED, access("t0k-two"), RUNNING)
    with playing(mode, "alation", *scripts, auth=REFRESH) as (server, client):
        client.get_job(id=1)
        job = client.get_job(id=1)

    assert "running" == job.status
    assert [EXCHANGE, JOB, JOB, EXCHANGE, JOB] == server.lines
    assert ["-", "t0k-one", "t0k-one", "-", "t0k-two"] == tokens(server)


def test_a_token_that_is_refused_again_is_an_error(mode: Mode) -> None:
    """The vendor that refuses the renewed token too has the last word."""
    scripts = (access("t0k-one"), RUNNING, DENIED, access("t0k-two"), DENIED, RUNNING)
    with playing(mode, "alation", *scripts, auth=REFRESH) as (server, client):
        client.get_job(id=1)
        error = raised(AuthenticationError, lambda: client.get_job(id=1))

    assert ("get_job", "Authentication failed", 5) == (error.operation, error.vendor_message, len(server.requests))


def test_a_token_got_this_moment_is_not_renewed(mode: Mode) -> None:
    """A 401 for a token that was just handed out is the answer; another one would fare no better."""
    with playing(mode, "alation", access("t0k-one"), DENIED, auth=REFRESH) as (server, client):
        raised(AuthenticationError, lambda: client.get_job(id=1))

    assert [EXCHANGE, JOB] == server.lines


def test_a_static_token_is_not_repeated(mode: Mode) -> None:
    """A 401 for a token that nobody can renew is raised at once."""
    with playing(mode, "alation", DENIED) as (server, client):
        raised(AuthenticationError, lambda: client.get_job(id=1))

    assert [JOB] == server.lines


REFUSALS: list[tuple[Script, type[JobClientsError]]] = [
    (answer({"detail": "Authentication failed", "code": "401000"}, 401), AuthenticationError),
    (answer({"status": "failed", "detail": "no such user"}), Refused),
    (answer({"user_id": 10}), DecodeError),
    (answer(b"<html>s3cret-refresh</html>", Content_Type="text/html"), DecodeError),
    (answer(b"", 500), ServerError),
]


@pytest.mark.parametrize(("script", "kind"), REFUSALS, ids=["401", "refused", "no token", "a page", "500"])
def test_a_failed_exchange_names_itself(mode: Mode, script: Script, kind: type[JobClientsError]) -> None:
    """A credential that is not exchanged is an error that speaks of the exchange, and the call is not sent."""
    with playing(mode, "alation", script, auth=REFRESH) as (server, client):
        error = raised(kind, lambda: client.get_job(id=1))

    assert ([EXCHANGE], "create_access_token") == (server.lines, error.operation)
    assert "s3cret" not in str(error)


class Issuer:
    """A vendor that hands out numbered tokens, slowly, and takes only the newest."""

    def __init__(self) -> None:
        self.issued = 0
        self.calls = 0
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Script:
        with self._lock:
            if request.line == EXCHANGE:
                self.issued += 1
                return (0.1, *access(f"t0k-{self.issued}"))
            self.calls += 1
            return RUNNING if request.headers["token"] == f"t0k-{self.issued}" else DENIED

    def revoke(self) -> None:
        """Take no token that was handed out before."""
        self.issued += 1


def test_threads_share_one_exchange() -> None:
    """Many threads that need a token at once make one exchange, and one more when it is refused."""
    issuer = Issuer()
    options = HttpOptions(retries=0, timeout=20)
    with loopback(by=issuer) as server, AlationClient(base_url=server.url, auth=REFRESH, http=options) as client:
        with ThreadPoolExecutor(8) as pool:
            first = [job.result().status for job in [pool.submit(client.get_job, id=1) for _ in range(16)]]
            issuer.revoke()
            second = [job.result().status for job in [pool.submit(client.get_job, id=1) for _ in range(16)]]
        lines = server.lines

    assert ["running"] * 32 == first + second
    assert 2 == lines.count(EXCHANGE)


def test_tasks_share_one_exchange() -> None:
    """The same for the tasks of an event loop."""
    issuer = Issuer()

    async def main(url: str) -> list[str]:
        options = HttpOptions(retries=0, timeout=20)
        async with AsyncAlationClient(base_url=url, auth=REFRESH, http=options) as client:
            first = await asyncio.gather(*(client.get_job(id=1) for _ in range(16)))
            issuer.revoke()
            second = await asyncio.gather(*(client.get_job(id=1) for _ in range(16)))
        return [str(job.status) for job in (*first, *second)]

    with loopback(by=issuer) as server:
        states = asyncio.run(main(server.url))

    assert ["running"] * 32 == states
    assert 2 == server.lines.count(EXCHANGE)


PASSWORD = {"username": "a-user", "password": "s3cret-password", "domain": "an-account"}
IAM_BODY = (
    b'{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"a-user","password":"s3cret-password",'
    b'"domain":{"name":"an-account"}}}},"scope":{"project":{"id":"1551c7f6c808414d8e9f3c514a170f2e"}}}}'
)
IAM_ANSWER = answer({"token": {"expires_at": "2099-02-13T06:52:13.855000Z"}}, 201, X_Subject_Token="MIIF-s3cret")
DLI_JOB = answer({"job_id": "1", "status": "RUNNING"})
CDM_RUN = answer({"submissions": []})

HUAWEI: list[tuple[str, Callable[[Any], object], Script, str]] = [
    ("huawei_dli", lambda client: client.show_sql_job_status(job_id="1"), DLI_JOB, "jobs/1/status"),
    ("huawei_cdm", lambda client: client.show_job_status(job_name="j"), CDM_RUN, "job/j/status"),
]


@pytest.mark.parametrize(("vendor", "call", "script", "target"), HUAWEI, ids=["huawei_dli", "huawei_cdm"])
def test_a_password_goes_to_its_own_server_only(
    mode: Mode, vendor: str, call: Callable[[Any], object], script: Script, target: str
) -> None:
    """The password reaches the identity service once; the vendor gets the token and nothing else."""
    with loopback(IAM_ANSWER) as iam:
        auth = IamPassword(**PASSWORD, base_url=iam.url)
        headers = {"X-Team": "caller's own"}
        with playing(mode, vendor, script, script, auth=auth, headers=headers) as (server, client):
            call(client)
            call(client)

    assert ("POST /v3/auth/tokens", IAM_BODY) == (iam.request.line, iam.request.body)
    assert iam.request.headers.keys() == {
        "host", "accept", "user-agent", "accept-encoding", "content-type", "content-length",
    }  # fmt: skip
    assert [True, True] == [request.target.endswith(target) for request in server.requests]
    assert ["MIIF-s3cret"] * 2 == [request.headers["x-auth-token"] for request in server.requests]
    assert all(b"s3cret-password" not in request.raw for request in server.requests)
    assert ["caller's own"] * 2 == [request.headers["x-team"] for request in server.requests]


def test_a_token_of_the_identity_service_is_renewed_there(mode: Mode) -> None:
    """A 401 of the vendor asks the identity service for another token."""
    newer = answer({"token": {"expires_at": "2099-02-13T06:52:13.855000Z"}}, 201, X_Subject_Token="MIIF-newer")
    refused = answer({"error_code": "APIGW.0301", "error_msg": "expired"}, 401)
    with loopback(IAM_ANSWER, newer) as iam:
        auth = IamPassword(**PASSWORD, base_url=iam.url)
        with playing(mode, "huawei_dli", DLI_JOB, refused, DLI_JOB, auth=auth) as (server, client):
            client.show_sql_job_status(job_id="1")
            client.show_sql_job_status(job_id="1")

    assert ["MIIF-s3cret", "MIIF-s3cret", "MIIF-newer"] == [
        request.headers["x-auth-token"] for request in server.requests
    ]


def test_a_wrong_password_is_an_error_with_the_services_words(mode: Mode) -> None:
    """The identity service's refusal is typed like its own client's, and the vendor is not called."""
    body = {"error": {"code": 401, "message": "The username or password is wrong.", "title": "Unauthorized"}}
    with loopback(answer(body, 401, X_Request_Id="iam-1")) as iam:
        auth = IamPassword(**PASSWORD, base_url=iam.url)
        with playing(mode, "huawei_dli", auth=auth) as (server, client):
            error = raised(AuthenticationError, lambda: client.show_sql_job_status(job_id="1"))

    assert (401, "401", "The username or password is wrong.", "iam-1", []) == (
        error.status,
        error.code,
        error.vendor_message,
        error.request_id,
        server.requests,
    )


def test_a_credential_without_a_server_asks_for_the_region(mode: Mode) -> None:
    """With neither a region nor a server of its own, the password is sent nowhere."""
    with playing(mode, "huawei_dli", auth=IamPassword(**PASSWORD)) as (server, client):
        error = raised(InvalidArgument, lambda: client.show_sql_job_status(job_id="1"))

    assert ("region", []) == (error.argument, server.requests)


def resigned(request: Request, secret_key: str = "SKEXAMPLE") -> str:
    """The signature that the vendor's own signer makes of a request as it arrived."""
    path, _, query = request.target.partition("?")
    authorization = request.headers["authorization"]
    names = authorization.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    spelt = {name: value for name, value in request.fields if name.lower() in names}
    pairs: dict[str, list[str]] = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        pairs.setdefault(key, []).append(value)
    oracle = SDK_REQUEST(
        method=request.line.partition(" ")[0],
        host=request.headers["host"],
        resource_path=path,
        query_params=list(pairs.items()),
        header_params=spelt,
        body=request.body,
    )
    SIGNER(SimpleNamespace(ak="AKEXAMPLE", sk=secret_key)).sign(oracle)
    signature: str = oracle.header_params["Authorization"]
    return signature


SIGNED: list[tuple[str, str, dict[str, Any], Script]] = [
    ("huawei_dli", "show_sql_job_status", {"job_id": "208b08d4"}, DLI_JOB),
    ("huawei_dli", "show_sql_job_status", {"job_id": "a/b c#\u00fc~+%2F"}, DLI_JOB),
    (
        "huawei_dli",
        "list_sql_jobs",
        {
            "tags": "k1=v1,k2=v2",
            "page_size": 5,
            "job_types": ["QUERY", "DDL", "a b"],
            "owner": "~+\u00e9/",
            "db_name": "",
        },
        answer({"jobs": []}),
    ),
    (
        "huawei_dli",
        "submit_sql_job",
        {"sql": "select '\u00fc'", "tags": [Tag(key="a", value="b")]},
        answer({"job_id": "1"}),
    ),
    ("huawei_dli", "cancel_sql_job", {"job_id": "208b08d4"}, answer({"is_success": True})),
    ("huawei_cdm", "start_job", {"job_name": "my job#_t", "variables": {}}, answer({"submissions": []})),
    ("huawei_cdm", "start_job", {"job_name": "my job#_t"}, answer({"submissions": []})),
    (
        "huawei_cdm",
        "create_and_start_random_cluster_job",
        {"language": "en-us", "jobs": [], "clusters": []},
        answer({"submissions": []}),
    ),
]


@pytest.mark.parametrize(("vendor", "method", "arguments", "script"), SIGNED)
@pytest.mark.parametrize("temporary", [None, "s3cret-session"], ids=["permanent", "temporary"])
def test_the_vendors_own_signer_agrees_with_what_arrived(
    mode: Mode, vendor: str, method: str, arguments: dict[str, Any], script: Script, temporary: str | None
) -> None:
    """The signature fits the very bytes that reached the server, and the secret key is not among them."""
    auth = AkSk("AKEXAMPLE", "SKEXAMPLE", temporary)
    with playing(mode, vendor, script, auth=auth) as (server, client):
        getattr(client, method)(**arguments)

    request = server.request
    assert resigned(request) == request.headers["authorization"]
    assert request.headers["authorization"].startswith("SDK-HMAC-SHA256 Access=AKEXAMPLE, SignedHeaders=")
    assert resigned(request, "another") != request.headers["authorization"]
    assert temporary == request.headers.get("x-security-token")
    assert "x-auth-token" not in request.headers
    assert b"SKEXAMPLE" not in request.raw
    assert abs(datetime.now(UTC) - date_of(request)) < timedelta(minutes=1)


def date_of(request: Request) -> datetime:
    """When a request was signed."""
    return datetime.strptime(request.headers["x-sdk-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def test_a_repeated_request_is_signed_anew(mode: Mode) -> None:
    """The second attempt carries a signature of its own time."""
    options = HttpOptions(retries=1, timeout=20)
    busy = answer({"error_code": "DLI.0999", "error_msg": "busy"}, 503, Retry_After="1")
    auth = AkSk("AKEXAMPLE", "SKEXAMPLE")
    with playing(mode, "huawei_dli", busy, DLI_JOB, auth=auth, http=options) as (server, client):
        client.show_sql_job_status(job_id="1")

    first, second = server.requests
    assert date_of(first) < date_of(second)
    assert [resigned(request) for request in (first, second)] == [
        request.headers["authorization"] for request in (first, second)
    ]


def test_the_callers_own_headers_are_signed_too(mode: Mode) -> None:
    """Headers of the client travel under the signature, except those that intermediaries rewrite."""
    auth = AkSk("AKEXAMPLE", "SKEXAMPLE")
    headers = {"X-Project-Id": "p1", "User-Agent": "mine/1", "X_Odd": "unsigned"}
    with playing(mode, "huawei_dli", DLI_JOB, auth=auth, headers=headers) as (server, client):
        client.show_sql_job_status(job_id="1")

    request = server.request
    names = request.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0]
    assert ("accept;host;x-project-id;x-sdk-date", "mine/1") == (names, request.headers["user-agent"])
    assert resigned(request) == request.headers["authorization"]


def test_a_function_is_asked_once_and_again_after_a_refusal(mode: Mode) -> None:
    """A callable as `auth` is asked when a credential is needed, and once more when that is refused."""
    asked: list[str] = []

    def vault() -> Token:
        asked.append(f"t0k-{len(asked)}")
        return Token(asked[-1])

    with playing(mode, "alation", RUNNING, RUNNING, DENIED, RUNNING, auth=vault) as (server, client):
        assert asked == []
        for _ in range(3):
            client.get_job(id=1)

    assert ["t0k-0", "t0k-0", "t0k-0", "t0k-1"] == tokens(server)


def test_a_function_may_return_a_credential_that_is_exchanged(mode: Mode) -> None:
    """A refresh token from a secrets manager is asked for anew at each renewal."""
    asked: list[int] = []

    def vault() -> RefreshToken:
        asked.append(len(asked))
        return RefreshToken(refresh_token=f"refresh-{len(asked)}", user_id=10)

    scripts = (access("t0k-one"), RUNNING, DENIED, access("t0k-two"), RUNNING)
    with playing(mode, "alation", *scripts, auth=vault) as (server, client):
        client.get_job(id=1)
        client.get_job(id=1)

    exchanges = [request.json()["refresh_token"] for request in server.requests if request.line == EXCHANGE]
    assert ["refresh-1", "refresh-2"] == exchanges


def test_a_coroutine_function_is_awaited() -> None:
    """The async client also takes a coroutine function."""

    async def vault() -> Token:
        await asyncio.sleep(0)
        return Token("t0k-awaited")

    with playing("async", "alation", RUNNING, auth=vault) as (server, client):
        client.get_job(id=1)

    assert ["t0k-awaited"] == tokens(server)


def test_a_function_that_fails_is_an_error_of_the_library(mode: Mode) -> None:
    """The vault's own exception is the cause, and nothing is sent."""

    def vault() -> Token:
        raise OSError("sealed")

    with playing(mode, "alation", auth=vault) as (server, client):
        error = raised(CredentialUnavailable, lambda: client.get_job(id=1))

    assert (OSError, []) == (type(error.__cause__), server.requests)


ENVIRONMENTS: list[tuple[str, dict[str, str], Script, str, str, str]] = [
    ("alation", {"TOKEN": "t0k"}, RUNNING, "get_job", "token", "t0k"),
    (
        "datameer",
        {"USERNAME": "analyst", "PASSWORD": "colon:and \u00fcmlaut"},
        answer(b"[]"),
        "list_active_jobs",
        "authorization",
        "Basic YW5hbHlzdDpjb2xvbjphbmQgw7xtbGF1dA==",
    ),
    ("huawei_dli", {"TOKEN": "t0k", "PROJECT_ID": "p1"}, answer({"jobs": []}), "list_sql_jobs", "x-auth-token", "t0k"),
]


@pytest.mark.parametrize(("vendor", "variables", "script", "method", "header", "value"), ENVIRONMENTS)
@pytest.mark.parametrize("prefix", [None, "MY"])
def test_a_client_is_made_of_the_environment(
    mode: Mode,
    monkeypatch: pytest.MonkeyPatch,
    vendor: str,
    variables: dict[str, str],
    script: Script,
    method: str,
    header: str,
    value: str,
    prefix: str | None,
) -> None:
    """`from_env` reads the server, the parameters and one credential under the prefix."""
    start = prefix or vendor.upper()
    with loopback(script) as server:
        for name, text in {"BASE_URL": server.url, **variables}.items():
            monkeypatch.setenv(f"{start}_{name}", text)
        arguments = {"id": 1} if method == "get_job" else {}
        with opened(mode, vendor, make=lambda kind: kind.from_env(prefix) if prefix else kind.from_env()) as client:
            getattr(client, method)(**arguments)

    assert value == server.request.headers[header]


def test_the_environment_gives_exchanged_and_signing_credentials(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refresh tokens, passwords and key pairs are found by the names of their fields."""
    with loopback(IAM_ANSWER) as iam, loopback(access("t0k-one"), RUNNING, DLI_JOB, CDM_RUN) as server:
        for name, value in {
            "ALATION_BASE_URL": server.url,
            "ALATION_REFRESH_TOKEN": "s3cret-refresh",
            "ALATION_USER_ID": "10",
            "HUAWEI_DLI_BASE_URL": server.url,
            "HUAWEI_DLI_PROJECT_ID": "1551c7f6c808414d8e9f3c514a170f2e",
            "HUAWEI_DLI_USERNAME": "a-user",
            "HUAWEI_DLI_PASSWORD": "s3cret-password",
            "HUAWEI_DLI_DOMAIN": "an-account",
            "HUAWEI_DLI_AUTH_BASE_URL": iam.url,
            "HUAWEI_CDM_BASE_URL": server.url,
            "HUAWEI_CDM_PROJECT_ID": "p1",
            "HUAWEI_CDM_CLUSTER_ID": "c1",
            "HUAWEI_CDM_ACCESS_KEY": "AKEXAMPLE",
            "HUAWEI_CDM_SECRET_KEY": "SKEXAMPLE",
        }.items():
            monkeypatch.setenv(name, value)
        with opened(mode, "alation", make=lambda kind: kind.from_env()) as client:
            client.get_job(id=1)
        with opened(mode, "huawei_dli", make=lambda kind: kind.from_env()) as client:
            client.show_sql_job_status(job_id="1")
        with opened(mode, "huawei_cdm", make=lambda kind: kind.from_env()) as client:
            client.show_job_status(job_name="j")

    _, job, run, submission = server.requests
    assert ("t0k-one", "MIIF-s3cret", IAM_BODY) == (
        job.headers["token"],
        run.headers["x-auth-token"],
        iam.request.body,
    )
    assert "/v1.1/p1/clusters/c1/cdm/job/j/status" == submission.target
    assert resigned(submission) == submission.headers["authorization"]


def test_a_missing_environment_is_named_and_not_repeated(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the variables that are missing or too many, and none of their values."""
    monkeypatch.setenv("HUAWEI_DLI_BASE_URL", "https://dli.example.com")

    def make() -> None:
        with opened(mode, "huawei_dli", make=lambda kind: kind.from_env()):
            raise AssertionError("a client was made of nothing")

    first = str(raised(InvalidArgument, make))
    monkeypatch.setenv("HUAWEI_DLI_PROJECT_ID", "p1")
    second = str(raised(InvalidArgument, make))
    monkeypatch.setenv("HUAWEI_DLI_TOKEN", "s3cret-token")
    monkeypatch.setenv("HUAWEI_DLI_ACCESS_KEY", "AKEXAMPLE")
    monkeypatch.setenv("HUAWEI_DLI_SECRET_KEY", "s3cret-key")
    third = str(raised(InvalidArgument, make))

    assert "HUAWEI_DLI_PROJECT_ID" in first
    assert "HUAWEI_DLI_TOKEN" in second
    assert "HUAWEI_DLI_SECRET_KEY" in second
    assert "HUAWEI_DLI_TOKEN" in third
    assert "s3cret" not in first + second + third


SECRETS = {
    "token": "s3cret-token-1",
    "password": "s3cret-password-2",
    "key": "s3cret-key-3",
    "session": "s3cret-session-4",
    "refresh": "s3cret-refresh-5",
    "access": "s3cret-access-6",
}
CREDENTIALS: list[tuple[str, Any]] = [
    ("alation", Token(SECRETS["token"])),
    ("alation", RefreshToken(refresh_token=SECRETS["refresh"], user_id=10)),
    ("datameer", Basic("analyst", SECRETS["password"])),
    ("huawei_cdm", Token(SECRETS["token"])),
    ("huawei_dli", AkSk("AKEXAMPLE", SECRETS["key"], SECRETS["session"])),
]
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "alation": ("get_job", {"id": 1}),
    "datameer": ("get_job_status_v2", {"file": 48}),
    "huawei_cdm": ("show_job_status", {"job_name": "j"}),
    "huawei_dli": ("show_sql_job_status", {"job_id": "1"}),
}
ECHOED_KEYS = ("detail", "error", "reason", "message", "externalMessage", "error_msg", "code", "errCode")


def heard(request: Request) -> str:
    """A request as text that can stand in a JSON text."""
    return request.raw.decode().replace("\\", "/").replace('"', "'").replace("\r\n", " ")


def words(status: int) -> Callable[[Request], Script]:
    """A vendor that answers a status, with what it heard in every place for words."""

    def by(request: Request) -> Script:
        said = heard(request)
        # The wrong type of `msg` makes an error also of what one vendor has no envelope for.
        body: dict[str, Any] = {"status": "failure", "is_success": False, "msg": 5} | dict.fromkeys(ECHOED_KEYS, said)
        return answer(body, status, X_Request_Id=said)

    return by


ECHOES: dict[str, Callable[[Request], Script]] = {
    **{f"words {status}": words(status) for status in (200, 400, 401, 403, 404, 500)},
    "page": lambda request: answer(f"<p>{heard(request)}".encode(), Content_Type="text/html"),
    "page 401": lambda request: answer(f"<p>{heard(request)}".encode(), 401, Content_Type="text/html"),
    "unfit": lambda request: answer(f'{{"status": 5, "token": "{heard(request)}"}}'.encode()),
    "truncated": lambda request: answer(f'{{"status": "{heard(request)}'.encode()),
    "redirect": lambda request: answer(b"", 302, Location=heard(request)),
    "reset": lambda _: (RESET,),
    "closed": lambda _: (CLOSE,),
    "no http": lambda request: (request.raw, CLOSE),
    "bad header": lambda request: (f"HTTP/1.1 200 OK\r\nbad header {heard(request)}\r\n\r\n".encode(), CLOSE),
    "bad chunk": lambda request: (
        f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{heard(request)}\r\n".encode(),
        CLOSE,
    ),
    "bad length": lambda request: (f"HTTP/1.1 200 OK\r\nContent-Length: {heard(request)}\r\n\r\n".encode(), CLOSE),
    "bad gzip": lambda request: answer(request.raw, Content_Encoding="gzip"),
    "content type": lambda request: answer(b"{}", Content_Type=heard(request)),
    "charset": lambda request: answer(b"{}", Content_Type=f"text/plain; charset={heard(request)}"),
}
"""Vendors that answer what they were sent, in every way in which an answer can go wrong."""


def variables(error: BaseException) -> str:
    """The traceback as tools that report errors show it, with the variables of all frames but those of tests."""
    told: traceback.TracebackException | None = traceback.TracebackException.from_exception(error, capture_locals=True)
    frames: list[traceback.FrameSummary] = []
    while told is not None:
        frames += [frame for frame in told.stack if "/tests/" not in frame.filename]
        told = told.__cause__ or told.__context__
    return "".join(traceback.StackSummary.from_list(frames).format())


def everything(error: BaseException) -> str:
    """All that an exception can show: texts, fields, formatted tracebacks, pickles, of it and of its causes."""
    shown: list[str] = ["".join(traceback.format_exception(error))]
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        current = waiting.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        shown += [repr(current), str(current), repr(current.args), repr(getattr(current, "__dict__", {}))]
        shown += [repr(getattr(current, "__notes__", []))]
        for value in getattr(current, "__dict__", {}).values():
            shown.append(repr(getattr(value, "__dict__", "")))
            shown.append(repr(getattr(value, "model_extra", "")))
            shown.append(value.decode("utf-8", "replace") if isinstance(value, bytes) else "")
        waiting += [current.__cause__, current.__context__]
    shown.append(pickle.dumps(error).decode("latin-1"))
    shown.append(repr(pickle.loads(pickle.dumps(error)).__dict__))
    return "\n".join(shown)


@pytest.mark.parametrize(
    ("vendor", "auth"), CREDENTIALS, ids=lambda value: value if isinstance(value, str) else type(value).__name__
)
@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES.keys())
def test_no_secret_is_shown(
    mode: Mode,
    caplog: pytest.LogCaptureFixture,
    vendor: str,
    auth: Any,
    echo: Callable[[Request], Script],
) -> None:
    """A vendor that repeats everything it was sent does not make a secret show up anywhere."""
    caplog.set_level(logging.DEBUG)

    def by(request: Request) -> Script:
        return access(SECRETS["access"]) if request.line == EXCHANGE else echo(request)

    method, arguments = CALLS[vendor]
    with playing(mode, vendor, by=by, auth=auth) as (server, client):
        try:
            getattr(client, method)(**arguments)
        except JobClientsError as error:
            shown = everything(error) + variables(error)
        else:
            raise AssertionError("nothing was raised")
        shown += repr(client) + repr(client.__dict__) + repr(auth) + f"{auth}"

    shown += caplog.text + "".join(repr(vars(record)) for record in caplog.records)
    leaked = [secret for secret in SECRETS.values() if secret in shown]
    assert [] == leaked
    assert "YW5hbHlzdDpzM2NyZXQtcGFzc3dvcmQtMg==" not in shown
    assert server.requests


@pytest.mark.parametrize("secret", ["a\r\nX-Evil: 1", "a\nb", "a\x00b", " a", "a ", "\ud800", "", None, 5])
def test_a_secret_that_breaks_a_header_is_refused(mode: Mode, secret: Any) -> None:
    """Line breaks, control characters and empty tokens are refused before anything is sent, and not repeated."""
    with playing(mode, "alation", auth=Token(secret)) as (server, client):
        error = raised(InvalidArgument, lambda: client.get_job(id=1))

    assert [] == server.requests
    assert "Evil" not in everything(error)


def test_secret_arguments_are_not_repeated(mode: Mode) -> None:
    """A secret that is an argument of a call, not the client's credential, is not shown either."""
    secret = SECRETS["password"]
    password = PasswordUser(name="u", password=secret, domain=DomainName(name="d"))
    auth = AuthRequest(identity=Identity(methods=["password"], password=PasswordIdentity(user=password)))

    def by(request: Request) -> Script:
        said = heard(request)
        return answer({"error": {"code": 400, "message": said}, "detail": said}, 400)

    with playing(mode, "huawei_iam", by=by) as (_, client):
        first = raised(BadRequest, lambda: client.create_token(auth=auth))
    with playing(mode, "alation", by=by) as (_, client):
        second = raised(BadRequest, lambda: client.create_access_token(refresh_token=secret, user_id=1))

    assert secret not in everything(first) + everything(second) + repr(auth)


def test_a_token_in_an_answer_does_not_show_itself(mode: Mode) -> None:
    """The result of a token call hides the token in its repr, and gives it when asked."""
    with playing(mode, "alation", access("s3cret-fresh")) as (_, client):
        token = client.create_access_token(refresh_token="r", user_id=10)

    assert "s3cret-fresh" == token.api_access_token
    assert "s3cret-fresh" not in repr(token) + str(token) + f"{token!r}" + repr([token])


@pytest.mark.parametrize("name", ["Token", "TOKEN", "Authorization", "Host", "Content-Length", "Cookie", "a b", ""])
def test_a_caller_cannot_set_the_credentials_header(mode: Mode, name: str) -> None:
    """The header of the credential, and those that frame the message, are not the caller's."""

    def make() -> None:
        with opened(mode, "alation", base_url="http://127.0.0.1:9", headers={name: "x"}, **ACCOUNTS["alation"]):
            raise AssertionError("a client was made")

    assert "headers" == raised(InvalidArgument, make).argument


def test_a_broken_connection_to_the_identity_service_is_a_transport_error(mode: Mode) -> None:
    """The exchange fails like any call, and says that it was the exchange."""
    with loopback((RESET,)) as iam:
        auth = IamPassword(**PASSWORD, base_url=iam.url)
        with playing(mode, "huawei_cdm", auth=auth) as (server, client):
            error = raised(ConnectionLost, lambda: client.show_job_status(job_name="j"))

    assert ("create_token", []) == (error.operation, server.requests)
    assert "s3cret-password" not in everything(error)


def test_the_target_is_decoded_once_by_the_server(mode: Mode) -> None:
    """What arrives, decoded once, is the very name that was given."""
    name = "MetadataExtraction#1 100% a+b"
    with playing(mode, "alation", RUNNING) as (server, client):
        client.get_job(name=name)

    assert name == unquote(server.request.target.partition("=")[2])
