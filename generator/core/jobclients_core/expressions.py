"""Runtime expressions: places of a response, and values from which a request is made.

An expression names one place of a response: ``$response.body#/json/pointer``, ``$response.header.Name`` or
``$response.status``. Of a job's response, ``$run#/json/pointer`` names a place of the run that was chosen, and
``$result#/json/pointer`` one of the decoded result. Of the elements of a list that a condition looks at,
``$item#/json/pointer`` names a place of each. ``$failure.body#/json/pointer`` names a place of the response to the call
for the reason of a failure. ``$request.path.NAME``, ``$request.query.NAME``,
``$request.header.NAME`` and ``$request.body#/NAME`` name arguments of a submission, ``$job.NAME`` a part of a job's
identity, ``$client.NAME`` a parameter of the client, and ``$credential.NAME`` a field of a credential. ``$key`` is the
generated key of a submission, ``$sent_at`` the time at which it was sent first, as HTTP writes times, ``$page`` the
number of a page, from 1, and ``$ids`` the identifiers of the jobs that a call for many asks about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final

from .patterns import check_pattern, extract
from .pointers import split
from .type_guards import is_array, is_object


class Absent:
    """Type of `ABSENT`: the place does not exist, which is not the same as null."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()


@dataclass(frozen=True, slots=True)
class ResponseContext:
    """The response context: what expressions read of one response.

    Args:
        status: HTTP status code.
        headers: Header fields; looked up without regard to case.
        body: The parsed JSON body, or `ABSENT` where there is none.
        run: Of a job's response: the run that it was chosen to speak of.
        result: Of a job's response: its decoded result.
        item: The element of a list that a condition looks at.
        failure: The parsed body of the response to the call for the reason of a failure.
    """

    status: int
    headers: Mapping[str, str]
    body: Any
    run: Any = ABSENT
    result: Any = ABSENT
    item: Any = ABSENT
    failure: Any = ABSENT


def child(value: Any, part: str | int) -> Any:
    """One step into parsed JSON.

    Args:
        value: The value.
        part: A key of an object, or an index of an array, as a number or as its digits.

    Returns:
        What is there, or `ABSENT`.
    """
    if is_object(value):
        return value.get(str(part), ABSENT)
    if is_array(value):
        text = str(part)
        if text.isascii() and text.isdigit() and len(text) < 10 and int(text) < len(value):
            return value[int(text)]
    return ABSENT


def resolve(document: Any, pointer: str) -> Any:
    """Follow a JSON pointer.

    Args:
        document: Parsed JSON.
        pointer: RFC 6901 pointer; empty for the document itself.

    Returns:
        The value there, or `ABSENT`.
    """
    return _follow(document, split(pointer))


def _follow(value: Any, parts: Sequence[str]) -> Any:
    for part in parts:
        value = child(value, part)
    return value


@dataclass(frozen=True, slots=True)
class Expression:
    """A runtime expression, taken apart.

    Args:
        root: What it speaks of: ``response``, ``request``, ``run``, ``result``, ``item``, ``job``, ``client``,
            ``credential``, ``key``, ``sent_at``, ``page`` or ``ids``.
        part: Of a request or a response: ``status``, ``header``, ``path``, ``query`` or ``body``.
        name: The name there; in a body, a run, a result or an element the JSON pointer.
    """

    root: str
    part: str = ""
    name: str = ""


KEY: Final = "$key"
SENT_AT: Final = "$sent_at"
PAGE: Final = "$page"
IDS: Final = "$ids"
BODY: Final = "$response.body#"
"""The whole body of a response; a JSON pointer may follow."""

_POINTER: Final = r"((?:/(?:[^~/]|~[01])*)*)"
_FORMS: Final = tuple(
    re.compile(form)
    for form in (
        rf"\$(response|request|failure)\.(body)#{_POINTER}",
        rf"\$(run|result|item)()#{_POINTER}",
        r"\$(job|client|credential)()\.(.+)",
        r"\$(request)\.(path|query|header)\.(.+)",
        r"\$(response)\.(header)\.([!#$%&'*+.^_`|~0-9A-Za-z-]+)",
        r"\$(response)\.(status)()",
        r"\$(key|sent_at|page|ids)()()",
    )
)
_OF_JOB: Final = re.compile(r"\$job\.([A-Za-z0-9_]*)")


@lru_cache(maxsize=4096)
def parse(text: str) -> Expression | None:
    """Take an expression apart.

    Args:
        text: A text of a specification.

    Returns:
        The expression, or None for a text that is none.
    """
    found = next((match for form in _FORMS if (match := form.fullmatch(text))), None)
    return None if found is None else Expression(*found.groups())


def name_in(text: Any, root: str) -> str | None:
    """The name that an expression of one kind speaks of.

    Args:
        text: A value of a specification.
        root: What it should speak of, such as ``job``.

    Returns:
        The name, or None for anything else.
    """
    found = parse(text) if isinstance(text, str) else None
    return found.name if found is not None and found.root == root else None


def job_names(text: str) -> list[str]:
    """The parts of a job's identity that are mentioned anywhere in a text.

    Args:
        text: A text of a specification.

    Returns:
        Their names.
    """
    return _OF_JOB.findall(text)


def pointer_in(text: str) -> str:
    """The JSON pointer that is in an expression.

    Args:
        text: The expression.

    Returns:
        The pointer; empty for an expression without one, and for what is none.
    """
    found = parse(text)
    inside = found is not None and (found.root in ("run", "result", "item") or found.part == "body")
    return found.name if found is not None and inside else ""


def evaluate(expression: str, context: ResponseContext) -> Any:
    """Read one place of a response.

    Args:
        expression: An expression that speaks of a response.
        context: What expressions read of the response.

    Returns:
        The value, or `ABSENT`.

    Raises:
        ValueError: the expression is of no known kind, which the checks of a specification rule out.
    """
    return _compiled(expression)(context)


@lru_cache(maxsize=4096)
def _compiled(expression: str) -> Callable[[ResponseContext], Any]:
    """What reads the place of an expression, taken apart once and not at each response."""
    match parse(expression):
        case Expression("response", "body", pointer):
            return _at("body", pointer)
        case Expression("failure" | "run" | "result" | "item" as root, _, pointer):
            return _at(root, pointer)
        case Expression("response", "header", name):
            return lambda context: context.headers.get(name, ABSENT)
        case Expression("response", "status"):
            return lambda context: context.status
        case _:
            raise ValueError(f"unknown expression {expression!r}")


def _at(root: str, pointer: str) -> Callable[[ResponseContext], Any]:
    document, parts = attrgetter(root), split(pointer)
    return lambda context: _follow(document(context), parts)


@dataclass(frozen=True, slots=True)
class Extract:
    """A part of the sentence that is at a place.

    Args:
        source: The place.
        pattern: Reads the part: the group named ``value`` (see `check_pattern`).

    Raises:
        ValueError: the pattern may take more than linear time, or has no group ``value``.
    """

    source: str
    pattern: str

    def __post_init__(self) -> None:
        reason = check_pattern(self.pattern)
        if reason is not None:
            raise ValueError(f"pattern: {reason}")


Place = str | Extract
"""An expression, or a part of what is there."""


def source_of(place: Place) -> str:
    """The expression of a place.

    Returns:
        The expression.
    """
    return place if isinstance(place, str) else place.source


def first_text(places: Sequence[Place], context: ResponseContext) -> str | None:
    """The first present scalar as text.

    Args:
        places: Places in order of preference.
        context: What expressions read of the response.

    Returns:
        Its text, or None where no place holds a non-empty scalar.
    """
    for place in places:
        value = evaluate(source_of(place), context)
        if isinstance(place, Extract):
            value = extract(place.pattern, value) if isinstance(value, str) else None
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (str, int, float)) and value != "":
            return str(value)
    return None


def same(left: Any, right: Any) -> bool:
    """Equality as JSON knows it: true is not 1.

    Args:
        left: A JSON value.
        right: Another.

    Returns:
        Whether they are the same value.
    """
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)
