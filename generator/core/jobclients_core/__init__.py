"""The runtime that every generated client imports; its public names are for the users of clients.

A public name is loaded when it is first used, so that a module such as `jobclients_core.schema` can be imported without
all of the runtime.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .public import *  # noqa: F403 - what it holds is listed there
    from .public import __all__ as __all__
    from .public import connect as connect
    from .public import connect_async as connect_async

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Load a public name on first use."""
    public = import_module(".public", __name__)
    if name == "__all__" or name in (*public.__all__, "connect", "connect_async"):
        return getattr(public, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names, loaded or not."""
    return sorted([*import_module(".public", __name__).__all__, "__version__", "connect", "connect_async"])
