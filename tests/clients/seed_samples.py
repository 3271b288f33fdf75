"""The samples of the vendors' pages as a table.

What is asked, the bytes that must arrive, what the vendor answers, and what the caller is given: all of it is written
out here, and nothing is computed by a client.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from jobclients.alation.models import BulkResult
from jobclients.alation.models import JobState as AlationState
from jobclients.datameer.models import JobStateV1, JobStateV2, RequestOutcome
from jobclients.huawei_cdm.models import SubmissionState
from jobclients.huawei_dli.models import JobMode, JobStatus, JobType, SparkField, SparkStruct

DLI_JOB = "208b08d4-0dc2-4dd7-8879-ddd4c020d7aa"


@dataclass(frozen=True)
class Sample:
    """One sample of a page.

    Args:
        name: What it shows.
        vendor: Whose it is.
        method: Method of the client.
        arguments: Its arguments.
        line: HTTP method and raw request target.
        answer: The body that the vendor answers, as printed.
        expected: Values in the result by their path; the empty path is the result itself.
    """

    name: str
    vendor: str
    method: str
    arguments: Mapping[str, Any]
    line: str
    answer: bytes
    expected: Mapping[str, Any] = field(default_factory=dict[str, Any])


ALATION = [
    Sample(
        "job by name",
        "alation",
        "get_job",
        {"name": "MetadataExtraction#1_2017-10-05-19-36-45-431906-00-00-4ea1dc02-1c9f-41db-be6f-3f7cb1849da3"},
        "GET /api/v1/bulk_metadata/job/?name=MetadataExtraction%231_2017-10-05-19-36-45-431906-00-00-"
        "4ea1dc02-1c9f-41db-be6f-3f7cb1849da3",
        rb"""{
"status": "successful",
"msg": "Job finished in 2.0 seconds at 2017-10-05 19:36:48.374593+00:00",
"result": "{\"updated_objects\": 1, \"number_received\": 2, \"error_objects\": [\"Line 1. Key: schema_b. Datasource id in key does not match the id in the request\"], \"error\": \"1 errors were ignored\"}"
}""",  # noqa: E501
        {
            "status": AlationState.SUCCESSFUL,
            "msg": "Job finished in 2.0 seconds at 2017-10-05 19:36:48.374593+00:00",
            "result": BulkResult(
                updated_objects=1,
                number_received=2,
                error_objects=[
                    "Line 1. Key: schema_b. Datasource id in key does not match the id in the request",
                ],
                error="1 errors were ignored",
            ),
            "result_text": None,
        },
    ),
    Sample(
        "job of a virtual data source by name",
        "alation",
        "get_job",
        {"name": "MetadataExtraction#1_Virtual_2017-01-12-23-52-34-272077-00-00-f11a1877-2ce7-4f6c-98e7-9bf5f8c0abf2"},
        "GET /api/v1/bulk_metadata/job/?name=MetadataExtraction%231_Virtual_2017-01-12-23-52-34-272077-00-00-"
        "f11a1877-2ce7-4f6c-98e7-9bf5f8c0abf2",
        rb"""{
"status": "successful",
"msg": "Job finished in 1.0 seconds at 2017-01-12 23:52:34.307327+00:00",
"result": "{\"updated_objects\": 2, \"number_received\": 2, \"error_objects\": [], \"error\": \"\"}"
}""",
        {
            "status": AlationState.SUCCESSFUL,
            "result": BulkResult(updated_objects=2, number_received=2, error_objects=[], error=""),
            "result.updated_objects": 2,
            "result.error_objects": [],
        },
    ),
    Sample(
        "lineage job by name",
        "alation",
        "get_job",
        {"name": "bulk_api_job_2017-09-10-17-07-04-918251-00-00-386321a8-4157-453a-8cf0-a5e68641c2ea"},
        "GET /api/v1/bulk_metadata/job/?name=bulk_api_job_2017-09-10-17-07-04-918251-00-00-"
        "386321a8-4157-453a-8cf0-a5e68641c2ea",
        b'{"status": "running"}',
        {"status": AlationState.RUNNING, "msg": None, "result": None},
    ),
    Sample(
        "job by id",
        "alation",
        "get_job",
        {"id": 1},
        "GET /api/v1/bulk_metadata/job/?id=1",
        rb"""{
"status": "successful",
"msg": "Job finished in 0.585993 seconds at 2017-11-30 18:59:10.445133+00:00",
"result": "Bulk Query Ingestion Succeeded: 0 new events ingested, 1 previously-ingested events skipped."
}""",
        {
            "status": AlationState.SUCCESSFUL,
            "result": "Bulk Query Ingestion Succeeded: 0 new events ingested, 1 previously-ingested events skipped.",
            "result_text": (
                "Bulk Query Ingestion Succeeded: 0 new events ingested, 1 previously-ingested events skipped."
            ),
        },
    ),
    Sample(
        "failed job",
        "alation",
        "get_job",
        {"id": 2},
        "GET /api/v1/bulk_metadata/job/?id=2",
        b'{"status": "failed", "msg": "Job failed"}',
        {"status": AlationState.FAILED},
    ),
]


def _v1(name: str, body: bytes, id: int | None, state: JobStateV1 | None) -> Sample:
    return Sample(
        f"V1, {name}",
        "datameer",
        "get_job_status",
        {"job_configuration_id": 1},
        "GET /rest/job-configuration/job-status/1",
        body,
        {"id": id, "job_status": state},
    )


def _v2(name: str, body: bytes, **expected: object) -> Sample:
    return Sample(
        f"V2, {name}",
        "datameer",
        "get_job_status_v2",
        {"file": 48},
        "GET /api/job-execution/48/status",
        body,
        {"status": RequestOutcome.SUCCESS, **expected},
    )


DATAMEER = [
    _v1("running", b'{\n"id": 49,\n"jobStatus": "RUNNING"\n}', 49, JobStateV1.RUNNING),
    _v1("completed", b'{\n"id": 30,\n"jobStatus": "COMPLETED"\n}', 30, JobStateV1.COMPLETED),
    _v1(
        "completed with warnings",
        b'{\n"id": 32,\n"jobStatus": "COMPLETED_WITH_Warnings"\n}',
        32,
        JobStateV1.COMPLETED_WITH_WARNINGS,
    ),
    _v1("completed with errors", b'{\n"id": 36,\n"jobStatus": "ERROR"\n}', 36, JobStateV1.ERROR),
    _v1("cancelled", b'{\n"id": 39,\n"jobStatus": "CANCELED"\n}', 39, JobStateV1.CANCELED),
    _v1("never triggered", b"{}", None, None),
    _v2(
        "never run",
        b'{\n"status": "success",\n"job-status": "_NONE"\n}',
        job_status=JobStateV2.NONE,
        file_id=None,
        job_execution_id=None,
        start_time=None,
        stop_time=None,
    ),
    _v2(
        "running",
        b"""{
"status": "success",
"file-id": 48,
"job-execution-id": 3,
"job-status": "RUNNING",
"start-time": "Sep 28, 2018 6:44:56 PM",
"estimate-time":"11s",
"job-progress":"0"
}""",
        file_id=48,
        job_execution_id=3,
        job_status=JobStateV2.RUNNING,
        start_time=datetime(2018, 9, 28, 18, 44, 56),
        stop_time=None,
        estimate_time="11s",
        job_progress="0",
    ),
    _v2(
        "completed",
        b"""{
"status": "success",
"file-id": 48,
"job-execution-id": 3,
"job-status": "COMPLETED",
"start-time": "Sep 28, 2018 6:44:56 PM",
"stop-time": "Sep 28, 2018 6:44:58 PM"
}""",
        job_status=JobStateV2.COMPLETED,
        start_time=datetime(2018, 9, 28, 18, 44, 56),
        stop_time=datetime(2018, 9, 28, 18, 44, 58),
        estimate_time=None,
        job_progress=None,
    ),
    _v2(
        "completed with errors",
        b"""{
"status": "success",
"file-id": 46,
"job-execution-id": 4,
"job-status": "COMPLETED_WITH_WARNINGS",
"start-time": "Sep 28, 2018 10:09:47 AM",
"stop-time": "Sep 28, 2018 10:09:52 AM"
}""",
        file_id=46,
        job_status=JobStateV2.COMPLETED_WITH_WARNINGS,
        start_time=datetime(2018, 9, 28, 10, 9, 47),
        stop_time=datetime(2018, 9, 28, 10, 9, 52),
    ),
    _v2(
        "queued",
        b"""{
"status": "success",
"file-id": 48,
"job-execution-id": 4,
"job-status": "QUEUED",
"start-time": null
}""",
        job_status=JobStateV2.QUEUED,
        start_time=None,
    ),
    _v2(
        "cancelled before it started",
        b"""{
"status": "success",
"file-id": 48,
"job-execution-id": 4,
"job-status": "CANCELED",
"start-time": null,
"stop-time": "Sep 28, 2018 6:58:41 PM"
}""",
        job_status=JobStateV2.CANCELED,
        start_time=None,
        stop_time=datetime(2018, 9, 28, 18, 58, 41),
    ),
    Sample(
        "V2, by uuid",
        "datameer",
        "get_job_status_v2",
        {"file": "0c5dd3a8-9f4a-4f2c-9b9e-8a2a7b4a1f10"},
        "GET /api/job-execution/0c5dd3a8-9f4a-4f2c-9b9e-8a2a7b4a1f10/status",
        b'{"status": "success", "job-status": "_NONE"}',
        {"job_status": JobStateV2.NONE},
    ),
    Sample(
        "V2, by path",
        "datameer",
        "get_job_status_v2",
        {"file": "/Data/Import Jobs/50% #1.imp"},
        "GET /api/job-execution/%2FData%2FImport%20Jobs%2F50%25%20%231.imp/status",
        b'{"status": "success", "job-status": "_NONE"}',
        {"job_status": JobStateV2.NONE},
    ),
    Sample(
        "triggered",
        "datameer",
        "trigger_job",
        {"configuration": 49},
        "POST /rest/job-execution?configuration=49",
        b"""{
"status": "success",
"job-execution-id": 3,
"job-execution-user": "analyst",
"job-execution-trigger": "RESTAPI"
}""",
        {
            "status": RequestOutcome.SUCCESS,
            "job_execution_id": 3,
            "job_execution_user": "analyst",
            "job_execution_trigger": "RESTAPI",
        },
    ),
    Sample(
        "stopped",
        "datameer",
        "stop_job",
        {"job_execution_id": 3},
        "POST /rest/job-execution/job-kill/3",
        b"",
        {"": None},
    ),
]

CDM_STATUS = (
    "GET /v1.1/1551c7f6c808414d8e9f3c514a170f2e/clusters/6ec9a0a4-76be-4262-8697-e7af1fac7920/cdm/job/jdbc2hive/status"
)


def _ms(value: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=value)


HUAWEI_CDM = [
    Sample(
        "job that is prepared",
        "huawei_cdm",
        "show_job_status",
        {"job_name": "jdbc2hive"},
        CDM_STATUS,
        b"""{
      "submissions": [{
        "job-name": "jdbc2hive",
        "status": "BOOTING",
        "creation-date": 1536905778725,
        "creation-user": "cdm"
      }]
    }""",
        {
            "submissions.0.job_name": "jdbc2hive",
            "submissions.0.status": SubmissionState.BOOTING,
            "submissions.0.creation_date": datetime(2018, 9, 14, 6, 16, 18, 725000, tzinfo=UTC),
            "submissions.0.creation_user": "cdm",
            "submissions.0.last_update_user": None,
            "submissions.0.counters": None,
        },
    ),
    Sample(
        "successful job",
        "huawei_cdm",
        "show_job_status",
        {"job_name": "jdbc2hive"},
        CDM_STATUS,
        b"""{
      "submissions": [{
      "job-name": "jdbc2hive",
        "status": "SUCCEEDED",
        "creation-date": 1536906582997,
        "creation-user": "cdm",
        "isStopingIncrement": "",
        "last-update-date": 1536916580005,
        "is-execute-auto": false,
        "last-udpate-user": "cdm",
        "isDeleteJob": false,
        "isIncrementing": false,
        "external-id": "job_local1127970451_0009",
        "counters": {
          "org.apache.sqoop.submission.counter.SqoopCounters": {
            "BYTES_WRITTEN": -1,
            "TOTAL_FILES": -1,
            "BYTES_READ": -1,
            "FILES_WRITTEN": -1,
            "TOTAL_SIZE": -1,
            "FILES_READ": -1,
            "ROWS_WRITTEN": 80,
            "ROWS_READ": 80
          }
        }
      }]
    }""",
        {
            "submissions.0.status": SubmissionState.SUCCEEDED,
            "submissions.0.creation_date": _ms(1536906582997),
            "submissions.0.last_update_date": datetime(2018, 9, 14, 9, 16, 20, 5000, tzinfo=UTC),
            "submissions.0.is_stopping_increment": "",
            "submissions.0.is_execute_auto": False,
            "submissions.0.last_update_user": "cdm",
            "submissions.0.is_delete_job": False,
            "submissions.0.is_incrementing": False,
            "submissions.0.external_id": "job_local1127970451_0009",
            "submissions.0.counters.sqoop_counters.bytes_written": -1,
            "submissions.0.counters.sqoop_counters.total_size": -1,
            "submissions.0.counters.sqoop_counters.rows_written": 80,
            "submissions.0.counters.sqoop_counters.rows_read": 80,
            "submissions.0.counters.sqoop_counters.files_skipped": None,
            "submissions.0.error_summary": None,
        },
    ),
    Sample(
        "the key of the last user, spelt as newer releases do",
        "huawei_cdm",
        "show_job_status",
        {"job_name": "jdbc2hive"},
        CDM_STATUS,
        b"""{"submissions": [{"job-name": "jdbc2hive", "status": "FAILED", "creation-date": "1536905778725",
        "creation-user": "cdm", "last-update-user": "cdm", "isStopingIncrement": true,
        "error-summary": "short", "error-details": "long", "progress": -1}]}""",
        {
            "submissions.0.last_update_user": "cdm",
            "submissions.0.status": SubmissionState.FAILED,
            "submissions.0.creation_date": _ms(1536905778725),
            "submissions.0.is_stopping_increment": True,
            "submissions.0.error_summary": "short",
            "submissions.0.error_details": "long",
            "submissions.0.progress": -1,
        },
    ),
    Sample(
        "subjob of a job that moves a whole database",
        "huawei_cdm",
        "show_job_status",
        {"job_name": "whole db_orders/2018"},
        "GET /v1.1/1551c7f6c808414d8e9f3c514a170f2e/clusters/6ec9a0a4-76be-4262-8697-e7af1fac7920"
        "/cdm/job/whole%20db_orders%2F2018/status",
        b'{"submissions": []}',
        {"submissions": []},
    ),
]

HUAWEI_DLI = [
    Sample(
        "finished query",
        "huawei_dli",
        "show_sql_job_status",
        {"job_id": DLI_JOB},
        "GET /v1.0/1551c7f6c808414d8e9f3c514a170f2e/jobs/208b08d4-0dc2-4dd7-8879-ddd4c020d7aa/status",
        rb"""{ "is_success": true, "message": "", "job_id": "208b08d4-0dc2-4dd7-8879-ddd4c020d7aa", "job_type": "QUERY", "job_mode":"async", "queue_name": "default", "owner": "test", "start_time": 1509335108918, "duration": 2523, "status": "FINISHED", "input_size": 22, "result_count": 4, "database_name":"dbtest", "table_name":"tbtest", "detail": "{\"type\":\"struct\",\"fields\":[{\"name\":\"id\",\"type\":\"integer\",\"nullable\":true,\"metadata\":{}},{\"name\":\"name\",\"type\":\"string\",\"nullable\":true,\"metadata\":{}}]}", "statement": "select * from t1" }""",  # noqa: E501
        {
            "is_success": True,
            "message": "",
            "job_id": "208b08d4-0dc2-4dd7-8879-ddd4c020d7aa",
            "job_type": JobType.QUERY,
            "job_mode": JobMode.ASYNC,
            "queue_name": "default",
            "owner": "test",
            "start_time": datetime(2017, 10, 30, 3, 45, 8, 918000, tzinfo=UTC),
            "duration": 2523,
            "status": JobStatus.FINISHED,
            "input_size": 22,
            "result_count": 4,
            "database_name": "dbtest",
            "table_name": "tbtest",
            "detail": SparkStruct(
                type="struct",
                fields=[
                    SparkField(name="id", type="integer", nullable=True, metadata={}),
                    SparkField(name="name", type="string", nullable=True, metadata={}),
                ],
            ),
            "detail.fields.1.name": "name",
            "statement": "select * from t1",
            "tags": None,
            "input_row_count": None,
        },
    ),
]

SAMPLES = [*ALATION, *DATAMEER, *HUAWEI_CDM, *HUAWEI_DLI]
