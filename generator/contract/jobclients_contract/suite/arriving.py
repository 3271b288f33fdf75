"""Checks a request that arrived: request line, header fields, body and credentials."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote, unquote_plus

from jobclients_contract.assertions.arrival import check_body, check_parts
from jobclients_contract.assertions.signature import check_signature
from jobclients_contract.failure import expect, refuse
from jobclients_contract.foreign.checks import WHOLE, disagreements
from jobclients_contract.foreign.requests import Place, lowered
from jobclients_contract.harness.loopback import Request
from jobclients_contract.schema_model.credentials import Credential
from jobclients_contract.schema_model.document import Operation
from jobclients_contract.schema_model.media_types import sent_as
from jobclients_contract.schema_model.values import Json
from jobclients_contract.suite.running import CallResult, Run

_USUAL: Final = frozenset(("host", "accept", "accept-encoding", "user-agent", "content-length"))
"""What may be in any request, beside what is documented for it."""
_SIGNED: Final = frozenset(("authorization", "x-sdk-date", "x-sdk-content-sha256"))
_ENCODINGS: Final = {"gzip", "deflate"}
"""The encodings of a response that every client can read, whatever else is installed."""


@dataclass(frozen=True, slots=True)
class Expected:
    """A request that must arrive.

    Attributes:
        line: HTTP method and raw target.
        headers: fields that come of arguments, by name in lower case.
        body: JSON, text or parts; None for none.
        credentials: what it carries.
    """

    line: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Json | tuple[tuple[str, Json], ...] = None
    credentials: tuple[Credential, ...] = ()


def arrived(run: Run, operation: Operation, called: CallResult, expected: Expected) -> Request:
    """The one request of a call, which is as it should be.

    Args:
        run: of the case.
        operation: what was called.
        called: what came of the call.
        expected: what must arrive.

    Raises:
        Mismatch: it is not.
    """
    if not called.requests:
        refuse("no request arrived", expected.line, repr(called.error))
    request = called.requests[-1]
    expect([expected.line], [item.line for item in called.requests], "the request line differs")
    for name, value in expected.headers.items():
        expect(value, request.headers.get(name), f"the header {name} differs")
    _check_body(request, operation, expected)
    check_credentials(run, request, expected.credentials)
    _check_headers(run, operation, request, expected)
    return request


def read_back(run: Run, method: str, request: Request, given: Mapping[str, Any]) -> None:
    """Readers that others wrote read out of the request what the call was given, and nothing else.

    Args:
        run: of the case.
        method: that was called.
        request: what arrived.
        given: the arguments by Python name, as JSON; how timestamps are written is what the request line says.

    Raises:
        Mismatch: they read something else.
    """
    read = run.foreign.read(request)
    values: dict[Place, Json | bytes] = {}
    for item in run.arguments(method).listed:
        name, place = item.entry.name, (item.location, item.entry.wire)
        if item.parameter is None:
            place = WHOLE if item.location == "body" else ("body", item.entry.wire)
        elif item.parameter.client and name not in given:
            given = {**given, name: run.clients.options[name]}
        if name in given:
            value = given[name]
            values[place] = read.values.get(lowered(place)) if isinstance(value, datetime) else value
    if "content-type" in request.headers and not any(location == "body" for location, _ in values):
        values[WHOLE] = {}  # a required body of which nothing was given
    found = disagreements(values, read)
    if found:
        refuse("what libraries of others read out of the request", values, "\n".join(found))


def _check_body(request: Request, operation: Operation, expected: Expected) -> None:
    body, media_type = expected.body, sent_as(operation.body.media_type)
    if isinstance(body, tuple):
        check_parts(request, body)
    else:
        check_body(request, media_type if body is not None else "", body)


def check_credentials(run: Run, request: Request, credentials: Collection[Credential]) -> None:
    """Header fields and query pairs of the credentials are there, and nothing of any other credential.

    Args:
        run: of the case.
        request: what arrived.
        credentials: what it has to carry.

    Raises:
        Mismatch: they are not as the suite says.
    """
    headers = request.headers
    pairs = [tuple(map(unquote_plus, pair.partition("=")[::2])) for pair in request.target.partition("?")[2].split("&")]
    wanted: dict[str, str] = {}
    for item in credentials:
        cookies = [value for known in (wanted, item.headers) if (value := known.get("cookie"))]
        wanted |= item.headers
        wanted |= {"cookie": "; ".join(cookies)} if cookies else {}
        for name, value in item.query:
            expect([value], [shown for key, shown in pairs if key == name], f"the parameter {name} of the credential")
        if item.signs:
            check_signature(request, str(item.values["access_key"]), str(item.values["secret_key"]))
    for name, value in wanted.items():
        found = headers.get(name, "")
        held = value in found.split("; ") if name == "cookie" else value == found
        if not held and not (name == "cookie" and value in found):
            refuse(f"the header {name} of the credential differs", value, headers.get(name))
    signed = any(item.signs for item in credentials)
    names = {name for item in run.credentials for name in item.headers} | {"authorization", *_SIGNED}
    for name in names - wanted.keys() - {"cookie"} - (_SIGNED if signed else set[str]()):
        expect(None, headers.get(name), f"the header {name} belongs to a credential that is not asked for")
    _check_secrets(run, request, credentials)


def _check_secrets(run: Run, request: Request, credentials: Collection[Credential]) -> None:
    """No secret of another credential is sent, and none of a header field is in the target."""
    carried = {text for item in credentials for text in _carried(item)}
    for item in run.credentials:
        for text in {*_carried(item)} - carried:
            if text.encode() in request.raw:
                refuse("a secret was sent with a request that does not carry it", "no secret", "$SECRET")
    queried = {value for item in credentials for _, value in item.query}
    if any(text in unquote(request.target) for text in carried - queried):
        refuse("a secret that belongs into a header is in the request target", "no secret", "$SECRET")


def _carried(item: Credential) -> list[str]:
    """The texts that a request carries for a credential and that tell it from others."""
    values = {name: value.partition("=")[2] if name == "cookie" else value for name, value in item.headers.items()}
    return [*(value.rpartition(" ")[2] for value in values.values()), *(value for _, value in item.query)]


def _check_headers(run: Run, operation: Operation, request: Request, expected: Expected) -> None:
    """Accept, Accept-Encoding, User-Agent, Host and the length; and no field that nobody asked for."""
    headers = request.headers
    expect(run.clients.server.host, headers.get("host"), "the header host differs")
    if "accept" not in expected.headers:
        _check_accept(operation, headers.get("accept", ""))
    encodings = {item.strip() for item in headers.get("accept-encoding", "").split(",")}
    if "accept-encoding" not in expected.headers:
        expect(_ENCODINGS, encodings, "the header accept-encoding asks for other encodings")
    product, agent = run.clients.package.replace("_", "-"), headers.get("user-agent", "")
    if "user-agent" not in expected.headers and not re.fullmatch(rf"{re.escape(product)}/\d+(\.\d+)+", agent):
        refuse("the header user-agent does not name the client", f"{product}/VERSION", agent)
    length = headers.get("content-length")
    if length is None and (request.body or operation.http in ("POST", "PUT", "PATCH")):
        refuse("the length of the body was not sent", len(request.body), length)
    expect(str(len(request.body)) if length is not None else None, length, "the header content-length differs")
    allowed = _USUAL | expected.headers.keys() | ({"content-type"} if expected.body is not None else set[str]())
    for item in expected.credentials:
        allowed |= item.headers.keys() | (_SIGNED if item.signs else set[str]())
    strange: Mapping[str, str] = {name: value for name, value in headers.items() if name not in allowed}
    expect({}, strange, "header fields were sent that nobody asked for")


def _check_accept(operation: Operation, accepted: str) -> None:
    """What is documented as a result must be asked for, and with it nothing that is not a result."""
    documented = [response.content.media_type for response in operation.responses if response.success]
    results = {sent_as(media_type).partition(";")[0].strip() for media_type in documented if media_type}
    ranges = {item.partition(";")[0].strip() for item in accepted.split(",")}
    if not results or any("*" in item for item in results):
        results = results or {"application/json"}
    missing = {item for item in results if not ranges & {item, f"{item.partition('/')[0]}/*", "*/*"}}
    if missing or (results == {"application/json"} and ranges != results):
        refuse("the header accept does not ask for the documented results", ", ".join(sorted(results)), accepted)
