"""The clients send, return and raise what they did when the snapshot was recorded."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator

import pytest
from snapshot.record import COMMAND, read, snapshot_of
from snapshot.records import Record
from snapshot.wire import VENDORS, Vendor

MOST = 20


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_nothing_that_is_sent_or_read_has_changed(vendor: Vendor) -> None:
    before, now = read(vendor), snapshot_of(vendor)
    changed = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    shown = "\n".join(line for name in changed[:MOST] for line in _difference(name, before.get(name), now.get(name)))
    assert not changed, f"{len(changed)} records of {vendor.name} differ; if that is meant: {COMMAND}\n{shown}"
    assert list(before) == list(now), f"the order of the records differs; if that is meant: {COMMAND}"


def _difference(name: str, before: Record | None, now: Record | None) -> Iterator[str]:
    """What is different in one record."""
    yield f"\n* {name}"
    old, new = (json.dumps(one, indent=1, ensure_ascii=False).splitlines() for one in (before, now))
    yield from (line for line in difflib.unified_diff(old, new, n=1, lineterm="") if line[:3] not in ("---", "+++"))
