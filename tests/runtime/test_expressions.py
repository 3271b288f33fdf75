"""Runtime expressions: what each form reads, and that it is taken apart once and not at each response."""

from __future__ import annotations

from typing import Any

import pytest
from jobclients_core import expressions
from jobclients_core.expressions import ABSENT, ResponseContext, evaluate

FACTS = ResponseContext(
    status=202,
    headers={"X-Id": "7"},
    body={"a/b": [{"c~d": 1}, None], "": "empty"},
    run={"id": 3},
    result=[4],
    item="text",
    failure={"reason": "disk"},
)
READ = {
    "$response.body#": FACTS.body,
    "$response.body#/a~1b/0/c~0d": 1,
    "$response.body#/a~1b/1": None,
    "$response.body#/a~1b/2": ABSENT,
    "$response.body#/": "empty",
    "$run#/id": 3,
    "$result#/0": 4,
    "$item#": "text",
    "$failure.body#/reason": "disk",
    "$response.header.X-Id": "7",
    "$response.header.X-No": ABSENT,
    "$response.status": 202,
}


@pytest.mark.parametrize(("expression", "value"), READ.items(), ids=READ)
def test_each_form_reads_its_place_and_is_taken_apart_once(
    expression: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert value == evaluate(expression, FACTS)
    for name in ("parse", "split", "resolve"):
        monkeypatch.delattr(expressions, name)

    assert value == evaluate(expression, FACTS)


@pytest.mark.parametrize("expression", ["$job.id", "$request.body#/a", "$key", "plain", ""])
def test_what_is_no_place_of_a_response_cannot_be_read(expression: str) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="unknown expression"):
            evaluate(expression, FACTS)
