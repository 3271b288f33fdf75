"""What waits for many jobs: a marker whose rows stand for deferred tasks, real deferrals, and a batch."""

import os
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from jobclients_core.integrations.airflow.operators.batch import JobClientsBatchOperator
from jobclients_core.integrations.airflow.operators.jobclients import JobClientsSubmitJobOperator

WAITS = int(os.environ["WAITS"])
REAL = int(os.environ["REAL"])
SQL: dict[str, Any] = {"vendor": "huawei_dli", "job_type": "sql_jobs"}

for name in ("shared", "own"):
    with DAG(f"rows_{name}", schedule=None, catchup=False):
        EmptyOperator(task_id="job", pre_execute=lambda context: None)

with DAG("real", schedule=None, catchup=False, max_active_tasks=REAL):
    for number in range(REAL):
        arguments = {"sql": f"SELECT {number}"}
        JobClientsSubmitJobOperator(
            task_id=f"job_{number}", jobclients_conn_id="shared", arguments=arguments, retries=0, **SQL
        )

with DAG("batch", schedule=None, catchup=False):
    jobs = [{"sql": f"SELECT {number}"} for number in range(WAITS)]
    JobClientsBatchOperator(task_id="job", jobclients_conn_id="batch", jobs=jobs, failure_policy="ignore", **SQL)
