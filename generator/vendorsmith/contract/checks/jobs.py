"""JB: the life of a job, as the client sees it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from vendorsmith.contract.cases import Contract
from vendorsmith.contract.checks import job_states, job_waiting
from vendorsmith.contract.failure import Check

_CONCERNS = (job_states.checks, job_waiting.checks)


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    return chain.from_iterable(concern(contract) for concern in _CONCERNS)
