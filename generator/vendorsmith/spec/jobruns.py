"""Checks `run` and `echo`: what distinguishes a job's own run, and responses about other jobs."""

from __future__ import annotations

from jobclients_core.expressions import BODY
from jobclients_core.pointers import join, of_place, split

from vendorsmith.diagnostics import quote
from vendorsmith.spec.check import entries, text
from vendorsmith.spec.checked_job_type import CheckedJobType, check_positive, names_in
from vendorsmith.spec.response_parts import check_expression
from vendorsmith.spec.source_map import Object
from vendorsmith.spec.wording import meant_or_known


def check_run(job_type: CheckedJobType) -> None:
    """Report what is wrong with how the runs of a job are distinguished."""
    run, at = job_type.entry("run"), join(job_type.pointer, "run")
    status, submit = job_type.role("status"), job_type.role("submit")
    if not run or status is None:
        return
    check_expression(job_type.check, run.get("select"), join(at, "select"), status.response_bodies())
    for index, key in enumerate(job_type.texts(run.get("key"))):
        job_type.check_place(f"$run#{of_place(key)}", join(at, "key", index))
    for key, value in entries(run.get("match")):
        job_type.check_place(f"$run#{of_place(key)}", join(at, "match", key))
        for name, where in names_in(value, join(at, "match", key)):
            job_type.check_identity(name, where)
    if submit is not None:
        check_expression(job_type.check, run.get("submitted"), join(at, "submitted"), submit.response_bodies())
        if "baseline" not in run:
            message = "without a baseline, the status after a submit may be that of the run before"
            job_type.check.error_at_key("no-baseline", message, at, "add: baseline: before_submit")
    for key in ("baseline", "submitted", "exclude", "joins"):
        if submit is None and key in run:
            message = f"{quote(key)} speaks of submitting, and no operation has the role submit"
            job_type.check.error_at_key("no-submit", message, join(at, key), "remove it")
    _check_order(job_type, run, at)
    missing = run.get("missing")
    if isinstance(missing, dict):
        check_positive(job_type.check, missing, "for", join(at, "missing"))


def _check_order(job_type: CheckedJobType, run: Object, pointer: str) -> None:
    keys = job_type.texts(run.get("key"))
    order = run.get("order")
    for index, node in enumerate(order if isinstance(order, list) else []):
        at = join(pointer, "order", index)
        if not isinstance(node, dict):
            continue
        name, timed = text(node.get("key")), node.get("as") == "time"
        if name and name not in keys:
            message = f"{quote(name)} is not part of the key, so that no baseline has it"
            job_type.check.error("unknown-key", message, join(at, "key"), meant_or_known(name, keys, "the key has"))
        if timed and "format" not in node:
            message = f"{quote(name)} is a timestamp, and nothing says how it is written"
            job_type.check.error_at_key("missing-key", message, at, "add: format: unix-ms")
        for key in ("format", "skew", "slack"):
            if not timed and key in node:
                message = f"{quote(key)} speaks of a time, and {quote(name)} is a counter"
                job_type.check.error_at_key("bad-value", message, join(at, key), "remove it")
    exclude = run.get("exclude")
    listed = exclude if isinstance(exclude, list) else [exclude]
    for index, node in enumerate(listed):
        at = join(pointer, "exclude", index, "from") if isinstance(exclude, list) else join(pointer, "exclude", "from")
        place = node.get("from") if isinstance(node, dict) else None
        if not isinstance(place, str):
            continue
        if not place.startswith("$run"):
            message = f"{quote(place)} is not a place in a run"
            job_type.check.error("bad-value", message, at, "write: $run#/NAME")
        else:
            job_type.check_place(place, at)


def check_echo(job_type: CheckedJobType) -> None:
    """Report an echo of what the identity, or the response, does not have."""
    echo, at = job_type.entry("echo"), join(job_type.pointer, "echo")
    if not echo:
        return
    place = text(echo.get("at"))
    job_type.check_place(BODY + place, join(at, "at"))
    name = text(echo.get("identity")) or (split(place) or ("",))[-1]
    where = join(at, "identity") if "identity" in echo else join(at, "at")
    job_type.check_identity(name, where)
