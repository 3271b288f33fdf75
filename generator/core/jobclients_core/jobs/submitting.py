"""Submits a job so that its run can be identified, and continues from a record after a crash."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from jobclients_core.calls import Session, encoded_call
from jobclients_core.errors import InvalidArgument, JobClientsError
from jobclients_core.expressions import ResponseContext, parse
from jobclients_core.flow import Flow
from jobclients_core.jobtype import BoundJobType, OperationBinding
from jobclients_core.response_parser import Response
from jobclients_core.states import JobState

from .attempts import LostError, Submission, attempts, identity_of, with_key
from .baseline import note_times, pin, read_baseline
from .classify import status_of
from .discovery import discover_run, read_history
from .errors import JobError, NotSubmitted, RecordError, RecordMismatch, SubmitUncertain
from .fingerprint import fingerprint_of
from .handle import Baseline, Handle, fit_handle, rename_keys
from .identity import given_arguments, of_submission
from .lost_submissions import find_out, left_open
from .record import Intent, load, save
from .status import JobStatus
from .status_calls import context_of, run_id, status_flow

Again = Literal["never", "failed"]
"""When a submission whose record holds a job is submitted anew."""

Before = Literal["read", "skip"]
"""Whether the runs that are there before a submission are read first."""

PATIENCE = 3600.0
"""Seconds for which a submission of an earlier call is looked for at most."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """What a submission gave.

    Args:
        handle: The job.
        response: The vendor's response; None where it was lost and the job was found otherwise.
        final: The status of a job that ended in that answer.
    """

    handle: Handle
    response: Any = field(default=None, repr=False)
    final: JobStatus[Any] | None = None


def submit_flow(
    session: Session,
    job_type: BoundJobType[Any],
    arguments: Mapping[str, Any],
    record: Any = None,
    again: Again = "never",
    baseline: Before = "read",
) -> Flow[Submitted]:
    """Submit a job; with a record, go on with what an earlier call began.

    Args:
        session: The client's session.
        job_type: The kind, which has the role.
        arguments: Arguments of the operation.
        record: Where the submission is kept from before its first byte (see `record.Record`); locked by the caller.
        again: Whether a job of the record that has failed, or was cancelled, is submitted anew.
        baseline: Whether the runs that are there before are read first, where the kind says so.

    Returns:
        The job.

    Raises:
        SubmitUncertain: what became of the submission is not known; the job may run.
        NotSubmitted: its response was lost, and the vendor is known not to have taken it.
        AmbiguousRun: several runs may be the submitted one.
        RecordMismatch: the record is of another submission.
        HandleError: the record is none, or knows its run by nothing that the kind still knows.
        JobClientsError: the call failed, and no job was submitted.
    """
    role = job_type.submit
    assert role is not None  # only kinds that have it come here
    if again not in ("never", "failed"):
        raise InvalidArgument('again should be "never" or "failed"', argument="again")
    if baseline not in ("read", "skip"):
        raise InvalidArgument('baseline should be "read" or "skip"', argument="baseline")
    given = given_arguments(arguments)
    secrets = _check_arguments(session, job_type, role, given)
    fingerprint = "" if record is None else fingerprint_of(session, role.operation, given, secrets)
    submission = Submission(session, job_type, role, given, fingerprint, record)
    kept = None if record is None else (yield from load(record))
    if kept is not None:
        _check_same(submission, kept)
    if isinstance(kept, Handle):
        if again == "never" or not (yield from _has_failed(submission, kept)):
            return Submitted(kept)
        kept = None
    if kept is None or kept.refused:
        intent = yield from _intend(submission, baseline)
        return (yield from _carry_out(submission, intent, open_=False))
    return (yield from _go_on(submission, kept))


def _check_arguments(
    session: Session, job_type: BoundJobType[Any], binding: OperationBinding, given: Mapping[str, Any]
) -> tuple[str, ...]:
    """Refuse arguments that cannot be sent, before anything else is asked; the secrets among them."""
    key = "0" * 32 if job_type.type.key_format == "hex" else str(UUID(int=0))
    return encoded_call(session, binding.operation.call(**with_key(job_type, binding, given, key))).secrets


def _check_same(submission: Submission, kept: Handle | Intent) -> None:
    """Report a record of another submission; it stays as it is."""
    handle = kept if isinstance(kept, Handle) else kept.handle
    kind, session = submission.job_type, submission.session
    _check_place(session, kind, handle)
    if isinstance(kept, Intent) and kept.refused:
        return  # nothing of it is left
    if handle.fingerprint is None:
        _check_made_by(submission, handle)
    elif handle.fingerprint != submission.fingerprint:
        raise RecordMismatch("the record is of a submission with other arguments: use another record for these")
    # Another release may have saved it.
    if isinstance(kept, Handle):
        fit_handle(kind, kept)
    else:
        rename_keys(kind, handle)


def _check_made_by(submission: Submission, handle: Handle) -> None:
    """Report a job that the arguments did not make, as far as a handle shows that was saved without them."""
    own = of_submission(submission.job_type, submission.session, submission.given, None)
    if handle.submitted_at is None or any(handle.identity.get(name, value) != value for name, value in own.items()):
        raise RecordMismatch("the record holds a job that these arguments did not make: use another record")


def _check_place(session: Session, job_type: BoundJobType[Any], handle: Handle) -> None:
    if (handle.vendor, handle.kind) != (job_type.vendor, job_type.name):
        raise RecordMismatch(f"the record is of a job of {handle.vendor}.{handle.kind}: use another record")
    if handle.origin != str(session.base) or handle.account != session.account:
        raise RecordMismatch("the record is of another origin or account than the client's: use another record")


def resume_flow(
    session: Session, job_type: BoundJobType[Any], intent: Intent, record: Any, patience: float
) -> Flow[Handle]:
    """Find out what became of a submission, and keep what was found; nothing is submitted.

    Args:
        session: The client's session.
        job_type: The job type with its operations.
        intent: The submission.
        record: Where it is kept; None where it is not.
        patience: Seconds for which to look at most, after the usual few looks.

    Returns:
        The job.

    Raises:
        NotSubmitted: the vendor did not take it, which is known.
        SubmitUncertain: nobody can tell, or not yet.
        RecordMismatch: it is of another kind, origin or account.
    """
    _check_place(session, job_type, intent.handle)
    if intent.refused:
        assert job_type.submit is not None
        raise NotSubmitted("the vendor refused the submission", operation=job_type.submit.operation.id)
    rename_keys(job_type, intent.handle)
    handle: Handle = yield from find_out(session, job_type, intent, patience=patience)
    yield from _keep(record, handle)
    return handle


def _has_failed(submission: Submission, handle: Handle) -> Flow[bool]:
    """Whether a job is known to have ended badly."""
    try:
        status = yield from status_flow(submission.session, submission.job_type, handle)
    except JobError:
        return False
    return status.state in (JobState.FAILED, JobState.CANCELLED)


def _intend(submission: Submission, baseline: Before) -> Flow[Intent]:
    """Everything that is to be known before the first byte, and nothing that could be taken for a submission."""
    session, kind, clock = submission.session, submission.job_type, submission.session.clock
    handle = Handle(kind.vendor, kind.name, str(session.base), session.account, {})
    handle.identity = of_submission(kind, session, submission.given, None)
    if baseline == "skip":
        handle.baseline = Baseline((), "skipped", clock.wall())
    elif kind.type.select is not None and kind.type.select.baseline:
        handle.baseline = yield from read_baseline(session, kind, kind.type.select, handle)
    elif kind.discover is not None:
        handle.baseline = yield from read_history(session, kind, kind.discover, handle, submission.given)
    if kind.idempotency is not None:
        theirs = submission.given.get(kind.idempotency)
        made = clock.uuid()
        handle.key = theirs if isinstance(theirs, str) else made.hex if kind.type.key_format == "hex" else str(made)
        handle.identity = of_submission(
            kind, session, with_key(kind, submission.role, submission.given, handle.key), None
        )
    handle.fingerprint = submission.fingerprint or None
    return Intent(handle, submission.fingerprint, given=_of_list(submission), attempt=0)


def _of_list(submission: Submission) -> dict[str, Any]:
    """The arguments that the list of runs needs, as far as they can be kept."""
    discover = submission.job_type.discover
    values = () if discover is None else discover.role.arguments.values()
    places = [place for value in values if isinstance(value, str) and (place := parse(value)) is not None]
    names = [submission.job_type.argument(place) for place in places if place.root == "request"]
    return {name: value for name in names if isinstance(value := submission.given.get(name), (str, int))}


def _go_on(submission: Submission, intent: Intent) -> Flow[Submitted]:
    """Find out what became of the submission of an earlier call, and submit it again where that does no harm."""
    session, honoured = submission.session, submission.job_type.honoured
    # The key has to be known to the last repetition that this call may make.
    last = session.clock.wall() + session.options.timeout
    known = honoured is not None and honoured.keeps is not None and last < intent.begun + honoured.keeps
    if known or (honoured is None and submission.role.operation.repeatable):
        return (yield from _carry_out(submission, intent, open_=True))
    try:
        handle = yield from find_out(session, submission.job_type, intent, patience=PATIENCE)
    except NotSubmitted:
        return (yield from _carry_out(submission, intent, open_=False))
    yield from _keep(submission.record, handle)
    return Submitted(handle)


def _carry_out(submission: Submission, intent: Intent, *, open_: bool) -> Flow[Submitted]:
    """Submit, with all that is kept of it.

    Args:
        submission: What is wanted.
        intent: The submission, without this attempt.
        open_: Whether an earlier attempt may have been taken.

    Returns:
        The job.
    """
    session, clock = submission.session, submission.session.clock
    end = clock.monotonic() + session.options.timeout
    if submission.record is not None:
        # A dead login is to leave no intent behind.
        operation = submission.role.operation
        security = session.vendor.security if operation.security is None else operation.security
        yield from session.auth.authorize(security, operation.id, end)
    intent = _sending(submission, intent, open_=open_)
    yield from save(submission.record, intent)
    try:
        response = yield from attempts(submission, intent, end, open_=open_)
    except LostError as error:
        intent = dataclasses.replace(intent, sent_by=clock.wall())
        note_times(session, intent.handle, intent.begun, None, under_way=submission.job_type.settle or 0.0)
        found = yield from find_out(session, submission.job_type, intent, error.cause)
        submitted = Submitted(found)
    except SubmitUncertain as error:
        raise left_open(error, session, submission.job_type, intent) from error.__cause__
    except JobClientsError:
        # Nothing was submitted, which the next call need not find out.
        with suppress(RecordError):
            yield from save(submission.record, dataclasses.replace(intent, refused=True))
        raise
    else:
        submitted = yield from _read(submission, intent, response)
    yield from _keep(submission.record, submitted.handle)
    return submitted


def _keep(record: Any, handle: Handle) -> Flow[None]:
    """Save the job; where that fails, the error has it."""
    try:
        yield from save(record, handle)
    except RecordError as error:
        error.job = handle
        raise


def _sending(submission: Submission, intent: Intent, *, open_: bool) -> Intent:
    """The submission with the attempt that is made now: the first that counts where no earlier one was taken."""
    session, now = submission.session, submission.session.clock.wall()
    begun, whole = intent.begun if open_ else now, session.options.timeout
    intent.handle.submitted_at, intent.handle.begun_at = now, session.clock.monotonic()
    # Should this process end before the response, the handle tells when the run may have begun.
    note_times(session, intent.handle, begun, None, under_way=whole + (submission.job_type.settle or 0.0))
    return dataclasses.replace(intent, attempt=intent.attempt + 1, begun=begun, sent_by=now + whole)


def _read(submission: Submission, intent: Intent, response: Response[Any]) -> Flow[Submitted]:
    """The job that the response tells of."""
    session, kind, context = submission.session, submission.job_type, context_of(response)
    handle = dataclasses.replace(intent.handle, identity=identity_of(submission, intent, context))
    note_times(session, handle, intent.begun, response.headers)
    if kind.discover is not None:
        now = session.clock.wall()
        try:
            yield from discover_run(session, kind, kind.discover, handle, submission.given)
        except SubmitUncertain as error:
            left_open(error, session, kind, dataclasses.replace(intent, sent_by=now))
            raise
    if kind.type.select is not None and kind.type.select.submitted:
        pin(kind, kind.type.select, handle, context)
    return Submitted(handle, response.body, _final(session, kind, handle, context))


def _final(
    session: Session, job_type: BoundJobType[Any], handle: Handle, context: ResponseContext
) -> JobStatus[Any] | None:
    """The status of a job that ended in the response to its submission."""
    rule = job_type.type.final
    fold = job_type.type.match == "casefold"
    if rule is None or not all(condition.holds(context, fold=fold) for condition in rule.when):
        return None
    whole = dataclasses.replace(context, run=context.body)
    return status_of(job_type.type, whole, session.zone, state=JobState(rule.state), run_id=run_id(job_type, handle))
