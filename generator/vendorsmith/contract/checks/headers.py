"""GN1: header fields of answers whose methods return them arrive as they were sent, be there an example or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Final

from vendorsmith.contract.cases import Answer, Contract, Operation
from vendorsmith.contract.failure import Check, both, expect
from vendorsmith.contract.judging.answers import status_of
from vendorsmith.contract.playing.bodies import success
from vendorsmith.contract.playing.memory import remembering

_FRAMING: Final = frozenset(("connection", "content-encoding", "content-length", "content-type", "transfer-encoding"))
"""Fields that say how the message is to be read (RFC 9110, 8; RFC 9112, 6), so that no value can be made up."""


def returned(operation: Operation, answer: Answer) -> list[str]:
    """The documented header fields of an answer that the caller of a method is given."""
    given = operation.with_headers and answer.success
    return [item.name for item in answer.headers if given and item.name.lower() not in _FRAMING]


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    for operation in contract.operations:
        for answer in operation.answers:
            if names := returned(operation, answer):
                act = partial(_returned, contract, operation, answer)
                covers = [f"header:{operation.method}/{answer.status}/{name}" for name in names]
                subject = f"{answer.status} headers"
                yield from both(contract, "GN1", operation.method, subject, answer.where, act, covers)


def _returned(contract: Contract, operation: Operation, answer: Answer, mode: str) -> None:
    """A call whose answer has each field with a value of its own."""
    reply = success(contract, replace(operation, answers=(answer,)))
    values = {name: f"made up, {name}=1" for name in returned(operation, answer)}
    with remembering(contract, mode) as (memory, client):
        status = status_of(operation, answer)
        memory.play(reply.body, status, reply.headers.get("Content-Type", ""))
        memory.headers |= values
        result = client.call(operation.method, operation.least)
        expect(status, result.status, "the status differs")
        for name, value in values.items():
            expect(value, result.headers.get(name), f"the header {name} differs")
