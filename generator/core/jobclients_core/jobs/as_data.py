"""Statuses and responses as JSON, with the same keys for every vendor."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pydantic_core
from pydantic import BaseModel

from jobclients_core.hiding import MASK
from jobclients_core.model import wire_name
from jobclients_core.shapes import is_array, is_object, is_sequence
from jobclients_core.types import HiddenText

from .job import BoundJob
from .status import JobStatus


def status_data(job: BoundJob, status: JobStatus[Any] | None) -> dict[str, Any]:
    """A status as JSON has it.

    Args:
        job: The job.
        status: Its status; None where nothing is known.

    Returns:
        The same keys for every vendor.
    """
    facts: dict[str, Any] = {
        "vendor": job.kind.vendor,
        "kind": job.kind.name,
        # As texts: a URL that holds a credential is shown without it.
        "identity": {name: str(value) if isinstance(value, str) else value for name, value in job.identity.items()},
        "state": None,
    }
    if status is not None:
        facts |= {
            "state": str(status.state),
            "raw_state": status.raw_state,
            "terminal": status.state.terminal,
            "ok": status.state.ok,
            "run_id": status.run_id,
            "attribution": status.attribution,
            "started_at": _iso(status.started_at),
            "finished_at": _iso(status.finished_at),
            "updated_at": _iso(status.updated_at),
            "raw_times": dict(status.raw_times),
            "duration": status.duration,
            "progress": None if status.progress is None else round(status.progress, 4),
            "message": status.message,
            "error": status.error,
            "code": status.code,
            "warnings": list(status.warnings),
            "page_url": status.page_url,
            "result": plain(status.result),
        }
    return facts | {"handle": json.loads(job.to_json()) if job.savable else None}


def _iso(timestamp: datetime | None) -> str | None:
    return None if timestamp is None else timestamp.isoformat()


def plain(value: Any) -> Any:
    """A response as JSON, with the fields that the specification calls secret masked.

    Args:
        value: A model, or anything that JSON knows.

    Returns:
        JSON.
    """
    if isinstance(value, BaseModel):
        dumped = value.model_dump(mode="json", by_alias=True, exclude_unset=True)
        names = [*type(value).model_fields, *(value.model_extra or ())]
        for name in names:
            wire = wire_name(value, name)
            if wire in dumped:
                dumped[wire] = _unhidden(getattr(value, name), dumped[wire])
        return dumped
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return _unhidden(value, pydantic_core.to_jsonable_python(value))


def _unhidden(value: Any, dumped: Any) -> Any:
    """What was dumped of a value, with the secrets of the models in it masked."""
    if isinstance(value, HiddenText):
        return MASK
    if isinstance(value, BaseModel):
        return plain(value)
    if is_object(value) and is_object(dumped):
        return {key: _unhidden(item, dumped.get(key)) for key, item in value.items()}
    if is_sequence(value) and is_array(dumped):
        return [_unhidden(item, other) for item, other in zip(value, dumped, strict=True)]
    return dumped
