"""Whether a person has marked a task."""

from __future__ import annotations

from typing import Any, Final

from airflow.sdk import TaskInstanceState
from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

_MARKED: Final = (TaskInstanceState.FAILED, TaskInstanceState.SUCCESS, TaskInstanceState.SKIPPED)


def marked_state(task_instance: Any) -> str | None:
    """Read the state of a task, and tell whether a person has marked it.

    Airflow kills a task for other reasons, too: it was cleared, its worker or its triggerer is being stopped, another
    triggerer has taken it over. The task goes on then, in some state that no mark leaves.

    :param task_instance: The task instance that is being killed.
    :return: The state of a marked task; None for any other.
    """
    states = RuntimeTaskInstance.get_task_states(
        dag_id=task_instance.dag_id,
        task_ids=[task_instance.task_id],
        run_ids=[task_instance.run_id],
        map_index=task_instance.map_index,
    )
    # By task id, with the map index behind it where there is one.
    state = next(iter(states.get(task_instance.run_id, {}).values()), None)
    return state if state in _MARKED else None
