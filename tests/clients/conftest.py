"""Each test that asks for a `mode` runs twice: with sync clients and with async ones."""

from __future__ import annotations

import pytest

from .driver import Mode


@pytest.fixture(params=["sync", "async"])
def mode(request: pytest.FixtureRequest) -> Mode:
    """Which kind of client a test drives."""
    chosen: Mode = request.param
    return chosen
