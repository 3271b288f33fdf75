"""User name and password: HTTP Basic."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from jobclients_core.errors import InvalidArgument
from jobclients_core.shapes import is_text

from .scheme import SecurityScheme, authorization, fitting, sendable

if TYPE_CHECKING:
    from jobclients_core.flow import Clock, HttpRequest


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
class HttpBasic(SecurityScheme):
    """User name and password in the ``Authorization`` header."""

    locks: ClassVar[bool] = True
    kinds: ClassVar[tuple[type[Any], ...]] = (Basic,)

    def apply(self, request: HttpRequest, credential: Any, clock: Clock) -> HttpRequest:
        """Put name and password into the header."""
        basic = fitting(credential, Basic)
        if ":" in sendable(basic.username, "the user name"):
            raise InvalidArgument("the user name contains a colon", argument="auth")
        if not is_text(basic.password):
            raise InvalidArgument("the password should be a string", argument="auth")
        return request.with_header("Authorization", "Basic " + _pair(basic))

    def read(self, headers: Mapping[str, str], query: Mapping[str, Sequence[str]], cookies: Mapping[str, str]) -> str:
        """Name and password with a colon between them."""
        try:
            text = base64.b64decode(authorization(headers, "basic"), validate=True).decode("utf-8")
        except (binascii.Error, UnicodeError, ValueError):
            return ""
        return text if ":" in text else ""

    def encoded(self, credential: Any) -> tuple[str, ...]:
        """Name and password as they are sent."""
        return (_pair(credential),) if isinstance(credential, Basic) else ()


def _pair(credential: Basic) -> str:
    pair = f"{credential.username}:{credential.password}"
    return base64.b64encode(pair.encode("utf-8", "surrogatepass")).decode("ascii")
