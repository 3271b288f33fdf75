"""Airflow's REST API, as far as the scenes need it. The standard library only."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

ENDED: Final = ("success", "failed", "skipped", "upstream_failed", "removed")


class ApiError(Exception):
    """Airflow refuses a request.

    Args:
        message: What was asked, and what it said.
        status: HTTP status.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class LateError(Exception):
    """Something did not happen in time, or cannot happen any more."""


def until(what: str, look: Callable[[], Any], seconds: float, every: float = 0.5) -> Any:
    """Look until there is something.

    Args:
        what: What is waited for.
        look: Returns it, or something false.
        seconds: For how long at most.
        every: Seconds between looks.

    Returns:
        What was found.

    Raises:
        LateError: It was not found in time.
    """
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise LateError(f"{what}: not within {seconds:.0f} s")
        time.sleep(every)


class Api:
    """The REST API of an Airflow whose simple auth manager takes everybody for an admin.

    Args:
        url: Where it is.
    """

    def __init__(self, url: str) -> None:
        self._at = url.removeprefix("http://")
        self._token = ""

    def up(self) -> bool:
        """Whether it answers, and hands out a token."""
        try:
            status, answer = self._sent("GET", "/auth/token", None)
        except (OSError, http.client.HTTPException):
            return False
        if status < 300:
            self._token = answer["access_token"]
        return status < 300

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request below ``/api/v2``.

        Args:
            method: HTTP method.
            path: The path.
            body: The body as JSON.

        Returns:
            The JSON of the response.

        Raises:
            ApiError: It was refused.
        """
        status, answer = self._sent(method, f"/api/v2{path}", body)
        for _ in range(4):
            if status != 500:  # SQLite is locked now and then
                break
            time.sleep(0.5)
            status, answer = self._sent(method, f"/api/v2{path}", body)
        if status >= 300:
            raise ApiError(f"{method} {path}: {status} {answer}", status)
        return answer

    def _sent(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        connection = http.client.HTTPConnection(self._at, timeout=60)
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        try:
            connection.request(method, path, None if body is None else json.dumps(body).encode(), headers)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        return response.status, json.loads(content) if content.strip() else None

    def start(self, dag: str) -> Run:
        """Start a run of a DAG."""
        body: dict[str, Any] = {"logical_date": None, "conf": {}}
        return Run(self, dag, self("POST", f"/dags/{dag}/dagRuns", body)["dag_run_id"])

    def dags(self) -> dict[str, Any]:
        """The DAGs that were read, by id."""
        return {dag["dag_id"]: dag for dag in self("GET", "/dags?limit=200&exclude_stale=true")["dags"]}

    def import_errors(self) -> list[str]:
        """What is wrong with DAG files."""
        return [error["stack_trace"] for error in self("GET", "/importErrors")["import_errors"]]


class Run:
    """A run of a DAG.

    Args:
        api: The API.
        dag: The DAG's id.
        run: Its id.
    """

    def __init__(self, api: Api, dag: str, run: str) -> None:
        self.api = api
        self.dag = dag
        self.run = run
        self.path = f"/dags/{dag}/dagRuns/{quote(run, safe='')}"

    def task(self, name: str = "job") -> dict[str, Any]:
        """A task instance: ``state``, ``try_number``, ``id`` and others."""
        found: dict[str, Any] = self.api("GET", f"{self.path}/taskInstances/{name}")
        return found

    def state(self, name: str = "job") -> str:
        """The state of a task; empty before it has one."""
        return self.task(name)["state"] or ""

    def triggerer(self, name: str = "job") -> int | None:
        """The triggerer that a task is assigned to; None without one."""
        found = self.task(name)["triggerer_job"]
        return None if found is None else found["id"]

    def await_state(self, *states: str, name: str = "job", seconds: float = 120.0) -> str:
        """Wait until a task is in one of some states.

        Args:
            *states: The states.
            name: The task.
            seconds: For how long.

        Raises:
            LateError: It was in none of them in time, or has ended in another.
        """
        wanted = f"{self.dag}.{name} is {' or '.join(states)}"

        def look() -> str:
            state = self.state(name)
            if state in ENDED and state not in states:
                raise LateError(f"{wanted}: it is {state}")
            return state if state in states else ""

        found: str = until(wanted, look, seconds)
        return found

    def ended(self, name: str = "job", seconds: float = 120.0) -> str:
        """Wait until a task has ended, with no try to come; its state."""
        return self.await_state(*ENDED, name=name, seconds=seconds)

    def mark(self, state: str, name: str = "job") -> None:
        """Mark a task, as a person does."""
        self.api("PATCH", f"{self.path}/taskInstances/{name}", {"new_state": state})

    def clear(self, name: str = "job") -> None:
        """Clear a task, as a person does."""
        body: dict[str, Any] = {
            "dry_run": False,
            "dag_run_id": self.run,
            "task_ids": [name],
            "only_failed": False,
            "reset_dag_runs": True,
        }
        self.api("POST", f"/dags/{self.dag}/clearTaskInstances", body)

    def xcom(self, key: str = "return_value", name: str = "job") -> Any:
        """What a task handed on; None for nothing."""
        try:
            return self.api("GET", f"{self.path}/taskInstances/{name}/xcomEntries/{key}")["value"]
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def links(self, name: str = "job") -> dict[str, str | None]:
        """The links of a task, by their names."""
        found: dict[str, str | None] = self.api("GET", f"{self.path}/taskInstances/{name}/links")["extra_links"]
        return found

    def log(self, number: int, name: str = "job") -> str:
        """The log of a try of a task, as the UI shows it."""
        answer = self.api("GET", f"{self.path}/taskInstances/{name}/logs/{number}?full_content=true")
        return "\n".join(map(_shown, answer["content"]))


def _shown(line: dict[str, Any]) -> str:
    """A line of a log: when, what, and the exception."""
    at = (line.get("timestamp") or "")[11:19]
    details = [f"{error['exc_type']}: {error['exc_value']}" for error in line.get("error_detail") or ()]
    return " ".join([at, line.get("level", ""), line["event"], *details])
