"""Writes test cases of the client: its server, constructor and credentials."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jobclients_contract.schema_model.credentials import Exchange
from jobclients_contract.schema_model.document import objects
from jobclients_contract.schema_model.entries import Entry
from jobclients_contract.schema_model.media_types import JSON
from jobclients_contract.schema_model.places import short

from vendorsmith.suite_line import Line, line
from vendorsmith.testcases.context import SuiteContext
from vendorsmith.testcases.servers import Server


def client_lines(context: SuiteContext, servers: Iterable[Server]) -> Iterator[Line]:
    """What the constructor takes, and where calls go.

    Args:
        context: of the vendor.
        servers: the documented one, with its variables given and left out.
    """
    entries = {item.wire: Entry(item.name, item.wire, optional=True) for item in context.api.variables}
    for operation in context.document.operations.values():
        for item in context.arguments(operation):
            if item.parameter is not None and item.parameter.client:
                needed = item.parameter.node.get("x-client-parameter") in (True, "required")
                entries.setdefault(item.wire, Entry(item.name, item.wire, optional=not needed))
    yield line("client", *map(str, entries.values())).then("given", **context.options)
    for server in servers:
        variables = {**context.options, **server.variables}
        begun = line("server", **variables)
        yield begun.then("lacks", server.missing) if server.missing else begun.then("at", server.url)


def credential_lines(context: SuiteContext) -> Iterator[Line]:
    """What each credential sends."""
    schemes = context.document.schemes
    used = {name for operation in context.api.operations for option in operation.security for name in option}
    for item in (item for item in context.credentials if item.scheme in used):
        begun = line("credential", item.name, item.scheme, **item.values)
        if item.exchange is not None:
            begun = _exchanged(begun, item.exchange)
        if item.signs:
            yield begun.then("signs")
            continue
        name = str(objects(schemes.get(item.scheme)).get("name", ""))
        fields = [f"{_spelt(key, name)}: {value}" for key, value in item.headers.items()]
        yield begun.then("sends", *fields, *(f"?{key}={value}" for key, value in item.query))


def _spelt(field: str, name: str) -> str:
    """A header field as the document spells it."""
    return name if name.lower() == field else field.title()


def _exchanged(begun: Line, exchange: Exchange) -> Line:
    http, _, path = exchange.line.partition(" ")
    places = {"expires": exchange.expires, "expires_in": exchange.expires_in}
    named = {name: short(place) for name, place in places.items() if place}
    named |= {"lifetime": exchange.lifetime} if exchange.lifetime else {}
    named |= {"media_type": exchange.media_type} if exchange.media_type != JSON else {}
    token = short(exchange.token)
    return begun.then("exchanges", f"{http} {exchange.server}{path}", exchange.body, token=token, **named)
