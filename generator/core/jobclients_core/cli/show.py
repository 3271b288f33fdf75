"""What the command prints: statuses for people and as JSON, messages, and never a secret or a control character."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TextIO

import pydantic_core

from jobclients_core.hiding import mask_text
from jobclients_core.jobs.as_data import plain, status_data
from jobclients_core.jobs.job import Job
from jobclients_core.jobs.status import JobStatus
from jobclients_core.printing import lines
from jobclients_core.shapes import is_array, is_object


@dataclass(slots=True)
class Out:
    """Where a command writes: results to standard output, everything else to standard error.

    Args:
        json: Whether results are JSON.
        secrets: Functions that tell texts which are never shown; clients add theirs.
    """

    json: bool = False
    secrets: list[Callable[[], Iterable[str]]] = field(default_factory=list[Callable[[], Iterable[str]]], repr=False)

    def clean(self, text: str) -> str:
        """A text without control characters and secrets.

        Args:
            text: The text.

        Returns:
            What may be shown.
        """
        for known in self.secrets:
            text = mask_text(text, known())
        return lines(text)

    def print(self, text: str = "") -> None:
        """Write a result.

        Args:
            text: One or more lines.
        """
        _write(sys.stdout, self.clean(text))

    def say(self, text: str) -> None:
        """Write a message.

        Args:
            text: One or more lines.
        """
        _write(sys.stderr, self.clean(text))

    def data(self, value: Any) -> None:
        """Write a result as one line of JSON.

        Args:
            value: The result.
        """
        # Escaped, so that cleaning finds nothing to do but secrets.
        text = json.dumps(self._masked(pydantic_core.to_jsonable_python(value)), ensure_ascii=True)
        _write(sys.stdout, text)

    def _masked(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.clean(value)
        if is_object(value):
            return {key: self._masked(item) for key, item in value.items()}
        return [self._masked(item) for item in value] if is_array(value) else value

    def status(self, job: Job[Any], status: JobStatus[Any]) -> None:
        """Write a status.

        Args:
            job: The job.
            status: Its status.
        """
        if self.json:
            self.data(status_data(job, status))
            return
        self.print(f"{job_name(job)}: {self.state(status)}")
        for name, text in _facts(status):
            self.print(f"  {name:<9} {text}")

    def state(self, status: JobStatus[Any]) -> str:
        """A state in words.

        Args:
            status: The status.

        Returns:
            The canonical state and the vendor's own word.
        """
        word = status.state.replace("_", " ")
        raw = f" ({status.raw_state})" if status.raw_state and status.raw_state.casefold() != word else ""
        return word + raw


def _write(stream: TextIO, text: str) -> None:
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding) + "\n")
    stream.flush()


def job_name(job: Job[Any]) -> str:
    """A job in words.

    Args:
        job: The job.

    Returns:
        Its vendor, kind and identity.
    """
    kind = job.kind
    own = " ".join(f"{name}={value}" for name, value in job.identity.items())
    return f"{kind.vendor}.{kind.name} {own}"


def _facts(status: JobStatus[Any]) -> Iterable[tuple[str, str]]:
    if status.run_id is not None and status.attribution != "exact":
        yield "run", f"{status.run_id} ({status.attribution.replace('_', ' ')})"
    if status.progress is not None:
        yield "progress", percent_text(status.progress)
    for name in ("started", "updated", "finished"):
        timestamp: datetime | None = getattr(status, f"{name}_at")
        text = (
            status.raw_times.get(f"{name}_at")
            if timestamp is None
            else f"{timestamp.astimezone():%Y-%m-%d %H:%M:%S %Z}"
        )
        if text:
            yield name, text if timestamp is not None else f"{text} (no time zone)"
    if status.duration is not None:
        yield "took", seconds_text(status.duration)
    if status.code:
        yield "code", status.code
    if status.message:
        yield "message", status.message
    if status.error and status.error != status.message:
        yield "error", status.error
    if status.page_url:
        yield "page", status.page_url
    for warning in status.warnings[:10]:
        yield "warning", warning
    if len(status.warnings) > 10:
        yield "", f"and {len(status.warnings) - 10} more"
    value = plain(status.result)
    if value not in (None, "", [], {}):
        result = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield "result", result if len(result) <= 2000 else result[:2000] + " … (all of it with --json)"


def seconds_text(seconds: float) -> str:
    """A span of time in words.

    Args:
        seconds: How long.

    Returns:
        As in ``1 h 02 min``.
    """
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def percent_text(progress: float) -> str:
    """A progress in words.

    Args:
        progress: From 0 to 1.

    Returns:
        A whole number of percent, rounded down: 100% is said of what is all there.
    """
    return f"{int(round(progress * 100, 6))}%"
