"""What a scene has while it is played: a vendor of its own, and a DAG of one task that calls it."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from on_airflow.cluster import Cluster
from on_airflow.connections import SECRET
from on_airflow.rest import Run, until
from on_airflow.vendors import Mock

DEFERRABLE: Final = "deferrable"
SYNCHRONOUS: Final = "synchronous"
BY_HAND: Final = "execute_resumable"
"""Airflow's own way, for comparison."""

BOTH: Final = (DEFERRABLE, SYNCHRONOUS)


@dataclass(frozen=True, slots=True)
class Work:
    """A job that scenes submit.

    Args:
        vendor: The vendor.
        job_type: Its job type.
        arguments: What it is submitted with.
        lifecycle: What it goes through.
        capability: What the made-up vendor lets one see of it; empty for another vendor.
    """

    vendor: str
    job_type: str
    arguments: Mapping[str, Any]
    lifecycle: str
    capability: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A row of the table of scenes.

    Args:
        name: What happens.
        play: Lets it happen; returns what came of it.
        work: The job.
        expected: What has to come of it, by mode.
        options: Arguments of the operator besides the usual.
        log: What the task's log has to say, in the modes that are ours.
        quick: Whether it is part of the quick run.
        alone: Whether it disturbs all others.
    """

    name: str
    play: Callable[[Stage], str]
    work: Work
    expected: Mapping[str, str]
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    log: tuple[str, ...] = ()
    quick: bool = False
    alone: bool = False

    def dag_id(self, mode: str) -> str:
        """The DAG of a mode."""
        words = "".join(letter if letter.isalnum() else "_" for letter in f"{self.name} {mode}".lower())
        return "_".join(filter(None, words.split("_")))


class Stage:
    """Where a scene is played in one mode.

    Args:
        scene: The scene.
        mode: The mode.
        cluster: Airflow.
        mock: The scene's vendor.
    """

    def __init__(self, scene: Scene, mode: str, cluster: Cluster, mock: Mock) -> None:
        self.scene = scene
        self.mode = mode
        self.cluster = cluster
        self.mock = mock
        self.dag = scene.dag_id(mode)
        self.run: Run | None = None

    def start(self) -> Run:
        """Start the DAG."""
        self.run = self.cluster.api.start(self.dag)
        return self.run

    def logs(self) -> str:
        """The logs of all tries."""
        if self.run is None:
            return ""
        return "\n".join(self.run.log(number) for number in range(1, self.run.task()["try_number"] + 1))

    def waiting(self) -> Run:
        """Start the DAG; it is there once the job is waited for."""
        run = self.start()
        self.await_wait(run)
        return run

    def await_wait(self, run: Run) -> None:
        """Wait until the task waits for its job: deferred, or running, and the vendor was asked for a status."""
        run.await_state("deferred" if self.mode == DEFERRABLE else "running")
        asked = self.mock.asked()
        until(f"{self.dag}: a look at the job", lambda: self.mock.asked() > asked, 60)

    def outcome(self, run: Run) -> str:
        """Wait for the end of the task; its state, and what the vendor has seen."""
        return self.described(run, run.ended(seconds=180))

    def described(self, run: Run, state: str) -> str:
        """A state in which the task ended, with what the vendor has seen; the log has to say what the scene wants."""
        if self.mode != BY_HAND:
            log = run.log(run.task()["try_number"])
            lacking = [text for text in self.scene.log if text not in log]
            assert not lacking, f"the log does not say {lacking}:\n{log}"
            assert SECRET not in log, "the log shows a secret"
        jobs = self.mock.vendor.submissions
        cancelled = sum(job.state(self.mock.vendor.now.timestamp()) == "cancelled" for job in jobs)
        return f"{state}, {len(jobs)} submitted" + (f", {cancelled} cancelled" if cancelled else "")

    def process(self, run: Run) -> Processes:
        """The processes of the task's running try."""
        pid: int = until(f"{self.dag}: a process", lambda: run.task()["pid"], 30)
        return Processes(pid, _parent(pid))


@dataclass(frozen=True, slots=True)
class Processes:
    """The processes of a try.

    Args:
        task: That which executes the operator.
        supervisor: That which started it.
    """

    task: int
    supervisor: int

    def send(self, number: signal.Signals) -> None:
        """Send a signal to both; the supervisor first, so that it does not tell how the task ended."""
        for pid in (self.supervisor, self.task):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


def _parent(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return int(fields[1])
