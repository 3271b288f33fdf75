"""OAuth2 client credentials: a client's id and secret, exchanged for a bearer token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jobclients_core.media_types import FORM
from jobclients_core.origin import parse_base_url

from .exchange import Exchange
from .scheme import SecurityScheme
from .tokens import HttpBearer

if TYPE_CHECKING:
    from jobclients_core.flow import Clock, HttpRequest


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """An OAuth2 client, whose id and secret are exchanged for a token.

    Args:
        client_id: The client's id.
        client_secret: The client's secret.
        scope: Scopes to ask for, separated by spaces; the scheme's own when None.
        token_url: URL at which the token is handed out; the documented one when None.
    """

    client_id: str
    client_secret: str = field(repr=False)
    scope: str | None = None
    token_url: str | None = None


@dataclass(frozen=True, slots=True)
class OAuth2ClientCredentials(SecurityScheme):
    """A bearer token that the vendor hands out for a client's id and secret.

    Args:
        token_url: Where the token is handed out; relative to the base URL, or absolute.
        scopes: Scopes asked for unless the credential names its own.
    """

    token_url: str
    scopes: tuple[str, ...] = ()

    def apply(self, request: HttpRequest, credential: Any, clock: Clock) -> HttpRequest:
        """Put the token into the header."""
        return HttpBearer().apply(request, credential, clock)

    def read(self, headers: Mapping[str, str], query: Mapping[str, Sequence[str]], cookies: Mapping[str, str]) -> str:
        """The token."""
        return HttpBearer().read(headers, query, cookies)

    def exchange(self, credential: Any) -> Exchange | None:
        """The grant ``client_credentials``, for a client; a token that somebody has already is sent as it is."""
        if not isinstance(credential, ClientCredentials):
            return SecurityScheme.exchange(self, credential)
        url = self.token_url if credential.token_url is None else credential.token_url
        if credential.token_url is not None:
            parse_base_url(credential.token_url, argument="auth.token_url")
        absolute = credential.token_url is not None or url.startswith(("https://", "http://"))
        slash = "/" if url.endswith("/") else ""
        scope = " ".join(self.scopes) if credential.scope is None else credential.scope
        body = {
            "grant_type": "client_credentials",
            "client_id": "$credential.client_id",
            "client_secret": "$credential.client_secret",
        }
        return Exchange(
            method="POST",
            path=slash if absolute else "/" + url.lstrip("/"),
            body={**body, "scope": scope} if scope else body,
            token="$response.body#/access_token",  # noqa: S106 - a place, not a token
            expires_in="$response.body#/expires_in",
            media_type=FORM,
            server=url.rstrip("/") if absolute else None,
        )
