"""JB: the life of a job, as the client sees it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from jobclients_contract.cases import Contract
from jobclients_contract.checks.jobs import failing, handles, states, stopping, submitting, telling, waiting
from jobclients_contract.failure import Check

_CONCERNS = (
    states.checks,
    waiting.checks,
    telling.checks,
    failing.checks,
    stopping.checks,
    handles.checks,
    submitting.checks,
)


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    return chain.from_iterable(concern(contract) for concern in _CONCERNS)
