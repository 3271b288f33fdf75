"""The findings of a run: each drift once, with a count, its operations and its place in the spec."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from jobclients_contract.live.contract import Contract
from jobclients_contract.live.patterns import MASK, WORD
from jobclients_contract.live.scrub import Scrubber
from jobclients_contract.schema_model.values import Json
from jobclients_contract.source_map import SourceMap

WORDS: Final = ("new-enum-value", "new-error-code", "new-job-state")
"""Kinds of drift that tell a word of the response; of one that is secret they tell the type."""

HIDDEN: Final = "***"
"""What clients show in place of a secret."""


def is_word(text: str) -> bool:
    """Whether a value may be shown; recordings hold no other either."""
    return not text or WORD.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class ObservedDrift:
    """What the observer of a client was told, and in which call; the fields are those of `Drift`."""

    call: int
    kind: str
    operation: str
    status: int
    pointer: str
    expected: str
    found: str
    message: str
    spec: str
    breaking: bool
    count: int = 1

    @property
    def fact(self) -> tuple[str, ...]:
        """What two drifts have in common that are one fact: the place that they contradict, and what came instead.

        A new key is one fact, whatever types its values have; what contradicts no place is a fact of its operation.
        """
        last = self.pointer.rpartition("/")[2]
        found = "" if self.kind == "new-field" else self.found
        return self.kind, self.spec or self.operation, "*" if last.isdigit() else last, found

    def and_of(self, other: ObservedDrift) -> ObservedDrift:
        """The fact that it is, seen again."""
        first = other if other.breaking and not self.breaking else self
        found = " or ".join(dict.fromkeys((*self.found.split(" or "), *other.found.split(" or "))))
        message = first.message
        if found != first.found and message.endswith(first.found):
            message = message.removesuffix(first.found) + found
        return dataclasses.replace(first, found=found, message=message, call=self.call, count=self.count + other.count)

    def scrubbed(self, scrubber: Scrubber, *, unknown: bool = False) -> ObservedDrift:
        """It without secrets, of which the observer knew only the client's own.

        Args:
            scrubber: knows everything that was secret in the run.
            unknown: whether it does not for the responses of this call, of which no word is kept therefore.

        Returns:
            The drift.
        """
        steps = (step.replace("~1", "/").replace("~0", "~") for step in self.pointer.split("/"))
        safe = (scrubber.step(step, unknown=unknown) for step in steps)
        words = (step.replace("~", "~0").replace("/", "~1") for step in safe)
        # As the observer itself tells of a secret that it knows, which a replay knows by its mask.
        pointer = "/".join(HIDDEN if MASK in word else word for word in words)
        expected, found = scrubber.word(self.expected), scrubber.word(self.found)
        found = MASK if self.kind in WORDS and (unknown or not is_word(self.found)) else found
        if MASK in found:
            found = "string" if self.kind in WORDS else HIDDEN
        message = self.message
        for shown, kept in ((self.pointer, pointer), (self.expected, expected), (self.found, found)):
            message = message.replace(shown, kept) if shown != kept else message
        message = scrubber.text(message)
        return dataclasses.replace(self, pointer=pointer, expected=expected, found=found, message=message)


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact, however often it was seen.

    Attributes:
        kind: what it is.
        severity: ``breaking`` where typed results suffer, else ``additive``.
        operation: what was called when it was seen first.
        status: HTTP status code of that response.
        pointer: JSON pointer into its body.
        expected: what is documented.
        found: what came.
        message: a sentence.
        file: of the specification.
        line: of the place that it contradicts, 1-based; 0 where that is not known.
        spec: JSON pointer or locator of that place.
        count: how many values of all responses show it.
        call: index of the first call that showed it.
        operations: all operations that showed it.
    """

    kind: str
    severity: str
    operation: str
    status: int
    pointer: str
    expected: str
    found: str
    message: str
    file: str
    line: int
    spec: str
    count: int
    call: int
    operations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallReport:
    """A call that was made.

    Attributes:
        operation: what was called.
        arguments: with what, without secrets.
        result: ``ok``, or the name of the exception with the status.
        reason: the message of the exception, without secrets.
    """

    operation: str
    arguments: Mapping[str, Json]
    result: str
    reason: str = ""

    def __str__(self) -> str:
        words = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return f"{self.operation}({words})"


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is reported of a run.

    Attributes:
        vendor: the vendor's name.
        spec: file of its specification.
        outcomes: the calls, in order.
        not_called: what was not called, and why.
        requests: how many requests were sent, repetitions and exchanges of credentials included.
        findings: the drift.
        stopped: why calls are missing at the end; empty where none are.
        contents: for findings about an undocumented status, the `content` of an OpenAPI response that would document
            what came with it; no entry where that is not known.
    """

    vendor: str
    spec: str
    outcomes: tuple[CallReport, ...]
    not_called: Mapping[str, str]
    requests: int
    findings: tuple[Finding, ...]
    stopped: str = ""
    contents: Mapping[Finding, Mapping[str, Json]] = field(default_factory=dict["Finding", Mapping[str, Json]])

    @property
    def breaking(self) -> tuple[Finding, ...]:
        """The findings that break something."""
        return tuple(finding for finding in self.findings if finding.severity == "breaking")


def findings(contract: Contract, lines: SourceMap, seen: Iterable[ObservedDrift]) -> tuple[Finding, ...]:
    """Put what was seen together.

    Args:
        contract: what is documented.
        lines: of the specification.
        seen: the drifts in order.

    Returns:
        Each fact once, those that break first.
    """
    facts: dict[tuple[str, ...], ObservedDrift] = {}
    operations: dict[tuple[str, ...], dict[str, None]] = {}
    for drift in seen:
        known = facts.get(drift.fact)
        facts[drift.fact] = drift if known is None else known.and_of(drift)
        operations.setdefault(drift.fact, {})[drift.operation] = None
    found = [_finding(contract, lines, drift, tuple(operations[fact])) for fact, drift in facts.items()]
    return tuple(sorted(found, key=lambda one: (one.severity != "breaking", one.call)))


def _finding(contract: Contract, lines: SourceMap, drift: ObservedDrift, operations: tuple[str, ...]) -> Finding:
    return Finding(
        drift.kind,
        "breaking" if drift.breaking else "additive",
        drift.operation,
        drift.status,
        drift.pointer,
        drift.expected,
        drift.found,
        drift.message,
        contract.spec,
        lines.line(drift.spec) if drift.spec else 0,
        drift.spec,
        drift.count,
        drift.call,
        operations,
    )
