"""Making clients: the documented server and its variables, base URLs, the environment, and arguments that are wrong."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx2
import pytest
from jobclients_core import (
    AkSk,
    ApiKey,
    Basic,
    Bearer,
    ClientCredentials,
    HttpOptions,
    InsecureTransportWarning,
    InvalidArgument,
    Token,
)

from .support import DONE, Kitchen, Mode, Play, options, raised


class Recorded(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Answers every request with 204, and remembers where it was to go."""

    def __init__(self) -> None:
        self.urls: list[str] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.urls.append(str(request.url))
        assert request.headers["host"] == request.url.netloc.decode()
        return httpx2.Response(204)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return self.handle_request(request)


def called(play: Play, **arguments: Any) -> str:
    """The URL that a client calls."""
    transport = Recorded()
    with play.client(http=HttpOptions(transport=transport), **arguments) as client:
        client.get_open()
    (url,) = transport.urls
    return url.removesuffix("/access/open")


@pytest.mark.parametrize(
    ("arguments", "url"),
    [
        ({"house": "ours"}, "https://ours.kitchen.example:8443/v1"),
        ({"house": "ours", "port": "443", "edition": "v2"}, "https://ours.kitchen.example/v2"),
        ({"house": "a.b-c_d", "edition": None}, "https://a.b-c_d.kitchen.example:8443/v1"),
        ({"base_url": "https://other.example"}, "https://other.example"),
        ({"base_url": "HTTPS://Other.Example:443/"}, "https://other.example"),
        ({"base_url": "https://other.example:444/a/b%20c/"}, "https://other.example:444/a/b%20c"),
        ({"base_url": "https://[::1]:444"}, "https://[::1]:444"),
        ({"base_url": "http://localhost:81"}, "http://localhost:81"),
        ({"base_url": "https://other.example", "house": "ours"}, "https://other.example"),
    ],
)
def test_the_server_that_is_called(play: Play, arguments: dict[str, Any], url: str) -> None:
    assert url == called(play, **arguments)


def test_plain_http_elsewhere_is_warned_about(play: Play) -> None:
    host = f"http://{play.mode}.kitchen.example"
    with pytest.warns(InsecureTransportWarning, match=f"{host} is plain http"):
        assert host == called(play, base_url=host)


WRONG: dict[str, tuple[dict[str, Any], str | None, str]] = {
    "no server": ({}, "house", "base_url or house has to be given (the server is https://{house}.kitchen.example"),
    "a house with a slash": ({"house": "elsewhere.example/"}, "house", "house becomes part of the server's address"),
    "a house with a fragment": ({"house": "elsewhere.example#"}, "house", "letters, digits, '.', '_' and '-' only"),
    "a house with a user": ({"house": "user@elsewhere"}, "house", "letters, digits, '.', '_' and '-' only"),
    "a house with a port": ({"house": "elsewhere:80"}, "house", "letters, digits, '.', '_' and '-' only"),
    "a house with a blank": ({"house": "a b"}, "house", "letters, digits, '.', '_' and '-' only"),
    "dots": ({"house": "a", "edition": ".."}, "edition", "letters, digits, '.', '_' and '-' only"),
    "an empty house": ({"house": ""}, "house", "letters, digits, '.', '_' and '-' only"),
    "a house that is not text": ({"house": 7}, "house", "letters, digits, '.', '_' and '-' only"),
    "a port that is none": ({"house": "a", "port": "http"}, "base_url", "base_url"),
    "no URL": ({"base_url": "kitchen.example"}, "base_url", "base_url has to start with https:// or http://"),
    "another scheme": ({"base_url": "ftp://kitchen.example"}, "base_url", "has to start with https:// or http://"),
    "a user": ({"base_url": "https://user:s3cret@kitchen.example"}, "base_url", "contains a user name or password"),
    "a query": ({"base_url": "https://kitchen.example/?a=b"}, "base_url", "contains a query"),
    "a fragment": ({"base_url": "https://kitchen.example/#a"}, "base_url", "contains a fragment"),
    "a line break": ({"base_url": "https://kitchen.example\n"}, "base_url", "contains white space"),
    "dots in the path": ({"base_url": "https://kitchen.example/a/../b"}, "base_url", "empty, '.' or '..' segments"),
    "no host": ({"base_url": "https://"}, "base_url", "has no valid host"),
    "a text for options": ({"house": "a", "http": "fast"}, "http", "http should be HttpOptions"),
    "a text for a zone": ({"house": "a", "timezone": "UTC"}, "timezone", "timezone should be a tzinfo"),
    "a text for a function": ({"house": "a", "on_drift": "log"}, "on_drift", "on_drift should be a function"),
    "a field that is none": ({"house": "a", "headers": {"a b": "c"}}, "headers", "headers should be names and values"),
    "a field of another type": ({"house": "a", "headers": {"X-A": 7}}, "headers", "headers should be names and values"),
    "a field with a line break": ({"house": "a", "headers": {"X-A": "a\r\nX-B: c"}}, None, "contains a line break"),
    "a proxy that is none": ({"house": "a", "http": options(proxy="localhost")}, "http", "proxy has to start with"),
    "certificates that are not there": ({"house": "a", "http": options(verify="/nowhere")}, "http", "cannot be used"),
}


@pytest.mark.parametrize(("arguments", "argument", "why"), WRONG.values(), ids=WRONG)
def test_arguments_that_cannot_be_used(play: Play, arguments: dict[str, Any], argument: str | None, why: str) -> None:
    """By name and reason, without a value that may be secret."""

    def make() -> None:
        with play.client(**arguments):
            raise AssertionError

    error = raised(InvalidArgument, make)

    assert argument == error.argument
    assert why in str(error)
    assert "s3cret" not in repr(error)


@pytest.mark.parametrize(
    "given",
    [{"timeout": 0}, {"timeout": "1"}, {"retries": -1}, {"retries": 1.5}, {"max_body": 0}, {"max_connections": True}],
)
def test_options_that_cannot_be_used(given: dict[str, Any]) -> None:
    assert raised(InvalidArgument, lambda: HttpOptions(**given)).argument in given


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_arguments_of_python(kitchen: Kitchen, mode: Mode) -> None:
    """What a client needs, and how its arguments are called, is the signature's matter."""
    kind = kitchen.client(mode)
    acts: list[Callable[[], object]] = [lambda: kind(house="a"), lambda: kind("a"), lambda: kind(site="s", hous="a")]
    for act in acts:
        raised(TypeError, act)


def test_a_transport_of_the_other_kind(kitchen: Kitchen) -> None:
    class Sync(httpx2.BaseTransport):
        pass

    class Async(httpx2.AsyncBaseTransport):
        pass

    kinds: list[tuple[Mode, Any]] = [("sync", Async()), ("async", Sync())]
    for mode, transport in kinds:
        make = partial(kitchen.client(mode), site="s", house="a", http=HttpOptions(transport=transport))
        assert (
            f"a{'n' if mode == 'async' else ''} {mode} client needs a{'n' if mode == 'async' else ''} {mode} transport"
            == (raised(InvalidArgument, make).message)
        )


# The environment.

LEAST = {"KITCHEN_HOUSE": "ours", "KITCHEN_SITE": "main"}
CREDENTIALS: dict[str, tuple[dict[str, str], Callable[[Any], Any]]] = {
    "ApiKey": ({"KITCHEN_API_KEY": "k"}, lambda _: ApiKey("k")),
    "Bearer": ({"KITCHEN_TOKEN": "t"}, lambda _: Bearer("t")),
    "Basic": ({"KITCHEN_USERNAME": "u", "KITCHEN_PASSWORD": "p"}, lambda _: Basic("u", "p")),
    "AkSk": ({"KITCHEN_ACCESS_KEY": "a", "KITCHEN_SECRET_KEY": "s"}, lambda _: AkSk("a", "s")),
    "AkSk with a token": (
        {"KITCHEN_ACCESS_KEY": "a", "KITCHEN_SECRET_KEY": "s", "KITCHEN_SECURITY_TOKEN": "t"},
        lambda _: AkSk("a", "s", "t"),
    ),
    "ClientCredentials": (
        {"KITCHEN_CLIENT_ID": "i", "KITCHEN_CLIENT_SECRET": "s", "KITCHEN_SCOPE": "read"},
        lambda _: ClientCredentials("i", "s", "read"),
    ),
    "PinCode": ({"KITCHEN_PIN": "p", "KITCHEN_FLOOR": "3"}, lambda module: module.PinCode(pin="p", floor=3)),
    "Badge": (
        {"KITCHEN_NUMBER": "7", "KITCHEN_WORD": "w", "KITCHEN_AUTH_SHELF": "s"},
        lambda module: module.Badge(number=7, word="w", shelf="s"),
    ),
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The least that a client needs."""
    for name, value in LEAST.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.mark.parametrize(("variables", "credential"), CREDENTIALS.values(), ids=CREDENTIALS)
def test_credentials_of_the_environment(
    kitchen: Kitchen, environment: pytest.MonkeyPatch, variables: dict[str, str], credential: Any
) -> None:
    for name, value in variables.items():
        environment.setenv(name, value)
    with kitchen.client("sync").from_env() as client:
        ((found, _),) = client._session.auth.in_use()
        assert credential(kitchen.module) == found
        assert "<KitchenClient kitchen https://ours.kitchen.example:8443>" == repr(client)


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_everything_of_the_environment(kitchen: Kitchen, mode: Mode, environment: pytest.MonkeyPatch) -> None:
    """Variables of the server, parameters of the client, in their types; arguments win, and a prefix is another's."""
    for name, value in {"TOKEN": "t", "PORT": "1234", "EDITION": "v2", "SHIFT": "3", "HOUSE": "theirs"}.items():
        environment.setenv(f"KITCHEN_{name}", value)
        environment.setenv(f"OTHER_{name}", value)
    environment.setenv("OTHER_BASE_URL", "https://other.example/x")
    kind = kitchen.client(mode)
    sessions = [kind.from_env(house="mine")._session, kind.from_env("OTHER", site="s", auth=Token("u"))._session]

    assert ["https://mine.kitchen.example:1234/v2", "https://other.example/x"] == [str(one.base) for one in sessions]
    assert [{"site": "main", "shift": 3}, {"site": "s", "shift": 3}] == [one.parameters for one in sessions]


MISSING: dict[str, tuple[dict[str, str], dict[str, Any], str]] = {
    "all": (
        {},
        {},
        "not set: KITCHEN_SITE; no server is set: KITCHEN_BASE_URL or KITCHEN_HOUSE; no credential is set: ",
    ),
    "a credential": (LEAST, {}, "no credential is set: KITCHEN_API_KEY; or KITCHEN_TOKEN; or KITCHEN_USERNAME and "),
    "an empty one": (LEAST | {"KITCHEN_TOKEN": ""}, {}, "no credential is set: KITCHEN_API_KEY; or KITCHEN_TOKEN"),
    "half of one": (LEAST | {"KITCHEN_USERNAME": "u"}, {}, "no credential is set: KITCHEN_API_KEY; or KITCHEN_TOKEN"),
    "a server": (
        {"KITCHEN_SITE": "s", "KITCHEN_TOKEN": "t"},
        {},
        "no server is set: KITCHEN_BASE_URL or KITCHEN_HOUSE",
    ),
    "a number": (LEAST | {"KITCHEN_TOKEN": "t", "KITCHEN_SHIFT": "s3cret"}, {}, "KITCHEN_SHIFT should be an integer"),
    "two credentials": (
        LEAST | {"KITCHEN_TOKEN": "s3cret", "KITCHEN_PIN": "s3cret"},
        {},
        "several credentials are set: KITCHEN_TOKEN; KITCHEN_PIN",
    ),
    "a misspelt argument": (LEAST, {"hous": "a"}, "KitchenClient takes no hous; house is meant?"),
}


@pytest.mark.parametrize(("variables", "given", "words"), MISSING.values(), ids=MISSING)
def test_what_is_missing_in_the_environment(
    kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], given: dict[str, Any], words: str
) -> None:
    """Named all at once, and without values."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    error = raised(InvalidArgument, lambda: kitchen.client("sync").from_env(**given))

    assert str(error).startswith(words)
    assert "s3cret" not in str(error)


def test_nothing_else_of_the_environment_is_read(play: Play, environment: pytest.MonkeyPatch) -> None:
    """A client that is given its arguments does not look there."""
    environment.setenv("KITCHEN_TOKEN", "of the environment")
    environment.setenv("KITCHEN_SHIFT", "7")
    with play(DONE) as (server, client):
        client.get_maybe()
        raised(InvalidArgument, lambda: client.get_shelf(shelf_name="s"))

    assert b"environment" not in server.request.raw


def test_making_a_client_warns_of_nothing(kitchen: Kitchen) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kitchen.client("sync")(site="s", house="ours", auth=Token("t")).close()
