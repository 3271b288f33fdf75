"""From a call to its flow: encoding, credentials, delivery, judgement."""

from __future__ import annotations

import json as _json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, TypeVar

from .auth import Authenticator, Grant, Security
from .encode import Encoded, check_header, encode_call, encode_literal
from .errors import AuthenticationError, InvalidArgument
from .expressions import Facts
from .flow import Answer, Clock, Flow, HttpRequest, Plan, Subject, deliver
from .hiding import spellings
from .http import HttpOptions
from .judge import Judge, Response, judge_operation, operation_judge
from .operation import Call, Operation, Query, Vendor
from .origin import BaseUrl, dot_segment, follow, query_values
from .security import ApiKey
from .shapes import is_mapping, is_sequence, is_text
from .signing import sign
from .statuses import is_success

if TYPE_CHECKING:
    from .inspection import Inspector

T = TypeVar("T")

# Intermediaries rewrite these two, and a signature over them would then no longer fit.
_UNSIGNED = frozenset(("accept-encoding", "user-agent"))
_FORBIDDEN = frozenset(
    (
        "authorization",
        "connection",
        "content-length",
        "cookie",
        "host",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-sdk-date",
        "x-sdk-content-sha256",
        "x-security-token",
    )
)
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_TARGET = re.compile(
    r"/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*(?:\?(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?"
)
_METHOD = re.compile(r"[A-Z]{3,10}")


@dataclass(slots=True)
class Contact:
    """What a client knows of the vendor's host.

    Args:
        reached: Whether it has ever answered.
    """

    reached: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """All that the calls of one client share.

    Args:
        vendor: The vendor.
        base: Where requests go.
        parameters: The client's own parameters by name.
        headers: Headers of every request: agent and encodings first, the caller's after them.
        auth: The credentials.
        options: How to speak HTTP.
        zone: The caller's time zone.
        account: The caller's label for the account.
        clock: Time and chance.
        inspector: Tells of answers that are not as documented; None where nobody asks.
        contact: Whether the vendor's host was ever reached.
    """

    vendor: Vendor
    base: BaseUrl
    parameters: Mapping[str, Any] = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    auth: Authenticator = field(repr=False)
    options: HttpOptions
    zone: tzinfo | None
    account: str
    clock: Clock = field(repr=False)
    inspector: Inspector | None = field(default=None, repr=False)
    contact: Contact = field(default_factory=Contact)


def default_headers(vendor: Vendor, given: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    """The headers of every request of a client.

    Args:
        vendor: The vendor, whose credential headers are not the caller's to set.
        given: The caller's own headers.

    Returns:
        The agent and the accepted encodings, then the caller's.

    Raises:
        InvalidArgument: a header is not the caller's to set, or breaks the protocol.
    """
    checked = check_headers(vendor, given)
    agent = next((value for name, value in checked if name.lower() == "user-agent"), "/".join(vendor.product))
    rest = [(name, value) for name, value in checked if name.lower() not in ("user-agent", "accept-encoding")]
    return (("User-Agent", agent), ("Accept-Encoding", "gzip, deflate"), *rest)


def check_headers(
    vendor: Vendor, given: Mapping[str, str] | None, operation: str | None = None
) -> list[tuple[str, str]]:
    """Check headers of the caller's own.

    Args:
        vendor: The vendor.
        given: The headers.
        operation: What is called, for errors.

    Returns:
        Them in order.

    Raises:
        InvalidArgument: a header is not the caller's to set, or breaks the protocol.
    """
    taken = {
        scheme.name.lower()
        for scheme in vendor.schemes.values()
        if isinstance(scheme, ApiKey) and scheme.location == "header"
    }
    pairs: list[tuple[str, str]] = []
    items: Mapping[Any, Any] = given or {}
    for name, value in items.items():
        if not isinstance(name, str) or not isinstance(value, str) or not _HEADER_NAME.fullmatch(name):
            raise InvalidArgument("headers should be names and values", operation=operation, argument="headers")
        if name.lower() in _FORBIDDEN or name.lower() in taken:
            raise InvalidArgument(
                f"the header {name} is not the caller's to set", operation=operation, argument="headers"
            )
        pairs.append((name, check_header(value, f"the header {name}", operation)))
    return pairs


def _finish(session: Session, encoded: Encoded, accept: str, grant: Grant) -> HttpRequest:
    """Put request and credentials together, and sign what came out."""
    base = session.base
    target = encoded.target
    if grant.query:
        target += ("&" if "?" in target else "?") + "&".join(grant.query)
    own = {name.lower() for name, _ in encoded.headers}
    headers = [("Host", base.authority)]
    if "accept" not in own and all(name.lower() != "accept" for name, _ in session.headers):
        headers.append(("Accept", accept))
    headers += [pair for pair in session.headers if pair[0].lower() not in own]
    # A parameter of the operation never stands in for, or beside, a credential.
    secured = {name.lower() for name, _ in grant.headers}
    headers = [pair for pair in (*headers, *encoded.headers) if pair[0].lower() not in secured]
    headers += grant.headers
    cookies = (*encoded.cookies, *grant.cookies)
    if cookies:
        headers.append(("Cookie", "; ".join(cookies)))
    if grant.signer is not None:
        signable = [pair for pair in headers if pair[0].lower() not in _UNSIGNED]
        headers += sign(
            encoded.method,
            target,
            signable,
            encoded.content or b"",
            access_key=grant.signer.access_key,
            secret_key=grant.signer.secret_key,
        )
    return HttpRequest(encoded.method, base.origin, target, tuple(headers), encoded.content)


def _delivery(
    session: Session,
    operation: Operation[Any],
    encoded: Encoded,
    security: Security,
    judge: Any,
    *,
    retries: int | None = None,
    deadline: float | None = None,
    about: Subject | None = None,
    before: int = 0,
) -> Flow[Any]:
    end = session.clock.monotonic() + session.options.timeout
    end = end if deadline is None else min(end, deadline)
    last: list[Grant] = []

    def prepare() -> Flow[HttpRequest]:
        grant = yield from session.auth.grant(security, operation.id, end, about_job=about is not None)
        last[:] = [grant]
        return _finish(session, encoded, operation.accepted, grant)

    def judged(answer: Answer) -> Any:
        session.contact.reached = True
        try:
            result = judge(answer)
        except AuthenticationError as error:
            session.auth.refused(last[0], error)
            raise
        session.auth.accepted(last[0])
        return result

    plan = Plan(operation.id, operation.repeatable, prepare, judged, lambda: session.auth.discard(last[0]))
    repeats = session.options.retries if retries is None else retries
    return deliver(plan, clock=session.clock, retries=repeats, deadline=end, about=about, before=before)


def encoded_call(session: Session, call: Call[Any], target: str | None = None) -> Encoded:
    """The request of a call, without credentials.

    Args:
        session: What the client's calls share.
        call: The call.
        target: Path and query of the URL that is followed; None for the operation's own.

    Returns:
        The request.

    Raises:
        InvalidArgument: the arguments cannot be sent.
    """
    return encode_call(
        call.operation,
        call.arguments,
        vendor=session.vendor,
        client_parameters=session.parameters,
        prefix=session.base.prefix,
        followed=target,
        zone=session.zone,
    )


def call_flow(
    session: Session,
    call: Call[T],
    *,
    retries: int | None = None,
    deadline: float | None = None,
    accepts: Callable[[Facts], bool] | None = None,
    about: Subject | None = None,
    before: int = 0,
) -> Flow[Response[T]]:
    """The flow of one call of an operation.

    Args:
        session: What the client's calls share.
        call: The call.
        retries: How often to repeat at most; the client's own number when None.
        deadline: Moment on the monotonic clock by which to end, if that is earlier than the client's own timeout.
        accepts: Tells of a success that its envelope would refuse whether to read it nonetheless.
        about: The job that the call is about.
        before: How often it was sent already.

    Returns:
        The flow; its result is the typed answer.

    Raises:
        InvalidArgument: the arguments cannot be sent.
    """
    operation, followed = call.operation, call.followed
    target = None
    if followed is not None:
        base, target = follow(session.base, followed.url, followed.origins, operation=operation.id)
        session = replace(session, base=base)
    encoded = encoded_call(session, call, target)
    security = session.vendor.security if operation.security is None else operation.security
    hidden = (*encoded.secrets, *(query_values(followed.url, followed.secret) if followed is not None else ()))
    own_secrets = tuple(spelling for secret in hidden for spelling in spellings(secret))

    def judge(answer: Answer) -> Response[T]:
        reader = operation_judge(
            operation,
            session.vendor,
            zone=session.zone,
            secrets=(*session.auth.secrets(), *own_secrets),
            now=session.clock.wall(),
            accepts=accepts,
        )
        if session.inspector is not None:
            session.inspector.inspect(operation, answer, reader)
        return judge_operation(reader, operation, session.vendor, answer)

    return _delivery(
        session, operation, encoded, security, judge, retries=retries, deadline=deadline, about=about, before=before
    )


def request_flow(
    session: Session,
    method: str,
    path: str,
    *,
    params: Mapping[str, Any] | None,
    json: Any,
    content: bytes | str | None,
    headers: Mapping[str, str] | None,
) -> Flow[Response[bytes]]:
    """The flow of a request to an endpoint that no operation describes.

    Args:
        session: What the client's calls share.
        method: HTTP method.
        path: Path below the base URL, with or without a query; characters outside of a URL are encoded.
        params: Query parameters to add; lists are repeated, None is left out.
        json: A JSON body; None for none.
        content: Another body.
        headers: Headers of this request.

    Returns:
        The flow; its result is the answer, whatever its body is.

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

    def judge(answer: Answer) -> Response[bytes]:
        vendor = session.vendor
        reader = Judge(
            name,
            vendor.errors,
            vendor.envelope,
            session.zone,
            session.auth.secrets(),
            session.clock.wall(),
            secret_keys=vendor.secret_keys,
        )
        facts = reader.facts(answer)
        if not is_success(answer.status):
            raise reader.failure(answer, facts)
        refused = reader.refusal(answer, facts)
        if refused is not None:
            raise refused
        return Response(answer.status, answer.headers, answer.content, answer.content, name)

    return _delivery(session, operation, encoded, session.vendor.security, judge)


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
