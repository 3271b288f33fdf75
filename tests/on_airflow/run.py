"""`make test-airflow`: a real Airflow and mock vendors on this machine, and the scenes that are played on them."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from on_airflow.cluster import Cluster
from on_airflow.connections import connect, tested
from on_airflow.rest import until
from on_airflow.scenes import SCENES
from on_airflow.stage import BY_HAND, DEFERRABLE, Scene, Stage
from on_airflow.vendors import Mock, write_kitchen

ROOT: Final = Path(__file__).parents[2]
DAGS: Final = Path(__file__).parent / "dags" / "scenes"
AT_ONCE: Final = 8
"""Scenes that are played at the same time; two cores are kept busy by fewer."""


@dataclass(frozen=True, slots=True)
class Part:
    """A scene in one mode.

    Args:
        scene: The scene.
        mode: The mode.
    """

    scene: Scene
    mode: str

    def task(self, url: str) -> dict[str, Any]:
        """What the DAG file is told of it."""
        work = self.scene.work
        own: dict[str, Any]
        if self.mode == BY_HAND:
            own = {"url": url, "capability": work.capability, "job": "soup"}
        else:
            own = {
                "jobclients_conn_id": self.scene.dag_id(self.mode),
                "vendor": work.vendor,
                "job_type": work.job_type,
                "arguments": dict(work.arguments),
                "deferrable": self.mode == DEFERRABLE,
            }
        kind = "by_hand" if self.mode == BY_HAND else "job"
        return {
            "dag_id": self.scene.dag_id(self.mode),
            "operator": kind,
            "arguments": {**own, **self.scene.options},
        }


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a part.

    Args:
        part: The part.
        outcome: What came of it.
        seconds: How long it took.
        problem: What is wrong with it; empty for nothing.
    """

    part: Part
    outcome: str
    seconds: float
    problem: str


def main() -> int:
    """Play the scenes.

    Returns:
        1 where one did not end as it should.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path, required=True, help="the interpreter that has Airflow")
    parser.add_argument("--quick", action="store_true", help="the few scenes that every change has to pass")
    parser.add_argument("--only", default="", help="scenes whose DAG has this in its name")
    parser.add_argument("--keep", action="store_true", help="leave database and logs, and say where they are")
    options = parser.parse_args()
    parts = [
        Part(scene, mode)
        for scene in SCENES
        for mode in scene.expected
        if (scene.quick or not options.quick) and options.only in scene.dag_id(mode)
    ]
    folder = Path(tempfile.mkdtemp(prefix="on-airflow-"))
    played = play(parts, folder, options.python)
    print("\n".join(lines(played)))
    if options.keep:
        print(f"database and logs: {folder}")
    return 1 if any(one.problem for one in played) else 0


def play(parts: Sequence[Part], folder: Path, python: Path) -> list[Played]:
    """Start Airflow and the vendors, play the scenes, and end all that was started.

    Args:
        parts: The scenes.
        folder: Where Airflow has its files.
        python: The interpreter that has Airflow.
    """
    write_kitchen(folder)
    sys.path.insert(0, str(folder))
    tasks = folder / "scenes.json"
    began = time.monotonic()
    with ExitStack() as stack:
        mocks = {part: stack.enter_context(Mock(part.scene.work.vendor, part.scene.work.lifecycle)) for part in parts}
        tasks.write_text(json.dumps([part.task(mock.url) for part, mock in mocks.items()]), "utf-8")
        cluster = stack.enter_context(Cluster(folder, python, DAGS, [ROOT / "tests", folder], {"SCENES": str(tasks)}))
        print(f"Airflow at {cluster.url}, after {time.monotonic() - began:.0f} s:")
        for process in cluster.started:
            print(f"    {process.pid:>7} {process.name}")
        print(f"{len(mocks)} mock vendors, one for each scene; {len(parts)} scenes", flush=True)
        until("the DAGs are read", lambda: _read(cluster, len(parts)), 60)
        for part, mock in mocks.items():
            if part.mode != BY_HAND:
                connect(cluster.api, part.scene.dag_id(part.mode), part.scene.work.vendor, mock.url)
        for vendor, url in {part.scene.work.vendor: mock.url for part, mock in mocks.items()}.items():
            print(f"Test connection, {vendor}: {tested(cluster.api, vendor, url)}", flush=True)
        stages = {part: Stage(part.scene, part.mode, cluster, mock) for part, mock in mocks.items()}
        return [*_together(stages), *_alone(stages)]


def _read(cluster: Cluster, count: int) -> bool:
    errors = cluster.api.import_errors()
    if errors:
        raise RuntimeError("\n".join(errors))
    return len(cluster.api.dags()) >= count


def _together(stages: Mapping[Part, Stage]) -> Iterable[Played]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures = [pool.submit(_play, part, stage) for part, stage in stages.items() if not part.scene.alone]
        for future in as_completed(futures):
            yield future.result()


def _alone(stages: Mapping[Part, Stage]) -> Iterable[Played]:
    return [_play(part, stage) for part, stage in stages.items() if part.scene.alone]


def _play(part: Part, stage: Stage) -> Played:
    began = time.monotonic()
    outcome, problem = "", ""
    try:
        outcome = part.scene.play(stage)
        if outcome != part.scene.expected[part.mode]:
            problem = f"expected: {part.scene.expected[part.mode]}"
    except Exception:
        problem = traceback.format_exc()
    if problem:
        problem += f"\n{stage.logs()}"
    played = Played(part, outcome, time.monotonic() - began, problem)
    print(f"    {played.seconds:4.0f} s {'FAIL' if problem else 'ok'}: {part.scene.name}, {part.mode}", flush=True)
    return played


def line(played: Played) -> str:
    """A line of the table."""
    part = played.part
    mark = "FAIL" if played.problem else "ok"
    text = f"{mark:<5}{part.scene.name:<50}{part.mode:<19}{played.outcome:<34}{played.seconds:4.0f} s"
    return f"{text}\n{played.problem}" if played.problem else text


def lines(played: Sequence[Played]) -> list[str]:
    """The table, in the order of the scenes."""
    order = {scene.name: number for number, scene in enumerate(SCENES)}
    ranked = sorted(played, key=lambda one: (order[one.part.scene.name], one.part.mode))
    wrong = sum(bool(one.problem) for one in played)
    return ["", *map(line, ranked), "", f"{len(played)} played, {wrong} wrong"]


if __name__ == "__main__":
    sys.exit(main())
