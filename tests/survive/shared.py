"""What all processes of a story share: one clock, the places at which they die, and requests made by hand.

The standard library only: lives of other libraries are lived in environments of their own.
"""

from __future__ import annotations

import http.client
import json
import mmap
import os
import signal
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

CAPABILITIES: Final = ("honoured", "list", "baseline", "discover", "none")
KINDS: Final = {
    "honoured": "courses",
    "list": "orders",
    "baseline": "menus",
    "discover": "deliveries",
    "none": "bakes",
}
ARGUMENTS: Final[Mapping[str, Callable[[str], dict[str, Any]]]] = {
    "honoured": lambda name: {"course": name, "table": 1},
    "list": lambda name: {"dish": name},
    "baseline": lambda name: {"menu": name},
    "discover": lambda name: {"route": name},
    "none": lambda name: {"dish": name},
}
"""What a job of each is submitted with, by what it is called."""

HOUSE: Final = "h"
TOKEN: Final = "t"
SETTLE: Final = 120.0
"""Seconds after which a submission that was taken shows, as the specification has it."""

LATE: Final = "X-Late"
"""The header of a request that is under way for some seconds though nobody waits for it."""

WHO: Final = "X-Who"
"""The header that says who submits; the client under test does not send it."""

RUNS: Final = "/_runs"
"""Where the vendor tells what runs it has, and whose they are."""


class SharedClock:
    """Seconds since 1970 that all processes see; whoever sleeps moves them for all.

    Args:
        path: A file of eight bytes.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        with Path(path).open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 8)

    @property
    def now(self) -> float:
        """The time."""
        found: tuple[float] = struct.unpack("d", self._memory[:8])
        return found[0]

    @now.setter
    def now(self, seconds: float) -> None:
        self._memory[:8] = struct.pack("d", seconds)

    def sleep(self, seconds: float) -> None:
        """Let time go by."""
        self.now += max(seconds, 0.0)


class Boundaries:
    """The places of a life that are counted, and at one of which it ends.

    Args:
        say: Told of each event, at once.
        die_at: The number of the place at which the process kills itself; 0 for none.
        acts: What others do when a place is reached, by its number.
        pause: Seconds of real time to stay at each place, so that a kill from outside meets it.
    """

    def __init__(
        self,
        say: Callable[[str, Any], None],
        die_at: int = 0,
        acts: Mapping[int, Callable[[], None]] | None = None,
        pause: float = 0.0,
    ) -> None:
        self._say = say
        self._die_at = die_at
        self._acts = acts or {}
        self._pause = pause
        self._count = 0

    @property
    def last(self) -> bool:
        """Whether the process dies at the next place."""
        return self._count + 1 == self._die_at

    def reach(self, place: str) -> None:
        """Come to a place, and perhaps no further."""
        self._count += 1
        self._say("at", place)
        if self._count in self._acts:
            self._acts[self._count]()
        if self._pause:
            time.sleep(self._pause)
        if self._count == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)


def teller(descriptor: int) -> Callable[[str, Any], None]:
    """What writes events to a pipe, each by one system call, so that none is lost with the process."""

    def say(kind: str, value: Any) -> None:
        os.write(descriptor, json.dumps([kind, value]).encode() + b"\n")

    return say


@dataclass(frozen=True, slots=True)
class ByHand:
    """A request to submit, as somebody makes it who uses no client of ours.

    Args:
        path: Path and query; ``{name}`` is what the job is called.
        body: The body, in which ``{name}`` and ``{key}`` are likewise.
        headers: Header fields, likewise; left out where there is no key.
    """

    path: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


BY_HAND: Final = {
    "honoured": ByHand(f"/houses/{HOUSE}/courses/{{name}}?table=1", {}, {"Request-Key": "{key}"}),
    "list": ByHand("/orders", {"dish": "{name}", "tags": [{"name": "kitchen", "value": "{key}"}]}),
    "baseline": ByHand(f"/houses/{HOUSE}/menus/{{name}}"),
    "discover": ByHand("/deliveries?route={name}"),
    "none": ByHand("/bakes", {"dish": "{name}"}),
}


def request_by_hand(capability: str, name: str, key: str, who: str) -> tuple[str, str, bytes | None, dict[str, str]]:
    """A submission by hand: method, target, body and header fields.

    Args:
        capability: What the vendor lets one see.
        name: What the job is called.
        key: The key that it carries; empty for none.
        who: Who submits.
    """

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {part: filled(item) for part, item in value.items()}
        if isinstance(value, list):
            return [filled(item) for item in value]
        return value.replace("{name}", name).replace("{key}", key)

    call = BY_HAND[capability]
    headers = {WHO: who, "X-Token": TOKEN} | (filled(dict(call.headers)) if key else {})
    if call.body is None:
        return "POST", filled(call.path), None, headers
    body = filled(call.body)
    if not key:
        body.pop("tags", None)
    return "POST", filled(call.path), json.dumps(body).encode(), {**headers, "Content-Type": "application/json"}


def exchange(
    url: str, method: str, target: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, Any]:
    """Send a request on a connection of its own; the status and the JSON of the response."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
    try:
        connection.request(method, target, body, dict(headers or {}))
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    return answer.status, json.loads(content) if content.strip() else None


def told(url: str, method: str, target: str, body: Any = None) -> Any:
    """Tell the vendor's reserved path something, or ask it."""
    content = None if body is None else json.dumps(body).encode()
    status, answer = exchange(url, method, target, content, {"Content-Type": "application/json"})
    if status >= 300:
        raise RuntimeError(f"{method} {target}: {status} {answer}")
    return answer
