"""Each small language has one reader in the generator and the runtime; the contract harness has its own on purpose."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jobclients_core import statuses, types
from jobclients_core.methods import METHODS, is_idempotent
from jobclients_core.operation import Operation, ValueType
from jobclients_core.times import FORMATS
from vendorsmith.spec.durations import seconds

GENERATOR = Path(__file__).parents[2] / "generator"
HARNESS = ("contract/jobclients_contract/", "vendorsmith/testcases/")
EXTENSIONS: dict[str, Any] = json.loads((GENERATOR / "vendorsmith/spec/schemas/extensions.json").read_text("utf-8"))

KEYWORDS = frozenset(("allOf", "anyOf", "oneOf", "$ref"))
READERS_OF_JSON_SCHEMA = {
    "core/jobclients_core/locators.py": "names the elements of lists by what they refer to",
    "core/jobclients_core/schema.py": "the view: what schemas say of a place",
    "core/jobclients_core/testing/checks.py": "words for what a validator reports, by keyword",
    "vendorsmith/build/cursor.py": "follows references",
    "vendorsmith/build/normalise.py": "writes references of the normalised document",
    "vendorsmith/build/schemas.py": "the typed view",
    "vendorsmith/emit/models_verified.py": "writes the document that the foreign generator of models reads",
    "vendorsmith/spec/schema_diagnostics.py": "words for what a validator reports, by keyword",
    "vendorsmith/spec/bundle.py": "lets references to files lead into the document",
    "vendorsmith/spec/derived.py": "copies documents, references among their objects",
    "vendorsmith/spec/published/owners.py": "finds who refers to what is left out",
    "vendorsmith/spec/published/rules.py": "replaces references that lead nowhere",
    "vendorsmith/spec/upgrade/openapi_3_0.py": "drops what is beside references",
    "vendorsmith/spec/upgrade/openapi_3_2.py": "puts media types where references to them are",
    "vendorsmith/spec/upgrade/schemas.py": "writes schemas of earlier versions as JSON Schema",
    "vendorsmith/spec/upgrade/swagger_2_0.py": "writes references of Swagger as those of OpenAPI",
    "vendorsmith/spec/examples.py": "keeps the references that a validator follows inside of the document",
    "vendorsmith/spec/node_kinds.py": "finds the objects of a document, references among them",
    "vendorsmith/spec/refs.py": "follows references and checks where they lead",
    "vendorsmith/spec/selection.py": "finds the components that operations need",
    "vendorsmith/spec/structure.py": "refers into the schema of our own extensions",
}

ONCE = {
    "the escapes of JSON pointers": (r"~[01]", {"core/jobclients_core/pointers.py"}),
    "the form of durations": (r".*\(\?:T.*\)D\).*|.*\)D\).*\(\?:T.*", {"vendorsmith/spec/durations.py"}),
    "the methods of HTTP": (
        r"TRACE|trace",
        {
            "core/jobclients_core/methods.py",
            "core/jobclients_core/transports.py",  # the name of an extension of httpcore2
        },
    ),
    "the media types of forms": (
        r"application/x-www-form-urlencoded|multipart/form-data",
        {"core/jobclients_core/media_types.py"},
    ),
    "what JSON's media types are": (r"\+json|text/json", {"core/jobclients_core/media_types.py"}),
    "classes of statuses": (r"[2-5]|XX|xx", {"core/jobclients_core/statuses.py"}),
    "the mask of secrets": (r"\W*\*\*\*\W*", {"core/jobclients_core/hiding.py"}),
    "the formats of times": (
        "|".join(FORMATS.keys() - {"rfc3339"}),  # which is also what `date-time` of JSON Schema means
        {
            "core/jobclients_core/times.py",
            "core/jobclients_core/operation.py",  # a Literal, for type checkers
            "core/jobclients_core/types.py",  # the types of model's fields
        },
    ),
}
"""By rule: the constants that only its readers hold, and these."""

BY_CODE = {
    "which statuses say yes": (r"\b200 <= ", {"core/jobclients_core/statuses.py"}),
    "equality of JSON": (r"isinstance\(\w+, bool\) == isinstance", {"core/jobclients_core/expressions.py"}),
    "what a terminal acts on": (r"u202e\\u2066-", {"core/jobclients_core/printing.py"}),
}
"""By rule: a piece of code that only its readers hold, and these."""


@cache
def sources() -> dict[str, str]:
    """The modules of generator and runtime without the harness, by path."""
    found = {path.relative_to(GENERATOR).as_posix(): path for path in sorted(GENERATOR.rglob("*.py"))}
    return {name: path.read_text("utf-8") for name, path in found.items() if not name.startswith(HARNESS)}


@cache
def constants(name: str) -> frozenset[str]:
    """The texts in a module's code."""
    return frozenset(_texts(ast.parse(sources()[name])))


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            yield node.value if isinstance(node.value, str) else node.value.decode("latin-1")


def test_json_schema_is_read_in_few_modules() -> None:
    """Whoever needs `allOf`, `anyOf`, `oneOf` or `$ref` asks one of these; a module that no longer does leaves it."""
    assert {name for name in sources() if KEYWORDS & constants(name)} == set(READERS_OF_JSON_SCHEMA)


@pytest.mark.parametrize("rule", ONCE)
def test_the_words_of_a_rule_stand_once(rule: str) -> None:
    pattern, readers = ONCE[rule]
    found = {name for name in sources() if any(re.fullmatch(pattern, text) for text in constants(name))}
    assert found == readers


@pytest.mark.parametrize("rule", BY_CODE)
def test_the_code_of_a_rule_stands_once(rule: str) -> None:
    pattern, readers = BY_CODE[rule]
    assert {name for name, text in sources().items() if re.search(pattern, text)} == readers


@pytest.mark.parametrize("method", METHODS)
def test_what_http_calls_idempotent_is_sent_again(method: str) -> None:
    """RFC 9110, 9.2.2; with TRACE, which the runtime once forgot."""
    wanted = method.upper() in {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"}
    assert is_idempotent(method) is is_idempotent(method.upper()) is wanted
    assert Operation[None](id="call", method=method.upper(), path="/").repeatable is wanted


@pytest.mark.parametrize(
    ("key", "status", "covered"),
    [
        (404, 404, True),
        ("404", 404, True),
        ("4XX", 404, True),
        ("5XX", 404, False),
        ("default", 404, True),
        ("x-note", 404, False),
    ],
)
def test_a_key_covers_its_statuses(key: int | str, status: int, covered: bool) -> None:
    assert statuses.covers(key, status) is covered


def test_the_most_specific_key_counts() -> None:
    table: dict[int | str, str] = {"default": "any", "4XX": "class", 404: "exact", "409": "text"}
    found = [statuses.lookup(table, status, "") for status in (404, 409, 400, 500)]
    assert found == ["exact", "text", "class", "any"]
    assert statuses.lookup({"2XX": "class"}, 404, None) is None


def test_default_is_a_result_where_nothing_else_is() -> None:
    assert statuses.is_result("default", ["default", "404"])
    assert not statuses.is_result("default", ["default", "2XX"])
    assert statuses.is_result(204, [204, "default"])
    assert not statuses.is_result("404", ["404"])


def test_a_key_stands_for_a_status() -> None:
    assert [statuses.example(key, 500) for key in (204, "404", "4XX", "default")] == [204, 404, 400, 500]


DURATION: str = EXTENSIONS["$defs"]["duration"]["pattern"]


@settings(max_examples=200)
@given(text=st.one_of(st.from_regex(DURATION, fullmatch=True), st.text("PTDHMS.0123", max_size=8)))
def test_the_schema_and_the_reader_agree_on_durations(text: str) -> None:
    assert (seconds(text) is not None) == (re.fullmatch(DURATION, text) is not None)


@pytest.mark.parametrize(
    ("text", "length"), [("PT24H", 86400), ("P1DT30M", 88200), ("PT0.5S", 0.5), ("PT0S", 0), ("P2D", 172800)]
)
def test_durations_are_read(text: str, length: float) -> None:
    assert seconds(text) == length


@pytest.mark.parametrize("text", ["", "P", "PT", "P1DT", "P1Y", "P1M", "PT1.5H", "pt1h", "PT1H ", "PT\u0661H"])
def test_what_is_no_duration_has_no_length(text: str) -> None:
    assert seconds(text) is None


def test_the_schema_of_the_extensions_knows_the_formats_of_times() -> None:
    definitions = EXTENSIONS["$defs"]
    assert set(definitions["x-time-format"]["enum"]) == set(FORMATS)
    assert set(definitions["job-field"]["properties"]["format"]["enum"]) == set(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_of_times_has_a_type(name: str) -> None:
    """As the type of a parameter, and as that of a field, whose name `emit/models.py` makes of the format's."""
    assert name in get_args(ValueType)
    assert hasattr(types, "".join(part.capitalize() for part in name.split("-")))


def test_the_schema_of_the_extensions_knows_the_methods() -> None:
    text = json.dumps(EXTENSIONS)
    assert f"^(?:{'|'.join(method.upper() for method in METHODS)}) /" in text
