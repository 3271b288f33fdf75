"""10,000 worlds hold every invariant."""

from __future__ import annotations

import pytest
from simulation.play import play, smallest, table

WORLDS = 10_000
RANGE = 1_250


@pytest.mark.parametrize("first", range(0, WORLDS, RANGE))
def test_what_always_holds_does(first: int) -> None:
    tally = play(range(first, first + RANGE))
    assert tally.worlds == RANGE
    for wrong, seeds in tally.found.items():
        choices, _ = smallest(seeds[0], wrong.partition(" ")[0] + " ")
        events = "\n".join(table(choices))
        pytest.fail(f"{wrong}; make simulate REPLAY={seeds[0]}\n{events}\nchoices: {choices}")
