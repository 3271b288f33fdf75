"""Which of the runtime's security schemes a document declares."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from vendorsmith.spec.check import text
from vendorsmith.spec.source_map import JSON, Object

TOKEN_URL: Final = re.compile(r"(https?:/)?/[^\s?#]+")
"""An address that tokens can be asked from."""

_SIGNATURE: Final = re.compile(r"hmac|sigv4|signature", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SchemeCall:
    """A security scheme of the runtime, as generated code writes it.

    Attributes:
        type: the name of its class.
        arguments: its positional arguments.
        options: its named arguments.
        credentials: the names of the classes of credentials that fill it; the others become what the first is, or are
            got in exchange for it.
        place: what it writes: a header field, query parameter or cookie, and the word before the credential, if any.
    """

    type: str
    arguments: tuple[str, ...] = ()
    options: tuple[tuple[str, str | tuple[str, ...]], ...] = ()
    credentials: tuple[str, ...] = ("Bearer",)
    place: tuple[str, ...] = ("header", "authorization", "bearer")


def scheme_call(declared: Object) -> SchemeCall | None:
    """The runtime's scheme for a declared one.

    Args:
        declared: an entry of ``securitySchemes``.

    Returns:
        The scheme; None where no client can make it.
    """
    match text(declared.get("type")), text(declared.get("scheme")).lower():
        case "apiKey", _ if "x-signature" in declared:
            return SchemeCall("Signature", credentials=("AkSk",), place=("header", "authorization", "signature"))
        case "apiKey", _:
            return _api_key(text(declared.get("name")), text(declared.get("in")))
        case "http", "basic":
            return SchemeCall("HttpBasic", credentials=("Basic",), place=("header", "authorization", "basic"))
        case ("http", "bearer") | ("openIdConnect", _):
            return SchemeCall("HttpBearer")
        case "oauth2", _:
            return _oauth2(declared)
        case _:
            return None


def is_one_place(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two schemes write the same field in the same form; a key may be of any form.

    Args:
        one: the place of the first.
        other: that of the second.
    """
    return one[:2] == other[:2] and (one == other or len(one) != len(other))


def is_signature(name: str, declared: Object) -> bool:
    """Whether what a header field takes is a signature of the request, which no key can be.

    Args:
        name: the name of the scheme.
        declared: the scheme.
    """
    said = f"{name} {text(declared.get('description'))}"
    return (
        declared.get("type") == "apiKey"
        and "x-signature" not in declared
        and text(declared.get("name")).lower() == "authorization"
        and _SIGNATURE.search(said) is not None
    )


def _api_key(name: str, location: str) -> SchemeCall | None:
    if not name or location not in ("header", "query", "cookie"):
        return None
    place = (location, name.lower() if location == "header" else name)
    arguments = (name,) if location == "header" else (name, location)
    return SchemeCall("ApiKeyIn", arguments, credentials=("ApiKey",), place=place)


def _oauth2(declared: Object) -> SchemeCall:
    """The grants that a program makes by itself; for others somebody brings the token, which always does."""
    flows = declared.get("flows")
    by_name = flows if isinstance(flows, dict) else {}
    grants = {
        "client_credentials": _url(by_name.get("clientCredentials"), "tokenUrl"),
        "password": _url(by_name.get("password"), "tokenUrl"),
        "refresh": next(
            (
                url
                for name in ("authorizationCode", "password", "implicit")
                if (url := _url(by_name.get(name), "refreshUrl") or _url(by_name.get(name), "tokenUrl"))
            ),
            "",
        ),
    }
    made = tuple((name, url) for name, url in grants.items() if url)
    if not made:
        return SchemeCall("HttpBearer")
    classes = {"client_credentials": "ClientCredentials", "password": "Password", "refresh": "RefreshToken"}
    scopes = dict.fromkeys(
        scope
        for name, flow in (("client_credentials", "clientCredentials"), ("password", "password"))
        if grants[name]
        for scope in _scopes(by_name.get(flow))
    )
    return SchemeCall(
        "OAuth2",
        options=(*made, *([("scopes", tuple(scopes))] if scopes else [])),
        credentials=_ordered(tuple(classes[name] for name, _ in made)),
    )


def _ordered(grants: tuple[str, ...]) -> tuple[str, ...]:
    """The classes of a scheme: the token first, unless the grants of a program are all that it has."""
    return (*grants, "Bearer") if "RefreshToken" not in grants else ("Bearer", *grants)


def _url(flow: JSON, key: str) -> str:
    url = text(flow.get(key)) if isinstance(flow, dict) else ""
    return url if TOKEN_URL.fullmatch(url) else ""


def _scopes(flow: JSON) -> list[str]:
    scopes = flow.get("scopes") if isinstance(flow, dict) else None
    return list(scopes) if isinstance(scopes, dict) else []
