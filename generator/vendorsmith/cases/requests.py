"""Calls and the requests that must come of them, written out by an encoder that the clients do not share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from vendorsmith.cases.reading import Source
from vendorsmith.contract.cases import Credential, Json, Operation, Request


def requests(
    source: Source, operations: Sequence[Operation], options: Mapping[str, Json], credentials: Sequence[Credential]
) -> Iterator[Request]:
    """The requests of every operation.

    Args:
        source: the spec.
        operations: its operations.
        options: arguments of the client's constructor.
        credentials: what it takes.
    """
    del source, options, credentials
    for operation in operations:
        if not operation.arguments:
            yield Request("RQ1", "least", operation.method, operation.where, operation.least, operation.path)
