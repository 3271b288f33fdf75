"""Secrets show nowhere but where they are sent: no text, no log, no event, no drift and no error has one."""

from __future__ import annotations

import base64
import json
import logging
import pickle
import pprint
import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from jobclients_contract.harness.loopback import CLOSE, RESET, Request, Script, scripted
from jobclients_core import (
    AkSk,
    Basic,
    ClientCredentials,
    Conflict,
    DecodeError,
    Drift,
    Event,
    InvalidArgument,
    JobClientsError,
    Token,
)

from .support import DONE, Play, failure, raised

HEAD, TAIL = "s3cretHEAD", "s3cretTAIL"
SECRET = f'{HEAD}"/\\+%&=~{TAIL}'
"""A secret with all that has to be escaped somewhere; its two ends are the same in every spelling."""

BASE64 = base64.b64encode(f"user:{SECRET}".encode()).decode()


def repeated(*secrets: str) -> str:
    """What a vendor repeats: each secret as it is, in JSON and in a URL."""
    return " and ".join(text for one in secrets for text in (one, json.dumps(one)[1:-1], quote(one, safe="")))


def shown(thing: object) -> str:
    """All that an object shows of itself, and its pickle."""
    texts = [repr(thing), str(thing), f"{thing}", pprint.pformat(thing), repr(getattr(thing, "__dict__", ""))]
    with suppress(Exception):  # what cannot be pickled shows nothing there
        texts.append(pickle.dumps(thing).decode("latin-1"))
    return "\n".join(texts)


def shown_by_error(error: BaseException, *, variables: bool = True) -> str:
    """All that an error and its causes show, with the variables of each frame outside of these tests if asked for."""
    texts: list[str] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None:
            continue
        trace = traceback.TracebackException.from_exception(one, capture_locals=variables)
        ours = str(Path(__file__).parents[1])
        trace.stack = traceback.StackSummary.from_list(
            [frame for frame in trace.stack if not frame.filename.startswith(ours)]
        )
        trace.__cause__ = trace.__context__ = None
        texts += [*trace.format(), shown(one), repr(one.args)]
        for value in vars(one).values():
            texts.append(value.decode("utf-8", "replace") if isinstance(value, bytes) else shown(value))
        waiting += [one.__cause__, one.__context__]
    return "\n".join(texts)


def hidden(*texts: str) -> None:
    """Nothing of a secret is in any text."""
    for text in texts:
        for mark in (HEAD, TAIL, BASE64):
            place = text.find(mark)
            assert place < 0, text[max(0, place - 200) : place + 60]


class Logged(logging.Handler):
    """Keeps whatever any logger says, at every level."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.getMessage()} {vars(record)!r} {record.exc_text or ''}")


@pytest.fixture(autouse=True)
def logged() -> Generator[list[str]]:
    """Whatever happens in a test here, no log record shows a secret."""
    kept = Logged()
    loggers = [logging.getLogger(name) for name in ("jobclients", "httpcore2", "httpx2", "asyncio")]
    before = [(logger, logger.level) for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    logging.getLogger().addHandler(kept)
    yield kept.lines
    logging.getLogger().removeHandler(kept)
    for logger, level in before:
        logger.setLevel(level)
    hidden(*kept.lines)


CREDENTIALS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "Token": ("get_by_header", lambda _: Token(SECRET)),
    "Basic": ("get_by_basic", lambda _: Basic("user", SECRET)),
    "AkSk": ("post_signed", lambda _: AkSk("access", SECRET, f"{SECRET}2")),
    "ClientCredentials": ("get_by_machine", lambda _: ClientCredentials("client", SECRET)),
    "PinCode": ("get_by_bearer", lambda module: module.PinCode(pin=SECRET)),
    "DayPass": ("get_by_query", lambda module: module.DayPass(pass_word=SECRET)),
    "Stamp": ("get_by_cookie", lambda module: module.Stamp(ink=SECRET)),
}


class Vendor:
    """Hands out tokens, and answers calls and exchanges as a test chooses.

    Attributes:
        call: the response to a call.
        exchange: the response to an exchange; a token where None.
    """

    call: Script = DONE
    exchange: Script | None = None

    def answer(self, request: Request) -> Script:
        token = f"{SECRET}-token"
        tokens = {
            "/login/pin": scripted({"ok": True, "made": {"token": token}}),
            "/login/pass": scripted({}, 201, X_Day_Token=token),
            "/login/stamp": scripted({"token": token}),
            "/oauth/token": scripted({"access_token": token}),
        }
        return self.exchange or tokens[request.target] if request.target in tokens else self.call


@contextmanager
def secretly(play: Play, name: str) -> Generator[tuple[Vendor, Any, str]]:
    """A client with a secret credential, its vendor, and a method that needs the credential."""
    method, make = CREDENTIALS[name]
    auth, vendor = make(play.kitchen.module), Vendor()
    events: list[Event] = []
    drifts: list[Drift] = []
    with play(by=vendor.answer, auth=auth, observer=events.append, on_drift=drifts.append) as (_, client):
        yield vendor, client, method
    assert events
    hidden(repr(auth), str(auth), shown(events), shown(drifts))


@pytest.mark.parametrize("name", CREDENTIALS)
def test_clients_and_credentials_do_not_show_themselves(play: Play, name: str) -> None:
    with secretly(play, name) as (_, client, method):
        getattr(client, method)()
        parts = vars(getattr(client, "client", client))
        hidden(shown(client), *map(shown, parts.values()))


def echoes(text: str) -> Iterator[tuple[str, Script]]:
    """Responses that repeat a text in every way in which a response can go wrong."""
    words = dict.fromkeys(("message", "code", "reason", "trace", "why", text), text)
    words |= {"error": {"code": text, "message": text}}  # type: ignore[dict-item]
    header = text.encode().decode("latin-1")
    for status in (200, 400, 401, 403, 409, 418, 429, 500, 503):
        yield f"words with {status}", scripted(words, status, X_Trace=header, X_Code=header)
    yield "a refusal", scripted({"refused": True, "why": text, "reason_code": text})
    yield "a page", scripted(f"<p>{text}</p>".encode(), Content_Type="text/html")
    yield "an error page", scripted(f"<p>{text}</p>".encode(), 502, Content_Type="text/html")
    yield "a truncated body", scripted(f'{{"status": {json.dumps(text)}'.encode())
    yield "a list", scripted([text, [text]])
    yield "a media type", scripted(b"{}", Content_Type=header)
    yield "a character set", scripted(b'"\xff"', Content_Type=f"application/json; charset={header}")
    yield "an encoding", scripted(b"{}", 500, Content_Encoding=header)
    yield "no gzip", scripted(text.encode(), Content_Encoding="gzip")
    yield "a redirect", scripted(b"", 302, Location=f"/elsewhere?{header}")
    yield "a reason", (f"HTTP/1.1 500 {text}\r\nContent-Length: 0\r\n\r\n".encode(),)
    yield "no HTTP", (text.encode(), CLOSE)
    yield "a status", (f"HTTP/1.1 {text}\r\n\r\n".encode(), CLOSE)
    yield "a broken field", (f"HTTP/1.1 200 OK\r\nbad header {text}\r\n\r\n".encode(), CLOSE)
    yield "a broken length", (f"HTTP/1.1 200 OK\r\nContent-Length: {text}\r\n\r\n".encode(), CLOSE)
    yield "a broken chunk", (f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{text}\r\n".encode(), CLOSE)
    yield "a lost body", (f"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{text}".encode(), 0.001, RESET)


def expect_hidden(vendor: Vendor, client: Any, method: str, kind: str, *secrets: str) -> None:
    """However a vendor repeats the secrets in its responses of a kind, the error does not show them."""
    for about, script in echoes(repeated(*secrets)):
        setattr(vendor, kind, script)
        try:
            getattr(client, method)()
        except JobClientsError as error:
            hidden(shown_by_error(error))
        else:
            assert about == "words with 200", about


@pytest.mark.parametrize("name", CREDENTIALS)
def test_errors_do_not_show_a_credential_that_is_repeated(play: Play, name: str) -> None:
    """Nor the token that was got for it; in any spelling, and in no variable of a traceback."""
    with secretly(play, name) as (vendor, client, method):
        getattr(client, method)()
        further = {"Basic": BASE64, "AkSk": f"{SECRET}2"}.get(name, f"{SECRET}-token")
        expect_hidden(vendor, client, method, "call", SECRET, further)


@pytest.mark.parametrize("name", ["ClientCredentials", "PinCode", "DayPass", "Stamp"])
def test_errors_of_exchanges_do_not_show_the_credential(play: Play, name: str) -> None:
    with secretly(play, name) as (vendor, client, method):
        expect_hidden(vendor, client, method, "exchange", SECRET)


def test_errors_of_exchanges_show_nothing_of_what_may_be_a_token(play: Play) -> None:
    """It may be at a place that nobody knows."""
    with secretly(play, "PinCode") as (vendor, client, method):
        for body in ({"elsewhere": SECRET}, {"ok": True, "made": SECRET}, [SECRET]):
            vendor.exchange = scripted(body)
            hidden(shown_by_error(failure(getattr(client, method))))


# What the specification calls secret.


def test_secret_arguments(play: Play) -> None:
    """In the query, in bodies, in forms: no error repeats one, nor one about an argument that cannot be sent."""
    acts: list[Callable[[Any], object]] = [
        lambda client: client.search(id=1, secret=SECRET),
        lambda client: client.place_order(dish="d", table=1, card=SECRET),
        lambda client: client.enter_pin(pin=SECRET),
        lambda client: client.show_pass(word=SECRET),
    ]
    vendor = Vendor()
    with play(by=lambda _: vendor.call) as (_, client):
        for act, (_, vendor.call) in product(acts, echoes(repeated(SECRET))):
            try:
                act(client)
            except JobClientsError as error:
                # The caller's own frames, the method's among them, have the arguments in their variables.
                hidden(shown_by_error(error, variables=False))
        for wrong in (lambda: client.search(id=1, secret=f"{SECRET}\ud800"), lambda: client.enter_pin(pin=[SECRET])):
            hidden(shown_by_error(raised(InvalidArgument, wrong), variables=False))


def test_results_keep_their_secrets(play: Play) -> None:
    """They give one when asked, and do not show it by themselves."""
    body = {"id": 7, "name": "soup", "state": "raw", "card": SECRET}
    with play(scripted(body), scripted({"number": "a", "pin": SECRET}), scripted({}, 201, X_Day_Token=SECRET)) as (
        _,
        client,
    ):
        dish, ticket, handed = client.get_dish(), client.get_ticket(), client.show_pass()

    assert (SECRET, SECRET, SECRET) == (dish.card, ticket.body.pin, handed.headers["X-Day-Token"])
    assert SECRET == json.loads(dish.model_dump_json())["card"]
    for result in (dish, ticket, ticket.body, handed):
        hidden(repr(result), str(result), f"{result}", repr([result]), pprint.pformat(result))
    assert "card='***'" in repr(dish)


@pytest.mark.parametrize(
    "body",
    [
        {"card": SECRET},
        {"id": 7, "name": "n", "state": "raw", "card": {SECRET: SECRET}},
        {"id": 7, "name": "n", "state": "raw", "card": [SECRET, [SECRET]]},
        {"elsewhere": {"card": SECRET, "id": [{"my_password": SECRET}]}},
        [{"card": SECRET}],
    ],
)
def test_a_body_that_does_not_fit_keeps_its_secrets(play: Play, body: Any) -> None:
    """Below a key that the specification calls secret, or that sounds like one, whatever is there; cut off too."""
    drifts: list[Drift] = []
    whole = json.dumps(body).encode()
    with play(scripted(body), scripted(whole[:-2]), scripted(body, 409), on_drift=drifts.append) as (_, client):
        hidden(*(shown_by_error(raised(DecodeError, client.get_dish), variables=False) for _ in range(2)))
        error = raised(Conflict, client.get_dish)

    hidden(str(error), repr(error), error.body.decode(), shown(drifts))
    assert drifts


def test_the_body_of_an_error_hides_what_is_documented_as_secret(play: Play) -> None:
    """It gives it when asked."""
    with play(scripted({"card": SECRET}, 409)) as (_, client):
        error = raised(Conflict, client.get_dish)

    assert SECRET == error.problem.card
    hidden(repr(error.problem), repr(vars(error)))


@pytest.mark.parametrize("place", ["a new word", "a new key", "a new code", "another type"])
def test_drift_does_not_show_a_secret(play: Play, place: str) -> None:
    """An unknown word that holds the client's own credential, plain or encoded, is told without it."""
    drifts: list[Drift] = []
    for word in (SECRET, f"was {SECRET}", quote(SECRET, safe=""), BASE64, SECRET.encode().hex(), SECRET.lower()):
        dish = {"id": 7, "name": "soup", "state": "raw"}
        scripts: dict[str, Script] = {
            "a new word": scripted(dish | {"state": word, "states": [word]}),
            "a new key": scripted(dish | {word: {word: word}}),
            "a new code": scripted({"error": {"code": word}}, 409),
            "another type": scripted(dish | {"level": word, "rfc": word}),
        }
        with play(scripts[place], auth=Token(SECRET), on_drift=drifts.append) as (_, client), suppress(JobClientsError):
            client.get_dish()

    assert 6 <= len(drifts)
    told = shown(drifts)
    hidden(told)
    for trace in (SECRET.encode().hex(), HEAD.lower()):
        assert trace not in told
