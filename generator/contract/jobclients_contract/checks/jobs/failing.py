"""JB3, JB5: which failures of a poll a wait outlasts and for how long, and what "not found" means when."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import chain, repeat
from typing import Any

from jobclients_contract.cases import Contract, Json, Kind, State
from jobclients_contract.failure import Check, both, expect, refuse
from jobclients_contract.judging.jobs import busy_row, expect_carried, expect_error, expect_status, good_end
from jobclients_contract.playing.driver import error_class, raised
from jobclients_contract.playing.jobs import staged, submitted
from jobclients_contract.playing.loopback import CLOSE, RESET, Script, answer
from jobclients_contract.reading.jobs import Reader
from jobclients_contract.reading.pointers import entry, put, texts

_GIVEN_UP = {400: "BadRequest", 401: "AuthenticationError", 403: "PermissionDenied", 409: "Conflict"}


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this concern."""
    table = (
        ("JB3", "passing faults", _passing),
        ("JB3", "lasting faults", _lasting),
        ("JB3", "faults between good answers", _since_the_last),
        ("JB3", "other failures", _at_once),
        ("JB3", "codes of the vendor", _coded),
        ("JB5", "never there", _never_there),
        ("JB5", "gone", _gone),
        ("JB5", "not there yet", _not_yet),
        ("JB5", "never to be there", _not_ever),
    )
    for kind in contract.kinds:
        for rule, subject, judge in table:

            def act(mode: str, kind: Kind = kind, judge: Any = judge) -> None:
                judge(contract, kind, mode)

            if _applies(contract, kind, judge):
                yield from both(contract, rule, kind.name, subject, kind.where, act)


def _applies(contract: Contract, kind: Kind, judge: object) -> bool:
    """Whether a kind of job, or its vendor, has what a check is about."""
    if judge is _at_once:
        return bool(_hopeless(contract, kind))
    if judge is _coded:
        return bool(_told_by_codes(contract))
    if judge in (_not_yet, _not_ever):
        return "submit" in kind.roles and Reader(kind.spec).just_submitted is not None
    return True


def _broken() -> list[Script]:
    """Answers that get lost or cannot be read."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"
    return [
        (RESET,),
        (CLOSE,),
        (head + b'{"status": "RUN', CLOSE),
        (head, RESET),
        answer(b"<html><body>Sign in</body></html>", 200, Content_Type="text/html"),
        answer(b'{"status": ', 200),
        answer(b"\xff\xfe\x00", 200),
    ]


def _faults(kind: Kind) -> list[Script]:
    """Everything that goes by."""
    poll = Reader(kind.spec).poll
    return [*(answer({}, status) for status in poll.statuses), *(_broken() if poll.transport else ())]


def _passing(contract: Contract, kind: Kind, mode: str) -> None:
    """Each fault at each poll: the first, one amid, two in a row, the one before the end."""
    row, end = busy_row(kind), good_end(kind)
    for fault in _faults(kind):
        with staged(contract, kind, mode, fault, row, fault, fault, row, fault, end) as stage:
            expect_status(stage, end, stage.wait(stage.job()), "the end differs")
            expect(7, len(stage.asked), "the number of requests differs")
            expect(6, len(stage.watch.sleeps), "the number of sleeps differs")
    for fault in _broken() if not Reader(kind.spec).poll.transport else ():
        with staged(contract, kind, mode, row, fault) as stage:
            error = raised(partial(stage.wait, stage.job()))
            expect(True, isinstance(error, error_class(contract, "JobClientsError")), "a lost answer is outlasted")
            expect(2, len(stage.asked), "the number of requests differs")


def _lasting(contract: Contract, kind: Kind, mode: str) -> None:
    """What does not go by is borne for the time that the spec says, and is then the exception that it is."""
    poll = Reader(kind.spec).poll
    row = busy_row(kind)
    # The longest delay from the first fault on makes the check short.
    long = str(int(poll.max))
    faults: dict[str, Script] = {_class_of(status): answer({}, status, Retry_After=long) for status in poll.statuses}
    if poll.transport:
        faults["TransportError"] = (RESET,)
    for name, fault in faults.items():
        with staged(contract, kind, mode, roles={"status": chain([row], repeat(fault))}, chance=0.99) as stage:
            job = stage.job()
            error: Any = raised(partial(stage.wait, job, timeout=poll.tolerate * 10))
            if not isinstance(error, error_class(contract, name)):
                refuse("the exception of a lasting fault differs", name, repr(error))
            expect_carried(stage, job, error, row)
            good = stage.asked[0][1]
            borne = stage.watch.elapsed - good
            if not poll.tolerate - 1e-6 <= borne <= poll.tolerate + poll.max + 1e-6:
                refuse("a fault is borne for another time", f"{poll.tolerate} seconds, and one delay", borne)


def _class_of(status: int) -> str:
    return "RateLimited" if status == 429 else "ServerError" if status >= 500 else "ApiError"


def _since_the_last(contract: Contract, kind: Kind, mode: str) -> None:
    """Time counts since the last good answer."""
    poll = Reader(kind.spec).poll
    long = str(int(poll.tolerate * 0.45))
    fault = answer({}, next(iter(poll.statuses)), Retry_After=long)
    row, end = busy_row(kind), good_end(kind)
    with staged(contract, kind, mode, row, fault, fault, row, fault, fault, row, fault, end) as stage:
        expect_status(stage, end, stage.wait(stage.job(), timeout=poll.tolerate * 10), "the end differs")
        if stage.watch.elapsed < poll.tolerate * 2:
            refuse("the vendor's Retry-After was not kept to", f"over {poll.tolerate * 2}", stage.watch.elapsed)


def _at_once(contract: Contract, kind: Kind, mode: str) -> None:
    """What will not get better ends a wait at once."""
    for name, script in _hopeless(contract, kind):
        _ends_at_once(contract, kind, mode, name, busy_row(kind), script)


def _hopeless(contract: Contract, kind: Kind) -> list[tuple[str, Script]]:
    """Exception and answer of what no later poll will better."""
    borne = Reader(kind.spec).poll.statuses
    found = [(name, answer({}, status)) for status, name in _GIVEN_UP.items() if status not in borne]
    success = contract.operation(kind.roles["status"]).success
    if success is not None and _is_object(contract, success.schema):
        found.append(("DecodeError", answer(7)))
    return found


def _is_object(contract: Contract, schema: Json) -> bool:
    """Whether a schema is plainly that of an object."""
    name = entry(schema, "$ref")
    found = contract.schemas.get(name.rpartition("/")[2]) if isinstance(name, str) else schema
    return entry(found, "type") == "object"


def _ends_at_once(contract: Contract, kind: Kind, mode: str, name: str, row: State, script: Script) -> None:
    with staged(contract, kind, mode, row, script) as stage:
        job = stage.job()
        error = expect_error(stage, name, partial(stage.wait, job), "a failure that lasts is no end")
        expect_carried(stage, job, error, row)
        expect(2, len(stage.asked), "the number of requests differs")
        expect(1, len(stage.watch.sleeps), "the number of sleeps differs")


def _coded(contract: Contract, kind: Kind, mode: str) -> None:
    """The vendor's own codes decide, whatever the status: what is transient is outlasted, what is not is the end."""
    row, end = busy_row(kind), good_end(kind)
    for name, transient, script in _told_by_codes(contract):
        if transient:
            with staged(contract, kind, mode, row, script, script, end) as stage:
                expect_status(stage, end, stage.wait(stage.job()), "the end differs")
                expect(3, len(stage.watch.sleeps), "the number of sleeps differs")
        else:
            _ends_at_once(contract, kind, mode, name, row, script)


def _told_by_codes(contract: Contract) -> list[tuple[str, bool, Script]]:
    """What the vendor's codes say, but for a job that is not there, which has checks of its own."""
    return [item for item in _with_codes(contract) if item[1] or item[0] != "NotFound"]


def _with_codes(contract: Contract) -> Iterator[tuple[str, bool, Script]]:
    """Exception, whether it goes by, and answer of each code that the spec speaks of."""
    rules = entry(contract.errors, "rules")
    places = texts(entry(contract.errors, "code"))
    for rule in rules if isinstance(rules, list) and places else ():
        name, transient = str(entry(rule, "raise")), entry(rule, "transient")
        if not isinstance(transient, bool):
            continue
        for status in texts(entry(rule, "status")):
            for code in texts(entry(rule, "code")):
                body = put({}, places[0].partition("#")[2], code)
                yield name, transient, answer(body, int(status.replace("XX", "00")))


def _absences(contract: Contract) -> list[Script]:
    """Every way to say that a job is not there."""
    coded = [script for name, transient, script in _with_codes(contract) if name == "NotFound" and not transient]
    return [answer({}, 404), *coded]


def _never_there(contract: Contract, kind: Kind, mode: str) -> None:
    """A job that nobody submitted just now, and that is not there, is not waited for."""
    for script in _absences(contract):
        with staged(contract, kind, mode, script) as stage:
            job = stage.job()
            error = expect_error(stage, "NotFound", partial(stage.wait, job), "a job that is not there")
            expect_carried(stage, job, error, None)
            expect([], stage.watch.sleeps, "a job that is not there was waited for")


def _gone(contract: Contract, kind: Kind, mode: str) -> None:
    """A job that was there, on its way or ended, and is not there any more has expired."""
    for script in _absences(contract):
        with staged(contract, kind, mode, busy_row(kind), script) as stage:
            job = stage.job()
            error = expect_error(stage, "JobExpired", partial(stage.wait, job), "a job that is gone")
            expect_carried(stage, job, error, busy_row(kind))
            expect(1, len(stage.watch.sleeps), "the number of sleeps differs")
        with staged(contract, kind, mode, good_end(kind), script) as stage:
            job = stage.job()
            stage.wait(job)
            expect_error(stage, "JobExpired", partial(stage.status, job), "a job that is gone")


def _not_yet(contract: Contract, kind: Kind, mode: str) -> None:
    """A job that was submitted just now may take a while to be there."""
    believed = Reader(kind.spec).just_submitted
    assert believed is not None
    for script in _absences(contract):
        told: list[Any] = []
        with submitted(contract, kind, mode, [script, script, busy_row(kind), good_end(kind)]) as stage:
            job = stage.jobs.restore(stage.submit().to_json())
            stage.wait(job, on_update=told.append)
        states = [believed[0], believed[0], busy_row(kind).state, good_end(kind).state]
        expect(states, [str(status.state) for status in told], "the states of a job that is not there yet differ")


def _not_ever(contract: Contract, kind: Kind, mode: str) -> None:
    """A job that does not come to be there is given up in the time that the spec says."""
    reader = Reader(kind.spec)
    believed = reader.just_submitted
    assert believed is not None
    with submitted(contract, kind, mode, repeat(answer({}, 404))) as stage:
        job = stage.submit()
        begin = stage.watch.elapsed
        error = expect_error(stage, "NotFound", partial(stage.wait, job), "a job that never is there")
        expect(True, error.job is job, "whether the exception carries the handle differs")
        lasted = stage.watch.elapsed - begin
        if not believed[1] - 1e-6 <= lasted <= believed[1] + reader.poll.max:
            refuse("the job was given up at another time", f"{believed[1]} seconds, and one delay", lasted)
