"""GN1: what a method returns of an answer without an example: its header fields, and a body that is no JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from jobclients_contract.cases import Answer, Contract, Operation
from jobclients_contract.failure import Check, both, expect
from jobclients_contract.judging.answers import covered, status_of
from jobclients_contract.playing.bodies import promised, success
from jobclients_contract.playing.memory import remembering


def returned(operation: Operation, answer: Answer) -> list[str]:
    """The documented header fields of an answer that the caller of a method is given."""
    given = operation.with_headers and answer.success
    return [item.name for item in answer.headers if given and not item.framing]


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    for operation in contract.operations:
        for answer in operation.answers:
            names = returned(operation, answer)
            # Bodies in JSON, and the first answer that says yes, have checks of their own.
            further = answer.success and answer is not operation.success and promised(answer) != "json"
            if names or (further and operation.http != "HEAD"):
                act = partial(_returned, contract, operation, answer)
                covers = [f"header:{operation.method}/{answer.status}/{name}" for name in names]
                covers += covered(operation, answer)
                subject = f"{answer.status} result"
                yield from both(contract, "GN1", operation.method, subject, answer.where, act, covers)


def _returned(contract: Contract, operation: Operation, answer: Answer, mode: str) -> None:
    """A call whose answer has each field with a value of its own, and a body of the documented kind."""
    reply = success(contract, replace(operation, answers=(answer,)))
    status = status_of(operation, answer)
    values = {name: f"made up, {name}=1" for name in returned(operation, answer)}
    with remembering(contract, mode) as (memory, client):
        memory.play(reply.body, status, reply.headers.get("Content-Type", ""))
        memory.headers |= values
        result = client.call(operation.method, operation.least)
    if operation.with_headers:
        expect(status, result.status, "the status differs")
        for name, value in values.items():
            expect(value, result.headers.get(name), f"the header {name} differs")
        result = result.body
    kind = promised(answer)
    if kind != "json" and operation.http != "HEAD":
        wanted = {"text": reply.body.decode(), "binary": reply.body, "nothing": None}[kind]
        expect(wanted, result, "the body differs")
