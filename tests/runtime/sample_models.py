"""Models as the generator writes them, for the tests of the runtime."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from jobclients_core.model import Model
from jobclients_core.types import (
    Bytes,
    Int,
    JavaMediumUs,
    Jdbc,
    JsonText,
    Number,
    OpenEnum,
    Rfc3339,
    Secret,
    UnixMs,
)
from pydantic import Field


class State(StrEnum):
    RUNNING = "running"
    DONE = "done"


class Counts(Model):
    total: Int
    failed: Int | None = None


class Job(Model):
    status: OpenEnum[State]
    job_name: Annotated[str | None, Field(alias="job-name")] = None
    count: Int | None = None
    ratio: Number | None = None
    created: UnixMs | None = None
    started: JavaMediumUs | None = None
    stopped: Jdbc | None = None
    seen: Rfc3339 | None = None
    result: JsonText[Counts] | None = None
    parts: list[Counts] | None = None
    states: list[OpenEnum[State]] | None = None
    payload: Any = None
    token: Secret | None = None
    blob: Bytes | None = None


class Batch(Model):
    files: list[Bytes]
    tags: list[str]
    none: list[str] | None = None


class Problem(Model):
    detail: str


class Submit(Model):
    sql: str
    tags: list[Counts] | None = None
    at: UnixMs | None = None
    state: OpenEnum[State] | None = None
    note: str | None = None
    kebab: Annotated[str | None, Field(alias="ke-bab")] = None
    passwords: list[Secret] | None = None


Jobs = list[Job]
