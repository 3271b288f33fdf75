"""``SDK-HMAC-SHA256``: requests signed with an access key and its secret key.

The signature covers method, path, query, the given headers and the body. What is signed is taken from the very
target and headers that are sent; only the canonical form, which is not sent, is sorted and ends in a slash.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote, unquote

ALGORITHM = "SDK-HMAC-SHA256"
DATE_FORMAT = "%Y%m%dT%H%M%SZ"
EMPTY_HASH = hashlib.sha256(b"").hexdigest()
CONTENT_HASH = "X-Sdk-Content-Sha256"
DATE_HEADER = "X-Sdk-Date"

Headers = Sequence[tuple[str, str]]


def canonical_path(path: str) -> str:
    """The path as it is signed: decoded, encoded again, and with a slash at its end.

    Args:
        path: The path as it is sent.

    Returns:
        The canonical path.
    """
    # Decoding the whole path turns %2F into a separator; the vendor's own signer does the same.
    encoded = "/".join(quote(piece, safe="~") for piece in unquote(path).split("/"))
    return encoded if encoded.endswith("/") else encoded + "/"


def canonical_query(query: str) -> str:
    """The query as it is signed: decoded, sorted by name and value, and encoded again.

    Args:
        query: The query as it is sent, without its question mark.

    Returns:
        The canonical query.
    """
    pairs: list[tuple[str, str]] = []
    for piece in query.split("&") if query else ():
        key, _, value = piece.partition("=")
        pairs.append((unquote(key), unquote(value)))
    return "&".join(f"{quote(key, safe='~')}={quote(value, safe='~')}" for key, value in sorted(pairs))


def _value(headers: Headers, name: str) -> str | None:
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)


def canonical_request(method: str, target: str, headers: Headers, content: bytes) -> tuple[str, str]:
    """The text whose hash is signed.

    Args:
        method: HTTP method.
        target: Path and query as they are sent.
        headers: The headers to sign, ``Host`` among them; names with an underscore are left out.
        content: The body.

    Returns:
        The canonical request, and the list of the names of the signed headers.
    """
    path, _, query = target.partition("?")
    signed = sorted((name.lower(), value.strip()) for name, value in headers if "_" not in name)
    names = ";".join(name for name, _ in signed)
    lines = "".join(f"{name}:{value}\n" for name, value in signed)
    payload = (_value(headers, CONTENT_HASH) or hashlib.sha256(content).hexdigest()) if content else EMPTY_HASH
    parts = (method.upper(), canonical_path(path), canonical_query(query), lines, names, payload)
    return "\n".join(parts), names


def sign(
    method: str,
    target: str,
    headers: Headers,
    content: bytes,
    *,
    access_key: str,
    secret_key: str,
    now: datetime | None = None,
) -> list[tuple[str, str]]:
    """Sign a request.

    Args:
        method: HTTP method.
        target: Path and query as they are sent.
        headers: The headers to sign, ``Host`` among them.
        content: The body.
        access_key: The access key.
        secret_key: Its secret key.
        now: Time of signing, where the headers do not say; the present when None.

    Returns:
        The headers to add to the request: date, where it was missing, and ``Authorization``.
    """
    added: list[tuple[str, str]] = []
    content_type = next((value for name, value in headers if name == "Content-Type"), "")
    if content_type and not content_type.startswith(("application/json", "application/bson")):
        added.append((CONTENT_HASH, "UNSIGNED-PAYLOAD"))
    date = _value(headers, DATE_HEADER)
    if date is None:
        date = (now or datetime.now(UTC)).strftime(DATE_FORMAT)
        added.append((DATE_HEADER, date))
    request, names = canonical_request(method, target, [*headers, *added], content)
    digest = hashlib.sha256(request.encode("utf-8")).hexdigest()
    text = f"{ALGORITHM}\n{date}\n{digest}"
    signature = hmac.new(secret_key.encode("utf-8"), text.encode("utf-8"), hashlib.sha256).hexdigest()
    value = f"{ALGORITHM} Access={access_key}, SignedHeaders={names}, Signature={signature}"
    return [*added, ("Authorization", value)]
