"""Runtime expressions of the specification, and the conditions and rules made of them.

An expression names one place of an answer: ``$response.body#/json/pointer``, ``$response.header.Name`` or
``$response.status``. Of a job's answer, ``$run#/json/pointer`` names a place of the run that was chosen, and
``$result#/json/pointer`` one of the decoded result. Of the elements of a list that a condition looks at,
``$item#/json/pointer`` names a place of each. ``$failure.body#/json/pointer`` names a place of the answer to the call
for the reason of a failure. ``$request.path.NAME``, ``$request.query.NAME``,
``$request.header.NAME`` and ``$request.body#/NAME`` name arguments of a submission, ``$job.NAME`` a part of a job's
identity, ``$client.NAME`` a parameter of the client, and ``$credential.NAME`` a field of a credential. ``$key`` is the
generated key of a submission, ``$page`` the number of a page, from 1, and ``$ids`` the identifiers of the jobs that a
call for many asks about.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final, Literal

from .errors import ErrorName
from .patterns import check_pattern, extract
from .pointers import split
from .shapes import is_array, is_object
from .statuses import covers


class Absent:
    """Type of `ABSENT`: the place does not exist, which is not the same as null."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()


@dataclass(frozen=True, slots=True)
class Facts:
    """What expressions read of one answer.

    Args:
        status: HTTP status code.
        headers: Header fields; looked up without regard to case.
        body: The parsed JSON body, or `ABSENT` where there is none.
        run: Of a job's answer: the run that it was chosen to speak of.
        result: Of a job's answer: its decoded result.
        item: The element of a list that a condition looks at.
        failure: The parsed body of the answer to the call for the reason of a failure.
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
    value = document
    for part in split(pointer):
        value = child(value, part)
    return value


@dataclass(frozen=True, slots=True)
class Expression:
    """A runtime expression, taken apart.

    Args:
        root: What it speaks of: ``response``, ``request``, ``run``, ``result``, ``item``, ``job``, ``client``,
            ``credential``, ``key`` or ``page``.
        part: Of a request or a response: ``status``, ``header``, ``path``, ``query`` or ``body``.
        name: The name there; in a body, a run, a result or an element the JSON pointer.
    """

    root: str
    part: str = ""
    name: str = ""


KEY: Final = "$key"
PAGE: Final = "$page"
IDS: Final = "$ids"
BODY: Final = "$response.body#"
"""The whole body of an answer; a JSON pointer may follow."""

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
        r"\$(key|page|ids)()()",
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
    """The JSON pointer that stands in an expression.

    Args:
        text: The expression.

    Returns:
        The pointer; empty for an expression without one, and for what is none.
    """
    found = parse(text)
    inside = found is not None and (found.root in ("run", "result", "item") or found.part == "body")
    return found.name if found is not None and inside else ""


def evaluate(expression: str | First, facts: Facts) -> Any:
    """Read one place of an answer.

    Args:
        expression: An expression that speaks of an answer, or a place in the first element that meets conditions.
        facts: The answer.

    Returns:
        The value, or `ABSENT`.

    Raises:
        ValueError: the expression is of no known kind, which the checks of a specification rule out.
    """
    if isinstance(expression, First):
        return expression.find(facts)
    match parse(expression):
        case Expression("response", "body", pointer):
            return resolve(facts.body, pointer)
        case Expression("failure", _, pointer):
            return resolve(facts.failure, pointer)
        case Expression("run", _, pointer):
            return resolve(facts.run, pointer)
        case Expression("result", _, pointer):
            return resolve(facts.result, pointer)
        case Expression("item", _, pointer):
            return resolve(facts.item, pointer)
        case Expression("response", "header", name):
            return facts.headers.get(name, ABSENT)
        case Expression("response", "status"):
            return facts.status
        case _:
            raise ValueError(f"unknown expression {expression!r}")


@dataclass(frozen=True, slots=True)
class Extract:
    """A part of the sentence that stands at a place.

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
"""An expression, or a part of what stands there."""


def source_of(place: Place) -> str:
    """The expression of a place.

    Args:
        place: The place.

    Returns:
        The expression.
    """
    return place if isinstance(place, str) else place.source


def first_text(places: Sequence[Place], facts: Facts) -> str | None:
    """The first present scalar as text.

    Args:
        places: Places in order of preference.
        facts: The answer.

    Returns:
        Its text, or None where no place holds a non-empty scalar.
    """
    for place in places:
        value = evaluate(source_of(place), facts)
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


@dataclass(frozen=True, slots=True)
class When:
    """A condition on one place of an answer; exactly one test is given.

    Args:
        source: The expression.
        one_of: The value has to be one of these.
        exists: Whether the place has to exist.
        empty: Whether the value has to be null, ``""``, ``[]`` or ``{}`` (or the place missing), or must not.
        none_of: The value has to be there, and none of these.
        greater: The value has to be a number that is greater.
        type: With `greater`: ``integer`` or ``number`` where a text of digits counts as one; else empty.
        any_of: Conditions that one element of the list has to meet, all of them.
        all_of: Conditions that each element of the list has to meet; an empty list, or none, does not hold.
        json: With `any_of` and `all_of`: whether the elements are texts that hold JSON.
    """

    source: str
    one_of: tuple[Any, ...] | None = None
    exists: bool | None = None
    empty: bool | None = None
    none_of: tuple[Any, ...] | None = None
    greater: float | None = None
    type: Literal["", "integer", "number"] = ""
    any_of: tuple[When, ...] = ()
    all_of: tuple[When, ...] = ()
    json: bool = False

    def holds(self, facts: Facts, *, fold: bool = False) -> bool:
        """Whether the condition is true of the answer.

        Args:
            facts: The answer.
            fold: Whether texts are compared without regard to case.

        Returns:
            The truth of its one test.
        """
        value = evaluate(self.source, facts)
        if self.exists is not None:
            return (value is not ABSENT) == self.exists
        if self.empty is not None:
            return (value is ABSENT or value is None or value in ("", [], {})) == self.empty
        if self.greater is not None:
            number = _number(value, self.type)
            return number is not None and number > self.greater
        if self.any_of:
            return any(_meets(item, self.any_of, facts, fold=fold) for item in _items(value, decoded=self.json))
        if self.all_of:
            items = _items(value, decoded=self.json)
            return bool(items) and all(_meets(item, self.all_of, facts, fold=fold) for item in items)
        if self.none_of is not None:
            return value is not ABSENT and not _is_among(value, self.none_of, fold=fold)
        return _is_among(value, self.one_of or (), fold=fold)


@dataclass(frozen=True, slots=True)
class First:
    """A place in the first element of a list that meets conditions.

    Args:
        of: Where the list stands.
        when: What the element has to meet, all of it.
        at: JSON pointer of the place inside of the element.
        json: Whether the elements are texts that hold JSON.
    """

    of: str
    when: tuple[When, ...]
    at: str = ""
    json: bool = False

    def find(self, facts: Facts) -> Any:
        """What stands there.

        Args:
            facts: The answer.

        Returns:
            The value, or `ABSENT` where no element meets the conditions.
        """
        items = _items(evaluate(self.of, facts), decoded=self.json)
        found = next((item for item in items if _meets(item, self.when, facts, fold=False)), ABSENT)
        return resolve(found, self.at)


def _items(value: Any, *, decoded: bool) -> list[Any]:
    if not is_array(value):
        return []
    return [_decoded(item) if decoded and isinstance(item, str) else item for item in value]


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _meets(item: Any, conditions: tuple[When, ...], facts: Facts, *, fold: bool) -> bool:
    within = replace(facts, item=item)
    return all(condition.holds(within, fold=fold) for condition in conditions)


def _is_among(value: Any, wanted: tuple[Any, ...], *, fold: bool) -> bool:
    if fold and isinstance(value, str):
        value = value.casefold()
        return any(isinstance(other, str) and other.casefold() == value for other in wanted)
    return any(same(value, other) for other in wanted)


_DIGITS: Final = {
    "integer": re.compile(r"[+-]?[0-9]{1,40}"),
    "number": re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?"),
}


def _number(value: Any, type_: str) -> float | None:
    if isinstance(value, str) and type_ and _DIGITS[type_].fullmatch(value.strip()):
        return float(value)
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


@dataclass(frozen=True, slots=True)
class Envelope:
    """How a vendor says no with a status that says yes.

    A condition is judged only where its place exists, so an answer of another shape is left to its type.

    Args:
        ok: The answer is refused when this, or one of these, is false.
        refused: The answer is refused when this is true, or all of these are.
        message: Where the vendor's words stand.
        code: Where the vendor's code stands.
    """

    ok: When | tuple[When, ...] | None = None
    refused: When | tuple[When, ...] | None = None
    message: str | None = None
    code: str | None = None

    def refuses(self, facts: Facts) -> bool:
        """Whether the answer is a refusal.

        Args:
            facts: The answer.

        Returns:
            True for a refusal.
        """

        def says(condition: When, verdict: bool) -> bool:
            present = condition.exists is not None or evaluate(condition.source, facts) is not ABSENT
            return present and condition.holds(facts) is verdict

        wanted, unwanted = conditions(self.ok), conditions(self.refused)
        if any(says(condition, False) for condition in wanted):
            return True
        return bool(unwanted) and all(says(condition, True) for condition in unwanted)


def conditions(of: When | tuple[When, ...] | None) -> tuple[When, ...]:
    """The conditions where there may be one, several or none.

    Args:
        of: What stands in an envelope.

    Returns:
        All of them.
    """
    return () if of is None else (of,) if isinstance(of, When) else of


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """A correction of what an error's status alone would say.

    Args:
        status: Statuses it applies to: ``"404"``, ``404`` or ``"4XX"``; empty for all.
        code: The vendor's codes that it applies to; empty for all.
        raises: Name of the exception class; None leaves the status's.
        transient: Whether trying again makes sense; None leaves the status's.
        description: Why the rule is there.
    """

    status: tuple[int | str, ...] = ()
    code: tuple[str, ...] = ()
    raises: ErrorName | None = None
    transient: bool | None = None
    description: str = ""

    def applies(self, status: int, code: str | None) -> bool:
        """Whether the rule speaks of such an answer.

        Args:
            status: HTTP status code.
            code: The vendor's code, where there is one.

        Returns:
            True when both match.
        """
        matched = not self.status or any(covers(pattern, status) for pattern in self.status)
        return matched and (not self.code or code in self.code)


@dataclass(frozen=True, slots=True)
class Errors:
    """Where a vendor's errors carry their facts, and where their status misleads.

    Args:
        code: Places of the vendor's code, first present wins.
        message: Places of the vendor's words, first present wins.
        request_id: Places of the request's identifier, first present wins.
        rules: Corrections, first match wins.
    """

    code: tuple[Place, ...] = ()
    message: tuple[Place, ...] = ()
    request_id: tuple[str, ...] = ()
    rules: tuple[ErrorRule, ...] = field(default=())
