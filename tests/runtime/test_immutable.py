"""What callers are given cannot be changed under others who hold it."""

from __future__ import annotations

import dataclasses
from typing import Any

import jobclients_core
import pytest
from jobclients_core import JobState, JobStatus, Operation, Vendor

PUBLIC = [getattr(jobclients_core, name) for name in jobclients_core.__all__]
RECORDS: list[Any] = [one for one in PUBLIC if isinstance(one, type) and dataclasses.is_dataclass(one)]
WITH_A_CACHE = (Operation, Vendor)
"""They keep what they have worked out about themselves."""


@pytest.mark.parametrize("kind", [kind for kind in RECORDS if dataclasses.fields(kind)])
def test_a_field_cannot_be_set(kind: Any) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(object.__new__(kind), dataclasses.fields(kind)[0].name, "x")


@pytest.mark.parametrize("kind", RECORDS)
def test_nothing_can_be_kept_beside_the_fields(kind: Any) -> None:
    assert hasattr(object.__new__(kind), "__dict__") == (kind in WITH_A_CACHE)


def test_a_status_takes_its_facts_by_name() -> None:
    """So that more of them can be added anywhere."""
    facts = (JobState.RUNNING, "RUNNING", "acme", "jobs")
    kind: Any = JobStatus
    assert kind(**dict(zip(("state", "raw_state", "vendor", "kind"), facts, strict=True))).state is JobState.RUNNING
    with pytest.raises(TypeError, match="positional"):
        kind(*facts)
