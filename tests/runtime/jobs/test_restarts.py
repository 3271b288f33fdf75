"""Whatever dies, there is one job and it is found from the disk alone, as far as the vendor lets it."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from email.utils import formatdate
from typing import Any

import pytest
from jobclients_core import BadRequest, ConnectionLost, DecodeError, Token
from jobclients_core.flow import HttpResponse, Send, Sleep
from jobclients_core.jobparts import Order
from jobclients_core.jobs import (
    Handle,
    NotSubmitted,
    SubmitUncertain,
)
from jobclients_core.jobs.record import Intent, read_record
from jobclients_core.jobs.status_calls import status_flow
from jobclients_core.jobs.submitting import Submitted, resume_flow, submit_flow
from runtime.jobs import kinds
from runtime.jobs.tiny import CAPABILITIES, SETTLE, SUBMITS, Death, Dies, Tiny, died_after_sending, given
from runtime.jobs.world import World, reply, sync_client


def number_of(tiny: Tiny, handle: Handle) -> int | None:
    """The run that a handle is of, by its number at the vendor."""
    if tiny.capability == "baseline":
        dates = {str(int(run.at * 1000)): run.number for run in tiny.runs}
        return None if handle.run_key is None else dates[handle.run_key["creation-date"]]
    named = handle.identity.get("job_id", handle.identity.get("execution_id"))
    return int(str(named).removeprefix("j"))


def restarted(tiny: Tiny) -> Submitted | None:
    """Begin again from disk until the job is there; None where it stays uncertain."""
    for _ in range(3):
        try:
            found: Submitted = tiny.submit(tiny.disk)
        except SubmitUncertain as error:
            if error.look_again_at is None:
                return None
            tiny.now = max(tiny.now, error.look_again_at.timestamp())
        else:
            return found
    return None


# --- killed at every step ---


def steps_of(capability: str) -> list[Any]:
    tiny = Tiny(capability)
    seen: list[Any] = []

    def noted(count: int, step: Any, done: bool) -> bool:
        seen.extend([] if done else [step])
        return False

    tiny.submit(tiny.disk, dies=noted)
    return seen


def at_step(at: int, *, done: bool) -> Dies:
    """Death at a step, before it is done or after."""
    return lambda count, step, after: count == at and after is done


@pytest.mark.parametrize("lag", [0.0, 4.0, SETTLE - 1.0])
@pytest.mark.parametrize("capability", CAPABILITIES)
def test_killed_at_every_step(capability: str, lag: float) -> None:
    """Twice: at each step of the first process, and then at each of the second."""
    ends: Counter[str] = Counter()
    count = len(steps_of(capability))
    assert count >= (4 if capability in ("honoured", "list", "none") else 5)
    for first in range(count):
        for second in range(-1, count):
            for done in (False, True):
                tiny = Tiny(capability, lag=lag)
                for at in (first, second):
                    try:
                        tiny.submit(tiny.disk, dies=at_step(at, done=done))
                    except Death:
                        tiny.now += 1.0
                    except SubmitUncertain:
                        assert capability == "none" or lag > 20.0
                found = restarted(tiny)
                assert len(tiny.new) <= 1, f"twice: died at {first} and {second}, done: {done}"
                if found is None:
                    assert capability == "none"
                    ends["uncertain"] += 1
                    continue
                assert len(tiny.new) == 1, f"lost: died at {first} and {second}, done: {done}"
                own = number_of(tiny, found.handle)
                assert own in (None, tiny.new[0].number)
                ends["found"] += 1
                asked = len(tiny.sends)
                assert tiny.submit(tiny.disk).handle.to_json() == found.handle.to_json()
                assert len(tiny.sends) == asked, "a job that is known is asked nothing"
    assert ends["uncertain"] == 0 or capability == "none"
    assert ends["found"] > 0


def test_the_order_of_what_is_done() -> None:
    """What was there before, the intent, the first byte, the job."""
    names = [step.operation if isinstance(step, Send) else type(step).__name__ for step in steps_of("baseline")]
    assert names == ["Load", "show_job_status", "Save", "start_job", "Save"]
    names = [step.operation if isinstance(step, Send) else type(step).__name__ for step in steps_of("discover")]
    assert names == [
        "Load",
        "get_job_history",
        "Save",
        "trigger_job",
        "get_job_history",
        "Sleep",
        "get_job_history",
        "Save",
    ]


def test_a_dead_login_leaves_no_intent() -> None:
    def auth() -> Token:
        raise ConnectionLost("the login is lost", operation="login")

    world, tiny = World(), Tiny("none")
    client = sync_client(world, kinds.DLI, auth=auth)
    with pytest.raises(ConnectionLost):
        tiny.drive(submit_flow(client._session, tiny.kind.bound, given("none"), tiny.disk))
    assert tiny.disk.text is None


# --- what is found at a restart, for each capability ---


@pytest.mark.parametrize("taken", [True, False])
@pytest.mark.parametrize("capability", CAPABILITIES)
def test_an_intent_is_looked_into(capability: str, taken: bool) -> None:
    tiny = died_after_sending(capability, taken=taken)
    kept = read_record(tiny.disk.text or "")
    assert isinstance(kept, Intent)
    found = restarted(tiny)
    again = sum(name in SUBMITS for name in tiny.sends)
    assert again == (1 if capability == "honoured" else 0 if capability == "none" or taken else 1)
    assert (found is None) == (capability == "none")
    assert len(tiny.new) == (0 if capability == "none" and not taken else 1)
    after = read_record(tiny.disk.text or "")
    if capability == "none":
        assert isinstance(after, Intent)
    else:
        assert isinstance(after, Handle)
        assert after.key == kept.handle.key, "sent again with the same key"


@pytest.mark.parametrize("capability", ["list", "baseline", "discover"])
def test_a_restart_goes_on_looking_until_a_taken_submission_shows(capability: str) -> None:
    tiny = Tiny(capability, lag=SETTLE - 1.0)
    with pytest.raises(Death):
        tiny.submit(tiny.disk, dies=lambda count, step, done: done and getattr(step, "operation", "") in SUBMITS)
    begun = tiny.now
    assert number_of(tiny, tiny.submit(tiny.disk).handle) == tiny.new[0].number
    assert tiny.now - begun < SETTLE + 20.0


@pytest.mark.parametrize("capability", ["baseline", "discover"])
def test_a_host_whose_clock_is_ahead_does_not_take_lag_for_absence(capability: str) -> None:
    class Dated(Tiny):
        ahead = 0.0

        def send(self, step: Send) -> HttpResponse:
            answer = super().send(step)
            answer.headers["date"] = formatdate(self.now - self.ahead, usegmt=True)
            return answer

    tiny = Dated(capability, lag=SETTLE - 10.0)
    with pytest.raises(Death):
        tiny.submit(tiny.disk, dies=lambda count, step, done: done and getattr(step, "operation", "") in SUBMITS)
    tiny.ahead = 3600.0
    tiny.now += tiny.ahead
    for run in tiny.runs:
        run.at += tiny.ahead if run in tiny.new else 0.0
    with pytest.raises(SubmitUncertain):
        tiny.submit(tiny.disk)
    assert len(tiny.new) == 1
    tiny.now += SETTLE
    assert tiny.submit(tiny.disk).handle is not None
    assert len(tiny.new) == 1


@pytest.mark.parametrize("aheads", [(0.0, 0.0), (3600.0, 3600.0), (-3600.0, 0.0), (-3600.0, -7200.0)])
@pytest.mark.parametrize("before", [0, 2])
def test_what_is_sent_again_begins_by_the_clock_of_the_host_that_sends_it(
    before: int, aheads: tuple[float, float]
) -> None:
    """The response is lost, so that only what was asked before tells how the clocks differ."""

    class Dated(Tiny):
        def send(self, step: Send) -> HttpResponse:
            answer = super().send(step)
            answer.headers["date"] = formatdate(self.now, usegmt=True)
            return answer

    lost = ConnectionLost("reset", operation="start_job")
    tiny = Dated("baseline", (False, lost), (True, lost), before=before)
    dated(tiny)
    tiny.ahead = aheads[0]
    with pytest.raises(SubmitUncertain):
        tiny.submit(tiny.disk)
    tiny.now += 500.0
    tiny.ahead = aheads[1]
    found = tiny.submit(tiny.disk)
    assert number_of(tiny, found.handle) == tiny.new[0].number
    assert found.handle.attribution == ("newer_than_baseline" if before else "in_window")


@pytest.mark.parametrize("taken", [True, False])
@pytest.mark.parametrize("set_by", [3_600.0, -3_600.0])
@pytest.mark.parametrize("capability", ["list", "baseline", "discover"])
def test_a_clock_that_is_set_meanwhile_settles_nothing(capability: str, set_by: float, taken: bool) -> None:
    tiny = died_after_sending(capability, taken=taken, lag=SETTLE - 1.0 if taken else 0.0)
    begun = tiny.now = tiny.now - 100.0

    def is_set(count: int, step: Any, done: bool) -> bool:
        tiny.ahead = set_by if isinstance(step, Sleep) else tiny.ahead
        return False

    assert tiny.submit(tiny.disk, dies=is_set).handle is not None
    assert len(tiny.new) == 1
    assert tiny.now - begun < tiny.session().options.timeout + SETTLE + 30.0


@pytest.mark.parametrize("later", [86_391.0, 86_400.0], ids=["a call would outlast it", "forgotten"])
def test_a_key_is_not_relied_on_for_longer_than_it_is_known(later: float) -> None:
    tiny = died_after_sending("honoured", taken=True)
    tiny.now += later
    assert restarted(tiny) is None
    assert tiny.sends == []


ABOUT_ANOTHER: dict[str, Any] = {
    "baseline": {"submissions": [{"job-name": "another", "status": "RUNNING", "creation-date": 1_700_000_200_000}]},
    "discover": [{"name": "another"}],
}


class Misrouting(Tiny):
    """Answers some looks with what it knows of another job."""

    strange: tuple[int, ...] = ()
    looks = 0

    def _seen(self, step: Send) -> Any:
        self.looks += 1
        return ABOUT_ANOTHER[self.capability] if self.looks in self.strange else super()._seen(step)


@pytest.mark.parametrize("before", [0, 2])
@pytest.mark.parametrize("capability", ["baseline", "discover"])
def test_an_answer_about_another_job_does_not_prove_that_nothing_was_submitted(capability: str, before: int) -> None:
    tiny = Misrouting(capability, before=before)
    with pytest.raises(Death):
        tiny.submit(tiny.disk, dies=lambda count, step, done: done and getattr(step, "operation", "") in SUBMITS)
    tiny.now += 100.0
    tiny.strange = (tiny.looks + 1,)
    found = restarted(tiny)
    assert found is not None
    assert number_of(tiny, found.handle) in (None, tiny.new[0].number)
    assert len(tiny.new) == 1


@pytest.mark.parametrize(("strange", "attribution"), [((1,), "newer_than_baseline"), ((1, 2), "in_window")])
def test_a_baseline_about_another_job_is_read_again(strange: tuple[int, ...], attribution: str) -> None:
    tiny = Misrouting("baseline")
    tiny.strange = strange
    handle = tiny.submit().handle
    assert handle.baseline.found == ("runs" if strange == (1,) else "not_found")
    assert tiny.drive(status_flow(tiny.session(), tiny.kind.bound, handle)).attribution == attribution


def test_a_history_of_which_no_element_is_a_run_is_read_again_and_then_refused() -> None:
    tiny = Misrouting("discover")
    tiny.strange = (1,)
    assert number_of(tiny, tiny.submit().handle) == tiny.new[0].number
    tiny = Misrouting("discover")
    tiny.strange = (1, 2)
    with pytest.raises(DecodeError, match="old runs cannot be distinguished from new ones"):
        tiny.submit()
    assert tiny.new == []


@pytest.mark.parametrize("capability", ["baseline", "discover"])
def test_one_run_that_is_newer_hides_whether_ours_began(capability: str) -> None:
    """Another's run: never a second submission, and what is found says how sure that is."""
    tiny = died_after_sending(capability, taken=False)
    tiny.runs.append(dataclasses.replace(tiny.runs[-1], number=9, key="", at=tiny.now - 50.0))
    found = restarted(tiny)
    assert sum(name in SUBMITS for name in tiny.sends) == 0
    assert found is not None
    assert found.handle.attribution == "newer_than_baseline"


def dated(tiny: Tiny) -> None:
    """Let the vendor's runs tell when they began, by a clock that differs from ours by a minute at most."""
    select = tiny.kind.select
    assert select is not None
    order = (Order("creation-date", "time", "unix-ms", skew=60.0),)
    tiny.kind = dataclasses.replace(tiny.kind, select=dataclasses.replace(select, order=order))


@pytest.mark.parametrize("after", [0.0, SETTLE])
@pytest.mark.parametrize("dies", [True, False])
def test_a_submission_may_arrive_until_it_has_to_show(dies: bool, after: float) -> None:
    """It was under way for longer than clocks differ: the run that it began is in its time nonetheless."""
    tiny = Tiny("baseline", (False, Death() if dies else ConnectionLost("reset", operation="start_job")))
    dated(tiny)
    with pytest.raises(Death if dies else SubmitUncertain):
        tiny.submit(tiny.disk, dies=lambda count, step, done: dies and getattr(step, "operation", "") in SUBMITS)
    timeout = tiny.session().options.timeout if dies else 0.0
    at = tiny.now - 15.5 * (not dies) + timeout + after + 60.0
    tiny.runs.append(dataclasses.replace(tiny.runs[-1], number=9, key="", at=at - 0.5))
    tiny.now = at + 100.0
    found = restarted(tiny)
    assert found is not None
    assert found.handle.attribution == "newer_than_baseline"
    assert sum(name in SUBMITS for name in tiny.sends) == (0 if dies else 1)


def test_a_run_that_began_at_another_time_is_a_candidate() -> None:
    """It is not taken for the submitted one, and keeps it from being submitted again; who looks is told its key."""
    tiny = died_after_sending("baseline", taken=False)
    dated(tiny)
    tiny.runs.append(dataclasses.replace(tiny.runs[-1], number=9, key="", at=tiny.now + 4_000.0))
    tiny.now += 5_000.0
    with pytest.raises(SubmitUncertain) as caught:
        tiny.submit(tiny.disk)
    assert caught.value.candidates == ({"creation-date": str(int(tiny.runs[-1].at * 1000))},)
    assert tiny.sends.count("start_job") == 0


def test_a_list_that_forgets_ended_jobs_proves_nothing_later() -> None:
    tiny = died_after_sending("list", taken=False)
    tiny.now += 604_800.0
    assert restarted(tiny) is None
    assert tiny.new == []


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_a_refusal_is_kept_as_one(capability: str) -> None:
    """What was refused may be submitted anew, with other arguments too, and with another key."""
    tiny = Tiny(capability, (False, reply({}, 400)))
    with pytest.raises(BadRequest):
        tiny.submit(tiny.disk)
    tiny.sends.clear()
    assert restarted(tiny) is not None
    assert len(tiny.new) == 1


# --- resume: looks, and never submits ---


@pytest.mark.parametrize("taken", [True, False])
@pytest.mark.parametrize("capability", CAPABILITIES)
def test_resume_looks_and_never_submits(capability: str, taken: bool) -> None:
    tiny = died_after_sending(capability, taken=taken)
    intent = read_record(tiny.disk.text or "")
    assert isinstance(intent, Intent)
    flow = resume_flow(tiny.session(), tiny.kind.bound, intent, tiny.disk, 600.0)
    seen = capability in ("list", "baseline", "discover")
    if seen and taken:
        assert number_of(tiny, tiny.drive(flow)) == tiny.new[0].number
        assert isinstance(read_record(tiny.disk.text or ""), Handle)
    else:
        with pytest.raises(NotSubmitted if seen else SubmitUncertain):
            tiny.drive(flow)
        assert isinstance(read_record(tiny.disk.text or ""), Intent)
    assert not any(name in SUBMITS for name in tiny.sends)


def test_what_was_refused_is_known_not_to_run() -> None:
    tiny = Tiny("none", (False, reply({}, 400)))
    with pytest.raises(BadRequest):
        tiny.submit(tiny.disk)
    intent = read_record(tiny.disk.text or "")
    assert isinstance(intent, Intent)
    with pytest.raises(NotSubmitted, match="refused"):
        tiny.drive(resume_flow(tiny.session(), tiny.kind.bound, intent, None, 0.0))


def test_an_uncertain_submission_can_be_looked_for_by_what_its_error_holds() -> None:
    keys: list[str] = []

    def lost(step: Any) -> Any:
        keys.append(json.loads(step.request.content)["tags"][0]["value"])
        return ConnectionLost("reset")

    def found(step: Any) -> Any:
        return reply({"jobs": [{"job_id": "j7", "tags": [{"key": "jobclients", "value": keys[0]}]}]})

    jobs = kinds.SqlJobs(sync_client(World(lost, *[{"jobs": []}] * 5, found), kinds.DLI))
    with pytest.raises(SubmitUncertain) as caught:
        jobs.submit(sql="x")
    assert jobs.look_for(caught.value.intent).identity["job_id"] == "j7"
