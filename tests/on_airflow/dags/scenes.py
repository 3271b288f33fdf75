"""A DAG of one task for each scene that the driver wrote down, in the file that SCENES names."""

import json
import os
from datetime import timedelta
from pathlib import Path

from airflow.sdk import DAG


def operator(kind, arguments):
    """The task of a scene."""
    if kind == "by_hand":
        from on_airflow.by_hand import ByHandOperator as Operator
    else:
        from jobclients_core.integrations.airflow.operators.jobclients import JobClientsSubmitJobOperator as Operator
    return Operator(task_id="job", retry_delay=timedelta(seconds=1), **arguments)


for scene in json.loads(Path(os.environ["SCENES"]).read_text("utf-8")):
    with DAG(scene["dag_id"], schedule=None, catchup=False, tags=["scene"]) as dag:
        operator(scene["operator"], scene["arguments"])
    globals()[scene["dag_id"]] = dag
