"""Compares the responses of a client with the document, and reports what differs as `Drift`, without secrets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from .drift import Drift, DriftKind, DriftObserver, report_drift
from .flow import HttpResponse
from .hiding import MASK, gives_away, traces
from .observe import logger
from .openapi import openapi_of
from .operation import Operation, Vendor
from .pointers import join
from .printing import clean
from .response_parser import ResponseParser
from .response_validation import ResponseValidator
from .schema_validation import Difference

MAX_WORD: Final = 60

_MESSAGES: Final[dict[DriftKind, str]] = {
    "new-field": "{place} is not documented; it is of the type {found}",
    "new-enum-value": "{place} has a value that is not listed: {found}",
    "new-error-code": "{place} has an error code that is not listed: {found}",
    "new-job-state": "{place} has a word for the job's state that no rule knows: {found}",
    "missing-required": "{place} is documented to be always there, and is missing",
    "type-changed": "{place} is documented as {expected}, and is of the type {found}",
    "null-value": "{place} is null, and documented as {expected}",
    "number-form": "{place} is documented as {expected}, and came as {found}",
    "time-format": "{place} is not a time in the documented format {expected}",
    "time-scale": "{place} is documented as {expected}, and came in another unit: {found}",
    "pattern": "{place} does not match the documented pattern {expected}",
    "no-variant": "{place} fits none of the documented shapes ({expected}); it is of the type {found}",
    "undocumented-status": "the status {found} is not documented",
    "redirect": "a redirect, which is not followed; the status {found} is not documented",
    "missing-header": "the header {expected} is documented as required, and is missing",
    "content-type": "the media type is {found}, and {expected} is documented",
    "empty-body": "the body is empty, and {expected} is documented",
    "not-json": "{place} cannot be read as {expected}: {found}",
    "error-body": "the body of the error does not fit at {place}: {expected} is documented, and {found} came",
    "deprecation": "the vendor announces the end of the operation: {found}",
}


@dataclass(frozen=True, slots=True)
class _Subject:
    """The response that is looked at, and what no drift of it may show."""

    operation: str
    status: int
    hidden: tuple[str, ...]


class DriftReporter:
    """Compares the responses of a client with what is documented, and tells of each difference.

    Args:
        vendor: What all operations of the vendor share.
        observer: The caller's function.

    Attributes:
        openapi: The vendor's document.
    """

    def __init__(self, vendor: Vendor, observer: DriftObserver) -> None:
        self._vendor = vendor
        self._observer = observer
        self.openapi = openapi_of(vendor)
        self._validator = ResponseValidator(vendor, self.openapi)

    def check(self, operation: Operation[Any], response: HttpResponse, parser: ResponseParser) -> None:
        """Look at a response.

        Args:
            operation: What was called.
            response: The response, read completely.
            parser: Reads the call's responses; knows refusals and secrets.
        """
        differences = self._validator.differences(operation, response, parser)
        self.report(operation.id, response.status, differences, parser.secrets)

    def report(self, operation: str, status: int, differences: Iterable[Difference], secrets: Iterable[str]) -> None:
        """Tell of differences. Nothing that goes wrong here touches the call.

        Args:
            operation: What was called.
            status: HTTP status code of the response.
            differences: What differs; looked for only now, where it is an iterator.
            secrets: Known secrets.
        """
        try:
            subject: _Subject | None = None
            for difference in differences:
                subject = subject or _Subject(operation, status, traces(secrets))
                self._report(subject, difference)
        except Exception as error:
            # Its text and traceback may show the body.
            logger.error("%s %s: drift cannot be reported (%s)", self._vendor.name, operation, type(error).__name__)

    def _report(self, subject: _Subject, difference: Difference) -> None:
        """Make a drift of a difference, with nothing in it that may be secret."""
        pointer = _joined(tuple(_safe_step(step, subject.hidden) for step in difference.pointer))
        found = difference.found if _shown(difference.found, subject.hidden) else MASK
        if difference.kind != "new-field" and difference.word is not None:
            hidden = any(step in self._vendor.secret_keys for step in difference.pointer)
            shown = _shown(difference.word, subject.hidden)
            found = found if hidden or not shown else shown
        words = {"place": pointer or "the body", "expected": difference.expected, "found": found}
        text = _MESSAGES[difference.kind].format_map({name: clean(word, 200) for name, word in words.items()})
        drift = Drift(
            difference.kind,
            self._vendor.name,
            subject.operation,
            subject.status,
            pointer,
            clean(difference.expected, 200),
            clean(found, 200),
            f"{self._vendor.name} {subject.operation}, status {subject.status}: {text}",
            difference.spec,
            difference.breaking,
            difference.count,
        )
        report_drift(drift, self._observer)


def _joined(pointer: tuple[str | int, ...]) -> str:
    return join("", *pointer)


def _safe_step(step: str | int, hidden: tuple[str, ...]) -> str | int:
    return step if isinstance(step, int) else _shown(step, hidden) or MASK


def _shown(word: str, hidden: tuple[str, ...]) -> str:
    """A vendor's word in one short line; nothing where it holds a secret."""
    short = clean(word, MAX_WORD)
    return "" if gives_away(word, hidden) or gives_away(short, hidden) else short
