"""Requests signed with an access key and its secret key: ``SDK-HMAC-SHA256``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from jobclients_core.signing import sign

from .scheme import SecurityScheme, fitting, sendable

if TYPE_CHECKING:
    from jobclients_core.flow import Clock, HttpRequest

# Intermediaries rewrite these two, and a signature over them would then no longer fit.
_UNSIGNED = frozenset(("accept-encoding", "user-agent"))
_SIGNED = re.compile(
    r"SDK-HMAC-SHA256 Access=(?P<key>[^,\s]+), ?SignedHeaders=[a-z0-9;-]+, ?Signature=[0-9a-f]{64}", re.ASCII
)


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
class Signature(SecurityScheme):
    """A signature of each request by an access key and its secret key (``SDK-HMAC-SHA256``)."""

    signs: ClassVar[bool] = True
    kinds: ClassVar[tuple[type[Any], ...]] = (AkSk,)

    def apply(self, request: HttpRequest, credential: Any, clock: Clock) -> HttpRequest:
        """Sign the request."""
        pair = fitting(credential, AkSk)
        access_key = sendable(pair.access_key, "the access key")
        secret_key = sendable(pair.secret_key, "the secret key")
        if pair.security_token is not None:
            token = sendable(pair.security_token, "the security token")
            request = request.with_header("X-Security-Token", token)
        added = sign(
            request.method,
            request.target,
            [field for field in request.headers if field[0].lower() not in _UNSIGNED],
            request.content or b"",
            access_key=access_key,
            secret_key=secret_key,
            now=datetime.fromtimestamp(clock.wall(), UTC),
        )
        return replace(request, headers=(*request.headers, *added))

    def read(self, headers: Mapping[str, str], query: Mapping[str, Sequence[str]], cookies: Mapping[str, str]) -> str:
        """The access key."""
        signed = _SIGNED.fullmatch(headers.get("authorization", ""))
        return signed["key"] if signed is not None and "x-sdk-date" in headers else ""
