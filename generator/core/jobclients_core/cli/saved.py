"""The commands `list` and `prune`: saved jobs in a folder."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jobclients_core.errors import JobClientsError
from jobclients_core.jobs.errors import JobExpired, RecordBusy, RunSuperseded
from jobclients_core.jobs.handle import Handle
from jobclients_core.jobs.record import FileRecord

from . import actions
from .config import CommandError, Setup
from .handles import keep_folder, read_file, saved_in
from .outcome import CANNOT_TELL
from .reporting import Report
from .show import seconds_text


@dataclass(frozen=True, slots=True)
class Saved:
    """A file that may hold a handle.

    Args:
        path: The file.
        at: When it was written; seconds since 1970.
        handle: What it says; None for a file that holds none.
        problem: Why it holds none.
    """

    path: Path
    at: float
    handle: Handle | None = None
    problem: str = ""

    @property
    def name(self) -> str:
        """The job in words."""
        if self.handle is None:
            return self.problem
        return self.handle.label


def list_saved(report: Report, folder: Path | None) -> int:
    """Show the saved jobs of a folder; asks no vendor.

    Args:
        report: Where to.
        folder: The folder; that of the command's own making when None.

    Returns:
        The exit code.
    """
    place = folder or keep_folder()
    now = time.time()
    found = list(_saved(folder))
    if report.out.json:
        report.out.data([_data(saved) for saved in found])
        return 0
    for saved in found:
        report.out.print(f"{saved.name}\n  {saved.path}, saved {seconds_text(max(now - saved.at, 0.0))} ago")
    jobs = sum(saved.handle is not None for saved in found)
    hint = "; `jobclients resume FILE` waits for one, `watch DIR` for all" if jobs else ""
    report.out.say(f"saved jobs in {place}: {jobs or 'none'}{hint}")
    return 0


def prune(report: Report, setup: Setup, folder: Path | None, *, older_than: float | None, dry_run: bool) -> int:
    """Remove the saved jobs that have ended or are gone; or those that are old enough, without asking anybody.

    Files that hold no handle stay where they are, whatever their age: one may speak of a submission that is not
    settled. So do those of jobs that a vendor does not find, which may be no more than a slow replica.

    Args:
        report: Where to.
        setup: Which configuration to use.
        folder: The folder; that of the command's own making when None.
        older_than: Seconds since a file was written; None to ask each job's vendor instead.
        dry_run: Whether it is only told what would be removed.

    Returns:
        The exit code; 5 where it is not known of some whether they have ended.
    """
    untold = removed = False
    for saved in _saved(folder):
        if saved.handle is None:
            reason = None
        elif older_than is not None:
            age = time.time() - saved.at
            reason = f"saved {seconds_text(age)} ago" if age > older_than else None
        else:
            try:
                reason = _end(report, setup, saved)
            except (CommandError, JobClientsError) as error:
                untold = True
                report.out.say(f"{saved.path} stays: {error}")
                continue
        if reason is not None:
            removed = True
            _remove(report, saved, reason, dry_run=dry_run)
    if not removed:
        report.out.say(f"nothing to remove in {folder or keep_folder()}")
    return CANNOT_TELL if untold else 0


def _end(report: Report, setup: Setup, saved: Saved) -> str | None:
    """How a job has ended; None for one that goes on."""
    kept = actions.job_of_file(report, setup, str(saved.path))
    try:
        status = kept.job.status()
    except (JobExpired, RunSuperseded) as error:
        return str(error)
    return report.out.state(status) if status.state.terminal else None


def _remove(report: Report, saved: Saved, reason: str, *, dry_run: bool) -> None:
    if not dry_run and not _unlinked(saved):
        report.out.say(f"{saved.path} stays: another command is writing it, or has written it meanwhile")
        return
    if report.out.json:
        report.out.data(_data(saved) | {"removed": not dry_run, "reason": reason})
    else:
        report.out.print(f"{saved.path} {'would be removed' if dry_run else 'removed'}: {saved.name}, {reason}")


def _unlinked(saved: Saved) -> bool:
    """Remove a file; False for one that was written since it was read: it may hold another job by now."""
    is_record = saved.handle is not None and saved.handle.fingerprint is not None
    try:
        with FileRecord(saved.path).lock() if is_record else nullcontext():
            if saved.path.stat().st_mtime != saved.at:
                return False
            saved.path.unlink()
    except FileNotFoundError:
        pass  # another command was faster
    except RecordBusy:
        return False
    except OSError as error:
        raise CommandError(f"{saved.path} cannot be removed: {error.strerror or type(error).__name__}") from None
    return True


def _saved(folder: Path | None) -> Iterator[Saved]:
    """What is in a folder; that of the command's own making is there once something has been saved."""
    place = folder or keep_folder()
    for path in saved_in(place) if folder or place.exists() else ():
        try:
            at = path.stat().st_mtime
        except FileNotFoundError:
            continue  # its job has ended meanwhile, which another command was told
        try:
            handle = _handle(read_file(str(path))[1])
        except CommandError as error:
            yield Saved(path, at, problem=error.message.removeprefix(f"{path}: "))
        else:
            problem = "" if handle is not None else "a submission of which no job is known yet"
            yield Saved(path, at, handle, problem)


def _handle(record: object) -> Handle | None:
    """The handle that a file holds; None for a submission that is not settled, which no age makes void."""
    return record if isinstance(record, Handle) else None


def _data(saved: Saved) -> dict[str, Any]:
    handle = saved.handle
    return {
        "file": str(saved.path),
        "saved_at": datetime.fromtimestamp(saved.at).astimezone().isoformat(timespec="seconds"),
        "vendor": None if handle is None else handle.vendor,
        "kind": None if handle is None else handle.kind,
        "identity": None if handle is None else dict(handle.identity),
        "account": None if handle is None else handle.account,
        "problem": saved.problem or None,
    }
