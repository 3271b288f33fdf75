"""Ctrl-C and SIGTERM: the command ends, the job goes on."""

from __future__ import annotations

import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class Interrupted(BaseException):
    """A signal asked the command to end; no kind of error, so that nothing swallows it.

    Args:
        number: The signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    @property
    def code(self) -> int:
        """The exit code that shells expect."""
        return 128 + self.number


class Signals:
    """Turns signals into `Interrupted`, at once or after something that should not be cut in two."""

    def __init__(self) -> None:
        self._deferring = ""
        self._pending: int | None = None

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal."""
        if self._deferring and self._pending is None:
            self._pending = number
            sys.stderr.write(f"\n{self._deferring}\n")
            return
        raise Interrupted(number)

    def defer(self, note: str) -> None:
        """From now on let the block of `deferring` end before a first signal does anything; a second one ends it.

        Args:
            note: What to tell whoever sends the signal.

        Raises:
            Interrupted: a signal came since an earlier call.
        """
        if self._pending is not None:
            raise Interrupted(self._pending)
        self._deferring = note

    @contextmanager
    def deferring(self) -> Generator[None]:
        """A block in which `defer` may be called.

        Raises:
            Interrupted: a signal came meanwhile.
        """
        try:
            yield
        finally:
            self._deferring = ""
        if self._pending is not None:
            raise Interrupted(self._pending)


@contextmanager
def signals() -> Generator[Signals]:
    """Handle signals inside of the block."""
    handler = Signals()
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    before: dict[Any, Any] = {}
    for number in (getattr(signal, name) for name in names if hasattr(signal, name)):
        # Whoever ignores a signal from outside (nohup) has a reason for it.
        if signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, handler.handle)
    try:
        yield handler
    finally:
        for number, former in before.items():
            signal.signal(number, former)
