"""Bodies as they arrive: JSON, forms, form data, texts and bytes; and what is refused before sending."""

from __future__ import annotations

import email.policy
import re
from datetime import UTC, datetime
from email import message_from_bytes
from typing import Any

import pytest
from jobclients_contract.harness.loopback import Request
from jobclients_core import UNSET, InvalidArgument

from .support import DONE, Kitchen, Play, raised


def test_arguments_become_the_properties_of_an_object(play: Play, kitchen: Kitchen) -> None:
    """In the documented order, by their names on the wire, without what was not given."""
    models = kitchen.models
    with play(DONE) as (server, client):
        client.place_order(
            anything={"deep": [None, 1.0, {"a": False}]},
            confirmed=True,
            detail=models.Point(x=1, y_axis=2),
            misspelt="ü",
            card="4711",
            java=datetime(2027, 1, 5, 18, 4, 5),
            served_at=datetime(2027, 1, 15, 8, tzinfo=UTC),
            prices={"a b": 1, "c": 2.5},
            points=[models.Point(x=1), {"x": 2, "y-axis": 3}],
            ratio=0.5,
            level=3,
            state=models.State.IN_WORK,
            count=2**63,
            note="n",
            table=7,
            dish="soup",
        )

    assert (
        '{"dish":"soup","table":7,"note":"n","count":9223372036854775808,"state":"in-work","level":3,"ratio":0.5,'
        '"points":[{"x":1},{"x":2,"y-axis":3}],"prices":{"a b":1,"c":2.5},"served-at":1800000000000,'
        '"java":"Jan 5, 2027 6:04:05 PM","card":"4711","misspelt":"ü","detail":"{\\"x\\":1,\\"y-axis\\":2}",'
        '"confirmed":true,"anything":{"deep":[null,1.0,{"a":false}]}}'
    ) == server.request.body.decode()
    assert ("application/json", str(len(server.request.body))) == (
        server.request.headers["content-type"],
        server.request.headers["content-length"],
    )


@pytest.mark.parametrize(
    ("given", "body"),
    [
        ({}, '{"dish":"d","table":1}'),
        ({"count": None, "points": None}, '{"dish":"d","table":1}'),
        ({"note": None}, '{"dish":"d","table":1,"note":null}'),
        ({"note": UNSET}, '{"dish":"d","table":1}'),
        ({"table": None}, '{"dish":"d","table":null}'),
        ({"state": "a new word", "level": 9}, '{"dish":"d","table":1,"state":"a new word","level":9}'),
        ({"points": []}, '{"dish":"d","table":1,"points":[]}'),
        ({"detail": "no JSON"}, '{"dish":"d","table":1,"detail":"no JSON"}'),
        ({"served_at": 7}, '{"dish":"d","table":1,"served-at":7}'),
        ({"anything": []}, '{"dish":"d","table":1,"anything":[]}'),
    ],
)
def test_null_is_not_the_same_as_nothing(play: Play, given: dict[str, Any], body: str) -> None:
    with play(DONE) as (server, client):
        client.place_order(**{"dish": "d", "table": 1} | given)

    assert body == server.request.body.decode()


WHOLE: dict[str, tuple[str, dict[str, Any], str]] = {
    "an object": (
        *("replace_order", {"id": 7, "body": {"id": 8, "dish": "d", "point": {"x": 1}}}),
        '{"id":8,"dish":"d","point":{"x":1}}',
    ),
    "unknown properties": (
        *("replace_order", {"id": 7, "body": {"id": 8, "dish": "d", "new": [1]}}),
        '{"id":8,"dish":"d","new":[1]}',
    ),
    "a list": ("post_numbers", {"body": [1, 2.5, 10**20]}, "[1,2.5,100000000000000000000]"),
    "an empty list": ("post_numbers", {"body": ()}, "[]"),
    "a list of objects": ("post_orders", {"body": [{"id": 1, "dish": "d"}]}, '[{"id":1,"dish":"d"}]'),
    "a text": ("put_wish", {"body": "cake"}, '"cake"'),
    "null": ("put_wish", {"body": None}, "null"),
    "nothing in it": ("post_settings", {}, "{}"),
    "a circle": ("post_shape", {"body": {"type": "circle", "radius": 1.5}}, '{"type":"circle","radius":1.5}'),
    "a square": ("post_shape", {"body": {"type": "square", "side": 2}}, '{"type":"square","side":2}'),
}


@pytest.mark.parametrize(("method", "given", "body"), WHOLE.values(), ids=WHOLE)
def test_a_body_that_is_given_whole(play: Play, method: str, given: dict[str, Any], body: str) -> None:
    with play(DONE) as (server, client):
        getattr(client, method)(**given)

    assert (body, "application/json") == (server.request.body.decode(), server.request.headers["content-type"])


def test_models_are_bodies(play: Play, kitchen: Kitchen) -> None:
    """Optional properties that were not given do not come along, null where it was."""
    models = kitchen.models
    with play(DONE, DONE) as (server, client):
        client.replace_order(id=7, body=models.Order(id=8, dish="d", extra="kept"))
        client.post_shape(body=models.Square(type="square", side=2))

    assert [b'{"id":8,"dish":"d","extra":"kept"}', b'{"type":"square","side":2}'] == [
        request.body for request in server.requests
    ]


def test_a_body_that_may_be_left_out(play: Play) -> None:
    """Without it there is no media type either; `+json` is JSON."""
    with play(DONE, DONE) as (server, client):
        client.change_order(id=7)
        client.change_order(id=7, note=None)

    assert [b"", b'{"note":null}'] == [request.body for request in server.requests]
    assert [None, "application/merge-patch+json"] == [
        request.headers.get("content-type") for request in server.requests
    ]


def test_a_form(play: Play, kitchen: Kitchen) -> None:
    """Lists are repeated, and objects are JSON."""
    with play(DONE) as (server, client):
        client.post_form(
            name="a b&c=ü",
            tags=["x", "y+z"],
            point=kitchen.models.Point(x=1),
            at=datetime(2027, 1, 15, 8, tzinfo=UTC),
            fresh=False,
        )

    assert (
        "name=a+b%26c%3D%C3%BC&tags=x&tags=y%2Bz&point=%7B%22x%22%3A1%7D&at=1800000000&fresh=false"
    ) == server.request.body.decode()
    assert "application/x-www-form-urlencoded" == server.request.headers["content-type"]


def test_form_data_to_the_byte(play: Play) -> None:
    with play(DONE) as (server, client):
        client.post_parts(title="ü", photo=b"\x00\xff\r\n--")

    media_type, _, boundary = server.request.headers["content-type"].partition("; boundary=")
    assert ("multipart/form-data", True) == (media_type, re.fullmatch("[0-9a-f]{32}", boundary) is not None)
    assert (
        b'--%b\r\nContent-Disposition: form-data; name="title"\r\n\r\n\xc3\xbc\r\n'
        b'--%b\r\nContent-Disposition: form-data; name="photo"; filename="photo"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n\x00\xff\r\n--\r\n"
        b"--%b--\r\n" % ((boundary.encode(),) * 3)
    ) == server.request.body


def parts(request: Request) -> list[tuple[Any, ...]]:
    """Name, file's name, content type and content of each part of form data."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    message = message_from_bytes(head + request.body, policy=email.policy.HTTP)
    assert not message.defects
    return [
        (
            part.get_param("name", header="content-disposition"),
            part.get_filename(),
            part.get_content_type(),
            part.get_payload(decode=True),
        )
        for part in message.iter_parts()
    ]


def test_a_list_in_form_data_is_a_part_for_each_element(play: Play, kitchen: Kitchen) -> None:
    """Files and texts alike, all under one name; objects say that they are JSON."""
    point, stream = kitchen.models.Point, "application/octet-stream"
    with play(DONE, DONE) as (server, client):
        client.post_parts(
            title="t",
            count=7,
            photos=[b"one", bytearray(b"two")],
            tags=["a", "b c"],
            point=point(x=1),
            points=[point(x=2), point(x=3)],
        )
        client.post_parts(title="t", photos=[], tags=[])

    assert [
        ("title", None, "text/plain", b"t"),
        ("count", None, "text/plain", b"7"),
        ("photos", "photos", stream, b"one"),
        ("photos", "photos", stream, b"two"),
        ("tags", None, "text/plain", b"a"),
        ("tags", None, "text/plain", b"b c"),
        ("point", None, "application/json", b'{"x":1}'),
        ("points", None, "application/json", b'{"x":2}'),
        ("points", None, "application/json", b'{"x":3}'),
    ] == parts(server.requests[0])
    assert [("title", None, "text/plain", b"t")] == parts(server.requests[1])


@pytest.mark.parametrize(
    ("method", "body", "media_type", "sent"),
    [
        ("put_note", "naïve\r\n", "text/plain", "naïve\r\n".encode()),
        ("put_note", b"\xff", "text/plain", b"\xff"),
        ("put_blob", b"\x00\xff", "application/octet-stream", b"\x00\xff"),
        ("put_blob", "text", "application/octet-stream", b"text"),
        ("put_blob", b"", "application/octet-stream", b""),
    ],
)
def test_texts_and_bytes(play: Play, method: str, body: str | bytes, media_type: str, sent: bytes) -> None:
    with play(DONE) as (server, client):
        getattr(client, method)(body=body)

    assert (sent, media_type) == (server.request.body, server.request.headers["content-type"])


ORDER = {"dish": "d", "table": 1}
REFUSED: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "a property that is missing": ("place_order", {"table": 1, "dish": None}, "dish", "/dish"),
    "a number for a text": ("place_order", {**ORDER, "dish": 7}, "dish", "/dish"),
    "a text for a number": ("place_order", {**ORDER, "table": "7"}, "table", "/table"),
    "a flag for a number": ("place_order", {**ORDER, "count": True}, "count", "/count"),
    "a fraction": ("place_order", {**ORDER, "count": 1.5}, "count", "/count"),
    "a number that is none": ("place_order", {**ORDER, "ratio": float("inf")}, "ratio", "/ratio"),
    "a text for a list": ("place_order", {**ORDER, "points": "abc"}, "points", "/points"),
    "another type deep inside": ("place_order", {**ORDER, "points": [{"x": 1}, {"x": "2"}]}, "points", "/points/1/x"),
    "a property missing inside": ("place_order", {**ORDER, "points": [{"y-axis": 2}]}, "points", "/points/0/x"),
    "another type in a map": ("place_order", {**ORDER, "prices": {"a": "b"}}, "prices", "/prices/a"),
    "an object without a form": ("place_order", {**ORDER, "anything": object()}, "anything", "/anything"),
    "a body of another type": ("replace_order", {"id": 1, "body": [1]}, "body", ""),
    "no body": ("replace_order", {"id": 1, "body": None}, "body", ""),
    "a body without a property": ("replace_order", {"id": 1, "body": {"id": 1}}, "body", "/dish"),
    "an element of another type": ("post_numbers", {"body": [1, "2"]}, "body", "/1"),
    "a text that is none": ("put_note", {"body": 7}, "body", ""),
    "bytes that are none": ("put_blob", {"body": [1]}, "body", ""),
    "half of a character": ("put_note", {"body": "a\ud800"}, "body", ""),
    "a file that is none": ("post_parts", {"title": "t", "photo": 7}, "photo", "/photo"),
    "a file among files": ("post_parts", {"title": "t", "photos": [b"1", 7]}, "photos", "/photos/1"),
    "a flag in a form": ("post_form", {"name": "n", "fresh": "yes"}, "fresh", "/fresh"),
}


@pytest.mark.parametrize(("method", "given", "argument", "pointer"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_refused(
    play: Play, method: str, given: dict[str, Any], argument: str, pointer: str
) -> None:
    """By argument and place, and nothing is sent."""
    with play() as (server, client):
        error = raised(InvalidArgument, lambda: getattr(client, method)(**given))

    assert (method, argument, pointer, []) == (error.operation, error.argument, error.pointer, server.requests)
