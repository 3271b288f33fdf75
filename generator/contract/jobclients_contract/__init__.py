"""The judge of generated contract tests.

A generated test module holds tables of what a spec says (`Contract` and its parts), and nothing else; here stands what
is asserted of them, once and by hand. It uses the clients under test through their public interface, and nothing of the
generator.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from jobclients_contract.cases import (
    Answer,
    Argument,
    Body,
    Contract,
    Contradiction,
    Credential,
    Example,
    Exchange,
    Header,
    Json,
    Kind,
    Names,
    Operation,
    Request,
    Server,
    Spellings,
    State,
    ValueExample,
)

if TYPE_CHECKING:
    from jobclients_contract.failure import Check, Mismatch
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
        errors,
        handle,
        keyed,
        lifecycle,
        limits,
        lists,
        missing,
        model,
        moment,
        not_found,
        pace,
        response,
        runs,
        sample,
        server,
        statuses,
        submission,
        words,
    )
    from jobclients_contract.tables_suite import checks_of

__version__ = "0.1.0"

__all__ = [
    "ABSENT",
    "MODES",
    "Answer",
    "Argument",
    "Body",
    "Case",
    "Check",
    "Contract",
    "Contradiction",
    "Credential",
    "Example",
    "Exchange",
    "Header",
    "Json",
    "Kind",
    "Mismatch",
    "Names",
    "Operation",
    "Request",
    "Server",
    "Spellings",
    "State",
    "ValueExample",
    "Vendor",
    "adopts",
    "alias",
    "arguments",
    "call",
    "checks_of",
    "client",
    "codes",
    "credential",
    "discovery",
    "errors",
    "handle",
    "keyed",
    "lifecycle",
    "limits",
    "lists",
    "missing",
    "model",
    "moment",
    "not_found",
    "pace",
    "response",
    "runs",
    "sample",
    "server",
    "statuses",
    "submission",
    "words",
]

_JUDGE = {"Check": "failure", "Mismatch": "failure", "checks_of": "tables_suite"}
_SUITE = (
    *("ABSENT", "MODES", "Case", "Vendor", "alias", "arguments", "call", "client", "codes", "credential", "errors"),
    *("model", "moment", "response", "sample", "server", "statuses", "words"),
    *("adopts", "discovery", "handle", "keyed", "lifecycle", "limits", "lists", "missing"),
    *("not_found", "pace", "runs", "submission"),
)


def __getattr__(name: str) -> object:
    """Load what needs pytest on first use: the generator writes tables, and has no pytest."""
    if name in _SUITE:
        return getattr(import_module(f"{__name__}.suite"), name)
    if name in _JUDGE:
        return getattr(import_module(f"{__name__}.{_JUDGE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
