"""A harness for each test, once with the sync client and once with the async one."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import pytest
from kitchen.jobs.harness import Harness, harness_of


@pytest.fixture(params=["sync", "async"])
def harness(request: pytest.FixtureRequest, kitchen_clients: ModuleType) -> Iterator[Harness]:
    """A client of the kitchen and its vendor."""
    with harness_of(request.param, kitchen_clients, account=request.node.name) as made:
        yield made
