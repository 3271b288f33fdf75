"""The credentials that a client takes, with made-up values, and how each must show in a request."""

from __future__ import annotations

from vendorsmith.cases.reading import Source
from vendorsmith.contract.cases import Credential


def credentials(source: Source) -> tuple[Credential, ...]:
    """The credentials of a vendor's client, those that are sent as they are first."""
    found: list[Credential] = []
    for item in source.api.credentials:
        scheme = source.root.get("components").get("securitySchemes").get(item.scheme)
        if item.class_name == "Token" and scheme.text("type") == "apiKey":
            token = "t0ken-made-up"  # noqa: S105 - made up
            place = scheme.text("in")
            headers = {scheme.text("name").lower(): token} if place == "header" else {}
            query = ((scheme.text("name"), token),) if place == "query" else ()
            found.append(Credential("Token", item.scheme, {"token": token}, (token,), headers, query))
    return tuple(found)
