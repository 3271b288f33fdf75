"""Fixtures that make one call, by each kind of client and of connection."""

from __future__ import annotations

import pytest
from runtime.callers import (
    Caller,
    call_async,
    call_async_through,
    call_sync,
    call_sync_through,
)


@pytest.fixture(params=[call_sync, call_async], ids=["sync", "async"])
def own(request: pytest.FixtureRequest) -> Caller:
    """A call on the client's own connections."""
    caller: Caller = request.param
    return caller


@pytest.fixture(
    params=[call_sync, call_async, call_sync_through, call_async_through],
    ids=["sync", "async", "sync-httpx2", "async-httpx2"],
)
def call(request: pytest.FixtureRequest) -> Caller:
    """A call on the client's own connections, or through a transport of httpx2 that the caller brings."""
    caller: Caller = request.param
    return caller
