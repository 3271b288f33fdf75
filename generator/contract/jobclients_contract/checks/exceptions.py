"""ER5 to ER7: how long a vendor asks to wait, what an exception's text may show, and exceptions that travel."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import time
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Final

from jobclients_contract.cases import Contract, Json, Operation, usual
from jobclients_contract.failure import Check, both, expect, refuse
from jobclients_contract.judging.expectation import MOST_BODY, expected, failures, statuses
from jobclients_contract.playing.bodies import calls, chief, completed, promised, success
from jobclients_contract.playing.driver import error_class
from jobclients_contract.playing.loopback import CLOSE
from jobclients_contract.playing.stage import Outcome, Stage, StillClock, in_memory, on_the_wire
from jobclients_contract.reading.marked import secrets_in
from jobclients_contract.reading.media_types import is_json
from jobclients_contract.reading.places import Reply, error_places, filled, header_of, in_body, is_object

_NOW: Final = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
_TIMEOUT: Final = 20
_A_WAIT: Final = 0.01
_MOST_TEXT: Final = 2_000
_LONG: Final = 10_000
_UNSEEN: Final = "never-seen-before"
_SECRET_WORDS: Final = frozenset(("password", "client_secret", "access_token", "apiKey", "Authorization"))
_FORGING: Final = "\n\r\t\x00\x1b[31m\x7f\x85\u2028\u2029\u202e\u2066"


def _dated(seconds: int, form: str = "") -> str:
    moment = _NOW + timedelta(seconds=seconds)
    return moment.strftime(form) if form else format_datetime(moment, usegmt=True)


_WAITS: Final[dict[str, float | None]] = {
    "0": 0.0,
    "7": 7.0,
    " 7 ": 7.0,
    "3600": 3600.0,
    "999999999": 999_999_999.0,
    _dated(9): 9.0,
    _dated(9, "%A, %d-%b-%y %H:%M:%S GMT"): 9.0,
    _dated(9, "%a %b %d %H:%M:%S %Y"): 9.0,
    _dated(86_400): 86_400.0,
    _dated(0): None,
    _dated(-60): None,
    "-5": None,
    "1.5": None,
    "1e3": None,
    "": None,
    "soon": None,
    "7 seconds": None,
    "Mon, 99 Foo 2027 99:99:99 GMT": None,
    "9" * 40: None,
    "9" * 5_000: None,
    "\N{ARABIC-INDIC DIGIT SEVEN}": None,
}
"""Values of Retry-After, and the seconds that each asks for; None for one that cannot be obeyed."""


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    for operation in chief(contract):
        yield from _retry_after(contract, operation)
    for operation in calls(contract):
        yield from _text(contract, operation)
        yield from _travelling(contract, operation)


def _retry_after(contract: Contract, operation: Operation) -> Iterator[Check]:
    """ER5: what the vendor asks for is told and obeyed, within the time of the call."""
    good = success(contract, operation)

    def told(mode: str) -> None:
        for status in (429, 503):
            for value, seconds in _WAITS.items():
                reply = Reply(status, b"", {"Retry-After": value})
                outcome, clock = _waited(contract, mode, operation, 1, reply, good)
                if seconds is not None and seconds >= _TIMEOUT:
                    expect([], clock.slept, f"Retry-After {value!r} is beyond the deadline: waits", curl=outcome.curl)
                    expect(seconds, getattr(outcome.error, "retry_after", None), f"Retry-After {value!r} is told")
                    continue
                expect(2, outcome.requests, f"Retry-After {value[:50]!r}: requests", curl=outcome.curl)
                expect(None, outcome.error, f"Retry-After {value[:50]!r}: the second answer counts")
                # Half of a first wait of half a second where the vendor's wish cannot be read: chance is fixed here.
                if seconds is not None:
                    expect([seconds], clock.slept, f"Retry-After {value!r}: waits", curl=outcome.curl)
                elif not 0 < clock.slept[0] <= 1:
                    refuse(f"Retry-After {value[:50]!r} is not obeyed, but there is a wait", "0 to 1", clock.slept)
                last, _ = _waited(contract, mode, operation, 0, reply)
                expect(seconds, getattr(last.error, "retry_after", 0), f"Retry-After {value[:50]!r} is told")

    def capped(mode: str) -> None:
        busy = Reply(503, b"", {"Retry-After": "8"})
        outcome, clock = _waited(contract, mode, operation, 9, busy)
        expect([8.0, 8.0], clock.slept, "waits that the deadline has room for", curl=outcome.curl)
        wanted = expected(contract, operation, busy).kind
        expect(error_class(contract, wanted), type(outcome.error), "the last failure is told")

    def growing(mode: str) -> None:
        for chance in (0.0, 0.999):
            _, clock = _waited(contract, mode, operation, 8, Reply(503), chance=chance, timeout=1_000.0)
            expect(8, len(clock.slept), "waits")
            if chance == 0.0:
                expect([0.0] * 8, clock.slept, "chance goes down to no wait at all")
            elif clock.slept != sorted(clock.slept) or clock.slept[3] < 4 * clock.slept[0] or clock.slept[-1] > 60:
                refuse("waits grow with each repetition, up to a minute at most", "growing waits", clock.slept)

    def waited(mode: str) -> None:
        clock = dataclasses.replace(StillClock(0.1).of(contract), monotonic=time.monotonic, wall=time.time, sleep=None)
        with in_memory(contract, mode, retries=1, clock=clock) as stage:
            begun = time.monotonic()
            expect(None, stage.ask(operation, Reply(503), good).error, "the second answer counts")
            if (took := time.monotonic() - begun) < _A_WAIT:
                refuse("the client waits by the machine's own clock", f"at least {_A_WAIT} seconds", took)

    acts = {"Retry-After": told, "deadline": capped, "growing waits": growing, "real waits": waited}
    for subject, act in acts.items():
        if operation.repeatable:
            yield from both(contract, "ER5", operation.method, subject, operation.where, act)


def _waited(
    contract: Contract,
    mode: str,
    operation: Operation,
    retries: int,
    *replies: Reply,
    chance: float = 0.5,
    timeout: float = _TIMEOUT,
) -> tuple[Outcome, StillClock]:
    clock = StillClock(chance, _NOW.timestamp())
    with in_memory(contract, mode, retries=retries, timeout=timeout, clock=clock.of(contract)) as stage:
        return stage.ask(operation, *replies), clock


def _secrets_sent(contract: Contract, operation: Operation) -> list[str]:
    """Secrets that a call carries: those of the client's credentials, and of the arguments."""
    found = [secret for credential in usual(contract.credentials) for secret in credential.secrets]
    for argument in operation.arguments:
        if argument.name in operation.least:
            found += [text for _, text in secrets_in(contract, argument.schema, argument.value)]
    return found


def _text(contract: Contract, operation: Operation) -> Iterator[Check]:
    """ER6: exceptions hold no secret that an answer sends back, no end of text, and nothing that forges lines."""

    def act(mode: str) -> None:
        secrets = _secrets_sent(contract, operation)
        with in_memory(contract, mode) as stage:
            for reply in _echoes(contract, operation, " ".join(secrets)):
                outcome = stage.ask(operation, reply)
                if outcome.error is None:
                    refuse("an answer that fits nothing raised nothing", "an exception", outcome.value)
                _expect_harmless(contract, outcome.error, secrets)
            for reply in _unseen(contract, operation):
                outcome = stage.ask(operation, reply)
                shown = (str(outcome.error), getattr(outcome.error, "body", b"").decode(), repr(outcome.error))
                if outcome.error is None or any(_UNSEEN in text for text in shown):
                    refuse("what is called secret is in the exception", "***", shown, curl=outcome.curl)

    yield from both(contract, "ER6", operation.method, "text", operation.where, act)


def _unseen(contract: Contract, operation: Operation) -> Iterator[Reply]:
    """Errors, and successes that are none, with a text under each key that is called secret, or is called like one."""
    named = {name for schema in contract.schemas.values() for name in _secret_keys(contract, schema)}
    body: Json = dict.fromkeys(sorted(named | _SECRET_WORDS), _UNSEEN)
    for status in (400, 418, 500):
        yield Reply.of(status, body)
    if promised(operation.success) == "json":
        good = success(contract, operation)
        yield Reply(good.status, Reply.of(200, body).body[:-1], good.headers)


def _secret_keys(contract: Contract, schema: Json) -> Iterator[str]:
    """The properties of a schema that it calls secret."""
    if is_object(schema):
        properties = schema.get("properties")
        for name, rules in properties.items() if is_object(properties) else ():
            if any(True for _ in secrets_in(contract, rules, "text")):
                yield name
        for inner in schema.values():
            yield from _secret_keys(contract, inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _secret_keys(contract, inner)


def _echoes(contract: Contract, operation: Operation, secret: str) -> Iterator[Reply]:
    """Errors, and successes that are none, which send back secrets, too much, and control characters."""
    words = f"no {secret} {_FORGING} 'quoted' {secret}" + "ü" * _LONG
    headers = {header_of(place): f"id {secret} {'x' * 5_000}" for place in error_places(contract, "request_id")}
    headers = {name: value for name, value in headers.items() if name}
    body: Json = {"token": secret, "echo": [secret]}
    for about in ("code", "message", "request_id"):
        for place in filter(in_body, error_places(contract, about)):
            body = filled(body, place, words)
    page = f"<html>{secret}{words}".encode()
    for answer in failures(operation):
        for status in statuses(operation, answer)[:1]:
            told = completed(contract, answer.schema, body) if is_json(answer.media_type) else body
            yield Reply.of(status, told, **headers)
            yield Reply(status, page, {"Content-Type": "text/html"})
    yield Reply(302, page, {"Content-Type": "text/html", "Location": f"https://elsewhere.example/{secret}"})
    yield Reply(418, page, {"Content-Type": "text/html"})
    if promised(operation.success) == "json":
        status = success(contract, operation).status
        yield Reply(status, page, {"Content-Type": f'text/html; a="{secret}"; b="{"x" * 5_000}"'})
        yield Reply(status, page, {"Content-Type": "application/json"})
        yield Reply(status, f'"{secret}{words}'.encode(), {"Content-Type": "application/json"})


def _expect_harmless(contract: Contract, error: Exception, secrets: list[str]) -> None:
    held: Any = error
    shown = {"str": str(error), "repr": repr(error), "facts": repr(vars(error))}
    shown["traceback"] = "".join(traceback.format_exception(error))
    shown["pickle"] = pickle.dumps(error).decode("latin-1")
    for name, text in shown.items():
        if found := [secret for secret in secrets if secret in text]:
            refuse(f"a secret is in the exception's {name}", "***", f"{len(found)} secrets in {type(error).__name__}")
    for name in ("str", "repr"):
        if len(shown[name]) > _MOST_TEXT:
            refuse(f"the exception's {name} is too long", f"{_MOST_TEXT} characters", f"{len(shown[name])} characters")
        if forged := [mark for mark in _FORGING if not mark.isprintable() and mark in shown[name]]:
            refuse(f"the exception's {name} has characters that forge lines", [], forged)
    for name in ("code", "vendor_message", "request_id", "excerpt", "content_type"):
        text = getattr(held, name, None) or ""
        if len(text) > _MOST_TEXT or any(mark in text for mark in "\n\r\x00\x1b\u2028\u202e"):
            refuse(f"the exception's {name} is too long, or forges lines", f"{_MOST_TEXT} characters", text[:200])
    if isinstance(error, error_class(contract, "ApiError")) and len(held.body) > MOST_BODY:
        refuse("the exception keeps too much of the body", MOST_BODY, len(held.body))


def _travelling(contract: Contract, operation: Operation) -> Iterator[Check]:
    """ER7: exceptions keep class and facts through pickles and copies."""

    def act(mode: str) -> None:
        with in_memory(contract, mode) as stage:
            for error in _raised(contract, operation, stage):
                _expect_same(error)

    def transport(mode: str) -> None:
        with on_the_wire(contract, mode) as stage:
            for told in (b"HTTP/1.1 2", b"SSH-2.0\r\n\r\n"):
                error = stage.ask(operation, (told, CLOSE)).error
                if not isinstance(error, error_class(contract, "TransportError")):
                    refuse("a broken answer is an error of the transport", "TransportError", repr(error))
                _expect_same(error)

    yield from both(contract, "ER7", operation.method, "travelling", operation.where, act)
    if [operation] == chief(contract):
        yield from both(contract, "ER7", operation.method, "transport", operation.where, transport)


def _raised(contract: Contract, operation: Operation, stage: Stage) -> Iterator[Exception]:
    """One exception of each kind that answers of an operation lead to."""
    replies = [Reply(418), Reply(302), Reply(429, b"", {"Retry-After": "5"})]
    for answer in failures(operation):
        body = answer.examples[0].value if answer.examples else completed(contract, answer.schema)
        replies += [Reply.of(status, body) for status in statuses(operation, answer)]
    if promised(operation.success) == "json":
        replies.append(Reply(success(contract, operation).status, b"{", {"Content-Type": "application/json"}))
    for reply in replies:
        error = stage.ask(operation, reply).error
        if not isinstance(error, error_class(contract, "JobClientsError")):
            refuse(f"a {reply.status} is an exception of the library", "JobClientsError", repr(error))
        yield error
    unknown = _refused_argument(stage, operation)
    if not isinstance(unknown, error_class(contract, "InvalidArgument")):
        refuse("a client that is closed refuses", "InvalidArgument", repr(unknown))
    yield unknown


def _refused_argument(stage: Stage, operation: Operation) -> Exception | None:
    stage.client.close()
    return stage.ask(operation, Reply(200)).error


def _expect_same(error: Exception) -> None:
    copies = [pickle.loads(pickle.dumps(error, protocol)) for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)]  # noqa: S301 - our own
    for twin in (*copies, copy.copy(error), copy.deepcopy(error)):
        if type(twin) is not type(error):
            refuse("a copy is of another class", type(error).__name__, repr(twin))
        expect(vars(error), vars(twin), f"facts of a copied {type(error).__name__}")
        expect((str(error), repr(error), error.args), (str(twin), repr(twin), twin.args), "text of the copy")
    if not repr(error).startswith(f"{type(error).__name__}("):
        refuse("the repr names the class", type(error).__name__, repr(error))
