"""RQ4 to RQ6: arguments that are refused before anything is sent, and those that are left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import combinations

from jobclients_contract.cases import Argument, Contract, Json, Operation, carried, nullable, usual
from jobclients_contract.failure import Check, both, refuse
from jobclients_contract.judging.arrival import arrived
from jobclients_contract.playing.bodies import alternatives, types_of
from jobclients_contract.playing.driver import Client, error_class, opened, playing
from jobclients_contract.playing.loopback import Loopback, answer, loopback

_REFUSED = answer({}, 404)
_DOTS = ("", ".", "..", "%2e%2e", "a/../b")
_NO_FIELD = ("a\r\nX-Made-Up: b", "a\nb", "a\rb", "a\x00b", "a\x1bb", "a\x7fb", " a", "a ", "\ta", "a\ud800")
"""Texts that would end a header field, begin another one, or arrive as another text (RFC 9110, 5.5)."""
_OF_ANOTHER_TYPE: Mapping[str, tuple[Json, ...]] = {
    "string": (7, True, ["text"]),
    "integer": ("text", True, 1.5),
    "number": ("text", True),
    "boolean": ("true", 1),
    "array": ("text", 7),
    "object": ("text", 7),
}
"""Values that are none of a type, for each type."""
_TYPED = frozenset(("x-time-format", "contentMediaType"))
"""Keywords by which an argument takes values of other types as well."""


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    for operation in contract.operations:
        yield from _of_operation(contract, operation)
    for argument in _of_client(contract):
        act = partial(_client_missing, contract, argument)
        yield from both(contract, "RQ5", "", f"client-{argument.name}", argument.where, act)


def _of_operation(contract: Contract, operation: Operation) -> Iterator[Check]:
    def made(
        rule: str, subject: str, act: Callable[[Contract, Operation, str], None], covers: list[str]
    ) -> Iterator[Check]:
        yield from both(
            contract, rule, operation.method, subject, operation.where, partial(act, contract, operation), covers
        )

    texts = [item for item in operation.arguments if item.location == "path" and _is_text(contract, item)]
    if texts:
        yield from made("RQ4", "path", _dots, [f"argument:{operation.method}/{item.name}" for item in texts])
    fields = [item for item in operation.arguments if item.location == "header" and _is_text(contract, item)]
    if fields:
        yield from made("RQ4", "header", _fields, [f"argument:{operation.method}/{item.name}" for item in fields])
    typed = [item for item in operation.arguments if _of_another_type(contract, item)]
    if typed:
        yield from made("RQ5", "types", _types, [f"argument:{operation.method}/{item.name}" for item in typed])
    needed = [item for item in operation.arguments if item.required and not item.client]
    if needed:
        yield from made("RQ5", "missing", _missing, [f"argument:{operation.method}/{item.name}" for item in needed])
    groups = range(len(operation.exactly_one))
    if groups:
        yield from made(
            "RQ5", "exactly-one", _exactly_one, [f"exactly-one:{operation.method}/{index}" for index in groups]
        )
    if optional := _optional(contract, operation):
        yield from made("RQ6", "none", _none, [f"argument:{operation.method}/{name}" for name in optional])


def _is_text(contract: Contract, argument: Argument) -> bool:
    """Whether an argument may be a text; one that says nothing of its type may."""
    types = types_of(contract, argument.schema)
    return not types or "string" in types


def _of_another_type(contract: Contract, argument: Argument) -> tuple[Json, ...]:
    """Values that an argument cannot have; none where that is not known, or where a format tells its type."""
    types = types_of(contract, argument.schema) - {"null"}
    if any(rules.keys() & _TYPED for rules in alternatives(contract, argument.schema)):
        return ()
    if argument.location == "field" and _is_moment(contract, argument):
        return (True, ["text"])  # bodies take a time in numbers as it is
    if len(types) == 1:
        return _OF_ANOTHER_TYPE.get(min(types), ())
    return (["text"],) if types and not types & {"array", "object"} else ()


def _is_moment(contract: Contract, argument: Argument) -> bool:
    return any(rules.get("format") == "date-time" for rules in alternatives(contract, argument.schema))


def _of_client(contract: Contract) -> list[Argument]:
    found = {item.name: item for operation in contract.operations for item in operation.arguments if item.client}
    return list(found.values())


def _optional(contract: Contract, operation: Operation) -> dict[str, Json]:
    """Each argument that the least call leaves out, as None; where None is a value, it is another matter."""
    return {
        item.name: None
        for item in operation.arguments
        if item.name not in operation.least and not item.client and not nullable(item.schema, contract.schemas)
    }


def _refused(
    contract: Contract,
    server: Loopback,
    client: Client,
    operation: Operation,
    arguments: Mapping[str, Json],
    about: str,
    *,
    signature: bool = False,
    untyped: Mapping[str, Json] | None = None,
) -> None:
    """The call raises InvalidArgument, or a TypeError of Python's own where that is as good; nothing is sent."""
    error = client.tried(operation.method, arguments, **(untyped or {}))
    wanted: tuple[type[Exception], ...] = (error_class(contract, "InvalidArgument"),)
    if server.requests:
        refuse(f"{about} was sent", "an InvalidArgument, and no request", server.requests[-1].line)
    if not isinstance(error, (*wanted, TypeError) if signature else wanted):
        refuse(f"{about} was not refused", "InvalidArgument", repr(error))


def _dots(contract: Contract, operation: Operation, mode: str) -> None:
    """RQ4: values that would make the path another one."""
    with playing(contract, mode, by=lambda _: _REFUSED) as (server, client):
        for argument in operation.arguments:
            if argument.location != "path" or not _is_text(contract, argument):
                continue
            # Beside other text, a dot is a dot.
            whole = f"{{{argument.wire}}}" in operation.path.split("/")
            for value in _DOTS if whole else ("",):
                given = {**operation.least, argument.name: value}
                _refused(contract, server, client, operation, given, f"{argument.name}={value!r}")
        for given in _joined(contract, operation):
            _refused(contract, server, client, operation, {**operation.least, **given}, f"{given!r}")


def _fields(contract: Contract, operation: Operation, mode: str) -> None:
    """RQ4: values that are none of a header field."""
    with playing(contract, mode, by=lambda _: _REFUSED) as (server, client):
        for argument in operation.arguments:
            if argument.location == "header" and _is_text(contract, argument):
                for value in _NO_FIELD:
                    given = operation.beside(argument.name) | {argument.name: value}
                    _refused(contract, server, client, operation, given, f"{argument.name}={value!r}")


def _joined(contract: Contract, operation: Operation) -> Iterator[dict[str, Json]]:
    """Placeholders of one segment that together, or with the text beside them, are ``.`` or ``..``."""
    texts = [item for item in operation.arguments if item.location == "path" and _is_text(contract, item)]
    names = {item.wire: item.name for item in texts}
    for segment in operation.path.split("/"):
        places = re.findall(r"\{([^{}]*)\}", segment)
        if places and re.sub(r"\{[^{}]*\}", ".", segment) in (".", "..") and names.keys() >= set(places):
            yield {names[place]: "." for place in places}


def _missing(contract: Contract, operation: Operation, mode: str) -> None:
    """RQ5: each required argument left out, and given as None."""
    with playing(contract, mode, by=lambda _: _REFUSED) as (server, client):
        for argument in operation.arguments:
            if not argument.required or argument.client:
                continue
            others = {name: value for name, value in operation.least.items() if name != argument.name}
            about = f"a call without {argument.name}"
            _refused(contract, server, client, operation, others, about, signature=True)
            if argument.location == "path" or not nullable(argument.schema, contract.schemas):
                _refused(contract, server, client, operation, {**others, argument.name: None}, f"{argument.name}=None")


def _types(contract: Contract, operation: Operation, mode: str) -> None:
    """RQ5: arguments of another type than the documented one."""
    with playing(contract, mode, by=lambda _: _REFUSED) as (server, client):
        for argument in operation.arguments:
            others = operation.beside(argument.name)
            for value in _of_another_type(contract, argument):
                about = f"{argument.name}={value!r}"
                _refused(contract, server, client, operation, others, about, untyped={argument.name: value})


def _exactly_one(contract: Contract, operation: Operation, mode: str) -> None:
    """RQ5: none, and two, of the arguments of which exactly one is given."""
    values = {item.name: item.value for item in operation.arguments}
    with playing(contract, mode, by=lambda _: _REFUSED) as (server, client):
        for group in operation.exactly_one:
            others = {name: value for name, value in operation.least.items() if name not in group}
            nothing = f"a call with none of {', '.join(group)}"
            _refused(contract, server, client, operation, others, nothing, signature=True)
            _refused(contract, server, client, operation, {**others, **dict.fromkeys(group)}, nothing)
            for pair in combinations(group, 2):
                given = {**others, **{name: values[name] for name in pair}}
                _refused(contract, server, client, operation, given, f"a call with both {' and '.join(pair)}")


def _none(contract: Contract, operation: Operation, mode: str) -> None:
    """RQ6: None for what may be left out is the same as leaving it out."""
    with playing(contract, mode, _REFUSED) as (server, client):
        error = client.tried(operation.method, {**operation.least, **_optional(contract, operation)})
        credentials = carried(operation, usual(contract.credentials))
        arrived(contract, server, contract.least(operation.method), error, credentials)


def _client_missing(contract: Contract, argument: Argument, mode: str) -> None:
    """RQ5: what neither the client nor the call was given."""
    invalid = error_class(contract, "InvalidArgument")
    with loopback(by=lambda _: _REFUSED) as server:
        try:
            with opened(contract, mode, server.url, options={argument.name: None}) as client:
                for operation in contract.operations:
                    if argument.name in {item.name for item in operation.arguments if item.required}:
                        _refused(
                            contract, server, client, operation, operation.least, f"a call without {argument.name}"
                        )
        except (invalid, TypeError):
            if server.requests:
                refuse("a request was sent", "none", server.requests[-1].line)
