"""Detects times and durations in another unit than the documented one, such as seconds for milliseconds.

Two rules, made so that no plausible value breaks one:

- A time is in another unit where the number, read in that unit, is a time from 2000 to 2100. Read as documented it is
  then a time of the first weeks of 1970, or after the year 30,000. A text that names a time of these weeks of 1970 was
  made of seconds that somebody took for milliseconds. 2147483647, the greatest number of 32 bits, is left out: it says
  "never".
- A duration is in another unit where it is a thousand times the time from the job's start to its end, or a thousandth
  of it, within one per cent, of a job that took 100 seconds or longer. This says something only where the documented
  examples show that the duration is the time from start to end.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from .times import FORMATS

_FROM: Final = 946_684_800
"""2000-01-01, in seconds since 1970."""

_TO: Final = 4_102_444_800
"""2100-01-01."""

_NEVER: Final = 2**31 - 1

_UNITS: Final = {1: "seconds", 10**3: "milliseconds", 10**6: "microseconds", 10**9: "nanoseconds"}
_FEW_DIGITS: Final = 20

_LONG: Final = 100.0
_TOLERANCE: Final = 0.01


def unit_of_time(name: str, value: float | str) -> str:
    """The unit in which a time came, where that is not the documented one.

    Args:
        name: The documented format, one of `FORMATS`.
        value: What came.

    Returns:
        Such as ``seconds``; empty where nothing speaks against the documented unit.
    """
    documented = FORMATS[name]
    if not documented.is_number:
        timestamp = documented.read(value, UTC)
        if not isinstance(timestamp, datetime) or timestamp.year != 1970:
            return ""
        return "seconds taken for milliseconds" if _FROM <= _milliseconds(timestamp) < _TO else ""
    number = _number(value)
    if number is None or number == _NEVER:
        return ""
    if _FROM <= number / documented.per_second < _TO:
        return ""
    return next((unit for per, unit in _UNITS.items() if _FROM <= number / per < _TO), "")


def unit_of_duration(seconds: float, elapsed: float) -> str:
    """How many times a duration is too long or too short for the time from a job's start to its end.

    Args:
        seconds: The duration, read as documented.
        elapsed: Seconds from the start to the end.

    Returns:
        Such as ``a thousandth``; empty where it may be right.
    """
    if elapsed < _LONG:
        return ""
    if agree(seconds, elapsed * 1000):
        return "a thousand times the time from start to end"
    return "a thousandth of the time from start to end" if agree(seconds * 1000, elapsed) else ""


def agree(seconds: float, elapsed: float) -> bool:
    """Whether a duration is the time from a job's start to its end, within one per cent.

    Args:
        seconds: The duration.
        elapsed: Seconds from the start to the end.
    """
    return abs(seconds - elapsed) <= _TOLERANCE * elapsed


def _number(value: float | str) -> float | None:
    if not isinstance(value, str):
        return value if abs(value) < 10**_FEW_DIGITS else None
    return int(value) if value.isascii() and value.isdigit() and len(value) <= _FEW_DIGITS else None


def _milliseconds(timestamp: datetime) -> float:
    return (timestamp if timestamp.tzinfo is not None else timestamp.replace(tzinfo=UTC)).timestamp() * 1000
