"""The methods of HTTP that OpenAPI describes."""

from __future__ import annotations

from typing import Final

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
"""Their keys in a path item, in the order of OpenAPI's specification."""

_NOT_IDEMPOTENT: Final = ("post", "patch")


def is_idempotent(method: str) -> bool:
    """Whether HTTP (RFC 9110) promises that sending a request twice does no more than sending it once."""
    name = method.lower()
    return name in METHODS and name not in _NOT_IDEMPOTENT
