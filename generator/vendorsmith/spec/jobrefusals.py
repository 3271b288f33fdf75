"""Checks of what a vendor refuses of a job in some state: `refused` of a role."""

from __future__ import annotations

from collections.abc import Iterator

from jobclients_core import statuses
from jobclients_core.pointers import join

from vendorsmith.problems import quote
from vendorsmith.spec.check import entries, text
from vendorsmith.spec.jobfacts import Call, Kind
from vendorsmith.spec.jobtype import job_type, places
from vendorsmith.spec.tree import Object
from vendorsmith.spec.words import listing


def check_refusals(kind: Kind) -> None:
    """Report refusals that no job could meet, or whose answer could not be told from another."""
    for role, node, at in kind.roles():
        listed = node.get("refused")
        for index, entry in enumerate(listed if isinstance(listed, list) else []):
            if isinstance(entry, dict):
                _check_entry(kind, role, kind.call(node), entry, join(at, "refused", index))


def _check_entry(kind: Kind, role: str, call: Call | None, entry: Object, pointer: str) -> None:
    known = list(dict.fromkeys(_states(kind)))
    for index, state in enumerate(places(entry.get("while"))):
        if state not in known:
            message = f"no word of this kind of job means {quote(state)}, so it is refused nothing then"
            kind.check.error("unknown-state", message, join(pointer, "while", index), f"there is {listing(known)}")
    status, code = entry.get("status"), text(entry.get("code"))
    documented = [key for key, _ in entries(call.operation.get("responses"))] if call is not None else []
    if (
        call is not None
        and isinstance(status, int)
        and statuses.lookup(dict.fromkeys(documented, True), status, None) is None
    ):
        message = f"{quote(call.id)} documents no answer {status}"
        kind.check.error("unknown-status", message, join(pointer, "status"), f"it has {listing(documented)}")
    if status is None and not code:
        message = "nothing says what the answer is, so nobody can tell why the call is refused"
        kind.check.error_at_key("missing-key", message, pointer, "add: status: 409, or the vendor's code")
    errors = kind.check.document.data.get("x-errors")
    if code and not (isinstance(errors, dict) and "code" in errors):
        message = "no answer has a place for a code"
        kind.check.error("unknown-code", message, join(pointer, "code"), "say where under x-errors: code")
    if role == "submit" and _makes_its_own_job(kind):
        message = "a submission whose answer names a new job is not refused for the state of another one"
        kind.check.error_at_key("bad-refusal", message, pointer, "remove it; it is for jobs that run again by a name")


def _states(kind: Kind) -> Iterator[str]:
    found = job_type(kind.node)
    yield from (rule.state for rule in found.states)
    yield from (refine.to for refine in found.refine)
    yield from [found.absent] if found.absent else []


def _makes_its_own_job(kind: Kind) -> bool:
    sources = [source for node in kind.identity.values() for source in places(node.get("from"))]
    return bool(kind.entry("discover")) or any(source.startswith("$response") for source in sources)
