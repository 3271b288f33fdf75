"""`make demo-airflow`: the example DAG on a real Airflow, with mock vendors, all on this machine."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from on_airflow.cluster import Cluster
from on_airflow.connections import connect
from on_airflow.rest import ENDED, Run, until
from on_airflow.vendors import Mock

DAGS: Final = Path(__file__).parent / "dags" / "example"
DAG: Final = "example_jobclients"
LIFECYCLES: Final = {
    "huawei_cdm": ("cdm_default", "BOOTING:3,RUNNING:12,SUCCEEDED"),
    "huawei_dli": ("dli_default", "LAUNCHING:3,RUNNING:12,FINISHED"),
    "datameer": ("datameer_default", "RUNNING:8,COMPLETED_WITH_WARNINGS"),
}
"""The connection of each vendor, and what its jobs go through."""

_PATIENCE: Final = 240.0


def main() -> int:
    """Run the example DAG.

    Returns:
        1 where it did not succeed.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path, required=True, help="the interpreter that has Airflow")
    parser.add_argument("--stay", action="store_true", default=sys.stdin.isatty(), help="serve until Ctrl-C")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="demo-airflow-"))
    try:
        with ExitStack() as stack:
            mocks = {name: stack.enter_context(Mock(name, words)) for name, (_, words) in LIFECYCLES.items()}
            print("Starting Airflow (SQLite, LocalExecutor) and mock vendors on this machine ...", flush=True)
            cluster = stack.enter_context(Cluster(folder, options.python, DAGS, []))
            for name, mock in mocks.items():
                connect(cluster.api, LIFECYCLES[name][0], name, mock.url)
            until("the DAG is read", lambda: DAG in cluster.api.dags(), 90)
            print(f"\n    {cluster.url}/dags/{DAG}    (nobody has to log in)\n", flush=True)
            state = shown(cluster.api.start(DAG))
            for name, mock in mocks.items():
                print(f"{name}: {len(mock.vendor.submissions)} jobs submitted, {len(mock.vendor.requests)} requests")
            if options.stay:
                print(f"\n{cluster.url} is served until Ctrl-C.", flush=True)
                with contextlib.suppress(KeyboardInterrupt):
                    while True:
                        time.sleep(60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if state == "success" else 1


def shown(run: Run) -> str:
    """Print the state of each task whenever it changes; the state of the run at its end."""
    before: dict[str, str] = {}
    began = time.monotonic()

    def look() -> str:
        for task in run.api("GET", f"{run.path}/taskInstances")["task_instances"]:
            name, state = task["task_id"], task["state"]
            if state not in (None, "scheduled", "queued", before.get(name)):
                before[name] = state
                print(f"    {time.monotonic() - began:4.0f} s  {name:<20} {state}", flush=True)
        whole: str = run.api("GET", run.path)["state"]
        return whole if whole in ENDED else ""

    ended: str = until(f"the end of {run.dag}", look, _PATIENCE)
    print()
    for name in before:
        xcom = run.xcom(name=name) or {}
        ends = [xcom] if "state" in xcom else xcom.values()  # a batch has one for each job
        print(f"    {name:<20} {', '.join(end['state'] for end in ends)}")
    print(f"\nThe DAG run ended: {ended}")
    return ended


if __name__ == "__main__":
    sys.exit(main())
