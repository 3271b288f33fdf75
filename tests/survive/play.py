"""Stories are played: lives one after another, each from disk alone, and the vendor is asked what came of it."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterable, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from survive.judge import Verdict, judged
from survive.shared import RUNS, SharedClock, exchange, request_by_hand, told
from survive.story import BEGIN, Life, Story

TESTS: Final = Path(__file__).parents[1]
_AGAIN = 3
"""Lives that come after the last planned one, where that does not know what became of the submission."""


@dataclass(slots=True)
class Lived:
    """What one life came to.

    Args:
        killed: Whether it was killed.
        events: What it said.
        at: When it ended.
    """

    killed: bool
    events: list[tuple[str, Any]]
    at: float

    def last(self, kind: str) -> Any:
        """The last event of a kind; None without one."""
        return next((value for name, value in reversed(self.events) if name == kind), None)


@dataclass(slots=True)
class Played:
    """A story that was played.

    Args:
        story: The story.
        lives: Its lives.
        runs: The vendor's runs, in order.
        verdict: What is to be said of it.
    """

    story: Story
    lives: list[Lived] = field(default_factory=list[Lived])
    runs: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    verdict: Verdict = field(default_factory=Verdict)

    def lines(self) -> list[str]:
        """The story in words."""
        story = self.story
        found = [
            f"seed {story.seed}: {story.capability}, {story.mode}, lag {story.lag:g} s of every {story.every}, flight "
            f"{story.flight:g} s, runs before {story.old}, {'inside' if story.inside else 'beyond'}"
        ]
        for number, life in enumerate(self.lives):
            plan = story.lives[number] if number < len(story.lives) else None
            found.append(
                f"life {number + 1} ({plan}): {'killed' if life.killed else 'over'} at {life.at - BEGIN:.1f} s"
            )
            found += [f"    {kind}: {value}" for kind, value in life.events]
        found += [f"run of {run['who']}: {run}" for run in self.runs]
        return [*found, f"verdict: {self.verdict}"]


@contextmanager
def _process(*command: str, env: Mapping[str, str]) -> Generator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **env}
    )
    try:
        yield process
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        process.stdout.close()
        process.wait(30)


class Stage:
    """A vendor, a server of lives, and a disk, for one story after another; `staged` makes one.

    Args:
        folder: The disk.
        url: The vendor.
        clock: The clock that all share.
        server: Forks the lives.
        env: The environment of spawned lives.
        keyed: Whether Airflow's lives submit with a key of their own.
    """

    def __init__(
        self, folder: Path, url: str, server: subprocess.Popen[str], env: Mapping[str, str], *, keyed: bool
    ) -> None:
        self._folder = folder
        self._url = url
        self.clock = SharedClock(folder / "clock")
        self._server = server
        self._env = env
        self._keyed = keyed

    def play(self, story: Story, *, spawned: bool = False) -> Played:
        """Play a story.

        Args:
            story: The story.
            spawned: Whether each life is a process of its own that is killed from outside, at any moment.
        """
        self._begin(story)
        record = self._folder / f"{story.name}.json"
        record.unlink(missing_ok=True)
        played = Played(story)
        number = 0
        while number < len(story.lives) + _AGAIN:
            clock = str(self._folder / "clock")
            order = story.order(number, url=self._url, clock=clock, record=str(record), keyed=self._keyed)
            lived = self._spawned(order) if spawned else self._forked(order)
            played.lives.append(lived)
            error = lived.last("error")
            if not lived.killed and error is None:
                break
            number += 1
            plan = story.lives[number - 1] if number <= len(story.lives) else Life(0, (), "", "", 60.0)
            again = None if error is None else error["again"]
            if error is not None and again is None and number >= len(story.lives) and order["by"] == "submit":
                break
            self.clock.now = max(self.clock.now + plan.pause, again or 0.0)
        self.clock.now += 1_000.0  # what is still under way arrives
        played.runs = told(self._url, "GET", RUNS)["runs"]
        played.verdict = judged(story, played.lives, played.runs)
        return played

    def _begin(self, story: Story) -> None:
        """Make the vendor one that knows nothing but the runs that there were before."""
        told(self._url, "DELETE", RUNS)
        lifecycle = "queued:8,succeeded" if story.capability == "list" else "running:8,succeeded"
        told(self._url, "PUT", "/_mock/lifecycle", {"lifecycle": lifecycle})
        for age in sorted(story.old, reverse=True):
            self.clock.now = BEGIN - age
            exchange(self._url, *request_by_hand(story.capability, story.name, f"old-{age}", "old"))
        told(self._url, "PUT", "/_mock/lag", {"seconds": story.lag, "every": story.every})
        self.clock.now = BEGIN

    def _forked(self, order: dict[str, Any]) -> Lived:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(order) + "\n")
        self._server.stdin.flush()
        said = json.loads(self._server.stdout.readline())
        return Lived(said["killed"], [(kind, value) for kind, value in said["events"]], self.clock.now)

    def _spawned(self, order: dict[str, Any]) -> Lived:
        """A process of its own; where the story has a death, it is killed at a moment that nobody chose."""
        dies = order["die_at"] > 0
        text = json.dumps({**order, "die_at": 0, "pause": 0.01 if dies else 0.0})
        command = (sys.executable, str(TESTS / "survive" / "server.py"), "lives", text)
        with _process(*command, env=self._env) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline()]
            if dies:
                time.sleep(random.random() * 0.35)
                process.kill()
            lines += process.stdout.readlines()
        events = [json.loads(line) for line in lines if line.endswith("\n")]
        return Lived(process.returncode < 0, [(kind, value) for kind, value in events], self.clock.now)


@contextmanager
def staged(
    package: Path, module: str = "lives", python: str = sys.executable, *, keyed: bool = False
) -> Generator[Stage]:
    """A vendor and a server of lives, for as long as the context lasts.

    Args:
        package: The folder in which the generated clients are.
        module: The lives, a module of this folder.
        python: What they run on.
        keyed: Whether Airflow's lives submit with a key of their own.
    """
    with tempfile.TemporaryDirectory(prefix="survive-") as name, ExitStack() as stack:
        folder = Path(name)
        (folder / "clock").write_bytes(bytes(8))
        env = {"PYTHONPATH": os.pathsep.join((str(TESTS), str(package))), "AIRFLOW_HOME": str(folder / "airflow")}
        vendor = stack.enter_context(
            _process(sys.executable, str(TESTS / "survive" / "vendor.py"), str(folder / "clock"), env=env)
        )
        assert vendor.stdout is not None
        url = vendor.stdout.readline().strip()
        server = stack.enter_context(_process(python, str(TESTS / "survive" / "server.py"), module, env=env))
        yield Stage(folder, url, server, env, keyed=keyed)


def played_until(stage: Stage, kills: int, stories: Iterable[Story], *, spawned: bool = False) -> Generator[Played]:
    """Play stories until so many lives were killed.

    Args:
        stage: Where.
        kills: How many.
        stories: The stories.
        spawned: As for `Stage.play`.
    """
    for story in stories:
        if kills <= 0:
            return
        played = stage.play(story, spawned=spawned)
        kills -= played.verdict.kills
        yield played
