"""Times, numbers, words and results of a status: where they are, and how they are read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from types import ModuleType
from typing import Any

import pytest
from jobclients_contract.harness.loopback import scripted
from kitchen.jobs.harness import Harness, harness_of

NOON = datetime(2024, 2, 29, 12, 0, tzinfo=UTC)


@pytest.fixture
def harness(kitchen_clients: ModuleType) -> Iterator[Harness]:
    """The sync client alone: both read a response with the same code."""
    with harness_of("sync", kitchen_clients) as made:
        yield made


def bake(harness: Harness, **told: Any) -> Any:
    harness.on("GET /bakes/b-1", {"status": "DONE", **told})
    return harness.run(harness.client.bakes(bake_id="b-1").status())


def roast(harness: Harness, **told: Any) -> Any:
    harness.on("GET /roasts/7", {"state": "Ready", **told})
    return harness.run(harness.client.roasts(roast_id=7, spit="left").status())


def course(harness: Harness, **told: Any) -> Any:
    harness.on("GET /houses/h-1/courses/soup", {"state": "completed", "conclusion": "success", **told})
    return harness.run(harness.client.courses(course="soup", table=4, ticket=12).status())


@pytest.mark.parametrize(
    ("told", "moment"),
    [
        ("2024-02-29T12:00:00Z", NOON),
        ("2024-02-29T14:00:00.250+02:00", NOON + timedelta(milliseconds=250)),
        ("noon", None),
        (1709208000, None),
    ],
)
def test_times_of_rfc3339(harness: Harness, told: Any, moment: datetime | None) -> None:
    status = bake(harness, began=told)
    assert status.started_at == moment
    assert status.raw_times == {"started_at": str(told)}


@pytest.mark.parametrize(
    ("told", "moment"),
    [(1709208000, NOON), ("1709208000", NOON), (1709208000.25, NOON + timedelta(milliseconds=250)), ("soon", None)],
)
def test_times_in_seconds(harness: Harness, told: Any, moment: datetime | None) -> None:
    assert bake(harness, seen=told).updated_at == moment


@pytest.mark.parametrize("told", [1709208000250, "1709208000250"])
def test_times_in_milliseconds(harness: Harness, told: Any) -> None:
    assert course(harness, **{"from": told}).started_at == NOON + timedelta(milliseconds=250)


def test_times_without_a_zone_are_of_the_clients(kitchen_clients: ModuleType) -> None:
    with harness_of("sync", kitchen_clients, timezone=timezone(timedelta(hours=2))) as harness:
        assert bake(harness, ended="2024-02-29 14:00:00.5").finished_at == NOON + timedelta(seconds=0.5)
        assert roast(harness, **{"from": "Feb 29, 2024 2:00:00 PM"}).started_at == NOON
        assert roast(harness, **{"from": "Feb 29, 2024 2:00:00\u202fPM"}).started_at == NOON
        assert bake(harness, began="2024-02-29T12:00:00Z").started_at == NOON, "this one names its own"


def test_times_without_a_zone_stay_texts_where_nobody_says_which(harness: Harness) -> None:
    status = bake(harness, ended="2024-02-29 14:00:00.5", began="2024-02-29T12:00:00Z")
    assert (status.started_at, status.finished_at, status.duration) == (NOON, None, None)
    assert status.raw_times == {"started_at": "2024-02-29T12:00:00Z", "finished_at": "2024-02-29 14:00:00.5"}


def test_the_first_place_that_says_something_counts(harness: Harness) -> None:
    assert bake(harness, began=None, lit="2024-02-29T12:00:00Z").started_at == NOON
    assert bake(harness, began="", lit="2024-02-29T12:00:00Z").started_at == NOON
    assert bake(harness, began="2024-02-29T12:00:00Z", lit="2020-01-01T00:00:00Z").started_at == NOON
    assert bake(harness, note=None, hint="turn it").message == "turn it"
    assert bake(harness, note="", hint="turn it").message == "turn it"
    assert bake(harness, note="wait", hint="turn it").message == "wait"


def test_what_is_not_told_is_none(harness: Harness) -> None:
    status = bake(harness)
    facts = ("started_at", "finished_at", "updated_at", "duration", "progress", "message", "error", "code", "result")
    assert {name: getattr(status, name) for name in facts} == dict.fromkeys(facts)
    assert (status.warnings, status.raw_times) == ((), {})


@pytest.mark.parametrize(
    ("told", "seconds"), [(2500, 2.5), ("2500", 2.5), (0, 0.0), (True, None), ("long", None), (-1, None), ([1], None)]
)
def test_a_number_is_scaled(harness: Harness, told: Any, seconds: float | None) -> None:
    assert bake(harness, millis=told).duration == seconds


def test_a_duration_that_is_not_told_lies_between_start_and_end(harness: Harness) -> None:
    assert course(harness, **{"from": 1709208000000, "to": 1709208090500}).duration == 90.5
    assert course(harness, **{"from": 1709208000000, "to": 1709208000000}).duration == 0.0
    assert course(harness, **{"from": 1709208000000}).duration is None
    backwards = course(harness, **{"from": 1709208090500, "to": 1709208000000})
    assert backwards.duration is None
    assert (backwards.started_at, backwards.finished_at) == (NOON + timedelta(seconds=90.5), NOON)


@pytest.mark.parametrize(
    ("percent", "progress"),
    [(45, 0.45), ("45%", 0.45), (0, 0.0), (100, 1.0), (101, None), (-1, None), (None, None), ("half", None)],
)
def test_progress_is_scaled(harness: Harness, percent: Any, progress: float | None) -> None:
    assert roast(harness, percent=percent).progress == progress


@pytest.mark.parametrize(
    ("baked", "pieces", "progress"),
    [(3, 12, 0.25), ("3", "12", 0.25), (12, 12, 1.0), (0, 12, 0.0), (3, 0, None), (3, None, None), (13, 12, None)],
)
def test_progress_is_a_part_of_a_whole(harness: Harness, baked: Any, pieces: Any, progress: float | None) -> None:
    assert bake(harness, baked=baked, pieces=pieces).progress == progress


@pytest.mark.parametrize(
    ("report", "error"),
    [
        ("oven 3: reason: too hot; sorry", "too hot"),
        ("reason: too hot; reason: too late;", "too hot"),
        ("reason: unfinished", None),
        ("no word", None),
        (["reason: too hot;"], None),
    ],
)
def test_a_pattern_reads_a_value_out_of_a_sentence(harness: Harness, report: Any, error: str | None) -> None:
    assert bake(harness, report=report).error == error


def test_words_are_texts(harness: Harness) -> None:
    status = bake(harness, fault={"code": 41}, note={"en": "héllo"}, warnings=["dark", {"edge": 1}])
    assert (status.code, status.message, status.warnings) == ("41", '{"en": "héllo"}', ("dark", '{"edge": 1}'))
    assert bake(harness, warnings="dark").warnings == ("dark",)
    assert bake(harness, warnings=[]).warnings == ()
    assert bake(harness, note={}).message is None


@pytest.mark.parametrize(
    ("outcome", "result"),
    [
        ('{"pies": [1, 2]}', {"pies": [1, 2]}),
        ("[1]", [1]),
        ("7", 7),
        ("two pies", "two pies"),
        ('{"pies": ', '{"pies": '),
        ("", ""),
        ({"pies": 2}, {"pies": 2}),
    ],
)
def test_a_result_is_json_and_otherwise_text(harness: Harness, outcome: Any, result: Any) -> None:
    status = bake(harness, outcome=outcome)
    assert status.result == result
    assert status.result_text == (result if isinstance(result, str) else None)


def test_a_result_is_read_as_a_type(harness: Harness) -> None:
    status = bake(harness, outcome='{"dish": "pie", "grams": 300}')
    plate = status.result_as(harness.models.Plate)
    assert (plate.dish, plate.grams) == ("pie", 300)
    with pytest.raises(harness.package.DecodeError):
        status.result_as(list[int])


def test_a_result_that_is_no_text_needs_no_decoding(harness: Harness) -> None:
    assert course(harness, plates=['{"a": 1}']).result == ['{"a": 1}']
    assert course(harness, plates='{"a": 1}').result == '{"a": 1}'


def test_fields_of_a_run_are_read_of_the_run(harness: Harness) -> None:
    run = {"run-id": 8, "began": 1709208000000, "status": "SPOILT", "share": 50, "trouble": "cold", "outcome": "none"}
    harness.on("GET /houses/h-1/menus/lunch", {"runs": [run], "share": 99, "trouble": "of nobody"})
    status = harness.run(harness.client.menus.latest(menu="lunch").status())
    assert (status.started_at, status.progress, status.error, status.result) == (NOON, 0.5, "cold", "none")
    assert (status.run_id, status.attribution) == ("8", "latest")


def test_fields_of_an_error_answer_that_tells_an_end_are_read(harness: Harness) -> None:
    harness.on("GET /roasts/7", scripted({"fault": {"code": "K.7", "text": "the spit broke"}, "percent": 30}, 410))
    status = harness.run(harness.client.roasts(roast_id=7, spit="left").status())
    assert (status.state, status.error, status.progress) == ("failed", "the spit broke", 0.3)
