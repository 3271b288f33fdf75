from __future__ import annotations

from collections.abc import Iterator

import pytest

from .clients import Clients
from .drawn import DOCUMENTS, made_up


@pytest.fixture(scope="session", params=range(DOCUMENTS))
def clients(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clients]:
    """The clients of each document in turn."""
    with Clients(made_up()[request.param], tmp_path_factory.mktemp("made_up")) as made:
        yield made
