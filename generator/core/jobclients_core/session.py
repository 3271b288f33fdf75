"""What the calls of one client share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from .auth import Authenticator
from .errors import InvalidArgument
from .flow import Clock
from .header_fields import PROTOCOL_HEADERS, check_header, is_token
from .http import HttpOptions
from .operation import Operation, Vendor
from .origin import BaseUrl, fill_server, warn_if_insecure

if TYPE_CHECKING:
    from .response_validation import Inspector


@dataclass(slots=True)
class Contact:
    """What a client knows of the vendor's host.

    Args:
        reached: Whether it has ever answered.
    """

    reached: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """All that the calls of one client share.

    Args:
        vendor: The vendor.
        base: Where requests go.
        parameters: The client's own parameters by name.
        headers: Headers of every request: agent and encodings first, the caller's after them.
        auth: The credentials.
        options: How to speak HTTP.
        zone: The caller's time zone.
        account: The caller's label for the account.
        clock: Time and chance.
        inspector: Tells of responses that are not as documented; None where nobody asks.
        contact: Whether the vendor's host was ever reached.
        variables: Values of the servers' variables; None where the caller gave a base URL, which is that of every call.
    """

    vendor: Vendor
    base: BaseUrl
    parameters: Mapping[str, Any] = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    auth: Authenticator = field(repr=False)
    options: HttpOptions
    zone: tzinfo | None
    account: str
    clock: Clock = field(repr=False)
    inspector: Inspector | None = field(default=None, repr=False)
    contact: Contact = field(default_factory=Contact)
    variables: Mapping[str, str | None] | None = None

    def base_of(self, operation: Operation[Any]) -> BaseUrl:
        """Where the calls of an operation go.

        Args:
            operation: The operation.

        Returns:
            Its own documented server, or the client's.

        Raises:
            InvalidArgument: a variable of its server is missing.
        """
        server = operation.server
        if server is None or self.variables is None:
            return self.base
        if server.startswith("/"):
            server = self.base.origin + server
        base = fill_server(server, self.vendor.variables, self.variables)
        warn_if_insecure(base)
        return base


def default_headers(vendor: Vendor, given: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    """The headers of every request of a client.

    Args:
        vendor: The vendor, whose credential headers are not the caller's to set.
        given: The caller's own headers.

    Returns:
        The agent and the accepted encodings, then the caller's.

    Raises:
        InvalidArgument: a header is not the caller's to set, or breaks the protocol.
    """
    checked = check_headers(vendor, given)
    agent = next((value for name, value in checked if name.lower() == "user-agent"), "/".join(vendor.product))
    rest = [(name, value) for name, value in checked if name.lower() not in ("user-agent", "accept-encoding")]
    return (("User-Agent", agent), ("Accept-Encoding", "gzip, deflate"), *rest)


def check_headers(
    vendor: Vendor, given: Mapping[str, str] | None, operation: str | None = None
) -> list[tuple[str, str]]:
    """Check headers of the caller's own.

    Args:
        vendor: The vendor.
        given: The headers.
        operation: What is called, for errors.

    Returns:
        Them in order.

    Raises:
        InvalidArgument: a header is not the caller's to set, or breaks the protocol.
    """
    taken = {name.lower() for scheme in vendor.schemes.values() if (name := scheme.header()) is not None}
    taken.add("authorization")
    pairs: list[tuple[str, str]] = []
    items: Mapping[Any, Any] = given or {}
    for name, value in items.items():
        if not isinstance(name, str) or not isinstance(value, str) or not is_token(name):
            raise InvalidArgument("headers should be names and values", operation=operation, argument="headers")
        if name.lower() in PROTOCOL_HEADERS or name.lower() in taken:
            raise InvalidArgument(
                f"the header {name} is not the caller's to set", operation=operation, argument="headers"
            )
        pairs.append((name, check_header(value, f"the header {name}", operation)))
    return pairs
