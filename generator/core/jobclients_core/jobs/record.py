"""Records of submissions: written before the first byte is sent, in a file or in the caller's store."""

from __future__ import annotations

import inspect
import json
import os
import sys
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol, cast

from jobclients_core.decode import UnreadableError, parse_json
from jobclients_core.errors import InvalidArgument
from jobclients_core.flow import Flow, Load, Save
from jobclients_core.type_guards import is_object

from .errors import HandleError, RecordBusy, RecordError
from .handle import MAX_TEXT, Handle, checksum, read_handle, sealed

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(descriptor: int) -> None:
        # Not by closing alone: a process that was forked meanwhile has the same lock.
        fcntl.flock(descriptor, fcntl.LOCK_UN)


INTENT: Final = 1
"""The format of intents."""


class Record(Protocol):
    """Where one submission is kept, by whatever means; a path stands for a `FileRecord`.

    A record may also have a method ``lock`` that returns a context manager: it is held from before the record is
    loaded until the job is saved, and raises `RecordBusy` where another one holds it.
    """

    def load(self) -> str | None:
        """What was saved last.

        Returns:
            The text; None where nothing was saved yet.
        """
        ...

    def save(self, text: str) -> None:
        """Keep a text in the place of the one before; it is durable once this returns.

        Args:
            text: The text; it holds no secrets.
        """
        ...


class AsyncRecord(Protocol):
    """A `Record` whose methods are coroutines, for async clients."""

    async def load(self) -> str | None:
        """What was saved last; None where nothing was saved yet."""
        ...

    async def save(self, text: str) -> None:
        """Keep a text in the place of the one before; it is durable once this returns."""
        ...


RecordLike = str | os.PathLike[str] | Record
"""A record, or the path of a file that is one."""

AsyncRecordLike = RecordLike | AsyncRecord
"""What async clients take for a record."""


class FileRecord:
    """A record in a file, written as a whole or not at all; only its owner can read it.

    It is locked by a file beside it, whose name ends with ``.lock`` and which stays there. A network file system
    without locks does not keep two processes apart.

    Args:
        path: The file; its folder has to be there.

    Raises:
        InvalidArgument: no file can have that name.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        name = os.fsdecode(path)
        if not name or "\0" in name:
            raise InvalidArgument("record should be the path of a file", argument="record")
        self.path = Path(os.path.realpath(name))

    def __repr__(self) -> str:
        return f"FileRecord({str(self.path)!r})"

    def load(self) -> str | None:
        """As `Record.load`."""
        try:
            with self.path.open(encoding="utf-8") as file:
                return file.read(MAX_TEXT + 1)
        except FileNotFoundError:
            return None

    def _check_place(self) -> None:
        if self.path.exists() and not self.path.is_file():
            # A pipe would be waited for, and a device be replaced.
            raise RecordError(f"{self.path} cannot hold a record: it is not a file")

    def save(self, text: str) -> None:
        """As `Record.save`."""
        self._check_place()
        part = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text + "\n")
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.path)
        finally:
            with suppress(FileNotFoundError):
                part.unlink()
        if sys.platform != "win32":
            # The new name is as durable as the text only once the folder is.
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    @contextmanager
    def lock(self) -> Generator[None]:
        """Keep other processes, threads and tasks from submitting with the same file.

        Raises:
            RecordBusy: another one is at it.
            RecordError: something else than a file has that name, the file beside it cannot be made, or its file system
                has no locks.
        """
        self._check_place()
        place = self.path.with_name(f"{self.path.name}.lock")
        try:
            descriptor = os.open(place, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise RecordError(f"{place} cannot be written: {error.strerror or type(error).__name__}") from error
        try:
            try:
                _try_lock(descriptor)
            except (BlockingIOError, PermissionError) as error:
                raise RecordBusy(f"another submission works with {self.path} at this moment") from error
            except OSError as error:
                raise RecordError(f"{place} cannot be locked: {error.strerror or type(error).__name__}") from error
            try:
                yield
            finally:
                _unlock(descriptor)
        finally:
            os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Intent:
    """A submission as it is known before its first byte.

    Args:
        handle: What is known of the job: its identity so far, its key, the runs that were there before.
        fingerprint: What its arguments come to.
        attempt: How often it was submitted; where the vendor does not honour the key, each time after it was proven
            that the time before had failed.
        begun: Seconds since 1970 at which the first attempt was made.
        sent_by: Seconds since 1970 at which the last attempt was sent at the latest.
        given: The arguments that the list of runs needs, by name.
        refused: Whether the vendor is known not to have taken it.
    """

    handle: Handle
    fingerprint: str
    attempt: int = 0
    begun: float = 0.0
    sent_by: float = 0.0
    given: Mapping[str, Any] = field(default_factory=dict[str, Any])
    refused: bool = False

    def to_json(self) -> str:
        """The intent as text: no secrets, and a checksum against accidents.

        Returns:
            JSON in one line.
        """
        data: dict[str, Any] = {
            "intent": INTENT,
            "handle": json.loads(self.handle.to_json()),
            "fingerprint": self.fingerprint,
            "attempt": self.attempt,
            "begun": self.begun,
            "sent_by": self.sent_by,
            "given": dict(self.given),
            "refused": self.refused,
        }
        return sealed(data)


def read_record(text: str | bytes) -> Handle | Intent:
    """Read what a record holds.

    Returns:
        The job; an intent where it is not known yet.

    Raises:
        HandleError: it is neither, was changed, or is of a format that this release does not read.
    """
    data: Any = None
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(content) <= MAX_TEXT:
        with suppress(UnreadableError):
            data = parse_json(content)
    if not is_object(data) or "intent" not in data:
        return read_handle(text)
    if data["intent"] != INTENT:
        raise HandleError("the record is of a format that this release does not read")
    if data.pop("checksum", None) != checksum(data):
        raise HandleError("the record was changed or cut: its checksum does not fit")
    handle = read_handle(json.dumps(data.get("handle")))
    with suppress(KeyError, TypeError, ValueError):
        return _intent(handle, data)
    raise HandleError("the record is malformed")


def _intent(handle: Handle, data: Mapping[str, Any]) -> Intent:
    given = data["given"]
    if not is_object(given):
        raise TypeError
    return Intent(
        handle,
        str(data["fingerprint"]),
        int(data["attempt"]),
        float(data["begun"]),
        float(data["sent_by"]),
        given,
        data["refused"] is True,
    )


def record_of(given: object, *, sync: bool) -> Any:
    """The record that a caller means.

    Args:
        given: A path, or a record.
        sync: Whether a sync client uses it.

    Returns:
        The record.

    Raises:
        InvalidArgument: it is neither.
    """
    if isinstance(given, (str, os.PathLike)):
        return FileRecord(cast("str | os.PathLike[str]", given))
    methods = [getattr(given, name, None) for name in ("load", "save")]
    if not all(callable(method) for method in methods):
        raise InvalidArgument("record should be a path, or have the methods load and save", argument="record")
    if sync and any(inspect.iscoroutinefunction(method) for method in methods):
        raise InvalidArgument("a record with coroutine functions needs the async client", argument="record")
    return given


def locked(record: Any) -> AbstractContextManager[Any]:
    """The lock of a record, to be held while a job is submitted with it; none where it has none."""
    lock = getattr(record, "lock", None)
    found: AbstractContextManager[Any] = lock() if lock is not None else nullcontext()
    return found


def load(record: Any) -> Flow[Handle | Intent | None]:
    """Read a record of the caller's.

    Returns:
        What it holds; None where nothing was saved yet.

    Raises:
        RecordError: it cannot be read.
        HandleError: what it holds is neither a handle nor an intent.
    """
    try:
        text = yield Load(record)
    except Exception as error:
        raise RecordError(f"the record cannot be read: {_said(error)}") from error
    if text is None:
        return None
    if not isinstance(text, (str, bytes)):
        raise RecordError("the record cannot be read: load should return a text or None")
    if not text.strip():
        raise HandleError("the record is empty: remove it, if nothing was submitted with it")
    return read_record(text)


def save(record: Any, kept: Handle | Intent) -> Flow[None]:
    """Write a record of the caller's.

    Args:
        record: The record; None where there is none.
        kept: What it holds from then on.

    Raises:
        RecordError: it cannot be written.
    """
    if record is None:
        return
    try:
        text = kept.to_json()
    except HandleError as error:
        raise RecordError(f"the record cannot be written: {error.message}") from error
    if len(text) > MAX_TEXT:
        raise RecordError("the record would be too long to be read again")
    try:
        yield Save(record, text)
    except Exception as error:
        raise RecordError(f"the record cannot be written: {_said(error)}") from error


def _said(error: Exception) -> str:
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)[:200]
    return f"{type(error).__name__}: {said}".rstrip(": ")
