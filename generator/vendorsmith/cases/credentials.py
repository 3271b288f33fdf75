"""The credentials that a client takes, with made-up values, and how each must show in a request."""

from __future__ import annotations

from vendorsmith.cases.reading import Source
from vendorsmith.contract.cases import Credential, Json


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
            found.append(Credential("Token", item.scheme, {"value": token}, (token,), headers, query))
        elif item.class_name == "Basic":
            # "a-user:p4ss-made-up" in base64.
            basic = {"authorization": "Basic YS11c2VyOnA0c3MtbWFkZS11cA=="}
            pair: dict[str, Json] = {"username": "a-user", "password": "p4ss-made-up"}
            found.append(Credential("Basic", item.scheme, pair, ("p4ss-made-up",), basic))
    return tuple(found)
