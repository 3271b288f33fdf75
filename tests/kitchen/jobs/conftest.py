"""A stage for each test, once with the sync client and once with the async one."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from kitchen.jobs.stage import Stage, staged


@pytest.fixture(scope="session")
def kitchen_clients(kitchen: Any) -> ModuleType:
    """The generated package."""
    package: ModuleType = kitchen.package
    return package


@pytest.fixture(params=["sync", "async"])
def stage(request: pytest.FixtureRequest, kitchen_clients: ModuleType) -> Iterator[Stage]:
    """A client of the kitchen and its vendor."""
    with staged(request.param, kitchen_clients, account=request.node.name) as made:
        yield made
