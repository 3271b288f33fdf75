"""A vendor whose spec uses what the vendors of this repository do not: responses are valid, requests checked."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

SCHEMAS: dict[str, Any] = {
    "Base": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "format": "uuid"}}},
    "Thing": {
        "allOf": [
            {"$ref": "#/components/schemas/Base"},
            {
                "type": "object",
                "required": ["made", "size", "tags", "level", "part", "code", "kind", "when", "text"],
                "properties": {
                    "made": {"type": "string", "format": "date-time"},
                    "size": {"type": "integer", "minimum": 10, "maximum": 20, "multipleOf": 5},
                    "tags": {"type": "array", "minItems": 2, "items": {"type": "string", "minLength": 7}},
                    "level": {"type": "integer", "enum": [3, 4]},
                    "part": {"anyOf": [{"type": "null"}, {"$ref": "#/components/schemas/Part"}]},
                    "code": {"type": ["null", "string"], "maxLength": 2},
                    "kind": {"const": "thing"},
                    "when": {"type": "integer", "x-time-format": "unix-ms"},
                    "text": {
                        "type": "string",
                        "contentMediaType": "application/json",
                        "contentSchema": {"$ref": "#/components/schemas/Part"},
                    },
                },
            },
        ]
    },
    "Part": {"type": "object", "required": ["n"], "properties": {"n": {"type": "number", "exclusiveMinimum": 2}}},
    "Problem": {"type": "object", "required": ["why"], "properties": {"why": {"type": "string"}}},
}


def reference(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def operation(name: str, **more: Any) -> dict[str, Any]:
    answer = {"description": "Fine.", "content": reference("Thing")}
    return {"operationId": name, "responses": {"200": answer, "4XX": {"description": "No."}}, **more}


def query(name: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, **more}


def text(name: str, **more: Any) -> dict[str, Any]:
    """An operation whose response is its name."""
    answer = {"description": "Its name.", "content": {"text/plain": {"example": name}}}
    return operation(name, **{"responses": {"200": answer}, **more})


def in_path(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, **more}


SECRET = {"x-secret": True}
WORDS = {"type": "array", "items": {"type": "integer", "maximum": 9}, "maxItems": 3}
PATHS: dict[str, Any] = {
    "/things": {
        "get": operation(
            "list_things",
            parameters=[
                query("plain", WORDS, explode=False),
                query("piped", WORDS, style="pipeDelimited", explode=False),
                query("spread", WORDS),
                query("yes", {"type": "boolean"}),
                query("ratio", {"type": "number", "minimum": 0}),
                query("maybe", {"type": ["integer", "null"]}),
                {"name": "X-Depth", "in": "header", "schema": {"type": "integer", "maximum": 5}},
                {"name": "crumb", "in": "cookie", "schema": {"type": "string", "enum": ["a", "b"]}},
            ],
        ),
        "post": operation(
            "form_thing",
            requestBody={
                "required": True,
                "content": {
                    "application/x-www-form-urlencoded": {
                        "schema": {
                            "type": "object",
                            "required": ["n"],
                            "properties": {"n": {"type": "integer"}, "s": {"type": "string"}},
                        }
                    }
                },
            },
        ),
    },
    "/text": {
        "get": operation(
            "get_text", responses={"200": {"description": "T.", "content": {"text/csv": {"example": "a,b"}}}}
        )
    },
    "/bytes": {"get": operation("get_bytes", responses={"200": {"description": "B.", "content": {"image/png": {}}}})},
    "/nothing": {"delete": operation("delete_it", responses={"204": {"description": "Gone."}})},
    "/default": {
        "get": operation("get_default", responses={"default": {"description": "Any.", "content": reference("Thing")}})
    },
    "/status": {"get": text("get_status"), "post": text("post_status")},
    "/jobs/{id}/status": {"get": text("get_job_status", parameters=[in_path("id")])},
    "/jobs/latest/status": {"get": text("get_latest_status")},
    "/jobs/{id}/secret/{token}": {"get": text("get_secret", parameters=[in_path("id"), in_path("token", **SECRET)])},
    "/other": {
        "get": operation(
            "get_other",
            responses={
                "201": {
                    "description": "Made.",
                    "headers": {"X-Count": {"required": True, "schema": {"type": "integer", "minimum": 4}}},
                    "content": reference("Thing"),
                },
                "422": {"description": "No.", "content": reference("Problem")},
                "403": {"description": "No.", "content": reference("Problem")},
                "503": {"description": "No.", "content": {"text/html": {"example": "<b>Later.</b>"}}},
            },
            security=[{"key": []}],
            parameters=[query("n", {"type": "integer"}, required=True)],
        )
    },
}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Strange", "version": "1"},
    "servers": [{"url": "https://strange.example.com"}],
    "paths": PATHS,
    "components": {
        "schemas": SCHEMAS,
        "securitySchemes": {"key": {"type": "apiKey", "in": "query", "name": "key"}},
    },
}


@pytest.fixture(scope="module")
def testing(tmp_path_factory: pytest.TempPathFactory) -> Generator[Any]:
    """The module `testing` of the package that is generated from the document."""
    folder = tmp_path_factory.mktemp("strange")
    (folder / "odd.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    command = [sys.executable, "-m", "vendorsmith", "generate", "./odd.json", "--output", "out", "--package", "strange"]
    environment = {"PYTHONPATH": str(Path(__file__).parents[2] / "generator")}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    sys.path.insert(0, str(folder / "out"))
    try:
        yield importlib.import_module("strange.testing")
    finally:
        sys.path.remove(str(folder / "out"))
        for name in [name for name in sys.modules if name.partition(".")[0] == "strange"]:
            del sys.modules[name]


def send(testing: Any, method: str, target: str, content: bytes = b"", **headers: str) -> Any:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return testing.vendor("strange:odd").respond(testing.Request(method, target, fields, content))


def assert_thing(reply: Any, status: int = 200) -> Any:
    assert (reply.status, reply.headers["Content-Type"]) == (status, "application/json"), reply.content
    value = json.loads(reply.content)
    schema = {"$ref": "#/components/schemas/Thing", "components": {"schemas": SCHEMAS}}
    assert [] == [error.message for error in Draft202012Validator(schema).iter_errors(value)]
    return value


def test_the_least_answer_is_valid(testing: Any) -> None:
    value = assert_thing(send(testing, "GET", "/things"))
    assert (value["size"], value["level"], value["kind"], len(value["tags"])) == (10, 3, "thing", 2)
    assert json.loads(value["text"])["n"] > 2
    assert value["when"] == 1893456000000


def test_other_answers(testing: Any) -> None:
    text = send(testing, "GET", "/text")
    assert (text.headers["Content-Type"], text.content) == ("text/csv", b"a,b")
    assert send(testing, "GET", "/bytes").headers["Content-Type"] == "image/png"
    gone = send(testing, "DELETE", "/nothing")
    assert (gone.status, gone.content, "Content-Type" in gone.headers) == (204, b"", False)
    assert_thing(send(testing, "GET", "/default"))
    made = send(testing, "GET", "/other?n=1&key=k")
    assert_thing(made, 201)
    assert made.headers["X-Count"] == "4"


def test_refusals_take_the_statuses_that_are_documented(testing: Any) -> None:
    for target, status in (("/other?n=x&key=k", 422), ("/other?n=1", 403)):
        reply = send(testing, "GET", target)
        assert reply.status == status
        assert isinstance(json.loads(reply.content)["why"], str)


def test_an_error_that_is_documented_as_text_is_one(testing: Any) -> None:
    reply = send(testing, "GET", "/other", x_mock_fault="503+9")
    assert (reply.headers, reply.content) == ({"Retry-After": "9", "Content-Type": "text/html"}, b"<b>Later.</b>")


@pytest.mark.parametrize(
    ("target", "headers", "status"),
    [
        ("/things?plain=1,2,3", {}, 200),
        ("/things?plain=1,2,3,4", {}, 400),
        ("/things?plain=1,x", {}, 400),
        ("/things?piped=1|2", {}, 200),
        ("/things?piped=1|99", {}, 400),
        ("/things?spread=1&spread=2", {}, 200),
        ("/things?spread=1&spread=10", {}, 400),
        ("/things?yes=true", {}, 200),
        ("/things?yes=1", {}, 400),
        ("/things?ratio=0.5", {}, 200),
        ("/things?ratio=-1e3", {}, 400),
        ("/things?ratio=nan", {}, 400),
        ("/things?maybe=", {}, 200),
        ("/things?maybe=x", {}, 400),
        ("/things", {"x_depth": "5"}, 200),
        ("/things", {"x_depth": "6"}, 400),
        ("/things", {"cookie": "crumb=a; x=y"}, 200),
        ("/things", {"cookie": "crumb=c"}, 400),
    ],
)
def test_parameters_of_every_place_and_style(testing: Any, target: str, headers: dict[str, str], status: int) -> None:
    reply = send(testing, "GET", target, b"", **headers)
    assert reply.status == status, reply.content


@pytest.mark.parametrize(("content", "status"), [(b"n=1&s=%C3%A9", 200), (b"s=x", 400), (b"n=x", 400), (b"\xff", 400)])
def test_forms_are_read_in_the_types_of_their_fields(testing: Any, content: bytes, status: int) -> None:
    reply = send(testing, "POST", "/things", content, content_type="application/x-www-form-urlencoded")
    assert reply.status == status, reply.content


@pytest.mark.parametrize(
    ("method", "target", "said"),
    [
        ("GET", "/status", b"get_status"),
        ("GET", "/prefix/v2/status", b"get_status"),
        ("GET", "/jobs/5/status", b"get_job_status"),
        ("GET", "/prefix/jobs/5/status", b"get_job_status"),
        ("GET", "/jobs/latest/status", b"get_latest_status"),
        ("POST", "/status", b"post_status"),
    ],
)
def test_the_operation_that_explains_most_of_a_path_answers(
    testing: Any, method: str, target: str, said: bytes
) -> None:
    assert send(testing, method, target).content == said


def test_a_method_of_a_shorter_path_is_not_that_of_the_longer_one(testing: Any) -> None:
    assert send(testing, "POST", "/jobs/5/status").status == 405


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("/jobs/5/status", "/jobs/5/status"),
        ("/jobs/5/secret/abc", "/jobs/5/secret/***"),
        ("/prefix/jobs/5/secret/abc", "/prefix/jobs/5/secret/***"),
        ("/jobs/abc", "/jobs/***"),
        ("/jobs/abc/def/ghi", "/jobs/***"),
        ("/statusabc", "/***"),
        ("/status/abc", "/***"),
        ("/abc", "/***"),
        ("abc", "/***"),
    ],
)
def test_a_log_shows_no_secret_of_a_path(testing: Any, target: str, shown: str) -> None:
    vendor = testing.vendor("strange:odd")
    vendor.respond(testing.Request("GET", target, {}))

    assert vendor.requests[-1].path == shown
