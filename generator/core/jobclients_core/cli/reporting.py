"""Turns every way in which a command can end into a message and an exit code."""

from __future__ import annotations

import logging
import os
import shlex
import warnings
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import typer

from jobclients_core.client import SyncClient, session_of
from jobclients_core.errors import JobClientsError
from jobclients_core.jobs.as_data import status_data
from jobclients_core.observe import Event

from .config import CommandError, Opened
from .handles import Kept, commands, left_alone
from .interrupt import Interrupted
from .outcome import CANNOT_TELL, code_of_error, error_data, goes_on, hint_of, may_run
from .show import Out


@dataclass(slots=True)
class Report:
    """What is known of a command while it runs, for when it ends otherwise than planned.

    Args:
        out: Where to write.
        acting: Whether the vendor was asked to do something, so that its refusal is a failure.
        vendor: What the vendor is found by.
        kept: The jobs that go on without the command.
        unsure: What to say of an interruption when no job is known yet.
        looks: The command that finds out what became of a submission, where one is kept.
        clients: The clients, which are closed in the end.
        patient: Whether failures that go by are told, because nothing else would be for a while.
        troubled: Vendors whose last request failed.
    """

    out: Out
    acting: bool = False
    vendor: str = ""
    kept: list[Kept] = field(default_factory=list[Kept])
    unsure: str = ""
    looks: str | None = None
    clients: list[SyncClient] = field(default_factory=list[SyncClient], repr=False)
    patient: bool = False
    troubled: set[str] = field(default_factory=set[str])

    def opened(self, client: Opened) -> Opened:
        """Note a client: its vendor, and its secrets, which are never shown.

        Returns:
            The same.
        """
        self.vendor = client.known.address
        self.clients.append(client.client)
        self.out.secrets.append(session_of(client.client).auth.secrets)
        return client

    def look_with(self, path: Path | None, raw_arguments: Sequence[str]) -> None:
        """Note where a submission is kept, for when it is not known what became of it.

        Args:
            path: The file; None where it is in none.
            raw_arguments: Options and key=value pairs that its client needs.
        """
        if path is not None:
            self.looks = shlex.join(["jobclients", "resume", str(path.absolute()), *raw_arguments])

    def heard(self, event: Event) -> None:
        """Tell of trouble while waiting, once until it is over; what a client takes as its observer.

        Args:
            event: A request.
        """
        failed = event.status is None or event.status >= 500 or event.status == 429
        if not failed:
            self.troubled.discard(event.vendor)
        elif self.patient and event.vendor not in self.troubled:
            self.troubled.add(event.vendor)
            reason = event.error if event.status is None else f"status {event.status}"
            now = datetime.now().astimezone()
            self.out.say(f"{now:%H:%M:%S} {event.vendor} {event.operation}: {reason}; waiting goes on")


@contextmanager
def reporting(out: Out) -> Generator[Report]:
    """Turn every way in which a command can end into a message and an exit code.

    Args:
        out: Where to write.
    """
    report = Report(out)
    _quiet_library(out)
    try:
        yield report
    except typer.Exit:
        raise
    except Interrupted as stop:
        _interrupted(report, stop)
        raise typer.Exit(stop.code) from None
    except CommandError as error:
        _print_error(out, "CommandError", error.message, error.hint, error.code)
        raise typer.Exit(error.code) from None
    except JobClientsError as error:
        code = code_of_error(error, asked_to_act=report.acting)
        _failed(report, error, code)
        raise typer.Exit(code) from None
    except BrokenPipeError:
        raise
    except Exception as error:
        if os.environ.get("JOBCLIENTS_DEBUG"):
            raise
        raw_arguments = f"this should not have happened: {type(error).__name__}"
        _print_error(
            out, type(error).__name__, raw_arguments, "JOBCLIENTS_DEBUG=1 shows where; please report it", CANNOT_TELL
        )
        raise typer.Exit(CANNOT_TELL) from None
    finally:
        for client in report.clients:
            client.close()


def _print_error(out: Out, kind: str, message: str, hint: str, code: int) -> None:
    if out.json:
        out.data({"error": {"type": kind, "message": message}, "exit_code": code})
    out.say(f"error: {message}")
    if hint:
        out.say(f"hint: {hint}")


def _failed(report: Report, error: JobClientsError, code: int) -> None:
    out = report.out
    kept = next((kept for kept in report.kept if kept.job is error.job), None)
    resume = kept.resume_command() if kept is not None and goes_on(error) else None
    if may_run(error) and report.looks is not None:
        resume = report.looks
    if out.json:
        facts = {"error": error_data(error), "exit_code": code, "resume": resume}
        out.data((status_data(kept.job, error.job_status) if kept is not None else {}) | facts)
    elif error.job_status is not None and kept is not None:
        out.status(kept.job, error.job_status)
    out.say(f"error: {error}")
    hint = hint_of(error, report.vendor)
    if hint:
        out.say(f"hint: {hint}")
    if resume is not None:
        out.say(f"go on with:\n  {resume}")
    if kept is not None and not goes_on(error):
        kept.forget()


def _interrupted(report: Report, stop: Interrupted) -> None:
    out = report.out
    lines = commands(report.kept)
    if out.json:
        jobs = [status_data(kept.job, None) for kept in report.kept]
        out.data({"interrupted": stop.number, "jobs": jobs, "resume": lines, "exit_code": stop.code})
    if not report.kept:
        out.say(f"\ninterrupted{': ' + report.unsure if report.unsure else ''}")
        return
    out.say(f"\ninterrupted; {left_alone(report.kept)}{'; go on with:' if lines else ''}")
    for line in lines:
        out.say(f"  {line}")


class _Handler(logging.Handler):
    """Shows what the library has to say, without tracebacks."""

    def __init__(self, out: Out) -> None:
        super().__init__()
        self._out = out

    def emit(self, record: logging.LogRecord) -> None:
        """Show a record."""
        self._out.say(f"{record.levelname.lower()}: {record.getMessage()}")


def _quiet_library(out: Out) -> None:
    logger = logging.getLogger("jobclients")
    logger.handlers[:] = [_Handler(out)]
    logger.propagate = False

    def show(message: Warning | str, *rest: object, **more: object) -> None:
        out.say(f"warning: {message}")

    warnings.showwarning = show
