"""Security schemes as data, and the credentials that fill them.

A credential never shows its secret in its ``repr``; it is compared and hashed like any value.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeAlias, TypeVar

from .envelopes import Envelope, Errors
from .origin import Variable


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A token sent under a name of the vendor's choice.

    Args:
        name: Name of the header, query parameter or cookie.
        location: Where it is sent.
    """

    name: str
    location: Literal["header", "query", "cookie"] = "header"


@dataclass(frozen=True, slots=True)
class HttpBasic:
    """User name and password in the ``Authorization`` header."""


@dataclass(frozen=True, slots=True)
class HttpBearer:
    """A token in the ``Authorization`` header."""


@dataclass(frozen=True, slots=True)
class OAuth2ClientCredentials:
    """A bearer token that the vendor hands out for a client's id and secret.

    Args:
        token_url: Where the token is handed out; relative to the base URL, or absolute.
        scopes: Scopes asked for unless the credential names its own.
    """

    token_url: str
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signature:
    """Requests signed with an access key and its secret key (``SDK-HMAC-SHA256``)."""


SecurityScheme = ApiKey | HttpBasic | HttpBearer | OAuth2ClientCredentials | Signature


@dataclass(frozen=True, slots=True)
class Token:
    """A token that is sent as it is.

    Args:
        value: The token.
    """

    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Basic:
    """A user name and a password.

    Args:
        username: The name; it may not contain a colon.
        password: The password.
    """

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AkSk:
    """An access key and its secret key, with which each request is signed.

    Args:
        access_key: The key's public half.
        secret_key: The key's secret half; never sent.
        security_token: The token that belongs to a temporary pair.
    """

    access_key: str
    secret_key: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)


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
class Exchange:
    """How a credential is exchanged for a token.

    Args:
        method: HTTP method.
        path: Path below the base URL.
        body: Template of the body; texts that are ``$credential.NAME`` or ``$client.NAME`` are replaced.
        token: Where the answer holds the token.
        expires: Where the answer holds the moment of expiry (RFC 3339).
        expires_in: Where the answer holds the token's life in seconds.
        lifetime: The token's life in seconds where the answer says nothing; None for "until it is refused".
        media_type: What the body is sent as.
        server: The credential's own server as a template; None for the client's base URL.
        variables: The template's variables.
        envelope: How the vendor says no with a status that says yes.
        errors: Where the exchange's errors carry their facts.
        name: What errors and logs call it.
    """

    method: str
    path: str
    body: Mapping[str, Any]
    token: str
    expires: str | None = None
    expires_in: str | None = None
    lifetime: float | None = None
    media_type: str = "application/json"
    server: str | None = None
    variables: Mapping[str, Variable] = field(default_factory=dict[str, Variable])
    envelope: Envelope | None = None
    errors: Errors = field(default_factory=Errors)
    name: str = ""


class ExchangeCredential:
    """Base of the credentials that are exchanged for a token; subclasses are frozen dataclasses."""

    __slots__ = ()

    exchange: ClassVar[Exchange]


C = TypeVar("C")

Auth: TypeAlias = C | tuple[C, ...] | Callable[[], C] | None
"""A credential, several (where two are wanted at once), a callable asked at each renewal, or None."""

AsyncAuth: TypeAlias = C | tuple[C, ...] | Callable[[], C | Awaitable[C]] | None
"""As `Auth`; the callable may also be a coroutine function."""
