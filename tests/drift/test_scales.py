"""In which unit a number is a time that can be."""

from __future__ import annotations

import pytest
from jobclients_core.scales import unit_of_time


@pytest.mark.parametrize(
    ("name", "value", "unit"),
    [
        ("unix-ms", 1_512_047_950_445, ""),
        ("unix-ms", 1_512_047_950, "seconds"),
        ("unix-ms", "1512047950", "seconds"),
        ("unix-s", 1_512_047_950, ""),
        ("unix-s", 1_512_047_950_445, "milliseconds"),
        ("unix-s", 2_147_483_647, ""),
        ("unix-s", 0, ""),
        ("unix-s", 10**400, ""),
        ("unix-s", "9" * 5000, ""),
        ("unix-s", "soon", ""),
    ],
)
def test_the_unit_in_which_a_number_is_a_time(name: str, value: float | str, unit: str) -> None:
    assert unit_of_time(name, value) == unit
