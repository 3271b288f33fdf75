"""JB: the life of a job, as the client sees it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from vendorsmith.contract.cases import Contract
from vendorsmith.contract.checks import job_failing, job_handles, job_states, job_submitting, job_telling, job_waiting
from vendorsmith.contract.failure import Check

_CONCERNS = (
    job_states.checks,
    job_waiting.checks,
    job_telling.checks,
    job_failing.checks,
    job_handles.checks,
    job_submitting.checks,
)


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    return chain.from_iterable(concern(contract) for concern in _CONCERNS)
