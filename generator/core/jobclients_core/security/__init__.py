"""Security schemes, and the credentials for them.

A scheme knows how requests carry its credentials, how those become tokens, and until when a token is used. A credential
never shows its secret in its ``repr``; it is compared and hashed like any value.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias, TypeVar

from .basic import Basic, HttpBasic
from .client_credentials import ClientCredentials, OAuth2ClientCredentials
from .exchange import Exchange, ExchangeCredential
from .scheme import SecurityScheme
from .signature import AkSk, Signature
from .tokens import ApiKey, HttpBearer, Token

__all__ = [
    "AkSk",
    "ApiKey",
    "AsyncAuth",
    "Auth",
    "Basic",
    "ClientCredentials",
    "Exchange",
    "ExchangeCredential",
    "HttpBasic",
    "HttpBearer",
    "OAuth2ClientCredentials",
    "SecurityScheme",
    "Signature",
    "Token",
]

C = TypeVar("C")

Auth: TypeAlias = C | tuple[C, ...] | Callable[[], C] | None
"""A credential, several (where two are wanted at once), a callable asked at each renewal, or None."""

AsyncAuth: TypeAlias = C | tuple[C, ...] | Callable[[], C | Awaitable[C]] | None
"""As `Auth`; the callable may also be a coroutine function."""
