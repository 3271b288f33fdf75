"""The commands themselves, without their options: status, submit, cancel, call and lists of vendors."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from jobclients_core.client import run_flow, session_of
from jobclients_core.env import variables_of
from jobclients_core.flow import Effect, Send, relay
from jobclients_core.jobs.as_data import plain, status_data
from jobclients_core.jobs.job import Cancels, Job
from jobclients_core.jobs.limits import limited_flow, limits_of
from jobclients_core.jobs.record import FileRecord, Intent, locked
from jobclients_core.operation import Operation
from jobclients_core.vendors import Known, load, vendor_names

from .arguments import (
    Pairs,
    Target,
    argument_names,
    check_named,
    convert,
    handle_of,
    identity_names,
    jobs_of,
    split_pairs,
    target_of,
)
from .config import CommandError, Opened, Setup, known_vendor, open_client, setup_of_account
from .handles import Kept, read_file
from .outcome import code_of_status
from .reporting import Report
from .show import job_name

R = TypeVar("R")


def job_of_arguments(report: Report, setup: Setup, target: str, raw_arguments: Sequence[str]) -> Kept:
    """A job that VENDOR[.KIND] key=value… names.

    Args:
        report: Notes the client.
        setup: Which configuration to use.
        target: VENDOR[.KIND].
        raw_arguments: The pairs.

    Returns:
        The job.
    """
    chosen = target_of(target)
    names = identity_names(chosen.kind)
    pairs = split_pairs(chosen.known, raw_arguments, names)
    check_named(chosen.kind, pairs.arguments)
    opened = report.opened(open_client(chosen.known, setup, pairs.options, report.heard))
    job = handle_of(opened, chosen.kind, pairs.arguments)
    return Kept(job, [*setup.options, *chosen.known.options, *pairs.raw_arguments])


def job_of_file(
    report: Report,
    setup: Setup,
    file: str,
    raw_arguments: Sequence[str] = (),
    *,
    rebind: bool = False,
    package: str | None = None,
) -> Kept:
    """A job whose handle is in a file.

    Args:
        report: Notes the client.
        setup: Which configuration to use; the account in the handle names the section where nothing else does.
        file: The file.
        raw_arguments: Options of the client.
        rebind: Whether a handle of another base URL or account is taken over.
        package: The package whose client reads it; the handle names the vendor only, which several may have.

    Returns:
        The job.
    """
    text, found = read_file(file)
    handle = found.handle if isinstance(found, Intent) else found
    known = known_vendor(f"{package}:{handle.vendor}" if package else handle.vendor, of_handle=True)
    if handle.kind not in known.kinds:
        raise CommandError(f"{file}: {handle.vendor} has no kind of job called {handle.kind!r}")
    kind = known.kinds[handle.kind]
    pairs = split_pairs(known, raw_arguments, ())
    setup = setup_of_account(known, setup, handle.account)
    # What the handle says of the client's own parameters holds for it.
    own = {name: str(handle.identity[name]) for name in variables_of(known.client).options if name in handle.identity}
    opened = report.opened(open_client(known, setup, {**own, **pairs.options}, report.heard))
    account = session_of(opened.client).account
    if handle.account not in ("default", account):
        report.out.say(f"note: the handle is of account {handle.account!r}, the credentials are of {account!r}")
    path, own_words = None if file == "-" else Path(file), [*setup.options, *known.options, *pairs.raw_arguments]
    jobs = jobs_of(opened, kind)
    if isinstance(found, Intent):
        report.look_with(path, own_words)
    job: Job[Any] = jobs.look_for(path or text) if isinstance(found, Intent) else jobs.restore(text, rebind=rebind)
    return Kept(job, own_words, path)


def show_status(report: Report, kept: Kept) -> int:
    """Ask once, and show the response.

    Args:
        report: Where to.
        kept: The job.

    Returns:
        The exit code.
    """
    status = kept.job.status()
    report.out.status(kept.job, status)
    return code_of_status(status)


def cancel(report: Report, kept: Kept, *, force: bool) -> int:
    """Ask the vendor to stop a job.

    Args:
        report: Where to.
        kept: The job.
        force: Whether to stop also a run that may be another submitter's.

    Returns:
        The exit code.
    """
    job: Any = kept.job
    if not isinstance(job, Cancels):
        raise CommandError(f"{job.kind.vendor} documents no way to cancel {job.kind.name}")
    report.acting = True
    job.cancel(force=force)
    if report.out.json:
        report.out.data(status_data(kept.job, None) | {"cancel_requested": True})
    else:
        report.out.print(f"{job_name(kept.job)}: asked to stop")
    return 0


def prepare_submit(
    report: Report, setup: Setup, target: str, raw_arguments: Sequence[str]
) -> tuple[Opened, Target, Pairs]:
    """Everything that a submission needs.

    Args:
        report: Notes the client.
        setup: Which configuration to use.
        target: VENDOR[.KIND].
        raw_arguments: The pairs.

    Returns:
        Client, kind and arguments.
    """
    vendor, _, kind = target.partition(".")
    known = known_vendor(vendor)
    able = [item for item in known.kinds.values() if item.submit is not None]
    # A vendor with one kind that can be submitted needs no more words than one with one kind.
    chosen = target_of(target if kind or len(able) != 1 else f"{known.name}.{able[0].name}")
    role = chosen.kind.submit
    if role is None:
        raise CommandError(f"{chosen.known.name} documents no way to submit {chosen.kind.name}")
    given = [*argument_names(role.operation)]
    pairs = split_pairs(chosen.known, raw_arguments, given)
    arguments = convert(chosen.known, role.operation, pairs.arguments)
    _check_required(role.operation, {**arguments, **pairs.options}, chosen.name)
    opened = report.opened(open_client(chosen.known, setup, pairs.options, report.heard))
    return opened, chosen, Pairs(pairs.options, arguments)


def _check_required(operation: Operation[Any], given: dict[str, Any], name: str) -> None:
    required = [item.name for item in operation.parameters if item.required and not item.client]
    body = operation.body
    if body is not None:
        required += [item.name for item in body.fields if item.required]
        required += [body.name] if body.required and not body.fields else []
    missing = [item for item in required if item not in given]
    if missing:
        raise CommandError(f"{name} wants " + ", ".join(f"{item}=…" for item in missing))


def submit(
    opened: Opened,
    chosen: Target,
    arguments: Mapping[str, Any],
    begin: Callable[[], object],
    path: Path | None = None,
) -> Job[Any]:
    """Submit a job.

    Args:
        opened: The client.
        chosen: The kind.
        arguments: Arguments of the submission.
        begin: Called before each request that submits; not before those that only ask.
        path: Where the submission is kept from before its first byte; what is there already is gone on with.

    Returns:
        The job.

    Raises:
        JobClientsError: as ``submit`` of the collection has it.
    """
    role = chosen.kind.submit
    assert role is not None  # prepare_submit looked
    limits = limits_of(opened.client, chosen.kind.type.limits)
    record = None if path is None else FileRecord(path)
    jobs = jobs_of(opened, chosen.kind)

    def notice(step: Effect) -> None:
        if isinstance(step, Send) and step.operation == role.operation.id:
            begin()

    with locked(record):
        flow = jobs._submission(arguments, record)  # pyright: ignore[reportPrivateUsage] - one package
        return run_flow(opened.client, relay(limited_flow(limits, flow), before=notice), "submit")
    raise AssertionError  # for the type checkers: the lines above return or raise


def call(report: Report, setup: Setup, vendor: str, operation: str, raw_arguments: Sequence[str]) -> int:
    """Call any documented operation.

    Args:
        report: Where to.
        setup: Which configuration to use.
        vendor: The vendor.
        operation: The operation's name.
        raw_arguments: The pairs.

    Returns:
        The exit code.
    """
    known = known_vendor(vendor)
    chosen = known.operations.get(operation.replace("-", "_"))
    if chosen is None:
        there = ", ".join(sorted(known.operations))
        raise CommandError(f"{known.name} has no operation {operation!r}; it has {there}")
    pairs = split_pairs(known, raw_arguments, argument_names(chosen))
    arguments = convert(known, chosen, pairs.arguments)
    _check_required(chosen, {**arguments, **pairs.options}, f"{known.name} {chosen.id}")
    opened = report.opened(open_client(known, setup, pairs.options, report.heard))
    report.acting = True
    response = opened.client.send(chosen.call(**arguments))
    body = plain(response.body)
    if report.out.json:
        report.out.data(body)
    else:
        report.out.print(body if isinstance(body, str) else json.dumps(body, indent=2, ensure_ascii=False))
    return 0


def list_vendors(report: Report) -> int:
    """Show the vendors that are known.

    Args:
        report: Where to.

    Returns:
        The exit code.
    """
    found = [load(name) for name in vendor_names()]
    if report.out.json:
        report.out.data([_vendor_data(known) for known in found])
        return 0
    width = max((len(known.address) for known in found), default=0)
    for known in found:
        kinds = ", ".join(known.kinds) or "no jobs"
        report.out.print(f"{known.address:<{width}}  {known.vendor.title} ({kinds})")
    report.out.say("`jobclients vendors NAME` shows settings, kinds of jobs and operations")
    return 0


def show_vendor(report: Report, name: str) -> int:
    """Show what a vendor wants and offers.

    Args:
        report: Where to.
        name: The vendor.

    Returns:
        The exit code.
    """
    known = known_vendor(name)
    out = report.out
    if out.json:
        out.data(_vendor_data(known))
        return 0
    facts = variables_of(known.client)
    out.print(f"{known.address}: {known.vendor.title}, {known.vendor.server or 'base_url has to be given'}")
    out.print("\nsettings")
    for option, variable in facts.options.items():
        out.print(f"  {variable} or {option}=…" + (" (required)" if option in facts.required else ""))
    out.print("\ncredentials, one of")
    for kind, variables in facts.credentials.items():
        out.print(f"  {kind.__name__}: {', '.join(variables.values())}")
    for kind_ in known.kinds.values():
        out.print(f"\njobs: {known.address}.{kind_.name}")
        out.print("  known by " + ", ".join(part.name + ("?" if part.optional else "") for part in kind_.identity))
        if kind_.submit is not None:
            out.print("  submit with " + ", ".join(argument_names(kind_.submit.operation)))
        out.print(f"  cancel: {'yes' if kind_.cancel is not None else 'no'}")
    out.print("\noperations")
    for operation in known.operations.values():
        out.print(f"  {operation.id}  {' '.join(argument_names(operation))}")
    return 0


def _vendor_data(known: Known) -> dict[str, Any]:
    facts = variables_of(known.client)
    return {
        "name": known.address,
        "title": known.vendor.title,
        "version": known.vendor.version,
        "server": known.vendor.server,
        "settings": dict(facts.options),
        "required": sorted(facts.required),
        "credentials": {kind.__name__: dict(variables) for kind, variables in facts.credentials.items()},
        "kinds": {
            kind.name: {
                "identity": identity_names(kind),
                "submit": argument_names(kind.submit.operation) if kind.submit is not None else None,
                "cancel": kind.cancel is not None,
                "latest": kind.latest,
            }
            for kind in known.kinds.values()
        },
        "operations": {operation.id: argument_names(operation) for operation in known.operations.values()},
    }
