"""Asks for the status of many jobs with the vendor's call that lists jobs."""

from __future__ import annotations

import copy
import json
from typing import Any

from jobclients_core.calls import Session, call_flow
from jobclients_core.client import session_of
from jobclients_core.conditions import find
from jobclients_core.decode import decode_model
from jobclients_core.errors import ApiError, DecodeError, JobClientsError
from jobclients_core.expressions import ABSENT, IDS, PAGE, ResponseContext, evaluate
from jobclients_core.flow import Flow
from jobclients_core.jobtype import BoundJobType, OperationBinding
from jobclients_core.model import adapter_of
from jobclients_core.response_parser import retry_after
from jobclients_core.statuses import lookup

from .classify import ended, logger, state_of, with_run
from .fields import with_result
from .identity import bind, elements, inside, typed
from .schedule import Entry, Listing, Queue
from .status_calls import context_of, legible
from .waiting import Reported, tolerable

_Key = tuple[str | int | None, ...]


def listing_flow(listing: Listing) -> Flow[tuple[list[Entry], list[Entry]]]:
    """Ask about many jobs in one call, or in one for each page as long as pages tell of some of them.

    Args:
        listing: The jobs, and whose they are.

    Returns:
        Those that were told something, be it that asking failed; and those that have to be asked about one by one.
    """
    queue = listing.queue
    role = queue.kind.status_many
    assert role is not None  # only such lanes ask so
    wanted: dict[_Key, list[Entry]] = {}
    reported: list[Entry] = []
    alone: list[Entry] = []
    for entry in listing.entries:
        key = tuple(entry.handle.identity.get(name) for name in role.keys)
        if None in key:
            # Known by something that the list does not tell; an element that tells nothing either is another's.
            entry.missed += 1
            alone.append(entry)
        else:
            wanted.setdefault(key, []).append(entry)
    failure: JobClientsError | None = None
    session = session_of(queue.client)
    began = session.clock.monotonic()
    # Whoever's wait ends first; the schedule leaves those out that end too soon for a list.
    deadline = min(entry.waiting.limit for entry in listing.entries)
    asked: float | None = None
    try:
        for keys in _chunks(role, list(wanted)):
            if any(key in wanted for key in keys):
                pause = yield from _walk_pages(session, queue, role, wanted, reported, alone, deadline, keys)
                asked = max(asked or 0.0, pause or 0.0)
    except JobClientsError as error:
        failure = error
        asked = failure.retry_after if isinstance(failure, ApiError) else None
    listing.took = session.clock.monotonic() - began
    listing.asked = asked or 0.0
    rest = [entry for entries in wanted.values() for entry in entries]
    if failure is not None and tolerable(failure, queue.kind.poll):
        for entry in rest:
            # A copy, because each wait notes in its error how far it came.
            entry.waiting.reported = copy.copy(failure)
        return [*reported, *rest], alone
    if failure is not None:
        kind = queue.kind
        logger.warning("%s.%s: asking about many jobs in one call failed: %s", kind.vendor, kind.name, failure)
        queue.listed = False
    for entry in rest:
        entry.missed += 1
    return reported, [*alone, *rest]


def _chunks(binding: OperationBinding, keys: list[_Key]) -> list[list[_Key]]:
    """The jobs of each call: as many as one takes, where it takes their identifiers; else all."""
    most = binding.most if IDS in binding.arguments.values() else 0
    return [keys[start : start + most] for start in range(0, len(keys), most)] if most else [keys]


def _ids(binding: OperationBinding, name: str, keys: list[_Key]) -> Any:
    """The identifiers as an argument: a list, or a text in which commas separate them."""
    ids = [value for (value,) in keys]
    taken = next((item for item in binding.operation.parameters if item.name == name), None)
    return ids if taken is None or taken.many else ",".join(map(str, ids))


def _walk_pages(
    session: Session,
    queue: Queue,
    binding: OperationBinding,
    wanted: dict[_Key, list[Entry]],
    reported: list[Entry],
    alone: list[Entry],
    deadline: float,
    keys: list[_Key],
) -> Flow[float | None]:
    """Take out of `wanted` what the pages tell of; the result is how long the vendor asks to wait afterwards."""
    arguments = bind(binding, next(iter(wanted.values()))[0].handle.identity)
    arguments |= {name: _ids(binding, name, keys) for name, value in arguments.items() if value == IDS}
    paged = [name for name, value in arguments.items() if value == PAGE]
    page = 1
    while True:
        call = binding.operation.call(**{**arguments, **dict.fromkeys(paged, page)})
        began = session.clock.monotonic()
        response = yield from legible(call_flow(session, call, retries=0, deadline=deadline))
        took = session.clock.monotonic() - began
        before = len(wanted)
        found: dict[_Key, list[Any]] = {}
        for item in elements(evaluate(binding.items, context_of(response))):
            found.setdefault(_key_of(queue.kind, binding, item), []).append(item)
        for key, items in found.items():
            entries = wanted.pop(key, None)
            if entries is not None:
                sure = _agree(queue.kind, items) and _report(session, queue.kind, items[0], entries, took)
                (reported if sure else alone).extend(entries)
        if not paged or not wanted or len(wanted) == before:
            return retry_after(response.headers, session.clock.wall())
        page += 1


def _key_of(job_type: BoundJobType[Any], binding: OperationBinding, item: Any) -> _Key:
    parts = {part.name: part for part in job_type.identity}
    return tuple(typed(parts[name], inside(item, place)) for name, place in binding.keys.items())


def _agree(job_type: BoundJobType[Any], items: list[Any]) -> bool:
    """Whether all elements of one job tell the same state."""
    context = [with_run(ResponseContext(200, {}, item), item) for item in items] if len(items) > 1 else []
    return len({state_of(job_type.type, with_result(job_type.type, one)) for one in context}) < 2


def _report(session: Session, job_type: BoundJobType[Any], item: Any, entries: list[Entry], took: float) -> bool:
    """Tell waits what an element says; False where only a call about the one job says enough."""
    context = with_run(ResponseContext(200, {}, item), item)
    payload = _payload(session, job_type, item)
    if ended(job_type.type, context) and (payload is None or _lacks(job_type, context)):
        return False
    for entry in entries:
        entry.missed = 0
        entry.waiting.reported = Reported(context, payload, took)
    return True


def _payload(session: Session, job_type: BoundJobType[Any], item: Any) -> Any:
    """The element as the type of a response to a status call, or None."""
    name = lookup(job_type.status.operation.returns, 200, None)
    if not isinstance(name, str):
        return None
    try:
        content = json.dumps(item).encode()
        return decode_model(adapter_of(session.vendor.models, name), content, item, session.zone)
    except DecodeError:
        return None


def _lacks(job_type: BoundJobType[Any], context: ResponseContext) -> bool:
    """Whether an end may mean more than the element shows: a second look at its result, the result, or the error."""
    wanted = "result" if state_of(job_type.type, with_result(job_type.type, context)).ok else "error"
    rule = job_type.type.fields.get(wanted)
    reported = () if rule is None else rule.reported
    missing = bool(reported) and all(find(source, context) is ABSENT for source in reported)
    return bool(job_type.type.refine) or missing
