"""Documented answers, and what a client makes of one: what it returns, or the error that it raises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from jobclients_contract.cases import Answer, Contract, Example, Json, Operation
from jobclients_contract.failure import expect, refuse
from jobclients_contract.playing.driver import Client, error_class
from jobclients_contract.pointers import escaped
from jobclients_contract.reading.media_types import is_json
from jobclients_contract.reading.places import Reply, says_no
from jobclients_contract.reading.shapes import Part


@dataclass(frozen=True, slots=True)
class Shown:
    """A documented example of an answer."""

    operation: Operation
    answer: Answer
    example: Example

    @property
    def subject(self) -> str:
        """What checks call it."""
        return f"{self.answer.status} {self.example.name}"

    @property
    def refused(self) -> bool:
        """Whether the operation's envelope makes it a refusal."""
        return self.answer.success and refuses(self.operation, self.example.value)

    @property
    def covers(self) -> tuple[str, ...]:
        """What is tested by looking at what the client makes of it."""
        return (*covered(self.operation, self.answer), f"example:{self.example.where}")


@dataclass(frozen=True, slots=True)
class Typed:
    """What a client made of an answer.

    Attributes:
        body: typed; of an error the ``problem``; None for a refusal.
        headers: of an answer whose method returns them.
    """

    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def shown(contract: Contract) -> Iterator[Shown]:
    """Every documented example of an answer with a JSON body."""
    for operation in contract.operations:
        for answer in operation.answers:
            for example in answer.examples:
                if is_json(answer.media_type):
                    yield Shown(operation, answer, example)


def different(operation: Operation) -> Iterator[Answer]:
    """The answers in JSON that say yes, and of the others one for each schema."""
    seen: list[Json] = []
    for answer in operation.answers:
        if is_json(answer.media_type) and (answer.success or answer.schema not in seen):
            yield answer
            seen += [] if answer.success else [answer.schema]


def covered(operation: Operation, answer: Answer) -> tuple[str, ...]:
    """Names of what is tested where a client reads an answer."""
    status = f"{operation.method}/{answer.status}"
    media = (f"media:{status}/{answer.media_type}",) if answer.media_type else ()
    return (f"operation:{operation.method}", f"status:{status}", *media)


def body_of(answer: Answer) -> Part:
    """The schema of an answer's body, of anything where there is none, and its pointer."""
    schema = {} if answer.schema is None else answer.schema
    return Part(schema, f"{answer.where}/content/{escaped(answer.media_type)}/schema")


def status_of(operation: Operation, answer: Answer) -> int:
    """A status that an answer is documented for, and no other answer of the operation."""
    if answer.status.isdecimal():
        return int(answer.status)
    taken = {other.status for other in operation.answers}
    first = 400 if answer.status == "default" else int(answer.status[0]) * 100
    return next(status for status in range(first, 600) if str(status) not in taken)


def refuses(operation: Operation, value: Json) -> bool:
    """Whether a body that came with a status that says yes is a refusal, by the operation's envelope."""
    return says_no(operation.envelope, Reply.of(200, value))


def outcome(contract: Contract, operation: Operation, answer: Answer, value: Json, client: Client) -> Typed:
    """Call, and look at what comes of the answer.

    Args:
        contract: of the client.
        operation: what is called.
        answer: what the vendor will answer with.
        value: its body.
        client: the client.

    Raises:
        Mismatch: an error came where a value is due, or the other way round.
    """
    result: Any = None
    error: Any = None
    try:
        result = client.call(operation.method, operation.least)
    except Exception as raised:
        error = raised
    if answer.success and not refuses(operation, value):
        if error is not None:
            refuse("an error instead of a typed value", "a value", error)
        return Typed(result.body, result.headers) if operation.with_headers else Typed(result)
    refused = error_class(contract, "Refused")
    wanted = refused if answer.success else error_class(contract, "ApiError")
    if not isinstance(error, wanted) or (isinstance(error, refused) and not answer.success):
        refuse("the failure is not told", wanted.__name__, error if error is not None else result)
    expect(status_of(operation, answer), cast("Any", error).status, "the error has another status")
    return Typed(cast("Any", error).problem)
