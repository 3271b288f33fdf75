"""Who does what in a world: somebody submits and waits, others submit too, processes die and are started again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from jobclients_core.errors import JobClientsError
from jobclients_core.jobs import Job
from jobclients_core.jobs.bindings import cancel_flow
from jobclients_core.jobs.handle import Handle, restore_handle
from jobclients_core.jobs.many import Outcome
from jobclients_core.jobs.status import JobStatus
from jobclients_core.jobs.submitting import Submitted, submit_flow
from jobclients_core.jobs.waiting import Options, Waiting, wait_out

from . import judge
from .choices import Choices
from .jobset import SimulatedSet
from .kinds import ARGUMENTS, KINDS, OWN_KEYS
from .network import Look
from .vendor import EPOCH, Run
from .world import DiskRecord, Process, Task, World, held_by

_OLD = (-90_000.0, -4_000.0, -350.0, -200.0, -90.0, -20.0, -4.0)
_START = 1.0
_MOMENTS = (1.03, 1.08, 2.0, 9.0, 45.0, 150.0)
_TIMEOUTS = (600.0, 200.0, 60.0, 20.0, 5.0, 0.5, 0.0)
_DELAYS = (0.0, 0.5, 20.0, 70.0)
_RESTARTS = (0.5, 6.0, 75.0, 250.0)
_OFFSETS = (0.0, 40.0, -40.0, 3600.0, -3600.0)
_STEPS = (-120.0, 30.0, -3600.0, 7200.0)
_AGAIN = (10.0, 130.0, 400.0)
_MOST_TRIES = 3
_FILE = "job"
_MORE_JOBS = (0, 1, 2, 11)
_LEAVES = (0.0, 0.3, 1.0, 4.0, 19.9, 30.0)


@dataclass(eq=False, slots=True)
class Intent:
    """One job that somebody wants.

    Args:
        name: Its name, by which the vendor's truth knows whose a run is.
        looks: Its submissions, over all processes.
        viewed: Up to when the replica knew what happened that told the baseline; None where there is none.
        sent: When it was sent first.
        again: When the last call sent it, after it was proven that no earlier one was taken.
        handle: What the submission gave.
        outcome: What became of it: ``handle``, ``uncertain``, ``ambiguous``, ``not submitted``, ``refused``, ``open``
            where the last call says nothing of it, or ``died``.
        error: What it raised.
        ended: When its submission ended.
        stopped: Whether its run was stopped by hand.
    """

    name: str
    looks: list[Look] = field(default_factory=list[Look])
    viewed: float | None = None
    sent: float | None = None
    again: float | None = None
    handle: Handle | None = None
    outcome: str = "died"
    error: JobClientsError | None = None
    ended: float | None = None
    stopped: bool = False


@dataclass(eq=False, slots=True)
class Wait:
    """One wait for one job.

    Args:
        intent: The job.
        handle: What it is waited with.
        process: Where.
        began: When it began.
        whole: Seconds that it may take.
        cancels: Whether it stops the job when its time is up.
        tasks: The flows that ask for it.
        together: Whether it is one of a set.
        told: What was told on the way.
        status: What it returned, or the last that it saw.
        error: What it raised.
        ended: When it ended.
        left: When its job was taken out of the set.
    """

    intent: Intent
    handle: Handle
    process: Process
    began: float
    whole: float
    cancels: bool
    tasks: list[Task]
    together: bool = False
    told: list[JobStatus[Any]] = field(default_factory=list[JobStatus[Any]])
    status: JobStatus[Any] | None = None
    error: JobClientsError | None = None
    ended: float | None = None
    left: float | None = None

    @property
    def end(self) -> float:
        """Moment at which its time is up."""
        return self.began + self.whole

    def looks(self) -> list[Look]:
        """Its requests in the order in which they were sent: about this job, or about many."""
        found = [look for task in self.tasks for look in task.looks if look.about in (None, self.handle)]
        found = [look for look in found if look.operation != "login"]
        return sorted(found, key=lambda look: look.at) if len(self.tasks) > 1 else found


class Scenario:
    """One world with its people.

    Args:
        choices: What is drawn.
        seen: Counts what happened.
        trace: Whether events are kept for printing.
    """

    def __init__(self, choices: Choices, seen: Counter[str], *, trace: bool = False) -> None:
        self.world = world = World(choices, seen, trace=trace)
        draw = world.draw
        self.kind = KINDS[draw(len(KINDS))]
        arguments = ARGUMENTS[self.kind.name]
        world.people(self.kind.name, str(next(iter(arguments.values()), "")))
        world.cancelled = self._cancelled
        world.died = self._died
        seen[f"kind: {self.kind.name}"] += 1
        self.intent = Intent("us")
        self.waits: list[Wait] = []
        self._before()
        self._others()
        process = Process(world, "host 1", _OFFSETS[draw(len(_OFFSETS), 0.1)])
        process.mortal = draw(2, 0.3) == 1
        self._record = DiskRecord(_FILE) if draw(2) else None
        self._arguments = dict(arguments)
        if self.kind.name in OWN_KEYS and draw(2, 0.3):
            self._arguments[OWN_KEYS[self.kind.name]] = "1"
        self._calls: list[Task] = []
        self._busy: Process | None = None
        self._tries = 0
        world.note(process.name, f"its clock is off by {process.offset:g} s")
        world.after(_START, self._submit, process)
        if self._record is not None and draw(2, 0.05):
            seen["two submit with one record"] += 1
            world.after(_START + 0.02, self._submit, Process(world, "host 3"))

    @property
    def clocks_wrong(self) -> bool:
        """Whether the vendor's clock is off by more than the job type allows for."""
        return abs(self.world.vendor.skew) > 250.0

    def play(self) -> World:
        """Let everything happen, and judge it."""
        self.world.note(self.kind.name, str(self.world.vendor))
        self.world.run()
        judge.judge_end(self)
        return self.world

    # --- others ---

    def _before(self) -> None:
        draw = self.world.draw
        if self.kind.name in ("named", "found"):
            for created in _OLD:
                if draw(2, 0.4):
                    self.world.vendor.begin("old", created=created)

    def _others(self) -> None:
        world, draw = self.world, self.world.draw
        for _ in range(draw(3, 0.3)):
            by = ("stranger", "schedule")[draw(2, 0.2)]
            world.after(_MOMENTS[draw(len(_MOMENTS))], self._strange, by)
        if draw(2, 0.03):
            world.after(_MOMENTS[draw(len(_MOMENTS))] + 0.2, world.vendor.restart)
        if draw(2, 0.03):
            world.after(_MOMENTS[draw(len(_MOMENTS))], world.vendor.reset)
        if draw(2, 0.05):
            moment = _MOMENTS[draw(len(_MOMENTS))]
            world.after(moment, world.vendor.step_clock, _STEPS[draw(len(_STEPS))])

    def _strange(self, by: str) -> None:
        self.world.seen["somebody else submitted"] += 1
        self.world.vendor.begin(by)

    def _cancelled(self, run: Run, task: Task, look: Look) -> None:
        judge.judge_cancel(self, run, task, look)

    # --- submitting ---

    def _submit(self, process: Process) -> None:
        """Submit, or go on with what the record holds."""
        world, kind = self.world, self.kind
        if not process.alive:
            return
        if self._record is not None and self._busy is not None and self._busy.alive:
            world.seen["record was locked"] += 1
            world.after(3.0, self._submit, process)
            return
        self._busy = process
        flow = process.limited(kind, submit_flow(process.session, kind, self._arguments, self._record))
        call = process.start(
            flow, self.intent.name, lambda result, error: self._submitted(process, call, result, error)
        )
        self._calls.append(call)

    def _submitted(self, process: Process, call: Task, result: Submitted | None, error: JobClientsError | None) -> None:
        world, intent = self.world, self.intent
        self._busy = None
        self._calls.remove(call)
        sent = next((look.at for look in call.looks if look.operation.endswith("_submit")), None)
        if intent.looks and self.kind.name != "keyed" and sent is not None:
            world.seen["sent again after it was proven not to be taken"] += 1
            intent.again = sent
        self._note_looks(call)
        judge.judge_submission(self, call, result, error)
        if intent.outcome == "uncertain" and self._record is not None and world.draw(3):
            world.after(_AGAIN[world.draw(len(_AGAIN))], self._submit_again, process)
            return
        handle = result.handle if result is not None else intent.handle
        if handle is None:
            return
        if process.mortal and world.draw(2, 0.1):
            process.die()
            return
        if self._record is None:
            world.disk[_FILE] = handle.to_json()
        self._begin_waits(process, handle, result)

    def _submit_again(self, process: Process) -> None:
        self._tries += 1
        if self._tries < _MOST_TRIES:
            self.world.seen["submitted again with the same record"] += 1
            self._submit(process)

    def _note_looks(self, call: Task) -> None:
        """What the requests of a submission tell: what its baseline knew, and when it was sent."""
        world, intent = self.world, self.intent
        for look in call.looks:
            if look.operation.endswith("_submit"):
                intent.looks.append(look)
                intent.sent = look.at if intent.sent is None else intent.sent
            elif (
                intent.sent is None
                and not judge.bad(look)
                and look.view is not None
                and (world.saved is None or look.at <= world.saved)
            ):
                intent.viewed = look.view

    def _died(self, process: Process) -> None:
        world = self.world
        world.seen["process died"] += 1
        died = [call for call in self._calls if call.process is process]
        for call in died:
            self._note_looks(call)
            self._calls.remove(call)
        world.after(_RESTARTS[world.draw(len(_RESTARTS))], self._restart)

    def _restart(self) -> None:
        world = self.world
        process = Process(world, "host 2", _OFFSETS[world.draw(len(_OFFSETS), 0.5)])
        process.mortal = world.draw(2, 0.3) == 1
        text = world.disk.get(_FILE)
        held = held_by(text)
        world.seen[f"restart from {held}"] += 1
        world.note(process.name, f"starts with {held} on the disk, its clock off by {process.offset:g} s")
        if self._record is not None:
            self._submit(process)
        elif text is not None:
            self._begin_waits(process, restore_handle(self.kind, process.session, text), None)

    # --- waiting ---

    def _begin_waits(self, process: Process, handle: Handle, submitted: Submitted | None) -> None:
        world = self.world
        if world.draw(2, 0.2):
            self._wait_together(process, handle, submitted)
        else:
            for _ in range(1 + world.draw(3, 0.2)):
                world.after(_DELAYS[world.draw(len(_DELAYS), 0.3)], self._wait, process, handle, submitted)
        if world.draw(2, 0.1):
            world.after((0.5, 10.0, 60.0)[world.draw(3)], self._cancel, process, handle)

    def _options(self) -> tuple[float, bool]:
        draw = self.world.draw
        return _TIMEOUTS[draw(len(_TIMEOUTS), 0.6)], draw(2, 0.2) == 1

    def _wait(self, process: Process, handle: Handle, submitted: Submitted | None) -> None:
        if not process.alive:
            return
        whole, cancels = self._options()
        wait = Wait(self.intent, handle, process, self.world.now, whole, cancels, [])
        on_update = wait.told.append if self.world.draw(2, 0.2) else None
        options = Options(timeout=whole, on_timeout="cancel" if cancels else "leave", on_update=on_update)
        final = submitted.final if submitted is not None else None
        waiting = Waiting(process.session, self.kind, handle, options, final)
        self.waits.append(wait)
        self.world.note(process.name, f"waits {whole:g} s, then {options.on_timeout}s the job")
        flow = process.limited(self.kind, wait_out(waiting, options))
        wait.tasks.append(process.start(flow, self.intent.name, partial(self._ended, wait)))

    def _ended(self, wait: Wait, status: JobStatus[Any] | None, error: JobClientsError | None) -> None:
        if wait.ended is not None:
            self.world.fault("I9", "an end is reported twice")
        wait.status = status if status is not None else getattr(error, "job_status", None)
        wait.error = error
        wait.ended = self.world.now
        judge.judge_wait(self, wait)

    def _wait_together(self, process: Process, handle: Handle, submitted: Submitted | None) -> None:
        world = self.world
        whole, cancels = self._options()
        world.note(process.name, f"waits {whole:g} s in a set, then {'cancels' if cancels else 'leaves'} the jobs")
        world.seen["set of jobs"] += 1
        waits: dict[int, Wait] = {}

        def told(outcome: Outcome[Any]) -> None:
            wait = waits[id(outcome.job)]
            if wait.left is not None:
                world.fault("I9", "something is told of a job that was taken out of its set")
            if outcome.ended:
                self._ended(wait, outcome.status, outcome.error)
            elif outcome.status is not None:
                wait.told.append(outcome.status)

        jobs = SimulatedSet(
            process,
            self.intent.name,
            told,
            1 + world.draw(4),
            timeout=whole,
            on_timeout="cancel" if cancels else "leave",
            updates=world.draw(2, 0.3) == 1,
        )

        def begin(intent: Intent, facts: Handle, own: Submitted | None, watched: float | None = None) -> None:
            job: Job[Any] = Job(self.kind, process.client, facts, own)
            time = whole if watched is None else watched
            wait = Wait(intent, facts, process, world.now, time, cancels, jobs.tasks, together=True)
            waits[id(job)] = wait
            self.waits.append(wait)
            if watched is None:
                jobs.add(job)
            else:
                jobs.watch(job, watched)
            if world.draw(2, 0.1):
                world.after(_LEAVES[world.draw(len(_LEAVES))], self._leave, jobs, job, wait)

        begin(self.intent, handle, submitted)
        for intent in self._more(process):
            assert intent.handle is not None
            begin(intent, intent.handle, None)
        for _ in range(world.draw(3, 0.3)):
            world.seen["several wait for one job of a set"] += 1
            begin(self.intent, handle, submitted, _TIMEOUTS[world.draw(len(_TIMEOUTS), 0.6)])
        jobs.work()

    def _leave(self, jobs: SimulatedSet, job: Job[Any], wait: Wait) -> None:
        """Take a job out of its set."""
        if wait.process.alive and wait.ended is None:
            self.world.seen["job taken out of its set"] += 1
            self.world.note(wait.process.name, f"takes the job of {wait.intent.name} out of the set")
            wait.left = self.world.now
            jobs.leave(job)

    def _more(self, process: Process) -> list[Intent]:
        """Further jobs of ours, which nobody doubts."""
        world = self.world
        if self.kind.name == "named":
            return []
        made: list[Intent] = []
        for number in range(_MORE_JOBS[world.draw(len(_MORE_JOBS), 0.6)]):
            intent = Intent(f"us too {number}", sent=world.now, ended=world.now, outcome="handle")
            run = world.vendor.begin(intent.name)
            identity: dict[str, str | int] = {"id": run.number if self.kind.name == "found" else run.id}
            intent.handle = Handle(
                self.kind.vendor, self.kind.name, str(process.session.base), process.session.account, identity
            )
            intent.handle.submitted_at = EPOCH + world.now + process.offset
            made.append(intent)
        return made

    def _cancel(self, process: Process, handle: Handle) -> None:
        if process.alive:
            self.world.seen["cancel asked for"] += 1
            flow = process.limited(self.kind, cancel_flow(process.session, self.kind, handle))
            process.start(flow, self.intent.name, lambda result, error: None)
