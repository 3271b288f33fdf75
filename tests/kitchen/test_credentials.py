"""Credentials: each kind on the wire, tokens that are got for them and renewed, and where nothing of them may go."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from typing import Any

import pytest
from jobclients_contract.harness.loopback import Request, Script, loopback, scripted
from jobclients_core import (
    AkSk,
    AuthenticationError,
    BadRequest,
    Basic,
    ClientCredentials,
    CredentialUnavailable,
    DecodeError,
    InvalidArgument,
    PermissionDenied,
    Refused,
    ServerError,
    Token,
)

from .support import DONE, TOKEN, Blocking, Play, Still, options, raised

PIN = "p1n-4711"
NO = scripted(b"", 401)


def made(token: str, seconds: Any = 600) -> Script:
    """The response to a PIN."""
    return scripted({"ok": True, "made": {"token": token, "seconds": seconds}})


def fields(request: Request, *names: str) -> list[str | None]:
    return [request.headers.get(name) for name in names]


# Each kind on the wire.


def test_a_key_in_a_header_field(play: Play) -> None:
    with play(DONE, auth=Token("k:/ü+")) as (server, client):
        client.get_by_header()

    assert ["k:/ü+", None] == fields(server.request, "x-kitchen-key", "authorization")


def test_a_name_and_a_password(play: Play) -> None:
    """UTF-8 in base64; the password may have colons, and may be empty."""
    with play(DONE, DONE, auth=Basic("analyst", "colon:and ümlaut")) as (server, client):
        client.get_by_basic()
        with play.client(base_url=server.url, auth=Basic("a", "")) as other:
            other.get_by_basic()

    assert ["Basic YW5hbHlzdDpjb2xvbjphbmQgw7xtbGF1dA==", "Basic YTo="] == [
        request.headers["authorization"] for request in server.requests
    ]


def test_a_bearer_token_for_a_pin(play: Play) -> None:
    """The exchange is the documented call, without a credential of its own; optional fields are left out."""
    pin_code = play.kitchen.module.PinCode
    with play(made("m1"), DONE, DONE, made("m2"), DONE, auth=pin_code(pin=PIN)) as (server, client):
        client.get_by_bearer()
        client.get_by_bearer()
        with play.client(base_url=server.url, site="s", auth=pin_code(pin=PIN, floor=3)) as other:
            other.get_by_bearer()

    assert ["POST /login/pin", "GET /access/bearer", "GET /access/bearer"] == server.lines[:3]
    assert ['{"pin":"p1n-4711","place":{"site":"main"}}', '{"pin":"p1n-4711","place":{"floor":3,"site":"s"}}'] == [
        server.requests[place].body.decode() for place in (0, 3)
    ]
    assert [
        ("Host", server.host),
        ("Accept", "application/json"),
        ("User-Agent", "kitchen-clients/0.1.0"),
        ("Accept-Encoding", "gzip, deflate"),
        ("Content-Type", "application/json"),
        ("Content-Length", "42"),
    ] == server.requests[0].fields
    assert ["Bearer m1", "Bearer m1", "Bearer m2"] == [
        server.requests[place].headers["authorization"] for place in (1, 2, 4)
    ]


def test_a_key_in_the_query_for_a_pass(play: Play) -> None:
    """A form, and a token in a header field; its name and value are encoded."""
    handed = scripted({}, 201, X_Day_Token="a&b=c+ü/".encode().decode("latin-1"))
    with play(handed, DONE, DONE, auth=play.kitchen.module.DayPass(pass_word="w&ü")) as (server, client):
        client.get_by_query()
        client.get_by_query(q="x")

    assert ["PUT /login/pass", "GET /access/query?api%20key=a%26b%3Dc%2B%C3%BC%2F"] == server.lines[:2]
    assert "GET /access/query?q=x&api%20key=a%26b%3Dc%2B%C3%BC%2F" == server.lines[2]
    assert (b"word=w%26%C3%BC", "application/x-www-form-urlencoded") == (
        server.requests[0].body,
        server.requests[0].headers["content-type"],
    )


def test_a_key_in_a_cookie_for_a_stamp(play: Play) -> None:
    """Behind the cookies of the call itself."""
    stamp = play.kitchen.module.Stamp(ink="blue")
    with play(scripted({"token": "t;1"}), DONE, DONE, auth=stamp) as (server, client):
        client.get_by_cookie()
        client.get_by_cookie(crumb="c")

    assert ["kitchen=t%3B1", "crumb=c; kitchen=t%3B1"] == [request.headers["cookie"] for request in server.requests[1:]]


def test_an_oauth2_client(play: Play) -> None:
    """A form to the documented place, with the documented scopes or its own; or to the place that it names."""
    token = scripted({"access_token": "m", "token_type": "bearer", "expires_in": 600})
    credential = ClientCredentials("id&", "s3cret ü")
    with play(token, DONE, token, DONE, auth=credential) as (server, client):
        client.get_by_machine()
        elsewhere = ClientCredentials("id", "s", scope="read", token_url=f"{server.url}/other/")
        with play.client(base_url=server.url, auth=elsewhere) as other:
            other.get_by_machine()

    assert ["POST /oauth/token", "GET /access/machine", "POST /other/", "GET /access/machine"] == server.lines
    assert [
        b"grant_type=client_credentials&client_id=id%26&client_secret=s3cret+%C3%BC&scope=read+write",
        b"grant_type=client_credentials&client_id=id&client_secret=s&scope=read",
    ] == [server.requests[place].body for place in (0, 2)]
    assert [None, "Bearer m"] == [request.headers.get("authorization") for request in server.requests[:2]]


def signature(request: Request, secret_key: str, names: str) -> str:
    """The signature of a request as it arrived, as the algorithm's page has it."""
    path, _, query = request.target.partition("?")
    lines = "".join(f"{name}:{request.headers[name]}\n" for name in names.split(";"))
    hashed = hashlib.sha256(request.body).hexdigest()
    canonical = f"POST\n{path}/\n{'&'.join(sorted(query.split('&')))}\n{lines}\n{names}\n{hashed}"
    text = f"SDK-HMAC-SHA256\n{request.headers['x-sdk-date']}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()


def test_a_signature(play: Play) -> None:
    """Over method, path, sorted query, header fields and body as they arrive; the secret key never does."""
    with play(DONE, DONE, auth=AkSk("ak", "sk"), headers={"X-Own": "o"}) as (server, client):
        client.post_signed(z="1", a="2", n=7)
        with play.client(base_url=server.url, auth=AkSk("ak", "sk", "st")) as temporary:
            temporary.post_signed(z="b", a="a")

    names = "accept;content-type;host;x-own;x-sdk-date"
    first, second = server.requests
    assert (
        f"SDK-HMAC-SHA256 Access=ak, SignedHeaders={names}, Signature={signature(first, 'sk', names)}"
        == (first.headers["authorization"])
    )
    assert "POST /access/signed?z=1&a=2" == first.line
    names = "accept;host;x-sdk-date;x-security-token"
    assert second.headers["authorization"].endswith(
        f"SignedHeaders={names}, Signature={signature(second, 'sk', names)}"
    )
    assert ([None, "st"], False) == (
        [request.headers.get("x-security-token") for request in server.requests],
        b"sk" in first.raw.replace(b"x-sdk-date", b"").replace(b"X-Sdk-Date", b""),
    )


# Which one is chosen.


def test_the_first_alternative_that_is_filled(play: Play) -> None:
    basic, token = Basic("a", "b"), Token(TOKEN)
    with play(by=lambda _: DONE) as (server, _):
        for auth in (basic, token, (token, basic)):
            with play.client(base_url=server.url, auth=auth) as client:
                client.get_by_either()
        with play.client(base_url=server.url, auth=(token, basic)) as client:
            client.get_by_both()

    assert [["Basic YTpi", None], [None, TOKEN], ["Basic YTpi", None], ["Basic YTpi", TOKEN]] == [
        fields(request, "authorization", "x-kitchen-key") for request in server.requests
    ]


def test_no_credential_where_none_is_asked_for(play: Play) -> None:
    """Not even a token is got for it; a call that may do without goes without where there is none."""
    with play(DONE, DONE, DONE, auth=play.kitchen.module.PinCode(pin=PIN)) as (server, client):
        client.get_open()
        client.get_maybe()
        with play.client(base_url=server.url, auth=None) as other:
            other.get_maybe()

    assert ["GET /access/open", "GET /access/maybe", "GET /access/maybe"] == server.lines
    assert [[None] * 3] * 3 == [
        fields(request, "authorization", "x-kitchen-key", "cookie") for request in server.requests
    ]


WRONG: dict[str, tuple[Any, str, str]] = {
    "another one": (Basic("a", "b"), "get_dish", "auth: Basic does not fit; wanted is key_header or bearer"),
    "one of two": (Token("t"), "get_by_both", "auth: Token does not fit; wanted is basic with key_header"),
    "an empty token": (Token(""), "get_dish", "the token should be a non-empty string"),
    "a token of another type": (Token(7), "get_dish", "the token should be a non-empty string"),  # type: ignore[arg-type]
    "a token with a line break": (Token("a\r\nX-Evil: 1"), "get_dish", "the token contains a line break"),
    "a token with a blank": (Token("a "), "get_dish", "starts or ends with white space"),
    "a token with half of a character": (Token("a\ud800"), "get_dish", "contains half of a character"),
    "a name with a colon": (Basic("a:b", "c"), "get_by_basic", "the user name contains a colon"),
    "a name with a line break": (Basic("a\nb", "c"), "get_by_basic", "the user name contains a line break"),
    "no access key": (AkSk("", "s"), "post_signed", "the access key should be a non-empty string"),
    "no secret key": (AkSk("a", ""), "post_signed", "the secret key should be a non-empty string"),
}


@pytest.mark.parametrize(("auth", "method", "why"), WRONG.values(), ids=WRONG)
def test_a_credential_that_cannot_be_sent(play: Play, auth: Any, method: str, why: str) -> None:
    with play(auth=auth) as (server, client):
        error = raised(InvalidArgument, getattr(client, method))

    assert (method, []) == (error.operation, server.requests)
    assert why in str(error)


@pytest.mark.parametrize("auth", ["text", object(), Token, (Token("a"), "b"), {"value": "t"}])
def test_what_is_no_credential(play: Play, auth: Any) -> None:
    def make() -> None:
        with play.client(base_url="https://kitchen.example", auth=auth):
            pass

    assert "auth" == raised(InvalidArgument, make).argument


@pytest.mark.parametrize(
    "name", ["Authorization", "authorization", "X-Kitchen-Key", "x-kitchen-key", "Cookie", "Host", "Content-Length"]
)
def test_header_fields_that_are_not_the_callers_to_set(play: Play, name: str) -> None:
    """Neither on the client nor on a request; nothing is sent."""
    with play() as (server, client):
        error = raised(InvalidArgument, lambda: client.request("GET", "/", headers={name: "mine"}))

        def make() -> None:
            with play.client(base_url=server.url, headers={name: "mine"}):
                pass

        also = raised(InvalidArgument, make)

    assert ([], "headers", "headers") == (server.requests, error.argument, also.argument)
    assert f"the header {name} is not the caller's to set" == str(also)


def test_without_a_credential_the_vendor_decides(play: Play) -> None:
    """A proxy may add it; where none does, the error says what was not given."""
    with play(DONE, NO, auth=None) as (server, client):
        client.get_by_basic()
        error = raised(AuthenticationError, client.get_by_basic)

    assert [[None] * 3] * 2 == [
        fields(request, "authorization", "x-kitchen-key", "cookie") for request in server.requests
    ]
    assert str(error).endswith("; auth was not given: Basic or KitchenAuth would fit")


# How long tokens live.


def renewals(
    play: Play, auth: Any, method: str, handed: Callable[[int, float], Script], moments: list[float]
) -> list[int]:
    """How many exchanges there were after calls at some moments; each call carries the newest token."""
    clock, counts, number = Still(), [], 0

    def by(request: Request) -> Script:
        nonlocal number
        if request.target.startswith(("/login", "/oauth")):
            number += 1
            return handed(number, clock.now)
        assert f"token-{number}".encode() in request.raw
        return DONE

    with play(by=by, auth=auth, http=options(clock=clock.clock())) as (_, client):
        for moment in moments:
            clock.now = moment
            getattr(client, method)()
            counts.append(number)
    return counts


@pytest.mark.parametrize(
    ("seconds", "moments", "exchanges"),
    [
        (3600, [0, 3539, 3540, 7079, 7080], [1, 1, 2, 2, 3]),  # a minute before the end
        ("3600", [0, 3539, 3540], [1, 1, 2]),
        (3600.5, [0, 3540, 3541], [1, 1, 2]),
        (300, [0, 269, 270], [1, 1, 2]),  # a tenth of a short life
        (0, [0, 0, 0], [1, 2, 3]),
        (None, [0, 539, 540], [1, 1, 2]),  # nobody says: as the specification has it
        ("soon", [0, 539, 540], [1, 1, 2]),
        (True, [0, 539, 540], [1, 1, 2]),
        (10**30, [0, 10**8], [1, 1]),
    ],
)
def test_a_token_is_renewed_shortly_before_it_ends(
    play: Play, seconds: Any, moments: list[float], exchanges: list[int]
) -> None:
    auth = play.kitchen.module.PinCode(pin=PIN)
    handed = lambda number, _: made(f"token-{number}", seconds)  # noqa: E731

    assert exchanges == renewals(play, auth, "get_by_bearer", handed, moments)


@pytest.mark.parametrize("behind", [0, 7 * 3600, -7 * 3600])
def test_the_end_is_a_moment_on_the_vendors_clock(play: Play, behind: float) -> None:
    """Which its Date tells, and which may be wrong."""

    def handed(number: int, now: float) -> Script:
        vendors = 1_800_000_000 + now + behind
        ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(vendors + 3600))
        return scripted({"ends": ends}, 201, X_Day_Token=f"token-{number}", Date=formatdate(vendors, usegmt=True))

    auth = play.kitchen.module.DayPass(pass_word="w")
    assert [1, 1, 2, 2, 3] == renewals(play, auth, "get_by_query", handed, [0, 3539, 3540, 7079, 7080])


def test_a_token_without_an_end_lasts_until_it_is_refused(play: Play) -> None:
    auth = play.kitchen.module.Stamp(ink="blue")
    handed = lambda number, _: scripted({"token": f"token-{number}"})  # noqa: E731

    assert [1, 1] == renewals(play, auth, "get_by_cookie", handed, [0, 10**9])


# Tokens that are refused.


def test_a_refused_token_is_renewed_once(play: Play) -> None:
    pin_code = play.kitchen.module.PinCode(pin=PIN)
    with play(made("m1"), DONE, NO, made("m2"), DONE, NO, made("m3"), NO, auth=pin_code) as (server, client):
        client.get_by_bearer()
        client.get_by_bearer()
        error = raised(AuthenticationError, client.get_by_bearer)

    bearer, pin = "GET /access/bearer", "POST /login/pin"
    assert [pin, bearer, bearer, pin, bearer, bearer, pin, bearer] == server.lines
    assert ["Bearer m1", "Bearer m1", "Bearer m2", "Bearer m2", "Bearer m3"] == [
        request.headers["authorization"] for request in server.requests if request.line == bearer
    ]
    assert "get_by_bearer" == error.operation


def test_a_call_renews_its_token_once_whatever_comes_between(play: Play) -> None:
    auth = play.kitchen.module.PinCode(pin=PIN)
    http = options(retries=1, clock=Still().clock())
    with play(made("m1"), DONE, NO, made("m2"), scripted(b"", 503), NO, auth=auth, http=http) as (server, client):
        client.get_by_bearer()
        raised(AuthenticationError, client.get_by_bearer)

    assert 6 == len(server.requests)


def test_what_is_not_got_anew_is_not_repeated(play: Play) -> None:
    """A token that was given, one that was got this moment, and a status that says something else."""
    with play(NO, made("m1"), NO, made("m2"), DONE, scripted(b"", 403)) as (server, client):
        raised(AuthenticationError, client.get_dish)
        with play.client(base_url=server.url, auth=play.kitchen.module.PinCode(pin=PIN)) as other:
            raised(AuthenticationError, other.get_by_bearer)
        with play.client(base_url=server.url, auth=play.kitchen.module.PinCode(pin=PIN)) as other:
            other.get_by_bearer()
            raised(PermissionDenied, other.get_by_bearer)

    assert 6 == len(server.requests)


def test_a_vendors_code_for_a_refused_token_renews_it(play: Play) -> None:
    no = scripted({"code": "K.401"}, 418)
    with play(made("m1"), DONE, no, made("m2"), DONE, auth=play.kitchen.module.PinCode(pin=PIN)) as (server, client):
        client.get_by_bearer()
        client.get_by_bearer()

    assert 5 == len(server.requests)


def test_a_function_is_asked_once_and_again_after_a_refusal(play: Play) -> None:
    asked: list[int] = []

    def ask() -> Token:
        asked.append(len(asked))
        return Token(f"token-{len(asked)}")

    with play(scripted(b"", 204), NO, scripted(b"", 204), auth=ask) as (server, client):
        client.get_by_header()
        client.get_by_header()

    assert (["token-1", "token-1", "token-2"], 2) == (
        [request.headers["x-kitchen-key"] for request in server.requests],
        len(asked),
    )


@pytest.mark.parametrize("returned", [None, "text", Token, RuntimeError("s3cret words")])
def test_a_function_that_returns_no_credential(play: Play, returned: Any) -> None:
    def ask() -> Any:
        if isinstance(returned, Exception):
            raise returned
        return returned

    with play(auth=ask) as (server, client):
        error = raised(CredentialUnavailable, client.get_dish)

    assert ("get_dish", [], False) == (error.operation, server.requests, "s3cret" in str(error))


# Exchanges that end badly.

EXCHANGES: dict[str, tuple[Script, type[Exception], str]] = {
    "refused": (
        *(scripted({"code": "K.404", "message": "No such PIN."}, 403), PermissionDenied),
        "enter_pin: 403 Forbidden [K.404]: No such PIN.",
    ),
    "refused with a token in it": (
        *(scripted({"ok": True, "made": {"token": "m"}}, 400), BadRequest),
        "enter_pin: 400 Bad Request",
    ),
    "broken": (scripted(b"", 500), ServerError, "enter_pin: 500 Internal Server Error"),
    "refused by the envelope": (
        *(scripted({"ok": False, "why": "Not here.", "made": {"token": "m"}}), Refused),
        "enter_pin: 200 OK, but refused: Not here.",
    ),
    "no token": (scripted({"ok": True, "made": {}}), DecodeError, "enter_pin: the response holds no token"),
    "an empty token": (made(""), DecodeError, "enter_pin: the response holds no token"),
    "a token that is none": (made(["m"]), DecodeError, "enter_pin: the response holds no token"),  # type: ignore[arg-type]
    "a token with a line break": (made("a\r\nX-Evil: 1"), DecodeError, "enter_pin: the token contains a line break"),
    "a page": (scripted(b"<html>", Content_Type="text/html"), DecodeError, "enter_pin: the body is not of the"),
}


@pytest.mark.parametrize(("script", "kind", "words"), EXCHANGES.values(), ids=EXCHANGES)
def test_an_exchange_that_fails(play: Play, script: Script, kind: type[Exception], words: str) -> None:
    """It names itself, no call is made, and what came is not shown: it may hold a token."""
    with play(by=lambda _: script, auth=play.kitchen.module.PinCode(pin=PIN)) as (server, client):
        error = raised(kind, client.get_by_bearer)

    assert ["POST /login/pin"] == server.lines
    assert str(error).startswith(words)
    assert b"" == getattr(error, "body", b"")
    assert "" == getattr(error, "excerpt", "")


def test_an_exchange_is_repeated_when_it_fails_for_a_moment(play: Play) -> None:
    """Although it is a POST: a token too many does no harm."""
    auth = play.kitchen.module.PinCode(pin=PIN)
    with play(scripted(b"", 503), made("m"), DONE, auth=auth, http=options(retries=1, clock=Still().clock())) as (
        server,
        client,
    ):
        client.get_by_bearer()

    assert ["POST /login/pin", "POST /login/pin", "GET /access/bearer"] == server.lines


# Several calls at a time.


def at_once(client: Any, method: str, times: int = 3) -> list[Any]:
    """What comes of calling a method several times at the same time."""
    if isinstance(client, Blocking):

        async def gathered() -> list[Any]:
            calls = (getattr(client.client, method)() for _ in range(times))
            return await asyncio.gather(*calls, return_exceptions=True)

        return client.runner.run(gathered())
    with ThreadPoolExecutor(times) as pool:
        return [future.exception() for future in [pool.submit(getattr(client, method)) for _ in range(times)]]


def test_calls_at_the_same_time_share_one_exchange(play: Play) -> None:
    def by(request: Request) -> Script:
        if request.target == "/login/pin":
            return (0.1, *made("m"))
        return DONE

    with play(by=by, auth=play.kitchen.module.PinCode(pin=PIN)) as (server, client):
        assert [None] * 3 == at_once(client, "get_by_bearer")

    assert ["POST /login/pin", *["GET /access/bearer"] * 3] == server.lines


def test_a_token_that_is_refused_several_times_is_renewed_once(play: Play) -> None:
    """Calls that come back late with the older token do not discard the newer one."""
    both = threading.Barrier(2)
    exchanges = 0

    def by(request: Request) -> Script:
        nonlocal exchanges
        if request.target == "/login/pin":
            exchanges += 1
            return made(f"m{exchanges}")
        if together and request.headers["authorization"] == "Bearer m1":
            late = both.wait(10) == 0
            return (0.1, *NO) if late else NO
        return DONE

    together = False
    with play(by=by, auth=play.kitchen.module.PinCode(pin=PIN)) as (_, client):
        client.get_by_bearer()
        together = True
        assert [None, None] == at_once(client, "get_by_bearer", 2)
        client.get_by_bearer()

    assert 2 == exchanges


# Origins.


def test_a_borrowed_credential_goes_to_its_own_server_only(play: Play) -> None:
    """With the client's parameters, and without its header fields; the vendor gets the token and nothing else."""
    badge = play.kitchen.module.Badge
    handed = scripted({}, 201, X_Made_Token="m1")
    with loopback(handed) as pantry, play(DONE, DONE, headers={"X-Own": "o"}) as (server, _):
        auth = badge(number=7, word="w0rd-of-the-badge", base_url=pantry.url + "/p")
        with play.client(base_url=server.url, auth=auth, headers={"X-Own": "o"}) as client:
            client.get_by_bearer()

    assert ["POST /p/badges", '{"badge":{"number":7,"word":"w0rd-of-the-badge"},"site":"main"}', None] == [
        pantry.request.line,
        pantry.request.body.decode(),
        pantry.request.headers.get("x-own"),
    ]
    assert ["GET /access/bearer", "Bearer m1", "o"] == [
        server.request.line,
        server.request.headers["authorization"],
        server.request.headers["x-own"],
    ]
    assert b"w0rd" not in server.request.raw


def test_an_own_exchange_has_the_callers_header_fields(play: Play) -> None:
    with play(made("m"), DONE, headers={"X-Own": "o"}, auth=play.kitchen.module.PinCode(pin=PIN)) as (server, client):
        client.get_by_bearer()

    assert ["o", "o"] == [request.headers["x-own"] for request in server.requests]


def test_a_borrowed_credential_needs_its_server(play: Play) -> None:
    auth = play.kitchen.module.Badge(number=7, word="w")
    with play(auth=auth) as (server, client):
        error = raised(InvalidArgument, client.get_by_bearer)

    assert [] == server.requests
    assert "auth.base_url or shelf has to be given (the server is https://{shelf}.pantry.example)" == error.message


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_takes_no_credential_along(play: Play, status: int) -> None:
    """Neither that of a call nor that of an exchange."""
    with loopback() as elsewhere:
        there = scripted(b"", status, Location=f"http://localhost:{elsewhere.port}/x")
        with play(there, there) as (server, client):
            raised(play.kitchen.package.UnexpectedStatus, client.get_dish)
            with play.client(base_url=server.url, auth=play.kitchen.module.PinCode(pin=PIN)) as other:
                raised(play.kitchen.package.UnexpectedStatus, other.get_by_bearer)
        assert [] == elsewhere.requests
    assert ["GET /dish", "POST /login/pin"] == server.lines


def test_json_of_an_exchange_is_json(play: Play) -> None:
    """Whatever the secret holds."""
    secret = 'q"\\/\u2028ü\n'
    with play(made("m"), DONE, auth=play.kitchen.module.PinCode(pin=secret)) as (server, client):
        client.get_by_bearer()

    assert secret == json.loads(server.requests[0].body)["pin"]
