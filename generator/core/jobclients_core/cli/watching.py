"""Several jobs at once: a table that lives, or a line for each change."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from jobclients_core.errors import JobClientsError
from jobclients_core.jobs.jobset import JobSet
from jobclients_core.jobs.status import JobStatus
from jobclients_core.states import JobState

from .follow import Lines, line_of
from .handles import Kept
from .outcome import code_of_error, code_of_status, error_data, gravest
from .reporting import Report
from .show import Out, job_name, seconds_text, status_data

if TYPE_CHECKING:
    from rich.table import Table

_STYLES = {
    JobState.SUCCEEDED: "green",
    JobState.SUCCEEDED_WITH_WARNINGS: "yellow",
    JobState.FAILED: "red",
    JobState.CANCELLED: "magenta",
    JobState.RUNNING: "cyan",
    JobState.PAUSED: "yellow",
}


@dataclass(slots=True)
class Row:
    """One job of the table.

    Args:
        kept: The job.
        start: When watching began, on the monotonic clock.
        status: Its last status.
        error: How watching it ended, if badly.
        end: When that was.
    """

    kept: Kept
    start: float
    status: JobStatus[Any] | None = None
    error: JobClientsError | None = None
    end: float | None = None

    @property
    def elapsed(self) -> float:
        """Seconds that the job takes: as the vendor has it where it says so, else since watching began."""
        status = self.status
        if status is not None and status.duration is not None:
            return status.duration
        if status is not None and status.started_at is not None:
            return max(time.time() - status.started_at.timestamp(), 0.0)
        return (self.end or time.monotonic()) - self.start


class View(Protocol):
    """Shows how rows change."""

    def show(self, row: Row) -> None:
        """Show a row that changed."""
        ...


def watch(report: Report, kept: Sequence[Kept], *, timeout: float | None) -> int:
    """Look on until all jobs have ended.

    Args:
        report: What is told when it ends otherwise; holds the jobs.
        kept: The jobs.
        timeout: Seconds for each.

    Returns:
        The gravest exit code.
    """
    now = time.monotonic()
    rows = {id(one.job): Row(one, now) for one in kept}
    report.kept = list(kept)
    report.patient = True
    with _view(report.out, list(rows.values())) as view, JobSet[Any](timeout=timeout, updates=True) as jobs:
        for one in kept:
            jobs.add(one.job)
        for outcome in jobs:
            row = rows[id(outcome.job)]
            row.status = outcome.status or row.status
            if outcome.ended:
                row.error = outcome.error
                row.end = time.monotonic()
                if row.status is not None and row.status.state.terminal:
                    report.kept.remove(row.kept)
                    row.kept.forget()
            view.show(row)
    for one in report.kept:
        report.out.say(f"{job_name(one.job)} was left as it is; go on with:\n  {one.resume_command()}")
    return gravest([_code(row) for row in rows.values()])


def _code(row: Row) -> int:
    if row.error is not None:
        return code_of_error(row.error)
    assert row.status is not None  # no error, so there is a status
    return code_of_status(row.status)


@contextmanager
def _view(out: Out, rows: list[Row]) -> Generator[View]:
    if out.json:
        yield _JsonView(out)
        return
    if not sys.stdout.isatty():
        yield _LineView(out)
        return
    from rich.console import Console
    from rich.live import Live

    with Live(console=Console(), get_renderable=lambda: _table(out, rows), refresh_per_second=4):
        yield _TableView()


class _TableView:
    """The table draws itself."""

    def show(self, row: Row) -> None:
        """Do nothing."""


class _LineView:
    def __init__(self, out: Out) -> None:
        self._out = out
        self._lines = Lines(out)

    def show(self, row: Row) -> None:
        """Write a line for a change, and the whole of an end."""
        name = job_name(row.kept.job)
        if row.end is None and row.status is not None:
            self._lines.show(name, row.status)
        elif row.status is not None and row.status.state.terminal:
            self._out.status(row.kept.job, row.status)
        elif row.error is not None:
            self._out.print(f"{name}: {row.error}")


class _JsonView:
    def __init__(self, out: Out) -> None:
        self._out = out

    def show(self, row: Row) -> None:
        """Write one line of JSON."""
        error = None if row.error is None else error_data(row.error)
        facts = status_data(row.kept.job, row.status)
        self._out.data(facts | {"ended": row.end is not None, "elapsed": round(row.elapsed, 3), "error": error})


def _table(out: Out, rows: list[Row]) -> Table:
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for title in ("job", "state", "progress", "elapsed", ""):
        table.add_column(title, overflow="fold")
    for row in rows:
        status = row.status
        state = "asking" if status is None else line_of(out, status).removesuffix("%").rstrip("0123456789").rstrip()
        style = _STYLES.get(status.state, "") if status is not None else ""
        note = str(row.error) if row.error is not None else (status.message or "" if status is not None else "")
        bar = Text("") if status is None or status.progress is None else ProgressBar(1.0, status.progress, width=20)
        table.add_row(
            Text(out.clean(job_name(row.kept.job))),
            Text(out.clean(state), style=style),
            bar,
            seconds_text(row.elapsed),
            Text(out.clean(note)[:120]),
        )
    return table
