"""What all security schemes have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from jobclients_core.errors import InvalidArgument
from jobclients_core.header_fields import check_header

from .exchange import Exchange, ExchangeCredential

if TYPE_CHECKING:
    from jobclients_core.flow import Clock, HttpRequest

C = TypeVar("C")


class SecurityScheme(ABC):
    """How requests carry the credentials of one kind; subclasses are frozen dataclasses, one module each.

    Attributes:
        signs: Whether it signs the request as the other schemes leave it, so that it comes last.
        locks: Whether vendors lock an account whose credential is refused again and again.
        kinds: The classes of credentials that it takes.
    """

    __slots__ = ()

    signs: ClassVar[bool] = False
    locks: ClassVar[bool] = False
    kinds: ClassVar[tuple[type[Any], ...]] = ()

    @abstractmethod
    def apply(self, request: HttpRequest, credential: Any, clock: Clock) -> HttpRequest:
        """Put a credential into a request.

        Args:
            request: The request, complete but for its credentials.
            credential: The credential; a `Token` where it was exchanged for one.
            clock: Tells the time of signing.

        Returns:
            The request with it.

        Raises:
            InvalidArgument: the credential cannot be sent.
        """

    @abstractmethod
    def read(self, headers: Mapping[str, str], query: Mapping[str, Sequence[str]], cookies: Mapping[str, str]) -> str:
        """What a request carries for the scheme, as vendors of tests look at it.

        Args:
            headers: Header fields by lower-case name.
            query: Values by name.
            cookies: Values by name.

        Returns:
            What tells one credential from another; empty for nothing.
        """

    def exchange(self, credential: Any) -> Exchange | None:
        """How a credential becomes a token, and until when that is used.

        Args:
            credential: The credential.

        Returns:
            What is sent and where the response holds the token; None for a credential that is sent as it is.
        """
        return credential.exchange if isinstance(credential, ExchangeCredential) else None

    def check(self, credential: Any) -> None:
        """Refuse a credential that can never be sent, when it is given.

        Args:
            credential: The credential.

        Raises:
            InvalidArgument: it does not fit.
        """
        del credential

    def header(self) -> str | None:
        """The header field that is the scheme's own, beside ``Authorization``."""
        return None

    def encoded(self, credential: Any) -> tuple[str, ...]:
        """What a request shows of a credential, where that is none of its fields."""
        del credential
        return ()


def fitting(credential: Any, kind: type[C]) -> C:
    """A credential, which has to be of a class.

    Args:
        credential: What was given.
        kind: The class.

    Returns:
        The credential.

    Raises:
        InvalidArgument: it is of another class.
    """
    if isinstance(credential, kind):
        return credential
    raise InvalidArgument(f"auth: {type(credential).__name__} does not fit", argument="auth")


def sendable(value: object, what: str) -> str:
    """A text that a header field can carry.

    Args:
        value: What was given.
        what: What it is called in the error; the value is not repeated.

    Returns:
        The text.

    Raises:
        InvalidArgument: it is empty, no text, or contains a control character.
    """
    if not isinstance(value, str) or not value:
        raise InvalidArgument(f"{what} should be a non-empty string", argument="auth")
    return check_header(value, what)


def authorization(headers: Mapping[str, str], kind: str) -> str:
    """What is behind the name of a kind in the header field ``Authorization``; empty for another kind."""
    found, _, value = headers.get("authorization", "").partition(" ")
    return value.strip() if found.lower() == kind else ""
