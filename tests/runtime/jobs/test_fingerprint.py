"""What a record knows its submission by: the caller's arguments, whatever a release of the specification adds."""

from __future__ import annotations

import copy
import dataclasses
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum
from typing import Any

import pytest
from jobclients_core.jobs import RecordMismatch
from jobclients_core.jobs.fingerprint import fingerprint_of
from jobclients_core.jobs.submitting import submit_flow
from jobclients_core.operation import UNSET, Header, Operation, Path, Query
from jobclients_core.types import HiddenText
from runtime.jobs.job_models import SqlTag
from runtime.jobs.tiny import KINDS, Tiny

LIST = KINDS["list"].bound
assert LIST.submit is not None
SUBMIT: Operation[Any] = LIST.submit.operation
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
EAST = timezone(timedelta(hours=2))


class Mode(Enum):
    """A word of the vendor's."""

    FAST = "fast"


def come_to(given: dict[str, Any], operation: Operation[Any] = SUBMIT, secrets: tuple[str, ...] = (), **of: Any) -> str:
    return fingerprint_of(dataclasses.replace(Tiny("list").session(), **of), operation, given, secrets)


def test_a_release_that_writes_the_request_in_another_way_knows_the_record() -> None:
    tiny = Tiny("list")
    tiny.submit(tiny.disk)
    role = LIST.submit
    assert role is not None
    parameters = (*SUBMIT.parameters, Header("trace", "X-Trace"), Query("mode"))
    operation = dataclasses.replace(SUBMIT, path="/v2/{project_id}/sql", method="PUT", parameters=parameters)
    kind = copy.copy(LIST)
    kind.submit = dataclasses.replace(role, operation=operation, arguments={**role.arguments, "mode": "fast"})
    tiny.drive(submit_flow(tiny.session(), kind, {"sql": "select 1"}, tiny.disk))
    with pytest.raises(RecordMismatch, match="other arguments"):
        tiny.drive(submit_flow(tiny.session(), kind, {"sql": "select 1", "mode": "slow"}, tiny.disk))
    assert len(tiny.new) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SqlTag(key="a", value="b"), {"value": "b", "key": "a"}),
        ((1, 2), [1, 2]),
        (NOON, NOON.astimezone(EAST)),
        (NOON, datetime(2026, 11, 30, 14)),
        (date(2026, 11, 30), "2026-11-30"),
        (b"ab", bytearray(b"ab")),
        (Mode.FAST, "fast"),
        ({"a": UNSET, "b": 1}, {"b": 1}),
        (HiddenText("one"), HiddenText("other")),
    ],
    ids=repr,
)
def test_what_says_the_same_is_the_same(one: Any, other: Any) -> None:
    assert come_to({"x": one}, zone=EAST) == come_to({"x": other}, zone=EAST)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"x": 1}, {"x": "1"}),
        ({"x": 1}, {"y": 1}),
        ({"x": b"a"}, {"x": b"b"}),
        ({"x": [1, 2]}, {"x": [2, 1]}),
        ({}, {"x": 0}),
    ],
    ids=repr,
)
def test_what_says_something_else_is_not(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert come_to(one) != come_to(other)


def test_secrets_are_left_out_and_the_clients_parameters_are_not() -> None:
    operation = dataclasses.replace(SUBMIT, parameters=(Path("project_id", client=True), Header("pin", secret=True)))
    assert come_to({"pin": "1"}, operation) == come_to({"pin": "2"}, operation) == come_to({}, operation)
    bodies = [{"login": {"user": "ann", "password": word}} for word in ("one", "other")]
    assert come_to(bodies[0], secrets=("one",)) == come_to(bodies[1], secrets=("other",))
    assert come_to({}, parameters={"project_id": "p"}) == come_to({"project_id": "p"}, parameters={"project_id": "q"})
    assert come_to({}, parameters={"project_id": "p"}) != come_to({}, parameters={"project_id": "q"})
