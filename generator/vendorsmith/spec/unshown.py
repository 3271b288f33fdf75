"""Warns of status values, rules and codes that no documented example shows, so that no test case can.

A case is a documented example, or one with one change: one that says `RUNNING` shows what `FAILED` means, too.
So an example is asked for only where there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from jobclients_core.expressions import ResponseContext, first_text
from jobclients_core.pointers import join
from jobclients_core.statuses import covers

from vendorsmith.diagnostics import quote
from vendorsmith.spec.check import Check, entries, text
from vendorsmith.spec.checked_job_type import CheckedJobType, CheckedOperation, children
from vendorsmith.spec.envelopes import errors, shown_responses
from vendorsmith.spec.source_map import JSON, Object
from vendorsmith.spec.wording import listing

_STATUS: Final = "$response.status"


def lint_unshown(check: Check) -> None:
    """Warn about what no case of a valid document can show."""
    if check.diagnostics.errors:
        return
    calls = {
        text(operation.get("operationId")): CheckedOperation(check, operation, at)
        for _, operation, at in check.operations()
    }
    for name, node in entries(check.document.data.get("x-jobs")):
        if isinstance(node, dict):
            _lint_states(CheckedJobType(check, node, join("/x-jobs", name), calls))
    _lint_codes(check)


def _lint_states(job_type: CheckedJobType) -> None:
    state, at = job_type.entry("state"), join(job_type.pointer, "state")
    status = job_type.role("status")
    if status is None:
        return
    told = _rules_by_status(state)
    for index, statuses in told.items():
        missing = [item for item in statuses if not any(covers(key, item) for key in _responses(status))]
        if missing:
            message = f"no response of {quote(status.id)} with the status {listing(map(str, missing))} is documented"
            job_type.check.warn_at_key("unshown", message, join(at, "rules", index), "document the response")
    if any(True for _ in _examples(job_type)):
        return
    inferred = job_type.texts(state.get("inferred"))
    unshown = [quote(word) for word, _ in entries(state.get("map")) if word not in inferred]
    unshown += [f"rule {index}" for index, _ in enumerate(_listed(state, "rules")) if index not in told]
    unshown += [f"refinement {index}" for index, _ in enumerate(_listed(state, "refine"))]
    if unshown:
        more = f" and {len(unshown) - 5} more" if len(unshown) > 5 else ""
        message = f"no example of a response of {quote(status.id)} shows what is said of {', '.join(unshown[:5])}{more}"
        hint = "add an example of the vendor's page; one is enough, since cases change its word"
        job_type.check.warn_at_key("unshown", message, at, hint)


def _examples(job_type: CheckedJobType) -> Iterator[object]:
    for role in ("status", "status_many"):
        if (call := job_type.role(role)) is not None:
            yield from (
                shown for shown in shown_responses(job_type.check, call.operation, call.pointer) if not shown.refused
            )


def _rules_by_status(state: Object) -> dict[int, list[int]]:
    """The HTTP statuses that rules speak of, by the number of the rule."""
    found: dict[int, list[int]] = {}
    for index, rule in enumerate(_listed(state, "rules")):
        when = rule.get("when") if isinstance(rule, dict) else None
        for condition, _ in children(when, "") if isinstance(when, list) else [(when, "")]:
            if isinstance(condition, dict) and condition.get("from") == _STATUS:
                listed = condition.get("in")
                values = listed if isinstance(listed, list) else [condition.get("equals")]
                found.setdefault(index, []).extend(value for value in values if isinstance(value, int))
    return found


def _responses(call: CheckedOperation) -> list[str]:
    return [status for status, _ in entries(call.operation.get("responses"))]


def _listed(state: Object, key: str) -> list[JSON]:
    value = state.get(key)
    return value if isinstance(value, list) else []


def _lint_codes(check: Check) -> None:
    said = errors(check.document.data.get("x-errors"))
    codes = [code for rule in said.rules for code in rule.code]
    for _, operation, pointer in check.operations() if codes else ():
        for results in (True, False):
            for shown in shown_responses(check, operation, pointer, results=results):
                if (shown.refused or not results) and first_text(
                    said.code, ResponseContext(500, {}, shown.value)
                ) is not None:
                    return
    if codes:
        more = f" and {len(codes) - 5} more" if len(codes) > 5 else ""
        message = f"no example of an error has a code, so nothing shows {listing(codes[:5], 'and')}{more}"
        hint = "add an example of the vendor's page; one is enough, since cases change its code"
        check.warn_at_key("unshown", message, "/x-errors/rules", hint)
