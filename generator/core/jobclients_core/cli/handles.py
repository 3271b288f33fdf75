"""Saves handles in files, and prints the command that continues with them."""

from __future__ import annotations

import os
import re
import secrets
import shlex
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jobclients_core.errors import InvalidArgument
from jobclients_core.jobs.errors import HandleError, RecordError
from jobclients_core.jobs.handle import MAX_TEXT, Handle
from jobclients_core.jobs.job import Job
from jobclients_core.jobs.record import FileRecord, Intent, read_record

from .config import CommandError
from .show import job_name

_FEW = 3
"""How many jobs are named one by one, each with a command of its own."""

NOT_SAVED = "a URL that holds a credential is not saved: no later command can go on with it"
"""What is reported of a job that cannot be saved."""

_TOGETHER = "watch-"
"""What the name of a folder begins with that holds the handles of jobs that were looked on at together."""


def keep_folder() -> Path:
    """Where handles are kept that the user named no file for.

    Returns:
        A folder of the user's own.
    """
    folder = os.environ.get("XDG_STATE_HOME")
    return (Path(folder) if folder else Path.home() / ".local" / "state") / "jobclients"


def write_handle(path: Path, text: str) -> None:
    """Write a handle durably, as a whole or not at all; a link to a file stays one.

    Args:
        path: The file.
        text: The handle.

    Raises:
        CommandError: the file cannot be written.
    """
    try:
        FileRecord(path).save(text)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or type(error).__name__}") from None
    except (InvalidArgument, RecordError) as error:
        raise CommandError(error.message) from None


def _write_record(path: Path, handle: Handle) -> None:
    """Write a handle to the record of its submission, unless that is another submission's by now."""
    try:
        with FileRecord(path).lock():
            if path.exists() and not _of_same(read_file(str(path))[1], handle):
                raise CommandError(f"{path} is the record of another submission by now")
            write_handle(path, handle.to_json())
    except RecordError as error:
        raise CommandError(error.message) from None


def _of_same(kept: Handle | Intent, handle: Handle) -> bool:
    """Whether what a record holds is of the submission of a handle."""
    if not isinstance(kept, Handle):
        return False
    own = (handle.submitted_at, handle.key, handle.fingerprint)
    return (kept.submitted_at, kept.key, kept.fingerprint) == own


def check_place(path: Path) -> None:
    """Find out whether a handle can be written, before there is one; a file that is there stays as it is.

    Args:
        path: The file.

    Raises:
        CommandError: it cannot be written.
    """
    if path.is_dir():
        raise CommandError(f"{path} cannot be written: it is a folder")
    trial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        os.close(os.open(trial, os.O_WRONLY | os.O_CREAT, 0o600))
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or type(error).__name__}") from None
    finally:
        _remove(trial)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def read_text(path: str) -> str:
    """The text of a handle's file.

    Args:
        path: The file; ``-`` for standard input.

    Returns:
        The text.

    Raises:
        CommandError: it cannot be read.
    """
    try:
        if path == "-":
            return sys.stdin.read(MAX_TEXT + 1)
        with Path(path).open(encoding="utf-8") as file:
            return file.read(MAX_TEXT + 1)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror or type(error).__name__}") from None
    except UnicodeDecodeError:
        raise CommandError(f"{path} is not UTF-8 text") from None


def read_file(path: str) -> tuple[str, Handle | Intent]:
    """Read the file of a handle, or of a submission of which no job is known yet.

    Args:
        path: The file; ``-`` for standard input.

    Returns:
        Its text and what it says.

    Raises:
        CommandError: it holds no handle.
    """
    text = read_text(path).strip()
    try:
        return text, read_record(text)
    except HandleError as error:
        raise CommandError(f"{path}: {error.message}") from None


@dataclass(slots=True)
class Kept:
    """A job that can be gone on with.

    Args:
        job: The job.
        raw_arguments: Options and key=value pairs that its client needs.
        path: Where its handle is, or shall be; None for a file of the command's own making.
    """

    job: Job[Any]
    raw_arguments: Sequence[str] = field(default=())
    path: Path | None = None
    _own: Path | None = field(default=None, init=False, compare=False)

    def _own_path(self, folder: Path) -> Path:
        """The file of the command's own making; no other command has the same, whatever its job."""
        if self._own is None:
            self._own = folder / f"{self._stem}{secrets.token_hex(10)}.json"
        return self._own

    @property
    def _text(self) -> str:
        try:
            return self.job.to_json()
        except HandleError as error:
            raise CommandError(error.message) from None

    @property
    def _stem(self) -> str:
        return f"{self.job.kind.vendor}.{self.job.kind.name}-"

    def keep(self) -> str:
        """Write the handle.

        Returns:
            The file as an argument of a command.

        Raises:
            CommandError: it cannot be written.
        """
        if self.path is None:
            return self.keep_in(keep_folder())
        text = self._text
        handle = read_record(text)
        if isinstance(handle, Handle) and handle.fingerprint is not None:
            _write_record(self.path, handle)
        else:
            write_handle(self.path, text)
        return str(self.path.absolute())

    def keep_in(self, folder: Path) -> str:
        """Write the handle to a file of the command's own making.

        Args:
            folder: Where; it is made.

        Returns:
            The file as an argument of a command.

        Raises:
            CommandError: it cannot be written.
        """
        path = self._own_path(folder)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise CommandError(f"{path.parent} cannot be made: {error.strerror}") from None
        write_handle(path, self._text)
        return str(path.absolute())

    def forget(self) -> None:
        """Remove the file of the command's own making, or of an earlier command's; the job has ended."""
        if self._own is not None:
            _remove(self._own)
        path = self.path
        if path is not None and re.fullmatch(re.escape(self._stem) + r"[0-9a-f]{12,}\.json", path.name):
            with suppress(OSError):
                if any(folder.samefile(keep_folder()) for folder in path.absolute().parents[:2]):
                    path.unlink()
        for file in (self._own, path):
            if file is not None and file.parent.name.startswith(_TOGETHER):
                with suppress(OSError):  # others are in it still
                    file.parent.rmdir()

    def resume_command(self) -> str | None:
        """Keep the handle, and say how to go on.

        Returns:
            A line for a shell; None for a job whose handle is not to be saved.
        """
        try:
            text = self._text
        except CommandError:
            return None
        options = [*self.raw_arguments]
        # A file that the user named may have become one that cannot be written; then a file of our own does.
        for path in dict.fromkeys((self.path, None)):
            self.path = path
            with suppress(CommandError):
                return shlex.join(["jobclients", "resume", self.keep(), *options])
        # No place to write to: the handle itself goes into the line.
        tail = shlex.join(["jobclients", "resume", "-", *options])
        return f"printf %s {shlex.quote(text)} | {tail}"


def left_alone(kept: Sequence[Kept]) -> str:
    """What is reported of jobs that go on without the command.

    Args:
        kept: The jobs.

    Returns:
        A sentence without its end.
    """
    lost = "" if all(one.job.savable for one in kept) else f" ({NOT_SAVED})"
    if len(kept) > _FEW:
        return f"{len(kept)} jobs are left as they are{lost}"
    return f"left as it is: {', '.join(job_name(one.job) for one in kept)}{lost}"


def commands(kept: Sequence[Kept]) -> list[str]:
    """Keep handles, and say how to go on.

    Args:
        kept: The jobs.

    Returns:
        Lines for a shell: one for each of a few jobs; of many that need the same options, one for all. None for a job
        whose handle is not to be saved.
    """
    kept = [one for one in kept if one.job.savable]
    if len(kept) > _FEW and len({tuple(one.raw_arguments) for one in kept}) == 1:
        folder = keep_folder() / f"{_TOGETHER}{secrets.token_hex(4)}"
        with suppress(CommandError):
            for one in kept:
                one.keep_in(folder)
            return [shlex.join(["jobclients", "watch", str(folder), *kept[0].raw_arguments])]
    return [line for one in kept if (line := one.resume_command()) is not None]


def saved_in(folder: Path) -> list[Path]:
    """The files of a folder, and of those in it that hold what was looked on at together.

    Returns:
        Files that may hold a handle, the oldest first.

    Raises:
        CommandError: it cannot be read.
    """
    try:
        inner = [item for item in folder.iterdir() if item.is_dir() and item.name.startswith(_TOGETHER)]
        files = [file for place in (folder, *inner) for file in place.iterdir() if file.suffix == ".json"]
        return sorted((file for file in files if file.is_file()), key=lambda file: (file.stat().st_mtime, file.name))
    except OSError as error:
        raise CommandError(f"{folder} cannot be read: {error.strerror or type(error).__name__}") from None
