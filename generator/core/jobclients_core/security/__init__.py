"""Security schemes as objects, and the credentials that fill them.

A scheme knows how requests carry its credentials, how those become tokens, and until when a token is used. A credential
never shows its secret in its ``repr``; it is compared and hashed like any value.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias, TypeVar

from .basic import Basic, HttpBasic
from .caller import CallerSignature, CallerSigned, RequestSigner
from .combined import AuthPart, CombinedAuth
from .exchange import Exchange, ExchangeCredential
from .oauth2 import ClientCredentials, OAuth2, Password, RefreshToken
from .scheme import SecurityScheme
from .signature import AkSk, Signature
from .tokens import ApiKey, ApiKeyIn, Bearer, HttpBearer, SecretText, SecretValue, Token, UndocumentedApiKey

__all__ = [
    "AkSk",
    "ApiKey",
    "ApiKeyIn",
    "AsyncAuth",
    "Auth",
    "AuthPart",
    "Basic",
    "Bearer",
    "CallerSignature",
    "CallerSigned",
    "ClientCredentials",
    "CombinedAuth",
    "Exchange",
    "ExchangeCredential",
    "HttpBasic",
    "HttpBearer",
    "OAuth2",
    "Password",
    "RefreshToken",
    "RequestSigner",
    "SecretText",
    "SecretValue",
    "SecurityScheme",
    "Signature",
    "Token",
    "UndocumentedApiKey",
]

C = TypeVar("C")

Auth: TypeAlias = C | tuple[C, ...] | Callable[[], C] | None
"""A credential, several (where two are wanted at once), a callable asked at each renewal, or None."""

AsyncAuth: TypeAlias = C | tuple[C, ...] | Callable[[], C | Awaitable[C]] | None
"""As `Auth`; the callable may also be a coroutine function."""
