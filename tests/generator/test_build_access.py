"""From security schemes, credentials and rules for errors to what a client is made of."""

from __future__ import annotations

from jobclients_core.conditions import When
from jobclients_core.envelopes import Envelope
from vendorsmith.ir import Credential, SecurityScheme

from .support import Made, spec


@spec("""
security: [{key: []}]
paths:
  /a: {get: {operationId: inherits, responses: {"200": {description: Done.}}}}
  /b:
    get:
      operationId: chooses
      security: [{key: [], basic: []}, {bearer: []}, {}]
      responses: {"200": {description: Done.}}
  /c: {get: {operationId: opens, security: [], responses: {"200": {description: Done.}}}}
  /d: {get: {operationId: repeats, security: [{key: []}], responses: {"200": {description: Done.}}}}
  /e: {get: {operationId: signs, security: [{machine: []}, {signed: []}], responses: {"200": {description: Done.}}}}
components:
  securitySchemes:
    key: {type: apiKey, in: query, name: api-key}
    basic: {type: http, scheme: Basic}
    bearer: {type: http, scheme: bearer}
    machine: {type: oauth2, flows: {clientCredentials: {tokenUrl: "https://a.example/token", scopes: {read: Read.}}}}
    signed: {type: apiKey, in: header, name: Authorization, x-signature: SDK-HMAC-SHA256}
""")
def test_security(made: Made) -> None:
    """Schemes keep their kind, requirements their alternatives, and `auth` takes one class per kind, or one for all."""
    schemes = (
        SecurityScheme("key", "ApiKeyIn", ("api-key", "query"), ()),
        SecurityScheme("basic", "HttpBasic", (), ()),
        SecurityScheme("bearer", "HttpBearer", (), ()),
        SecurityScheme(
            "machine", "OAuth2", (), (("client_credentials", "https://a.example/token"), ("scopes", ("read",)))
        ),
        SecurityScheme("signed", "Signature", (), ()),
    )

    assert schemes == made.api.schemes
    assert (("key",),) == made.operation("inherits").security
    assert "security=(('key', 'basic'), ('bearer',), ())" in made.constant("CHOOSES")
    assert "security=()" in made.constant("OPENS")
    assert "security" not in made.constant("INHERITS") + made.constant("REPEATS")
    assert "auth: Auth[ApiKey | Bearer | ClientCredentials | AkSk | DemoAuth]" in made.signature("__init__")
    assert made.loaded["client"].VENDOR is not None


@spec("""
security: [{machine: []}]
paths:
  /a: {get: {operationId: ask, responses: {"200": {description: Done.}}}}
components:
  securitySchemes:
    machine: {type: oauth2, flows: {clientCredentials: {tokenUrl: /token, scopes: {}}}}
""")
def test_a_bearer_token_serves_where_oauth2_does(made: Made) -> None:
    """Who has a token already need not ask for one."""
    vendor = made.loaded["client"].VENDOR
    assert "auth: Auth[ClientCredentials | Bearer]" in made.signature("__init__")
    assert {"ClientCredentials": "machine", "Bearer": "machine"} == {
        kind.__name__: scheme for kind, scheme in vendor.credentials.items()
    }


@spec("""
servers: [{url: "https://{region}.a.example", variables: {region: {default: eu, x-placeholder: true}}}]
security: [{token: []}]
x-auth:
  refresh_token:
    description: A refresh token and its user.
    into: token
    operationId: make_token
    credentials:
      refresh_token: {type: string, secret: true, description: The token.}
      user_id: {type: integer, description: The user.}
      scope: {type: string, required: false, description: The scope.}
    body: {refresh_token: $credential.refresh_token, nested: {user: $credential.user_id, list: [$client.region]}}
    token: $response.body#/token
    expires_in: $response.body#/seconds
    lifetime: PT1H30M
  other_login:
    description: For other documents.
    operationId: make_token
    credentials: {word: {type: string, secret: true, description: The word.}}
    body: {word: $credential.word}
    token: $response.header.X-Token
paths:
  /token:
    post:
      operationId: make_token
      security: []
      requestBody: {content: {application/x-www-form-urlencoded: {schema: {type: object}}}}
      responses: {"200": {description: A token., content: {application/json: {schema: {type: object}}}}}
components: {securitySchemes: {token: {type: http, scheme: bearer}}}
""")
def test_credentials_that_are_exchanged(made: Made) -> None:
    """Each entry of x-auth is a class with its fields; one that serves other documents carries its own server."""
    own = made.fields("RefreshToken", module="auth.py")
    other = made.fields("OtherLogin", module="auth.py")

    assert (
        Credential("Bearer", ("token",), ""),
        Credential("RefreshToken", ("token",), "demo"),
    ) == made.api.credentials
    assert "str = field(repr=False)" == own["refresh_token"]
    assert "int" == own["user_id"]
    assert "str | None = None" == own["scope"]
    assert "lifetime=5400.0" in own["exchange"]
    assert "server=" not in own["exchange"]
    assert "'list': ['$client.region']" in own["exchange"]
    assert "server='https://{region}.a.example'" in other["exchange"]
    assert "str | None = None" == other["base_url"] == other["region"]
    assert "media_type='application/x-www-form-urlencoded'" in other["exchange"]
    assert "'s'" not in repr(made.loaded["auth"].RefreshToken(refresh_token="s", user_id=1))


@spec("""
x-envelope: {ok: {from: $response.body#/ok, in: [true, "yes"]}, message: $response.body#/why}
x-errors:
  code: [$response.body#/code]
  rules: [{status: [404, 5XX], code: [gone], raise: NotFound, transient: true}]
paths:
  /a: {get: {operationId: inherits, responses: &ok {"200": {$ref: "#/components/responses/Done"}}}}
  /b:
    get: {operationId: refuses, x-envelope: {refused: {from: $response.status, equals: 200}}, responses: *ok}
  /c: {get: {operationId: trusts, x-envelope: false, x-idempotent: false, responses: *ok}}
  /d: {get: {operationId: looks, x-envelope: {ok: {from: $response.body#/x, nonempty: true}}, responses: *ok}}
components:
  responses: {Done: {description: Done., content: {application/json: {schema: {type: object}}}}}
""")
def test_envelopes_and_error_rules(made: Made) -> None:
    """An operation's envelope replaces the root's, `false` takes it away; rules keep their order and words."""
    root = Envelope(When("$response.body#/ok", (True, "yes")), message="$response.body#/why")

    assert root == made.operation("inherits").envelope
    assert "envelope=Envelope(refused=When(source='$response.status', one_of=(200,)))" in made.constant("REFUSES")
    assert "envelope=None, idempotent=False" in made.constant("TRUSTS")
    assert "When(source='$response.body#/x', empty=False)" in made.constant("LOOKS")
    assert "status=('404', '5XX'), code=('gone',), raises='NotFound', transient=True" in made.constant("VENDOR")


@spec("""
security: [{kerberos: []}, {token: []}]
components: {securitySchemes: {token: {type: http, scheme: bearer}}}
""")
def test_an_alternative_that_nothing_declares_is_dropped(made: Made) -> None:
    """A published document is used as far as it goes, with a warning."""
    assert [("unknown-scheme", "warning")] == [
        (diagnostic.code, diagnostic.severity) for diagnostic in made.diagnostics
    ]
    assert (("token",),) == made.api.security
