"""ISO 8601 durations, as the extensions write them."""

from __future__ import annotations

import re

_DURATION = re.compile(
    r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?\Z"
)


def seconds(text: str) -> float:
    """The length of `PT24H`, `P1DT30M` or `PT0.5S` in seconds; years and months have no fixed length and are refused.

    Raises:
        ValueError: the text is no such duration.
    """
    match = _DURATION.match(text)
    if match is None or not any(match.groups()):
        raise ValueError(f"`{text}` is no ISO 8601 duration of days, hours, minutes and seconds")
    parts = {unit: float(value) for unit, value in match.groupdict().items() if value}
    factors = {"days": 86400.0, "hours": 3600.0, "minutes": 60.0, "seconds": 1.0}
    return sum(value * factors[unit] for unit, value in parts.items())
