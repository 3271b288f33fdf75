"""What takes more than one word to say: elements of lists, numbers, lists of conditions, parts of sentences."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from jobclients_contract.harness.loopback import scripted
from jobclients_core.testing import vendor
from kitchen.words.harness import WordsHarness

SERVED = {"state": "SERVED", "plates": 4}


def state(harness: WordsHarness, body: dict[str, Any]) -> str:
    """The state of a feast whose status is answered like this."""
    harness.on("GET /feasts/f-1", body)
    return str(harness.run(harness.client.feasts(feast_id="f-1").status()).state)


@pytest.mark.parametrize(
    ("body", "meaning"),
    [
        ({"courses": [SERVED, {"state": "BURNT"}]}, "failed"),
        ({"courses": [SERVED, {"state": "SERVED", "plates": "2"}]}, "succeeded"),
        ({"courses": [SERVED, {"state": "SERVED", "plates": 0}], "phase": "x"}, "running"),
        ({"courses": [SERVED, {"state": "COOKING", "plates": 1}], "phase": "x"}, "running"),
        ({"courses": [], "phase": "x"}, "running"),  # of no course, nothing is served
        ({"phase": "x"}, "running"),
        ({"phase": "STUCK"}, "unknown"),
        ({"waiting": 2, "phase": "x"}, "queued"),
        ({"waiting": 1.5, "phase": "x"}, "running"),
    ],
)
def test_states_by_elements_and_numbers(harness: WordsHarness, body: dict[str, Any], meaning: str) -> None:
    assert state(harness, body) == meaning


@pytest.mark.parametrize(
    ("outcome", "meaning"),
    [
        ('{"notes": ["{\\"complaints\\": [\\"cold\\"]}"]}', "succeeded_with_warnings"),
        ('{"notes": ["{\\"complaints\\": []}", "fine"]}', "succeeded"),
        ('{"notes": []}', "succeeded"),
        ("all well", "succeeded"),
    ],
)
def test_a_refinement_looks_into_texts_that_hold_json(harness: WordsHarness, outcome: str, meaning: str) -> None:
    assert state(harness, {"courses": [SERVED], "outcome": outcome}) == meaning


def test_a_submission_is_refused_when_all_conditions_hold(harness: WordsHarness) -> None:
    harness.on("POST /feasts", scripted({"verdict": "REJECT", "kind": "FAILED", "why": "no flour"}, 201))
    with pytest.raises(harness.package.Refused, match="no flour"):
        harness.run(harness.client.feasts.submit())


def test_a_submission_with_one_of_the_conditions_is_none(harness: WordsHarness) -> None:
    harness.on("POST /feasts", scripted({"id": "f-1", "verdict": "REJECT", "kind": "PAUSED"}, 201))
    assert harness.run(harness.client.feasts.submit()).identity == {"feast_id": "f-1"}


@pytest.mark.parametrize(
    ("fault", "kind", "code", "words"),
    [
        ({"detail": "F.404: no such feast"}, "NotFound", "F.404", "no such feast"),
        ({"detail": "F.500: the oven is cold"}, "BadRequest", "F.500", "the oven is cold"),
        ({"detail": "the oven is cold"}, "BadRequest", None, "the oven is cold"),
        ({"detail": "the oven is cold", "code": "F.404"}, "NotFound", "F.404", "the oven is cold"),
        ({"detail": ["F.404: x"]}, "BadRequest", None, None),
    ],
)
def test_codes_and_words_are_cut_out_of_a_sentence(
    harness: WordsHarness, fault: dict[str, Any], kind: str, code: str | None, words: str | None
) -> None:
    harness.on("GET /feasts/f-1", scripted(fault, 400))
    with pytest.raises(getattr(harness.package, kind)) as raised:
        harness.run(harness.client.get_feast(feast_id="f-1"))
    assert (raised.value.code, raised.value.vendor_message) == (code, words)
    assert type(raised.value).__name__ == kind


@pytest.mark.parametrize(
    "steps",
    ["queued", "running", "failed", "succeeded", "succeeded_with_warnings", "queued,running,succeeded"],
)
def test_the_mock_answers_what_the_conditions_ask_for(kitchen_clients: ModuleType, steps: str) -> None:
    fake = vendor(f"{kitchen_clients.__name__}:kitchen_words", lifecycle=steps)
    with fake.client() as client:
        job = client.feasts.submit()
        assert [str(job.status().state) for _ in steps.split(",")] == steps.split(",")


def test_the_mock_says_codes_in_sentences(kitchen_clients: ModuleType) -> None:
    fake = vendor(f"{kitchen_clients.__name__}:kitchen_words", lifecycle="running", strict=True)
    with fake.client() as client, pytest.raises(kitchen_clients.NotFound) as raised:
        client.get_feast(feast_id="nobody's")
    assert raised.value.code == "F.404"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"ended": 1538160296000}, {"finished_at": "2018-09-28T18:44:56+00:00"}),
        ({"ended": -1}, {"finished_at": None, "raw_times": {}}),
        ({"ended": 0}, {"finished_at": None, "raw_times": {}}),
        ({"ended": 1}, {"finished_at": "1970-01-01T00:00:00.001000+00:00"}),
        ({"note": "none", "phase": "COOKING"}, {"message": "COOKING"}),
        ({"note": "-", "phase": "none"}, {"message": None}),
        ({"note": "None", "phase": "COOKING"}, {"message": "None"}),
        ({"oddities": "none"}, {"warnings": ()}),
        ({"oddities": "some"}, {"warnings": ("some",)}),
    ],
)
def test_a_value_that_says_that_there_is_none(
    harness: WordsHarness, body: dict[str, Any], fields: dict[str, Any]
) -> None:
    harness.on("GET /feasts/f-1", body)
    status = harness.run(harness.client.feasts(feast_id="f-1").status())
    found = {name: getattr(status, name) for name in fields}
    assert {name: value.isoformat() if name == "finished_at" and value else value for name, value in found.items()} == (
        fields
    )


def test_the_mock_says_that_a_job_has_not_ended(kitchen_clients: ModuleType) -> None:
    fake = vendor(f"{kitchen_clients.__name__}:kitchen_words", lifecycle="running,succeeded")
    with fake.client() as client:
        job = client.feasts.submit()
        assert job.status().finished_at is None
        assert job.status().finished_at is not None
