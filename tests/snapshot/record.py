"""Records every request that the clients send, and what they make of every response.

``.venv/bin/python tests/snapshot/record.py`` writes the snapshot anew: one file per vendor, one record per line. The
sync and the async client have to behave alike; the thousands of successes that were changed in one place are read by
the sync client only, since both read them by the same code. Nothing but public names is used, so that what is behind
them can be rebuilt.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
for folder in ("generated", "tests"):
    if __name__ == "__main__":
        sys.path.insert(0, str(HERE.parents[1] / folder))

from snapshot import calls, jobs, responses  # noqa: E402
from snapshot.records import Record  # noqa: E402
from snapshot.wire import VENDORS, Caller, Mode, Vendor, Wire  # noqa: E402

COMMAND = ".venv/bin/python tests/snapshot/record.py"


def snapshot_of(vendor: Vendor) -> dict[str, Record]:
    """The records of a vendor by name, of the sync and of the async client.

    Args:
        vendor: The vendor.

    Returns:
        The records, as they are read from a file.

    Raises:
        AssertionError: the two clients differ.
    """
    sync, other = (_recorded(vendor, mode) for mode in ("sync", "async"))
    assert {name for name in sync if not name.startswith("changed ")} == other.keys()
    assert {name for name in sync if not name.startswith("changed ")} == other.keys()
    different = [name for name in other if sync[name] != other[name]]
    for name in sorted(different):
        print(f"{name}\n  sync  {json.dumps(sync[name])}\n  async {json.dumps(other[name])}")
    assert not different, f"the sync and the async client differ in {len(different)} records"
    return sync


def _recorded(vendor: Vendor, mode: Any) -> dict[str, Record]:
    found: dict[str, Record] = {}
    with asyncio.Runner() as runner, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        opens = partial(_open, vendor, mode, runner)
        scenes = [calls.records, responses.records, jobs.records, *([responses.changes] if mode == "sync" else [])]
        for records in scenes:
            for name, record in records(vendor, opens):
                assert name not in found, f"two records are named {name}"
                found[name] = json.loads(_settled(vendor, json.dumps(record, ensure_ascii=False)))
    return found


def _open(vendor: Vendor, mode: Mode, runner: asyncio.Runner, **options: Any) -> Caller:
    return Caller(mode, runner, Wire(vendor, override=options.pop("override", None)), **options)


def _settled(vendor: Vendor, text: str) -> str:
    """A record without what differs between runs and between the two clients."""

    def key(found: re.Match[str]) -> str:
        known = found[0] in vendor.document.text or found[0] in vendor.options.values()
        return found[0] if known else "A-RANDOM-KEY"

    text = re.sub(r"(?<![0-9a-f])[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}(?![0-9a-f])", key, text)
    text = re.sub(r"\baccount-\d+\b", "account-N", text)
    return re.sub(r"\bAsync(?=[A-Z])", "", text)


def path_of(vendor: Vendor) -> Path:
    """Where the snapshot of a vendor is."""
    return HERE / f"{vendor.name}.jsonl"


def read(vendor: Vendor) -> dict[str, Record]:
    """The records of a vendor as they are committed."""
    lines = path_of(vendor).read_text(encoding="utf-8").splitlines()
    return dict(map(json.loads, lines))


def written(records: dict[str, Record]) -> Iterator[str]:
    """The lines of a file."""
    for name, record in records.items():
        yield json.dumps([name, record], ensure_ascii=False, separators=(",", ":")) + "\n"


def counted(records: dict[str, Record]) -> Counter[str]:
    """How much a vendor's records hold."""
    counts: Counter[str] = Counter(records=len(records))
    for name, record in records.items():
        kind = name.partition(" ")[0]
        counts["requests"] += len(record["sent"]) if kind != "jobs" and "sent" in record else 0
        counts["responses read"] += {"response": 1, "changed": len(record), "code": len(record)}.get(kind, 0)
        counts["statuses read"] += kind == "jobs" and ": status " in name
    return counts


def main() -> None:
    """Record anew, and say how much there is."""
    logging.disable(logging.WARNING)
    started = time.monotonic()
    total: Counter[str] = Counter()
    for vendor in VENDORS:
        records = snapshot_of(vendor)
        path_of(vendor).write_text("".join(written(records)), encoding="utf-8")
        counts = counted(records)
        total.update(counts)
        told = ", ".join(f"{count} {what}" for what, count in counts.items())
        print(f"{vendor.name}: {told}, {path_of(vendor).stat().st_size // 1024} KiB")
    print(f"together: {', '.join(f'{count} {what}' for what, count in total.items())}")
    print(f"{time.monotonic() - started:.1f} s")


if __name__ == "__main__":
    main()
