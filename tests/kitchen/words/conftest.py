"""A stage of `kitchen_words` for each test, once with the sync client and once with the async one."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import pytest
from jobclients_contract.harness.loopback import loopback
from kitchen.jobs.stage import Vendor
from kitchen.words.stage import WordsStage


@pytest.fixture(params=["sync", "async"])
def stage(request: pytest.FixtureRequest, kitchen_clients: ModuleType) -> Iterator[WordsStage]:
    """A client of `kitchen_words` and its vendor."""
    with loopback(by=(vendor := Vendor()).play) as server:
        made = WordsStage(request.param, kitchen_clients, server, vendor)
        yield made
        made.leave()
