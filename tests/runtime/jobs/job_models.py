"""Models of four vendors as the generator writes them, as far as jobs need them."""

from __future__ import annotations

from typing import Annotated, Any

from jobclients_core.model import Model
from jobclients_core.types import Int, JavaMediumUs, UnixMs
from pydantic import Field


class BulkJob(Model):
    status: str
    msg: str | None = None
    result: str | None = None


class BulkResult(Model):
    updated_objects: Int
    number_received: Int
    error_objects: list[str]
    error: str


class StatusV1(Model):
    id: Int | None = None
    job_status: Annotated[str | None, Field(alias="jobStatus")] = None


class StatusV2(Model):
    status: str
    job_status: Annotated[str | None, Field(alias="job-status")] = None
    start_time: Annotated[JavaMediumUs | None, Field(alias="start-time")] = None


class Details(Model):
    id: Int
    job_status: Annotated[str, Field(alias="jobStatus")]


class Triggered(Model):
    job_execution_id: Annotated[Int | None, Field(alias="job-execution-id")] = None


class History(Model):
    pass


class Submission(Model):
    status: str
    creation_date: Annotated[UnixMs | None, Field(alias="creation-date")] = None
    counters: dict[str, Any] | None = None


class Submissions(Model):
    submissions: list[Submission]


class SqlStatus(Model):
    is_success: bool | str
    job_id: str
    status: str | None = None


class SqlTag(Model):
    key: str
    value: str


class SqlSubmit(Model):
    sql: str
    tags: list[SqlTag] | None = None


class SqlSubmitted(Model):
    is_success: bool | str
    job_id: str
    job_mode: str | None = None
    rows: list[Any] | None = None


class SqlJobs(Model):
    jobs: list[dict[str, Any]]


class Snow(Model):
    code: str


AnyList = list[dict[str, Any]]
