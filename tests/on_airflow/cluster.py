"""A real Airflow on this machine: its processes, each in a group of its own, and what they have done."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import time
from base64 import urlsafe_b64encode
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final

from on_airflow.rest import Api

HOST: Final = "127.0.0.1"
_PATIENCE: Final = 8.0
"""Seconds in which processes may end by themselves."""

SETTINGS: Final[Mapping[str, str]] = {
    "CORE__LOAD_EXAMPLES": "False",
    "CORE__EXECUTOR": "LocalExecutor",
    "CORE__PARALLELISM": "8",
    "CORE__MAX_ACTIVE_TASKS_PER_DAG": "64",
    "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
    "CORE__TEST_CONNECTION": "Enabled",
    "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
    "API__HOST": HOST,
    "API__WORKERS": "1",
    "API__LOG_FETCH_TIMEOUT_SEC": "2",
    "DAG_PROCESSOR__REFRESH_INTERVAL": "5",
    "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
    # A task whose supervisor was killed is missed after this, instead of five minutes.
    "SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "2",
    "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "15",
    "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
    "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.3",
    "TRIGGERER__CAPACITY": "2000",
    "TRIGGERER__JOB_HEARTBEAT_SEC": "2",
    "TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "10",
    # Lines of tasks are read from their files; servers that listen on all addresses are not started.
    "LOGGING__LOGGING_LEVEL": "INFO",
}


class ClusterError(Exception):
    """Airflow does not do what it should."""


class Process:
    """A process of Airflow, with all that it starts.

    Args:
        name: What it is.
        command: What to run.
        env: Its environment.
        log: Where its output goes.
    """

    def __init__(self, name: str, command: list[str], env: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                command, env=env, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
            )

    @property
    def pid(self) -> int:
        """Its id, which is that of its group too."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process and all that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def end(self, seconds: float = 0.0) -> None:
        """Kill it with all that it started, if it does not end by itself.

        Args:
            seconds: How long it may take.
        """
        tasks = descendants(self.pid)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        self.send(signal.SIGKILL)
        # Tasks have groups of their own.
        for pid in tasks:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(10)


def descendants(pid: int) -> list[int]:
    """The processes that a process started, and those that they did."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    found: list[int] = []
    with contextlib.suppress(OSError):
        for child in map(int, children.read_text("ascii").split()):
            found += [child, *descendants(child)]
    return found


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port


class Cluster:
    """Airflow with a database of its own, in a folder; a context that starts it and ends all that was started.

    Args:
        folder: Where the database, logs and output are.
        python: The interpreter that has Airflow.
        dags: The folder of DAG files.
        path: Folders that tasks import from.
        env: Further environment variables, for all processes.
        port: Of the API server; 0 for any that is free.
    """

    def __init__(
        self,
        folder: Path,
        python: Path,
        dags: Path,
        path: list[Path],
        env: Mapping[str, str] | None = None,
        port: int = 0,
    ) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.url = f"http://{HOST}:{self.port}"
        self._python = str(python)
        self._airflow = str(python.parent / "airflow")
        self._processes: list[Process] = []
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ") if name in os.environ}
        database = f"sqlite:///{folder / 'airflow.db'}"
        # These end where the database is locked for longer than they wait. The API server answers 500 then, and is
        # asked again: it waits the usual five seconds, since two requests to it can wait for each other.
        self._patient = {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"{database}?timeout=60"}
        own = {
            **SETTINGS,
            "CORE__DAGS_FOLDER": str(dags),
            "CORE__FERNET_KEY": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "API__PORT": str(self.port),
            "API__BASE_URL": self.url,
            "API__SECRET_KEY": secrets.token_hex(16),
            "API_AUTH__JWT_SECRET": secrets.token_hex(32),
            "DATABASE__SQL_ALCHEMY_CONN": database,
            "LOGGING__BASE_LOG_FOLDER": str(folder / "logs"),
        }
        self.env = {
            **inherited,
            "AIRFLOW_HOME": str(folder),
            "PYTHONPATH": os.pathsep.join(map(str, path)),
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "ignore",
            "NO_PROXY": HOST,
            **{f"AIRFLOW__{name}": value for name, value in own.items()},
            **(env or {}),
        }
        self.api = Api(self.url)

    def __enter__(self) -> Cluster:
        # Whoever ends this process means all of it, which has groups of its own.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)
        self.execute(self._airflow, "db", "migrate")
        try:
            self.start("api-server")
            self.start("scheduler", "--skip-serve-logs")
            self.start("dag-processor")
            self.start("triggerer", "--skip-serve-logs")
            self._await_api()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def execute(self, *arguments: str) -> str:
        """Run the interpreter of Airflow in the environment of its processes; what it prints."""
        command = [self._python, *arguments]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, check=False, timeout=300)
        if done.returncode:
            raise ClusterError(f"{' '.join(arguments)}: {done.stderr[-2000:]}")
        return done.stdout

    def start(self, name: str, *options: str, log: str = "") -> Process:
        """Start a process of Airflow.

        Args:
            name: The command.
            *options: Of the command.
            log: What its output is called; the command's name when empty.
        """
        env = self.env if name == "api-server" else self.env | self._patient
        process = Process(name, [self._airflow, name, *options], env, self.folder / f"{log or name}.log")
        self._processes.append(process)
        return process

    def stop(self) -> None:
        """End all that was started, and what that started: politely, then not."""
        for process in self._processes:
            process.send(signal.SIGCONT)
            process.send(signal.SIGTERM)
        end = time.monotonic() + _PATIENCE
        for process in self._processes:
            process.end(max(end - time.monotonic(), 0.1))

    @property
    def started(self) -> list[Process]:
        """What was started, in order."""
        return list(self._processes)

    def process(self, name: str) -> Process:
        """The process of a name that was started last."""
        return next(process for process in reversed(self._processes) if process.name == name)

    def _await_api(self, seconds: float = 90.0) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for process in self._processes:
                if not process.alive:
                    raise ClusterError(f"{process.name} has ended:\n{process.log.read_text('utf-8')[-3000:]}")
            if self.api.up():
                return
            time.sleep(0.5)
        raise ClusterError(f"the API server does not answer after {seconds:.0f} s")


@contextmanager
def stopped(process: Process) -> Generator[None]:
    """Let a process stand still for the time of the block: it keeps its connections and does nothing."""
    process.send(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send(signal.SIGCONT)
