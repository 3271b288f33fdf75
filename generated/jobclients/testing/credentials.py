"""Who may call: credentials as the schemes want them, and the exchange of credentials for tokens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .._runtime.flow import Clock
from .._runtime.operation import Operation, Vendor
from .._runtime.security import (
    ApiKey,
    Exchange,
    ExchangeCredential,
    HttpBasic,
    OAuth2ClientCredentials,
    SecurityScheme,
    Signature,
)
from .replies import Replies, Reply
from .routes import Request

_LIFE = 3600


class Gate:
    """Lets requests in that carry credentials, whatever these are, and hands tokens out.

    Args:
        vendor: The vendor.
        clock: The time.
    """

    def __init__(self, vendor: Vendor, clock: Clock) -> None:
        self._vendor = vendor
        self._clock = clock
        self._seen: set[str] = set()
        self._expired: set[str] = set()
        self._handed_out = 0
        self._exchanges: list[Exchange] = [
            kind.exchange for kind in vendor.credentials if issubclass(kind, ExchangeCredential)
        ]

    def expire(self) -> None:
        """Refuse from now on what was seen so far."""
        self._expired |= self._seen

    def refusal(self, request: Request, operation: Operation[Any]) -> str:
        """Why a request is not let in.

        Args:
            request: The request.
            operation: What it calls.

        Returns:
            The reason; empty for one that is let in.
        """
        security = self._vendor.security if operation.security is None else operation.security
        if not security or () in security:
            return ""
        for alternative in security:
            found = [_carried(request, self._vendor.schemes[name]) for name in alternative]
            if all(found):
                self._seen.update(found)
                return "The token has expired." if self._expired & set(found) else ""
        return "Authentication credentials were not provided."

    def exchange(self, request: Request, operation: Operation[Any] | None, replies: Replies) -> Reply | None:
        """Hand a token out, where that is what a request asks for.

        Args:
            request: The request.
            operation: What it calls, where that is documented here.
            replies: Makes answers.

        Returns:
            The answer; None for any other request.
        """
        for exchange in self._exchanges:
            if request.method == exchange.method and request.path.endswith(exchange.path):
                draft = replies.draft(operation)
                draft.set(exchange.token, self._token())
                if exchange.expires:
                    end = datetime.fromtimestamp(self._clock.wall(), UTC) + timedelta(seconds=_LIFE)
                    draft.set(exchange.expires, end.isoformat())
                if exchange.expires_in:
                    draft.set(exchange.expires_in, _LIFE)
                return replies.success(draft, operation)
        for scheme in self._vendor.schemes.values():
            if isinstance(scheme, OAuth2ClientCredentials) and request.path.endswith(urlsplit(scheme.token_url).path):
                draft = replies.draft(None)
                draft.body = {"access_token": self._token(), "token_type": "Bearer", "expires_in": _LIFE}
                return replies.success(draft, None)
        return None

    def _token(self) -> str:
        self._handed_out += 1
        return f"token-{self._handed_out}"


def _carried(request: Request, scheme: SecurityScheme) -> str:
    """What a request carries for a scheme; empty for nothing."""
    if isinstance(scheme, ApiKey):
        if scheme.location == "header":
            return request.headers.get(scheme.name.lower(), "")
        if scheme.location == "query":
            return parse_qs(request.target.partition("?")[2]).get(scheme.name, [""])[0]
        pairs = (piece.strip().partition("=") for piece in request.headers.get("cookie", "").split(";"))
        return next((value for name, _, value in pairs if name == scheme.name), "")
    start = "Bearer "
    if isinstance(scheme, HttpBasic):
        start = "Basic "
    elif isinstance(scheme, Signature):
        start = "SDK-HMAC-SHA256 "
    value = request.headers.get("authorization", "")
    return value if value.startswith(start) and value != start else ""
