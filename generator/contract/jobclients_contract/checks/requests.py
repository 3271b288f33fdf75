"""RQ: a request is exactly as documented."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from enum import Enum
from functools import partial
from typing import Any

from jobclients_contract.cases import Argument, Contract, Json, Operation, Request, Spellings, carried, usual
from jobclients_contract.failure import Check, both
from jobclients_contract.judging.arrival import arrived
from jobclients_contract.playing.driver import Client, playing
from jobclients_contract.playing.loopback import Loopback, answer

_REFUSED = answer({}, 404)


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    for request in contract.requests:
        act = partial(_sent_as_documented, contract, request)
        yield from both(
            contract, request.rule, request.operation, request.name, request.where, act, _covered(contract, request)
        )
    for spelt in contract.spellings:
        act = partial(_spelt_as_documented, contract, spelt)
        subject = f"{spelt.argument}-values"
        named = [f"argument:{spelt.operation}/{spelt.argument}"]
        named += [f"enum:{spelt.words}/{word}" for word in _words(spelt)]
        yield from both(contract, spelt.rule, spelt.operation, subject, spelt.where, act, named)


def _covered(contract: Contract, request: Request) -> list[str]:
    operation = contract.operation(request.operation)
    names = [f"operation:{request.operation}"]
    names += [f"argument:{request.operation}/{name}" for name in (*request.arguments, *request.times)]
    names += [f"request-media:{request.operation}/{request.media_type}"] if request.media_type else []
    names += [f"example:{pointer}" for pointer in request.examples]
    names += [f"credential:{item.name}" for item in carried(operation, usual(contract.credentials))]
    return names


def _words(spelt: Spellings) -> list[str]:
    if not spelt.words:
        return []
    given = [item for value, _ in spelt.pairs for item in (value if isinstance(value, list) else [value])]
    return [str(word) for word in dict.fromkeys(given)]


def _sent_as_documented(contract: Contract, request: Request, mode: str) -> None:
    """RQ1, RQ6, RQ8, RQ10: the whole request of a call."""
    with playing(contract, mode, _REFUSED) as (server, client):
        called(contract, server, client, request)


def called(
    contract: Contract, server: Loopback, client: Client, request: Request, given: Mapping[str, Any] | None = None
) -> None:
    """Make a call, with some arguments as they are given instead of what the table has for them."""
    typed = {name: datetime.fromisoformat(text) for name, text in request.times.items()} | dict(given or {})
    arguments = {name: value for name, value in request.arguments.items() if name not in typed}
    error = client.tried(request.operation, arguments, **typed)
    credentials = carried(contract.operation(request.operation), usual(contract.credentials))
    arrived(contract, server, request, error, credentials)


def _spelt_as_documented(contract: Contract, spelt: Spellings, mode: str) -> None:
    """RQ2, RQ3, RQ6: each value of an argument; words of an enumeration as text and as its member."""
    operation = contract.operation(spelt.operation)
    argument = next(item for item in operation.arguments if item.name == spelt.argument)
    least = contract.least(spelt.operation)
    with playing(contract, mode, by=lambda _: _REFUSED) as (server, client):
        words = client.members(spelt.operation, spelt.argument) if spelt.words else None
        for value, expected in spelt.pairs:
            row = varied(least, operation, argument, value, expected)
            for given in ({}, {spelt.argument: _members(words, value)}) if words is not None else ({},):
                server.requests.clear()
                called(contract, server, client, row, given)


def _members(words: type[Enum], value: Json) -> object:
    return [words(item) for item in value] if isinstance(value, list) else words(value)


def varied(least: Request, operation: Operation, argument: Argument, value: Json, expected: str) -> Request:
    """The least call with another value of one argument."""
    given = operation.beside(argument.name) | {argument.name: value}
    row = replace(least, arguments=given)
    if argument.location in ("path", "query"):
        return replace(row, target=expected)
    if argument.location in ("header", "cookie"):
        name = argument.wire.lower() if argument.location == "header" else "cookie"
        return replace(row, headers={**row.headers, name: expected})
    media_type = operation.body.media_type if operation.body is not None else ""
    if argument.location == "body":
        return replace(row, media_type=media_type, body=value)
    if media_type.partition(";")[0].strip() == "application/x-www-form-urlencoded":
        return replace(row, media_type=media_type, body=expected)
    fields = [item for item in operation.arguments if item.location == "field" and item.name in given]
    return replace(row, media_type=media_type, body={item.wire: given[item.name] for item in fields})
