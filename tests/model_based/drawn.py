"""How many documents and calls are drawn, and the documents themselves: the same ones in every run."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from typing import Any, Final, cast

from hypothesis import HealthCheck, Phase, given, settings

from .documents import documents

EXAMPLES: Final = int(os.environ.get("EXAMPLES", "0"))
"""Documents to draw where somebody asks for more; they are then others in each run."""

DOCUMENTS: Final = EXAMPLES or 10
_QUIET: Final = [*cast("Iterable[HealthCheck]", HealthCheck)]


def drawn(calls: int) -> settings:
    """How a test draws calls.

    Args:
        calls: how many, for each document and operation.
    """
    return settings(
        max_examples=calls,
        phases=[Phase.generate, Phase.shrink],
        deadline=None,
        derandomize=not EXAMPLES,
        database=None,
        suppress_health_check=_QUIET,
        print_blob=False,
    )


@cache
def made_up() -> list[dict[str, Any]]:
    """The documents of this run."""
    found: list[dict[str, Any]] = []

    @settings(drawn(DOCUMENTS), phases=[Phase.generate])
    @given(documents())
    def collect(document: dict[str, Any]) -> None:
        found.append(document)

    collect()
    return found
