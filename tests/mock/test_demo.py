"""`make demo`: it shows jobs of every vendor, ends by itself, and fails where a job ended otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from vendorsmith.mock import demo

ROOT = Path(__file__).parents[2]


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "vendorsmith.mock.demo"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "generator")},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_it_shows_jobs_of_every_vendor() -> None:
    done = run(ROOT)

    assert done.returncode == 0, done.stdout + done.stderr
    for line in (
        "alation.jobs id=1: succeeded (successful)",
        "datameer.executions execution_id=1: succeeded (COMPLETED)",
        "datameer.executions execution_id=2: succeeded with warnings (COMPLETED_WITH_Warnings)",
        "huawei_cdm.runs project_id=project-id-1 cluster_id=cluster-id-1 job_name=demo-1: succeeded",
        "huawei_dli.sql_jobs project_id=project-id-1 job_id=demo-1: succeeded (FINISHED)",
        "huawei_dli.sql_jobs project_id=project-id-1 job_id=demo-2: failed",
        "All 6 jobs ended as expected, in spite of both faults.",
    ):
        assert line in done.stdout.splitlines()
    assert "alation get_job: status 503; waiting goes on" in done.stderr
    assert "alation get_job: ConnectionLost; waiting goes on" in done.stderr


def test_it_says_what_is_missing(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "run `vendorsmith generate` first" in done.stderr


@pytest.mark.parametrize(
    ("state", "identity", "disturbed", "code"),
    [
        ("succeeded", {"id": 1}, True, 0),
        ("failed", {"id": 1}, True, 1),
        ("succeeded", {"id": 2}, True, 1),
        ("succeeded", {"id": 1}, False, 1),
    ],
)
def test_it_fails_where_something_went_otherwise(
    state: str, identity: dict[str, Any], disturbed: bool, code: int
) -> None:
    job = demo.DemoJob("alation.jobs", {"id": 1}, "succeeded")
    end = {"vendor": "alation", "kind": "jobs", "identity": identity, "state": state}
    assert demo._verdict([job], [end], disturbed) == code
