"""Responses: typed values, what vendors may add one day, and bodies that are not as documented."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from jobclients_contract.harness.loopback import HANG, Script, scripted
from jobclients_core import DecodeError, ProtocolViolation, ResponseTooLarge, UnexpectedStatus

from .support import Kitchen, Play, options, raised

DISH: dict[str, Any] = {"id": 7, "name": "soup", "state": "raw"}


def dish(**properties: Any) -> Script:
    """A dish with some more properties, by their names on the wire with underscores for hyphens."""
    return scripted(DISH | properties)


EVERYTHING = rb"""{
  "id": 9007199254740993, "name": "Sup\u00e9", "state": "in-work", "level": 2, "hot": true, "kind": "dish",
  "maybe": null, "weights": [1, 2.5, 1e2], "states": ["raw", "done"],
  "amounts": {"salt": {"x": 1, "y-axis": 2}, "": {"x": 3}},
  "shape": {"type": "square", "side": 2}, "either": [1, 2], "loose": "2",
  "detail": "{\"x\": 4}", "card": "4711-0815", "mispelt": "again", "rfc": "2027-01-15T09:00:00.25+01:00",
  "date-time": "2027-01-15T08:00:00Z", "day": "2027-01-15", "ms": 1800000000000, "s": 1800000000,
  "java": "Jan 15, 2027 6:04:05 PM", "jdbc": "2027-01-15 18:04:05.5", "serves": 4, "raw-bytes": "AAE=",
  "anything": {"deep": [1, null, 0.5]}, "class": "main"
}"""


def test_every_kind_of_value(play: Play, kitchen: Kitchen) -> None:
    models = kitchen.models
    with play(scripted(EVERYTHING)) as (_, client):
        found = client.get_dish()

    assert (9007199254740993, "Supé", models.State.IN_WORK, 2) == (found.id, found.name, found.state, found.level)
    assert (True, "dish", None, [1, 2.5, 100.0]) == (found.hot, found.kind, found.maybe, found.weights)
    assert [models.State.RAW, models.State.DONE] == found.states
    assert {"salt": models.Point(x=1, y_axis=2), "": models.Point(x=3)} == found.amounts
    assert (models.Square, 2) == (type(found.shape), found.shape.side)
    assert ([1, 2], "2", models.Point(x=4)) == (found.either, found.loose, found.detail)
    assert ("4711-0815", "again") == (found.card, found.misspelt)
    assert datetime(2027, 1, 15, 9, 0, 0, 250_000, timezone(timedelta(hours=1))) == found.rfc
    assert timedelta(hours=1) == found.rfc.utcoffset()
    eight = datetime(2027, 1, 15, 8, tzinfo=UTC)
    assert (eight, eight, eight, date(2027, 1, 15)) == (found.date_time, found.ms, found.s, found.day)
    assert (datetime(2027, 1, 15, 18, 4, 5), datetime(2027, 1, 15, 18, 4, 5, 500_000)) == (found.java, found.jdbc)
    assert (4, "AAE=", {"deep": [1, None, 0.5]}, "main") == (
        found.serves,
        found.raw_bytes,
        found.anything,
        found.class_,
    )
    assert {} == found.model_extra


def test_what_was_read_is_written_as_it_came(play: Play) -> None:
    """All but the name that is not the property's own, and spellings of the same number or moment."""
    with play(scripted(EVERYTHING)) as (_, client):
        again = json.loads(client.get_dish().model_dump_json(exclude_unset=True, round_trip=True))

    came = json.loads(EVERYTHING)
    came["misspelt"] = came.pop("mispelt")
    came |= {"detail": '{"x":4}', "rfc": "2027-01-15T09:00:00.250000+01:00"}
    assert came == again


def test_times_are_written_on_the_clients_clock(play: Play) -> None:
    """What was read in a zone says the same when it is written again."""
    came = DISH | {"java": "Jul 1, 2027 12:00:00 PM", "jdbc": "2027-01-15 18:04:05.5", "rfc": "2027-01-15T08:00:00Z"}
    zone = ZoneInfo("America/New_York")
    with play(scripted(came), timezone=zone) as (_, client):
        found = client.get_dish()

    assert came == json.loads(found.model_dump_json(exclude_unset=True, context={"timezone": zone}))


def test_readers_of_what_comes_in_several_shapes(play: Play, kitchen: Kitchen) -> None:
    """JSON in a text as a model, or as the text that it is."""
    point = kitchen.models.Point
    with play(dish(detail='{"x": 1}'), dish(detail="a sentence"), dish()) as (_, client):
        json_, text, nothing = (client.get_dish() for _ in range(3))

    assert (point(x=1), None) == (json_.detail_as(point), json_.detail_text)
    assert ("a sentence", "a sentence") == (text.detail, text.detail_text)
    for unfit in (text, nothing):
        assert "/detail" == raised(DecodeError, lambda: unfit.detail_as(point)).pointer  # noqa: B023 - called at once


def test_the_least_that_a_dish_may_be(play: Play) -> None:
    """What is optional may be left out, or null; a default is not made up."""
    optional = {name: None for name in json.loads(EVERYTHING) if name not in DISH}
    with play(dish(), dish(**optional)) as (_, client):
        least, nulls = client.get_dish(), client.get_dish()

    for found in (least, nulls):
        assert (7, "soup", "raw") == (found.id, found.name, found.state)
        assert {None} == {getattr(found, name) for name in type(found).model_fields if name not in DISH}
    assert {} == least.model_extra


UNIONS: dict[str, tuple[dict[str, Any], Any]] = {
    "circle": ({"shape": {"type": "circle", "radius": 1.5}}, ("Circle", {"type": "circle", "radius": 1.5})),
    "square": ({"shape": {"type": "square", "side": 2}}, ("Square", {"type": "square", "side": 2})),
    "an unknown shape": ({"shape": {"type": "cube", "edge": 2}}, ("dict", {"type": "cube", "edge": 2})),
    "an object": ({"either": {"x": 1}}, ("Point", {"x": 1})),
    "a list": ({"either": [1]}, ("list", [1])),
    "a flag": ({"either": False}, ("bool", False)),
    "a number": ({"loose": 7}, ("int", 7)),
    "a text": ({"loose": "7"}, ("str", "7")),
}


@pytest.mark.parametrize(("properties", "expected"), UNIONS.values(), ids=UNIONS)
def test_one_of_several(play: Play, properties: dict[str, Any], expected: tuple[str, Any]) -> None:
    """By what fits; beside a discriminator, an object that fits nothing is kept as it came."""
    (name,) = properties
    with play(dish(**properties)) as (_, client):
        found = getattr(client.get_dish(), name)

    plain = found.model_dump(exclude_unset=True) if hasattr(found, "model_dump") else found
    assert expected == (type(found).__name__, plain)


def test_what_holds_itself(play: Play) -> None:
    tree = {"value": 1, "next": {"value": 2, "next": None}, "branches": [{"value": 3, "branches": []}]}
    with play(scripted(tree)) as (_, client):
        found = client.get_tree()

    assert (1, 2, None, 3, []) == (
        found.value,
        found.next.value,
        found.next.next,
        found.branches[0].value,
        found.branches[0].branches,
    )


def test_growth(play: Play, kitchen: Kitchen) -> None:
    """Unknown properties, new words and new numbers are kept, wherever they are; each known one is as before."""
    state = kitchen.models.State
    grown = DISH | {
        "state": "burnt",
        "states": ["raw", "RAW", "in_work", "done "],
        "level": 9,
        "x-new/key": {"since": [2030, None, 1.5]},
        "class_": "a key like a name in Python",
        "y_axis": 1,
        "amounts": {"salt": {"x": 1, "z": 3}},
        "mispelt": "older",
        "misspelt": "own",
    }
    with play(scripted(grown)) as (_, client):
        found = client.get_dish()

    assert ("burnt", str) == (found.state, type(found.state))
    assert [state.RAW, "RAW", "in_work", "done "] == found.states
    assert ([True, False], 9) == ([isinstance(word, state) for word in found.states[:2]], found.level)
    assert {
        "x-new/key": {"since": [2030, None, 1.5]},
        "class_": "a key like a name in Python",
        "y_axis": 1,
    } == {key: value for key, value in found.model_extra.items() if key != "mispelt"}
    assert (None, "own", {"z": 3}) == (found.class_, found.misspelt, found.amounts["salt"].model_extra)


NUMBERS: dict[str, tuple[bytes, Any]] = {
    "beyond 64 bits": (b"9223372036854775808", 9223372036854775808),
    "far beyond": (b"1" + b"0" * 30, 10**30),
    "negative": (b"-9223372036854775809", -9223372036854775809),
    "a whole fraction": (b"7.0", 7),
    "in powers of ten": (b"7e2", 700),
}


@pytest.mark.parametrize(("text", "expected"), NUMBERS.values(), ids=NUMBERS)
def test_integers_are_exact(play: Play, text: bytes, expected: int) -> None:
    with play(scripted(b'{"id": %b, "name": "n", "state": "raw"}' % text)) as (_, client):
        found = client.get_dish().id

    assert (expected, int) == (found, type(found))


TIMES: dict[str, tuple[dict[str, Any], Any]] = {
    "digits": ({"ms": "1800000000250"}, datetime(2027, 1, 15, 8, 0, 0, 250_000, tzinfo=UTC)),
    "before 1970": ({"s": -1}, datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
    "too far": ({"s": 10**18}, 10**18),
    "no time at all": ({"rfc": "soon"}, "soon"),
    "another format": ({"java": "2027-01-15"}, "2027-01-15"),
    "nothing": ({"jdbc": ""}, ""),
    "in summer": ({"java": "Jul 1, 2027 12:00:00 PM"}, datetime(2027, 7, 1, 12, tzinfo=ZoneInfo("America/New_York"))),
    "in winter": ({"jdbc": "2027-01-01 00:00:00.0"}, datetime(2027, 1, 1, tzinfo=ZoneInfo("America/New_York"))),
    "its own zone": ({"rfc": "2027-01-15T08:00:00Z"}, datetime(2027, 1, 15, 8, tzinfo=UTC)),
    "no zone": ({"rfc": "2027-01-15T08:00:00"}, datetime(2027, 1, 15, 8, tzinfo=ZoneInfo("America/New_York"))),
    "no day": ({"day": "2027-02-30"}, "2027-02-30"),
}


@pytest.mark.parametrize(("properties", "expected"), TIMES.values(), ids=TIMES)
def test_times(play: Play, properties: dict[str, Any], expected: Any) -> None:
    """In the client's zone where they name none; what is not a time stays what it is."""
    (name,) = properties
    with play(dish(**properties), timezone=ZoneInfo("America/New_York")) as (_, client):
        found = getattr(client.get_dish(), name)

    assert (expected, getattr(expected, "tzinfo", None) is None) == (found, getattr(found, "tzinfo", None) is None)


def test_a_list_of_results(play: Play) -> None:
    with play(scripted([DISH, DISH | {"id": 8}]), scripted([])) as (_, client):
        first, second = client.list_dishes(), client.list_dishes()

    assert ([7, 8], []) == ([one.id for one in first], second)


def test_each_status_has_its_body(play: Play) -> None:
    """The most specific entry counts: the status, then its class."""
    with play(
        scripted({"x": 1}),
        scripted({"number": "a", "x": 2}, 202),
        scripted(status=204),
        scripted(b"t\xc3\xa4xt", 203, Content_Type="text/plain"),
        scripted(b"", 206, Content_Type="text/plain"),
    ) as (_, client):
        found = [client.get_either() for _ in range(5)]

    assert ["Point", "Ticket", "NoneType", "str", "str"] == [type(one).__name__ for one in found]
    assert ("a", "täxt", "") == (found[1].number, found[3], found[4])


def test_default_is_a_success_where_no_other_is(play: Play) -> None:
    with play(scripted({"x": 1}), scripted({"x": 2}, 201, Content_Type="application/json;charset=utf-8")) as (
        _,
        client,
    ):
        found = [client.get_default().x for _ in range(2)]

    assert [1, 2] == found


def test_nothing_texts_and_bytes(play: Play) -> None:
    with play(
        scripted(status=204),
        scripted(b"gone", Content_Type="text/plain"),
        scripted(status=200, Content_Length="77"),
        scripted("a;ü\r\n".encode(), Content_Type="text/csv"),
        scripted("ü".encode("latin-1"), Content_Type='TEXT/CSV; charset="ISO-8859-1"'),
        scripted("ü".encode("utf-16"), Content_Type="text/csv; charset=utf-16"),
        scripted(b"\x89PNG\xff", Content_Type="image/png"),
        scripted(b"<html>", Content_Type="text/html"),
    ) as (server, client):
        found = [client.eat_dish(), client.eat_dish(), client.smell_dish()]
        found += [client.get_text() for _ in range(3)] + [client.get_image() for _ in range(2)]

    assert [None, "gone", None, "a;ü\r\n", "ü", "ü", b"\x89PNG\xff", b"<html>"] == found
    assert ["text/plain, */*;q=0.5", "text/csv", "image/png"] == [
        server.requests[place].headers["accept"] for place in (0, 3, 6)
    ]


def test_header_fields_are_returned(play: Play) -> None:
    """Without regard to case; the body is beside them as it came and as its type."""
    with play(scripted({"number": "a"}, X_Queue="7, of 9", X_New="n")) as (_, client):
        found = client.get_ticket()

    assert (200, "7, of 9", "7, of 9", "n") == (
        found.status,
        found.headers["X-Queue"],
        found.headers["x-queue"],
        found.headers["x-new"],
    )
    assert (b'{"number": "a"}', "a", {"number": "a"}) == (found.content, found.body.number, found.json())


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json; charset=utf-8",
        'Application/JSON;charset="UTF-8"',
        "text/json",
        "application/vnd.kitchen.v9+json",
        "APPLICATION/PROBLEM+JSON; profile=x",
    ],
)
def test_spellings_of_json(play: Play, media_type: str) -> None:
    with play(scripted(DISH, Content_Type=media_type)) as (_, client):
        assert "soup" == client.get_dish().name


def test_header_fields_that_nobody_knows_change_nothing(play: Play) -> None:
    more: dict[str, Any] = {f"X_New_{number}": "value" for number in range(100)} | {
        "Set_Cookie": "kitchen=evil; Path=/"
    }
    with play(scripted(DISH, **more), dish()) as (server, client):
        first, second = client.get_dish(), client.get_dish()

    assert first == second
    assert "cookie" not in server.requests[1].headers


def test_an_operation_of_next_year(play: Play) -> None:
    with play(scripted({"new": True})) as (server, client):
        found = client.request("GET", "/x-next/call")

    assert ("GET /x-next/call", {"new": True}) == (server.request.line, found.json())


JSON = "application/json"
BROKEN: dict[str, tuple[bytes, str, str, str]] = {
    "nothing": (b"", JSON, "", "the body is empty"),
    "blanks": (b" \r\n\t", JSON, "", "the body is empty"),
    "a truncated object": (b'{"id": 7, "name": "so', JSON, "", "the body is not JSON"),
    "two objects": (b'{"id": 7}{"id": 8}', JSON, "", "the body is not JSON: Extra data"),
    "a trailing comma": (b'{"id": 7,}', JSON, "", "the body is not JSON"),
    "a comment": (b'/**/{"id": 7}', JSON, "", "the body is not JSON"),
    "a guard against inclusion": (b")]}',\n{}", JSON, "", "the body is not JSON"),
    "a byte order mark": (b"\xef\xbb\xbf{}", JSON, "", "the body is not JSON"),
    "UTF-16": ('{"id": 7}'.encode("utf-16"), JSON, "", "the body is not UTF-8"),
    "Latin-1": (b'{"name": "\xfc"}', JSON, "", "the body is not UTF-8 (byte 10)"),
    "half of a character": (b'{"name": "\\ud800"}', JSON, "", "half of a character"),
    "NaN": (b'{"id": NaN}', JSON, "", "NaN is not JSON"),
    "a number out of range": (b'{"id": 1e999}', JSON, "", "a number is out of range"),
    "a number of many digits": (b'{"id": ' + b"9" * 5000 + b"}", JSON, "", "too many digits"),
    "the same key twice": (b'{"id": 7, "id": 8}', JSON, "", "the same key twice"),
    "a deep one": (b"[" * 100_000, JSON, "", "nested too deeply"),
    "null": (b"null", JSON, "", "Input should be an object"),
    "a list": (b"[]", JSON, "", "Input should be an object"),
    "a text": (b'"soup"', JSON, "", "Input should be an object"),
    "a missing property": (b'{"id": 7, "name": "n"}', JSON, "/state", "Field required"),
    "null for a required one": (b'{"id": 7, "name": null, "state": "raw"}', JSON, "/name", "valid string"),
    "a text for a number": (b'{"id": "7", "name": "n", "state": "raw"}', JSON, "/id", "valid integer"),
    "a fraction": (b'{"id": 7.5, "name": "n", "state": "raw"}', JSON, "/id", "valid integer"),
    "a flag for a number": (b'{"id": true, "name": "n", "state": "raw"}', JSON, "/id", "valid integer"),
    "a number for a text": (b'{"id": 7, "name": 7, "state": "raw"}', JSON, "/name", "valid string"),
    "a number for a word": (
        b'{"id": 7, "name": "n", "state": 7}',
        JSON,
        "/state",
        "should be 'raw', 'in-work'",
    ),
    "a list for a time": (b'{"id": 7, "name": "n", "state": "raw", "rfc": []}', JSON, "/rfc", "text or a number"),
    "another type in a map": (
        *(b'{"id": 7, "name": "n", "state": "raw", "amounts": {"a/b": {"x": "1"}}}', JSON),
        *("/amounts/a~1b/x", "valid integer"),
    ),
    "another type in a list": (
        *(b'{"id": 7, "name": "n", "state": "raw", "weights": [1, "2"]}', JSON, "/weights/1"),
        "valid integer",
    ),
    "none of several": (b'{"id": 7, "name": "n", "state": "raw", "either": "x"}', JSON, "/either", "Input should be"),
    "a page": (b"<!DOCTYPE html><p>Sign in", "text/html; charset=utf-8", "", "not of the documented type"),
    "a page that calls itself JSON": (b"<!DOCTYPE html>", JSON, "", "the body is not JSON"),
    "words": (b"OK", "text/plain", "", "not of the documented type"),
    "JSON that calls itself text": (b"{}", "text/plain", "", "not of the documented type"),
    "JSON without a name": (b"{}", "", "", "not of the documented type"),
    "an odd media type": (b"{}", ";;;", "", "not of the documented type"),
    "gzip that nobody announced": (gzip.compress(b"{}", mtime=0), JSON, "", "the body is not UTF-8"),
}


@pytest.mark.parametrize(("body", "media_type", "pointer", "why"), BROKEN.values(), ids=BROKEN)
def test_a_body_that_does_not_fit(play: Play, body: bytes, media_type: str, pointer: str, why: str) -> None:
    """The error says what is wrong, where, and how the body began; it is not repeated, and shows no more."""
    with play(by=lambda _: scripted(body, Content_Type=media_type), http=options(retries=2)) as (server, client):
        error = raised(DecodeError, client.get_dish)

    assert ("get_dish", 200, pointer, media_type or None) == (
        error.operation,
        error.status,
        error.pointer,
        error.content_type,
    )
    assert why in str(error)
    assert 1 == len(server.requests)
    assert len(str(error)) < 1_000
    assert (None, None) == (error.__cause__, error.__context__)


@pytest.mark.parametrize(
    ("body", "excerpt"),
    [
        (b"<!DOCTYPE html>\n<p>Sign in", "<!DOCTYPE html> <p>Sign in"),
        (b"\x1b[31m\x00\xff\xe2\x80\xae", " [31m \ufffd "),
        (b'{"password": "hunter2", "my_token": "x\\"y", "n": 1', '{"password": "***", "my_token": "***", "n": 1'),
        (b"[" + b"1," * 1_000, "[" + "1," * 99 + "1"),
    ],
)
def test_the_error_shows_how_the_body_began(play: Play, body: bytes, excerpt: str) -> None:
    """In one line, up to 200 characters, without what is called like a secret."""
    with play(scripted(body)) as (_, client):
        error = raised(DecodeError, client.get_dish)

    assert excerpt == error.excerpt
    assert repr(excerpt) in str(error)


def test_a_body_cut_anywhere_is_an_error(play: Play) -> None:
    whole = json.dumps(DISH | {"weights": [1, 2], "shape": {"type": "circle", "radius": 1}}).encode()
    cuts = range(0, len(whole), 5)
    with play(*(scripted(whole[:cut]) for cut in cuts), scripted(whole)) as (_, client):
        errors = [raised(DecodeError, client.get_dish) for _ in cuts]
        assert "soup" == client.get_dish().name

    assert len(cuts) == len(errors)


@pytest.mark.parametrize(
    ("method", "script", "why"),
    [
        ("get_text", scripted(b"\xff", Content_Type="text/csv"), "not of the character set that it claims"),
        ("get_text", scripted(b"a", Content_Type="text/csv; charset=x-new"), "not of the character set"),
        ("get_text", scripted(b"<html>", Content_Type="text/html"), "an HTML page came instead of a text"),
        ("eat_dish", scripted(b"<html>", Content_Type="application/xhtml+xml"), "an HTML page came instead of a text"),
        ("get_open", scripted(b"<html>", 200, Content_Type="text/html"), None),
        ("get_text", scripted(b"a", Content_Type="text/csv", Content_Encoding="br"), "encoding that was not asked for"),
        ("get_image", scripted(b"a", Content_Type="image/png", Content_Encoding="zstd"), "that was not asked for"),
        ("get_dish", scripted(b"\x0b\x02", Content_Encoding="br"), "the body is n"),
    ],
)
def test_no_text_and_no_bytes(play: Play, method: str, script: Script, why: str | None) -> None:
    with play(script) as (_, client):
        error = raised(UnexpectedStatus if why is None else DecodeError, getattr(client, method))

    assert (why or "200 OK") in str(error)


def test_packed_bodies(play: Play) -> None:
    body = json.dumps(DISH).encode()
    raw = zlib.compressobj(wbits=-15)
    with play(
        scripted(gzip.compress(body, mtime=0), Content_Encoding="gzip"),
        scripted(zlib.compress(body), Content_Encoding="deflate"),
        scripted(raw.compress(body) + raw.flush(), Content_Encoding="deflate"),
        scripted(gzip.compress(body, mtime=0)[:-12], Content_Encoding="gzip"),
        scripted(b"no gzip", Content_Encoding="gzip"),
        dish(),
    ) as (_, client):
        names = [client.get_dish().name for _ in range(3)]
        raised(DecodeError, client.get_dish)
        raised(ProtocolViolation, client.get_dish)
        names.append(client.get_dish().name)

    assert ["soup"] * 4 == names


def test_too_large(play: Play) -> None:
    """A body as large as the cap is read; one that is larger by a byte is not, packed or not, whatever its status."""
    body = json.dumps(DISH).encode()
    larger = body + b" "
    bomb = gzip.compress(b" " * 10_000_000)
    with play(
        scripted(body),
        scripted(larger),
        scripted(larger, 404),
        scripted(b"<p>" + larger, 502, Content_Type="text/html"),
        scripted(bomb, Content_Encoding="gzip"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n" + b" " * 64,),
        scripted(body),
        http=options(retries=2, max_body=len(body)),
    ) as (server, client):
        names = [client.get_dish().name]
        errors = [raised(ResponseTooLarge, client.get_dish) for _ in range(5)]
        names.append(client.get_dish().name)

    assert (["soup", "soup"], 7, {False}) == (names, len(server.requests), {error.transient for error in errors})
    assert f"get_dish: the response is larger than {len(body)} bytes (status 404)" == str(errors[1])


def test_what_is_too_large_costs_no_more_than_the_cap(play: Play) -> None:
    """Packed, it is not unpacked further; and what never ends, whether it says how long it is or not, is not read."""
    packer, block = zlib.compressobj(9, zlib.DEFLATED, 31), b" " * 2**20
    bomb = b"".join([*(packer.compress(block) for _ in range(64)), packer.flush()])
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    endless: list[Script] = [
        (head + length, b"[" * (2**20 + 1), HANG) for length in (b"Content-Length: 999999999\r\n\r\n", b"\r\n")
    ]
    with play(scripted(bomb, Content_Encoding="gzip"), *endless, http=options(max_body=2**20, timeout=20)) as (
        _,
        client,
    ):
        tracemalloc.start()
        raised(ResponseTooLarge, client.get_dish)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        for _ in endless:
            raised(ResponseTooLarge, client.get_dish)

    assert peak < 8 * 2**20


def test_models_are_values(play: Play) -> None:
    """Equal when their JSON is, whatever the order of its keys; copies are equal, and changed ones are not."""
    turned = json.dumps(dict(reversed(json.loads(EVERYTHING).items()))).encode()
    with play(scripted(EVERYTHING), scripted(turned)) as (_, client):
        one, other = client.get_dish(), client.get_dish()

    assert one == other == one.model_copy(deep=True)
    assert one != one.model_copy(update={"name": "another"})
    assert one != one.model_copy(update={"maybe": ""})
