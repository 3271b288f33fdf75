"""Parses ISO 8601 durations of days, hours, minutes and seconds.

Years and months have no fixed length, so there are none. The schema of the extensions says the same in a pattern.
"""

from __future__ import annotations

import re
from typing import Final

_DURATION: Final = re.compile(r"P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.ASCII)


def seconds(value: object) -> float | None:
    """The length of `PT24H`, `P1DT30M` or `PT0.5S` in seconds; None for what is none, which the schema reports."""
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    return sum(float(part or 0) * factor for part, factor in zip(found.groups(), (86400, 3600, 60, 1), strict=True))
