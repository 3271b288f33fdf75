"""What a record holds, and where: written as a whole, locked, of one submission, and without secrets."""

from __future__ import annotations

import asyncio
import dataclasses
import errno
import json
import multiprocessing
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from jobclients_core import InvalidArgument
from jobclients_core.jobs import (
    AsyncJob,
    AsyncJobs,
    FileRecord,
    Handle,
    HandleError,
    RecordBusy,
    RecordError,
    RecordMismatch,
    record,
)
from jobclients_core.jobs.record import Intent, read_record
from jobclients_core.jobs.submitting import submit_flow
from runtime.jobs import kinds
from runtime.jobs.tiny import Disk, Tiny, died_after_sending, given
from runtime.jobs.world import World, async_client, reply, sync_client


def test_a_record_of_other_arguments_stays_as_it_is() -> None:
    tiny = Tiny("list")
    tiny.submit(tiny.disk)
    text = tiny.disk.text
    for other in ({"sql": "select 2"}, {"sql": "select 1", "tags": [{"key": "a", "value": "b"}]}):
        with pytest.raises(RecordMismatch, match="other arguments"):
            tiny.drive(submit_flow(tiny.session(), tiny.kind.bound, other, tiny.disk))
    for session in (
        dataclasses.replace(tiny.session(), account="b"),
        dataclasses.replace(tiny.session(), base=dataclasses.replace(tiny.session().base, prefix="/x")),
    ):
        with pytest.raises(RecordMismatch, match="origin or account"):
            tiny.drive(submit_flow(session, tiny.kind.bound, given("list"), tiny.disk))
    another = Tiny("discover")
    with pytest.raises(RecordMismatch, match=r"dli\.sql_jobs"):
        another.submit(tiny.disk)
    assert tiny.disk.text == text
    assert len(tiny.new) == 1


def test_the_same_arguments_in_other_words_are_the_same() -> None:
    from runtime.jobs.job_models import SqlTag

    tiny = Tiny("list")
    for tags in ([SqlTag(key="a", value="b")], [{"key": "a", "value": "b"}], ({"key": "a", "value": "b"},)):
        tiny.drive(submit_flow(tiny.session(), tiny.kind.bound, {"sql": "x", "tags": tags}, tiny.disk))
    assert len(tiny.new) == 1


@pytest.mark.parametrize("text", ["", "\n", "x", "{}", '{"intent": 2}', '{"intent": 1}', "[]", '"x"'])
def test_what_is_no_record_is_not_overwritten(text: str) -> None:
    tiny = Tiny("honoured")
    tiny.disk.text = text
    with pytest.raises(HandleError):
        tiny.submit(tiny.disk)
    assert tiny.disk.text == text
    assert tiny.sends == []


def test_an_intent_that_was_changed_is_none() -> None:
    tiny = died_after_sending("honoured", taken=True)
    facts = json.loads(tiny.disk.text or "")
    for name, value in (("sent_by", 5.0), ("attempt", 9), ("refused", True)):
        with pytest.raises(HandleError, match="changed or cut"):
            read_record(json.dumps({**facts, name: value}))


def test_a_failed_job_is_submitted_anew_where_that_is_wanted() -> None:
    tiny = Tiny("list")
    states = iter(["RUNNING", "FAILED", "CANCELLED", "FINISHED"])
    seen = tiny._seen

    def told(step: Any) -> Any:
        found = seen(step)
        return {**found, "status": next(states)} if step.operation == "show_sql_job_status" else found

    tiny._seen = told  # type: ignore[method-assign]
    first = tiny.submit(tiny.disk).handle.identity
    assert tiny.submit(tiny.disk, "failed").handle.identity == first  # it runs
    second = tiny.submit(tiny.disk, "failed").handle.identity
    third = tiny.submit(tiny.disk, "failed").handle.identity
    assert tiny.submit(tiny.disk, "failed").handle.identity == third  # it succeeded
    assert len({str(first), str(second), str(third)}) == len(tiny.new) == 3
    assert len({run.key for run in tiny.new}) == 3, "each with a key of its own"
    with pytest.raises(InvalidArgument, match="again"):
        tiny.submit(tiny.disk, "always")  # type: ignore[arg-type]


def test_a_record_that_cannot_be_written_stops_before_the_first_byte() -> None:
    class Full(Disk):
        def save(self, text: str) -> None:
            raise OSError(28, "No space left on device")

    tiny = Tiny("none")
    with pytest.raises(RecordError, match="No space left on device"):
        tiny.submit(Full())
    assert tiny.sends == []


def test_a_job_that_cannot_be_saved_is_told_nonetheless() -> None:
    class Filling(Disk):
        def save(self, text: str) -> None:
            if self.text is not None:
                raise OSError(28, "No space left on device")
            self.text = text

    tiny = Tiny("list")
    with pytest.raises(RecordError) as caught:
        tiny.submit(Filling())
    assert caught.value.job is not None
    assert caught.value.job.identity["job_id"] == "j2"


def test_a_record_holds_no_secret() -> None:
    tiny = Tiny("list")
    texts: list[str] = []

    class Noted(Disk):
        def save(self, text: str) -> None:
            texts.append(text)

    tiny.submit(Noted())
    assert len(texts) == 2
    assert not any("select" in text or "secret" in text for text in texts)
    assert isinstance(read_record(texts[0]), Intent)


# --- the file ---


def submitted(client: Any, path: Path, sql: str = "x") -> Any:
    return kinds.SqlJobs(client)._submit(path, sql=sql)


JOB = {"is_success": True, "job_id": "j1"}


def test_a_file_is_a_record(tmp_path: Path) -> None:
    path = tmp_path / "nightly.json"
    world = World(JOB)
    client = sync_client(world, kinds.DLI)
    job = submitted(client, path)
    assert submitted(client, path).identity == job.identity
    assert submitted(client, path).submit_response is None
    assert world.sends == ["submit_sql_job"]
    assert kinds.SqlJobs(client).restore(path.read_text()).identity == job.identity
    assert sorted(item.name for item in tmp_path.iterdir()) == ["nightly.json", "nightly.json.lock"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_is_durable_before_the_first_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    fsync, replace = os.fsync, os.replace

    def synced(descriptor: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def renamed(source: Any, target: Any) -> None:
        done.append("name")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", renamed)
    monkeypatch.setattr(Path, "replace", lambda self, target: renamed(self, target))

    def answered(step: Any) -> Any:
        done.append("sent")
        return reply(JOB)

    submitted(sync_client(World(answered), kinds.DLI), tmp_path / "r.json")
    assert done == ["file", "name", "folder", "sent", "file", "name", "folder"]


def test_two_at_once_are_kept_apart(tmp_path: Path) -> None:
    path, inside, go = tmp_path / "r.json", threading.Event(), threading.Event()

    def slow(step: Any) -> Any:
        inside.set()
        assert go.wait(5)
        return reply(JOB)

    first = sync_client(World(slow), kinds.DLI)
    thread = threading.Thread(target=submitted, args=(first, path))
    thread.start()
    assert inside.wait(5)
    world = World(JOB)
    with pytest.raises(RecordBusy, match="another submission"):
        submitted(sync_client(world, kinds.DLI), path)
    assert world.sends == []
    go.set()
    thread.join(5)
    assert submitted(sync_client(world, kinds.DLI), path).identity["job_id"] == "j1"
    assert world.sends == []


def test_a_place_without_locks_is_not_another_submission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(record, "_try_lock", refuse)
    world = World(JOB)
    with pytest.raises(RecordError, match="cannot be locked: No locks available") as caught:
        submitted(sync_client(world, kinds.DLI), tmp_path / "r.json")
    assert not isinstance(caught.value, RecordBusy)
    assert world.sends == []


def _hold(path: str, ready: Any, go: Any) -> None:
    with FileRecord(path).lock():
        ready.set()
        go.wait(10)
        os._exit(9)


def test_the_lock_of_a_dead_process_is_free(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, go = context.Event(), context.Event()
    process = context.Process(target=_hold, args=(str(tmp_path / "r.json"), ready, go))
    process.start()
    assert ready.wait(30)
    with pytest.raises(RecordBusy):
        submitted(sync_client(World(JOB), kinds.DLI), tmp_path / "r.json")
    go.set()
    process.join(10)
    submitted(sync_client(World(JOB), kinds.DLI), tmp_path / "r.json")


def test_a_folder_that_is_not_there_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    world = World(JOB)
    with pytest.raises(RecordError, match="cannot be written"):
        submitted(sync_client(world, kinds.DLI), tmp_path / "no" / "r.json")
    assert world.sends == []


@pytest.mark.parametrize("record", [5, object(), b"x"])
def test_what_is_no_record(record: Any) -> None:
    with pytest.raises(InvalidArgument, match="record should be a path"):
        kinds.SqlJobs(sync_client(World(JOB), kinds.DLI))._submit(record, sql="x")


# --- async ---


class AsyncSqlJobs(AsyncJobs[AsyncJob[Any]]):
    kind = kinds.SQL
    job = AsyncJob


class AsyncDisk:
    """A record whose methods are coroutines."""

    def __init__(self) -> None:
        self.text: str | None = None

    async def load(self) -> str | None:
        await asyncio.sleep(0)
        return self.text

    async def save(self, text: str) -> None:
        await asyncio.sleep(0.01)
        self.text = text


@pytest.mark.parametrize("which", ["file", "coroutines"])
def test_async_clients_have_records_too(tmp_path: Path, which: str) -> None:
    record: Any = tmp_path / "r.json" if which == "file" else AsyncDisk()
    world = World(JOB)

    async def run() -> None:
        jobs = AsyncSqlJobs(async_client(world, kinds.DLI))
        first = await jobs._submit(record, sql="x")
        second = await jobs._submit(record, sql="x")
        assert first.identity == second.identity
        with pytest.raises(RecordMismatch):
            await jobs._submit(record, sql="y")

    asyncio.run(run())
    assert world.sends == ["submit_sql_job"]


def test_a_sync_client_takes_no_coroutines() -> None:
    disk: Any = AsyncDisk()
    with pytest.raises(InvalidArgument, match="needs the async client"):
        submitted(sync_client(World(JOB), kinds.DLI), disk)


def test_a_task_that_is_cancelled_while_the_job_is_saved_has_saved_it() -> None:
    """Between the response and the save, a cancelled task is a kill: the save is done to its end."""
    disk = AsyncDisk()

    async def run() -> None:
        jobs = AsyncSqlJobs(async_client(World(JOB), kinds.DLI))
        saving = asyncio.Event()
        save = disk.save

        async def slow(text: str) -> None:
            if disk.text is not None:
                saving.set()
            await save(text)

        disk.save = slow  # type: ignore[method-assign]
        task = asyncio.create_task(jobs._submit(disk, sql="x"))
        await saving.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert isinstance(read_record(disk.text or ""), Handle)
