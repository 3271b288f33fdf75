"""Specs of jobs that several test modules use."""

from __future__ import annotations


def get(path: str, name: str, schema: str, statuses: str = "200") -> str:
    """A call that takes an integer id in its path, as lines of a spec."""
    answers = "".join(
        f"""
        "{status}": {{description: d, content: {{application/json: {{schema: {schema}}}}}}}"""
        for status in statuses.split()
    )
    return f"""
  {path}/{{id}}:
    get:
      operationId: {name}
      parameters: [{{name: id, in: path, required: true, schema: {{type: integer}}}}]
      responses:{answers}
"""


FOUR_JOB_TYPES = (
    """
servers: [{url: "https://vendor.example"}]
x-jobs:
  workflow_runs:
    summary: A run with a state and a conclusion.
    identity: {id: {}}
    operations: {status: {operationId: get_workflow}}
    state:
      from: [$response.body#/status, $response.body#/conclusion]
      map:
        queued: queued
        in_progress: running
        completed/success: succeeded
        completed/neutral: succeeded_with_warnings
        completed/failure: failed
        completed/cancelled: cancelled
  task_runs:
    summary: A run whose state is in one of two places.
    identity: {id: {}}
    operations: {status: {operationId: get_task}}
    state:
      from:
        - [$response.body#/status/state, $response.body#/state/life_cycle_state]
        - [$response.body#/status/code, $response.body#/state/result_state]
      match: casefold
      map: {PENDING: queued, RUNNING: running, TERMINATED/SUCCESS: succeeded, TERMINATED/CANCELED: cancelled}
      rules:
        - when: {from: $response.body#/state/life_cycle_state, in: [INTERNAL_ERROR, SKIPPED]}
          is: failed
    fields:
      progress: {from: $response.body#/done, total: $response.body#/all}
  statements:
    summary: A statement whose state is the HTTP status.
    identity: {id: {}}
    operations: {status: {operationId: get_statement}}
    state:
      rules:
        - {when: {from: $response.status, equals: 202}, is: running}
        - {when: {from: $response.status, equals: 422}, is: failed}
        - {when: [{from: $response.status, equals: 200}, {from: $response.body#/code, exists: true}], is: succeeded}
    fields:
      code: {from: $response.body#/code}
  cloud_runs:
    summary: A run whose state is a number.
    identity: {id: {}}
    operations: {status: {operationId: get_cloud_run}}
    state:
      from: $response.body#/data/status
      map: {"1": queued, "3": running, "10": succeeded, "20": failed, "30": cancelled}
paths:"""
    + get("/workflows", "get_workflow", "{type: object, properties: {status: {}, conclusion: {}}}")
    + get("/tasks", "get_task", "{type: object}")
    + get("/statements", "get_statement", "{type: object, properties: {code: {type: string}}}", "200 202 422")
    + get(
        "/cloud",
        "get_cloud_run",
        "{type: object, properties: {data: {properties: {status: {type: integer, enum: [1, 3, 10, 20, 30]}}}}}",
    )
)
"""A spec in a few lines: one client, four job types whose responses have nothing in common."""
