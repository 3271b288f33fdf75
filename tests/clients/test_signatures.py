"""The order of a method's arguments, which editors and the reference show."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from .vendors import CLIENTS, operations

METHODS = [
    pytest.param(getattr(kind, operation.id), operation, id=f"{kind.__name__}.{operation.id}")
    for vendor, kinds in CLIENTS.items()
    for kind in kinds
    for operation in operations(vendor).values()
]


@pytest.mark.parametrize(("method", "operation"), METHODS)
def test_what_is_needed_comes_first_and_what_the_client_knows_last(method: Any, operation: Any) -> None:
    of_client = {item.name for item in operation.parameters if item.client}
    taken = [item for name, item in inspect.signature(method).parameters.items() if name != "self"]
    ranks = [2 if item.name in of_client else 1 if item.default is not item.empty else 0 for item in taken]

    assert sorted(ranks) == ranks
