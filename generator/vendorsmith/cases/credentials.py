"""The credentials that a client takes, with made-up values, and how each must show in a request."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from jobclients_contract.cases import Credential, Exchange, Json
from jobclients_contract.reading.places import filled
from jobclients_contract.reading.pointers import seconds

from vendorsmith import names
from vendorsmith.build.node import Node
from vendorsmith.cases import wire
from vendorsmith.cases.reading import Source
from vendorsmith.cases.values import value_of

_TOKEN: Final = "t0ken-made-up"  # noqa: S105 - made up, as are all values here
_EXCHANGED: Final = "exch4nged-t0ken"
_FOREVER: Final = "2099-12-31T23:59:59Z"


def credentials(source: Source, options: Mapping[str, Json]) -> tuple[Credential, ...]:
    """The credentials of a vendor's client, those that are sent as they are first.

    Args:
        source: the spec.
        options: arguments of the client's constructor.
    """
    found: list[Credential] = []
    schemes = source.root.get("components").get("securitySchemes")
    for name, scheme in schemes.items():
        where, kind = schemes.raw(name).locator, _kind(scheme)
        if any(item.name == kind for item in found):
            continue  # a class of credentials fills the first scheme that takes it
        if kind == "Token":
            headers, query = _carried(scheme, _TOKEN)
            found.append(Credential("Token", name, {"value": _TOKEN}, (_TOKEN,), headers, query, where=where))
        elif kind == "Basic":
            found.append(_basic(name, where))
        elif kind == "AkSk":
            pair: dict[str, Json] = {"access_key": "an-access-key", "secret_key": "s3cret-key"}
            found.append(Credential("AkSk", name, pair, ("s3cret-key",), kind="signed", where=where))
        elif kind == "ClientCredentials":
            found.append(_client_credentials(name, scheme, where))
    for item in [item for item in found if item.name == "ClientCredentials"]:
        if not any(other.name == "Token" for other in found):  # a token that somebody has already
            headers = {"authorization": f"Bearer {_TOKEN}"}
            found.append(Credential("Token", item.scheme, {"value": _TOKEN}, (_TOKEN,), headers, where=item.where))
    return (*found, *_exchanged(source, options))


def _kind(scheme: Node) -> str:
    """The class of credentials that a scheme takes; empty for none."""
    kind, http = scheme.text("type"), scheme.text("scheme").lower()
    if kind == "apiKey" and scheme.has("x-signature"):
        return "AkSk"
    if kind == "oauth2" and scheme.get("flows").get("clientCredentials").text("tokenUrl"):
        return "ClientCredentials"
    if kind == "http":
        return {"basic": "Basic", "bearer": "Token"}.get(http, "")
    return "Token" if kind in ("apiKey", "oauth2", "openIdConnect") else ""


def _carried(scheme: Node, token: str) -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    """The header fields and the pairs of the query by which a scheme shows a token."""
    if scheme.text("type") != "apiKey":
        return {"authorization": f"Bearer {token}"}, ()
    place, name = scheme.text("in"), scheme.text("name")
    if place == "query":
        return {}, ((name, token),)
    return ({"cookie": f"{name}={token}"} if place == "cookie" else {name.lower(): token}), ()


def _basic(scheme: str, where: str) -> Credential:
    username, password = "a-user", "p4ss:m\u00e4de-up"
    pair = base64.b64encode(f"{username}:{password}".encode()).decode()
    values: dict[str, Json] = {"username": username, "password": password}
    headers = {"authorization": f"Basic {pair}"}
    return Credential("Basic", scheme, values, (password, pair), headers, where=where)


def _client_credentials(name: str, scheme: Node, where: str) -> Credential:
    flow = scheme.get("flows").get("clientCredentials")
    url = flow.text("tokenUrl")
    elsewhere = url.startswith(("http://", "https://"))
    scope = " ".join(name for name, _ in flow.get("scopes").items())
    fields = {"grant_type": "client_credentials", "client_id": "a-client", "client_secret": "s3cret-of-client"}
    exchange = Exchange(
        operation="exchange of ClientCredentials",
        line=f"POST {urlsplit(url).path if elsewhere else '/' + url.lstrip('/')}",
        media_type="application/x-www-form-urlencoded",
        body=wire.body("application/x-www-form-urlencoded", {**fields, **({"scope": scope} if scope else {})}),
        token=_EXCHANGED,
        status=200,
        headers={},
        answer={"access_token": _EXCHANGED, "token_type": "Bearer", "expires_in": 3600},
        server=urlsplit(url)._replace(path="").geturl() if elsewhere else "",
        expires_in="$response.body#/expires_in",
        place="$response.body#/access_token",
    )
    values: dict[str, Json] = {"client_id": "a-client", "client_secret": "s3cret-of-client"}
    headers = {"authorization": f"Bearer {_EXCHANGED}"}
    secrets = ("s3cret-of-client", _EXCHANGED)
    return Credential("ClientCredentials", name, values, secrets, headers, (), "exchanged", where, exchange)


def _exchanged(source: Source, options: Mapping[str, Json]) -> Iterator[Credential]:
    """Those of ``x-auth``; what another vendor's document declares is read there."""
    for id_, entry in source.root.get("x-auth").items():
        if not entry.text("into"):
            continue
        name = names.pascal(id_, frozenset())
        vendor = entry.text("vendor")
        root = source.lenders.get(vendor) if vendor else source.root
        declared = root.get("x-auth").get(id_) if root is not None else None
        if root is None or declared is None:
            continue
        scheme = source.root.get("components").get("securitySchemes").get(entry.text("into"))
        headers, query = _carried(scheme, _EXCHANGED)
        values: dict[str, Json] = {}
        secrets: list[str] = []
        for field, facts in declared.get("credentials").items():
            values[field] = 10 if facts.text("type") == "integer" else f"{field.replace('_', '-')}-m4de-up"
            if facts.flag("secret"):
                secrets.append(str(values[field]))
        server = root.get("servers").get(0).text("url") if vendor else ""
        exchange = _exchange(root, declared, values, options, server)
        place = source.root.get("x-auth").raw(id_).locator
        hidden = (*secrets, _EXCHANGED)
        yield Credential(name, entry.text("into"), values, hidden, headers, query, "exchanged", place, exchange)


def _exchange(
    root: Node, declared: Node, values: Mapping[str, Json], options: Mapping[str, Json], server: str
) -> Exchange:
    id_ = declared.text("operationId")
    path, http, operation = next(
        (path, method.upper(), node)
        for path, item in root.get("paths").items()
        for method, node in item.items()
        if isinstance(node.value, dict) and node.text("operationId") == id_
    )
    status, response = next((code, item) for code, item in operation.get("responses").items() if code[0] == "2")
    media_type = next((name for name, _ in operation.get("requestBody").get("content").items()), "application/json")
    content = next((item for _, item in response.get("content").items()), response.get("nothing"))
    shown = next((item.get("value").value for _, item in content.get("examples").items()), None)
    answer: Json = shown if isinstance(shown, dict) else value_of(content.get("schema"))
    headers: dict[str, str] = {}
    for place, value in (
        (declared.text("token"), _EXCHANGED),
        (declared.text("expires"), _FOREVER),
        (declared.text("expires_in"), 3600),
    ):
        if place.startswith("$response.header."):
            headers[place.removeprefix("$response.header.")] = str(value)
        elif place:
            answer = filled(answer, place, value)
    body = _body(declared.get("body").value, values, options)
    return Exchange(
        operation=id_,
        line=f"{http} {path}",
        media_type=media_type,
        body=wire.body(media_type, body),
        token=_EXCHANGED,
        status=int(status) if status.isdigit() else 200,
        headers=headers,
        answer=answer,
        server=server,
        lifetime=seconds(declared.text("lifetime")) if declared.has("lifetime") else 0.0,
        expires=declared.text("expires"),
        expires_in=declared.text("expires_in"),
        place=declared.text("token"),
    )


def _body(template: Json, values: Mapping[str, Json], options: Mapping[str, Json]) -> Json:
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
