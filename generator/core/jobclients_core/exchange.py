"""Token exchange: a credential goes to the server it is bound to, a token with a life span comes back."""

from __future__ import annotations

import email.utils
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from .encode import encode_literal
from .envelopes import Errors
from .errors import ApiError, InvalidArgument, TransportError
from .expressions import ABSENT, BODY, Expression, ResponseContext, evaluate, parse, pointer_in
from .flow import Clock, Flow, HttpRequest, HttpResponse, Send
from .header_fields import check_header
from .media_types import is_json
from .origin import BaseUrl, fill_server, parse_base_url, warn_if_insecure
from .response_parser import ResponseParser
from .retries import Retries
from .security import Exchange
from .shapes import is_mapping, is_sequence
from .statuses import is_success
from .times import read_rfc3339

EXPIRY_MARGIN = 60.0
_LONGEST = 10**9  # seconds, which is 30 years: as good as for ever, and fit for a float


@dataclass(frozen=True, slots=True)
class CachedToken:
    """A token that was handed out.

    Args:
        value: The token.
        expires_at: Time on the monotonic clock from which on it is renewed; None for "until it is refused".
        ends_at: Time on the monotonic clock at which it ends, a little later; None where nobody said.
        renewed: Fields of the credential that were handed out anew, with their values.
    """

    value: str = field(repr=False)
    expires_at: float | None
    ends_at: float | None = None
    renewed: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    def fresh(self, now: float) -> bool:
        """Whether it may be used.

        Args:
            now: Time on the monotonic clock.

        Returns:
            True until shortly before it expires.
        """
        return self.expires_at is None or now < self.expires_at


@dataclass(frozen=True, slots=True)
class ClientContext:
    """What an exchange may use of the client that needs the token.

    Args:
        base: The client's base URL.
        values: The client's server variables and parameters by name.
        headers: Headers of every request of the client; they go to its own origin only.
        clock: Time and chance.
        errors: Where the client's vendor puts the facts of errors, for exchanges on its own server.
        secrets: Tells the known secrets, which no error shows.
    """

    base: BaseUrl
    values: Mapping[str, Any]
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    clock: Clock
    errors: Errors
    secrets: Callable[[], tuple[str, ...]] = field(default=tuple, repr=False)


def fill_template(template: Any, credential: object, values: Mapping[str, Any]) -> Any:
    """Fill the template of an exchange's body.

    Args:
        template: JSON, in which some texts are expressions.
        credential: The credential, for ``$credential.NAME``.
        values: The client's values, for ``$client.NAME``.

    Returns:
        The body; keys without a value, and objects and lists that become empty by that, are left out (`ABSENT`).
    """
    if isinstance(template, str):
        match parse(template):
            case Expression("credential", _, name):
                found = getattr(credential, name, None)
            case Expression("client", _, name):
                found = values.get(name)
            case _:
                return template
        return ABSENT if found is None else found
    if is_mapping(template):
        filled = {key: fill_template(item, credential, values) for key, item in template.items()}
        kept = {key: item for key, item in filled.items() if item is not ABSENT}
        return ABSENT if filled and not kept else kept
    if is_sequence(template):
        entries = [fill_template(item, credential, values) for item in template]
        left = [item for item in entries if item is not ABSENT]
        return ABSENT if entries and not left else left
    return template


def _own_base(exchange: Exchange, credential: object, context: ClientContext) -> BaseUrl:
    if exchange.server is None:
        return context.base
    given = getattr(credential, "base_url", None)
    if given is not None:
        base = parse_base_url(given, argument="auth.base_url")
    else:
        names = exchange.variables
        mine = {name: getattr(credential, name, None) for name in names}
        values = {name: mine[name] if mine[name] is not None else context.values.get(name) for name in names}
        base = fill_server(exchange.server, names, values, argument="auth.base_url")
    warn_if_insecure(base)
    return base


def _life(exchange: Exchange, response_context: ResponseContext, clock: Clock) -> float | None:
    """Seconds that the token lives from now on; None where nobody says."""
    if exchange.expires_in is not None:
        seconds = evaluate(exchange.expires_in, response_context)
        if isinstance(seconds, str) and seconds.isdecimal() and len(seconds) < 12:
            seconds = int(seconds)
        if isinstance(seconds, (int, float)) and not isinstance(seconds, bool):
            return float(min(seconds, _LONGEST))
    if exchange.expires is not None:
        timestamp = read_rfc3339(evaluate(exchange.expires, response_context), UTC)
        if isinstance(timestamp, datetime):
            return timestamp.timestamp() - _server_now(response_context, clock)
    return exchange.lifetime


def _server_now(response_context: ResponseContext, clock: Clock) -> float:
    """The server's own idea of now, so that a wrong clock on either side does not matter."""
    try:
        timestamp = email.utils.parsedate_to_datetime(response_context.headers.get("date", ""))
    except (ValueError, TypeError, OverflowError, IndexError):
        return clock.wall()
    return (timestamp if timestamp.tzinfo is not None else timestamp.replace(tzinfo=UTC)).timestamp()


def exchange_flow(
    exchange: Exchange, credential: object, context: ClientContext, retries: int, deadline: float
) -> Flow[CachedToken]:
    """Flow of an exchange: send the credential, and read the token.

    Args:
        exchange: How it is exchanged.
        credential: The credential.
        context: What the exchange may use of the client.
        retries: How often to repeat at most; a token too many does no harm, whatever the method is.
        deadline: Time on the monotonic clock at which everything ends.

    Returns:
        The token.

    Raises:
        JobClientsError: there is none.
    """
    name = exchange.name or f"exchange of {type(credential).__name__}"
    request = _request(exchange, credential, context, name)
    tries = Retries(context.clock, retries=retries, repeatable=True, deadline=deadline)
    while True:
        try:
            response: HttpResponse = yield Send(request, name, deadline, tries.attempt)
            return _token(exchange, context, response, name)
        except (ApiError, TransportError) as error:
            failure = error
        tries.failed(failure)
        yield tries.pause(failure)


def _request(exchange: Exchange, credential: object, context: ClientContext, name: str) -> HttpRequest:
    base = _own_base(exchange, credential, context)
    body = fill_template(exchange.body, credential, context.values)
    value: Any = {} if body is ABSENT else body
    try:
        if is_json(exchange.media_type):
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        else:
            text = urlencode(value)
        content = text.encode("utf-8")
    except (TypeError, ValueError):
        content = None
    if content is None:  # raised here, so that the error's context shows no secret
        raise InvalidArgument("a field of the credential cannot be sent", operation=name, argument="auth")
    shared = context.headers if base.origin == context.base.origin else context.headers[:2]
    headers = (
        ("Host", base.authority),
        ("Accept", "application/json"),
        *((name, value) for name, value in shared if name.lower() not in ("accept", "content-type")),
        ("Content-Type", exchange.media_type),
    )
    target = base.prefix + encode_literal(exchange.path)
    return HttpRequest(exchange.method, base.origin, target or "/", headers, content)


def _token(exchange: Exchange, context: ClientContext, response: HttpResponse, name: str) -> CachedToken:
    errors = context.errors if exchange.server is None and exchange.errors == Errors() else exchange.errors
    clock = context.clock
    parser = ResponseParser(name, errors, exchange.envelope, None, context.secrets(), clock.wall(), quiet=True)
    if not is_success(response.status):
        raise parser.failure(response, parser.context(response))
    response_context = parser.context(response)
    if exchange.token.startswith(BODY):
        response_context = ResponseContext(response.status, response.headers, parser.parse(response))
    refused = parser.refusal(response, response_context)
    if refused is not None:
        raise refused
    token = evaluate(exchange.token, response_context)
    if not isinstance(token, str) or not token:
        raise parser.unfit(response, "the response holds no token", pointer_in(exchange.token))
    try:
        check_header(token, "the token")
    except InvalidArgument as error:
        raise parser.unfit(response, error.message) from None
    values = {name: evaluate(place, response_context) for name, place in exchange.renews.items()}
    renewed = {name: value for name, value in values.items() if isinstance(value, str) and value}
    life = _life(exchange, response_context, clock)
    if life is None:
        return CachedToken(token, None, None, renewed)
    now = clock.monotonic()
    return CachedToken(token, now + max(life - min(EXPIRY_MARGIN, life * 0.1), 0.0), now + life, renewed)
