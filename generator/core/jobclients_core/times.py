"""Parses and writes the time formats of vendors, independently of the locale.

A text or number that no `datetime` can hold (year 10000, an empty text) stays what it is. A time without a zone
stays without one, unless the caller's time zone is known.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final, NamedTuple

Raw = datetime | int | float | str
"""A time, or what the vendor sent where that is not a time."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_RFC3339: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,12}))?([Zz]|[+-]\d\d:\d\d)?", re.ASCII
)
_JAVA: Final = re.compile(
    r"([A-Za-z]{3}) (\d{1,2}), (\d{4}),?[ \u202f](\d{1,2}):(\d\d):(\d\d)[ \u202f]?([AaPp])[Mm]", re.ASCII
)
_JDBC: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?", re.ASCII)
_DIGITS: Final = re.compile(r"-?\d{1,20}", re.ASCII)


def _microseconds(fraction: str | None) -> int:
    return int((fraction or "0")[:6].ljust(6, "0"))


def _local(timestamp: datetime, zone: tzinfo | None) -> datetime:
    return timestamp if zone is None else timestamp.replace(tzinfo=zone)


def _epoch(value: int | float | str, unit: timedelta) -> Raw:
    number = value
    if isinstance(number, str):
        if _DIGITS.fullmatch(number) is None:
            return value
        number = int(number)
    try:
        return _EPOCH + number * unit
    except (OverflowError, ValueError):
        return value


def read_unix_ms(value: int | float | str, zone: tzinfo | None = None) -> Raw:
    """Read milliseconds since 1970, as a number or as digits.

    Args:
        value: What the vendor sent.
        zone: Not used: such a time has one.

    Returns:
        The time in UTC, or `value` where there is none.
    """
    return _epoch(value, timedelta(milliseconds=1))


def read_unix_s(value: int | float | str, zone: tzinfo | None = None) -> Raw:
    """Read seconds since 1970, as a number or as digits.

    Args:
        value: What the vendor sent.
        zone: Not used: such a time has one.

    Returns:
        The time in UTC, or `value` where there is none.
    """
    return _epoch(value, timedelta(seconds=1))


def read_rfc3339(value: int | float | str, zone: tzinfo | None = None) -> Raw:
    """Read an RFC 3339 date and time, also one without a zone; digits beyond microseconds are cut off.

    Args:
        value: What the vendor sent.
        zone: Zone of a time that names none.

    Returns:
        The time, or `value` where there is none.
    """
    match = _RFC3339.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    try:
        timestamp = datetime(year, month, day, hour, minute, second, _microseconds(match[7]))
        offset = match[8]
        if offset is None:
            return _local(timestamp, zone)
        if offset in ("Z", "z"):
            return timestamp.replace(tzinfo=UTC)
        shift = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6]))
        return timestamp.replace(tzinfo=timezone(-shift if offset[0] == "-" else shift))
    except ValueError:
        return value


def read_java_medium_us(value: int | float | str, zone: tzinfo | None = None) -> Raw:
    """Read Java's medium US form: ``Sep 28, 2018 6:44:56 PM``, in its older and newer spellings.

    Args:
        value: What the vendor sent.
        zone: Zone of the vendor's clock.

    Returns:
        The time, or `value` where there is none.
    """
    match = _JAVA.fullmatch(value) if isinstance(value, str) else None
    if match is None or match[1].capitalize() not in _MONTHS or not 1 <= int(match[4]) <= 12:
        return value
    hour = int(match[4]) % 12 + (12 if match[7] in "Pp" else 0)
    month = _MONTHS.index(match[1].capitalize()) + 1
    try:
        return _local(datetime(int(match[3]), month, int(match[2]), hour, int(match[5]), int(match[6])), zone)
    except ValueError:
        return value


def read_jdbc(value: int | float | str, zone: tzinfo | None = None) -> Raw:
    """Read a JDBC timestamp: ``2012-07-06 18:19:09.0``.

    Args:
        value: What the vendor sent.
        zone: Zone of the vendor's clock.

    Returns:
        The time, or `value` where there is none.
    """
    match = _JDBC.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    try:
        return _local(datetime(year, month, day, hour, minute, second, _microseconds(match[7])), zone)
    except ValueError:
        return value


def _whole(timestamp: datetime, unit: timedelta, zone: tzinfo | None) -> int | float:
    aware = timestamp if timestamp.tzinfo is not None else timestamp.replace(tzinfo=zone or UTC)
    count, rest = divmod(aware - _EPOCH, unit)
    return count if not rest else (aware - _EPOCH) / unit


def write_unix_ms(timestamp: datetime, zone: tzinfo | None = None) -> int | float:
    """Milliseconds since 1970; a time without a zone is in the caller's, or else in UTC.

    Args:
        timestamp: The time.
        zone: The caller's zone.

    Returns:
        An integer where that is exact.
    """
    return _whole(timestamp, timedelta(milliseconds=1), zone)


def write_unix_s(timestamp: datetime, zone: tzinfo | None = None) -> int | float:
    """Seconds since 1970; a time without a zone is in the caller's, or else in UTC.

    Args:
        timestamp: The time.
        zone: The caller's zone.

    Returns:
        An integer where that is exact.
    """
    return _whole(timestamp, timedelta(seconds=1), zone)


def write_rfc3339(timestamp: datetime, zone: tzinfo | None = None) -> str:
    """RFC 3339, with ``Z`` for UTC.

    Args:
        timestamp: The time.
        zone: Zone of a time that has none.

    Returns:
        The text; without an offset where no zone is known.
    """
    if timestamp.tzinfo is None and zone is not None:
        timestamp = timestamp.replace(tzinfo=zone)
    text = timestamp.isoformat()
    return text[:-6] + "Z" if text.endswith("+00:00") else text


def write_java_medium_us(timestamp: datetime, zone: tzinfo | None = None) -> str:
    """Java's medium US form, on the clock of the caller's zone where the time has one.

    Args:
        timestamp: The time.
        zone: The caller's zone.

    Returns:
        The text.
    """
    local = timestamp.astimezone(zone) if zone is not None and timestamp.tzinfo is not None else timestamp
    half = "AM" if local.hour < 12 else "PM"
    month = _MONTHS[local.month - 1]
    hour = local.hour % 12 or 12
    return f"{month} {local.day}, {local.year:04d} {hour}:{local.minute:02d}:{local.second:02d} {half}"


def write_jdbc(timestamp: datetime, zone: tzinfo | None = None) -> str:
    """A JDBC timestamp, on the clock of the caller's zone where the time has one.

    Args:
        timestamp: The time.
        zone: The caller's zone.

    Returns:
        The text.
    """
    local = timestamp.astimezone(zone) if zone is not None and timestamp.tzinfo is not None else timestamp
    fraction = f"{local.microsecond:06d}".rstrip("0") or "0"
    return local.replace(tzinfo=None, microsecond=0).isoformat(sep=" ") + "." + fraction


class TimeFormat(NamedTuple):
    """How a timestamp is written.

    Args:
        read: Makes a time of what the vendor sent.
        write: Makes it what the vendor sends.
        types: The JSON types that it has, its own first.
        per_second: Of a number: how many it counts in a second.
    """

    read: Callable[[int | float | str, tzinfo | None], Raw]
    write: Callable[[datetime, tzinfo | None], int | float | str]
    types: tuple[str, ...] = ("string",)
    per_second: int = 0

    @property
    def is_number(self) -> bool:
        """Whether it counts from 1970."""
        return self.types[0] != "string"


_NUMBER: Final = ("integer", "number", "string")

FORMATS: Final[dict[str, TimeFormat]] = {
    "unix-ms": TimeFormat(read_unix_ms, write_unix_ms, _NUMBER, 1000),
    "unix-s": TimeFormat(read_unix_s, write_unix_s, _NUMBER, 1),
    "rfc3339": TimeFormat(read_rfc3339, write_rfc3339),
    "java-medium-us": TimeFormat(read_java_medium_us, write_java_medium_us),
    "jdbc": TimeFormat(read_jdbc, write_jdbc),
}
"""The formats by their names in specifications."""
