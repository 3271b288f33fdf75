"""All checks of a contract, in the order of their families."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from vendorsmith.contract import coverage
from vendorsmith.contract.cases import Contract
from vendorsmith.contract.checks import (
    arguments,
    bad_bodies,
    credentials,
    errors,
    examples,
    exceptions,
    growth,
    hidden,
    jobs,
    journeys,
    made,
    requests,
    secrets,
    servers,
    spec,
    statuses,
    transport,
)
from vendorsmith.contract.failure import Check

FAMILIES: tuple[Callable[[Contract], Iterator[Check]], ...] = (
    requests.checks,
    arguments.checks,
    credentials.checks,
    servers.checks,
    secrets.checks,
    journeys.checks,
    hidden.checks,
    examples.checks,
    made.checks,
    growth.checks,
    errors.checks,
    statuses.checks,
    exceptions.checks,
    bad_bodies.checks,
    transport.checks,
    jobs.checks,
    spec.checks,
)


def checks_of(contract: Contract) -> list[Check]:
    """Every check of a contract.

    Args:
        contract: the tables.

    Returns:
        The checks, each of which is one test.

    Raises:
        ValueError: two checks have the same name: a mistake of the judge.
    """
    found = [check for family in FAMILIES for check in family(contract)]
    found += coverage.checks(contract, found)
    twice = [name for name, times in Counter(map(str, found)).items() if times > 1]
    if twice:
        raise ValueError(f"checks of the same name: {', '.join(twice[:5])}")
    return found
