"""Processes die at every place of submit and wait, and begin again from disk: 100 kills; `make survive` has 2,000."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from kitchen.support import write_package
from survive.judge import Verdict, judged
from survive.play import Lived, Played, staged
from survive.run import Tally, forked, places, tallied
from survive.shared import CAPABILITIES, SETTLE
from survive.story import BEGIN, Story, drawn

KILLS = 100


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the generated clients."""
    folder = tmp_path_factory.mktemp("package")
    write_package(folder)
    return folder


def test_no_job_is_taken_for_another_none_is_submitted_twice_and_none_is_lost(package: Path) -> None:
    tally = forked(package, KILLS, 0, 1)
    assert tally.wrong == {}
    assert sum(row.counts["kills"] for row in tally.rows.values()) >= KILLS
    assert {name.partition(",")[0] for name in tally.rows} == {*CAPABILITIES}


def test_a_seed_is_one_story(package: Path) -> None:
    """Told again it is the same; where each life is a process of its own that is killed from outside, it is another."""
    with staged(package) as stage:
        first, again = (stage.play(drawn(7)) for _ in range(2))
        killed = tallied([stage.play(drawn(3), spawned=True)])
    assert first.lines() == again.lines()
    assert killed.wrong == {}
    assert sum(row.counts["kills"] for row in killed.rows.values()) > 0


OURS = {"who": "us", "identity": {"order_id": "1"}, "run": 1, "created": BEGIN, "key": "k"}
SECOND = {**OURS, "identity": {"order_id": "2"}}
ANOTHERS = {**SECOND, "who": "stranger"}


def job(number: str, attribution: str = "exact") -> tuple[str, Any]:
    return "job", {"identity": {"order_id": number}, "run_key": None, "attribution": attribution}


def error(kind: str, *candidates: dict[str, str]) -> tuple[str, Any]:
    return "error", {"type": kind, "message": "", "candidates": candidates, "again": None}


ENDED = ("end", "succeeded")


@pytest.mark.parametrize(
    ("events", "runs", "inside", "beyond"),
    [
        ([job("1"), ENDED], [OURS], [], []),
        ([job("1"), ENDED], [OURS, SECOND], ["duplicates"], []),
        ([job("2"), ENDED], [OURS, ANOTHERS], ["wrong", "orphans"], ["wrong"]),
        ([job("2", "in_window"), ENDED], [OURS, ANOTHERS], ["orphans", "another"], []),
        ([error("SubmitUncertain")], [], ["uncertain"], []),
        ([error("SubmitUncertain")], [OURS], ["missing", "uncertain"], ["missing"]),
        ([error("AmbiguousRun", {"order_id": "1"})], [OURS], ["uncertain"], []),
        ([error("NotSubmitted")], [OURS], ["ended with NotSubmitted", "orphans"], ["ended with NotSubmitted"]),
        ([job("1"), error("JobFailed")], [OURS], ["our own job ended with JobFailed", "unknown"], None),
        ([job("1"), error("JobExpired")], [OURS], ["unknown"], []),
        ([("broken", "x")], [], ["broken: x", "ended with None"], ["broken: x", "ended with None"]),
    ],
)
def test_what_must_not_be_is_noticed(
    events: list[tuple[str, Any]], runs: list[dict[str, Any]], inside: list[str], beyond: list[str] | None
) -> None:
    story = Story(0, "list", "sync", 0.0, 1, 0.0, (), ())
    lives = [Lived(False, events, BEGIN + 1_000.0)]
    assert judged(story, lives, runs).violations == inside
    if beyond is not None:
        assert judged(dataclasses.replace(story, lag=SETTLE), lives, runs).violations == beyond


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_a_place_at_which_nobody_died_is_told(capability: str) -> None:
    tally = Tally()
    tally.count(f"{capability}, all", Played(drawn(0), verdict=Verdict(hit=places(capability)[1:])))
    assert places(capability)[0] in [line.partition(", ")[2] for line in tally.never() if line.startswith(capability)]
    assert len([line for line in tally.never() if line.startswith(f"{capability}, ")]) == 1
