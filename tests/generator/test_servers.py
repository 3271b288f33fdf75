"""Servers as documents declare them: where calls go, and with which credentials."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import pytest
from jobclients_core import ApiKey, Bearer, HttpOptions, InvalidArgument

from .support import Made, completed, spec, write_spec

RESPONSES = {"200": {"description": "Done."}}


def sent(made: Made, method: str = "ask", **arguments: Any) -> str:
    """The URL that both kinds of client call, followed by the credential that they send, if any."""
    urls: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        credential = request.headers.get("authorization", request.headers.get("x-key", ""))
        urls.append(f"{request.url} {credential}".rstrip())
        return httpx2.Response(200)

    sync, asynchronous = made.clients
    http = HttpOptions(transport=httpx2.MockTransport(answer))
    with sync(http=http, **arguments) as client:
        getattr(client, method)()

    async def call() -> None:
        async with asynchronous(http=http, **arguments) as client:
            await getattr(client, method)()

    asyncio.run(call())
    assert urls[0] == urls[1]
    return urls[0]


def document(made_in: Any, root: object, own: object = None, item: object = None, **more: object) -> Made:
    """A document with a server of its root, of its path and of its operation."""
    operation = {"operationId": "ask", "responses": RESPONSES} | ({"servers": own} if own is not None else {})
    path = {"get": operation} | ({"servers": item} if item is not None else {})
    servers = {"servers": root} if root is not None else {}
    return Made(write_spec(made_in, completed("") | servers | {"paths": {"/a": path}} | more))


def at(url: str, **variables: object) -> list[dict[str, Any]]:
    """A list of one server."""
    return [{"url": url} | ({"variables": variables} if variables else {})]


ROOT = at("https://api.example/v1")
CHOICES: dict[str, tuple[Any, Any, Any, dict[str, Any], str]] = {
    "of the root": (ROOT, None, None, {}, "https://api.example/v1/a"),
    "of the operation": (ROOT, at("https://up.example/v2"), None, {}, "https://up.example/v2/a"),
    "of the path": (ROOT, None, at("https://up.example/v3/"), {}, "https://up.example/v3/a"),
    "of the operation before that of the path": (
        ROOT,
        at("https://up.example"),
        at("https://p.example"),
        {},
        "https://up.example/a",
    ),
    "of the operation, though it is the root's": (ROOT, ROOT, None, {}, "https://api.example/v1/a"),
    "of the operation, the first": (
        ROOT,
        at("https://b.example") + at("https://c.example"),
        None,
        {},
        "https://b.example/a",
    ),
    "of the operation, relative": (ROOT, at("/v2"), None, {}, "https://api.example/v2/a"),
    "of the operation, the origin alone": (ROOT, at("/"), None, {}, "https://api.example/a"),
    "given": (ROOT, None, None, {"base_url": "https://my.example/x"}, "https://my.example/x/a"),
    "given, for all": (
        ROOT,
        at("https://up.example/v2"),
        None,
        {"base_url": "https://my.example"},
        "https://my.example/a",
    ),
    "without a scheme": (at("//api.example/v1"), None, None, {}, "https://api.example/v1/a"),
    "relative": (at("/api/v1"), None, None, {"base_url": "https://my.example/api/v1"}, "https://my.example/api/v1/a"),
    "none": (None, None, None, {"base_url": "https://my.example"}, "https://my.example/a"),
    "a variable's default": (at("https://{r}.example", r={"default": "eu"}), None, None, {}, "https://eu.example/a"),
    "a variable": (at("https://{r}.example", r={"default": "eu"}), None, None, {"r": "us"}, "https://us.example/a"),
    "a default that is not listed": (
        at("https://{r}.example", r={"default": "eu", "enum": ["us"]}),
        None,
        None,
        {},
        "https://eu.example/a",
    ),
    "a variable that is not declared": (
        at("https://{tenant}.example"),
        None,
        None,
        {"tenant": "t"},
        "https://t.example/a",
    ),
    "a port and a path": (
        at("https://h.example:{port}/{base}", port={"default": "8443"}, base={"default": "v/2"}),
        None,
        None,
        {},
        "https://h.example:8443/v/2/a",
    ),
    "the whole address": (at("{endpoint}"), None, None, {"endpoint": "https://my.example/x"}, "https://my.example/x/a"),
    "the whole address, declared": (
        at("{endpoint}/v1", endpoint={"default": "https://h.example"}),
        None,
        None,
        {},
        "https://h.example/v1/a",
    ),
    "a scheme": (at("{s}://h.example", s={"default": "https"}), None, None, {}, "https://h.example/a"),
    "the operation's variable": (
        ROOT,
        at("https://{zone}.up.example", zone={"default": "eu"}),
        None,
        {"zone": "us"},
        "https://us.up.example/a",
    ),
}


@pytest.mark.parametrize(("root", "own", "item", "given", "url"), CHOICES.values(), ids=CHOICES)
def test_where_a_call_goes(tmp_path: Any, root: Any, own: Any, item: Any, given: dict[str, Any], url: str) -> None:
    assert url == sent(document(tmp_path, root, own, item), **given)


@pytest.mark.parametrize(
    ("root", "given", "argument"),
    [
        (at("/api/v1"), {}, "base_url"),
        (None, {}, "base_url"),
        (at("{endpoint}"), {}, "endpoint"),
        (at("{endpoint}", endpoint={"default": "no address"}), {}, "endpoint"),
        (at("{endpoint}"), {"endpoint": "my.example"}, "endpoint"),
        (at("{endpoint}"), {"endpoint": "https://u:p@my.example"}, "endpoint"),
        (at("{endpoint}"), {"endpoint": "https://my.example/?q"}, "endpoint"),
        (at("{s}://h.example", s={"default": "https"}), {"s": "ftp"}, "s"),
        (at("https://{tenant}.example"), {}, "tenant"),
        (at("https://{tenant}.example"), {"tenant": "evil.example/"}, "tenant"),
    ],
)
def test_what_has_to_be_given(tmp_path: Any, root: Any, given: dict[str, Any], argument: str) -> None:
    made = document(tmp_path, root)
    for kind in made.clients:
        client: Any = kind
        with pytest.raises(InvalidArgument) as raised:
            client(**given)
        assert argument == raised.value.argument


def test_the_path_of_a_relative_server_is_told(tmp_path: Any) -> None:
    """By a warning, in the docstring of the client, and on its page."""
    made = document(tmp_path, at("/api/v1"))
    assert ["relative-server"] == [one.code for one in made.diagnostics]
    assert "https://host/api/v1" in str(made.diagnostics[0].hint)
    assert "https://host/api/v1" in made.files["client.py"]
    assert "`/api/v1`" in made.files["demo.md"]


WITH_TOKEN = {
    "security": [{"token": []}],
    "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
}


def test_a_credential_goes_to_documented_servers(tmp_path: Any) -> None:
    """To that of the operation as to that of the root, as the document says that it is required there."""
    made = document(tmp_path, ROOT, at("https://up.example"), **WITH_TOKEN)
    assert "https://up.example/a Bearer t" == sent(made, auth=Bearer("t"))


def test_a_credential_that_no_document_asks_for_stays_with_the_root(tmp_path: Any) -> None:
    key = ApiKey("k", header="X-Key")
    assert "https://up.example/a" == sent(document(tmp_path, ROOT, at("https://up.example")), auth=key)
    assert "https://api.example/v2/a k" == sent(document(tmp_path, ROOT, at("https://api.example/v2")), auth=key)
    assert "https://api.example/v2/a k" == sent(document(tmp_path, ROOT, at("/v2")), auth=key)


@spec("""
servers: [{url: https://api.example}]
paths:
  /a: {get: {operationId: ask, servers: [{url: "https://u:p@up.example"}], responses: {"200": {description: Done.}}}}
""")
def test_an_operation_without_a_usable_server_is_left_out(made: Made) -> None:
    """Its body and credentials would go elsewhere."""
    assert {"bad-server-url", "no-operations"} == {one.code for one in made.diagnostics}
    assert () == made.api.operations
