"""Airflow: jobs of every installed vendor as tasks. Needs the extra ``airflow`` (apache-airflow 3.3).

It is laid out as Airflow's own providers are: `hooks`, `operators`, `sensors`, `triggers`, `links`, and
``get_provider_info``, by which Airflow finds the connection type ``jobclients``.

::

    from jobclients_core.integrations.airflow.operators.jobclients import JobClientsSubmitJobOperator

    JobClientsSubmitJobOperator(
        task_id="nightly",
        jobclients_conn_id="acme",
        vendor="acme",
        job_type="runs",
        arguments={"job_name": "orders_{{ ds_nodash }}"},
    )

Beside it there are an operator for many jobs in one task (``operators.batch``), a sensor for jobs that others started
(``sensors.jobclients``), and a trigger that tells an asset of each run that ended (``triggers.events``).
"""
