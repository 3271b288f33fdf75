"""Tasks whose tries a dictionary remembers, and operators for them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG
from jobclients_core.integrations.airflow.operators.jobclients import JobClientsSubmitJobOperator

CONNECTION = "a_vendor"


def operator(**arguments: Any) -> JobClientsSubmitJobOperator:
    """An operator for the vendor that is served."""
    given: dict[str, Any] = {
        "task_id": "task",
        "jobclients_conn_id": CONNECTION,
        "dag": DAG("dag", schedule=None),
        **arguments,
    }
    return JobClientsSubmitJobOperator(**given)


@dataclass
class FakeStore:
    """A task state store, which survives tries and clears as Airflow's does."""

    values: dict[str, Any] = field(default_factory=dict[str, Any])
    retentions: list[timedelta | None] = field(default_factory=list[timedelta | None])

    def get(self, key: str, default: Any = None) -> Any:
        return self.values.get(key, default)

    def set(self, key: str, value: Any, *, retention: timedelta | None = None) -> None:
        json.dumps(value)
        self.values[key] = value
        self.retentions.append(retention)


@dataclass
class FakeTask:
    """A task instance, as far as operators and triggers look at it."""

    dag_id: str = "dag"
    task_id: str = "task"
    run_id: str = "run"
    map_index: int = -1
    try_number: int = 1
    max_tries: int = 0
    pushed: dict[str, Any] = field(default_factory=dict[str, Any])

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value


@dataclass
class TaskRuns:
    """The tries of one task.

    Args:
        store: What is kept between them.
        task: The task instance.
    """

    store: FakeStore = field(default_factory=FakeStore)
    task: FakeTask = field(default_factory=FakeTask)

    @property
    def context(self) -> Any:
        """The context of a try."""
        return {"ti": self.task, "task_instance": self.task, "task_state_store": self.store}

    def retry(self) -> None:
        """Let the next try begin."""
        self.task.try_number += 1

    def clear(self) -> None:
        """Clear the task, as Airflow does: it is given as many tries more as it has."""
        self.task.max_tries += self.task.try_number
        self.task.try_number += 1
