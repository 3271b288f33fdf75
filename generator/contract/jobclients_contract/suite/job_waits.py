"""Test cases of waiting: how often, how long, which errors are tolerated, and what "not found" means when."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any, Final

from jobclients_contract.failure import expect, happened, refuse
from jobclients_contract.harness.loopback import RESET, Script, scripted
from jobclients_contract.schema_model.document import listed, objects
from jobclients_contract.schema_model.jobtypes import JobType, Telling
from jobclients_contract.schema_model.pointers import seconds, texts
from jobclients_contract.suite.case import spoken
from jobclients_contract.suite.job_fixture import JobFixture, ScriptSource, fixture_of, job_type, script
from jobclients_contract.suite.job_statuses import JobCase, before_submitting
from jobclients_contract.suite.running import Run

_UNHEARD_OF: Final = "987654"
"""A word that is not a vendor's, and that a number may be, too."""
_TRANSPORT: Final = "transport"
_LASTING: Final = (500, 501)
"""Errors of a server that are tolerated where they are listed, and not for going by, as 502 to 504 and 429 are."""
_CLOSE: Final = 1e-3
_LAST: Final = 0.2
"""Seconds before the end of a wait at which it looks for the last time, where responses take no time."""


@dataclass(frozen=True, kw_only=True)
class PaceCase(JobCase):
    """How a wait for a job type asks; all times in seconds.

    Attributes:
        initial: the first and shortest delay.
        max: the longest delay.
        multiplier: by how much the delays grow.
        timeout: how long a wait is without a word of the caller's.
        tolerates: the HTTP statuses that are tolerated beside transient ones (408, 425, 429, 499, 502 to 504, 520 to
            530), and ``transport`` where lost responses are.
        tolerates_for: for how many seconds.
        unknown: for how long a word is waited out that nobody knows.
    """

    initial: float
    max: float
    multiplier: float
    timeout: float
    tolerates: str
    tolerates_for: float
    unknown: float

    def hold(self, run: Run) -> None:
        """Waits ask so."""
        kind, fixture = job_type(run, self.about), fixture_of(run)
        self._delays(kind, fixture)
        self._ends(kind, fixture)
        self._failures(kind, fixture)
        self._lasting(kind, fixture)
        if kind.status_values():
            self._unheard_of(kind, fixture)

    def _delays(self, job_type: JobType, fixture: JobFixture) -> None:
        """The bound of the delays grows from the first one to the longest."""
        growth = self.multiplier if self.multiplier > 1 else math.inf
        count = min(30, 2 + math.ceil(math.log(self.max / self.initial, growth)))
        fixture.play({job_type.called("status").id: [*[busy(job_type)] * count, end(job_type)]})
        fixture.time.chance = 1 - 1e-9
        fixture.wait(fixture.job(job_type).wait(timeout=1e9))
        bounds = [min(self.max, self.initial * self.multiplier**number) for number in range(count)]
        _expect_delays("the longest delays differ", _limited(job_type, bounds), fixture.time.sleeps)
        fixture.play({job_type.called("status").id: [busy(job_type), busy(job_type), end(job_type)]})
        fixture.time.chance = 0.0
        fixture.wait(fixture.job(job_type).wait(timeout=1e9))
        bounds = [self.initial, self.initial]
        _expect_delays("the shortest delays differ", _limited(job_type, bounds), fixture.time.sleeps)

    def _ends(self, job_type: JobType, fixture: JobFixture) -> None:
        """Without a word of the caller's, a wait ends in its time, after a last look."""
        first = busy(job_type, after=max(self.timeout - 1, 0.0))
        fixture.play({job_type.called("status").id: chain([first], repeat(busy(job_type)))})
        fixture.raised(
            "WaitTimeout", lambda: fixture.wait(fixture.job(job_type).wait()), "the end of a wait that takes too long"
        )
        last = self.timeout - _LAST
        if not math.isclose(last, fixture.asked[-1].at, abs_tol=_CLOSE):
            refuse("the last look of a wait without a timeout", f"after {last} s", f"after {fixture.asked[-1].at} s")

    def _failures(self, job_type: JobType, fixture: JobFixture) -> None:
        """What is listed is tolerated once, and an error that is neither listed nor goes by is not."""
        tolerated = self.tolerates.split()
        scripts: dict[str, Script] = {item: scripted({}, int(item)) for item in tolerated if item != _TRANSPORT}
        if _TRANSPORT in tolerated:
            scripts[_TRANSPORT] = (RESET,)
        for item, failing in scripts.items():
            fixture.play({job_type.called("status").id: [failing, end(job_type)]})
            status = fixture.wait(fixture.job(job_type).wait())
            if not status.state.ok:
                refuse(f"a wait that meets {item} once", "a good end", str(status.state))
        happened()
        refused: dict[str, Script] = {str(status): scripted({}, status) for status in _LASTING}
        refused[_TRANSPORT] = (RESET,)
        for item, failing in refused.items():
            if item not in tolerated:
                fixture.play({job_type.called("status").id: [failing, end(job_type)]})
                self._raises(fixture, fixture.job(job_type), f"a wait that meets {item}, which is not tolerated")

    def _raises(self, fixture: JobFixture, job: Any, what: str) -> float:
        """The timestamp at which a wait ends with an error of the request's."""
        try:
            fixture.wait(job.wait(timeout=1e9))
        except Exception as error:
            if isinstance(error, fixture.run.error("JobClientsError")):
                return fixture.time.now
            raise
        return refuse(what, "an exception", "an end")

    def _lasting(self, job_type: JobType, fixture: JobFixture) -> None:
        """What lasts is tolerated for so long, and no longer."""
        status = next((item for item in self.tolerates.split() if item in ("503", "429")), None)
        if status is None:
            return
        after = max(self.tolerates_for - self.initial, 0.0)
        reportable = [scripted({}, int(status), Retry_After=str(round(after))), *[scripted({}, int(status))] * 9]
        fixture.play({job_type.called("status").id: reportable})
        fixture.time.chance = 0.0
        self._at(
            self.tolerates_for,
            self._raises(fixture, fixture.job(job_type), f"{status} that lasts"),
            f"{status} was tolerated",
        )

    def _unheard_of(self, job_type: JobType, fixture: JobFixture) -> None:
        """A word that nobody knows is waited out for so long."""
        body = job_type.saying(next(iter(job_type.reportable)))
        strange = job_type.saying(_UNHEARD_OF, body).json
        first = script(job_type, strange, Retry_After=str(round(max(self.unknown - self.initial, 0.0))))
        fixture.play({job_type.called("status").id: [first, *[script(job_type, strange)] * 9]})
        fixture.time.chance = 0.0
        job = fixture.job(job_type)
        fixture.raised("UnknownState", lambda: fixture.wait(job.wait(timeout=1e9)), "a word that nobody knows")
        self._at(self.unknown, fixture.time.now, "an unknown word was tolerated")

    def _at(self, wanted: float, timestamp: float, what: str) -> None:
        happened()
        # Retry-After holds whole seconds, and the first delay is the shortest.
        if not wanted - _CLOSE <= timestamp <= wanted + 1 + self.initial:
            refuse(f"{what} for another time", f"{wanted} s", f"{timestamp} s")


def pace(
    kind: str, /, *, initial: float, max: float, multiplier: float, timeout: float, tolerates: str,
    tolerates_for: float, unknown: float,
) -> PaceCase:  # fmt: skip
    """How a wait for a job type asks; all times in seconds.

    Args:
        kind: the job type.
        initial: the first and shortest delay.
        max: the longest delay.
        multiplier: by how much the delays grow.
        timeout: how long a wait is without a word of the caller's.
        tolerates: the HTTP statuses that are tolerated, and ``transport`` where lost responses are.
        tolerates_for: for how many seconds.
        unknown: for how long a word is waited out that nobody knows.
    """
    values: dict[str, Any] = {"initial": initial, "max": max, "multiplier": multiplier, "timeout": timeout}
    values |= {"tolerates": tolerates, "tolerates_for": tolerates_for, "unknown": unknown}
    return PaceCase(source=spoken("pace", kind, **values), about=kind, **values)


@dataclass(frozen=True, kw_only=True)
class NotFoundCase(JobCase):
    """A job that was submitted and is not found: ``not_found("runs", "queued", within=30, confirm=10)``."""

    state: str
    within: float
    confirm: float

    def hold(self, run: Run) -> None:
        """It has that state for so long; later it has expired once a second look does not find it either."""
        kind, fixture = job_type(run, self.about), fixture_of(run)
        gone = scripted({}, 404)
        fixture.play(submitting(kind, *[gone] * 3))
        job = fixture.submit(kind)
        expect(self.state, str(fixture.wait(job.status()).state), "the state of a job that does not show yet")
        whole = max(self.within, self.confirm)
        fixture.time.pass_by(whole - 0.5)
        expect(self.state, str(fixture.wait(job.status()).state), "the state of a job that does not show yet")
        fixture.time.pass_by(1)
        fixture.raised("NotFound", lambda: fixture.wait(job.status()), f"a job that is not found after {whole} s")
        fixture.play(submitting(kind, busy(kind), gone, busy(kind), *[gone] * 3))
        job = fixture.submit(kind)
        fixture.wait(job.status())
        expect(
            "unknown", str(fixture.wait(job.status()).state), "the state of a job that was seen and is not found once"
        )
        fixture.wait(job.status())
        fixture.time.pass_by(self.within + 1)
        expect(
            "unknown", str(fixture.wait(job.status()).state), "the state of a job that was seen and is not found once"
        )
        fixture.time.pass_by(self.confirm - 0.5)
        expect(
            "unknown", str(fixture.wait(job.status()).state), "its state before the time between two looks has passed"
        )
        fixture.time.pass_by(1)
        fixture.raised(
            "JobExpired", lambda: fixture.wait(job.status()), "a job that was seen and is not found any more"
        )


def not_found(kind: str, state: str, /, *, within: float, confirm: float) -> NotFoundCase:
    """A job that was submitted and is not found.

    Args:
        kind: the job type.
        state: that it then has, unless it was seen before.
        within: seconds since the submission for which that is believed.
        confirm: seconds between the two looks that do not find a job which has expired.
    """
    source = spoken("not_found", kind, state, within=within, confirm=confirm)
    return NotFoundCase(source=source, about=kind, state=state, within=within, confirm=confirm)


def _expect_delays(what: str, expected: Sequence[float], slept: Sequence[float]) -> None:
    happened()
    close = [math.isclose(*pair, abs_tol=_CLOSE) for pair in zip(expected, slept, strict=False)]
    if not all(close) or len(expected) != len(slept):
        refuse(what, expected, slept)


def _limited(job_type: JobType, delays: list[float]) -> list[float]:
    """The delays between requests for the status, each with what the rate limits of that call add to it."""
    status = job_type.called("status").id
    limits = [objects(item) for item in listed(job_type.document.data.get("x-rate-limits"))]
    own = [item for item in limits if status in texts(item.get("operations"))]
    now, asked, found = 0.0, [0.0], list[float]()
    for delay in delays:
        now += delay
        found.append(delay)
        for item in own:
            recent = asked[-int(str(item.get("limit"))) :]
            free = recent[0] + seconds(str(item.get("per")))
            if len(recent) == item.get("limit") and free > now:
                found.append(free - now)
                now = free
        asked.append(now)
    return found


@dataclass(frozen=True, kw_only=True)
class LimitsCase(JobCase):
    """The documented rate limits of the calls of a job type: ``limits("runs", {"start_job": "12 in 60 s"})``."""

    limits: Mapping[str, str]

    def hold(self, run: Run) -> None:
        """The job type says so; what the clients make of it, the tests of the runtime say."""
        limits = fixture_of(run).jobs(job_type(run, self.about)).kind.limits
        reportable = {
            " ".join(item.operations): f"{item.limit} in {item.per:g} s{' by client' * (item.scope == 'client')}"
            for item in limits
        }
        expect(dict(self.limits), reportable, "the limits")


def limits(kind: str, limits: Mapping[str, str], /) -> LimitsCase:
    """The documented rate limits of the calls of a job type.

    Args:
        kind: the job type.
        limits: how often the calls that share one may be made, by their ids.
    """
    return LimitsCase(source=spoken("limits", kind, dict(limits)), about=kind, limits=limits)


def busy(job_type: JobType, after: float = 0.0) -> Script:
    """A response that tells of a job that goes on; it may ask to wait."""
    return telling(job_type.busy, **({"Retry_After": str(round(after))} if after else {}))


def end(job_type: JobType) -> Script:
    """A response that tells of a good end."""
    return telling(job_type.end)


def telling(item: Telling, **headers: str) -> Script:
    """A response that tells a state; header fields with underscores for hyphens."""
    own = {name.replace("-", "_"): value for name, value in item.headers.items()}
    return scripted(item.body.json, item.status, **own, **headers)


def submitting(job_type: JobType, *status: Script) -> dict[str, Iterable[ScriptSource]]:
    """A submission that is taken, and what the call for the status responses afterwards."""
    code, body = job_type.success("submit")
    return {
        **before_submitting(job_type, *status),
        job_type.called("submit").id: [scripted(b"" if body is None else body, code)],
    }
