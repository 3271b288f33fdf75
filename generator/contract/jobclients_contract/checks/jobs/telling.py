"""JB9, JB10, JB11: whom a wait tells, that both clients do the same, and that several may wait."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from functools import partial
from itertools import chain, repeat
from typing import Any, Final

from jobclients_contract.cases import Contract, Kind, State
from jobclients_contract.failure import Check, both, expect, refuse
from jobclients_contract.judging.jobs import (
    bad_end,
    busy_row,
    expect_end,
    expect_status,
    good_end,
    way_of,
)
from jobclients_contract.playing.driver import raised
from jobclients_contract.playing.jobs import Stage, logged, says, staged
from jobclients_contract.playing.loopback import RESET, Script, answer
from jobclients_contract.reading.jobs import Reader
from jobclients_contract.reading.pointers import entry, find, put

_PATIENCE: Final = 20.0
"""Seconds of real time after which a waiter is taken to be lost."""


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this concern."""
    table = (
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
        with logged() as records:
            expect_end(stage, rows[-1], lambda: stage.wait(job, on_update=update, on_state=change))
        found = [record.exc_info[1] for record in records if record.exc_info]
        expect(len(told), sum(isinstance(error, RuntimeError) for error in found), "what callbacks raised is lost")
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
            found = _together(stage, jobs)
            expect(2, len(found), "the number of waiters that learn how the job ended differs")
            for status in found:
                if isinstance(status, Exception):
                    refuse("what one of two waiters learns differs", end.state, repr(status))
                expect_status(stage, end, status, "what one of two waiters learns differs")
            expect(8, len(stage.asked), "the number of requests differs")


def _together(stage: Stage, jobs: list[Any]) -> list[Any]:
    """The statuses, or exceptions, that waiting for jobs at the same time ends with; none of who waits on."""
    if stage.client.mode == "async":

        async def gathered() -> list[Any]:
            tasks = [asyncio.create_task(job.wait()) for job in jobs]
            ended, _ = await asyncio.wait(tasks, timeout=_PATIENCE)
            return [task.exception() or task.result() for task in ended]

        found: list[Any] = stage.client.wait(gathered())
        return found
    results: list[Any] = []
    threads = [threading.Thread(target=_wait_into, args=(results, job), daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_PATIENCE)
    return [*results]


def _wait_into(results: list[Any], job: Any) -> None:
    """Add what waiting for a job ends with: a status, or an exception."""
    try:
        results.append(job.wait())
    except Exception as error:
        results.append(error)
