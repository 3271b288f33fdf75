"""The encoder of expected requests, held against the tables of the OpenAPI specification and of RFC 6570."""

from __future__ import annotations

import pytest
from jobclients_contract.schema_model.styles import Style, text_of
from jobclients_contract.schema_model.values import Json
from vendorsmith.testcases import wire

BLUE: list[Json] = ["blue", "black", "brown"]
RGB: dict[str, Json] = {"R": 100, "G": 200, "B": 150}

# Location, style, explode, value, and what the specification's table of styles shows for it (OpenAPI 3.1.1, 4.8.12).
STYLES: list[tuple[str, str, bool, Json, str]] = [
    ("path", "simple", False, "", "/"),
    ("path", "simple", False, "blue", "/blue"),
    ("path", "simple", False, BLUE, "/blue,black,brown"),
    ("path", "simple", False, RGB, "/R,100,G,200,B,150"),
    ("path", "simple", True, RGB, "/R=100,G=200,B=150"),
    ("query", "form", False, "", "/?color="),
    ("query", "form", False, "blue", "/?color=blue"),
    ("query", "form", False, BLUE, "/?color=blue,black,brown"),
    ("query", "form", True, BLUE, "/?color=blue&color=black&color=brown"),
    ("query", "form", False, RGB, "/?color=R,100,G,200,B,150"),
    ("query", "form", True, RGB, "/?R=100&G=200&B=150"),
    ("query", "spaceDelimited", False, BLUE, "/?color=blue%20black%20brown"),
    ("query", "pipeDelimited", False, BLUE, "/?color=blue%7Cblack%7Cbrown"),
    ("query", "deepObject", True, RGB, "/?color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"),
]


@pytest.mark.parametrize(("location", "style", "explode", "value", "expected"), STYLES)
def test_styles_are_those_of_the_table(location: str, style: str, explode: bool, value: Json, expected: str) -> None:
    """Every style that clients write."""
    template = "/{color}" if location == "path" else "/"

    assert expected == wire.target(template, [(Style(location, "color", style, explode, False), value)])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50%", "50%25"),
        ("already%231", "already%25231"),
        ("Hello World!", "Hello%20World%21"),
        ("a+b&c=d/e?f#g", "a%2Bb%26c%3Dd%2Fe%3Ff%23g"),
        ("\u00fc~-._", "%C3%BC~-._"),
    ],
)
def test_texts_are_encoded_once(text: str, expected: str) -> None:
    """As RFC 6570 expands ``{var}``: everything but letters, digits and ``-._~``."""
    in_path = (Style("path", "x", "simple", False, False), text)
    in_query = (Style("query", "value", "form", True, False), text)

    assert f"/{expected}/?value={expected}" == wire.target("/{x}/", [in_path, in_query])


def test_reserved_characters_are_left_alone_where_that_is_allowed() -> None:
    """As RFC 6570 expands ``{+var}``, but for what would end the value, or be read as something else."""
    text = ":/?#[]@!$&'()*+,;=%41 \u00fc"
    in_path = (Style("path", "x", "simple", False, True), text)
    in_query = (Style("query", "value", "form", True, True), text)
    path = ":%2F%3F%23%5B%5D@!$%26'()*%2B,;%3D%41%20%C3%BC"
    query = ":/?%23%5B%5D@!$%26'()*%2B,;%3D%41%20%C3%BC"

    assert f"/{path}/?value={query}" == wire.target("/{x}/", [in_path, in_query])


def test_headers_and_cookies_and_forms() -> None:
    """Header fields are not encoded; cookies and forms are."""
    values: Json = ["a b", "c"]
    listed = (Style("header", "X", "simple", False, False), values)
    text = "a b+c#d%e&f=g?h/i %20 \u00fc"
    plain = (Style("header", "Y", "simple", False, False), text)
    cookie = (Style("cookie", "sid", "form", True, False), "a b")
    assert {"X": "a b,c", "Y": text, "Cookie": "sid=a%20b"} == wire.headers([listed, plain, cookie])
    assert "a=x+y&l=1&l=2&n=" == wire.body("application/x-www-form-urlencoded", {"a": "x y", "l": [1, 2], "n": None})
    assert {"a": 1} == wire.body("application/json", {"a": 1})
    falsy: dict[str, Json] = {"a": False, "b": 0, "c": "", "d": None}
    assert "a=false&b=0&c=&d=" == wire.body("application/x-www-form-urlencoded", {**falsy, "e": []})
    assert falsy == wire.body("application/json", falsy)


def test_values_are_written_as_json_writes_them() -> None:
    """Booleans are words, integers have no point, and big ones stay exact."""
    assert ["true", "false", "1", "0.5", "9007199254740993", ""] == [
        text_of(value) for value in (True, False, 1, 0.5, 2**53 + 1, None)
    ]
