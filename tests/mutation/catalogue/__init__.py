"""Wrong changes of the generated clients, and of what makes them, each of which a user would notice.

They are derived from the specs and from what the runtime promises, not from the tests: whether those notice is what
they are there to find out.
"""

from __future__ import annotations

from . import (
    alation,
    answers,
    auth,
    datameer,
    failures,
    handles,
    huawei_cdm,
    huawei_dli,
    huawei_iam,
    jobs,
    processes,
    requests,
    transport,
    traps,
    waiting,
)
from .mutant import Mutant

__all__ = ["CATALOGUE", "Mutant"]

CATALOGUE: tuple[Mutant, ...] = (
    *alation.MUTANTS,
    *datameer.MUTANTS,
    *huawei_cdm.MUTANTS,
    *huawei_dli.MUTANTS,
    *huawei_iam.MUTANTS,
    *requests.MUTANTS,
    *answers.MUTANTS,
    *failures.MUTANTS,
    *transport.MUTANTS,
    *auth.MUTANTS,
    *jobs.MUTANTS,
    *handles.MUTANTS,
    *waiting.MUTANTS,
    *processes.MUTANTS,
    *traps.MUTANTS,
)
