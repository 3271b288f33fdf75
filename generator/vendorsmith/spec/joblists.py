"""Checks the roles that list jobs or runs."""

from __future__ import annotations

from typing import Final

from jobclients_core.expressions import IDS, KEY, PAGE
from jobclients_core.pointers import join

from vendorsmith.diagnostics import quote
from vendorsmith.spec.check import entries, text
from vendorsmith.spec.checked_job_type import CheckedJobType, CheckedOperation
from vendorsmith.spec.response_parts import check_expression
from vendorsmith.spec.source_map import JSON, Object

_REPEATABLE: Final = ("list", "status_many")


def check_discover(job_type: CheckedJobType) -> None:
    """Report what is wrong with how the run of a submission is found in a list."""
    discover, at = job_type.entry("discover"), join(job_type.pointer, "discover")
    call = job_type.call(discover)
    name = discover.get("identity")
    if isinstance(name, str):
        job_type.check_identity(name, join(at, "identity"))
    if discover and job_type.role("submit") is None:
        message = "this finds a run that was submitted, and no operation has the role submit"
        job_type.check.error_at_key("no-submit", message, at, "remove it")
    if call is not None:
        _check_element(job_type, call, discover, discover.get("key"), join(at, "key"), at)


def _check_element(
    job_type: CheckedJobType, call: CheckedOperation, node: Object, place: JSON, pointer: str, owner: str
) -> None:
    """Report a list, or a place in one of its elements, that no response has."""
    select = text(node.get("select"))
    check_expression(job_type.check, node.get("select"), join(owner, "select"), call.response_bodies())
    if isinstance(place, str) and select:
        job_type.check_in(call.elements(select), place, pointer)


def check_lists(job_type: CheckedJobType) -> None:
    """Report what is wrong with the lists that tell of many jobs."""
    for role in _REPEATABLE:
        node = job_type.entry("operations").get(role)
        call = job_type.call(node) if isinstance(node, dict) else None
        if call is None or not isinstance(node, dict):
            continue
        at = join(job_type.pointer, "operations", role)
        for name, place in entries(node.get("identity")):
            where = join(at, "identity", name)
            job_type.check_identity(name, where, of_key=True)
            _check_element(job_type, call, node, place, where, at)
        _check_carried(job_type, call, role, node, at)
        _check_ids(job_type, role, node, at)


def _check_carried(job_type: CheckedJobType, call: CheckedOperation, role: str, node: Object, pointer: str) -> None:
    """Report a list that does not say where the key of a submission is, which is all that it is looked at for."""
    key = node.get("key")
    if role != "list":
        if key is not None:
            message = f"{quote(role)} looks for jobs by their identity"
            job_type.check.error_at_key("bad-value", message, join(pointer, "key"), "remove it")
        return
    if key is None:
        message = "nothing says where an element carries the key of its submission"
        hint = "write: key: /client_token, or for a list of tags: key: {at: /tags, equals: {key: NAME, value: $key}}"
        job_type.check.error_at_key("missing-key", message, pointer, hint)
        return
    at = key if isinstance(key, str) else key.get("at") if isinstance(key, dict) else None
    where = join(pointer, "key") if isinstance(key, str) else join(pointer, "key", "at")
    _check_element(job_type, call, node, at, where, pointer)
    equals = dict(entries(key.get("equals"))) if isinstance(key, dict) else {}
    if equals and not any(KEY in text(value) for value in equals.values()):
        message = "none of these is the key of the submission"
        job_type.check.error_at_key("bad-value", message, join(pointer, "key", "equals"), "write $key for its value")


def _check_ids(job_type: CheckedJobType, role: str, node: Object, pointer: str) -> None:
    """Report a call for the jobs with some ids that cannot be made."""
    given = dict(entries(node.get("parameters")))
    wires = [wire for wire, value in given.items() if value == IDS]
    identity = node.get("identity")
    if "max" in node and not wires:
        message = '"max" is how many ids one call takes, and no parameter takes $ids'
        job_type.check.error_at_key("bad-value", message, join(pointer, "max"), "give a parameter $ids, or remove it")
    for wire in wires:
        at = join(pointer, "parameters", wire)
        if role != "status_many":
            message = "$ids are the jobs that a wait asks about, which only the role status_many does"
            job_type.check.error("bad-value", message, at, "remove it")
        elif PAGE in given.values():
            message = "$ids and $page cannot be used together: a call for some ids has one page"
            job_type.check.error("conflicting-keys", message, at, "keep one of them")
        elif isinstance(identity, dict) and len(identity) != 1:
            message = "$ids are the values of one field, and identity names several"
            job_type.check.error("bad-value", message, at, "name one field under: identity")
        elif "max" not in node:
            message = "nothing says how many ids one call takes"
            job_type.check.error_at_key("missing-key", message, at, "add what the vendor documents: max: 100")
