"""Mistakes in the vendors' specs: each is found by generating or by a line of the suite, in a message with the place.

The suite comes from the same spec as the client, so that a mistake alone would be in both. What finds it is a
second statement: documented requests and answers, a page's words about an example, or another part of the spec.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .planting import Planted, broken, line_of, messages

CHANGES_NOTHING = "      # Asking changes nothing, whatever the method.\n"
PLANTED = [
    # Requests against documented requests
    Planted(
        "wrong path",
        "alation",
        "  /api/v1/bulk_metadata/job/:",
        "  /api/v1/bulk_metadata/jobs/:",
        "sample",
    ),
    Planted(
        "path of the other family of calls",
        "datameer",
        "  /api/job-execution/{file}/status:",
        "  /rest/job-execution/{file}/status:",
        "sample",
    ),
    Planted(
        "path of another version",
        "huawei_dli",
        "  /v1/{project_id}/jobs/{job_id}/progress:",
        "  /v1.0/{project_id}/jobs/{job_id}/progress:",
        "sample",
    ),
    Planted("wrong HTTP method", "huawei_cdm", "/stop:\n    put:", "/stop:\n    post:", "sample"),
    Planted(
        "wrong location of a parameter",
        "huawei_cdm",
        "        - name: jname\n          in: query",
        "        - name: jname\n          in: header",
        "sample",
        at="submissions?jname=jdbc2hive",
    ),
    Planted(
        "name of a parameter, known to others",
        "alation",
        "        - name: name\n          in: query",
        "        - name: job_name\n          in: query",
        "unknown-parameter",
        at="        - [id, name]",
    ),
    Planted(
        "name of a parameter, known to a sample",
        "huawei_cdm",
        "        - name: jobType\n",
        "        - name: job_type\n",
        "unknown-parameter",
        at="            jobType: NORMAL_JOB",
    ),
    Planted(
        "wrong encoding of a parameter",
        "huawei_dli",
        "such as k1=v1,k2=v2; encoded for the URL by the client.\n",
        "such as k1=v1,k2=v2; encoded for the URL by the client.\n          allowReserved: true\n",
        "sample",
        at="tags=k1%3Dv1%2Ck2%3Dv2",
    ),
    Planted(
        "wrong header of the token",
        "alation",
        "      name: TOKEN",
        "      name: X-TOKEN",
        "sample",
        at="          request: GET /api/v1/bulk_metadata/job/?id=1\n",
    ),
    Planted(
        "wrong security scheme",
        "datameer",
        "      scheme: basic",
        "      scheme: bearer",
        "sample",
        at="request: POST /rest/job-execution/job-kill/3",
    ),
    Planted(
        "token for a call that takes none",
        "alation",
        f"access token is still good, and until when.\n      security: []\n{CHANGES_NOTHING}",
        f"access token is still good, and until when.\n{CHANGES_NOTHING}",
        "sample",
    ),
    Planted(
        "property of a body renamed",
        "huawei_dli",
        "        with_column_header:\n          description: Whether to write",
        "        column_header:\n          description: Whether to write",
        "unknown-parameter",
        at='            with_column_header: "true"\n            queue_name: queue2',
    ),
    # Answers against documented responses
    Planted(
        "property of a response renamed",
        "huawei_cdm",
        "        external-id:\n          description",
        "        external_id:\n          description",
        "response",
        at="                succeeded:\n                  summary: A successful job.",
    ),
    Planted(
        "property of a response renamed, known to a job",
        "alation",
        "        msg:\n          description: How long the job took",
        "        message:\n          description: How long the job took",
        "unknown-pointer",
        at="      message:\n        from: $response.body#/msg",
    ),
    Planted(
        "wrong type",
        "huawei_dli",
        "          description: How long the job ran, in milliseconds.\n          type: integer",
        "          description: How long the job ran, in milliseconds.\n          type: string",
        "bad-example",
        at="                    duration: 1623",
    ),
    Planted(
        "wrong type in a JSON text",
        "alation",
        "          description: Number of objects that were updated.\n          type: integer",
        "          description: Number of objects that were updated.\n          type: boolean",
        "response",
        at="                  summary: A job that took every object.",
    ),
    Planted(
        "required property that a sample lacks",
        "datameer",
        "its state and its times.\n      type: object\n      required: [status]",
        "its state and its times.\n      type: object\n      required: [status, file-id]",
        "bad-example",
        at="                    job-status: _NONE",
    ),
    Planted(
        "misspelt word of an enumeration",
        "datameer",
        "        - COMPLETED_WITH_Warnings\n",
        "        - COMPLETED_WITH_Warning\n",
        "bad-example",
        at="                    jobStatus: COMPLETED_WITH_Warnings",
    ),
    Planted(
        "wrong format of a time",
        "datameer",
        'time; null when it did not.\n          type: [string, "null"]\n          x-time-format: java-medium-us',
        'time; null when it did not.\n          type: [string, "null"]\n          x-time-format: rfc3339',
        "response",
        at="                    start-time: Sep 28, 2018 6:44:56 PM\n                    estimate-time: 11s",
        within=8,
    ),
    Planted(
        "wrong content type",
        "alation",
        "          description: The job, whatever its state.\n          content:\n            application/json:",
        "          description: The job, whatever its state.\n          content:\n            text/plain:",
        "bad-example",
        at="                    msg: Job finished in 1.0 seconds at 2017-01-12 23:52:34.307327+00:00",
    ),
    Planted(
        "wrong status of an error",
        "alation",
        '        "401":\n          description: The token is wrong, or its header is missing.',
        '        "402":\n          description: The token is wrong, or its header is missing.',
        "contradicted-example",
        at="                  summary: The token is not valid.",
    ),
    Planted(
        "wrong envelope",
        "huawei_dli",
        '    in: [true, "true"]\n  message',
        '    in: ["success"]\n  message',
        "refused-examples",
    ),
    Planted(
        "envelope of another call",
        "datameer",
        "        ok:\n          from: $response.body#/status\n          equals: success\n        message",
        "        ok:\n          from: $response.body#/status\n          equals: ok\n        message",
        "refused-examples",
    ),
    Planted(
        "example under the wrong status",
        "datameer",
        "A job that has never been run.\n                  x-expect:\n                    state: not_started\n"
        "                  value:\n"
        "                    status: success",
        "A job that has never been run.\n                  x-expect:\n                    state: not_started\n"
        "                  value:\n"
        "                    status: failure",
        "contradicted-example",
    ),
    Planted(
        "wrong place of the vendor's code",
        "huawei_cdm",
        "    - $response.body#/errCode\n",
        "    - $response.body#/errorCode\n",
        "unknown-pointer",
    ),
    # Credentials and jobs against the rest of the spec
    Planted(
        "wrong place of the token",
        "alation",
        "    token: $response.body#/api_access_token",
        "    token: $response.body#/access_token",
        "unknown-pointer",
    ),
    Planted(
        "wrong header of a new token",
        "huawei_iam",
        "            X-Subject-Token:\n",
        "            X-Auth-Token:\n",
        "unknown-header",
        at="    token: $response.header.X-Subject-Token",
    ),
    Planted(
        "state that is not mapped",
        "huawei_dli",
        "        SCALING: running\n        FINISHED: succeeded\n",
        "        SCALING: running\n",
        "unmapped-state",
    ),
    Planted(
        "state that is mapped wrongly",
        "huawei_dli",
        "        FINISHED: succeeded\n",
        "        FINISHED: failed\n",
        "contradicted-example",
        at="                  summary: A query that has finished.",
    ),
    Planted(
        "state of a sample that is mapped wrongly",
        "huawei_cdm",
        "        BOOTING: running\n",
        "        BOOTING: queued\n",
        "contradicted-example",
        at="                  summary: A job that is being prepared.",
    ),
    Planted(
        "factor of a duration that is lost",
        "huawei_dli",
        "        from: $response.body#/duration\n        scale: 0.001\n",
        "        from: $response.body#/duration\n",
        "contradicted-example",
        at="                    duration: 2.523",
    ),
    Planted(
        "end of a submission that is turned round",
        "huawei_dli",
        "        equals: sync\n",
        "        equals: async\n",
        "contradicted-example",
        at="                  summary: The statement was carried out at once.",
    ),
    Planted(
        "corrections of a state that are lost",
        "alation",
        "      refine:\n"
        + "        - if: succeeded\n          when:\n            from: $result#/error_objects\n"
        + "            nonempty: true\n          to: succeeded_with_warnings\n"
        + "        - if: succeeded\n          when:\n            from: $result#/error\n"
        + "            nonempty: true\n          to: succeeded_with_warnings\n",
        "      refine:\n",
        "contradicted-example",
        at="                  summary: A job that is called successful although it rejected an object.",
    ),
    Planted(
        "code of the vendor that loses its exception",
        "huawei_cdm",
        "Cdm.0053, Cdm.0104, Cdm.0318",
        "Cdm.0053, Cdm.0318",
        "contradicted-example",
        at="                  summary: A job of that name is there already.",
    ),
    Planted(
        "no state is a success",
        "huawei_cdm",
        "        SUCCEEDED: succeeded\n",
        "        SUCCEEDED: failed\n",
        "no-success-state",
        at="    state:\n      from: $run#/status",
    ),
    Planted(
        "wrong format of a job's time",
        "datameer",
        "        from: $response.body#/startTime\n        format: jdbc",
        "        from: $response.body#/startTime\n        format: java-medium-us",
        "bad-time",
        at='                    startTime: "2012-07-06 18:19:09.0"',
    ),
    Planted(
        "pattern that reads nothing",
        "alation",
        "seconds at (?P<value>[-0-9:. +]+)$",
        "seconds on (?P<value>[-0-9:. +]+)$",
        "bad-pattern",
    ),
    Planted(
        "wrong call for the status",
        "huawei_cdm",
        "      status:\n        operationId: show_job_status",
        "      status:\n        operationId: show_jobs",
        "unknown-pointer",
        at="      select: $response.body#/submissions\n      key",
    ),
    Planted(
        "wrong call for cancelling",
        "huawei_dli",
        "      cancel:\n        operationId: cancel_sql_job",
        "      cancel:\n        operationId: check_sql",
        "missing-argument",
    ),
    Planted(
        "wrong key of a run",
        "huawei_cdm",
        "      key: [submission-id, creation-date]",
        "      key: [submission_id, creation_date]",
        "unknown-pointer",
    ),
    Planted(
        "field of the identity that is not there",
        "alation",
        "          id: $job.id\n",
        "          id: $job.job_id\n",
        "unknown-identity",
    ),
]


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: f"{planted.vendor}: {planted.name}")
def test_a_mistake_is_found_where_it_is(planted: Planted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message by the expected rule points at the mistake, or at the statement that contradicts it."""
    line = line_of(planted, broken(planted, tmp_path))
    monkeypatch.chdir(tmp_path)
    said = [text for found_by, text in messages(planted.vendor, tmp_path, {planted.found_by})]
    pointed = [int(number) for text in said for number in re.findall(r"openapi\.yaml:(\d+)", text)]

    assert said, f"nothing says so by {planted.found_by}"
    assert any(abs(number - line) <= planted.within for number in pointed), f"{pointed}, not near {line}: {said[0]}"


@pytest.mark.parametrize("vendor", sorted({planted.vendor for planted in PLANTED}))
def test_without_a_mistake_nothing_is_said(vendor: str, tmp_path: Path) -> None:
    """What finds the mistakes is silent about the specs as they are."""
    rules = {planted.found_by for planted in PLANTED if planted.vendor == vendor}
    broken(Planted("none", vendor, "openapi: 3.1.0\n", "openapi: 3.1.0\n", ""), tmp_path)

    assert [] == list(messages(vendor, tmp_path, rules))
