"""Shows one job while a command waits: a progress line on a terminal, else a line for each change."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from jobclients_core.jobs.job import Job
from jobclients_core.jobs.status import JobStatus
from jobclients_core.states import JobState

from .handles import Kept
from .outcome import code_of_status
from .reporting import Report
from .show import Out, job_name, percent_text, seconds_text


def wait_for(
    kept: Kept,
    report: Report,
    *,
    timeout: float | None,
    start_within: float | None,
    cancel: bool,
    quiet: bool,
) -> int:
    """Wait for a job, and show how it ended.

    Args:
        kept: The job.
        report: What is told when it ends otherwise.
        timeout: Seconds to wait.
        start_within: Seconds within which it has to begin.
        cancel: Whether it is asked to stop when the time is up.
        quiet: Whether nothing is shown on the way.

    Returns:
        The exit code.

    Raises:
        JobClientsError: as ``wait`` of the job has it.
    """
    if kept not in report.kept:
        report.kept.append(kept)
    report.patient = not quiet
    with _progress(kept.job, report.out, quiet=quiet) as update:
        status = kept.job.wait(
            timeout=timeout, start_within=start_within, on_timeout="cancel" if cancel else "leave", on_update=update
        )
    report.kept.remove(kept)
    kept.forget()
    report.out.status(kept.job, status)
    return code_of_status(status)


@contextmanager
def _progress(job: Job[Any], out: Out, *, quiet: bool) -> Generator[Callable[[JobStatus[Any]], None]]:
    if quiet:
        yield lambda status: None
        return
    if not sys.stderr.isatty():
        yield Lines(out).show_one
        return
    from rich.console import Console
    from rich.text import Text

    name = job_name(job)
    start = time.monotonic()
    with Console(stderr=True).status(Text(name)) as spinner:

        def update(status: JobStatus[Any]) -> None:
            spinner.update(Text(out.clean(f"{name}: {line_of(out, status)}, {seconds_text(time.monotonic() - start)}")))

        yield update


def line_of(out: Out, status: JobStatus[Any]) -> str:
    """A status in a few words.

    Args:
        out: Who knows how to say it.
        status: The status.

    Returns:
        State and progress.
    """
    progress = "" if status.progress is None else f" {percent_text(status.progress)}"
    return out.state(status) + progress


class Lines:
    """A line for each change, for logs.

    Args:
        out: Where to write.
    """

    def __init__(self, out: Out) -> None:
        self._out = out
        self._last: dict[str, tuple[JobState, str]] = {}

    def show(self, name: str, status: JobStatus[Any]) -> None:
        """Write a line, if the state is another one than before.

        Args:
            name: The job.
            status: Its status.
        """
        now = (status.state, status.raw_state)
        if self._last.get(name) != now:
            self._last[name] = now
            self._out.say(f"{datetime.now().astimezone():%H:%M:%S} {name}: {line_of(self._out, status)}")

    def show_one(self, status: JobStatus[Any]) -> None:
        """Write a line about the one job there is, if its state is another one than before."""
        self.show(f"{status.vendor}.{status.kind}", status)
