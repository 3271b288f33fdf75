"""Rows of deferred tasks and their triggers, as a worker that defers leaves them: ``rows.py FILE``.

The file names a DAG, its run, whose task ``job`` is copied, and the handles of the jobs that are waited for.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

from airflow.models.taskinstance import TaskInstance
from airflow.models.trigger import Trigger
from airflow.triggers.base import BaseTrigger
from airflow.utils.session import create_session
from jobclients_core.integrations.airflow.triggers.jobclients import JobClientsJobTrigger
from on_airflow.inside.own_client import OwnClientTrigger
from sqlalchemy import insert, select


def trigger_of(name: str, handle: str) -> BaseTrigger:
    """The trigger that waits for a job."""
    if name == "own":
        return OwnClientTrigger(handle, name)
    return JobClientsJobTrigger(handle, name, end_from_trigger=True)


def main() -> None:
    """Make the rows."""
    order: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    table: Any = TaskInstance.__table__
    with create_session() as session:
        where = (table.c.dag_id == order["dag"], table.c.run_id == order["run"], table.c.map_index == -1)
        pattern = dict(session.execute(select(table).where(*where)).one()._mapping)
        triggers = [Trigger.from_object(trigger_of(order["conn"], handle)) for handle in order["handles"]]
        session.add_all(triggers)
        session.flush()
        deferred = {"state": "deferred", "next_method": "execute_complete", "end_date": None, "duration": None}
        rows = [
            {**pattern, **deferred, "id": uuid4(), "map_index": number, "trigger_id": trigger.id}
            for number, trigger in enumerate(triggers)
        ]
        session.execute(insert(table), rows)


if __name__ == "__main__":
    main()
