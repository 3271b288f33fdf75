"""Both clients on an in-process transport: what is sent, shown, logged and refused."""

from __future__ import annotations

import copy
import dataclasses
import json
import logging
import pickle
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from jobclients_core import (
    AkSk,
    ApiError,
    AsyncClient,
    BadRequest,
    Basic,
    Body,
    DecodeError,
    Event,
    Field,
    Header,
    HttpOptions,
    InvalidArgument,
    JobClientsError,
    NotFound,
    Operation,
    Query,
    Refused,
    SyncClient,
    Timeout,
    Token,
    TransportError,
    UnexpectedStatus,
)
from jobclients_core import (
    Path as PathParameter,
)
from jobclients_core.client import run_flow
from jobclients_core.flow import Flow, Sleep
from jobclients_core.signing import sign
from runtime.support import GET_JOB, START, STATUS, VENDOR, Login

Handler = Callable[[httpx2.Request], httpx2.Response]


def running(_: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(200, json={"status": "running"})


def make(handler: Handler = running, **options: Any) -> SyncClient:
    http = HttpOptions(transport=httpx2.MockTransport(handler), **options.pop("http", {}))
    options.setdefault("auth", Token("s3cret-token"))
    return SyncClient(VENDOR, base_url="https://h.example:8443/pre/", http=http, **options)


def sent(call: Callable[[SyncClient], Any], **options: Any) -> httpx2.Request:
    requests: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        requests.append(request)
        return running(request)

    with make(handler, **options) as client:
        call(client)
    assert len(requests) == 1
    return requests[0]


def test_a_request_carries_exactly_what_it_should() -> None:
    request = sent(lambda client: client.send(GET_JOB.call(name="a#1")))
    assert request.method == "GET"
    assert request.extensions["target"] == b"/pre/job/?name=a%231"
    assert request.headers.raw == [
        (b"Host", b"h.example:8443"),
        (b"Accept", b"application/json"),
        (b"User-Agent", b"jobclients-core/0.1.0"),
        (b"Accept-Encoding", b"gzip, deflate"),
        (b"X-Token", b"s3cret-token"),
    ]


def test_a_post_without_a_body_says_so() -> None:
    request = sent(lambda client: client.send(START.call()))
    assert request.headers["content-length"] == "0"
    assert "content-type" not in request.headers


def test_a_token_in_the_query_or_a_cookie() -> None:
    query: Operation[Any] = Operation(
        id="q", method="GET", path="/q", parameters=(Query("a"),), security=(("key",),), returns={200: "Job"}
    )
    assert sent(lambda c: c.send(query.call(a="1"))).extensions["target"] == b"/pre/q?a=1&api_key=s3cret-token"
    cookie: Operation[Any] = Operation(id="q", method="GET", path="/q", security=(("crumb",),), returns={200: "Job"})
    assert sent(lambda c: c.send(cookie.call())).headers["cookie"] == "crumb=s3cret-token"
    nothing: Operation[Any] = Operation(id="q", method="GET", path="/q", security=(), returns={200: "Job"})
    assert b"s3cret" not in b"".join(value for _, value in sent(lambda c: c.send(nothing.call())).headers.raw)


def test_what_is_signed_is_what_is_sent() -> None:
    request = sent(
        lambda c: c.request("POST", "/x%2Fy", params={"b": "1", "a": ["z", "a b"]}, json={"k": "é"}),
        auth=AkSk("AK", "s3cret-key", "temporary"),
    )
    headers = {name.decode(): value.decode() for name, value in request.headers.raw}
    authorization = headers.pop("Authorization")
    assert "SignedHeaders=accept;content-type;host;x-sdk-date;x-security-token," in authorization
    signed = [(name, headers[name]) for name in ("Host", "Accept", "Content-Type", "X-Sdk-Date", "X-Security-Token")]
    again = dict(
        sign(
            "POST",
            request.extensions["target"].decode(),
            signed,
            request.content,
            access_key="AK",
            secret_key="s3cret-key",
        )
    )
    assert again["Authorization"] == authorization
    assert "s3cret-key" not in str(request.headers.raw)


def test_the_callers_headers_are_added_but_not_everything_is_theirs() -> None:
    request = sent(
        lambda c: c.request("GET", "/x", headers={"X-One": "1"}),
        headers={"X-All": "a", "User-Agent": "mine", "Accept": "text/csv"},
    )
    assert request.headers["x-all"] == "a"
    assert request.headers["x-one"] == "1"
    assert request.headers["user-agent"] == "mine"
    assert request.headers.get_list("accept") == ["text/csv"]
    for name in (
        "Authorization",
        "HOST",
        "content-length",
        "Transfer-Encoding",
        "x-token",
        "Cookie",
        "X Bad",
        "",
        "X\r\nY",
    ):
        with pytest.raises(InvalidArgument):
            make(headers={name: "v"})
        with pytest.raises(InvalidArgument):
            make().request("GET", "/x", headers={name: "v"})
    for value in ("a\r\nb", "a\x00", " a", 3):
        with pytest.raises(InvalidArgument):
            make(headers={"X-A": value})


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/a/b", "/pre/a/b"),
        ("/a b/é", "/pre/a%20b/%C3%A9"),
        ("/a%2Fb?x=1&y=[z]", "/pre/a%2Fb?x=1&y=%5Bz%5D"),
        ("/job/?id=1", "/pre/job/?id=1"),
        ("/", "/pre/"),
    ],
)
def test_free_requests_stay_as_they_are_written(path: str, target: str) -> None:
    assert sent(lambda c: c.request("GET", path)).extensions["target"].decode() == target


@pytest.mark.parametrize(
    "path",
    [
        "",
        "a",
        "https://evil.example/",
        "//evil.example/",
        "/\\evil",
        "/a/../b",
        "/%2e%2e/b",
        "/a#b",
        "/a\r\nX: y",
        "/100%",
        "/a\x00",
        "@evil",
        "?x=1",
        None,
        3,
        "/..;/x",
    ],
)
def test_free_requests_cannot_leave_the_base_url(path: Any) -> None:
    with make() as client, pytest.raises(InvalidArgument):
        client.request("GET", path)


def test_free_requests_take_bodies_and_parameters() -> None:
    request = sent(lambda c: c.request("put", "/x?a=1", params={"b": [1, True], "c": None}, json={"d": "é"}))
    assert (request.method, request.extensions["target"]) == ("PUT", b"/pre/x?a=1&b=1&b=true")
    assert request.content == '{"d":"é"}'.encode()
    assert request.headers["content-type"] == "application/json"
    request = sent(lambda c: c.request("POST", "/x", content=b"\x00", headers={"Content-Type": "a/b"}))
    assert (request.content, request.headers["content-type"]) == (b"\x00", "a/b")
    assert sent(lambda c: c.request("POST", "/x", content="é")).content == "é".encode()
    wrongs: list[dict[str, Any]] = [
        {"json": {1}},
        {"json": float("nan")},
        {"json": 1, "content": b""},
        {"content": 3},
        {"params": {"a": object()}},
        {"params": [1]},
        {"json": "\ud800"},
    ]
    for wrong in wrongs:
        with make() as client, pytest.raises(InvalidArgument):
            client.request("POST", "/x", **wrong)
    for method in ("", "GET /", "get\r\n", 3):
        with make() as client, pytest.raises(InvalidArgument):
            client.request(method, "/x")  # type: ignore[arg-type]


def test_free_requests_return_the_answer_or_the_librarys_errors() -> None:
    answers = {
        "/pre/ok": httpx2.Response(201, content=b'{"a": 1}', headers={"X-H": "v"}),
        "/pre/empty": httpx2.Response(204),
        "/pre/page": httpx2.Response(200, content=b"no JSON for s3cret-token", headers={"Content-Type": "text/plain"}),
        "/pre/gone": httpx2.Response(404, content=b"gone"),
        "/pre/moved": httpx2.Response(302, headers={"location": "https://evil.example"}),
        "/pre/no": httpx2.Response(200, json={"ok": False, "why": "no"}),
    }
    with make(lambda request: answers[request.url.path]) as client:
        found = client.request("GET", "/ok")
        assert (found.status, found.headers["x-h"], found.content, found.json()) == (201, "v", b'{"a": 1}', {"a": 1})
        assert client.request("GET", "/empty").content == b""
        with pytest.raises(DecodeError, match=r"not JSON: .*status 200, content type text/plain\)") as caught:
            client.request("GET", "/page").json()
        assert "s3cret-token" not in str(caught.value)
        with pytest.raises(NotFound, match="GET /gone: 404 Not Found"):
            client.request("GET", "/gone?secret=1")
        with pytest.raises(UnexpectedStatus):
            client.request("GET", "/moved")
        with pytest.raises(Refused, match="no"):
            client.request("GET", "/no")


def test_what_the_specification_calls_secret_is_in_no_error() -> None:
    call = Operation[Any](
        id="hand_over",
        method="GET",
        path="/{v}",
        parameters=(
            PathParameter("v", secret=True),
            Query("q", many=True, secret=True),
            Header("h", "X-H", secret=True),
        ),
        returns={200: "Job"},
    ).call(v="in-path", q=["in-query"], h="in-header")
    echo = "in-path in-query in-header"
    heard = {"detail": echo, "handout": 'new "first"', "codes": ["a]second", "third"], "status": 3}
    vendor = dataclasses.replace(VENDOR, secret_keys=("codes", "handout"))
    for status, kind in ((200, DecodeError), (400, BadRequest)):
        transport = httpx2.MockTransport(lambda request, status=status: httpx2.Response(status, json=heard))
        http = HttpOptions(transport=transport)
        with (
            SyncClient(vendor, base_url="https://h", auth=Token("t"), http=http) as client,
            pytest.raises(kind) as caught,
        ):
            client.send(call)
        shown = f"{caught.value} {vars(caught.value)}"
        assert not [secret for secret in (*echo.split(), "first", "second", "third") if secret in shown]
        assert '"handout":"***"' in shown


def test_responses_with_headers() -> None:
    with make() as client:
        response = client.send(GET_JOB.call(id=1))
    assert (response.status, response.body.status, response.headers["content-type"]) == (
        200,
        "running",
        "application/json",
    )
    assert response.json() == {"status": "running"}
    assert "running" not in repr(response)


def test_both_clients_do_the_same() -> None:
    calls: list[tuple[str, bytes, list[tuple[bytes, bytes]]]] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        calls.append((request.method, request.extensions["target"], request.headers.raw))
        if len(calls) in (1, 4):
            return httpx2.Response(503, headers={"retry-after": "0"})
        return running(request)

    async def main() -> None:
        async with AsyncClient(
            VENDOR,
            base_url="https://h.example:8443/pre/",
            auth=Token("s3cret-token"),
            http=HttpOptions(transport=httpx2.MockTransport(handler)),
        ) as client:
            assert (await client._run(GET_JOB.call(id=1))).status == "running"
            assert (await client.request("GET", "/x")).json() == {"status": "running"}

    with make(handler) as client:
        assert client._run(GET_JOB.call(id=1)).status == "running"
        assert client.request("GET", "/x").json() == {"status": "running"}
    anyio.run(main)
    assert calls[:3] == calls[3:]


def test_a_closed_client_refuses() -> None:
    client = make()
    client.close()
    client.close()
    with pytest.raises(InvalidArgument, match="the client is closed"):
        client.send(GET_JOB.call(id=1))
    with pytest.raises(InvalidArgument, match="the client is closed"):
        client.request("GET", "/x")

    async def main() -> None:
        other = AsyncClient(VENDOR, base_url="https://h", auth=Token("t"))
        await other.aclose()
        with pytest.raises(InvalidArgument, match="the client is closed"):
            await other.send(GET_JOB.call(id=1))

    anyio.run(main)


def test_options_that_cannot_be_used_are_refused_when_they_are_given(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    wrongs: list[Any] = [
        {"base_url": None},
        {"base_url": "https://h?x"},
        {"auth": "text"},
        {"http": HttpOptions(verify=str(tmp_path / "missing.pem"))},
        {"http": HttpOptions(verify=str(broken))},
        {"http": HttpOptions(cert=str(broken))},
        {"http": HttpOptions(cert=str(broken), verify=ssl.create_default_context())},
        {"http": HttpOptions(proxy="gopher://h")},
        {"http": HttpOptions(proxy=5)},  # type: ignore[arg-type]
        {"http": HttpOptions(verify=None)},  # type: ignore[arg-type]
        {"http": HttpOptions(verify=tmp_path)},  # type: ignore[arg-type]
        {"http": {"timeout": 3}},
        {"timezone": "Europe/Berlin"},
        {"http": HttpOptions(transport=httpx2.AsyncHTTPTransport(verify=False))},
    ]
    for wrong in wrongs:
        options: dict[str, Any] = {"base_url": "https://h.example", "auth": Token("t"), **wrong}
        with pytest.raises(InvalidArgument):
            SyncClient(VENDOR, **options)
    for number in (0, -1, float("nan"), float("inf"), True, "5"):
        with pytest.raises(InvalidArgument, match="timeout is out of range"):
            HttpOptions(timeout=number)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("proxy", "why"),
    [
        ("x", "has to start with http, https, socks5, socks5h and ://"),
        ("u:s3cret@h:3128", "has to start with http"),
        ("gopher://h", "has to start with http"),
        ("http://", "has no host"),
        ("http://h:port", "is not a valid URL"),
        (5, "has to be a URL"),
    ],
)
@pytest.mark.parametrize("kind", [SyncClient, AsyncClient])
def test_a_proxy_that_cannot_be_used_says_why(kind: Any, proxy: Any, why: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        kind(VENDOR, base_url="https://h.example", auth=Token("t"), http=HttpOptions(proxy=proxy))
    assert str(caught.value).startswith(f"proxy {why}")
    assert "s3cret" not in f"{caught.value}{caught.value.__context__}"


@pytest.mark.parametrize("name", ["retries", "max_body", "max_connections"])
def test_counts_are_whole(name: str) -> None:
    options: dict[str, Any] = {name: 1.5}
    with pytest.raises(InvalidArgument, match=f"{name} should be an integer"):
        HttpOptions(**options)


def test_events_name_everything_but_secrets(caplog: pytest.LogCaptureFixture) -> None:
    events: list[Event] = []
    statuses = iter((503, 200))

    def handler(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(next(statuses), json={"status": "running"}, headers={"retry-after": "0"})

    with caplog.at_level(logging.DEBUG), make(handler, observer=events.append, account="prod") as client:
        client.send(STATUS.call(job="private-name"))
    assert [(e.vendor, e.operation, e.account, e.method, e.status, e.attempt) for e in events] == [
        ("acme", "status", "prod", "GET", 503, 1),
        ("acme", "status", "prod", "GET", 200, 2),
    ]
    assert "acme status account=prod status=503" in caplog.text
    assert "s3cret" not in caplog.text
    assert "private-name" not in caplog.text


def test_a_failing_observer_is_logged_and_no_more(caplog: pytest.LogCaptureFixture) -> None:
    def observer(_: Event) -> None:
        raise ValueError("observer")

    with make(observer=observer) as client:
        assert client.send(GET_JOB.call(id=1)).status == 200
    assert "the observer of acme failed" in caplog.text


def test_failures_are_events_too() -> None:
    events: list[Event] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadError("reset")

    with make(handler, observer=events.append, http={"retries": 0}) as client, pytest.raises(TransportError):
        client.send(GET_JOB.call(id=1))
    assert [(event.status, event.error) for event in events] == [(None, "ConnectionLost")]


def test_nothing_else_escapes() -> None:
    def broken(_: httpx2.Request) -> httpx2.Response:
        raise ZeroDivisionError

    missing: Operation[Any] = Operation(id="missing", method="GET", path="/", returns={200: "NoSuchModel"})
    with make(broken) as client, pytest.raises(TransportError, match="get_job") as caught:
        client.send(GET_JOB.call(id=1))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    with make() as client, pytest.raises(JobClientsError, match="missing: unexpected AttributeError"):
        client.send(missing.call())


def test_interruptions_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: httpx2.Request) -> httpx2.Response:
        raise KeyboardInterrupt

    client = make(interrupted, auth=Login(user="u", password="s3cret!"))
    for _ in range(2):  # the lock of the exchange is free again
        with pytest.raises(KeyboardInterrupt):
            client.send(GET_JOB.call(id=1))


def everything_about(client: Any) -> str:
    seen: list[str] = [repr(client), str(client)]

    def walk(value: Any, depth: int) -> None:
        for item in getattr(value, "__dict__", {}).values():
            seen.append(repr(item))
            if depth < 2:
                walk(item, depth + 1)

    walk(client, 0)
    return "\n".join(seen)


@pytest.mark.parametrize(
    "auth",
    [
        Token("s3cret-value"),
        Basic("u", "s3cret-value"),
        AkSk("a", "s3cret-value"),
        Login(user="u", password="s3cret-value"),
    ],
)
def test_secrets_are_nowhere_to_be_seen(auth: Any, caplog: pytest.LogCaptureFixture) -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/login/"):
            return httpx2.Response(200, json={"access_token": "s3cret-access"})
        if request.url.path.endswith("/job/"):
            text = repr([pair for pair in request.headers.raw if pair[0] != b"X-Own"]) + "s3cret-value"
            return httpx2.Response(404, json={"detail": text, "echo": text})
        return httpx2.Response(200, json={"status": 3, "access_token": "s3cret-other", "x": "s3cret-value"})

    with caplog.at_level(logging.DEBUG), make(handler, auth=auth, headers={"X-Own": "s3cret-own"}) as client:
        assert repr(client) == "<SyncClient acme https://h.example:8443>"
        shown = everything_about(client)
        errors: list[JobClientsError] = []
        for call in (GET_JOB.call(id=1), STATUS.call(job="x")):
            with pytest.raises(JobClientsError) as caught:
                client.send(call)
            errors.append(caught.value)
    assert isinstance(errors[0], ApiError)
    assert isinstance(errors[1], DecodeError)
    for error in errors:
        shown += f"{error}{error!r}{vars(error)}{pickle.loads(pickle.dumps(error))}{copy.copy(error)!r}"
        assert error.__cause__ is None
    shown += caplog.text
    for secret in ("s3cret-value", "s3cret-access", "s3cret-other", "s3cret-own"):
        assert secret not in shown
    assert "dTpzM2NyZXQtdmFsdWU=" not in shown


def test_an_echoed_secret_is_hidden_in_any_spelling() -> None:
    secret = 's3cret "/é'
    spellings = (secret, json.dumps(secret), json.dumps(secret, ensure_ascii=False), "s3cret%20%22%2F%C3%A9")

    def handler(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(404, content=" ".join(spellings).encode() + b" own-header-value")

    client = make(handler, auth=Basic("u", secret), headers={"X-Gateway-Key": "own-header-value"})
    with client, pytest.raises(NotFound) as caught:
        client.send(GET_JOB.call(id=1))
    assert b"s3cret" not in caught.value.body
    assert b"own-header-value" not in caught.value.body


def test_secret_arguments_are_hidden_too() -> None:
    submit: Operation[Any] = Operation(
        id="submit",
        method="POST",
        path="/submit",
        body=Body("Submit", fields=(Field("sql", required=True), Field("passwords"))),
        returns={200: "Job"},
    )

    def handler(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(400, json={"detail": request.content.decode()})

    with make(handler) as client, pytest.raises(ApiError) as caught:
        client.send(submit.call(sql="select", passwords=["s3cret-one", 's3cret "two']))
    assert "s3cret" not in f"{caught.value}{vars(caught.value)}"
    assert "select" in str(caught.value)


def test_an_async_client_may_be_made_outside_of_the_loop() -> None:
    client = AsyncClient(
        VENDOR,
        base_url="https://h.example",
        auth=Login(user="u", password="s3cret!"),
        http=HttpOptions(transport=httpx2.MockTransport(lambda _: httpx2.Response(200, json=ANSWER))),
    )

    async def main() -> str:
        async with client:
            return str((await client.send(GET_JOB.call(id=1))).body.status)

    assert anyio.run(main) == "running"


ANSWER = {"status": "running", "access_token": "t0k"}


@pytest.mark.parametrize("length", [65_536 - len("https://h.example:8443/pre"), 100_000])
def test_too_long_a_url_is_refused(length: int) -> None:
    with make() as client, pytest.raises(InvalidArgument, match="too long"):
        client.send(STATUS.call(job="x" * length))


def test_nothing_was_sent_where_the_time_was_up_before() -> None:
    def slow() -> Token:
        time.sleep(0.06)
        return Token("t")

    with make(auth=slow, http={"timeout": 0.05}) as client, pytest.raises(Timeout, match="nothing was sent") as caught:
        client.send(GET_JOB.call(id=1))
    assert caught.value.sent is False


def test_a_login_says_once_what_it_sends_and_accepts() -> None:
    requests: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        requests.append(request)
        return httpx2.Response(200, json=ANSWER)

    headers = {"Accept": "text/csv", "Content-Type": "text/plain", "X-Own": "mine"}
    with make(handler, auth=Login(user="ann", password="pw"), headers=headers) as client:
        client.send(GET_JOB.call(id=1))
    login = requests[0].headers
    assert [login.get_list(name) for name in ("Accept", "Content-Type", "X-Own")] == [
        ["application/json"],
        ["application/json"],
        ["mine"],
    ]


def test_importing_the_runtime_is_light() -> None:
    code = (
        "import sys, json; import jobclients_core;"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    root = Path(__file__).parents[2] / "generator"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    loaded = set(json.loads(run.stdout))
    assert not loaded & {"yaml", "jinja2", "typer", "rich", "jsonschema", "datamodel_code_generator", "ruff", "trio"}


def test_a_sleep_for_centuries_is_one_that_the_system_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)

    def flow() -> Flow[None]:
        yield Sleep(2.5e11)

    with make() as client:
        run_flow(client, flow(), "wait")
    assert slept == [1e8]
