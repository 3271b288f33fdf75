"""The credentials that a client takes, with made-up values, and how each must show in a request."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from jobclients_contract.schema_model.credentials import HANDED_OUT, Credential, Exchange
from jobclients_contract.schema_model.document import listed, objects
from jobclients_contract.schema_model.values import Json

from vendorsmith import names
from vendorsmith.testcases import wire

_TOKEN: Final = "t0ken-made-up"  # noqa: S105 - made up, as are all values here
_FORM: Final = "application/x-www-form-urlencoded"

Object = Mapping[str, Json]


def credentials(document: Object, providers: Mapping[str, Json], options: Object) -> tuple[Credential, ...]:
    """The credentials of a vendor's client, those that are sent as they are first.

    Args:
        document: the normalised document.
        providers: those of other vendors that declare credentials of this one.
        options: arguments of the client's constructor.
    """
    found: list[Credential] = []
    for name, scheme in _schemes(document).items():
        kind = _kind(scheme)
        if kind == "Token":
            found.append(Credential("Token", name, {"value": _TOKEN}, *_carried(scheme, _TOKEN)))
        elif kind == "Basic":
            found.append(_basic(name))
        elif kind == "AkSk":
            pair: dict[str, Json] = {"access_key": "an-access-key", "secret_key": "s3cret-key"}
            found.append(Credential("AkSk", name, pair, signs=True))
        elif kind == "ClientCredentials":
            found.append(_client_credentials(name, scheme))
    for item in [item for item in found if item.name == "ClientCredentials"]:
        if not any(other.name == "Token" for other in found):  # a token that somebody has already
            found.append(Credential("Token", item.scheme, {"value": _TOKEN}, {"authorization": f"Bearer {_TOKEN}"}))
    return (*found, *_exchanged(document, providers, options))


def _schemes(document: Object) -> dict[str, dict[str, Json]]:
    schemes = objects(objects(document.get("components")).get("securitySchemes"))
    return {name: objects(scheme) for name, scheme in schemes.items()}


def _flow(scheme: Object) -> dict[str, Json]:
    return objects(objects(scheme.get("flows")).get("clientCredentials"))


def _kind(scheme: Object) -> str:
    """The class of credentials that a scheme takes; empty for none."""
    kind = scheme.get("type")
    if kind == "apiKey" and "x-signature" in scheme:
        return "AkSk"
    if kind == "oauth2" and _flow(scheme).get("tokenUrl"):
        return "ClientCredentials"
    if kind == "http":
        return {"basic": "Basic", "bearer": "Token"}.get(str(scheme.get("scheme")).lower(), "")
    return "Token" if kind in ("apiKey", "oauth2", "openIdConnect") else ""


def _carried(scheme: Object, token: str) -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    """The header fields and the pairs of the query by which a scheme shows a token."""
    if scheme.get("type") != "apiKey":
        return {"authorization": f"Bearer {token}"}, ()
    place, name = scheme.get("in"), str(scheme.get("name"))
    if place == "query":
        return {}, ((name, token),)
    return ({"cookie": f"{name}={token}"} if place == "cookie" else {name.lower(): token}), ()


def _basic(scheme: str) -> Credential:
    username, password = "a-user", "p4ss:m\u00e4de-up"
    pair = base64.b64encode(f"{username}:{password}".encode()).decode()
    values: dict[str, Json] = {"username": username, "password": password}
    return Credential("Basic", scheme, values, {"authorization": f"Basic {pair}"})


def _client_credentials(name: str, scheme: Object) -> Credential:
    flow = _flow(scheme)
    url = str(flow.get("tokenUrl"))
    elsewhere = url.startswith(("http://", "https://"))
    scope = " ".join(objects(flow.get("scopes")))
    values: dict[str, Json] = {"client_id": "a-client", "client_secret": "s3cret-of-client"}
    fields: dict[str, Json] = {"grant_type": "client_credentials", **values, **({"scope": scope} if scope else {})}
    exchange = Exchange(
        line=f"POST {urlsplit(url).path if elsewhere else '/' + url.lstrip('/')}",
        server=urlsplit(url)._replace(path="").geturl() if elsewhere else "",
        body=wire.body(_FORM, fields),
        token="$response.body#/access_token",  # noqa: S106 - where it is
        expires="$response.body#/expires_in",
        lifetime="",
    )
    return Credential("ClientCredentials", name, values, {"authorization": f"Bearer {HANDED_OUT}"}, exchange=exchange)


def _exchanged(document: Object, providers: Mapping[str, Json], options: Object) -> Iterator[Credential]:
    """Those of ``x-auth``; what another vendor's document declares is read there."""
    for id_, entry in objects(document.get("x-auth")).items():
        into, vendor = objects(entry).get("into"), objects(entry).get("vendor")
        root = document if vendor is None else objects(providers.get(str(vendor)))
        declared = objects(objects(root.get("x-auth")).get(id_))
        if into is None or not declared:
            continue
        values: dict[str, Json] = {
            name: 10 if objects(fields).get("type") == "integer" else f"{name.replace('_', '-')}-m4de-up"
            for name, fields in objects(declared.get("credentials")).items()
        }
        exchange = _exchange(root, declared, values, options, elsewhere=vendor is not None)
        shown = _carried(_schemes(document)[str(into)], HANDED_OUT)
        yield Credential(names.pascal(id_, frozenset()), str(into), values, *shown, exchange=exchange)


def _exchange(root: Object, declared: Object, values: Object, options: Object, *, elsewhere: bool) -> Exchange:
    path, http, operation = next(
        (path, method.upper(), objects(node))
        for path, item in objects(root.get("paths")).items()
        for method, node in objects(item).items()
        if objects(node).get("operationId") == declared.get("operationId")
    )
    content = objects(objects(operation.get("requestBody")).get("content"))
    server = str(objects(next(iter(listed(root.get("servers"))), None)).get("url"))
    return Exchange(
        line=f"{http} {path}",
        server=server if elsewhere else "",
        body=wire.body(next(iter(content), "application/json"), _body(declared.get("body"), values, options)),
        token=str(declared.get("token")),
        expires=str(declared.get("expires") or declared.get("expires_in") or ""),
        lifetime=str(declared.get("lifetime") or ""),
    )


def _body(template: Json, values: Object, options: Object) -> Json:
    """The body of an exchange; keys without a value are left out."""
    if isinstance(template, str) and template.startswith(("$credential.", "$client.")):
        kind, _, name = template.partition(".")
        return (values if kind == "$credential" else options).get(name)
    if isinstance(template, list):
        return [_body(item, values, options) for item in template]
    if not isinstance(template, dict):
        return template
    entries = {key: _body(item, values, options) for key, item in template.items()}
    return {key: item for key, item in entries.items() if item is not None and item != {}}
