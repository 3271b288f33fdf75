"""Sends a submission, and sends it again where that cannot start a second job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from jobclients_core.calls import Session, call_flow
from jobclients_core.errors import JobClientsError
from jobclients_core.expressions import KEY, SENT_AT, ResponseContext, name_in
from jobclients_core.flow import Effect, Flow, Send, Sleep, relay
from jobclients_core.jobtype import BoundJobType, OperationBinding, argument_names
from jobclients_core.operation import Call
from jobclients_core.response_parser import Response
from jobclients_core.retries import retry_delay
from jobclients_core.type_guards import is_sequence

from .errors import SubmitUncertain
from .identity import fill, fits, of_submission
from .outcomes import Verdict, verdict_of
from .record import Intent
from .status_calls import context_of, legible


@dataclass(frozen=True, slots=True)
class Submission:
    """What a caller wants to be submitted.

    Args:
        session: The client's session.
        job_type: The job type with its operations.
        role: Its role of that.
        given: The arguments, without those that were not given.
        fingerprint: What they come to, without secrets; empty where nothing is kept.
        record: Where the submission is kept; None where it is not.
    """

    session: Session
    job_type: BoundJobType[Any]
    role: OperationBinding
    given: Mapping[str, Any]
    fingerprint: str
    record: Any

    @property
    def again(self) -> bool:
        """Whether sending twice does no more than sending once."""
        return self.job_type.honoured is not None or self.role.operation.repeatable

    def call(self, intent: Intent, *, repeated: bool) -> Call[Any]:
        """The call, with the key, the time of the first attempt, and what a repetition is given."""
        more: dict[str, Any] = {}
        if repeated and self.job_type.honoured is not None:
            names = argument_names(self.role.operation)
            more = {names.get(wire, wire): value for wire, value in self.job_type.honoured.repeat.items()}
        ours = {name: value for name, value in self.role.arguments.items() if name not in self.given} | more
        first = formatdate(intent.begun, usegmt=True)
        times = {name: first for name, value in ours.items() if value == SENT_AT}
        given = with_key(self.job_type, self.role, self.given, intent.handle.key)
        return self.role.operation.call(**{**given, **more, **times})


class LostError(Exception):
    """An attempt may have been taken, and the response that says so was lost.

    Args:
        cause: How.
    """

    def __init__(self, cause: JobClientsError) -> None:
        super().__init__(cause.message)
        self.cause = cause


def attempts(submission: Submission, intent: Intent, end: float, *, open_: bool) -> Flow[Response[Any]]:
    """Send the submission, and send it again where that is known to do no harm.

    Args:
        submission: What is wanted.
        intent: The submission.
        end: Time on the monotonic clock at which everything ends.
        open_: Whether an earlier attempt may have been taken.

    Returns:
        The response that tells which job it is.

    Raises:
        LostError: an attempt may have been taken, and the response that says so was lost.
        JobClientsError: nothing was submitted.
    """
    clock, retries = submission.session.clock, submission.session.options.retries
    lost: JobClientsError | None = None
    repeated = 0
    while True:
        call = submission.call(intent, repeated=open_)
        verdict, outcome = yield from _attempt(submission, call, end, repeated)
        if isinstance(outcome, Response):
            reason = _unnamed(submission, intent, outcome)
            if reason is None:
                return outcome
            verdict, outcome = Verdict.OPEN, SubmitUncertain(f"the response does not say which job it is: {reason}")
        if verdict is Verdict.OPEN:
            lost, open_ = lost or outcome, True
        if repeated >= retries or not _worth_repeating(submission, verdict, outcome, open_=open_):
            break
        delay = retry_delay(outcome, repeated, clock.random)
        if clock.monotonic() + delay >= end:
            break
        repeated += 1
        yield Sleep(delay)
    if open_:
        # Whatever was said last was said of the last attempt.
        raise LostError(lost or outcome)
    raise outcome


def _worth_repeating(submission: Submission, verdict: Verdict, failure: JobClientsError, *, open_: bool) -> bool:
    if verdict is Verdict.OPEN:
        return submission.again
    if verdict is Verdict.CONFLICT:
        # The vendor still works on the attempt before, or says so by a status of its own.
        running = submission.job_type.honoured.running if submission.job_type.honoured is not None else None
        return submission.again and (open_ or getattr(failure, "status", None) == running)
    return verdict in (Verdict.UNPROCESSED, Verdict.UNSENT) and failure.transient


def _attempt(
    submission: Submission, call: Call[Any], end: float, repeated: int
) -> Flow[tuple[Verdict, Response[Any] | JobClientsError]]:
    """Send the submission once, credentials included, and say what came of it."""
    operation = call.operation.id
    flow = legible(call_flow(submission.session, call, retries=0, deadline=end, before=repeated))
    steps: list[Effect] = []
    try:
        response: Response[Any] = yield from relay(flow, before=steps.append)
    except JobClientsError as error:
        # Credentials may be exchanged on the way: what fails there has nothing to do with the submission.
        last = steps[-1] if steps else None
        own = isinstance(last, Send) and last.operation == operation
        return (verdict_of(error, submission.job_type.type.refused) if own else Verdict.REFUSED), error
    return Verdict.OPEN, response


def identity_of(submission: Submission, intent: Intent, context: ResponseContext | None) -> dict[str, str | int]:
    """What identifies the job of a submission.

    Args:
        submission: What is wanted.
        intent: The submission, with its key.
        context: The response; None where there is none.

    Returns:
        As much of the identity as these tell.
    """
    given = with_key(submission.job_type, submission.role, submission.given, intent.handle.key)
    return of_submission(submission.job_type, submission.session, given, context)


def _unnamed(submission: Submission, intent: Intent, response: Response[Any]) -> str | None:
    """Why a response does not say which job it is; None where it does, or the run is looked for in a list."""
    if submission.job_type.discover is not None:
        return None
    return fits(submission.job_type, identity_of(submission, intent, context_of(response)))


def with_key(
    job_type: BoundJobType[Any], binding: OperationBinding, given: Mapping[str, Any], key: str | None
) -> dict[str, Any]:
    """The arguments of submit with those that the specification gives, and with a key wherever it belongs.

    Args:
        job_type: The job type with its operations.
        binding: Its role of submitting.
        given: The caller's arguments.
        key: The key, which may be the caller's own.

    Returns:
        All arguments by name.
    """
    name = job_type.idempotency
    own = {
        argument: fill(value, {}, key)
        for argument, value in binding.arguments.items()
        if argument not in given and name_in(value, "job") is None and (key is not None or KEY not in str(value))
    }
    theirs = given.get(name) if name is not None else None
    if name is None or key is None or isinstance(theirs, str):
        return {**own, **given}
    mine = fill(binding.arguments.get(name, KEY), {}, key)
    if is_sequence(theirs) and is_sequence(mine):
        mine = [*theirs, *mine]
    return {**own, **given, name: mine}
