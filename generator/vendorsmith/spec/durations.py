"""ISO 8601 durations, as the extensions write them."""

from __future__ import annotations

import re
from typing import Final

from vendorsmith.spec.tree import JSON

_DURATION: Final = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.ASCII)


def seconds(value: JSON) -> float | None:
    """The length of `PT24H`, `P1DT30M` or `PT0.5S` in seconds; None for what is no such duration.

    Years and months have no fixed length. That a document holds no others, its schema says.
    """
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    return sum(float(part or 0) * factor for part, factor in zip(found.groups(), (86400, 3600, 60, 1), strict=True))
