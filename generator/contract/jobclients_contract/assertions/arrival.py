"""Compares the body of a request, as the server got it, with the body that the call should send."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from email import message_from_bytes
from email.policy import HTTP
from typing import NoReturn

from jobclients_contract.failure import expect, refuse
from jobclients_contract.harness.loopback import Request
from jobclients_contract.schema_model.media_types import is_json
from jobclients_contract.schema_model.values import Json


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
    expect(media_type, sent, "the media type of the body differs")
    if is_json(essence):
        expect(_canonical(body), _canonical(_parsed(request.body)), "the body differs")
    else:
        expect((body if isinstance(body, str) else json.dumps(body)).encode(), request.body, "the body differs")


def check_parts(request: Request, parts: Sequence[tuple[str, Json]]) -> None:
    """The body is form data with these parts, in this order: texts, and JSON, which says so for objects and lists.

    Args:
        request: what arrived.
        parts: names and contents.

    Raises:
        Mismatch: it is not.
    """
    sent = request.headers.get("content-type", "")
    expect("multipart/form-data", sent.partition(";")[0], "the media type of the body differs")
    expect([*map(_part, parts)], _parts(sent, request.body), "the parts of the body differ")


def _parsed(content: bytes) -> Json:
    """JSON of RFC 8259, where no object has a key twice."""
    try:
        value: Json = json.loads(content.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except ValueError as error:
        refuse(f"the body is not JSON: {error}", "JSON", content)
    return value


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    twice = {key for key, count in Counter(key for key, _ in pairs).items() if count > 1}
    if twice:
        raise ValueError(f"keys come twice: {sorted(twice)}")
    return dict(pairs)


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number")


_Part = tuple[str, str | None, str | None, bytes]
"""Of form data: its name, its file's name, its media type, its content."""


def _part(named: tuple[str, Json]) -> _Part:
    name, content = named
    # HTML escapes these three in names, and nothing else.
    written = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return written, None, "application/json" if isinstance(content, dict | list) else None, text.encode()


def _parts(media_type: str, content: bytes) -> list[_Part]:
    """The parts of form data, as RFC 7578 has them."""
    message = message_from_bytes(f"Content-Type: {media_type}\r\n\r\n".encode() + content, policy=HTTP)
    if content == f"--{message.get_boundary()}--\r\n".encode():
        return []  # what an object without properties becomes
    if message.defects or not message.is_multipart():
        refuse("the body is not form data", "multipart/form-data", content)
    parts: list[_Part] = []
    for part in message.iter_parts():
        strange = {name.lower() for name in part} - {"content-disposition", "content-type"}
        expect(set[str](), strange, "a part has header fields that nobody asked for")
        expect("form-data", part.get_content_disposition(), "a part is not form data")
        name = str(part["content-disposition"].params.get("name", "")).encode("utf-8", "surrogateescape").decode()
        media = part.get_content_type() if "content-type" in part else None
        payload = part.get_payload(decode=True)
        parts.append((name, part.get_filename(), media, payload if isinstance(payload, bytes) else b""))
    return parts


def _canonical(value: Json) -> str:
    """JSON in one form for each value: 1 is not 1.0, and not true."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
