"""Credentials with made-up values, and which of several a client is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from jobclients_contract.schema_model.values import Json

HANDED_OUT: Final = "exch4nged-t0ken"
"""The token that exchanges hand out."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """How a credential becomes a token.

    Attributes:
        line: HTTP method and raw target of the request.
        server: template of its server's URL, empty where it is the client's.
        body: JSON, or the text of a form.
        token: place in the response.
        expires: place in the response of the timestamp, or of the seconds, at which the token ends; empty for none.
        lifetime: how long a token lives whose response does not tell, as an ISO 8601 duration; empty where nobody says.
        ends: what is at `expires` in the response; far away when None.
    """

    line: str
    server: str
    body: Json
    token: str
    expires: str
    lifetime: str
    ends: Json = None


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential that clients take.

    Attributes:
        name: of its class.
        scheme: that it fills.
        values: arguments of the class.
        headers: header fields of each request, names in lower case.
        query: pairs of each query.
        signs: whether it signs requests instead.
        exchange: how it becomes a token, where it does.
    """

    name: str
    scheme: str
    values: Mapping[str, Json]
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    query: tuple[tuple[str, str], ...] = ()
    signs: bool = False
    exchange: Exchange | None = None

    @property
    def secrets(self) -> list[str]:
        """What must be nowhere but in requests."""
        shown = [value for value in self.values.values() if isinstance(value, str)]
        sent = [value.rpartition(" ")[2] for value in self.headers.values()]
        return [*shown, *sent, *(value for _, value in self.query)]


def usual(credentials: Sequence[Credential]) -> tuple[Credential, ...]:
    """What a client is given where a case says nothing else: one credential for each scheme that needs no signing.

    What is exchanged goes along for a scheme that nothing plain fills, and what signs only where it is all there is.
    """
    chosen: dict[str, Credential] = {}
    for exchanged in (False, True):
        for item in credentials:
            if not item.signs and (item.exchange is not None) is exchanged:
                chosen.setdefault(item.scheme, item)
    return tuple(chosen.values()) or tuple(credentials[:1])


def carried(
    credentials: Sequence[Credential], security: Sequence[Sequence[str]]
) -> tuple[tuple[Credential, ...], tuple[Credential, ...]]:
    """What a client is given for a call, and what of that the request carries.

    The first alternative that can be filled counts, by the usual credentials where these can do it.

    Args:
        credentials: all that clients take.
        security: alternatives of scheme names.
    """
    given = usual(credentials)
    for known in (given, (*given, *credentials)):
        filled = {item.scheme: item for item in reversed(known)}
        chosen = next((names for names in security if names and filled.keys() >= set(names)), None)
        if chosen is not None:
            found = tuple(filled[name] for name in chosen)
            return (*given, *(item for item in found if item not in given)), found
    # What no credential fills is called without any, unless the call is open to all.
    return given if not security or () in map(tuple, security) else (), ()
