"""The made-up vendor: its runs, its replicas, its clocks and its moods. What it knows is the truth of a world."""

from __future__ import annotations

import json
import math
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from jobclients_core.flow import HttpRequest

from .kinds import KEEPS_KEYS, LIMIT

EPOCH = 1_900_000_000.0
"""Seconds since 1970 at which every world begins."""

PAGE = 10

_LENGTHS = (3.0, 8.0, 0.2, 20.0, 75.0, 180.0, 400.0)
_MORE = (0.0, 0.7, 1.6, 4.0)
_QUEUES = (0.0, 2.0, 40.0)
_LAGS = (
    (0.0,),
    (0.0, 3.0),
    (0.0, 25.0),
    (10.0, 20.0),
    (0.0, 60.0),
    (0.0, 100.0),
    (0.0, 600.0),
    (0.0, 7200.0),
    (0.0, 100.0, 7200.0),
)
_PURGES = (math.inf, 600.0, 30.0, 2.0)
_SKEWS = (0.0, -0.5, 2.0, -60.0, 60.0, -28_800.0, 28_800.0)
_CONTENT_TYPE = "application/json"


@dataclass(eq=False, slots=True)
class Run:
    """One run at the vendor.

    Args:
        serial: Its number in this world, which answers carry as a mark.
        kind: Its kind.
        by: Who began it: the name of an intent, or ``old``, ``stranger``, ``schedule``.
        name: The job's name, or its configuration.
        number: The vendor's identifier: a counter.
        created: Moment of the world.
        stamp: What the cluster's own clock said then, in ms.
        begins: Moment at which it begins.
        ends: Moment at which it ends by itself.
        end: The word for how it ends.
        key: Key or tag that it carries.
        claims: Whose it is: the intents that were answered with it.
        cancelled: Moment at which it was stopped.
        cancelled_by: Who stopped it.
        gone: Moment from which on the vendor does not know it any more.
    """

    serial: int
    kind: str
    by: str
    name: str
    number: int
    created: float
    stamp: int
    begins: float
    ends: float
    end: str
    key: str | None = None
    claims: set[str] = field(default_factory=set[str])
    cancelled: float = math.inf
    cancelled_by: str = ""
    gone: float = math.inf

    @property
    def id(self) -> str:
        """The identifier of jobs that are known by one."""
        return f"j{self.number}"

    @property
    def stopped(self) -> float:
        """Moment at which it ended, or will end."""
        return min(self.ends, self.cancelled)

    def word(self, now: float) -> str:
        """The vendor's word for its state."""
        if now >= self.ends and self.ends <= self.cancelled:
            return self.end
        if now >= self.cancelled:
            return "CANCELLED"
        return "RUNNING" if now >= self.begins else "PENDING"


@dataclass(slots=True)
class Reply:
    """What the vendor answers.

    Args:
        status: HTTP status.
        body: JSON, or None for an empty body.
        run: The run that a submission began or joined.
        stopped: The run that a cancel stopped.
    """

    status: int
    body: Any
    run: Run | None = None
    stopped: Run | None = None


class Vendor:
    """One vendor of one world.

    Args:
        world: Draws and counts, and tells the time.
        kind: The kind of job that this world is about.
        name: The job's name, or its configuration.
    """

    def __init__(self, world: Any, kind: str, name: str) -> None:
        draw = world.draw
        self._world = world
        self.kind = kind
        self.name = name
        self.runs: list[Run] = []
        self._number = 100
        odd = draw(3, 0.5)
        self.lags = _LAGS[draw(len(_LAGS), 0.6)] if odd else _LAGS[0]
        self.purge = _PURGES[draw(len(_PURGES), 0.2)] if odd else math.inf
        self.skew = _SKEWS[draw(len(_SKEWS), 0.4)] if odd else 0.0
        self.shows = 1 + draw(3, 0.2)
        self.has_numbers = draw(2, 0.5) == 0
        self.says_not_found = draw(2, 0.3) == 1
        self.names_in_answer = draw(2, 0.5) == 1
        self.joins = draw(2, 0.1) == 1 if odd == 2 else False
        self.filters = draw(2, 0.6) == 0
        self.exclusive = draw(2, 0.1) == 1 if odd == 2 else False
        self.cancels_ended = draw(2, 0.3) == 1
        self.resets = 0
        self.stepped_back = 0.0
        self._asked: dict[object, deque[float]] = {}

    @property
    def lag(self) -> float:
        """Seconds by which the slowest replica is behind."""
        return self.lags[-1]

    def __str__(self) -> str:
        facts = {
            "lags": self.lags if self.lag else None,
            "purge": self.purge if self.purge < math.inf else None,
            "clock off": self.skew,
            "shows": self.shows if self.kind == "named" and self.shows > 1 else None,
            "numbers": self.has_numbers if self.kind == "named" else None,
            "names the run": self.names_in_answer,
            "joins": self.joins,
            "exclusive": self.exclusive,
            "filters": self.filters if self.kind == "listed" else None,
        }
        return ", ".join(f"{name}: {value}" for name, value in facts.items() if value)

    # --- what happens by itself ---

    def begin(self, by: str, key: str | None = None, *, created: float | None = None) -> Run:
        """Begin a run.

        Args:
            by: Who asks for it.
            key: The key or tag that it carries.
            created: When, if not now.

        Returns:
            The run.
        """
        draw = self._world.draw
        now: float = self._world.now if created is None else created
        self._number += 1
        begins = now + _QUEUES[draw(len(_QUEUES), 0.3)]
        run = Run(
            len(self.runs),
            self.kind,
            by,
            self.name,
            self._number,
            now,
            int((EPOCH + now + self.skew) * 1000),
            begins,
            begins + _LENGTHS[draw(len(_LENGTHS), 0.5)] + _MORE[draw(len(_MORE), 0.3)],
            ("SUCCEEDED", "FAILED")[draw(2, 0.2)],
            key,
            {by},
        )
        self.runs.append(run)
        self._world.note("vendor", f"run {run.serial} of {by} begins, ends {run.end} at {run.ends:.2f}")
        return run

    def restart(self) -> None:
        """Lose what was written in the newest second."""
        for run in self.runs:
            if self._world.now - 1.0 < run.created:
                run.gone = self._world.now
                self._world.seen["run lost by a restart"] += 1
        self._world.note("vendor", "restarts, and loses its newest second")

    def reset(self) -> None:
        """Begin to count anew, as after a restored backup."""
        self._number = 1 + 10 * self.resets
        self.resets += 1
        self._world.note("vendor", "counts from 1 again")

    def step_clock(self, seconds: float) -> None:
        """Move the cluster's clock."""
        self.skew += seconds
        self.stepped_back = max(self.stepped_back, -seconds)
        self._world.note("vendor", f"its clock steps by {seconds:g} s")

    def asked(self, operation: str, process: object) -> None:
        """Count a request that is limited, and note where there were too many."""
        if operation != LIMIT.operations[0]:
            return
        now = self._world.now
        moments = self._asked.setdefault(process, deque())
        while moments and moments[0] <= now - LIMIT.per + 1e-6:
            moments.popleft()
        moments.append(now)
        if len(moments) > LIMIT.limit:
            self._world.fault("I11", f"{len(moments)} calls in {LIMIT.per:g} s, which allow {LIMIT.limit}")
        elif len(moments) == LIMIT.limit:
            self._world.seen["rate limit reached"] += 1

    # --- requests ---

    def handle(self, operation: str, request: HttpRequest, sender: str) -> Reply:
        """Answer a request.

        Args:
            operation: What is called.
            request: The request.
            sender: The intent on whose behalf it came.

        Returns:
            The response.
        """
        action = operation.partition("_")[2]
        path, _, query = request.target.partition("?")
        parts = path.split("/")[2:]
        if action == "submit":
            return self._submit(request, sender)
        if action == "cancel":
            return self._cancel(parts[0], sender)
        view = self._view()
        if action == "list":
            return self._list(dict(parse_qsl(query)), view)
        if action == "history":
            newest = [run for run in reversed(self.runs) if self._shows(run, view)]
            return Reply(200, [{"id": run.number} for run in newest[:PAGE]])
        if self.kind == "named":
            return self._named_status(view)
        run = self._find(parts[0], view)
        return self.not_found() if run is None else Reply(200, self._told(run, view), run)

    def _view(self) -> float:
        """The moment up to which the replica that answers knows what happened."""
        lag = self.lags[self._world.draw(len(self.lags))] if len(self.lags) > 1 else self.lags[0]
        if lag:
            self._world.seen["answered by a lagging replica"] += 1
        view: float = self._world.now - lag
        self._world.viewed = view
        return view

    def _shows(self, run: Run, view: float) -> bool:
        return run.created <= view < run.gone and view < run.stopped + self.purge

    def _find(self, text: str, view: float) -> Run | None:
        wanted = text.removeprefix("j")
        for run in reversed(self.runs):
            if str(run.number) == wanted and self._shows(run, view):
                return run
        return None

    def _told(self, run: Run, view: float) -> dict[str, Any]:
        told: dict[str, Any] = {"status": run.word(view), "mark": str(run.serial)}
        if self.kind == "named":
            told |= {"job-name": run.name, "creation-date": run.stamp, "is-execute-auto": run.by == "schedule"}
            if self.has_numbers:
                told["submission-id"] = run.number
        elif self.kind == "found":
            told["jobStatus"] = told["status"]
        else:
            told["id"] = run.id
            told["tag"] = run.key
            told["text"] = "select 1"
        return told

    def not_found(self) -> Reply:
        """The response about what is not known."""
        return Reply(404, {"code": "X.404", "message": "no such job"})

    def _named_status(self, view: float) -> Reply:
        shown = [run for run in self.runs if self._shows(run, view)][-self.shows :]
        if not shown and self.says_not_found:
            return self.not_found()
        return Reply(200, {"submissions": [self._told(run, view) for run in reversed(shown)]})

    def _list(self, query: dict[str, str], view: float) -> Reply:
        tag = query.get("tag")
        exact = tag if self.filters else None
        found = [run for run in self.runs if self._shows(run, view) and (exact is None or run.key == exact)]
        start = (int(query.get("page", "1")) - 1) * PAGE
        return Reply(200, {"jobs": [self._told(run, view) for run in found[start : start + PAGE]]})

    def _submit(self, request: HttpRequest, sender: str) -> Reply:
        now = self._world.now
        key = None
        if self.kind == "keyed":
            key = next(value for name, value in request.headers if name == "Idempotency-Key")
            same = next((run for run in self.runs if run.key == key), None)
            if same is not None and now - same.created < KEEPS_KEYS:
                return self._submitted(same, sender)
        elif self.kind == "listed":
            key = json.loads(request.content or b"{}")["tag"]
        live = next((run for run in reversed(self.runs) if now < run.stopped and run.created <= now < run.gone), None)
        if live is not None and self.joins:
            self._world.seen["submission joined a run"] += 1
            return self._submitted(live, sender)
        if live is not None and self.exclusive:
            self._world.seen["submission refused: one runs"] += 1
            return Reply(409, {"code": "X.052", "message": "the job runs already"})
        return self._submitted(self.begin(sender, key), sender)

    def _submitted(self, run: Run, sender: str) -> Reply:
        run.claims.add(sender)
        if self.kind == "named":
            shown = [self._told(run, self._world.now)] if self.names_in_answer else []
            return Reply(200, {"submissions": shown}, run)
        if self.kind == "found":
            more = {"execution": run.number} if self.names_in_answer else {}
            return Reply(200, {"status": "success", **more}, run)
        return Reply(200, {"id": run.id, "mark": str(run.serial)}, run)

    def _cancel(self, text: str, sender: str) -> Reply:
        now = self._world.now
        if self.kind == "named":
            run = next((run for run in reversed(self.runs) if run.created <= now < run.stopped), None)
        else:
            run = self._find(text, now)
        if run is None:
            return Reply(400, {"code": "X.053", "message": "the job does not run"})
        if now >= run.stopped:
            return Reply(200 if self.cancels_ended else 409, {"code": "X.054", "message": "the job has ended"}, run)
        run.cancelled = now
        run.cancelled_by = sender
        return Reply(200, {}, run, stopped=run)
