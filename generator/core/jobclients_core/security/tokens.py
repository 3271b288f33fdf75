"""Tokens and keys: as a bearer, and in a place of the vendor's choice."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias
from urllib.parse import quote

from jobclients_core.errors import InvalidArgument
from jobclients_core.header_fields import PROTOCOL_HEADERS, is_token

from .scheme import SecurityScheme, authorization, fitting, sendable

if TYPE_CHECKING:
    from jobclients_core.flow import Clock, HttpRequest

SecretText: TypeAlias = str | Callable[[], str | Awaitable[str]]
"""A secret, or a function that returns it and is asked again at each renewal."""

Location = Literal["header", "query", "cookie"]


@dataclass(frozen=True, slots=True)
class SecretValue:
    """Base of the credentials that are one text.

    Args:
        value: The text, or a function that returns it.
    """

    value: SecretText = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bearer(SecretValue):
    """An access token, sent as ``Authorization: Bearer``.

    Args:
        value: The token, or a function that returns one and is asked again at each renewal.
    """


@dataclass(frozen=True, slots=True)
class ApiKey(SecretValue):
    """A key in a header field, query parameter or cookie.

    Args:
        value: The key, or a function that returns one and is asked again at each renewal.
        header: The header field that takes it. Where it goes is given for vendors that do not document it, and only
            for those; one of the three.
        query: The query parameter that takes it.
        cookie: The cookie that takes it.
    """

    header: str | None = field(default=None, kw_only=True)
    query: str | None = field(default=None, kw_only=True)
    cookie: str | None = field(default=None, kw_only=True)

    def places(self) -> list[tuple[Location, str]]:
        """The places that were given.

        Returns:
            Kind and name of each; none where the vendor's own is meant.
        """
        given: dict[Location, str | None] = {"header": self.header, "query": self.query, "cookie": self.cookie}
        return [(location, name) for location, name in given.items() if name is not None]


@dataclass(frozen=True, slots=True)
class Token(Bearer, ApiKey):
    """A token or key that is sent as it is, wherever the vendor wants it.

    Args:
        value: The token, or a function that returns one and is asked again at each renewal.
    """


@dataclass(frozen=True, slots=True)
class ApiKeyIn(SecurityScheme):
    """A key in a header, query parameter or cookie.

    Args:
        name: Name of the header, query parameter or cookie.
        location: Where it is sent.
    """

    name: str
    location: Location = "header"

    kinds: ClassVar[tuple[type[Any], ...]] = (SecretValue,)

    def apply(self, request: HttpRequest, credential: Any, clock: Clock) -> HttpRequest:
        """Put the key into its place."""
        key = token_of(credential)
        if self.location == "header":
            return request.with_header(self.name, key)
        if self.location == "query":
            return request.with_query(f"{quote(self.name, safe='')}={quote(key, safe='')}")
        return request.with_cookie(f"{self.name}={quote(key, safe='')}")

    def read(self, headers: Mapping[str, str], query: Mapping[str, Sequence[str]], cookies: Mapping[str, str]) -> str:
        """The key."""
        if self.location == "header":
            return headers.get(self.name.lower(), "")
        return query.get(self.name, [""])[0] if self.location == "query" else cookies.get(self.name, "")

    def header(self) -> str | None:
        """The header field of the key."""
        return self.name if self.location == "header" else None

    def check(self, credential: Any) -> None:
        """Refuse a key that names another place than the documented one."""
        places = credential.places() if isinstance(credential, ApiKey) else []
        if places and places != [(self.location, self.name)]:
            raise InvalidArgument(
                f"auth: the key goes into the {self.location} {self.name}, as documented; give it without a place",
                argument="auth",
            )


_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_NOT_FOR_KEYS = frozenset(("header", name) for name in PROTOCOL_HEADERS)


@dataclass(frozen=True, slots=True)
class UndocumentedApiKey(SecurityScheme):
    """A key in the place that the caller names, where the vendor documents none."""

    kinds: ClassVar[tuple[type[Any], ...]] = (ApiKey,)

    def apply(self, request: HttpRequest, credential: Any, clock: Clock) -> HttpRequest:
        """Put the key into its place."""
        ((location, name),) = fitting(credential, ApiKey).places()
        return ApiKeyIn(name, location).apply(request, credential, clock)

    def read(self, headers: Mapping[str, str], query: Mapping[str, Sequence[str]], cookies: Mapping[str, str]) -> str:
        """Nothing: only the caller knows the place."""
        return ""

    def check(self, credential: Any) -> None:
        """Refuse a key without a place, or with several."""
        places = fitting(credential, ApiKey).places()
        if len(places) != 1:
            raise InvalidArgument(
                'auth: no place of a key is documented; say where it goes, such as ApiKey("...", header="X-Api-Key")',
                argument="auth",
            )
        ((location, name),) = places
        if location != "query" and (not is_token(name) or (location, name.lower()) in _NOT_FOR_KEYS):
            raise InvalidArgument(
                f"auth: {location} should be the name of a {location} of the vendor's", argument="auth"
            )
        if location == "query" and (not name or _CONTROL.search(name)):
            raise InvalidArgument("auth: query should be the name of a query parameter", argument="auth")


@dataclass(frozen=True, slots=True)
class HttpBearer(SecurityScheme):
    """A token in the ``Authorization`` header."""

    kinds: ClassVar[tuple[type[Any], ...]] = (SecretValue,)

    def apply(self, request: HttpRequest, credential: Any, clock: Clock) -> HttpRequest:
        """Put the token into the header."""
        return request.with_header("Authorization", "Bearer " + token_of(credential))

    def read(self, headers: Mapping[str, str], query: Mapping[str, Sequence[str]], cookies: Mapping[str, str]) -> str:
        """The token."""
        return authorization(headers, "bearer")


def token_of(credential: Any) -> str:
    """The text of a token that can be sent."""
    return sendable(fitting(credential, SecretValue).value, "the token")
