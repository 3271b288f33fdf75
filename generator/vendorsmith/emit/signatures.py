"""Writes the signatures of methods: arguments, overloads and return types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from vendorsmith.emit import constants
from vendorsmith.emit.code import Code
from vendorsmith.emit.types import argument_type, result_type, takes_null
from vendorsmith.ir import Api, BodyField, Operation, Parameter


def results(operation: Operation) -> Iterator[str]:
    """The types of what a call returns, one for each documented success."""
    for response in operation.responses:
        if constants.is_success(operation, response):
            yield result_type(response.type)


def keyword_only(entries: Sequence[str]) -> Code:
    """Arguments behind `self`, all by keyword."""
    return Code("".join(f", {argument}" for argument in (["*", *entries] if entries else [])))


def arguments(
    api: Api, operation: Operation, chosen: frozenset[str] | None = None, fixed: frozenset[str] = frozenset()
) -> Iterator[tuple[str, str]]:
    """The arguments as the signature writes them, each with its name: required ones first, the client's last.

    Args:
        api: the vendor's facts.
        operation: the call.
        chosen: for an overload, the one parameter of each exactly-one-of group that it takes.
        fixed: names of arguments that the caller does not give.
    """
    alternatives = frozenset(wire for group in operation.exactly_one_of for wire in group)
    entries: list[tuple[int, str, str]] = []
    given: list[Parameter | BodyField] = list(operation.parameters)
    given += operation.body.fields if operation.body else ()
    for entry in given:
        if entry.name in fixed or (chosen is not None and entry.wire in alternatives and entry.wire not in chosen):
            continue
        required = entry.required and not _from_client(entry)
        required = required or (chosen is not None and entry.wire in chosen)
        rank = 2 if _from_client(entry) else 0 if required else 1
        entries.append((rank, _argument(api, entry, required=required), entry.name))
    if operation.body and not operation.body.fields:
        body = operation.body
        absent = "" if body.required else " | Unset = UNSET" if takes_null(api, body.type) else " | None = None"
        entries.append((0 if body.required else 1, f"body: {argument_type(api, body.type)}{absent}", "body"))
    for _, text, name in sorted(entries, key=lambda entry: entry[0]):
        yield text, name


def needed(api: Api, operation: Operation, fixed: frozenset[str] = frozenset()) -> list[str]:
    """The names of the arguments without which a call cannot be made, with the first of each exactly-one-of group."""
    chosen = frozenset(group[0] for group in operation.exactly_one_of)
    return [name for text, name in arguments(api, operation, chosen, fixed) if " = " not in text]


def _from_client(entry: Parameter | BodyField) -> bool:
    return isinstance(entry, Parameter) and entry.client != "no"


def _argument(api: Api, entry: Parameter | BodyField, *, required: bool) -> str:
    type_ = argument_type(api, entry.type)
    if required:
        return f"{entry.name}: {type_}"
    if entry.type.nullable:
        return f"{entry.name}: {type_} | Unset = UNSET"
    return f"{entry.name}: {type_} | None = None"


def overloads(api: Api, operation: Operation, fixed: frozenset[str] = frozenset()) -> Iterator[Code]:
    """One signature for each way to choose one of each group."""
    for entries in choices(api, operation, fixed):
        yield keyword_only([text for text, _ in entries])


def choices(api: Api, operation: Operation, fixed: frozenset[str] = frozenset()) -> Iterator[list[tuple[str, str]]]:
    """The arguments for each way to choose one of each group; none where there is no group."""
    for choice in product(*operation.exactly_one_of) if operation.exactly_one_of else ():
        yield list(arguments(api, operation, frozenset(choice), fixed))
