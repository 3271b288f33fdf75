"""One world: a virtual clock, a heap of what happens next, hosts with clocks of their own, and flows on them."""

from __future__ import annotations

import heapq
import uuid
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from jobclients_core import HttpOptions
from jobclients_core.auth import Authenticator
from jobclients_core.errors import JobClientsError
from jobclients_core.exchange import ClientContext
from jobclients_core.failures import timed_out
from jobclients_core.flow import AcquireLock, Clock, Flow, GetCredential, Load, Notify, Save, Send, Sleep
from jobclients_core.jobs.limits import limited_flow, limits_of
from jobclients_core.jobtype import BoundJobType
from jobclients_core.origin import parse_base_url
from jobclients_core.security import Token
from jobclients_core.session import Session

from .choices import Choices
from .kinds import VENDOR
from .login import Door, Password
from .network import Look, Network
from .vendor import EPOCH, Run, Vendor

MOST_EVENTS: Final = 20_000
"""Events after which a world is believed not to end."""

OPTIONS: Final = HttpOptions(timeout=30.0, retries=2)
_BASE: Final = parse_base_url("https://vendor.example.com")


class Lock:
    """A lock of one process, whose waiters are flows."""

    __slots__ = ("_held", "_waiters", "_world")

    def __init__(self, world: World) -> None:
        self._world = world
        self._held = False
        self._waiters: deque[tuple[Task, int]] = deque()

    def acquire(self, task: Task) -> bool:
        """Take it, or queue."""
        if not self._held:
            self._held = True
            return True
        self._waiters.append((task, task.number))
        return False

    def release(self) -> None:
        """Hand it on."""
        while self._waiters:
            task, number = self._waiters.popleft()
            if task.number == number and task.process.alive:
                task.resume(number, None, None)
                return
        self._held = False


@dataclass(frozen=True, slots=True)
class DiskRecord:
    """A record in a file of a world, whose steps the world itself carries out.

    Args:
        name: The file.
    """

    name: str


class Client:
    """What sets of jobs and limits want of a client."""

    def __init__(self, session: Session) -> None:
        self._session = session


class Process:
    """One process on one host: its clock, its client, and the flows that it carries out.

    Args:
        world: The world.
        name: Its name.
        offset: Seconds by which the wall clock of its host is wrong.
    """

    def __init__(self, world: World, name: str, offset: float = 0.0) -> None:
        self.world = world
        self.name = name
        self.alive = True
        self.mortal = False
        self.offset = offset
        self.tasks: list[Task] = []
        time = world.time
        self.clock = Clock(
            monotonic=lambda: time.now,
            wall=lambda: EPOCH + world.now + self.offset,
            random=lambda: world.draw(4) / 4,
            uuid=world.uuid,
        )
        context = ClientContext(_BASE, {}, (), self.clock, VENDOR.errors)
        lock = Lock(world)
        credential = Token("t0ken") if world.door is None else Password("pass-word-1")
        auth = Authenticator(VENDOR, credential, lock=lambda: lock, context=context, retries=2)
        self.session = Session(VENDOR, _BASE, {}, (), auth, OPTIONS, None, "default", self.clock)
        self.client: Any = Client(self.session)
        world.processes.append(self)

    def limited(self, kind: BoundJobType[Any], flow: Flow[Any]) -> Flow[Any]:
        """A flow that keeps to the limits of a kind, as clients have it."""
        return limited_flow(limits_of(self.client, kind.type.limits), flow)

    def start(self, flow: Flow[Any], sender: str, then: Callable[[Any, JobClientsError | None], None]) -> Task:
        """Carry out a flow.

        Args:
            flow: The flow.
            sender: The intent on whose behalf it sends.
            then: What is told its result, or its error.

        Returns:
            The task.
        """
        task = Task(self, flow, sender, then)
        self.tasks.append(task)
        self.world.after(0.0, task.resume, 0, None, None)
        return task

    def die(self) -> None:
        """End at once: nothing of it goes on, and only what is on the disk is left."""
        self.alive = False
        self.world.note(self.name, "dies")
        self.world.died(self)


class Task:
    """One flow that is being carried out.

    Args:
        process: Where.
        flow: The flow.
        sender: The intent on whose behalf it sends.
        then: What is told its result, or its error.
    """

    __slots__ = ("flow", "looks", "number", "process", "sender", "then")

    def __init__(
        self, process: Process, flow: Flow[Any], sender: str, then: Callable[[Any, JobClientsError | None], None]
    ) -> None:
        self.process = process
        self.flow = flow
        self.sender = sender
        self.then = then
        self.number = 0
        self.looks: list[Look] = []

    def left(self, deadline: float) -> float:
        """Seconds until a moment on its process's monotonic clock."""
        return max(deadline - self.process.clock.monotonic(), 0.0)

    def resume(self, number: int, value: Any, error: BaseException | None) -> None:
        """Go on with the outcome of step `number`, until the flow has to wait again."""
        process = self.process
        if number != self.number or not process.alive:
            return
        if self.looks and self.looks[-1].closed is None:
            self.looks[-1].closed = process.world.now
        while True:
            self.number += 1
            try:
                step = self.flow.throw(error) if error is not None else self.flow.send(value)
            except StopIteration as done:
                self.then(done.value, None)
                return
            except JobClientsError as failure:
                self.then(None, failure)
                return
            error = None
            death = process.mortal and process.world.draw(3, 0.04)
            if death == 1:
                process.die()
                return
            try:
                waits, value = self._perform(step)
            except OSError as failed:
                waits, value, error = False, None, failed
            if death == 2:
                process.die()
                return
            if waits:
                return

    def _perform(self, step: Any) -> tuple[bool, Any]:
        """Carry a step out; whether its outcome comes later, or which it is."""
        world = self.process.world
        if isinstance(step, Send):
            look = world.network.send(self, step)
            self.looks.append(look)
            if world.events is not None:
                said = look.fault or "well"
                world.note(f"{self.process.name}", f"{step.operation} #{step.attempt}: {said} -> {look.status or '-'}")
            return True, None
        if isinstance(step, Sleep):
            world.after(max(step.seconds, 0.0), self.resume, self.number, None, None)
            return True, None
        if isinstance(step, AcquireLock):
            lock: Any = step.lock
            if lock.acquire(self):
                return False, None
            world.after(self.left(step.deadline), self.resume, self.number, None, timed_out(step.operation))
            return True, None
        if isinstance(step, GetCredential):
            return False, step.source()
        if isinstance(step, Load):
            return False, world.disk.get(step.record.name)
        if isinstance(step, Save):
            world.save(step.record.name, step.text)
            return False, None
        assert isinstance(step, Notify)
        step.callback(step.value)
        return False, None


class Time:
    """The moment that it is.

    It knows no world: the core keeps a client's clock for as long as the client lives, which it must not keep alive.
    """

    __slots__ = ("now",)

    def __init__(self) -> None:
        self.now = 0.0


class World:
    """Everything that exists, and what happens next.

    Args:
        choices: What is drawn.
        seen: Counts what happened, over all worlds.
        trace: Whether events are kept for printing.
    """

    def __init__(self, choices: Choices, seen: Counter[str], *, trace: bool = False) -> None:
        self.draw = choices.draw
        self.seen = seen
        self.time = Time()
        self.events: list[tuple[float, str, str]] | None = [] if trace else None
        self.wrong: list[str] = []
        self.viewed: float | None = None
        self.latest = 0.0
        self.disk: dict[str, str] = {}
        self.saved: float | None = None
        self.processes: list[Process] = []
        self.died: Callable[[Process], None] = lambda process: None
        self.cancelled: Callable[[Run, Task, Look], None] = lambda run, task, look: None
        self._heap: list[tuple[float, int, Callable[..., Any], tuple[Any, ...]]] = []
        self._count = 0
        self._keys = 0
        self.door: Door | None = None
        self.vendor: Vendor
        self.network: Network

    @property
    def now(self) -> float:
        """Seconds since the world began."""
        return self.time.now

    def people(self, kind: str, name: str) -> None:
        """Let the vendor, its door and the network be."""
        self.vendor = Vendor(self, kind, name)
        self.network = Network(self, self.vendor)
        self.door = Door(self) if self.draw(2, 0.12) else None

    def uuid(self) -> uuid.UUID:
        """A UUID that nobody else in this world has."""
        self._keys += 1
        return uuid.UUID(int=self._keys << 96 | 0x4000_8000_0000_0000_0000)

    def save(self, name: str, text: str) -> None:
        """Write a file as a whole, or fail.

        Args:
            name: The file.
            text: What it holds from then on.

        Raises:
            OSError: the disk is full.
        """
        if self.draw(2, 0.02):
            self.seen["disk full"] += 1
            self.note("disk", "is full")
            raise OSError(28, "No space left on device")
        self.disk[name] = text
        self.saved = self.now if self.saved is None else self.saved
        self.note("disk", f"holds {held_by(text)}")

    def after(self, seconds: float, what: Callable[..., Any], *arguments: Any) -> None:
        """Let something happen some seconds later."""
        self._count += 1
        heapq.heappush(self._heap, (self.now + seconds, self._count, what, arguments))

    def run(self) -> None:
        """Let everything happen, until nothing is left."""
        heap = self._heap
        done = 0
        while heap:
            self.time.now, _, what, arguments = heapq.heappop(heap)
            what(*arguments)
            done += 1
            if done > MOST_EVENTS:
                self.fault("I7", "the world does not end")
                return

    def note(self, who: str, what: str) -> None:
        """Keep an event for printing."""
        if self.events is not None:
            self.events.append((self.now, who, what))

    def fault(self, invariant: str, said: str) -> None:
        """Note that an invariant does not hold."""
        self.wrong.append(f"{invariant} {said}")
        self.note("!", f"{invariant} {said}")


def held_by(text: str | None) -> str:
    """What a file holds, in words."""
    if text is None:
        return "nothing"
    return "an intent" if '"intent":' in text[:20] else "a handle"
