"""A body becomes the model that its schema says, and the same JSON again; a broken one is refused by its place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import nullcontext
from functools import partial
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jobclients_contract.foreign.schemas import SchemaValidator, pointer_to
from jobclients_core.errors import DecodeError

from .clients import MODES, Clients
from .documents import Schema
from .drawn import drawn
from .reading import Path, at, difference, lenient, places, put, written
from .values import ANY, Valid, Values, unpacked

_OTHERS: Final[tuple[Any, ...]] = (
    None,
    True,
    0,
    1,
    7.0,
    1.5,
    "",
    "text",
    [],
    {},
    [None],
    {"kind": "neither"},
    {"kind": "left", "only-left": "1"},
)
_NEW: Final = "brand-new"

Case = tuple[str, Schema, Any]
"""Name of an operation, the schema of what it returns, and a valid body."""


def _schema(operation: Mapping[str, Any]) -> Schema:
    schema: Schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    return schema


def _cases(made: Clients, valid: Valid) -> st.SearchStrategy[Case]:
    shown = [item["get"] for path, item in made.document["paths"].items() if path.startswith("/r")]
    return st.one_of(
        [st.tuples(st.just(one["operationId"]), st.just(_schema(one)), valid.of(_schema(one))) for one in shown]
    )


def _read(made: Clients, mode: str, operation: str, body: Any) -> Any:
    made.network.response = (200, {"Content-Type": "application/json"}, json.dumps(body).encode())
    return made.call(mode, operation, {})


def test_bodies_become_models_and_the_same_json_again(clients: Clients) -> None:
    valid = Valid(clients.document["components"]["schemas"])
    validator = SchemaValidator(clients.document)

    @drawn(40)
    @given(_cases(clients, valid), st.booleans(), st.none() | ANY, st.sampled_from(MODES))
    def agree(case: Case, old: bool, new: Any, mode: str) -> None:
        operation, schema, body = case
        body = body if new is None else valid.grown(schema, body, new)
        typed = _read(clients, mode, operation, valid.renamed(schema, body) if old else body)

        assert validator.diagnostics(_pointer(operation), body) == []
        assert difference(valid, schema, body, typed) is None
        assert unpacked(written(typed)) == unpacked(body)

    agree()


def _pointer(operation: str) -> str:
    path = f"/r{operation.rpartition('_')[2]}"
    return pointer_to("paths", path, "get", "responses", "200", "content", "application/json", "schema")


@st.composite
def _broken(draw: Any, cases: st.SearchStrategy[Case]) -> tuple[str, Any]:
    """A valid body with one change: something else at a place, something missing, or something new."""
    operation, _, body = draw(cases)
    path: Path = draw(st.sampled_from(list(places(body))))
    value = at(body, path)
    changes: list[Values] = [st.sampled_from(_OTHERS)]
    if isinstance(value, dict) and value:
        changes += [
            st.sampled_from(sorted(value)).map(partial(_without, value)),
            ANY.map(lambda new: {**value, _NEW: new}),
        ]
    return operation, put(body, path, draw(st.one_of(changes)))


def _without(value: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: item for name, item in value.items() if name != key}


def test_violations_are_named_and_leniency_is_as_documented(clients: Clients) -> None:
    valid = Valid(clients.document["components"]["schemas"])
    validator = SchemaValidator(lenient(clients.document))

    @drawn(80)
    @given(_broken(_cases(clients, valid)), st.sampled_from(MODES))
    def agree(case: tuple[str, Any], mode: str) -> None:
        operation, body = case
        wrong = validator.places(pointer_to("paths", f"/r{operation.rpartition('_')[2]}", "get"), body)
        refused = pytest.raises(DecodeError) if wrong else nullcontext()
        with refused as caught:
            _read(clients, mode, operation, body)

        deepest = {place for place in wrong if place.count("/") == max(one.count("/") for one in wrong)}
        assert caught is None or caught.value.pointer in deepest

    agree()
