"""SE: what the spec calls secret (`x-secret`) shows neither in errors about it nor in results that hold it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from typing import cast

from vendorsmith.contract.cases import Answer, Contract, Json, Operation
from vendorsmith.contract.checks.secrets import MARKS, loud
from vendorsmith.contract.failure import Check, both, expect, refuse
from vendorsmith.contract.judging.leaks import expect_hidden, logged, shown_by_error
from vendorsmith.contract.playing.driver import Client, error_class, playing
from vendorsmith.contract.playing.echoes import SPELLINGS, echoes, said
from vendorsmith.contract.playing.loopback import Script, answer

_DEPTH = 12
_SECRET = loud(0)
_Path = tuple[str | int, ...]


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    for operation in contract.operations:
        marked = {
            argument.name: paths
            for argument in operation.arguments
            if (paths := list(_marked(contract, argument.schema, argument.value)))
        }
        if marked:
            act = partial(_arguments, contract, operation, marked)
            named = [f"argument:{operation.method}/{name}" for name in marked]
            yield from both(contract, "SE", operation.method, "arguments", operation.where, act, named)
        result = operation.success
        if result is not None and (_in_body(contract, result) or _in_headers(result)):
            act = partial(_result, contract, operation, result)
            yield from both(contract, "SE", operation.method, "result", result.where, act)


def _marked(contract: Contract, schema: Json, value: Json, depth: int = 0) -> Iterator[_Path]:
    """The places in a value that its schema calls secret."""
    if not isinstance(schema, dict) or depth > _DEPTH:
        return
    if schema.get("x-secret") is True and isinstance(value, str):
        yield ()
        return
    ref = schema.get("$ref")
    if isinstance(ref, str):
        yield from _marked(contract, contract.schemas.get(ref.rpartition("/")[2]), value, depth + 1)
    for key in ("allOf", "anyOf", "oneOf"):
        options = schema.get(key)
        for option in options if isinstance(options, list) else []:
            yield from _marked(contract, option, value, depth + 1)
    properties = schema.get("properties")
    if isinstance(value, dict) and isinstance(properties, dict):
        for name, inner in properties.items():
            if name in value:
                yield from ((name, *path) for path in _marked(contract, inner, value[name], depth + 1))
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from ((index, *path) for path in _marked(contract, schema.get("items"), item, depth + 1))


def _with_secret(value: Json, paths: Sequence[_Path], secret: Json = _SECRET) -> Json:
    """A value with the secret at places in it."""
    for path in paths:
        value = _placed(value, path, secret)
    return value


def _placed(value: Json, path: _Path, secret: Json) -> Json:
    if not path:
        return secret
    if isinstance(value, dict):
        return {key: _placed(item, path[1:], secret) if key == path[0] else item for key, item in value.items()}
    if isinstance(value, list):
        return [_placed(item, path[1:], secret) if index == path[0] else item for index, item in enumerate(value)]
    return value


def _arguments(contract: Contract, operation: Operation, marked: dict[str, list[_Path]], mode: str) -> None:
    """Errors about a call with a secret argument, whatever the vendor repeats."""
    values = {item.name: item.value for item in operation.arguments}
    secret = {name: _with_secret(values[name], paths) for name, paths in marked.items()}
    given = {**operation.least, **secret}
    reply: list[Script] = [()]
    with logged() as lines, playing(contract, mode, by=lambda _: reply[0]) as (_, client):
        for name, echo in echoes(contract).items():
            for spelling in SPELLINGS:
                reply[0] = echo(said([_SECRET], spelling))
                about = f"the error about {name} in {spelling}"
                _expect_hidden(contract, client, operation, given, about)
        for name, paths in marked.items():
            if paths == [()]:  # half a character, which cannot be sent
                wrong = {**given, name: f"{_SECRET}\ud800"}
                _expect_hidden(contract, client, operation, wrong, f"the error about an unfit {name}")
    expect_hidden(lines, MARKS, "a log record")


def _expect_hidden(
    contract: Contract, client: Client, operation: Operation, given: dict[str, Json], about: str
) -> None:
    error = client.tried(operation.method, given)
    if error is None:
        return
    if not isinstance(error, error_class(contract, "JobClientsError")):
        refuse("an exception of others came up", "JobClientsError", repr(error))
    # The caller's own frames, the method's among them, have the arguments in their variables.
    expect_hidden([shown_by_error(error, variables=False)], MARKS, about)


def _in_body(contract: Contract, answered: Answer) -> bool:
    return any(True for item in answered.examples for _ in _marked(contract, answered.schema, item.value))


def _in_headers(answered: Answer) -> list[str]:
    return [
        item.name for item in answered.headers if isinstance(item.schema, dict) and item.schema.get("x-secret") is True
    ]


def _result(contract: Contract, operation: Operation, answered: Answer, mode: str) -> None:
    """A result that holds a secret gives it when asked, and does not show it by itself; nor do errors about it."""
    status = int(answered.status) if answered.status.isdigit() else 200
    headers = dict.fromkeys(_in_headers(answered), _SECRET)
    for example in answered.examples:
        paths = list(_marked(contract, answered.schema, example.value))
        body = _with_secret(example.value, paths)
        unfit: list[Json] = [{"unfit": body}, [body]]
        wrong: tuple[Json, Json] = ({_SECRET: _SECRET}, [_SECRET])
        unfit += [_with_secret(example.value, paths, item) for item in wrong if paths]
        scripts = [answer(item, status, **headers) for item in (body, *unfit)]
        with logged() as lines, playing(contract, mode, *scripts) as (_, client):
            result = client.call(operation.method, operation.least)
            texts = [repr(result), str(result), f"{result}", repr([result]), repr(getattr(result, "body", ""))]
            expect_hidden(texts, MARKS, "the result")
            expect(True, _holds(result, [*paths, *headers]), "the result does not give the secret")
            for item in unfit:
                _expect_hidden(contract, client, operation, operation.least, f"the error about {str(item)[:20]}")
        expect_hidden(lines, MARKS, "a log record")


def _holds(result: object, places: list[_Path | str]) -> bool:
    """Whether the secret can be read from a result at all."""
    if any(isinstance(place, str) for place in places):
        return _SECRET in dict(getattr(result, "headers", {})).values()
    # As JSON, since models of all kinds know how to write that.
    dumped = cast("str", getattr(getattr(result, "body", result), "model_dump_json", str)())
    return json.dumps(_SECRET)[1:-1] in dumped
