"""Requests that the caller authorizes, where the vendor's scheme is none that a client can make."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from jobclients_core.errors import CredentialUnavailable, InvalidArgument, JobClientsError

from .scheme import SecurityScheme, fitting

if TYPE_CHECKING:
    from jobclients_core.flow import Clock, HttpRequest

RequestSigner: TypeAlias = "Callable[[HttpRequest], HttpRequest]"
"""A function that is given each request before it is sent, and returns it with what authorizes it."""


@dataclass(frozen=True, slots=True)
class CallerSignature:
    """The caller's function, as the credential that it is."""

    function: RequestSigner = field(repr=False)


@dataclass(frozen=True, slots=True)
class CallerSigned(SecurityScheme):
    """What a function of the caller's puts into each request."""

    signs: ClassVar[bool] = True
    kinds: ClassVar[tuple[type[Any], ...]] = (CallerSignature,)

    def apply(self, request: HttpRequest, credential: Any, clock: Clock) -> HttpRequest:
        """Let the function authorize the request; it still goes where it was meant to go."""
        try:
            signed: Any = fitting(credential, CallerSignature).function(request)
        except JobClientsError:
            raise
        except Exception as error:
            raise CredentialUnavailable(f"the function given as auth raised {type(error).__name__}") from error
        if not isinstance(signed, type(request)):
            raise InvalidArgument("the function given as auth should return the request", argument="auth")
        host = [value for name, value in signed.headers if name.lower() == "host"]
        if (signed.method, signed.origin) != (request.method, request.origin) or host != [
            dict(request.headers)["Host"]
        ]:
            raise InvalidArgument(
                "the function given as auth may not change the request's method, origin or Host", argument="auth"
            )
        return signed

    def read(self, headers: Mapping[str, str], query: Mapping[str, Sequence[str]], cookies: Mapping[str, str]) -> str:
        """What is in the header field ``Authorization``, if anything: only the caller knows the scheme."""
        return headers.get("authorization", "unknown")
