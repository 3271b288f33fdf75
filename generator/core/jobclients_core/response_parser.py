"""Parses a response: into the typed result, or into the exception for its status and code."""

from __future__ import annotations

import contextlib
import email.utils
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from http import HTTPStatus
from typing import Any, Generic, TypeVar

import httpx2

from . import statuses
from .decode import (
    MAX_PROBLEM_BODY,
    UnreadableError,
    decode_model,
    excerpt,
    media_matches,
    parse_json,
)
from .envelopes import Envelope, Errors
from .errors import (
    ERROR_CLASSES,
    ApiError,
    DecodeError,
    JobClientsError,
    Refused,
    error_name,
)
from .expressions import ABSENT, Absent, Place, ResponseContext, first_text
from .failures import with_causes
from .flow import HttpResponse
from .hiding import mask, redact
from .model import adapter_of
from .operation import BINARY, TEXT, UNSET, Operation, Vendor
from .printing import clean

T = TypeVar("T")

CLOCKS_DIFFER = 86_400.0
"""Seconds by which clocks may differ; beyond that, one of them was never set."""

_TRANSIENT = frozenset((408, 425, 429, 499, 502, 503, 504, *range(520, 531)))
_ENCODINGS = frozenset(("", "identity", "gzip", "deflate"))
_CHARSET = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9._-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Response(Generic[T]):
    """A response with its headers.

    Args:
        status: HTTP status code.
        headers: Header fields, looked up without regard to case.
        content: The body as it came, decoded from its content encoding.
        body: The body as its type.
        operation: What was called.
    """

    status: int
    headers: httpx2.Headers = field(repr=False)
    content: bytes = field(repr=False)
    body: T = field(repr=False)
    operation: str = ""

    def json(self) -> Any:
        """The body as JSON.

        Returns:
            The parsed value.

        Raises:
            DecodeError: the body is not JSON.
        """
        try:
            return parse_json(self.content)
        except UnreadableError as error:
            reason = str(error)
        # No excerpt: a response does not know the client's secrets, which its body may echo.
        raise DecodeError(
            reason,
            operation=self.operation or None,
            status=self.status,
            content_type=self.headers.get("content-type"),
        )


@dataclass(frozen=True, slots=True)
class ResponseParser:
    """Reads the responses of one call.

    Args:
        operation: What is called, for errors.
        errors: Where the vendor's errors carry their facts.
        envelope: How the vendor says no with a status that says yes.
        zone: The caller's time zone.
        secrets: Known secrets, which no error shows.
        now: Seconds since 1970, for dates in ``Retry-After``.
        quiet: Whether errors show nothing of a body at all, because it may hold a new token.
        accepts: Tells of a response that the envelope refuses whether it is read nonetheless.
        secret_keys: Keys of JSON whose texts no error shows.
    """

    operation: str
    errors: Errors
    envelope: Envelope | None
    zone: tzinfo | None = None
    secrets: Iterable[str] = field(default=(), repr=False)
    now: float = 0.0
    quiet: bool = False
    accepts: Callable[[ResponseContext], bool] | None = None
    secret_keys: tuple[str, ...] = ()

    def unfit(self, response: HttpResponse, reason: str, pointer: str = "", *, readable: bool = False) -> DecodeError:
        """The error for a body that does not fit.

        Args:
            response: The response, read completely.
            reason: What does not fit.
            pointer: Where.
            readable: Whether the body could be read.

        Returns:
            The error, to be raised.
        """
        content_type = response.headers.get("content-type")
        return DecodeError(
            reason,
            operation=self.operation,
            status=response.status,
            content_type=self._safe(content_type, 100) if content_type is not None else None,
            pointer=pointer,
            excerpt="" if self.quiet else excerpt(response.content, self.secrets, self.secret_keys),
            readable=readable,
        )

    def parse(self, response: HttpResponse, accepted: tuple[str, ...] = ()) -> Any:
        """Read a JSON body.

        Args:
            response: The response, read completely.
            accepted: Documented media types, where it is not JSON's own.

        Returns:
            The parsed body.

        Raises:
            DecodeError: it is empty, of another type, or no JSON.
        """
        if not response.content:
            raise self.unfit(response, "the body is empty")
        if not media_matches(response.headers.get("content-type"), accepted):
            raise self.unfit(response, "the body is not of the documented type")
        try:
            return parse_json(response.content)
        except UnreadableError as error:
            reason = str(error)
        raise self.unfit(response, reason)

    def context(self, response: HttpResponse) -> ResponseContext:
        """What expressions can read of a response, whatever its body is.

        Returns:
            The context; without a body where it is not JSON.
        """
        body: Any = ABSENT
        with contextlib.suppress(UnreadableError):
            body = parse_json(response.content)
        return ResponseContext(response.status, response.headers, body)

    def refusal(self, response: HttpResponse, context: ResponseContext) -> ApiError | None:
        """The error for a success whose envelope says no.

        Returns:
            The error, or None for a real success.
        """
        if self.envelope is None or context.body is ABSENT or not self.envelope.refuses(context):
            return None
        if self.accepts is not None and self.accepts(context):
            return None
        return self.failure(response, context, kind=Refused, envelope=self.envelope)

    def failure(
        self,
        response: HttpResponse,
        context: ResponseContext,
        *,
        kind: type[ApiError] | None = None,
        envelope: Envelope | None = None,
        model: tuple[str, str] | None = None,
        documented: bool = False,
    ) -> ApiError:
        """The error for a response that is a failure.

        Args:
            response: The response, read completely.
            context: Its context.
            kind: The class; the status's when None.
            envelope: The envelope that refused it, where one did.
            model: Module and name of the documented body's model.
            documented: Whether the specification knows the status.

        Returns:
            The error, to be raised.
        """
        code_places = ((envelope.code,) if envelope and envelope.code else ()) + self.errors.code
        message_places = ((envelope.message,) if envelope and envelope.message else ()) + self.errors.message
        code = self._text_at(code_places, context, 100)
        message = self._text_at(message_places, context, 500)
        request_id = self._text_at((*self.errors.request_id, "$response.header.X-Request-Id"), context, 200)
        transient = response.status in _TRANSIENT
        kind = kind or ERROR_CLASSES[error_name(response.status, documented=documented)]
        for rule in self.errors.rules:
            if rule.applies(response.status, code):
                kind = ERROR_CLASSES[rule.raises] if rule.raises else kind
                transient = transient if rule.transient is None else rule.transient
                break
        body = b"" if self.quiet else redact(response.content, self.secrets, self.secret_keys)[:MAX_PROBLEM_BODY]
        error = kind(
            self._message(response, code, message, refused=envelope is not None),
            operation=self.operation,
            status=response.status,
            code=code,
            vendor_message=message,
            request_id=request_id,
            problem=self._problem(response, model),
            body=body,
            transient=transient,
            retry_after=retry_after(response.headers, self.now),
        )
        if not self.quiet:
            error._response = self._masked(response)  # pyright: ignore[reportPrivateUsage]
        return error

    def _masked(self, response: HttpResponse) -> HttpResponse:
        """The whole response, without the secrets that it may echo."""
        headers = [(name, mask(value, self.secrets)) for name, value in response.headers.raw]
        return HttpResponse(response.status, httpx2.Headers(headers), mask(response.content, self.secrets))

    def _text_at(self, places: tuple[Place, ...], context: ResponseContext, limit: int) -> str | None:
        text = first_text(places, context)
        return self._safe(text, limit) if text is not None else None

    def _safe(self, text: str, limit: int) -> str:
        """A vendor's words without secrets, in one line."""
        safe = redact(text.encode("utf-8", "replace"), self.secrets).decode("utf-8", "replace")
        return clean(safe, limit)

    def _message(self, response: HttpResponse, code: str | None, message: str | None, *, refused: bool) -> str:
        try:
            phrase = HTTPStatus(response.status).phrase
        except ValueError:
            phrase = ""
        text = f"{response.status} {phrase}".rstrip()
        if refused:
            text += ", but refused"
        if code is not None:
            text += f" [{code}]"
        if message:
            text += f": {message}"
        elif response.status in range(300, 400) and "location" in response.headers:
            text += ": a redirect, which is not followed"
            text += self._place(response.headers["location"])
        return text

    def _place(self, location: str) -> str:
        """Where a redirect leads, without its query, which may hold a secret."""
        place = self._safe(re.sub(r"//[^/?#]*@", "//", re.split(r"[?#]", location, maxsplit=1)[0]), 200)
        return f"; it leads to {place} (is base_url right?)" if place.startswith(("https://", "http://")) else ""

    def _problem(self, response: HttpResponse, model: tuple[str, str] | None) -> Any:
        if model is None or self.quiet or not response.content:
            return None
        content = mask(response.content, self.secrets)
        try:
            return decode_model(adapter_of(*model), content, parse_json(content), self.zone)
        except (DecodeError, UnreadableError):
            return None


def response_of(error: ApiError) -> HttpResponse:
    """The response that an error tells of, for what its body and header fields say beside the error.

    Args:
        error: An error of a call that was made here, as it was raised.

    Returns:
        The whole response, with a mask in the place of known secrets.
    """
    found: HttpResponse | None = error._response  # pyright: ignore[reportPrivateUsage]
    return found if found is not None else HttpResponse(error.status, httpx2.Headers(), error.body)


def forget_responses(error: BaseException, before: BaseException | None = None) -> None:
    """Drop the whole responses of an error that is about to leave the runtime, and of the errors that led to it.

    With them go the tracebacks: variables of their frames hold the responses too.

    Args:
        error: Any error.
        before: One that was being handled when the call began: it has left the runtime already.
    """
    for current in with_causes(error, before):
        if isinstance(current, JobClientsError):
            vars(current).pop("_response", None)
            current.__traceback__ = None


def parse_response(
    parser: ResponseParser, operation: Operation[T], vendor: Vendor, response: HttpResponse
) -> Response[T]:
    """Read the response of an operation.

    Args:
        parser: Reads the responses of this call.
        operation: The called operation, a constant of generated code.
        vendor: Whose it is; tells where the models are.
        response: The response, read completely.

    Returns:
        The typed result with status and headers.

    Raises:
        ApiError: the response is a failure, or a refusal.
        DecodeError: the body does not fit its type.
    """
    returns: Any = ABSENT
    if statuses.is_success(response.status):
        returns = statuses.lookup(operation.returns, response.status, ABSENT)
        if returns is ABSENT:
            return _undocumented(parser, operation, vendor, response)
    if returns is ABSENT:
        raised: str | Absent | None = statuses.lookup(operation.raises, response.status, ABSENT)
        raise parser.failure(
            response,
            parser.context(response),
            model=(vendor.models, raised) if isinstance(raised, str) else None,
            documented=raised is not ABSENT and response.status >= 400,
        )
    body = _read(parser, operation, vendor, response, returns)
    return Response(response.status, response.headers, response.content, body, operation.id)


def parse_any(parser: ResponseParser, response: HttpResponse) -> Response[Any]:
    """Read a response of which nothing is documented.

    Args:
        parser: Reads the responses of this call.
        response: The response, read completely.

    Returns:
        Its bytes with status and headers.

    Raises:
        ApiError: the response is a failure, or a refusal.
    """
    context = parser.context(response)
    if not statuses.is_success(response.status):
        raise parser.failure(response, context)
    refused = parser.refusal(response, context)
    if refused is not None:
        raise refused
    return Response(response.status, response.headers, response.content, response.content, parser.operation)


def readable_results(operation: Operation[Any], response: HttpResponse) -> list[Any]:
    """As what a success of an undocumented status may be read: as the results of the documented ones.

    Not as a text or a file, which any body at all would be.

    Returns:
        Entries of its `returns`, each once.
    """
    documented = dict.fromkeys(operation.returns.values())
    return [entry for entry in documented if isinstance(entry, str) or (entry is None and not response.content)]


def _undocumented(
    parser: ResponseParser, operation: Operation[T], vendor: Vendor, response: HttpResponse
) -> Response[T]:
    """A success whose status is not documented: what fits the documented result is one."""
    for returns in readable_results(operation, response):
        with contextlib.suppress(DecodeError):
            body = _read(parser, operation, vendor, response, returns)
            return Response(response.status, response.headers, response.content, body, operation.id)
    raise parser.failure(response, parser.context(response))


def _read(
    parser: ResponseParser, operation: Operation[Any], vendor: Vendor, response: HttpResponse, returns: Any
) -> Any:
    if operation.method.upper() == "HEAD":
        return None
    if isinstance(returns, str):
        parsed = parser.parse(response, operation.accept)
        refused = parser.refusal(response, ResponseContext(response.status, response.headers, parsed))
        if refused is not None:
            raise refused
        try:
            return decode_model(adapter_of(vendor.models, returns), response.content, parsed, parser.zone)
        except DecodeError as error:
            problem = parser.unfit(response, error.message, error.pointer, readable=error.readable)
        raise problem
    if response.content:
        _check_loose(parser, response, returns, operation.accept)
    if returns is TEXT:
        return _text(parser, response)
    return response.content if returns is BINARY else None


def _check_loose(parser: ResponseParser, response: HttpResponse, returns: Any, documented: tuple[str, ...]) -> None:
    """Refusals, pages meant for a browser, and encodings that nobody asked for, where no JSON was promised."""
    refused = parser.refusal(response, parser.context(response)) if parser.envelope is not None else None
    if refused is not None:
        raise refused
    content_type = (response.headers.get("content-type") or "").partition(";")[0].strip().lower()
    page = content_type in ("text/html", "application/xhtml+xml") and not media_matches(content_type, documented)
    if page and returns is not BINARY:
        # A login page or a captive portal must not pass for "stopped", nor for a result.
        raise parser.unfit(response, f"an HTML page came instead of {'a text' if returns is TEXT else 'an empty body'}")
    encodings = (item.strip().lower() for item in response.headers.get("content-encoding", "").split(","))
    if returns is not None and any(item not in _ENCODINGS for item in encodings):
        # It was not unpacked: what came is not what was meant.
        raise parser.unfit(response, "the body came in a content encoding that was not asked for")


def _text(parser: ResponseParser, response: HttpResponse) -> str:
    declared = _CHARSET.search(response.headers.get("content-type") or "")
    charset = declared[1] if declared is not None else "utf-8"
    try:
        return response.content.decode(charset)
    except (UnicodeError, LookupError):
        pass
    raise parser.unfit(response, "the text is not of the character set that it claims")


def operation_parser(
    operation: Operation[Any],
    vendor: Vendor,
    *,
    zone: tzinfo | None,
    secrets: Iterable[str],
    now: float,
    accepts: Callable[[ResponseContext], bool] | None = None,
) -> ResponseParser:
    """The parser of an operation's responses.

    Args:
        operation: The called operation, a constant of generated code.
        vendor: Whose it is.
        zone: The caller's time zone.
        secrets: Known secrets.
        now: Seconds since 1970.
        accepts: Tells of a response that the envelope refuses whether it is read nonetheless.

    Returns:
        The parser.
    """
    envelope = vendor.envelope if operation.envelope is UNSET else operation.envelope
    return ResponseParser(
        operation.id,
        vendor.errors,
        envelope or None,
        zone,
        secrets,
        now,
        accepts=accepts,
        secret_keys=vendor.secret_keys,
    )


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that a ``Retry-After`` header asks to wait.

    Args:
        headers: The header fields of the response; a timestamp is one of the clock that their ``Date`` tells.
        now: Seconds since 1970 by our clock, for a response that does not tell it.

    Returns:
        The seconds; None for a missing or unusable header, and for a date that has passed.
    """
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    timestamp, dated = http_date(text), http_date(headers.get("date", ""))
    if timestamp is None:
        return None
    if dated is None or abs(dated - now) > CLOCKS_DIFFER:
        dated = now
    seconds = timestamp - dated
    return seconds if seconds > 0 else None


def http_date(text: str) -> float | None:
    """A timestamp in a header field.

    Args:
        text: The field.

    Returns:
        Seconds since 1970; None for what is not a timestamp.
    """
    try:
        timestamp = email.utils.parsedate_to_datetime(text)
        return (timestamp if timestamp.tzinfo is not None else timestamp.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
