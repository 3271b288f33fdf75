"""From a call to the request that is sent, complete but for its credentials."""

from __future__ import annotations

import json as _json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from .auth import Security
from .encode import Encoded, encode_call, encode_literal
from .errors import InvalidArgument
from .flow import HttpRequest
from .hiding import encodings
from .operation import Call, Operation, Query, Vendor
from .origin import BaseUrl, dot_segment, follow, query_values
from .session import Session, check_headers
from .shapes import is_mapping, is_sequence, is_text

T = TypeVar("T")

_TARGET = re.compile(
    r"/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*(?:\?(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?"
)
_METHOD = re.compile(r"[A-Z]{3,10}")


@dataclass(frozen=True, slots=True)
class Prepared(Generic[T]):
    """A request that lacks nothing but its credentials.

    Args:
        operation: What is called.
        request: The request.
        security: Alternatives of scheme names.
        secrets: Secrets among the arguments, as a response may echo them.
        described: Whether the specification says what a response holds; otherwise its bytes are the result.
    """

    operation: Operation[T]
    request: HttpRequest
    security: Security
    secrets: tuple[str, ...] = field(default=(), repr=False)
    described: bool = True


def prepare_call(session: Session, call: Call[T]) -> Prepared[T]:
    """Prepare the call of an operation.

    Args:
        session: What the client's calls share.
        call: The call.

    Returns:
        The request.

    Raises:
        InvalidArgument: the arguments cannot be sent.
    """
    operation, followed = call.operation, call.followed
    base, target = session.base_of(operation), None
    hidden: tuple[str, ...] = ()
    if followed is not None:
        base, target = follow(session.base, followed.url, followed.origins, operation=operation.id)
        hidden = tuple(query_values(followed.url, followed.secret))
    encoded = encoded_call(session, call, target)
    security = session.vendor.security if operation.security is None else operation.security
    secrets = tuple(encoding for secret in (*encoded.secrets, *hidden) for encoding in encodings(secret))
    return Prepared(operation, _request(session, base, encoded, operation.accepted), security, secrets)


def encoded_call(session: Session, call: Call[Any], target: str | None = None) -> Encoded:
    """The arguments of a call as a request holds them.

    Args:
        session: What the client's calls share.
        call: The call.
        target: Path and query of the URL that is followed; None for the operation's own.

    Returns:
        The parts of the request.

    Raises:
        InvalidArgument: the arguments cannot be sent.
    """
    return encode_call(
        call.operation,
        call.arguments,
        vendor=session.vendor,
        client_parameters=session.parameters,
        prefix=session.base_of(call.operation).prefix,
        followed=target,
        zone=session.zone,
    )


def _request(session: Session, base: BaseUrl, encoded: Encoded, accept: str) -> HttpRequest:
    """The request; its own header fields take the place of the client's."""
    own = {name.lower() for name, _ in encoded.headers}
    headers = [("Host", base.authority)]
    if "accept" not in own and all(name.lower() != "accept" for name, _ in session.headers):
        headers.append(("Accept", accept))
    headers += [pair for pair in session.headers if pair[0].lower() not in own]
    headers += encoded.headers
    if encoded.cookies:
        headers.append(("Cookie", "; ".join(encoded.cookies)))
    return HttpRequest(encoded.method, base.origin, encoded.target, tuple(headers), encoded.content)


def prepare_request(
    session: Session,
    method: str,
    path: str,
    *,
    params: Mapping[str, Any] | None,
    json: Any,
    content: bytes | str | None,
    headers: Mapping[str, str] | None,
) -> Prepared[bytes]:
    """Prepare a request to an endpoint that no operation describes.

    Args:
        session: What the client's calls share.
        method: HTTP method.
        path: Path below the base URL, with or without a query; characters outside of a URL are encoded.
        params: Query parameters to add; lists are repeated, None is left out.
        json: A JSON body; None for none.
        content: Another body.
        headers: Headers of this request.

    Returns:
        The request.

    Raises:
        InvalidArgument: the request would leave the base URL, or cannot be sent.
    """
    verb = method.upper() if is_text(method) else ""
    if not _METHOD.fullmatch(verb):
        raise InvalidArgument("method should be an HTTP method", argument="method")
    name = f"{verb} {_label(path)}"
    target = session.base.prefix + _checked_target(path, name)
    query = _query_string(params, name)
    if query:
        target += ("&" if "?" in target else "?") + query
    own = check_headers(session.vendor, headers, name)
    body, media = _body(json, content, name)
    if media is not None and all(key.lower() != "content-type" for key, _ in own):
        own.append(("Content-Type", media))
    encoded = Encoded(verb, target, tuple(own), (), body)
    operation: Operation[bytes] = Operation(id=name, method=verb, path="/", accept=("application/json", "*/*;q=0.5"))
    request = _request(session, session.base, encoded, operation.accepted)
    return Prepared(operation, request, session.vendor.security, described=False)


def _label(path: object) -> str:
    """The path for errors and logs: without its query, in bounded length."""
    text = path.partition("?")[0] if isinstance(path, str) else "?"
    return re.sub(r"[^\x21-\x7e]", "?", text)[:200]


def _checked_target(path: object, name: str) -> str:
    reason = ""
    if not isinstance(path, str) or not path.startswith("/") or path.startswith("//"):
        reason = "path should start with one '/': requests stay below the base URL"
    elif re.search(r"[\x00\r\n\\#]", path):
        reason = "path contains a line break, a backslash or a fragment"
    elif dot_segment(path.partition("?")[0]):
        reason = "path contains '.' or '..' segments"
    else:
        encoded = encode_literal(path)
        if _TARGET.fullmatch(encoded):
            return encoded
        reason = "path contains a '%' that starts no percent-encoding"
    raise InvalidArgument(reason, operation=name, argument="path")


def _query_string(params: Mapping[str, Any] | None, name: str) -> str:
    """The query of free parameters, by the rules of documented ones."""
    if not params:
        return ""
    if not is_mapping(params):
        raise InvalidArgument("params should be a mapping", operation=name, argument="params")
    values: dict[str, Any] = {str(key): value for key, value in params.items()}
    queries = tuple(Query(key, type="any", many=is_sequence(value)) for key, value in values.items())
    operation: Operation[None] = Operation(id=name, method="GET", path="", parameters=queries)
    encoded = encode_call(operation, values, vendor=_NOBODY, client_parameters={})
    return encoded.target.partition("?")[2]


_NOBODY = Vendor("")


def _body(json: Any, content: bytes | str | None, name: str) -> tuple[bytes | None, str | None]:
    if json is None:
        if content is None:
            return None, None
        if isinstance(content, (bytes, bytearray)):
            return bytes(content), "application/octet-stream"
        if is_text(content):
            return content.encode("utf-8", "replace"), "text/plain; charset=utf-8"
        raise InvalidArgument("content should be bytes or a string", operation=name, argument="content")
    if content is not None:
        raise InvalidArgument("json and content exclude each other", operation=name, argument="content")
    try:
        text = _json.dumps(json, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8"), "application/json"
    except (TypeError, ValueError, RecursionError):
        pass
    raise InvalidArgument("json cannot be sent as JSON", operation=name, argument="json")
