"""``SDK-HMAC-SHA256`` as its vendor describes it: the signature that the bytes of an arrived request must carry."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import quote, unquote

from vendorsmith.contract.loopback import Request


def signature_of(request: Request, access_key: str, secret_key: str) -> str:
    """The header field ``Authorization`` that fits a request.

    Args:
        request: as it arrived; its own date and list of signed fields count.
        access_key: the key's public half.
        secret_key: the key's secret half.
    """
    headers = request.headers
    path, _, query = request.target.partition("?")
    names = headers.get("authorization", "").partition("SignedHeaders=")[2].partition(",")[0].split(";")
    payload = headers.get("x-sdk-content-sha256") or hashlib.sha256(request.body).hexdigest()
    canonical = "\n".join(
        [
            request.line.split(" ")[0],
            "".join(f"{_again(segment)}/" for segment in unquote(path).rstrip("/").split("/")),
            "&".join(f"{name}={value}" for name, value in sorted(_pairs(query))),
            *[f"{name}:{headers.get(name, '').strip()}" for name in names],
            "",
            ";".join(names),
            payload,
        ]
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"SDK-HMAC-SHA256\n{headers.get('x-sdk-date')}\n{digest}"
    signature = hmac.digest(secret_key.encode(), text.encode(), "sha256").hex()
    return f"SDK-HMAC-SHA256 Access={access_key}, SignedHeaders={';'.join(sorted(names))}, Signature={signature}"


def _again(text: str) -> str:
    return quote(text, safe="-_.~")


def _pairs(query: str) -> list[tuple[str, str]]:
    """The pairs of a query, decoded and encoded again with no character but letters, digits and ``-_.~`` kept."""
    pieces = [piece.partition("=") for piece in query.split("&") if piece]
    return [(_again(unquote(name)), _again(unquote(value))) for name, _, value in pieces]
