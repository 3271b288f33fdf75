"""`make scale-airflow`: 1,000 waits in one triggerer that is killed meanwhile, and what they cost."""

from __future__ import annotations

import argparse
import contextlib
import json
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from on_airflow.cluster import Cluster
from on_airflow.connections import SECRET, connect
from on_airflow.meter import Meter
from on_airflow.rest import until
from on_airflow.vendors import Mock

ROOT: Final = Path(__file__).parents[2]
DAGS: Final = Path(__file__).parent / "dags" / "scale"
VENDOR: Final = "huawei_dli"
"""A vendor that can tell of 100 jobs in one response."""

PATIENCE: Final = 600.0
_EVERY_FAILING: Final = 20
"""One of so many jobs fails."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What it took to wait for many jobs.

    Args:
        name: How it was waited.
        ends: How many tasks ended in which state.
        wrong: Tasks that ended otherwise than their jobs.
        submitted: Jobs that the vendor has.
        requests: Requests that ask for jobs, by operation.
        logins: Logins of all that time.
        processor: Seconds of the triggerer.
        memory: The most bytes of the triggerer.
        late: Seconds from the end of the last job to the end of the last task.
    """

    name: str
    ends: dict[str, int]
    wrong: int
    submitted: int
    requests: dict[str, int]
    logins: int
    processor: float
    memory: int
    late: float

    def line(self) -> str:
        """A line of the table."""
        ends = ", ".join(f"{count} {state}" for state, count in sorted(self.ends.items()))
        return (
            f"{self.name:<22}{ends:<28}{self.wrong:>6}{self.submitted:>10}{sum(self.requests.values()):>10}"
            f"{self.logins:>8}{self.processor:>9.1f}{self.memory / 1e6:>10.0f}{self.late:>9.0f}   {self.requests}"
        )


class Scale:
    """Many waits on one Airflow.

    Args:
        cluster: Airflow.
        waits: How many.
        real: How many of them a worker defers; the others are rows that are made as a worker leaves them.
        seconds: How long the jobs take.
    """

    def __init__(self, cluster: Cluster, waits: int, real: int, seconds: float) -> None:
        self.cluster = cluster
        self.waits = waits
        self.real = real
        self.seconds = seconds

    def rows(self, name: str, *, real: int) -> Cost:
        """Wait with a trigger for each job."""
        with self._vendor(name) as mock:
            marker = self.cluster.api.start(f"rows_{name}")
            assert marker.ended() == "success"

            def begin() -> None:
                if real:
                    self.cluster.api.start("real")
                    until("the real deferrals", lambda: self._states("real").get("deferred", 0) >= real, PATIENCE)
                handles = self._submitted(mock, self.waits - real)
                order = {"dag": marker.dag, "run": marker.run, "conn": name, "handles": handles}
                path = self.cluster.folder / f"{name}.json"
                path.write_text(json.dumps(order), "utf-8")
                self.cluster.execute("-m", "on_airflow.inside.rows", str(path))

            def ends() -> list[tuple[str, str]]:
                """The state of each task beside that of its job."""
                jobs = [job.state(mock.vendor.now.timestamp()) for job in mock.vendor.submissions]
                rows = self._query(
                    "select state from task_instance where dag_id = ? and map_index >= 0 order by map_index", marker.dag
                )
                reals = self._query("select state from task_instance where dag_id = 'real'") if real else []
                return [*zip((row[0] for row in [*reals, *rows]), jobs, strict=True)]

            return self._measured(name, mock, begin, ends)

    def batch(self) -> Cost:
        """Wait with one trigger for all jobs."""
        with self._vendor("batch") as mock:

            def begin() -> None:
                run = self.cluster.api.start("batch")
                run.await_state("deferred", seconds=PATIENCE)

            def ends() -> list[tuple[str, str]]:
                run_id = self._query("select run_id from dag_run where dag_id = 'batch'")[0][0]
                found = self.cluster.api(
                    "GET",
                    f"/dags/batch/dagRuns/{run_id.replace('+', '%2B')}/taskInstances/job/xcomEntries/return_value",
                )["value"]
                jobs = {
                    job.identity["job_id"]: job.state(mock.vendor.now.timestamp()) for job in mock.vendor.submissions
                }
                return [
                    ("success" if one["ok"] else "failed", jobs[one["identity"]["job_id"]]) for one in found.values()
                ]

            return self._measured("batch", mock, begin, ends)

    def _vendor(self, name: str) -> Mock:
        mock = Mock(VENDOR, f"RUNNING:{self.seconds:.0f},FINISHED")
        connect(self.cluster.api, name, VENDOR, mock.url)
        return mock

    def _submitted(self, mock: Mock, count: int) -> list[str]:
        """Submit jobs; their handles."""
        from jobclients.huawei_dli import HuaweiDliClient, IamPassword

        auth = IamPassword(username="analyst", password=SECRET, domain="acme", base_url=mock.url)
        project = "48cc2c48765f481480c7db940d6409d1"
        handles: list[str] = []
        with HuaweiDliClient(base_url=mock.url, project_id=project, auth=auth) as client:
            for number in range(count):
                if number % _EVERY_FAILING == 0:
                    mock.vendor.next(f"RUNNING:{self.seconds:.0f},FAILED")
                handles.append(client.sql_jobs.submit(sql=f"SELECT {number}").to_json())
        return handles

    def _measured(
        self, name: str, mock: Mock, begin: Callable[[], None], ends: Callable[[], list[tuple[str, str]]]
    ) -> Cost:
        """Begin, kill the triggerer when all waits are there, and see how they end."""
        self.cluster.process("triggerer").end()
        first = self.cluster.start("triggerer", "--skip-serve-logs")
        with Meter(first.pid) as meter:
            begin()
            until("all waits run", lambda: self._waiting() == 0, PATIENCE)
            asked = mock.asked()
            until("a look at the jobs", lambda: mock.asked() > asked, PATIENCE)
            first.end()
            meter.pid = self.cluster.start("triggerer", "--skip-serve-logs").pid
            until("the ends", lambda: not self._deferred(), PATIENCE, 1.0)
            over = time.time()
        last = max(job.created for job in mock.vendor.submissions)
        pairs = ends()
        return Cost(
            name,
            dict(Counter(state for state, _ in pairs)),
            sum((state == "success") != (job == "succeeded") for state, job in pairs),
            len(mock.vendor.submissions),
            dict(Counter(seen.operation for seen in mock.vendor.requests if seen.method == "GET")),
            mock.logins,
            meter.seconds,
            meter.memory,
            over - last - self.seconds,
        )

    def _waiting(self) -> int:
        """Waits that no triggerer has."""
        return int(self._query("select count(*) from trigger where triggerer_id is null")[0][0])

    def _deferred(self) -> int:
        """Tasks that have not ended."""
        ended = "'success', 'failed'"
        return int(
            self._query(f"select count(*) from task_instance where state is null or state not in ({ended})")[0][0]
        )

    def _states(self, dag: str) -> dict[str, int]:
        return dict(self._query("select state, count(*) from task_instance where dag_id = ? group by state", dag))

    def _query(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        path = self.cluster.folder / "airflow.db"
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as database:
            return list(database.execute(text, values))


def main() -> int:
    """Wait in three ways, and print what each took.

    Returns:
        1 where a task ended otherwise than its job, or a job was submitted twice.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path, required=True, help="the interpreter that has Airflow")
    parser.add_argument("--waits", type=int, default=1_000)
    parser.add_argument("--real", type=int, default=50, help="how many of them a worker defers")
    parser.add_argument("--seconds", type=float, default=240.0, help="how long the jobs take")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="on-airflow-"))
    env = {"WAITS": str(options.waits), "REAL": str(options.real)}
    # As it is usually: nothing is to be missed here, and a thousand jobs keep the machine busy.
    env["AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT"] = "300"
    env["AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT"] = "60"
    with ExitStack() as stack:
        cluster = stack.enter_context(Cluster(folder, options.python, DAGS, [ROOT / "tests"], env))
        print(f"Airflow at {cluster.url}, in {folder}", flush=True)
        until("the DAGs are read", lambda: len(cluster.api.dags()) >= 4, 90)
        scale = Scale(cluster, options.waits, options.real, options.seconds)
        costs: list[Cost] = []
        ways: list[Callable[[], Cost]] = [
            lambda: scale.rows("shared", real=options.real),
            scale.batch,
            lambda: scale.rows("own", real=0),
        ]
        for wait in ways:
            costs.append(wait())
            print(costs[-1].line(), flush=True)
    print(
        f"\n{'':<22}{'tasks (jobs of the batch)':<28}{'wrong':>6}{'submitted':>10}{'requests':>10}{'logins':>8}"
        f"{'CPU s':>9}{'MB':>10}{'late s':>9}"
    )
    for cost in costs:
        print(cost.line())
    return 1 if any(cost.wrong or cost.submitted != options.waits for cost in costs) else 0


if __name__ == "__main__":
    sys.exit(main())
