"""What a call is given is what readers find in its request that others wrote: values, names and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jobclients_contract.foreign.checks import WHOLE, checks, disagreements
from jobclients_contract.foreign.requests import Place, RequestReader, lowered

from .clients import MODES, Clients
from .documents import Schema
from .drawn import drawn
from .values import Valid, Values, moment, unpacked

Call = tuple[str, Mapping[Place, Any]]
"""Name of an operation, and the values that it is given, by their places, as they travel."""


def calls(made: Clients, prefix: str) -> st.SearchStrategy[Call]:
    """Calls of the operations whose names begin with a word."""
    valid = Valid(made.document.get("components", {}).get("schemas", {}))
    found = [
        st.tuples(st.just(operation["operationId"]), _values(made, operation, valid))
        for item in made.document["paths"].values()
        for operation in item.values()
        if operation["operationId"].startswith(prefix)
    ]
    return st.one_of(found)


def _values(made: Clients, operation: Mapping[str, Any], valid: Valid) -> st.SearchStrategy[Mapping[Place, Any]]:
    required: dict[Place, Values] = {}
    optional: dict[Place, Values] = {}
    for entry in operation.get("parameters", []):
        sendable = partial(_is_sendable, entry["in"])
        values: Values = valid.of(entry["schema"]).filter(sendable)
        (required if entry["required"] else optional)[entry["in"], entry["name"]] = values
    parameters = st.fixed_dictionaries(required, optional=optional)
    if "requestBody" not in operation:
        return parameters
    body = _body(made, operation, valid)
    return body if operation["requestBody"]["required"] else st.just({}) | body


def _body(made: Clients, operation: Mapping[str, Any], valid: Valid) -> st.SearchStrategy[Mapping[Place, Any]]:
    """The arguments that make up the body: its properties, or the whole."""
    (media,) = operation["requestBody"]["content"].values()
    known = made.operations[operation["operationId"]].body
    whole = valid.of(media["schema"])
    if known is None or not known.fields:
        return whole.map(lambda value: {WHOLE: value})
    # None is "not given" where null is not a value of a type, and where it is one of any type.
    nullable = {
        wire
        for wire, schema in valid.properties(media["schema"]).items()
        if any(option.get("type") == "null" or None in option.get("enum", ()) for option in valid.alternatives(schema))
    }
    sendable = whole.filter(lambda value: all(item is not None or wire in nullable for wire, item in value.items()))
    return sendable.map(lambda value: {("body", wire): item for wire, item in value.items()})


def _is_sendable(location: str, value: Any) -> bool:
    """Whether a value can be sent; a client refuses an empty path, a dot segment, and blanks around a header."""
    texts = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else [value]
    if location == "path":
        return bool(texts) and all(str(text) not in ("", ".", "..") for text in texts)
    return location != "header" or all(text == text.strip() for text in map(str, texts))


def _documented(made: Clients, operation: str) -> Mapping[str, Any]:
    """What the document says of an operation."""
    entries = (entry for item in made.document["paths"].values() for entry in item.values())
    return next(entry for entry in entries if entry["operationId"] == operation)


def _names(made: Clients, operation: str) -> Mapping[Place, str]:
    """The Python names of arguments by their places."""
    known = made.operations[operation]
    return {WHOLE: known.body.name, **known.arguments} if known.body else known.arguments


def arguments(made: Clients, operation: str, values: Mapping[Place, Any], *, typed: bool) -> dict[str, Any]:
    """The arguments of a call by their Python names; times as moments if they are typed."""
    names = _names(made, operation)
    listed = _documented(made, operation).get("parameters", [])
    schemas: dict[Place, Schema] = {(item["in"], item["name"]): item["schema"] for item in listed}
    return {names[place]: _typed(schemas.get(place, {}), value, typed=typed) for place, value in values.items()}


def _typed(schema: Schema, value: Any, *, typed: bool) -> Any:
    if typed and isinstance(value, list):
        return [_typed(schema.get("items", {}), item, typed=typed) for item in value]
    return moment(schema["x-time-format"], value) if typed and "x-time-format" in schema else value


def carried(made: Clients, operation: str, values: Mapping[Place, Any]) -> Mapping[Place, Any]:
    """The values, and the empty body of a call that needs a body of optional properties and gives none."""
    known = made.operations[operation].body
    empty = known is not None and known.required and known.fields and not any(place[0] == "body" for place in values)
    return {**values, WHOLE: {}} if empty else values


def _required(made: Clients, operation: str) -> Iterator[Place]:
    """The places of what a call needs, by the document."""
    document, known = _documented(made, operation), made.operations[operation].body
    yield from ((entry["in"], entry["name"]) for entry in document.get("parameters", []) if entry["required"])
    if known is not None and document["requestBody"]["required"]:
        (media,) = document["requestBody"]["content"].values()
        wires = Valid(made.document["components"]["schemas"]).required(media["schema"])
        yield from ((("body", wire) for wire in wires) if known.fields else [WHOLE])


def test_methods_need_what_is_required(clients: Clients) -> None:
    for operation in clients.operations:
        names = _names(clients, operation)
        wanted = {names[place] for place in _required(clients, operation)}

        assert [wanted, wanted] == [clients.needed(mode, operation) for mode in MODES], operation


@pytest.mark.parametrize("prefix", ["ask", "tell"])
def test_requests_say_what_was_given(clients: Clients, prefix: str) -> None:
    reader = RequestReader(clients.document)

    @drawn(45)
    @given(calls(clients, prefix), st.booleans(), st.sampled_from(MODES))
    def agree(call: Call, typed: bool, mode: str) -> None:
        operation, values = call
        clients.network.response = (204, {}, b"")
        request = clients.sent(mode, operation, arguments(clients, operation, values, typed=typed))
        read = reader.read(request)
        if read.media_type.endswith("json"):
            read = replace(read, body=unpacked(read.body))
        wanted = carried(clients, operation, values)
        if read.media_type.endswith("json"):
            wanted = unpacked(wanted)

        assert (read.operation, disagreements(wanted, read)) == (operation, []), request
        assert {item.place for item in checks(wanted, read)} >= {
            lowered(place) for place in wanted if place[0] != "body"
        }

    agree()
