"""Conditions mean to the judge what they mean to the clients, which have a reading of their own."""

from __future__ import annotations

from typing import Any

import pytest
from jobclients_contract.reading.conditions import holds, refuses
from jobclients_contract.reading.jobs import Reader, Told
from jobclients_contract.reading.places import Reply, says_no
from jobclients_contract.reading.pointers import MISSING, Found
from jobclients_contract.reading.values import Json
from jobclients_core.expressions import Envelope, Facts, When

PLACE = "$response.body#/value"
NOTHING: tuple[Found, ...] = (None, "", [], {}, MISSING)
SOMETHING: tuple[Found, ...] = (0, False, " ", [None], {"a": None})


def when(test: dict[str, Any]) -> When:
    """A condition of a spec as the clients have it, who know fewer ways to say the same."""
    ((name, value),) = test.items()
    if name in ("equals", "in"):
        return When(PLACE, one_of=(value,) if name == "equals" else tuple(value))
    return When(PLACE, empty=not value) if name == "nonempty" else When(PLACE, **{name: value})


@pytest.mark.parametrize(
    ("test", "value", "true"),
    [
        ({"equals": 1}, 1, True),
        ({"equals": 1}, 1.0, True),
        ({"equals": 1.0}, 1, True),
        ({"equals": 1}, 1.5, False),
        ({"equals": 1}, "1", False),
        ({"equals": 1}, True, False),
        ({"equals": 0}, False, False),
        ({"equals": True}, 1, False),
        ({"equals": True}, True, True),
        ({"equals": True}, "true", False),
        ({"equals": None}, None, True),
        ({"equals": None}, "", False),
        ({"equals": None}, MISSING, False),
        ({"equals": "ok"}, "ok", True),
        ({"equals": "ok"}, "OK", False),
        ({"in": [408, 422]}, 422.0, True),
        ({"in": [408, 422]}, 200, False),
        ({"in": [True, "true"]}, "true", True),
        ({"in": [True, "true"]}, 1, False),
        ({"in": [True, "true"]}, MISSING, False),
        ({"exists": True}, None, True),
        ({"exists": True}, MISSING, False),
        ({"exists": False}, MISSING, True),
        ({"exists": False}, 0, False),
        *[({"empty": True}, value, True) for value in NOTHING],
        *[({"empty": True}, value, False) for value in SOMETHING],
        *[({"nonempty": True}, value, False) for value in NOTHING],
        *[({"nonempty": True}, value, True) for value in SOMETHING],
    ],
)
def test_a_condition(test: dict[str, Any], value: Any, true: bool) -> None:
    body = {} if value is MISSING else {"value": value}
    condition = {"from": PLACE, **test}
    assert holds(condition, value) is true
    assert Reader({"state": {}}).holds(condition, Told(body)) is true
    assert when(test).holds(Facts(200, {}, body)) is true
    judged = value is not MISSING or "exists" in test
    reply = Reply.of(200, body)
    envelopes = (("ok", Envelope(ok=when(test)), not true), ("refused", Envelope(refused=when(test)), true))
    for name, envelope, refused in envelopes:
        assert refuses({name: condition}, reply.read) is (judged and refused)
        assert says_no({name: condition}, reply) is (judged and refused)
        assert envelope.refuses(Facts(200, {}, body)) is (judged and refused)


@pytest.mark.parametrize(
    ("test", "value", "true"),
    [
        ({"equals": "Done"}, "DONE", True),
        ({"in": ["a", "Straße"]}, "STRASSE", True),
        ({"in": ["a", 1]}, "1", False),
        ({"equals": 1}, 1.0, True),
        ({"equals": "true"}, True, False),
    ],
)
def test_a_condition_of_states_whose_case_does_not_matter(test: dict[str, Any], value: Any, true: bool) -> None:
    reader = Reader({"state": {"match": "casefold"}})
    assert reader.holds({"from": PLACE, **test}, Told({"value": value})) is true
    assert when(test).holds(Facts(200, {}, {"value": value}), fold=True) is true


def test_all_conditions_have_to_hold() -> None:
    both: list[Json] = [{"from": PLACE, "equals": 1}, {"from": "$response.status", "equals": 202}]
    assert Reader({}).holds(both, Told({"value": 1}, 202))
    assert not Reader({}).holds(both, Told({"value": 1}, 200))


def test_an_answer_that_is_no_json_is_no_refusal() -> None:
    assert not says_no({"ok": {"from": PLACE, "exists": True}}, Reply(200, b"<html>"))
