"""Runtime expressions of the specification, and the conditions and rules made of them.

An expression names one place of an answer: ``$response.body#/json/pointer``, ``$response.header.Name`` or
``$response.status``. Of a job's answer, ``$run#/json/pointer`` names a place of the run that was chosen, and
``$result#/json/pointer`` one of the decoded result. In the body of a credential's exchange, ``$credential.NAME`` and
``$client.NAME`` name inputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from .errors import ErrorName
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
    """

    status: int
    headers: Mapping[str, str]
    body: Any
    run: Any = ABSENT
    result: Any = ABSENT


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


def evaluate(expression: str, facts: Facts) -> Any:
    """Read one place of an answer.

    Args:
        expression: A ``$response`` expression.
        facts: The answer.

    Returns:
        The value, or `ABSENT`.

    Raises:
        ValueError: the expression is of no known kind, which the checks of a specification rule out.
    """
    if expression.startswith("$response.body"):
        return resolve(facts.body, expression[len("$response.body") :].removeprefix("#"))
    if expression.startswith("$response.header."):
        return facts.headers.get(expression[len("$response.header.") :], ABSENT)
    if expression == "$response.status":
        return facts.status
    if expression.startswith("$run"):
        return resolve(facts.run, expression[len("$run") :].removeprefix("#"))
    if expression.startswith("$result"):
        return resolve(facts.result, expression[len("$result") :].removeprefix("#"))
    raise ValueError(f"unknown expression {expression!r}")


def first_text(expressions: Sequence[str], facts: Facts) -> str | None:
    """The first present scalar as text.

    Args:
        expressions: Places in order of preference.
        facts: The answer.

    Returns:
        Its text, or None where no place holds a non-empty scalar.
    """
    for expression in expressions:
        value = evaluate(expression, facts)
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
        equals: The value has to be this one (None means null; leave it out for no such test).
        one_of: The value has to be one of these.
        exists: Whether the place has to exist.
        empty: Whether the value has to be null, ``""``, ``[]`` or ``{}`` (or the place missing).
        nonempty: The opposite of `empty`.
    """

    source: str
    equals: Any = ABSENT
    one_of: tuple[Any, ...] | None = None
    exists: bool | None = None
    empty: bool | None = None
    nonempty: bool | None = None

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
        if self.empty is not None or self.nonempty is not None:
            wanted = self.empty if self.empty is not None else not self.nonempty
            is_empty = value is ABSENT or value is None or value in ("", [], {})
            return is_empty == wanted
        wanted_values = self.one_of if self.one_of is not None else (self.equals,)
        if fold and isinstance(value, str):
            value = value.casefold()
            return any(isinstance(wanted, str) and wanted.casefold() == value for wanted in wanted_values)
        return any(same(value, wanted) for wanted in wanted_values)


@dataclass(frozen=True, slots=True)
class Envelope:
    """How a vendor says no with a status that says yes.

    It is judged only where the condition's place exists, so an answer of another shape is left to its type.

    Args:
        ok: The answer is refused when this is false.
        refused: The answer is refused when this is true.
        message: Where the vendor's words stand.
        code: Where the vendor's code stands.
    """

    ok: When | None = None
    refused: When | None = None
    message: str | None = None
    code: str | None = None

    def refuses(self, facts: Facts) -> bool:
        """Whether the answer is a refusal.

        Args:
            facts: The answer.

        Returns:
            True for a refusal.
        """
        for condition, verdict in ((self.ok, False), (self.refused, True)):
            if condition is None:
                continue
            present = condition.exists is not None or evaluate(condition.source, facts) is not ABSENT
            if present and condition.holds(facts) is verdict:
                return True
        return False


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

    code: tuple[str, ...] = ()
    message: tuple[str, ...] = ()
    request_id: tuple[str, ...] = ()
    rules: tuple[ErrorRule, ...] = field(default=())
