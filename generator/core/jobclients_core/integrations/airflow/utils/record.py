"""The record of a task's submission, in Airflow's task state store."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, Final, Protocol

from airflow.sdk.execution_time.context import NEVER_EXPIRE

from jobclients_core.type_guards import is_object

KEY: Final = "jobclients"
"""Where the record is in the store of a task."""


class TaskStateStore(Protocol):
    """What is used of ``context["task_state_store"]``."""

    def get(self, key: str) -> Any:
        """The value of a key; None where there is none."""
        ...

    def set(self, key: str, value: Any, *, retention: timedelta | None = None) -> None:
        """Keep a value."""
        ...


class TaskStateRecord:
    """The record of one submission (a `jobclients_core.jobs.Record`), which outlives worker, supervisor and try.

    The store keeps what it holds when a person clears the task. So each record has a generation, which a clear changes
    and a retry does not: what an earlier one holds is not loaded, unless it is taken over.

    :param store: The task's store; None where Airflow has none, and nothing is kept.
    :param generation: The generation of this try.
    :param key: The key in the store.
    """

    def __init__(self, store: TaskStateStore | None, generation: int, key: str = KEY) -> None:
        self._store = store
        self._generation = generation
        self._key = key
        self._read: list[Any] = []  # the value, once it is known: each reading is a request

    @classmethod
    def of(cls, context: Any, key: str = KEY, *, fresh: bool = False) -> TaskStateRecord:
        """Make the record of a task that is executed.

        :param context: The task's context.
        :param key: The key in the store, for a task that has several records.
        :param fresh: Whether nothing was ever kept there, which is then not read.
        """
        # A clear raises max_tries, whatever the state was; retries, and other settings of the task, leave it.
        record = cls(context.get("task_state_store"), context["ti"].max_tries, key)
        record._read = [None] if fresh else []
        return record

    @property
    def lasting(self) -> bool:
        """Whether anything is kept at all."""
        return self._store is not None

    def load(self) -> str | None:
        """As `jobclients_core.jobs.Record.load`."""
        kept = self._kept()
        return kept["record"] if kept is not None and kept["generation"] == self._generation else None

    def save(self, text: str) -> None:
        """As `jobclients_core.jobs.Record.save`."""
        self._set({"generation": self._generation, "record": text})

    @property
    def earlier(self) -> str | None:
        """What an earlier generation has left; None where there is nothing, or this one has begun."""
        kept = self._kept()
        return kept["record"] if kept is not None and kept["generation"] != self._generation else None

    @property
    def earlier_generation(self) -> int | None:
        """The earlier generation that has left something."""
        kept = self._kept()
        return kept["generation"] if kept is not None and kept["generation"] != self._generation else None

    @property
    def uncertain(self) -> bool:
        """Whether the task was failed because nobody knows what became of the submission."""
        kept = self._kept()
        return kept is not None and kept.get("uncertain") is True

    def take_over(self) -> None:
        """Go on with what an earlier generation has left."""
        text = self.earlier
        if text is not None:
            self.save(text)

    def note_uncertain(self) -> None:
        """Keep that the task is failed because nobody knows what became of the submission."""
        kept = self._kept()
        if kept is not None:
            self._set({**kept, "uncertain": True})

    def _kept(self) -> dict[str, Any] | None:
        if self._store is None:
            return None
        if not self._read:
            self._read = [self._store.get(self._key)]
        value = self._read[0]
        if isinstance(value, str):
            value = json.loads(value)
        if not is_object(value) or not isinstance(value.get("record"), str):
            return None
        return value

    def _set(self, value: dict[str, Any]) -> None:
        if self._store is not None:
            # A task may be cleared, or its worker be restarted, after any time.
            self._store.set(self._key, json.dumps(value), retention=NEVER_EXPIRE)
            self._read = [value]


class BatchProgress:
    """What a task with a record for each of many jobs notes of all of them.

    A task that is cleared after it ended well submits its jobs anew. One that is cleared after it failed goes on: jobs
    that ended well are not submitted again.

    :param context: The task's context.
    """

    def __init__(self, context: Any) -> None:
        self._store: TaskStateStore | None = context.get("task_state_store")
        self._generation: int = context["ti"].max_tries
        value = None if self._store is None else self._store.get(KEY)
        noted = json.loads(value) if isinstance(value, str) else value
        self._noted: dict[str, Any] = dict(noted) if is_object(noted) else {}
        self.fresh = self._store is not None and not self._noted
        """Whether no record holds anything."""

    def begin(self) -> None:
        """Note that records will be kept, before the first of them is."""
        if self.fresh or self._noted.get("ended") not in (None, self._generation):
            self._note(anew=self._generation, ended=None)

    def keeps(self, record: TaskStateRecord) -> bool:
        """Whether a job that ended well before the task was cleared is not submitted again."""
        earlier = record.earlier_generation
        return earlier is not None and earlier >= self._noted.get("anew", earlier)

    def note_success(self) -> None:
        """Note that the task has ended well."""
        self._note(**{**self._noted, "ended": self._generation})

    def _note(self, **noted: Any) -> None:
        self._noted = noted
        if self._store is not None:
            self._store.set(KEY, json.dumps(noted), retention=NEVER_EXPIRE)
