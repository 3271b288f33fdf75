"""The wire: a transport that answers as it is told to and notes what was sent, and clients that use it."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import json
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from types import SimpleNamespace
from typing import Any, Literal
from urllib.parse import parse_qsl

import httpx2
from jobclients import AkSk, Basic, HttpOptions, JobClientsError, Token, connect, connect_async
from jobclients.testing import FakeClock
from snapshot.described import plain
from snapshot.documents import Document, Operation

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the vendor's package uses what newer Pythons deprecate
    SDK_REQUEST: Any = import_module("huaweicloudsdkcore.sdk_request").SdkRequest
    SIGNER: Any = import_module("huaweicloudsdkcore.signer.signer").Signer

Mode = Literal["sync", "async"]
PROJECT = "1551c7f6c808414d8e9f3c514a170f2e"
CLUSTER = "6ec9a0a4-76be-4262-8697-e7af1fac7920"
SECRET_KEY = "a-secret-key"
PASSWORD = "colon:and \u00fcmlaut"
USUAL = ("Accept: application/json", "User-Agent: jobclients/VERSION", "Accept-Encoding: gzip, deflate")
EXPIRES = "2030-01-02T00:00:00.000000Z"


@dataclass(frozen=True)
class Vendor:
    """A vendor: arguments of its client, and the credentials that it takes, by name of class."""

    name: str
    options: Mapping[str, Any]
    credentials: Mapping[str, Mapping[str, Any]]

    @cached_property
    def document(self) -> Document:
        """Its spec."""
        return Document(self.name)

    @property
    def first(self) -> str:
        """The credential that is used where the kind does not matter."""
        return next(iter(self.credentials))

    def credential(self, label: str) -> Any:
        """A credential."""
        name = label.partition(" ")[0]
        public = {"Token": Token, "AkSk": AkSk, "Basic": Basic}
        module = import_module(f"jobclients.{self.name}")
        return (public.get(name) or getattr(module, name))(**self.credentials[label]) if name != "None" else None


AKSK = {"access_key": "an-access-key", "secret_key": SECRET_KEY}
HUAWEI = {
    "Token": {"value": "a-token"},
    "AkSk": AKSK,
    "AkSk temporary": {**AKSK, "security_token": "a-security-token"},
    "IamPassword": {"username": "a-user", "password": PASSWORD, "domain": "an-account"},
}
VENDORS = (
    Vendor(
        "alation",
        {"host": "acme.alation.example"},
        {"Token": {"value": "a-token"}, "RefreshToken": {"refresh_token": "a-refresh-token", "user_id": 10}},
    ),
    Vendor("datameer", {"host": "datameer.example"}, {"Basic": {"username": "analyst", "password": PASSWORD}}),
    Vendor("huawei_cdm", {"region": "cn-north-4", "project_id": PROJECT, "cluster_id": CLUSTER}, HUAWEI),
    Vendor("huawei_dli", {"region": "cn-north-4", "project_id": PROJECT}, HUAWEI),
    Vendor("huawei_iam", {"region": "cn-north-4"}, {"None": {}}),
)


@dataclass(frozen=True)
class WireResponse:
    """What the wire answers: a status, headers and a body; or a transport's failure."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] | None = None
    fails: type[httpx2.TransportError] | None = None


def answered(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> WireResponse:
    """A response in JSON."""
    return WireResponse(status, json.dumps(body, ensure_ascii=False).encode(), headers)


class Wire:
    """Notes what is sent. By default each operation is answered with its first documented example."""

    def __init__(
        self, vendor: Vendor, *, override: Callable[[Operation | None], WireResponse | None] | None = None
    ) -> None:
        self.vendor = vendor
        self.clock = FakeClock()
        self.override = override
        self.sent: list[dict[str, Any]] = []
        self.last = b""

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        """Answer a request."""
        target = request.extensions.get("target", request.url.raw_path).decode("ascii")
        headers = [(name.decode("ascii"), value.decode("utf-8")) for name, value in request.headers.raw]
        self.sent.append(
            {
                "send": f"{request.method} {request.url.scheme}://{request.url.netloc.decode('ascii')}{target}",
                "headers": _shortened(
                    [f"{name}: {value}" for name, value in _settled(request, target, headers)], request
                ),
                "body": request.content.decode("utf-8", "backslashreplace"),
            }
        )
        found = self._answer(request.method, target.partition("?")[0])
        if found.fails is not None:
            raise found.fails("made up", request=request)
        self.last = found.body
        given = {"Content-Type": "application/json", "X-Request-Id": "a-request-id", **(found.headers or {})}
        return httpx2.Response(found.status, headers={k: v for k, v in given.items() if v}, content=found.body)

    def _answer(self, method: str, path: str) -> WireResponse:
        operations = self.vendor.document.operations
        operation = next((one for one in operations if one.matches(method, path)), None)
        chosen = self.override(operation) if self.override is not None else None
        if chosen is not None:
            return chosen
        if path == "/v3/auth/tokens":
            return answered({"token": {"expires_at": EXPIRES}}, 201, {"X-Subject-Token": "an-exchanged-token"})
        if operation is None:
            return answered({})
        if operation.id == "create_access_token":
            return answered({"api_access_token": "an-exchanged-token", "user_id": 10, "token_expires_at": EXPIRES})
        success = operation.success
        if success.schema is None:
            return WireResponse(success.status, b"", success.headers)
        made_up = self.vendor.document.sample(success.schema, full=True)
        return answered(next(iter(success.examples.values()), made_up), success.status, success.headers)


def _settled(request: httpx2.Request, target: str, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers without what changes from run to run; a signature is held against the vendor's own signer."""
    plain_headers = [(n, re.sub(r"/\d+(\.\d+)+", "/VERSION", v) if n == "User-Agent" else v) for n, v in headers]
    own = dict(headers)
    signature = own.get("Authorization", "")
    if not signature.startswith("SDK-HMAC-SHA256"):
        return plain_headers
    path, _, query = target.partition("?")
    names = signature.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    oracle = SDK_REQUEST(
        method=request.method,
        host=own["Host"],
        resource_path=path,
        query_params=parse_qsl(query, keep_blank_values=True),
        header_params={name: value for name, value in headers if name.lower() in names},
        body=request.content,
    )
    SIGNER(SimpleNamespace(ak=AKSK["access_key"], sk=SECRET_KEY)).sign(oracle)
    right = oracle.header_params["Authorization"] == signature
    shown = re.sub("Signature=.*", "Signature=" + ("as the vendor signs" if right else "ANOTHER"), signature)
    settled = {"Authorization": shown, "X-Sdk-Date": re.sub(r"\d", "0", own["X-Sdk-Date"])}
    return [(name, settled.get(name, value)) for name, value in plain_headers]


_accounts = itertools.count(1)


def _shortened(lines: list[str], request: httpx2.Request) -> list[str]:
    """The headers, with a word for the usual ones in their usual order."""
    usual = [f"Host: {request.url.netloc.decode('ascii')}", *USUAL]
    return ["USUAL", *lines[len(usual) :]] if lines[: len(usual)] == usual else lines


class Caller:
    """A client of either kind, whose calls are reported as plain JSON.

    Args:
        mode: Which kind.
        runner: Runs coroutines.
        wire: The wire.
        retries: How often a failed call is repeated.
        from_env: Whether the client is made of environment variables instead of options.
        **options: Arguments of the client's constructor that differ from the vendor's usual ones.
    """

    def __init__(
        self,
        mode: Mode,
        runner: asyncio.Runner,
        wire: Wire,
        *,
        retries: int = 0,
        from_env: bool = False,
        **options: Any,
    ) -> None:
        self.mode = mode
        self.wire = wire
        self._runner = runner
        vendor = wire.vendor
        http = HttpOptions(retries=retries, transport=httpx2.MockTransport(wire), clock=wire.clock.as_clock())
        # Rate limits are shared by all clients of an account, and the clocks differ.
        given: dict[str, Any] = {**vendor.options, "http": http, "account": f"account-{next(_accounts)}", **options}
        if vendor.first == "None":
            given.pop("auth", None)
        else:
            given.setdefault("auth", vendor.credential(vendor.first))
        kind = _client_class(mode, vendor.name)
        self.client: Any = self.run(lambda: kind.from_env(http=http) if from_env else kind(**given))
        self.problem = self.client if isinstance(self.client, JobClientsError) else None

    def run(self, act: Callable[[], Any]) -> Any:
        """What an act returns, awaited where it can be, or the error that it raises."""
        try:
            value = act()
            return self._runner.run(_awaited(value)) if inspect.isawaitable(value) else value
        except JobClientsError as problem:
            return problem

    def told(self, act: Callable[[], Any]) -> Any:
        """The same as plain JSON."""
        value = self.run(act)
        return plain(value, self.wire.last)


@cache
def _client_class(mode: Mode, vendor: str) -> Any:
    """The class of a vendor's clients; finding a vendor reads what is said of every installed package."""
    known = next(one for one in VENDORS if one.name == vendor)
    return type((connect if mode == "sync" else connect_async)(vendor, **known.options))


async def _awaited(value: Any) -> Any:
    return await value
