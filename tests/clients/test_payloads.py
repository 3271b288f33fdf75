"""Payloads of several shapes: typed where they can be, whole where they cannot, written as the vendor spells them."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from jobclients import DecodeError
from jobclients.alation.models import BulkResult, Job
from jobclients.huawei_cdm.models import JobStatus, StoppedJob
from jobclients.huawei_dli.models import SparkStruct
from jobclients_contract.playing.loopback import answer

from .driver import Mode, playing, raised

BULK: dict[str, Any] = {"updated_objects": 2, "number_received": 2, "error_objects": [], "error": None}
SENTENCE = "Bulk Query Ingestion Succeeded: 0 new events ingested"


def job(mode: Mode, result: object) -> Job:
    """A job of Alation with a result."""
    with playing(mode, "alation", answer({"status": "successful", "result": result})) as (_, client):
        found: Job = client.get_job(id=1)
    return found


@pytest.mark.parametrize("result", [json.dumps(BULK), BULK], ids=["JSON in a text", "an object"])
def test_a_result_is_read_as_the_type_that_is_asked_for(mode: Mode, result: object) -> None:
    """The accessor gives the model whether the vendor sent a text or the object itself."""
    assert BulkResult(**BULK) == job(mode, result).result_as(BulkResult)


RESULTS: list[tuple[object, type[Any], object]] = [
    (["a", "b"], list[str], ["a", "b"]),
    ('["a", "b"]', list[str], ["a", "b"]),
    ({"created_term_count": 2}, dict[str, int], {"created_term_count": 2}),
    (SENTENCE, str, SENTENCE),
    ("5", int, 5),
]


@pytest.mark.parametrize(("result", "kind", "expected"), RESULTS, ids=["list", "text list", "object", "text", "number"])
def test_other_shapes_are_read_by_their_type(mode: Mode, result: object, kind: type[Any], expected: object) -> None:
    """Plain types serve as well as models."""
    assert expected == job(mode, result).result_as(kind)


@pytest.mark.parametrize("result", [SENTENCE, {"other": 1}, [], None, '{"updated_objects": "2"}', "{"])
def test_a_result_of_another_shape_is_pointed_at(mode: Mode, result: object) -> None:
    """Asking for a type that the result does not have is an error of the library, and loses nothing."""
    found = job(mode, result)
    error = raised(DecodeError, lambda: found.result_as(BulkResult))

    assert ("/result", result) == (error.pointer, found.result)


@pytest.mark.parametrize(
    ("result", "text"),
    [(SENTENCE, SENTENCE), ("", ""), ("{", "{"), (json.dumps(BULK), None), (BULK, None), (["a"], None), (None, None)],
)
def test_the_text_of_a_result_is_there_where_it_is_text(mode: Mode, result: object, text: str | None) -> None:
    """A sentence is a sentence, and a decoded payload is none."""
    assert text == job(mode, result).result_text


def test_columns_in_a_text_fall_back_to_the_text(mode: Mode) -> None:
    """A `detail` that is no JSON stays what it is, and says so when it is asked for as columns."""
    body = {"job_id": "1", "status": "FINISHED", "detail": "struct<id:int>"}
    with playing(mode, "huawei_dli", answer(body)) as (_, client):
        status = client.show_sql_job_status(job_id="1")

    assert ("struct<id:int>", "struct<id:int>") == (status.detail, status.detail_text)
    assert "/detail" == raised(DecodeError, lambda: status.detail_as(SparkStruct)).pointer


def test_a_misspelt_key_is_written_as_the_vendor_spells_it(mode: Mode) -> None:
    """Both spellings are read; what is written again has the vendor's first one, and dotted keys stay one key."""
    submission = {
        "job-name": "j",
        "status": "SUCCEEDED",
        "creation-date": 1536906582997,
        "creation-user": "cdm",
        "last-update-user": "ann",
        "counters": {"org.apache.sqoop.submission.counter.SqoopCounters": {"ROWS_READ": -1, "NEW_ONE": 7}},
        "novel": [1],
    }
    with playing(mode, "huawei_cdm", answer({"submissions": [submission]})) as (_, client):
        status: JobStatus = client.show_job_status(job_name="j")

    run = status.submissions[0]
    written = json.loads(status.model_dump_json(exclude_unset=True))["submissions"][0]
    expected = submission | {"last-udpate-user": "ann"}
    del expected["last-update-user"]
    assert "ann" == run.last_update_user
    assert expected == written


def test_the_two_answers_to_stopping_are_read(mode: Mode) -> None:
    """A region that answers with the run, and one that answers nothing, give the same type."""
    scripts = (
        answer({}),
        answer({"validation-result": []}),
        answer({"submissions": [{"status": "FAILED", "creation-date": "1536905778725"}]}),
    )
    with playing(mode, "huawei_cdm", *scripts) as (_, client):
        stopped: list[StoppedJob] = [client.stop_job(job_name="j") for _ in scripts]

    assert [None, [], None] == [item.validation_result for item in stopped]
    assert [None, None, 1] == [item.submissions and len(item.submissions) for item in stopped]


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_a_result_can_be_copied_and_pickled(mode: Mode, duplicate: Any) -> None:
    """A copy is equal to its original, unknown fields and decoded texts included."""
    with playing(mode, "alation", answer({"status": "new word", "result": json.dumps(BULK), "x": [1]})) as (_, client):
        found = client.get_job(id=1)

    assert found == duplicate(found)
    assert found.model_extra == duplicate(found).model_extra == {"x": [1]}
