"""The picture of jobs on a terminal, drawn for terminals of several sizes, and how long jobs take in it."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from jobclients.testing import vendor
from jobclients_core.cli import screen
from jobclients_core.cli.handles import Kept
from jobclients_core.cli.screen import Row, Screen, short_names
from jobclients_core.cli.show import Out, percent_text
from jobclients_core.jobs import JobState
from jobclients_core.jobs.status import JobStatus
from rich.cells import cell_len
from rich.console import Console


def row(name: str, state: str = "running", progress: float | None = None, message: str = "", **status: Any) -> Row:
    """A job of the vendor CDM, which runs under a name."""
    client = vendor("huawei_cdm").client()
    found: JobStatus[Any] = JobStatus(
        state=JobState(state), raw_state="", vendor="huawei_cdm", kind="runs", progress=progress, message=message
    )
    return Row(Kept(client.runs.latest(job_name=name)), 0.0, replace(found, **status))


def drawn(rows: list[Row], width: int = 80, height: int = 24, *, whole: bool = False) -> list[str]:
    picture = Screen(Out(), rows)
    picture.whole = whole
    file = io.StringIO()
    Console(file=file, width=width, height=height, force_terminal=True, color_system=None).print(picture)
    return file.getvalue().splitlines()


def many() -> list[Row]:
    """31 jobs: the 5th and the 20th failed, the 7th ended with warnings, the 9th is over, the others run."""
    rows = [row(f"nightly_import_of_everything_{number:02d}", progress=number / 31) for number in range(31)]
    for number in (5, 20):
        rows[number] = row(f"nightly_import_of_everything_{number:02d}", "failed", message="The disk is full. " * 9)
    rows[7] = row("nightly_import_of_everything_07", "succeeded_with_warnings", 1.0)
    rows[9] = row("nightly_import_of_everything_09", "succeeded", 1.0)
    return rows


def test_31_jobs_in_80_columns_and_24_lines() -> None:
    lines = drawn(many())
    assert max(map(cell_len, lines)) <= 80
    assert len(lines) < 24
    pieces = (text.partition(" ") for text in lines[0].partition(": ")[2].split(", "))
    counts = {state: count for count, _, state in pieces}
    assert lines[0].startswith("31 huawei_cdm.runs: 2 failed, 1 with warnings, ")
    assert counts == {"failed": "2", "with warnings": "1", "running": "27", "succeeded": "1"}
    assert [line.split()[1] for line in lines[1:6:2]] == ["failed", "failed", "with"]
    assert "The disk is full." in lines[2]
    assert lines[2].endswith("…")
    running = next(line for line in lines if "_28" in line or "_04" in line)
    assert "#" in running or ". " in running
    assert "%" in running
    assert lines[-1].startswith("and 12 more: 11 running, 1 succeeded")


def test_the_picture_that_stays_has_every_job() -> None:
    lines = drawn(many(), whole=True)
    names = [line for line in lines if any(f"_{number:02d} " in line for number in range(31))]
    assert len(names) == 31
    assert "_09 " in lines[-1], "what ended well comes last"


@pytest.mark.parametrize(("width", "height"), [(40, 10), (60, 24), (80, 5), (200, 60)])
def test_no_line_is_wider_than_the_terminal_and_the_picture_no_higher(width: int, height: int) -> None:
    lines = drawn(many(), width, height)
    assert max(map(cell_len, lines)) <= width
    assert len(lines) < max(height, 3)


def test_long_names_keep_the_end_that_tells_them_apart() -> None:
    rows = [row("a_name_that_is_far_too_long_for_a_narrow_terminal_" * 3 + end, progress=0.5) for end in ("x1", "x2")]
    assert ["x1  running" in line or "x2  running" in line for line in drawn(rows)[1:]] == [True, True]


def test_names_are_what_jobs_differ_in() -> None:
    alation = vendor("alation").client()
    one, two = row("a"), row("b")
    assert short_names([one, two]) == ["a", "b"]
    assert short_names([one]) == ["huawei_cdm.runs a"]
    assert short_names([one, two, Row(Kept(alation.jobs(id=7)), 0.0)]) == [
        "huawei_cdm.runs a",
        "huawei_cdm.runs b",
        "alation.jobs 7",
    ]


def test_what_vendors_say_cannot_move_the_cursor() -> None:
    assert not any("\x1b" in line for line in drawn([row("a\x1b[2Jb", "failed", message="x\x1b[1A\nsecond line")]))


START = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "elapsed"),
    [
        ({"duration": 42.0, "started_at": START}, 42.0),
        ({"started_at": START, "finished_at": START + timedelta(seconds=90)}, 90.0),
        ({"started_at": START}, 30.0),
        ({}, 10.0),
    ],
)
def test_the_time_of_an_ended_job_stands_still(
    monkeypatch: pytest.MonkeyPatch, status: dict[str, Any], elapsed: float
) -> None:
    """Watching began 20 seconds after the job, and saw its end 10 seconds later."""

    class Clock:
        passed = 30.0

        def monotonic(self) -> float:
            return 1_000 + self.passed

        def time(self) -> float:
            return START.timestamp() + self.passed

    clock = Clock()
    monkeypatch.setattr(screen, "time", clock)
    ended = row("a", "succeeded", **status)
    ended.start, ended.end = 1_020.0, 1_030.0
    assert ended.elapsed == elapsed
    clock.passed += 3600
    assert ended.elapsed == elapsed


@pytest.mark.parametrize(
    ("progress", "text"), [(0.0, "0%"), (0.29, "29%"), (0.996, "99%"), (1.0, "100%"), (1 / 3, "33%"), (0.57, "57%")]
)
def test_progress_is_a_whole_number_that_says_all_only_of_all(progress: float, text: str) -> None:
    assert percent_text(progress) == text
