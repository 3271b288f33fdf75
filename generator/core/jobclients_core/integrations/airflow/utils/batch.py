"""Many jobs of one task: their names, their records, and what became of each."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from jobclients_core.errors import InvalidArgument, JobClientsError
from jobclients_core.integrations.airflow.utils.choices import FailurePolicy
from jobclients_core.integrations.airflow.utils.outcome import describe, xcom_of
from jobclients_core.integrations.airflow.utils.record import KEY
from jobclients_core.jobs import JobStatus
from jobclients_core.jobs.job import BoundJob
from jobclients_core.type_guards import is_mapping, is_object, is_sequence

MAX_BATCH_XCOM_SIZE: Final = 1_048_576
"""Bytes of JSON, as usual, that the XCom of a batch has at most."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_LONGEST: Final = 200
"""Characters that are kept of a text where the whole is too large."""
_MOST_NAMED: Final = 10
"""Jobs that the error of a task names."""
_FACTS: Final = (
    "identity",
    "state",
    "raw_state",
    "ok",
    "run_id",
    "attribution",
    "started_at",
    "finished_at",
    "message",
    "error",
    "code",
    "warnings",
    "result",
)


def named(jobs: Any) -> dict[str, Mapping[str, Any]]:
    """Give each job of a batch a name: its key in a mapping, its place in a list.

    Args:
        jobs: The arguments of the jobs.

    Returns:
        The arguments by name.

    Raises:
        InvalidArgument: they are neither a mapping nor a list of arguments, or two have the same name.
    """
    if not is_mapping(jobs) and not is_sequence(jobs):
        raise InvalidArgument(
            f"jobs should be a mapping or a list of arguments, and are of type {type(jobs).__name__}; from another "
            "task, take its .output, or set render_template_as_native_obj of the DAG",
            argument="jobs",
        )
    given: list[tuple[Any, Any]] = list(jobs.items() if is_mapping(jobs) else enumerate(jobs))
    found = {str(name): arguments for name, arguments in given}
    if len(found) < len(given):
        raise InvalidArgument("two of the jobs have the same name", argument="jobs")
    wrong = [name for name, arguments in found.items() if not is_object(arguments)]
    if wrong:
        raise InvalidArgument(f"the arguments of {', '.join(wrong[:_MOST_NAMED])} are not a mapping", argument="jobs")
    return found


def record_key(name: str) -> str:
    """Where the record of a job is in the store of the task.

    Args:
        name: The job's name.

    Returns:
        The key.
    """
    plain = name if _PLAIN.fullmatch(name) else "~" + hashlib.sha256(name.encode()).hexdigest()
    return f"{KEY}/{plain}"


def pack(handles: Mapping[str, str]) -> str:
    """Make one text of many handles, which are much alike.

    Args:
        handles: The handles by the names of their jobs.

    Returns:
        The text.
    """
    return base64.b64encode(zlib.compress(json.dumps(handles).encode(), 9)).decode()


def unpack(text: str) -> dict[str, str]:
    """Read what `pack` made.

    Args:
        text: The text.

    Returns:
        The handles by the names of their jobs.
    """
    handles: dict[str, str] = json.loads(zlib.decompress(base64.b64decode(text)))
    return handles


@dataclass(slots=True)
class BatchEnds:
    """What became of the jobs of a batch.

    Args:
        names: Their names, in order.
        policy: What a job that does not end well means for the others.
        log: The task's log.
        jobs: What is known of each, by its name.
    """

    names: Sequence[str]
    policy: FailurePolicy
    log: Any
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    def note(self, name: str, job: BoundJob, status: JobStatus[Any] | None, error: JobClientsError | None) -> None:
        """Note and log the end of a job.

        Args:
            name: Its name.
            job: The job.
            status: Its last status; None where there is none.
            error: Why it did not end well; None for one that did.
        """
        facts = xcom_of(job, status)
        self.jobs[name] = {key: facts.get(key) for key in _FACTS} | {"failure": None if error is None else str(error)}
        number = f"{len(self.jobs)} of {len(self.names)}: {name}"
        if error is not None:
            self.log.warning("%s: %s", number, error)
        elif status is not None:
            self.log.info("%s: %s", number, describe(job, status))

    def note_refused(self, name: str, reason: str) -> None:
        """Note that a job was not submitted, or that it is not known whether it was.

        Args:
            name: Its name.
            reason: Why.
        """
        self.log.warning("%s: %s", name, reason)
        self.jobs[name] = dict.fromkeys(_FACTS) | {"failure": reason}

    @property
    def left(self) -> list[str]:
        """The names of the jobs that have not ended."""
        return [name for name in self.names if name not in self.jobs]

    @property
    def given_up(self) -> bool:
        """Whether the others are not waited for any more."""
        return self.policy == "fail_fast" and bool(self._failures())

    def xcom(self, max_size: int) -> dict[str, dict[str, Any]]:
        """Make the XCom of the batch.

        Args:
            max_size: Bytes of JSON that it has at most. What is too large loses results first, then long texts.

        Returns:
            The facts of each job by its name, with the same keys for every vendor.
        """
        left: dict[str, Any] = dict.fromkeys(_FACTS) | {
            "failure": "not waited for, because another job did not end well"
        }
        found: dict[str, dict[str, Any]] = {name: self.jobs.get(name, left) for name in self.names}
        if _size(found) > max_size:
            found = {name: {**facts, "result": None} for name, facts in found.items()}
            self.log.warning("The results of the jobs are left out of the XCom, because together they are too large")
        if _size(found) > max_size:
            found = {name: {key: _shortened(value) for key, value in facts.items()} for name, facts in found.items()}
        return found

    def failure(self) -> str | None:
        """Say which jobs did not end well; None where all did, or where that is ignored."""
        failures = self._failures()
        if not failures or self.policy == "ignore":
            return None
        lines = [f"{name}: {reason}" for name, reason in list(failures.items())[:_MOST_NAMED]]
        more = len(failures) - len(lines)
        first = f"{len(failures)} of {len(self.names)} jobs did not end well"
        return "\n".join([first, *lines, *([f"and {more} more"] if more else [])])

    def _failures(self) -> dict[str, str]:
        return {name: facts["failure"] for name, facts in self.jobs.items() if facts["failure"] is not None}


def _size(data: Any) -> int:
    return len(json.dumps(data, ensure_ascii=False).encode())


def _shortened(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else value[: _LONGEST - 3] + "..."
    return value if value is None or isinstance(value, (bool, int, float)) or _size(value) <= _LONGEST else None
