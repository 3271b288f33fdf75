"""Parameters as they arrive, by the tables of the OpenAPI Specification 3.1.1.

The examples of its style values and of its appendix C (reserved characters) are written down here as they are there; no
reader of ours or of others is asked what they mean.
"""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest
from jobclients_core import HttpOptions, InvalidArgument

from .support import Made, completed, spec, write_spec

OBJECT = {"R": 100, "G": 200, "B": 150}
ARRAY = ["blue", "black", "brown"]
SCHEMAS: dict[str, Any] = {
    "string": {"type": "string"},
    "array": {"type": "array", "items": {"type": "string"}},
    "object": {"type": "object", "additionalProperties": {"type": "integer"}},
}

TABLE: list[tuple[str, str, bool, object, str]] = [
    # location, style, explode, value, what arrives
    ("path", "matrix", False, "", ";color"),
    ("path", "matrix", False, "blue", ";color=blue"),
    ("path", "matrix", False, ARRAY, ";color=blue,black,brown"),
    ("path", "matrix", False, OBJECT, ";color=R,100,G,200,B,150"),
    ("path", "matrix", True, "", ";color"),
    ("path", "matrix", True, "blue", ";color=blue"),
    ("path", "matrix", True, ARRAY, ";color=blue;color=black;color=brown"),
    ("path", "matrix", True, OBJECT, ";R=100;G=200;B=150"),
    ("path", "label", False, "blue", ".blue"),
    ("path", "label", False, ARRAY, ".blue,black,brown"),
    ("path", "label", False, OBJECT, ".R,100,G,200,B,150"),
    ("path", "label", True, "blue", ".blue"),
    ("path", "label", True, ARRAY, ".blue.black.brown"),
    ("path", "label", True, OBJECT, ".R=100.G=200.B=150"),
    ("path", "simple", False, "blue", "blue"),
    ("path", "simple", False, ARRAY, "blue,black,brown"),
    ("path", "simple", False, OBJECT, "R,100,G,200,B,150"),
    ("path", "simple", True, "blue", "blue"),
    ("path", "simple", True, ARRAY, "blue,black,brown"),
    ("path", "simple", True, OBJECT, "R=100,G=200,B=150"),
    ("header", "simple", False, "", ""),
    ("header", "simple", False, "blue", "blue"),
    ("header", "simple", False, ARRAY, "blue,black,brown"),
    ("header", "simple", False, OBJECT, "R,100,G,200,B,150"),
    ("header", "simple", True, ARRAY, "blue,black,brown"),
    ("header", "simple", True, OBJECT, "R=100,G=200,B=150"),
    ("query", "form", False, "", "?color="),
    ("query", "form", False, "blue", "?color=blue"),
    ("query", "form", False, ARRAY, "?color=blue,black,brown"),
    ("query", "form", False, OBJECT, "?color=R,100,G,200,B,150"),
    ("query", "form", True, "", "?color="),
    ("query", "form", True, "blue", "?color=blue"),
    ("query", "form", True, ARRAY, "?color=blue&color=black&color=brown"),
    ("query", "form", True, OBJECT, "?R=100&G=200&B=150"),
    ("query", "spaceDelimited", False, ARRAY, "?color=blue%20black%20brown"),
    ("query", "spaceDelimited", False, OBJECT, "?color=R%20100%20G%20200%20B%20150"),
    ("query", "pipeDelimited", False, ARRAY, "?color=blue%7Cblack%7Cbrown"),
    ("query", "pipeDelimited", False, OBJECT, "?color=R%7C100%7CG%7C200%7CB%7C150"),
    ("query", "deepObject", True, OBJECT, "?color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"),
    ("cookie", "form", False, "", "color="),
    ("cookie", "form", False, "blue", "color=blue"),
    ("cookie", "form", False, ARRAY, "color=blue,black,brown"),
    ("cookie", "form", False, OBJECT, "color=R,100,G,200,B,150"),
]


def sent(made: Made, method: str, **arguments: Any) -> httpx2.Request:
    """The request of a call."""
    requests: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        requests.append(request)
        return httpx2.Response(200)

    kind: Any = made.clients[0]
    http = HttpOptions(transport=httpx2.MockTransport(answer))
    with kind(base_url="https://a.example", http=http) as client:
        getattr(client, method)(**arguments)
    return requests[0]


def target(request: httpx2.Request) -> str:
    """Path and query exactly as sent."""
    return request.url.raw_path.decode("ascii")


def kind_of(value: object) -> str:
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


@pytest.fixture(scope="module")
def styles(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A document with an operation for each location, style, explode and kind of value."""
    paths: dict[str, Any] = {}
    for location, style, explode, value, _ in TABLE:
        kind = kind_of(value)
        name = f"{location}_{style}_{explode}_{kind}".lower()
        parameter = {
            "name": "color",
            "in": location,
            "required": True,
            "style": style,
            "explode": explode,
            "schema": SCHEMAS[kind],
        }
        operation = {"operationId": name, "parameters": [parameter], "responses": {"200": {"description": "Done."}}}
        paths[f"/{name}/{'{color}' if location == 'path' else 'x'}"] = {"get": operation}
    return Made(write_spec(tmp_path_factory.mktemp("styles"), completed("") | {"paths": paths}))


@pytest.mark.parametrize(("location", "style", "explode", "value", "arrives"), TABLE)
def test_the_table_of_styles(styles: Made, location: str, style: str, explode: bool, value: Any, arrives: str) -> None:
    name = f"{location}_{style}_{explode}_{kind_of(value)}".lower()
    request = sent(styles, name, color=value)
    places = {
        "path": target(request).rpartition("/")[2],
        "query": target(request).removeprefix(f"/{name}/x"),
        "header": request.headers.get("color"),
        "cookie": request.headers.get("cookie"),
    }
    assert arrives == places[location]


@pytest.mark.parametrize("explode", [False, True])
@pytest.mark.parametrize(
    ("style", "value"), [("label", ""), ("simple", ""), ("label", []), ("matrix", {}), ("label", ".")]
)
def test_a_path_that_would_be_another_one(styles: Made, style: str, explode: bool, value: Any) -> None:
    """The table has "." for an empty label; a segment of it, or of nothing, leads elsewhere."""
    with pytest.raises(InvalidArgument) as raised:
        sent(styles, f"path_{style}_{explode}_{kind_of(value)}".lower(), color=value)
    assert "color" == raised.value.argument


def test_what_a_style_uses_for_itself_is_encoded(styles: Made) -> None:
    texts = ["a.b", "c;d", "e,f", "g=h/i"]
    assert ".a.b.c%3Bd.e%2Cf.g%3Dh%2Fi" == target(sent(styles, "path_label_true_array", color=texts)).rpartition("/")[2]
    assert (
        ";color=a.b;color=c%3Bd;color=e%2Cf;color=g%3Dh%2Fi"
        == (target(sent(styles, "path_matrix_true_array", color=texts)).rpartition("/")[2])
    )


FORMULAS = {"a": "x+y", "b": "x/y", "c": "x^y"}

APPENDIX_C = """
paths:
  /equivalent:
    get:
      operationId: equivalent
      parameters:
        - name: formulas
          in: query
          explode: true
          schema: &texts {type: object, additionalProperties: {type: string}}
        - {name: words, in: query, explode: false, schema: &words {type: array, items: {type: string}}}
      responses: &done {"200": {description: Done.}}
  /beyond:
    get:
      operationId: beyond
      parameters:
        - {name: formulas, in: query, explode: true, allowReserved: true, schema: *texts}
        - {name: words, in: query, style: spaceDelimited, schema: *words}
      responses: *done
  /odd:
    get:
      operationId: odd
      parameters: [{name: "\u2764\ufe0f", in: query, x-python-name: heart, schema: {type: string}}]
      responses: *done
  /reserved:
    get:
      operationId: reserved
      parameters: [{name: q, in: query, allowReserved: true, schema: {type: string}}]
      responses: *done
"""


@spec(APPENDIX_C)
def test_appendix_c(made: Made) -> None:
    assert "/equivalent?a=x%2By&b=x%2Fy&c=x%5Ey&words=math,is,fun" == target(
        sent(made, "equivalent", formulas=FORMULAS, words=["math", "is", "fun"])
    )
    assert "/equivalent?words=hello,world" == target(sent(made, "equivalent", formulas={}, words=["hello", "world"]))
    assert "/beyond?a=x%2By&b=x/y&c=x%5Ey&words=math%20is%20fun" == target(
        sent(made, "beyond", formulas=FORMULAS, words=["math", "is", "fun"])
    )
    assert "/beyond?words=hello%20world" == target(sent(made, "beyond", formulas={}, words=["hello", "world"]))
    assert "/odd?%E2%9D%A4%EF%B8%8F=love%21" == target(sent(made, "odd", heart="love!"))


@pytest.mark.parametrize(
    ("text", "arrives"),
    [
        (":/?@!$'()*,;", ":/?@!$'()*,;"),  # what RFC 3986 reserves and a query may hold
        ("[]#&=+", "%5B%5D%23%26%3D%2B"),  # what the specification tells tools to encode
        ("a%2Fb%41", "a%2Fb%41"),  # percent-encoded triples pass through unchanged
        ("100% %4 %zz", "100%25%20%254%20%25zz"),  # and a "%" outside of one does not
        ('\u00e9 "<>^`{|}', "%C3%A9%20%22%3C%3E%5E%60%7B%7C%7D"),
    ],
)
@spec(APPENDIX_C)
def test_reserved_characters(made: Made, text: str, arrives: str) -> None:
    assert f"/reserved?q={arrives}" == target(sent(made, "reserved", q=text))


CONTENT = """
paths:
  /places/{area}:
    get:
      operationId: find
      parameters:
        - name: area
          in: path
          required: true
          content: {application/json: {schema: {type: array, items: {type: integer}}}}
        - &coordinates
          in: query
          name: coordinates
          content: {application/json: {schema: {$ref: "#/components/schemas/Point"}}}
        - name: X-Points
          in: header
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Point"}}}}
        - {name: token, in: cookie, content: {text/plain: {schema: {type: string}}}}
        - {name: maybe, in: query, content: {application/json: {schema: {type: [object, "null"]}}}}
        - {name: word, in: query, content: {application/json: {schema: {type: string}}}}
      responses: {"200": {description: Done.}}
components:
  schemas:
    Point:
      type: object
      required: [lat, long]
      properties:
        lat: {type: number}
        long: {type: number}
        na-me: {type: string}
"""


@spec(CONTENT)
def test_parameters_with_content(made: Made) -> None:
    """JSON text, encoded for its place; a model or what looks like one, and what does not fit is refused."""
    point = made.loaded["models"].Point
    request = sent(
        made, "find", area=[1, 2], coordinates=point(lat=1.5, long=-2, na_me="\u00fc"), token="a b", word="w"
    )
    path, _, query = target(request).partition("?")
    assert ("/places/%5B1%2C2%5D", "a%20b") == (path, request.headers["cookie"].removeprefix("token="))
    read = httpx2.QueryParams(query)
    assert {"lat": 1.5, "long": -2.0, "na-me": "\u00fc"} == json.loads(read["coordinates"])
    assert '"w"' == read["word"]

    request = sent(
        made, "find", area=[], coordinates={"lat": 1, "long": 2}, x_points=[point(lat=1, long=2)], maybe=None
    )
    assert {"lat": 1, "long": 2} == json.loads(httpx2.QueryParams(target(request).partition("?")[2])["coordinates"])
    assert ([{"lat": 1, "long": 2}], "null") == (
        json.loads(request.headers["x-points"]),
        httpx2.QueryParams(target(request).partition("?")[2])["maybe"],
    )
    for wrong in ({"lat": 1}, {"lat": "x", "long": 2}, "text", 7, point.model_construct(lat=float("nan"), long=1)):
        with pytest.raises(InvalidArgument) as raised:
            sent(made, "find", area=[1], coordinates=wrong)
        assert ("find", "coordinates") == (raised.value.operation, raised.value.argument)
    assert "coordinates: models.Point | None" in made.signature("find")
