"""Checks `x-expect`, the documented meaning of an example, against what is read from the example."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from jobclients_core.envelopes import Envelope, Errors
from jobclients_core.errors import error_name
from jobclients_core.expressions import ResponseContext, first_text
from jobclients_core.jobparts import TIMES
from jobclients_core.pointers import join
from jobclients_core.statuses import example

from vendorsmith.diagnostics import quote
from vendorsmith.spec.check import Check, entries, text
from vendorsmith.spec.envelopes import DocumentedExample, envelope_of, envelope_place, errors, shown_responses
from vendorsmith.spec.source_map import JSON, Object
from vendorsmith.spec.wording import did_you_mean, listing, show

_OF_JOBS: Final = ("state", "duration", "progress", "started_at", "finished_at", "error", "result")
_READ_BY: Final = ("submit", "status", "status_many")


def check_expectations(check: Check) -> None:
    """Report what is said of examples that nobody reads, and exceptions and codes that are others than those said."""
    said, readers = errors(check.document.data.get("x-errors")), dict(_readers(check))
    for _, operation, pointer in check.operations():
        names = readers.get(text(operation.get("operationId")), [])
        sound = check.sound("/x-errors") and check.sound(envelope_place(operation, pointer))
        own = envelope_of(check, operation, pointer)
        for results in (True, False):
            for shown in shown_responses(check, operation, pointer, results=results):
                _check_readers(check, shown, names)
                for wanted, at in _expectations(shown) if sound else ():
                    _check_outcome(check, said, own, (shown, wanted, at), result=results)


def said_of(shown: DocumentedExample, job_type: str) -> tuple[Object, str]:
    """What is said of the job of a type that an example shows, and where."""
    if not by_job_type(shown.expect):
        return shown.expect, shown.place
    found = shown.expect.get(job_type)
    return (found if isinstance(found, dict) else {}), join(shown.place, job_type)


def by_job_type(expect: Object) -> bool:
    """Whether `x-expect` speaks of several job types, by their names."""
    return bool(expect) and "result" not in expect and all(isinstance(value, dict) for value in expect.values())


def differing(wanted: Object, read: Mapping[str, Any], bare: Mapping[str, Any]) -> Iterator[tuple[str, JSON]]:
    """The facts of a job that are others than what is said of them, each with what is read.

    Args:
        wanted: what is said.
        read: the facts where times without a zone are those of UTC.
        bare: the facts where times without a zone are none.
    """
    for name, value in wanted.items():
        if name in TIMES:
            found = _timestamp(value, read[name], bare[name])
            if found is not True:
                yield name, found
        elif name in read and not _same(value, read[name]):
            yield name, read[name]


def _timestamp(said: JSON, read: datetime | None, bare: datetime | None) -> JSON:
    """Whether a timestamp is the one that is said; what is read where it is not."""
    shown = None if read is None else read.replace(tzinfo=None if bare is None else read.tzinfo)
    try:
        wanted = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:  # the thirteenth month
        return _written(shown)
    if wanted is None or shown is None:
        return True if wanted is shown else _written(shown)
    alike = (wanted.tzinfo is None) == (shown.tzinfo is None)
    return True if alike and wanted == shown else _written(shown)


def _written(timestamp: datetime | None) -> JSON:
    return None if timestamp is None else timestamp.isoformat()


def _same(said: JSON, read: Any) -> bool:
    if isinstance(said, int | float) and isinstance(read, int | float) and not isinstance(said, bool):
        return math.isclose(said, read)
    return bool(said == read)


def _readers(check: Check) -> Iterator[tuple[str, list[str]]]:
    """The names of the job types that read the responses of an operation, by operationId."""
    found: dict[str, list[str]] = {}
    for name, node in entries(check.document.data.get("x-jobs")):
        roles = node.get("operations") if isinstance(node, dict) else None
        for role, entry in entries(roles):
            if role in _READ_BY and isinstance(entry, dict):
                found.setdefault(text(entry.get("operationId")), []).append(name)
    yield from found.items()


def _expectations(shown: DocumentedExample) -> Iterator[tuple[Object, str]]:
    if by_job_type(shown.expect):
        yield from ((value, join(shown.place, name)) for name, value in shown.expect.items() if isinstance(value, dict))
    else:
        yield shown.expect, shown.place


def _check_readers(check: Check, shown: DocumentedExample, names: list[str]) -> None:
    if by_job_type(shown.expect):
        for name in shown.expect:
            if name not in names:
                message = f"no job type {quote(name)} reads this example"
                hint = did_you_mean(name, names) or (f"it is read by {listing(names, 'and')}" if names else None)
                check.error_at_key("unread-expectation", message, join(shown.place, name), hint)
        return
    unread = [name for name in _OF_JOBS if name in shown.expect]
    if unread and not names:
        message = f"no job type reads this example, so nothing tells its {listing(unread, 'and')}"
        hint = "a job is read out of the responses to the roles submit, status and status_many"
        check.error_at_key("unread-expectation", message, join(shown.place, unread[0]), hint)


def _check_outcome(
    check: Check,
    said: Errors,
    envelope: Envelope | None,
    example_: tuple[DocumentedExample, Object, str],
    *,
    result: bool,
) -> None:
    """Report another exception, or another code of it, than an example is said to raise."""
    shown, wanted, at = example_
    status = example(shown.status, 200 if result else 500)
    context = ResponseContext(status, {}, shown.value)
    code = first_text(((envelope.code,) if envelope and envelope.code and shown.refused else ()) + said.code, context)
    raised = ("Refused" if shown.refused else None) if result else error_name(status, documented=True)
    if raised is not None:
        ruled = next((rule.raises for rule in said.rules if rule.applies(status, code)), None)
        raised = ruled or raised
        if "code" in wanted and wanted["code"] != code:
            message = f"this example is said to have the code {show(wanted['code'])}, and its code is {show(code)}"
            hint = "compare it with the places of x-errors: code"
            check.error("contradicted-example", message, join(at, "code"), hint)
    if "raises" in wanted and wanted["raises"] != raised:
        become = "raises nothing" if raised is None else f"raises {raised}"
        message = f"this example is said to raise {text(wanted['raises'])}, and it {become}"
        hint = f"the HTTP status {status} and the rules of x-errors decide" if raised else "compare it with x-envelope"
        check.error("contradicted-example", message, join(at, "raises"), hint)
