"""What arrived, held against what a call has to send: request line, header fields, body, credentials."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Mapping
from email import message_from_bytes
from email.policy import HTTP
from typing import NoReturn
from urllib.parse import unquote, unquote_plus

from jobclients_contract.cases import Contract, Credential, Json, Operation
from jobclients_contract.cases import Request as Expected
from jobclients_contract.failure import Mismatch, curl_of, expect, refuse
from jobclients_contract.judging.signature import check_signature
from jobclients_contract.playing.loopback import Loopback, Request
from jobclients_contract.reading.media_types import is_json, sent_as

# What may stand in any request, beside what is documented for it.
_USUAL = frozenset(("host", "accept", "accept-encoding", "user-agent", "content-length"))
_SIGNED = frozenset(("authorization", "x-sdk-date", "x-sdk-content-sha256"))
# The encodings of an answer that every client can read, whatever else is installed.
_ENCODINGS = {"gzip", "deflate"}


def secrets_of(contract: Contract) -> list[str]:
    """Every secret of the contract's credentials."""
    return [secret for item in contract.credentials for secret in item.secrets]


def curl(contract: Contract, server: Loopback, request: Request) -> str:
    """The request as a command, without secrets."""
    http, _, target = request.line.partition(" ")
    shown = {name: value for name, value in request.fields if name.lower() not in ("host", "content-length")}
    return curl_of(http, server.url + target, shown, request.body, secrets_of(contract))


def arrived(
    contract: Contract,
    server: Loopback,
    expected: Expected,
    error: BaseException | None,
    credentials: Collection[Credential],
) -> Request:
    """The one request of a call, which is as it should be.

    Args:
        contract: what is documented.
        server: where it arrived.
        expected: what must arrive.
        error: what the call raised, should nothing have arrived.
        credentials: what it has to carry.

    Raises:
        Mismatch: it is not.
    """
    operation = contract.operation(expected.operation)
    line = f"{expected.http or operation.http} {expected.target}"
    if not server.requests:
        refuse("no request arrived", line, repr(error))
    request = server.requests[-1]
    command = curl(contract, server, request)
    expect(1, len(server.requests), "the call sent more than one request", curl=command)
    expect(line, request.line, "the request line differs", curl=command)
    try:
        for name, value in expected.headers.items():
            expect(value, request.headers.get(name), f"the header {name} differs")
        for name in expected.absent:
            expect(None, request.headers.get(name), f"the header {name} is not part of the documented request")
        check_body(request, expected.media_type, expected.body)
        check_credentials(contract, request, credentials)
        check_headers(contract, operation, request, server.host, expected, credentials)
    except Mismatch as mismatch:
        mismatch.curl = command
        raise
    return request


def check_body(request: Request, media_type: str, body: Json) -> None:
    """The body and its media type: JSON by its values and their types, forms part by part, all else byte for byte.

    Raises:
        Mismatch: it differs.
    """
    if not media_type:
        expect(b"", request.body, "a body was sent")
        expect(None, request.headers.get("content-type"), "a media type without a body was sent")
        return
    sent = request.headers.get("content-type", "")
    essence = media_type.partition(";")[0].strip()
    if essence == "multipart/form-data":
        check_parts(request, _as_parts(body))
        return
    expect(media_type, sent, "the media type of the body differs")
    if is_json(essence):
        expect(_canonical(body), _canonical(_parsed(request.body)), "the body differs")
    else:
        expect((body if isinstance(body, str) else json.dumps(body)).encode(), request.body, "the body differs")


def check_parts(request: Request, parts: list[Part]) -> None:
    """The body is form data with these parts, in this order.

    Raises:
        Mismatch: it is not.
    """
    sent = request.headers.get("content-type", "")
    expect("multipart/form-data", sent.partition(";")[0], "the media type of the body differs")
    expect(parts, _parts(sent, request.body), "the parts of the body differ")


def _parsed(content: bytes) -> Json:
    """JSON of RFC 8259, where no object has a key twice."""
    try:
        value: Json = json.loads(content.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except ValueError as error:
        refuse(f"the body is no JSON: {error}", "JSON", content)
    return value


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    twice = {key for key, count in Counter(key for key, _ in pairs).items() if count > 1}
    if twice:
        raise ValueError(f"keys come twice: {sorted(twice)}")
    return dict(pairs)


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


Part = tuple[str, str | None, str | None, bytes]
"""Of form data: its name, its file's name, its media type, its content."""


def _as_parts(body: Json) -> list[Part]:
    """What an object becomes as form data: a part for each property, or for each item of a list.

    It is a text, or JSON that says so.
    """
    entries = body.items() if isinstance(body, dict) else ()
    items = [(key, item) for key, entry in entries for item in (entry if isinstance(entry, list) else [entry])]
    # HTML escapes these three in names, and nothing else.
    names = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})
    return [
        (
            key.translate(names),
            None,
            "application/json" if isinstance(item, dict | list) else None,
            (item if isinstance(item, str) else _compact(item)).encode(),
        )
        for key, item in items
    ]


def _compact(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _parts(media_type: str, content: bytes) -> list[Part]:
    """The parts of form data, as RFC 7578 has them."""
    message = message_from_bytes(f"Content-Type: {media_type}\r\n\r\n".encode() + content, policy=HTTP)
    if content == f"--{message.get_boundary()}--\r\n".encode():
        return []  # what an object without properties becomes
    if message.defects or not message.is_multipart():
        refuse("the body is no form data", "multipart/form-data", content)
    parts: list[Part] = []
    for part in message.iter_parts():
        strange = {name.lower() for name in part} - {"content-disposition", "content-type"}
        expect(set[str](), strange, "a part has header fields that nobody asked for")
        expect("form-data", part.get_content_disposition(), "a part is no form data")
        name = str(part["content-disposition"].params.get("name", "")).encode("utf-8", "surrogateescape").decode()
        media = part.get_content_type() if "content-type" in part else None
        payload = part.get_payload(decode=True)
        parts.append((name, part.get_filename(), media, payload if isinstance(payload, bytes) else b""))
    return parts


def _canonical(value: Json) -> str:
    """JSON in one form for each value: 1 is not 1.0, and not true."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def check_credentials(contract: Contract, request: Request, credentials: Collection[Credential]) -> None:
    """Header fields and query pairs of the credentials are there, and nothing of any other credential.

    Raises:
        Mismatch: they are not as documented.
    """
    headers = request.headers
    wanted: dict[str, str] = {}
    for credential in credentials:
        wanted |= credential.headers
        _check_query(request, credential)
    for name, value in wanted.items():
        expect(value, headers.get(name), f"the header {name} of the credential differs")
    signed = [credential for credential in credentials if credential.kind == "signed"]
    for credential in signed:
        check_signature(request, str(credential.values["access_key"]), str(credential.values["secret_key"]))
    names = {name for item in contract.credentials for name in item.headers} | {"authorization", *_SIGNED}
    for name in names - wanted.keys() - (_SIGNED if signed else set[str]()):
        expect(None, headers.get(name), f"the header {name} belongs to a credential that is not asked for")
    sent = {secret for item in credentials for secret in shown_by(item)}
    for secret in set(secrets_of(contract)) - sent:
        if secret.encode() in request.raw:
            refuse("a secret was sent with a request that does not carry it", "no secret", "$SECRET")


def _check_query(request: Request, credential: Credential) -> None:
    """What belongs into the query stands there once; whatever else shows a credential does not stand in the target."""
    query = request.target.partition("?")[2]
    pairs = [tuple(map(unquote_plus, pair.partition("=")[::2])) for pair in query.split("&")]
    for name, value in credential.query:
        found = [value for key, value in pairs if key == name]
        if found != [value]:
            refuse(f"the parameter {name} of the credential differs", "its value, once", f"{len(found)} values")
    rest = [secret for secret in shown_by(credential) if secret not in dict(credential.query).values()]
    if any(secret in unquote(request.target) for secret in rest):
        refuse("a secret that belongs into a header stands in the request target", "no secret", "$SECRET")


def shown_by(credential: Credential) -> tuple[str, ...]:
    """The secrets that a call carries for a credential."""
    if credential.exchange is not None:
        return (credential.exchange.token,)
    return () if credential.kind == "signed" else credential.secrets


def check_headers(
    contract: Contract,
    operation: Operation,
    request: Request,
    host: str,
    expected: Expected,
    credentials: Collection[Credential],
) -> None:
    """Accept, Accept-Encoding, Content-Type, User-Agent, Host and the length; and no field that nobody asked for.

    Raises:
        Mismatch: they are not as documented.
    """
    headers = request.headers
    expect(host, headers.get("host"), "the header host differs")
    if "accept" not in expected.headers:
        _check_accept(operation, headers.get("accept", ""))
    if "accept-encoding" not in expected.headers:
        encodings = {item.strip() for item in headers.get("accept-encoding", "").split(",")}
        expect(_ENCODINGS, encodings, "the header accept-encoding asks for other encodings")
    product = contract.package.replace("_", "-")
    if "user-agent" not in expected.headers and not re.fullmatch(
        rf"{product}/\d+(\.\d+)+", headers.get("user-agent", "")
    ):
        refuse("the header user-agent does not name the client", f"{product}/VERSION", headers.get("user-agent"))
    length = headers.get("content-length")
    if length is None and (request.body or operation.http in ("POST", "PUT", "PATCH")):
        refuse("the length of the body was not sent", len(request.body), length)
    expect(str(len(request.body)) if length is not None else None, length, "the header content-length differs")
    allowed = _USUAL | expected.headers.keys() | ({"content-type"} if expected.media_type else set[str]())
    for credential in credentials:
        allowed |= credential.headers.keys() | (_SIGNED if credential.kind == "signed" else set[str]())
    strange: Mapping[str, str] = {name: value for name, value in headers.items() if name not in allowed}
    expect({}, strange, "header fields were sent that nobody asked for")


def _check_accept(operation: Operation, accepted: str) -> None:
    """What is documented as a result must be asked for, and with it nothing that is no result."""
    documented = [answer.media_type for answer in operation.answers if answer.success and answer.media_type]
    results = {sent_as(media_type).partition(";")[0].strip() for media_type in documented}
    ranges = {item.partition(";")[0].strip() for item in accepted.split(",")}
    if not results or any("*" in item for item in results):
        results = results or {"application/json"}
    missing = {item for item in results if not ranges & {item, f"{item.partition('/')[0]}/*", "*/*"}}
    if missing or (results == {"application/json"} and ranges != results):
        refuse("the header accept does not ask for the documented results", ", ".join(sorted(results)), accepted)
