"""Airflow: jobs of every installed vendor as tasks. Needs the extra ``airflow`` (apache-airflow 3.3).

It is laid out as Airflow's own providers are: `hooks`, `operators`, `triggers`, `links`, and ``get_provider_info``,
by which Airflow finds the connection type ``jobclients``.

::

    from jobclients_core.integrations.airflow.operators.jobclients import JobClientsSubmitJobOperator

    JobClientsSubmitJobOperator(
        task_id="nightly",
        jobclients_conn_id="acme",
        vendor="acme",
        job_type="runs",
        arguments={"job_name": "orders_{{ ds_nodash }}"},
    )
"""
