"""The notes on contradictions of the documentation, for the sections of the reference page that they concern."""

from __future__ import annotations

from collections.abc import Mapping

from jobclients_core.pointers import join

from vendorsmith.emit.code import markdown
from vendorsmith.emit.page import Blocks, table
from vendorsmith.ir import Api, Contradiction

OWN = ""
"""The owner of contradictions that are about the vendor as a whole, or about a part that several operations share."""


def contradictions(api: Api) -> Mapping[str, Blocks]:
    """The table of each owner that has contradictions, by the owner's locator."""
    owners = [
        *(operation_at(entry.path, entry.method) for entry in api.operations),
        *(entry.at for entry in api.schemas),
        *(entry.at for entry in api.jobs),
    ]
    found: dict[str, list[Contradiction]] = {}
    for entry in api.contradictions:
        found.setdefault(_owner(entry.at, owners), []).append(entry)
    return {owner: _table(entries) for owner, entries in found.items()}


def operation_at(path: str, method: str) -> str:
    """The locator of an operation."""
    return join("", "paths", path, method.lower())


def _owner(at: str, owners: list[str]) -> str:
    """The innermost of the owners that a place is in."""
    return max((owner for owner in owners if at.startswith(f"{owner}/")), key=len, default=OWN)


def _table(entries: list[Contradiction]) -> Blocks:
    return table(
        "contradiction | the text says | a sample or another page says | here",
        ((markdown(one.about), markdown(one.text), markdown(one.sample), markdown(one.chosen)) for one in entries),
    )
