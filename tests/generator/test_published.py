"""Documents as vendors publish them: a mistake costs what has it, and a reviewed spec is refused for the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from generator.support import operation, write_spec
from vendorsmith.diagnostics import SpecError
from vendorsmith.discovery import Target
from vendorsmith.ir import Api, TypeRef
from vendorsmith.pipeline import generate, read

GOOD = {"get": operation("good")}


def document(call: dict[str, Any] | None = None, path: str = "/it", **more: Any) -> dict[str, Any]:
    """A document with a good operation and one that may not be."""
    paths = {"/good": GOOD, path: {"post": operation("call", **(call or {}))}}
    return {"openapi": "3.1.0", "info": {"title": "Demo", "version": "1"}, "paths": paths} | more


def published(data: dict[str, Any], tmp_path: Path) -> tuple[Api, list[str]]:
    """The facts of a published document, and the code and the end of what is said of it."""
    api, warnings = read(Target("demo", write_spec(tmp_path, data), False, frozenset()))
    assert not warnings.errors
    return api, [f"{each.code}: {each.message.rpartition(': ')[2]}" for each in warnings]


def refused(data: dict[str, Any], tmp_path: Path) -> set[str]:
    """The codes of what is wrong with the same document in a folder of specs."""
    with pytest.raises(SpecError) as raised:
        read(Target("demo", write_spec(tmp_path / "demo", data), True, frozenset({"demo"})))
    return {each.code for each in raised.value.diagnostics if each.severity == "error"}


def answer(schema: Any) -> dict[str, Any]:
    """An operation's response."""
    return {"responses": {"200": {"description": "Done.", "content": {"application/json": {"schema": schema}}}}}


def sent(schema: Any, media_type: str = "application/json") -> dict[str, Any]:
    """An operation's body."""
    return {"requestBody": {"content": {media_type: {"schema": schema}}}}


def query(required: Any = False, **more: Any) -> dict[str, Any]:
    """An operation's parameter, which something is wrong with, beside one that is right."""
    wrong = {"name": "wrong", "in": "query", "required": required, "schema": {"type": "string"}} | more
    return {"parameters": [wrong, {"name": "right", "in": "query", "schema": {"type": "string"}}]}


WIDER = "any JSON value is accepted there"
NOWHERE = {"$ref": "#/components/schemas/Nowhere"}
FILE = {"$ref": "other.yaml#/Thing"}
ADDRESS = {"$ref": "https://example.com/openapi.yaml#/Thing"}

PROPERTIES: dict[str, tuple[Any, list[str], TypeRef]] = {
    "a dangling reference": (NOWHERE, [f"ref-not-found: {WIDER}"], TypeRef("any")),
    "a reference to a file that is missing": (FILE, [f"ref-file: {WIDER}"], TypeRef("any")),
    "a reference to an address": (ADDRESS, [f"ref-outside: {WIDER}"], TypeRef("any")),
    "text in an enum of numbers": (
        {"type": "integer", "enum": ["1", "2"]},
        ["enum-type: the enum is not read"] * 2,
        TypeRef("any"),
    ),
    "null in an enum of text": (
        {"type": "string", "enum": ["a", None]},
        ["enum-type: null is accepted there"],
        TypeRef("ref", name="CallResponseA", nullable=True),
    ),
    "words of items at their list": (
        {"type": "array", "items": {"type": "string"}, "enum": ["a", "b"]},
        ["enum-type: the enum is not read"] * 2,
        TypeRef("array", items=TypeRef("string")),
    ),
    "a word twice": (
        {"type": "string", "enum": ["a", "b", "a", "b"]},
        ["repeated-value: it counts once"] * 2,
        TypeRef("ref", name="CallResponseA"),
    ),
    "a default outside of the enum": (
        {"type": "string", "enum": ["a"], "default": "b"},
        ["default-not-in-enum: it is left out"],
        TypeRef("ref", name="CallResponseA"),
    ),
    "no word at all": ({"type": "string", "enum": []}, ["empty-enum: it is left out"], TypeRef("string")),
    "a bound that is none": (
        {"type": "integer", "exclusiveMinimum": True},
        ['wrong-type: "exclusiveMinimum" is not read'],
        TypeRef("integer"),
    ),
    "a type that is none": ({"type": "file"}, ['wrong-type: "type" is not read'], TypeRef("any")),
    "a keyword that nobody knows": ({"type": "string", "oddity": 1}, [], TypeRef("string")),
    "a dialect of references": (
        {"type": "string", "$recursiveAnchor": True},
        ["unsupported-key: it is left out"],
        TypeRef("string"),
    ),
}


@pytest.mark.parametrize(("schema", "said", "expected"), PROPERTIES.values(), ids=PROPERTIES.keys())
def test_a_property_gets_wider(schema: Any, said: list[str], expected: TypeRef, tmp_path: Path) -> None:
    """Nothing is sent by it, so that the operation is kept; in a reviewed spec each is an error of the same code."""
    data = document(answer({"type": "object", "properties": {"a": schema, "b": {"type": "string"}}}))
    api, warnings = published(data, tmp_path)
    (model,) = (model for model in api.schemas if model.kind == "object")

    assert {entry.wire: entry.type for entry in model.properties} == {"a": expected, "b": TypeRef("string")}
    assert warnings == said
    assert refused(data, tmp_path) == {line.partition(":")[0] for line in said} | (
        {"unknown-key"} if not said else set()
    )


ANYWHERE = {"name": "wrong", "in": "query"}
PARAMETERS: dict[str, tuple[dict[str, Any], str]] = {
    "a dangling reference": (query(schema=NOWHERE), "ref-not-found"),
    "a style that its place does not have": (query(style="simple"), "unsupported-style"),
    "a location that there is none of": (query(**{"in": "querystring"}), "unknown-value"),
    "a schema that is none": (query(schema=3), "wrong-type"),
    "a list of objects": (query(schema={"type": "array", "items": {"type": "object"}}), "nested-parameter"),
    "a list of lists": (query(schema={"type": "array", "items": {"type": ["array", "null"]}}), "nested-parameter"),
    "an object of lists": (
        query(style="deepObject", schema={"type": "object", "properties": {"a": {"type": "array"}}}),
        "nested-parameter",
    ),
    "neither schema nor content": ({"parameters": [ANYWHERE, query()["parameters"][1]]}, "missing-schema"),
}


@pytest.mark.parametrize(("call", "code"), PARAMETERS.values(), ids=PARAMETERS.keys())
def test_an_optional_parameter_is_left_out(call: dict[str, Any], code: str, tmp_path: Path) -> None:
    data = document(call)
    api, warnings = published(data, tmp_path)
    by_name = {each.name: each for each in api.operations}

    assert [parameter.wire for parameter in by_name["call"].parameters] == ["right"]
    assert f"{code}: the parameter is left out" in warnings
    assert code in refused(data, tmp_path)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (query(required=True, schema=NOWHERE), "ref-not-found"),
        (query(required=True, style="simple"), "unsupported-style"),
        ({"requestBody": {"$ref": "#/components/requestBodies/Nowhere"}}, "ref-not-found"),
        ({"requestBody": {"content": {}}}, "bad-value"),
        ({"servers": [{"url": "ftp://example.com"}]}, "bad-server-url"),
        ({"parameters": "none"}, "wrong-type"),
    ],
)
def test_an_operation_is_left_out(call: dict[str, Any], code: str, tmp_path: Path) -> None:
    """What a call would send is not known; everything else is generated."""
    data = document(call)
    api, warnings = published(data, tmp_path)

    assert [each.name for each in api.operations] == ["good"]
    assert f"{code}: the operation is left out" in warnings
    assert code in refused(data, tmp_path)


def test_a_shared_parameter_is_left_out_wherever_it_is_used(tmp_path: Path) -> None:
    """An optional one alone; for a required one every operation that has it, of a path or its own."""
    bad = {"in": "header", "schema": NOWHERE}
    parameters = {"Maybe": {"name": "maybe", **bad}, "Must": {"name": "must", "required": True, **bad}}
    shared = {name: {"$ref": f"#/components/parameters/{name}"} for name in parameters}
    data = document({"parameters": [shared["Maybe"]]}, components={"parameters": parameters})
    data["paths"] |= {
        "/a": {"parameters": [shared["Must"]], "get": operation("a"), "put": operation("b")},
        "/c": {"get": operation("c", parameters=[shared["Must"]]), "put": operation("d")},
    }
    api, _ = published(data, tmp_path)
    made = generate(Target("demo", write_spec(tmp_path, data), False, frozenset()), "pk")

    assert {each.name: each.parameters for each in api.operations} == {"good": (), "call": (), "d": ()}
    assert [(one.what, one.operation, one.reason.code) for one in made.left_out] == [
        ("header parameter maybe of POST /it", False, "ref-not-found"),
        ("GET /a", True, "ref-not-found"),
        ("PUT /a", True, "ref-not-found"),
        ("GET /c", True, "ref-not-found"),
    ]


PATHS: list[tuple[str, dict[str, Any], str, str]] = [
    ("/it/{id}", {}, "/it/{id}", "undeclared-path-parameter: it is taken to be text"),
    (
        "/it",
        {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {}}]},
        "/it",
        "unused-path-parameter: it is left out",
    ),
    (
        "/it/{id}",
        {"parameters": [{"name": "id", "in": "path", "schema": {"type": "string"}}]},
        "/it/{id}",
        "optional-path-parameter: it is taken to be required",
    ),
    ("it", {}, "/it", "bad-path: it is read as /it"),
    ("/it?beta=true", {}, "/it?beta=true", "bad-path: it is kept as it is"),
    ("/it#two", {}, "/it#two", "bad-path: it is kept as it is"),
]


@pytest.mark.parametrize(("path", "call", "expected", "said"), PATHS)
def test_a_path(path: str, call: dict[str, Any], expected: str, said: str, tmp_path: Path) -> None:
    data = document(call, path)
    api, warnings = published(data, tmp_path)
    called = next(each for each in api.operations if each.name == "call")

    assert called.path == expected
    assert [parameter.wire for parameter in called.parameters] == (["id"] if "{id}" in path else [])
    assert warnings == [said]
    assert refused(data, tmp_path) == {said.partition(":")[0]}


@pytest.mark.parametrize("path", ["/a/../b", "/a/{b", "/a/{}"])
def test_a_path_that_is_none(path: str, tmp_path: Path) -> None:
    api, _ = published(document(path=path), tmp_path)

    assert [each.name for each in api.operations] == ["good"]


def test_names_of_operations(tmp_path: Path) -> None:
    """They are made of method and path where they are missing or another's, so that none depends on the order."""
    data = document()
    unnamed = {"responses": {"200": {"description": "Done."}}}
    data["paths"] |= {
        "/v1/jobs/{id}/log": {"get": unnamed | {"parameters": [{"name": "id", "in": "path", "required": True}]}},
        "/again": {"put": operation("call")},
        "/shared": {"$ref": "#/paths/~1again"},
    }
    api, warnings = published(data, tmp_path)

    assert {each.name: each.path for each in api.operations} == {
        "good": "/good",
        "call": "/it",
        "get_v1_jobs_by_id_log": "/v1/jobs/{id}/log",
        "put_again": "/again",
        "put_shared": "/shared",
    }
    assert "missing-operation-id: it is called get_v1_jobs_by_id_log" in warnings


@pytest.mark.parametrize("responses", [{}, {"404": {"description": "No."}}, {"302": {"description": "There."}}])
def test_an_operation_without_a_success(responses: dict[str, Any], tmp_path: Path) -> None:
    api, _ = published(document({"responses": responses}), tmp_path)
    called = next(each for each in api.operations if each.name == "call")

    assert {response.status for response in called.responses} == {*responses, "2XX"}


@pytest.mark.parametrize(
    ("servers", "server"),
    [
        ([{"url": "//api.example.com/v1"}], "https://api.example.com/v1"),
        ([{"url": "api.example.com"}, {"url": "https://b.example.com"}], "https://b.example.com"),
        ([{"url": "ftp://example.com"}], ""),
        ([{"url": "https://{region}.example.com"}], "https://{region}.example.com"),
    ],
)
def test_servers(servers: list[Any], server: str, tmp_path: Path) -> None:
    """An address that requests cannot go to is none, and callers say one; they fill in what is not described."""
    api, _ = published(document(servers=servers), tmp_path)

    assert api.server == server
    assert [(each.name, each.default) for each in api.variables] == ([("region", None)] if "{" in server else [])


def test_what_decides_nothing(tmp_path: Path) -> None:
    """Texts, examples, keys and extensions of others are passed over."""
    data = document({"summary": 3, "tags": "a", "oddity": 1} | answer({"type": "integer", "examples": ["x"]}))
    data |= {"x-errors": {"code": 3}, "tags": [{"description": "no name"}], "oddity": 1}
    del data["info"]["version"]
    api, warnings = published(data, tmp_path)

    assert [each.name for each in api.operations] == ["good", "call"]
    assert api.errors.code == ()
    assert {line.partition(":")[0] for line in warnings} == {"wrong-type", "unknown-key", "bad-example", "missing-key"}


def test_names_of_models_that_are_alike(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"": {"type": "string"}, "a": {"type": "string"}}}
    data = document(answer({"$ref": "#/components/schemas/my-model"}))
    data["components"] = {"schemas": {"my-model": schema, "my_model": schema}}
    api, _ = published(data, tmp_path)

    assert {model.name: [entry.wire for entry in model.properties] for model in api.schemas} == {
        "MyModel": ["a"],
        "MyModel2": ["a"],
    }


def test_a_mistake_in_an_overlay_is_an_error(tmp_path: Path) -> None:
    """It was written for this generator."""
    spec = write_spec(tmp_path, document())
    overlay = tmp_path / "more.overlay.yaml"
    overlay.write_text(
        "overlay: 1.1.0\ninfo: {title: More, version: '1'}\nactions:\n"
        "  - {target: '$.paths[\"/it\"].post', update: {parameters: 3}}\n",
        encoding="utf-8",
    )
    with pytest.raises(SpecError) as raised:
        read(Target("demo", spec, False, frozenset(), overlays=(overlay,)))

    assert [each.code for each in raised.value.diagnostics] == ["wrong-type"]


@pytest.mark.parametrize("version", ["4.0.0", "1.0", None])
def test_what_is_not_understood_at_all_is_refused(version: Any, tmp_path: Path) -> None:
    with pytest.raises(SpecError):
        read(Target("demo", write_spec(tmp_path, document(openapi=version)), False, frozenset()))


def test_the_page_of_what_is_not_generated(tmp_path: Path) -> None:
    """Each operation has its reason and place, and text of the document is no markup there."""
    data = document({"parameters": "<b>none</b>", "callbacks": {"done": {}}}, "/<i>it")
    data |= {"webhooks": {"<u>": {}}}
    data["paths"]["/good"] = {"get": operation("good", callbacks={"done": {}})}
    files = generate(Target("demo", write_spec(tmp_path, data), False, frozenset()), "pk").files
    page = files["pk/demo/NOT_GENERATED.md"]

    assert "- `POST /<i>it`: " in page
    assert "`wrong-type`" in page
    assert "- `GET /good`" in page
    assert "- `<u>`" in page
    assert "<b>" not in page.replace("\\<b>", "")
    whole = generate(Target("demo", write_spec(tmp_path, document()), False, frozenset()), "pk").files
    assert "pk/demo/NOT_GENERATED.md" not in whole
