"""A DAG of one task for each scene that the driver wrote down, in the file that SCENES names."""

import json
import os
from datetime import timedelta
from pathlib import Path

from airflow.sdk import DAG
from jobclients_core.integrations.airflow.operators.jobclients import JobClientsSubmitJobOperator
from on_airflow.inside.by_hand import ByHandOperator

OPERATORS = {"job": JobClientsSubmitJobOperator, "by_hand": ByHandOperator}

for scene in json.loads(Path(os.environ["SCENES"]).read_text("utf-8")):
    with DAG(scene["dag_id"], schedule=None, catchup=False, tags=["scene"]) as dag:
        OPERATORS[scene["operator"]](task_id="job", retry_delay=timedelta(seconds=1), **scene["arguments"])
    globals()[scene["dag_id"]] = dag
