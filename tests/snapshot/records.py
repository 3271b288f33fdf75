"""The snapshot as records: one line of JSON each, by vendor."""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

from snapshot.wire import Caller

Record: TypeAlias = dict[str, Any]


class Opens(Protocol):
    """Makes a client and its wire."""

    def __call__(self, **options: Any) -> Caller:
        """Make them."""
        ...
