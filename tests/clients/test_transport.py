"""What goes wrong between client and vendor: the library's error, a connection released, nothing sent twice."""

from __future__ import annotations

import socket
import time
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from jobclients import (
    AnswerTooLarge,
    ConnectFailed,
    ConnectionLost,
    DecodeError,
    HttpOptions,
    InvalidArgument,
    JobClientsError,
    ProtocolViolation,
    RateLimited,
    ServerError,
    Timeout,
    Token,
    UnexpectedStatus,
)
from jobclients_contract.playing.loopback import CLOSE, HANG, RESET, Loopback, Request, Script, answer, loopback

from .driver import ACCOUNTS, CLIENTS, Mode, opened, playing, raised
from .test_operations import CASES

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
BODY = b'{"status": "running"}'
GOOD = answer(BODY)
ONCE = HttpOptions(retries=0, timeout=20)


def drip(content: bytes, pause: float) -> Script:
    """Bytes sent one by one."""
    return tuple(step for place in range(len(content)) for step in (content[place : place + 1], pause))


BREAKS: dict[str, tuple[Script, type[JobClientsError]]] = {
    "reset before an answer": ((RESET,), ConnectionLost),
    "reset in the status line": ((b"HTTP/1.1 2", 0.01, RESET), ConnectionLost),
    "reset in the header fields": ((HEAD, 0.01, RESET), ConnectionLost),
    "reset in the body": ((HEAD + b"Content-Length: 21\r\n\r\n" + BODY[:9], 0.01, RESET), ConnectionLost),
    "closed before an answer": ((CLOSE,), ConnectionLost),
    "closed in the status line": ((b"HTTP/1.1 2", CLOSE), ConnectionLost),
    "closed in the header fields": ((HEAD, CLOSE), ConnectionLost),
    "closed in the body": ((HEAD + b"Content-Length: 21\r\n\r\n" + BODY[:9], CLOSE), ConnectionLost),
    "a length that is too long": ((HEAD + b"Content-Length: 22\r\n\r\n" + BODY, CLOSE), ConnectionLost),
    "a length that is too short": (
        (HEAD + b"Connection: close\r\nContent-Length: 9\r\n\r\n" + BODY, CLOSE),
        DecodeError,
    ),
    "a length of zero": ((HEAD + b"Connection: close\r\nContent-Length: 0\r\n\r\n" + BODY, CLOSE), DecodeError),
    "a negative length": ((HEAD + b"Content-Length: -1\r\n\r\n" + BODY, CLOSE), ProtocolViolation),
    "a length in words": ((HEAD + b"Content-Length: many\r\n\r\n" + BODY, CLOSE), ProtocolViolation),
    "two lengths": ((HEAD + b"Content-Length: 21\r\nContent-Length: 9\r\n\r\n" + BODY, CLOSE), ProtocolViolation),
    "a chunk size in words": ((CHUNKED + b"many\r\n" + BODY + b"\r\n0\r\n\r\n", CLOSE), ProtocolViolation),
    "a chunk longer than its size": ((CHUNKED + b"5\r\n" + BODY + b"\r\n0\r\n\r\n", CLOSE), ProtocolViolation),
    "a chunk without its end": ((CHUNKED + b"15\r\n" + BODY, CLOSE), ConnectionLost),
    "chunks without an end": ((CHUNKED + b"15\r\n" + BODY + b"\r\n", CLOSE), ConnectionLost),
    "no HTTP at all": ((b"SSH-2.0-OpenSSH_9.2\r\n\r\n", CLOSE), ProtocolViolation),
    "half a line of something else": ((b"SSH-2.0-OpenSSH", CLOSE), ConnectionLost),
    "HTTP/2 without being asked": ((b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", CLOSE), ProtocolViolation),
    "a status in words": ((b"HTTP/1.1 fine OK\r\n\r\n", CLOSE), ProtocolViolation),
    "a header without a colon": ((b"HTTP/1.1 200 OK\r\nnothing\r\n\r\n", CLOSE), ProtocolViolation),
    "header fields without an end": ((b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"a" * 2_000_000, CLOSE), ProtocolViolation),
    "broken gzip": (answer(b"\x1f\x8b\x08 broken", Content_Encoding="gzip"), ProtocolViolation),
    "broken deflate": (answer(b"\xff" * 9, Content_Encoding="deflate"), ProtocolViolation),
    "gzip that ends early": (answer(zlib.compress(BODY, wbits=31)[:20], Content_Encoding="gzip"), DecodeError),
    "no content": (answer(b"", 204), UnexpectedStatus),
    "part of the content": (answer(BODY, 206), UnexpectedStatus),
    "not modified": (answer(b"", 304), UnexpectedStatus),
    "an undocumented 4xx": (answer(BODY, 418), UnexpectedStatus),
    "an undocumented 5xx": (answer(BODY, 599), ServerError),
    "a redirect": (answer(b"", 302, Location="/elsewhere"), UnexpectedStatus),
    "a page": (answer(b"<html>", Content_Type="text/html"), DecodeError),
    "too large": (answer(b" " * 2_000_000 + BODY), AnswerTooLarge),
    "silence": ((HANG,), Timeout),
    "silence after the header fields": ((HEAD + b"Content-Length: 21\r\n\r\n", HANG), Timeout),
    "a slow answer": (drip(HEAD + b"Content-Length: 21\r\n\r\n" + BODY, 0.05), Timeout),
    "a body that never ends": ((HEAD + b"Content-Length: 9999\r\n\r\n", *drip(b" " * 200, 0.05)), Timeout),
}


@pytest.mark.parametrize(("script", "kind"), BREAKS.values(), ids=BREAKS.keys())
def test_a_broken_answer_is_an_error_and_its_connection_is_released(
    mode: Mode, script: Script, kind: type[JobClientsError]
) -> None:
    """One connection at most is allowed, and the call after the failure still gets one."""
    slow = kind is Timeout
    options = HttpOptions(retries=0, timeout=1.0 if slow else 20, max_body=1_000_000, max_connections=1)
    broken = True

    def by(_: Request) -> Script:
        return script if broken else GOOD

    with playing(mode, "alation", by=by, http=options) as (server, client):
        started = time.monotonic()
        error = failure(lambda: client.get_job(id=1))
        took = time.monotonic() - started
        broken = False
        state = client.get_job(id=1).status

    assert (kind, "get_job", "running", 2) == (type(error), error.operation, state, len(server.requests))
    assert took < 10


def test_what_follows_an_answer_is_no_answer_to_the_next_call(mode: Mode) -> None:
    """Bytes beyond an answer's length, a whole further answer at that, are dropped with their connection."""
    smuggled = (GOOD[0], answer(b'{"status": "failed"}')[0])
    both_at_once = (b"".join(step for step in smuggled if isinstance(step, bytes)),)
    with playing(mode, "alation", both_at_once, GOOD, GOOD, http=ONCE) as (server, client):
        states = [client.get_job(id=1).status for _ in range(3)]

    assert (["running"] * 3, 2) == (states, server.connections)


def failure(act: Callable[[], object]) -> JobClientsError:
    """The library's error that an action raises."""
    try:
        outcome = act()
    except JobClientsError as error:
        return error
    raise AssertionError(f"nothing was raised; the outcome is {outcome!r}")


def test_an_answer_cut_at_any_byte_is_an_error(mode: Mode) -> None:
    """Wherever an answer ends too early, by its length or by its JSON, the caller is told."""
    whole = b'{"status": "successful", "result": "{\\"updated_objects\\": 2}"}'
    full = HEAD + b"Content-Length: %d\r\n\r\n" % len(whole) + whole
    cuts = range(0, len(full), 3)
    shorter = range(1, len(whole), 3)
    broken: list[Script] = [(full[:cut], CLOSE) for cut in cuts]
    scripts = [*broken, *(answer(whole[:cut]) for cut in shorter)]
    with playing(mode, "alation", *scripts) as (_, client):
        kinds = [type(failure(lambda: client.get_job(id=1))) for _ in scripts]

    assert [ConnectionLost] * len(cuts) + [DecodeError] * len(shorter) == kinds


def test_a_slow_answer_within_the_time_is_read(mode: Mode) -> None:
    """Slowness alone is no error."""
    script = drip(HEAD + b"Content-Length: 21\r\n\r\n" + BODY, 0.002)
    with playing(mode, "alation", script) as (_, client):
        assert "running" == client.get_job(id=1).status


def test_the_timeout_covers_the_repetitions(mode: Mode) -> None:
    """However often a call is repeated, it ends by its deadline."""
    options = HttpOptions(retries=100, timeout=1.0)
    with playing(mode, "alation", by=lambda _: (CLOSE,), http=options) as (server, client):
        started = time.monotonic()
        failure(lambda: client.get_job(id=1))
        took = time.monotonic() - started

    assert took < 10
    assert len(server.requests) > 1


def test_connections_are_kept_and_used_again(mode: Mode) -> None:
    """Calls one after another, failures of the vendor among them, share one connection."""
    scripts = (GOOD, answer({"detail": "no"}, 404), GOOD, answer(b"<html>", Content_Type="text/html"), GOOD)
    with playing(mode, "alation", *scripts) as (server, client):
        for script in scripts:
            if script is GOOD:
                client.get_job(id=1)
            else:
                failure(lambda: client.get_job(id=1))

    assert (5, 1) == (len(server.requests), server.connections)


def test_a_vendor_that_closes_after_each_answer_is_fine(mode: Mode) -> None:
    """A connection that was closed while idle is not taken for a failure."""
    closing = (*answer(BODY, Connection="close"), CLOSE)
    with playing(mode, "alation", closing, closing, closing) as (server, client):
        states = [client.get_job(id=1).status for _ in range(3)]

    assert (["running"] * 3, 3) == (states, server.connections)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("place", ["{}/collect", "//127.0.0.1:{port}/collect", "/same", "javascript:alert(1)", "\\\\x"])
@pytest.mark.parametrize("vendor", ["alation", "huawei_dli"])
def test_a_redirect_carries_no_credential_anywhere(mode: Mode, vendor: str, status: int, place: str) -> None:
    """Neither another host nor the same one is asked again, whatever the Location says."""
    with loopback() as elsewhere:
        script = answer(b"", status, Location=place.format(elsewhere.url, port=elsewhere.port))
        with playing(mode, vendor, script) as (server, client):
            call = client.get_job if vendor == "alation" else client.submit_sql_job
            error = failure(lambda: call(**({"id": 1} if vendor == "alation" else {"sql": "x"})))

    assert (UnexpectedStatus, 1, []) == (type(error), len(server.requests), elsewhere.requests)


def test_a_client_that_is_closed_says_so(mode: Mode) -> None:
    """After the block, a call is refused and nothing is sent."""
    with loopback() as server, opened(mode, "alation", base_url=server.url, **ACCOUNTS["alation"]) as client:
        client.aclose() if mode == "async" else client.close()
        error = raised(InvalidArgument, lambda: client.get_job(id=1))

    assert ("get_job", []) == (error.operation, server.requests)
    assert "closed" in str(error)


def test_nobody_listens(mode: Mode) -> None:
    """A refused connection is an error that says that nothing was sent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with opened(mode, "alation", base_url=url, **ACCOUNTS["alation"]) as client:
        error = raised(ConnectFailed, lambda: client.get_job(id=1))

    assert ("get_job", False) == (error.operation, error.sent)


BUSY = answer({"error_code": "DLI.0999", "error_msg": "busy"}, 503, Retry_After="0")
TRANSIENT_400 = answer({"error_code": "DLI.0012", "error_msg": "no resource"}, 400, Retry_After="0")
PERMANENT_400 = answer({"error_code": "DLI.0005", "error_msg": "syntax"}, 400, Retry_After="0")
LIMITED = answer({}, 429, Retry_After="0")
STATUS = answer({"job_id": "1", "status": "RUNNING"})
REPETITIONS: dict[str, tuple[str, str, dict[str, Any], tuple[Script, ...], int]] = {
    "GET, busy": ("huawei_dli", "show_sql_job_status", {"job_id": "1"}, (BUSY, BUSY, STATUS), 3),
    "GET, lost": ("huawei_dli", "show_sql_job_status", {"job_id": "1"}, ((CLOSE,), STATUS), 2),
    "GET, limited": ("huawei_dli", "show_sql_job_status", {"job_id": "1"}, (LIMITED, STATUS), 2),
    "GET, transient code": ("huawei_dli", "show_sql_job_status", {"job_id": "1"}, (TRANSIENT_400, STATUS), 2),
    "GET, permanent code": ("huawei_dli", "show_sql_job_status", {"job_id": "1"}, (PERMANENT_400, STATUS), 1),
    "GET, broken JSON": ("huawei_dli", "show_sql_job_status", {"job_id": "1"}, (answer(b"{"), STATUS), 1),
    "DELETE, busy": ("huawei_dli", "cancel_sql_job", {"job_id": "1"}, (BUSY, answer({})), 2),
    "POST, busy": ("huawei_dli", "submit_sql_job", {"sql": "x"}, (BUSY, answer({"job_id": "1"})), 1),
    "POST, lost": ("huawei_dli", "submit_sql_job", {"sql": "x"}, ((CLOSE,), answer({"job_id": "1"})), 1),
    "idempotent POST, busy": ("huawei_dli", "check_sql", {"sql": "x"}, (BUSY, answer({})), 2),
    "PUT, busy": ("huawei_cdm", "stop_job", {"job_name": "j"}, (BUSY, answer({})), 2),
    "PUT that starts, busy": ("huawei_cdm", "start_job", {"job_name": "j"}, (BUSY, answer({"submissions": []})), 1),
    "PUT that starts, lost": ("huawei_cdm", "start_job", {"job_name": "j"}, ((CLOSE,), answer({"submissions": []})), 1),
    "trigger, busy": ("datameer", "trigger_job", {"configuration": 1}, (BUSY, answer({})), 1),
}


@pytest.mark.parametrize(
    ("vendor", "method", "arguments", "scripts", "count"), REPETITIONS.values(), ids=REPETITIONS.keys()
)
def test_only_what_may_be_repeated_is(
    mode: Mode, vendor: str, method: str, arguments: dict[str, Any], scripts: tuple[Script, ...], count: int
) -> None:
    """Transient failures of idempotent calls are tried again; a call that starts something never is."""
    with playing(mode, vendor, *scripts, http=HttpOptions(retries=2, timeout=20)) as (server, client):
        try:
            getattr(client, method)(**arguments)
        except JobClientsError:
            failed = True
        else:
            failed = False

    assert (count, count == 1) == (len(server.requests), failed)
    assert 1 == len({request.raw for request in server.requests})


def test_a_long_retry_after_is_told_and_not_waited_for(mode: Mode) -> None:
    """A vendor that asks for more time than the call has left is an error at once, with the wish on it."""
    limited = answer({"detail": "slow down"}, 429, Retry_After="3600")
    options = HttpOptions(retries=2, timeout=5)
    with playing(mode, "alation", limited, http=options) as (server, client):
        error = raised(RateLimited, lambda: client.get_job(id=1))

    assert (3600.0, True, 1) == (error.retry_after, error.transient, len(server.requests))


@pytest.mark.parametrize("vendor", sorted(CLIENTS))
def test_no_exception_but_the_librarys_escapes(mode: Mode, vendor: str) -> None:
    """Every operation of every vendor fails with the library's own error on a connection that breaks."""
    cases = [case for case in CASES if case.vendor == vendor]
    with playing(mode, vendor, by=lambda _: (HEAD, RESET), http=ONCE) as (server, client):
        errors = [failure(lambda case=case: getattr(client, case.method)(**case.arguments)) for case in cases]  # type: ignore[misc]

    assert [case.method for case in cases] == [error.operation for error in errors]
    assert {ConnectionLost} == {type(error) for error in errors}
    assert all(error.__cause__ is not None for error in errors)
    assert len(cases) == len(server.requests)


def test_an_ipv6_address_is_called(mode: Mode) -> None:
    """A base URL with an address in brackets is connected to, and is the Host as it was written."""
    try:
        server = Loopback([GOOD], address="::1")
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    try:
        with opened(mode, "alation", base_url=f"http://[::1]:{server.port}", auth=Token("t")) as client:
            client.get_job(id=1)
    finally:
        server.close()

    assert f"[::1]:{server.port}" == server.request.headers["host"]
