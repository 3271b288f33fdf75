"""The made-up vendors in `specs/`, generated once, and their clients of both kinds against scripted servers."""

from __future__ import annotations

import sys
from collections.abc import Generator
from types import ModuleType

import pytest

from .support import PACKAGE, Kitchen, Mode, Play, write_package


@pytest.fixture(scope="session")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Generator[Kitchen]:
    """The generated package, importable by its name for as long as the tests run."""
    folder = tmp_path_factory.mktemp("kitchen")
    write_package(folder)
    sys.path.insert(0, str(folder))
    yield Kitchen()
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.fixture(scope="session")
def kitchen_clients(kitchen: Kitchen) -> ModuleType:
    """The generated package."""
    package: ModuleType = kitchen.package
    return package


@pytest.fixture(params=["sync", "async"])
def play(request: pytest.FixtureRequest, kitchen: Kitchen) -> Play:
    """Runs a server and a client that calls it; each test that asks for it runs with both kinds of client."""
    mode: Mode = request.param
    return Play(kitchen, mode)
