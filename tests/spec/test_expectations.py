"""What is said of an example against what is read out of it: facts, and those that differ."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from vendorsmith.spec.expectations import by_job_type, differing
from vendorsmith.spec.source_map import JSON

NOON = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)
PARIS = datetime(2024, 5, 17, 14, 0, tzinfo=timezone(timedelta(hours=2)))


@pytest.mark.parametrize(
    ("said", "zoned", "bare", "found"),
    [
        ("2024-05-17T12:00:00Z", NOON, NOON, None),
        ("2024-05-17T14:00:00+02:00", NOON, NOON, None),
        ("2024-05-17T12:00:00+00:00", PARIS, PARIS, None),
        ("2024-05-17T12:00:01Z", NOON, NOON, "2024-05-17T12:00:00+00:00"),
        ("2024-05-17T12:00:00", NOON, NOON, "2024-05-17T12:00:00+00:00"),
        ("2024-05-17T12:00:00", NOON, None, None),
        ("2024-05-17T12:00:00Z", NOON, None, "2024-05-17T12:00:00"),
        ("2024-05-17T13:00:00", NOON, None, "2024-05-17T12:00:00"),
        ("2024-13-17T12:00:00Z", NOON, NOON, "2024-05-17T12:00:00+00:00"),
        ("2024-13-17T12:00:00Z", None, None, (None,)),
        ("2024-05-17T12:00:00Z", None, None, (None,)),
        (None, None, None, None),
        (None, NOON, NOON, "2024-05-17T12:00:00+00:00"),
        (5, NOON, NOON, "2024-05-17T12:00:00+00:00"),
    ],
)
def test_a_moment(said: JSON, zoned: datetime | None, bare: datetime | None, found: Any) -> None:
    """One with a zone is never one without; None stands for what is as it is said."""
    wanted = () if found is None else (("started_at", None if found == (None,) else found),)

    assert tuple(differing({"started_at": said}, {"started_at": zoned}, {"started_at": bare})) == wanted


@pytest.mark.parametrize(
    ("said", "read", "same"),
    [
        (0.3, 0.1 + 0.2, True),
        (2, 2.0, True),
        (1, 1.001, False),
        (True, 1, True),
        (True, 2, False),
        (True, True, True),
        (False, True, False),
        ("a", "a", True),
        ("1", 1, False),
        (None, None, True),
        (None, 0, False),
        ({"a": [1]}, {"a": [1]}, True),
        ({"a": [1]}, {"a": [2]}, False),
    ],
)
def test_another_fact(said: JSON, read: Any, same: bool) -> None:
    found = list(differing({"duration": said, "note": 1}, {"duration": read}, {}))

    assert found == ([] if same else [("duration", read)])


@pytest.mark.parametrize(
    ("expect", "by_type"),
    [
        ({}, False),
        ({"state": "running"}, False),
        ({"jobs": {"state": "running"}}, True),
        ({"jobs": {}, "runs": {}}, True),
        ({"jobs": {}, "state": "running"}, False),
        ({"result": {"a": 1}}, False),
        ({"jobs": {}, "result": {}}, False),
    ],
)
def test_what_is_said_of_several_job_types(expect: dict[str, JSON], by_type: bool) -> None:
    """A result may be an object, and is none of them."""
    assert by_job_type(expect) is by_type
