"""Requests and values that are wrong in one way are reported by the readers that others wrote; sound ones pass."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from jobclients_contract.foreign.checks import Given, checks, disagreements
from jobclients_contract.foreign.requests import RequestReader
from jobclients_contract.foreign.schemas import SchemaValidator, pointer_to
from jobclients_contract.harness.loopback import Request

FLAT: Final = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}}
TEXTS: Final = {"type": "array", "items": {"type": "string"}}


def parameter(name: str, where: str, schema: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": where, "required": where == "path", "schema": schema, **more}


DOCUMENT: Final[dict[str, Any]] = {
    "paths": {
        "/p/{a.b}/x": {
            "get": {
                "operationId": "ask",
                "parameters": [
                    parameter("a.b", "path", {"$ref": "#/components/schemas/Texts"}),
                    parameter("n", "query", {"type": "integer"}),
                    parameter("flag", "query", {"type": "boolean"}),
                    parameter("many", "query", TEXTS),
                    parameter("joined", "query", TEXTS, explode=False),
                    parameter("pipes", "query", TEXTS, style="pipeDelimited", explode=False),
                    parameter("deep", "query", FLAT, style="deepObject"),
                    parameter("flat", "query", FLAT),
                    parameter("X-List", "header", TEXTS),
                    parameter("c", "cookie", {"type": ["string", "null"]}),
                ],
            }
        },
        "/forms": {
            "post": {"operationId": "form", "requestBody": {"content": {"multipart/form-data": {"schema": {}}}}},
            "put": {"operationId": "line", "requestBody": {"content": {"application/x-www-form-urlencoded": {}}}},
            "patch": {"operationId": "patch", "requestBody": {"content": {"application/merge-patch+json": {}}}},
        },
    },
    "components": {
        "schemas": {
            "Texts": TEXTS,
            "Tree": {"type": "object", "required": ["id"], "properties": {"in": {"$ref": "#/components/schemas/Tree"}}},
            "a/b {c}": {"$id": "https://elsewhere.example", "$ref": "#/components/schemas/Texts"},
            "Loop": {"$ref": "#/components/schemas/Loop"},
            "At": {"type": "string", "format": "date"},
            "Odd": {"type": "string", "pattern": r"\p{L}"},
        },
        "securitySchemes": {"key": {"type": "apiKey", "in": "query", "name": "key"}, "basic": {"type": "http"}},
    },
}
READER: Final = RequestReader(DOCUMENT, "/base")
GIVEN: Final[Given] = {
    ("path", "a.b"): ["x,y", "é"],
    ("query", "n"): 10,
    ("query", "flag"): True,
    ("query", "many"): ["1", ""],
    ("query", "joined"): ["a b", "c,d"],
    ("query", "pipes"): ["a", "b"],
    ("query", "deep"): {"a": "x", "b": 1},
    ("query", "flat"): {"a": "y", "b": 2},
    ("header", "X-List"): ["u", "v"],
    ("cookie", "c"): "s t",
}
LINE: Final = (
    "GET /base/p/x%2Cy,%C3%A9/x?n=10&flag=true&many=1&many=&joined=a%20b,c%2Cd&pipes=a%7Cb"
    "&deep%5Ba%5D=x&deep%5Bb%5D=1&a=y&b=2"
)
HEAD: Final = f"{LINE} HTTP/1.1\r\nHost: h\r\nX-List: u,v\r\nCookie: c=s%20t"


def told(head: str, given: Given, body: bytes = b"") -> list[str]:
    return disagreements(given, READER.read(Request(head.encode(), body, 0)))


def test_a_request_says_what_was_given() -> None:
    read = READER.read(Request(HEAD.encode(), b"", 0))
    readers = {item.place[1]: item.reader for item in checks(GIVEN, read)}

    assert (read.operation, disagreements(GIVEN, read)) == ("ask", [])
    assert {"a.b", "n", "flag", "many", "joined", "deep", "x-list", "c"} == {
        name for name, reader in readers.items() if reader == "openapi-core"
    }
    assert {"pipes", "flat"} == {name for name, reader in readers.items() if reader == "uritemplate"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("n=10", "n=1_0"),
        ("n=10", "n=10&n=10"),
        ("n=10&", ""),
        ("flag=true", "flag=True"),
        ("many=1&many=", "many=1,"),
        ("joined=a%20b,c%2Cd", "joined=a%20b&joined=c%2Cd"),
        ("joined=a%20b", "joined=a+b"),
        ("joined=a%20b,c%2Cd", "joined=a%20b,c,d"),
        ("pipes=a%7Cb", "pipes=a,b"),
        ("deep%5Ba%5D", "deep.a"),
        ("&a=y", "&flat=a,y"),
        ("&b=2", "&b=2&further=1"),
        ("x%2Cy,%C3%A9", "x,y,%C3%A9"),
        ("x%2Cy,%C3%A9", "x%252Cy,%C3%A9"),
        ("X-List: u,v", "X-List: u;v"),
        ("X-List: u,v", "X-List: u,v\r\nX-List: u,v"),
        ("X-List: u,v", "X-List: u,v\r\nX-Further: 1"),
        ("Cookie: c=s%20t", "Cookie: c=s%20t; d=1"),
        ("Cookie: c=s%20t", "Cookie: c=s%2520t"),
        ("/base/p/", "/base/q/"),
        ("GET", "PUT"),
    ],
)
def test_what_differs_is_told(old: str, new: str) -> None:
    assert told(HEAD.replace(old, new, 1), GIVEN)


def test_credentials_are_shown_and_not_judged() -> None:
    read = READER.read(
        Request(
            f"{LINE}&key=k%20k HTTP/1.1\r\nX-List: u,v\r\nCookie: c=s%20t\r\nAuthorization: Basic x".encode(), b"", 0
        )
    )

    assert disagreements(GIVEN, read) == []
    assert read.credentials == {("query", "key"): "k k", ("header", "authorization"): "Basic x"}


def part(name: str, content: str, *fields: str) -> str:
    lines = "".join(f"\r\n{line}" for line in fields)
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{lines}\r\n\r\n{content}\r\n'


JSON_PART: Final = part("o", '{"x": 1}', "Content-Type: application/json")
FILE: Final = part("f", "z", "Content-Type: a/b").replace('name="f"', 'name="f"; filename="f"')
FORM: Final[Given] = {("body", "l"): ["1", "é"], ("body", "o"): {"x": 1}, ("body", "n"): 2, ("body", "f"): b"z"}
PARTS: Final = part("l", "1") + part("l", "é") + JSON_PART + part("n", "2") + FILE


@pytest.mark.parametrize(
    ("parts", "sound"),
    [
        (PARTS, True),
        (PARTS.replace(part("l", "1") + part("l", "é"), part("l", '["1", "é"]')), False),
        (PARTS.replace("\r\nContent-Type: application/json", ""), False),
        (PARTS.replace('; filename="f"', ""), False),
        (PARTS + part("m", ""), False),
        (PARTS.replace(part("n", "2"), part("n", "2.0")), False),
        (part("l", "1"), False),
    ],
)
def test_parts_of_forms_are_held_against_what_was_given(parts: str, sound: bool) -> None:
    head = "POST /base/forms HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b"

    assert (told(head, FORM, f"{parts}--b--\r\n".encode()) == []) is sound


@pytest.mark.parametrize(
    ("body", "sound"), [(b"a=1+%2B&b=x&b=y", True), (b"a=1+%2B&b=x,y", False), (b"a=1+%2B", False)]
)
def test_lines_of_forms_are_held_against_what_was_given(body: bytes, sound: bool) -> None:
    head = "PUT /base/forms HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded"
    given: Given = {("body", ""): {"a": "1 +", "b": ["x", "y"]}}

    assert (told(head, given, body) == []) is sound


@pytest.mark.parametrize(
    ("body", "sound"),
    [(b'{"a":1}', True), (b'{"a":1.0}', False), (b'{"a":1,"a":1}', False), (b'{"a":NaN}', False), (b"", False)],
)
def test_json_is_held_against_what_was_given(body: bytes, sound: bool) -> None:
    head = "PATCH /base/forms HTTP/1.1\r\nContent-Type: application/merge-patch+json"

    assert (told(head, {("body", "a"): 1}, body) == []) is sound
    assert told(head.replace("merge-patch+json", "xml"), {("body", "a"): 1}, body)


@pytest.mark.parametrize(
    ("name", "value", "places"),
    [
        ("Tree", {"id": 1, "in": {"id": 2}}, set[str]()),
        ("Tree", {"id": 1, "in": {}}, {"/in/id"}),
        ("a/b {c}", ["x"], set[str]()),
        ("a/b {c}", ["x", 1], {"/1"}),
        ("At", "2020-02-30", {""}),
    ],
)
def test_values_are_judged_by_place(name: str, value: Any, places: set[str]) -> None:
    validator = SchemaValidator(DOCUMENT)
    pointer = pointer_to("components", "schemas", name)

    assert validator.places(pointer, value) == places
    assert bool(validator.diagnostics(pointer, value)) is bool(places)


@pytest.mark.parametrize("name", ["Loop", "Odd", "Nowhere"])
def test_schemas_that_cannot_be_used_are_told(name: str) -> None:
    assert SchemaValidator(DOCUMENT).diagnostics(pointer_to("components", "schemas", name), json.loads('"x"'))
