"""Submitting a job so that its run can be told from others, whatever the answer says."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jobclients_core.calls import Session, call_flow
from jobclients_core.errors import DecodeError, JobClientsError, ServerError, TransportError
from jobclients_core.expressions import KEY, Facts, name_in
from jobclients_core.flow import Flow, Send
from jobclients_core.jobtype import BoundJobType, BoundRole
from jobclients_core.judge import Response
from jobclients_core.operation import Call, Operation
from jobclients_core.shapes import is_sequence
from jobclients_core.states import JobState

from .baseline import pin, read_baseline
from .classify import status_of
from .discovery import discover_run, listed
from .errors import SubmitUncertain
from .handle import Handle
from .identity import fill, fits, given_arguments, of_submission
from .lookup import look_for, looks_up
from .reading import facts_of, run_id
from .status import JobStatus

_GATEWAYS = frozenset((502, 504))


@dataclass(frozen=True, slots=True)
class Submitted:
    """What a submission gave.

    Args:
        handle: The job.
        answer: The vendor's answer; None where it was lost and the job was found otherwise.
        final: The status of a job that ended in that answer.
    """

    handle: Handle
    answer: Any = field(default=None, repr=False)
    final: JobStatus[Any] | None = None


def submit_flow(session: Session, kind: BoundJobType[Any], arguments: Mapping[str, Any]) -> Flow[Submitted]:
    """Submit a job.

    Args:
        session: The client's session.
        kind: The kind, which has the role.
        arguments: Arguments of the operation.

    Returns:
        The job.

    Raises:
        SubmitUncertain: the answer was lost, or does not say which job it is; it may run.
        AmbiguousRun: several runs may be the submitted one.
        JobClientsError: the call failed, and no job was submitted.
    """
    role = kind.submit
    assert role is not None  # only kinds that have it come here
    given = given_arguments(arguments)
    before = Handle(kind.vendor, kind.name, str(session.base), session.account, {})
    before.identity = of_submission(kind, session, given, None)
    if kind.type.select is not None and kind.type.select.baseline:
        before.baseline = yield from read_baseline(session, kind, kind.type.select, before)
    known = None
    if kind.discover is not None:
        known = yield from listed(session, kind, kind.discover, before, given)
    given, before.key = _with_key(kind, role, given)
    before.identity = of_submission(kind, session, given, None)  # which may be the key
    operation = role.operation
    certain = operation.repeatable
    if before.key is not None and not looks_up(kind):
        operation = dataclasses.replace(operation, idempotent=True)
    before.submitted_at = session.clock.wall()
    try:
        response = yield from _send(session, operation.call(**given), certain=certain)
    except SubmitUncertain as error:
        found = yield from look_for(session, kind, before, error)
        return Submitted(found)
    facts = facts_of(response)
    handle = dataclasses.replace(before, identity=of_submission(kind, session, given, facts))
    if kind.discover is not None and known is not None and kind.discover.identity.name not in handle.identity:
        yield from discover_run(session, kind, kind.discover, handle, given, known)
    _check(kind, handle, operation)
    if kind.type.select is not None and kind.type.select.submitted:
        pin(kind.type.select, handle, facts)
    return Submitted(handle, response.body, _final(session, kind, handle, facts))


def _with_key(kind: BoundJobType[Any], role: BoundRole, given: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
    """The arguments with a key of our own, or with the caller's."""
    literals = {
        name: value
        for name, value in role.arguments.items()
        if name_in(value, "job") is None and not str(value).startswith(KEY)
    }
    name = kind.idempotency
    own = {key: fill(value, {}) for key, value in literals.items() if key not in given and key != name}
    if name is None:
        return {**own, **given}, None
    theirs = given.get(name)
    if isinstance(theirs, str):
        return {**own, **given}, theirs
    key = uuid.uuid4().hex
    mine = fill(role.arguments.get(name, KEY), {}, key)
    if is_sequence(theirs) and is_sequence(mine):
        mine = [*theirs, *mine]
    return {**own, **given, name: mine}, key


def _send(session: Session, call: Call[Any], *, certain: bool) -> Flow[Response[Any]]:
    """Send the submission; a failure after which it may have been received is `SubmitUncertain`.

    That does not matter where it is `certain` that submitting twice does no more than once.
    """
    sent: list[Send] = []
    flow = call_flow(session, call)
    outcome: Any = None
    failure: BaseException | None = None
    try:
        while True:
            # Credentials may be exchanged on the way; only the submission itself counts as sent.
            step = flow.throw(failure) if failure is not None else flow.send(outcome)
            if isinstance(step, Send) and step.operation == call.operation.id:
                sent.append(step)
            outcome, failure = None, None
            try:
                outcome = yield step
            except BaseException as error:
                failure = error
    except StopIteration as done:
        response: Response[Any] = done.value
        return response
    except JobClientsError as error:
        if not sent or certain or not _lost(error):
            raise
        raise SubmitUncertain(
            "the answer to the submission was lost; the job may run", operation=call.operation.id
        ) from error
    finally:
        flow.close()


def _lost(error: JobClientsError) -> bool:
    if isinstance(error, TransportError):
        return error.sent
    if isinstance(error, DecodeError):
        return True
    return isinstance(error, ServerError) and error.status in _GATEWAYS


def _check(kind: BoundJobType[Any], handle: Handle, operation: Operation[Any]) -> None:
    reason = fits(kind, handle.identity)
    if reason is not None:
        raise SubmitUncertain(
            f"the answer to the submission does not say which job it is: {reason}",
            operation=operation.id,
            key=handle.key,
        )


def _final(session: Session, kind: BoundJobType[Any], handle: Handle, facts: Facts) -> JobStatus[Any] | None:
    """The status of a job that ended in the answer to its submission."""
    rule = kind.type.final
    fold = kind.type.match == "casefold"
    if rule is None or not all(condition.holds(facts, fold=fold) for condition in rule.when):
        return None
    whole = dataclasses.replace(facts, run=facts.body)
    return status_of(kind.type, whole, session.zone, state=JobState(rule.state), run_id=run_id(kind, handle))
