"""Generates identifiers: one for each number, in the documented form."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from jobclients_core.patterns import check_pattern, compiled

from .samples import Shape

_FIRST = datetime(2030, 1, 1, tzinfo=UTC)

_FORMS: Final[dict[str, Callable[[int], str]]] = {
    "uuid": lambda number: str(UUID(int=number, version=4)),
    "date-time": lambda number: f"{_FIRST + timedelta(seconds=number):%Y-%m-%dT%H:%M:%SZ}",
    "date": lambda number: f"{_FIRST + timedelta(days=number):%Y-%m-%d}",
    "duration": lambda number: f"PT{number}S",
    "email": lambda number: f"number-{number}@example.com",
    "hostname": lambda number: f"number-{number}.example.com",
    "uri": lambda number: f"https://example.com/{number}",
    "ipv4": lambda number: str(ipaddress.IPv4Address("10.0.0.0") + number),
    "ipv6": lambda number: str(ipaddress.IPv6Address("2001:db8::") + number),
    "int32": str,
    "int64": str,
}
"""Texts by ``format``; the formats that say nothing of a text (``password``) are left out."""


def integer(places: Sequence[Shape], number: int) -> int:
    """An integer that all places allow.

    Args:
        places: The places that it is in.
        number: Which one.

    Returns:
        The number, moved behind the smallest value and back below the largest one.
    """
    # One step inside of a bound, so that it does not matter whether the bound itself is allowed.
    least = max((int(bound) + 1 for bound in _rules(places, "minimum", "exclusiveMinimum")), default=0)
    found = number if number >= least else least + number
    most = min((int(bound) - 1 for bound in _rules(places, "maximum", "exclusiveMaximum")), default=found)
    return found if found <= most else least + number % max(most - least + 1, 1)


def text(places: Sequence[Shape], name: str, number: int, example: object = None) -> str:
    """A text that all places allow, as far as they say it by ``format``, lengths and simple patterns.

    Args:
        places: The places that it is in.
        name: What it begins with, where nothing is said about it.
        number: Which one.
        example: A documented one; a text of several that would do is spelled like it.

    Returns:
        The text.
    """
    form = next((str(name) for name in _rules(places, "format") if name in _FORMS), None)
    if form is not None:
        return _FORMS[form](number)
    shortest = max((int(bound) for bound in _rules(places, "minLength")), default=0)
    longest = min((int(bound) for bound in _rules(places, "maxLength")), default=100)
    patterns = [str(pattern) for pattern in _rules(places, "pattern")]
    plain = f"{name.replace('_', '-')}-{number}"
    candidates = [plain, *_alike(example, number), str(number)]
    candidates += [f"{number:0>{length}}" for length in (8, 16, 20, 24, 26, 32, 40, 64)]
    sized = [candidate.rjust(shortest, "0")[-longest:] for candidate in candidates]
    return next((candidate for candidate in sized if _fits(patterns, candidate)), sized[0])


def _rules(places: Iterable[Shape], *keywords: str) -> list[Any]:
    found = (place.rule(keyword) for place in places for keyword in keywords)
    return [value for value in found if value is not None]


def _alike(example: object, number: int) -> list[str]:
    """A documented text, the last letters and digits of which are a number."""
    digits = str(number)
    runs = [run for run in re.finditer(r"[A-Za-z0-9]+", str(example or "")) if len(run[0]) >= len(digits)]
    if not runs:
        return []
    end = runs[-1].end()
    return [f"{str(example)[: end - len(digits)]}{digits}{str(example)[end:]}"]


def _fits(patterns: Iterable[str], candidate: str) -> bool:
    """Whether a text matches the patterns that may be run at all: those that take linear time."""
    groups = (f"(?P<value>{pattern.removeprefix('^').removesuffix('$')})" for pattern in patterns)
    return all(check_pattern(group) is None and compiled(group).fullmatch(candidate) for group in groups)
