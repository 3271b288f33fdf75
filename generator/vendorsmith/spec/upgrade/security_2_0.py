"""Security definitions of Swagger 2.0 as security schemes."""

from __future__ import annotations

from typing import Final

from vendorsmith.spec.check import text
from vendorsmith.spec.source_map import Object

_FLOWS: Final = {"application": "clientCredentials", "accessCode": "authorizationCode"}
_IN_FLOW: Final = ("authorizationUrl", "tokenUrl", "scopes")


def security_scheme(definition: Object) -> Object:
    """Return a security definition as a security scheme of OpenAPI 3.1."""
    match definition.get("type"):
        case "basic":
            return {**definition, "type": "http", "scheme": "basic"}
        case "oauth2":
            kept: Object = {key: value for key, value in definition.items() if key not in ("flow", *_IN_FLOW)}
            flow: Object = {key: definition[key] for key in _IN_FLOW if key in definition}
            name = text(definition.get("flow"))
            return {**kept, "flows": {_FLOWS.get(name, name): {"scopes": {}, **flow}}}
        case _:
            return definition
