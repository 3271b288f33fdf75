"""The judge of generated contract tests.

A generated test module holds tables of what a spec says (`Contract` and its parts), and nothing else; here stands what
is asserted of them, once and by hand. It needs pytest, hypothesis and jsonschema (the extra ``contract``), the clients
under test through their public interface, and nothing else of vendorsmith.
"""

from vendorsmith.contract.cases import (
    Answer,
    Argument,
    Body,
    Contract,
    Contradiction,
    Credential,
    Example,
    Header,
    Json,
    Kind,
    Operation,
    Request,
    State,
    Where,
)
from vendorsmith.contract.failure import Check, Mismatch
from vendorsmith.contract.suite import checks_of

__all__ = [
    "Answer",
    "Argument",
    "Body",
    "Check",
    "Contract",
    "Contradiction",
    "Credential",
    "Example",
    "Header",
    "Json",
    "Kind",
    "Mismatch",
    "Operation",
    "Request",
    "State",
    "Where",
    "checks_of",
]
