"""A sample vendor, a clock that only tests move, and driving flows by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import httpx2
from jobclients_core import (
    AkSk,
    ApiKeyIn,
    Basic,
    ClientCredentials,
    Envelope,
    ErrorRule,
    Errors,
    Exchange,
    ExchangeCredential,
    HttpBasic,
    OAuth2,
    Operation,
    Path,
    Query,
    Signature,
    Token,
    Variable,
    Vendor,
    When,
)
from jobclients_core.flow import AcquireLock, Clock, GetCredential, HttpResponse, Send, Sleep

MODELS = "runtime.sample_models"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login(ExchangeCredential):
    user: str
    password: str = field(repr=False)
    number: int | None = None
    exchange: ClassVar[Exchange] = Exchange(
        method="POST",
        path="/login/",
        body={
            "auth": {"user": "$credential.user", "pw": "$credential.password", "n": "$credential.number"},
            "scope": {"project": {"id": "$client.project_id"}},
            "fixed": ["a"],
        },
        token="$response.body#/access_token",
        expires_in="$response.body#/expires_in",
        expires="$response.body#/until",
        lifetime=3600.0,
        envelope=Envelope(refused=When("$response.body#/status", one_of=("failed",))),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere(ExchangeCredential):
    user: str
    password: str = field(repr=False)
    base_url: str | None = None
    region: str | None = None
    exchange: ClassVar[Exchange] = Exchange(
        method="POST",
        path="/v3/auth/tokens",
        body={"user": "$credential.user", "password": "$credential.password"},
        token="$response.header.X-Subject-Token",
        expires="$response.body#/token/expires_at",
        server="https://iam.{region}.example.com",
        variables={"region": Variable()},
    )


VENDOR = Vendor(
    name="acme",
    models=MODELS,
    server="https://api.{region}.example.com",
    variables={"region": Variable()},
    schemes={
        "token": ApiKeyIn("X-Token"),
        "key": ApiKeyIn("api_key", "query"),
        "crumb": ApiKeyIn("crumb", "cookie"),
        "basic": HttpBasic(),
        "oauth": OAuth2(client_credentials="/oauth/token", scopes=("read", "write")),
        "aksk": Signature(),
    },
    security=(("token",), ("basic",), ("oauth",), ("aksk",)),
    credentials={
        Token: ("token", "key", "crumb", "oauth"),
        Login: "token",
        Elsewhere: "token",
        Basic: "basic",
        ClientCredentials: "oauth",
        AkSk: "aksk",
    },
    errors=Errors(
        code=("$response.body#/code",),
        message=("$response.body#/detail",),
        request_id=("$response.header.X-Req",),
        rules=(
            ErrorRule(status=("4XX",), code=("gone",), raises="NotFound"),
            ErrorRule(status=(500,), transient=True),
            ErrorRule(status=("400",), code=("busy",), raises="ServerError", transient=True),
        ),
    ),
    envelope=Envelope(ok=When("$response.body#/ok", one_of=(True, "true")), message="$response.body#/why"),
)

GET_JOB: Operation[Any] = Operation(
    id="get_job",
    method="GET",
    path="/job/",
    parameters=(Query("id", type="integer"), Query("name")),
    exactly_one=(("id", "name"),),
    returns={200: "Job"},
    raises={401: "Problem", 404: "Problem", 422: "Problem"},
)
STATUS: Operation[Any] = Operation(
    id="status", method="GET", path="/jobs/{job}/status", parameters=(Path("job"),), returns={200: "Job"}
)
START: Operation[Any] = Operation(id="start", method="POST", path="/start", returns={200: "Job"})
STOP: Operation[Any] = Operation(id="stop", method="PUT", path="/stop", returns={200: None, 204: None})


class FakeClock:
    """Time that stands still until a test moves it; chance that always says one half."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.epoch = 1_700_000_000.0

    def clock(self) -> Clock:
        return Clock(lambda: self.now, lambda: self.epoch + self.now - 1000.0, lambda: 0.5)


def answer(status: int = 200, body: bytes = b'{"status": "running"}', **headers: str) -> HttpResponse:
    fields = {"content-type": "application/json"}
    fields.update({name.replace("_", "-"): value for name, value in headers.items()})
    return HttpResponse(status, httpx2.Headers(fields), body)


class Hand:
    """Drives a flow one step at a time."""

    def __init__(self, flow: Any) -> None:
        self.flow = flow
        self.result: Any = None
        self.done = False
        self.step: Send | Sleep | AcquireLock | GetCredential | None = None
        self._advance(lambda: next(flow))

    def _advance(self, move: Any) -> Any:
        try:
            self.step = move()
        except StopIteration as stop:
            self.done, self.result, self.step = True, stop.value, None
        return self.step

    def give(self, outcome: Any = None) -> Any:
        return self._advance(lambda: self.flow.send(outcome))

    def throw(self, error: BaseException) -> Any:
        return self._advance(lambda: self.flow.throw(error))


class FreeLock:
    """A lock that nobody holds."""

    def __init__(self) -> None:
        self.released = 0

    def release(self) -> None:
        self.released += 1
