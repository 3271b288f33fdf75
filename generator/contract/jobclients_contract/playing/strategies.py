"""Made-up values: hypothesis strategies for what a schema documents, derived from its shapes."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar, cast

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from jobclients_contract.cases import Json
from jobclients_contract.failure import seed
from jobclients_contract.reading.schemas import Schemas
from jobclients_contract.reading.shapes import Part, Shape
from jobclients_contract.reading.validity import Validity

T = TypeVar("T")
Values = st.SearchStrategy[Json]

TEXT: Final = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
"""Short texts; half characters have no place in JSON that is sent."""

_LONG: Final = 2**63
_DEEP: Final = 5
_MOMENTS: Final = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31, 23, 59, 59))

ANY: Final[Values] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-_LONG, _LONG - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
"""Any JSON value."""


def made(act: Callable[[T], object], values: st.SearchStrategy[T], examples: int) -> None:
    """Do something with made-up values, the same ones for the same seed.

    Args:
        act: raises where a value shows that the contract is broken.
        values: where they come from.
        examples: how many.
    """

    def once(value: T) -> None:
        act(value)

    options = settings(
        database=None,
        deadline=None,
        max_examples=examples,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=[*cast("Iterable[HealthCheck]", HealthCheck)],
        report_multiple_bugs=False,
        print_blob=False,
    )
    seeded(seed())(options(given(values)(once)))()


class Strategies:
    """Strategies for the schemas of a contract.

    Args:
        validity: judges of its values.
    """

    def __init__(self, validity: Validity) -> None:
        self._validity = validity
        self._schemas: Schemas = validity.schemas
        self._made: dict[tuple[int, ...], tuple[Part, Values]] = {}

    def valid(self, part: Part) -> Values:
        """Values as they are documented."""
        return self._of(part, 0).filter(self._validity.documented(part).takes)

    def _of(self, part: Part, depth: int) -> Values:
        known = self._made.get((*part.identity, depth))
        if known is None:
            shapes = self._schemas.shapes(part)
            # Alternatives that hold themselves come to an end where the smallest value is taken.
            found: Values = (
                st.one_of([self._shape(shape, depth) for shape in shapes])
                if depth < _DEEP
                else st.just(self._schemas.least(part))
            )
            known = part, found
            self._made[*part.identity, depth] = known
        return known[1]

    def _shape(self, shape: Shape, depth: int) -> Values:
        if shape.words is not None:
            return st.sampled_from(shape.words)
        if shape.time:
            null = [st.none()] if "null" in shape.types else []
            return st.one_of([*moments(shape.time, shape.types), *null])
        if not shape.types:
            return self._object(shape, depth) if shape.properties else ANY
        return st.one_of([self._kind(shape, kind, depth) for kind in shape.types])

    def _kind(self, shape: Shape, kind: str, depth: int) -> Values:
        if kind == "object":
            return self._object(shape, depth)
        if kind == "array":
            least, most = bounds(shape, "Items", 0, 3)
            inner = self._of(shape.items, depth + 1) if shape.items is not None else ANY
            unique = repr if shape.bounds.get("uniqueItems") is True else None
            return st.lists(inner, min_size=least, max_size=most, unique_by=unique)
        if kind == "string":
            return self._text(shape, depth)
        if kind in ("integer", "number"):
            return numbers(shape, whole=kind == "integer")
        return st.booleans() if kind == "boolean" else st.none()

    def _object(self, shape: Shape, depth: int) -> Values:
        if not shape.properties:
            least, most = bounds(shape, "Properties", 0, 3)
            inner = self._of(shape.values, depth + 1) if shape.values is not None else ANY
            empty = shape.closed and not shape.values
            return st.just({}) if empty else st.dictionaries(TEXT, inner, min_size=least, max_size=most)
        each = {key: self._of(part, depth + 1) for key, part in shape.properties.items()}
        required = {key: value for key, value in each.items() if key in shape.required}
        optional = {key: value for key, value in each.items() if key not in shape.required}
        found: Values = st.fixed_dictionaries(required, optional=optional)
        further = {name: alias for alias, name in shape.aliases.items()}
        return st.builds(_renamed, found, st.just(further), st.booleans()) if further else found

    def _text(self, shape: Shape, depth: int) -> Values:
        if shape.content is not None:
            return st.one_of(self._of(shape.content, depth + 1).map(json.dumps), TEXT)
        pattern, form = shape.bounds.get("pattern"), shape.bounds.get("format")
        if isinstance(pattern, str):
            return st.from_regex(pattern)
        if form in _FORMS:
            return _FORMS[str(form)]
        least, most = bounds(shape, "Length", 0, 12)
        return st.text(st.characters(exclude_categories=["Cs"]), min_size=least, max_size=most)


def _renamed(value: dict[str, Json], further: dict[str, str], much: bool) -> Json:
    return {further.get(key, key) if much else key: item for key, item in value.items()}


def bounds(shape: Shape, of: str, least: int, more: int) -> tuple[int, int]:
    """The documented least and most of a size; `more` above the least where there is no most."""
    lower, upper = shape.bounds.get(f"min{of}"), shape.bounds.get(f"max{of}")
    first = lower if isinstance(lower, int) else least
    return first, min(upper, first + more) if isinstance(upper, int) else first + more


def numbers(shape: Shape, *, whole: bool) -> Values:
    """Numbers in the documented range; whole ones in 64 bits at most, and now and then as 1.0 where that is exact."""
    size = 2**31 if shape.bounds.get("format") == "int32" else _LONG
    least = _limit(shape, "inimum", 1) if whole else _limit(shape, "inimum", 0)
    most = _limit(shape, "aximum", -1) if whole else _limit(shape, "aximum", 0)
    step = shape.bounds.get("multipleOf")
    lower = -size if least is None else int(-(-least // 1))
    upper = size - 1 if most is None else int(most // 1)
    if isinstance(step, int) and not isinstance(step, bool):
        return st.integers(-(-lower // step), upper // step).map(lambda number: number * step)
    integers: Values = st.integers(lower, upper) if lower <= upper else st.nothing()
    if whole:
        near = st.integers(max(lower, -1000), min(upper, 1000)) if lower <= 1000 and upper >= -1000 else st.nothing()
        return integers | near.map(float)
    return integers | st.floats(least, most, allow_nan=False, allow_infinity=False)


def _limit(shape: Shape, name: str, step: int) -> float | None:
    """The documented limit of a number; `step` beside an exclusive one."""
    plain, exclusive = shape.bounds.get(f"m{name}"), shape.bounds.get(f"exclusiveM{name}")
    for limit, beside in ((exclusive, step), (plain, 0)):
        if isinstance(limit, int | float) and not isinstance(limit, bool):
            return limit + beside
    return None


def moments(form: str, types: tuple[str, ...]) -> list[Values]:
    """Moments as a vendor writes them in a format, in each type that is documented."""
    if form in ("unix-ms", "unix-s"):
        unit = timedelta(milliseconds=1) if form == "unix-ms" else timedelta(seconds=1)
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        counts = _MOMENTS.map(lambda moment: (moment.replace(tzinfo=UTC) - epoch) // unit)
        texts: list[Values] = [counts.map(str)] if "string" in types else []
        return [*texts, counts] if {"integer", "number"} & set(types) or not texts else texts
    if form == "java-medium-us":
        return [_MOMENTS.map(lambda moment: f"{moment:%b} {moment.day}, {moment.year} {moment:%I:%M:%S %p}")]
    if form == "jdbc":
        return [st.builds(_jdbc, _MOMENTS, st.integers(1, 6))]
    return [st.builds(_rfc3339, _MOMENTS, st.sampled_from(["Z", "+00:00", "-07:00", "+05:30", ""]))]


def _jdbc(moment: datetime, digits: int) -> str:
    """A timestamp with a fraction of so many digits; leading noughts count."""
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond:06d}"[: 20 + digits]


def _rfc3339(moment: datetime, zone: str) -> str:
    return f"{moment.isoformat()}{zone}"


_FORMS: Final[dict[str, Values]] = {
    "date": st.dates().map(str),
    "date-time": st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
    "uuid": st.uuids().map(str),
    "binary": st.binary(max_size=12).map(lambda value: base64.b64encode(value).decode()),
    "uri": st.uuids().map(lambda value: f"https://example.com/{value}"),
    "email": st.integers(0, 10**6).map(lambda number: f"somebody{number}@example.com"),
}
