"""JB2: how often a wait asks, and when it ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from itertools import repeat
from typing import Any

from jobclients_contract.cases import Contract, Kind
from jobclients_contract.failure import Check, both, expect, refuse
from jobclients_contract.judging.jobs import (
    busy_row,
    expect_carried,
    expect_error,
    expect_status,
    good_end,
    waiting_row,
)
from jobclients_contract.playing.jobs import START, Stage, Told, documented, says, staged
from jobclients_contract.playing.loopback import Script, answer
from jobclients_contract.reading.jobs import Reader
from jobclients_contract.reading.pointers import seconds

_TICK = 1e-6


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this concern."""
    table = (
        ("JB2", "delays", _delays),
        ("JB2", "retry after", _asked_to_wait),
        ("JB2", "deadline", _deadline),
        ("JB2", "deadline of the spec", _usual_deadline),
        ("JB2", "slow answers", _slow),
        ("JB2", "an answer that comes too late", _late),
        ("JB2", "rate limits", _rated),
        ("JB2", "start within", _starting),
        ("JB2", "cancel on timeout", _cancelling),
        ("JB2", "senseless options", _senseless),
    )
    for kind in contract.kinds:
        for rule, subject, judge in table:

            def act(mode: str, kind: Kind = kind, judge: Any = judge) -> None:
                judge(contract, kind, mode)

            if judge is not _rated or kind.rates:
                yield from both(contract, rule, kind.name, subject, kind.where, act)


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
    soon = format_datetime(datetime.fromtimestamp(START + 1, UTC), usegmt=True)
    for text, asked in (("0", 0), ("1", 1), (soon, 1)):
        least, most = max(asked, poll.initial), max(asked, poll.max)
        short = [says(row, Retry_After=text)]
        short += [answer({}, status, Retry_After=text) for status in (429, 503) if status in poll.statuses]
        for script in short:
            with staged(contract, kind, mode, script, good_end(kind)) as stage:
                stage.wait(stage.job())
                slept = sum(stage.watch.sleeps)
            if not least - 1e-3 <= slept <= most + 1e-3:
                refuse(f"a Retry-After of {text} makes the client ask too soon or late", f"{least} to {most}", slept)
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
        stage.vendor.on_request = lambda: stage.watch.pass_by(7)
        _timed_out(stage, 60, tick=7, timeout=60)


def _late(contract: Contract, kind: Kind, mode: str) -> None:
    """A request has no more time than what is left of the wait, however long requests may take."""
    end = good_end(kind)
    late: Script = (0.5, *says(end))
    with staged(contract, kind, mode, late) as stage:
        stage.vendor.on_request = lambda: stage.watch.pass_by(1)
        act = partial(stage.wait, stage.job(), timeout=0.04)
        expect_error(stage, "WaitTimeout", act, "an answer was waited for after the end of the wait")


def _rated(contract: Contract, kind: Kind, mode: str) -> None:
    """More calls than the vendor allows are never sent in the time for which it counts them."""
    for limit, per in kind.rates:
        # A call that may not be sent yet waits no longer than calls may take.
        with staged(contract, kind, mode, roles={"status": repeat(busy_row(kind))}, timeout=9_999) as stage:
            jobs = [stage.job(), stage.job()]
            for number in range(limit + 4):
                stage.status(jobs[number % 2])
            moments = [moment for _, moment in stage.asked]
        for before, after in zip(moments, moments[limit:], strict=False):
            if after - before < seconds(per) - _TICK:
                refuse("more calls were sent than the vendor allows", f"{limit} in {per}", after - before)


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
    answers = {"status": repeat(busy_row(kind)), "cancel": [answer({}, 400)]}
    with staged(contract, kind, mode, roles=answers) as stage:
        act = partial(stage.wait, stage.job(), timeout=60, on_timeout="cancel")
        error = expect_error(stage, "WaitTimeout", act, "that the job cannot be stopped hides that the time is up")
        expect(False, error.cancelled, "the job counts as stopped")


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
