"""Arguments to the exact request target, headers, cookies and body."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum, IntEnum, StrEnum
from typing import Any

import pytest
from jobclients_core import (
    UNSET,
    Body,
    Cookie,
    Field,
    Header,
    InvalidArgument,
    Operation,
    Parameter,
    Path,
    Query,
    Vendor,
)
from jobclients_core.encode import Encoded, encode_call
from jobclients_core.operation import BINARY, TEXT, Returns
from runtime.sample_models import Counts, State, Submit
from runtime.support import MODELS

VENDOR = Vendor("acme", models=MODELS)


class Word(StrEnum):
    ONE = "one#"


class Old(str, Enum):  # noqa: UP042 - older code has such ones
    TWO = "two"


class Number(IntEnum):
    SEVEN = 7


class Shouting(str):
    def __str__(self) -> str:
        return "LOUD"


def encode(*parameters: Parameter, path: str = "/x", spec: Body | None = None, **given: Any) -> Encoded:
    operation: Operation[Any] = Operation(id="op", method="post", path=path, parameters=parameters, body=spec)
    return encode_call(operation, given, vendor=VENDOR, client_parameters={"project": "p 1"}, zone=UTC)


def query(parameter: Parameter, value: Any) -> str:
    return encode(parameter, **{parameter.name: value}).target.removeprefix("/x").removeprefix("?")


def segment(value: Any, **options: Any) -> str:
    return encode(Path("v", **options), path="/a/{v}/b", v=value).target


def test_the_literal_text_of_a_path_is_encoded_once() -> None:
    path = encode(Path("v"), path="/jöbs of {v}/50%25/a;b,c:d@e", v="é").target
    assert path == "/j%C3%B6bs%20of%20%C3%A9/50%25/a;b,c:d@e"


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("MetadataExtraction#1_2017-10-05", "MetadataExtraction%231_2017-10-05"),
        ("already%231", "already%25231"),
        ("a b", "a%20b"),
        ("a+b", "a%2Bb"),
        ("a&b=c", "a%26b%3Dc"),
        ("a/b?c", "a%2Fb%3Fc"),
        ("A-Za.z0_9~", "A-Za.z0_9~"),
        ("é✓", "%C3%A9%E2%9C%93"),
        ("@host", "%40host"),
        ("//host", "%2F%2Fhost"),
        ("x;a=b", "x%3Ba%3Db"),
        ("...", "..."),
        ("a..b", "a..b"),
        ("tab\there", "tab%09here"),
        ("x" * 5000, "x" * 5000),
        (Word.ONE, "one%23"),
        (Old.TWO, "two"),
        (Shouting("quiet"), "quiet"),
        ("None", "None"),
    ],
)
def test_path_values_are_encoded_once(value: str, sent: str) -> None:
    assert segment(value) == f"/a/{sent}/b"


@pytest.mark.parametrize(
    "value",
    [
        "",
        ".",
        "..",
        "%2e",
        "%2E%2e",
        ".%2e",
        "%252e%252e",
        "..;",
        "..;a=b",
        "..\\",
        "a/../b",
        "../x",
        "x/..",
        "a\\..\\b",
        "%2e%2e%2fx",
        " ..",
        "..%00",
        "a\x00b",
        "a\rb",
        "a\nb",
        "\ud800",
        "a%2f..%2fb",
        "/./",
    ],
)
def test_path_values_that_could_reach_another_path_are_refused(value: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        segment(value)
    assert caught.value.operation == "op"
    assert caught.value.argument == "v"


def test_joined_placeholders_cannot_make_a_dot_segment() -> None:
    with pytest.raises(InvalidArgument, match=r"'\.\.' segments"):
        encode(Path("v"), Path("w"), path="/a/{v}{w}", v=".", w=".")
    with pytest.raises(InvalidArgument, match=r"'\.\.' segments"):
        encode(Path("v"), path="/a/.{v}", v=".")
    assert encode(Path("v"), Path("w"), path="/a/{v}.{w}", v="a", w="b").target == "/a/a.b"


@pytest.mark.parametrize(
    ("kind", "value", "sent"),
    [
        ("integer", 0, "0"),
        ("integer", -1, "-1"),
        ("integer", 2**63, str(2**63)),
        ("integer", Number.SEVEN, "7"),
        ("number", 1, "1"),
        ("number", 1.5, "1.5"),
        ("boolean", True, "true"),
        ("boolean", False, "false"),
        ("any", 3, "3"),
        ("any", "a b", "a%20b"),
        ("any", True, "true"),
        ("date", date(2026, 1, 2), "2026-01-02"),
        ("date", "2026-01-02", "2026-01-02"),
        ("unix-ms", datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), "1000"),
        ("unix-ms", 1000, "1000"),
        ("unix-s", datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), "1"),
        ("rfc3339", datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00%3A00%3A00Z"),
        ("jdbc", datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=1))), "2026-01-02%2002%3A00%3A00.0"),
    ],
)
def test_values_by_type(kind: Any, value: Any, sent: str) -> None:
    assert query(Query("q", type=kind), value) == f"q={sent}"
    assert segment(value, type=kind) == f"/a/{sent}/b"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", 1),
        ("string", b"x"),
        ("string", ["x"]),
        ("string", None.__class__),
        ("integer", True),
        ("integer", 1.0),
        ("integer", "1"),
        pytest.param("integer", 10**5000, id="integer-too-long"),
        ("number", float("nan")),
        ("number", float("inf")),
        ("number", True),
        ("boolean", 1),
        ("boolean", "true"),
        ("any", b"x"),
        ("any", {}),
        ("any", float("nan")),
        ("date", datetime(2026, 1, 1)),
        ("unix-ms", True),
        ("unix-ms", []),
        ("object", "x"),
        ("string", "a\nb"),
        ("string", "a\rb"),
        ("string", "a\x00b"),
    ],
)
def test_values_of_another_type_are_refused(kind: Any, value: Any) -> None:
    with pytest.raises(InvalidArgument) as caught:
        query(Query("q", type=kind), value)
    assert (caught.value.operation, caught.value.argument) == ("op", "q")


@pytest.mark.parametrize(
    ("parameter", "value", "sent"),
    [
        (Query("q", many=True), ["a", "b,c"], "q=a&q=b%2Cc"),
        (Query("q", many=True), ("a",), "q=a"),
        (Query("q", many=True), [], ""),
        (Query("q", many=True, explode=False), ["a", "b,c"], "q=a,b%2Cc"),
        (Query("q", many=True, explode=False), [], ""),
        (Query("q", type="object", explode=False), {}, ""),
        (Query("q", many=True, style="spaceDelimited"), ["a", "b"], "q=a%20b"),
        (Query("q", many=True, style="pipeDelimited"), ["a", "b"], "q=a%7Cb"),
        (Query("q", type="integer", many=True), [1, 2], "q=1&q=2"),
        (Query("q", type="object"), {"r": 100, "g": True}, "r=100&g=true"),
        (Query("q", type="object", explode=False), {"r": 100}, "q=r,100"),
        (Query("q", type="object", style="deepObject"), {"r": 1, "g b": "x"}, "q%5Br%5D=1&q%5Bg%20b%5D=x"),
        (Query("q", type="object"), Submit(sql="a b", kebab="c"), "sql=a%20b&ke-bab=c"),
        (Query("q", allow_reserved=True), "a/b?c=d:e", "q=a/b?c%3Dd:e"),
        (Query("q", allow_reserved=True), "a&b#c+d", "q=a%26b%23c%2Bd"),
        (Query("q", "q-n[]"), "x", "q-n%5B%5D=x"),
        (Query("q"), "", "q="),
        (Query("q", nullable=True), None, "q="),
        (Query("q", nullable=True), UNSET, ""),
        (Query("q"), None, ""),
    ],
)
def test_query_styles(parameter: Parameter, value: Any, sent: str) -> None:
    assert query(parameter, value) == sent


def test_headers_and_cookies() -> None:
    sent = encode(
        Header("a", "X-A", many=True),
        Header("o", "X-O", type="object", explode=True),
        Header("n", "X-N", type="integer"),
        Cookie("c", "c d"),
        Cookie("m", many=True),
        a=["x", "y"],
        o={"k": 1},
        n=3,
        c="v;w",
        m=["1", "2"],
    )
    assert sent.headers == (("X-A", "x,y"), ("X-O", "k=1"), ("X-N", "3"))
    assert sent.cookies == ("c%20d=v%3Bw", "m=1,2")


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\x07", " a", "\x7f"])
def test_header_values_cannot_end_their_line(value: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        encode(Header("h", "X-H"), h=value)
    assert caught.value.argument == "h"


def test_the_slash_before_the_query_and_the_order_stay() -> None:
    target = encode(Query("b"), Query("a"), path="/job/", a="1", b="2").target
    assert target == "/job/?b=2&a=1"


def test_missing_unknown_and_exclusive_arguments() -> None:
    with pytest.raises(InvalidArgument, match="op: q has to be given"):
        encode(Query("q", required=True))
    with pytest.raises(InvalidArgument, match="p has to be given"):
        encode(Path("p"), path="/{p}", p=None)
    with pytest.raises(InvalidArgument, match="unknown argument: z"):
        encode(Query("q"), z=1)
    operation: Operation[Any] = Operation(
        id="op", method="GET", path="/", parameters=(Query("a"), Query("b")), exactly_one=(("a", "b"),)
    )
    none, both = "none was given", "both were given"
    for given, said in (({}, none), ({"a": "1", "b": "2"}, both), ({"a": None, "b": UNSET}, none)):
        with pytest.raises(InvalidArgument, match=f"exactly one of a, b has to be given: {said}"):
            encode_call(operation, given, vendor=VENDOR, client_parameters={})
    three = dataclasses.replace(
        operation, parameters=(*operation.parameters, Query("c")), exactly_one=(("a", "b", "c"),)
    )
    with pytest.raises(InvalidArgument, match="exactly one of a, b, c has to be given: a, c were given"):
        encode_call(three, {"a": "1", "c": "3"}, vendor=VENDOR, client_parameters={})


def test_a_time_without_a_zone_is_in_the_clients_or_refused() -> None:
    parameter = Query("q", type="rfc3339")
    moment = datetime(2026, 1, 2, 3)
    operation: Operation[Any] = Operation(id="op", method="GET", path="/", parameters=(parameter,))
    zone = timezone(timedelta(hours=1))
    sent = encode_call(operation, {"q": moment}, vendor=VENDOR, client_parameters={}, zone=zone)
    assert sent.target == "/?q=2026-01-02T03%3A00%3A00%2B01%3A00"
    with pytest.raises(InvalidArgument, match="q has no time zone, and the client's timezone is not given"):
        encode_call(operation, {"q": moment}, vendor=VENDOR, client_parameters={})
    assert encode(parameter, q="2026-01-02T03:00:00").target == "/x?q=2026-01-02T03%3A00%3A00"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("rfc3339", 1700000000),
        ("rfc3339", 1.5),
        ("jdbc", 5),
        ("java-medium-us", 5),
        ("rfc3339", True),
        ("unix-ms", True),
    ],
)
def test_numbers_are_times_only_where_the_vendor_counts(kind: Any, value: Any) -> None:
    with pytest.raises(InvalidArgument, match="q should be a datetime or the vendor's own form of one"):
        encode(Query("q", type=kind), q=value)


def test_client_parameters_are_defaults() -> None:
    parameter = Path("project", client=True)
    assert encode(parameter, path="/{project}").target == "/p%201"
    assert encode(parameter, path="/{project}", project="other").target == "/other"
    with pytest.raises(InvalidArgument, match="cluster has to be given"):
        encode(Path("cluster", client=True), path="/{cluster}")


FIELDS = Body(
    "Submit",
    fields=(
        Field("sql", required=True),
        Field("tags"),
        Field("at"),
        Field("state"),
        Field("note", nullable=True),
        Field("kebab", "ke-bab"),
    ),
)


def sent_body(spec: Body, **given: Any) -> Any:
    sent = encode(spec=spec, **given)
    assert sent.headers == (("Content-Type", spec.media_type),)
    return json.loads(sent.content or b"")


def test_spread_bodies_leave_out_what_was_not_given() -> None:
    assert sent_body(FIELDS, sql="x\n") == {"sql": "x\n"}
    assert sent_body(FIELDS, sql="x", tags=None, note=None) == {"sql": "x", "note": None}
    assert sent_body(FIELDS, sql="x", note=UNSET) == {"sql": "x"}


def test_bodies_are_typed_and_in_documented_order() -> None:
    moment = datetime(1970, 1, 1, 0, 0, 2, tzinfo=UTC)
    tags = (Counts(total=1), {"total": 2, "failed": 0, "extra": "kept"})
    sent = encode(spec=FIELDS, kebab="k", at=moment, state=State.DONE, tags=tags, sql="x")
    assert sent.content == (
        b'{"sql":"x","tags":[{"total":1},{"total":2,"failed":0,"extra":"kept"}],"at":2000,"state":"done","ke-bab":"k"}'
    )
    assert sent_body(FIELDS, sql="x", state="brand new", at=5) == {"sql": "x", "state": "brand new", "at": 5}


@pytest.mark.parametrize(
    ("given", "argument", "pointer"),
    [
        ({}, "sql", "/sql"),
        ({"sql": None}, "sql", "/sql"),
        ({"sql": 3}, "sql", "/sql"),
        ({"sql": "x", "tags": [{"total": 1}, {"total": "2"}]}, "tags", "/tags/1/total"),
        ({"sql": "x", "tags": [{}]}, "tags", "/tags/0/total"),
        ({"sql": "x", "tags": "no list"}, "tags", "/tags"),
        ({"sql": "x", "tags": [{"total": True}]}, "tags", "/tags/0/total"),
        ({"sql": "x", "kebab": float("nan")}, "kebab", "/ke-bab"),
        ({"sql": "x", "tags": [{"total": 1, "extra": float("inf")}]}, "tags", "/tags/0/extra"),
        ({"sql": "x", "tags": [Counts(total=1, extra=float("inf"))]}, "tags", "/tags/0/extra"),  # type: ignore[call-arg]
    ],
)
def test_a_body_that_does_not_fit_names_argument_and_place(given: Any, argument: str, pointer: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        encode(spec=FIELDS, **given)
    assert (caught.value.argument, caught.value.pointer, caught.value.operation) == (argument, pointer, "op")
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_whole_bodies() -> None:
    body = Body("Submit")
    assert sent_body(body, body=Submit(sql="x", kebab="k")) == {"sql": "x", "ke-bab": "k"}
    assert sent_body(body, body={"sql": "x"}) == {"sql": "x"}
    assert sent_body(Body("Jobs"), body=[{"status": "done"}]) == [{"status": "done"}]
    assert sent_body(Body(None), body={"a": (1, 2)}) == {"a": [1, 2]}
    with pytest.raises(InvalidArgument, match="body: has to be given"):
        encode(spec=body)
    with pytest.raises(InvalidArgument, match="body at /sql"):
        encode(spec=body, body={"sql": 1})


def test_an_optional_body_may_be_absent() -> None:
    sent = encode(spec=Body("Submit", required=False))
    assert (sent.content, sent.headers) == (None, ())
    spread = Body("Submit", fields=(Field("note"),), required=False)
    assert encode(spec=spread).content is None


def test_a_body_nested_too_deeply_is_refused() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InvalidArgument, match="nested too deeply"):
        _encode_any(deep)


def _encode_any(value: Any) -> Encoded:
    operation: Operation[Any] = Operation(id="op", method="POST", path="/", body=Body(None))
    return encode_call(operation, {"body": value}, vendor=VENDOR, client_parameters={})


def test_unserialisable_values_are_refused() -> None:
    for value in (object(), {"a": object()}, "\ud800"):
        with pytest.raises(InvalidArgument):
            _encode_any(value)


def test_a_model_that_was_changed_to_nonsense_is_refused() -> None:
    broken = Submit(sql="x")
    broken.sql = 3  # type: ignore[assignment]
    with pytest.raises(InvalidArgument):
        sent_body(Body("Submit"), body=broken)


def test_forms_texts_and_bytes() -> None:
    form = Body(
        "Submit",
        fields=(Field("sql"), Field("tags"), Field("kebab", "ke-bab")),
        media_type="application/x-www-form-urlencoded",
    )
    sent = encode(spec=form, sql="a b&c", kebab="é")
    assert sent.content == b"sql=a+b%26c&ke-bab=%C3%A9"
    text = Body(None, media_type="text/plain")
    operation: Operation[Any] = Operation(id="op", method="POST", path="/", body=text)
    assert encode_call(operation, {"body": "é"}, vendor=VENDOR, client_parameters={}).content == "é".encode()
    assert encode_call(operation, {"body": b"\xff"}, vendor=VENDOR, client_parameters={}).content == b"\xff"
    with pytest.raises(InvalidArgument):
        encode_call(operation, {"body": 3}, vendor=VENDOR, client_parameters={})


def test_multipart_form_data() -> None:
    operation: Operation[Any] = Operation(
        id="op", method="POST", path="/", body=Body(None, media_type="multipart/form-data")
    )
    given = {"body": {'na"me\r\n': "text", "file": b"\x00\xff", "n": {"a": 1}, "l": [1, "b"], "f": [b"1", b"2"]}}
    sent = encode_call(operation, given, vendor=VENDOR, client_parameters={})
    kind = dict(sent.headers)["Content-Type"]
    boundary = kind.partition("boundary=")[2].encode()
    parts = (sent.content or b"").split(b"--" + boundary)
    assert parts[1] == b'\r\nContent-Disposition: form-data; name="na%22me%0D%0A"\r\n\r\ntext\r\n'
    assert b'filename="file"\r\nContent-Type: application/octet-stream\r\n\r\n\x00\xff\r\n' in parts[2]
    head = b'\r\nContent-Disposition: form-data; name="%s"'
    assert parts[3] == head % b"n" + b'\r\nContent-Type: application/json\r\n\r\n{"a":1}\r\n'
    assert parts[4:6] == [head % b"l" + b"\r\n\r\n1\r\n", head % b"l" + b"\r\n\r\nb\r\n"]
    assert [part.rpartition(b"octet-stream\r\n\r\n")[2] for part in parts[6:8]] == [b"1\r\n", b"2\r\n"]
    assert parts[8:] == [b"--\r\n"]


@pytest.mark.parametrize("model", [None, "Batch"])
def test_each_item_of_a_list_is_a_part_of_form_data(model: str | None) -> None:
    spec = Body(model, media_type="multipart/form-data")
    content = encode(spec=spec, body={"files": [b"\x00", b"\xff"], "tags": ["a", "b"], "none": []}).content or b""

    assert content.count(b'name="files"; filename="files"\r\nContent-Type: application/octet-stream\r\n\r\n') == 2
    assert b"\r\n\r\n\x00\r\n" in content
    assert b"\r\n\r\n\xff\r\n" in content
    assert [b'name="tags"\r\n\r\na\r\n' in content, b'name="tags"\r\n\r\nb\r\n' in content] == [True, True]
    assert b'name="none"' not in content


PARTS = Body(
    "Job",
    fields=tuple(Field(name) for name in ("status", "count", "created", "token", "blob")),
    media_type="multipart/form-data",
)


@pytest.mark.parametrize("blob", [b"\x00\xff", bytearray(b"\x00\xff")])
def test_form_data_is_written_as_its_model_says(blob: object) -> None:
    sent = encode(spec=PARTS, status="done", count=2, created=datetime(2020, 1, 1, tzinfo=UTC), token="t0p", blob=blob)
    content = sent.content or b""

    assert b'name="status"\r\n\r\ndone\r\n' in content
    assert b'name="count"\r\n\r\n2\r\n' in content
    assert b'name="created"\r\n\r\n1577836800000\r\n' in content
    assert b'filename="blob"\r\nContent-Type: application/octet-stream\r\n\r\n\x00\xff\r\n' in content


def test_a_text_is_sent_as_a_part_as_it_is() -> None:
    assert b'name="blob"\r\n\r\nno base64\r\n' in (encode(spec=PARTS, status="done", blob="no base64").content or b"")


def test_form_data_has_secrets() -> None:
    assert "t0p" in encode(spec=PARTS, status="done", token="t0p").secrets


@pytest.mark.parametrize(("name", "value"), [("count", "2"), ("blob", 7), ("token", b"t0p"), ("status", 1)])
def test_form_data_of_another_type_is_refused(name: str, value: object) -> None:
    given: dict[str, Any] = {"status": "done", name: value}
    with pytest.raises(InvalidArgument) as caught:
        encode(spec=PARTS, **given)

    assert caught.value.argument == name


@pytest.mark.parametrize(
    ("returns", "accepted"),
    [
        ({200: TEXT, 204: None}, "text/plain, */*;q=0.5"),
        ({200: "Job", 204: None}, "application/json"),
        ({200: "Job", 202: TEXT}, "application/json, text/plain"),
        ({200: BINARY, 202: TEXT}, "*/*"),
    ],
)
def test_every_documented_result_is_asked_for(returns: dict[int | str, Returns], accepted: str) -> None:
    assert Operation[Any](id="op", method="GET", path="/", returns=returns).accepted == accepted
