"""Credentials as documents declare them: what `auth` takes, and what arrives at a server."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from jobclients_contract.harness.loopback import Request, Script, loopback, scripted
from jobclients_core import (
    ApiKey,
    AuthenticationError,
    Basic,
    Bearer,
    ClientCredentials,
    CredentialUnavailable,
    HttpOptions,
    HttpRequest,
    InvalidArgument,
    JobClientsError,
    Password,
    RefreshToken,
    Token,
)

from .support import Made, completed, spec, write_spec

DONE = scripted({}, 200)
BARE: dict[str, str] = {}


def sync_client(made: Made) -> Any:
    """The class of the sync client."""
    return made.clients[0]


def own(made: Made) -> Any:
    """The class for several credentials."""
    auth = made.loaded["auth"]
    return next(value for name, value in vars(auth).items() if name.startswith("V") and name.endswith("Auth"))


def carried(request: Request) -> dict[str, str]:
    """What a request has for its credentials: header fields by name in lower case, and the query."""
    usual = {"host", "accept", "accept-encoding", "user-agent", "connection", "content-length", "content-type"}
    found = {name: value for name, value in request.headers.items() if name not in usual}
    _, _, query = request.target.partition("?")
    return found | ({"?": query} if query else {})


def sent(made: Made, auth: Any, *methods: str, by: Callable[[Request], Script] | None = None) -> list[dict[str, str]]:
    """What the calls of both kinds of client carry, which is the same."""
    asynchronous: Any = made.clients[1]
    with loopback(by=by or (lambda _: DONE)) as server:
        options = HttpOptions(retries=0)
        with sync_client(made)(base_url=server.url, auth=auth, http=options) as client:
            for method in methods:
                getattr(client, method)()
        first = [carried(request) for request in server.requests]
        server.requests.clear()

        async def calls() -> None:
            async with asynchronous(base_url=server.url, auth=auth, http=options) as client:
                for method in methods:
                    await getattr(client, method)()

        asyncio.run(calls())
        assert first == [carried(request) for request in server.requests]
    return first


def refused(made: Made, auth: Any) -> str:
    """Why the constructor refuses a credential."""
    with pytest.raises(InvalidArgument) as raised:
        sync_client(made)(base_url="https://demo.example", auth=auth() if callable(auth) else auth)
    assert raised.value.argument == "auth"
    return raised.value.message


def failed(made: Made, auth: Any, method: str, script: Script = DONE) -> tuple[Exception, list[dict[str, str]]]:
    """What a call raises, and what its requests carry."""
    with loopback(by=lambda _: script) as server, sync_client(made)(base_url=server.url, auth=auth) as client:
        try:
            getattr(client, method)()
        except JobClientsError as error:
            return error, [carried(request) for request in server.requests]
    raise AssertionError("nothing was raised")


def annotation(made: Made) -> str:
    """The type of `auth`."""
    _, _, found = made.signature("__init__").partition("auth: ")
    return found.partition("=")[0]


# One credential: its class.

ONE = """
security: [{it: []}]
paths: {/a: {get: {operationId: ask, responses: {"200": {description: Done.}}}}}
components: {securitySchemes: {it: SCHEME}}
"""


@pytest.mark.parametrize(
    ("made", "type_", "auth", "arrives"),
    [
        pytest.param(ONE.replace("SCHEME", scheme), type_, auth, arrives, id=f"{type_} {arrives}")
        for scheme, type_, auth, arrives in [
            ("{type: http, scheme: Bearer}", "Bearer", Bearer("t0k"), {"authorization": "Bearer t0k"}),
            ("{type: http, scheme: basic}", "Basic", Basic("u", "p"), {"authorization": "Basic dTpw"}),
            ("{type: apiKey, in: header, name: X-Key}", "ApiKey", ApiKey("k"), {"x-key": "k"}),
            ("{type: apiKey, in: query, name: key}", "ApiKey", ApiKey("k&"), {"?": "key=k%26"}),
            ("{type: apiKey, in: cookie, name: key}", "ApiKey", ApiKey("k"), {"cookie": "key=k"}),
            (
                "{type: apiKey, in: header, name: Authorization}",
                "ApiKey",
                ApiKey("OAuth k"),
                {"authorization": "OAuth k"},
            ),
            (
                "{type: openIdConnect, openIdConnectUrl: https://a.example}",
                "Bearer",
                Bearer("t"),
                {"authorization": "Bearer t"},
            ),
            (
                "{type: oauth2, flows: {implicit: {authorizationUrl: https://a.example, scopes: {}}}}",
                "Bearer",
                Bearer("t"),
                {"authorization": "Bearer t"},
            ),
        ]
    ],
    indirect=["made"],
)
def test_one_credential(made: Made, type_: str, auth: Any, arrives: Mapping[str, str]) -> None:
    """Its class is what `auth` takes; a token of any kind may be given as `Token`."""
    assert (f"Auth[{type_}]", [arrives]) == (annotation(made), sent(made, auth, "ask"))
    assert [arrives] == sent(made, lambda: auth, "ask")
    if not isinstance(auth, Basic):
        assert [arrives] == sent(made, Token(auth.value), "ask")
        assert [arrives] == sent(made, dataclasses.replace(auth, value=lambda: auth.value), "ask")
    assert [BARE] == sent(made, None, "ask")


@spec(ONE.replace("SCHEME", "{type: http, scheme: bearer}"))
def test_another_class_is_refused_by_the_constructor(made: Made) -> None:
    assert "ApiKey is not a credential of" in refused(made, ApiKey("k"))
    assert "Basic is not a credential of" in refused(made, Basic("u", "p"))
    assert "str is not a credential of" in refused(made, "t")


@spec(ONE.replace("SCHEME", "{type: apiKey, in: header, name: X-Key}"))
def test_a_documented_place_is_not_the_callers_to_choose(made: Made) -> None:
    assert [{"x-key": "k"}] == sent(made, ApiKey("k", header="X-Key"), "ask")
    assert "goes into the header X-Key" in refused(made, ApiKey("k", query="key"))


@spec(ONE.replace("SCHEME", "{type: http, scheme: bearer}"))
def test_without_a_credential_the_401_says_what_is_missing(made: Made) -> None:
    error, requests = failed(made, None, "ask", scripted({}, 401))
    assert (AuthenticationError, [BARE]) == (type(error), requests)
    assert str(error).startswith("ask: 401 Unauthorized")
    assert str(error).endswith("; auth was not given: Bearer would fit")


@spec(ONE.replace("SCHEME", "{type: http, scheme: bearer}"))
def test_a_function_is_asked_again_after_a_refusal(made: Made) -> None:
    """Whether it returns the credential or is its value, and whether it has to be awaited."""
    tokens = iter(range(100))
    no = scripted({}, 401)

    def value() -> str:
        return f"t{next(tokens)}"

    async def awaited() -> str:
        return value()

    async def made_anew() -> Bearer:
        return Bearer(value())

    for auth in (Bearer(value), lambda: Bearer(value())):
        with loopback(DONE, no, DONE) as server, sync_client(made)(base_url=server.url, auth=auth) as client:
            client.ask()
            client.ask()
        first, again, last = (request.headers["authorization"] for request in server.requests)
        assert (first == again, first == last) == (True, False)

    async def calls(url: str, auth: Any) -> None:
        kind: Any = made.clients[1]
        async with kind(base_url=url, auth=auth) as client:
            await client.ask()
            await client.ask()

    ways: tuple[Any, ...] = (Bearer(value), Bearer(awaited), made_anew)
    for way in ways:
        with loopback(DONE, no, DONE) as server:
            asyncio.run(calls(server.url, way))
        first, again, last = (request.headers["authorization"] for request in server.requests)
        assert (first == again, first == last) == (True, False)


@spec(ONE.replace("SCHEME", "{type: http, scheme: bearer}"))
def test_a_coroutine_function_is_for_async_clients(made: Made) -> None:
    async def awaited() -> str:
        return "t"

    error, requests = failed(made, Bearer(awaited), "ask")
    assert ("ask: a coroutine function as auth needs the async client", []) == (str(error), requests)


# Alternatives: the union.

OR = """
security: [{key: []}, {user: []}]
paths:
  /a: {get: {operationId: ask, responses: {"200": {description: Done.}}}}
  /b: {get: {operationId: tell, security: [{user: []}], responses: {"200": {description: Done.}}}}
  /c: {get: {operationId: open_to_all, security: [], responses: {"200": {description: Done.}}}}
  /d: {get: {operationId: maybe, security: [{}, {user: []}], responses: {"200": {description: Done.}}}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    user: {type: http, scheme: basic}
"""


@spec(OR)
def test_alternatives(made: Made) -> None:
    """Any of them; each operation takes what it can, and an anonymous one is sent nothing."""
    user, key = {"authorization": "Basic dTpw"}, {"x-key": "k"}
    assert "Auth[ApiKey | Basic]" == annotation(made)
    assert [user, user, BARE, user] == sent(made, Basic("u", "p"), "ask", "tell", "open_to_all", "maybe")
    assert [key, BARE, BARE] == sent(made, ApiKey("k"), "ask", "open_to_all", "maybe")
    assert [key, user, BARE, user] == sent(made, (Basic("u", "p"), ApiKey("k")), "ask", "tell", "open_to_all", "maybe")
    error, requests = failed(made, ApiKey("k"), "tell")
    assert ("tell: auth: ApiKey does not fit; wanted is user", []) == (str(error), requests)


# Several at once, and two of one class: a class of the vendor's own.

AND = """
security: [{clientId: [], secret: [], version: []}]
paths: {/a: {get: {operationId: ask, responses: {"200": {description: Done.}}}}}
components:
  securitySchemes:
    clientId: {type: apiKey, in: header, name: X-Client-Id, description: The id.}
    secret: {type: apiKey, in: header, name: X-Secret}
    version: {type: apiKey, in: query, name: v}
"""


@spec(AND)
def test_several_at_once(made: Made) -> None:
    """A field a scheme, all required; nothing else will do."""
    auth = own(made)
    fields = {"client_id": "SecretText", "secret": "SecretText", "version": "SecretText"}
    assert f"Auth[{made.api.class_prefix}Auth]" == annotation(made)
    assert {name: f"{type_} = field(repr=False)" for name, type_ in fields.items()} == {
        name: text for name, text in made.fields("DemoAuth", module="auth.py").items() if name in fields
    }
    arrives = {"x-client-id": "a", "x-secret": "b", "?": "v=c"}
    given = auth(client_id="a", secret="b", version="c")
    assert [arrives] == sent(made, given, "ask")
    assert [arrives] == sent(made, lambda: given, "ask")
    assert [arrives] == sent(made, auth(client_id="a", secret=lambda: "b", version="c"), "ask")
    assert [arrives] == sent(made, {"clientId": ApiKey("a"), "secret": Token("b"), "version": ApiKey("c")}, "ask")
    assert ("b" in repr(given), auth(client_id="a", secret="b", version="c") == given) == (False, True)
    with pytest.raises(TypeError, match="version"):
        auth(client_id="a", secret="b")
    with pytest.raises(TypeError, match="positional"):
        auth("a", "b", "c")
    with pytest.raises(dataclasses.FrozenInstanceError):
        given.secret = "x"
    assert "ApiKey is not a credential of" in refused(made, ApiKey("a"))


@spec(AND.replace("version: {type: apiKey, in: query, name: v}", "version: {type: http, scheme: basic}"))
def test_a_key_with_a_user(made: Made) -> None:
    """The fields of a user are called as such."""
    auth = own(made)(client_id="a", secret="b", username="u", password="p")
    assert [{"x-client-id": "a", "x-secret": "b", "authorization": "Basic dTpw"}] == sent(made, auth, "ask")


BESIDE = """
security: [{api-key: [], app: []}, {bearer: []}]
paths:
  /a: {get: {operationId: ask, responses: {"200": {description: Done.}}}}
  /b: {get: {operationId: admin, security: [{root: []}], responses: {"200": {description: Done.}}}}
components:
  securitySchemes:
    api-key: {type: apiKey, in: header, name: X-Api-Key}
    app: {type: apiKey, in: header, name: X-App}
    bearer: {type: http, scheme: bearer}
    root: {type: http, scheme: bearer}
    unused: {type: http, scheme: basic}
"""


@spec(BESIDE)
def test_several_beside_alternatives(made: Made) -> None:
    """The classes of what is enough alone, and one for all; it is refused where no operation takes what it has."""
    auth = own(made)
    assert "Auth[Bearer | DemoAuth]" == annotation(made)
    assert [{"authorization": "Bearer t"}] == sent(made, Bearer("t"), "ask")
    both = {"x-api-key": "a", "x-app": "b"}
    assert [both] == sent(made, auth(api_key="a", app="b"), "ask")
    every = auth(api_key="a", app="b", bearer="t", root="r")
    assert [both, {"authorization": "Bearer r"}] == sent(made, every, "ask", "admin")
    assert [{"authorization": "Bearer t"}, {"authorization": "Bearer r"}] == sent(
        made, auth(bearer="t", root="r"), "ask", "admin"
    )
    with pytest.raises(InvalidArgument, match="should have api_key with app or bearer or root"):
        auth()
    with pytest.raises(InvalidArgument, match="should have"):
        auth(api_key="a")
    with pytest.raises(InvalidArgument, match="no operation takes api_key without another field"):
        auth(api_key="a", root="r")
    assert "Basic is not a credential of" in refused(made, Basic("u", "p"))


TWINS = """
paths:
  /a: {get: {operationId: ask, security: [{ApiKeyAuth: []}], responses: {"200": {description: Done.}}}}
  /b: {get: {operationId: admin, security: [{AdminApiKeyAuth: []}], responses: {"200": {description: Done.}}}}
components:
  securitySchemes:
    ApiKeyAuth: {type: http, scheme: bearer}
    AdminApiKeyAuth: {type: http, scheme: bearer}
"""


@spec(TWINS)
def test_two_of_one_class(made: Made) -> None:
    """Told apart by name; one alone is the first."""
    auth = own(made)
    assert "Auth[Bearer | DemoAuth]" == annotation(made)
    assert [{"authorization": "Bearer t"}] == sent(made, Bearer("t"), "ask")
    assert [{"authorization": "Bearer s"}, {"authorization": "Bearer a"}] == sent(
        made, auth(api_key_auth="s", admin_api_key_auth="a"), "ask", "admin"
    )
    assert [{"authorization": "Bearer a"}] == sent(made, auth(admin_api_key_auth="a"), "admin")


@pytest.mark.parametrize("order", [("x-key", "X_Key"), ("X_Key", "x-key")])
def test_names_that_are_spelt_alike_are_those_of_their_places(order: tuple[str, str], tmp_path: Any) -> None:
    """Whichever comes first in the document."""
    places = {
        "x-key": {"type": "apiKey", "in": "header", "name": "One-Key"},
        "X_Key": {"type": "apiKey", "in": "query", "name": "two"},
    }
    document = {
        "security": [{name: [] for name in order}],
        "components": {"securitySchemes": {name: places[name] for name in order}},
    }
    made = Made(write_spec(tmp_path, completed(json.dumps(document))))
    assert made.api.combined is not None
    assert {"header_one_key", "query_two"} == {field.name for field in made.api.combined.fields}


# Schemes that write one place are one credential.

SAME = """
security: [{Oauth2: [a], Oauth2c: [a]}]
paths: {/a: {get: {operationId: ask, responses: {"200": {description: Done.}}}}}
components:
  securitySchemes:
    Oauth2: {type: oauth2, flows: {implicit: {authorizationUrl: https://a.example/auth, scopes: {a: A.}}}}
    Oauth2c:
      type: oauth2
      flows: {authorizationCode: {authorizationUrl: https://a.example/auth, tokenUrl: /token, scopes: {a: A.}}}
"""


@spec(SAME)
def test_one_token_under_two_names(made: Made) -> None:
    assert "Auth[Bearer | RefreshToken]" == annotation(made)
    assert made.api.combined is None
    assert [{"authorization": "Bearer t"}] == sent(made, Bearer("t"), "ask")


@spec("""
security: [{oauth: []}, {personal: []}]
components:
  securitySchemes:
    oauth: {type: oauth2, flows: {implicit: {authorizationUrl: https://a.example/auth, scopes: {}}}}
    personal: {type: http, scheme: bearer}
""")
def test_alternatives_that_no_operation_tells_apart_are_one(made: Made) -> None:
    assert ("Auth[Bearer]", None) == (annotation(made), made.api.combined)
    assert [{"authorization": "Bearer t"}] == sent(made, Bearer("t"), "ping")


# Nothing declared, or declared and never required: the caller says where it goes.

NOTHING = "paths: {/a: {get: {operationId: ask, responses: {'200': {description: Done.}}}}}"
NEVER = (
    NOTHING
    + """
security: []
components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}
"""
)
UNDECLARED = "security: [{forgotten: []}]\n" + NOTHING


@pytest.mark.parametrize("made", [NOTHING, NEVER, UNDECLARED], ids=["nothing", "never", "undeclared"], indirect=True)
def test_what_no_document_says_the_caller_says(made: Made) -> None:
    assert "Auth[Bearer | Basic | ApiKey]" == annotation(made)
    assert [{"authorization": "Bearer t"}] == sent(made, Bearer("t"), "ask")
    assert [{"authorization": "Basic dTpw"}] == sent(made, Basic("u", "p"), "ask")
    assert [{"x-key": "k"}] == sent(made, ApiKey("k", header="X-Key"), "ask")
    assert [{"?": "key=k%2F"}] == sent(made, ApiKey("k/", query="key"), "ask")
    assert [{"cookie": "key=k"}] == sent(made, ApiKey("k", cookie="key"), "ask")
    assert [{"authorization": "DSN k"}] == sent(made, ApiKey("DSN k", header="Authorization"), "ask")
    assert [BARE] == sent(made, None, "ask")
    assert "say where it goes" in refused(made, ApiKey("k"))
    assert "say where it goes" in refused(made, ApiKey("k", header="a", query="b"))
    for name in ("Host", "Content-Length", "a b", "a:", "a\r\nb", ""):
        assert "should be the name of a header" in refused(made, ApiKey("k", header=name))
    assert "should be the name of a query parameter" in refused(made, ApiKey("k", query="a\nb"))


# What no client can make.

UNMADE = """
security: [{it: []}]
paths:
  /a: {get: {operationId: ask, responses: {"200": {description: Done.}}}}
  /b: {get: {operationId: open_to_all, security: [], responses: {"200": {description: Done.}}}}
components: {securitySchemes: {it: SCHEME, key: {type: apiKey, in: header, name: X-Key}}}
"""


def sign(request: HttpRequest) -> HttpRequest:
    """What a caller writes for a scheme of the vendor's own."""
    return request.with_header("Authorization", f"Own {request.method} {request.target} {len(request.content or b'')}")


@pytest.mark.parametrize(
    "made",
    [
        UNMADE.replace("SCHEME", "{type: mutualTLS}"),
        UNMADE.replace("SCHEME", "{type: http, scheme: digest}"),
        UNMADE.replace("SCHEME", "{type: http, scheme: acme-hmac}"),
        UNMADE.replace("SCHEME", "{type: http, scheme: digest}").replace("{it: []}", "{it: [], key: []}"),
        UNMADE.replace("SCHEME", "{type: http, scheme: basic}, other: {type: http, scheme: bearer}").replace(
            "{it: []}", "{it: [], other: []}"
        ),
    ],
    ids=["mutual TLS", "digest", "hmac", "half of an AND", "one header for two"],
    indirect=True,
)
def test_what_no_client_can_make_the_caller_makes(made: Made) -> None:
    """All of it: the half that could be made is not sent either."""
    assert "RequestSigner | None" == annotation(made)
    assert [{"authorization": "Own GET /a 0"}, BARE] == sent(made, sign, "ask", "open_to_all")
    assert [BARE] == sent(made, None, "ask")
    assert "is not a credential of" in refused(made, (ApiKey("k"),))


@spec(UNMADE.replace("SCHEME", "{type: http, scheme: digest}").replace("security: [],", "security: [{key: []}],", 1))
def test_what_fits_is_named_and_shown(made: Made) -> None:
    """A key for one call does not authorize the other, for which a function of the request is shown first."""
    error, requests = failed(made, ApiKey("k"), "ask")
    assert ("ask: auth: ApiKey does not fit; wanted is a function of the request", []) == (str(error), requests)
    assert "auth=...) as client" in next(text for name, text in made.files.items() if name.endswith(".md"))


@spec(UNMADE.replace("SCHEME", "{type: mutualTLS}"))
def test_a_function_of_the_request_cannot_send_it_elsewhere(made: Made) -> None:
    wrong: dict[str, Callable[[HttpRequest], Any]] = {
        "return the request": lambda _: {"Authorization": "x"},
        "may not change": lambda request: dataclasses.replace(request, origin="https://evil.example"),
        "origin or Host": lambda request: request.with_header("Host", "evil.example"),
        "method": lambda request: dataclasses.replace(request, method="DELETE"),
    }
    for why, function in wrong.items():
        error, requests = failed(made, function, "ask")
        assert (InvalidArgument, True, []) == (type(error), why in str(error), requests)

    def fail(request: HttpRequest) -> HttpRequest:
        raise RuntimeError(f"s3cret of {request.method}")

    error, requests = failed(made, fail, "ask")
    assert (CredentialUnavailable, []) == (type(error), requests)
    assert str(error) == "ask: the function given as auth raised RuntimeError"


@spec("""
security: [{hmac: []}]
components: {securitySchemes: {hmac: {type: apiKey, in: header, name: Authorization}}}
""")
def test_a_signature_that_is_declared_as_a_key(made: Made) -> None:
    """The header is sent as it is given, or as a function makes it."""
    assert "Auth[ApiKey] | RequestSigner" == annotation(made)
    assert [{"authorization": "AWS4 x"}] == sent(made, ApiKey("AWS4 x"), "ping")
    assert [{"authorization": "Own GET /ping 0"}] == sent(made, sign, "ping")
    assert ["signature-scheme"] == [one.code for one in made.diagnostics]


@spec("""
security: [{mutual: []}, {token: []}]
components: {securitySchemes: {mutual: {type: mutualTLS}, token: {type: http, scheme: bearer}}}
""")
def test_an_alternative_that_can_be_made_is_enough(made: Made) -> None:
    assert "Auth[Bearer]" == annotation(made)
    assert [{"authorization": "Bearer t"}] == sent(made, Bearer("t"), "ping")


# OAuth2.

GRANTS = """
security: [{oauth: []}]
components:
  securitySchemes:
    oauth:
      type: oauth2
      flows:
        clientCredentials: {tokenUrl: /token, scopes: {read: Read., write: Write.}}
        password: {tokenUrl: /login, refreshUrl: /refresh, scopes: {read: Read.}}
"""


def oauth(made: Made, auth: Any, *answers: Mapping[str, Any], calls: int = 1) -> list[tuple[str, str]]:
    """The requests of some calls: line and body of those for a token, line and token of the others."""
    handed = iter(answers)

    def by(request: Request) -> Script:
        return scripted({"token_type": "bearer", **next(handed)}) if request.line.startswith("POST") else DONE

    with loopback(by=by) as server, sync_client(made)(base_url=server.url, auth=auth) as client:
        for _ in range(calls):
            client.ping()
    return [(request.line, request.body.decode() or request.headers["authorization"]) for request in server.requests]


@spec(GRANTS)
def test_grants_that_a_program_makes(made: Made) -> None:
    """A client's, a user's and a refresh token's; each goes to its own documented place."""
    assert "Auth[Bearer | ClientCredentials | Password | RefreshToken]" == annotation(made)
    call = ("GET /ping", "Bearer m")
    token = {"access_token": "m"}
    form = "grant_type=client_credentials&client_id=i&client_secret=s&scope="
    assert [("POST /token", form + "read+write"), call] == oauth(made, ClientCredentials("i", "s"), token)
    assert [("POST /token", form + "a+b"), call] == oauth(made, ClientCredentials("i", "s", scopes=["a", "b"]), token)
    user = Password("u", "p&", client_id="i")
    assert [
        ("POST /login", "grant_type=password&username=u&password=p%26&client_id=i&scope=read+write"),
        call,
    ] == oauth(made, user, token)
    assert [("POST /refresh", "grant_type=refresh_token&refresh_token=r"), call] == oauth(
        made, RefreshToken("r"), token
    )


@spec(GRANTS)
def test_a_refresh_token_that_is_handed_out_anew_replaces_the_old_one(made: Made) -> None:
    short = {"access_token": "m", "expires_in": 0}
    lines = oauth(made, RefreshToken("r1"), {**short, "refresh_token": "r2"}, short, short, calls=3)
    assert ["r1", "r2", "r2"] == [body.rpartition("=")[2] for line, body in lines if line == "POST /refresh"]


@spec(GRANTS.replace("/token", "https://login.example/token"))
def test_a_token_url_of_another_origin_is_the_only_place_for_the_secret(made: Made) -> None:
    scheme = made.loaded["client"].VENDOR.schemes["oauth"]
    exchange = scheme.exchange(ClientCredentials("i", "s"))
    assert ("https://login.example/token", "") == (exchange.server, exchange.path)


# The environment.


@pytest.mark.parametrize(
    ("made", "environment", "auth"),
    [
        pytest.param(text, environment, auth, id=f"{number} {'_'.join(environment)}")
        for number, (text, environment, auth) in enumerate(
            [
                (ONE.replace("SCHEME", "{type: http, scheme: bearer}"), {"TOKEN": "t"}, Bearer("t")),
                (OR, {"API_KEY": "k"}, ApiKey("k")),
                (OR, {"USERNAME": "u", "PASSWORD": "p"}, Basic("u", "p")),
                (
                    AND,
                    {"CLIENT_ID": "a", "SECRET": "b", "VERSION": "c"},
                    {"client_id": "a", "secret": "b", "version": "c"},
                ),
                (
                    TWINS,
                    {"API_KEY_AUTH": "s", "ADMIN_API_KEY_AUTH": "a"},
                    {"api_key_auth": "s", "admin_api_key_auth": "a"},
                ),
                (TWINS, {"TOKEN": "t"}, Bearer("t")),
                (GRANTS, {"CLIENT_ID": "i", "CLIENT_SECRET": "s"}, ClientCredentials("i", "s")),
                (NOTHING, {"API_KEY": "k", "API_KEY_HEADER": "X-Key"}, ApiKey("k", header="X-Key")),
                (NOTHING, {"TOKEN": "t"}, Bearer("t")),
                (NOTHING, {}, None),
            ]
        )
    ],
    indirect=["made"],
)
def test_from_env(made: Made, environment: Mapping[str, str], auth: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(f"ACME_{name}", value)
    client = sync_client(made).from_env("ACME", base_url="https://demo.example")
    held = [credential for credential, _ in client._session.auth.in_use()]
    client.close()
    wanted = own(made)(**auth).credentials().values() if isinstance(auth, dict) else [] if auth is None else [auth]
    assert list(wanted) == held


@spec(AND)
def test_what_the_environment_lacks(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_SECRET", "b")
    with pytest.raises(InvalidArgument, match="ACME_CLIENT_ID and ACME_SECRET and ACME_VERSION"):
        sync_client(made).from_env("ACME", base_url="https://demo.example")
