"""OAuth2: grants that a program can make by itself, each of which becomes a bearer token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from jobclients_core.errors import InvalidArgument
from jobclients_core.media_types import FORM
from jobclients_core.origin import parse_base_url

from .exchange import Exchange
from .scheme import SecurityScheme
from .tokens import HttpBearer, SecretValue

if TYPE_CHECKING:
    from jobclients_core.flow import Clock, HttpRequest

_CLIENT = ("client_id", "client_secret")


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """An OAuth2 client, whose id and secret are exchanged for a token.

    Args:
        client_id: The client's id.
        client_secret: The client's secret.
        scope: Scopes to ask for, separated by spaces; the scheme's own when None.
        token_url: URL at which the token is handed out; the documented one when None.
        scopes: The scopes one by one, in place of `scope`.
    """

    client_id: str
    client_secret: str = field(repr=False)
    scope: str | None = None
    token_url: str | None = None
    scopes: Sequence[str] | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        _freeze_scopes(self)


@dataclass(frozen=True, slots=True)
class Password:
    """A user's name and password, which are exchanged for a token.

    Args:
        username: The user's name.
        password: The user's password.
        client_id: The id of the OAuth2 client, where the vendor asks for one.
        client_secret: The client's secret, where it has one.
        scope: Scopes to ask for, separated by spaces; the scheme's own when None.
        token_url: URL at which the token is handed out; the documented one when None.
        scopes: The scopes one by one, in place of `scope`.
    """

    username: str
    password: str = field(repr=False)
    client_id: str | None = field(default=None, kw_only=True)
    client_secret: str | None = field(default=None, kw_only=True, repr=False)
    scope: str | None = field(default=None, kw_only=True)
    token_url: str | None = field(default=None, kw_only=True)
    scopes: Sequence[str] | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        _freeze_scopes(self)


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token, which is exchanged for an access token; one that the vendor hands out anew replaces it.

    Args:
        refresh_token: The token.
        client_id: The id of the OAuth2 client that it belongs to, where the vendor asks for it.
        client_secret: The client's secret, where it has one.
        scope: Scopes to ask for, separated by spaces; those of the refresh token when None.
        token_url: URL at which the token is handed out; the documented one when None.
        scopes: The scopes one by one, in place of `scope`.
    """

    refresh_token: str = field(repr=False)
    client_id: str | None = field(default=None, kw_only=True)
    client_secret: str | None = field(default=None, kw_only=True, repr=False)
    scope: str | None = field(default=None, kw_only=True)
    token_url: str | None = field(default=None, kw_only=True)
    scopes: Sequence[str] | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        _freeze_scopes(self)


Grant = ClientCredentials | Password | RefreshToken


def _freeze_scopes(credential: Grant) -> None:
    """Keep scopes as a tuple, so that the credential can be hashed."""
    if credential.scopes is None:
        return
    if isinstance(credential.scopes, str) or credential.scope is not None:
        raise InvalidArgument("auth: scopes should be a list, without scope beside it", argument="auth")
    object.__setattr__(credential, "scopes", tuple(credential.scopes))


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth2(SecurityScheme):
    """A bearer token that the vendor hands out for a client's id and secret, a password or a refresh token.

    Args:
        client_credentials: Where the token is handed out for a client; relative to the base URL, or absolute.
        password: Where it is handed out for a password.
        refresh: Where it is handed out for a refresh token.
        scopes: Scopes asked for unless the credential names its own.
    """

    client_credentials: str | None = None
    password: str | None = None
    refresh: str | None = None
    scopes: tuple[str, ...] = ()

    kinds: ClassVar[tuple[type[Any], ...]] = (SecretValue, ClientCredentials, Password, RefreshToken)

    @property
    def token_urls(self) -> tuple[str, ...]:
        """The documented URLs at which tokens are handed out."""
        return tuple(url for url in (self.client_credentials, self.password, self.refresh) if url is not None)

    def apply(self, request: HttpRequest, credential: Any, clock: Clock) -> HttpRequest:
        """Put the token into the header."""
        return HttpBearer().apply(request, credential, clock)

    def read(self, headers: Mapping[str, str], query: Mapping[str, Sequence[str]], cookies: Mapping[str, str]) -> str:
        """The token."""
        return HttpBearer().read(headers, query, cookies)

    def check(self, credential: Any) -> None:
        """Refuse a grant whose token URL is not known."""
        self.exchange(credential)

    def exchange(self, credential: Any) -> Exchange | None:
        """The grant of a credential; a token that somebody has already is sent as it is."""
        match credential:
            case ClientCredentials():
                return _exchange(credential, "client_credentials", self.client_credentials, _CLIENT, self.scopes)
            case Password():
                return _exchange(credential, "password", self.password, ("username", "password", *_CLIENT), self.scopes)
            case RefreshToken():
                return _exchange(credential, "refresh_token", self.refresh, ("refresh_token", *_CLIENT), ())
            case _:
                return SecurityScheme.exchange(self, credential)


def _exchange(
    credential: Grant, kind: str, documented: str | None, fields: Sequence[str], scopes: Sequence[str]
) -> Exchange:
    """The request for a token, to the documented URL or to the one that the credential names."""
    if credential.token_url is not None:
        parse_base_url(credential.token_url, argument="auth.token_url")
    url = documented if credential.token_url is None else credential.token_url
    if url is None or "{" in url:
        raise InvalidArgument(
            f"auth: where tokens are handed out for {type(credential).__name__} is not documented; give its token_url",
            argument="auth",
        )
    absolute = credential.token_url is not None or url.startswith(("https://", "http://"))
    slash = "/" if url.endswith("/") else ""
    own = credential.scope if credential.scopes is None else " ".join(credential.scopes)
    scope = " ".join(scopes) if own is None else own
    body = {"grant_type": kind, **{name: f"$credential.{name}" for name in fields}}
    return Exchange(
        method="POST",
        path=slash if absolute else "/" + url.lstrip("/"),
        body={**body, "scope": scope} if scope else body,
        token="$response.body#/access_token",  # noqa: S106 - a place, not a token
        expires_in="$response.body#/expires_in",
        media_type=FORM,
        server=url.rstrip("/") if absolute else None,
        renews={"refresh_token": "$response.body#/refresh_token"} if kind == "refresh_token" else {},
    )
