"""The contract harness: checks generated clients against the documents of their vendors.

`suite` has the verbs of vendor suites, which are loaded when a suite imports them. `live` compares a vendor's real API
with its document. `coverage` reports which parts of a document a suite checks. `schema_model` reads documents with code
of its own; the generator writes suites with it. Of the clients under test only the public interface is used.
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
