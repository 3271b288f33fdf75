"""Answers held against what is documented of their operation, for whoever asks a client to tell of drift."""

from __future__ import annotations

import email.utils
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from .comparison import Comparer, Difference
from .decode import UnreadableError, media_matches, parse_json
from .drift import Drift, DriftKind, DriftObserver, report_drift
from .expressions import ABSENT
from .flow import Answer
from .hiding import MASK, gives_away, traces
from .judge import Judge, readable_results
from .media_types import essence
from .observe import logger
from .openapi import openapi_of, pointer_of
from .operation import TEXT, Operation, Vendor
from .pointers import join, split
from .printing import clean
from .statuses import is_success, lookup

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
    "time-format": "{place} is no time in the documented format {expected}",
    "no-variant": "{place} fits none of the documented shapes ({expected}); it is of the type {found}",
    "undocumented-status": "the status {found} is not documented",
    "redirect": "a redirect, which is not followed; the status {found} is not documented",
    "content-type": "the media type is {found}, and {expected} is documented",
    "empty-body": "the body is empty, and {expected} is documented",
    "not-json": "the body cannot be read: {found}",
    "error-body": "the body of the error does not fit at {place}: {expected} is documented, and {found} came",
    "deprecation": "the vendor announces the end of the operation: {found}",
}


@dataclass(frozen=True, slots=True)
class _Subject:
    """The answer that is looked at, and what no drift of it may show."""

    operation: str
    status: int
    hidden: tuple[str, ...]


class Inspector:
    """Compares the answers of a client with what is documented, and tells of each difference.

    Args:
        vendor: The vendor.
        observer: The caller's function.
    """

    def __init__(self, vendor: Vendor, observer: DriftObserver) -> None:
        self._vendor = vendor
        self._observer = observer
        self._openapi = openapi_of(vendor)
        self._comparer = Comparer(self._openapi.schemas)

    def inspect(self, operation: Operation[Any], answer: Answer, judge: Judge) -> None:
        """Look at an answer. Nothing that goes wrong here touches the call.

        Args:
            operation: What was called.
            answer: The answer.
            judge: Reads the call's answers; knows refusals and secrets.
        """
        try:
            found = [*_announcements(answer), *self._answer(operation, answer, judge)]
        except Exception as error:
            # Its text and traceback may show the body.
            logger.error("%s %s: drift cannot be told (%s)", self._vendor.name, operation.id, type(error).__name__)
            return
        if found:
            subject = _Subject(operation.id, answer.status, traces(judge.secrets))
            for difference in found:
                self._tell(subject, difference)

    def job_state(
        self, operation: str, status: int, word: str, pointer: str, kind: str, secrets: Iterable[str]
    ) -> None:
        """Tell of a word for a job's state that is not known.

        Args:
            operation: What was called.
            status: HTTP status code of the answer.
            word: The word.
            pointer: Where it stands, as far as that is known.
            kind: The kind of the job.
            secrets: Known secrets.
        """
        place = split(pointer)
        spec = join("/x-jobs", kind, "state")
        difference = Difference("new-job-state", place, "a known state", "string", spec, breaking=True, word=word)
        self._tell(_Subject(operation, status, traces(secrets)), difference)

    def _answer(self, operation: Operation[Any], answer: Answer, judge: Judge) -> Iterator[Difference]:
        status = answer.status
        success = is_success(status)
        entry: Any = lookup(operation.returns if success else operation.raises, status, ABSENT)
        if entry is ABSENT:
            redirect = 300 <= status < 400
            listed = ", ".join(map(str, (*operation.returns, *operation.raises)))
            yield Difference(
                "redirect" if redirect else "undocumented-status",
                (),
                listed,
                str(status),
                pointer_of(operation) + "/responses",
                breaking=redirect or (success and not readable_results(operation, answer)),
            )
            for other in readable_results(operation, answer)[:1] if success else ():
                yield from self._success(operation, answer, other)
        elif operation.method.upper() == "HEAD":
            return
        elif not success:
            yield from self._error(operation, answer) if isinstance(entry, str) else ()
        elif judge.envelope is None or judge.refusal(answer, judge.facts(answer)) is None:
            yield from self._success(operation, answer, entry)

    def _success(self, operation: Operation[Any], answer: Answer, entry: Any) -> Iterator[Difference]:
        place = f"{pointer_of(operation)}/responses"
        media = _media(answer)
        if not isinstance(entry, str):
            page = media in ("text/html", "application/xhtml+xml") and not media_matches(media, operation.accept)
            if answer.content and (entry is None or (entry is TEXT and page)):
                expected = "no body" if entry is None else "a text"
                yield Difference("content-type", (), expected, media, place, breaking=page)
            return
        if not answer.content:
            yield Difference("empty-body", (), entry, "nothing", place, breaking=True)
        elif not media_matches(answer.headers.get("content-type"), operation.accept):
            expected = ", ".join(operation.accept) or "application/json"
            yield Difference("content-type", (), expected, media, place, breaking=True)
            yield from self._body(operation, answer, unreadable="")
        else:
            yield from self._body(operation, answer, unreadable="not-json")

    def _body(self, operation: Operation[Any], answer: Answer, *, unreadable: DriftKind | str) -> Iterator[Difference]:
        response = self._openapi.response(operation, answer.status)
        try:
            body = parse_json(answer.content)
        except UnreadableError as error:
            if unreadable:
                spec = f"{pointer_of(operation)}/responses"
                reason = re.split(r": | \(", str(error), maxsplit=1)[0]  # not where: that differs each time
                yield Difference("not-json", (), "JSON", reason, spec, breaking=True)
            return
        if response is not None and response.body is not None:
            yield from self._comparer.differences(body, response.body)

    def _error(self, operation: Operation[Any], answer: Answer) -> Iterator[Difference]:
        """An error's body: whatever keeps it from being read as its type is one kind of drift."""
        spec = f"{pointer_of(operation)}/responses"
        if not answer.content:
            yield Difference("error-body", (), "a body", "nothing", spec, breaking=True)
            return
        if not media_matches(answer.headers.get("content-type"), ()):
            yield Difference("error-body", (), "application/json", _media(answer), spec, breaking=True)
            return
        for one in self._body(operation, answer, unreadable="not-json"):
            if one.breaking:
                yield Difference("error-body", one.pointer, one.expected, one.found, one.spec, breaking=True)
            elif one.kind == "new-enum-value" and f"$response.body#{_joined(one.pointer)}" in self._vendor.errors.code:
                yield Difference("new-error-code", one.pointer, one.expected, one.found, one.spec, word=one.word)
            else:
                yield one

    def _tell(self, subject: _Subject, difference: Difference) -> None:
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
        )
        report_drift(drift, self._observer)


def _announcements(answer: Answer) -> Iterator[Difference]:
    """What the headers of RFC 9745 and RFC 8594 say of the operation's end."""
    for name in ("deprecation", "sunset"):
        value = answer.headers.get(name)
        if value is not None:
            yield Difference("deprecation", (), f"no header {name.title()}", f"{name.title()}: {_moment(value)}", "")


def _moment(value: str) -> str:
    """The day that a header names; its text may be anything."""
    text = value.strip()
    try:
        if re.fullmatch(r"@[0-9]{1,11}", text):
            return datetime.fromtimestamp(int(text[1:]), UTC).date().isoformat()
        if text.lower() == "true":
            return "true"
        return email.utils.parsedate_to_datetime(text).date().isoformat()
    except (ValueError, TypeError, OverflowError, OSError, IndexError):
        return "an unreadable date"


def _media(answer: Answer) -> str:
    """The media type without its parameters; its words are from the vendor, and show only if they look like one."""
    name = essence(answer.headers.get("content-type") or "none")
    return name if re.fullmatch(r"none|[a-z]{1,20}/[a-z0-9.+-]{1,60}", name) else "none that is valid"


def _joined(pointer: tuple[str | int, ...]) -> str:
    return join("", *pointer)


def _safe_step(step: str | int, hidden: tuple[str, ...]) -> str | int:
    return step if isinstance(step, int) else _shown(step, hidden) or MASK


def _shown(word: str, hidden: tuple[str, ...]) -> str:
    """A vendor's word in one short line; nothing where it holds a secret."""
    short = clean(word, MAX_WORD)
    return "" if gives_away(word, hidden) or gives_away(short, hidden) else short
