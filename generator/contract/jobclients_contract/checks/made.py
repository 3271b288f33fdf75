"""GN: made-up answers. What is valid is decoded, what is not is told with its place, and nothing else ever happens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final, cast

from hypothesis import strategies as st
from pydantic import BaseModel

from jobclients_contract.cases import Answer, Contract, Json, Operation
from jobclients_contract.failure import Check, both, refuse
from jobclients_contract.judging.agreement import written
from jobclients_contract.judging.answers import covered, different, shown
from jobclients_contract.judging.bench import Act, Bench, benched
from jobclients_contract.playing.driver import error_class, raised
from jobclients_contract.playing.strategies import ANY, Strategies, made
from jobclients_contract.pointers import escaped
from jobclients_contract.reading.schemas import CONTENT, Place, Schemas, pointer_of
from jobclients_contract.reading.validity import Validity

CANDIDATES: Final[list[Json]] = [
    *(None, True, 7, 7.5, 7.0, -1, 2**70, "", "text", "7", "a-word-that-nobody-knows", "x" * 300, '{"unknown": 1}'),
    [],
    ["text"],
    {},
    {"unknown": "x"},
]
"""What is put at every place; at most places most of it is wrong."""

_EXAMPLES: Final = {"sync": 12, "async": 4}
_OF_ERRORS: Final = {"sync": 4, "async": 2}
_STRIDE: Final = {"sync": 1, "async": 13}
"""An async client decodes with the same code, so that it is asked for a part of it only."""


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    validity = Validity(Schemas(contract.schemas))
    strategies = Strategies(validity)
    for operation in contract.operations:
        for answer in different(operation):
            yield from _of_answer(contract, validity, strategies, operation, answer)


def _of_answer(
    contract: Contract, validity: Validity, strategies: Strategies, operation: Operation, answer: Answer
) -> Iterator[Check]:
    number = _EXAMPLES if answer.success else _OF_ERRORS

    def valid(bench: Bench, mode: str) -> None:
        made(lambda body: _read_twice(bench, body), strategies.valid(bench.part), number[mode])

    def violated(bench: Bench, mode: str) -> None:
        _violated(bench, _STRIDE[mode])

    def broken(bench: Bench, mode: str) -> None:
        _broken(bench, strategies.valid(bench.part), number[mode])

    def about(rule: str, act: Act) -> tuple[Check, Check]:
        run = benched(contract, validity, operation, answer, act)
        return both(contract, rule, operation.method, answer.status, answer.where, run, covered(operation, answer))

    yield from about("GN1", valid)
    yield from about("GN3", broken)
    if answer.success:
        yield from about("GN2", violated)
        yield from about("GN4", lambda bench, mode: _stable(bench))


def _read_twice(bench: Bench, body: Json) -> None:
    """GN1: what is valid is decoded and says the same when it is written; GN4: twice it is the same."""
    if bench.read(body) != bench.read(body):
        refuse("the same body twice is two different values", body)


def _violated(bench: Bench, stride: int) -> None:
    """GN2: one thing is wrong, at every place: it is told with its place, or the stated leniency takes it.

    What is wrong with JSON in a text leaves it a text.
    """
    places = list(bench.schemas.places(bench.part, content=True))
    for place, value in [(place, value) for place in places for value in CANDIDATES][::stride]:
        at = _told(place, place.pointer)
        exact = not isinstance(value, list | dict) and place.union is None
        bench.judge(bench.schemas.body(place, value), at, exact=exact)
    plain = [place for place in places if CONTENT not in place.path]
    for holder, key in [(place, key) for place in plain for key in _required(bench.schemas, place)][::stride]:
        least = bench.schemas.least(holder.part)
        if isinstance(least, dict):
            body = bench.schemas.body(holder, {name: item for name, item in least.items() if name != key})
            bench.judge(body, _told(holder, f"{holder.pointer}/{escaped(key)}"), exact=holder.union is None)


def _told(place: Place, pointer: str) -> str:
    """The place that an error has to name; of alternatives any may be meant, and only where they are is sure."""
    return pointer if place.union is None else pointer_of(place.path[: place.union])


def _required(schemas: Schemas, place: Place) -> Iterator[str]:
    """The keys that every body must have at a place."""
    shapes = schemas.shapes(place.part)
    if len(shapes) == 1:
        yield from sorted(shapes[0].required)


def _broken(bench: Bench, bodies: st.SearchStrategy[Json], number: int) -> None:
    """GN3: whatever the bytes are, a call returns or raises one of the library's own errors."""
    own = error_class(bench.contract, "JobClientsError")

    def send(content: bytes) -> None:
        bench.play(content)
        error = raised(bench.call)
        if error is not None and not isinstance(error, own):
            refuse(f"an error that is none of the library's, of {content!r}", own.__name__, repr(error))

    made(send, st.binary(max_size=40), number)
    made(send, ANY.map(lambda body: json.dumps(body).encode()), number)
    made(send, st.builds(_damaged, bodies, st.integers(0, 10_000), st.binary(max_size=3), st.booleans()), number)


def _damaged(body: Json, at: int, piece: bytes, replace: bool) -> bytes:
    """A body with a few bytes put in, or in the place of others."""
    content = json.dumps(body, ensure_ascii=False).encode()
    start = at % (len(content) + 1)
    return content[:start] + piece + content[start + (len(piece) or 1) * replace :]


def _stable(bench: Bench) -> None:
    """GN4: models are equal when their JSON is, have the same JSON each time, and can be copied."""
    documented = [item.example.value for item in shown(bench.contract) if item.answer is bench.answer]
    for body in documented or [bench.schemas.least(bench.part)]:
        one, other = bench.read(body), bench.read(body)
        if one != other:
            refuse("the same body twice is two different values", one, other)
        if json.dumps(written(one)) != json.dumps(written(other)):
            refuse("the JSON of a value is not always the same", written(one), written(other))
        for model in cast("list[object]", one) if isinstance(one, list) else [one]:
            if isinstance(model, BaseModel):
                _copied(model)


def _copied(model: BaseModel) -> None:
    copy = model.model_copy(deep=True)
    if copy != model or _hash(copy) != _hash(model):
        refuse("a copy is not equal to its model", model, copy)
    for name in model.model_fields_set & type(model).model_fields.keys():
        changed = model.model_copy(update={name: "a value that nobody has"})
        if changed == model:
            refuse(f"a model equals one with another {name}", "a difference", changed)


def _hash(model: BaseModel) -> int | None:
    """The hash; None where the model has none, as pydantic's models have while they can be changed."""
    try:
        return hash(model)
    except TypeError:
        return None
