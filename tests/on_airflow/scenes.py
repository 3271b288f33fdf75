"""The table of scenes: what happens to a task and its job, and what has to come of it."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Final

from on_airflow.stage import BOTH, BY_HAND, DEFERRABLE, SYNCHRONOUS, Scene, Stage, Work
from on_airflow.vendors import KITCHEN
from survive.shared import ARGUMENTS, CAPABILITIES, KINDS

DOWN: Final = 20.0
"""Seconds for which a vendor is down; clients bear it for fifteen minutes, so that two would end in the same way."""


def kitchen(capability: str, lifecycle: str = "running:6,succeeded") -> Work:
    """A job of the made-up vendor."""
    if capability == "list":
        lifecycle = lifecycle.replace("running", "queued")
    return Work(KITCHEN, KINDS[capability], ARGUMENTS[capability]("soup"), lifecycle, capability)


def to_its_end(stage: Stage) -> str:
    """Nothing happens."""
    return stage.outcome(stage.start())


def killed(taken: bool) -> Callable[[Stage], str]:
    """Worker and supervisor are killed while the request that submits is under way."""

    def play(stage: Stage) -> str:
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


def _killed(capability: str) -> list[Scene]:
    if capability == "none":
        lost = found = "failed, {} submitted"
        uncertain = ("what became of",)
    else:
        lost = found = "success, 1 submitted"
        uncertain = ()
    work, retries = kitchen(capability), {"retries": 2}
    return [
        Scene(
            f"killed before the vendor has it ({capability})",
            killed(taken=False),
            work,
            {DEFERRABLE: lost.format(0), BY_HAND: "success, 1 submitted"},
            retries,
            uncertain,
        ),
        Scene(
            f"killed after the vendor has it ({capability})",
            killed(taken=True),
            work,
            {DEFERRABLE: found.format(1), BY_HAND: "success, 2 submitted"},
            retries,
            uncertain,
            quick=capability == "list",
        ),
    ]


SCENES: Final = (
    Scene("success", to_its_end, kitchen("list"), dict.fromkeys(BOTH, "success, 1 submitted"), quick=True),
    *(scene for capability in CAPABILITIES for scene in _killed(capability)),
    Scene(
        "killed while waiting",
        killed_while_waiting,
        kitchen("list", "running:20,succeeded"),
        dict.fromkeys((SYNCHRONOUS, BY_HAND), "success, 1 submitted"),
        {"retries": 2},
    ),
)
