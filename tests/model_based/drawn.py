"""How many documents and calls are drawn, and the documents themselves: the same ones in every run."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from .clients import Clients
from .documents import documents

EXAMPLES: Final = int(os.environ.get("EXAMPLES", "0"))
"""Documents to draw where somebody asks for more; they are then others in each run."""

DOCUMENTS: Final = EXAMPLES or 12
_QUIET: Final = [*cast("Iterable[HealthCheck]", HealthCheck)]


def drawn(calls: int) -> settings:
    """How a test draws calls.

    Args:
        calls: how many, for each document and operation.
    """
    return settings(
        max_examples=calls,
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


@pytest.fixture(scope="module", params=range(DOCUMENTS))
def clients(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clients]:
    """The clients of each document in turn."""
    with Clients(made_up()[request.param], tmp_path_factory.mktemp("made_up")) as made:
        yield made
