"""The same lives with Airflow's `ResumableJobMixin`, in an environment of its own: what it keeps is the id of the job.

The operator is one that a careful author writes: a job that does not show yet is not given up, and where the order says
so it submits with a key that is the same in each try.
"""

from __future__ import annotations

import importlib
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from survive.by_hand import ACTIVE, GOOD, NAMES, PARTS, STATES, STATUS
from survive.shared import LATE, TOKEN, WHO, Boundaries, SharedClock, exchange, request_by_hand

SDK: Any = importlib.import_module("airflow.sdk")
_POLL = 4.0
_WAIT = 900.0

logging.disable(logging.CRITICAL)


class LostError(Exception):
    """A request failed."""


class Store:
    """A task state store on a disk, durable when `set` returns, which comes by the places of a life."""

    def __init__(self, path: str, boundaries: Boundaries) -> None:
        self._path = Path(path)
        self._boundaries = boundaries

    def get(self, key: str) -> Any:
        """What was set last."""
        return json.loads(self._path.read_text("utf-8")).get(key) if self._path.exists() else None

    def set(self, key: str, value: Any) -> None:
        """Keep a value."""
        self._boundaries.reach("handle: before")
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps({key: value}), "utf-8")
        self._boundaries.reach("handle: half")
        part.replace(self._path)
        self._boundaries.reach("handle: after")


class Vendor:
    """The vendor, as an operator's hook calls it.

    Args:
        order: What the life is told.
        boundaries: Its places.
        clock: The clock.
    """

    def __init__(self, order: dict[str, Any], boundaries: Boundaries, clock: SharedClock) -> None:
        self._order = order
        self._boundaries = boundaries
        self._clock = clock
        self._fault: str = order["fault"]

    def submit(self) -> Any:
        """Submit the job; what names it."""
        name, capability = self._order["name"], self._order["capability"]
        key = f"{name}-of-this-run" if self._order["keyed"] else ""
        _, target, body, headers = request_by_hand(capability, name, key, "us")
        fault, self._fault = self._fault, ""
        return NAMES[capability](self._sent("submit", "POST", target, body, headers, fault))

    def state(self, job: Any) -> str:
        """How the job is doing; empty where it does not show."""
        capability = self._order["capability"]
        target = STATUS[capability].format(name=self._order["name"], id=job)
        body = self._sent("poll", "GET", target, None, {"X-Token": TOKEN, WHO: "us"}, "")
        return "" if body is None else STATES[capability](body, job)

    def _sent(
        self, place: str, method: str, target: str, body: bytes | None, headers: dict[str, str], fault: str
    ) -> Any:
        url = self._order["url"]
        self._boundaries.reach(f"{place}: before")
        if self._boundaries.last or fault == "late":
            exchange(url, method, target, body, {**headers, LATE: str(self._order["flight"])})
        self._boundaries.reach(f"{place}: sent")
        if fault in ("late", "never"):
            self._clock.sleep(5.0)
            raise LostError("no response in time")
        if fault not in ("", "lost"):
            headers = {**headers, "X-Mock-Fault": fault}
        status, answer = exchange(url, method, target, body, headers)
        self._boundaries.reach(f"{place}: answered")
        if method == "GET" and (status == 404 or (answer or {}).get("fault", {}).get("code") == "K.GONE"):
            return None
        if fault == "lost" or status >= 300:
            raise LostError(f"status {status}")
        return answer


def live(order: dict[str, Any], say: Callable[[str, Any], None]) -> None:
    """Execute a task of an operator that resumes.

    Args:
        order: What the life is told.
        say: Told of each event.
    """
    clock = SharedClock(order["clock"])
    boundaries = Boundaries(say, order["die_at"], {}, order["pause"])
    vendor = Vendor(order, boundaries, clock)

    class Operator(SDK.ResumableJobMixin, SDK.BaseOperator):  # type: ignore[misc]
        """Submits one job and polls for its end."""

        def execute(self, context: Any) -> Any:
            return self.execute_resumable(context)

        def submit_job(self, context: Any) -> Any:
            return vendor.submit()

        def get_job_status(self, external_id: Any, context: Any) -> str:
            return vendor.state(external_id)

        def is_job_active(self, status: str) -> bool:
            return status in ACTIVE

        def is_job_succeeded(self, status: str) -> bool:
            return status in GOOD

        def poll_until_complete(self, external_id: Any, context: Any) -> None:
            self._said(external_id)
            end = clock.now + _WAIT
            while (status := vendor.state(external_id)) in ACTIVE:
                if clock.now > end:
                    raise LostError("it does not end")
                clock.sleep(_POLL)
            if status not in GOOD:
                raise LostError(f"it ended {status}")

        def get_job_result(self, external_id: Any, context: Any) -> Any:
            self._said(external_id)

        def _said(self, external_id: Any) -> None:
            part = PARTS.get(order["capability"])
            say(
                "job",
                {
                    "identity": {part: external_id} if part else {},
                    "run_key": None if part else {"run-id": str(external_id)},
                    "attribution": "exact",
                },
            )

    try:
        Operator(task_id="job").execute({"task_state_store": Store(order["record"], boundaries)})
    except LostError as error:
        # The scheduler tries again.
        say("error", {"type": "Retry", "message": str(error), "candidates": [], "again": clock.now + 60.0})
    else:
        say("end", "succeeded")
