"""What a process of Airflow and its children use: processor time and memory, from /proc."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import TracebackType

from on_airflow.cluster import descendants

_TICKS = os.sysconf("SC_CLK_TCK")


class Meter:
    """Measures a tree of processes for as long as the context lasts; the tree may be replaced.

    Args:
        pid: The root of the tree.

    Attributes:
        memory: The most that was resident, in bytes; what is shared counts once for each process.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.memory = 0
        self._used: dict[int, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._measure, daemon=True)

    def __enter__(self) -> Meter:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    @property
    def seconds(self) -> float:
        """Processor time, in user and system mode."""
        return sum(self._used.values())

    def _measure(self) -> None:
        while not self._over.wait(0.5):
            memory = 0
            for pid in (self.pid, *descendants(self.pid)):
                try:
                    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
                except OSError:
                    continue
                self._used[pid] = (int(fields[11]) + int(fields[12])) / _TICKS
                memory += int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
            self.memory = max(self.memory, memory)
