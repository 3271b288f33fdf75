"""Holds the clients of a vendor against what the vendor documents.

`suite` has the verbs of vendor suites, which are loaded when a suite asks for them; `live` holds a vendor itself to its
document; `coverage` tells what of a document a suite shows. `reading` is shared with the generator, which writes the
suites: what a document says, by a reading that the clients do not have. Of the clients under test the public interface
is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobclients_contract.suite import (
        ABSENT,
        MODES,
        Case,
        Vendor,
        adopts,
        alias,
        arguments,
        call,
        client,
        codes,
        credential,
        discovery,
        echoes,
        enumeration,
        errors,
        handle,
        keyed,
        lifecycle,
        limits,
        lists,
        missing,
        model,
        not_found,
        pace,
        reason,
        response,
        runs,
        sample,
        server,
        statuses,
        submission,
        timestamp,
    )

__version__ = "0.1.0"

__all__ = [
    "ABSENT",
    "MODES",
    "Case",
    "Vendor",
    "adopts",
    "alias",
    "arguments",
    "call",
    "client",
    "codes",
    "credential",
    "discovery",
    "echoes",
    "enumeration",
    "errors",
    "handle",
    "keyed",
    "lifecycle",
    "limits",
    "lists",
    "missing",
    "model",
    "not_found",
    "pace",
    "reason",
    "response",
    "runs",
    "sample",
    "server",
    "statuses",
    "submission",
    "timestamp",
]


def __getattr__(name: str) -> object:
    """Load what needs pytest on first use: the generator reads documents, and has no pytest."""
    if name in __all__:
        return getattr(import_module(f"{__name__}.suite"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
