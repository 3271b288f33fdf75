"""Mutants of the runtime's credentials: sending, exchanging, renewing, signing, hiding."""

from __future__ import annotations

from .mutant import Mutant

AUTH = "jobclients_core/auth.py"
EXCHANGE = "jobclients_core/exchange.py"
BASIC = "jobclients_core/security/basic.py"
SCHEME = "jobclients_core/security/scheme.py"
SIGNATURE = "jobclients_core/security/signature.py"
TOKENS = "jobclients_core/security/tokens.py"
SIGNING = "jobclients_core/signing.py"
CALLS = "jobclients_core/calls.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "auth/not-renewed",
        "A token that the vendor refuses is not renewed, and the call fails.",
        CALLS,
        "if not renewed and auth.discard(authorization):",
        "if False:",
    ),
    Mutant(
        "auth/not-discarded",
        "A token that the vendor refused is sent once more instead of a new one.",
        AUTH,
        "self._cache = None if self._source is not None else CredentialCache(authorization.cache.given)",
        "pass",
    ),
    Mutant(
        "auth/exchanged-twice",
        "Two calls that need a token at the same time exchange the credential twice.",
        AUTH,
        "if self._cache is not cache:",
        "if False:",
    ),
    Mutant(
        "auth/expired",
        "A token is used beyond its end.",
        AUTH,
        "(token is None or not token.fresh(now)):",
        "token is None:",
    ),
    Mutant(
        "auth/always-fresh",
        "A token is exchanged anew for each call.",
        AUTH,
        "(token is None or not token.fresh(now)):",
        "True:",
    ),
    Mutant(
        "auth/margin",
        "A token is used until a minute after its end.",
        EXCHANGE,
        "now + max(life - min(EXPIRY_MARGIN, life * 0.1), 0.0)",
        "now + life + EXPIRY_MARGIN",
    ),
    Mutant(
        "auth/lifetime",
        "A token whose end the vendor does not tell is used for ever.",
        EXCHANGE,
        "    return exchange.lifetime\n",
        "    return None\n",
    ),
    Mutant(
        "auth/bearer-in-key",
        "A token in a header of its own begins with the word Bearer.",
        TOKENS,
        "request.with_header(self.name, key)",
        'request.with_header(self.name, "Bearer " + key)',
    ),
    Mutant(
        "auth/basic-order",
        "User name and password change places.",
        BASIC,
        'f"{credential.username}:{credential.password}"',
        'f"{credential.password}:{credential.username}"',
    ),
    Mutant(
        "auth/basic-encoding",
        "A password with an umlaut is sent in another encoding than UTF-8.",
        BASIC,
        'pair.encode("utf-8", "surrogatepass")',
        'pair.encode("latin-1", "replace")',
    ),
    Mutant(
        "auth/colon-in-name",
        "A user name with a colon is sent as another name and password.",
        BASIC,
        'if ":" in sendable(basic.username, "the user name"):',
        "if False:",
    ),
    Mutant(
        "auth/line-break-in-token",
        "A token with a line break is not refused before sending.",
        SCHEME,
        "return check_header(value, what)",
        "return value",
    ),
    Mutant(
        "auth/empty-token",
        "An empty token is sent instead of refused.",
        SCHEME,
        "if not isinstance(value, str) or not value:",
        "if not isinstance(value, str):",
    ),
    Mutant(
        "auth/echoed-exchanged-token",
        "An access token that the server sends back shows in errors.",
        AUTH,
        "        self.secrets.hide(token.value)\n",
        "",
    ),
    Mutant(
        "auth/echoed-basic",
        "The encoded password that the server sends back shows in errors.",
        AUTH,
        "                self.secrets.hide(text, lasting=lasting)\n",
        "                pass\n",
    ),
    Mutant(
        "auth/echoed-credential",
        "A credential that the server sends back shows in errors.",
        AUTH,
        "                self.secrets.hide(value, lasting=lasting)\n",
        "                pass\n",
    ),
    Mutant(
        "auth/security-token",
        "Temporary keys are sent without the token that belongs to them.",
        SIGNATURE,
        '            request = request.with_header("X-Security-Token", token)\n',
        "            token = token\n",
    ),
    Mutant(
        "auth/headers-to-another-server",
        "The caller's headers, which may hold secrets, also go to the server of the exchange.",
        EXCHANGE,
        "context.headers if base.origin == context.base.origin else context.headers[:2]",
        "context.headers",
    ),
    Mutant(
        "auth/exchange-origin",
        "The password goes to the service's own server rather than to that of the exchange.",
        EXCHANGE,
        "if exchange.server is None:\n        return context.base",
        "if exchange is not None:\n        return context.base",
    ),
    Mutant(
        "auth/exchange-path",
        "Behind a proxy whose address has a path, tokens are asked for without that path.",
        EXCHANGE,
        "base.prefix + encode_literal(exchange.path)",
        "encode_literal(exchange.path)",
    ),
    Mutant(
        "auth/end-not-told",
        "A token whose end the vendor leaves out, or writes otherwise, is exchanged anew for each call.",
        EXCHANGE,
        "            return timestamp.timestamp() - _server_now(response_context, clock)\n",
        "            return timestamp.timestamp() - _server_now(response_context, clock)\n        return 0.0\n",
    ),
    Mutant(
        "auth/exchange-loud",
        "A new token shows in the error about a response that does not fit.",
        EXCHANGE,
        "clock.wall(), quiet=True)",
        "clock.wall(), quiet=False)",
    ),
    Mutant(
        "auth/exchange-status",
        "A refused exchange is reported as a malformed answer.",
        EXCHANGE,
        "if not is_success(response.status):",
        "if not 200 <= response.status < 600:",
    ),
    Mutant(
        "auth/token-in-repr",
        "Printing a Token shows it.",
        TOKENS,
        "value: SecretText = field(repr=False)",
        "value: SecretText",
    ),
    Mutant(
        "auth/secret-key-in-repr",
        "Printing an access key shows its secret key.",
        SIGNATURE,
        "secret_key: str = field(repr=False)",
        "secret_key: str",
    ),
    Mutant(
        "auth/password-in-repr",
        "Printing a user name and password shows the password.",
        BASIC,
        "password: str = field(repr=False)",
        "password: str",
    ),
    Mutant(
        "auth/signed-path",
        "Signatures are refused: the path that is signed does not end in a slash.",
        SIGNING,
        'return encoded if encoded.endswith("/") else encoded + "/"',
        "return encoded",
    ),
    Mutant(
        "auth/signed-query",
        "Signatures of calls with several query parameters are refused: they are not sorted.",
        SIGNING,
        "for key, value in sorted(pairs))",
        "for key, value in pairs)",
    ),
    Mutant(
        "auth/signed-body",
        "Signatures of calls with a body are refused: the body is not signed.",
        SIGNING,
        "hashlib.sha256(content).hexdigest()) if content else EMPTY_HASH",
        "EMPTY_HASH) if content else EMPTY_HASH",
    ),
    Mutant(
        "auth/signed-headers",
        "The host is not among what is signed.",
        SIGNING,
        'for name, value in headers if "_" not in name)',
        'for name, value in headers if "_" not in name and name != "Host")',
    ),
    Mutant(
        "auth/signed-date",
        "Signatures carry a date in another form.",
        SIGNING,
        'DATE_FORMAT = "%Y%m%dT%H%M%SZ"',
        'DATE_FORMAT = "%Y%m%d%H%M%S"',
    ),
    Mutant(
        "auth/signature-word",
        "The Authorization header of a signed request names its key otherwise.",
        SIGNING,
        "Access={access_key}",
        "Credential={access_key}",
    ),
    Mutant(
        "auth/signed-agent",
        "A proxy that rewrites the User-Agent breaks the signature, as that is signed as well.",
        SIGNATURE,
        'frozenset(("accept-encoding", "user-agent"))',
        'frozenset(("accept-encoding",))',
    ),
)
