"""All checks of a contract, in the order of their families."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from jobclients_contract import coverage
from jobclients_contract.cases import Contract
from jobclients_contract.checks import (
    arguments,
    bad_bodies,
    connections,
    constructor,
    credentials,
    errors,
    examples,
    exceptions,
    exchanges,
    growth,
    hidden,
    jobs,
    journeys,
    made,
    requests,
    results,
    secrets,
    servers,
    spec,
    statuses,
    transport,
    words,
)
from jobclients_contract.failure import Check

FAMILIES: tuple[Callable[[Contract], Iterator[Check]], ...] = (
    requests.checks,
    words.checks,
    arguments.checks,
    constructor.checks,
    credentials.checks,
    exchanges.checks,
    servers.checks,
    secrets.checks,
    journeys.checks,
    hidden.checks,
    examples.checks,
    made.checks,
    growth.checks,
    results.checks,
    errors.checks,
    statuses.checks,
    exceptions.checks,
    bad_bodies.checks,
    transport.checks,
    connections.checks,
    jobs.checks,
    spec.checks,
)


def checks_of(contract: Contract) -> list[Check]:
    """Every check of a contract.

    Args:
        contract: the tables.

    Returns:
        The checks, each of which is one test, each with a name of its own.
    """
    found = [check for family in FAMILIES for check in family(contract)]
    return _numbered([*found, *coverage.checks(contract, found)])


def _numbered(checks: Iterable[Check]) -> list[Check]:
    """Number those of the same name: what a spec calls its examples may look alike without what names cannot hold."""
    found: dict[str, Check] = {}
    for check in checks:
        number, one = 1, check
        while str(one) in found:
            number += 1
            one = replace(check, subject=f"{check.subject}~{number}")
        found[str(one)] = one
    return list(found.values())
