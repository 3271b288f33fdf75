"""The signer against golden vectors, and against the vendor's own signer."""

from __future__ import annotations

import hashlib
import json
import warnings
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jobclients_core.signing import canonical_query, canonical_request, sign

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the vendor's package uses what newer Pythons deprecate
    from huaweicloudsdkcore.sdk_request import SdkRequest
    from huaweicloudsdkcore.signer.signer import Signer

ACCESS, SECRET, DATE = "AKEXAMPLE", "SKEXAMPLE", "20261122T010203Z"
DLI = "dli.cn-north-4.myhuaweicloud.com"
COMMON = [("Content-Type", "application/json"), ("X-Project-Id", "p1"), ("X-Sdk-Date", DATE)]


def signature(method: str, target: str, headers: list[tuple[str, str]], content: bytes = b"") -> str:
    added = dict(sign(method, target, headers, content, access_key=ACCESS, secret_key=SECRET))
    return added["Authorization"]


def test_golden_vector_of_a_plain_get() -> None:
    target = "/v1.0/p1/jobs/6d2146a0/status"
    headers = [*COMMON, ("Host", DLI)]
    text, names = canonical_request("GET", target, headers, b"")
    assert hashlib.sha256(text.encode()).hexdigest() == (
        "134b09b205a8e3a3dede8fed3627b9df7decf9a4fbbad0b0d1b864596e6234cb"
    )
    assert names == "content-type;host;x-project-id;x-sdk-date"
    expected = "e9c95f01fa2c50a88713d0a2f0159e2204d321306fa4ebb4d414d473b98975de"
    assert signature("GET", target, headers) == (
        f"SDK-HMAC-SHA256 Access={ACCESS}, SignedHeaders={names}, Signature={expected}"
    )


def test_golden_vector_of_a_query() -> None:
    query = "tags=k1%3Dv1&page-size=5&b=true&a=z&a=a%20b&x=~%2B%C3%A9%2F&empty="
    assert canonical_query(query) == "a=a%20b&a=z&b=true&empty=&page-size=5&tags=k1%3Dv1&x=~%2B%C3%A9%2F"
    signed = signature("GET", "/v1.0/p1/jobs?" + query, [*COMMON, ("Host", DLI)])
    assert signed.endswith("5127c6ff5718b3c76b4d3c6fa9e2c5755d195f9479eeeeb970c3d1d5c27bcf66")


def test_golden_vector_of_a_body_with_an_unsigned_header() -> None:
    headers = [
        ("Content-Type", "application/json;charset=UTF-8"),
        ("X-Project-Id", "p1"),
        ("X-Sdk-Date", DATE),
        ("x_under", "not signed"),
        ("Host", "cdm.cn-north-4.myhuaweicloud.com"),
    ]
    target = "/v1.1/p1/clusters/c1/cdm/job/my%20job%23_t/start"
    text, _ = canonical_request("PUT", target, headers, b'{"variables": {}}')
    assert text.endswith("af471990a1ee100d4666d79f3eec27b7ff7c99aad40c4bb30e9845f1a78236d2")
    signed = signature("PUT", target, headers, b'{"variables": {}}')
    assert signed.endswith("78da619b54e24492e0ebb6e1ddbe73b30736224568743821b06795cd09c6ebbd")


def test_a_missing_date_is_added_and_signed() -> None:
    added = sign("GET", "/", [("Host", "h")], b"", access_key="A", secret_key="S", now=datetime(2026, 1, 2, tzinfo=UTC))
    assert added[0] == ("X-Sdk-Date", "20260102T000000Z")
    assert "SignedHeaders=host;x-sdk-date," in added[1][1]


def test_other_bodies_than_json_are_not_hashed() -> None:
    headers = [("Host", "h"), ("Content-Type", "text/plain"), ("X-Sdk-Date", DATE)]
    added = dict(sign("POST", "/", headers, b"x", access_key="A", secret_key="S"))
    assert added["X-Sdk-Content-Sha256"] == "UNSIGNED-PAYLOAD"


# Header values as HTTP allows them; whatever white space Python strips inside of ASCII is left out.
VALUES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x24F, exclude_categories=("Cc", "Cs")), max_size=20)
NAMES = st.from_regex(r"X-[A-Za-z][A-Za-z0-9_-]{0,8}", fullmatch=True).filter(
    lambda name: not name.lower().startswith("x-sdk-")
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCALARS = st.one_of(TEXTS, st.integers(-(2**63), 2**63), st.booleans())


def _wire(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


@settings(max_examples=200)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"]),
    segments=st.lists(TEXTS, max_size=5),
    slash=st.booleans(),
    query=st.lists(st.tuples(TEXTS, SCALARS | st.lists(TEXTS, min_size=1, max_size=3)), max_size=5),
    headers=st.dictionaries(NAMES, VALUES, max_size=4),
    content_type=st.sampled_from(
        [None, "application/json", "application/json;charset=UTF-8", "application/bson", "text/plain"]
    ),
    content=st.binary(max_size=30),
)
def test_the_vendors_own_signer_agrees(
    method: str,
    segments: list[str],
    slash: bool,
    query: list[tuple[str, Any]],
    headers: dict[str, str],
    content_type: str | None,
    content: bytes,
) -> None:
    lowered = {name.lower() for name in headers}
    if len(lowered) < len(headers) or len({key for key, _ in query}) < len(query):
        return  # two spellings of one header, and mixed types under one key, confuse the other signer
    path = "/" + "/".join(quote(segment, safe="") for segment in segments) + ("/" if slash else "")
    sent = [("Host", "api.example.com:8443"), ("X-Sdk-Date", DATE), *headers.items()]
    if content_type is not None:
        sent.insert(1, ("Content-Type", content_type))
    pieces = [
        f"{quote(key, safe='~')}={quote(_wire(item), safe='~')}"
        for key, value in query
        for item in (value if isinstance(value, list) else [value])
    ]
    target = path + ("?" + "&".join(pieces) if pieces else "")
    oracle = SdkRequest(
        method=method,
        host="api.example.com:8443",
        resource_path=path,
        query_params=[(key, list(value) if isinstance(value, list) else value) for key, value in query],
        header_params=dict(sent),
        body=content,
    )
    Signer(SimpleNamespace(ak=ACCESS, sk=SECRET)).sign(oracle)
    added = dict(sign(method, target, sent, content, access_key=ACCESS, secret_key=SECRET))
    assert added["Authorization"] == oracle.header_params["Authorization"]
    assert added.get("X-Sdk-Content-Sha256") == oracle.header_params.get("X-Sdk-Content-Sha256")


@pytest.mark.parametrize("body", [{"a": "é"}, {}])
def test_the_body_that_is_signed_is_the_one_that_is_sent(body: dict[str, str]) -> None:
    content = json.dumps(body, ensure_ascii=False).encode()
    text, _ = canonical_request("POST", "/", [("Host", "h"), ("X-Sdk-Date", DATE)], content)
    assert text.endswith(hashlib.sha256(content).hexdigest())
