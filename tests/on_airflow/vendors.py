"""Mock vendors on ports of their own, which can go away, come back as they were, and hold a request back."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final

from jobclients_core.testing import FakeVendor, Reply, Request
from kitchen.support import PACKAGE, SPECS, write_package
from on_airflow.cluster import free_port
from vendorsmith.mock import serving

KITCHEN: Final = f"{PACKAGE}:kitchen_jobs"
"""The made-up vendor whose job types have every capability of x-jobs."""

PAGE: Final = "https://kitchen.example.com/oven"
"""The page of every bake, which the vendor's responses name."""

_CHANGES: Final = {
    # Times that scenes would wait for.
    "settle: PT2M": "settle: PT8S",
    "unknown: {for: PT5M,": "unknown: {for: PT8S,",
    "max: PT20S": "max: PT2S",
    # A page for people.
    "      code: {from: $response.body#/fault/code}\n": (
        "      code: {from: $response.body#/fault/code}\n      page_url: {from: $response.body#/page}\n"
    ),
    "    Bake:\n      type: object\n": "    Bake:\n      type: object\n      required: [page]\n",
    "        fault: {description: What is wrong.}\n": (
        "        fault: {description: What is wrong.}\n"
        f"        page: {{type: string, enum: [{PAGE}], description: The page of the bake.}}\n"
    ),
}
"""What is another here in the specification of the made-up vendor."""


def write_kitchen(folder: Path) -> None:
    """Generate the made-up vendor's clients."""
    text = (SPECS / "kitchen_jobs" / "openapi.yaml").read_text("utf-8")
    for before, after in _CHANGES.items():
        assert before in text
        text = text.replace(before, after)
    specs = folder / "specs"
    (specs / "kitchen_jobs").mkdir(parents=True)
    (specs / "kitchen_jobs" / "openapi.yaml").write_text(text, "utf-8")
    write_package(folder, specs)


@dataclass(slots=True)
class Held:
    """A request that the vendor keeps waiting.

    Args:
        method: Its method.
        path: What its path contains.
        taken: Whether it is carried out, and only its response held; else it never reaches the vendor.
        arrived: Set when it is there.
        released: Set when it may go on.
    """

    method: str
    path: str
    taken: bool
    arrived: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)


class Mock:
    """A mock vendor; a context in which it is served.

    Args:
        name: The vendor.
        lifecycle: What its jobs go through.
    """

    def __init__(self, name: str, lifecycle: str = "") -> None:
        self.name = name
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._lifecycle = lifecycle
        self._server = ExitStack()
        self._state: FakeVendor | None = None
        self._held: list[Held] = []

    def __enter__(self) -> Mock:
        self.up()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for held in self._held:
            held.released.set()
        self.down()

    @property
    def vendor(self) -> FakeVendor:
        """What it knows, whether it is served or not."""
        assert self._state is not None
        return self._state

    def up(self) -> None:
        """Serve it, with all that it knew before."""
        mock = self._server.enter_context(serving(self.name, lifecycle=self._lifecycle, port=self._port, strict=True))
        if self._state is None:
            self._state = mock.vendor
            self._respond = mock.vendor.respond
        mock.vendor.respond = self._answer  # type: ignore[method-assign]

    def down(self) -> None:
        """Close its connections and listen no more."""
        self._server.close()

    def hold(self, method: str, path: str = "", *, taken: bool) -> Held:
        """Keep the next request of a method waiting, and all that come after it until it is released.

        Args:
            method: The method.
            path: What the path has to contain.
            taken: Whether it is carried out before.
        """
        held = Held(method, path, taken)
        self._held.append(held)
        return held

    def _answer(self, request: Request) -> Reply:
        held = next((one for one in self._held if one.method == request.method and one.path in request.path), None)
        if held is None or held.arrived.is_set():
            return self._respond(request)
        reply = self._respond(request) if held.taken else Reply(0, fault="reset")
        held.arrived.set()
        held.released.wait(180)
        return reply

    def asked(self, method: str = "GET") -> int:
        """How many requests of a method arrived."""
        return sum(seen.method == method for seen in self.vendor.requests)

    @property
    def logins(self) -> int:
        """How many times somebody logged in."""
        return sum("auth/tokens" in seen.path for seen in self.vendor.requests)
