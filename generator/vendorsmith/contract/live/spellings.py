"""The ways in which a secret may be written, and what is written in such a way."""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
from typing import Final
from urllib.parse import quote, quote_plus

LEAST: Final = 4
"""Characters below which a secret is too short to be looked for everywhere."""

LEAST_SEEN: Final = 8
"""The same for what only stands where secrets do, and may be a word like any other."""


def spellings(secret: str) -> list[str]:
    """A secret in the ways in which it is usually written.

    Args:
        secret: the secret.

    Returns:
        Each way once.
    """
    raw = secret.encode("utf-8", "surrogatepass")
    in_json = [json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)]
    nested = [json.dumps(text)[1:-1] for text in in_json]
    percent = [quote(raw, safe=""), quote(raw, safe="/"), quote_plus(raw)]
    lower = [re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), text) for text in percent]
    encoded = [as_base64(raw), base64.urlsafe_b64encode(raw).decode()]
    bare = [text.rstrip("=") for text in encoded]
    media = [secret.lower()] if len(secret) >= LEAST_SEEN else []  # media types are read without regard to case
    found = (secret, *media, *in_json, *nested, *percent, *lower, html.escape(secret), *encoded, *bare)
    found += (raw.hex(), raw.hex().upper())
    return list(dict.fromkeys(found))


def as_base64(raw: bytes) -> str:
    """Bytes in the base64 of Basic authentication."""
    return base64.b64encode(raw).decode("ascii")


def decoded(run: str) -> list[str]:
    """What a run of characters says if it is base64, at each of the offsets at which a part of it can begin."""
    found: list[str] = []
    body = run.rstrip("=").replace("-", "+").replace("_", "/")
    for offset in range(min(4, len(body))):
        part = body[offset:]
        part = part[: len(part) - (len(part) % 4 == 1)]
        try:
            raw = base64.b64decode(part + "=" * (-len(part) % 4))
        except (binascii.Error, ValueError):
            continue
        found.append(raw.decode("utf-8", "replace"))
    return found
