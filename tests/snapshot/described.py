"""Values, errors, statuses and handles as plain JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from jobclients import Drift, Job, JobClientsError, JobStatus, Response
from pydantic import BaseModel

ERROR_FACTS = (
    "status",
    "code",
    "vendor_message",
    "request_id",
    "transient",
    "retry_after",
    "sent",
    "argument",
    "pointer",
    "content_type",
    "excerpt",
    "readable",
    "problem",
    "body",
)
STATUS_FACTS = (
    "state",
    "raw_state",
    "vendor",
    "kind",
    "run_id",
    "attribution",
    "started_at",
    "finished_at",
    "updated_at",
    "raw_times",
    "duration",
    "progress",
    "message",
    "error",
    "code",
    "warnings",
    "result",
    "regressed",
    "result_text",
)


def plain(value: Any, received: bytes | None = None) -> Any:
    """A value as JSON, with the names of its types.

    Args:
        value: The value.
        received: The body that it was read from; where a model or text says the same, that is said instead.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, JobClientsError):
        return error(value, received)
    if isinstance(value, BaseModel):
        dump = json.loads(value.model_dump_json(by_alias=True, exclude_unset=True))
        return {"model": _name(value), "repr": repr(value), "dump": _unless_received(dump, received)}
    if isinstance(value, Response):
        return {
            "Response": value.status,
            "headers": sorted(f"{name}: {text}" for name, text in value.headers.items()),
            "body": plain(value.body, received),
            "content": plain(value.content, received),
        }
    if isinstance(value, JobStatus):
        facts = {name: plain(getattr(value, name)) for name in STATUS_FACTS} | {"payload": _name(value.payload)}
        return {name: fact for name, fact in facts.items() if fact is not None and fact not in ([], {})}
    if isinstance(value, Job) or hasattr(value, "to_json"):
        return handle(value)
    if isinstance(value, Enum):
        return f"{_name(value)}.{value.name}"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return "as received" if value and value == received else value.decode("utf-8", "backslashreplace")
    if isinstance(value, (list, tuple)):
        return [plain(item, received) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item, received) for key, item in value.items()}
    if isinstance(value, Drift):
        told = value.message.partition(": ")[2]
        return [value.kind, value.pointer, value.expected, value.found, told, value.spec, value.breaking]
    raise TypeError(f"the snapshot has no words for {value!r}")


def _name(value: object) -> str:
    return "None" if value is None else type(value).__qualname__


def _unless_received(dump: Any, received: bytes | None) -> Any:
    try:
        same = received is not None and json.dumps(dump) == json.dumps(json.loads(received))
    except ValueError:
        same = False
    return "as received" if same else dump


def error(problem: JobClientsError, received: bytes | None = None) -> dict[str, Any]:
    """An exception: class, text, and what can be read from it."""
    facts = {name: getattr(problem, name) for name in ERROR_FACTS if hasattr(problem, name)}
    told = {name: plain(value, received) for name, value in facts.items() if value not in (None, "", b"")}
    if received and told.get("excerpt") == received.decode("utf-8", "replace"):
        told["excerpt"] = "as received"
    if problem.job is not None:
        told["job"] = repr(problem.job)
    return {"raises": type(problem).__name__, "str": str(problem), **told}


def handle(job: Any) -> dict[str, Any]:
    """A handle of a job."""
    facts = json.loads(job.to_json())
    del facts["checksum"]
    return {
        "handle": repr(job),
        "key": job.key,
        "to_json": facts,
        "submit_response": plain(job.submit_response),
        "can": [name for name in ("cancel", "logs", "progress", "result") if hasattr(job, name)],
    }


def middle(before: str, after: str) -> str:
    """What a text says where it differs from another one."""
    start = next((at for at, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), 0)
    if before == after:
        return "="
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return f"{before[start : len(before) - end]} -> {after[start : len(after) - end]}"
