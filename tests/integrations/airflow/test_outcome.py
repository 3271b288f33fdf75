"""The XCom of a job, and its record in the store."""

from __future__ import annotations

import json
from typing import Any

import pytest
from integrations.airflow.tasks import FakeStore
from jobclients_core.integrations.airflow.utils.outcome import describe, xcom_of
from jobclients_core.integrations.airflow.utils.record import TaskStateRecord
from jobclients_core.jobs import JobState, JobStatus
from jobclients_core.testing import vendor

JOB = vendor("huawei_cdm").client().runs.latest(job_name="nightly")


def status(**facts: Any) -> JobStatus[Any]:
    return JobStatus(state=JobState.RUNNING, raw_state="BOOTING", vendor="huawei_cdm", kind="runs", **facts)


def test_the_line_of_a_status() -> None:
    line = describe(JOB, status(progress=0.407, message="loading\nparts"))
    assert line.endswith("job_name=nightly: running (BOOTING), 40%: loading parts")


def test_a_result_that_is_too_large_is_left_out() -> None:
    found = xcom_of(JOB, status(result=["x" * 100_000]))
    assert (found["result"], found["result_omitted"] > 100_000) == (None, True)
    assert json.loads(found["handle"])["identity"]["job_name"] == "nightly"


def test_texts_that_are_too_long_are_cut() -> None:
    found = xcom_of(
        JOB, status(message="x" * 60_000, error="y" * 60_000, warnings=tuple("z" * 9_000 for _ in range(9)))
    )
    assert len(json.dumps(found)) < 65_536


def test_a_result_that_fits_is_there_as_it_is() -> None:
    found = xcom_of(JOB, status(result={"rows": [1, 2.5, None, True, "ü"]}))
    assert found["result"] == {"rows": [1, 2.5, None, True, "ü"]}
    assert "result_omitted" not in found


@pytest.mark.parametrize(
    ("value", "expected"),
    [("\ud800", "?"), (float("inf"), "inf"), (2**64, str(2**64)), (2**63 - 1, 2**63 - 1), (-(2**63), -(2**63))],
)
def test_what_airflow_cannot_send_is_a_text(value: Any, expected: Any) -> None:
    assert xcom_of(JOB, status(result=[value]))["result"] == [expected]


def test_a_record_is_of_one_generation() -> None:
    store = FakeStore()

    def kept(generation: int) -> tuple[str | None, str | None]:
        record = TaskStateRecord(store, generation)
        return record.load(), record.earlier

    assert kept(0) == (None, None)
    TaskStateRecord(store, 0).save("{}")
    assert (kept(0), kept(1)) == (("{}", None), (None, "{}"))
    TaskStateRecord(store, 1).take_over()
    assert (kept(0), kept(1)) == ((None, "{}"), ("{}", None))


def test_an_uncertain_record_is_certain_once_it_is_saved_again() -> None:
    store = FakeStore()
    record = TaskStateRecord(store, 0)
    record.note_uncertain()
    assert not store.values, "nothing was recorded of which it could be said"
    record.save("{}")
    found = [record.uncertain]
    record.note_uncertain()
    found.append(record.uncertain)
    record.save("{}")
    found.append(record.uncertain)
    assert found == [False, True, False]


def test_without_a_store_nothing_is_kept() -> None:
    record = TaskStateRecord(None, 0)
    record.save("{}")
    assert (record.lasting, record.load(), record.earlier) == (False, None, None)
