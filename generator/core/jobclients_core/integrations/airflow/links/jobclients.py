"""The link of a task to the page of its job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey


class JobClientsJobLink(BaseOperatorLink):
    """Link to the vendor's page of a job, where the vendor's responses name one."""

    @property
    def name(self) -> str:
        """Name of the button."""
        return "Job"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """Get the page's URL.

        :param operator: The task, which knows it once it has read a status.
        :param ti_key: The task instance.
        :return: The URL; empty where there is none.
        """
        return getattr(operator, "job_url", None) or ""
