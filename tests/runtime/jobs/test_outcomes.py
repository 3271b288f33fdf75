"""What each response to a submission means, for each capability of a vendor: the table, and what it is made of."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from jobclients_core import (
    ApiError,
    BadRequest,
    Conflict,
    ConnectFailed,
    ConnectionLost,
    ConnectTimedOut,
    JobClientsError,
    NotFound,
    PermissionDenied,
    ProtocolViolation,
    RateLimited,
    ResponseTooLarge,
    ServerError,
    Timeout,
    TlsFailed,
    Token,
    UnexpectedStatus,
)
from jobclients_core.jobs import AmbiguousRun, Handle, Honoured, NotSubmitted, SubmitUncertain
from jobclients_core.jobs.record import Intent, read_record
from jobclients_core.jobs.submitting import Submitted
from runtime.jobs import kinds
from runtime.jobs.tiny import CAPABILITIES, KINDS, SUBMITS, Fault, Run, Tiny
from runtime.jobs.world import World, reply, sync_client

HANDLE, FOUND, OPEN = "handle", "found", "uncertain"


def submit(tiny: Tiny) -> str | type[JobClientsError]:
    """How a submission ends: with the job, as the vendor answers or as it was found, or with an error."""
    try:
        submitted: Submitted = tiny.submit()
    except SubmitUncertain:
        return OPEN
    except JobClientsError as error:
        return type(error)
    assert len(tiny.new) == 1, "one job, whatever was repeated"
    assert points_at(tiny, submitted.handle)
    return HANDLE if submitted.response is not None else FOUND


def points_at(tiny: Tiny, handle: Handle) -> bool:
    """Whether a handle is of the one new run, or its run is not known yet."""
    run = tiny.new[-1]
    if tiny.capability == "baseline":
        return handle.run_key in (None, {"creation-date": str(int(run.at * 1000))})
    return {f"j{run.number}", run.number} >= {handle.identity.get("job_id", handle.identity.get("execution_id"))}


# --- what leaves it open: repeated with a key, looked up, or uncertain ---

PAGE = reply(b"<html>", 200, content_type="text/html")
CLOSED: dict[str, Any] = {
    "empty": reply(b"", 200),
    "page": PAGE,
    "text": reply(b"accepted", 200, content_type="text/plain"),
    "cut": reply(b'{"is_suc', 200),
    **{f"{status} empty": reply(b"", status) for status in (201, 202, 204, 207)},
    **{str(status): reply(b"", status, location="https://else.example/x") for status in (301, 302, 303, 304)},
    **{str(status): reply({}, status) for status in (408, 499, 500, 501, 502, 503, 504, 511)},
    **{str(status): reply(b"error code", status) for status in (520, 521, 522, 523, 524, 525, 526, 530, 599, 600)},
    "503 and Retry-After": reply({}, 503, retry_after="3"),
    "reset": ConnectionLost("reset"),
    "read timeout": Timeout("the deadline passed"),
    "no HTTP": ProtocolViolation("bad"),
    "too large": ResponseTooLarge("large"),
}


@pytest.mark.parametrize("taken", [True, False], ids=["taken", "not taken"])
@pytest.mark.parametrize("capability", CAPABILITIES)
@pytest.mark.parametrize("result", CLOSED)
def test_what_leaves_it_open(result: str, capability: str, taken: bool) -> None:
    tiny = Tiny(capability, (taken, CLOSED[result]))
    wanted = {"honoured": HANDLE, "none": OPEN}.get(capability, FOUND if taken else OPEN)
    assert submit(tiny) == wanted
    assert sum(name in SUBMITS for name in tiny.sends) == (2 if capability == "honoured" else 1)


@pytest.mark.parametrize("capability", ["honoured", "none"])
def test_a_success_without_an_identity_leaves_it_open(capability: str) -> None:
    nameless = reply({"is_success": True, "job_id": ""})
    assert submit(Tiny(capability, (True, nameless))) == (HANDLE if capability == "honoured" else OPEN)


# --- what is known: refused, not done yet, never sent ---


@pytest.mark.parametrize("capability", CAPABILITIES)
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequest),
        (403, PermissionDenied),
        (404, NotFound),
        (409, Conflict),
        *((status, UnexpectedStatus) for status in (402, 405, 406, 407, 410, 411, 412, 413, 414, 415, 416, 417, 418)),
        *((status, UnexpectedStatus) for status in (421, 422, 423, 424, 426, 428, 431, 451, 307, 308)),
    ],
)
def test_a_refusal_is_one(status: int, kind: type[ApiError], capability: str) -> None:
    tiny = Tiny(capability, (False, reply({}, status, location="https://else.example/x")))
    assert submit(tiny) is kind
    assert sum(name in SUBMITS for name in tiny.sends) == 1
    assert tiny.new == []


def test_a_vendors_own_code_refuses_whatever_the_status_is() -> None:
    assert submit(Tiny("baseline", (False, reply({"errCode": "Cdm.0100"}, 500)))) is NotFound


@pytest.mark.parametrize("capability", CAPABILITIES)
@pytest.mark.parametrize("result", [reply({}, 429), reply({}, 429, retry_after="4"), reply(b"", 425)])
def test_what_was_not_done_is_done_later(result: Any, capability: str) -> None:
    tiny = Tiny(capability, (False, result))
    assert submit(tiny) == HANDLE
    assert sum(name in SUBMITS for name in tiny.sends) == 2
    tiny = Tiny(capability, *[(False, result)] * 3)
    assert submit(tiny) is (RateLimited if result.status == 429 else UnexpectedStatus)


@pytest.mark.parametrize("capability", CAPABILITIES)
@pytest.mark.parametrize("failure", [ConnectFailed("no"), ConnectTimedOut("no"), TlsFailed("no")])
def test_what_was_never_sent_is_known_not_to_run(failure: Any, capability: str) -> None:
    again = not isinstance(failure, TlsFailed)
    assert submit(Tiny(capability, (False, failure))) == (HANDLE if again else TlsFailed)
    assert submit(Tiny(capability, *[(False, failure)] * 3)) is type(failure)


# --- several attempts: what was said last is said of the last ---

SEVERAL: list[tuple[str, list[Fault], Any]] = [
    ("502, then 409: it is at work", [(True, reply({}, 502)), (False, reply({}, 409))], HANDLE),
    ("502, then 400", [(True, reply({}, 502)), (False, reply({}, 400))], OPEN),
    ("502, then 403", [(False, reply({}, 502)), (False, reply({}, 403))], OPEN),
    ("reset, then refused thrice", [(True, ConnectionLost("x")), *[(False, ConnectFailed("x"))] * 2], OPEN),
    ("never sent, then 400", [(False, ConnectFailed("x")), (False, reply({}, 400))], BadRequest),
    ("429, then 400", [(False, reply({}, 429)), (False, reply({}, 400))], BadRequest),
    ("429, then 502", [(False, reply({}, 429)), (True, reply({}, 502))], HANDLE),
    ("409 at first", [(False, reply({}, 409))], Conflict),
]


@pytest.mark.parametrize(("faults", "wanted"), [row[1:] for row in SEVERAL], ids=[row[0] for row in SEVERAL])
def test_what_was_said_last_proves_nothing_of_what_was_before(faults: list[Fault], wanted: Any) -> None:
    assert submit(Tiny("honoured", *faults)) == wanted


@pytest.mark.parametrize("capability", ["list", "baseline", "discover"])
def test_a_lost_attempt_after_one_that_was_not_processed_is_looked_up(capability: str) -> None:
    assert submit(Tiny(capability, (False, reply({}, 429)), (True, reply({}, 502)))) == FOUND


def test_more_that_is_known_of_a_vendor_never_gives_less() -> None:
    """A key that is honoured, and a list that shows it: repeated, and looked up where that was not enough."""
    both = dataclasses.replace(KINDS["list"], honoured=Honoured(86_400.0))
    tiny = Tiny("list", (True, reply({}, 502)), (False, reply({}, 403)))
    tiny.kind = both
    assert submit(tiny) == FOUND
    assert sum(name in SUBMITS for name in tiny.sends) == 2


def test_a_repetition_is_given_what_the_vendor_wants_of_one() -> None:
    tiny = Tiny("honoured", (False, ConnectFailed("x")), (True, reply({}, 502)))
    tiny.kind = dataclasses.replace(tiny.kind, honoured=Honoured(86_400.0, {"tags": [{"key": "again", "value": "1"}]}))
    bodies: list[bytes | None] = []
    send = tiny.send

    def noted(step: Any) -> Any:
        bodies.append(step.request.content)
        return send(step)

    tiny.send = noted  # type: ignore[method-assign]
    assert submit(tiny) == HANDLE
    assert [b"again" in (body or b"") for body in bodies] == [False, False, True]


def test_the_vendor_may_say_that_the_first_is_at_work() -> None:
    tiny = Tiny("honoured", (False, reply({}, 409)))
    tiny.kind = dataclasses.replace(tiny.kind, honoured=Honoured(86_400.0, running=409))
    assert submit(tiny) == HANDLE


def test_the_key_may_be_a_uuid() -> None:
    tiny = Tiny("honoured")
    tiny.kind = dataclasses.replace(tiny.kind, key_format="uuid")
    assert submit(tiny) == HANDLE
    assert tiny.new[0].key == "00000000-0000-0000-0000-000000000001"


def test_a_status_of_which_the_vendor_says_that_it_did_nothing() -> None:
    tiny = Tiny("none", (False, reply({}, 503)))
    tiny.kind = dataclasses.replace(tiny.kind, refused=(503,))
    assert submit(tiny) is ServerError


# --- successes that are not documented ---


@pytest.mark.parametrize("capability", CAPABILITIES)
@pytest.mark.parametrize("status", [201, 202, 203, 206, 207, 226])
def test_an_undocumented_success_is_read_as_the_documented_one(status: int, capability: str) -> None:
    tiny = Tiny(capability, (True, lambda tiny: reply(tiny.told(tiny.runs[-1]), status)))
    assert submit(tiny) == HANDLE


def test_an_undocumented_success_may_be_a_refusal() -> None:
    refused = reply({"status": "failed", "error": "no"}, 202)
    with pytest.raises(ApiError) as caught:
        sync_client(World(refused), kinds.DATAMEER).send(kinds.TRIGGER.call(configuration=1))
    assert type(caught.value).__name__ == "Refused"


def test_one_undocumented_success_ends_no_wait() -> None:
    accepted = [reply(b"", 202), reply({"creation-date": 1}, 202)]
    done = {"is_success": True, "job_id": "j1", "status": "FINISHED"}
    world = World(*accepted, reply({**done, "status": "RUNNING"}, 202), done)
    assert kinds.SqlJobs(sync_client(world, kinds.DLI))(job_id="j1").wait().state == "succeeded"
    assert len(world.sends) == 4


# --- what an uncertain submission leaves in hand ---


def uncertain(tiny: Tiny) -> SubmitUncertain:
    with pytest.raises(SubmitUncertain) as caught:
        tiny.submit()
    return caught.value


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_what_an_uncertain_submission_leaves_in_hand(capability: str) -> None:
    error = uncertain(Tiny(capability, *[(False, reply({}, 502))] * 3))
    kept = read_record(error.intent)
    assert isinstance(kept, Intent)
    assert (error.key is not None) == (capability in ("honoured", "list"))
    assert isinstance(error.job, Handle) == (capability == "baseline")
    assert (error.look_again_at is not None) == (capability in ("list", "baseline", "discover"))
    assert error.candidates == ()
    assert "502 Bad Gateway" in str(error)


@pytest.mark.parametrize("capability", ["baseline", "discover"])
def test_several_that_may_be_it_are_named(capability: str) -> None:
    def another_began(tiny: Tiny) -> Any:
        tiny.runs.append(Run(7, "", tiny.now - 0.05))
        return ConnectionLost("reset")

    tiny = Tiny(capability, (True, another_began), shown=9)
    error = uncertain(tiny)
    if capability == "discover":
        assert {found["execution_id"] for found in error.candidates} == {2, 7}
    assert "is not known" in str(error)


def test_two_jobs_with_the_same_key_are_ambiguous() -> None:
    def twice(tiny: Tiny) -> Any:
        tiny.runs.append(dataclasses.replace(tiny.new[-1], number=9))
        return ConnectionLost("reset")

    tiny = Tiny("list", (True, twice))
    with pytest.raises(AmbiguousRun) as caught:
        tiny.submit()
    assert [found["job_id"] for found in caught.value.candidates] == ["j2", "j9"]


@pytest.mark.parametrize("capability", ["list", "baseline", "discover"])
def test_not_submitted_is_said_once_a_taken_submission_would_show(capability: str) -> None:
    tiny = Tiny(capability, (False, reply({}, 503)))
    assert tiny.kind.lookup is not None
    tiny.kind = dataclasses.replace(tiny.kind, lookup=dataclasses.replace(tiny.kind.lookup, settle=5.0))
    assert submit(tiny) is NotSubmitted


def test_the_login_is_not_the_submission() -> None:
    """Refused, and then the login is lost: nothing was submitted."""
    tokens = iter([Token("first-token")])

    def auth() -> Token:
        found = next(tokens, None)
        if found is None:
            raise Timeout("the deadline passed", operation="login")
        return found

    world = World({"submissions": []}, reply({}, 401))
    with pytest.raises(Timeout, match="login"):
        kinds.Runs(sync_client(world, kinds.CDM, auth=auth)).submit(job_name="j")
    assert world.sends == ["show_job_status", "start_job"]
