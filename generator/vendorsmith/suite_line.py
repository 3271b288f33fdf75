"""A line of a vendor suite as data: a chain of calls with their arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Step:
    """A call: the verb, its positional and its named arguments. Values are JSON, tuples of it, or a `Timestamp`."""

    verb: str
    values: tuple[object, ...] = ()
    named: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class Line:
    """One case: calls that follow one another, such as ``response(...).but(...).raises(...)``."""

    steps: tuple[Step, ...]

    def then(self, verb: str, *values: object, **named: object) -> Line:
        """The line with another call at its end."""
        return Line((*self.steps, Step(verb, values, named)))


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under a title, which is a comment."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A timestamp that is given to a method, in ISO 8601."""

    text: str


def line(verb: str, *values: object, **named: object) -> Line:
    """A line that begins with a verb."""
    return Line((Step(verb, values, named),))


def given(**named: object) -> dict[str, object]:
    """Named arguments without those that say nothing: None, and what is empty."""
    return {name: value for name, value in named.items() if value is not None and value not in ("", (), {})}
