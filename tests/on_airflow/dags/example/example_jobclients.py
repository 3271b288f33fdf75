"""Example DAG: jobs of three vendors, the result of one in the arguments of another, and many in one task.

``make demo-airflow`` runs it against mock vendors. With connections of the type ``jobclients`` that have these ids, it
runs as it is against your own.
"""

from datetime import timedelta

from airflow.sdk import DAG
from jobclients_core.integrations.airflow.operators.batch import JobClientsBatchOperator
from jobclients_core.integrations.airflow.operators.jobclients import JobClientsSubmitJobOperator

TABLES = ("customers", "orders", "prices")

with DAG("example_jobclients", schedule=None, catchup=False, tags=["example"], doc_md=__doc__):
    # A deferred task takes no worker while it waits. Where the worker dies, the next try goes on with the same job.
    copy = JobClientsSubmitJobOperator(
        task_id="copy_from_erp",
        jobclients_conn_id="cdm_default",
        job_type="runs",
        arguments={"job_name": "erp_to_lake"},
        retries=2,
        retry_delay=timedelta(seconds=5),
    )
    # Where a person marks this task as failed, the statement is cancelled.
    count = JobClientsSubmitJobOperator(
        task_id="count_orders",
        jobclients_conn_id="dli_default",
        job_type="sql_jobs",
        arguments={
            "sql": "SELECT count(*) FROM orders -- copied by run "
            "{{ ti.xcom_pull(task_ids='copy_from_erp')['run_id'] }}",
        },
        cancel_on_kill=True,
    )
    # One task and one trigger, however many jobs.
    partitions = JobClientsBatchOperator(
        task_id="refresh_partitions",
        jobclients_conn_id="dli_default",
        job_type="sql_jobs",
        jobs={table: {"sql": f"MSCK REPAIR TABLE {table}"} for table in TABLES},
    )
    # On a worker from its start to its end, for an Airflow without a triggerer.
    report = JobClientsSubmitJobOperator(
        task_id="build_report",
        jobclients_conn_id="datameer_default",
        job_type="executions",
        arguments={"configuration": 42},
        deferrable=False,
    )

    copy >> [count, partitions] >> report
