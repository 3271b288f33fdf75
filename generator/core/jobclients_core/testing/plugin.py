"""Fixtures for pytest, which finds them by itself where jobclients-core is installed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from . import FakeClock, FakeVendor


@pytest.fixture
def fake_clock() -> FakeClock:
    """A clock that sleeping moves."""
    from . import FakeClock

    return FakeClock()


@pytest.fixture
def fake_vendor(fake_clock: FakeClock) -> Callable[..., FakeVendor]:
    """Makes vendors in this process, as `jobclients_core.testing.vendor` does, all on the clock of ``fake_clock``."""
    from functools import partial

    from . import vendor

    return partial(vendor, clock=fake_clock)
