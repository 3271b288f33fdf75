"""Checks security schemes, security requirements and token exchanges."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from typing import Final

from jobclients_core.expressions import parse
from jobclients_core.pointers import join

from vendorsmith.diagnostics import quote
from vendorsmith.spec.check import Check, entries, text
from vendorsmith.spec.response_parts import check_expression, response_bodies
from vendorsmith.spec.schemes import TOKEN_URL, is_one_place, is_signature, scheme_call
from vendorsmith.spec.source_map import JSON, Object
from vendorsmith.spec.wording import did_you_mean, meant_or_known

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def check_security(check: Check) -> None:
    """Report requirements that no client could meet, and exchanges of credentials that could not work."""
    schemes = _schemes(check)
    root = check.document.data
    _check_requirements(check, root.get("security"), "/security", schemes)
    for _, operation, pointer in check.operations():
        _check_requirements(check, operation.get("security"), join(pointer, "security"), schemes)
    for name, scheme, pointer in schemes.values():
        _check_scheme(check, name, scheme, pointer)
    for name, entry in entries(root.get("x-auth")):
        if isinstance(entry, dict):
            _check_exchange(check, entry, join("/x-auth", name), schemes)


def _schemes(check: Check) -> dict[str, tuple[str, Object, str]]:
    """Return name, scheme and pointer of every security scheme, by name."""
    components = check.document.data.get("components")
    listed = components.get("securitySchemes") if isinstance(components, dict) else None
    found: dict[str, tuple[str, Object, str]] = {}
    for name, node in entries(listed):
        scheme = check.follow(node, join("/components/securitySchemes", name))
        found[name] = (name, *scheme) if scheme is not None else (name, {}, "")
    return found


def _unmade(names: list[str], schemes: dict[str, tuple[str, Object, str]]) -> str | None:
    """Return why no client of ours can meet a requirement, where it cannot."""
    for name in names:
        scheme = schemes[name][1]
        kind, http = text(scheme.get("type")), text(scheme.get("scheme")).lower()
        if kind and scheme_call(scheme) is None:
            return f"{quote(name)} is {f'HTTP {http}' if http else kind}"
    calls = {name: call for name in names if (call := scheme_call(schemes[name][1])) is not None}
    for one, other in combinations(calls, 2):
        mine, others = calls[one].place, calls[other].place
        if mine[:2] == others[:2] and not is_one_place(mine, others):
            return f"{quote(one)} and {quote(other)} write the same {mine[0]}"
    return None


def _check_requirements(
    check: Check, required: JSON, pointer: str, schemes: dict[str, tuple[str, Object, str]]
) -> None:
    if not isinstance(required, list):
        return
    reasons: list[str] = []
    for index, alternative in enumerate(required):
        for name, _ in entries(alternative):
            if name not in schemes:
                message = f"there is no security scheme {quote(name)}"
                hint = meant_or_known(name, list(schemes), "the schemes are")
                hint = hint or "declare it under components: securitySchemes"
                check.error_at_key("unknown-scheme", message, join(pointer, index, name), hint)
        names = [name for name, _ in entries(alternative)]
        if all(name in schemes for name in names) and (reason := _unmade(names, schemes)) is not None:
            reasons.append(reason)
    if required and len(reasons) == len(required):
        message = f"no client can make what this security requires: {', '.join(reasons)}"
        hint = "apiKey, http basic, http bearer, openIdConnect and oauth2 are supported"
        check.error_at_key("unsupported-security", message, pointer, hint)


def _check_scheme(check: Check, name: str, scheme: Object, pointer: str) -> None:
    if is_signature(name, scheme):
        message = f"{quote(name)} is a signature of the request, and the client sends what it is given as a key"
        check.warn_at_key("signature-scheme", message, pointer, "it also takes a function that authorizes each request")
    if "x-signature" in scheme:
        carrier = (scheme.get("type"), scheme.get("in"), text(scheme.get("name")).lower())
        if carrier != ("apiKey", "header", "authorization"):
            message = "a signature travels in the header Authorization"
            hint = "write: type: apiKey, in: header, name: Authorization"
            check.error_at_key("bad-signature", message, join(pointer, "x-signature"), hint)
    flows = scheme.get("flows")
    flow = flows.get("clientCredentials") if isinstance(flows, dict) else None
    if not isinstance(flow, dict):
        return
    at = join(pointer, "flows", "clientCredentials")
    url = flow.get("tokenUrl")
    if url is None:
        message = 'the flow clientCredentials needs "tokenUrl"'
        check.error_at_key("missing-key", message, at, "the address that tokens are asked from")
    elif isinstance(url, str) and not TOKEN_URL.fullmatch(url):
        message = f"{quote(url)} is not an address that tokens can be asked from"
        check.error("bad-token-url", message, join(at, "tokenUrl"), "for example: https://login.example.com/token")


def _check_exchange(check: Check, exchange: Object, pointer: str, schemes: dict[str, tuple[str, Object, str]]) -> None:
    into = exchange.get("into")
    if isinstance(into, str) and into not in schemes:
        message = f"there is no security scheme {quote(into)}"
        hint = meant_or_known(into, list(schemes), "the schemes are")
        check.error("unknown-scheme", message, join(pointer, "into"), hint)
    if "vendor" in exchange:
        return
    _check_templates(check, exchange, pointer)
    operation_id = exchange.get("operationId")
    by_id = {text(operation.get("operationId")): (operation, at, path) for path, operation, at in check.operations()}
    if not isinstance(operation_id, str):
        return
    if operation_id not in by_id:
        message = f"there is no operation {quote(operation_id)}"
        hint = meant_or_known(operation_id, list(by_id), "the operations are")
        check.error("unknown-operation", message, join(pointer, "operationId"), hint)
        return
    operation, at, path = by_id[operation_id]
    if "{" in path:
        message = f"{quote(operation_id)} has parameters in its path, and an exchange sends nothing but a body"
        check.error("unusable-exchange", message, join(pointer, "operationId"), "describe the path without them")
    known = list(response_bodies(check, operation, at))
    for key in ("token", "expires", "expires_in"):
        check_expression(check, exchange.get(key), join(pointer, key), known)
    if check.reviewed:
        _check_header(check, text(exchange.get("token")), join(pointer, "token"), operation, at)
    required = operation.get("security", check.document.data.get("security"))
    alternatives = required if isinstance(required, list) else []
    if alternatives and all(isinstance(needed, dict) and into in needed for needed in alternatives):
        message = f"{quote(operation_id)} gives the token, and needs the token itself"
        hint = "add to the operation: security: []"
        check.error("circular-auth", message, join(pointer, "operationId"), hint)


def _check_header(check: Check, expression: str, pointer: str, operation: Object, at: str) -> None:
    """Report a token that is in a header field that no good answer of the call documents."""
    place = parse(expression)
    if place is None or (place.root, place.part) != ("response", "header"):
        return
    name = place.name
    known: list[str] = []
    for status, response in entries(operation.get("responses")):
        found = check.follow(response, join(at, "responses", status))
        known += [header for header, _ in entries(found[0].get("headers"))] if found and status[:1] in "2d" else []
    if name.lower() not in [header.lower() for header in known]:
        message = f"no documented response has the header {quote(name)}"
        hint = meant_or_known(name, known, "there is") or "describe it under the response's headers"
        check.error("unknown-header", message, pointer, hint)


def _check_templates(check: Check, exchange: Object, pointer: str) -> None:
    credentials = exchange.get("credentials")
    fields = list(credentials) if isinstance(credentials, dict) else []
    used: set[str] = set()
    sound = True
    for value, at in _texts(exchange.get("body"), join(pointer, "body")):
        if not value.startswith("$"):
            continue
        found = parse(value)
        if found is None or found.root not in ("credential", "client") or not _NAME.fullmatch(found.name):
            sound = False
            message = f"{quote(value)} is neither $credential.NAME nor $client.NAME"
            hint = did_you_mean(value, [f"$credential.{name}" for name in fields])
            check.error("bad-template", message, at, hint)
        elif found.root == "credential":
            used.add(found.name)
            if found.name not in fields:
                sound = False
                message = f"the credential has no field {quote(found.name)}"
                check.error("unknown-field", message, at, meant_or_known(found.name, fields, "its fields"))
    for name in fields:
        if name not in used and sound and "body" in exchange:
            message = f"the field {quote(name)} is asked for and never sent"
            hint = f"use it in the body as $credential.{name}, or remove it"
            check.warn_at_key("unused-field", message, join(pointer, "credentials", name), hint)


def _texts(node: JSON, pointer: str) -> Iterator[tuple[str, str]]:
    """Yield every text in a value, with its pointer."""
    if isinstance(node, str):
        yield node, pointer
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _texts(value, join(pointer, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _texts(value, join(pointer, index))
