"""The base class of test cases: a line of a suite with its source text, and the message of a failure."""

from __future__ import annotations

import traceback
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

import pytest

from jobclients_contract.failure import Mismatch, compared, printable, refuse, shown

if TYPE_CHECKING:
    from jobclients_contract.suite.running import Run

_NAME: Final = 90
"""Characters of the name of a test, at most."""


@dataclass(frozen=True, kw_only=True)
class Case(ABC):
    """One line of a vendor suite.

    Attributes:
        source: the line, as it is in the suite.
        about: the method, class or kind of job that it is about.
    """

    source: str = field(repr=False)
    about: str = ""
    of_clients: ClassVar[bool] = True
    """Whether the line is about what a client does, so that it is held by both kinds of them."""

    def __str__(self) -> str:
        """Name of the test: the line, without what has a meaning in names of tests."""
        text = self.source if len(self.source) <= _NAME else f"{self.source[:_NAME]}..."
        plain = text.translate({ord(c): None for c in "'\"[]"})
        return "".join(c if c.isprintable() else "_" for c in plain).replace("::", ":")

    def where(self, run: Run) -> str:
        """Locator of what the line is about in the spec.

        Args:
            run: of the case.
        """
        operation = run.operations.get(self.about)
        return operation.where if operation is not None else ""

    @abstractmethod
    def hold(self, run: Run) -> None:
        """Hold the client against the line.

        Args:
            run: the clients, and what else the suite says.

        Raises:
            Mismatch: the line does not hold.
        """

    def check(self, run: Run) -> None:
        """Hold the client against the line, and tell what is wrong.

        Args:
            run: the clients, and what else the suite says.

        Raises:
            pytest.fail.Exception: the line does not hold, or nothing was compared.
        """
        __tracebackhide__ = True
        before, trace = compared(), ""
        run.begin()
        try:
            self.hold(run)
            if compared() > before:
                return
            refuse("the case compared nothing, so it says nothing")
        except Mismatch as mismatch:
            found = mismatch
        except Exception as error:
            # Told here and not by pytest, which would print the vendor's text as it is.
            trace = "\n" + printable("  trace:    " + "".join(traceback.format_exception(error)).rstrip())
            found = Mismatch(f"{type(error).__name__} came up: {error}")
        pytest.fail(self._message(run, found) + trace, pytrace=False)

    def _message(self, run: Run, found: Mismatch) -> str:
        locator = self.where(run)
        lines = [f"{run.vendor}: {found.what}", f"  case:     {self.source}"]
        lines.append(f"  spec:     {run.place(locator)}" + (f" (#{locator})" if locator else ""))
        operation = run.operations.get(self.about)
        if operation is not None and operation.where != locator:
            lines.append(f"  of:       {run.place(operation.where)} ({operation.http} {operation.path})")
        lines.append(f"  client:   {run.mode}")
        if found.expected != "" or found.actual != "":
            values = zip(found.labels, (found.expected, found.actual), strict=True)
            lines += [f"  {f'{label}:':9} {shown(value)}" for label, value in values]
        lines += [f"  {line}" for line in run.story()]
        return "\n".join(map(printable, lines))


def spoken(verb: str, *values: object, **named: object) -> str:
    """A call as it is in the suite.

    Args:
        verb: the function.
        *values: its positional arguments; None at the end is left out.
        **named: its keyword arguments.
    """
    given = list(values)
    while given and given[-1] is None:
        given.pop()
    parts = [*map(repr, given), *(f"{name}={value!r}" for name, value in named.items() if value not in (None, {}, ()))]
    return f"{verb}({', '.join(parts)})"


def spoken_names(verb: str, first: object, named: Mapping[str, object]) -> str:
    """A call whose arguments have names of the vendor's."""
    return f"{verb}({', '.join([repr(first), *(f'{name}={value!r}' for name, value in named.items())])})"
