"""JB7: who stops a job while somebody waits for it, and who gives up waiting, which leaves the job alone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import repeat
from typing import Any, Final

from jobclients_contract.cases import Contract, Kind
from jobclients_contract.failure import Check, both, expect
from jobclients_contract.judging.jobs import (
    bad_end,
    busy_row,
    ends_of,
    expect_end,
    expect_error,
    expect_status,
    good_end,
)
from jobclients_contract.playing.jobs import Stage, Told, documented, staged, yes
from jobclients_contract.playing.loopback import HANG, Request, Script, answer
from jobclients_contract.reading.jobs import Reader

_PATIENCE: Final = 20.0
"""Seconds of real time after which a client is taken to hang."""


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this concern."""
    for kind in contract.kinds:
        stops = "cancel" in kind.roles
        table = (
            ("stopped while waiting", _stopped, stops),
            ("stopping what has ended", _stopping_the_ended, stops),
            ("not to be stopped", _not_stopped, not stops),
            ("interrupted between polls", _interrupted, True),
        )
        for subject, judge, applies in table:

            def act(mode: str, kind: Kind = kind, judge: Any = judge) -> None:
                judge(contract, kind, mode)

            if applies:
                yield from both(contract, "JB7", kind.name, subject, kind.where, act)

        def amid(_: str, kind: Kind = kind) -> None:
            _cancelled_amid(contract, kind)

        yield Check(contract, "JB7", kind.name, "cancelled amid a poll", kind.where, amid, "async")


def _stopped(contract: Contract, kind: Kind, mode: str) -> None:
    """A wait sees the end of a job that is stopped meanwhile: by a callback, by another thread, by another task."""
    end = next((row for row in ends_of(kind) if row.state == "cancelled"), bad_end(kind))
    for how in (_by_callback, _beside):
        stopped = threading.Event()

        def stop(_: Request, stopped: threading.Event = stopped) -> Script:
            stopped.set()
            return documented(contract, kind.roles["cancel"])

        def status(_: Request, stopped: threading.Event = stopped) -> Script:
            row = end if stopped.is_set() else busy_row(kind)
            return answer(row.answer, row.status)

        with staged(contract, kind, mode, roles={"status": repeat(status), "cancel": [stop]}) as stage:
            job = stage.job()
            expect_end(stage, end, partial(how, stage, job))
            expect(1, stage.roles().count("cancel"), "how often the job was stopped differs")


def _by_callback(stage: Stage, job: Any) -> Any:
    """Wait, and stop the job when its first status is told."""
    asked: list[Any] = []

    def stop(_: Any) -> Any:
        if not asked:
            asked.append(True)
            return job.cancel()
        return None

    return stage.wait(job, on_update=stop)


def _beside(stage: Stage, job: Any) -> Any:
    """Wait, and have somebody else stop the job during the first sleep."""
    if stage.client.mode == "async":

        async def both_at_once() -> Any:
            waiting = asyncio.create_task(job.wait())
            async with asyncio.timeout(_PATIENCE):
                while not (stage.watch.sleeps or waiting.done()):
                    await asyncio.sleep(0)
            await job.cancel()
            return await waiting

        return stage.client.wait(both_at_once())

    def stop(_: float) -> None:
        stage.watch.on_sleep = lambda _: None
        thread = threading.Thread(target=job.cancel, daemon=True)
        thread.start()
        thread.join(_PATIENCE)

    stage.watch.on_sleep = stop
    return stage.wait(job)


def _stopping_the_ended(contract: Contract, kind: Kind, mode: str) -> None:
    """Stopping what has ended is no failure, whatever the vendor says to it; stopping in vain is one."""
    cancel = kind.roles["cancel"]
    by_name = Reader(kind.spec).by_name
    for end in (good_end(kind), bad_end(kind)):
        for status in (400, 409):
            answers: dict[str, Iterable[Told]] = {"status": [end, end], "cancel": [answer({}, status)]}
            with staged(contract, kind, mode, roles=answers) as stage:
                expect(None, _stop(stage, stage.job()), "stopping a job returns something")
                # Where the vendor stops by name, a run that has ended is left alone: another may have begun.
                stage.expect_roles(*(["status"] if by_name else ["cancel", "status"]))
    for status, name in ((400, "BadRequest"), (409, "Conflict"), (503, "ServerError")):
        answers = {"status": repeat(busy_row(kind)), "cancel": [answer({}, status)]}
        with staged(contract, kind, mode, roles=answers) as stage:
            job = stage.job()
            error = expect_error(stage, name, partial(_stop, stage, job), "stopping in vain")
            expect(True, error.job is job, "whether the exception carries the handle differs")
    for seen, name in ((True, "JobExpired"), (False, "NotFound")):
        if seen or not by_name:
            answers = {"status": [busy_row(kind)] * (1 + by_name), "cancel": [answer({}, 404)]}
            with staged(contract, kind, mode, roles=answers) as stage:
                job = stage.job()
                if seen:
                    stage.status(job)
                expect_error(stage, name, partial(_stop, stage, job), "stopping what is not there")
    found = contract.operation(cancel).success
    if found is not None and not found.media_type:
        answers = {"status": repeat(busy_row(kind)), "cancel": [answer(b"", yes(contract.operation(cancel)))]}
        with staged(contract, kind, mode, roles=answers) as stage:
            expect(None, _stop(stage, stage.job()), "stopping a job returns something")


def _stop(stage: Stage, job: Any) -> Any:
    return stage.client.wait(job.cancel())


def _not_stopped(contract: Contract, kind: Kind, mode: str) -> None:
    """A handle of a job that cannot be stopped has no way to do so."""
    with staged(contract, kind, mode) as stage:
        expect(False, hasattr(stage.job(), "cancel"), "whether a job can be stopped differs")


def _patient(kind: Kind) -> dict[str, Any]:
    """Options of a wait that stops its job when its time is up, and at no other moment, where it can be stopped."""
    return {"on_timeout": "cancel"} if "cancel" in kind.roles else {}


def _interrupted(contract: Contract, kind: Kind, mode: str) -> None:
    """Who is interrupted while a wait sleeps, by Ctrl-C or as a task, leaves the job alone and may wait again."""
    row, end = busy_row(kind), good_end(kind)
    ended = "as if nothing had been"
    with staged(contract, kind, mode, row, row, end) as stage:

        def interrupt(_: float) -> None:
            stage.watch.on_sleep = lambda _: None
            task = asyncio.current_task() if mode == "async" else None
            if task is None:
                raise KeyboardInterrupt
            task.cancel()

        job = stage.job()
        stage.watch.on_sleep = interrupt
        try:
            stage.wait(job, **_patient(kind))
        except (KeyboardInterrupt, asyncio.CancelledError) as error:
            ended = type(error).__name__
        expect("KeyboardInterrupt" if mode == "sync" else "CancelledError", ended, "how an interrupted wait ends")
        stage.expect_roles("status")
        expect_status(stage, end, stage.wait(job), "the end differs")
        stage.expect_roles("status", "status", "status")


def _cancelled_amid(contract: Contract, kind: Kind) -> None:
    """A task that is cancelled while its poll is on the wire ends so; job, client and connections are as before.

    Async clients only: nothing can interrupt a sync one that waits for an answer.
    """
    row, end = busy_row(kind), good_end(kind)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"
    hanging: tuple[Script, ...] = ((HANG,), (head, HANG), (head + b'{"a": ', HANG))
    for before in (0, 1):
        for hung in hanging:
            script: list[Told] = [*[row] * before, hung, row, end]
            # A connection that is not given back is missed at once where there may be no other.
            with staged(contract, kind, "async", *script, max_connections=1, timeout=_PATIENCE) as stage:
                job = stage.job()
                ended = stage.client.wait(_given_up(stage, job, before + 1))
                expect("CancelledError", ended, "how a wait ends whose task is cancelled differs")
                stage.expect_roles(*["status"] * (before + 1))
                expect_status(stage, row, stage.status(job), "the status after a wait that was cancelled differs")
                expect_status(stage, end, stage.wait(job), "the end differs")
                stage.expect_roles(*["status"] * (before + 3))


async def _given_up(stage: Stage, job: Any, polls: int) -> str:
    """How a task ends that waits for a job, and is cancelled once so many polls are on the wire."""
    waiting = asyncio.create_task(job.wait(**_patient(stage.kind)))
    async with asyncio.timeout(_PATIENCE):
        while len(stage.asked) < polls and not waiting.done():
            await asyncio.sleep(0.001)
        # What there is of the answer may arrive.
        await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.wait([waiting])
    return "CancelledError" if waiting.cancelled() else repr(waiting.exception() or waiting.result())
