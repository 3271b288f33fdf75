"""References: where they lead, and where they must not."""

from __future__ import annotations

import pytest
from jobclients_core.pointers import join, parent, split
from vendorsmith.diagnostics import Diagnostics
from vendorsmith.spec.refs import RefError, check_refs, deref, resolve
from vendorsmith.spec.source import JSON, Document, parse

TEXT = """\
openapi: 3.1.0
info: {title: Jobs, version: "1"}
paths:
  "/a~b/{id}":
    get: {operationId: get_job, responses: {"200": {$ref: "#/components/responses/Job"}}}
components:
  responses:
    Job: {description: One job., content: {application/json: {schema: {$ref: "#/components/schemas/Alias"}}}}
  schemas:
    Alias: {$ref: "#/components/schemas/Job"}
    Job: {type: object, properties: {next: {$ref: "#/components/schemas/Job"}, "": {type: string}}}
    Null: {default: null}
"""


@pytest.fixture
def document() -> Document:
    diagnostics = Diagnostics()
    found = parse(TEXT, "openapi.yaml", diagnostics)
    assert found is not None
    return found


def test_pointers_escape_and_unescape() -> None:
    assert join("/paths", "/a~b", 0) == "/paths/~1a~0b/0"
    assert split("/paths/~1a~0b/0") == (
        "paths",
        "/a~b",
        "0",
    )
    assert split("#/~01") == ("~1",)
    assert split("") == ()
    assert split("/") == ("",)
    assert parent("/paths/~1a") == "/paths"


@pytest.mark.parametrize(
    ("ref", "pointer"),
    [
        ("#/components/schemas/Job", "/components/schemas/Job"),
        ("#/paths/~1a~0b~1%7Bid%7D/get", "/paths/~1a~0b~1{id}/get"),
        ("#/components/schemas/Job/properties/", "/components/schemas/Job/properties/"),
        ("#/components/schemas/Null/default", "/components/schemas/Null/default"),
    ],
)
def test_a_reference_leads_to_its_value(document: Document, ref: str, pointer: str) -> None:
    """Percent and tilde escapes are undone once; null is a value like others."""
    assert resolve(document, ref) == (document.at(pointer), pointer)


@pytest.mark.parametrize(
    ("ref", "code"),
    [
        ("", "ref-outside"), ("#", "ref-bad-pointer"), ("#Job", "ref-bad-pointer"), ("#/a%2", "ref-bad-pointer"),
        ("#/a~2", "ref-bad-pointer"), ("#/%ff", "ref-bad-pointer"), ("#/components/schemas/job", "ref-not-found"),
        ("#/info/title/0", "ref-not-found"), ("file:///etc/passwd", "ref-outside"), ("../x.yaml#/a", "ref-outside"),
        ("//host/x", "ref-outside"),
        ("/components/schemas/Job", "ref-outside"), ("http://127.0.0.1:1/", "ref-outside"), ("DATA:,x", "ref-outside"),
        ("C:\\x", "ref-outside"), ("jar:file:x!/y", "ref-outside"), ("%23/components/schemas/Job", "ref-outside"),
    ],
)  # fmt: skip
def test_a_reference_out_of_the_document_is_refused(document: Document, ref: str, code: str) -> None:
    with pytest.raises(RefError) as caught:
        resolve(document, ref)

    assert caught.value.code == code


def test_a_case_difference_is_suggested(document: Document) -> None:
    with pytest.raises(RefError) as caught:
        resolve(document, "#/component/schemas/job")

    assert caught.value.hint == 'did you mean "#/components/schemas/Job"?'


def test_deref_follows_to_the_real_node(document: Document) -> None:
    node = document.at("/components/responses/Job/content/application~1json/schema")
    found = deref(document, node, "/components/responses/Job/content/application~1json/schema", Diagnostics())

    assert found == (document.at("/components/schemas/Job"), "/components/schemas/Job")


def test_deref_leaves_other_nodes_alone(document: Document) -> None:
    nodes: list[JSON] = [True, None, {"type": "string"}, {"$ref": 3}]
    for node in nodes:
        assert deref(document, node, "/x", Diagnostics()) == (node, "/x")


def test_deref_reports_what_check_refs_reports() -> None:
    document = parse(TEXT.replace("schemas/Alias", "schemas/Aliass"), "openapi.yaml", Diagnostics())
    assert document is not None
    one, other = Diagnostics(), Diagnostics()
    pointer = "/components/responses/Job/content/application~1json/schema"

    assert deref(document, document.at(pointer), pointer, one) is None
    assert check_refs(document, other) is False
    assert list(one) == list(other)


def test_good_references_are_not_reported(document: Document) -> None:
    """A schema may hold itself in a property; a property may be called $ref; examples hold what they like."""
    diagnostics = Diagnostics()

    assert check_refs(document, diagnostics)
    document = with_schemas("""
    A: {type: object, properties: {$ref: {type: string}}, example: {$ref: "http://x"}, default: {$ref: 1}}
    B: {enum: [{$ref: "#/nowhere"}], x-other: {$ref: nowhere}, items: {$ref: "#/components/schemas/B"}}
""")
    assert check_refs(document, diagnostics)
    assert list(diagnostics) == []


@pytest.mark.parametrize(
    "schemas",
    [
        "    A: {$ref: '#/components/schemas/A'}\n",
        "    A: {$ref: '#/components/schemas/B'}\n    B: {$ref: '#/components/schemas/A'}\n",
        "    A: {allOf: [{$ref: '#/components/schemas/B'}]}\n    B: {oneOf: [{$ref: '#/components/schemas/A'}]}\n",
        "    A: {anyOf: [{type: 'null'}, {anyOf: [{$ref: '#/components/schemas/A'}]}]}\n",
    ],
)
def test_a_schema_cannot_be_itself(schemas: str) -> None:
    """Each cycle is reported once, and following it ends."""
    document = with_schemas(schemas + "    C: {$ref: '#/components/schemas/A'}\n")
    diagnostics = Diagnostics()
    check_refs(document, diagnostics)

    assert [diagnostic.code for diagnostic in diagnostics] == ["ref-cycle"]
    deref(document, {"$ref": "#/components/schemas/A"}, "/x", diagnostics)


def test_a_chain_is_reported_once() -> None:
    links = "".join(f"    S{i}: {{$ref: '#/components/schemas/S{i + 1}'}}\n" for i in range(10_000))
    diagnostics = Diagnostics()
    check_refs(with_schemas(links + "    S10000: {type: string}\n"), diagnostics)

    assert [diagnostic.code for diagnostic in diagnostics] == ["ref-chain"]


def with_schemas(schemas: str) -> Document:
    text = f'openapi: 3.1.0\ninfo: {{title: Jobs, version: "1"}}\npaths: {{}}\ncomponents:\n  schemas:\n{schemas}'
    document = parse(text, "openapi.yaml", Diagnostics())
    assert document is not None
    return document
