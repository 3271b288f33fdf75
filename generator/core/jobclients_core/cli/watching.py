"""The command `watch`: several jobs in a live table, or a line for each change."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from jobclients_core.jobs.as_data import status_data
from jobclients_core.jobs.jobset import JobSet

from .follow import Lines
from .handles import Kept, commands, left_alone
from .outcome import code_of_error, code_of_status, error_data, gravest
from .reporting import Report
from .screen import Row, Screen
from .show import Out, job_name


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
    if report.kept:
        lines = commands(report.kept)
        report.out.say(left_alone(report.kept) + ("; go on with:" if lines else ""))
        for line in lines:
            report.out.say(f"  {line}")
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

    screen = Screen(out, rows)
    console = Console()
    try:
        with Live(screen, console=console, refresh_per_second=4, transient=True):
            yield _ScreenView()
    finally:
        # However it ends, the picture that stays shows each job once.
        screen.whole = True
        console.print(screen)


class _ScreenView:
    """The screen draws itself."""

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
