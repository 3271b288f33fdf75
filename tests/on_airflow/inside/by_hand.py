"""The operator that one writes with what Airflow has: `execute_resumable`, which keeps the id of the job."""

from __future__ import annotations

import time
from typing import Any

from airflow.sdk import BaseOperator, ResumableJobMixin
from survive.by_hand import ACTIVE, GOOD, NAMES, STATES, STATUS
from survive.shared import HOUSE, TOKEN, exchange, request_by_hand


class ByHandOperator(ResumableJobMixin, BaseOperator):  # pyright: ignore[reportIncompatibleVariableOverride]
    """Submits one job and polls for its end.

    Args:
        url: The vendor.
        capability: What the vendor lets one see, which says how its requests look.
        job: What the job is called.
    """

    def __init__(self, *, url: str, capability: str, job: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.url = url
        self.capability = capability
        self.job = job

    def execute(self, context: Any) -> Any:
        """Submit, or go on."""
        return self.execute_resumable(context)

    def submit_job(self, context: Any) -> Any:
        """Submit the job; what names it."""
        status, body = exchange(self.url, *request_by_hand(self.capability, self.job, "", "us"))
        if status >= 300:
            raise RuntimeError(f"submit: status {status}")
        return NAMES[self.capability](body)

    def get_job_status(self, external_id: Any, context: Any) -> str:
        """How the job is doing; empty where it does not show."""
        target = STATUS[self.capability].format(name=self.job, house=HOUSE, id=external_id)
        status, body = exchange(self.url, "GET", target, None, {"X-Token": TOKEN})
        if status >= 300:
            raise RuntimeError(f"status: status {status}")
        return STATES[self.capability](body, external_id)

    def is_job_active(self, status: str) -> bool:
        """Whether it has not ended."""
        return status in ACTIVE

    def is_job_succeeded(self, status: str) -> bool:
        """Whether it ended well."""
        return status in GOOD

    def poll_until_complete(self, external_id: Any, context: Any) -> None:
        """Wait for its end."""
        while (status := self.get_job_status(external_id, context)) in ACTIVE:
            self.log.info("%s is %s", external_id, status)
            time.sleep(1)
        if status not in GOOD:
            raise RuntimeError(f"{external_id} ended {status}")

    def get_job_result(self, external_id: Any, context: Any) -> Any:
        """What it left: nothing."""
        return None
