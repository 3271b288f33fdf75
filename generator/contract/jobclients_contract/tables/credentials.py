"""Credentials, what they are exchanged for, and which of them a call carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from jobclients_contract.tables.calls import Json, Operation


@dataclass(frozen=True, slots=True)
class Exchange:
    """The call that turns a credential into a token.

    Attributes:
        operation: what errors call it.
        line: HTTP method and raw request target.
        media_type: of the body.
        body: what is sent: JSON, or the text of what is no JSON.
        token: that is handed out.
        status: of the answer that does so.
        headers: of that answer.
        answer: its body, as JSON.
        server: template of the URL of the credential's own server; empty where it is the client's.
        lifetime: seconds that a token lives where the answer does not tell; 0 where nobody says.
        expires: place in the answer that holds the moment at which the token ends; empty for none.
        expires_in: place in the answer that holds the seconds that it lives; empty for none.
        place: place in the answer that holds the token.
    """

    operation: str
    line: str
    media_type: str
    body: Json
    token: str
    status: int
    headers: Mapping[str, str]
    answer: Json
    server: str = ""
    lifetime: float = 0.0
    expires: str = ""
    expires_in: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential that the client takes, with made-up values, and the header fields by which it must show.

    Attributes:
        name: of the class.
        scheme: the security scheme that it fills.
        values: arguments of the class.
        secrets: those values that must appear nowhere but in the request.
        headers: fields that a request carries, names in lower case; empty where they differ from request to request.
        query: pairs that the query carries.
        kind: ``plain`` is sent as it is, ``signed`` signs each request, ``exchanged`` is turned into a token first.
        where: where the spec says so.
        exchange: how it is turned into a token.
    """

    name: str
    scheme: str
    values: Mapping[str, Json]
    secrets: tuple[str, ...]
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    query: tuple[tuple[str, str], ...] = ()
    kind: Literal["plain", "signed", "exchanged"] = "plain"
    where: str = ""
    exchange: Exchange | None = None


def usual(credentials: Sequence[Credential]) -> tuple[Credential, ...]:
    """What a client is given where a check says nothing else: one credential for each scheme that needs no signing.

    What is exchanged goes along for a scheme that nothing plain fills, and what signs only where it is all there is.
    """
    chosen: dict[str, Credential] = {}
    for kind in ("plain", "exchanged"):
        for item in credentials:
            if item.kind == kind:
                chosen.setdefault(item.scheme, item)
    return tuple(chosen.values()) or tuple(credentials[:1])


def carried(operation: Operation, credentials: Sequence[Credential]) -> tuple[Credential, ...]:
    """Those of the given credentials that a call carries: for the first alternative that they fill."""
    filled = {item.scheme: item for item in reversed(credentials)}
    chosen = next((names for names in operation.security if names and filled.keys() >= set(names)), ())
    return tuple(filled[name] for name in chosen)
