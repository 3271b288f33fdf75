"""What lies between: requests that are not sent, lost, late or misrouted, and answers that are lost or no responses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache, partial
from typing import Any

import httpx2
from jobclients_core.errors import ConnectFailed, ConnectionLost
from jobclients_core.failures import timed_out
from jobclients_core.flow import HttpResponse, Send
from pydantic_core import to_json

from .login import LOGIN
from .vendor import EPOCH, Reply, Vendor

FLIGHT = 60.0
"""Seconds by which a request may arrive late."""
LATENCIES = (0.05, 0.01, 0.4, 3.0)

FAULTS = (
    "",
    "not sent",
    "lost before",
    "done and lost",
    "arrives late",
    "truncated",
    "HTML",
    "empty",
    "other success",
    "status before",
    "status after",
    "asked to wait",
    "slow",
    "not found once",
    "misrouted",
)
SUCCESSES = (202, 201, 207, 203)
BEFORE = (503, 429, 500, 502, 504, 408, 520, 521, 425)
"""Statuses of a response before which nothing was done."""
AFTER = (503, 500, 502, 504, 408, 520, 499)
"""Statuses of a response although it was done."""
PASSING = (503, 429, 500, 502, 504, 408, 520, 521, 425, 499)
"""Statuses that go by, of calls that may be repeated."""
REFUSING = frozenset((400, 401, 403, 404, 409, 425, 429))
"""Statuses that say that nothing was done."""
ASKED = (5.0, 0.0, 40.0, 300.0)


@dataclass(slots=True)
class Look:
    """One request as the simulation saw it.

    Args:
        at: When it was sent.
        operation: What was called.
        fault: What went wrong with it; empty where nothing did.
        view: Up to when the replica that answered knew what happened; None where nobody answered.
        status: The status of the response; None where the client got none.
        asked: Seconds that the response asked to wait.
        arrived: Whether the vendor acted, or will.
        may_have: Whether its sender has to think so.
        closed: When its sender went on: with the response, or without.
        about: The handle of the job that it is about.
    """

    at: float
    operation: str
    fault: str = ""
    view: float | None = None
    status: int | None = None
    asked: float | None = None
    arrived: bool = False
    may_have: bool = True
    closed: float | None = None
    about: Any = None


_ABOUT_ANOTHER: dict[str, Callable[[dict[str, Any]], Any]] = {
    "keyed_status": lambda told: told,
    "listed_status": lambda told: told,
    "plain_status": lambda told: told,
    "keyed_list": lambda told: {"jobs": [told]},
    "listed_list": lambda told: {"jobs": [told]},
    "named_status": lambda told: {"submissions": [told]},
    "found_history": lambda told: [{"name": told["job-name"]}],
}
"""Answers about another job in which something tells that they are."""


@lru_cache(maxsize=1024)
def _headers(second: int, media: str, asked: float | None) -> httpx2.Headers:
    """The header fields of a response; those of many responses are the same, and nobody changes them."""
    asks = {} if asked is None else {"Retry-After": f"{asked:g}"}
    return httpx2.Headers({"Content-Type": media, "Date": formatdate(second, usegmt=True), **asks})


def _runs_in(body: Any) -> str:
    """The runs that a response tells of, for printing."""
    if isinstance(body, list):
        return ", ".join(filter(None, map(_runs_in, body)))
    if not isinstance(body, dict):
        return ""
    if "mark" in body:
        return f"run {body['mark']} {body.get('status', '')}".strip()
    return f"number {body['id']}" if "id" in body else ", ".join(filter(None, map(_runs_in, body.values())))


class Network:
    """Carries the requests of a world.

    Args:
        world: Draws and counts, and tells the time.
        vendor: Who answers.
    """

    def __init__(self, world: Any, vendor: Vendor) -> None:
        self._world = world
        self._vendor = vendor
        self.rate = (0.0, 0.15, 0.5)[world.draw(3, 0.8)]

    def send(self, task: Any, step: Send) -> Look:
        """Carry a request; the outcome reaches the task later.

        Args:
            task: Whose flow it is.
            step: The request.

        Returns:
            What becomes of it.
        """
        world = self._world
        # A world has one submission and many looks.
        rate = min(4 * self.rate, 0.8) if step.operation.endswith("_submit") else self.rate
        fault = FAULTS[world.draw(len(FAULTS), rate)] if rate else ""
        if fault:
            fault = self._fitting(fault, step)
        look = Look(world.now, step.operation, fault, about=step.about)
        world.seen[f"fault: {fault}" if fault else "request without a fault"] += 1
        getattr(self, "_" + fault.replace(" ", "_") if fault else "_well")(task, step, look)
        return look

    def _fitting(self, fault: str, step: Send) -> str:
        """The fault, or none where it cannot be or proves nothing."""
        operation = step.operation
        if fault == "misrouted" and operation not in _ABOUT_ANOTHER:
            return ""
        if fault == "slow" and operation == LOGIN:
            return ""  # a token would be old when it comes
        if fault == "not found once" and not operation.endswith("_status"):
            return ""
        if fault == "other success" and operation.endswith("_cancel"):
            return ""
        return fault

    # --- outcomes ---

    def _latency(self) -> float:
        return LATENCIES[self._world.draw(len(LATENCIES), 0.2)]

    def _fail(self, task: Any, step: Send, look: Look, error: Exception, after: float) -> None:
        """Let a call fail after some seconds, or at its deadline."""
        left = task.left(step.deadline)
        if after >= left:
            after, error = left, timed_out(step.operation)
        self._world.after(after, task.resume, task.number, None, error)

    def _deliver(self, task: Any, step: Send, look: Look, reply: Reply, latency: float, **changes: Any) -> None:
        """Let a response arrive, unless it would be too late."""
        left = task.left(step.deadline)
        if latency >= left:
            self._world.after(left, task.resume, task.number, None, timed_out(step.operation))
            return
        status = changes.get("status", reply.status)
        content = changes.get("content")
        if content is None:
            content = b"" if reply.body is None else to_json(reply.body)
        look.status, look.asked = status, changes.get("asked")
        media = changes.get("media", "application/json")
        answer = HttpResponse(status, _headers(int(EPOCH + self._world.now), media, look.asked), content)
        self._world.after(latency, task.resume, task.number, answer, None)

    def _handled(self, task: Any, step: Send, look: Look) -> Reply:
        """What the vendor says to a request that arrived."""
        look.arrived = True
        reply = self._answered(task, step, look)
        look.view = self._world.viewed
        if look.view is not None and self._world.events is not None:
            self._world.note("vendor", f"as of {look.view:.2f}: {_runs_in(reply.body) or 'no run'}")
        return reply

    def _answered(self, task: Any, step: Send, look: Look, *, late: bool = False) -> Reply:
        door = self._world.door
        self._world.viewed = None
        if step.operation == LOGIN and door is not None:
            return Reply(*door.login())
        if door is not None and not door.lets_in(step.request):
            self._world.seen["token refused"] += 1
            return Reply(401, {"code": "X.401", "message": "who is it?"})
        if not late:  # when those arrive nobody can know
            self._vendor.asked(step.operation, task.process)
        reply = self._vendor.handle(step.operation, step.request, task.sender)
        if reply.stopped is not None:
            self._world.cancelled(reply.stopped, task, look)
        return reply

    # --- what may happen to a request ---

    def _well(self, task: Any, step: Send, look: Look) -> None:
        reply = self._handled(task, step, look)
        look.may_have = reply.status not in REFUSING
        self._deliver(task, step, look, reply, self._latency())

    def _not_sent(self, task: Any, step: Send, look: Look) -> None:
        look.may_have = False
        self._fail(task, step, look, ConnectFailed("no connection", operation=step.operation), 0.01)

    def _lost_before(self, task: Any, step: Send, look: Look) -> None:
        after = (0.1, 1e9)[self._world.draw(2)]
        self._fail(task, step, look, ConnectionLost("the connection was lost", operation=step.operation), after)

    def _done_and_lost(self, task: Any, step: Send, look: Look) -> None:
        self._handled(task, step, look)
        after = (0.1, 1e9)[self._world.draw(2)]
        self._fail(task, step, look, ConnectionLost("the connection was lost", operation=step.operation), after)

    def _arrives_late(self, task: Any, step: Send, look: Look) -> None:
        look.arrived = True
        flight = (2.0, 20.0, FLIGHT)[self._world.draw(3)]
        self._world.latest = max(self._world.latest, flight)
        self._world.after(flight, partial(self._answered, task, step, look, late=True))
        self._fail(task, step, look, ConnectionLost("the connection was lost", operation=step.operation), 0.1)

    def _truncated(self, task: Any, step: Send, look: Look) -> None:
        reply = self._handled(task, step, look)
        self._deliver(task, step, look, reply, self._latency(), content=b'{"stat')

    def _HTML(self, task: Any, step: Send, look: Look) -> None:
        done = self._world.draw(2) == 0
        reply = self._handled(task, step, look) if done else Reply(200, None)
        page = b"<html><body>Sign in</body></html>"
        self._deliver(task, step, look, reply, self._latency(), status=200, content=page, media="text/html")

    def _empty(self, task: Any, step: Send, look: Look) -> None:
        reply = self._handled(task, step, look)
        self._deliver(task, step, look, reply, self._latency(), content=b"")

    def _other_success(self, task: Any, step: Send, look: Look) -> None:
        reply = self._handled(task, step, look)
        look.may_have = reply.status not in REFUSING
        status = SUCCESSES[self._world.draw(len(SUCCESSES))] if reply.status == 200 else reply.status
        self._deliver(task, step, look, reply, self._latency(), status=status)

    def _status_before(self, task: Any, step: Send, look: Look) -> None:
        statuses = BEFORE if step.operation.endswith("_submit") else PASSING
        status = statuses[self._world.draw(len(statuses))]
        look.may_have = status not in REFUSING
        more = {"asked": ASKED[self._world.draw(len(ASKED))]} if self._world.draw(2, 0.3) else {}
        reply = Reply(status, {"message": "not now"})
        self._deliver(task, step, look, reply, self._latency(), **more)

    def _status_after(self, task: Any, step: Send, look: Look) -> None:
        self._handled(task, step, look)
        statuses = AFTER if step.operation.endswith("_submit") else PASSING
        status = statuses[self._world.draw(len(statuses))]
        self._deliver(task, step, look, Reply(status, {"message": "broken"}), self._latency())

    def _asked_to_wait(self, task: Any, step: Send, look: Look) -> None:
        reply = self._handled(task, step, look)
        look.may_have = reply.status not in REFUSING
        self._deliver(task, step, look, reply, self._latency(), asked=ASKED[self._world.draw(len(ASKED))])

    def _slow(self, task: Any, step: Send, look: Look) -> None:
        reply = self._handled(task, step, look)
        self._deliver(task, step, look, reply, (6.0, 25.0)[self._world.draw(2)])

    def _not_found_once(self, task: Any, step: Send, look: Look) -> None:
        self._deliver(task, step, look, self._vendor.not_found(), self._latency())

    def _misrouted(self, task: Any, step: Send, look: Look) -> None:
        mark = str(len(self._vendor.runs) + 1000)
        date = int((EPOCH + self._world.now) * 1000)
        status = ("SUCCEEDED", "FAILED", "RUNNING")[self._world.draw(3)]
        told = {"id": "j999999", "job-name": "another", "creation-date": date, "status": status, "mark": mark}
        body = _ABOUT_ANOTHER[step.operation](told)
        self._deliver(task, step, look, Reply(200, body), self._latency())
