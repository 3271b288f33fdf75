"""Who may call: credentials as the schemes want them, and the exchange of credentials for tokens."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from jobclients_core.flow import Clock
from jobclients_core.operation import Operation, Vendor
from jobclients_core.security import Exchange, ExchangeCredential, OAuth2

from .replies import Replies, Reply
from .routes import Request

_LIFE = 3600

ABSENT = "Authentication credentials were not provided."
"""What a vendor says to a request without credentials, unless it documents other words."""


class AuthChecker:
    """Lets requests in that carry credentials, and hands tokens out.

    Args:
        vendor: The vendor.
        clock: The time.
    """

    def __init__(self, vendor: Vendor, clock: Clock) -> None:
        self._vendor = vendor
        self._clock = clock
        self._seen: set[str] = set()
        self._expired: set[str] = set()
        self._accepted: set[str] | None = None
        self._handed_out = 0
        self._exchanges: list[Exchange] = [
            kind.exchange for kind in vendor.credentials if issubclass(kind, ExchangeCredential)
        ]

    def expire(self) -> None:
        """Refuse from now on what was seen so far."""
        self._expired |= self._seen

    def accept(self, credentials: Iterable[str] | None) -> None:
        """Say which credentials are good, beside the tokens that are handed out.

        Args:
            credentials: Tokens, access keys, or ``username:password``; None for any.
        """
        self._accepted = None if credentials is None else set(credentials)

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
        diagnostic = ABSENT
        for alternative in security:
            found = [self._carried(request, name) for name in alternative]
            if all(found):
                self._seen.update(found)
                diagnostic = self._diagnostic(found)
                if not diagnostic:
                    return ""
        return diagnostic

    def _carried(self, request: Request, name: str) -> str:
        """What a request carries for a scheme; nothing for one that no client of ours fills, such as mutualTLS."""
        scheme = self._vendor.schemes.get(name)
        return "" if scheme is None else scheme.read(request.headers, request.query, request.cookies)

    def _diagnostic(self, found: list[str]) -> str:
        if self._expired & set(found):
            return "The token has expired."
        unknown = self._accepted is not None and set(found) - self._accepted
        return "The token is not known." if unknown else ""

    @property
    def paths(self) -> list[str]:
        """The paths at which tokens are handed out, of other vendors as well."""
        schemes = self._vendor.schemes.values()
        urls = [url for scheme in schemes if isinstance(scheme, OAuth2) for url in scheme.token_urls]
        return [exchange.path for exchange in self._exchanges] + [urlsplit(url).path for url in urls]

    def exchange(self, request: Request, operation: Operation[Any] | None, replies: Replies) -> Reply | None:
        """Hand a token out, where that is what a request asks for.

        Args:
            request: The request.
            operation: What it calls, where that is documented here.
            replies: Makes answers.

        Returns:
            The response; None for any other request.
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
            paths = [urlsplit(url).path for url in scheme.token_urls] if isinstance(scheme, OAuth2) else []
            if request.method == "POST" and any(path and request.path.endswith(path) for path in paths):
                draft = replies.draft(None)
                draft.body = {"access_token": self._token(), "token_type": "Bearer", "expires_in": _LIFE}
                return replies.success(draft, None)
        return None

    def _token(self) -> str:
        self._handed_out += 1
        token = f"token-{self._handed_out}"
        if self._accepted is not None:
            self._accepted.add(token)
        return token
