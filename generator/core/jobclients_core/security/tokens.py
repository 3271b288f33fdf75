"""Tokens: in ``Authorization: Bearer``, or in a header field, query parameter or cookie that the vendor names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from .scheme import SecurityScheme, authorization, fitting, sendable

if TYPE_CHECKING:
    from jobclients_core.flow import Clock, HttpRequest


@dataclass(frozen=True, slots=True)
class Token:
    """A token that is sent as it is.

    Args:
        value: The token.
    """

    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ApiKey(SecurityScheme):
    """A token in a header, query parameter or cookie.

    Args:
        name: Name of the header, query parameter or cookie.
        location: Where it is sent.
    """

    name: str
    location: Literal["header", "query", "cookie"] = "header"

    def apply(self, request: HttpRequest, credential: Any, clock: Clock) -> HttpRequest:
        """Put the token into its place."""
        token = token_of(credential)
        if self.location == "header":
            return request.with_header(self.name, token)
        if self.location == "query":
            return request.with_query(f"{quote(self.name, safe='')}={quote(token, safe='')}")
        return request.with_cookie(f"{self.name}={quote(token, safe='')}")

    def read(self, headers: Mapping[str, str], query: Mapping[str, Sequence[str]], cookies: Mapping[str, str]) -> str:
        """The token."""
        if self.location == "header":
            return headers.get(self.name.lower(), "")
        return query.get(self.name, [""])[0] if self.location == "query" else cookies.get(self.name, "")

    def header(self) -> str | None:
        """The header field of the token."""
        return self.name if self.location == "header" else None


@dataclass(frozen=True, slots=True)
class HttpBearer(SecurityScheme):
    """A token in the ``Authorization`` header."""

    def apply(self, request: HttpRequest, credential: Any, clock: Clock) -> HttpRequest:
        """Put the token into the header."""
        return request.with_header("Authorization", "Bearer " + token_of(credential))

    def read(self, headers: Mapping[str, str], query: Mapping[str, Sequence[str]], cookies: Mapping[str, str]) -> str:
        """The token."""
        return authorization(headers, "bearer")


def token_of(credential: Any) -> str:
    """The text of a token that can be sent."""
    return sendable(fitting(credential, Token).value, "the token")
