"""Maps security schemes of OpenAPI to those of the runtime."""

from __future__ import annotations

from dataclasses import dataclass

from vendorsmith.spec.check import text
from vendorsmith.spec.source_map import Object


@dataclass(frozen=True, slots=True)
class SchemeCall:
    """A security scheme of the runtime, as generated code writes it.

    Attributes:
        type: the name of its class.
        arguments: its positional arguments.
        credentials: the names of the classes of credentials that fill it; only the first is meant for it alone.
    """

    type: str
    arguments: tuple[str | tuple[str, ...], ...] = ()
    credentials: tuple[str, ...] = ("Token",)


def scheme_call(declared: Object) -> SchemeCall | None:
    """The runtime's scheme for a declared one.

    Args:
        declared: an entry of ``securitySchemes``.

    Returns:
        The scheme; None where no client can satisfy it.
    """
    match text(declared.get("type")), text(declared.get("scheme")).lower():
        case "apiKey", _ if "x-signature" in declared:
            return SchemeCall("Signature", credentials=("AkSk",))
        case "apiKey", _:
            name, location = text(declared.get("name")), text(declared.get("in"))
            return SchemeCall("ApiKey", (name,) if location == "header" else (name, location))
        case "http", "basic":
            return SchemeCall("HttpBasic", credentials=("Basic",))
        case ("http", "bearer") | ("openIdConnect", _):
            return SchemeCall("HttpBearer")
        case "oauth2", _:
            return _oauth2(declared)
        case _:
            return None


def _oauth2(declared: Object) -> SchemeCall:
    flows = declared.get("flows")
    flow = flows.get("clientCredentials") if isinstance(flows, dict) else None
    url = text(flow.get("tokenUrl")) if isinstance(flow, dict) else ""
    if not isinstance(flow, dict) or not url:
        return SchemeCall("HttpBearer")
    scopes = flow.get("scopes")
    names = tuple(scopes) if isinstance(scopes, dict) else ()
    # Who has such a token already may give it.
    return SchemeCall("OAuth2ClientCredentials", (url, names), ("ClientCredentials", "Token"))
