"""Parses the time formats of specs, independently of the clients' code."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from jobclients_contract.schema_model.values import Json

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,12})?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)
_JAVA: Final = re.compile(r"[A-Z][a-z]{2} \d{1,2}, \d{4},? \d{1,2}:\d\d:\d\d [AP]M", re.ASCII)
_JAVA_WRITTEN: Final = re.compile(r"[A-Z][a-z]{2} [1-9]\d?, \d{4} [1-9]\d?:\d\d:\d\d [AP]M", re.ASCII)
_JDBC: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,9})?", re.ASCII)
_JDBC_WRITTEN: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.(0|\d{0,8}[1-9])", re.ASCII)


def read(form: str, value: Json, zone: tzinfo | None) -> datetime | None:
    """The timestamp that a value stands for.

    Args:
        form: ``x-time-format``.
        value: text or number.
        zone: of timestamps that name none.

    Returns:
        The timestamp, without a zone where none is known; None for a value that is none in this format.
    """
    try:
        found = _read(form, value)
    except (ValueError, OverflowError):
        return None
    return found.replace(tzinfo=zone) if found is not None and found.tzinfo is None and zone is not None else found


def as_written(form: str, text: Json) -> bool:
    """Whether a text is the one of several for a timestamp that Java's own classes write, where they define the format.

    Args:
        form: ``x-time-format``.
        text: what a client wrote.
    """
    pattern = {"java-medium-us": _JAVA_WRITTEN, "jdbc": _JDBC_WRITTEN}.get(form)
    return pattern is None or (isinstance(text, str) and pattern.fullmatch(text) is not None)


def _read(form: str, value: Json) -> datetime | None:
    if form in ("unix-ms", "unix-s"):
        if isinstance(value, str) and not re.fullmatch(r"-?\d{1,20}", value, re.ASCII):
            return None
        if not isinstance(value, int | float | str) or isinstance(value, bool):
            return None
        number = int(value) if isinstance(value, str) else value
        return _EPOCH + (timedelta(milliseconds=number) if form == "unix-ms" else timedelta(seconds=number))
    if not isinstance(value, str):
        return None
    if form == "java-medium-us":
        text = value.replace("\u202f", " ")
        return datetime.strptime(text.replace(",", ""), "%b %d %Y %I:%M:%S %p") if _JAVA.fullmatch(text) else None
    pattern = _ISO if form == "rfc3339" else _JDBC
    return datetime.fromisoformat(value.upper()) if pattern.fullmatch(value) else None
