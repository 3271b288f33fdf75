"""Reads the expiry time from a JSON Web Token."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Any


def jwt_expiry(token: str) -> datetime | None:
    """When a JSON Web Token says that it ends; its signature is the vendor's to check.

    Args:
        token: Any token.

    Returns:
        The time; None for a token of another sort.
    """
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims: Any = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return datetime.fromtimestamp(float(claims["exp"]), UTC)
    except (ValueError, TypeError, KeyError, OverflowError, OSError, binascii.Error):
        return None
