"""How many processes run the tests, and how examples are drawn."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

settings.register_profile("the same in every run", derandomize=True, database=None, deadline=None)
settings.load_profile("the same in every run")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Three for every two processors: many tests wait for sockets, other processes and moments, not for a processor."""
    return max(1, (os.cpu_count() or 1) * 3 // 2)
