"""Exchange of a credential for a token, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from jobclients_core.envelopes import Envelope, Errors
from jobclients_core.origin import Variable


@dataclass(frozen=True, slots=True)
class Exchange:
    """How a credential is exchanged for a token.

    Args:
        method: HTTP method.
        path: Path below the base URL.
        body: Template of the body; texts that are ``$credential.NAME`` or ``$client.NAME`` are replaced.
        token: Where the response holds the token.
        expires: Where the response holds the time of expiry (RFC 3339).
        expires_in: Where the response holds the token's life in seconds.
        lifetime: The token's life in seconds where the response says nothing; None for "until it is refused".
        media_type: What the body is sent as.
        server: The credential's own server as a template; None for the client's base URL.
        variables: The template's variables.
        envelope: How the vendor says no with a status that says yes.
        errors: Where the exchange's errors carry their facts.
        name: What errors and logs call it.
        renews: Fields of the credential that a response may replace, each with where it holds the new value.
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
    renews: Mapping[str, str] = field(default_factory=dict[str, str])


class ExchangeCredential:
    """Base of the credentials that are exchanged for a token; subclasses are frozen dataclasses."""

    __slots__ = ()

    exchange: ClassVar[Exchange]
