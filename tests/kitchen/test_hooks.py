"""What callers hang into a client: observers, `on_drift`, requests to any endpoint, and `connect` by name."""

from __future__ import annotations

import importlib
import logging
from contextlib import suppress
from typing import Any, NoReturn

import jobclients_core
import pytest
from jobclients_contract.harness.loopback import CLOSE, Script, scripted
from jobclients_core import DecodeError, Drift, Event, InvalidArgument, NotFound, Refused, ServerError

from .support import DONE, PACKAGE, TOKEN, Play, Still, failure, options, raised

DISH = {"id": 7, "name": "soup", "state": "raw"}


def test_an_observer_is_told_of_each_request(play: Play) -> None:
    """Repetitions, exchanges and failures included, after the response was read."""
    seen: list[Event] = []
    token = scripted({"ok": True, "made": {"token": "m"}})
    scripts: list[Script] = [token, scripted(b"", 503), (CLOSE,), scripted(DISH), scripted({}, 404), scripted(b"{")]
    pin_code = play.kitchen.module.PinCode(pin="4711")
    http = options(retries=2, clock=Still().clock())
    with play(*scripts, auth=pin_code, observer=seen.append, account="ours", http=http) as (_, client):
        client.get_dish()
        failure(client.get_dish)
        failure(client.get_dish)

    assert [
        ("enter_pin", "POST", 200, 1, None),
        ("get_dish", "GET", 503, 1, None),
        ("get_dish", "GET", None, 2, "ConnectionLost"),
        ("get_dish", "GET", 200, 3, None),
        ("get_dish", "GET", 404, 1, None),
        ("get_dish", "GET", 200, 1, None),
    ] == [(event.operation, event.method, event.status, event.attempt, event.error) for event in seen]
    assert {("kitchen", "ours", "", "")} == {(event.vendor, event.account, event.job, event.state) for event in seen}
    assert all(0 <= event.elapsed < 10 for event in seen)


def test_requests_are_logged_in_one_line(play: Play, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "jobclients"), play(scripted(DISH)) as (_, client):
        client.get_dish()

    (line,) = [record.getMessage() for record in caplog.records if record.name == "jobclients"]
    assert line.startswith("kitchen get_dish account=default status=200 elapsed=0.")
    assert line.endswith(" attempt=1")


@pytest.mark.parametrize("hook", ["observer", "on_drift"])
def test_a_hook_that_fails_changes_nothing(play: Play, caplog: pytest.LogCaptureFixture, hook: str) -> None:
    """Its failure is logged."""
    seen: list[Any] = []

    def fail(told: Any) -> NoReturn:
        seen.append(told)
        raise RuntimeError("of the hook's own")

    hooks: dict[str, Any] = {hook: fail}
    with play(scripted(DISH | {"new": 1}), **hooks) as (_, client):
        assert "soup" == client.get_dish().name

    assert 1 == len(seen)
    assert ["of the hook's own"] == [str(record.exc_info[1]) for record in caplog.records if record.exc_info]


DRIFTS: dict[str, tuple[Script, tuple[str, str, str, bool]]] = {
    "a new field": (scripted(DISH | {"new": [1]}), ("new-field", "/new", "array of integer", False)),
    "a new word": (scripted(DISH | {"state": "burnt"}), ("new-enum-value", "/state", "burnt", False)),
    "another constant": (scripted(DISH | {"hot": False}), ("new-enum-value", "/hot", "boolean", True)),
    "a new code": (scripted({"error": {"code": "K.9"}}, 409), ("new-error-code", "/error/code", "K.9", False)),
    "a missing key": (scripted({"id": 7, "name": "n"}), ("missing-required", "/state", "nothing", True)),
    "another type": (scripted(DISH | {"name": 7}), ("type-changed", "/name", "integer", True)),
    "null": (scripted(DISH | {"name": None}), ("null-value", "/name", "null", True)),
    "an optional null": (scripted(DISH | {"level": None}), ("null-value", "/level", "null", False)),
    "digits": (scripted(DISH | {"level": "2"}), ("number-form", "/level", "string of digits", True)),
    "no time": (scripted(DISH | {"rfc": "soon"}), ("time-format", "/rfc", "another string", True)),
    "no variant": (scripted(DISH | {"either": "x"}), ("no-variant", "/either", "string", True)),
    "a new status": (scripted(DISH, 201), ("undocumented-status", "", "201", False)),  # it is read as documented
    "a redirect": (scripted(b"", 302), ("redirect", "", "302", True)),
    "another media type": (scripted(DISH, Content_Type="text/html"), ("content-type", "", "text/html", True)),
    "an empty body": (scripted(b""), ("empty-body", "", "nothing", True)),
    "no JSON": (scripted(b"{"), ("not-json", "", "the body is not JSON", True)),
    "another error": (scripted({"message": 7}, 409), ("error-body", "/message", "integer", True)),
    "an error without a body": (scripted(b"", 409), ("error-body", "", "nothing", True)),
    "an error that is a page": (
        scripted(b"<html>", 409, Content_Type="text/html"),
        ("error-body", "", "text/html", True),
    ),
    "its end": (
        scripted(DISH, Sunset="Fri, 31 Dec 2027 23:59:59 GMT"),
        ("deprecation", "", "Sunset: 2027-12-31", False),
    ),
}


@pytest.mark.parametrize(("script", "told"), DRIFTS.values(), ids=DRIFTS)
def test_drift_is_told_by_both_kinds_of_client(play: Play, script: Script, told: tuple[str, str, str, bool]) -> None:
    """Whatever comes of the call."""
    drifts: list[Drift] = []
    with play(script, on_drift=drifts.append) as (_, client), suppress(jobclients_core.JobClientsError):
        client.get_dish()

    assert [told] == [(drift.kind, drift.pointer, drift.found, drift.breaking) for drift in drifts]
    assert [("kitchen", "get_dish")] == [(drift.vendor, drift.operation) for drift in drifts]


def test_what_is_documented_is_no_drift(play: Play) -> None:
    drifts: list[Drift] = []
    refused = scripted({"refused": True, "whatever": 1})
    scripts = [scripted(DISH), scripted({"error": {"code": "K.404"}}, 404), refused, scripted({"number": "a"}, 202)]
    with play(*scripts, on_drift=drifts.append) as (_, client):
        client.get_dish()
        raised(NotFound, client.get_dish)
        raised(Refused, client.get_dish)
        client.get_either()

    assert [] == drifts


def test_a_text_is_no_drift_and_a_page_in_its_place_is(play: Play) -> None:
    drifts: list[Drift] = []
    scripts = [scripted(b"a,b", Content_Type="text/csv"), scripted(b"<html>", Content_Type="text/html")]
    with play(*scripts, on_drift=drifts.append) as (_, client):
        client.get_text()
        assert [] == drifts
        raised(DecodeError, client.get_text)

    assert [("content-type", "a text", "text/html", True)] == [
        (drift.kind, drift.expected, drift.found, drift.breaking) for drift in drifts
    ]


# Requests to any endpoint.

REQUESTS: dict[str, tuple[tuple[str, str], dict[str, Any], str, str, bytes]] = {
    "a path": (("get", "/a/b"), {}, "GET /p/a/b", "", b""),
    "letters": (("GET", "/ü b?q=é&r=%2F"), {}, "GET /p/%C3%BC%20b?q=%C3%A9&r=%2F", "", b""),
    "parameters": (
        *(("GET", "/a?x=1"), {"params": {"b c": ["d&", 2, True], "n": None, "f": 1.5}}),
        *("GET /p/a?x=1&b%20c=d%26&b%20c=2&b%20c=true&f=1.5", "", b""),
    ),
    "JSON": (("POST", "/a"), {"json": {"a": [1.0, None]}}, "POST /p/a", "application/json", b'{"a":[1.0,null]}'),
    "bytes": (("PUT", "/a"), {"content": b"\xff"}, "PUT /p/a", "application/octet-stream", b"\xff"),
    "a text": (("PATCH", "/a"), {"content": "ü"}, "PATCH /p/a", "text/plain; charset=utf-8", "ü".encode()),
    "another media type": (
        *(("POST", "/a"), {"content": "a;b", "headers": {"Content-Type": "text/csv"}}),
        *("POST /p/a", "text/csv", b"a;b"),
    ),
}


@pytest.mark.parametrize(("words", "more", "line", "media_type", "body"), REQUESTS.values(), ids=REQUESTS)
def test_a_request_to_any_endpoint(
    play: Play, words: tuple[str, str], more: dict[str, Any], line: str, media_type: str, body: bytes
) -> None:
    """Below the base URL, with the client's credential; its response is handed over."""
    made = scripted(b"\xff", 202, Content_Type="image/png", X_A="b")
    with play(made) as (server, _), play.client(base_url=server.url + "/p") as client:
        found = client.request(*words, **more)

    sent = server.request
    assert (line, media_type, body, TOKEN) == (
        sent.line,
        sent.headers.get("content-type", ""),
        sent.body,
        sent.headers["x-kitchen-key"],
    )
    assert (202, b"\xff", b"\xff", "b") == (found.status, found.body, found.content, found.headers["x-a"])


def test_a_request_fails_like_any_call(play: Play) -> None:
    """By the vendor's errors, rules and envelope; what may be repeated is."""
    no = scripted({"error": {"code": "K.404", "message": "No."}}, 422)
    busy = scripted(b"", 503)
    http = options(retries=1, clock=Still().clock())
    with play(no, scripted({"refused": True, "why": "W."}), busy, busy, busy, http=http) as (server, client):
        first = raised(NotFound, lambda: client.request("GET", "/x?secret=1"))
        second = raised(Refused, lambda: client.request("GET", "/x"))
        raised(ServerError, lambda: client.request("PUT", "/x"))
        raised(ServerError, lambda: client.request("POST", "/x"))

    assert ("GET /x: 422 Unprocessable Entity [K.404]: No.", "GET /x: 200 OK, but refused: W.") == (
        str(first).replace("Content", "Entity"),
        str(second),
    )
    assert ["GET /x?secret=1", "GET /x", "PUT /x", "PUT /x", "POST /x"] == server.lines


BAD: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    (("GET", "https://elsewhere.example/"), {}),
    (("GET", "//elsewhere.example/"), {}),
    (("GET", "x"), {}),
    (("GET", "/a/../b"), {}),
    (("GET", "/%2e%2e/b"), {}),
    (("GET", "/a\\b"), {}),
    (("GET", "/a#b"), {}),
    (("GET", "/a\r\nX: y"), {}),
    (("GET", "/%zz"), {}),
    (("GET", 7), {}),
    (("GET /x HTTP/1.1\r\n", "/a"), {}),
    (("", "/a"), {}),
    (("GET", "/a"), {"json": {}, "content": b""}),
    (("GET", "/a"), {"json": float("nan")}),
    (("GET", "/a"), {"json": object()}),
    (("GET", "/a"), {"content": 7}),
    (("GET", "/a"), {"params": "a=b"}),
    (("GET", "/a"), {"params": {"a": {"b": "c"}}}),
    (("GET", "/a"), {"headers": {"X-A": "b\nc"}}),
]


@pytest.mark.parametrize(("words", "more"), BAD)
def test_a_request_that_is_refused(play: Play, words: tuple[Any, ...], more: dict[str, Any]) -> None:
    with play() as (server, client):
        raised(InvalidArgument, lambda: client.request(*words, **more))

    assert [] == server.requests


# Operations as data.


def test_an_operation_is_called_by_its_constant(play: Play) -> None:
    """With status and header fields; arguments are checked when it is sent."""
    module: Any = importlib.import_module(f"{PACKAGE}.kitchen.client")
    with play(scripted(DISH, X_A="b"), DONE) as (server, client):
        found = client.send(module.GET_DISH.call())
        client.send(module.SEARCH.call(name="n", page=2))
        raised(InvalidArgument, lambda: client.send(module.SEARCH.call(id=1, nonsense=2)))

    assert (200, "b", "soup") == (found.status, found.headers["x-a"], found.body.name)
    assert ["GET /dish", "GET /query?name=n&page=2"] == server.lines


# Clients by name.


def test_clients_by_the_vendors_name(play: Play) -> None:
    """Of the package that is asked, and of any by the package's name."""
    sync = play.mode == "sync"
    package = play.kitchen.package
    own, core = (
        (package.connect, jobclients_core.connect) if sync else (package.connect_async, jobclients_core.connect_async)
    )
    made = [
        own("kitchen", site="s", house="h"),
        core(f"{PACKAGE}:kitchen", site="s", house="h"),
        own("pantry", shelf="s"),
    ]
    kinds = ["KitchenClient", "KitchenClient", "PantryClient"]

    assert [name if sync else f"Async{name}" for name in kinds] == [type(client).__name__ for client in made]
    for act, words in (
        (lambda: own("kitchn", site="s"), "unknown vendor 'kitchn'; known are"),
        (lambda: core(f"{PACKAGE}:kitchn"), f"unknown vendor 'kitchn'; known of {PACKAGE} are kitchen, "),
        (lambda: own("kitchen", hous="h", site="s"), "got an unexpected keyword argument 'hous'"),
        (lambda: own("kitchen"), "missing 1 required keyword-only argument: 'site'"),
        (lambda: own("kitchen", site="s"), "base_url or house has to be given"),
    ):
        assert words in str(raised(InvalidArgument, act))
