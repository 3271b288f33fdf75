"""A harness of `kitchen_words` for each test, once with the sync client and once with the async one."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import pytest
from jobclients_contract.harness.loopback import loopback
from kitchen.jobs.harness import Vendor
from kitchen.words.harness import WordsHarness


@pytest.fixture(params=["sync", "async"])
def harness(request: pytest.FixtureRequest, kitchen_clients: ModuleType) -> Iterator[WordsHarness]:
    """A client of `kitchen_words` and its vendor."""
    with loopback(by=(vendor := Vendor()).play) as server:
        made = WordsHarness(request.param, kitchen_clients, server, vendor)
        yield made
        made.leave()
