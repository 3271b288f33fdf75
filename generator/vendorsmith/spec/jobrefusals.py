"""Checks `refused` of a role: what a vendor refuses of a job in some state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from jobclients_core import statuses
from jobclients_core.pointers import join
from jobclients_core.states import JobState

from vendorsmith.diagnostics import quote
from vendorsmith.spec.check import entries, text
from vendorsmith.spec.checked_job_type import CheckedJobType, CheckedOperation, children
from vendorsmith.spec.jobtype import places
from vendorsmith.spec.source_map import Object
from vendorsmith.spec.wording import listing

_STATES: Final = frozenset(str(state) for state in JobState)


def check_refusals(job_type: CheckedJobType) -> None:
    """Report refusals that no job could meet, or whose response cannot be distinguished from another."""
    for role, node, at in job_type.roles():
        listed = node.get("refused")
        for index, entry in enumerate(listed if isinstance(listed, list) else []):
            if isinstance(entry, dict):
                _check_entry(job_type, role, job_type.call(node), entry, join(at, "refused", index))


def _check_entry(
    job_type: CheckedJobType, role: str, call: CheckedOperation | None, entry: Object, pointer: str
) -> None:
    known = [state for state in dict.fromkeys(_states(job_type)) if state in _STATES]
    for index, state in enumerate(places(entry.get("while"))):
        if state in _STATES and state not in known:
            message = f"no word of this kind of job means {quote(state)}, so it is refused nothing then"
            job_type.check.error("unknown-state", message, join(pointer, "while", index), f"there is {listing(known)}")
    status, code = entry.get("status"), text(entry.get("code"))
    documented = [key for key, _ in entries(call.operation.get("responses"))] if call is not None else []
    if (
        call is not None
        and isinstance(status, int)
        and statuses.lookup(dict.fromkeys(documented, True), status, None) is None
    ):
        message = f"{quote(call.id)} documents no response {status}"
        job_type.check.error("unknown-status", message, join(pointer, "status"), f"it has {listing(documented)}")
    if status is None and not code:
        message = "nothing says what the response is, so nobody can tell why the call is refused"
        job_type.check.error_at_key("missing-key", message, pointer, "add: status: 409, or the vendor's code")
    errors = job_type.check.document.data.get("x-errors")
    if code and not (isinstance(errors, dict) and "code" in errors):
        message = "no response has a place for a code"
        job_type.check.error("unknown-code", message, join(pointer, "code"), "say where under x-errors: code")
    if role == "submit" and _makes_its_own_job(job_type):
        message = "a submission whose response names a new job is not refused for the state of another one"
        job_type.check.error_at_key(
            "bad-refusal", message, pointer, "remove it; it is for jobs that run again by a name"
        )


def _states(job_type: CheckedJobType) -> Iterator[str]:
    """The states that are said, in order; as they are, since what is said badly is reported elsewhere."""
    state = job_type.entry("state")
    yield from (text(entry.get("is")) for entry, _ in children(state.get("rules"), "") if isinstance(entry, dict))
    yield from (text(canonical) for _, canonical in entries(state.get("map")))
    yield from (text(entry.get("to")) for entry, _ in children(state.get("refine"), "") if isinstance(entry, dict))
    yield text(state.get("absent"))


def _makes_its_own_job(job_type: CheckedJobType) -> bool:
    sources = [source for node in job_type.identity.values() for source in places(node.get("from"))]
    return bool(job_type.entry("discover")) or any(source.startswith("$response") for source in sources)
