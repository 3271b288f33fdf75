"""jsonschema with referencing, which nobody here wrote, finds the same values wrong as drift does."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from jobclients_contract.foreign.schemas import SchemaValidator
from jobclients_core.openapi import OpenApi
from jobclients_core.schema_validation import Comparer

from .support import SPECS, VENDORS

OTHERS: list[Any] = [None, True, 7, 1.5, "text", [], {}]
"""What is put in the place of each value."""

BEYOND = {"new-field", "time-scale", "time-format", "not-json"}
"""Kinds of which JSON Schema says nothing, or nothing that a validator looks at."""


def changed(value: Any) -> Iterator[Any]:
    """A value with each place in it changed in each way, and with each key taken away."""
    yield from OTHERS
    if isinstance(value, dict):
        for key, item in value.items():
            yield {name: inner for name, inner in value.items() if name != key}
            for inner in changed(item):
                yield {**value, key: inner}
    elif isinstance(value, list):
        for index, item in enumerate(value[:1]):
            for inner in changed(item):
                yield [*value[:index], inner, *value[index + 1 :]]


@pytest.mark.parametrize("vendor", VENDORS)
def test_both_find_the_same_values_wrong(vendor: str) -> None:
    file = SPECS.parent / "generated/jobclients" / vendor / "openapi.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    openapi, validator = OpenApi(document), SchemaValidator(document)
    comparer, compared = Comparer(openapi.schemas), 0
    for response in openapi.all_responses:
        for example in response.bodies[:1]:
            assert response.body is not None
            for value in changed(copy.deepcopy(example)):
                told = [one for one in comparer.differences(value, response.body) if one.kind not in BEYOND]
                wrong = validator.diagnostics(response.body.spec, value)
                assert bool(told) == bool(wrong), (response.body.spec, value, told, wrong)
                compared += 1
    assert compared >= 40
