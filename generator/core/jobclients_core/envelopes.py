"""What `x-envelope` and `x-errors` say: failures with a success status, and errors with a misleading status."""

from __future__ import annotations

from dataclasses import dataclass, field

from .conditions import When
from .errors import ErrorName
from .expressions import ABSENT, Place, ResponseContext, evaluate
from .statuses import covers


@dataclass(frozen=True, slots=True)
class Envelope:
    """How a vendor says no with a status that says yes.

    A condition is judged only where its place exists, so a response of another shape is left to its type.

    Args:
        ok: The response is refused when this, or one of these, is false.
        refused: The response is refused when this is true, or all of these are.
        message: Where the vendor's words are.
        code: Where the vendor's code is.
    """

    ok: When | tuple[When, ...] | None = None
    refused: When | tuple[When, ...] | None = None
    message: str | None = None
    code: str | None = None

    def refuses(self, context: ResponseContext) -> bool:
        """Whether the response is a refusal.

        Returns:
            True for a refusal.
        """

        def says(condition: When, verdict: bool) -> bool:
            present = condition.exists is not None or evaluate(condition.source, context) is not ABSENT
            return present and condition.holds(context) is verdict

        wanted, unwanted = conditions(self.ok), conditions(self.refused)
        if any(says(condition, False) for condition in wanted):
            return True
        return bool(unwanted) and all(says(condition, True) for condition in unwanted)


def conditions(of: When | tuple[When, ...] | None) -> tuple[When, ...]:
    """The conditions where there may be one, several or none.

    Args:
        of: What is in an envelope.

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
        """Whether the rule speaks of such a response.

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
