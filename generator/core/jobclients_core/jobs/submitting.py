"""Submitting a job so that its run can be told from others, whatever the answer says."""

from __future__ import annotations

import dataclasses
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jobclients_core.calls import Session, call_flow
from jobclients_core.errors import ApiError, DecodeError, JobClientsError, NotFound, ServerError, TransportError
from jobclients_core.expressions import KEY, Facts, evaluate, name_in, parse
from jobclients_core.flow import Flow, Send, Sleep
from jobclients_core.jobparts import Select
from jobclients_core.jobtype import BoundDiscover, BoundJobType, BoundRole
from jobclients_core.judge import Response
from jobclients_core.operation import Call, Operation
from jobclients_core.shapes import is_sequence
from jobclients_core.states import JobState

from .classify import status_of
from .errors import AmbiguousRun, SubmitUncertain
from .handle import Handle, RunKey
from .identity import bind, elements, fill, fits, given_arguments, inside, of_submission, typed
from .reading import facts_of, run_id
from .runs import keys_of, runs_in, same_run
from .status import JobStatus

_GATEWAYS = frozenset((502, 504))
_LOOKS = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each look for a submission whose answer was lost."""


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
        before.baseline = yield from _baseline(session, kind, kind.type.select, before)
    known = None
    if kind.discover is not None:
        known = yield from _listed(session, kind, kind.discover, before, given)
    given, before.key = _with_key(kind, role, given)
    operation = role.operation
    certain = operation.repeatable
    if before.key is not None and not _looks_up(kind):
        operation = dataclasses.replace(operation, idempotent=True)
    before.submitted_at = session.clock.wall()
    try:
        response = yield from _send(session, operation.call(**given), certain=certain)
    except SubmitUncertain as error:
        found = yield from _look_for(session, kind, before, error)
        return Submitted(found)
    facts = facts_of(response)
    handle = dataclasses.replace(before, identity=of_submission(kind, session, given, facts))
    if kind.discover is not None and known is not None and kind.discover.identity.name not in handle.identity:
        yield from _discover(session, kind, kind.discover, handle, given, known)
    _check(kind, handle, operation)
    if kind.type.select is not None and kind.type.select.submitted:
        _pin(kind.type.select, handle, facts)
    return Submitted(handle, response.body, _final(session, kind, handle, facts))


def _baseline(session: Session, kind: BoundJobType[Any], select: Select, handle: Handle) -> Flow[tuple[RunKey, ...]]:
    """Keys of the runs that are there before the submission."""
    call = kind.status.operation.call(**bind(kind.status, handle.identity))
    try:
        response: Response[Any] = yield from call_flow(session, call)
    except NotFound:
        # Whether it exists at all is submit's to say.
        return ()
    return keys_of(runs_in(select, select.source, handle.identity, facts_of(response)))


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


def _looks_up(kind: BoundJobType[Any]) -> bool:
    """Whether a lost submission is found in a list, rather than sent again."""
    return kind.list is not None and bool(kind.list.items)


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


def _look_for(session: Session, kind: BoundJobType[Any], before: Handle, error: SubmitUncertain) -> Flow[Handle]:
    """Look for a submission by the key that it carried."""
    error.key = before.key
    if fits(kind, before.identity) is None and kind.discover is None:
        error.job = before
    if before.key is None or not _looks_up(kind):
        raise error
    role = kind.list
    assert role is not None
    for delay in _LOOKS:
        if delay:
            yield Sleep(delay)
        try:
            response = yield from call_flow(session, role.operation.call(**bind(role, before.identity, before.key)))
        except (ApiError, TransportError, DecodeError):
            continue
        found = [item for item in _items(role, facts_of(response)) if before.key in json.dumps(item)]
        if len(found) > 1:
            raise AmbiguousRun(f"{len(found)} jobs carry the key of this submission") from error
        if found:
            return _of_item(kind, role, before, found[0], error)
    raise error


def _items(role: BoundRole, facts: Facts) -> list[dict[str, Any]]:
    return elements(evaluate(role.items, facts))


def _of_item(kind: BoundJobType[Any], role: BoundRole, before: Handle, item: Any, error: SubmitUncertain) -> Handle:
    identity = dict(before.identity)
    for part in kind.identity:
        value = typed(part, inside(item, role.keys[part.name])) if part.name in role.keys else None
        if value is not None:
            identity[part.name] = value
    if fits(kind, identity) is not None:
        raise error
    return dataclasses.replace(before, identity=identity, seen=True)


def _check(kind: BoundJobType[Any], handle: Handle, operation: Operation[Any]) -> None:
    reason = fits(kind, handle.identity)
    if reason is not None:
        raise SubmitUncertain(
            f"the answer to the submission does not say which job it is: {reason}",
            operation=operation.id,
            key=handle.key,
        )


def _pin(select: Select, handle: Handle, facts: Facts) -> None:
    """Keep the key of the run that submit's answer shows, if it is a new one."""
    keys = keys_of(runs_in(select, select.submitted, handle.identity, facts))
    if len(keys) == 1 and not any(same_run(keys[0], old) for old in handle.baseline or ()):
        handle.learn(keys[0], "exact")


def _final(session: Session, kind: BoundJobType[Any], handle: Handle, facts: Facts) -> JobStatus[Any] | None:
    """The status of a job that ended in the answer to its submission."""
    rule = kind.type.final
    fold = kind.type.match == "casefold"
    if rule is None or not all(condition.holds(facts, fold=fold) for condition in rule.when):
        return None
    whole = dataclasses.replace(facts, run=facts.body)
    return status_of(kind.type, whole, session.zone, state=JobState(rule.state), run_id=run_id(kind, handle))


def _listed(
    session: Session, kind: BoundJobType[Any], discover: BoundDiscover, handle: Handle, given: Mapping[str, Any]
) -> Flow[list[str | int]]:
    """Identifiers in the list of runs."""
    arguments = bind(discover.role, handle.identity)
    for name, value in discover.role.arguments.items():
        place = parse(value) if isinstance(value, str) else None
        if place is not None and place.root == "request":
            arguments[name] = given.get(kind.argument(place))
    response = yield from call_flow(session, discover.role.operation.call(**arguments))
    found = [inside(item, discover.key) for item in _items(discover.role, facts_of(response))]
    return [value for value in found if isinstance(value, (str, int)) and not isinstance(value, bool)]


def _discover(
    session: Session,
    kind: BoundJobType[Any],
    discover: BoundDiscover,
    handle: Handle,
    given: Mapping[str, Any],
    known: list[str | int],
) -> Flow[None]:
    """Find the run that the answer does not name: the one that is new in the list."""
    part = discover.identity
    end = session.clock.monotonic() + discover.within
    delay = kind.poll.initial
    shown: list[str | int] = []
    while True:
        before = _fresh(shown, known)
        looked = True
        try:
            shown += yield from _listed(session, kind, discover, handle, given)
        except (ApiError, TransportError, DecodeError) as error:
            if isinstance(error, ApiError) and not error.transient:
                raise _unfound(kind, error) from error
            looked = False
        fresh = _fresh(shown, known)
        if len(fresh) > 1:
            raise AmbiguousRun(
                f"{len(fresh)} runs began with this submission, and which is its own cannot be told",
                operation=discover.role.operation.id,
            )
        good = typed(part, fresh[0]) if fresh else None
        # A run that began of itself in between may show first: the one that showed alone has to do so twice.
        if good is not None and before and looked:
            handle.identity = {**handle.identity, part.name: good}
            handle.attribution = "newer_than_baseline"
            return
        if good is not None and not before:
            yield Sleep(kind.poll.initial)
            continue
        if session.clock.monotonic() + delay > end:
            raise _unfound(kind, None)
        yield Sleep(delay)
        delay = min(delay * kind.poll.multiplier, kind.poll.max)


def _fresh(listed: list[str | int], known: list[str | int]) -> list[str | int]:
    """Identifiers that were not there before; of numbers only greater ones, as old runs may come into view."""
    highest = max((value for value in known if isinstance(value, int)), default=None)
    new = [value for value in dict.fromkeys(listed) if value not in known]
    return [value for value in new if highest is None or not isinstance(value, int) or value > highest]


def _unfound(kind: BoundJobType[Any], cause: JobClientsError | None) -> SubmitUncertain:
    assert kind.submit is not None
    return SubmitUncertain(
        "the job was submitted, but which run it is could not be found" + (f": {cause}" if cause is not None else ""),
        operation=kind.submit.operation.id,
    )
