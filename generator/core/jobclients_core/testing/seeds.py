"""Chooses the documented example from which the response about a fake job is made."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from jobclients_core.expressions import ResponseContext, evaluate
from jobclients_core.jobs.classify import raw_state, state_of, with_run
from jobclients_core.jobs.fields import with_result
from jobclients_core.jobs.identity import elements
from jobclients_core.jobtype import JobType

from .lifecycle import Step


@dataclass(frozen=True, slots=True)
class Seed:
    """What a response about a job starts from.

    Args:
        body: The documented body, a copy; None where none fits.
        run: The run in it that was chosen, a copy; None for a body without runs.
        alike: Whether it speaks of the state wanted.
    """

    body: Any = None
    run: Any = None
    alike: bool = False


def seed(job_type: JobType[Any], step: Step, bodies: Iterable[Any], runs: str = "") -> Seed:
    """Choose a documented example.

    Args:
        job_type: The job type as the spec states it.
        step: How the job looks.
        bodies: The documented examples.
        runs: Where the runs are in them; empty where the whole body speaks of the job.

    Returns:
        The first that has the same word, or else means the same state, or else speaks of a job at all.
    """
    best: tuple[int, Seed] = (0, Seed())
    for body in bodies:
        whole = ResponseContext(200, {}, body)
        for run in elements(evaluate(runs, whole)) if runs else [body]:
            context = with_result(job_type, with_run(whole, run))
            word, present = raw_state(job_type, context)
            means_it = state_of(job_type, context) == step.state
            # A response without any word is one that says something only where that is what is wanted.
            rank = (3 if word.casefold() == step.word.casefold() else 2 if means_it else 1) if present else 2 * means_it
            if rank > best[0]:
                best = (rank, Seed(body, run if runs else None, alike=means_it))
    chosen = best[1]
    return Seed(copy.deepcopy(chosen.body), copy.deepcopy(chosen.run), chosen.alike)
