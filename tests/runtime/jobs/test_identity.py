"""Which run a submission began: what was there before, what its response names, and what shows afterwards."""

from __future__ import annotations

import dataclasses
import email.utils
import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from jobclients_core import HttpOptions, Response, When
from jobclients_core.jobs import (
    AmbiguousRun,
    Carried,
    Echo,
    FieldRule,
    JobExpired,
    Order,
    RunSuperseded,
    WrongJob,
)
from jobclients_core.jobs.identity import carries
from jobclients_core.jobs.submitting import submit_flow
from jobclients_core.jobtype import OperationBinding
from runtime.jobs import kinds
from runtime.jobs.world import SyncWorldClient, World, reply, sync_client

NOW = 1_700_000_000.0
"""What the clock on the wall shows at first."""
DAY = 86_400.0

assert kinds.RUNS.select is not None
SELECT = dataclasses.replace(
    kinds.RUNS.select,
    key=("submission-id", "creation-date"),
    order=(
        Order("submission-id", "counter"),
        Order("creation-date", "time", format="unix-ms", skew=300.0, slack=60.0),
    ),
    exclude=(When("$run#/is-execute-auto", one_of=(True,)),),
    submitted="$response.body#/submissions",
)
RUNS = dataclasses.replace(
    kinds.RUNS,
    select=SELECT,
    fields={**kinds.RUNS.fields, "finished_at": FieldRule(("$run#/ended",), format="unix-ms")},
)


class Runs(kinds.Runs):
    kind = RUNS

    def with_skipped_baseline(self) -> kinds.Run:
        client: SyncWorldClient = self._client
        flow = submit_flow(client._session, self.kind.bound, {"job_name": "j"}, baseline="skip")
        step = next(flow)
        while True:
            try:
                step = flow.send(client._perform(step))
            except StopIteration as done:
                return self._job(done.value.handle, done.value)


class Joining(Runs):
    kind = dataclasses.replace(RUNS, select=dataclasses.replace(SELECT, joins=True))


def run(number: int | None, began: float | None = 0.0, status: str = "RUNNING", **more: Any) -> dict[str, Any]:
    """A run by its number, and when it began: seconds after the first moment."""
    found: dict[str, Any] = {"job-name": "j", "status": status, **more}
    if number is not None:
        found["submission-id"] = number
    if began is not None:
        found["creation-date"] = int((NOW + began) * 1000)
    return found


def shows(*runs: dict[str, Any]) -> dict[str, Any]:
    return {"submissions": list(runs)}


OLD = run(50, -DAY, "SUCCEEDED")
OLDER = run(20, -1000 * DAY, "SUCCEEDED")
OURS, SECOND = run(51), run(52, 1.0)
YESTERDAYS = run(51, -DAY, "SUCCEEDED")

BASELINES: dict[str, Any] = {
    "known": shows(OLD),
    "empty": shows(),
    "not found": reply({"errCode": "Cdm.0100"}, 500),
    "skipped": None,
}


def submitted(baseline: Any, answer: Any, *polls: Any, kind: type[Runs] = Runs) -> tuple[World, kinds.Run]:
    replies = [answer, *polls] if baseline is None else [baseline, answer, *polls]
    world = World(*replies)
    jobs = kind(sync_client(world, kinds.CDM))
    return world, jobs.with_skipped_baseline() if baseline is None else jobs.submit(job_name="j")


# --- the table ---

EXACT, NEWER, WINDOW = "exact", "newer_than_baseline", "in_window"
NOTHING = shows()

TABLE: list[tuple[str, str, Any, Any, str]] = [
    # Baseline, what the row is, submit's answer, what shows afterwards; the attribution, or the reason of AmbiguousRun.
    ("known", "named, order fits", shows(OURS), OURS, EXACT),
    ("known", "named, order contradicts", shows(run(49)), run(49), EXACT),
    ("known", "named, as in the baseline", shows(OLD), OURS, NEWER),
    ("known", "time only, equal to the one that shows", shows(run(None)), OURS, EXACT),
    ("known", "time only, another one shows", shows(run(None, -120.0)), OURS, "newer than the run"),
    ("known", "time only, in seconds", shows(run(None) | {"creation-date": int(NOW)}), OURS, NEWER),
    ("known", "one new run", NOTHING, OURS, NEWER),
    ("known", "one new run, by time", NOTHING, run(None), NEWER),
    ("known", "one new run, before the window", NOTHING, run(51, -400.0), "at about the time"),
    ("known", "one new run, after the window", NOTHING, run(51, 4000.0), "at about the time"),
    ("known", "several new runs", NOTHING, [OURS, SECOND], ""),
    ("known", "an older run", NOTHING, OLDER, "older"),
    ("known", "an older run by time", NOTHING, run(None, -2 * DAY), "older"),
    ("known", "a run that a schedule began", NOTHING, OURS | {"is-execute-auto": True}, "no call"),
    ("known", "a run that had ended before", NOTHING, OURS | {"ended": int((NOW - 400) * 1000)}, "had ended"),
    ("known", "a repository that was restored", NOTHING, run(3, 0.0), "older"),
    ("empty", "named, in the window", shows(OURS), OURS, EXACT),
    ("empty", "named, outside of the window", shows(YESTERDAYS), OURS, WINDOW),
    ("empty", "time only, in the window", shows(run(None)), OURS, EXACT),
    ("empty", "time only, outside of the window", shows(run(None, -DAY)), YESTERDAYS, "at about the time"),
    ("empty", "one new run", NOTHING, OURS, WINDOW),
    ("empty", "one new run of yesterday", NOTHING, YESTERDAYS, "at about the time"),
    ("empty", "one new run of tomorrow", NOTHING, run(51, DAY), "at about the time"),
    ("empty", "one new run without a time", NOTHING, run(51, None), WINDOW),
    ("empty", "one new run whose time is of another unit", NOTHING, run(51) | {"creation-date": int(NOW)}, WINDOW),
    ("empty", "several new runs", NOTHING, [OURS, SECOND], ""),
    ("empty", "a run that a schedule began", NOTHING, OURS | {"is-execute-auto": True}, "no call"),
    ("not found", "named, in the window", shows(OURS), OURS, WINDOW),
    ("not found", "named, outside of the window", shows(YESTERDAYS), YESTERDAYS, "at about the time"),
    ("not found", "time only, in the window", shows(run(None)), OURS, WINDOW),
    ("not found", "one new run", NOTHING, OURS, WINDOW),
    ("not found", "one new run of yesterday", NOTHING, YESTERDAYS, "at about the time"),
    ("not found", "several new runs", NOTHING, [OURS, SECOND], ""),
    ("skipped", "named, in the window", shows(OURS), OURS, EXACT),
    ("skipped", "named, outside of the window", shows(YESTERDAYS), YESTERDAYS, "at about the time"),
    ("skipped", "one new run", NOTHING, OURS, WINDOW),
    ("skipped", "one new run of yesterday", NOTHING, YESTERDAYS, "at about the time"),
    ("skipped", "several new runs", NOTHING, [OURS, SECOND], ""),
]


@pytest.mark.parametrize(("baseline", "what", "answer", "shown", "outcome"), TABLE, ids=[row[1] for row in TABLE])
def test_the_identity_table(baseline: str, what: str, answer: Any, shown: Any, outcome: str) -> None:
    listed = shown if isinstance(shown, list) else [shown]
    running = [one | {"status": "RUNNING"} for one in listed]
    world, job = submitted(BASELINES[baseline], answer, shows(*running), shows(*listed))
    if outcome in (EXACT, NEWER, WINDOW):
        status = job.status()
        assert (status.state, status.attribution) == ("running", outcome)
        assert status.run_id == first_part(listed[0])
        return
    if outcome:
        status = job.status()
        assert (status.state, status.run_id, status.attribution) != ("running", None, EXACT)
        assert status.state == "queued", "not ours yet"
    with pytest.raises(AmbiguousRun) as caught:
        job.wait()
    assert outcome in caught.value.reason
    assert [candidate.get("creation-date") for candidate in caught.value.candidates] == [
        str(one["creation-date"]) for one in listed
    ]
    assert 120 <= world.now <= 160 if outcome else world.now == 0


def first_part(shown: dict[str, Any]) -> str:
    return str(shown.get("submission-id", shown.get("creation-date")))


def test_a_named_run_that_breaks_the_order_is_said_to(caplog: pytest.LogCaptureFixture) -> None:
    submitted(shows(OLD), shows(run(49)))
    assert "order_broken" in caplog.text
    caplog.clear()
    submitted(shows(OLD), shows(OURS))
    assert "order_broken" not in caplog.text


def test_submissions_that_join_a_run() -> None:
    _, job = submitted(shows(run(50, -600.0)), shows(run(50, -600.0)), shows(run(50, -600.0)), kind=Joining)
    assert (job.status().run_id, job.status().attribution) == ("50", EXACT)
    assert '"joined":true' in job.to_json()
    _, job = submitted(shows(OLD), shows(OURS), shows(OURS), kind=Joining)
    assert '"joined":false' in job.to_json()


# --- looks that contradict are not the end, and not for ever ---


def test_a_lagging_replica_shows_the_success_of_2020() -> None:
    polls = [shows(OLDER), shows(OLD), shows(OLDER), shows(OURS), shows(OLDER), shows(run(51, 0.0, "SUCCEEDED"))]
    _, job = submitted(shows(OLD), NOTHING, *polls)
    states: list[str] = []
    done = job.wait(on_update=lambda status: states.append(f"{status.state} {status.run_id}"))
    assert (done.state, done.run_id, done.attribution) == ("succeeded", "51", NEWER)
    assert states == ["queued None"] * 3 + ["running 51", "unknown None", "succeeded 51"]


def test_what_contradicts_is_refused_after_answers_and_not_after_an_outage() -> None:
    world, job = submitted(shows(OLD), NOTHING, shows(OLDER), *[reply({}, 503)] * 14, shows(OLDER), shows(OURS))
    done = next(status for status in job.watch(timeout=1000) if status.run_id)
    assert done.run_id == "51"
    assert world.now > 120


def test_one_doubtful_look_after_a_long_time_is_one_look() -> None:
    polls = [*[shows(OLD)] * 14, shows(OLDER), shows(OLD), shows(OURS)]
    world, job = submitted(shows(OLD), NOTHING, *polls)
    done = next(status for status in job.watch(timeout=1000) if status.run_id)
    assert (done.run_id, world.now > 150) == ("51", True)


def test_a_doubtful_run_stays_doubtful_in_another_process() -> None:
    world, job = submitted(shows(OLD), shows(run(None, -120.0)), shows(OURS))
    assert job.status().state == "queued"
    world.fake.now += 7200
    again = Runs(sync_client(World(shows(OURS)), kinds.CDM)).restore(job.to_json())
    assert again.status().state == "queued"
    with pytest.raises(AmbiguousRun, match="newer than the run"):
        again.wait()


def test_an_older_run_never_takes_the_place_of_ours() -> None:
    _, job = submitted(shows(OLD), NOTHING, shows(OURS), *[shows(OLDER)] * 4, shows(run(51, 0.0, "SUCCEEDED")))
    assert job.wait().run_id == "51"
    _, job = submitted(shows(OLD), NOTHING, shows(OURS), shows(OLDER))
    with pytest.raises(JobExpired):
        job.wait()


def test_a_newer_run_takes_it_at_once_and_another_one_when_ours_has_not_shown_for_long() -> None:
    _, job = submitted(shows(OLD), NOTHING, shows(OURS), shows(SECOND))
    job.status()
    with pytest.raises(RunSuperseded):
        job.status()
    strange = {"job-name": "j", "status": "RUNNING", "creation-date": "soon"}
    for other in (run(None, -30.0), run(None, 30.0), strange):
        first = shows(run(None))
        _, job = submitted(shows(OLD), NOTHING, first, *[shows(other)] * 3, first)
        states = [job.status().state for _ in range(5)]
        assert states == ["running", *["unknown"] * 3, "running"], "neither is surely newer"
        world, job = submitted(shows(OLD), NOTHING, first, shows(other))
        with pytest.raises(RunSuperseded):
            job.wait()
        assert 120 <= world.now <= 200


def test_a_replica_that_lags_shows_a_run_that_began_shortly_before_the_baselines() -> None:
    """Within the time by which the vendor's clock may step back, so that nobody can tell which is older."""
    before, ours = run(None, -4.0, "SUCCEEDED"), run(None, 0.0)
    stale = shows(run(None, -20.0, "SUCCEEDED"))
    _, job = submitted(shows(before), NOTHING, stale)
    assert job.status().attribution == "in_window", "it is not surely newer than the run of the baseline"
    _, job = submitted(shows(before), NOTHING, shows(ours), *[stale] * 4, shows(run(None, 0.0, "SUCCEEDED")))
    assert job.wait().state == "succeeded"


def test_two_elements_of_one_run_that_contradict_each_other() -> None:
    twice = shows(OURS, run(51, 0.0, "SUCCEEDED"))
    for polls in ([twice], [shows(OURS), twice]):
        _, job = submitted(shows(OLD), NOTHING, *polls)
        with pytest.raises(AmbiguousRun, match="different things"):
            job.wait()
    _, job = submitted(shows(OLD), NOTHING, shows(OURS, OURS))
    assert job.status().run_id == "51"


# --- the vendor's clock ---


def dated(body: Any, at: float, status: int = 200, **more: str) -> Any:
    return reply(
        body, status, Date=email.utils.format_datetime(datetime.fromtimestamp(NOW + at, UTC), usegmt=True), **more
    )


HOURS = 8 * 3600.0
CLOCKS: dict[str, tuple[Any, Any, float, bool]] = {
    # the baseline's answer, submit's answer, when the run began, and whether that is at about the time
    "our own": (shows(), NOTHING, 0.0, True),
    "our own, another hour": (shows(), NOTHING, HOURS, False),
    "of submit's answer": (shows(), dated(NOTHING, HOURS), HOURS, True),
    "of submit's answer, our hour": (shows(), dated(NOTHING, HOURS), 0.0, False),
    "a cluster behind the gateway": (shows(), dated(NOTHING, 0.0), -299.0, True),
    "a cluster far behind": (shows(), dated(NOTHING, 0.0), -310.0, False),
    "a gateway that was never set": (shows(), dated(NOTHING, -20_000 * DAY), 0.0, True),
    "of the baseline, which is not submit's": (dated(shows(), HOURS), dated(NOTHING, 0.0), 0.0, True),
    "of no date at all": (shows(), reply(NOTHING, Date="yesterday"), 0.0, True),
    "of the baseline": (dated(shows(), HOURS), reply(NOTHING), HOURS, True),
    "of the baseline that is not found": (dated({"errCode": "Cdm.0100"}, HOURS, 500), reply(NOTHING), HOURS, True),
    "of the baseline, out of a cache": (dated(shows(), HOURS - 600, Age="600"), reply(NOTHING), HOURS, True),
}


@pytest.mark.parametrize(("before", "answer", "began", "ours"), CLOCKS.values(), ids=CLOCKS)
def test_the_window_is_of_the_vendors_clock(before: Any, answer: Any, began: float, ours: bool) -> None:
    _, job = submitted(before, answer, shows(run(51, began)))
    assert job.status().state == ("running" if ours else "queued")


def patient(world: World) -> Runs:
    return Runs(sync_client(world, kinds.CDM, http=HttpOptions(timeout=2000.0)))


def test_an_old_baseline_tells_no_time() -> None:
    def later(step: Any) -> Any:
        world.fake.now += 301
        return reply(NOTHING)

    world = World(dated(shows(), HOURS), later, shows(run(51, HOURS)))
    assert patient(world).submit(job_name="j").status().state == "queued"


def test_a_submission_that_took_long_began_at_any_moment_of_it() -> None:
    def slow(step: Any) -> Any:
        world.fake.now += 1000
        return dated(NOTHING, 1000.0)

    for began in (0.0, 500.0, 1000.0):
        world = World(shows(), slow, shows(run(51, began)))
        assert patient(world).submit(job_name="j").status().state == "running"


# --- cancel ---


def test_cancel_of_what_is_only_likely_ours_has_to_be_forced() -> None:
    world, job = submitted(shows(), NOTHING, shows(OURS), shows(OURS), reply())
    with pytest.raises(AmbiguousRun, match="force") as caught:
        job.cancel()
    assert caught.value.candidates[0]["submission-id"] == "51"
    assert "stop_run" not in world.sends
    job.cancel(force=True)
    assert world.sends[-2:] == ["show_job_status", "stop_run"]


def test_cancel_never_stops_a_run_of_2020() -> None:
    world, job = submitted(shows(OLD), NOTHING, shows(run(20, -1000 * DAY)))
    with pytest.raises(AmbiguousRun):
        job.cancel()
    assert "stop_run" not in world.sends


# --- whose response it is ---

ECHO = dataclasses.replace(kinds.SQL, echo=Echo("/job_id", "job_id"))


class EchoJobs(kinds.SqlJobs):
    kind = ECHO


class FoldingJobs(kinds.SqlJobs):
    kind = dataclasses.replace(kinds.SQL, echo=Echo("/job_id", "job_id", "casefold"))


def sql(job_id: Any, status: str = "RUNNING", **more: Any) -> dict[str, Any]:
    return {"is_success": True, "job_id": job_id, "status": status, **more}


def test_a_stranger_is_borne_like_an_answer_that_cannot_be_read() -> None:
    world = World(sql("j2", "FAILED"), sql("j1"), sql("j2", "FINISHED"), sql("j1", "FINISHED"))
    job = EchoJobs(sync_client(world, kinds.DLI))(job_id="j1")
    with pytest.raises(WrongJob):
        job.status()
    assert job.wait().state == "succeeded"
    assert len(world.sends) == 4


def test_a_stranger_that_stays_is_an_error() -> None:
    world = World(sql("j2", "FINISHED"))
    with pytest.raises(WrongJob) as caught:
        EchoJobs(sync_client(world, kinds.DLI))(job_id="j1").wait()
    assert 900 <= world.now <= 960
    assert "j2" not in str(caught.value)


@pytest.mark.parametrize(
    ("said", "plain", "folded"),
    [({"job_id": "J1"}, False, True), ({"job_id": "j1"}, True, True), ({"job_id": ""}, True, True)],
)
def test_letters_and_silence(said: dict[str, Any], plain: bool, folded: bool) -> None:
    for jobs, good in ((EchoJobs, plain), (FoldingJobs, folded)):
        job = jobs(sync_client(World(sql("j1") | said), kinds.DLI))(job_id="j1")
        if good:
            assert job.status().state == "running"
        else:
            with pytest.raises(WrongJob):
                job.status()


def test_an_id_that_was_used_again() -> None:
    """What had ended before the submission is another job, whatever it is called."""
    fields = {**kinds.SQL.fields, "finished_at": FieldRule(("$response.body#/end_time",), format="unix-ms")}

    class Ending(kinds.SqlJobs):
        kind = dataclasses.replace(kinds.SQL, fields=fields)

    def ended(at: float) -> dict[str, Any]:
        return sql("j1", "FINISHED", end_time=int((NOW + at) * 1000))

    for at, good in ((-4000.0, False), (-200.0, True), (10.0, True)):
        jobs = Ending(sync_client(World(sql("j1"), ended(at)), kinds.DLI))
        job = jobs.restore(jobs.submit(sql="x").to_json())
        if good:
            assert job.status().state == "succeeded"
        else:
            with pytest.raises(WrongJob):
                job.status()


# --- a key in its place ---


def tags(*pairs: tuple[str, Any]) -> list[dict[str, Any]]:
    return [{"key": name, "value": value} for name, value in pairs]


TAGGED = Carried("/tags", {"key": "jobclients", "value": "$key"})
PLACES: list[tuple[Carried | None, dict[str, Any], bool]] = [
    (TAGGED, {"tags": tags(("team", "a"), ("jobclients", "1"))}, True),
    (TAGGED, {"tags": tags(("jobclients", "1"))[0]}, True),
    (TAGGED, {"tags": tags(("jobclients", 1))}, True),
    (TAGGED, {"tags": tags(("jobclients", "12"), ("team", "1"))}, False),
    (TAGGED, {"tags": tags(("jobclients", "select 1"))}, False),
    (TAGGED, {"tags": [], "statement": "select 1"}, False),
    (TAGGED, {"tags": None}, False),
    (TAGGED, {"tags": ["jobclients", "1"]}, False),
    (TAGGED, {"statement": "1"}, False),
    (Carried("/token"), {"token": "1"}, True),
    (Carried("/token"), {"token": ["0", "1"]}, True),
    (Carried("/token"), {"token": "select 1"}, False),
    (Carried("/token"), {"token": True}, False),
    (Carried("/token"), {}, False),
    (None, {"token": "1"}, False),
]


@pytest.mark.parametrize(("place", "item", "found"), PLACES, ids=itertools.count())
def test_where_a_key_stands(place: Carried | None, item: dict[str, Any], found: bool) -> None:
    role = OperationBinding(kinds.LIST_SQL, {}, "$response.body#/jobs", {"job_id": "/job_id"}, carried=place)
    assert carries(role, item, "1") is found


def test_several_jobs_that_carry_a_key() -> None:
    def lists(*states: tuple[str, str]) -> Callable[[Any], Any]:
        def answer(step: Any) -> Any:
            key = step.request.target.rpartition("%3D")[2]
            listed = [
                {"job_id": job_id, "status": state, "tags": tags(("jobclients", key))} for job_id, state in states
            ]
            return reply({"jobs": listed})

        return answer

    def lost(*states: tuple[str, str]) -> kinds.SqlJob:
        world = World(reply({}, 502), lists(*states))
        return kinds.SqlJobs(sync_client(world, kinds.DLI)).submit(sql="select 1")

    assert lost(("j1", "RUNNING"), ("j1", "RUNNING")).identity["job_id"] == "j1"
    for other in (("j2", "RUNNING"), ("j1", "FINISHED")):
        with pytest.raises(AmbiguousRun) as caught:
            lost(("j1", "RUNNING"), other)
        assert caught.value.candidates == ({"job_id": "j1"}, {"job_id": other[0]})


def test_an_id_that_was_used_again_before_it_was_adopted() -> None:
    """Alation counts its jobs anew; what ended long before the response that named the job is another one."""

    def ended(at: float) -> dict[str, Any]:
        moment = datetime.fromtimestamp(NOW + at, UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00:00")
        return {"status": "successful", "msg": f"Job finished in 1.5 seconds at {moment}", "result": ""}

    content = b'{"job_id": 7}'
    for headers, at, good in (
        ({"Date": "Tue, 14 Nov 2023 22:13:20 GMT"}, -DAY, False),
        ({"Date": "Tue, 14 Nov 2023 22:13:20 GMT"}, 30.0, True),
        ({}, -DAY, True),
    ):
        answer = Response(200, httpx2.Headers(headers), content, None)
        jobs = kinds.BulkJobs(sync_client(World(ended(at)), kinds.ALATION))
        job = jobs.restore(jobs.adopt(answer).to_json())
        if good:
            assert job.status().state == "succeeded"
        else:
            with pytest.raises(WrongJob):
                job.status()
