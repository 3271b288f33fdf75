"""The mock vendor in a process of its own: it knows whose each run is, and takes requests that arrive late.

``vendor.py CLOCK`` serves the made-up vendor of the kitchen on loopback, prints its URL, and ends with its input.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from jobclients_core.testing import FakeClock, FakeVendor, Reply, Request
from survive.shared import LATE, RUNS, WHO, SharedClock
from vendorsmith.mock import serving


class VendorClock(FakeClock):
    """The clock that all share, and for what arrives late the moment at which it arrives.

    Args:
        shared: The clock.
    """

    def __init__(self, shared: SharedClock) -> None:
        super().__init__()
        self._shared = shared
        self.at: float | None = None

    def wall(self) -> float:
        """Seconds since 1970."""
        return self._shared.now if self.at is None else self.at

    def monotonic(self) -> float:
        """The same: nothing sets it back while it is looked at."""
        return self.wall()


class Witness:
    """Stands before a vendor, and notes who submitted.

    Args:
        vendor: The vendor.
        clock: Its clock.
    """

    def __init__(self, vendor: FakeVendor, clock: VendorClock) -> None:
        self._vendor = vendor
        self._clock = clock
        self._answer = vendor.respond
        self._late: list[tuple[float, Request]] = []
        self._whose: list[str] = []

    def answer(self, request: Request) -> Reply:
        """Answer a request, once what was under way has arrived."""
        now = self._clock.wall()
        while self._late and self._late[0][0] <= now:
            self._clock.at, late = self._late.pop(0)
            self._noted(late)
            self._clock.at = None
        if request.path == RUNS:
            if request.method == "DELETE":
                self._late.clear()
                self._whose.clear()
                self._vendor.reset()
            return Reply(200, {"Content-Type": "application/json"}, json.dumps(self._runs()).encode())
        seconds = request.headers.get(LATE.lower())
        if seconds is None:
            return self._noted(request)
        headers = {name: value for name, value in request.headers.items() if name != LATE.lower()}
        self._late.append((now + float(seconds), dataclasses.replace(request, headers=headers)))
        self._late.sort(key=lambda item: item[0])
        return Reply(202)

    def _noted(self, request: Request) -> Reply:
        reply = self._answer(request)
        new = len(self._vendor.submissions) - len(self._whose)
        self._whose += [request.headers.get(WHO.lower(), "us")] * new
        return reply

    def _runs(self) -> dict[str, Any]:
        runs = [
            {"who": who, "identity": job.identity, "run": job.run, "created": job.created, "key": job.key}
            for who, job in zip(self._whose, self._vendor.submissions, strict=True)
        ]
        return {"runs": runs, "under_way": len(self._late)}


def main() -> None:
    """Serve until nobody is there any more."""
    clock = VendorClock(SharedClock(sys.argv[1]))
    with serving("kitchen_clients:kitchen_jobs", clock=clock, strict=True) as mock:
        mock.vendor.respond = Witness(mock.vendor, clock).answer  # type: ignore[method-assign]
        print(mock.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
