"""The table of scenes: what happens to a task and its job, and what has to come of it."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping
from typing import Final

from on_airflow.cluster import stopped
from on_airflow.rest import until
from on_airflow.stage import BOTH, BY_HAND, DEFERRABLE, SYNCHRONOUS, Scene, Stage, Work
from on_airflow.vendors import KITCHEN, PAGE
from survive.shared import ARGUMENTS, CAPABILITIES, HOUSE, KINDS

DOWN: Final = 20.0
"""Seconds for which a vendor is down. Its clients bear fifteen minutes of it: two would end in the same way."""

PAUSE: Final = 8.0
"""Seconds in which something would happen that must not: `on_kill` comes within two."""


def kitchen(capability: str, lifecycle: str = "running:6,succeeded") -> Work:
    """A job of the made-up vendor."""
    if capability == "list":
        lifecycle = lifecycle.replace("running", "queued")
    return Work(KITCHEN, KINDS[capability], ARGUMENTS[capability]("soup"), lifecycle, capability)


def sql(lifecycle: str) -> Work:
    """A job of a vendor that is installed."""
    return Work("huawei_dli", "sql_jobs", {"sql": "SELECT 1"}, lifecycle)


def to_its_end(stage: Stage) -> str:
    """Nothing happens."""
    return stage.outcome(stage.start())


def linked(stage: Stage) -> str:
    """Nothing happens, and the task has a link to the page of its job."""
    run = stage.start()
    outcome = stage.outcome(run)
    assert run.links() == {"Job": PAGE}, run.links()
    return outcome


def failing(stage: Stage) -> str:
    """The job fails, and the vendor says why."""
    run = stage.start()
    until("the job", lambda: stage.mock.vendor.submissions, 60)
    stage.mock.vendor.submissions[0].message = "The disk is full."
    return stage.outcome(run)


def away(seconds: float) -> Callable[[Stage], str]:
    """The vendor is not there for some time, though its jobs go on."""

    def play(stage: Stage) -> str:
        run = stage.waiting()
        stage.mock.down()
        time.sleep(seconds)
        stage.mock.up()
        return stage.outcome(run)

    return play


def tokens_expire(stage: Stage) -> str:
    """Every token that was handed out is refused from some moment on."""
    run = stage.waiting()
    logins = stage.mock.logins
    stage.mock.vendor.expire_tokens()
    outcome = stage.outcome(run)
    assert stage.mock.logins > logins, "nobody has logged in again"
    return outcome


def killed(*, taken: bool) -> Callable[[Stage], str]:
    """Worker and supervisor are killed while the request that submits is under way."""

    def play(stage: Stage) -> str:
        if stage.scene.work.capability == "baseline":
            # Without any run of before, a list that is empty would not tell whether a new one is missing.
            stage.mock.vendor.job(stage.scene.work.job_type, "succeeded", house=HOUSE, **stage.scene.work.arguments)
        held = stage.mock.hold("POST", taken=taken)
        run = stage.start()
        assert held.arrived.wait(90), "the vendor was not asked"
        stage.process(run).send(signal.SIGKILL)
        held.released.set()
        return stage.outcome(run)

    return play


def killed_while_waiting(stage: Stage) -> str:
    """Worker and supervisor are killed while they wait for the job."""
    run = stage.waiting()
    stage.process(run).send(signal.SIGKILL)
    return stage.outcome(run)


def two_tries(*, taken: bool) -> Callable[[Stage], str]:
    """A try that Airflow takes for dead goes on when the next one is there.

    It stands still while its request that submits is under way, or while it waits.
    """

    def play(stage: Stage) -> str:
        held = stage.mock.hold("POST", taken=True) if taken else None
        run = stage.start() if taken else stage.waiting()
        assert held is None or held.arrived.wait(90), "the vendor was not asked"
        processes = stage.process(run)
        processes.send(signal.SIGSTOP)
        if held is not None:
            held.released.set()
        until("the second try", lambda: run.task()["try_number"] == 2 and run.state() == "running", 60)
        processes.send(signal.SIGCONT)
        return stage.outcome(run)

    return play


def marked(stage: Stage) -> str:
    """A person marks the task as failed."""
    run = stage.waiting()
    run.mark("failed")
    state = run.ended()
    time.sleep(PAUSE)
    return stage.described(run, state)


def cleared(stage: Stage) -> str:
    """A person clears the task while its job runs."""
    run = stage.waiting()
    before = run.task()["id"]
    run.clear()
    until("the next try", lambda: run.task()["id"] != before, 60)
    return stage.outcome(run)


def cleared_after(stage: Stage) -> str:
    """A person clears the task after its end."""
    run = stage.start()
    assert run.ended() == "success"
    before = run.task()["id"]
    run.clear()
    until("the next try", lambda: run.task()["id"] != before, 60)
    return stage.outcome(run)


def first_fails(stage: Stage) -> str:
    """The first job fails; what is submitted after it would succeed."""
    stage.mock.vendor.next("HOT:2,BURNT", stage.scene.work.job_type)
    return stage.outcome(stage.start())


def triggerer_killed(stage: Stage) -> str:
    """The triggerer is killed with all that it started, and another one is started."""
    run = stage.waiting()
    before = run.triggerer()
    stage.cluster.process("triggerer").end()
    stage.cluster.start("triggerer", "--skip-serve-logs")
    until("another triggerer", lambda: run.triggerer() not in (None, before), 60)
    return stage.outcome(run)


def triggerer_stalled(stage: Stage) -> str:
    """The triggerer stands still for so long that a second one takes its waits over; then it goes on."""
    run = stage.waiting()
    before = run.triggerer()
    first = stage.cluster.process("triggerer")
    second = stage.cluster.start("triggerer", "--skip-serve-logs", log="second-triggerer")
    try:
        with stopped(first):
            until("another triggerer", lambda: run.triggerer() not in (None, before), 60)
            time.sleep(PAUSE)
        return stage.outcome(run)
    finally:
        second.end()


def same(outcome: str, *modes: str) -> Mapping[str, str]:
    """The same in several modes; in both without any."""
    return dict.fromkeys(modes or BOTH, outcome)


def _killed(capability: str) -> list[Scene]:
    """Scenes of a capability in which a worker is killed while it submits."""
    work, retries = kitchen(capability), {"retries": 2}
    lost = found = "success, 1 submitted"
    log: tuple[str, ...] = ()
    if capability == "none":
        # Nothing tells whether the vendor has it: a person is asked, and nothing is submitted twice.
        lost, found, log = "failed, 0 submitted", "failed, 1 submitted", ("SubmitUncertain",)
    return [
        Scene(
            f"killed before the vendor has it ({capability})",
            killed(taken=False),
            work,
            {DEFERRABLE: lost, BY_HAND: "success, 1 submitted"},
            retries,
            log,
        ),
        Scene(
            f"killed after the vendor has it ({capability})",
            killed(taken=True),
            work,
            {DEFERRABLE: found, BY_HAND: "success, 2 submitted"},
            retries,
            log,
            quick=capability == "list",
        ),
    ]


BAKE: Final = kitchen("none")
LONG: Final = kitchen("none", "running:25,succeeded")
LONGER: Final = kitchen("none", "running:60,succeeded")
ONCE: Final = "success, 1 submitted"

SCENES: Final = (
    Scene("success", to_its_end, sql("LAUNCHING:2,RUNNING:4,FINISHED"), same(ONCE), log=("succeeded",), quick=True),
    Scene(
        "failure", failing, sql("RUNNING:8,FAILED"), same("failed, 1 submitted"), log=("The disk is full.",), quick=True
    ),
    Scene("warnings", linked, kitchen("none", "HOT:4,DONE_DARK"), same(ONCE), log=("succeeded_with_warnings",)),
    Scene(
        "state unknown for a while", to_its_end, kitchen("none", "HOT:3,MISLAID:3,DONE"), same(ONCE), log=("unknown",)
    ),
    Scene(
        "state unknown for good",
        to_its_end,
        kitchen("none", "HOT:3,MISLAID"),
        same("failed, 1 submitted"),
        log=("unknown",),
    ),
    Scene(f"vendor down for {DOWN:.0f} s", away(DOWN), sql("RUNNING:15,FINISHED"), same(ONCE)),
    Scene("vendor restarted", away(0.5), sql("RUNNING:15,FINISHED"), same(ONCE)),
    Scene("tokens expire", tokens_expire, sql("RUNNING:15,FINISHED"), same(ONCE)),
    *(scene for capability in CAPABILITIES for scene in _killed(capability)),
    Scene("killed while waiting", killed_while_waiting, LONG, same(ONCE, SYNCHRONOUS, BY_HAND), {"retries": 2}),
    Scene(
        "two tries, the first one submitting",
        two_tries(taken=True),
        kitchen("list", "running:25,succeeded"),
        same(ONCE),
        {"retries": 2},
    ),
    Scene("two tries, the first one waiting", two_tries(taken=False), LONG, same(ONCE, SYNCHRONOUS), {"retries": 2}),
    Scene("marked failed", marked, LONG, same("failed, 1 submitted"), {"cancel_on_kill": False}),
    Scene(
        "marked failed, to be cancelled",
        marked,
        LONG,
        same("failed, 1 submitted, 1 cancelled"),
        {"cancel_on_kill": True},
    ),
    Scene("cleared while running", cleared, LONG, same(ONCE), {"cancel_on_kill": True}),
    Scene("cleared after its end", cleared_after, BAKE, same("success, 2 submitted")),
    Scene("retry of a failed job", first_fails, BAKE, same("failed, 1 submitted"), {"retries": 1, "again": "never"}),
    Scene("retry of a failed job, again", first_fails, BAKE, same("success, 2 submitted"), {"retries": 1}),
    Scene("triggerer killed", triggerer_killed, LONGER, same(ONCE, DEFERRABLE), {"cancel_on_kill": True}, alone=True),
    Scene("triggerer stalled", triggerer_stalled, LONGER, same(ONCE, DEFERRABLE), {"cancel_on_kill": True}, alone=True),
)
