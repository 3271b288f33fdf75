"""`make survive`: many kills, and one table of what came of the jobs."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from kitchen.support import write_package
from survive.play import Played, played_until, staged
from survive.shared import CAPABILITIES
from survive.story import drawn

COLUMNS: Final = ("duplicates", "orphans", "wrong", "another", "uncertain", "missing", "unknown")
TITLES: Final = (
    "stories",
    "kills",
    "places",
    "twice",
    "orphans",
    "wrong exact",
    "another's",
    "uncertain",
    "unnamed",
    "end unknown",
)
LEGEND: Final = """
places       at how many different ones a process died
twice        runs of ours beyond the first
orphans      a run of ours is there, nobody follows it, and nobody was told of a doubt
wrong exact  another's run was told to be ours
another's    the same, told as likely only
uncertain    nobody can tell, and that was said
unnamed      runs that may be ours, and that the doubt does not name
end unknown  the job is known; it was denied for longer than is documented, or another's run took its place
"""
SPAWNED: Final = 1_000_000
"""The first seed of the stories whose lives are processes of their own."""

_REQUEST = ("before", "sent", "answered")
_SAVE = ("before", "half", "after")
_PARTS: Mapping[str, tuple[str, ...]] = {
    "submit": _REQUEST,
    "poll": _REQUEST,
    "intent": _SAVE,
    "handle": _SAVE,
    "look": _REQUEST,
    "baseline": _REQUEST,
}


def places(capability: str) -> list[str]:
    """The places at which a process of a capability has to die at least once."""
    without = {"honoured": ("look", "baseline"), "none": ("look", "baseline"), "list": ("baseline",)}
    names = [name for name in _PARTS if name not in without.get(capability, ())]
    return [f"{name}: {at}" for name in names for at in _PARTS[name]]


@dataclass(slots=True)
class Row:
    """What is counted of stories of a kind.

    Args:
        counts: How often what happened.
        hit: The places at which processes died.
    """

    counts: Counter[str] = field(default_factory=Counter[str])
    hit: set[str] = field(default_factory=set[str])


@dataclass(slots=True)
class Tally:
    """What is counted of many stories.

    Args:
        rows: By the name of the row.
        wrong: Stories in which something was that must not be, by their seeds.
    """

    rows: dict[str, Row] = field(default_factory=dict[str, Row])
    wrong: dict[int, str] = field(default_factory=dict[int, str])

    def count(self, row: str, played: Played) -> None:
        """Count a story."""
        verdict = played.verdict
        found = self.rows.setdefault(row, Row())
        found.counts += Counter({"stories": 1, "kills": verdict.kills})
        found.counts += Counter({name: getattr(verdict, name) for name in COLUMNS})
        found.hit.update(verdict.hit)

    def add(self, other: Tally) -> None:
        """Count what was counted elsewhere."""
        self.wrong |= other.wrong
        for name, row in other.rows.items():
            mine = self.rows.setdefault(name, Row())
            mine.counts += row.counts
            mine.hit |= row.hit

    def never(self) -> list[str]:
        """Places at which nobody died."""
        hit = {capability: set[str]() for capability in CAPABILITIES}
        for name, row in self.rows.items():
            hit.get(name.partition(",")[0], set[str]()).update(row.hit)
        return [f"{name}, {place}" for name, found in hit.items() for place in places(name) if place not in found]

    def lines(self) -> list[str]:
        """The table."""
        table: list[tuple[str, ...]] = [("", *TITLES)]
        for name, row in sorted(self.rows.items(), key=_rank):
            counted = (row.counts[column] for column in ("stories", "kills"))
            table.append(
                (name, *map(str, counted), str(len(row.hit)), *(str(row.counts[column]) for column in COLUMNS))
            )
        first, *others = [max(map(len, column)) for column in zip(*table, strict=True)]
        return [
            "  ".join([name.ljust(first), *(cell.rjust(width) for cell, width in zip(cells, others, strict=True))])
            for name, *cells in table
        ]


def _rank(item: tuple[str, Row]) -> tuple[bool, bool, int, str]:
    name = item[0]
    return name.startswith("Airflow"), "spawned" in name, CAPABILITIES.index(_capability(name)), name


def _capability(name: str) -> str:
    return next((capability for capability in CAPABILITIES if capability in name), CAPABILITIES[0])


def tallied(stories: Iterable[Played], label: str = "") -> Tally:
    """Count stories.

    Args:
        stories: The stories.
        label: What their rows are called besides.
    """
    tally = Tally()
    for played in stories:
        story = played.story
        where = label or ("all that is promised holds" if story.inside else "beyond that")
        tally.count(f"{story.capability}, {where}", played)
        if played.verdict.violations:
            tally.wrong[story.seed] = "; ".join(played.verdict.violations)
    return tally


def forked(package: Path, kills: int, first: int, step: int) -> Tally:
    """Play stories whose lives are forked.

    Args:
        package: The folder of the generated clients.
        kills: How many lives to end.
        first: The first seed.
        step: From one seed to the next.
    """
    with staged(package) as stage:
        return tallied(played_until(stage, kills, map(drawn, count(first, step))))


def spawned(package: Path, kills: int) -> Tally:
    """Play stories whose lives are processes of their own, killed from outside at any moment."""
    with staged(package) as stage:
        return tallied(played_until(stage, kills, map(drawn, count(SPAWNED)), spawned=True), "spawned")


def airflow(package: Path, python: str, kills: int, *, keyed: bool) -> Tally:
    """Play stories in which all that is promised holds with Airflow's way to resume; nothing of it is a violation.

    Args:
        package: The folder of the generated clients.
        python: What Airflow is installed for.
        kills: How many lives to end.
        keyed: Whether it submits with a key of its own, to a vendor that honours it.
    """
    stories = (story for story in map(drawn, count(0, len(CAPABILITIES) if keyed else 1)) if story.inside)
    label = "Airflow with a key of its own" if keyed else "Airflow"
    with staged(package, "airflow_lives", python, keyed=keyed) as stage:
        tally = Tally()
        for played in played_until(stage, kills, stories):
            tally.count(f"{label}, {played.story.capability}", played)
    return tally


def _all(package: Path, options: argparse.Namespace) -> Tally:
    jobs, whole = options.jobs, Tally()
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        parts: list[Future[Tally]] = [
            pool.submit(forked, package, options.kills // jobs, options.seed + number, jobs) for number in range(jobs)
        ]
        if options.spawned:
            parts.append(pool.submit(spawned, package, options.spawned))
        if options.airflow:
            parts.append(pool.submit(airflow, package, options.airflow, options.kills // 4, keyed=False))
            parts.append(pool.submit(airflow, package, options.airflow, options.kills // 20, keyed=True))
        for part in parts:
            whole.add(part.result())
    return whole


def main() -> int:
    """Kill many, or tell one story.

    Returns:
        1 where something was that must not be, or nobody died at a place.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=2_000)
    parser.add_argument("--spawned", type=int, default=20, help="kills of processes of their own, at any moment")
    parser.add_argument("--seed", type=int, default=0, help="of the first story")
    parser.add_argument("--jobs", type=int, default=2, help="stories at the same time")
    parser.add_argument("--airflow", help="a Python that has Airflow, to be tried beside")
    parser.add_argument("--replay", type=int, help="tell the story of this seed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="survive-package-") as folder:
        package = Path(folder)
        write_package(package)
        if options.replay is not None:
            with staged(package) as stage:
                played = stage.play(drawn(options.replay))
            print("\n".join(played.lines()))
            return 1 if played.verdict.violations else 0
        began = time.perf_counter()
        whole = _all(package, options)
    print("\n".join(whole.lines()))
    kills = sum(row.counts["kills"] for row in whole.rows.values())
    print(f"{LEGEND}\n{kills:,} kills in {time.perf_counter() - began:.0f} s")
    for seed, wrong in sorted(whole.wrong.items()):
        print(f"seed {seed}: {wrong}")
    never = whole.never() if options.kills >= 1_000 else []
    for place in never:
        print(f"never: {place}")
    return 1 if whole.wrong or never else 0


if __name__ == "__main__":
    sys.exit(main())
