"""Credentials: which are sent, how they are exchanged, cached and renewed, and by whom."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import anyio
import httpx2
import pytest
from jobclients_core import (
    AkSk,
    AsyncClient,
    AuthenticationError,
    Basic,
    ClientCredentials,
    CredentialUnavailable,
    DecodeError,
    Errors,
    Exchange,
    HttpOptions,
    InvalidArgument,
    JobClientsError,
    Operation,
    Refused,
    SyncClient,
    Token,
)
from jobclients_core.auth import Authenticator, Authorization
from jobclients_core.exchange import ClientContext, fill_template
from jobclients_core.flow import AcquireLock, GetCredential, HttpRequest, Send, Sleep
from jobclients_core.origin import parse_base_url
from runtime.support import GET_JOB, VENDOR, Elsewhere, FakeClock, FreeLock, Hand, Login, answer

SECURITY = VENDOR.security
TOKEN = (("token",),)


class Fixture:
    def __init__(self, source: Any, **values: Any) -> None:
        self.fake = FakeClock()
        self.lock = FreeLock()
        base = parse_base_url("https://api.example.com/pre")
        shared = (("User-Agent", "u"), ("Accept-Encoding", "gzip"), ("X-Own", "mine"))
        context = ClientContext(base, values, shared, self.fake.clock(), VENDOR.errors)
        self.auth = Authenticator(VENDOR, source, lock=lambda: self.lock, context=context, retries=1)

    def hand(self, security: Any = SECURITY) -> Hand:
        return Hand(self.auth.authorize(security, "op", self.fake.now + 60))

    def exchange(self, hand: Hand, body: dict[str, Any], status: int = 200, **headers: str) -> Any:
        """Go through lock and exchange."""
        assert isinstance(hand.step, AcquireLock)
        assert isinstance(hand.give(), Send)
        return hand.give(answer(status, json.dumps(body).encode(), **headers))


def carried(authorization: Authorization) -> HttpRequest:
    """A request that carries nothing else."""
    return authorization.applied(HttpRequest("GET", "https://h", "/x", ()), "op", FakeClock().clock())


def headers_of(source: Any, security: Any) -> HttpRequest:
    hand = Fixture(source).hand(security)
    assert hand.done
    return carried(hand.result)


def test_each_scheme_carries_its_credential_in_its_way() -> None:
    assert headers_of(Token("t0k"), TOKEN).headers == (("X-Token", "t0k"),)
    assert headers_of(Token("t 0&k"), (("key",),)).target == "/x?api_key=t%200%26k"
    assert headers_of(Token("t0k"), (("crumb",),)).headers == (("Cookie", "crumb=t0k"),)
    assert headers_of(Token("t0k"), (("oauth",),)).headers == (("Authorization", "Bearer t0k"),)
    assert headers_of(Basic("Aladdin", "open sesame"), SECURITY).headers == (
        ("Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
    )
    signed = dict(headers_of(AkSk("A", "S", "temporary"), SECURITY).headers)
    assert (signed["X-Security-Token"], signed["X-Sdk-Date"]) == ("temporary", "20231114T221320Z")
    assert "SignedHeaders=x-sdk-date;x-security-token," in signed["Authorization"]


def test_a_credential_stands_beside_others_and_in_place_of_a_field_of_its_name() -> None:
    request = HttpRequest("GET", "https://h", "/x?a=b", (("x-token", "mine"), ("Cookie", "a=b")))
    for security, target, headers in (
        (TOKEN, "/x?a=b", (("Cookie", "a=b"), ("X-Token", "t0k"))),
        ((("key",),), "/x?a=b&api_key=t0k", request.headers),
        ((("crumb",),), "/x?a=b", (("x-token", "mine"), ("Cookie", "a=b; crumb=t0k"))),
    ):
        hand = Fixture(Token("t0k")).hand(security)
        sent = hand.result.applied(request, "op", FakeClock().clock())
        assert (sent.target, sent.headers) == (target, headers)


def test_a_signature_covers_what_other_schemes_add() -> None:
    sent = headers_of((AkSk("A", "S"), Token("t0k")), (("aksk", "token"),))
    assert "SignedHeaders=x-sdk-date;x-token," in dict(sent.headers)["Authorization"]


def test_nothing_is_sent_where_no_security_is_asked_for() -> None:
    assert headers_of(Token("t0k"), ()).headers == ()
    assert headers_of(None, ((),)).headers == ()
    assert headers_of(Basic("a", "b"), ((), ("token",))).headers == ()


def test_without_credentials_a_request_is_sent_bare() -> None:
    """A proxy may add them; where none does, the vendor says no, and the error says what was not given."""
    assert headers_of(None, SECURITY).headers == ()


def test_two_schemes_at_once_take_two_credentials() -> None:
    both = headers_of((Basic("u", "p"), Token("t0k")), (("basic", "token"),))
    assert [name for name, _ in both.headers] == ["Authorization", "X-Token"]
    with pytest.raises(InvalidArgument, match="Token does not fit; wanted is basic with token"):
        headers_of(Token("t0k"), (("basic", "token"),))


def test_a_credential_that_fits_nothing_is_refused_before_sending() -> None:
    with pytest.raises(InvalidArgument, match="Basic does not fit; wanted is token"):
        headers_of(Basic("a", "b"), TOKEN)
    with pytest.raises(InvalidArgument, match="str is not a credential of acme"):
        Fixture("t0k")


def test_a_class_in_place_of_a_credential_is_told() -> None:
    wrongs: tuple[Any, ...] = (Token, (Basic("u", "p"), Token))
    for wrong in wrongs:
        with pytest.raises(InvalidArgument, match=r"auth: Token is a class; give an object of it, as Token\(\.\.\.\)"):
            Fixture(wrong)


def test_a_function_that_calls_the_client_that_asks_it_is_told_at_once() -> None:
    clients: list[Any] = []
    options: dict[str, Any] = {"base_url": "https://h", "http": HttpOptions(timeout=30)}

    def get_credential() -> Token:
        clients[0].send(GET_JOB.call(id=1))
        return Token("t")

    async def ask_later() -> Token:
        await clients[1].send(GET_JOB.call(id=1))
        return Token("t")

    async def awaited() -> None:
        async with AsyncClient(VENDOR, auth=ask_later, **options) as client:
            clients.append(client)
            await client.send(GET_JOB.call(id=1))

    with SyncClient(VENDOR, auth=get_credential, **options) as client:
        clients.append(client)
        with pytest.raises(InvalidArgument, match="give it a client of its own"):
            client.send(GET_JOB.call(id=1))
    with pytest.raises(InvalidArgument, match="the function given as auth calls the client that is asking") as caught:
        anyio.run(awaited)
    assert caught.value.argument == "auth"


def test_a_task_that_the_function_started_may_call_the_client_later() -> None:
    asked: list[int] = []
    later: list[asyncio.Task[Any]] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json={"status": "running"})

    async def main() -> None:
        answered = asyncio.Event()

        async def call_again() -> int:
            await answered.wait()
            return (await client.send(GET_JOB.call(id=1))).status

        async def get_credential() -> Token:
            asked.append(1)
            if len(asked) == 2:
                later.append(asyncio.create_task(call_again()))
            return Token(f"token-{len(asked)}")

        http = HttpOptions(transport=httpx2.MockTransport(handler))
        async with AsyncClient(VENDOR, base_url="https://h", auth=get_credential, http=http) as client:
            await client.send(GET_JOB.call(id=1))
            client._session.auth._cache = None  # as if the token had been refused
            await client.send(GET_JOB.call(id=1))
            client._session.auth._cache = None
            answered.set()
            assert await later[0] == 200

    asyncio.run(main())
    assert len(asked) == 3


def test_a_function_may_call_another_client_and_what_needs_no_credential() -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json={"status": "running"})

    http = HttpOptions(transport=httpx2.MockTransport(handler))
    free: Operation[Any] = Operation(id="free", method="GET", path="/free", returns={200: "Job"}, security=())
    with SyncClient(VENDOR, base_url="https://h", auth=Token("t"), http=http) as other:

        def get_credential() -> Token:
            other.send(GET_JOB.call(id=1))
            client.send(free.call())
            return Token("t")

        client = SyncClient(VENDOR, base_url="https://h", auth=get_credential, http=http)
        assert client.send(GET_JOB.call(id=1)).status == 200


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nb", "a\x00b", " a", "a ", "", "\ud800", 7, None])
def test_unfit_secrets_are_refused_and_not_repeated(value: Any) -> None:
    with pytest.raises(InvalidArgument) as caught:
        headers_of(Token(value), TOKEN)
    assert "X: y" not in str(caught.value)
    with pytest.raises(InvalidArgument):
        headers_of(AkSk("A", value), SECURITY)


def test_a_user_name_with_a_colon_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="colon"):
        headers_of(Basic("a:b", "c"), SECURITY)


def test_an_exchange_sends_the_described_body_to_the_clients_own_server() -> None:
    fixture = Fixture(Login(user="ann", password="s3cret!"), project_id="p1")
    hand = fixture.hand()
    hand.give()
    assert isinstance(hand.step, Send)
    request = hand.step.request
    assert (request.method, request.origin, request.target) == ("POST", "https://api.example.com", "/pre/login/")
    assert json.loads(request.content or b"") == {
        "auth": {"user": "ann", "pw": "s3cret!"},
        "scope": {"project": {"id": "p1"}},
        "fixed": ["a"],
    }
    assert dict(request.headers)["X-Own"] == "mine"
    assert dict(request.headers)["Content-Type"] == "application/json"
    assert "s3cret!" not in repr(hand.step)


def test_objects_that_stay_empty_are_left_out() -> None:
    template = {"a": {"b": {"c": "$client.none"}}, "d": {}, "e": ["$client.none"], "f": "$client.x", "g": "$other"}
    assert fill_template(template, object(), {"x": 0}) == {"d": {}, "f": 0, "g": "$other"}


def test_a_token_is_kept_until_shortly_before_it_expires() -> None:
    fixture = Fixture(Login(user="ann", password="s3cret!"))
    hand = fixture.hand()
    fixture.exchange(hand, {"access_token": "one", "expires_in": 1000})
    assert carried(hand.result).headers == (("X-Token", "one"),)
    assert fixture.lock.released == 1
    fixture.fake.now += 939
    assert carried(fixture.hand().result).headers == (("X-Token", "one"),)
    fixture.fake.now += 2
    hand = fixture.hand()
    fixture.exchange(hand, {"access_token": "two", "expires_in": "50"})
    assert carried(hand.result).headers == (("X-Token", "two"),)
    fixture.fake.now += 44
    assert fixture.hand().done
    fixture.fake.now += 2
    assert not fixture.hand().done


@pytest.mark.parametrize(
    ("body", "headers", "life"),
    [
        ({"until": "2023-11-14T22:15:00Z"}, {}, 100),  # the clock says 22:13:20
        ({"until": "2023-11-14T22:15:00Z"}, {"date": "Tue, 14 Nov 2023 22:14:00 GMT"}, 60),
        ({"until": "whenever"}, {}, 3600),
        ({}, {}, 3600),
        ({"expires_in": True}, {}, 3600),
        ({"expires_in": 100}, {"date": "nonsense"}, 100),
        ({"expires_in": 10**400}, {}, 10**9),
    ],
)
def test_the_life_of_a_token(body: dict[str, Any], headers: dict[str, str], life: float) -> None:
    fixture = Fixture(Login(user="ann", password="s3cret!"))
    hand = fixture.hand()
    fixture.exchange(hand, {"access_token": "one", **body}, 200, **headers)
    margin = min(60.0, life * 0.1)
    fixture.fake.now += life - margin - 1
    assert fixture.hand().done
    fixture.fake.now += 2
    assert not fixture.hand().done


def test_a_token_that_comes_expired_is_used_for_the_call_it_was_got_for() -> None:
    fixture = Fixture(Login(user="ann", password="s3cret!"))
    hand = fixture.hand()
    fixture.exchange(hand, {"access_token": "old", "until": "2001-01-01T00:00:00Z"})
    assert carried(hand.result).headers == (("X-Token", "old"),)
    assert not fixture.hand().done


def test_a_refused_token_is_exchanged_again_by_one_only() -> None:
    fixture = Fixture(Login(user="ann", password="s3cret!"))
    hand = fixture.hand()
    fixture.exchange(hand, {"access_token": "one"})
    assert fixture.auth.discard(hand.result) is False  # this very call got it, another would be not a better
    first, second = fixture.hand().result, fixture.hand().result
    assert fixture.auth.discard(first) is True
    hand = fixture.hand()
    fixture.exchange(hand, {"access_token": "two"})
    assert fixture.auth.discard(second) is True  # refused too, but somebody renewed it already
    assert carried(fixture.hand().result).headers == (("X-Token", "two"),)


def test_a_static_token_cannot_be_renewed() -> None:
    fixture = Fixture(Token("t0k"))
    assert fixture.auth.discard(fixture.hand().result) is False


def test_an_exchange_that_is_refused_names_itself() -> None:
    fixture = Fixture(Login(user="ann", password="s3cret!"))
    hand = fixture.hand()
    with pytest.raises(AuthenticationError) as caught:
        fixture.exchange(hand, {"detail": "bad s3cret!", "code": "x"}, status=401)
    assert str(caught.value) == "exchange of Login: 401 Unauthorized [x]: bad ***"
    assert caught.value.body == b""
    assert fixture.lock.released == 1


def test_an_exchange_may_have_errors_of_its_own() -> None:
    """They hold for it, and not those of the calls that it is for."""

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Strange(Login):
        exchange: ClassVar[Exchange] = replace(Login.exchange, errors=Errors(message=("$response.body#/reason",)))

    fixture = Fixture(Strange(user="ann", password="s3cret!"))
    with pytest.raises(AuthenticationError) as caught:
        fixture.exchange(fixture.hand(), {"detail": "bad", "reason": "gone"}, status=401)
    assert caught.value.vendor_message == "gone"


def test_a_password_stays_hidden_however_many_tokens_it_was_exchanged_for() -> None:
    fixture = Fixture(Login(user="ann", password="s3cret!"))
    for number in range(100):
        hand = fixture.hand()
        fixture.exchange(hand, {"access_token": f"token+{number}/=", "expires_in": 0})
    hand = fixture.hand()
    with pytest.raises(AuthenticationError) as caught:
        fixture.exchange(hand, {"detail": "bad s3cret! and token+99/= and token+0/="}, status=401)
    assert caught.value.vendor_message == "bad *** and *** and token+0/="


def test_an_exchange_can_be_refused_with_a_success_status() -> None:
    fixture = Fixture(Login(user="ann", password="s3cret!"))
    hand = fixture.hand()
    with pytest.raises(Refused):
        fixture.exchange(hand, {"status": "failed"})


@pytest.mark.parametrize("body", [b"{}", b'{"access_token": ""}', b'{"access_token": 3}', b'{"access_token": "a\\nb"}'])
def test_an_exchange_without_a_usable_token_shows_nothing_of_its_answer(body: bytes) -> None:
    hand = Fixture(Login(user="ann", password="s3cret!")).hand()
    hand.give()
    with pytest.raises(DecodeError) as caught:
        hand.give(answer(200, body))
    assert caught.value.excerpt == ""


def test_an_exchange_is_repeated_when_it_fails_for_a_moment() -> None:
    hand = Fixture(Login(user="ann", password="s3cret!")).hand()
    hand.give()
    assert isinstance(hand.give(answer(503)), Sleep)
    assert isinstance(hand.give(), Send)
    assert hand.give(answer(200, b'{"access_token": "one"}')) is None
    assert hand.done


def test_a_credential_goes_to_its_own_server_with_the_clients_region() -> None:
    fixture = Fixture(Elsewhere(user="ann", password="s3cret!"), region="north-1")
    hand = fixture.hand()
    hand.give()
    assert isinstance(hand.step, Send)
    assert hand.step.request.origin == "https://iam.north-1.example.com"
    assert "X-Own" not in dict(hand.step.request.headers)
    body = b'{"token": {"expires_at": "2023-11-15T22:13:20.5Z"}}'
    hand.give(answer(201, body, x_subject_token="subject"))
    assert carried(hand.result).headers == (("X-Token", "subject"),)


def test_a_credential_can_name_its_own_server() -> None:
    for credential, origin in (
        (Elsewhere(user="a", password="b", region="south"), "https://iam.south.example.com"),
        (Elsewhere(user="a", password="b", base_url="https://127.0.0.1:99/x"), "https://127.0.0.1:99"),
    ):
        hand = Fixture(credential, region="north").hand()
        hand.give()
        assert isinstance(hand.step, Send)
        assert hand.step.request.origin == origin


def test_a_credential_without_a_server_is_refused_by_name() -> None:
    hand = Fixture(Elsewhere(user="a", password="b")).hand()
    with pytest.raises(InvalidArgument, match=r"auth\.base_url or region has to be given"):
        hand.give()


@pytest.mark.parametrize("url", ["https://login.example/oauth2/token", "https://login.example:8443/t/"])
def test_a_token_is_fetched_where_the_credential_says(url: str) -> None:
    hand = Fixture(ClientCredentials("the id", "s3cret", token_url=url)).hand()
    hand.give()
    assert isinstance(hand.step, Send)
    assert hand.step.request.origin + hand.step.request.target == url


@pytest.mark.parametrize("url", ["/oauth/token", "ftp://login.example", "https://u:p@login.example/t", 7])
def test_a_token_is_fetched_by_http_alone(url: Any) -> None:
    with pytest.raises(InvalidArgument, match=r"auth\.token_url"):
        Fixture(ClientCredentials("the id", "s3cret", token_url=url)).hand()


def test_a_token_url_may_have_no_path() -> None:
    hand = Fixture(ClientCredentials("the id", "s3cret", token_url="https://login.example")).hand()
    hand.give()
    assert isinstance(hand.step, Send)
    assert (hand.step.request.origin, hand.step.request.target) == ("https://login.example", "/")


def test_client_credentials_are_posted_as_a_form() -> None:
    fixture = Fixture(ClientCredentials("the id", "s3cret!&"))
    hand = fixture.hand()
    hand.give()
    assert isinstance(hand.step, Send)
    request = hand.step.request
    assert request.target == "/pre/oauth/token"
    assert request.content == (
        b"grant_type=client_credentials&client_id=the+id&client_secret=s3cret%21%26&scope=read+write"
    )
    hand.give(answer(200, b'{"access_token": "jwt", "token_type": "Bearer", "expires_in": 3600}'))
    assert carried(hand.result).headers == (("Authorization", "Bearer jwt"),)


def test_a_function_is_asked_once_and_again_after_a_refusal() -> None:
    fixture = Fixture(lambda: Token("from vault"))
    hand = fixture.hand()
    assert isinstance(hand.step, AcquireLock)
    assert isinstance(hand.give(), GetCredential)
    hand.give(Token("one"))
    assert carried(hand.result).headers == (("X-Token", "one"),)
    again = fixture.hand()
    assert carried(again.result).headers == (("X-Token", "one"),)
    assert fixture.auth.discard(again.result) is True
    hand = fixture.hand()
    hand.give()
    hand.give(Token("two"))
    assert carried(hand.result).headers == (("X-Token", "two"),)


def test_a_function_that_returns_an_exchanged_credential_is_asked_at_each_renewal() -> None:
    fixture = Fixture(lambda: None)
    for number in (1, 2):
        hand = fixture.hand()
        hand.give()
        assert isinstance(hand.step, GetCredential)
        assert isinstance(hand.give(Login(user="ann", password=f"secret{number}")), Send)
        hand.give(answer(200, b'{"access_token": "t", "expires_in": 100}'))
        fixture.fake.now += 200


@pytest.mark.parametrize("returned", [None, "text", 5])
def test_a_function_that_returns_no_credential(returned: Any) -> None:
    fixture = Fixture(lambda: None)
    hand = fixture.hand()
    hand.give()
    with pytest.raises(CredentialUnavailable):
        hand.give(returned)
    assert fixture.lock.released == 1


def test_secrets_show_in_no_repr() -> None:
    for value in (
        Token("s3cret!"),
        Basic("u", "s3cret!"),
        AkSk("a", "s3cret!", "s3cret!"),
        ClientCredentials("i", "s3cret!"),
        Login(user="u", password="s3cret!"),
        Fixture(Token("s3cret!")).auth,
        headers_of(Token("s3cret!"), TOKEN),
    ):
        assert "s3cret" not in repr(value)


class _Issuer:
    """Counts how many tokens are handed out."""

    def __init__(self) -> None:
        self.exchanges = 0
        self.calls = 0
        self.good = "t1"

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/login/":
            self.exchanges += 1
            time.sleep(0.02)
            return httpx2.Response(200, json={"access_token": self.good})
        self.calls += 1
        if request.headers["X-Token"] != self.good:
            return httpx2.Response(401, json={})
        return httpx2.Response(200, json={"status": "running"})


GET: Operation[Any] = Operation(id="get", method="POST", path="/x", returns={200: "Job"})


def test_threads_share_one_exchange_and_one_renewal() -> None:
    issuer = _Issuer()
    client = SyncClient(
        VENDOR,
        base_url="https://h.example",
        auth=Login(user="a", password="s3cret!"),
        http=HttpOptions(transport=httpx2.MockTransport(issuer)),
    )
    failures: list[BaseException] = []

    def work() -> None:
        try:
            client.send(GET.call())
        except BaseException as error:
            failures.append(error)

    for good in ("t1", "t2"):
        issuer.good = good
        threads = [threading.Thread(target=work) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert failures == []
    assert issuer.exchanges == 2


@pytest.mark.parametrize("backend", ["asyncio"])
def test_tasks_share_one_exchange_and_one_renewal(backend: str) -> None:
    issuer = _Issuer()

    async def main() -> None:
        client = AsyncClient(
            VENDOR,
            base_url="https://h.example",
            auth=Login(user="a", password="s3cret!"),
            http=HttpOptions(transport=httpx2.MockTransport(issuer)),
        )
        async with client:
            for good in ("t1", "t2"):
                issuer.good = good
                async with anyio.create_task_group() as group:
                    for _ in range(12):
                        group.start_soon(client.send, GET.call())

    anyio.run(main, backend=backend)
    assert issuer.exchanges == 2


def test_functions_sync_and_async() -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json={"status": request.headers["X-Token"]})

    async def get_credential() -> Token:
        await anyio.sleep(0)
        return Token("asked")

    async def main() -> None:
        for source in (get_credential, lambda: Token("asked")):
            async with AsyncClient(
                VENDOR,
                base_url="https://h.example",
                auth=source,
                http=HttpOptions(transport=httpx2.MockTransport(handler)),
            ) as client:
                assert (await client.send(GET.call())).body.status == "asked"

    anyio.run(main)
    with (
        SyncClient(
            VENDOR,
            base_url="https://h.example",
            auth=get_credential,
            http=HttpOptions(transport=httpx2.MockTransport(handler)),
        ) as client,
        pytest.raises(InvalidArgument, match="async"),
    ):
        client.send(GET.call())


def test_a_function_that_raises_is_the_librarys_error() -> None:
    def broken() -> Token:
        raise RuntimeError("vault is sealed")

    async def broken_too() -> Token:
        raise RuntimeError("vault is sealed")

    options = HttpOptions(transport=httpx2.MockTransport(lambda _: httpx2.Response(200)))
    client = SyncClient(VENDOR, base_url="https://h.example", auth=broken, http=options)
    with pytest.raises(CredentialUnavailable) as caught:
        client.send(GET.call())
    assert isinstance(caught.value.__cause__, RuntimeError)

    async def main() -> None:
        client = AsyncClient(VENDOR, base_url="https://h.example", auth=broken_too, http=options)
        with pytest.raises(CredentialUnavailable):
            await client.send(GET.call())

    anyio.run(main)


def test_an_error_of_the_library_in_a_function_stays_itself() -> None:
    def get_credential() -> Token:
        raise JobClientsError("no vault today")

    client = SyncClient(VENDOR, base_url="https://h.example", auth=get_credential)
    with client, pytest.raises(JobClientsError, match="no vault today"):
        client.send(GET.call())
