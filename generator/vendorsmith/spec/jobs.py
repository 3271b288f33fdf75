"""Checks `x-jobs` and `x-rate-limits` against the operations of the document."""

from __future__ import annotations

from jobclients_core.expressions import KEY, SENT_AT, Expression, job_names, name_in, parse
from jobclients_core.jobparts import REASONS, FieldRule
from jobclients_core.jobtype import Pace
from jobclients_core.pointers import join, split

from vendorsmith.diagnostics import quote
from vendorsmith.names import ARGUMENT_NAMES, is_identifier
from vendorsmith.spec.check import Check, entries, text
from vendorsmith.spec.checked_job_type import CheckedJobType, CheckedOperation, check_positive, children, names_in
from vendorsmith.spec.conditions import check_pattern_at
from vendorsmith.spec.durations import seconds
from vendorsmith.spec.joblists import check_discover, check_lists
from vendorsmith.spec.jobrefusals import check_refusals
from vendorsmith.spec.jobruns import check_echo, check_run
from vendorsmith.spec.jobtype import places, sources
from vendorsmith.spec.response_parts import check_expression
from vendorsmith.spec.source_map import JSON, Object
from vendorsmith.spec.status_values import check_states
from vendorsmith.spec.wording import did_you_mean, listing, meant_or_known


def check_jobs(check: Check) -> None:
    """Report what is wrong with the kinds of jobs and the limits of a document."""
    if "x-jobs" not in check.document.data and "x-rate-limits" not in check.document.data:
        return
    calls = {
        text(operation.get("operationId")): CheckedOperation(check, operation, at)
        for _, operation, at in check.operations()
    }
    for name, node in entries(check.document.data.get("x-jobs")):
        if isinstance(node, dict):
            _check_kind(CheckedJobType(check, node, join("/x-jobs", name), calls))
    limits = check.document.data.get("x-rate-limits")
    for index, entry in enumerate(limits if isinstance(limits, list) else []):
        listed = entry.get("operations") if isinstance(entry, dict) else None
        at = join("/x-rate-limits", index)
        for position, operation_id in enumerate(listed if isinstance(listed, list) else []):
            _check_operation_id(check, operation_id, join(at, "operations", position), list(calls))
        if isinstance(entry, dict):
            check_positive(check, entry, "per", at)


def _check_kind(job_type: CheckedJobType) -> None:
    for role, node, at in job_type.roles():
        _check_operation_id(job_type.check, node.get("operationId"), join(at, "operationId"), list(job_type.calls))
        call = job_type.call(node)
        if call is not None:
            _check_arguments(job_type, role, node, call, at)
    _check_identity(job_type)
    check_run(job_type)
    check_discover(job_type)
    check_echo(job_type)
    _check_submit(job_type)
    _check_adopt(job_type)
    check_refusals(job_type)
    check_lists(job_type)
    check_states(job_type)
    _check_fields(job_type)
    _check_failure(job_type)
    _check_poll(job_type)
    if job_type.check.sound(job_type.pointer):
        from vendorsmith.spec.jobexamples import (
            check_job_examples,  # what reads answers is not small, and few documents have jobs
        )

        check_job_examples(job_type)


def _check_operation_id(check: Check, value: JSON, pointer: str, known: list[str]) -> None:
    if isinstance(value, str) and value not in known:
        hint = meant_or_known(value, known, "the operations are")
        check.error("unknown-operation", f"there is no operation {quote(value)}", pointer, hint)


def _check_arguments(job_type: CheckedJobType, role: str, node: Object, call: CheckedOperation, pointer: str) -> None:
    """Report arguments that the operation does not have, and needed ones that nothing gives."""
    given = node.get("parameters")
    for wire, value in entries(given):
        at = join(pointer, "parameters", wire)
        if wire not in call.arguments:
            hint = meant_or_known(wire, list(call.arguments), "it has")
            message = f"{quote(call.id)} has no parameter {quote(wire)}"
            job_type.check.error_at_key("unknown-parameter", message, at, hint)
        if value == SENT_AT and role != "submit":
            message = "$sent_at is when a submission was sent first, which only submit is given"
            job_type.check.error("bad-value", message, at, "remove it")
        for name, where in names_in(value, at):
            job_type.check_identity(name, where)
        if role == "discover" and isinstance(value, str):
            _check_request(job_type, parse(value), at)
    if role == "submit":
        return  # what is missing there, the caller gives
    covered = {wire for wire, _ in entries(given)}
    for wire, required in call.arguments.items():
        implied = job_type.implies(call, wire) or ("url" in node and wire in call.paths)
        if required and wire not in covered and not implied:
            message = f"{quote(call.id)} needs {quote(wire)}, which the role {quote(role)} does not give"
            hint = f"add a field {quote(wire)} to the identity, or write: parameters: {{{wire}: $job.NAME}}"
            job_type.check.error_at_key("missing-argument", message, pointer, hint)
    _check_url(job_type, node, pointer)
    for group in call.alternatives:
        if not covered & set(group):
            message = f"{quote(call.id)} needs one of {listing(group)}, and the role {quote(role)} gives none"
            job_type.check.error_at_key(
                "missing-argument", message, pointer, "give each of them a field of the identity"
            )


def _check_url(job_type: CheckedJobType, node: Object, pointer: str) -> None:
    """Report a URL that is made of what the identity does not have, or has otherwise."""
    url, at = text(node.get("url")), join(pointer, "url")
    for name in job_names(url):
        whole, part = url == f"$job.{name}", job_type.identity.get(name)
        if part is None:
            job_type.check_identity(name, at)
        elif whole and part.get("type") != "url":
            message = f"{quote(name)} is called as it is, and the identity does not say that it is a URL"
            job_type.check.error(
                "identity-type", message, at, "write in the identity: type: url; or a path: /v1/$job.NAME"
            )
        elif not whole and part.get("type") == "url":
            message = f"{quote(name)} is a URL, which is called as it is"
            job_type.check.error("identity-type", message, at, f"write: url: $job.{name}")


def _check_identity(job_type: CheckedJobType) -> None:
    submit = job_type.role("submit")
    discovered = text(job_type.entry("discover").get("identity"))
    for name, node in job_type.identity.items():
        at = join(job_type.pointer, "identity", name)
        if not is_identifier(name) or name in ARGUMENT_NAMES:
            message = f"{quote(name)} cannot be the name of an argument in Python"
            job_type.check.error_at_key("name-cannot-be-used", message, at, f"for example: {name}_id")
        sources = places(node.get("from"))
        for index, source in enumerate(sources):
            where = join(at, "from", index) if isinstance(node.get("from"), list) else join(at, "from")
            _check_identity_source(job_type, submit, source, where)
        _check_url_part(job_type, name, node, at)
        if submit is not None and not sources and name != discovered and "optional" not in node:
            message = f"{quote(submit.id)} yields no {quote(name)}, so a submitted job has no such field"
            hint = "say from where, for example: from: $response.body#/job_id"
            job_type.check.error_at_key("identity-not-yielded", message, at, hint)
        for role, call, wire in job_type.passed(name):
            if role != "submit" and call.types.get(wire) == ["integer"] and node.get("type") == "string":
                message = f"{quote(call.id)} takes a whole number as {quote(wire)}, and this field is a text"
                job_type.check.error("identity-type", message, join(at, "type"), "write: type: integer")
    if submit is None or job_type.node.get("run") is not None:
        return
    named = [source for node in job_type.identity.values() for source in places(node.get("from"))]
    own = [source for source in named if source.startswith(("$response", KEY))]
    if not own and not discovered:
        message = "nothing in the identity comes from the response to submit, so the status may speak of an earlier run"
        hint = 'say in "run" what tells a run from another: run: {key: [...], baseline: before_submit}'
        job_type.check.error_at_key("run-not-told", message, join(job_type.pointer, "identity"), hint)


def _role_node(job_type: CheckedJobType, role: str) -> Object:
    node = job_type.entry("operations").get(role)
    return node if isinstance(node, dict) else {}


def _check_url_part(job_type: CheckedJobType, name: str, node: Object, pointer: str) -> None:
    for key in ("origins", "moves", "secret"):
        if key in node and node.get("type") != "url":
            message = f"{quote(key)} speaks of a URL, and {quote(name)} is none"
            job_type.check.error_at_key("identity-type", message, join(pointer, key), "write: type: url; or remove it")
    used = [role for _, role, _ in job_type.roles() if name in job_names(text(role.get("url")))]
    if node.get("type") == "url" and not used:
        message = f"{quote(name)} is a URL, and no role calls it"
        job_type.check.error_at_key("identity-type", message, pointer, f"write at the role: url: $job.{name}")


def _check_identity_source(
    job_type: CheckedJobType, submit: CheckedOperation | None, source: str, pointer: str
) -> None:
    name = name_in(source, "client")
    if name is not None:
        known = job_type.client_names()
        if name not in known:
            hint = meant_or_known(name, known, "it has")
            job_type.check.error("unknown-parameter", f"the client has no parameter {quote(name)}", pointer, hint)
    elif source == KEY and submit is not None:
        idempotency = job_type.entry("submit").get("idempotency")
        wire = text(idempotency.get("parameter")) if isinstance(idempotency, dict) else ""
        given = dict(entries(_role_node(job_type, "submit").get("parameters"))).get(wire, KEY)
        if not wire or given != KEY:
            message = "the identity is the key of the submission, and no parameter of submit is that key"
            job_type.check.error("no-key", message, pointer, "write: submit: {idempotency: {parameter: NAME}}")
    elif submit is None:
        message = "this speaks of submitting, and no operation has the role submit"
        job_type.check.error("no-submit", message, pointer, "remove it, or name the operation under operations: submit")
    else:
        _check_request(job_type, parse(source), pointer)
        check_expression(job_type.check, source, pointer, submit.response_bodies())


def _check_request(job_type: CheckedJobType, found: Expression | None, pointer: str) -> None:
    """Report an argument that submit does not have, where an expression speaks of one."""
    submit = job_type.role("submit")
    if submit is None or found is None or found.root != "request":
        return
    in_body = found.part == "body"
    known = submit.fields if in_body else submit.located(found.part)
    name = "/".join(split(found.name)) if in_body else found.name
    if name not in known:
        what = "property" if in_body else f"{found.part} parameter"
        hint = meant_or_known(name, list(known), "it has")
        job_type.check.error("unknown-parameter", f"{quote(submit.id)} has no {what} {quote(name)}", pointer, hint)


def _check_submit(job_type: CheckedJobType) -> None:
    node, at = job_type.entry("submit"), join(job_type.pointer, "submit")
    submit = job_type.role("submit")
    if not isinstance(node.get("idempotency"), dict):
        _check_no_key(job_type)
    if not node:
        return
    if submit is None:
        message = "this speaks of submitting, and no operation has the role submit"
        job_type.check.error_at_key("no-submit", message, at, "name the operation under operations: submit")
        return
    idempotency, final = node.get("idempotency"), node.get("final")
    if isinstance(idempotency, dict) and isinstance(wire := idempotency.get("parameter"), str):
        where = join(at, "idempotency", "parameter")
        if wire not in submit.arguments:
            hint = did_you_mean(wire, submit.arguments)
            job_type.check.error("unknown-parameter", f"{quote(submit.id)} has no parameter {quote(wire)}", where, hint)
        _check_key_is_sent(job_type, wire)
    for wire, _ in entries(idempotency.get("repeat")) if isinstance(idempotency, dict) else ():
        if wire not in submit.arguments:
            where = join(at, "idempotency", "repeat", wire)
            hint = did_you_mean(wire, submit.arguments)
            message = f"{quote(submit.id)} has no parameter {quote(wire)}"
            job_type.check.error_at_key("unknown-parameter", message, where, hint)
    lookup = node.get("lookup")
    if isinstance(lookup, dict) and not _can_be_seen(job_type, idempotency):
        message = "nothing here lets a lost submission be looked up, so that it is never known when it shows"
        hint = "say how one sees it: operations: list with submit: idempotency, run: baseline, or discover"
        job_type.check.error_at_key("no-lookup", message, join(at, "lookup"), hint)
    if isinstance(final, dict):
        check_expression(job_type.check, final.get("from"), join(at, "final", "from"), submit.response_bodies())


def _check_key_is_sent(job_type: CheckedJobType, wire: str) -> None:
    """Report a fixed value in the place of the key: with it all submissions would be the same one."""
    given = dict(entries(_role_node(job_type, "submit").get("parameters")))
    if wire in given and KEY not in str(given[wire]):
        message = f"{quote(wire)} carries the key of a submission, and is given a value without it"
        where = join(job_type.pointer, "operations", "submit", "parameters", wire)
        job_type.check.error("no-key", message, where, "write $key where the key belongs, or remove this line")


def _check_no_key(job_type: CheckedJobType) -> None:
    """Report a key where submissions have none: what would carry it would be left out."""
    for wire, value in entries(_role_node(job_type, "submit").get("parameters")):
        if KEY in str(value):
            where = join(job_type.pointer, "operations", "submit", "parameters", wire)
            message = f"{quote(wire)} is given $key, and submissions of this kind have no key"
            job_type.check.error_at_key("no-key", message, where, "write: submit: {idempotency: {parameter: NAME}}")


def _can_be_seen(job_type: CheckedJobType, idempotency: object) -> bool:
    """Whether the vendor shows what became of a submission whose response was lost."""
    run = job_type.entry("run")
    return isinstance(idempotency, dict) or "baseline" in run or bool(job_type.entry("discover"))


def _check_adopt(job_type: CheckedJobType) -> None:
    adopt = job_type.node.get("adopt")
    for index, entry in enumerate(adopt if isinstance(adopt, list) else []):
        for name, _ in entries(entry):
            at = join(job_type.pointer, "adopt", index, name)
            job_type.check_identity(name, at, of_key=True)


def _check_fields(job_type: CheckedJobType) -> None:
    for name, field in entries(job_type.entry("fields")):
        at = join(job_type.pointer, "fields", name)
        if not isinstance(field, dict):
            continue
        source = field.get("from")
        for place, where in (
            children(source, join(at, "from")) if isinstance(source, list) else [(source, join(at, "from"))]
        ):
            job_type.check_source(place, where)
        _check_reasons(job_type, name, field, join(at, "from"))
        if isinstance(field.get("total"), str):
            job_type.check_place(text(field["total"]), join(at, "total"))
        check_pattern_at(job_type.check, field.get("pattern"), join(at, "pattern"))
        if name.endswith("_at") and "format" not in field:
            message = f"{quote(name)} is a timestamp, and nothing says how it is written"
            job_type.check.error_at_key("missing-key", message, at, "add: format: rfc3339")
        if not name.endswith("_at") and "format" in field:
            message = f"{quote(name)} is not a timestamp, so it has no format"
            job_type.check.error_at_key("bad-value", message, join(at, "format"), "remove it")


def _check_reasons(job_type: CheckedJobType, name: str, field: Object, pointer: str) -> None:
    """Report places in the response to the role failure that are never looked at."""
    rule = FieldRule(sources(field.get("from")))
    if rule.reasons and name not in REASONS:
        message = f"{quote(name)} is not read out of the response to the role failure"
        job_type.check.error_at_key("bad-value", message, pointer, f"fields that are: {listing(REASONS, 'and')}")
    elif rule.reasons != rule.source[: len(rule.reasons)]:
        message = "places in the response to the role failure come first: what that tells is what is reported"
        job_type.check.error_at_key("bad-value", message, pointer, "put the places of $failure before the others")


def _check_failure(job_type: CheckedJobType) -> None:
    node, at = job_type.entry("operations").get("failure"), join(job_type.pointer, "operations", "failure")
    if not isinstance(node, dict):
        return
    for wire, value in entries(node.get("parameters")):
        where = join(at, "parameters", wire)
        found = parse(value) if isinstance(value, str) else None
        if isinstance(value, dict) or (found is not None and found.root == "response"):
            job_type.check_source(value, where)
    rules = (
        FieldRule(sources(field.get("from")))
        for _, field in entries(job_type.entry("fields"))
        if isinstance(field, dict)
    )
    if not any(rule.reasons for rule in rules):
        message = "this is asked why a job failed, and no field is read out of its response"
        job_type.check.error_at_key("unread-failure", message, at, "fields: {error: {from: $failure.body#/message}}")


def _check_poll(job_type: CheckedJobType) -> None:
    poll, at = job_type.entry("poll"), join(job_type.pointer, "poll")
    tolerate = poll.get("tolerate")
    for key in ("initial", "max", "timeout"):
        check_positive(job_type.check, poll, key, at)
    if isinstance(tolerate, dict):
        check_positive(job_type.check, tolerate, "for", join(at, "tolerate"))
    not_found = job_type.entry("state").get("not_found")
    later = not_found.get("later") if isinstance(not_found, dict) else None
    if isinstance(later, dict):
        check_positive(job_type.check, later, "confirm", join(job_type.pointer, "state", "not_found", "later"))
    usual = Pace()
    times = {"initial": usual.initial, "max": usual.max, "timeout": usual.timeout}
    times |= {key: value for key in times if (value := seconds(poll.get(key))) is not None}
    for key, what in (("max", "the longest delay"), ("timeout", "the whole wait")):
        if (key in poll or "initial" in poll) and times[key] < times["initial"]:
            message = f"{what} is shorter than the first delay"
            where = key if key in poll else "initial"
            job_type.check.error("bad-poll", message, join(at, where), f"{key} is at least initial")
