"""What always holds, whatever happens in a world: the invariants I1 to I11.

The judge knows the truth: whose each run is, when it ended, and what was lost on the way.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from jobclients_core.errors import (
    ApiError,
    AuthenticationError,
    DecodeError,
    JobClientsError,
    NotFound,
    TransportError,
)
from jobclients_core.jobs import (
    AmbiguousRun,
    HandleError,
    JobCancelled,
    JobExpired,
    JobFailed,
    NotSubmitted,
    RecordError,
    RecordMismatch,
    RunSuperseded,
    SubmitUncertain,
    UnknownState,
    WaitTimeout,
    WrongJob,
)
from jobclients_core.jobs.status import JobStatus

from .kinds import GRACE, KEEPS, MISSING, SETTLE, SKEW, STEP, TOLERATE
from .login import LOGIN
from .network import Look
from .vendor import Run

if TYPE_CHECKING:
    from .scenario import Intent, Scenario, Wait
    from .world import Task

_STATES = {"succeeded": "SUCCEEDED", "failed": "FAILED", "cancelled": "CANCELLED"}
LOGIN_PAUSE = 5.0
"""Seconds for which a password that was refused is not tried again."""
SLACK = 0.011
"""Seconds that are not difference."""


def own_runs(scenario: Scenario, intent: Intent) -> list[Run]:
    """The runs that are an intent's."""
    return [run for run in scenario.world.vendor.runs if intent.name in run.claims]


def _lost(scenario: Scenario, own: list[Run]) -> bool:
    """Whether the vendor itself lost a run of ours, or counts anew: then nobody can tell."""
    return any(run.gone < math.inf for run in own) or scenario.world.vendor.resets > 0


# --- submissions ---


def judge_submission(scenario: Scenario, call: Task, result: Any, error: JobClientsError | None) -> None:
    """Note how a submission ended, and what can be said of it at once.

    Args:
        scenario: The world with its people.
        call: Its flow.
        result: What it gave.
        error: What it raised.
    """
    world, intent = scenario.world, scenario.intent
    intent.error = error
    intent.outcome = _outcome(call, result, error, before=bool(intent.looks) and not sends(call))
    intent.handle = result.handle if result is not None else getattr(error, "job", None)
    world.seen[f"submit ({scenario.kind.name}): {intent.outcome}"] += 1
    world.note("us", f"submission: {intent.outcome} {error or ''}")
    if isinstance(error, (RecordMismatch, HandleError)):
        world.fault("I8", f"the record cannot be gone on with: {type(error).__name__}")
    _judge_repeats(scenario, call)
    if intent.handle is not None:
        _judge_named(scenario, intent)


def sends(call: Task) -> bool:
    """Whether a flow sent a submission."""
    return any(look.operation.endswith("_submit") for look in call.looks)


def _outcome(call: Task, result: Any, error: JobClientsError | None, *, before: bool) -> str:
    """What became of a submission, in a word.

    Args:
        call: Its flow.
        result: What it gave.
        error: What it raised.
        before: Whether an earlier call sent it and this one did not, whose failure then says nothing of it.
    """
    if result is not None:
        return "handle"
    if isinstance(error, SubmitUncertain):
        return "uncertain"
    if isinstance(error, AmbiguousRun):
        return "ambiguous"
    if isinstance(error, NotSubmitted):
        return "not submitted"
    if before or (isinstance(error, RecordError) and sends(call)):
        return "handle" if error is not None and error.job is not None else "open"
    return "refused"


def _judge_repeats(scenario: Scenario, call: Task) -> None:
    """I5: nothing is sent again after it may have arrived, unless the vendor honours the key."""
    if scenario.kind.name == "keyed":
        return
    looks = [look for look in call.looks if look.operation.endswith("_submit")]
    for before in looks[:-1]:
        if before.may_have:
            scenario.world.fault("I5", f"sent again although it may have arrived ({before.fault or 'well'})")


def _judge_named(scenario: Scenario, intent: Intent) -> None:
    """I1 of a handle: the job that it names is ours, or a weaker attribution says so."""
    handle = intent.handle
    number = None if handle is None else handle.identity.get("id")
    if handle is None or number is None:
        return
    wanted = str(number).removeprefix("j")
    runs = [run for run in scenario.world.vendor.runs if str(run.number) == wanted]
    if any(intent.name in run.claims for run in runs):
        return
    _judge_stranger(scenario, intent, runs[-1] if runs else None, handle.attribution, "a handle names")


def _judge_stranger(scenario: Scenario, intent: Intent, run: Run | None, attribution: str, said: str) -> None:
    """I1: another's run was taken for ours."""
    world = scenario.world
    whose = "no run" if run is None else f"a run of {run.by}"
    if run is None or attribution == "exact":
        world.fault("I1", f"{said} {whose}, {attribution}")
        return
    viewed = intent.viewed if intent.viewed is not None else -math.inf
    # A process that died before it sent anything left the moment of its intent to the next one.
    sent = next(moment for moment in (intent.sent, world.saved, world.now) if moment is not None)
    undated = attribution == "in_window" and _may_be_newer(scenario, intent, run)
    if undated or _forgotten(scenario, intent, run):
        world.seen["another's run taken, which is not known"] += 1
    elif run.created <= viewed:
        world.fault("I1", f"{said} {whose} that was there before, {attribution}")
    elif scenario.kind.type.select is not None and run.by == "schedule":
        world.fault("I1", f"{said} {whose}, which the job type excludes, {attribution}")
    elif scenario.kind.type.select is not None and run.created < sent - SKEW - 100.0 and not scenario.clocks_wrong:
        world.fault("I1", f"{said} {whose} that began {sent - run.created:.0f} s before, {attribution}")
    else:
        world.seen["another's run taken, which is not known"] += 1


def _forgotten(scenario: Scenario, intent: Intent, run: Run) -> bool:
    """Whether the baseline was answered without a run that had ended, which a replica that lags may show."""
    return intent.viewed is not None and intent.viewed >= run.stopped + scenario.world.vendor.purge


def _may_be_newer(scenario: Scenario, intent: Intent, run: Run) -> bool:
    """Whether only the vendor's clock could tell which is newer, this run or those of the baseline, and does not."""
    baseline = intent.handle.baseline if intent.handle is not None else None
    stamps = [int(key["creation-date"]) for key in baseline.keys] if baseline is not None else []
    return not scenario.world.vendor.has_numbers and bool(stamps) and run.stamp > max(stamps) - 1000 * STEP


# --- waits ---


def judge_wait(scenario: Scenario, wait: Wait) -> None:
    """Judge how a wait ended.

    Args:
        scenario: The world with its people.
        wait: The wait.
    """
    error = wait.error
    ended = "returned" if error is None else type(error).__name__
    scenario.world.seen[f"wait ({scenario.kind.name}): {ended}"] += 1
    scenario.world.note("us", f"wait: {ended} {error or ''}")
    _judge_time(scenario, wait)
    if error is None or isinstance(error, (JobFailed, JobCancelled)):
        _judge_status(scenario, wait, wait.status)
    elif isinstance(error, WaitTimeout):
        _judge_timeout(scenario, wait, error)
    elif not _may_end(scenario, wait, error):
        looks = wait.looks()
        fault = (looks[-1].fault or "no fault") if looks else "no look"
        scenario.world.fault("I7", f"a wait ends with {ended} after {fault}")
    _judge_asked(scenario, wait)
    _judge_told(scenario, wait)


def _judge_status(scenario: Scenario, wait: Wait, status: JobStatus[Any] | None) -> None:
    """I1 and I2: the end is one that our own job has reached."""
    world = scenario.world
    if status is None or not (status.message or "").isdecimal():
        world.fault("I2", "an end comes out that no response told")
        return
    serial = int(status.message or "")
    run = world.vendor.runs[serial] if serial < len(world.vendor.runs) else None
    if run is not None and run.word(world.now) != _STATES.get(status.state):
        world.fault("I2", f"an end comes out that was not reached: {status.state}")
    if run is None or wait.intent.name not in run.claims:
        _judge_stranger(scenario, wait.intent, run, status.attribution, "an end comes out of")


def _judge_told(scenario: Scenario, wait: Wait) -> None:
    """I9: an end is told once, and nothing after it."""
    ends = [index for index, status in enumerate(wait.told) if status.state.terminal]
    if len(ends) > 1 or (ends and ends[0] != len(wait.told) - 1):
        scenario.world.fault("I9", "something is told after an end")


def _judge_asked(scenario: Scenario, wait: Wait) -> None:
    """I11: nobody asks again before the vendor wants it."""
    if wait.together:
        return
    looks = wait.looks()
    for before, after in pairwise(looks):
        if before.asked is None or before.closed is None or before.operation != after.operation:
            continue
        last = wait.cancels and after.at >= wait.end - SLACK
        if not last and after.at < before.closed + before.asked - SLACK:
            scenario.world.fault("I11", f"asked again after {after.at - before.closed:.2f} s, not {before.asked:g} s")


def _judge_time(scenario: Scenario, wait: Wait) -> None:
    """I4: nothing goes on after the wait's time, but for its first look and a cancel."""
    world = scenario.world
    looks = wait.looks()
    allowance = 10.0 if sum(look.at <= wait.end for look in looks) <= 1 or wait.together else 0.0
    if wait.cancels:
        allowance += 20.0
    queues = wait.together and wait.cancels  # one job is stopped after the other, by as many as the set has
    if world.now > wait.end + allowance + SLACK and not queues:
        world.fault("I4", f"a wait of {wait.whole:g} s takes {world.now - wait.began:.2f} s")
    # Of several waits for a job in one set, each may be the one that stops it.
    first = min(one.end for one in scenario.waits if one.tasks is wait.tasks and one.handle is wait.handle)
    for look in looks:
        if look.operation.endswith("_cancel") and wait.cancels and look.at < first - SLACK:
            world.fault("I4", f"a wait of {wait.whole:g} s cancels after {look.at - wait.began:.2f} s")


def _reserve(wait: Wait) -> float:
    """Seconds before the end from which on no look has to begin any more."""
    looks = wait.looks()
    longest = max((look.closed - look.at for look in looks if look.closed is not None), default=0.0)
    return min(max(2 * longest, 0.2), 5.0, wait.whole / 2)


def _judge_timeout(scenario: Scenario, wait: Wait, error: WaitTimeout) -> None:
    """I3: a job that ended in time comes out."""
    world = scenario.world
    polls = [look for look in wait.looks() if not look.operation.endswith("_cancel")]
    if not polls:
        # In a set a job may be behind one whose look takes all the time.
        logins = any(look.operation == LOGIN for task in wait.process.tasks for look in task.looks)
        if not wait.together and not logins:
            world.fault("I3", f"a wait of {wait.whole:g} s never looks")
        return
    own = own_runs(scenario, wait.intent)
    if len(own) != 1 or own[0].by != wait.intent.name or wait.intent.stopped or wait.together:
        return
    run, last = own[0], polls[-1]
    shows = run.ends + world.vendor.lag
    if scenario.kind.type.limits and len(wait.process.tasks) > 2:
        return  # the limits may have held its last look back
    if run.ends + world.vendor.purge < world.now or run.gone < math.inf:
        return
    limit = wait.end - _reserve(wait)
    # A look waits for a login, whoever makes it.
    renewals = [look for task in wait.process.tasks for look in task.looks if look.operation == LOGIN]
    under_way = [look for look in (last, *renewals) if look.at <= limit]
    busy = any(look.closed is None or look.closed + (look.asked or 0.0) > limit for look in under_way)
    if last.at < shows + SLACK < limit and not busy:
        world.fault(
            "I3",
            f"a wait of {wait.whole:g} s looked last after {last.at - wait.began:.2f} s, "
            f"and the job ended after {run.ends - wait.began:.2f} s",
        )


def _may_end(scenario: Scenario, wait: Wait, error: JobClientsError) -> bool:
    """I7: whether there is a reason for a wait to end with this error."""
    world = scenario.world
    intent = wait.intent
    own = own_runs(scenario, intent)
    others = [run for run in world.vendor.runs if intent.name not in run.claims]
    newer = [
        run
        for run in others
        if intent.viewed is None or run.created > intent.viewed or _forgotten(scenario, intent, run)
    ]
    # The job type does not say that a submission may be given a run that was there before, or that a schedule began.
    joined = scenario.kind.type.select is not None and any(run.by != intent.name for run in own)
    # Where only dates tell which run is newer, ours seems to be older than those that were there before.
    dated = scenario.kind.type.select is not None and not world.vendor.has_numbers
    older = dated and world.vendor.stepped_back > STEP
    hidden = not own or joined or older or _lost(scenario, own) or scenario.clocks_wrong
    age = wait.ended - intent.sent if wait.ended is not None and intent.sent is not None else math.inf
    if isinstance(error, (AmbiguousRun, RunSuperseded, UnknownState)):
        return bool(newer) or hidden or world.vendor.lag > MISSING
    if isinstance(error, (JobExpired, NotFound)):
        purged = any(world.now > run.stopped + world.vendor.purge for run in own)
        # Waits of one handle share what was answered.
        shared = [look for task in wait.process.tasks for look in task.looks if look.about is wait.handle]
        shared = sorted((look for look in shared if look.closed is not None), key=_answered)
        answered = [look.status for look in shared if look.status == 404 or not bad(look)]
        repeated = answered[-2:] == [404, 404]
        slow = world.vendor.lag >= GRACE or (scenario.kind.name == "found" and not own)
        return purged or hidden or repeated or slow or age < 0
    if isinstance(error, AuthenticationError):
        return world.door is not None and world.now >= world.door.ends
    passing = isinstance(error, (TransportError, WrongJob)) or (isinstance(error, DecodeError) and not error.readable)
    if passing or (isinstance(error, ApiError) and error.status >= 400):
        if wait.together:
            return world.now - wait.began >= TOLERATE - SLACK  # lists that told of others are not looks at this job
        return wait.ended is not None and wait.ended - _failing_since(wait) >= TOLERATE - SLACK
    return False


def _failing_since(wait: Wait) -> float:
    """When the first of the failures came with which a wait ended; a login that failed is one."""
    since = math.inf
    logins = [look for task in wait.tasks for look in task.looks if look.operation == LOGIN and bad(look)]
    for look in sorted((*wait.looks(), *logins), key=_when, reverse=True):
        if look.closed is not None and not bad(look):
            break
        since = look.closed if look.closed is not None else since
    return since


def bad(look: Look) -> bool:
    """Whether a request was not answered well."""
    return look.fault not in ("", "slow", "asked to wait", "other success") or look.status is None


# --- stopping ---


def judge_cancel(scenario: Scenario, run: Run, task: Task, look: Look) -> None:
    """I10: only our own run is stopped, unless nobody could tell.

    Args:
        scenario: The world with its people.
        run: The run that was stopped.
        task: Whose flow asked for it.
        look: By which request.
    """
    world, intent = scenario.world, scenario.intent
    world.seen["run stopped"] += 1
    world.note("vendor", f"run {run.serial} of {run.by} is stopped")
    ours = {intent.name, *(wait.intent.name for wait in scenario.waits)}
    if ours & run.claims:
        for wait in scenario.waits:
            wait.intent.stopped |= wait.intent.name in run.claims
        return
    viewed = intent.viewed if intent.viewed is not None else -math.inf
    if _ended_meanwhile(scenario, task, look):
        world.seen["another's run stopped, as ours ended meanwhile"] += 1
    elif run.created <= viewed:
        world.fault("I10", f"a run of {run.by} was stopped that was there before")
    elif scenario.kind.name not in ("named", "found"):
        world.fault("I10", f"a run of {run.by} was stopped")
    else:
        world.seen["another's run stopped, which is not known"] += 1


def _ended_meanwhile(scenario: Scenario, task: Task, look: Look) -> bool:
    """Whether the response that stops a job at once showed our own run, which has ended when the stop arrives.

    A stop that was not sent is sent again by the same call, and counts from when it was tried first.
    """
    before = [other for other in task.looks if other is not look and other.at <= look.at and other.operation != LOGIN]
    begun = look.at
    while before and before[-1].operation == look.operation and before[-1].fault == "not sent":
        begun = before.pop().at
    last = before[-1] if before else None
    if last is None or last.view is None or last.closed is None or begun > last.closed + SLACK:
        return False
    own = own_runs(scenario, scenario.intent)
    # Another stop of ours may come at the very moment of that answer, and after it.
    shown = [run for run in own if run.created <= last.view < run.ends and last.view <= run.cancelled]
    return any(run.stopped <= scenario.world.now for run in shown)


# --- the end of a world ---


def judge_end(scenario: Scenario) -> None:
    """Judge what only the end of a world shows.

    Args:
        scenario: The world with its people.
    """
    world, intent = scenario.world, scenario.intent
    begun = [run for run in world.vendor.runs if run.by == intent.name]
    fair = scenario.kind.name != "keyed" and _beyond(scenario)
    if intent.outcome in ("refused", "not submitted") and own_runs(scenario, intent):
        last = intent.looks[-1].fault if intent.looks else ""
        # What was proven not to be taken was sent again, and came after all.
        proven = intent.again is not None and all(run.created < intent.again for run in own_runs(scenario, intent))
        if fair and (intent.outcome == "not submitted" or proven):
            world.seen["taken and said not to be, which is not known"] += 1
        else:
            said = type(intent.error).__name__
            world.fault("I6", f"{said} says no, and the vendor has the job ({last or 'no fault'})")
    if len(begun) > 1:
        if fair:
            world.seen["submitted twice, which is not known"] += 1
        else:
            world.fault("I5", f"{len(begun)} runs of one submission")
    for wait in scenario.waits:
        if wait.left is not None:
            _judge_left(scenario, wait)
        elif wait.ended is None and wait.process.alive:
            world.fault("I7", "a wait does not end")
    _judge_logins(scenario)
    world.seen[f"runs of ours at the end: {min(len(begun), 3)}"] += 1


def _judge_left(scenario: Scenario, wait: Wait) -> None:
    """I4: nobody asks about a job that was taken out of its set, unless somebody else waits for it."""
    assert wait.left is not None
    others = any(other.handle is wait.handle for other in scenario.waits if other is not wait)
    looks = [look for task in wait.tasks for look in task.looks if look.about is wait.handle]
    if not others and any(look.at > wait.left for look in looks):
        scenario.world.fault("I4", "a job is asked about after it was taken out of its set")


def _judge_logins(scenario: Scenario) -> None:
    """I11: a password that was refused is not tried again at once, by whoever shares it."""
    world = scenario.world
    for process in world.processes if world.door is not None else ():
        looks = sorted((look for task in process.tasks for look in task.looks if look.operation == LOGIN), key=_when)
        for before, after in pairwise(looks):
            if before.status == 401 and before.closed is not None and after.at < before.closed + LOGIN_PAUSE:
                world.fault("I11", f"a refused password is tried again after {after.at - before.closed:.2f} s")


def _when(look: Look) -> float:
    return look.at


def _answered(look: Look) -> tuple[float, bool]:
    """When; of responses that came at the same moment, nobody can say that a 404 was not the last."""
    return look.closed or look.at, look.status == 404


def _beyond(scenario: Scenario) -> bool:
    """Whether lag, flight or others go beyond what the vendor's interface lets anybody tell."""
    vendor = scenario.world.vendor
    own = own_runs(scenario, scenario.intent)
    return (
        vendor.lag > SETTLE
        or vendor.purge < KEEPS
        or _lost(scenario, own)
        or any(run.by in ("stranger", "schedule") for run in vendor.runs)
        # Without a baseline nothing tells how the clocks of two hosts differ.
        or (scenario.kind.name == "listed" and any(process.offset for process in scenario.world.processes))
    )
