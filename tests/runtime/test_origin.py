"""Base URLs and server templates: nothing may change where secrets go."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from jobclients_core import InsecureTransportWarning, InvalidArgument, Variable
from jobclients_core.origin import dot_segment, fill_server, parse_base_url, warn_if_insecure


@pytest.mark.parametrize(
    ("text", "origin", "prefix"),
    [
        ("https://acme.example.com", "https://acme.example.com", ""),
        ("https://acme.example.com/", "https://acme.example.com", ""),
        ("HTTPS://ACME.example.com:443/a/b/", "https://acme.example.com", "/a/b"),
        ("http://h:8080/x", "http://h:8080", "/x"),
        ("http://h:80", "http://h", ""),
        ("https://[2001:DB8::1]:8443/x", "https://[2001:db8::1]:8443", "/x"),
        ("http://127.0.0.1:1", "http://127.0.0.1:1", ""),
        ("https://münchen.example", "https://xn--mnchen-3ya.example", ""),
        ("https://h/a%20b", "https://h", "/a%20b"),
        ("https://my_host.local.", "https://my_host.local.", ""),
    ],
)
def test_base_urls_that_are_taken(text: str, origin: str, prefix: str) -> None:
    base = parse_base_url(text)
    assert (base.origin, base.prefix) == (origin, prefix)
    assert str(base) == origin + prefix


@pytest.mark.parametrize(
    "text",
    [
        "",
        "acme.example.com",
        "//acme",
        "file:///etc/passwd",
        "ftp://h",
        "javascript:alert(1)",
        "https:/h",
        "https:h",
        "https://",
        "https:///x",
        "https://user@h",
        "https://user:s3cret@h",
        "https://@h",
        "https://h?x=1",
        "https://h?",
        "https://h#f",
        "https://h#",
        "https://h/a b",
        "https://h\\@evil",
        "https://h/\r\nX: y",
        " https://h",
        "https://h ",
        "https://h:0",
        "https://h:65536",
        "https://h:x",
        "https://h:",
        "https://[::1",
        "https://[fe80::1%25eth0]",
        "https://[v1.x]",
        "https://h/../x",
        "https://h/./x",
        "https://h/a//b",
        "https://h/%2e%2e/x",
        "https://h/%zz",
        "https://h/ü",
        "https://a..b",
        "https://h,evil",
        "https://" + "a" * 3000,
        "https://\ud800",
        "https://%68",
        "https://h%2eevil/",
        None,
        5,
        b"https://h",
    ],
)
def test_base_urls_that_are_refused(text: Any) -> None:
    with pytest.raises(InvalidArgument) as caught:
        parse_base_url(text)
    assert caught.value.argument == "base_url"
    assert "s3cret" not in str(caught.value)


def test_server_variables_fill_the_template() -> None:
    declared = {"region": Variable(), "zone": Variable("z1")}
    base = fill_server("https://dli.{region}.{zone}.example.com/v1", declared, {"region": "cn-north-4"})
    assert str(base) == "https://dli.cn-north-4.z1.example.com/v1"
    assert str(fill_server("https://{host}", {}, {"host": "h.example:8443"})) == "https://h.example:8443"
    paths = {"base": Variable("ga4gh/wes")}
    assert str(fill_server("https://h.example/{base}/v1", paths, {})) == "https://h.example/ga4gh/wes/v1"
    assert str(fill_server("https://h.example/{base}/v1", paths, {"base": "other"})) == "https://h.example/other/v1"
    assert str(fill_server("http://{host}:{port}/x", {"port": Variable("8080")}, {"host": "h"})) == "http://h:8080/x"


def test_a_missing_variable_is_named_beside_base_url() -> None:
    with pytest.raises(InvalidArgument, match="base_url or region has to be given"):
        fill_server("https://dli.{region}.example.com", {"region": Variable()}, {"region": None})


@pytest.mark.parametrize(
    "value",
    [
        "evil.com/",
        "evil.com#",
        "a@b",
        "a:80",
        "",
        "..",
        ".",
        "a b",
        "a/b",
        "a?b",
        "a\n",
        "é",
        "{region}",
        "%2f",
        "a\\",
        5,
    ],
)
def test_a_variable_cannot_change_the_origin(value: Any) -> None:
    with pytest.raises(InvalidArgument):
        fill_server("https://dli.{region}.example.com", {"region": Variable()}, {"region": value})


def test_plain_http_is_warned_about_once() -> None:
    remote = parse_base_url("http://warned.example.com:8080/x")
    with pytest.warns(InsecureTransportWarning, match=r"http://warned\.example\.com:8080 is plain http"):
        warn_if_insecure(remote)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_if_insecure(remote)
        for text in ("http://127.0.0.1:1", "http://localhost", "http://[::1]:2", "http://a.localhost", "https://h"):
            warn_if_insecure(parse_base_url(text))


def test_dot_segments_in_every_reading() -> None:
    for text in ("..", "a/../b", "a\\..\\b", "%2e%2E", "%25252e%25252e", "..;x", "a/.", "%2e%2e%5cx"):
        assert dot_segment(text), text
    for text in ("", "a", "...", "a.b", ".hidden", "a..", "1.0", "100%", "%"):
        assert not dot_segment(text), text
