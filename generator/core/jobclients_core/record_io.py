"""Reads and writes a record of a submission: functions that block or coroutines, to the end even when cancelled."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable
from typing import Any

import anyio
import anyio.to_thread

from .flow import Load, Save


def keep(step: Load | Save) -> Any:
    """Read or write a record.

    Args:
        step: What is to be done.

    Returns:
        The text that was read, if one was.
    """
    found = _done(step)
    if inspect.isawaitable(found):
        if inspect.iscoroutine(found):
            found.close()
        raise TypeError("a record with coroutine functions needs the async client")
    return found


async def keep_async(step: Load | Save) -> Any:
    """Read or write a record: what blocks in a thread, and to its end even where the task is cancelled. As `keep`."""
    with anyio.CancelScope(shield=True):
        return await (_to_its_end(_kept(step)) if _on_asyncio() else _kept(step))


def _on_asyncio() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _kept(step: Load | Save) -> Any:
    method = step.record.load if isinstance(step, Load) else step.record.save
    found = _done(step) if inspect.iscoroutinefunction(method) else await anyio.to_thread.run_sync(_done, step)
    return await found if inspect.isawaitable(found) else found


async def _to_its_end(work: Awaitable[Any]) -> Any:
    """Wait for something that a cancellation of the task by asyncio's own means does not stop either."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
        except Exception:
            break  # the work's own failure, which its result tells
    if cancelled is not None:
        raise cancelled
    return task.result()


def _done(step: Load | Save) -> Any:
    return step.record.load() if isinstance(step, Load) else step.record.save(step.text)
