"""The kinds of jobs of a spec, and an answer for each documented word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vendorsmith.cases.reading import Source
from vendorsmith.contract.cases import Kind, Operation


def kinds(source: Source, operations: Sequence[Operation]) -> Iterator[Kind]:
    """The kinds of jobs, in the spec's order."""
    methods = {operation.id: operation.method for operation in operations}
    for name, node in source.root.get("x-jobs").items():
        roles = {
            role: methods[entry.text("operationId")]
            for role, entry in node.get("operations").items()
            if entry.text("operationId") in methods
        }
        yield Kind(name, source.where(node), node.value, {}, roles)
