"""``SDK-HMAC-SHA256`` as its vendor describes it: what is signed, and the signature that arrived bytes must carry."""

from __future__ import annotations

import hashlib
import hmac
import time
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, unquote

from jobclients_contract.failure import expect, refuse
from jobclients_contract.harness.loopback import Request

_REWRITTEN: Final = ("accept-encoding", "user-agent")
"""Fields that a proxy may change on the way."""

_TOLERANCE: Final = 300.0
"""Seconds by which the date of a request may differ; its vendor refuses one that is 15 minutes old."""


def check_signature(request: Request, access_key: str, secret_key: str, now: float | None = None) -> None:
    """A request is signed: all that the vendor wants signed, at this time, over the bytes that arrived.

    Args:
        request: as it arrived.
        access_key: the key's public half.
        secret_key: the key's secret half.
        now: seconds since 1970 by the client's clock; those of this machine when None.

    Raises:
        Mismatch: it is not.
    """
    headers = request.headers
    names = headers.get("authorization", "").partition("SignedHeaders=")[2].partition(",")[0].split(";")
    expect(";".join(sorted(set(names))), ";".join(names), "the list of signed fields is not sorted, each once")
    wanted = {"host", "x-sdk-date"} | ({"content-type"} if request.body else set[str]())
    for missing in sorted(wanted - set(names)):
        refuse(f"the header {missing} is not signed", ";".join(sorted(wanted)), ";".join(names))
    for absent in sorted(set(names) - headers.keys()):
        refuse(f"the header {absent} is signed and was not sent", ";".join(sorted(headers)), ";".join(names))
    _check_date(headers["x-sdk-date"], time.time() if now is None else now)
    expect([], [name for name in _REWRITTEN if name in names], "what proxies rewrite is signed")
    signature = _signature(request, names, _payload(request), secret_key)
    expect(
        f"SDK-HMAC-SHA256 Access={access_key}, SignedHeaders={';'.join(names)}, Signature={signature}",
        headers.get("authorization"),
        "the signature differs from that of the bytes that arrived",
    )


def _check_date(date: str, now: float) -> None:
    about = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    try:
        timestamp = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        refuse("the date of the signature is none", about, date)
    if abs(timestamp - now) > _TOLERANCE:
        refuse("the signature is not of this time", f"about {about}", date)


def _payload(request: Request) -> str:
    """The hash of the body, as it is signed and, where that is sent, as it is sent."""
    payload = hashlib.sha256(request.body).hexdigest()
    sent = request.headers.get("x-sdk-content-sha256")
    essence = request.headers.get("content-type", "application/json").partition(";")[0]
    if request.body and essence not in ("application/json", "application/bson"):
        # The vendor's own signer leaves the content of other media types out, and says so.
        expect("UNSIGNED-PAYLOAD", sent, "the hash of the body differs")
        return "UNSIGNED-PAYLOAD"
    if sent is not None:
        expect(payload, sent, "the hash of the body differs")
    return payload


def _signature(request: Request, names: list[str], payload: str, secret_key: str) -> str:
    headers = request.headers
    path, _, query = request.target.partition("?")
    canonical = "\n".join(
        [
            request.line.split(" ")[0],
            "".join(f"{_again(segment)}/" for segment in unquote(path).rstrip("/").split("/")),
            "&".join(f"{name}={value}" for name, value in sorted(_pairs(query))),
            *[f"{name}:{headers[name].strip()}" for name in names],
            "",
            ";".join(names),
            payload,
        ]
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"SDK-HMAC-SHA256\n{headers['x-sdk-date']}\n{digest}"
    return hmac.digest(secret_key.encode(), text.encode(), "sha256").hex()


def _again(text: str) -> str:
    return quote(text, safe="-_.~")


def _pairs(query: str) -> list[tuple[str, str]]:
    """The pairs of a query, decoded and encoded again with no character but letters, digits and ``-_.~`` kept."""
    pieces = [piece.partition("=") for piece in query.split("&") if piece]
    return [(_again(unquote(name)), _again(unquote(value))) for name, _, value in pieces]
