"""Submitting a job once, however often a task is tried, killed or cleared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow.sdk.exceptions import AirflowException

from jobclients_core.errors import NotFound
from jobclients_core.integrations.airflow.hooks.jobclients import JobClientsHook
from jobclients_core.integrations.airflow.utils.choices import Again, Baseline
from jobclients_core.integrations.airflow.utils.outcome import seconds_until_gone
from jobclients_core.integrations.airflow.utils.record import TaskStateRecord
from jobclients_core.jobs import (
    AmbiguousRun,
    HandleError,
    Job,
    JobCancelled,
    JobExpired,
    JobFailed,
    RecordMismatch,
    RunSuperseded,
    SubmitUncertain,
    WaitTimeout,
)
from jobclients_core.jobs.record import Intent, read_record


@dataclass(frozen=True, slots=True)
class Submission:
    """How a task submits its jobs.

    Args:
        job_type: The type of the jobs.
        again: As for the operator.
        baseline: As for the operator.
        log: The task's log.
    """

    job_type: str
    again: Again
    baseline: Baseline
    log: Any

    def job(
        self, hook: JobClientsHook, arguments: Mapping[str, Any], record: TaskStateRecord, *, keep: bool = False
    ) -> Job[Any]:
        """Submit a job, or go on with the one that an earlier try has submitted.

        Args:
            hook: The hook.
            arguments: What the vendor's operation takes.
            record: What earlier tries have kept of the submission.
            keep: Whether a job that ended well before the task was cleared is not submitted again.

        Returns:
            The job.

        Raises:
            AirflowException: it is not known what became of the submission, or an earlier try had other arguments.
            JobClientsError: the vendor did not take it.
        """
        earlier = record.earlier
        if earlier is not None and self._goes_on(hook, earlier, uncertain=record.uncertain, keep=keep):
            record.take_over()
        try:
            return hook.submit_job(self.job_type, arguments, record=record, again=self.again, baseline=self.baseline)
        except (SubmitUncertain, AmbiguousRun) as error:
            record.note_uncertain()
            raise AirflowException(_uncertain_text(error)) from error
        except RecordMismatch as error:
            raise AirflowException(
                f"{error}. An earlier try of this task submitted a job with other arguments. Each try has to render "
                "them alike; to submit with these, clear the task after that job has ended"
            ) from error

    def _goes_on(self, hook: JobClientsHook, text: str, *, uncertain: bool, keep: bool) -> bool:
        """Whether what was submitted before the task was cleared has not come to its end."""
        try:
            if isinstance(read_record(text), Intent):
                # A person who clears a task that failed as uncertain has read what to look for first.
                return not uncertain
            job = hook.get_job(text)
            status = job.status()
            if status.payload is None and not status.state.terminal:
                status = job.wait(timeout=seconds_until_gone(job.kind))
        except WaitTimeout:
            return True
        except (JobFailed, JobCancelled):
            return False
        except (HandleError, JobExpired, RunSuperseded, NotFound) as error:
            self.log.warning("The job of before the task was cleared is not taken up: %s", error)
            return False
        return not status.state.terminal or (keep and status.state.ok)


def warn_where_nothing_is_kept(record: TaskStateRecord, log: Any) -> None:
    """Warn where an Airflow without a task state store cannot keep what is submitted.

    Args:
        record: The record of a submission.
        log: The task's log.
    """
    if not record.lasting:
        log.warning("Airflow has no task state store: a killed worker or a retry would submit twice")


def _uncertain_text(error: SubmitUncertain | AmbiguousRun) -> str:
    """What is not known of a submission, and what a person can do."""
    facts: list[str] = []
    if isinstance(error, SubmitUncertain) and error.key:
        facts.append(f"It carried the key {error.key}.")
    if error.candidates:
        facts.append(f"It may be {' or '.join(map(str, error.candidates))}.")
    if isinstance(error, SubmitUncertain) and error.look_again_at is not None:
        facts.append(f"A look tells more from {error.look_again_at:%Y-%m-%d %H:%M:%S} UTC on.")
    said = " ".join(facts)
    return (
        f"{error}. Nothing was submitted a second time. Look for the job at the vendor's. {said}{' ' if said else ''}"
        "A retry looks for it again and goes on with it where it shows. If it runs or has ended, mark this task as "
        "successful or failed; if it is not there, clear this task, which submits anew"
    )
