"""Conditions mean to the judge what they mean to the clients, which have a reading of their own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from jobclients_contract.schema_model.conditions import holds, refuses
from jobclients_contract.schema_model.job_reader import JobReader, JobResponse
from jobclients_contract.schema_model.places import Reply, says_no
from jobclients_contract.schema_model.pointers import MISSING, Found
from jobclients_contract.schema_model.values import Json
from jobclients_core.conditions import When
from jobclients_core.envelopes import Envelope
from jobclients_core.expressions import ResponseContext

PLACE = "$response.body#/value"
NOTHING: tuple[Found, ...] = (None, "", [], {}, MISSING)
SOMETHING: tuple[Found, ...] = (0, False, " ", [None], {"a": None})


def when(test: dict[str, Any]) -> When:
    """A condition of a spec as the clients have it, who know fewer ways to say the same."""
    if "greater" in test:
        return When(PLACE, **test)
    ((name, value),) = test.items()
    if name in ("any", "all"):
        return of_items(name, value)
    if name == "not_in":
        return When(PLACE, none_of=tuple(value))
    if name in ("equals", "in"):
        return When(PLACE, one_of=(value,) if name == "equals" else tuple(value))
    return When(PLACE, empty=not value) if name == "nonempty" else When(PLACE, **{name: value})


def of_items(name: str, test: dict[str, Any]) -> When:
    """A condition on the elements of a list, as the clients have it."""
    listed = test["holds"] if isinstance(test["holds"], list) else [test["holds"]]
    inner = tuple(
        replace(when({key: item[key] for key in item if key != "from"}), source=item["from"]) for item in listed
    )
    json = "contentMediaType" in test
    return When(PLACE, any_of=inner, json=json) if name == "any" else When(PLACE, all_of=inner, json=json)


FAILED = {"from": "$item#/state", "in": ["FAILED", "LATE"]}
OF = {"of": PLACE, "holds": FAILED}
BOTH = {"of": PLACE, "holds": [FAILED, {"from": "$item#/tries", "greater": 2}]}
TEXTS = {"of": PLACE, "holds": {"from": "$item#/errors", "nonempty": True}, "contentMediaType": "application/json"}
WHOLE = {"of": PLACE, "holds": {"from": "$item#", "equals": 1}}


@pytest.mark.parametrize(
    ("test", "value", "true"),
    [
        ({"not_in": ["a", 1]}, "b", True),
        ({"not_in": ["a", 1]}, "a", False),
        ({"not_in": ["a", 1]}, 1.0, False),
        ({"not_in": ["a", 1]}, True, True),
        ({"not_in": ["a", 1]}, None, True),
        ({"not_in": ["a", 1]}, MISSING, False),
        ({"greater": 0}, 1, True),
        ({"greater": 0}, 0, False),
        ({"greater": 0}, 0.1, True),
        ({"greater": -1}, 0, True),
        ({"greater": 0}, "1", False),
        ({"greater": 0}, True, False),
        ({"greater": 0}, None, False),
        ({"greater": 0}, MISSING, False),
        ({"greater": 0}, [1], False),
        ({"greater": 0, "type": "integer"}, "1", True),
        ({"greater": 0, "type": "integer"}, " 2 ", True),
        ({"greater": 0, "type": "integer"}, "1.5", False),
        ({"greater": 0, "type": "integer"}, 1.5, True),
        ({"greater": 0, "type": "number"}, "1.5", True),
        ({"greater": 0, "type": "number"}, "-1.5", False),
        ({"greater": 0, "type": "number"}, "nan", False),
        ({"greater": 0, "type": "number"}, "inf", False),
        ({"greater": 0, "type": "number"}, "1e3", False),
        ({"greater": 0, "type": "number"}, "\u0663", False),
        ({"greater": 0, "type": "number"}, "", False),
        ({"any": OF}, [{"state": "OK"}, {"state": "FAILED"}], True),
        ({"any": OF}, [{"state": "OK"}, {"state": None}, {}, None, 1, "FAILED"], False),
        ({"any": OF}, [], False),
        ({"any": OF}, {"state": "FAILED"}, False),
        ({"any": OF}, None, False),
        ({"any": OF}, MISSING, False),
        ({"all": OF}, [{"state": "LATE"}, {"state": "FAILED"}], True),
        ({"all": OF}, [{"state": "LATE"}, {"state": "OK"}], False),
        ({"all": OF}, [{"state": "LATE"}, None], False),
        ({"all": OF}, [], False),
        ({"all": OF}, "", False),
        ({"all": OF}, MISSING, False),
        # What is asked of an element is asked of one and the same.
        ({"any": BOTH}, [{"state": "FAILED", "tries": 1}, {"state": "OK", "tries": 3}], False),
        ({"any": BOTH}, [{"state": "FAILED", "tries": 3}], True),
        ({"all": BOTH}, [{"state": "FAILED", "tries": 3}, {"state": "LATE", "tries": 2}], False),
        ({"any": TEXTS}, ['{"errors": []}', '{"errors": ["x"]}'], True),
        ({"any": TEXTS}, ['{"errors": []}', "plain words", '{"errors": [', ""], False),
        ({"any": TEXTS}, [{"errors": ["x"]}], True),
        ({"any": {**TEXTS, "holds": {"from": "$item#", "equals": "plain"}}}, ["plain"], True),
        ({"any": WHOLE}, [2, 1], True),
        ({"any": WHOLE}, [True, "1"], False),
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
    condition = test if test.keys() & {"any", "all"} else {"from": PLACE, **test}
    assert holds(condition, value) is true
    assert JobReader({"state": {}}).holds(condition, JobResponse(body)) is true
    assert when(test).holds(ResponseContext(200, {}, body)) is true
    judged = value is not MISSING or "exists" in test
    reply = Reply.of(200, body)
    envelopes = (("ok", Envelope(ok=when(test)), not true), ("refused", Envelope(refused=when(test)), true))
    for name, envelope, refused in envelopes:
        assert refuses({name: condition}, reply.read) is (judged and refused)
        assert says_no({name: condition}, reply) is (judged and refused)
        assert envelope.refuses(ResponseContext(200, {}, body)) is (judged and refused)


@pytest.mark.parametrize(
    ("test", "value", "true"),
    [
        ({"equals": "Done"}, "DONE", True),
        ({"in": ["a", "Straße"]}, "STRASSE", True),
        ({"in": ["a", 1]}, "1", False),
        ({"equals": 1}, 1.0, True),
        ({"equals": "true"}, True, False),
        ({"not_in": ["done"]}, "DONE", False),
        ({"any": {"of": PLACE, "holds": {"from": "$item#", "equals": "done"}}}, ["Done"], True),
        ({"all": {"of": PLACE, "holds": {"from": "$item#", "not_in": ["done"]}}}, ["Done"], False),
    ],
)
def test_a_condition_of_states_whose_case_does_not_matter(test: dict[str, Any], value: Any, true: bool) -> None:
    reader = JobReader({"state": {"match": "casefold"}})
    condition = test if test.keys() & {"any", "all"} else {"from": PLACE, **test}
    assert reader.holds(condition, JobResponse({"value": value})) is true
    assert when(test).holds(ResponseContext(200, {}, {"value": value}), fold=True) is true


def test_all_conditions_have_to_hold() -> None:
    both: list[Json] = [{"from": PLACE, "equals": 1}, {"from": "$response.status", "equals": 202}]
    assert JobReader({}).holds(both, JobResponse({"value": 1}, 202))
    assert not JobReader({}).holds(both, JobResponse({"value": 1}, 200))


ENVELOPE: Json = {
    "refused": [
        {"from": "$response.body#/status", "equals": "REJECT"},
        {"from": "$response.body#/kind", "not_in": ["CANCELLED"]},
    ]
}
REFUSED = (
    When("$response.body#/status", one_of=("REJECT",)),
    When("$response.body#/kind", none_of=("CANCELLED",)),
)


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({"status": "REJECT", "kind": "FAILED"}, True),
        ({"status": "REJECT", "kind": "CANCELLED"}, False),
        ({"status": "ACCEPT", "kind": "FAILED"}, False),
        ({"status": "REJECT"}, False),
        ({"kind": "FAILED"}, False),
        ({}, False),
    ],
)
def test_a_list_of_conditions_refuses_when_all_hold(body: Json, refused: bool) -> None:
    assert says_no(ENVELOPE, Reply.of(200, body)) is refused
    assert Envelope(refused=REFUSED).refuses(ResponseContext(200, {}, body)) is refused


@pytest.mark.parametrize(
    ("body", "refused"),
    [({"a": 1, "b": 2}, False), ({"a": 1, "b": 3}, True), ({"a": 2, "b": 2}, True), ({"a": 1}, False), ({}, False)],
)
def test_of_a_list_that_must_hold_each_condition_is_looked_at(body: Json, refused: bool) -> None:
    ok: list[Json] = [{"from": "$response.body#/a", "equals": 1}, {"from": "$response.body#/b", "equals": 2}]
    conditions = (When("$response.body#/a", one_of=(1,)), When("$response.body#/b", one_of=(2,)))
    assert says_no({"ok": ok}, Reply.of(200, body)) is refused
    assert Envelope(ok=conditions).refuses(ResponseContext(200, {}, body)) is refused


def test_an_answer_that_is_no_json_is_no_refusal() -> None:
    assert not says_no({"ok": {"from": PLACE, "exists": True}}, Reply(200, b"<html>"))
