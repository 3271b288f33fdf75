"""HTTP methods, and which of them are idempotent."""

from __future__ import annotations

from typing import Final

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
"""Those that OpenAPI describes, as keys of a path item, in its order."""

WITH_CONTENT: Final = frozenset(("PATCH", "POST", "PUT", "QUERY"))
"""Those whose requests say how long their content is even if there is none (RFC 9110, section 8.6)."""

TUNNEL: Final = b"CONNECT"
"""The method, as it is sent, that asks a proxy for a tunnel."""

_NOT_IDEMPOTENT: Final = ("post", "patch")


def is_idempotent(method: str) -> bool:
    """Whether HTTP (RFC 9110) promises that sending a request twice does no more than sending it once."""
    name = method.lower()
    return name in METHODS and name not in _NOT_IDEMPOTENT
