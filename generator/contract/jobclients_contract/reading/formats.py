"""The same moment in every documented format, for values that are made up."""

from __future__ import annotations

from typing import Final

from jobclients_contract.cases import Json

TIMES: Final[dict[str, Json]] = {
    "rfc3339": "2018-09-28T18:44:56Z",
    "unix-ms": 1538160296000,
    "unix-s": 1538160296,
    "java-medium-us": "Sep 28, 2018 6:44:56 PM",
    "jdbc": "2018-09-28 18:44:56.0",
}
"""A time by its ``x-time-format``."""

FORMATS: Final[dict[str, Json]] = {
    "date": "2018-09-28",
    "date-time": TIMES["rfc3339"],
    "uuid": "5f0c3b1e-6f0e-4d7c-9a57-0d6b7a8c9d10",
}
"""A text by its ``format``."""
