"""The package that holds the clients of all vendors."""

from __future__ import annotations

import jobclients


def test_a_package_lists_its_public_names() -> None:
    """Completion in a shell shows what can be used, before any of it is loaded."""
    assert {"connect", "connect_async", "NotFound", "Token", "__version__"} <= set(dir(jobclients))
    assert all(name in jobclients.__all__ or name == "__version__" for name in dir(jobclients))
