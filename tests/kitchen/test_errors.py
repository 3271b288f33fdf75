"""What the vendor's errors become: classes, codes, words, rules, refusals, and what is repeated after which wait."""

from __future__ import annotations

import copy
import json
import pickle
import time
from email.utils import formatdate
from typing import Any

import pytest
from jobclients_contract.harness.loopback import CLOSE, Script, loopback, scripted
from jobclients_core import (
    ApiError,
    AuthenticationError,
    BadRequest,
    Conflict,
    ConnectionLost,
    DecodeError,
    InvalidArgument,
    JobClientsError,
    NotFound,
    PermissionDenied,
    ProtocolViolation,
    RateLimited,
    Refused,
    ServerError,
    UnexpectedStatus,
)
from jobclients_core.flow import Clock

from .support import Play, Still, failure, options, raised

DISH = scripted({"id": 7, "name": "soup", "state": "raw"})
TICKET = scripted({"number": "a"})


def problem(status: int, code: str = "", message: str = "", **more: Any) -> Script:
    """An error as it is documented."""
    return scripted({"error": {"code": code, "message": message}, **more}, status)


STATUSES: list[tuple[str, int, type[ApiError]]] = [
    *(("get_dish", status, kind) for status, kind in ((400, BadRequest), (401, AuthenticationError), (404, NotFound))),
    *(("get_dish", status, kind) for status, kind in ((403, PermissionDenied), (409, Conflict), (429, RateLimited))),
    *(("get_dish", status, BadRequest) for status in (402, 405, 412, 418, 422, 499)),  # 4XX is documented
    *(("get_ticket", status, UnexpectedStatus) for status in (402, 405, 412, 418, 422, 499)),  # and here it is not
    ("get_either", 418, BadRequest),  # default
    *(("get_dish", status, ServerError) for status in (500, 502, 503, 504, 511, 599)),
    *(("get_dish", status, UnexpectedStatus) for status in (201, 202, 204, 206, 226, 300, 304, 305, 600, 999)),
    ("smell_dish", 404, NotFound),
    ("smell_dish", 500, ServerError),
]


@pytest.mark.parametrize(("method", "status", "kind"), STATUSES)
def test_each_status_has_its_class(play: Play, method: str, status: int, kind: type[ApiError]) -> None:
    """Documented or not, and whatever the body is."""
    bodies: list[Any] = [b"", b"{", b"[]", b"null", b"\xff", {"error": "no object"}, {"error": {"code": []}}]
    if status == 204 or method == "smell_dish":
        bodies = [b""]
    scripts = [scripted(body, status) for body in bodies]
    with play(*scripts) as (server, client):
        errors = [raised(kind, getattr(client, method)) for _ in scripts]

    assert [(method, status, None, None)] * len(scripts) == [
        (error.operation, error.status, error.code, error.vendor_message) for error in errors
    ]
    assert len(scripts) == len(server.requests)


def test_a_redirect_is_not_followed(play: Play) -> None:
    with loopback() as elsewhere:
        places = (f"{elsewhere.url}/x", f"//{elsewhere.host}/x", "/x", "", "javascript:alert(1)")
        cases = [(status, place) for status in (301, 302, 303, 307, 308) for place in places]
        with play(*(scripted(b"", status, Location=place) for status, place in cases)) as (server, client):
            errors = [raised(UnexpectedStatus, client.get_dish) for _ in cases]

        assert [] == elsewhere.requests
    assert ["GET /dish"] * len(cases) == server.lines
    said = "get_dish: 301 Moved Permanently: a redirect, which is not followed"
    assert f"{said}; it leads to {elsewhere.url}/x (is base_url right?)" == str(errors[0])
    assert [said, said] == [str(errors[1]), str(errors[2])]


def test_what_the_vendor_said(play: Play) -> None:
    """Its code, its words, the id of the request, the body as it is documented; and all of it in one line."""
    with play(problem(404, "K.404", "No soup.\nNone.", trace="t-1", card="4711-0815", new=1)) as (_, client):
        error = raised(NotFound, client.get_dish)

    assert ("K.404", "No soup. None.", "t-1", 404) == (
        error.code,
        error.vendor_message,
        error.request_id,
        error.status,
    )
    assert "get_dish: 404 Not Found [K.404]: No soup. None." == str(error)
    assert ("No soup.\nNone.", 1, "4711-0815") == (
        error.problem.error.message,
        error.problem.model_extra["new"],
        error.problem.card,
    )
    assert b'{"error": {"code": "K.404", "message": "No soup.\\nNone."}, "trace": "t-1", "card": "***", "new": 1}' == (
        error.body
    )


PLACES: dict[str, tuple[dict[str, Any], dict[str, str], tuple[str | None, str | None, str | None]]] = {
    "nowhere": ({}, {}, (None, None, None)),
    "the first ones": (
        {"error": {"code": "a", "message": "b"}, "code": "c", "message": "d", "trace": "e"},
        {"X_Trace": "f", "X_Code": "g"},
        ("a", "b", "f"),
    ),
    "the second ones": ({"code": "c", "message": "d", "trace": "e"}, {"X_Code": "g"}, ("c", "d", "e")),
    "a header field": ({"error": {"code": None}}, {"x_code": "g"}, ("g", None, None)),
    "the field that every vendor may have": ({}, {"X_Request_Id": "h"}, (None, None, "h")),
    "its own field first": ({}, {"X_Request_Id": "h", "X_Trace": "f"}, (None, None, "f")),
    "numbers": ({"code": 4711, "message": 0, "trace": 1.5}, {}, ("4711", "0", "1.5")),
    "empty ones": ({"error": {"code": "", "message": ""}, "code": "c", "message": "d"}, {}, ("c", "d", None)),
    "objects": ({"error": {"code": {}, "message": []}, "code": True}, {}, ("true", None, None)),
}


@pytest.mark.parametrize(("body", "headers", "expected"), PLACES.values(), ids=PLACES)
def test_the_first_place_that_is_there_counts(
    play: Play, body: dict[str, Any], headers: dict[str, Any], expected: tuple[str | None, ...]
) -> None:
    with play(scripted(body, 409, **headers)) as (_, client):
        error = raised(Conflict, client.get_dish)

    assert expected == (error.code, error.vendor_message, error.request_id)


RULES: dict[str, tuple[int, str, type[ApiError], bool]] = {
    "a code of a status": (400, "K.404", NotFound, False),
    "the other code": (422, "K.405", NotFound, False),
    "the code at another status": (409, "K.404", Conflict, False),
    "another code": (400, "K.406", BadRequest, False),
    "the code in another case": (400, "k.404", BadRequest, False),
    "a class of statuses": (418, "K.401", AuthenticationError, False),
    "another class": (500, "K.401", ServerError, False),
    "a code at any status": (400, "K.busy", RateLimited, True),
    "a code at another": (500, "K.busy", RateLimited, True),
    "transient by status": (503, "", ServerError, True),
    "not transient by rule": (503, "K.closed", ServerError, False),
    "a status alone": (451, "anything", PermissionDenied, False),
    "the first rule that fits": (451, "K.401", AuthenticationError, False),
    "not transient by status": (500, "", ServerError, False),
    **{f"transient {status}": (status, "", kind, True) for status, kind in ((429, RateLimited), (504, ServerError))},
}


@pytest.mark.parametrize(("status", "code", "kind", "transient"), RULES.values(), ids=RULES)
def test_rules_correct_what_the_status_says(
    play: Play, status: int, code: str, kind: type[ApiError], transient: bool
) -> None:
    """The first rule that fits decides the class, and whether to try again."""
    still = Still()
    http = options(retries=2, clock=still.clock())
    with play(by=lambda _: problem(status, code), http=http) as (server, client):
        error = raised(kind, client.get_dish)

    assert (status, code or None, transient) == (error.status, error.code, error.transient)
    assert (3 if transient else 1) == len(server.requests)
    assert ([0.25, 0.5] if transient else []) == still.slept


REFUSALS: dict[str, tuple[dict[str, Any], bool]] = {
    "yes": ({"success": True}, False),
    "yes in a text": ({"success": "true"}, False),
    "nothing said": ({"value": 1}, False),
    "no": ({"success": False}, True),
    "no in a text": ({"success": "false"}, True),
    "one is not true": ({"success": 1}, True),
    "null is not true": ({"success": None}, True),
    "errors": ({"errors": ["e"]}, True),
    "an error": ({"errors": {"a": "b"}}, True),
    "a word": ({"errors": "e"}, True),
    "a number": ({"errors": 0}, True),
    "no errors": ({"errors": []}, False),
    "no error": ({"errors": {}}, False),
    "no word": ({"errors": ""}, False),
    "null": ({"errors": None}, False),
    "yes and errors": ({"success": True, "errors": ["e"]}, True),
    "what another envelope says": ({"refused": True}, False),
}


@pytest.mark.parametrize(("body", "refused"), REFUSALS.values(), ids=REFUSALS)
def test_an_envelope_refuses(play: Play, body: dict[str, Any], refused: bool) -> None:
    """A condition counts where its place is there; an operation's own envelope replaces the root's."""
    script = scripted(body | {"says": "Not today.", "why": "no", "code": "C"}, X_Trace="t")
    with play(script, http=options(retries=2)) as (server, client):
        if not refused:
            assert "Not today." == client.get_wrapped().says
            return
        error = raised(Refused, client.get_wrapped)

    assert "get_wrapped: 200 OK, but refused [C]: Not today." == str(error)
    assert (200, "C", "Not today.", "t", False) == (
        error.status,
        error.code,
        error.vendor_message,
        error.request_id,
        error.transient,
    )
    assert 1 == len(server.requests)


def test_the_envelope_of_the_root(play: Play) -> None:
    """It holds for every operation, whatever its result is, but those that drop it; its code and words come first."""
    no = {"refused": True, "why": "No.", "reason_code": "R", "error": {"code": "E", "message": "Other."}}
    scripts = [scripted(no) for _ in range(3)]
    with play(*scripts, scripted(no | {"refused": "true", "number": "a"}), scripted(no | {"value": 1})) as (_, client):
        errors = [raised(Refused, act) for act in (client.get_ticket, client.list_dishes, client.eat_dish)]
        assert ("a", 1) == (client.get_ticket().body.number, client.get_unwrapped().value)

    assert [("R", "No.")] * 3 == [(error.code, error.vendor_message) for error in errors]


def test_an_error_status_is_no_refusal(play: Play) -> None:
    with play(scripted({"refused": True, "why": "No."}, 404)) as (_, client):
        raised(NotFound, client.get_dish)


def busy(status: int = 503, **headers: str) -> Script:
    return scripted(b"", status, **headers)


LOST: Script = (CLOSE,)
REPEATED: dict[str, tuple[str, Script, int]] = {
    **{f"a {status} to GET": ("get_dish", busy(status), 3) for status in (408, 425, 429, 499, 502, 503, 504)},
    **{f"a {status} to GET": ("get_dish", busy(status), 1) for status in (400, 401, 404, 409, 500, 501)},
    "a lost response to GET": ("get_dish", LOST, 3),
    "a busy answer to HEAD": ("smell_dish", busy(), 3),
    "a busy answer to DELETE": ("eat_dish", busy(), 3),
    "a busy answer to POST": ("cook_dish", busy(), 1),
    "a lost response to POST": ("cook_dish", LOST, 1),
    "a lost response to PUT": ("put_note", LOST, 3),
    "a busy answer to PUT that is not idempotent": ("warm_dish", busy(), 1),
    "a lost response to PUT that is not idempotent": ("warm_dish", LOST, 1),
    "a busy answer to PATCH that is idempotent": ("season_dish", busy(), 3),
    "a body that does not fit": ("get_dish", scripted(b"{}"), 1),
}


@pytest.mark.parametrize(("method", "script", "times"), REPEATED.values(), ids=REPEATED)
def test_what_may_be_repeated_is(play: Play, method: str, script: Script, times: int) -> None:
    """What is sent twice does no harm, and may succeed a little later."""
    given = {"body": "n"} if method == "put_note" else {}
    http = options(retries=2, clock=Still().clock())
    with play(by=lambda _: script, http=http) as (server, client):
        failure(lambda: getattr(client, method)(**given))

    assert times == len(server.requests)
    assert 1 == len({request.raw for request in server.requests})


def test_the_second_answer_counts(play: Play) -> None:
    still = Still()
    with play(busy(), LOST, DISH, http=options(retries=2, clock=still.clock())) as (_, client):
        assert "soup" == client.get_dish().name

    assert [0.25, 0.5] == still.slept


NOW = 1_800_000_000
WAITS: dict[str, float | None] = {
    "0": 0.0,
    "7": 7.0,
    " 7 ": 7.0,
    formatdate(NOW + 9, usegmt=True): 9.0,
    "Friday, 15-Jan-27 08:00:09 GMT": 9.0,
    "Fri Jan 15 08:00:09 2027": 9.0,
    formatdate(NOW - 9, usegmt=True): None,
    "-5": None,
    "1.5": None,
    "": None,
    "soon": None,
    "9" * 40: None,
    "\u0667": None,
}


@pytest.mark.parametrize(("value", "seconds"), WAITS.items())
@pytest.mark.parametrize("status", [429, 503])
def test_the_vendor_says_how_long_to_wait(play: Play, status: int, value: str, seconds: float | None) -> None:
    """What can be read is obeyed and told; with anything else, the client waits as it would by itself."""
    still = Still()
    head = f"HTTP/1.1 {status} Busy\r\nContent-Length: 0\r\nRetry-After: {value}\r\n\r\n".encode()
    with play((head,), DISH, http=options(retries=1, clock=still.clock())) as (_, client):
        client.get_dish()
    with play((head,), http=options(clock=Still().clock())) as (_, client):
        error = failure(client.get_dish)

    assert (seconds, [0.25 if seconds is None else seconds]) == (error.retry_after, still.slept)


@pytest.mark.parametrize("value", ["20", "3600", "999999999"])
def test_a_wait_beyond_the_deadline_is_told_at_once(play: Play, value: str) -> None:
    still = Still()
    with play(busy(Retry_After=value), http=options(retries=5, clock=still.clock())) as (server, client):
        error = raised(ServerError, client.get_dish)

    assert (float(value), [], 1) == (error.retry_after, still.slept, len(server.requests))


def test_waits_end_with_the_deadline_of_the_call(play: Play) -> None:
    still = Still()
    with play(by=lambda _: busy(Retry_After="8"), http=options(retries=9, clock=still.clock())) as (_, client):
        raised(ServerError, client.get_dish)

    assert [8.0, 8.0] == still.slept


def test_waits_grow(play: Play) -> None:
    """Twice as long each time, up to a limit, by a chance that is one half here."""
    still = Still()
    http = options(retries=8, timeout=1_000, clock=still.clock())
    with play(by=lambda _: busy(), http=http) as (_, client):
        raised(ServerError, client.get_dish)

    assert [0.25, 0.5, 1, 2, 4, 8, 10, 10] == still.slept


def test_waits_are_real(play: Play) -> None:
    """Where nobody supplies a clock of their own."""
    http = options(retries=1, clock=Clock(random=lambda: 0.2))
    with play(busy(), DISH, http=http) as (_, client):
        begun = time.monotonic()
        client.get_dish()

    assert 0.1 <= time.monotonic() - begun


def errors_of_all_kinds(play: Play) -> list[JobClientsError]:
    scripts = [
        problem(404, "K.404", "No.", trace="t"),
        busy(429, Retry_After="3600"),
        scripted({"refused": True, "why": "No."}),
        scripted(b"{"),
        (CLOSE,),
        (b"SSH-2.0\r\n\r\n", CLOSE),
    ]
    with play(*scripts) as (_, client):
        found = [failure(client.get_dish) for _ in scripts]
        found.append(failure(lambda: client.search()))
    assert [NotFound, RateLimited, Refused, DecodeError, ConnectionLost, ProtocolViolation, InvalidArgument] == [
        type(error) for error in found
    ]
    return found


def test_errors_can_be_pickled_and_copied(play: Play) -> None:
    """With their class, their facts and their text, by every protocol."""
    for error in errors_of_all_kinds(play):
        twins = [pickle.loads(pickle.dumps(error, number)) for number in range(2, pickle.HIGHEST_PROTOCOL + 1)]
        for twin in (*twins, copy.copy(error), copy.deepcopy(error)):
            assert (type(error), vars(error), str(error), repr(error), error.args) == (
                type(twin),
                vars(twin),
                str(twin),
                repr(twin),
                twin.args,
            )
        assert f"{type(error).__name__}({str(error)!r})" == repr(error)


def test_words_are_bounded_and_forge_nothing(play: Play) -> None:
    """One line without control characters, whatever the vendor says, and no end of it."""
    words = "no\n\r\t\x00\x1b[31m\x85\u2028\u202e" + "ü" * 10_000
    body = json.dumps({"error": {"code": words, "message": words}, "trace": words, "x": "y" * 100_000}).encode()
    with play(scripted(body, 404), scripted(body)) as (_, client):
        errors = [raised(NotFound, client.get_dish), raised(DecodeError, client.get_dish)]

    for error in errors:
        texts = [str(error), repr(error), *(value for value in vars(error).values() if isinstance(value, str))]
        assert 2_000 > max(map(len, texts))
        assert not [mark for mark in "\n\r\t\x00\x1b\x85\u2028\u202e" if mark in "".join(texts)]
    assert (100, 500, 200, 16_384) == (
        len(errors[0].code),
        len(errors[0].vendor_message),
        len(errors[0].request_id),
        len(errors[0].body),
    )
