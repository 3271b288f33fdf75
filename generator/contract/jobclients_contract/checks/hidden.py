"""SE: what the spec calls secret (`x-secret`) shows neither in errors about it nor in results that hold it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from typing import cast

from jobclients_contract.cases import Answer, Contract, Json, Operation
from jobclients_contract.checks.secrets import MARKS, loud
from jobclients_contract.failure import Check, both, expect, refuse
from jobclients_contract.judging.leaks import expect_hidden, log_lines, shown_by_error
from jobclients_contract.playing.bodies import completed, success
from jobclients_contract.playing.driver import Client, error_class, playing
from jobclients_contract.playing.echoes import SPELLINGS, echoes, said
from jobclients_contract.playing.loopback import Script, answer
from jobclients_contract.reading.marked import Path, secret_parts, secrets_in
from jobclients_contract.reading.media_types import is_json, sent_as
from jobclients_contract.reading.pointers import Missing

_SECRET = loud(0)


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    for operation in contract.operations:
        marked = {
            argument.name: paths
            for argument in operation.arguments
            if (paths := [path for path, _ in secrets_in(contract, argument.schema, argument.value)])
        }
        if marked:
            act = partial(_arguments, contract, operation, marked)
            named = [f"argument:{operation.method}/{name}" for name in marked]
            yield from both(contract, "SE", operation.method, "arguments", operation.where, act, named)
        result = operation.success
        if result is not None and (_bodies(contract, result) or _in_headers(contract, operation, result)):
            act = partial(_result, contract, operation, result)
            yield from both(contract, "SE", operation.method, "result", result.where, act)


def _with_secret(value: Json, paths: Sequence[Path], secret: Json = _SECRET) -> Json:
    """A value with the secret at places in it."""
    for path in paths:
        value = _placed(value, path, secret)
    return value


def _placed(value: Json, path: Path, secret: Json) -> Json:
    if not path:
        return secret
    if isinstance(value, dict):
        return {key: _placed(item, path[1:], secret) if key == path[0] else item for key, item in value.items()}
    if isinstance(value, list):
        return [_placed(item, path[1:], secret) if index == path[0] else item for index, item in enumerate(value)]
    return value


def _arguments(contract: Contract, operation: Operation, marked: dict[str, list[Path]], mode: str) -> None:
    """Errors about a call with a secret argument, whatever the vendor repeats."""
    values = {item.name: item.value for item in operation.arguments}
    secret = {name: _with_secret(values[name], paths) for name, paths in marked.items()}
    given = operation.beside(*secret) | secret
    reply: list[Script] = [()]
    with log_lines() as lines, playing(contract, mode, by=lambda _: reply[0]) as (_, client):
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


def _bodies(contract: Contract, answered: Answer) -> list[Json]:
    """The documented bodies that hold a secret; where none is documented, a made-up one with every secret there is."""
    if not is_json(answered.media_type):
        return []
    part = secret_parts(contract, answered.schema, _SECRET)
    bodies = [item.value for item in answered.examples]
    if not bodies and not isinstance(part, Missing):
        bodies = [completed(contract, answered.schema, part)]
    return [body for body in bodies if any(True for _ in secrets_in(contract, answered.schema, body))]


def _in_headers(contract: Contract, operation: Operation, answered: Answer) -> list[str]:
    """The secret header fields that a method returns."""
    fields = answered.headers if operation.with_headers else ()
    return [item.name for item in fields if any(True for _ in secrets_in(contract, item.schema, "text"))]


def _result(contract: Contract, operation: Operation, answered: Answer, mode: str) -> None:
    """A result that holds a secret gives it when asked, and does not show it by itself; nor do errors about it."""
    good = success(contract, operation)
    headers = dict.fromkeys(_in_headers(contract, operation, answered), _SECRET)
    fields = {"Content_Type": sent_as(answered.media_type), **headers}
    bodies = _bodies(contract, answered)
    for value in bodies:
        paths = [path for path, _ in secrets_in(contract, answered.schema, value)]
        body = _with_secret(value, paths)
        wrong: tuple[Json, Json] = ({_SECRET: _SECRET}, [_SECRET])
        unfit: list[Json] = [{"unfit": body}, [body], *(_with_secret(value, paths, item) for item in wrong)]
        scripts = [answer(item, good.status, **fields) for item in (body, *unfit)]
        _expect_kept(contract, operation, mode, scripts, [*paths, *headers])
    if headers and not bodies:
        _expect_kept(contract, operation, mode, [answer(good.body, good.status, **fields)], [*headers])


def _expect_kept(
    contract: Contract, operation: Operation, mode: str, scripts: Sequence[Script], places: list[Path | str]
) -> None:
    """The first answer is a result that keeps its secret; where another is refused, the error does not show it."""
    with log_lines() as lines, playing(contract, mode, *scripts) as (_, client):
        result = client.call(operation.method, operation.least)
        texts = [repr(result), str(result), f"{result}", repr([result]), repr(getattr(result, "body", ""))]
        expect_hidden(texts, MARKS, "the result")
        expect(True, _holds(result, places), "the result does not give the secret")
        for number, _ in enumerate(scripts[1:]):
            _expect_hidden(contract, client, operation, operation.least, f"the error about unfit answer {number}")
    expect_hidden(lines, MARKS, "a log record")


def _holds(result: object, places: list[Path | str]) -> bool:
    """Whether the secret can be read from a result at all."""
    if any(isinstance(place, str) for place in places):
        return _SECRET in dict(getattr(result, "headers", {})).values()
    # As JSON, since models of all kinds know how to write that.
    dumped = cast("str", getattr(getattr(result, "body", result), "model_dump_json", str)())
    return json.dumps(_SECRET)[1:-1] in dumped
