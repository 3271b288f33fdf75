"""A client on the bench: it is given one documented answer in many forms, and what it makes of each is judged."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, cast

from jobclients_contract.cases import Answer, Contract, Json, Operation
from jobclients_contract.failure import refuse
from jobclients_contract.judging.agreement import Agreement, written
from jobclients_contract.judging.answers import body_of, outcome, refuses, status_of
from jobclients_contract.playing.driver import Client, error_class, raised
from jobclients_contract.playing.memory import Memory, remembering
from jobclients_contract.reading.media_types import sent_as
from jobclients_contract.reading.validity import Validity


class Bench:
    """A client, its transport and the judges of what it makes of one answer.

    Args:
        contract: of the client.
        validity: judges of its values.
        operation: what is called.
        answer: the documented answer.
        memory: the transport.
        client: the client.
    """

    def __init__(
        self,
        contract: Contract,
        validity: Validity,
        operation: Operation,
        answer: Answer,
        memory: Memory,
        client: Client,
    ) -> None:
        self.contract = contract
        self.operation = operation
        self.answer = answer
        self.schemas = validity.schemas
        self.part = body_of(answer)
        self.client = client
        self._lenient = validity.lenient(self.part)
        self._agreement = Agreement(validity, contract.names)
        self._memory = memory
        self._decode_error: Any = error_class(contract, "DecodeError")

    def play(self, body: Json | bytes, media_type: str = "", **headers: str) -> None:
        """Set the next answer.

        Args:
            body: bytes as they are, anything else as JSON.
            media_type: the documented one when empty.
            **headers: further header fields.
        """
        status = status_of(self.operation, self.answer)
        self._memory.play(body, status, media_type or sent_as(self.answer.media_type), **headers)

    def call(self) -> Any:
        """Call."""
        return self.client.call(self.operation.method, self.operation.least)

    def outcome(self, body: Json) -> Any:
        """The typed value of a body that was played; None for a refusal."""
        return outcome(self.contract, self.operation, self.answer, body, self.client).body

    def read(self, body: Json) -> Any:
        """The typed value of a body that has to be decoded, and says the same when it is written again."""
        self.play(body)
        typed = self.outcome(body)
        if self.refused(body):
            return None
        wrong = self._agreement.disagreement(self.part, body, typed)
        if wrong is not None:
            at = wrong.pointer or "the root"
            refuse(f"the typed value differs at {at} of {body!r}", wrong.expected, wrong.actual)
        again = written(typed)
        if not self._agreement.alike(self.part, body, again):
            refuse("written again, the body says something else", body, again)
        return typed

    def refused(self, body: Json) -> bool:
        """Whether the operation's envelope makes a body a refusal."""
        return self.answer.success and refuses(self.operation, body)

    def judge(self, body: Json, place: str, *, exact: bool) -> None:
        """A body is read by the stated leniency, or refused with its place.

        Args:
            body: the body.
            place: JSON pointer of what is wrong in it, if anything is.
            exact: whether that place has to be told, and not one below it.
        """
        if self.refused(body) or self._lenient.takes(body):
            self.read(body)
            return
        self.play(body)
        error = raised(self.call)
        if not isinstance(error, self._decode_error):
            refuse(f"a body that does not fit is not refused: {body!r}", f"DecodeError at '{place}'", error)
        pointer = str(cast("Any", error).pointer)
        if pointer != place and (exact or not pointer.startswith(f"{place}/")):
            refuse(f"the error names another place: {body!r}", place, pointer)


Act = Callable[[Bench, str], None]


def benched(
    contract: Contract, validity: Validity, operation: Operation, answer: Answer, act: Act
) -> Callable[[str], None]:
    """What a check does with a client on the bench.

    Args:
        contract: of the client.
        validity: judges of its values.
        operation: what is called.
        answer: the documented answer.
        act: does it, with the kind of client.
    """

    def run(mode: str) -> None:
        with bench_of(contract, validity, operation, answer, mode) as bench:
            act(bench, mode)

    return run


@contextmanager
def bench_of(
    contract: Contract, validity: Validity, operation: Operation, answer: Answer, mode: str
) -> Generator[Bench]:
    """A client on the bench, for the time of the block."""
    with remembering(contract, mode) as (memory, client):
        yield Bench(contract, validity, operation, answer, memory, client)
