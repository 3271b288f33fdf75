"""Worlds are played again from their choices, made smaller, and see everything that they are about."""

from __future__ import annotations

import pytest
from simulation.choices import Choices, shrink
from simulation.mends import ROOT
from simulation.play import world_of
from simulation.taken_out import TAKEN_OUT, TakenOut


def test_a_world_is_its_choices() -> None:
    for seed in range(100):
        drawn = Choices(seed)
        first = world_of(drawn, trace=True)
        again = world_of(Choices(given=drawn.made), trace=True)
        assert again.events == first.events
        assert again.wrong == first.wrong


def test_without_choices_nothing_special_happens() -> None:
    events = world_of(Choices(given=[]), trace=True).events or []
    assert [what for _, who, what in events if who == "us"] == ["submission: handle ", "wait: returned "]


@pytest.mark.parametrize("needle", [[3], [7, 1], [2, 0, 9]])
def test_what_does_not_matter_is_left_out(needle: list[int]) -> None:
    def fails(choices: list[int]) -> bool:
        found = iter(choices)
        return all(any(value >= wanted for value in found) for wanted in needle)

    drawn = [5, 0, 12, 9, 0, 0, 3, 40, 11, 2, 9]
    assert fails(drawn)
    assert shrink(drawn, fails) == needle


def test_smaller_lists_are_tried_a_limited_number_of_times() -> None:
    tried: list[list[int]] = []

    def fails(choices: list[int]) -> bool:
        tried.append(choices)
        return False

    assert shrink([1] * 500, fails, runs=50) == [1] * 500
    assert len(tried) == 50


@pytest.mark.parametrize("missing", TAKEN_OUT, ids=lambda missing: missing.mutant.id)
def test_each_mend_can_be_taken_out(missing: TakenOut) -> None:
    mutant = missing.mutant
    compile(mutant.applied((ROOT / mutant.path).read_text("utf-8")), mutant.file, "exec")
