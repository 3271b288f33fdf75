"""JB2, JB9, JB10, JB11: how often a wait asks, when it ends, whom it tells, and that both clients do the same."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from itertools import chain, repeat
from typing import Any

from vendorsmith.contract.cases import Contract, Kind, State
from vendorsmith.contract.driver import raised
from vendorsmith.contract.failure import Check, both, expect, refuse
from vendorsmith.contract.jobjudge import (
    bad_end,
    busy_row,
    expect_carried,
    expect_end,
    expect_error,
    expect_status,
    good_end,
    waiting_row,
    way_of,
)
from vendorsmith.contract.jobplay import START, Stage, Told, documented, says, staged
from vendorsmith.contract.jobspec import Reader, entry, find, put
from vendorsmith.contract.loopback import RESET, Script, answer

_TICK = 1e-6


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this concern."""
    table = (
        ("JB2", "delays", _delays),
        ("JB2", "retry after", _asked_to_wait),
        ("JB2", "deadline", _deadline),
        ("JB2", "deadline of the spec", _usual_deadline),
        ("JB2", "slow answers", _slow),
        ("JB2", "start within", _starting),
        ("JB2", "cancel on timeout", _cancelling),
        ("JB2", "senseless options", _senseless),
        ("JB9", "callbacks", _callbacks),
        ("JB9", "progress", _progress),
        ("JB11", "two waiters", _two_waiters),
    )
    for kind in contract.kinds:
        for rule, subject, judge in table:

            def act(mode: str, kind: Kind = kind, judge: Any = judge) -> None:
                judge(contract, kind, mode)

            yield from both(contract, rule, kind.name, subject, kind.where, act)

        def same(_: str, kind: Kind = kind) -> None:
            _same_events(contract, kind)

        yield Check(contract, "JB10", kind.name, "sync and async", kind.where, same, "both")


def _delays(contract: Contract, kind: Kind, mode: str) -> None:
    """Delays lie between the first one and a bound that grows up to the longest one; where, is chance's to say."""
    poll = Reader(kind.spec).poll
    bounds = [min(poll.max, poll.initial * poll.multiplier**number) for number in range(12)]
    for chance in (0.0, 1 - 1e-9, None):
        with staged(contract, kind, mode, *[busy_row(kind)] * len(bounds), good_end(kind), chance=chance) as stage:
            stage.wait(stage.job())
            sleeps = stage.watch.sleeps
        expect(len(bounds), len(sleeps), "the number of sleeps differs")
        for number, (delay, bound) in enumerate(zip(sleeps, bounds, strict=True)):
            least = bound if chance else poll.initial
            most = poll.initial if chance == 0 else bound
            if not least - 1e-4 <= delay <= most + _TICK:
                refuse(f"delay {number} is out of range, with chance {chance}", f"{least} to {most}", delay)
        if chance is None and poll.max > poll.initial and len({round(delay, 3) for delay in sleeps}) < 6:
            refuse("delays are not spread", "delays that differ", sleeps)


def _asked_to_wait(contract: Contract, kind: Kind, mode: str) -> None:
    """What the vendor asks for is kept to, as seconds and as a date, after good and after bad answers."""
    poll = Reader(kind.spec).poll
    row = busy_row(kind)
    long = int(poll.max * 3)
    date = format_datetime(datetime.fromtimestamp(START + long, UTC), usegmt=True)
    told = [(says(row, Retry_After=text), long) for text in (str(long), date)]
    told += [(answer({}, status, Retry_After=str(long)), long) for status in (429, 503) if status in poll.statuses]
    told += [(says(row, Retry_After=text), 0) for text in ("soon", "-5", format_datetime(datetime(2000, 1, 1)))]
    for script, asked in told:
        with staged(contract, kind, mode, script, good_end(kind)) as stage:
            stage.wait(stage.job())
            slept = sum(stage.watch.sleeps)
        if asked and abs(slept - asked) > 1e-3:
            refuse("the vendor's Retry-After was not kept to", asked, slept)
        if not asked and slept > poll.max:
            refuse("a Retry-After that says nothing was slept on", f"at most {poll.max}", slept)
    with staged(contract, kind, mode, says(row, Retry_After="9999"), *[row] * 99) as stage:
        _timed_out(stage, 60, timeout=60)


def _timed_out(stage: Stage, whole: float, tick: float = 0.0, **options: Any) -> Any:
    """A wait for a job that goes on ends in time, after a last look that is late enough to be of use."""
    job = stage.job()
    error = expect_error(
        stage, "WaitTimeout", lambda: stage.wait(job, **options), "the end of a wait that takes too long differs"
    )
    expect(True, isinstance(error, TimeoutError), "whether the exception is a TimeoutError differs")
    expect_carried(stage, job, error, busy_row(stage.kind))
    expect(False, error.cancelled, "the job counts as cancelled")
    if stage.watch.elapsed > whole + tick + _TICK:
        refuse("the wait went on after its end", f"{whole} seconds", stage.watch.elapsed)
    last = stage.asked[-1][1]
    if last + tick < 0.9 * whole - _TICK:
        refuse("the last look came long before the end", f"from {0.9 * whole} on", last)
    return error


def _deadline(contract: Contract, kind: Kind, mode: str) -> None:
    """However the end is said, it is never exceeded, and the exception carries what is known."""
    until = datetime.fromtimestamp(START + 100, UTC)
    cases: tuple[tuple[float, dict[str, Any]], ...] = (
        (50.0, {"timeout": 50}),
        (150.0, {"timeout": timedelta(minutes=2.5)}),
        (100.0, {"until": until}),
        (70.0, {"until": until, "timeout": 70}),
        (100.0, {"until": until, "timeout": 170}),
    )
    for whole, options in cases:
        with staged(contract, kind, mode, roles={"status": repeat(busy_row(kind))}, chance=0.9) as stage:
            _timed_out(stage, whole, **options)
    with staged(contract, kind, mode, roles={"status": repeat(busy_row(kind))}, chance=0.9) as stage:
        expect_error(
            stage, "WaitTimeout", lambda: stage.watched(stage.job(), timeout=40), "watching does not end in time"
        )
        if not 36 - _TICK <= stage.asked[-1][1] <= stage.watch.elapsed <= 40 + _TICK:
            refuse("watching ends at another time", "from 36 to 40 seconds", stage.watch.elapsed)


def _usual_deadline(contract: Contract, kind: Kind, mode: str) -> None:
    """Without a word of the caller's, a wait takes as long as the spec says."""
    whole = Reader(kind.spec).poll.timeout
    script = says(busy_row(kind), Retry_After=str(int(whole / 8)))
    with staged(contract, kind, mode, roles={"status": repeat(script)}) as stage:
        _timed_out(stage, whole)
        # A request may take up to its own timeout, or a tenth of the whole: that much is left for the last one.
        expect(round(whole - min(20.0, whole / 10), 3), round(stage.asked[-1][1], 3), "the last look comes otherwise")


def _slow(contract: Contract, kind: Kind, mode: str) -> None:
    """Answers that take long count: no request begins after the end, and none is waited for."""
    with staged(contract, kind, mode, roles={"status": repeat(busy_row(kind))}) as stage:
        stage.on_request = lambda: stage.watch.pass_by(7)
        _timed_out(stage, 60, tick=7, timeout=60)


def _starting(contract: Contract, kind: Kind, mode: str) -> None:
    """A job that does not begin is given up, one that has begun is not."""
    waiting = waiting_row(kind)
    if waiting is not None:
        with staged(contract, kind, mode, roles={"status": repeat(waiting)}, chance=0.9) as stage:
            job = stage.job()
            error = expect_error(
                stage, "NotStarted", lambda: stage.wait(job, start_within=45), "a job that does not begin is waited for"
            )
            expect_carried(stage, job, error, waiting)
            if not 45 - _TICK <= stage.watch.elapsed <= 45 + Reader(kind.spec).poll.max:
                refuse("the job was given up at another time", "45 seconds", stage.watch.elapsed)
    with staged(contract, kind, mode, *[busy_row(kind)] * 6, good_end(kind), chance=0.99) as stage:
        expect_status(stage, good_end(kind), stage.wait(stage.job(), start_within=timedelta(seconds=3)))


def _cancelling(contract: Contract, kind: Kind, mode: str) -> None:
    """Where that is asked for, a job whose time is up is stopped in time; where it cannot be, that is said at once."""
    if "cancel" not in kind.roles:
        with staged(contract, kind, mode) as stage:
            error = expect_error(
                stage,
                "InvalidArgument",
                lambda: stage.wait(stage.job(), on_timeout="cancel"),
                "a job that cannot be stopped",
            )
            stage.expect_roles()
        return
    answers: dict[str, Iterable[Told]] = {
        "status": repeat(busy_row(kind)),
        "cancel": [documented(contract, kind.roles["cancel"])],
    }
    with staged(contract, kind, mode, roles=answers) as stage:
        error = expect_error(
            stage,
            "WaitTimeout",
            lambda: stage.wait(stage.job(), timeout=60, on_timeout="cancel"),
            "the end of a wait that takes too long differs",
        )
        expect(True, error.cancelled, "the job was not stopped")
        expect("cancel", stage.roles()[-1], "the last request differs")
        expect(1, stage.roles().count("cancel"), "how often the job was stopped differs")
        if stage.watch.elapsed > 60 + _TICK:
            refuse("the job was stopped after the end of the wait", "60 seconds", stage.watch.elapsed)


def _senseless(contract: Contract, kind: Kind, mode: str) -> None:
    """Options that make no sense are refused before anything is sent."""
    cases: tuple[dict[str, Any], ...] = (
        {"timeout": -1},
        {"timeout": "5"},
        {"timeout": float("nan")},
        {"until": datetime(2030, 1, 1)},
        {"start_within": -1},
        {"warnings": "maybe"},
        {"on_timeout": "explode"},
    )
    for options in cases:
        with staged(contract, kind, mode) as stage:
            act = partial(stage.wait, stage.job(), **options)
            expect_error(stage, "InvalidArgument", act, f"{options} is taken")
            stage.expect_roles()


def _callbacks(contract: Contract, kind: Kind, mode: str) -> None:
    """Each poll and each change is told once, awaited where it can be, and whatever the callback does."""
    rows = [*way_of(kind), *[busy_row(kind)] * 2, bad_end(kind)]
    told: list[tuple[str, str]] = []

    def note(name: str, status: Any) -> None:
        told.append((name, status.raw_state))
        raise RuntimeError(name)

    async def note_later(name: str, status: Any) -> None:
        await asyncio.sleep(0)
        note(name, status)

    tell = note if mode == "sync" else note_later
    with staged(contract, kind, mode, *rows) as stage:
        job = stage.job()
        update, change = partial(tell, "update"), partial(tell, "state")
        expect_end(stage, rows[-1], lambda: stage.wait(job, on_update=update, on_state=change))
    expected: list[tuple[str, str]] = []
    for before, row in zip([None, *rows], rows, strict=False):
        expected.append(("update", row.word))
        if before is None or before.state != row.state:
            expected.append(("state", row.word))
    expect(expected, told, "what was told differs")


def _progress(contract: Contract, kind: Kind, mode: str) -> None:
    """Progress is told as it goes on, and watching shows what changed and nothing twice."""
    reader = Reader(kind.spec)
    rows = [busy_row(kind)] * 2
    places = reader.field_places("progress")
    pointer = reader.pointer(places[0], rows[0].answer) if places else None
    if pointer is not None:
        rows = [_with(rows[0], pointer, number, reader) for number in (-1, 1, 1, 2, 3, 10, 11)]
    rows.append(good_end(kind))
    told: list[Any] = []
    with staged(contract, kind, mode, *rows) as stage:
        stage.wait(stage.job(), on_update=told.append)
    seen: list[object] = [status.progress for status in told]
    expect([reader.read(row.answer).facts["progress"] for row in rows], seen, "the progress that was told differs")
    with staged(contract, kind, mode, *rows) as stage:
        shown = [(status.raw_state, status.progress) for status in stage.watched(stage.job())]
    looks = [(row.word, reader.read(row.answer).facts["progress"]) for row in rows]
    changes = [look for before, look in zip([None, *looks], looks, strict=False) if look != before]
    expect(changes, shown, "what watching shows differs")


def _with(row: State, pointer: str, tenths: int, reader: Reader) -> State:
    """A row with another progress, written as the row's own type."""
    scale = entry(reader.spec, "fields", "progress", "scale")
    old = find(row.answer, pointer)
    value = tenths / 10 / (float(scale) if isinstance(scale, int | float) else 1)
    shown = str(round(value)) if isinstance(old, str) else round(value) if isinstance(old, int) else value
    return State(row.name, row.word, row.state, row.where, put(row.answer, pointer, shown), row.status, row.headers)


def _same_events(contract: Contract, kind: Kind) -> None:
    """JB10: requests, sleeps and calls of the sync and the async client are the same, one by one."""
    row, poll = busy_row(kind), Reader(kind.spec).poll
    script: list[State | Script] = [*way_of(kind), answer({}, poll.statuses[0]), row, row]
    if poll.transport:
        reset: Script = (RESET,)
        script += [reset, row]
    script += [says(row, Retry_After="77"), row, row, row, bad_end(kind)]
    seen: dict[str, object] = {}
    for mode in ("sync", "async"):
        with staged(contract, kind, mode, *script, account="one account") as stage:
            events = stage.watch.events

            def note(status: Any, events: list[tuple[str, object]] = events) -> None:
                events.append(("update", (str(status.state), status.raw_state, status.progress)))

            error: Any = raised(partial(stage.wait, stage.job(), on_update=note))
            history = [(str(step.state), step.raw_state, step.at.isoformat()) for step in error.history]
            seen[mode] = [*events, ("end", (type(error).__name__, str(error), error.code, history))]
    expect(seen["sync"], seen["async"], "the async client does otherwise than the sync one")


def _two_waiters(contract: Contract, kind: Kind, mode: str) -> None:
    """Two who wait for the same job both learn how it ended, with one handle or with one each."""
    row, end = busy_row(kind), good_end(kind)
    for handles in (1, 2):
        with staged(contract, kind, mode, roles={"status": chain([row] * 6, repeat(end))}) as stage:
            first = stage.job()
            jobs = [first, first if handles == 1 else stage.jobs.restore(first.to_json())]
            for status in _together(stage, jobs):
                expect_status(stage, end, status, "what one of two waiters learns differs")
            expect(8, len(stage.asked), "the number of requests differs")


def _together(stage: Stage, jobs: list[Any]) -> list[Any]:
    """The statuses that waiting for jobs at the same time ends with."""
    if stage.client.mode == "async":

        async def gathered() -> list[Any]:
            return list(await asyncio.gather(*[job.wait() for job in jobs]))

        found: list[Any] = stage.client.wait(gathered())
        return found
    results: list[Any] = []
    threads = [threading.Thread(target=_wait_into, args=(results, job)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return results


def _wait_into(results: list[Any], job: Any) -> None:
    """Add what waiting for a job ends with: a status, or an exception."""
    try:
        results.append(job.wait())
    except Exception as error:
        results.append(error)
