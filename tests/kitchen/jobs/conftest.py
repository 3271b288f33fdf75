"""A stage for each test, once with the sync client and once with the async one."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import pytest
from kitchen.jobs.stage import Stage, staged


@pytest.fixture(params=["sync", "async"])
def stage(request: pytest.FixtureRequest, kitchen_clients: ModuleType) -> Iterator[Stage]:
    """A client of the kitchen and its vendor."""
    with staged(request.param, kitchen_clients, account=request.node.name) as made:
        yield made
