"""Header fields that cannot break out of their line."""

from __future__ import annotations

import re

from .errors import InvalidArgument

PROTOCOL_HEADERS = frozenset(
    (
        "connection",
        "content-length",
        "cookie",
        "host",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-sdk-date",
        "x-sdk-content-sha256",
        "x-security-token",
    )
)
"""Header fields that the client writes itself, in lower case; beside ``Authorization``, which is a credential's."""

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def is_token(name: str) -> bool:
    """Whether a header field or a cookie can have a name."""
    return _TOKEN.fullmatch(name) is not None


def check_header(value: str, what: str, operation: str | None = None) -> str:
    """Refuse a header value that could end its line.

    Args:
        value: The value.
        what: What it is called in the error; the value is not repeated.
        operation: The operation, where there is one.

    Returns:
        The value.

    Raises:
        InvalidArgument: it contains a control character, or starts or ends with white space.
    """
    if _CONTROL.search(value):
        raise InvalidArgument(f"{what} contains a line break or control character", operation=operation)
    if value != value.strip():
        raise InvalidArgument(f"{what} starts or ends with white space", operation=operation)
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidArgument(f"{what} contains half of a character", operation=operation) from None
    return value
