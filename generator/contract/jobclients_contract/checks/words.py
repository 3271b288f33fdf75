"""RQ2: words that stand deep in a body arrive as they are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from jobclients_core.locators import element_names

from jobclients_contract.cases import Argument, Contract, Json, Operation
from jobclients_contract.checks.requests import called, varied
from jobclients_contract.failure import Check, both
from jobclients_contract.playing.bodies import SCHEMAS, completed, valid
from jobclients_contract.playing.driver import playing
from jobclients_contract.playing.loopback import answer
from jobclients_contract.pointers import escaped
from jobclients_contract.reading.media_types import is_json

_REFUSED = answer({}, 404)


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    for operation in contract.operations:
        found = dict(_of_operation(contract, operation))
        if found:
            act = partial(_sent, contract, operation, list(found.values()))
            covers = [f"enum:{name}" for name in found]
            yield from both(contract, "RQ2", operation.method, "words in the body", operation.where, act, covers)


def _of_operation(contract: Contract, operation: Operation) -> Iterator[tuple[str, tuple[Argument, Json]]]:
    """Each word that stands in an object or a list of a JSON body: its name in the matrix, argument and value."""
    body = operation.body
    if body is None or not is_json(body.media_type):
        return
    for argument in operation.arguments:
        if argument.location not in ("field", "body"):
            continue
        for name, value in _holding(contract, argument.schema, operation.pointer(argument), frozenset()):
            if isinstance(value, dict | list) and valid(contract, argument.schema, value):
                yield name, (argument, value)


def _holding(contract: Contract, schema: Json, at: str, seen: frozenset[str]) -> Iterator[tuple[str, Json]]:
    """The words of a schema and of all schemas in it, each with a value that holds it and what else is required."""
    if not isinstance(schema, dict):
        return
    ref = schema.get("$ref")
    if isinstance(ref, str):
        name = ref.removeprefix(SCHEMAS)
        if name not in seen:
            target = f"/components/schemas/{escaped(name)}"
            yield from _holding(contract, contract.schemas.get(name), target, seen | {name})
        return
    words = schema.get("enum")
    for word in words if isinstance(words, list) else ():
        if word is not None:
            yield f"{at}/{word}", word
    for key in ("allOf", "anyOf", "oneOf"):
        options = schema.get(key)
        listed = options if isinstance(options, list) else []
        for element, option in zip(element_names(key, listed), listed, strict=True):
            for name, value in _holding(contract, option, f"{at}/{key}/{escaped(element)}", seen):
                whole = value
                for other in listed if key == "allOf" else ():
                    whole = completed(contract, other, whole)
                yield name, whole
    properties = schema.get("properties")
    for key, inner in properties.items() if isinstance(properties, dict) else ():
        for name, value in _holding(contract, inner, f"{at}/properties/{escaped(key)}", seen):
            yield name, completed(contract, schema, {key: value})
    for name, value in _holding(contract, schema.get("items"), f"{at}/items", seen):
        yield name, [value]
    for name, value in _holding(contract, schema.get("additionalProperties"), f"{at}/additionalProperties", seen):
        yield name, completed(contract, schema, {"made-up": value})


def _sent(contract: Contract, operation: Operation, values: list[tuple[Argument, Json]], mode: str) -> None:
    """A call for each word, which is otherwise the least one."""
    least = contract.least(operation.method)
    with playing(contract, mode, by=lambda _: _REFUSED) as (server, client):
        for argument, value in values:
            server.requests.clear()
            called(contract, server, client, varied(least, operation, argument, value, ""))
