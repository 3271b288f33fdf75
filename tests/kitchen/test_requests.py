"""Requests as they arrive, byte for byte: paths, queries, header fields, cookies; and what is refused before that."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from jobclients_contract.harness.loopback import scripted
from jobclients_core import InvalidArgument

from .support import DONE, TOKEN, Kitchen, Play, raised

MOMENT = datetime(2027, 1, 15, 8, 0, 0, 250000, tzinfo=UTC)


def test_a_request_is_this_and_nothing_else(play: Play) -> None:
    """Header fields in order, no body, and no length of none."""
    with play(DONE) as (server, client):
        client.get_maybe()

    assert [
        ("Host", server.host),
        ("Accept", "application/json"),
        ("User-Agent", "kitchen-clients/0.1.0"),
        ("Accept-Encoding", "gzip, deflate"),
        ("X-Kitchen-Key", TOKEN),
    ] == server.request.fields
    assert ("GET /access/maybe", b"") == (server.request.line, server.request.body)


def test_header_fields_of_the_caller(play: Play) -> None:
    """They are in every request, in place of the client's own words about itself; a call's own come first."""
    own = {"X-Own": "ö, p", "user-agent": "mine/1", "Accept": "text/x", "X-Word": "of the client"}
    with play(DONE, DONE, headers=own) as (server, client):
        client.get_by_fields(x_word="of the call")
        client.get_open()

    assert [["ö, p", "mine/1", "text/x", "of the call"], ["ö, p", "mine/1", "text/x", "of the client"]] == [
        [request.headers[name] for name in ("x-own", "user-agent", "accept", "x-word")] for request in server.requests
    ]


def test_path_parameters(play: Play, kitchen: Kitchen) -> None:
    """Reserved characters are encoded once, those of `allowReserved` and of the path itself stay what they are."""
    point = kitchen.models.Point
    with play(DONE) as (server, client):
        client.get_by_path(
            word="a/b c?#%2F;é",
            number=1.5,
            flag=True,
            list=["x", "y,z"],
            record=point(x=1, y_axis=-2),
            spread=point(x=1, y_axis=-2),
            kept="a:b;c/d é%",
            day=date(2027, 1, 15),
        )

    assert (
        "GET /paths/a%2Fb%20c%3F%23%252F%3B%C3%A9/n1.5-true/x,y%2Cz/x,1,y-axis,-2/x=1,y-axis=-2/"
        "a:b;c%2Fd%20%C3%A9%25/2027-01-15/f%C3%BCr"
    ) == server.request.line


QUERIES: dict[str, tuple[dict[str, Any], str]] = {
    "integer": ({"id": 2**63 - 1}, "id=9223372036854775807"),
    "text": ({"name": "a&b=c+d é/?#%"}, "name=a%26b%3Dc%2Bd%20%C3%A9%2F%3F%23%25"),
    "empty text": ({"name": ""}, "name="),
    "boolean": ({"flag": False}, "flag=false"),
    "number": ({"ratio": 0.1}, "ratio=0.1"),
    "whole number": ({"ratio": 2}, "ratio=2"),
    "null": ({"maybe": None}, "maybe="),
    "word": ({"state": "in-work"}, "state=in-work"),
    "new word": ({"state": "burnt"}, "state=burnt"),
    "numbered word": ({"level": 3}, "level=3"),
    "list": ({"many": ["a", "b,c", ""]}, "many=a&many=b%2Cc&many="),
    "empty list": ({"many": []}, ""),
    "tuple": ({"many": ("a", "b")}, "many=a&many=b"),
    "words": ({"states": ["raw", "done"]}, "states=raw&states=done"),
    "list in one": ({"flat": ["a", "b,c"]}, "flat=a,b%2Cc"),
    "empty list in one": ({"flat": []}, ""),
    "list with blanks": ({"spaced": [1, 2]}, "spaced=1%202"),
    "list with bars": ({"piped": [1, 2]}, "piped=1%7C2"),
    "object in brackets": ({"deep": {"x": 1, "y-axis": 2}}, "deep%5Bx%5D=1&deep%5By-axis%5D=2"),
    "object spread": ({"spread": {"x": 1, "y-axis": 2}}, "x=1&y-axis=2"),
    "object in one": ({"record": {"x": 1, "y-axis": 2}}, "record=x,1,y-axis,2"),
    "reserved": ({"kept": "a:b/c?d,e;f=g h&#"}, "kept=a:b/c?d,e;f%3Dg%20h%26%23"),
    "JSON": ({"as_json": {"a": 1}}, "as-json=%7B%22a%22%3A1%7D"),
    "odd name": ({"odd": "o"}, "a%20b%26c=o"),
    "day": ({"day": date(2027, 1, 15)}, "day=2027-01-15"),
    "day as text": ({"day": "today"}, "day=today"),
    "rfc3339": ({"at": MOMENT}, "at=2027-01-15T08%3A00%3A00.250000Z"),
    "rfc3339 elsewhere": (
        {"at": MOMENT.astimezone(timezone(timedelta(hours=5.5)))},
        "at=2027-01-15T13%3A30%3A00.250000%2B05%3A30",
    ),
    "unix-ms": ({"ms": MOMENT}, "ms=1800000000250"),
    "unix-s": ({"s": MOMENT}, "s=1800000000.25"),
    "unix-s of a whole second": ({"s": MOMENT.replace(microsecond=0)}, "s=1800000000"),
    "unix-s as number": ({"s": 7}, "s=7"),
    "java": ({"java": datetime(2027, 1, 5, 18, 4, 5)}, "java=Jan%205%2C%202027%206%3A04%3A05%20PM"),
    "jdbc": ({"jdbc": datetime(2027, 1, 5, 18, 4, 5)}, "jdbc=2027-01-05%2018%3A04%3A05.0"),
    "default": ({"page": 1}, "page=1"),
    "not given": ({"name": "n", "flag": None, "many": None}, "name=n"),
}


@pytest.mark.parametrize(("given", "sent"), QUERIES.values(), ids=QUERIES)
def test_query_parameters(play: Play, given: dict[str, Any], sent: str) -> None:
    """A default is the vendor's matter: what was not given is not sent."""
    arguments = given if given.keys() & {"id", "name"} else {"id": 1, **given}
    with play(DONE) as (server, client):
        client.search(**arguments)

    target = sent if given is arguments else f"id=1&{sent}".rstrip("&")
    assert f"GET /query?{target}" == server.request.line


def test_query_parameters_in_the_documented_order(play: Play, kitchen: Kitchen) -> None:
    """Whatever the order of the arguments; members of enumerations and models are written like their values."""
    state, point = kitchen.models.State, kitchen.models.Point
    with play(DONE) as (server, client):
        client.search(kept="k", many=["m"], states=[state.DONE, "new"], deep=point(x=1), state=state.RAW, id=1)

    assert "GET /query?id=1&state=raw&states=done&states=new&many=m&deep%5Bx%5D=1&kept=k" == server.request.line


def test_times_on_the_vendors_clock(play: Play) -> None:
    """Formats without a zone are in the client's, and so are times without one."""
    zone = ZoneInfo("America/New_York")
    with play(DONE, DONE, timezone=zone) as (server, client):
        client.search(id=1, java=MOMENT, jdbc=MOMENT)
        client.search(id=1, at=datetime(2027, 7, 1, 12))

    assert [
        "GET /query?id=1&java=Jan%2015%2C%202027%203%3A00%3A00%20AM&jdbc=2027-01-15%2003%3A00%3A00.25",
        "GET /query?id=1&at=2027-07-01T12%3A00%3A00-04%3A00",
    ] == server.lines


def test_header_fields_and_cookies(play: Play, kitchen: Kitchen) -> None:
    """Cookies of one request are in one header field."""
    point = kitchen.models.Point(x=1, y_axis=2)
    with play(DONE) as (server, client):
        client.get_by_fields(
            x_word="wörd, with comma",
            x_list=[1, 2],
            x_record=point,
            x_spread=point,
            x_flag=True,
            crumb="a;b c",
            crumbs=["d", "e,f"],
            slices=[7, 8],
        )

    assert [
        ("X-Word", "wörd, with comma"),
        ("X-List", "1,2"),
        ("X-Record", "x,1,y-axis,2"),
        ("X-Spread", "x=1,y-axis=2"),
        ("X-Flag", "true"),
        ("Cookie", "crumb=a%3Bb%20c; crumbs=d,e%2Cf; slices=7; slices=8"),
        ("X-Kitchen-Key", TOKEN),
    ] == server.request.fields[4:]


def test_parameters_of_the_client(play: Play) -> None:
    """They are defaults: each call may give another value."""
    with play(DONE, DONE, shift=2) as (server, client):
        client.get_shelf(shelf_name="top")
        client.get_shelf(shelf_name="top", site="other site", shift=3)

    assert ["GET /sites/main/shelves/top", "GET /sites/other%20site/shelves/top"] == server.lines
    assert ["2", "3"] == [request.headers["x-shift"] for request in server.requests]


@pytest.mark.parametrize(
    ("base", "line"),
    [("/", "GET /access/open"), ("/a%20b/c", "GET /a%20b/c/access/open"), ("/v1/", "GET /v1/access/open")],
)
def test_a_base_url_with_a_path(play: Play, base: str, line: str) -> None:
    with play(DONE) as (server, _), play.client(base_url=server.url + base) as client:
        client.get_open()

    assert line == server.request.line


def test_the_methods_of_http(play: Play) -> None:
    """A request that may have a body and has none says so."""
    with play(DONE, scripted(status=200), DONE, DONE) as (server, client):
        client.season_dish()
        client.smell_dish()
        client.eat_dish()
        client.warm_dish()

    assert ["PATCH /dish", "HEAD /dish", "DELETE /dish", "PUT /dish"] == server.lines
    assert ["0", None, None, "0"] == [request.headers.get("content-length") for request in server.requests]


REFUSED: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "a dot": ("get_shelf", {"shelf_name": "."}, "shelf_name", "'.' and '..' segments are not allowed"),
    "two dots": ("get_shelf", {"shelf_name": ".."}, "shelf_name", "'.' and '..' segments are not allowed"),
    "encoded dots": ("get_shelf", {"shelf_name": "%2e%2E"}, "shelf_name", "'.' and '..' segments are not allowed"),
    "dots inside": ("get_shelf", {"shelf_name": "a/../b"}, "shelf_name", "'.' and '..' segments are not allowed"),
    "dots for the client's parameter": (
        *("get_shelf", {"shelf_name": "s", "site": ".."}),
        *("site", "'.' and '..' segments are not allowed"),
    ),
    "nothing in a path": ("get_shelf", {"shelf_name": ""}, "shelf_name", "may not be empty"),
    "None in a path": ("get_shelf", {"shelf_name": None}, "shelf_name", "has to be given"),
    "a parameter that nobody gave": ("get_shelf", {"shelf_name": "s", "shift": None}, "shift", "has to be given"),
    "none of two": ("search", {}, "id", "exactly one of id, name has to be given: none was given"),
    "None of two": (
        "search",
        {"id": None, "name": None},
        "id",
        "exactly one of id, name has to be given: none was given",
    ),
    "both of two": ("search", {"id": 1, "name": "n"}, "id", "both were given"),
    "a text for a number": ("search", {"id": "7"}, "id", "should be an integer, not str"),
    "a flag for a number": ("search", {"id": True}, "id", "should be an integer, not bool"),
    "a fraction": ("search", {"id": 1.0}, "id", "should be an integer, not float"),
    "a number for a text": ("search", {"name": 7}, "name", "should be a string, not int"),
    "a word for a flag": ("search", {"id": 1, "flag": "true"}, "flag", "should be True or False, not str"),
    "no number at all": ("search", {"id": 1, "ratio": float("nan")}, "ratio", "should be a finite number"),
    "a text for a list": ("search", {"id": 1, "many": "abc"}, "many", "should be a list, not str"),
    "a list in a list": ("search", {"id": 1, "many": [["a"]]}, "many", "should be a string, not list"),
    "a text for an object": ("search", {"id": 1, "deep": "x"}, "deep", "should be a mapping, not str"),
    "a number for a moment": ("search", {"id": 1, "at": 7}, "at", "should be a datetime"),
    "a moment without a zone": ("search", {"id": 1, "at": datetime(2027, 1, 1)}, "at", "has no time zone"),
    "a line break in a query": ("search", {"name": "a\nb"}, "name", "contains NUL or a line break"),
    "half of a character": ("search", {"name": "a\ud800"}, "name", "contains half of a character"),
    "a new header field": ("get_by_fields", {"x_word": "a\r\nX-Evil: b"}, "x_word", "line break"),
    "an escape": ("get_by_fields", {"x_word": "a\x1bb"}, "x_word", "line break or control character"),
    "a blank before": ("get_by_fields", {"x_word": " a"}, "x_word", "starts or ends with white space"),
    "half of a character in a field": ("get_by_fields", {"x_word": "a\udc00"}, "x_word", "half of a character"),
}


@pytest.mark.parametrize(("method", "given", "argument", "why"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_sent_is_refused(
    play: Play, method: str, given: dict[str, Any], argument: str, why: str
) -> None:
    """By name and reason, and nothing is sent."""
    usual = {"shift": 1} if method == "get_shelf" else {}
    with play() as (server, client):
        error = raised(InvalidArgument, lambda: getattr(client, method)(**usual | given))

    assert (method, argument, []) == (error.operation, error.argument, server.requests)
    assert why in str(error)


def test_arguments_are_named_and_known(play: Play) -> None:
    with play() as (server, client):
        for act in (lambda: client.search(1), lambda: client.search(ident=1), lambda: client.get_by_path(word="w")):
            raised(TypeError, act)

    assert [] == server.requests
